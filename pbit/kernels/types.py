"""Names for the arrays that kernels take."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

States: TypeAlias = NDArray[np.int8]
Floats: TypeAlias = NDArray[np.float64]
Int16s: TypeAlias = NDArray[np.int16]
Int32s: TypeAlias = NDArray[np.int32]
Int64s: TypeAlias = NDArray[np.int64]
Uint32s: TypeAlias = NDArray[np.uint32]
Uint64s: TypeAlias = NDArray[np.uint64]

Int: TypeAlias = int | np.integer[Any]
"""A whole number, Python's or numpy's."""

Connections: TypeAlias = tuple[Int32s, Int32s, Floats]
"""(indptr, indices, data) of a CSR matrix."""

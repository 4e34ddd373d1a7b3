"""Plain data that readers return: frozen, and equal where everything in it is equal."""

from __future__ import annotations

from dataclasses import fields
from typing import Any, cast

import numpy as np


class Plain:
    """Equality of dataclasses whose fields may be arrays and ranges."""

    __hash__ = None  # type: ignore[assignment] # arrays have no hash

    def __eq__(self, other: object) -> bool:
        """Say whether two of a kind have equal fields."""
        if type(self) is not type(other):
            return NotImplemented
        names = [field.name for field in fields(cast("Any", self))]
        return all(_equal(getattr(self, k), getattr(other, k)) for k in names)


def _equal(a: Any, b: Any) -> bool:
    if isinstance(a, np.ndarray) or isinstance(b, np.ndarray):
        return np.array_equal(a, b)
    if isinstance(a, range) or isinstance(b, range):
        return tuple(a) == tuple(b)
    return bool(a == b)

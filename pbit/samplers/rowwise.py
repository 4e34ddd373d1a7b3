"""Models whose weights are small whole numbers of a unit that each p-bit has to itself.

A p-bit decides by its own field alone, so that fields of different p-bits need no common unit:
a circuit whose parts differ in strength by powers of two still has small whole numbers in
every row of its weights.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pbit.checks import Floats
from pbit.kernels.integers import Integers
from pbit.kernels.types import Int32s
from pbit.model import PCircuit
from pbit.samplers.integers import LARGEST_FIELD, TOLERANCE, fits

LARGEST_DIVISOR = 16  # of the smallest weight of a row


class Rowwise(NamedTuple):
    """A circuit in whole numbers, row by row.

    Attributes
    ----------
    circuit
        Its weights and biases, each in its own row's unit; its `unit` says nothing if
        there are several.
    units
        The different units.
    which
        The number of each p-bit's unit.
    """

    circuit: Integers
    units: Floats
    which: NDArray[np.int64]

    def runs(self, order: Int32s) -> NDArray[np.int64]:
        """Return where each run of p-bits of one unit ends in `order`, and which unit."""
        which = self.which[order]
        ends = np.append(np.flatnonzero(np.diff(which)) + 1, len(order))
        if len(order) == 0:
            return np.zeros((0, 2), np.int64)
        return np.stack([ends, which[ends - 1]], axis=1)


def fits_by_row(circuit: PCircuit) -> Rowwise | None:
    """Return the circuit in whole numbers of each p-bit's own unit, or None.

    None if some field would exceed 255 of its units. One unit for all, if there is one, is
    that of :func:`pbit.samplers.integers.fits`: then draws are decided alike.

    Examples
    --------
    >>> import pbit
    >>> chain = pbit.IsingModel({(0, 1): 1.0, (1, 2): 0.001, (2, 3): 1e-6})
    >>> fits_by_row(chain) is None
    True
    >>> halves = pbit.IsingModel({(k, k + 1): 0.5**k for k in range(12)})
    >>> rows = fits_by_row(halves)
    >>> len(rows.units), rows.circuit.weights[:5].tolist()
    (12, [1, 2, 1, 2, 1])
    """
    whole = fits(circuit)
    n = circuit.n
    if whole is not None:
        return Rowwise(whole, np.array([whole.unit]), np.zeros(n, np.int64))
    matrix = circuit.weights
    rows = np.repeat(np.arange(n), np.diff(matrix.indptr))
    values = np.concatenate([matrix.data, circuit.h])
    rows = np.concatenate([rows, np.arange(n)])
    units = _units(np.abs(values), rows, n)
    if units is None:
        return None
    numbers = np.rint(values / units[rows]).astype(np.int32)
    largest = int(np.bincount(rows, np.abs(numbers), n).max(initial=0))
    different, which = np.unique(units, return_inverse=True)
    nothing = np.zeros(0, np.int32)
    circuit_in_rows = Integers(
        1.0, matrix.indptr, matrix.indices, numbers[: matrix.nnz],
        np.zeros(n + 1, np.int32), nothing, nothing, numbers[matrix.nnz :], largest,
    )  # fmt: skip
    return Rowwise(circuit_in_rows, different, which.astype(np.int64))


def _units(magnitudes: Floats, rows: NDArray[np.int64], n: int) -> Floats | None:
    """Return each row's largest unit, if with it no field exceeds 255 units."""
    least = np.full(n, np.inf)
    present = magnitudes > 0
    np.minimum.at(least, rows[present], magnitudes[present])
    least[np.isinf(least)] = 1.0
    totals = np.bincount(rows, magnitudes, n)
    units = np.zeros(n)
    for divisor in range(1, LARGEST_DIVISOR + 1):
        unit = least / divisor
        multiples = magnitudes / unit[rows]
        off = np.abs(multiples - np.rint(multiples)) > TOLERANCE * multiples
        whole = np.bincount(rows, off, n) == 0
        units = np.where((units == 0) & whole, unit, units)
        if (units > 0).all():
            break
    if (units == 0).any() or (totals > (LARGEST_FIELD + 0.5) * units).any():
        return None
    return units

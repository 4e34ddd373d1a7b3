"""Models whose weights are small whole numbers of one unit, which bit-sliced kernels run."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pbit.kernels.integers import Integers
from pbit.model import PCircuit

LARGEST_FIELD = 255
"""Fields beyond this many units are no longer small: eight bits count the neighbours."""

TOLERANCE = 1e-12
"""How far, relatively, a weight may be from a multiple: what decimal fractions need."""


def unit_of(circuit: PCircuit) -> float | None:
    """Return the unit of which all weights and biases are whole numbers, or None.

    The largest such unit with which no field can exceed 255 units.
    """
    magnitudes = np.unique(np.abs(np.concatenate([circuit.weights.data, circuit.h])))
    magnitudes = magnitudes[magnitudes > 0]
    if magnitudes.size == 0:
        return 1.0
    if magnitudes.size > LARGEST_FIELD:
        return None
    largest = _largest_field(circuit)
    for divisor in range(1, LARGEST_FIELD + 1):
        unit = float(magnitudes[0]) / divisor
        if largest / unit > LARGEST_FIELD + 0.5:
            return None
        multiples = magnitudes / unit
        if (np.abs(multiples - np.rint(multiples)) <= TOLERANCE * multiples).all():
            return unit
    return None


def fits(circuit: PCircuit) -> Integers | None:
    """Return the circuit in whole numbers, or None if its fields are no small ones.

    Examples
    --------
    >>> import pbit
    >>> whole = fits(pbit.IsingModel({(0, 1): -0.5, (1, 2): 1.5}, h=[0.5, 0, 0]))
    >>> whole.unit, whole.weights.tolist(), whole.largest
    (0.5, [-1, -1, 3, 3], 4)
    >>> fits(pbit.IsingModel({(0, 1): 1.0, (1, 2): 2**0.5})) is None
    True
    """
    unit = unit_of(circuit)
    if unit is None:
        return None
    incoming, outgoing = circuit.weights, circuit.outgoing
    return Integers(
        unit,
        incoming.indptr,
        incoming.indices,
        _whole(incoming.data, unit),
        outgoing.indptr,
        outgoing.indices,
        _whole(outgoing.data, unit),
        _whole(circuit.h, unit),
        round(_largest_field(circuit) / unit),
    )


def _largest_field(circuit: PCircuit) -> float:
    """Return max_i (sum_j |W_ij| + |h_i|)."""
    sums = abs(circuit.weights).sum(axis=1) + np.abs(circuit.h)
    return float(np.max(sums, initial=0.0))


def _whole(values: NDArray[np.float64], unit: float) -> NDArray[np.int32]:
    return np.rint(values / unit).astype(np.int32)

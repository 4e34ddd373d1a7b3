"""Models whose weights are small whole numbers of one unit, which bit-sliced kernels run."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pbit.kernels.integers import Integers
from pbit.model import PCircuit

LARGEST_FIELD = 255
"""Fields beyond this many units are no longer small: eight bits count the neighbours."""

BLOCK = 2**16
"""Weights that are looked at together: a large model leaves no room for copies of all."""

TOLERANCE = 1e-12
"""How far, relatively, a weight may be from a multiple: what decimal fractions need."""


def unit_of(circuit: PCircuit) -> float | None:
    """Return the unit of which all weights and biases are whole numbers, or None.

    The largest such unit with which no field can exceed 255 units.
    """
    magnitudes = np.empty(0)
    for values in (circuit.weights.data, circuit.h):
        for first in range(0, values.size, BLOCK):
            found = np.unique(np.abs(values[first : first + BLOCK]))
            magnitudes = np.union1d(magnitudes, found[found > 0])
            if magnitudes.size > LARGEST_FIELD:
                return None
    if magnitudes.size == 0:
        return 1.0
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
    weights = _whole(incoming.data, unit)
    same = outgoing.data is incoming.data
    return Integers(
        unit,
        incoming.indptr,
        incoming.indices,
        weights,
        outgoing.indptr,
        outgoing.indices,
        weights if same else _whole(outgoing.data, unit),
        _whole(circuit.h, unit),
        round(_largest_field(circuit) / unit),
    )


def _largest_field(circuit: PCircuit) -> float:
    """Return max_i (sum_j |W_ij| + |h_i|)."""
    largest = 0.0
    for first in range(0, circuit.n, BLOCK):
        rows = slice(first, first + BLOCK)
        sums = abs(circuit.weights[rows]).sum(axis=1) + np.abs(circuit.h[rows])
        largest = max(largest, float(sums.max()))
    return largest


def _whole(values: NDArray[np.float64], unit: float) -> NDArray[np.int32]:
    whole = np.empty(values.size, np.int32)
    for first in range(0, values.size, BLOCK):
        part = slice(first, first + BLOCK)
        whole[part] = np.rint(values[part] / unit)
    return whole

"""The heaviest choice of which no two conflict: what independent sets and kin share."""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from compilers.problems.building import QuboBuilder
from compilers.problems.data import Numbers, Weights, step
from pbit.checks import Floats, check_nonnegative


def conflict_penalties(
    weights: Weights, rows: Numbers, columns: Numbers, penalty: float | None
) -> Floats:
    """Return what each conflicting pair costs, shape (m,).

    Leaving out the lighter of the two loses its weight and breaks no further rule, so
    anything above the lighter weight is safe, and the choice takes one step more.
    """
    if penalty is not None:
        return np.full(len(rows), check_nonnegative("penalty", penalty))
    lighter = np.minimum(weights[rows], weights[columns]).astype(np.float64)
    # Below 0 only where an end is ruled out anyway.
    result: Floats = np.maximum(lighter, 0) + step(weights)
    return result


def forced_choices(
    weights: Weights, rows: Numbers, columns: Numbers
) -> NDArray[np.int8]:
    """Return 1 and 0 for what is in and in none of the heaviest choices, -1 elsewhere.

    Negative weights are out. What weighs more than all that it conflicts with and that
    is not out yet is in (taking it instead of them is better), and these are out.
    """
    n = len(weights)
    ends = (np.concatenate([rows, columns]), np.concatenate([columns, rows]))
    near = sp.csr_array((np.ones(2 * len(rows), np.int8), ends), shape=(n, n))
    value = weights.tolist()
    verdict = np.where(weights < 0, 0, -1).astype(np.int8)
    positive = np.maximum(weights, 0).astype(np.float64)
    # Rounding may let a few too many in, who are then looked at exactly.
    hopeful = (verdict < 0) & (weights > 0)
    hopeful &= positive >= (near @ positive) * (1 - 1e-9)
    waiting = np.flatnonzero(hopeful).tolist()
    while waiting:
        i = waiting.pop()
        if verdict[i] >= 0:
            continue
        rivals = _free(near, i, verdict)
        if value[i] <= _sum([value[j] for j in rivals]):
            continue
        verdict[i] = 1
        verdict[rivals] = 0
        for j in rivals:
            waiting.extend(k for k in _free(near, j, verdict) if value[k] > 0)
    return verdict


def add_conflicts(
    labels: Sequence[Hashable],
    weights: Weights,
    rows: Numbers,
    columns: Numbers,
    penalties: Floats,
    *,
    taken: int = 1,
) -> QuboBuilder:
    """Return minus the weight of what is chosen plus the cost of the conflicts.

    `taken` is the value that says chosen: 1, or 0 where variables mark what is left
    out; then the sum of all weights is added, so that f is the weight left out.
    """
    builder = QuboBuilder(labels)
    numbers = np.arange(len(weights))
    verdict = forced_choices(weights, rows, columns)
    forced = np.flatnonzero(verdict >= 0)
    if taken == 1:
        builder.add_linear(numbers, -weights.astype(np.float64))
        builder.add_quadratic(rows, columns, penalties)
        builder.fix(forced, verdict[forced])
    else:
        builder.add_linear(numbers, weights)
        builder.add_constant(float(penalties.sum()))
        builder.add_linear(rows, -penalties)
        builder.add_linear(columns, -penalties)
        builder.add_quadratic(rows, columns, penalties)
        builder.fix(forced, 1 - verdict[forced])
    return builder


def penalty_range(penalties: Floats) -> list[float]:
    """Return the smallest and the largest penalty, for the provenance."""
    return [float(penalties.min()), float(penalties.max())] if penalties.size else []


def _free(near: sp.csr_array, i: int, verdict: NDArray[np.int8]) -> list[int]:
    neighbours = near.indices[near.indptr[i] : near.indptr[i + 1]]
    free: list[int] = neighbours[verdict[neighbours] < 0].tolist()
    return free


def _sum(values: list[float]) -> float:
    if all(isinstance(value, int) for value in values):
        return sum(values)
    return math.fsum(values)

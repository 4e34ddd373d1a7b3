"""Greedy descent: flips that lower the energy, until none does."""

from __future__ import annotations

import numpy as np

from pbit.kernels import polynomial
from pbit.kernels.gibbs import compute_fields
from pbit.kernels.jit import jit
from pbit.kernels.polynomial import Index
from pbit.kernels.types import Connections, Floats, Int32s, States


@jit
def descend(
    wiring: Connections,
    h: Floats,
    states: States,
    order: Int32s,
    steepest: bool,
    margin: float,
) -> int:
    """Flip p-bits that stand against their field by more than `margin`; return how many.

    Steepest: always the one that gains most, the first of equals; else in rounds over
    `order`. Ends because every flip lowers the energy by more than rounding can raise it.
    """
    indptr, indices, data = wiring
    n = states.shape[1]
    fields = np.empty(n, np.float64)
    flips = 0
    for c in range(states.shape[0]):
        m = states[c]
        compute_fields(indptr, indices, data, h, m, fields)
        moved = True
        while moved:
            moved = False
            chosen, worst = -1, -margin
            for k in range(order.shape[0]):
                i = order[k]
                support = m[i] * fields[i]
                if support >= worst:
                    continue
                if steepest:
                    chosen, worst = i, support
                    continue
                moved = True
                flips += 1
                m[i] = -m[i]
                step = 2.0 * m[i]
                for e in range(indptr[i], indptr[i + 1]):
                    fields[np.uint32(indices[e])] += step * data[e]
            if chosen >= 0:
                moved = True
                flips += 1
                m[chosen] = -m[chosen]
                step = 2.0 * m[chosen]
                for e in range(indptr[chosen], indptr[chosen + 1]):
                    fields[np.uint32(indices[e])] += step * data[e]
    return flips


@jit
def descend_terms(
    by_term: Index,
    by_pbit: Index,
    weights: Floats,
    h: Floats,
    states: States,
    order: Int32s,
    steepest: bool,
    margin: float,
) -> int:
    """Do what `descend` does, for terms of any order in `pbit.kernels.polynomial`'s arrays."""
    fields = np.empty(states.shape[1], np.float64)
    values = np.empty(weights.shape[0], np.float64)
    flips = 0
    for c in range(states.shape[0]):
        m = states[c]
        polynomial.compute_fields(by_term[0], by_term[1], weights, h, m, values, fields)
        moved = True
        while moved:
            moved = False
            chosen, worst = -1, -margin
            for k in range(order.shape[0]):
                i = order[k]
                support = m[i] * fields[i]
                if support >= worst:
                    continue
                chosen = i
                if steepest:
                    worst = support
                    continue
                moved = True
                flips += 1
                polynomial.flip(
                    i, by_term[0], by_term[1], by_pbit[0], by_pbit[1], m, values, fields
                )
            if steepest and chosen >= 0:
                moved = True
                flips += 1
                polynomial.flip(
                    chosen, by_term[0], by_term[1], by_pbit[0], by_pbit[1], m, values,
                    fields,
                )  # fmt: skip
    return flips

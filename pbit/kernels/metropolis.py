"""Metropolis sweeps over cached inputs: :mod:`pbit.kernels.gibbs` but for the rule."""

from __future__ import annotations

import numpy as np

from pbit.kernels.gibbs import compute_fields, energy_of
from pbit.kernels.jit import inline, jit
from pbit.kernels.numerics import log
from pbit.kernels.philox import (
    HALF_WORD,
    MASK,
    TO_UNIT_32,
    USE_SHIFT,
    philox,
    unit_from_words,
)
from pbit.kernels.types import Connections, Floats, Int, Int32s, States


@inline
def barrier(u: float) -> float:
    """Return -log(u) / 2: a flip that costs dE is made where beta dE / 2 is below it.

    That is where u < exp(-beta dE), with dE / 2 = m_i times the field of p-bit i.
    """
    return -0.5 * log(u)


@jit
def fill_barriers(
    barriers: Floats, key0: Int, key1: Int, use: Int, chain: Int, sweep: Int
) -> None:
    """Draw the barriers of one sweep, one a p-bit; the length is a multiple of 4."""
    quarter = barriers.shape[0] // 4
    k0, k1 = np.uint64(key0), np.uint64(key1)
    c1 = np.uint64(sweep) & MASK
    c2 = np.uint64(chain)
    c3 = (np.uint64(use) << USE_SHIFT) | (np.uint64(sweep) >> HALF_WORD)
    for b in range(quarter):
        w0, w1, w2, w3 = philox(np.uint64(b), c1, c2, c3, k0, k1)
        barriers[b] = barrier((np.float64(w0) + 0.5) * TO_UNIT_32)
        barriers[quarter + b] = barrier((np.float64(w1) + 0.5) * TO_UNIT_32)
        barriers[2 * quarter + b] = barrier((np.float64(w2) + 0.5) * TO_UNIT_32)
        barriers[3 * quarter + b] = barrier((np.float64(w3) + 0.5) * TO_UNIT_32)


@jit
def fill_picks(
    picks: Int32s,
    barriers: Floats,
    n_free: Int,
    key0: Int,
    key1: Int,
    use: Int,
    chain: Int,
    sweep: Int,
) -> None:
    """Draw, for each update of one sweep in random order, which p-bit and its barrier."""
    k0, k1 = np.uint64(key0), np.uint64(key1)
    c1 = np.uint64(sweep) & MASK
    c2 = np.uint64(chain)
    c3 = (np.uint64(use) << USE_SHIFT) | (np.uint64(sweep) >> HALF_WORD)
    for t in range(n_free):
        w0, w1, w2, w3 = philox(np.uint64(t), c1, c2, c3, k0, k1)
        picks[t] = np.int32(unit_from_words(w0, w1) * n_free)
        barriers[t] = barrier(unit_from_words(w2, w3))


@jit
def sweep_ordered(
    indptr: Int32s,
    indices: Int32s,
    data: Floats,
    m: States,
    fields: Floats,
    beta: float,
    order: Int32s,
    barriers: Floats,
) -> float:
    """Offer each p-bit of `order` one flip, barriers by p-bit; return -dE."""
    gain = 0.0
    for k in range(order.shape[0]):
        i = order[k]
        if beta * m[i] * fields[i] < barriers[i]:
            step = -2.0 * m[i]
            m[i] = -m[i]
            gain += step * fields[i]
            for e in range(indptr[i], indptr[i + 1]):
                fields[np.uint32(indices[e])] += step * data[e]
    return gain


@jit
def sweep_random(
    indptr: Int32s,
    indices: Int32s,
    data: Floats,
    m: States,
    fields: Floats,
    beta: float,
    order: Int32s,
    picks: Int32s,
    barriers: Floats,
) -> float:
    """Offer one flip a free p-bit, of p-bits picked with replacement; return -dE."""
    gain = 0.0
    for t in range(order.shape[0]):
        i = order[picks[t]]
        if beta * m[i] * fields[i] < barriers[t]:
            step = -2.0 * m[i]
            m[i] = -m[i]
            gain += step * fields[i]
            for e in range(indptr[i], indptr[i + 1]):
                fields[np.uint32(indices[e])] += step * data[e]
    return gain


@jit
def run_chains(
    incoming: Connections,
    outgoing: Connections,
    h: Floats,
    states: States,
    energies: Floats,
    order: Int32s,
    random_order: bool,
    betas: Floats,
    first_sweep: Int,
    refresh: Int,
    first_chain: Int,
    key0: Int,
    key1: Int,
    use: Int,
    keep_from: Int,
    keep_every: Int,
    kept: States,
    kept_energies: Floats,
    best: States,
    best_energies: Floats,
) -> None:
    """Advance each chain by one sweep for every row of `betas`.

    Arguments are those of :func:`pbit.kernels.gibbs.run_chains`.
    """
    n = states.shape[1]
    fields = np.empty(n, np.float64)
    barriers = np.empty(4 * ((n + 3) // 4), np.float64)
    picks = np.empty(order.shape[0], np.int32)
    for c in range(states.shape[0]):
        m = states[c]
        energy = energies[c]
        chain = first_chain + c
        own = min(c, betas.shape[1] - 1)
        for t in range(betas.shape[0]):
            sweep = first_sweep + t
            if t == 0 or sweep % refresh == 0:
                compute_fields(incoming[0], incoming[1], incoming[2], h, m, fields)
                energy = energy_of(h, m, fields)
            if random_order:
                fill_picks(
                    picks, barriers, order.shape[0], key0, key1, use, chain, sweep
                )
                energy -= sweep_random(
                    outgoing[0],
                    outgoing[1],
                    outgoing[2],
                    m,
                    fields,
                    betas[t, own],
                    order,
                    picks,
                    barriers,
                )
            else:
                fill_barriers(barriers, key0, key1, use, chain, sweep)
                energy -= sweep_ordered(
                    outgoing[0],
                    outgoing[1],
                    outgoing[2],
                    m,
                    fields,
                    betas[t, own],
                    order,
                    barriers,
                )
            counted = sweep + 1 - keep_from
            if keep_every > 0 and counted > 0 and counted % keep_every == 0:
                kept[c, counted // keep_every - 1] = m
                kept_energies[c, counted // keep_every - 1] = energy
            if best.shape[0] > 0 and energy < best_energies[c]:
                best_energies[c] = energy
                best[c] = m
        energies[c] = energy

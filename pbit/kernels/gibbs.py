"""Heat-bath sweeps over cached inputs: a p-bit's field is kept up to date by its neighbours.

A decision costs one comparison; only a flip walks the neighbours. Random numbers are turned
into thresholds for a whole sweep at once, in a loop that vectorises.
"""

from __future__ import annotations

import numpy as np

from pbit.kernels.jit import inline, jit
from pbit.kernels.numerics import half_logit
from pbit.kernels.philox import (
    HALF_WORD,
    MASK,
    TO_UNIT_32,
    USE_SHIFT,
    philox,
    unit_from_words,
)
from pbit.kernels.types import Connections, Floats, Int, Int32s, States

TWO, THREE = np.uint64(2), np.uint64(3)


@inline
def threshold(word: np.uint64) -> float:
    """Return the input above which the draw `word` (32 bits) makes a p-bit +1."""
    return half_logit((np.float64(word) + 0.5) * TO_UNIT_32)


@jit
def fill_thresholds(
    thresholds: Floats, key0: Int, key1: Int, use: Int, chain: Int, sweep: Int
) -> None:
    """Draw the thresholds of one sweep, one a p-bit; the length is a multiple of 4.

    P-bit i reads word i // q of block i % q, q = length / 4: contiguous stores.
    """
    fill_blocks(thresholds, 0, thresholds.shape[0] // 4, key0, key1, use, chain, sweep)


@jit
def fill_blocks(
    thresholds: Floats,
    first: Int,
    stop: Int,
    key0: Int,
    key1: Int,
    use: Int,
    chain: Int,
    sweep: Int,
) -> None:
    """Draw the thresholds of blocks `first` to `stop` - 1 of one sweep."""
    quarter = np.uint64(thresholds.shape[0] // 4)
    k0, k1 = np.uint64(key0), np.uint64(key1)
    c1 = np.uint64(sweep) & MASK
    c2 = np.uint64(chain)
    c3 = (np.uint64(use) << USE_SHIFT) | (np.uint64(sweep) >> HALF_WORD)
    # Unsigned, or checks for negative indices would keep the loop from vectorising.
    for b in range(np.uint64(first), np.uint64(stop)):
        w0, w1, w2, w3 = philox(np.uint64(b), c1, c2, c3, k0, k1)
        thresholds[b] = threshold(w0)
        thresholds[quarter + b] = threshold(w1)
        thresholds[TWO * quarter + b] = threshold(w2)
        thresholds[THREE * quarter + b] = threshold(w3)


@jit
def fill_picks(
    picks: Int32s,
    thresholds: Floats,
    n_free: Int,
    key0: Int,
    key1: Int,
    use: Int,
    chain: Int,
    sweep: Int,
) -> None:
    """Draw, for each update of one sweep in random order, which p-bit and its threshold."""
    k0, k1 = np.uint64(key0), np.uint64(key1)
    c1 = np.uint64(sweep) & MASK
    c2 = np.uint64(chain)
    c3 = (np.uint64(use) << USE_SHIFT) | (np.uint64(sweep) >> HALF_WORD)
    for t in range(n_free):
        w0, w1, w2, w3 = philox(np.uint64(t), c1, c2, c3, k0, k1)
        picks[t] = np.int32(unit_from_words(w0, w1) * n_free)
        thresholds[t] = half_logit(unit_from_words(w2, w3))


@jit
def compute_fields(
    indptr: Int32s, indices: Int32s, data: Floats, h: Floats, m: States, fields: Floats
) -> None:
    """Set fields[i] = h[i] + sum_j W[i, j] m[j], in the order of the rows' entries."""
    for i in range(m.shape[0]):
        total = h[i]
        for e in range(indptr[i], indptr[i + 1]):
            total += data[e] * m[indices[e]]
        fields[i] = total


@jit
def energy_of(h: Floats, m: States, fields: Floats) -> float:
    """Return -m.(J m)/2 - h.m from fields = J m + h."""
    total = 0.0
    for i in range(m.shape[0]):
        total += m[i] * (fields[i] + h[i])
    return -0.5 * total


# The two sweeps repeat seven lines: an inlined helper that takes arrays would count
# references to them at every update, which costs more than the update.


@jit
def sweep_ordered(
    indptr: Int32s,
    indices: Int32s,
    data: Floats,
    m: States,
    fields: Floats,
    beta: float,
    order: Int32s,
    thresholds: Floats,
) -> float:
    """Update the p-bits `order` once each, thresholds by p-bit; return minus the energy change.

    `indptr`, `indices`, `data` hold the outgoing connections: row i lists who hears i.
    """
    gain = 0.0
    for k in range(order.shape[0]):
        i = order[k]
        new = np.int8(1) if beta * fields[i] > thresholds[i] else np.int8(-1)
        if new != m[i]:
            m[i] = new
            step = 2.0 * new
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
    thresholds: Floats,
) -> float:
    """Make one update a free p-bit, of p-bits picked with replacement; return -dE."""
    gain = 0.0
    for t in range(order.shape[0]):
        i = order[picks[t]]
        new = np.int8(1) if beta * fields[i] > thresholds[t] else np.int8(-1)
        if new != m[i]:
            m[i] = new
            step = 2.0 * new
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
    """Advance each chain in `states` by one sweep for every row of `betas`.

    Parameters
    ----------
    incoming, outgoing
        (indptr, indices, data) of W and of its transpose.
    states, energies
        Chains, shape (c, n), and their energies without offset, shape (c,); in place.
    order
        The free p-bits, in the order of their updates.
    betas
        Inverse temperatures, shape (sweeps, c), or (sweeps, 1) for all chains alike.
    first_sweep
        Number of the first sweep: with the chain's number it addresses the draws.
    refresh
        Fields are computed afresh at sweeps that are multiples of this, so that
        rounding cannot pile up and work may be cut there without changing a bit.
    keep_from, keep_every, kept, kept_energies
        After every `keep_every`-th sweep, counted from sweep `keep_from`, the state is
        written to its row of kept, shape (c, k, n); `keep_every` = 0 keeps nothing.
    best, best_energies
        Lowest energy seen at the end of a sweep, shape (c, n); ignored if it has no rows.
    """
    n = states.shape[1]
    fields = np.empty(n, np.float64)
    thresholds = np.empty(4 * ((n + 3) // 4), np.float64)
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
                    picks, thresholds, order.shape[0], key0, key1, use, chain, sweep
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
                    thresholds,
                )
            else:
                fill_thresholds(thresholds, key0, key1, use, chain, sweep)
                energy -= sweep_ordered(
                    outgoing[0],
                    outgoing[1],
                    outgoing[2],
                    m,
                    fields,
                    betas[t, own],
                    order,
                    thresholds,
                )
            counted = sweep + 1 - keep_from
            if keep_every > 0 and counted > 0 and counted % keep_every == 0:
                kept[c, counted // keep_every - 1] = m
                kept_energies[c, counted // keep_every - 1] = energy
            if best.shape[0] > 0 and energy < best_energies[c]:
                best_energies[c] = energy
                best[c] = m
        energies[c] = energy

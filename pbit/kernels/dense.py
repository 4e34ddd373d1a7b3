"""Heat-bath sweeps where nearly everybody hears everybody: dense rows, chain by chain.

The same draws, sums and bits as :mod:`pbit.kernels.gibbs`. What an update costs there is the
walk over the neighbours of a p-bit that flips: all the others. So the p-bits are taken in
blocks: within a block a flip is told to the block alone, and what all its flips change
elsewhere is added afterwards, in their order, a stretch of inputs at a time, which stays in
registers while the flips' rows go by. Limits are drawn roughly, as in
:mod:`pbit.kernels.lanes`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pbit.kernels.gibbs import energy_of
from pbit.kernels.jit import bare, jit
from pbit.kernels.lane_vectors import (
    DOUBT,
    LANES,
    STRETCH,
    add_row,
    add_rows,
    draw_blocks,
)
from pbit.kernels.lanes import Limits, aligned, goes_up
from pbit.kernels.philox import HALF_WORD, MASK, USE_SHIFT
from pbit.kernels.types import Connections, Floats, Int, Int32s, States

BLOCK = STRETCH  # updates between two rounds of telling everybody
GROUP = 16  # chains that share a block's rows while these are in the second-level cache
WIDTH = np.uint64(LANES)

Places = NDArray[np.uint64]


@bare
def fill_limits(
    limits: Limits, n: int, key0: Int, key1: Int, use: Int, chain: Int, sweep: Int
) -> None:
    """Draw the rough limits of one sweep of one chain, one a p-bit.

    `limits` has room for LANES more than the multiple of 4 that is enough for n: each
    vector of blocks, the last one first, writes beyond the end of its quarter what the
    next quarter's vectors, or the next round, put right.
    """
    quarter = np.uint64((n + 3) // 4)
    k0, k1 = np.uint64(key0), np.uint64(key1)
    c1 = np.uint64(sweep) & MASK
    c2 = np.uint64(chain)
    c3 = (np.uint64(use) << USE_SHIFT) | (np.uint64(sweep) >> HALF_WORD)
    rounds = (quarter + WIDTH - np.uint64(1)) // WIDTH
    for r in range(rounds):
        block = (rounds - np.uint64(1) - np.uint64(r)) * WIDTH
        draw_blocks(limits, block, quarter, block, c1, c2, c3, k0, k1)


@bare
def update_block(
    gain: float,
    rows: Floats,
    m: States,
    fields: Floats,
    beta: float,
    pbits: Int32s,
    neighbours: bool,
    limits: Limits,
    near: Floats,
    places: Places,
    steps: Floats,
    key0: Int,
    key1: Int,
    use: Int,
    chain: Int,
    sweep: Int,
) -> float:
    """Update at most BLOCK p-bits of one chain; return `gain` minus the energy change.

    `neighbours` says that the p-bits are numbered one after the other.
    """
    n, stride = m.shape[0], fields.shape[0]
    for k in range(pbits.shape[0]):
        near[k] = fields[pbits[k]]
    count = 0
    for k in range(pbits.shape[0]):
        i = pbits[k]
        x = beta * near[k]
        lead = x - limits[i]
        up = lead > 0.0
        if abs(lead) < DOUBT:
            up = goes_up(i, n, x, key0, key1, use, chain, sweep)
        if up != (m[i] > 0):
            m[i] = -m[i]
            step = 2.0 * m[i]
            gain += step * near[k]
            row = np.uint64(i) * np.uint64(stride)
            places[count] = row
            steps[count] = step
            count += 1
            if neighbours:  # their weights are one stretch of the row
                start = row + np.uint64(pbits[0])
                add_row(near, np.uint64(0), rows, start, step)
            else:
                for later in range(k + 1, pbits.shape[0]):
                    near[later] += step * rows[row + np.uint64(pbits[later])]
    if count > 0:
        tell_all(fields, rows, places, steps, count)
    return gain


@bare
def consecutive(pbits: Int32s) -> bool:
    """Say whether each number is one more than the number before."""
    broken = False
    for k in range(1, pbits.shape[0]):
        broken |= pbits[k] != pbits[k - 1] + 1
    return not broken


@bare
def tell_all(
    fields: Floats, rows: Floats, places: Places, steps: Floats, count: int
) -> None:
    """Add the first `count` rows, times their steps, to all fields."""
    for start in range(0, fields.shape[0], STRETCH):
        add_rows(fields, np.uint64(start), rows, places, steps, np.uint64(count))


@bare
def compute_fields(
    rows: Floats, h: Floats, m: States, fields: Floats, places: Places, steps: Floats
) -> None:
    """Compute a chain's fields afresh, in the order of `gibbs.compute_fields`."""
    n, stride = m.shape[0], fields.shape[0]
    for i in range(n):
        fields[i] = h[i]
    for i in range(n, stride):
        fields[i] = 0.0
    for first in range(0, n, BLOCK):
        size = min(BLOCK, n - first)
        for k in range(size):
            places[k] = np.uint64(first + k) * np.uint64(stride)
            steps[k] = m[first + k]
        tell_all(fields, rows, places, steps, size)


@bare
def sweep_group(
    afresh: bool,
    rows: Floats,
    h: Floats,
    states: States,
    energies: Floats,
    fields: Floats,
    limits: Limits,
    gains: Floats,
    near: Floats,
    places: Places,
    steps: Floats,
    order: Int32s,
    betas: Floats,
    key0: Int,
    key1: Int,
    use: Int,
    chain: Int,
    sweep: Int,
) -> None:
    """Make one sweep of chains that share every block's rows."""
    n, size = states.shape[1], states.shape[0]
    for c in range(size):
        if afresh:
            compute_fields(rows, h, states[c], fields[c], places, steps)
            energies[c] = energy_of(h, states[c], fields[c])
        fill_limits(limits[c], n, key0, key1, use, chain + c, sweep)
        gains[c] = 0.0
    for first in range(0, order.shape[0], BLOCK):
        pbits = order[first : first + BLOCK]
        neighbours = consecutive(pbits)
        for c in range(size):
            beta = betas[min(c, betas.shape[0] - 1)]
            gains[c] = update_block(
                gains[c], rows, states[c], fields[c], beta, pbits, neighbours,
                limits[c], near, places, steps, key0, key1, use, chain + c, sweep,
            )  # fmt: skip
    for c in range(size):
        energies[c] -= gains[c]


@jit
def run_chains(
    incoming: Connections,
    rows: Floats,
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
    """Do what `pbit.kernels.gibbs.run_chains` does, bit for bit; never in random order.

    `rows` is what `dense_rows` makes of the outgoing connections. `incoming` and
    `random_order` are there for the sake of one list of arguments, the latter False.
    """
    n = states.shape[1]
    stride = -(-n // STRETCH) * STRETCH
    fields = aligned(GROUP * stride).reshape(GROUP, stride)
    limits = np.empty((GROUP, 4 * ((n + 3) // 4) + LANES), np.float32)
    gains = np.empty(GROUP, np.float64)
    near, steps = aligned(BLOCK), aligned(BLOCK)
    places = np.empty(BLOCK, np.uint64)
    for first in range(0, states.shape[0], GROUP):
        for t in range(betas.shape[0]):
            last = min(first + GROUP, states.shape[0])
            sweep = first_sweep + t
            sweep_group(
                t == 0 or sweep % refresh == 0, rows, h, states[first:last],
                energies[first:last], fields, limits, gains, near, places, steps,
                order, betas[t, first if betas.shape[1] > 1 else 0 :],
                key0, key1, use, first_chain + first, sweep,
            )  # fmt: skip
            counted = sweep + 1 - keep_from
            for c in range(first, last):
                if keep_every > 0 and counted > 0 and counted % keep_every == 0:
                    kept[c, counted // keep_every - 1] = states[c]
                    kept_energies[c, counted // keep_every - 1] = energies[c]
                if best.shape[0] > 0 and energies[c] < best_energies[c]:
                    best_energies[c] = energies[c]
                    best[c] = states[c]


@jit
def dense_rows(outgoing: Connections, n: int) -> Floats:
    """Return who hears p-bit i, and how much, in row i: rows padded, end to end.

    Behind the last row there is room for a stretch that starts anywhere in it.
    """
    indptr, indices, data = outgoing
    stride = -(-n // STRETCH) * STRETCH
    rows = aligned(n * stride + STRETCH)
    rows[:] = 0.0
    for i in range(n):
        for e in range(indptr[i], indptr[i + 1]):
            rows[i * stride + indices[e]] = data[e]
    return rows

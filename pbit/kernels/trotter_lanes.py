"""Rings of replicas side by side: what :mod:`pbit.kernels.trotter` does, bit for bit.

Even replicas do not hear each other, nor do odd ones: 32 of a kind are the lanes of a vector,
their states bits of a word, and the neighbours' states are the other kind's words, shifted.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pbit.kernels.gibbs import threshold
from pbit.kernels.jit import inline, jit
from pbit.kernels.lane_vectors import LANES, decide, draw_chains, tell
from pbit.kernels.lanes import ALL, ONE, WIDTH, aligned, compute_fields, pack, unpack
from pbit.kernels.philox import HALF_WORD, MASK, USE_SHIFT, philox
from pbit.kernels.types import Connections, Floats, Int, Int32s, Int64s, States

Words = NDArray[np.uint32]
LAST = np.uint64(LANES - 1)


@inline
def neighbour(words: Words, b: int, i: int, odd: bool, last: int) -> np.uint64:
    """Return the other kind's states one place on: behind for even replicas, ahead for odd.

    `words` has a row of p-bits a block of 32, and `last` is the last lane of the last block.
    """
    n_blocks = words.shape[0]
    own = np.uint64(words[b, i])
    if odd:
        ahead = np.uint64(words[b + 1 if b + 1 < n_blocks else 0, i]) & ONE
        place = LAST if b + 1 < n_blocks else np.uint64(last)
        return (own >> ONE) | (ahead << place)
    before = np.uint64(words[b - 1 if b > 0 else n_blocks - 1, i])
    place = LAST if b > 0 else np.uint64(last)
    return ((own << ONE) & ALL) | ((before >> place) & ONE)


@jit
def draw_word(
    k: int, n_draws: int, first: int, c1: Int, unit: Int, c3: Int, key0: Int, key1: Int
) -> np.uint64:
    """Return the word behind the decision of the k-th p-bit of a class in one replica."""
    w0, w1, w2, w3 = philox(
        np.uint64(first + k % n_draws),
        np.uint64(c1),
        np.uint64(unit),
        np.uint64(c3),
        np.uint64(key0),
        np.uint64(key1),
    )
    q = k // n_draws
    return w0 if q == 0 else (w1 if q == 1 else (w2 if q == 2 else w3))


@jit
def sweep_block(
    wiring: Connections,
    words: Words,
    others: Words,
    b: int,
    odd: bool,
    last: int,
    fields: Floats,
    beta: float,
    pull: float,
    pbits: Int32s,
    limits: NDArray[np.float32],
    rough: NDArray[np.float32],
    heard: Floats,
    ones: Floats,
    live: np.uint64,
    n_draws: int,
    first: int,
    c1: Int,
    unit: Int,
    c3: Int,
    key0: Int,
    key1: Int,
) -> None:
    """Update the p-bits `pbits` of one block of replicas."""
    indptr, indices, data = wiring
    twice = 2.0 * pull
    for k in range(pbits.shape[0]):
        i = pbits[k]
        place = np.uint64(i) * WIDTH
        near, far = np.uint64(others[b, i]), neighbour(others, b, i, odd, last)
        for lane in range(LANES):
            at = np.uint64(lane)
            around = np.float64((near >> at) & ONE) + np.float64((far >> at) & ONE)
            heard[lane] = beta * fields[place + at] + twice * (around - 1.0)
            rough[lane] = limits[np.uint64(k) * WIDTH + at]
        up, doubt = decide(rough, heard, np.uint64(0), ones)
        if doubt & live:
            for lane in range(LANES):
                bit = ONE << np.uint64(lane)
                if doubt & live & bit:
                    word = draw_word(k, n_draws, first, c1, unit + lane, c3, key0, key1)
                    up &= ~bit
                    if heard[lane] > threshold(word):
                        up |= bit
        flips = (up ^ np.uint64(words[b, i])) & live
        if flips:
            words[b, i] ^= np.uint32(flips)
            for e in range(indptr[i], indptr[i + 1]):
                there = np.uint64(np.uint32(indices[e])) * WIDTH
                tell(fields, there, flips, up, 2.0 * data[e])


@jit
def sweep_ring(
    wiring: Connections,
    words: NDArray[np.uint32],
    fields: Floats,
    sizes: Int64s,
    order: Int32s,
    ends: Int32s,
    starts: Int64s,
    beta: float,
    pull: float,
    limits: NDArray[np.float32],
    scratch: tuple[NDArray[np.float32], Floats, Floats],
    unit: Int,
    sweep: Int,
    key0: Int,
    key1: Int,
    use: Int,
) -> None:
    """Make one sweep of every replica of a ring."""
    n_classes, n_blocks, n = ends.shape[0] - 1, words.shape[1], words.shape[2]
    half = sizes.sum()
    c1 = np.uint64(sweep) & MASK
    c3 = (np.uint64(use) << USE_SHIFT) | (np.uint64(sweep) >> HALF_WORD)
    k0, k1 = np.uint64(key0), np.uint64(key1)
    for phase in range(n_classes):
        for odd in range(2):
            q = (phase + odd) % n_classes
            n_draws = starts[q + 1] - starts[q]
            for b in range(n_blocks):
                first_unit = np.uint64(unit + odd * half + b * LANES)
                for d in range(n_draws):
                    draw_chains(
                        limits, np.uint64(d) * WIDTH, np.uint64(n_draws) * WIDTH,
                        np.uint64(starts[q] + d), c1, first_unit, c3, k0, k1,
                    )  # fmt: skip
                first = (odd * n_blocks + b) * n * LANES
                sweep_block(
                    wiring, words[odd], words[1 - odd], b, odd == 1,
                    sizes[n_blocks - 1] - 1, fields[first : first + n * LANES], beta,
                    pull, order[ends[q] : ends[q + 1]], limits, scratch[0], scratch[1],
                    scratch[2], ALL >> np.uint64(LANES - sizes[b]), n_draws, starts[q],
                    c1, first_unit, c3, key0, key1,
                )  # fmt: skip


@jit
def run_rings(
    wiring: Connections,
    h: Floats,
    states: States,
    order: Int32s,
    ends: Int32s,
    beta: float,
    pulls: Floats,
    first_sweep: Int,
    refresh: Int,
    first_unit: Int,
    key0: Int,
    key1: Int,
    use: Int,
) -> None:
    """Do what `pbit.kernels.trotter.run_rings` does, for an even number of replicas."""
    n_rings, n_replicas, n = states.shape
    half, n_classes = n_replicas // 2, ends.shape[0] - 1
    n_blocks = (half + LANES - 1) // LANES
    sizes = np.full(n_blocks, LANES, np.int64)
    sizes[n_blocks - 1] = half - LANES * (n_blocks - 1)
    starts = np.zeros(n_classes + 1, np.int64)
    most = 0
    for q in range(n_classes):
        starts[q + 1] = starts[q] + (ends[q + 1] - ends[q] + 3) // 4
        most = max(most, starts[q + 1] - starts[q])
    words = np.empty((2, n_blocks, n), np.uint32)
    fields = aligned(2 * n_blocks * n * LANES)
    limits = aligned(4 * most * LANES // 2).view(np.float32)
    rough, heard, ones = (
        aligned(LANES // 2).view(np.float32),
        aligned(LANES),
        aligned(LANES),
    )
    ones[:] = 1.0
    energies = aligned(LANES)
    for c in range(n_rings):
        for odd in range(2):
            for b in range(n_blocks):
                start = odd + 2 * b * LANES
                pack(states[c, start : start + 2 * sizes[b] : 2], words[odd, b])
        for t in range(pulls.shape[0]):
            sweep = first_sweep + t
            if t == 0 or sweep % refresh == 0:
                for place in range(2 * n_blocks):
                    first = place * n * LANES
                    compute_fields(
                        wiring[0], wiring[1], wiring[2], h,
                        words[place // n_blocks, place % n_blocks],
                        fields[first : first + n * LANES], energies,
                    )  # fmt: skip
            sweep_ring(
                wiring, words, fields, sizes, order, ends, starts, beta, pulls[t], limits,
                (rough, heard, ones), first_unit + c * n_replicas, sweep, key0, key1, use,
            )  # fmt: skip
        for odd in range(2):
            for b in range(n_blocks):
                for lane in range(sizes[b]):
                    k = odd + 2 * (b * LANES + lane)
                    unpack(words[odd, b], lane, states[c, k])

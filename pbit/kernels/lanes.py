"""Heat-bath sweeps of many chains side by side, for any weights: a chain is a vector lane.

The same draws, sums and bits as :mod:`pbit.kernels.gibbs`, 32 chains at a time. Limits are
first drawn roughly, without a logarithm or a division; only where an input comes closer to
its limit than that is good for (one update in ten thousand) is the exact one computed. A
p-bit that flips in no lane costs nothing more; one that does tells each neighbour in all
lanes at once, adding zero where it did not flip, which changes no bit of a sum.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pbit.kernels.gibbs import threshold
from pbit.kernels.jit import jit
from pbit.kernels.lane_vectors import LANES, decide, draw_chains, gain, tell
from pbit.kernels.philox import HALF_WORD, MASK, USE_SHIFT, philox
from pbit.kernels.types import Connections, Floats, Int, Int32s, States

Words = NDArray[np.uint32]
Limits = NDArray[np.float32]

ONE = np.uint64(1)
ALL = np.uint64(2**LANES - 1)
WIDTH = np.uint64(LANES)
LINE = 64  # bytes: vectors that straddle cache lines cost twice


@jit
def fill_limits(
    limits: Limits, n: int, key0: Int, key1: Int, use: Int, chain: Int, sweep: Int
) -> None:
    """Draw the rough limits of one sweep, `LANES` a p-bit, for chains from `chain` on."""
    quarter = np.uint64((n + 3) // 4)
    k0, k1 = np.uint64(key0), np.uint64(key1)
    c1 = np.uint64(sweep) & MASK
    c2 = np.uint64(chain)
    c3 = (np.uint64(use) << USE_SHIFT) | (np.uint64(sweep) >> HALF_WORD)
    stride = quarter * WIDTH
    for b in range(quarter):
        block = np.uint64(b)
        draw_chains(limits, block * WIDTH, stride, block, c1, c2, c3, k0, k1)


@jit
def goes_up(
    i: int, n: int, x: float, key0: Int, key1: Int, use: Int, chain: Int, sweep: Int
) -> bool:
    """Decide exactly, from p-bit i's own draw, as `gibbs.fill_thresholds` has it."""
    quarter = (n + 3) // 4
    c1 = np.uint64(sweep) & MASK
    c3 = (np.uint64(use) << USE_SHIFT) | (np.uint64(sweep) >> HALF_WORD)
    w0, w1, w2, w3 = philox(
        np.uint64(i % quarter),
        c1,
        np.uint64(chain),
        c3,
        np.uint64(key0),
        np.uint64(key1),
    )
    q = i // quarter
    word = w0 if q == 0 else (w1 if q == 1 else (w2 if q == 2 else w3))
    return x > threshold(word)


@jit
def sweep_lanes(
    indptr: Int32s,
    indices: Int32s,
    data: Floats,
    spins: Words,
    fields: Floats,
    betas: Floats,
    order: Int32s,
    limits: Limits,
    gains: Floats,
    live: np.uint64,
    key0: Int,
    key1: Int,
    use: Int,
    chain: Int,
    sweep: Int,
) -> None:
    """Update the p-bits `order` once each in the lanes `live`.

    `gains` grows by half of what the lanes' energies fall by.
    """
    n = spins.shape[0]
    for k in range(order.shape[0]):
        i = order[k]
        place = np.uint64(i) * WIDTH
        up, doubt = decide(limits, fields, place, betas)
        if doubt & live:
            for lane in range(LANES):
                bit = ONE << np.uint64(lane)
                if doubt & live & bit:
                    x = betas[lane] * fields[place + np.uint64(lane)]
                    up &= ~bit
                    if goes_up(i, n, x, key0, key1, use, chain + lane, sweep):
                        up |= bit
        flips = (up ^ np.uint64(spins[i])) & live
        if flips:
            spins[i] ^= np.uint32(flips)
            gain(gains, fields, place, flips, up, 0.0)
            for e in range(indptr[i], indptr[i + 1]):
                heard = np.uint64(np.uint32(indices[e])) * WIDTH
                tell(fields, heard, flips, up, 2.0 * data[e])


@jit
def compute_fields(
    indptr: Int32s,
    indices: Int32s,
    data: Floats,
    h: Floats,
    spins: Words,
    fields: Floats,
    energies: Floats,
) -> None:
    """Compute fields and energies afresh, in the order of `gibbs.compute_fields`."""
    energies[:] = 0.0
    for i in range(spins.shape[0]):
        place = np.uint64(i) * WIDTH
        for lane in range(LANES):
            fields[place + np.uint64(lane)] = h[i]
        for e in range(indptr[i], indptr[i + 1]):
            up = np.uint64(spins[np.uint32(indices[e])])
            tell(fields, place, ALL, up, data[e])
        gain(energies, fields, place, ALL, np.uint64(spins[i]), h[i])
    for lane in range(LANES):
        energies[lane] *= -0.5


@jit
def pack(states: States, spins: Words) -> None:
    """Gather the chains' states as bits of words: bit c belongs to chain c."""
    spins[:] = 0
    for c in range(states.shape[0]):
        bit = np.uint32(1 << c)
        for i in range(spins.shape[0]):
            spins[i] |= bit if states[c, i] > 0 else np.uint32(0)


@jit
def unpack(spins: Words, c: int, state: States) -> None:
    """Write the state of the chain in bit c."""
    bit = np.uint32(1 << c)
    for i in range(spins.shape[0]):
        state[i] = np.int8(1) if spins[i] & bit else np.int8(-1)


@jit
def keep_lower(
    energies: Floats, lowest: Floats, spins: Words, best: Words, n_chains: int
) -> None:
    """Remember the states of chains whose energies are lower than ever before."""
    lower = np.uint32(0)
    for c in range(n_chains):
        if energies[c] < lowest[c]:
            lowest[c] = energies[c]
            lower |= np.uint32(1 << c)
    if lower:
        for i in range(spins.shape[0]):
            best[i] = (best[i] & ~lower) | (spins[i] & lower)


@jit
def aligned(n: int) -> Floats:
    """Return `n` float64 that start at a cache line."""
    room = np.empty(n + LINE // 8, np.float64)
    first = (-room.ctypes.data % LINE) // 8
    return room[first : first + n]


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
    """Do what `pbit.kernels.gibbs.run_chains` does, bit for bit; never in random order.

    `random_order` is there for the sake of one list of arguments, and must be False.
    """
    n = states.shape[1]
    n4 = 4 * ((n + 3) // 4)
    fields = aligned(n * LANES)
    limits = aligned(n4 * LANES // 2).view(np.float32)
    beta, energy, gains = aligned(LANES), aligned(LANES), aligned(LANES)
    spins, lowest = np.empty(n, np.uint32), np.empty(n, np.uint32)
    indptr, indices, data = outgoing
    for first in range(0, states.shape[0], LANES):
        size = min(LANES, states.shape[0] - first)
        live = ALL >> np.uint64(LANES - size)
        chain = first_chain + first
        pack(states[first : first + size], spins)
        pack(best[first : first + size], lowest)
        energy[:size] = energies[first : first + size]
        for t in range(betas.shape[0]):
            sweep = first_sweep + t
            if t == 0 or sweep % refresh == 0:
                compute_fields(*incoming, h, spins, fields, energy)
            for c in range(size):
                beta[c] = betas[t, min(first + c, betas.shape[1] - 1)]
            beta[size:] = 0.0
            gains[:] = 0.0
            fill_limits(limits, n, key0, key1, use, chain, sweep)
            sweep_lanes(
                indptr, indices, data, spins, fields, beta, order, limits, gains,
                live, key0, key1, use, chain, sweep,
            )  # fmt: skip
            for lane in range(LANES):
                energy[lane] -= 2.0 * gains[lane]
            counted = sweep + 1 - keep_from
            if keep_every > 0 and counted > 0 and counted % keep_every == 0:
                slot = counted // keep_every - 1
                for c in range(size):
                    unpack(spins, c, kept[first + c, slot])
                    kept_energies[first + c, slot] = energy[c]
            if best.shape[0] > 0:
                keep_lower(energy, best_energies[first:], spins, lowest, size)
        for c in range(size):
            unpack(spins, c, states[first + c])
            if best.shape[0] > 0:
                unpack(lowest, c, best[first + c])
        energies[first : first + size] = energy[:size]

"""The planes of :mod:`pbit.kernels.against`, for vectors of words of 64 chains.

A word is two groups of 32 chains: two blocks of Philox side by side make it. Where a vector
is one p-bit's, all of a counter but its second word is the same in every lane, and the first
rounds shrink: what they share is made once a sweep, or once a p-bit.
"""

from __future__ import annotations

import numpy as np

from pbit.kernels.against import BLOCKS
from pbit.kernels.jit import inline
from pbit.kernels.philox import (
    HALF_WORD,
    MASK,
    MULTIPLIER_0,
    MULTIPLIER_1,
    USE_SHIFT,
    WEYL_0,
    WEYL_1,
)
from pbit.kernels.types import Int, Uint64s
from pbit.kernels.vectors import Vector, join, load, multiply, spread, store, upper

WIDE = 8  # lanes of the vectors in which draws are made
WIDE_LANES = (0,) * WIDE
ROUNDS = 10

# Places of the scratch array. Two rows of `shared` for each of six blocks.
PLANES_AT = 0
SHARED_AT = 96
COUNTERS_AT = SHARED_AT + 2 * 2 * BLOCKS * WIDE
DRAWS_END = COUNTERS_AT + 2 * WIDE


@inline
def rounds(
    c0: Vector,
    c1: Vector,
    c2: Vector,
    c3: Vector,
    k0: np.uint64,
    k1: np.uint64,
    first: int,
) -> tuple[Vector, Vector, Vector, Vector]:
    """Make the rounds of Philox from number `first` on; upper halves come out undefined."""
    factor_0, factor_1 = (
        spread(MULTIPLIER_0, WIDE_LANES),
        spread(MULTIPLIER_1, WIDE_LANES),
    )
    for r in range(first, ROUNDS):
        p0, p1 = multiply(factor_0, c0), multiply(factor_1, c2)
        c0 = upper(p1) ^ c1 ^ spread(k0 + np.uint64(r) * WEYL_0, WIDE_LANES)
        c1 = p1
        c2 = upper(p0) ^ c3 ^ spread(k1 + np.uint64(r) * WEYL_1, WIDE_LANES)
        c3 = p0
    return c0, c1, c2, c3


@inline
def store_planes(
    scratch: Uint64s,
    q: int,
    low: tuple[Vector, Vector, Vector, Vector],
    high: tuple[Vector, Vector, Vector, Vector],
) -> None:
    """Join the words of two groups into four planes."""
    place = PLANES_AT + 4 * WIDE * q
    store(scratch, place, join(low[0], high[0]))
    store(scratch, place + WIDE, join(low[1], high[1]))
    store(scratch, place + 2 * WIDE, join(low[2], high[2]))
    store(scratch, place + 3 * WIDE, join(low[3], high[3]))


@inline
def share(scratch: Uint64s, key0: Int, sweep: Int) -> None:
    """Make what the draws of all p-bits in one sweep share; needs the counters."""
    k0 = np.uint64(key0)
    p1 = MULTIPLIER_1 * (np.uint64(sweep) & MASK)
    for q in range(BLOCKS):
        for half in range(2):
            c1 = load(scratch, COUNTERS_AT + half * WIDE, WIDE_LANES)
            # Counters are multiples of four.
            c1 = c1 ^ spread(np.uint64(q) ^ (p1 >> HALF_WORD) ^ k0, WIDE_LANES)
            p0 = multiply(spread(MULTIPLIER_0, WIDE_LANES), c1)
            place = SHARED_AT + 2 * WIDE * (2 * q + half)
            store(scratch, place, upper(p0))
            store(scratch, place + WIDE, p0)


@inline
def draw_one(
    scratch: Uint64s, i: Int, key0: Int, key1: Int, use: Int, sweep: Int
) -> None:
    """Draw the planes of p-bit i for 512 chains.

    Words of the counter in round r are c0 ... c3 as in :func:`pbit.kernels.philox.philox`;
    after the first round only c0 differs between lanes, after the second c2 and c3, after
    the third c0, c1 and c2.
    """
    k0, k1 = np.uint64(key0), np.uint64(key1)
    high = (np.uint64(use) << USE_SHIFT) | (np.uint64(sweep) >> HALF_WORD)
    p0 = MULTIPLIER_0 * np.uint64(i)
    c1 = (MULTIPLIER_1 * (np.uint64(sweep) & MASK)) & MASK
    c2 = (p0 >> HALF_WORD) ^ high ^ k1
    c3 = p0 & MASK
    k0, k1 = (k0 + WEYL_0) & MASK, (k1 + WEYL_1) & MASK
    p1 = MULTIPLIER_1 * c2
    c0 = (p1 >> HALF_WORD) ^ c1 ^ k0
    c1 = p1 & MASK
    to_c2 = spread(c3 ^ k1, WIDE_LANES)
    k0, k1 = (k0 + WEYL_0) & MASK, (k1 + WEYL_1) & MASK
    p0 = MULTIPLIER_0 * c0
    to_c0 = spread(c1 ^ k0, WIDE_LANES)
    to_c3 = spread((p0 >> HALF_WORD) ^ k1, WIDE_LANES)
    last = spread(p0 & MASK, WIDE_LANES)
    for q in range(BLOCKS):
        place = SHARED_AT + 4 * WIDE * q
        p = multiply(
            spread(MULTIPLIER_1, WIDE_LANES), load(scratch, place, WIDE_LANES) ^ to_c2
        )
        c = load(scratch, place + WIDE, WIDE_LANES) ^ to_c3
        low = rounds(upper(p) ^ to_c0, p, c, last, np.uint64(key0), np.uint64(key1), 3)
        place += 2 * WIDE
        p = multiply(
            spread(MULTIPLIER_1, WIDE_LANES), load(scratch, place, WIDE_LANES) ^ to_c2
        )
        c = load(scratch, place + WIDE, WIDE_LANES) ^ to_c3
        top = rounds(upper(p) ^ to_c0, p, c, last, np.uint64(key0), np.uint64(key1), 3)
        store_planes(scratch, q, low, top)


@inline
def draw_many(
    scratch: Uint64s, pbits: Uint64s, key0: Int, key1: Int, use: Int, sweep: Int
) -> None:
    """Draw the planes of several p-bits, `pbits` naming that of each lane."""
    k0, k1 = np.uint64(key0), np.uint64(key1)
    high = (np.uint64(use) << USE_SHIFT) | (np.uint64(sweep) >> HALF_WORD)
    c0 = load(pbits, 0, WIDE_LANES)
    c2 = spread(np.uint64(sweep) & MASK, WIDE_LANES)
    c3 = spread(high, WIDE_LANES)
    for q in range(BLOCKS):
        block = spread(np.uint64(q), WIDE_LANES)
        c1 = load(scratch, COUNTERS_AT, WIDE_LANES) ^ block
        low = rounds(c0, c1, c2, c3, k0, k1, 0)
        c1 = load(scratch, COUNTERS_AT + WIDE, WIDE_LANES) ^ block
        top = rounds(c0, c1, c2, c3, k0, k1, 0)
        store_planes(scratch, q, low, top)


@inline
def fill_counters(scratch: Uint64s, first_group: Int, words: Int) -> None:
    """Write the counters of the groups of a row of words, repeated over 8 lanes."""
    for lane in range(WIDE):
        group = np.uint64(first_group + 2 * (lane % words))
        scratch[COUNTERS_AT + lane] = np.uint64(4) * group
        scratch[COUNTERS_AT + WIDE + lane] = np.uint64(4) * (group + np.uint64(1))

"""One heat-bath sweep of the chains of a row of words: count, look up, compare, decide."""

from __future__ import annotations

from typing import Any

import numpy as np

from pbit.kernels.against import PLANES
from pbit.kernels.bitsliced_counts import add, read_block
from pbit.kernels.bitsliced_draws import (
    DRAWS_END,
    PLANES_AT,
    WIDE,
    draw_many,
    draw_one,
    share,
)
from pbit.kernels.bitsliced_levels import (
    ALL,
    FOUR,
    GROUPS,
    NOTHING,
    ROW,
    chance_bit,
    compare,
)
from pbit.kernels.bitsliced_program import BLOCK, SMALL, Program
from pbit.kernels.jit import bare, inline
from pbit.kernels.philox import HALF_WORD, MASK, USE_SHIFT, philox
from pbit.kernels.prefetch import prefetch
from pbit.kernels.types import Int, Int32s, Int64s, Uint64s
from pbit.kernels.vectors import Lanes, Vector, any_bit, load, lowest, spread, store

ONE = np.uint64(1)
CACHED = 2**17  # words of rows that are as good as in the second-level cache
AHEAD = 8  # p-bits ahead of which rows are asked for

# Places of the scratch array, a vector each unless a number is given.
MASKS_AT = DRAWS_END  # 2: zeros, ones
EQUAL_AT = MASKS_AT + 2 * WIDE
BELOW_AT = EQUAL_AT + WIDE
LEVEL_AT = BELOW_AT + WIDE  # 7: the bits of the level
MEMBERS_AT = LEVEL_AT + 7 * WIDE  # 32: which chains have their level in the group
METROPOLIS_AT = MEMBERS_AT + GROUPS * WIDE  # all ones for the rule of Metropolis
SCRATCH_SIZE = METROPOLIS_AT + WIDE


@bare
def finish(
    scratch: Uint64s,
    table: Int64s,
    level_bits: tuple[Int, Int],
    words: Int,
    i: Int,
    lane_chain: Int,
    key0: Int,
    key1: Int,
    tail_use: Int,
    sweep: Int,
) -> None:
    """Decide the chains whose upper bits equal those of their chance, by the lower ones."""
    parity, bits = level_bits
    c3 = (np.uint64(tail_use) << USE_SHIFT) | (np.uint64(sweep) >> HALF_WORD)
    for w in range(words):
        equal = scratch[EQUAL_AT + w]
        while equal != NOTHING:
            b = np.uint64(lowest(equal))
            equal &= equal - ONE
            level = np.int64(0)
            for d in range(bits):
                level |= np.int64((scratch[LEVEL_AT + d * WIDE + w] >> b) & ONE) << d
            chance = np.uint64(table[2 * level + parity]) & MASK
            if chance == NOTHING:
                continue
            chain = np.uint64(lane_chain + 64 * w) + b
            lower = philox(
                np.uint64(i),
                chain & MASK,
                np.uint64(sweep) & MASK,
                c3,
                np.uint64(key0),
                np.uint64(key1),
            )[0]
            if lower < chance:
                scratch[BELOW_AT + w] |= ONE << b


@inline
def level_bit(low: Vector, down: Vector, seen: Vector) -> tuple[Vector, Vector]:
    """Return a bit of the field's magnitude, and whether a lower bit of it was seen.

    `down` are chains of negative field: theirs is the complement, plus one where fields
    are even: `seen` starts as all ones where they are odd.
    """
    return low ^ (down & seen), seen | low


@inline
def mask(scratch: Uint64s, bit: Any, lanes: Lanes) -> Vector:
    """Return ones for 1, and zeros for 0."""
    return load(scratch, MASKS_AT + bit * len(lanes), lanes)


@inline
def count_blocks(
    rows: Uint64s, program: Program, i: Int, scratch: Uint64s, lanes: Lanes
) -> tuple[Vector, Vector, Vector, Vector, Vector, Vector, Vector, Vector]:
    """Return the count of a p-bit of several blocks, lowest digit first."""
    zeros = spread(NOTHING, lanes)
    entries = program.entries
    block = program.starts[i]
    c0, c1, c2 = read_block(rows, entries, BLOCK * block, scratch, MASKS_AT, lanes)
    c3, c4, c5, c6, c7 = zeros, zeros, zeros, zeros, zeros
    for block in range(program.starts[i] + 1, program.starts[i + 1]):
        for _ in range(program.shifts[block]):
            c7, c6, c5, c4, c3, c2, c1, c0 = c6, c5, c4, c3, c2, c1, c0, zeros
        a0, a1, a2 = read_block(rows, entries, BLOCK * block, scratch, MASKS_AT, lanes)
        c0, carry = c0 ^ a0, c0 & a0
        c1, carry = add(c1, a1, carry)
        c2, carry = add(c2, a2, carry)
        c3, carry = c3 ^ carry, c3 & carry
        c4, carry = c4 ^ carry, c4 & carry
        c5, carry = c5 ^ carry, c5 & carry
        c6, carry = c6 ^ carry, c6 & carry
        c7 = c7 ^ carry
    return c0, c1, c2, c3, c4, c5, c6, c7


@inline
def put_in_groups(
    scratch: Uint64s,
    n_groups: Int,
    bit_2: Vector,
    bit_3: Vector,
    bit_4: Vector,
    bit_5: Vector,
    bit_6: Vector,
    lanes: Lanes,
) -> None:
    """Write which chains have their level in which group of four; keep the level."""
    store(scratch, LEVEL_AT + 2 * WIDE, bit_2)
    store(scratch, LEVEL_AT + 3 * WIDE, bit_3)
    store(scratch, LEVEL_AT + 4 * WIDE, bit_4)
    store(scratch, LEVEL_AT + 5 * WIDE, bit_5)
    store(scratch, LEVEL_AT + 6 * WIDE, bit_6)
    for g in range(n_groups):
        unlike = ~g
        inside = bit_2 ^ mask(scratch, unlike & 1, lanes)
        inside = inside & (bit_3 ^ mask(scratch, (unlike >> 1) & 1, lanes))
        inside = inside & (bit_4 ^ mask(scratch, (unlike >> 2) & 1, lanes))
        inside = inside & (bit_5 ^ mask(scratch, (unlike >> 3) & 1, lanes))
        inside = inside & (bit_6 ^ mask(scratch, (unlike >> 4) & 1, lanes))
        store(scratch, MEMBERS_AT + g * WIDE, inside)


@inline
def compare_four(
    chances: Uint64s,
    chances_at: Int,
    scratch: Uint64s,
    planes_at: Int,
    bit_0: Vector,
    bit_1: Vector,
    lanes: Lanes,
) -> tuple[Vector, Vector]:
    """Return where draws are below, and equal to, the chances of one of four levels."""
    below, equal = spread(NOTHING, lanes), spread(ALL, lanes)
    for k in range(PLANES - 1, -1, -1):
        chance = chance_bit(chances, chances_at + FOUR * k, bit_0, bit_1, lanes)
        draw = load(scratch, planes_at + k * WIDE, lanes)
        below, equal = compare(below, equal, draw, chance)
    return below, equal


@inline
def compare_many(
    chances: Uint64s,
    chances_at: Int,
    n_groups: Int,
    scratch: Uint64s,
    planes_at: Int,
    bit_0: Vector,
    bit_1: Vector,
    lanes: Lanes,
) -> tuple[Vector, Vector]:
    """Return the same for levels in groups; the twelve planes stay in registers."""
    below, equal = spread(NOTHING, lanes), spread(ALL, lanes)
    t0, t1, t2, t3 = below, below, below, below
    t4, t5, t6, t7 = below, below, below, below
    t8, t9, t10, t11 = below, below, below, below
    for g in range(n_groups):
        inside = load(scratch, MEMBERS_AT + g * WIDE, lanes)
        place = chances_at + ROW * g
        t0 = t0 | inside & chance_bit(chances, place, bit_0, bit_1, lanes)
        t1 = t1 | inside & chance_bit(chances, place + 4, bit_0, bit_1, lanes)
        t2 = t2 | inside & chance_bit(chances, place + 8, bit_0, bit_1, lanes)
        t3 = t3 | inside & chance_bit(chances, place + 12, bit_0, bit_1, lanes)
        t4 = t4 | inside & chance_bit(chances, place + 16, bit_0, bit_1, lanes)
        t5 = t5 | inside & chance_bit(chances, place + 20, bit_0, bit_1, lanes)
        t6 = t6 | inside & chance_bit(chances, place + 24, bit_0, bit_1, lanes)
        t7 = t7 | inside & chance_bit(chances, place + 28, bit_0, bit_1, lanes)
        t8 = t8 | inside & chance_bit(chances, place + 32, bit_0, bit_1, lanes)
        t9 = t9 | inside & chance_bit(chances, place + 36, bit_0, bit_1, lanes)
        t10 = t10 | inside & chance_bit(chances, place + 40, bit_0, bit_1, lanes)
        t11 = t11 | inside & chance_bit(chances, place + 44, bit_0, bit_1, lanes)
    last = planes_at + 11 * WIDE
    below, equal = compare(below, equal, load(scratch, last, lanes), t11)
    below, equal = compare(below, equal, load(scratch, last - WIDE, lanes), t10)
    below, equal = compare(below, equal, load(scratch, last - 2 * WIDE, lanes), t9)
    below, equal = compare(below, equal, load(scratch, last - 3 * WIDE, lanes), t8)
    below, equal = compare(below, equal, load(scratch, last - 4 * WIDE, lanes), t7)
    below, equal = compare(below, equal, load(scratch, last - 5 * WIDE, lanes), t6)
    below, equal = compare(below, equal, load(scratch, last - 6 * WIDE, lanes), t5)
    below, equal = compare(below, equal, load(scratch, last - 7 * WIDE, lanes), t4)
    below, equal = compare(below, equal, load(scratch, last - 8 * WIDE, lanes), t3)
    below, equal = compare(below, equal, load(scratch, last - 9 * WIDE, lanes), t2)
    below, equal = compare(below, equal, load(scratch, last - 10 * WIDE, lanes), t1)
    below, equal = compare(below, equal, load(scratch, last - 11 * WIDE, lanes), t0)
    return below, equal


@inline
def update(
    rows: Uint64s,
    program: Program,
    i: Int,
    planes_at: Int,
    chances: Uint64s,
    groups: Int64s,
    table: Int64s,
    scratch: Uint64s,
    lanes: Lanes,
    lane_chain: Int,
    key0: Int,
    key1: Int,
    tail_use: Int,
    sweep: Int,
) -> None:
    """Update p-bit i in all chains of the rows; its planes lie in `scratch`."""
    words = len(lanes)
    reach = program.reaches[i]
    parity = reach & 1
    seen = mask(scratch, parity, lanes)
    chances_at = parity * GROUPS * ROW
    bits = 2
    if reach <= SMALL:
        place = BLOCK * program.starts[i]
        c0, c1, up = read_block(rows, program.entries, place, scratch, MASKS_AT, lanes)
        down = ~up
        bit_0, seen = level_bit(c0, down, seen)
        bit_1, seen = level_bit(c1, down, seen)
        below, equal = compare_four(
            chances, chances_at, scratch, planes_at, bit_0, bit_1, lanes
        )
    else:
        bits = 7
        c0, c1, c2, c3, c4, c5, c6, up = count_blocks(rows, program, i, scratch, lanes)
        down = ~up
        bit_0, seen = level_bit(c0, down, seen)
        bit_1, seen = level_bit(c1, down, seen)
        bit_2, seen = level_bit(c2, down, seen)
        bit_3, seen = level_bit(c3, down, seen)
        bit_4, seen = level_bit(c4, down, seen)
        bit_5, seen = level_bit(c5, down, seen)
        bit_6, seen = level_bit(c6, down, seen)
        n_groups = min((reach >> 3) + 1, groups[parity])
        put_in_groups(scratch, n_groups, bit_2, bit_3, bit_4, bit_5, bit_6, lanes)
        below, equal = compare_many(
            chances, chances_at, n_groups, scratch, planes_at, bit_0, bit_1, lanes
        )
    if any_bit(equal):
        store(scratch, EQUAL_AT, equal)
        store(scratch, BELOW_AT, below)
        store(scratch, LEVEL_AT, bit_0)
        store(scratch, LEVEL_AT + WIDE, bit_1)
        level_bits = (parity, bits)
        finish(
            scratch,
            table,
            level_bits,
            words,
            i,
            lane_chain,
            key0,
            key1,
            tail_use,
            sweep,
        )
        below = load(scratch, BELOW_AT, lanes)
    # By the rule of Metropolis, who is against the field already takes its sign.
    held = load(scratch, METROPOLIS_AT, lanes) & (up ^ load(rows, i * words, lanes))
    store(rows, i * words, up ^ (below & ~held))


@inline
def fetch_inputs(rows: Uint64s, program: Program, i: Int, words: int) -> None:
    """Ask for the rows that a p-bit will read."""
    first, last = program.starts[i], program.starts[np.int64(i) + 1]
    for place in range(BLOCK * first, BLOCK * last):
        prefetch(rows, np.int64(program.entries[place] >> 1) * words)


@bare
def sweep_rows(
    rows: Uint64s,
    program: Program,
    order: Int32s,
    chances: Uint64s,
    groups: Int64s,
    table: Int64s,
    scratch: Uint64s,
    pbits: Uint64s,
    lanes: Lanes,
    lane_chain: Int,
    key0: Int,
    key1: Int,
    use: Int,
    tail_use: Int,
    sweep: Int,
) -> None:
    """Update the p-bits `order` once each in all chains of the rows.

    Parameters
    ----------
    rows
        States as bits, len(lanes) words a row, and the ghost's row of zeros at the end.
    program
        How each p-bit counts its neighbours.
    order
        The p-bits to update.
    chances, groups
        Chances by plane, as :func:`~pbit.kernels.bitsliced_levels.fill_chances` says.
    table
        The same chances as numbers, by magnitude of the field.
    scratch, pbits
        Work space; `scratch` holds the masks and the counters of the groups of chains.
    lanes
        Names the width of rows.
    lane_chain
        Number of the chain in the lowest bit of the first word, a multiple of 32.
    key0, key1, use, tail_use, sweep
        Address of the draws.
    """
    words = len(lanes)
    together = WIDE // words
    n_free = order.shape[0]
    share(scratch, key0, sweep)
    far = rows.shape[0] > CACHED
    for start in range(0, n_free, together):
        if together == 1:
            draw_one(scratch, order[start], key0, key1, use, sweep)
        else:
            for lane in range(WIDE):
                pbits[lane] = np.uint64(order[min(start + lane // words, n_free - 1)])
            draw_many(scratch, pbits, key0, key1, use, sweep)
        if far:
            for b in range(start + AHEAD, min(start + AHEAD + together, n_free)):
                fetch_inputs(rows, program, order[b], words)
        for b in range(start, min(start + together, n_free)):
            update(
                rows,
                program,
                order[b],
                PLANES_AT + (b - start) * words,
                chances,
                groups,
                table,
                scratch,
                lanes,
                lane_chain,
                key0,
                key1,
                tail_use,
                sweep,
            )

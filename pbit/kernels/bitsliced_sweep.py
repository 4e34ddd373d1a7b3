"""One heat-bath sweep of the chains of a row of words: count, look up, compare, decide."""

from __future__ import annotations

import numpy as np

from pbit.kernels.bitsliced_compare import (
    BELOW_AT,
    EQUAL_AT,
    LEVEL_AT,
    MASKS_AT,
    METROPOLIS_AT,
    compare_four,
    compare_many,
    mask,
    put_in_groups,
)
from pbit.kernels.bitsliced_counts import add, read_block
from pbit.kernels.bitsliced_draws import (
    PLANES_AT,
    WIDE,
    draw_many,
    draw_one,
    share,
)
from pbit.kernels.bitsliced_levels import (
    GROUPS,
    NOTHING,
    ROW,
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

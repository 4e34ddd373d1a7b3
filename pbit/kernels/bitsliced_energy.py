"""Energies of chains side by side: unsatisfied pairs, counted digit by digit.

A count of 64 chains is a column of bits over several rows, `digits` vectors of words, lowest
digit first. Counts order chains as energies do, so that the best of each is found without
leaving the bits.
"""

from __future__ import annotations

import numpy as np

from pbit.kernels.bitsliced_counts import add, add_seven, read
from pbit.kernels.bitsliced_program import BLOCK, Program
from pbit.kernels.jit import bare, inline
from pbit.kernels.types import Int, Int32s, Int64s, Uint64s
from pbit.kernels.vectors import Lanes, Vector, any_bit, load, spread, store

NOTHING = np.uint64(0)
LOCAL = 35  # blocks of seven, and six pairs more, that eight bits can count
ONE = np.uint64(1)


@inline
def unsatisfied(
    rows: Uint64s,
    scratch: Uint64s,
    masks: Int,
    first: Int32s,
    second: Int32s,
    pair: Int,
    lanes: Lanes,
) -> Vector:
    """Return in which chains a pair is at odds with its coupling."""
    one = read(rows, scratch, masks, first[pair], lanes)
    return one ^ load(rows, second[pair] * len(lanes), lanes)


@bare
def double(counts: Uint64s, digits: Int, lanes: Lanes) -> None:
    """Multiply counts by two."""
    words = len(lanes)
    for d in range(digits - 1, 0, -1):
        store(counts, d * words, load(counts, (d - 1) * words, lanes))
    store(counts, 0, spread(NOTHING, lanes))


@bare
def count_unsatisfied(
    rows: Uint64s,
    program: Program,
    scratch: Uint64s,
    masks: Int,
    counts: Uint64s,
    digits: Int,
    lanes: Lanes,
) -> None:
    """Count the unsatisfied pairs of each chain, by their weights."""
    words = len(lanes)
    first, second = program.first, program.second
    zeros = spread(NOTHING, lanes)
    for d in range(digits):
        store(counts, d * words, zeros)
    for d in range(program.digit_ends.shape[0] - 1, -1, -1):
        double(counts, digits, lanes)
        pair = program.digit_ends[d - 1] if d > 0 else 0
        end = program.digit_ends[d]
        while pair < end:
            c0, c1, c2, c3 = zeros, zeros, zeros, zeros
            c4, c5, c6, c7 = zeros, zeros, zeros, zeros
            blocks = min(LOCAL, (end - pair) // BLOCK)
            for _ in range(blocks):
                a0, a1, a2 = add_seven(
                    unsatisfied(rows, scratch, masks, first, second, pair, lanes),
                    unsatisfied(rows, scratch, masks, first, second, pair + 1, lanes),
                    unsatisfied(rows, scratch, masks, first, second, pair + 2, lanes),
                    unsatisfied(rows, scratch, masks, first, second, pair + 3, lanes),
                    unsatisfied(rows, scratch, masks, first, second, pair + 4, lanes),
                    unsatisfied(rows, scratch, masks, first, second, pair + 5, lanes),
                    unsatisfied(rows, scratch, masks, first, second, pair + 6, lanes),
                )
                pair += BLOCK
                c0, carry = c0 ^ a0, c0 & a0
                c1, carry = add(c1, a1, carry)
                c2, carry = add(c2, a2, carry)
                c3, carry = c3 ^ carry, c3 & carry
                c4, carry = c4 ^ carry, c4 & carry
                c5, carry = c5 ^ carry, c5 & carry
                c6, carry = c6 ^ carry, c6 & carry
                c7 = c7 ^ carry
            rest = end - pair if end - pair < BLOCK else 0
            for _ in range(rest):
                carry = unsatisfied(rows, scratch, masks, first, second, pair, lanes)
                pair += 1
                c0, carry = c0 ^ carry, c0 & carry
                c1, carry = c1 ^ carry, c1 & carry
                c2, carry = c2 ^ carry, c2 & carry
                c3, carry = c3 ^ carry, c3 & carry
                c4, carry = c4 ^ carry, c4 & carry
                c5, carry = c5 ^ carry, c5 & carry
                c6, carry = c6 ^ carry, c6 & carry
                c7 = c7 ^ carry
            carry = zeros
            for k in range(digits):
                held = load(counts, k * words, lanes)
                local = zeros
                if k == 0:
                    local = c0
                elif k == 1:
                    local = c1
                elif k == 2:
                    local = c2
                elif k == 3:
                    local = c3
                elif k == 4:
                    local = c4
                elif k == 5:
                    local = c5
                elif k == 6:
                    local = c6
                elif k == 7:
                    local = c7
                held, carry = add(held, local, carry)
                store(counts, k * words, held)


@bare
def keep_lower(
    rows: Uint64s,
    counts: Uint64s,
    best_rows: Uint64s,
    best_counts: Uint64s,
    digits: Int,
    n: Int,
    lanes: Lanes,
) -> None:
    """Where a chain's count is below its best, make it and the state the best."""
    words = len(lanes)
    lower = spread(NOTHING, lanes)
    for d in range(digits):
        new, old = load(counts, d * words, lanes), load(best_counts, d * words, lanes)
        lower = (old & ~new) | (~(old ^ new) & lower)
    if not any_bit(lower):
        return
    for d in range(digits):
        new, old = load(counts, d * words, lanes), load(best_counts, d * words, lanes)
        store(best_counts, d * words, (lower & new) | (~lower & old))
    for i in range(n):
        new, old = load(rows, i * words, lanes), load(best_rows, i * words, lanes)
        store(best_rows, i * words, (lower & new) | (~lower & old))


@bare
def read_counts(
    counts: Uint64s, digits: Int, words: Int, lane: Int, out: Int64s
) -> None:
    """Write the counts of the chains from a lane on as numbers."""
    for c in range(out.shape[0]):
        w, b = (lane + c) // 64, np.uint64((lane + c) % 64)
        total = np.uint64(0)
        for d in range(digits):
            total |= ((counts[d * words + w] >> b) & ONE) << np.uint64(d)
        out[c] = np.int64(total)


@bare
def write_counts(
    counts: Uint64s, digits: Int, words: Int, lane: Int, values: Int64s
) -> None:
    """Write numbers as the counts of the chains from a lane on; other lanes get zero."""
    for k in range(digits * words):
        counts[k] = NOTHING
    for c in range(values.shape[0]):
        w, b = (lane + c) // 64, np.uint64((lane + c) % 64)
        for d in range(digits):
            bit = (np.uint64(values[c]) >> np.uint64(d)) & ONE
            counts[d * words + w] |= bit << b

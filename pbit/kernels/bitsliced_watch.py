"""Bit-sliced sweeps that write down some p-bits after every sweep, and nothing else.

For looking for states that satisfy a condition on a few p-bits: unpacking whole states after
every sweep would cost more than the sweeps. The states stay packed from call to call. The
draws are those of :mod:`pbit.kernels.bitsliced`.
"""

from __future__ import annotations

import numpy as np

from pbit.kernels.against import fill_table
from pbit.kernels.bits import transpose
from pbit.kernels.bitsliced_compare import MASKS_AT, SCRATCH_SIZE
from pbit.kernels.bitsliced_draws import fill_counters
from pbit.kernels.bitsliced_levels import ALL, CHANCES_SIZE, NOTHING, fill_chances
from pbit.kernels.bitsliced_program import Program
from pbit.kernels.bitsliced_sweep import sweep_rows
from pbit.kernels.jit import jit
from pbit.kernels.types import Floats, Int, Int32s, Int64s, Uint64s
from pbit.kernels.vectors import Lanes

WORD_BITS = 64
ONE = np.uint64(1)


@jit
def watch_rows(
    program: Program,
    rows: Uint64s,
    lanes: Lanes,
    order: Int32s,
    runs: Int64s,
    units: Floats,
    largest: Int,
    betas: Floats,
    first_sweep: Int,
    first_chain: Int,
    key0: Int,
    key1: Int,
    use: Int,
    tail_use: Int,
    scratch: Uint64s,
    chances: Uint64s,
    pbits: Uint64s,
    entries: Int32s,
    record: Uint64s,
) -> None:
    """Advance the chains of a row of words by one sweep for every value of `betas`.

    Parameters
    ----------
    program
        How each p-bit counts its neighbours.
    rows
        States as bits, len(lanes) words a row, and the ghost's row of zeros at the end.
    lanes
        Names the width of rows.
    order
        The free p-bits, in the order of their updates.
    runs
        Shape (r, 2): where each run of p-bits of one unit ends in `order`, and which unit.
    units
        The units of the fields.
    largest
        The largest field, in units of its p-bit.
    betas
        Inverse temperatures, shape (n_sweeps,).
    first_sweep, first_chain, key0, key1, use, tail_use
        Address of the draws; `first_chain` is a multiple of 32.
    scratch, chances, pbits
        Work space, `CHANCES_SIZE` words of chances for each unit.
    entries
        What is watched: 2 row + (1 if inverted).
    record
        Shape (n_sweeps, entries, words); if it has no entries, nothing is written.
    """
    words = len(lanes)
    for w in range(words):
        scratch[MASKS_AT + w] = NOTHING
        scratch[MASKS_AT + words + w] = ALL
    fill_counters(scratch, first_chain // 32, words)
    tables = np.zeros((units.shape[0], largest + 1), np.int64)
    groups = np.zeros((units.shape[0], 2), np.int64)
    for t in range(betas.shape[0]):
        if t == 0 or betas[t] != betas[t - 1]:
            for k in range(units.shape[0]):
                fill_table(tables[k], betas[t] * units[k])
                own = chances[k * CHANCES_SIZE : (k + 1) * CHANCES_SIZE]
                fill_chances(tables[k], own, groups[k])
        start = 0
        for r in range(runs.shape[0]):
            stop, k = runs[r, 0], runs[r, 1]
            sweep_rows(
                rows,
                program,
                order[start:stop],
                chances[k * CHANCES_SIZE : (k + 1) * CHANCES_SIZE],
                groups[k],
                tables[k],
                scratch,
                pbits,
                lanes,
                first_chain,
                key0,
                key1,
                use,
                tail_use,
                first_sweep + t,
            )
            start = stop
        for e in range(record.shape[1]):
            place = (entries[e] >> 1) * words
            flip = ALL if entries[e] & 1 else NOTHING
            for w in range(words):
                record[t, e, w] = rows[place + w] ^ flip


@jit
def read_numbers(record: Uint64s, spans: Int64s, numbers: Uint64s) -> None:
    """Read numbers of up to 64 bits out of a record of watched p-bits.

    Parameters
    ----------
    record
        As `watch_rows` writes it, shape (sweeps, entries, words).
    spans
        Of each number: the entry of its lowest bit and its width, shape (k, 2). No number
        goes across a multiple of 64 entries.
    numbers
        To write to, shape (k, sweeps, chains).
    """
    n_sweeps, n_entries, words = record.shape
    n_chains = numbers.shape[2]
    square = np.empty(WORD_BITS, np.uint64)
    for t in range(n_sweeps):
        for w in range(words):
            size = min(WORD_BITS, n_chains - WORD_BITS * w)
            for first in range(0, n_entries, WORD_BITS):
                count = min(WORD_BITS, n_entries - first)
                for b in range(count):
                    square[b] = record[t, first + b, w]
                square[count:] = NOTHING
                transpose(square)
                for k in range(spans.shape[0]):
                    start, width = spans[k, 0] - first, spans[k, 1]
                    if 0 <= start < WORD_BITS:
                        shift = np.uint64(start)
                        mask = ALL >> np.uint64(WORD_BITS - width)
                        for c in range(size):
                            number = (square[c] >> shift) & mask
                            numbers[k, t, WORD_BITS * w + c] = number


SCRATCH = SCRATCH_SIZE
CHANCES = CHANCES_SIZE

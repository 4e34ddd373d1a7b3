"""Heat-bath sweeps of up to 512 chains at once, 64 to a word, for fields in whole numbers.

Every chain has its own random bits, by the law of :mod:`pbit.kernels.against`: the upper 12
bits of all draws are compared as planes, and only where they leave a chain undecided, once in
4096 updates, is one more block drawn. :mod:`pbit.kernels.planes` makes the same bits one
chain at a time.

Chains go through all sweeps 512 at a time, a cache line a p-bit; fewer take rows of 1, 2, 4
or 8 words, and lanes without a chain cost their share of the time and are never looked at.

Floor, for 512 chains of a p-bit of degree 6 in vectors of 512 bits: for its 12 planes 90
products and as many shifts and exclusive ors (six blocks of Philox in eight lanes, less what
p-bits or lanes share), and 110 other operations: to join words 24, to add seven inputs and
their signs 15, for the level 6, for its chance 36, to compare 24. A product, a shift and an
exclusive or together take 0.93 cycles where two of each could start in one, so that all is
110 cycles, 0.05 ns an update at 4.5 GHz; measured are 0.10. Memory: 7 rows of 64 bytes are
read and one is written; states take 64 bytes a p-bit, the program at degree 6 another 65.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from pbit.kernels.against import GROUP, fill_table
from pbit.kernels.bits import pack, unpack
from pbit.kernels.bitsliced_compare import MASKS_AT, METROPOLIS_AT, SCRATCH_SIZE
from pbit.kernels.bitsliced_draws import WIDE, fill_counters
from pbit.kernels.bitsliced_energy import (
    count_unsatisfied,
    keep_lower,
    read_counts,
    write_counts,
)
from pbit.kernels.bitsliced_levels import ALL, CHANCES_SIZE, NOTHING, fill_chances
from pbit.kernels.bitsliced_program import Program
from pbit.kernels.bitsliced_sweep import sweep_rows
from pbit.kernels.integers import Integers
from pbit.kernels.jit import jit
from pbit.kernels.types import Floats, Int, Int32s, States, Uint64s
from pbit.kernels.vectors import Lanes

WORD_BITS = 64
WIDTHS = (1, 2, 4, 8)


class Workspace(NamedTuple):
    """What a run writes to, aligned to cache lines; rows have the ghost as their last."""

    rows: Uint64s
    best_rows: Uint64s
    counts: Uint64s
    best_counts: Uint64s
    scratch: Uint64s
    chances: Uint64s
    pbits: Uint64s


def aligned(size: int) -> Uint64s:
    """Return zeroed words that start a cache line: vectors must not straddle two."""
    words = np.zeros(size + WIDE, np.uint64)
    start = -(words.ctypes.data // words.itemsize) % WIDE
    return words[start : start + size]


def count_digits(program: Program) -> int:
    """Return how many binary digits any count of unsatisfied pairs has, and one more."""
    return (program.pair_sum // program.pair_unit).bit_length() + 1


def run_chains(
    circuit: Integers,
    program: Program,
    states: States,
    energies: Floats,
    order: Int32s,
    betas: Floats,
    first_sweep: Int,
    first_chain: Int,
    key0: Int,
    key1: Int,
    use: Int,
    tail_use: Int,
    keep_from: Int,
    keep_every: Int,
    kept: States,
    kept_energies: Floats,
    best: States,
    best_energies: Floats,
    metropolis: bool = False,
) -> None:
    """Advance each chain in `states` by one sweep for every row of `betas`.

    The arguments are those of :func:`pbit.kernels.planes.run_chains`, and the circuit's
    program. Takes n * 8 bytes for each 64 chains, at most 512 at a time.
    """
    words = WIDTHS[-1]
    lane = int(first_chain) % GROUP
    first, n_chains = 0, states.shape[0]
    while first < n_chains:
        left = -(-(lane + n_chains - first) // WORD_BITS)
        words = next((width for width in WIDTHS if width >= left), WIDTHS[-1])
        stop = min(n_chains, first + WORD_BITS * words - lane)
        chains = slice(first, stop)
        run_rows(
            circuit,
            program,
            _workspace(circuit, program, words, best.shape[0] > 0),
            (0,) * words,
            count_digits(program),
            states[chains],
            energies[chains],
            order,
            betas,
            first_sweep,
            first_chain + first,
            key0,
            key1,
            use,
            tail_use,
            keep_from,
            keep_every,
            kept[chains],
            kept_energies[chains],
            best[chains],
            best_energies[chains],
            metropolis,
        )
        first, lane = stop, 0


def _workspace(
    circuit: Integers, program: Program, words: int, keep_best: bool
) -> Workspace:
    n = circuit.biases.size
    digits = count_digits(program)
    space = Workspace(
        rows=aligned((n + 1) * words),
        best_rows=aligned(n * words if keep_best else 0),
        counts=aligned(digits * words),
        best_counts=aligned(digits * words),
        scratch=aligned(SCRATCH_SIZE),
        chances=aligned(CHANCES_SIZE),
        pbits=aligned(WIDE),
    )
    space.scratch[MASKS_AT + words : MASKS_AT + 2 * words] = ALL
    return space


@jit
def energy_of(unit: float, program: Program, count: int) -> float:
    """Return the energy of a state of so many unsatisfied pairs."""
    return -0.5 * unit * (program.pair_sum - 2 * program.pair_unit * count)


@jit
def run_rows(
    circuit: Integers,
    program: Program,
    space: Workspace,
    lanes: Lanes,
    digits: int,
    states: States,
    energies: Floats,
    order: Int32s,
    betas: Floats,
    first_sweep: Int,
    first_chain: Int,
    key0: Int,
    key1: Int,
    use: Int,
    tail_use: Int,
    keep_from: Int,
    keep_every: Int,
    kept: States,
    kept_energies: Floats,
    best: States,
    best_energies: Floats,
    metropolis: bool,
) -> None:
    """Run the chains of one row of words, as `run_chains` says."""
    words = len(lanes)
    n_chains, n = states.shape
    lane = first_chain % GROUP
    rows, counts, best_counts = space.rows, space.counts, space.best_counts
    scratch = space.scratch
    fill_counters(scratch, first_chain // GROUP, words)
    for w in range(words):
        scratch[METROPOLIS_AT + w] = ALL if metropolis else NOTHING
    table = np.zeros(circuit.largest + 1, np.int64)
    groups = np.zeros(2, np.int64)
    numbers = np.empty(n_chains, np.int64)
    pack(states, rows, words, lane)
    if best.shape[0] > 0:
        pack(best, space.best_rows, words, lane)
        for c in range(n_chains):
            twice = -2.0 * best_energies[c] / circuit.unit
            limit = 2.0**digits - 1.0  # more than any count: no state as yet
            count = (program.pair_sum - twice) / (2.0 * program.pair_unit)
            numbers[c] = np.int64(min(count + 0.5, limit))
        write_counts(best_counts, digits, words, lane, numbers)
    for t in range(betas.shape[0]):
        sweep = first_sweep + t
        if t == 0 or betas[t, 0] != betas[t - 1, 0]:
            fill_table(table, betas[t, 0] * circuit.unit, metropolis)
            fill_chances(table, space.chances, groups)
        sweep_rows(
            rows,
            program,
            order,
            space.chances,
            groups,
            table,
            scratch,
            space.pbits,
            lanes,
            first_chain - lane,
            key0,
            key1,
            use,
            tail_use,
            sweep,
        )
        counted = sweep + 1 - keep_from
        keep = keep_every > 0 and counted > 0 and counted % keep_every == 0
        if keep or best.shape[0] > 0:
            count_unsatisfied(rows, program, scratch, MASKS_AT, counts, digits, lanes)
        if best.shape[0] > 0:
            keep_lower(rows, counts, space.best_rows, best_counts, digits, n, lanes)
        if keep:
            place = counted // keep_every - 1
            unpack(rows, words, lane, kept, place)
            read_counts(counts, digits, words, lane, numbers)
            for c in range(n_chains):
                kept_energies[c, place] = energy_of(circuit.unit, program, numbers[c])
    count_unsatisfied(rows, program, scratch, MASKS_AT, counts, digits, lanes)
    read_counts(counts, digits, words, lane, numbers)
    for c in range(n_chains):
        energies[c] = energy_of(circuit.unit, program, numbers[c])
    first = np.int64(0)  # the type of every other column: one kernel will do
    unpack(rows, words, lane, states.reshape((n_chains, 1, n)), first)
    if best.shape[0] > 0:
        unpack(space.best_rows, words, lane, best.reshape((n_chains, 1, n)), first)
        read_counts(best_counts, digits, words, lane, numbers)
        for c in range(n_chains):
            energy = energy_of(circuit.unit, program, numbers[c])
            best_energies[c] = min(best_energies[c], energy)

"""What the bit-sliced kernels do at each p-bit, laid out for them.

A p-bit counts the bits of its neighbours that agree with their coupling. Inputs come in
blocks of seven, which four full adders turn into a number of three bits; a weight takes
part in the blocks of each of its binary digits, highest digit first, and between digits
the count is doubled. Biases are couplings to a *ghost*, an added row of p-bits that are -1,
and so is a constant that makes the top bit of the count say whether the field is >= 0.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pbit.kernels.integers import Integers
from pbit.kernels.jit import jit
from pbit.kernels.types import Int, Int32s, Int64s

BLOCK = 7
SMALL = 7  # largest field whose p-bit needs but one block
DIGITS = 8  # of the count of other p-bits
SMALL_MIDDLE, MIDDLE = 4, 128  # the count of a p-bit whose field is 0

Bytes = NDArray[np.uint8]


class Program(NamedTuple):
    """The circuit as the bit-sliced kernels run it.

    Attributes
    ----------
    starts
        Row i's blocks are starts[i] ... starts[i + 1] - 1.
    entries
        Seven a block: 2 row + (1 if the row's bits are inverted).
    shifts
        How often the count is doubled before the block is added.
    reaches
        The largest field of each p-bit, sum_j |W_ij| + |h_i|; it has the field's parity.
    first, second
        Pairs that the energy is made of, by binary digit of their weight: entries and
        rows; the pair counts where the states agree, or, if inverted, where they do not.
    digit_ends
        Where the pairs of each digit end.
    pair_unit, pair_sum
        m.(W m) + 2 h.m = pair_sum - 2 pair_unit X, X the weighted count of
        unsatisfied pairs.
    """

    starts: Int64s
    entries: Int32s
    shifts: Bytes
    reaches: Int32s
    first: Int32s
    second: Int32s
    digit_ends: Int64s
    pair_unit: int
    pair_sum: int


@jit
def count_inputs(circuit: Integers, i: Int, reach: Int, counts: Int64s) -> None:
    """Count the inputs of p-bit i by binary digit, its bias and constant included."""
    counts[:] = 0
    constant = (SMALL_MIDDLE if reach <= SMALL else MIDDLE) - (reach + 1) // 2
    if reach <= SMALL:
        counts[0] = reach + constant
        return
    for d in range(DIGITS):
        counts[d] += (constant >> d) & 1
        counts[d] += (abs(circuit.biases[i]) >> d) & 1
        for e in range(circuit.indptr[i], circuit.indptr[i + 1]):
            counts[d] += (abs(circuit.weights[e]) >> d) & 1


@jit
def count_blocks(circuit: Integers, reaches: Int32s, starts: Int64s) -> None:
    """Set the reach of each p-bit and where its blocks start."""
    counts = np.empty(DIGITS, np.int64)
    starts[0] = 0
    for i in range(reaches.shape[0]):
        reach = abs(circuit.biases[i])
        for e in range(circuit.indptr[i], circuit.indptr[i + 1]):
            reach += abs(circuit.weights[e])
        reaches[i] = reach
        count_inputs(circuit, i, reach, counts)
        blocks = 0
        for d in range(DIGITS):
            blocks += (counts[d] + BLOCK - 1) // BLOCK
        starts[i + 1] = starts[i] + blocks + (counts[0] == 0)


@jit
def put(entries: Int32s, place: Int, entry: Int, weight: Int, digit: Int) -> int:
    """Append an entry as often as asked: weight times if digit < 0, or its digit's bit."""
    times = weight if digit < 0 else (weight >> digit) & 1
    for k in range(times):
        entries[place + k] = entry
    return place + times


@jit
def fill_blocks(
    circuit: Integers, reaches: Int32s, starts: Int64s, entries: Int32s, shifts: Bytes
) -> None:
    """Lay out the inputs of every p-bit; what stays free in a block reads the ghost."""
    n = reaches.shape[0]
    ghost = 2 * n
    entries[:] = ghost
    shifts[:] = 0
    for i in range(n):
        reach = reaches[i]
        small = reach <= SMALL
        constant = (SMALL_MIDDLE if small else MIDDLE) - (reach + 1) // 2
        block = starts[i]
        since = 0
        for d in range(-1 if small else DIGITS - 1, -2 if small else -1, -1):
            place = BLOCK * block
            for e in range(circuit.indptr[i], circuit.indptr[i + 1]):
                weight = circuit.weights[e]
                entry = 2 * circuit.indices[e] + (weight < 0)
                place = put(entries, place, entry, abs(weight), d)
            bias = circuit.biases[i]
            place = put(entries, place, ghost + (bias > 0), abs(bias), d)
            place = put(entries, place, ghost + 1, constant, d)
            used = (place - BLOCK * block + BLOCK - 1) // BLOCK
            if used > 0 or d == 0:  # the last block is one of the lowest digit
                used = max(1, used)
                shifts[block] = since if block > starts[i] else 0
                since = 0
                block += used
            since += 1


@jit
def fill_pairs(
    circuit: Integers,
    unit: Int,
    digit_ends: Int64s,
    first: Int32s,
    second: Int32s,
) -> None:
    """Count the pairs of each digit, and lay them out if there is room."""
    n = circuit.biases.shape[0]
    for d in range(digit_ends.shape[0]):
        place = digit_ends[d - 1] if d > 0 else 0
        for i in range(n):
            for e in range(circuit.indptr[i], circuit.indptr[i + 1]):
                # Rows count once each: (i, j) and (j, i) are two pairs of one weight,
                # unless the weights are symmetric, and then half of them do.
                j = circuit.indices[e]
                weight = circuit.weights[e]
                if unit == 2 and j > i:
                    continue
                if (abs(weight) >> d) & 1:
                    if place < first.shape[0]:
                        first[place] = 2 * j + (weight < 0)
                        second[place] = i
                    place += 1
            bias = circuit.biases[i] if unit == 2 else 2 * circuit.biases[i]
            if (abs(bias) >> d) & 1:
                if place < first.shape[0]:
                    first[place] = 2 * n + (bias > 0)
                    second[place] = i
                place += 1
        digit_ends[d] = place


def is_symmetric(circuit: Integers) -> bool:
    """Return whether W equals its transpose, whose rows are sorted as its own are."""
    pairs = (
        (circuit.indptr, circuit.out_indptr),
        (circuit.indices, circuit.out_indices),
        (circuit.weights, circuit.out_weights),
    )
    return all(np.array_equal(one, other) for one, other in pairs)


def compile_program(circuit: Integers) -> Program:
    """Lay a circuit out for the bit-sliced kernels: once a model, in time linear in it."""
    n = circuit.biases.size
    starts, reaches = np.empty(n + 1, np.int64), np.empty(n, np.int32)
    count_blocks(circuit, reaches, starts)
    entries = np.empty(BLOCK * int(starts[-1]), np.int32)
    shifts = np.empty(int(starts[-1]), np.uint8)
    fill_blocks(circuit, reaches, starts, entries, shifts)

    unit = 2 if is_symmetric(circuit) else 1
    largest = max(
        int(np.abs(circuit.weights).max(initial=0)),
        2 // unit * int(np.abs(circuit.biases).max(initial=0)),
    )
    digit_ends = np.zeros(largest.bit_length(), np.int64)
    nothing = np.empty(0, np.int32)
    fill_pairs(circuit, unit, digit_ends, nothing, nothing)
    n_pairs = int(digit_ends[-1]) if digit_ends.size else 0
    first, second = np.empty(n_pairs, np.int32), np.empty(n_pairs, np.int32)
    fill_pairs(circuit, unit, digit_ends, first, second)
    total = int(np.abs(circuit.weights).sum(dtype=np.int64))
    total += 2 * int(np.abs(circuit.biases).sum(dtype=np.int64))
    return Program(
        starts, entries, shifts, reaches, first, second, digit_ends, unit, total
    )

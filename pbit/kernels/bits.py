"""States as bits: row i holds p-bit i of many chains, 64 to a word.

Bit b of word w of a row belongs to the chain in lane 64 w + b.
"""

from __future__ import annotations

import numpy as np

from pbit.kernels.jit import jit
from pbit.kernels.types import Int, States, Uint64s
from pbit.kernels.vectors import read_signs, write_signs

WORD_BITS = 64


@jit
def transpose(square: Uint64s) -> None:
    """Turn 64 words about the diagonal: bit b of word a becomes bit a of word b.

    Ever smaller blocks change places, 32 bits wide at first, one at last.
    """
    step = 32
    mask = np.uint64(0xFFFFFFFF)
    while step > 0:
        shift = np.uint64(step)
        for first in range(0, WORD_BITS, 2 * step):
            for a in range(first, first + step):
                change = ((square[a] >> shift) ^ square[a + step]) & mask
                square[a] ^= change << shift
                square[a + step] ^= change
        step //= 2
        mask ^= mask << np.uint64(step)


@jit
def pack(states: States, rows: Uint64s, words: Int, lane: Int) -> None:
    """Write states, shape (chains, n), into rows; the first chain goes to this lane."""
    n_chains, n = states.shape
    flat = states.reshape(-1)
    square = np.empty(WORD_BITS, np.uint64)
    rest = np.full(WORD_BITS, -1, np.int8)
    for start in range(0, n, WORD_BITS):
        size = min(WORD_BITS, n - start)
        for w in range(words):
            for a in range(WORD_BITS):
                c = WORD_BITS * w + a - lane
                square[a] = np.uint64(0)
                if 0 <= c < n_chains:
                    if size == WORD_BITS:
                        square[a] = read_signs(flat, c * n + start)
                    else:
                        for b in range(size):
                            rest[b] = states[c, start + b]
                        square[a] = read_signs(rest, 0)
            transpose(square)
            for b in range(size):
                rows[(start + b) * words + w] = square[b]


@jit
def unpack(rows: Uint64s, words: Int, lane: Int, states: States, column: Int) -> None:
    """Write rows into states[:, column], shape (chains, n); the inverse of `pack`."""
    n_chains, columns, n = states.shape
    flat = states.reshape(-1)
    square = np.empty(WORD_BITS, np.uint64)
    rest = np.full(WORD_BITS, -1, np.int8)
    for start in range(0, n, WORD_BITS):
        size = min(WORD_BITS, n - start)
        for w in range(words):
            for b in range(WORD_BITS):
                square[b] = np.uint64(0)
                if b < size:
                    square[b] = rows[(start + b) * words + w]
            transpose(square)
            for a in range(WORD_BITS):
                c = WORD_BITS * w + a - lane
                if 0 <= c < n_chains:
                    if size == WORD_BITS:
                        place = (c * columns + column) * n + start
                        write_signs(flat, place, square[a])
                    else:
                        write_signs(rest, 0, square[a])
                        for b in range(size):
                            states[c, column, start + b] = rest[b]

"""Philox4x32-10, the counter-based generator behind every draw, and what is made of its words.

A block of four 32-bit words is a pure function of a 128-bit counter and a 64-bit key
(Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC11), so a draw needs no
state: the counter says what it is for. Words travel as uint64 below 2**32, because
numba would promote uint32 arithmetic anyway.
"""

from __future__ import annotations

import numpy as np

from pbit.kernels.jit import inline, jit
from pbit.kernels.types import Int, States

MULTIPLIER_0 = np.uint64(0xD2511F53)
MULTIPLIER_1 = np.uint64(0xCD9E8D57)
WEYL_0 = np.uint64(0x9E3779B9)
WEYL_1 = np.uint64(0xBB67AE85)
MASK = np.uint64(0xFFFFFFFF)
HALF_WORD = np.uint64(32)
TO_UNIT_52 = 2.0**-52
TO_UNIT_32 = 2.0**-32
SHIFT_52 = np.uint64(12)
USE_SHIFT = np.uint64(24)


@inline
def philox(
    c0: np.uint64,
    c1: np.uint64,
    c2: np.uint64,
    c3: np.uint64,
    k0: np.uint64,
    k1: np.uint64,
) -> tuple[np.uint64, np.uint64, np.uint64, np.uint64]:
    """Return the four words of one block; all arguments are uint64 below 2**32."""
    for _ in range(10):
        p0 = MULTIPLIER_0 * c0
        p1 = MULTIPLIER_1 * c2
        c0 = (p1 >> HALF_WORD) ^ c1 ^ k0
        c1 = p1 & MASK
        c2 = (p0 >> HALF_WORD) ^ c3 ^ k1
        c3 = p0 & MASK
        k0 = (k0 + WEYL_0) & MASK
        k1 = (k1 + WEYL_1) & MASK
    return c0, c1, c2, c3


@inline
def unit_from_words(high: np.uint64, low: np.uint64) -> float:
    """Return a uniform number in (0, 1), 52 bits, symmetric about one half."""
    bits = ((high << HALF_WORD) | low) >> SHIFT_52
    return (np.float64(bits) + 0.5) * TO_UNIT_52


@inline
def block(
    key0: Int, key1: Int, use: Int, unit: Int, event: Int
) -> tuple[np.uint64, np.uint64, np.uint64, np.uint64]:
    """Return the four words drawn for `use` by `unit` at its `event`-th occasion.

    The counter is (event mod 2**32, event div 2**32, unit, use * 2**24).
    """
    occasion = np.uint64(event)
    return philox(
        occasion & MASK,
        occasion >> HALF_WORD,
        np.uint64(unit),
        np.uint64(use) << USE_SHIFT,
        np.uint64(key0),
        np.uint64(key1),
    )


@inline
def uniform_pair(
    key0: Int, key1: Int, use: Int, unit: Int, event: Int
) -> tuple[float, float]:
    """Return two independent uniforms in (0, 1), 52 bits each, of one block."""
    w0, w1, w2, w3 = block(key0, key1, use, unit, event)
    return unit_from_words(w0, w1), unit_from_words(w2, w3)


@jit
def fill_states(
    states: States, key0: Int, key1: Int, use: Int, first_chain: Int
) -> None:
    """Fill states, shape (chains, n), with fair random signs, 128 a block."""
    for c in range(states.shape[0]):
        for start in range(0, states.shape[1], 128):
            drawn = block(key0, key1, use, first_chain + c, start // 128)
            for i in range(start, min(start + 128, states.shape[1])):
                k = i - start
                word = drawn[0]
                if k >= 96:
                    word = drawn[3]
                elif k >= 64:
                    word = drawn[2]
                elif k >= 32:
                    word = drawn[1]
                bit = (word >> np.uint64(k & 31)) & np.uint64(1)
                states[c, i] = np.int8(1) if bit else np.int8(-1)

"""What noise sources do at a tick, and the states that registers start from."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from pbit.errors import DesignError
from pbit.kernels.jit import inline
from pbit.kernels.philox import block
from pbit.kernels.types import Int
from pbit.random import Streams, Use

NOISE_WORD = int(Use.NOISE_WORD)
ONE = np.uint64(1)
HALVES = tuple(np.uint64(shift) for shift in (32, 16, 8, 4, 2, 1))
# Shifts of xorshift registers, left, right, left; of 32 bits and of 64.
LEFT = np.uint64(13)
RIGHT = (np.uint64(17), np.uint64(7))
LAST = (np.uint64(5), np.uint64(17))


@inline
def ideal_word(key0: Int, key1: Int, i: Int, tick: Int) -> np.uint64:
    """Return p-bit i's 32-bit word at clock tick `tick`."""
    word, _w1, _w2, _w3 = block(key0, key1, NOISE_WORD, i, tick)
    return np.uint64(word)


@inline
def lfsr_clock(
    state: np.uint64,
    taps: np.uint64,
    invert: np.uint64,
    mask: np.uint64,
    folds: Int,
) -> np.uint64:
    """Return the register after one clock.

    `taps` and `mask` are words of the tapped and of all bits, `invert` is 1 for XNOR.
    `folds` says where folding the parity may begin: 0 for 64 bits, 1 for up to 32.
    """
    bits = state & taps
    if folds == 0:
        bits ^= bits >> HALVES[0]
    bits ^= bits >> HALVES[1]
    bits ^= bits >> HALVES[2]
    bits ^= bits >> HALVES[3]
    bits ^= bits >> HALVES[4]
    bits ^= bits >> HALVES[5]
    return ((state << ONE) | ((bits ^ invert) & ONE)) & mask


@inline
def xorshift_clock(state: np.uint64, mask: np.uint64, wide: Int) -> np.uint64:
    """Return the register after one tick; `wide` is 1 for 64 bits, 0 for 32."""
    state = state ^ ((state << LEFT) & mask)
    state = state ^ (state >> RIGHT[wide])
    return state ^ ((state << LAST[wide]) & mask)


def register_of(sharing: int | Literal["all"], n: int) -> NDArray[np.int64]:
    """Return which register each of n p-bits takes its words from, shape (n,)."""
    if sharing == "all":
        return np.zeros(n, np.int64)
    return np.arange(n, dtype=np.int64) // sharing


def first_states(
    seeds: tuple[int, ...] | None,
    width: int,
    dead: int,
    n_registers: int,
    source: Streams,
) -> NDArray[np.uint64]:
    """Return the registers' first states, shape (n_registers,).

    Without seeds of the design's, register r gets the first 64-bit word of the machine's
    generator for r, cut to `width` bits, that is not `dead`.

    Raises
    ------
    DesignError
        If there are seeds for another number of registers.
    """
    if seeds is not None:
        if len(seeds) not in (1, n_registers):
            msg = f"must be one word or {n_registers}, one a register, not {len(seeds)}"
            raise DesignError(key="noise.seeds", message=msg)
        words = np.array(seeds, np.uint64)
        return np.ascontiguousarray(np.broadcast_to(words, (n_registers,)))
    states = np.empty(n_registers, np.uint64)
    use, mask = int(Use.NOISE_SEED), (1 << width) - 1
    for r in range(n_registers):
        states[r] = _first_state(source, use, r, mask, dead)
    return states


def _first_state(source: Streams, use: int, r: int, mask: int, dead: int) -> int:
    attempt = 0
    while True:
        w0, w1, _w2, _w3 = block(source.key0, source.key1, use, r, attempt)
        state = ((int(w0) << 32) | int(w1)) & mask
        if state != dead:
            return state
        attempt += 1

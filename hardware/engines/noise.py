"""Noise sources as arrays: registers, whose turn they are at a tick, and their words."""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hardware.design import Design
from hardware.devices import Digital
from hardware.engines.plan import Timing
from hardware.noise import IdealNoise, Lfsr
from hardware.noise.kernels import (
    first_states,
    ideal_word,
    lfsr_clock,
    register_of,
    xorshift_clock,
)
from hardware.noise.xorshift import DEAD
from pbit.kernels.jit import inline, part
from pbit.kernels.types import Int, Int32s, Int64s
from pbit.random import Streams

IDEAL, LFSR, XORSHIFT = range(3)
IDEAL_WIDTH = 32


class Noise(NamedTuple):
    """Where digital p-bits' words come from."""

    kind: int  # IDEAL, LFSR or XORSHIFT
    taps: np.uint64
    invert: np.uint64  # 1 for XNOR
    mask: np.uint64  # of all bits of a register
    folds: int  # 0 where a register has more than 32 bits, else 1
    shift: int  # clocks of a register a tick
    drop: np.uint64  # low bits of a register that the p-bits do not compare
    states: NDArray[np.uint64]  # of the registers, by slot: in the order of their ticks
    slots: Int64s  # which register p-bit members[k] takes its words from, at k
    turn_ptr: Int64s  # registers that run at a tick of group g:
    turns: Int64s  # turns[turn_ptr[g]:turn_ptr[g + 1]]
    private: bool  # slot k is members[k]'s own


def make_noise(design: Design, n: int, timing: Timing, source: Streams) -> Noise:
    """Return the noise source of a design for n p-bits.

    Raises
    ------
    DesignError
        If it has seeds for another number of registers.
    """
    part = design.noise if design.noise is not None else IdealNoise()
    bits = design.device.bits if isinstance(design.device, Digital) else IDEAL_WIDTH
    if isinstance(part, IdealNoise):
        none, drop = np.zeros(0, np.int64), np.uint64(IDEAL_WIDTH - bits)
        zero = np.uint64(0)
        states = np.zeros(0, np.uint64)
        return Noise(
            IDEAL, zero, zero, zero, 1, 1, drop, states, none, none, none, False
        )
    if isinstance(part, Lfsr):
        kind, dead, taps, shift = LFSR, part.dead, part.tap_mask, part.shift
        invert = int(part.gate == "xnor")
    else:
        kind, dead, taps, shift, invert = XORSHIFT, DEAD, 0, 1, 0
    owner = register_of(part.sharing, n)
    states = first_states(part.seeds, part.width, dead, int(owner[-1]) + 1, source)
    slots, order, turn_ptr, turns = _turns(owner, timing.group_ptr, timing.members)
    return Noise(
        kind,
        np.uint64(taps),
        np.uint64(invert),
        np.uint64((1 << part.width) - 1),
        int(part.width <= 32),
        shift,
        np.uint64(part.width - bits),
        states[order],
        slots,
        turn_ptr,
        turns,
        bool(np.array_equal(slots, np.arange(slots.size))),
    )


def _turns(
    owner: Int64s, group_ptr: Int64s, members: Int32s
) -> tuple[Int64s, Int64s, Int64s, Int64s]:
    """Return (slots, order, turn_ptr, turns): registers in the order of their first tick.

    Private registers are then one after the other at every tick.
    """
    used = owner[members]
    order, first = np.unique(used, return_index=True)
    order = order[np.argsort(first)]
    slot_of = np.empty(owner.max() + 1, np.int64)
    slot_of[order] = np.arange(order.size)
    slots = slot_of[used]
    turns = [np.unique(slots[start:stop]) for start, stop in pairwise(group_ptr)]
    turn_ptr = np.concatenate([[0], np.cumsum([turn.size for turn in turns])])
    return slots, order, turn_ptr, np.concatenate(turns)


@inline
def clocked(noise: Noise, state: np.uint64) -> np.uint64:
    """Return a register after one tick."""
    if noise.kind == LFSR:
        for _ in range(noise.shift):
            state = lfsr_clock(state, noise.taps, noise.invert, noise.mask, noise.folds)
        return state
    return xorshift_clock(state, noise.mask, 1 - noise.folds)


@part
def take_words(
    noise: Noise,
    words: Int64s,
    members: Int32s,
    first: Int,
    stop: Int,
    key0: Int,
    key1: Int,
    tick: Int,
) -> None:
    """Write the words of p-bits members[first:stop] at a tick to words[0:]."""
    drop, states, slots = noise.drop, noise.states, noise.slots
    if noise.kind == IDEAL:
        for k in range(first, stop):
            word = ideal_word(key0, key1, members[k], tick)
            words[k - first] = np.int64(word >> drop)
    elif noise.private:
        for k in range(first, stop):
            words[k - first] = np.int64(states[k] >> drop)
    else:
        for k in range(first, stop):
            words[k - first] = np.int64(states[slots[k]] >> drop)


@part
def run_registers(noise: Noise, group: Int) -> None:
    """Run the registers whose turn it is at a tick of `group`."""
    states, turns = noise.states, noise.turns
    first, stop = noise.turn_ptr[group], noise.turn_ptr[group + 1]
    if noise.kind == LFSR and noise.private and noise.shift == 1:
        taps, invert, mask = noise.taps, noise.invert, noise.mask
        if noise.folds == 0:
            for k in range(first, stop):
                states[k] = lfsr_clock(states[k], taps, invert, mask, 0)
        else:
            for k in range(first, stop):
                states[k] = lfsr_clock(states[k], taps, invert, mask, 1)
    elif noise.kind != IDEAL:
        for k in range(first, stop):
            r = turns[k]
            states[r] = clocked(noise, states[r])

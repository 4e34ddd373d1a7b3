"""Compiled transistor p-bits: a level that relaxes, a junction that is redrawn."""

from __future__ import annotations

import math

import numpy as np

from hardware.engines.analog import (
    REDRAW,
    first_resistance,
    level_after,
    magnet_draw,
    next_of_transistor,
    on_side,
    redraw_rate,
    side,
)
from hardware.engines.draws import spend, wait_for
from hardware.engines.heap import reorder
from hardware.engines.plan import Timing, Wiring
from hardware.engines.rc import aim
from hardware.engines.state import Dwell, Live
from pbit.kernels.jit import inner
from pbit.kernels.types import Int


@inner
def start_transistor(
    wiring: Wiring,
    timing: Timing,
    live: Live,
    dwell: Dwell,
    key0: Int,
    key1: Int,
    beta: float,
    field: float,
    i: Int,
    t: float,
) -> None:
    """Put p-bit i at rest at time t, with a junction that fits its state."""
    aim(wiring, timing, live, dwell, beta, field, i, t)
    level = math.tanh(dwell.base[i])
    budget, uniform = magnet_draw(key0, key1, i, 0)
    dwell.level[i] = level
    dwell.budget[i] = budget
    dwell.resistance[i] = first_resistance(uniform, level, live.m[i])
    dwell.since[i] = t


@inner
def bring(timing: Timing, dwell: Dwell, i: Int, t: float) -> None:
    """Bring p-bit i's level and budget to time t."""
    elapsed = t - dwell.since[i]
    if elapsed <= 0.0:
        return
    dwell.budget[i] = spend(dwell.budget[i], elapsed, dwell.rate[i])
    level = level_after(
        dwell.level[i],
        dwell.base[i],
        dwell.excess[i],
        timing.tau_s,
        timing.tau_t,
        elapsed,
    )
    dwell.level[i] = on_side(level, dwell.resistance[i], dwell.free_side[i])
    dwell.since[i] = t


@inner
def retime_transistor(
    wiring: Wiring,
    timing: Timing,
    live: Live,
    dwell: Dwell,
    beta: float,
    field: float,
    i: Int,
    t: float,
) -> None:
    """Bring p-bit i to time t and say what is next for it at its present input."""
    bring(timing, dwell, i, t)
    aim(wiring, timing, live, dwell, beta, field, i, t)
    tau = timing.tau[i] if timing.tau.shape[0] > 1 else timing.tau[0]
    dwell.rate[i] = redraw_rate(dwell.resistance[i], timing.pinning, tau)
    dwell.free_side[i] = 0 if live.clamped[i] else live.m[i]
    wait, what = next_of_transistor(
        dwell.level[i],
        dwell.resistance[i],
        live.m[i],
        live.clamped[i],
        wait_for(dwell.budget[i], dwell.rate[i]),
        dwell.base[i],
        dwell.excess[i],
        timing.tau_s,
        timing.tau_t,
    )
    dwell.flip_time[i] = t + wait
    dwell.next_is[i] = what
    reorder(dwell, i)


@inner
def decide(
    timing: Timing, live: Live, dwell: Dwell, key0: Int, key1: Int, i: Int, t: float
) -> Int:
    """Redraw p-bit i's junction, or let its level cross it; return the state it makes."""
    bring(timing, dwell, i, t)
    if dwell.next_is[i] == REDRAW:
        dwell.flips[i] += 1
        budget, uniform = magnet_draw(key0, key1, i, dwell.flips[i])
        dwell.budget[i] = budget
        dwell.resistance[i] = 2.0 * uniform - 1.0
        return np.int8(side(dwell.level[i], dwell.resistance[i]))
    new = np.int8(-live.m[i])
    dwell.level[i] = on_side(dwell.level[i], dwell.resistance[i], new)
    return new

"""When p-bits that time themselves do something next, worked out anew when inputs change."""

from __future__ import annotations

import numpy as np

from hardware.engines.commit import field_seen
from hardware.engines.draws import flip_rate, spend, wait_for
from hardware.engines.drive import input_of
from hardware.engines.heap import reorder
from hardware.engines.plan import OSCILLATOR, RC, TRANSISTOR, Timing, Wiring
from hardware.engines.rc import retime_relaxing
from hardware.engines.state import Dwell, Live
from hardware.engines.transistor import retime_transistor
from pbit.kernels.jit import bare, inner, part
from pbit.kernels.types import Int, Int32s


@inner
def retime_analog(
    wiring: Wiring,
    timing: Timing,
    live: Live,
    dwell: Dwell,
    beta: float,
    i: Int,
    t: float,
) -> None:
    """Retime p-bit i, whose input or level relaxes."""
    if timing.updates == TRANSISTOR:
        field = field_seen(wiring, live.seen, timing.synapse, i)
        retime_transistor(wiring, timing, live, dwell, beta, field, i, t)
    else:
        retime_relaxing(wiring, timing, live, dwell, beta, i, t)


@part
def retime(
    wiring: Wiring,
    timing: Timing,
    live: Live,
    dwell: Dwell,
    beta: float,
    i: Int,
    t: float,
) -> None:
    """Spend p-bit i's budget up to time t and say when it flips at its present input."""
    if timing.updates == OSCILLATOR:
        return  # it does not wait for its input
    if timing.updates == TRANSISTOR or timing.synapse == RC:
        retime_analog(wiring, timing, live, dwell, beta, i, t)
        return
    dwell.budget[i] = spend(dwell.budget[i], t - dwell.since[i], dwell.rate[i])
    dwell.since[i] = t
    if live.clamped[i]:
        dwell.rate[i] = 0.0
    else:
        tau = timing.tau[i] if timing.tau.shape[0] > 1 else timing.tau[0]
        field = field_seen(wiring, live.seen, timing.synapse, i)
        driven = input_of(wiring.drive, beta, field, i, t)
        dwell.rate[i] = flip_rate(driven, live.m[i], tau)
    dwell.flip_time[i] = t + wait_for(dwell.budget[i], dwell.rate[i])
    reorder(dwell, i)


@inner
def retime_one(
    wiring: Wiring,
    timing: Timing,
    live: Live,
    dwell: Dwell,
    beta: float,
    i: Int,
    t: float,
) -> None:
    """Retime p-bit i where that is rare: a call of hundreds of arguments."""
    retime(wiring, timing, live, dwell, beta, i, t)


@part
def retime_some(
    wiring: Wiring,
    timing: Timing,
    live: Live,
    dwell: Dwell,
    beta: float,
    first: Int,
    stop: Int,
    alone: Int,
    t: float,
) -> None:
    """Retime the readers `first` to `stop` of `Wiring.out_indices`, then p-bit `alone`.

    That one is left out where it is negative. One loop, so that a kernel dissolves one
    `retime` and no more.
    """
    last = stop + 1 if alone >= 0 else stop
    for k in range(first, last):
        i = np.int64(wiring.out_indices[k]) if k < stop else alone
        retime(wiring, timing, live, dwell, beta, i, t)


@bare
def retime_all(
    wiring: Wiring, timing: Timing, live: Live, dwell: Dwell, beta: float, t: float
) -> None:
    """Retime every p-bit, as when beta has changed."""
    for i in range(live.m.shape[0]):
        retime(wiring, timing, live, dwell, beta, i, t)


@bare
def reader_of(indptr: Int32s, edge: Int) -> Int:
    """Return the p-bit whose row of the connections holds `edge`."""
    return np.searchsorted(indptr, edge, side="right") - 1

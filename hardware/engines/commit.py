"""Kernels both kinds of devices share: inputs, changes of state, what is measured of them."""

from __future__ import annotations

import numpy as np

from hardware.engines.draws import refresh_draw
from hardware.engines.late import field_late, remember_flip
from hardware.engines.plan import (
    DELAY,
    DELAY_EDGE,
    LATENT,
    RC,
    STALE_EDGE,
    Timing,
    Wiring,
)
from hardware.engines.rc import recharge_readers, voltage_at
from hardware.engines.state import (
    BEST_ENERGY,
    BEST_LOGGED,
    CROWDED,
    ENERGY,
    LAST_CHANGE,
    LOGGED,
    RING_HEAD,
    RING_TAIL,
    STATE,
    TICK,
    WINDOW_START,
    Live,
    Window,
)
from pbit.kernels.jit import dissolve, part
from pbit.kernels.types import Floats, Int, States

# Why a kernel came back to Python.
ARRIVED, PAUSED, RING_FULL, LOG_FULL = range(4)


@part
def field_seen(wiring: Wiring, seen: States, synapse: Int, i: Int) -> float:
    """Return h[i] + sum_j W[i, j] seen_j, summed in the order of row i."""
    indptr, slots, data = wiring.indptr, wiring.slots, wiring.data
    total: float = wiring.h[i]
    if synapse in (STALE_EDGE, DELAY_EDGE):
        for e in range(indptr[i], indptr[i + 1]):
            total += data[e] * seen[e]
    else:
        for e in range(indptr[i], indptr[i + 1]):
            total += data[e] * seen[np.uint32(slots[e])]
    return total


@part
def field_read(wiring: Wiring, timing: Timing, live: Live, i: Int, t: float) -> float:
    """Return what p-bit i's synapse shows it at time t: a field, or its low-pass."""
    if timing.synapse == RC:
        return voltage_at(live.charge, timing.tau_s, i, t)
    if timing.synapse == DELAY_EDGE:
        return field_late(wiring, timing, live, i, t)
    return field_seen(wiring, live.seen, timing.synapse, i)


@part
def note_flip(wiring: Wiring, live: Live, window: Window, i: Int, t: float) -> None:
    """Account for p-bit i having just flipped at time t: occupancy, mean, energy."""
    m, clocks, counts = live.m, live.clocks, live.counts
    occupancy = window.occupancy
    if occupancy.shape[0] > 0:
        occupancy[counts[STATE]] += t - clocks[LAST_CHANGE]
        counts[STATE] ^= np.int64(1) << i
    clocks[LAST_CHANGE] = t
    window.moment[i] -= 2 * m[i] * (t - clocks[WINDOW_START])
    if window.best.shape[0] > 0:
        indptr, indices, data = wiring.indptr, wiring.indices, wiring.true_data
        total = wiring.true_h[i]
        for e in range(indptr[i], indptr[i + 1]):
            total += data[e] * m[np.uint32(indices[e])]
        clocks[ENERGY] -= 2 * m[i] * total
        logged = counts[BEST_LOGGED]
        if 0 <= logged < window.best_log.shape[0]:
            window.best_log[logged] = i
            counts[BEST_LOGGED] = logged + 1
        else:
            counts[BEST_LOGGED] = -1  # too many to replay: copy the state next time


@dissolve
def note_best(live: Live, window: Window, t: float) -> None:
    """Keep the state up to time t if it is the best so far: replay flips, or copy it whole.

    To be called before a change at time t; a state that lasted no time does not count.
    Replaying costs the flips since the last best and copying n, which happens only
    after more than n flips: either way a constant a flip.
    """
    clocks, counts, best = live.clocks, live.counts, window.best
    if best.shape[0] == 0 or clocks[ENERGY] >= clocks[BEST_ENERGY]:
        return
    if t <= clocks[LAST_CHANGE]:
        return
    clocks[BEST_ENERGY] = clocks[ENERGY]
    if counts[BEST_LOGGED] < 0:
        for i in range(best.shape[0]):
            best[i] = live.m[i]
    else:
        for k in range(counts[BEST_LOGGED]):
            i = window.best_log[k]
            best[i] = -best[i]
    counts[BEST_LOGGED] = 0


@dissolve
def set_state(
    wiring: Wiring,
    live: Live,
    window: Window,
    synapse: Int,
    tau_s: float,
    i: Int,
    new: Int,
    t: float,
) -> bool:
    """Give p-bit i the state `new` at time t; True if that is a flip."""
    if live.m[i] == new:
        return False
    live.m[i] = new
    note_flip(wiring, live, window, i, t)
    if live.recent.shape[0] > 0:
        remember_flip(live, tau_s, i, t)
    if synapse == RC:
        recharge_readers(wiring, live.charge, live.m, tau_s, i, t)
    elif synapse in (DELAY, LATENT):
        counts = live.counts
        k = counts[RING_TAIL] & (live.ring_time.shape[0] - 1)
        # A latent synapse counts ticks; the next one works on this state at the earliest.
        live.ring_time[k] = t + tau_s if synapse == DELAY else counts[TICK] + tau_s
        live.ring_who[k] = i
        live.ring_state[k] = new
        counts[RING_TAIL] += 1
    return True


@part
def draw_refreshes(
    waits: Floats, picks: Floats, key0: Int, key1: Int, first: Int
) -> None:
    """Draw refreshes from number `first` on: waits of mean 1, and which copies."""
    for k in range(waits.shape[0]):
        wait, pick = refresh_draw(key0, key1, first + k)
        waits[k] = wait
        picks[k] = pick


@part
def log_update(live: Live, window: Window, i: Int, new: Int, t: float) -> None:
    """Write one update to the log, if there is one."""
    if window.log_time.shape[0] > 0:
        k = live.counts[LOGGED]
        window.log_time[k] = t
        window.log_who[k] = i
        window.log_state[k] = new
        live.counts[LOGGED] = k + 1


@dissolve
def room_for(live: Live, window: Window, synapse: Int, updates: Int) -> Int:
    """Return whether so many updates fit the ring and the log: ARRIVED, or what is full."""
    counts = live.counts
    if synapse in (DELAY, LATENT):
        under_way = counts[RING_TAIL] - counts[RING_HEAD]
        if under_way + updates > live.ring_time.shape[0]:
            return RING_FULL
    elif counts[CROWDED] > 0:
        return RING_FULL
    size = window.log_time.shape[0]
    if size > 0 and counts[LOGGED] + updates > size:
        return LOG_FULL
    return ARRIVED

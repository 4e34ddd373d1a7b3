"""Compiled telegraph p-bits: each flips by itself, when its hazard budget is spent.

The next-reaction method: p-bit i holds an exponential budget of mean 1, spends it at its
flip rate e^{-I m} / tau, and flips when it is gone. When its input changes, what is left is
spent at the new rate. A heap ordered by flip time says who is next.
"""

from __future__ import annotations

import numpy as np

from hardware.engines.analog import LOOK, REDRAW
from hardware.engines.commit import (
    ARRIVED,
    PAUSED,
    RING_FULL,
    draw_refreshes,
    field_seen,
    log_update,
    note_best,
    room_for,
    set_state,
)
from hardware.engines.draws import dwell_budget
from hardware.engines.drive import input_of, noisy_field
from hardware.engines.heap import reorder
from hardware.engines.late import send_flip, take_first
from hardware.engines.links import first_due, latch, next_arrival
from hardware.engines.plan import (
    DELAY,
    DELAY_EDGE,
    INSTANT,
    OSCILLATOR,
    RC,
    STALE_EDGE,
    TELEGRAPH,
    TRANSISTOR,
    Timing,
    Wiring,
)
from hardware.engines.rc import voltage_at
from hardware.engines.retiming import reader_of, retime_all, retime_one, retime_some
from hardware.engines.ring import edge_draw, period
from hardware.engines.state import (
    AHEAD,
    FLIPS,
    NEXT_REFRESH,
    NOW,
    REFRESH_DRAWN,
    REFRESH_PICK,
    REFRESHES,
    RING_HEAD,
    RING_TAIL,
    UPDATES,
    Dwell,
    Live,
    Window,
)
from hardware.engines.transistor import decide, start_transistor
from pbit.kernels.jit import bare, inner, part
from pbit.kernels.types import Int


@bare
def start_dwelling(
    wiring: Wiring,
    timing: Timing,
    live: Live,
    dwell: Dwell,
    key0: Int,
    key1: Int,
    beta: float,
    t: float,
) -> None:
    """Hand every p-bit its first budget at time t."""
    for i in range(live.m.shape[0]):
        if timing.updates == TRANSISTOR:
            field = field_seen(wiring, live.seen, timing.synapse, i)
            start_transistor(wiring, timing, live, dwell, key0, key1, beta, field, i, t)
        elif timing.updates == OSCILLATOR:
            dwell.next_is[i] = REDRAW
            await_edge(timing, dwell, key0, key1, i, t)
        else:
            dwell.budget[i] = dwell_budget(key0, key1, i, 0)
            dwell.since[i] = t
    retime_all(wiring, timing, live, dwell, beta, t)


@part
def take_state(
    wiring: Wiring,
    timing: Timing,
    live: Live,
    window: Window,
    i: Int,
    new: Int,
    t: float,
) -> tuple[Int, Int]:
    """Give p-bit i the state `new` at time t; return who notices at once.

    That is the first of `Wiring.out_indices` and where they stop.
    """
    synapse = timing.synapse
    note_best(live, window, t)
    if not set_state(wiring, live, window, synapse, timing.tau_s, i, new, t):
        return 0, 0
    if synapse == DELAY_EDGE:
        send_flip(wiring, timing, live, i, t)
    if synapse in (INSTANT, RC):
        return np.int64(wiring.out_indptr[i]), np.int64(wiring.out_indptr[i + 1])
    return 0, 0


@bare
def change_state(
    wiring: Wiring,
    timing: Timing,
    live: Live,
    window: Window,
    dwell: Dwell,
    beta: float,
    i: Int,
    new: Int,
    t: float,
) -> None:
    """Give p-bit i the state `new` at time t, from outside."""
    first, stop = take_state(wiring, timing, live, window, i, new, t)
    retime_some(wiring, timing, live, dwell, beta, first, stop, i, t)


@bare
def room_to_send(wiring: Wiring, live: Live, i: Int) -> Int:
    """Return ARRIVED if a flip of p-bit i fits the heap of deliveries, else RING_FULL."""
    readers = wiring.out_indptr[i + 1] - wiring.out_indptr[i]
    if live.counts[RING_TAIL] + readers > live.ring_time.shape[0]:
        return RING_FULL
    return ARRIVED


@part
def deliver(wiring: Wiring, timing: Timing, live: Live) -> tuple[Int, Int, Int]:
    """Show the readers the delivery that is due first; return who they are.

    As `retime_some` takes them: from, to, and one p-bit alone or -1.
    """
    if timing.synapse == DELAY_EDGE:
        live.clocks[NOW] = live.ring_time[0]
        edge = take_first(live)
        live.seen[edge] = -live.seen[edge]
        return 0, 0, np.int64(reader_of(wiring.indptr, edge))
    k = live.counts[RING_HEAD] & (live.ring_time.shape[0] - 1)
    j = np.int64(live.ring_who[k])
    live.seen[j] = live.ring_state[k]
    live.counts[RING_HEAD] += 1
    live.clocks[NOW] = live.ring_time[k]
    return np.int64(wiring.out_indptr[j]), np.int64(wiring.out_indptr[j + 1]), -1


@inner
def use_link(
    wiring: Wiring, timing: Timing, live: Live, dwell: Dwell, beta: float, link: Int
) -> None:
    """Let a link do what is due next: latch a round, or show what one carries."""
    links, seen, n = live.links, live.seen, live.m.shape[0]
    t = next_arrival(links, link)
    if links.next_latch[link] < t:
        live.clocks[NOW] = links.next_latch[link]
        latch(links, live.m, link)
        return
    live.clocks[NOW] = t
    first, stop = links.first_copy[link], links.first_copy[link + 1]
    place = links.arrived[link] % links.room[link]
    at = links.first_state[link] + place * (stop - first)
    for c in range(first, stop):
        state = links.states[at + c - first]
        if seen[n + c] != state:
            seen[n + c] = state
            for r in range(links.reader_ptr[c], links.reader_ptr[c + 1]):
                i = links.readers[r]
                retime_one(wiring, timing, live, dwell, beta, i, t)
    links.arrived[link] += 1


@part
def refresh(
    wiring: Wiring, timing: Timing, live: Live, key0: Int, key1: Int
) -> tuple[Int, Int, Int]:
    """Refresh the copy whose turn it is; return who sees another state, as `deliver`."""
    clocks, counts, m, seen = live.clocks, live.counts, live.m, live.seen
    waits, picks = live.refresh_waits, live.refresh_picks
    t = clocks[NEXT_REFRESH]
    k = np.int64(clocks[REFRESH_PICK] * timing.n_copies)
    counts[REFRESHES] += 1
    if counts[REFRESHES] - counts[REFRESH_DRAWN] >= AHEAD:
        draw_refreshes(waits, picks, key0, key1, counts[REFRESHES])
        counts[REFRESH_DRAWN] = counts[REFRESHES]
    drawn = counts[REFRESHES] - counts[REFRESH_DRAWN]
    clocks[REFRESH_PICK] = picks[drawn]
    clocks[NEXT_REFRESH] = t + waits[drawn] * (timing.tau_s / timing.n_copies)
    clocks[NOW] = t
    by_edge = timing.synapse == STALE_EDGE
    state = m[wiring.indices[k]] if by_edge else m[k]
    if seen[k] == state:
        return 0, 0, -1
    seen[k] = state
    if by_edge:
        return 0, 0, np.int64(reader_of(wiring.indptr, k))
    return np.int64(wiring.out_indptr[k]), np.int64(wiring.out_indptr[k + 1]), -1


@part
def renew_budget(dwell: Dwell, key0: Int, key1: Int, i: Int, t: float) -> None:
    """Hand p-bit i, which flips at time t, a new budget."""
    dwell.flips[i] += 1
    dwell.budget[i] = dwell_budget(key0, key1, i, dwell.flips[i])
    dwell.since[i] = t


@inner
def await_edge(
    timing: Timing, dwell: Dwell, key0: Int, key1: Int, i: Int, t: float
) -> None:
    """Say when the oscillator of p-bit i has its next edge after time t."""
    tau = timing.tau[i] if timing.tau.shape[0] > 1 else timing.tau[0]
    wait = period(key0, key1, i, dwell.flips[i], tau, timing.jitter)
    dwell.flip_time[i] = t + wait
    reorder(dwell, i)


@part
def decide_at_edge(
    wiring: Wiring,
    timing: Timing,
    live: Live,
    dwell: Dwell,
    key0: Int,
    key1: Int,
    beta: float,
    i: Int,
    t: float,
) -> Int:
    """Return the state that p-bit i draws at an edge of its oscillator."""
    edge = dwell.flips[i]
    limit, _phase = edge_draw(key0, key1, i, edge)
    if timing.synapse == RC:
        field = voltage_at(live.charge, timing.tau_s, i, t)
    else:  # what per-edge delays bring is shown as it arrives
        field = field_seen(wiring, live.seen, timing.synapse, i)
    field = noisy_field(wiring.drive, field, key0, key1, i, edge)
    driven = input_of(wiring.drive, beta, field, i, t)
    dwell.flips[i] = edge + 1
    await_edge(timing, dwell, key0, key1, i, t)
    return np.int8(1) if driven > limit else np.int8(-1)


@inner
def next_state(
    wiring: Wiring,
    timing: Timing,
    live: Live,
    dwell: Dwell,
    key0: Int,
    key1: Int,
    beta: float,
    i: Int,
    t: float,
) -> Int:
    """Return what p-bit i, whose input or level relaxes, becomes at time t; 0: nothing."""
    if dwell.next_is[i] == LOOK:
        return np.int8(0)
    if timing.updates == TELEGRAPH:
        renew_budget(dwell, key0, key1, i, t)
        return np.int8(-live.m[i])
    if timing.updates == OSCILLATOR:
        new = decide_at_edge(wiring, timing, live, dwell, key0, key1, beta, i, t)
    else:
        new = decide(timing, live, dwell, key0, key1, i, t)
    return np.int8(0) if live.clamped[i] else np.int8(new)


@part
def happen(
    wiring: Wiring,
    timing: Timing,
    live: Live,
    window: Window,
    dwell: Dwell,
    key0: Int,
    key1: Int,
    beta: float,
    i: Int,
    t: float,
) -> tuple[Int, Int]:
    """Let happen what is due for p-bit i at time t; return who notices, as `take_state`."""
    counts = live.counts
    live.clocks[NOW] = t
    if dwell.next_is.shape[0] > 0:
        new = next_state(wiring, timing, live, dwell, key0, key1, beta, i, t)
    else:
        renew_budget(dwell, key0, key1, i, t)
        new = np.int8(-live.m[i])
    if new == 0:
        return 0, 0
    counts[UPDATES] += 1
    log_update(live, window, i, new, t)
    if new == live.m[i]:
        return 0, 0
    counts[FLIPS] += 1
    return take_state(wiring, timing, live, window, i, new, t)


@bare
def advance_telegraph(
    wiring: Wiring,
    timing: Timing,
    live: Live,
    window: Window,
    dwell: Dwell,
    key0: Int,
    key1: Int,
    beta: float,
    horizon: float,
    most: Int,
) -> Int:
    """Advance to `horizon`, exclusive, by at most `most` events; return why it stopped."""
    clocks, counts = live.clocks, live.counts
    for _ in range(most):
        i = np.int64(dwell.heap[0])
        t_flip = dwell.flip_time[i]
        t_delivery = np.inf
        if timing.synapse == DELAY and counts[RING_HEAD] < counts[RING_TAIL]:
            head = counts[RING_HEAD] & (live.ring_time.shape[0] - 1)
            t_delivery = live.ring_time[head]
        elif timing.synapse == DELAY_EDGE and counts[RING_TAIL] > 0:
            t_delivery = live.ring_time[0]
        t_refresh, t_link = clocks[NEXT_REFRESH], np.inf
        link: Int = 0
        if live.links.period.shape[0] > 0:
            t_link, link = first_due(live.links)
        if min(t_flip, t_delivery, t_refresh, t_link) >= horizon:
            clocks[NOW] = horizon
            return ARRIVED
        if t_link <= min(t_delivery, t_refresh, t_flip):
            use_link(wiring, timing, live, dwell, beta, link)
            continue
        if t_delivery <= t_refresh and t_delivery <= t_flip:
            first, stop, alone = deliver(wiring, timing, live)
        elif t_refresh <= t_flip:
            first, stop, alone = refresh(wiring, timing, live, key0, key1)
        else:
            status = room_for(live, window, timing.synapse, 1)
            if status == ARRIVED and timing.synapse == DELAY_EDGE:
                status = room_to_send(wiring, live, i)
            if status != ARRIVED:
                return status
            first, stop = happen(
                wiring, timing, live, window, dwell, key0, key1, beta, i, t_flip
            )
            alone = i
        retime_some(wiring, timing, live, dwell, beta, first, stop, alone, clocks[NOW])
    return PAUSED

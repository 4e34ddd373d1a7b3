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
    field_read,
    field_seen,
    log_update,
    note_best,
    room_for,
    set_state,
)
from hardware.engines.draws import (
    dwell_budget,
    flip_rate,
    spend,
    wait_for,
)
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
from hardware.engines.rc import retime_relaxing
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
from hardware.engines.transistor import (
    decide,
    retime_transistor,
    start_transistor,
)
from pbit.kernels.jit import bare
from pbit.kernels.types import Int, Int32s


@bare
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
    if timing.updates == TRANSISTOR:
        field = field_seen(wiring, live.seen, timing.synapse, i)
        retime_transistor(wiring, timing, live, dwell, beta, field, i, t)
        return
    if timing.synapse == RC:
        retime_relaxing(wiring, timing, live, dwell, beta, i, t)
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


@bare
def retime_readers(
    wiring: Wiring,
    timing: Timing,
    live: Live,
    dwell: Dwell,
    beta: float,
    j: Int,
    t: float,
) -> None:
    """Retime the p-bits that hear p-bit j."""
    for e in range(wiring.out_indptr[j], wiring.out_indptr[j + 1]):
        retime(wiring, timing, live, dwell, beta, wiring.out_indices[e], t)


@bare
def retime_all(
    wiring: Wiring, timing: Timing, live: Live, dwell: Dwell, beta: float, t: float
) -> None:
    """Retime every p-bit, as when beta has changed."""
    for i in range(live.m.shape[0]):
        retime(wiring, timing, live, dwell, beta, i, t)


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
    """Give p-bit i the state `new` at time t and retime whoever notices at once."""
    synapse = timing.synapse
    note_best(live, window, t)
    flipped = set_state(wiring, live, window, synapse, timing.tau_s, i, new, t)
    if flipped and synapse == DELAY_EDGE:
        send_flip(wiring, timing, live, i, t)
    elif flipped and synapse in (INSTANT, RC):
        retime_readers(wiring, timing, live, dwell, beta, i, t)
    retime(wiring, timing, live, dwell, beta, i, t)


@bare
def room_to_send(wiring: Wiring, live: Live, i: Int) -> Int:
    """Return ARRIVED if a flip of p-bit i fits the heap of deliveries, else RING_FULL."""
    readers = wiring.out_indptr[i + 1] - wiring.out_indptr[i]
    if live.counts[RING_TAIL] + readers > live.ring_time.shape[0]:
        return RING_FULL
    return ARRIVED


@bare
def reader_of(indptr: Int32s, edge: Int) -> Int:
    """Return the p-bit whose row of the connections holds `edge`."""
    return np.searchsorted(indptr, edge, side="right") - 1


@bare
def deliver(
    wiring: Wiring, timing: Timing, live: Live, dwell: Dwell, beta: float
) -> None:
    """Show the readers the delivery that is due first."""
    if timing.synapse == DELAY_EDGE:
        t = live.ring_time[0]
        edge = take_first(live)
        live.seen[edge] = -live.seen[edge]
        live.clocks[NOW] = t
        i = reader_of(wiring.indptr, edge)
        retime(wiring, timing, live, dwell, beta, i, t)
        return
    k = live.counts[RING_HEAD] & (live.ring_time.shape[0] - 1)
    j, t = live.ring_who[k], live.ring_time[k]
    live.seen[j] = live.ring_state[k]
    live.counts[RING_HEAD] += 1
    live.clocks[NOW] = t
    retime_readers(wiring, timing, live, dwell, beta, j, t)


@bare
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
                retime(wiring, timing, live, dwell, beta, links.readers[r], t)
    links.arrived[link] += 1


@bare
def refresh(
    wiring: Wiring,
    timing: Timing,
    live: Live,
    dwell: Dwell,
    key0: Int,
    key1: Int,
    beta: float,
) -> None:
    """Refresh the copy whose turn it is; retime its readers if it changed."""
    clocks, counts, m, seen = live.clocks, live.counts, live.m, live.seen
    waits, picks = live.refresh_waits, live.refresh_picks
    t = clocks[NEXT_REFRESH]
    k = np.int64(clocks[REFRESH_PICK] * timing.n_copies)
    by_edge = timing.synapse == STALE_EDGE
    state = m[wiring.indices[k]] if by_edge else m[k]
    if seen[k] != state:
        seen[k] = state
        if by_edge:
            i = reader_of(wiring.indptr, k)
            retime(wiring, timing, live, dwell, beta, i, t)
        else:
            retime_readers(wiring, timing, live, dwell, beta, k, t)
    counts[REFRESHES] += 1
    if counts[REFRESHES] - counts[REFRESH_DRAWN] >= AHEAD:
        draw_refreshes(waits, picks, key0, key1, counts[REFRESHES])
        counts[REFRESH_DRAWN] = counts[REFRESHES]
    drawn = counts[REFRESHES] - counts[REFRESH_DRAWN]
    clocks[REFRESH_PICK] = picks[drawn]
    clocks[NEXT_REFRESH] = t + waits[drawn] * (timing.tau_s / timing.n_copies)
    clocks[NOW] = t


@bare
def flip(
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
) -> None:
    """Flip p-bit i at time t and hand it a new budget."""
    new = np.int8(-live.m[i])
    counts = live.counts
    counts[UPDATES] += 1
    counts[FLIPS] += 1
    log_update(live, window, i, new, t)
    dwell.flips[i] += 1
    dwell.budget[i] = dwell_budget(key0, key1, i, dwell.flips[i])
    dwell.since[i] = t
    live.clocks[NOW] = t
    change_state(wiring, timing, live, window, dwell, beta, i, new, t)


@bare
def await_edge(
    timing: Timing, dwell: Dwell, key0: Int, key1: Int, i: Int, t: float
) -> None:
    """Say when the oscillator of p-bit i has its next edge after time t."""
    tau = timing.tau[i] if timing.tau.shape[0] > 1 else timing.tau[0]
    wait = period(key0, key1, i, dwell.flips[i], tau, timing.jitter)
    dwell.flip_time[i] = t + wait
    reorder(dwell, i)


@bare
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
    field = field_read(wiring, timing, live, i, t)
    field = noisy_field(wiring.drive, field, key0, key1, i, edge)
    driven = input_of(wiring.drive, beta, field, i, t)
    dwell.flips[i] = edge + 1
    await_edge(timing, dwell, key0, key1, i, t)
    return np.int8(1) if driven > limit else np.int8(-1)


@bare
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
) -> None:
    """Let happen what is due for p-bit i, whose input or level relaxes, at time t."""
    live.clocks[NOW] = t
    if dwell.next_is[i] == LOOK:
        retime(wiring, timing, live, dwell, beta, i, t)
        return
    if timing.updates == TELEGRAPH:
        flip(wiring, timing, live, window, dwell, key0, key1, beta, i, t)
        return
    if timing.updates == OSCILLATOR:
        new = decide_at_edge(wiring, timing, live, dwell, key0, key1, beta, i, t)
    else:
        new = decide(timing, live, dwell, key0, key1, i, t)
    if live.clamped[i]:
        retime(wiring, timing, live, dwell, beta, i, t)
        return
    counts = live.counts
    counts[UPDATES] += 1
    log_update(live, window, i, new, t)
    if new != live.m[i]:
        counts[FLIPS] += 1
        change_state(wiring, timing, live, window, dwell, beta, i, new, t)
    else:
        retime(wiring, timing, live, dwell, beta, i, t)


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
        i = dwell.heap[0]
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
        elif t_delivery <= t_refresh and t_delivery <= t_flip:
            deliver(wiring, timing, live, dwell, beta)
        elif t_refresh <= t_flip:
            refresh(wiring, timing, live, dwell, key0, key1, beta)
        else:
            status = room_for(live, window, timing.synapse, 1)
            if status == ARRIVED and timing.synapse == DELAY_EDGE:
                status = room_to_send(wiring, live, i)
            if status != ARRIVED:
                return status
            if dwell.next_is.shape[0] > 0:
                happen(wiring, timing, live, window, dwell, key0, key1, beta, i, t_flip)
            else:
                flip(wiring, timing, live, window, dwell, key0, key1, beta, i, t_flip)
    return PAUSED

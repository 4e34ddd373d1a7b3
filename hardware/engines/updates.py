"""Compiled ideal p-bits: updates by a Poisson clock, or group by group at clock ticks.

Nothing but an update reads what synapses show, so deliveries and refreshes wait until an
update needs them; they are applied in the order of their times all the same.
"""

from __future__ import annotations

import numpy as np

from hardware.engines.commit import (
    ARRIVED,
    PAUSED,
    draw_refreshes,
    field_read,
    log_update,
    note_best,
    room_for,
    set_state,
)
from hardware.engines.draws import (
    clock_draw,
    decision_limit,
    pick_index,
    takes_part,
    wait_for_tick,
)
from hardware.engines.drive import input_of, noisy_field
from hardware.engines.links import links_before
from hardware.engines.plan import (
    DELAY,
    DELAY_EDGE,
    LATENT,
    STALE_EDGE,
    STALE_SOURCE,
    Timing,
    Wiring,
)
from hardware.engines.state import (
    AHEAD,
    FLIPS,
    NEXT_LINK,
    NEXT_REFRESH,
    NEXT_UPDATE,
    NOW,
    REFRESH_DRAWN,
    REFRESH_PICK,
    REFRESHES,
    RING_HEAD,
    RING_TAIL,
    TICK,
    UPDATES,
    Live,
    Window,
)
from pbit.kernels.jit import bare, part
from pbit.kernels.prefetch import prefetch
from pbit.kernels.types import Floats, Int, Int32s

NEAR = 8  # updates; with the miss of one row taking as long as about so many


@part
def deliver_before(live: Live, limit: float, inclusive: bool) -> None:
    """Show readers the states whose delay is over by `limit`."""
    counts, ring_time, seen = live.counts, live.ring_time, live.seen
    ring_who, ring_state = live.ring_who, live.ring_state
    mask = ring_time.shape[0] - 1
    head, tail = counts[RING_HEAD], counts[RING_TAIL]
    while head < tail:
        k = head & mask
        t = ring_time[k]
        if t > limit or (t == limit and not inclusive):
            break
        seen[ring_who[k]] = ring_state[k]
        head += 1
    counts[RING_HEAD] = head


@part
def refresh_before(
    wiring: Wiring,
    live: Live,
    synapse: Int,
    tau_s: float,
    n_copies: Int,
    limit: float,
    inclusive: bool,
    key0: Int,
    key1: Int,
) -> None:
    """Refresh the copies whose Poisson clock ticks by `limit`."""
    clocks, counts, m, seen = live.clocks, live.counts, live.m, live.seen
    waits, picks, indices = live.refresh_waits, live.refresh_picks, wiring.indices
    mean = tau_s / n_copies
    t, pick = clocks[NEXT_REFRESH], clocks[REFRESH_PICK]
    event, first = counts[REFRESHES], counts[REFRESH_DRAWN]
    while t < limit or (t == limit and inclusive):
        k = np.int64(pick * n_copies)
        seen[k] = m[indices[k]] if synapse == STALE_EDGE else m[k]
        event += 1
        if event - first >= AHEAD:
            draw_refreshes(waits, picks, key0, key1, event)
            first = event
        pick = picks[event - first]
        t += waits[event - first] * mean
    clocks[NEXT_REFRESH], clocks[REFRESH_PICK] = t, pick
    counts[REFRESHES], counts[REFRESH_DRAWN] = event, first


@part
def catch_up(
    wiring: Wiring,
    live: Live,
    timing: Timing,
    limit: float,
    inclusive: bool,
    key0: Int,
    key1: Int,
) -> None:
    """Bring what readers see to time `limit`."""
    if live.clocks[NEXT_LINK] <= limit:
        live.clocks[NEXT_LINK] = links_before(
            live.links, live.m, live.seen, limit, inclusive
        )
    synapse = timing.synapse
    if synapse == DELAY:
        deliver_before(live, limit, inclusive)
    elif synapse == LATENT:
        deliver_before(live, live.counts[TICK], inclusive)
    elif synapse in (STALE_SOURCE, STALE_EDGE):
        refresh_before(
            wiring,
            live,
            synapse,
            timing.tau_s,
            timing.n_copies,
            limit,
            inclusive,
            key0,
            key1,
        )


@part
def settle(
    wiring: Wiring,
    live: Live,
    timing: Timing,
    status: Int,
    horizon: float,
    key0: Int,
    key1: Int,
) -> Int:
    """Bring what readers see to the present: `horizon`, or where the kernel has to stop.

    What stays behind would be caught up with what p-bits are then, and users may clamp
    them before the kernel goes on.
    """
    if status == ARRIVED:
        catch_up(wiring, live, timing, horizon, False, key0, key1)
        live.clocks[NOW] = horizon
    else:
        catch_up(wiring, live, timing, live.clocks[NOW], True, key0, key1)
    return status


@part
def draw_ahead(
    waits: Floats,
    picks: Floats,
    limits: Floats,
    who: Int32s,
    timing: Timing,
    n: Int,
    key0: Int,
    key1: Int,
    first: Int,
) -> None:
    """Draw the next updates of the Poisson clock: seconds to wait, p-bit, limit."""
    mean, keep, alias = timing.mean_wait, timing.keep, timing.alias
    for k in range(waits.shape[0]):
        wait, pick, limit = clock_draw(key0, key1, first + k)
        waits[k] = wait * mean
        limits[k] = limit
        picks[k] = pick
    for k in range(waits.shape[0]):
        who[k] = pick_index(picks[k], n, keep, alias)


@bare
def advance_poisson(
    wiring: Wiring,
    timing: Timing,
    live: Live,
    window: Window,
    key0: Int,
    key1: Int,
    beta: float,
    horizon: float,
    most: Int,
) -> Int:
    """Advance to `horizon`, exclusive, by about `most` events; return why it stopped."""
    m, clamped, clocks, counts = live.m, live.clamped, live.clocks, live.counts
    synapse, tau_s, n = timing.synapse, timing.tau_s, live.m.shape[0]
    waits, limits, who = live.waits, live.limits, live.who
    indptr, indices, data = wiring.indptr, wiring.indices, wiring.data
    slots = wiring.slots
    h, seen, moment, drive = wiring.h, live.seen, window.moment, wiring.drive
    delays, recent, depth = timing.delays, live.recent, live.recent.shape[1]
    drawn = AHEAD  # of the draws made, how many are used up
    last = counts[TICK] + counts[REFRESHES] + most
    status: Int = ARRIVED
    while clocks[NEXT_UPDATE] < horizon:
        t = clocks[NEXT_UPDATE]
        if counts[TICK] + counts[REFRESHES] >= last:
            status = PAUSED
            break
        status = room_for(live, window, synapse, 1)
        if status != ARRIVED:
            break
        if drawn >= AHEAD - 1:
            # The wait of a tick was drawn when it was scheduled, so start at the tick.
            draw_ahead(
                waits, live.picks, limits, who, timing, n, key0, key1, counts[TICK]
            )
            drawn = 0
        if drawn + 2 * NEAR < AHEAD:  # who comes soon is known: have the rows ready
            prefetch(indptr, who[drawn + 2 * NEAR])
            j = who[drawn + NEAR]
            soon = indptr[j]
            prefetch(indices, soon)
            prefetch(data, soon)
            prefetch(data, soon + 7)
            prefetch(h, j)
            prefetch(moment, j)
            if synapse == DELAY_EDGE:
                prefetch(delays, soon)
                prefetch(delays, soon + 7)
            j = who[drawn + NEAR // 2]
            for e in range(indptr[j], min(indptr[j + 1], indptr[j] + NEAR)):
                prefetch(seen, slots[e])
                if synapse == DELAY_EDGE:
                    prefetch(recent, indices[e] * depth)
        i = who[drawn]
        if not clamped[i]:
            catch_up(wiring, live, timing, t, True, key0, key1)
            field = field_read(wiring, timing, live, i, t)
            field = noisy_field(drive, field, key0, key1, i, counts[TICK])
            driven = input_of(drive, beta, field, i, t)
            new = np.int8(1) if driven > limits[drawn] else np.int8(-1)
            counts[UPDATES] += 1
            log_update(live, window, i, new, t)
            if new != m[i]:
                note_best(live, window, t)
                set_state(wiring, live, window, synapse, tau_s, i, new, t)
                counts[FLIPS] += 1
        drawn += 1
        counts[TICK] += 1
        clocks[NOW] = t
        clocks[NEXT_UPDATE] = t + waits[drawn]
    return settle(wiring, live, timing, status, horizon, key0, key1)


@part
def decide_group(
    wiring: Wiring,
    timing: Timing,
    live: Live,
    key0: Int,
    key1: Int,
    beta: float,
    clock: Int,
    t: float,
) -> None:
    """Let the p-bits whose turn it is at a clock's tick decide, from what they see."""
    members, clamped, tick = timing.members, live.clamped, live.tick[clock]
    decided, row = live.decided, tick % (timing.depth + 1)
    probability, drive = timing.probability, wiring.drive
    first_group, end = timing.clock_ptr[clock], timing.clock_ptr[clock + 1]
    group = first_group + (tick - 1) % (end - first_group)
    for k in range(timing.group_ptr[group], timing.group_ptr[group + 1]):
        i = members[k]
        decided[row, i] = 0
        if clamped[i]:
            continue
        if probability < 1.0 and not takes_part(key0, key1, i, tick, probability):
            continue
        limit = decision_limit(key0, key1, i, tick)
        field = field_read(wiring, timing, live, i, t)
        field = noisy_field(drive, field, key0, key1, i, tick)
        driven = input_of(drive, beta, field, i, t)
        decided[row, i] = np.int8(1) if driven > limit else np.int8(-1)


@part
def commit_group(
    wiring: Wiring, timing: Timing, live: Live, window: Window, clock: Int, t: float
) -> Int:
    """Let what was decided `depth` ticks ago take effect; return how many it concerned."""
    members, clamped, counts = timing.members, live.clamped, live.counts
    m, decided, depth = live.m, live.decided, timing.depth
    tick = live.tick[clock] - depth
    if tick < 1:
        return 0
    row = tick % (depth + 1)
    first_group, end = timing.clock_ptr[clock], timing.clock_ptr[clock + 1]
    group = first_group + (tick - 1) % (end - first_group)
    first, stop = timing.group_ptr[group], timing.group_ptr[group + 1]
    for k in range(first, stop):
        i = members[k]
        new = decided[row, i]
        if new == 0 or clamped[i]:
            continue
        counts[UPDATES] += 1
        log_update(live, window, i, new, t)
        if new != m[i]:
            set_state(wiring, live, window, timing.synapse, timing.tau_s, i, new, t)
            counts[FLIPS] += 1
    concerned: Int = stop - first
    return concerned


@bare
def advance_ticks(
    wiring: Wiring,
    timing: Timing,
    live: Live,
    window: Window,
    key0: Int,
    key1: Int,
    beta: float,
    start: float,
    horizon: float,
    most: Int,
    at_once: Int,
) -> Int:
    """Advance to `horizon`, exclusive, by about `most` events; return why it stopped.

    Updates of one instant, of all clocks that tick then, read the state before it; at
    most `at_once` of them are made.
    """
    clocks, counts, next_tick = live.clocks, live.counts, live.next_tick
    n_clocks = timing.periods.shape[0]
    made, refreshed = 0, counts[REFRESHES]
    status: Int = ARRIVED
    while clocks[NEXT_UPDATE] < horizon:
        t = clocks[NEXT_UPDATE]
        if made + counts[REFRESHES] - refreshed >= most:
            status = PAUSED
            break
        status = room_for(live, window, timing.synapse, at_once)
        if status != ARRIVED:
            break
        catch_up(wiring, live, timing, t, True, key0, key1)
        for c in range(n_clocks):
            if next_tick[c] == t:
                decide_group(wiring, timing, live, key0, key1, beta, c, t)
        note_best(live, window, t)
        soonest = np.inf
        for c in range(n_clocks):
            if next_tick[c] == t:
                made += 1 + commit_group(wiring, timing, live, window, c, t)
                live.tick[c] += 1
                wait = wait_for_tick(start, timing.periods[c], live.tick[c], t)
                next_tick[c] = t + wait
            soonest = min(soonest, next_tick[c])
        counts[TICK] = live.tick[0]
        clocks[NOW] = t
        clocks[NEXT_UPDATE] = soonest
    return settle(wiring, live, timing, status, horizon, key0, key1)

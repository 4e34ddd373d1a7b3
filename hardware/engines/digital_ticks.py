"""Compiled digital p-bits: the p-bits of a tick in loops that the processor vectorises.

All updates of a tick read the state before it, so sums, words and decisions of the whole
group come first, one loop each over plain arrays, and then what was decided takes effect.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from hardware.engines.commit import (
    ARRIVED,
    PAUSED,
    field_read,
    log_update,
    note_best,
    room_for,
    set_state,
)
from hardware.engines.digital import (
    ANALOG,
    TABLE,
    Digital,
    clip_says,
    input_of_field,
    input_of_sum,
    saturate,
    table_says,
)
from hardware.engines.draws import decision_limit, takes_part, wait_for_tick
from hardware.engines.drive import input_of, noisy_field
from hardware.engines.noise import Noise, run_registers, take_words
from hardware.engines.plan import Timing, Wiring
from hardware.engines.state import (
    FLIPS,
    NEXT_UPDATE,
    NOW,
    REFRESHES,
    TICK,
    UPDATES,
    Live,
    Window,
)
from hardware.engines.updates import catch_up, settle
from pbit.kernels.jit import bare, part
from pbit.kernels.types import Int, Int64s, States


class Scratch(NamedTuple):
    """Room for the updates of one tick."""

    sums: Int64s
    words: Int64s
    states: States


def make_scratch(timing: Timing) -> Scratch:
    """Return room for the largest group."""
    most = int(np.diff(timing.group_ptr).max())
    return Scratch(
        np.zeros(most, np.int64), np.zeros(most, np.int64), np.zeros(most, np.int8)
    )


@part
def sum_weights(
    wiring: Wiring,
    digital: Digital,
    live: Live,
    timing: Timing,
    sums: Int64s,
    first: Int,
    stop: Int,
) -> None:
    """Add up what p-bits members[first:stop] see, and multiply by the register."""
    indptr, slots, seen = wiring.indptr, wiring.slots, live.seen
    weights, biases, members = digital.weights, digital.biases, timing.members
    ceiling, register = digital.ceiling, digital.register[0]
    for k in range(first, stop):
        i = np.uint32(members[k])
        total = np.int64(biases[i])
        for e in range(indptr[i], indptr[i + 1]):
            total += weights[e] * seen[np.uint32(slots[e])]
        sums[k - first] = saturate(total, ceiling) * register


@part
def cut_fields(
    wiring: Wiring,
    digital: Digital,
    live: Live,
    timing: Timing,
    sums: Int64s,
    first: Int,
    stop: Int,
    key0: Int,
    key1: Int,
    beta: float,
    t: float,
) -> None:
    """Convert what p-bits members[first:stop] see of analog synapses to their inputs."""
    drive, tick = wiring.drive, live.counts[TICK]
    for k in range(first, stop):
        i = timing.members[k]
        field = field_read(wiring, timing, live, i, t)
        field = noisy_field(drive, field, key0, key1, i, tick)
        sums[k - first] = input_of_field(digital, input_of(drive, beta, field, i, t))


@part
def decide_all(
    digital: Digital, sums: Int64s, words: Int64s, states: States, size: Int
) -> None:
    """Compare inputs, given as sums or already cut, with words: states[:size]."""
    if digital.integer:
        for k in range(size):
            sums[k] = input_of_sum(digital, sums[k])
    if digital.device == TABLE:
        table, coarse = digital.table, digital.coarse
        for k in range(size):
            given = sums[k]
            threshold = table[np.uint32(abs(given) >> coarse)]
            states[k] = table_says(given, threshold, words[k])
    else:
        for k in range(size):
            states[k] = clip_says(digital, sums[k], words[k])


@part
def decide_analog(
    wiring: Wiring,
    digital: Digital,
    timing: Timing,
    sums: Int64s,
    states: States,
    first: Int,
    stop: Int,
    key0: Int,
    key1: Int,
    tick: Int,
    t: float,
) -> None:
    """Let ideal p-bits decide on integer sums."""
    for k in range(first, stop):
        i = timing.members[k]
        given = input_of(wiring.drive, digital.step, np.float64(sums[k - first]), i, t)
        over = given > decision_limit(key0, key1, i, tick)
        states[k - first] = 1 if over else -1


@part
def commit(
    wiring: Wiring,
    timing: Timing,
    live: Live,
    window: Window,
    states: States,
    first: Int,
    stop: Int,
    key0: Int,
    key1: Int,
    tick: Int,
    t: float,
) -> None:
    """Let what was decided take effect, but of p-bits that are clamped or masked."""
    members, clamped, counts, m = timing.members, live.clamped, live.counts, live.m
    synapse, tau_s, probability = timing.synapse, timing.tau_s, timing.probability
    logged = window.log_time.shape[0] > 0
    updates, flipped = 0, 0
    for k in range(first, stop):
        i = members[k]
        new = np.int8(states[k - first])
        if clamped[i]:
            continue
        if probability < 1.0 and not takes_part(key0, key1, i, tick, probability):
            continue
        updates += 1
        if logged:
            log_update(live, window, i, new, t)
        if new != m[i]:
            set_state(wiring, live, window, synapse, tau_s, i, new, t)
            flipped += 1
    counts[UPDATES] += updates
    counts[FLIPS] += flipped


@bare
def advance_digital(
    wiring: Wiring,
    timing: Timing,
    live: Live,
    window: Window,
    digital: Digital,
    noise: Noise,
    scratch: Scratch,
    key0: Int,
    key1: Int,
    beta: float,
    start: float,
    horizon: float,
    most: Int,
) -> Int:
    """Advance to `horizon`, exclusive, by about `most` events; return why it stopped."""
    clocks, counts = live.clocks, live.counts
    sums, words, states = scratch.sums, scratch.words, scratch.states
    group_ptr, members = timing.group_ptr, timing.members
    n_groups = group_ptr.shape[0] - 1
    made, refreshed = 0, counts[REFRESHES]
    status: Int = ARRIVED
    while clocks[NEXT_UPDATE] < horizon:
        t, tick = clocks[NEXT_UPDATE], counts[TICK]
        group = (tick - 1) % n_groups
        first, stop = group_ptr[group], group_ptr[group + 1]
        if made + counts[REFRESHES] - refreshed >= most:
            status = PAUSED
            break
        status = room_for(live, window, timing.synapse, stop - first)
        if status != ARRIVED:
            break
        catch_up(wiring, live, timing, t, True, key0, key1)
        if digital.integer:
            sum_weights(wiring, digital, live, timing, sums, first, stop)
        else:
            cut_fields(
                wiring,
                digital,
                live,
                timing,
                sums,
                first,
                stop,
                key0,
                key1,
                beta,
                t,
            )
        if digital.device == ANALOG:
            decide_analog(
                wiring,
                digital,
                timing,
                sums,
                states,
                first,
                stop,
                key0,
                key1,
                tick,
                t,
            )
        else:
            take_words(noise, words, members, first, stop, key0, key1, tick)
            run_registers(noise, group)
            decide_all(digital, sums, words, states, stop - first)
        note_best(live, window, t)
        counts[TICK] = tick + 1
        commit(wiring, timing, live, window, states, first, stop, key0, key1, tick, t)
        made += stop - first
        clocks[NOW] = t
        clocks[NEXT_UPDATE] = t + wait_for_tick(start, timing.period, tick + 1, t)
    return settle(wiring, live, timing, status, horizon, key0, key1)

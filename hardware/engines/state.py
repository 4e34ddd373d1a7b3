"""What a running machine is made of: its present, its clocks and what is being measured."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hardware.engines.plan import (
    DELAY,
    INSTANT,
    STALE_EDGE,
    TELEGRAPH,
    Timing,
    Wiring,
)
from pbit.checks import Floats, States

# Places in `counts`.
(
    TICK,  # number of the next tick of the updates' clock
    REFRESHES,  # number of the next refresh
    UPDATES,
    FLIPS,
    RING_HEAD,
    RING_TAIL,
    LOGGED,
    BEST_LOGGED,  # flips since the best state, -1 where they are too many to replay
    STATE,  # the present state as an integer, where occupancy is measured
    REFRESH_DRAWN,  # number of the refresh that the first draw made ahead is for
    N_COUNTS,
) = range(11)
# Places in `clocks`, seconds but for the last three.
(
    NOW,
    NEXT_UPDATE,
    NEXT_REFRESH,
    WINDOW_START,
    LAST_CHANGE,
    REFRESH_PICK,  # which copy the next refresh is about, as a number in (0, 1)
    ENERGY,
    BEST_ENERGY,
    N_CLOCKS,
) = range(9)

AHEAD = 256  # draws made at once, in loops that vectorise
MAX_OCCUPANCY = 20  # p-bits; the table has 2**n entries


class Live(NamedTuple):
    """The present: states, what readers see of them, deliveries under way, clocks."""

    m: States
    seen: States  # m itself (instant), one a p-bit, or one a connection (stale edges)
    clamped: NDArray[np.bool_]
    ring_time: Floats  # deliveries under way, in the order of their times
    ring_who: NDArray[np.int32]
    ring_state: States
    clocks: Floats
    counts: NDArray[np.int64]
    decided: States  # scratch of one tick: 0 where a p-bit does not take part
    refresh_waits: Floats  # draws of the refreshes' clock made ahead
    refresh_picks: Floats
    waits: Floats  # draws of the Poisson clock made ahead
    picks: Floats
    limits: Floats
    who: NDArray[np.int32]


class Dwell(NamedTuple):
    """Telegraph p-bits: hazard budgets, and a heap of p-bits by the time of their flip."""

    budget: Floats
    rate: Floats
    since: Floats
    flip_time: Floats
    flips: NDArray[np.int64]
    heap: NDArray[np.int32]
    place: NDArray[np.int32]


class Window(NamedTuple):
    """What is measured between two calls of run; arrays of no rows are not measured."""

    occupancy: Floats  # seconds in each of the 2**n states
    moment: Floats  # minus the sum over flips of (change of m) * (time since start)
    best: States
    best_log: NDArray[np.int32]  # flips since the best state
    log_time: Floats
    log_who: NDArray[np.int32]
    log_state: States


def make_live(timing: Timing, wiring: Wiring, states: States, now: float) -> Live:
    """Return a machine at rest at time `now`, every reader seeing the present."""
    n = states.size
    if timing.synapse == INSTANT:
        seen = states
    elif timing.synapse == STALE_EDGE:
        seen = states[wiring.indices]
    else:
        seen = states.copy()
    capacity = 1024 if timing.synapse == DELAY else 1
    clocks = np.zeros(N_CLOCKS)
    clocks[NOW] = clocks[WINDOW_START] = now
    clocks[NEXT_UPDATE] = clocks[NEXT_REFRESH] = np.inf
    counts = np.zeros(N_COUNTS, np.int64)
    counts[REFRESH_DRAWN] = -AHEAD  # none
    return Live(
        m=states,
        seen=seen,
        clamped=np.zeros(n, np.bool_),
        ring_time=np.empty(capacity),
        ring_who=np.empty(capacity, np.int32),
        ring_state=np.empty(capacity, np.int8),
        clocks=clocks,
        counts=counts,
        decided=np.zeros(n, np.int8),
        refresh_waits=np.empty(AHEAD),
        refresh_picks=np.empty(AHEAD),
        waits=np.empty(AHEAD),
        picks=np.empty(AHEAD),
        limits=np.empty(AHEAD),
        who=np.empty(AHEAD, np.int32),
    )


def make_dwell(timing: Timing, n: int) -> Dwell:
    """Return the telegraph p-bits' arrays, empty for other devices."""
    size = n if timing.updates == TELEGRAPH else 0
    return Dwell(
        budget=np.empty(size),
        rate=np.zeros(size),
        since=np.zeros(size),
        flip_time=np.full(size, np.inf),
        flips=np.zeros(size, np.int64),
        heap=np.arange(size, dtype=np.int32),
        place=np.arange(size, dtype=np.int32),
    )


def make_window(states: States, energetic: bool, log_size: int) -> Window:
    """Return fresh measurements, with room for `log_size` updates."""
    n = states.size
    return Window(
        occupancy=np.zeros(2**n if n <= MAX_OCCUPANCY else 0),
        moment=np.zeros(n),
        best=states.copy() if energetic else np.empty(0, np.int8),
        best_log=np.empty(n if energetic else 0, np.int32),
        log_time=np.empty(log_size),
        log_who=np.empty(log_size, np.int32),
        log_state=np.empty(log_size, np.int8),
    )


def grow_ring(live: Live) -> Live:
    """Return the machine with room for twice as many deliveries under way."""
    size = live.ring_time.size
    head, tail = live.counts[RING_HEAD], live.counts[RING_TAIL]
    old = np.arange(head, tail) % size
    counts = live.counts.copy()  # an interruption here must leave the old machine whole
    counts[RING_HEAD], counts[RING_TAIL] = 0, old.size
    grown: dict[str, np.ndarray] = {"counts": counts}
    for name in ("ring_time", "ring_who", "ring_state"):
        array = getattr(live, name)
        grown[name] = np.empty(2 * size, array.dtype)
        grown[name][: old.size] = array[old]
    return live._replace(**grown)

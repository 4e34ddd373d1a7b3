"""What a running machine is made of: its present, its clocks and what is being measured."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hardware.engines.links import Links, no_links
from hardware.engines.plan import (
    DELAY,
    DELAY_EDGE,
    INSTANT,
    LATENT,
    OSCILLATOR,
    RC,
    SELF_TIMED,
    STALE_EDGE,
    TRANSISTOR,
    Timing,
    Wiring,
)
from pbit.checks import Floats, States
from pbit.kernels.jit import jit
from pbit.kernels.types import Int32s

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
    CROWDED,  # 1 where a p-bit's next flip could push one out of `recent` too early
    N_COUNTS,
) = range(12)
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
    NEXT_LINK,  # when links latch or deliver next
    N_CLOCKS,
) = range(10)

REMEMBERED = 4  # flips a p-bit, to start with
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
    decided: States  # of the last ticks, (depth + 1, n): 0 where a p-bit takes no part
    refresh_waits: Floats  # draws of the refreshes' clock made ahead
    refresh_picks: Floats
    waits: Floats  # draws of the Poisson clock made ahead
    picks: Floats
    limits: Floats
    who: NDArray[np.int32]
    charge: Charge
    links: Links
    tick: NDArray[np.int64]  # number of every clock's next tick
    next_tick: Floats  # and its time, seconds
    recent: (
        Floats  # times of each p-bit's last flips, latest first; for per-edge delays
    )


class Charge(NamedTuple):
    """Voltages behind RC synapses: where they were, where they go; else without rows."""

    voltage: Floats  # then, in units of fields
    goal: Floats  # the field
    since: Floats  # seconds


class Dwell(NamedTuple):
    """P-bits that time themselves: hazard budgets, and a heap by what is due next."""

    budget: Floats
    rate: Floats
    since: Floats
    flip_time: Floats
    flips: NDArray[np.int64]
    heap: NDArray[np.int32]
    place: NDArray[np.int32]
    # Rows only where inputs or levels relax, all as of `since`:
    next_is: States  # what is due next: to flip, to look again, to redraw a junction
    free_side: States  # the p-bit's state, 0 where it is clamped
    base: Floats  # what the input tends to
    excess: Floats  # what it is above that
    level: Floats  # of the transistor
    resistance: Floats  # of the junction


class Window(NamedTuple):
    """What is measured between two calls of run; arrays of no rows are not measured."""

    occupancy: Floats  # seconds in each of the 2**n states
    moment: Floats  # minus the sum over flips of (change of m) * (time since start)
    best: States
    best_log: NDArray[np.int32]  # flips since the best state
    log_time: Floats
    log_who: NDArray[np.int32]
    log_state: States


def make_live(
    timing: Timing,
    wiring: Wiring,
    states: States,
    now: float,
    links: Links | None = None,
) -> Live:
    """Return a machine at rest at time `now`, every reader seeing the present."""
    n = states.size
    if timing.synapse in (INSTANT, RC):
        seen = states
    elif timing.synapse == DELAY_EDGE and timing.updates not in SELF_TIMED:
        seen = states  # readers look up how old it is
    elif timing.synapse in (STALE_EDGE, DELAY_EDGE):
        seen = states[wiring.indices]
    else:
        seen = states.copy()
    if links is not None and links.period.size > 0:
        states, seen = _with_copies(states, seen, links)
    capacity = 1024 if timing.synapse in (DELAY, DELAY_EDGE, LATENT) else 1
    remembers = timing.synapse == DELAY_EDGE and timing.updates not in SELF_TIMED
    clocks = np.zeros(N_CLOCKS)
    clocks[NOW] = clocks[WINDOW_START] = now
    clocks[NEXT_UPDATE] = clocks[NEXT_REFRESH] = clocks[NEXT_LINK] = np.inf
    if links is not None and links.period.size > 0:
        clocks[NEXT_LINK] = now
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
        decided=np.zeros((timing.depth + 1, n), np.int8),
        refresh_waits=np.empty(AHEAD),
        refresh_picks=np.empty(AHEAD),
        waits=np.empty(AHEAD),
        picks=np.empty(AHEAD),
        limits=np.empty(AHEAD),
        who=np.empty(AHEAD, np.int32),
        charge=make_charge(timing, wiring, states, now),
        links=no_links() if links is None else links,
        tick=np.ones(timing.periods.size, np.int64),
        next_tick=now + timing.periods,
        recent=np.full((n, REMEMBERED) if remembers else (0, 0), -np.inf),
    )


def _with_copies(states: States, seen: States, links: Links) -> tuple[States, States]:
    """Return (states, seen) with room for other chips' copies behind what is seen."""
    longer = np.concatenate([seen, states[links.sources]])
    return (longer[: states.size] if seen is states else states), longer


def make_dwell(timing: Timing, n: int) -> Dwell:
    """Return the arrays of p-bits that time themselves, empty for other devices."""
    size = n if timing.updates in SELF_TIMED else 0
    relaxing = n if timing.updates in (TRANSISTOR, OSCILLATOR) else 0
    if timing.synapse == RC:
        relaxing = size
    return Dwell(
        budget=np.empty(size),
        rate=np.zeros(size),
        since=np.zeros(size),
        flip_time=np.full(size, np.inf),
        flips=np.zeros(size, np.int64),
        heap=np.arange(size, dtype=np.int32),
        place=np.arange(size, dtype=np.int32),
        next_is=np.zeros(relaxing, np.int8),
        free_side=np.zeros(relaxing, np.int8),
        base=np.zeros(relaxing),
        excess=np.zeros(relaxing),
        level=np.zeros(relaxing),
        resistance=np.zeros(relaxing),
    )


def make_charge(timing: Timing, wiring: Wiring, states: States, now: float) -> Charge:
    """Return voltages at rest at time `now`, of no rows without an RC synapse."""
    if timing.synapse != RC:
        return Charge(np.empty(0), np.empty(0), np.empty(0))
    fields = np.empty(states.size)
    fill_fields(fields, wiring.indptr, wiring.indices, wiring.data, wiring.h, states)
    return Charge(fields, fields.copy(), np.full(states.size, now))


@jit
def fill_fields(
    fields: Floats, indptr: Int32s, indices: Int32s, data: Floats, h: Floats, m: States
) -> None:
    """Fill in every p-bit's field, summed in the order of its row."""
    for i in range(fields.shape[0]):
        total = h[i]
        for e in range(indptr[i], indptr[i + 1]):
            total += data[e] * m[indices[e]]
        fields[i] = total


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
    grown: dict[str, Any] = {"counts": counts}
    for name in ("ring_time", "ring_who", "ring_state"):
        array = getattr(live, name)
        grown[name] = np.empty(2 * size, array.dtype)
        grown[name][: old.size] = array[old]
    return live._replace(**grown)


def grow_recent(live: Live) -> Live:
    """Return the machine with room for twice as many remembered flips."""
    n, depth = live.recent.shape
    recent, counts = np.full((n, 2 * depth), -np.inf), live.counts.copy()
    recent[:, :depth] = live.recent
    counts[CROWDED] = 0
    return live._replace(recent=recent, counts=counts)

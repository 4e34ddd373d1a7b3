"""Links between chips: copies of other chips' p-bits, renewed in rounds.

A copy has a place of its own behind the p-bits' in what readers see; `Wiring.slots` says
for every connection where its reader looks.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hardware.chips import Chips
from hardware.engines.draws import wait_for_tick
from pbit.checks import Floats, States
from pbit.errors import DesignError
from pbit.kernels.jit import dissolve
from pbit.kernels.types import Int, Int32s, Int64s
from pbit.model import PCircuit

MOST_UNDER_WAY = 1 << 28  # states


class Links(NamedTuple):
    """Links and what is under way on them; arrays of no rows where there are no chips."""

    period: Floats  # seconds a round
    flight: Floats  # seconds from latch to arrival
    first_copy: Int64s  # copies first_copy[l]:first_copy[l + 1] are renewed by link l
    sources: Int32s  # p-bit that a copy is of
    reader_ptr: Int64s  # who reads copy c: readers[reader_ptr[c]:reader_ptr[c + 1]]
    readers: Int32s
    room: Int64s  # rounds under way at most
    first_due: Int64s  # place of link l in `due`
    first_state: Int64s  # and in `states`
    next_latch: Floats  # seconds
    latched: Int64s  # rounds
    arrived: Int64s  # rounds
    due: Floats  # seconds; when rounds under way arrive, a ring a link
    states: States  # what they carry
    start: float  # seconds; when round 0 is latched


def no_links() -> Links:
    """Return the links of a machine on one chip."""
    times, whole, states = np.empty(0), np.empty(0, np.int64), np.empty(0, np.int8)
    pbits = np.empty(0, np.int32)
    return Links(
        times, times, whole, pbits, whole, pbits, whole, whole, whole,
        times, whole, whole, times, states, 0.0,
    )  # fmt: skip


def slots_of(
    circuit: PCircuit, chips: Chips | None
) -> tuple[NDArray[np.int32], list[tuple[int, int]], NDArray[np.int64]]:
    """Return (slots, ends of every link, key of every copy in ascending order).

    A copy's key is (sender * chips + receiver) * n + p-bit, so copies of one link follow
    one another.
    """
    indices = circuit.weights.indices
    if chips is None:
        return indices, [], np.empty(0, np.int64)
    n, k = circuit.n, chips.n_chips
    if len(chips.parts) != n:
        msg = f"must hold one chip a p-bit, {n}, not {len(chips.parts)}"
        raise DesignError(key="chips.parts", message=msg)
    part = np.array(chips.parts, np.int64)
    readers = np.repeat(np.arange(n), np.diff(circuit.weights.indptr))
    away = np.flatnonzero(part[indices] != part[readers])
    links = part[indices[away]] * k + part[readers[away]]
    keys, copy = np.unique(links * n + indices[away], return_inverse=True)
    slots = indices.copy()
    slots[away] = n + copy
    ends = [divmod(int(link), k) for link in np.unique(keys // n)]
    return slots, ends, keys


def make_links(circuit: PCircuit, chips: Chips | None, start: float = 0.0) -> Links:
    """Return the links of a machine, nothing under way on them.

    Raises
    ------
    DesignError
        If the parts are not those of the circuit, or more would be under way than fits
        memory.
    """
    slots, ends, keys = slots_of(circuit, chips)
    if chips is None or not ends:
        return no_links()
    n, k = circuit.n, chips.n_chips
    numbers = np.array([a * k + b for a, b in ends])
    first_copy = np.searchsorted(keys, np.append(numbers, k * k) * n).astype(np.int64)
    bits = np.diff(first_copy)
    said = np.array([chips.link(a, b) for a, b in ends])
    period = bits / said[:, 1]
    flight = period + said[:, 0]
    rounds = np.floor(flight / period) + 2
    if float((rounds * bits).sum()) > MOST_UNDER_WAY:
        msg = (
            f"is so long beside rounds of {period.min():.3g} s that "
            f"{(rounds * bits).sum():.3g} states would be under way, more than "
            f"{MOST_UNDER_WAY}: not {said[:, 0].max():g}"
        )
        raise DesignError(key="chips.latency", message=msg)
    room = rounds.astype(np.int64)
    readers = np.repeat(np.arange(n), np.diff(circuit.weights.indptr))
    away = np.flatnonzero(slots >= n)
    order = away[np.argsort(slots[away], kind="stable")]
    counts = np.bincount(slots[away] - n, minlength=keys.size)
    return Links(
        period,
        flight,
        first_copy,
        (keys % n).astype(np.int32),
        np.concatenate([[0], np.cumsum(counts)]),
        readers[order].astype(np.int32),
        room,
        np.concatenate([[0], np.cumsum(room)[:-1]]),
        np.concatenate([[0], np.cumsum(room * bits)[:-1]]),
        np.full(len(ends), start),
        np.zeros(len(ends), np.int64),
        np.zeros(len(ends), np.int64),
        np.empty(int(room.sum())),
        np.empty(int((room * bits).sum()), np.int8),
        start,
    )


@dissolve
def next_arrival(links: Links, link: Int) -> float:
    """Return when the round that is due first on a link arrives; infinite if none is."""
    if links.arrived[link] == links.latched[link]:
        return math.inf
    place = links.arrived[link] % links.room[link]
    due: float = links.due[links.first_due[link] + place]
    return due


@dissolve
def latch(links: Links, m: States, link: Int) -> None:
    """Latch the states that a link sends in its next round."""
    first, stop = links.first_copy[link], links.first_copy[link + 1]
    place = links.latched[link] % links.room[link]
    at = links.first_state[link] + place * (stop - first)
    for c in range(first, stop):
        links.states[at + c - first] = m[links.sources[c]]
    t = links.next_latch[link]
    links.due[links.first_due[link] + place] = t + links.flight[link]
    links.latched[link] += 1
    done = links.latched[link]
    links.next_latch[link] = t + wait_for_tick(links.start, links.period[link], done, t)


@dissolve
def arrive(links: Links, seen: States, n: Int, link: Int) -> None:
    """Show the readers what a link's first round under way carries."""
    first, stop = links.first_copy[link], links.first_copy[link + 1]
    place = links.arrived[link] % links.room[link]
    at = links.first_state[link] + place * (stop - first)
    for c in range(first, stop):
        seen[n + c] = links.states[at + c - first]
    links.arrived[link] += 1


@dissolve
def links_before(
    links: Links, m: States, seen: States, limit: float, inclusive: bool
) -> float:
    """Let links do what is due by `limit`; return when the next is due.

    Latches read p-bits and arrivals write copies, so only the order on one link matters.
    """
    soonest = math.inf
    for link in range(links.period.shape[0]):
        while True:
            latching, arriving = links.next_latch[link], next_arrival(links, link)
            t = min(latching, arriving)
            if t > limit or (t == limit and not inclusive):
                break
            if arriving <= latching:
                arrive(links, seen, m.shape[0], link)
            else:
                latch(links, m, link)
        soonest = min(soonest, t)
    return soonest


@dissolve
def first_due(links: Links) -> tuple[float, Int]:
    """Return (time, link) of what is due first on any link."""
    soonest, which = math.inf, 0
    for link in range(links.period.shape[0]):
        t = min(links.next_latch[link], next_arrival(links, link))
        if t < soonest:
            soonest, which = t, link
    return soonest, which

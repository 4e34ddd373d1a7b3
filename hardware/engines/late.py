"""Kernels of per-edge delays.

P-bits that look only now and then (at clock ticks) need no queue of deliveries: what
reader i sees of p-bit j at time t is j's present state, turned over once for every flip
of j that is younger than the connection's delay. Each p-bit remembers its last few flips,
the latest first. P-bits that time themselves have to be told at once: deliveries then
wait in a heap of (time, connection), kept in the arrays of the ring.
"""

from __future__ import annotations

from hardware.engines.plan import Timing, Wiring
from hardware.engines.state import CROWDED, RING_TAIL, Live
from pbit.kernels.jit import part
from pbit.kernels.types import Int


@part
def field_late(wiring: Wiring, timing: Timing, live: Live, i: Int, t: float) -> float:
    """Return h[i] + sum_j W[i, j] m_j(t - delay), summed in the order of row i."""
    indptr, indices, data = wiring.indptr, wiring.indices, wiring.data
    delays, m, recent = timing.delays, live.m, live.recent
    depth = recent.shape[1]
    total: float = wiring.h[i]
    for e in range(indptr[i], indptr[i + 1]):
        j = indices[e]
        state, delay = m[j], delays[e]
        k = 0
        while k < depth and recent[j, k] + delay > t:
            state = -state
            k += 1
        total += data[e] * state
    return total


@part
def remember_flip(live: Live, longest: float, i: Int, t: float) -> None:
    """Note that p-bit i flips at time t; say so if the next flip needs more room."""
    recent = live.recent
    last = recent.shape[1] - 1
    for k in range(last, 0, -1):
        recent[i, k] = recent[i, k - 1]
    recent[i, 0] = t
    if recent[i, last] + longest > t:
        live.counts[CROWDED] = 1


@part
def send_flip(wiring: Wiring, timing: Timing, live: Live, j: Int, t: float) -> None:
    """Send p-bit j's flip at time t on its way to each of its readers."""
    times, edges, counts = live.ring_time, live.ring_who, live.counts
    for o in range(wiring.out_indptr[j], wiring.out_indptr[j + 1]):
        edge = timing.out_edges[o]
        due = t + timing.delays[edge]
        k = counts[RING_TAIL]
        counts[RING_TAIL] += 1
        while k > 0:
            parent = (k - 1) // 2
            if times[parent] <= due:
                break
            times[k], edges[k] = times[parent], edges[parent]
            k = parent
        times[k], edges[k] = due, edge


@part
def take_first(live: Live) -> Int:
    """Take the delivery that is due first out of the heap: return its connection.

    Several at one instant come in any order: each turns over a reader's view, so the
    order does not matter.
    """
    times, edges, counts = live.ring_time, live.ring_who, live.counts
    first: Int = edges[0]
    counts[RING_TAIL] -= 1
    size = counts[RING_TAIL]
    t, edge, k = times[size], edges[size], 0
    while True:
        child = 2 * k + 1
        if child >= size:
            break
        if child + 1 < size and times[child + 1] < times[child]:
            child += 1
        if t <= times[child]:
            break
        times[k], edges[k] = times[child], edges[child]
        k = child
    times[k], edges[k] = t, edge
    return first

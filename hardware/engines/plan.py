"""A design applied to a circuit: plain arrays and numbers that both engines read."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hardware.chips import Chips
from hardware.design import Design
from hardware.devices import RingOscillator, Telegraph, TransistorMtj
from hardware.engines.delays import edge_delays, outgoing_edges
from hardware.engines.drive import Drive, plain_drive
from hardware.engines.groups import Groups, make_groups
from hardware.engines.imperfect import spread_tau
from hardware.engines.links import slots_of
from hardware.fabrics import Clocked, Masked
from hardware.synapses import Delay, Mac, Rc, Stale
from pbit.checks import Floats
from pbit.errors import DesignError
from pbit.kernels.jit import jit
from pbit.kernels.types import Int32s
from pbit.model import PCircuit
from pbit.random import Streams

INSTANT, DELAY, STALE_SOURCE, STALE_EDGE, LATENT = range(5)
POISSON, TICKS, TELEGRAPH = range(3)

DELAY_EDGE = 10  # a synapse
RC = 20  # a synapse
TRANSISTOR, OSCILLATOR = 20, 21  # updates
SELF_TIMED = (TELEGRAPH, TRANSISTOR, OSCILLATOR)


class Wiring(NamedTuple):
    """Connections: who each p-bit hears (CSR), who hears it, what it makes of it."""

    indptr: NDArray[np.int32]
    indices: NDArray[np.int32]
    data: Floats  # as the machine has them
    h: Floats
    out_indptr: NDArray[np.int32]
    out_indices: NDArray[np.int32]
    true_data: Floats  # as the circuit has them; the same array where nothing differs
    true_h: Floats
    drive: Drive
    slots: NDArray[np.int32]  # where each connection's reader looks; else `indices`


class Timing(NamedTuple):
    """Who updates when, and when others get to know."""

    updates: int  # POISSON, TICKS, TELEGRAPH, TRANSISTOR or OSCILLATOR
    synapse: int  # INSTANT, DELAY, STALE_*, LATENT, DELAY_EDGE or RC
    tau: Floats  # seconds, (1,) where all p-bits have the same, or (n,)
    mean_wait: float  # seconds between ticks of the Poisson clock of all p-bits
    keep: Floats  # its alias table; empty where all rates are equal
    alias: NDArray[np.int32]
    period: float  # seconds between clock ticks (phases, in a chromatic fabric)
    group_ptr: NDArray[np.int64]  # tick q updates group (q - 1) mod their number:
    members: NDArray[np.int32]  # members[group_ptr[g]:group_ptr[g + 1]], ascending
    probability: float  # of taking part, 1 but in a masked fabric
    tau_s: float  # delay, mean time between refreshes of one copy, or latency in ticks
    n_copies: int  # of a stale synapse
    tau_t: float = 0.0  # seconds; of transistors
    delays: Floats = np.empty(0)  # seconds, one a connection; tau_s is the longest
    out_edges: NDArray[np.int32] = np.empty(0, np.int32)  # who is told, if at once
    clock_ptr: NDArray[np.int64] = np.array([0, 1])  # groups of clock c, in turn:
    periods: Floats = np.zeros(1)  # clock_ptr[c]:clock_ptr[c + 1], and seconds a tick
    depth: int = 0  # ticks from a decision to its effect
    jitter: float = 0.0  # of oscillators: deviation of the logarithm of a period
    pinning: float = 0.0  # of their junctions, by their read current


def make_wiring(
    circuit: PCircuit,
    data: Floats | None = None,
    drive: Drive | None = None,
    chips: Chips | None = None,
) -> Wiring:
    """Return the circuit's arrays, with other weights, a drive and chips if given."""
    heard, hearing = circuit.weights, circuit.outgoing
    return Wiring(
        heard.indptr,
        heard.indices,
        heard.data if data is None else data,
        circuit.h,
        hearing.indptr,
        hearing.indices,
        heard.data,
        circuit.h,
        plain_drive() if drive is None else drive,
        slots_of(circuit, chips)[0],
    )


def make_timing(
    circuit: PCircuit, design: Design, source: Streams | None = None
) -> Timing:
    """Return what the design makes of time for this circuit.

    Without a `source` of random numbers all p-bits keep to their nominal times.

    Raises
    ------
    DesignError
        If ``device.tau_n`` lists times for another number of p-bits.
    """
    n = circuit.n
    tau = _tau(design, n)
    if source is not None:
        tau = spread_tau(tau, n, design, source)
    updates, mean_wait = TICKS, 0.0
    keep, alias = np.empty(0), np.empty(0, np.int32)
    groups = Groups.of([np.arange(n)], design.clock_period or 0.0)
    if isinstance(design.device, Telegraph):
        updates = TELEGRAPH
    elif isinstance(design.device, TransistorMtj):
        updates = TRANSISTOR
    elif isinstance(design.device, RingOscillator):
        updates = OSCILLATOR
    elif not isinstance(design.fabric, Clocked):
        updates = POISSON
        rates = np.broadcast_to(1.0 / tau, (n,))
        mean_wait = 1.0 / float(rates.sum())
        if tau.size > 1:
            keep, alias = alias_table(rates)
    else:
        groups = make_groups(circuit, design)
    synapse, tau_s, n_copies = _synapse(design, circuit)
    delays = edge_delays(circuit, design, source)
    out_edges = np.empty(0, np.int32)
    if delays.size > 0:
        synapse, tau_s = DELAY_EDGE, float(delays.max())
        if updates in SELF_TIMED:
            out_edges = outgoing_edges(circuit)
    fabric, device = design.fabric, design.device
    return Timing(
        updates,
        synapse,
        tau,
        mean_wait,
        keep,
        alias,
        groups.periods[0],
        groups.group_ptr,
        groups.members,
        float(fabric.probability) if isinstance(fabric, Masked) else 1.0,
        tau_s,
        n_copies,
        delays=delays,
        out_edges=out_edges,
        clock_ptr=groups.clock_ptr,
        periods=groups.periods,
        depth=fabric.depth if isinstance(fabric, Clocked) else 0,
        tau_t=device.tau_t if isinstance(device, TransistorMtj) else 0.0,
        jitter=device.sigma if isinstance(device, RingOscillator) else 0.0,
        pinning=device.pinning if isinstance(device, TransistorMtj) else 0.0,
    )


def most_at_once(timing: Timing) -> int:
    """Return how many p-bits may update at one instant, all clocks' ticks together."""
    sizes = np.diff(timing.group_ptr)
    return int(np.maximum.reduceat(sizes, timing.clock_ptr[:-1]).sum())


def shortest_wait(timing: Timing) -> float:
    """Return the mean seconds between events of the machine's fastest clock."""
    if timing.updates in SELF_TIMED:
        wait = float(timing.tau.min())
    else:
        wait = timing.mean_wait if timing.updates == POISSON else timing.periods.min()
    if timing.n_copies > 0:
        wait = min(wait, timing.tau_s / timing.n_copies)
    if timing.updates == TRANSISTOR:
        wait = min(wait * math.exp(-timing.pinning), timing.tau_t)
    if timing.synapse == RC and timing.updates in SELF_TIMED:
        wait = min(wait, timing.tau_s)
    return wait


def alias_table(weights: Floats) -> tuple[Floats, NDArray[np.int32]]:
    """Return (keep, alias) with which one draw picks i in proportion to weights[i].

    Slot i keeps its own with chance keep[i] and else gives alias[i] (A. J. Walker, 1977;
    M. D. Vose, 1991, builds it in O(n)).
    """
    keep, alias = np.ones(weights.size), np.arange(weights.size, dtype=np.int32)
    _fill_alias_table(keep, alias, weights * (weights.size / weights.sum()))
    return keep, alias


@jit
def _fill_alias_table(keep: Floats, alias: Int32s, scaled: Floats) -> None:
    """Top up slots of less than 1 from ones of more; `scaled`, of mean 1, is used up."""
    n = scaled.shape[0]
    waiting = np.empty(n, np.int32)  # poor slots from the left, rich from the right
    poor_end, rich_start = 0, n
    for i in range(n):
        if scaled[i] < 1.0:
            waiting[poor_end] = i
            poor_end += 1
        else:
            rich_start -= 1
            waiting[rich_start] = i
    while poor_end > 0 and rich_start < n:
        poor, rich = waiting[poor_end - 1], waiting[rich_start]
        poor_end -= 1
        keep[poor], alias[poor] = scaled[poor], rich
        scaled[rich] -= 1.0 - scaled[poor]
        if scaled[rich] < 1.0:
            waiting[poor_end] = rich
            poor_end += 1
            rich_start += 1


def _tau(design: Design, n: int) -> Floats:
    tau = np.atleast_1d(
        np.asarray(getattr(design.device, "tau_n", None) or 0.0, dtype=np.float64)
    )
    if tau.size not in (1, n):
        msg = f"must be one time or {n}, one a p-bit, not {tau.size}"
        raise DesignError(key="device.tau_n", message=msg)
    return tau


def _synapse(design: Design, circuit: PCircuit) -> tuple[int, float, int]:
    synapse = design.synapse
    if isinstance(synapse, Delay) and not isinstance(synapse.tau_s, tuple):
        return DELAY, synapse.tau_s, 0
    if isinstance(synapse, Rc):
        return RC, synapse.tau_rc, 0
    if isinstance(synapse, Stale):
        if synapse.copies == "edge":
            return STALE_EDGE, synapse.tau_s, circuit.n_edges
        return STALE_SOURCE, synapse.tau_s, circuit.n
    if isinstance(synapse, Mac) and synapse.latency > 0:
        return LATENT, float(synapse.latency), 0
    return INSTANT, 0.0, 0

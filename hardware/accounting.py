"""What a design's fabric needs for a circuit: physical p-bits, ticks, seconds a sweep."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from hardware.design import Design, load_design
from hardware.engines.links import make_links
from hardware.engines.plan import TICKS, make_timing
from pbit.model import PCircuit


@dataclass(frozen=True)
class Accounting:
    """Hardware and time of a circuit on a fabric, before anything runs.

    Attributes
    ----------
    logical : int
        P-bits of the circuit.
    physical : int
        P-bits that have to exist: the most that update at one tick, on all chips; as
        many as logical ones where p-bits time themselves.
    ticks_per_sweep : int or None
        Ticks until each p-bit has had its turn, on the chip that needs most; None
        without a clock.
    seconds_per_sweep : float
        How long that takes; the mean time between a p-bit's updates where they time
        themselves (the slowest one's).
    updates_per_second : float
        Of the whole machine, of p-bits that are free.
    utilisation : float
        Share of the physical p-bits that update at a tick on average, in (0, 1].
    state_bits : int
        Bits of state: one a logical p-bit, one a copy on another chip, and those in
        pipelines.
    link_bits_per_second : float
        What all links carry together.
    """

    logical: int
    physical: int
    ticks_per_sweep: int | None
    seconds_per_sweep: float
    updates_per_second: float
    utilisation: float
    state_bits: int
    link_bits_per_second: float


def account(
    circuit: PCircuit,
    design: str | os.PathLike[str] | Mapping[str, Any] | Design,
) -> Accounting:
    """Return what a design needs for a circuit, by its nominal times.

    Raises
    ------
    DesignError
        If the design breaks a rule or does not fit the circuit.

    Examples
    --------
    >>> import pbit
    >>> ring = pbit.IsingModel({(i, (i + 1) % 8): 1.0 for i in range(8)})
    >>> fabric = {"kind": "time-multiplexed", "physical": 2, "clock_hz": "1 GHz"}
    >>> need = account(
    ...     ring, {"name": "x", "device": {"kind": "ideal"}, "fabric": fabric}
    ... )
    >>> need.physical, need.ticks_per_sweep, round(need.updates_per_second)
    (2, 4, 2000000000)
    """
    chosen = load_design(design)
    timing = make_timing(circuit, chosen)
    links = make_links(circuit, chosen.chips)
    # An average over rounds of B bits in B / bandwidth seconds.
    bits = np.diff(links.first_copy) if links.period.size else np.empty(0)
    carried = float((bits / links.period).sum()) if links.period.size else 0.0
    state_bits = circuit.n * (1 + timing.depth) + links.sources.size
    if timing.updates != TICKS:
        tau = np.broadcast_to(timing.tau, circuit.n)
        return Accounting(
            circuit.n,
            circuit.n,
            None,
            float(tau.max()),
            float((1.0 / tau).sum()),
            1.0,
            state_bits,
            carried,
        )
    sizes = np.diff(timing.group_ptr)
    turns = np.diff(timing.clock_ptr)
    widest = np.maximum.reduceat(sizes, timing.clock_ptr[:-1])
    served = np.add.reduceat(sizes, timing.clock_ptr[:-1])
    rates = served * timing.probability / (turns * timing.periods)
    busy = served * timing.probability / (turns * widest)
    return Accounting(
        circuit.n,
        int(widest.sum()),
        int(turns.max()),
        float((turns * timing.periods).max()),
        float(rates.sum()),
        float((busy * widest).sum() / widest.sum()),
        state_bits,
        carried,
    )

"""What a run costs: rates, utilisation, joules by what they are for, area, transistors."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from hardware.design import Design, load_design
from hardware.engines.links import make_links
from hardware.engines.plan import TICKS, make_timing
from hardware.units import format_quantity
from pbit.checks import check_count
from pbit.model import PCircuit

SIGMAS = 1.96  # of an interval: 95 %
SIMULATED = "this run"


@dataclass(frozen=True)
class Figure:
    """One number of a cost, and how well it is known.

    Attributes
    ----------
    value, low, high
        The number and the ends of its interval, in SI units.
    unit
        Its unit; empty for numbers of things.
    status
        "measured", "simulated", "projected", "design", "assumed"; "unknown" where the
        design does not say.
    source
        Where it comes from.
    """

    value: float
    low: float
    high: float
    unit: str
    status: str
    source: str

    def __str__(self) -> str:
        """Say the number, its interval if it has one, and its status."""
        text = format_quantity(self.value, self.unit).strip()
        if self.low < self.high:
            ends = (
                format_quantity(end, self.unit, 3).strip()
                for end in (self.low, self.high)
            )
            text += f" ({' to '.join(ends)})"
        return f"{text}, {self.status}"


@dataclass(frozen=True)
class Cost:
    """What a run cost, figure by figure.

    Attributes
    ----------
    updates_per_second, flips_per_second
        Of the whole machine, simulated. The interval of p-bits that time themselves is
        that of a Poisson count (updates are one, flips nearly); clocks do not scatter.
    utilisation
        Share of the p-bits' nominal updates that were made: clamped p-bits make none.
        Nominal is 1/tau_n a p-bit, so p-bits whose inputs time them (telegraph,
        transistor) may exceed 1: at large inputs, or where levels cross in tau_t.
    groups
        Share of the hardware that works in each phase, by "chip c phase g": the phase's
        p-bits over those of the largest. Empty where p-bits time themselves.
    joules
        By what they are for: "updates", "flips", "static", "links", "memory", and
        "total"; empty where the design has no ``[energy]`` table.
    joules_per_update
        The total over the updates.
    area, transistors
        Of the machine for this circuit, where the design has a ``[size]`` table.
    """

    updates_per_second: Figure
    flips_per_second: Figure
    utilisation: Figure
    groups: Mapping[str, Figure]
    joules: Mapping[str, Figure]
    joules_per_update: Figure | None
    area: Figure | None
    transistors: Figure | None

    def figures(self) -> dict[str, Figure]:
        """Return every figure by name, as in ``joules.total``."""
        found: dict[str, Figure] = {}
        for name, value in vars(self).items():
            if isinstance(value, Figure):
                found[name] = value
            elif value is not None:
                found |= {f"{name}.{key}": figure for key, figure in value.items()}
        return found

    def to_dict(self) -> dict[str, dict[str, Any]]:
        """Return every figure as plain data."""
        return {name: asdict(figure) for name, figure in self.figures().items()}


def cost(
    circuit: PCircuit,
    design: str | os.PathLike[str] | Mapping[str, Any] | Design,
    *,
    updates: int,
    flips: int,
    elapsed: float,
) -> Cost:
    """Return what so many updates and flips in so many seconds cost.

    Parameters
    ----------
    circuit
        What the machine ran.
    design
        The machine's.
    updates, flips
        As a run counts them.
    elapsed
        Simulated seconds, > 0.

    Raises
    ------
    DesignError
        If the design breaks a rule or does not fit the circuit.
    TypeError, ValueError
        If another argument breaks its rule.

    Examples
    --------
    >>> import pbit
    >>> pair = pbit.IsingModel({(0, 1): 1.0})
    >>> table = {"name": "x", "device": {"kind": "ideal", "tau_n": 1e-9},
    ...          "energy": {"per_update": "20 fJ", "uncertainty": 0.5}}
    >>> print(cost(pair, table, updates=1000, flips=10, elapsed=5e-7).joules["total"])
    20 pJ (10 pJ to 30 pJ), unknown
    """
    check_count("updates", updates, 0)
    check_count("flips", flips, 0)
    if not (math.isfinite(elapsed) and elapsed > 0):
        msg = f"elapsed must be a time > 0, not {elapsed}"
        raise ValueError(msg)
    chosen = load_design(design)
    timing = make_timing(circuit, chosen)
    clocked = timing.updates == TICKS and timing.probability == 1.0
    used, groups = _utilisation(circuit, chosen, updates, elapsed)
    joules = _joules(circuit, chosen, updates, flips, elapsed)
    each = None
    if joules and updates:
        each = _scaled(joules["total"], 1 / updates)
    return Cost(
        _rate(updates, elapsed, clocked),
        _rate(flips, elapsed, False),
        used,
        groups,
        joules,
        each,
        _size(circuit, chosen, "area", "m^2"),
        _size(circuit, chosen, "transistors", ""),
    )


def _rate(count: int, elapsed: float, exact: bool) -> Figure:
    half = 0.0 if exact else SIGMAS * math.sqrt(count)
    ends = (max(count - half, 0.0) / elapsed, (count + half) / elapsed)
    return Figure(count / elapsed, *ends, "Hz", "simulated", SIMULATED)


def _utilisation(
    circuit: PCircuit, design: Design, updates: int, elapsed: float
) -> tuple[Figure, dict[str, Figure]]:
    """Return the share of nominal updates made, and that of p-bits busy by phase."""
    timing = make_timing(circuit, design)
    groups: dict[str, Figure] = {}
    if timing.updates != TICKS:
        tau = np.broadcast_to(timing.tau, circuit.n)
        nominal = float((1 / tau).sum())
    else:
        sizes = np.diff(timing.group_ptr) * timing.probability
        nominal = 0.0
        for chip, period in enumerate(np.atleast_1d(timing.periods).tolist()):
            own = sizes[timing.clock_ptr[chip] : timing.clock_ptr[chip + 1]]
            nominal += float(own.sum()) / (own.size * period)
            for phase, size in enumerate(own.tolist()):
                share = size / float(own.max()) * timing.probability
                groups[f"chip {chip} phase {phase}"] = _said(
                    share, 0.0, "", "design", "fabric"
                )
    share = updates / (nominal * elapsed)
    half = (
        0.0
        if timing.updates == TICKS
        else SIGMAS * math.sqrt(updates) / (nominal * elapsed)
    )
    ends = (max(share - half, 0.0), share + half)
    return Figure(share, *ends, "", "simulated", SIMULATED), groups


def _joules(
    circuit: PCircuit, design: Design, updates: int, flips: int, elapsed: float
) -> dict[str, Figure]:
    """Return joules by what they are for."""
    energy = design.energy
    if energy is None:
        return {}
    parts = {
        "updates": energy.per_update * updates,
        "flips": energy.per_flip * flips,
        "static": energy.static_power * elapsed,
        "links": energy.per_link_bit * _link_bits(circuit, design) * elapsed,
        "memory": energy.per_memory_bit * _bits_an_update(circuit, design) * updates,
    }
    parts["total"] = sum(parts.values())
    return {
        name: _said(value, energy.uncertainty, "J", energy.status, energy.source)
        for name, value in parts.items()
    }


def _link_bits(circuit: PCircuit, design: Design) -> float:
    """Return the bits a second that all links carry."""
    links = make_links(circuit, design.chips)
    if not links.period.size:
        return 0.0
    return float((np.diff(links.first_copy) / links.period).sum())


def _bits_an_update(circuit: PCircuit, design: Design) -> float:
    """Return the bits of weights and bias that an update reads, on average over p-bits."""
    fixed = design.limits.fixed_point if design.limits is not None else None
    return 0.0 if fixed is None else fixed.bits * (circuit.n_edges / circuit.n + 1)


def _size(circuit: PCircuit, design: Design, what: str, unit: str) -> Figure | None:
    size = design.size
    total = size.total(what, circuit.n, circuit.n_edges + circuit.n) if size else None
    if size is None or total is None:
        return None
    return _said(total, size.uncertainty, unit, size.status, size.source)


def _said(
    value: float, relative: float, unit: str, status: str | None, source: str
) -> Figure:
    ends = (max(value * (1 - relative), 0.0), value * (1 + relative))
    return Figure(value, *ends, unit, status or "unknown", source)


def _scaled(figure: Figure, factor: float) -> Figure:
    ends = (figure.low * factor, figure.high * factor)
    return Figure(
        figure.value * factor, *ends, figure.unit, figure.status, figure.source
    )

"""Cost: joules an update, an independent sample and a solution; power, area, transistors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from hardware import costs
from hardware.costs import Figure
from hardware.design import Design
from hardware.evaluation.figures import plain_table, times
from hardware.evaluation.speed import Counts, Speed
from hardware.evaluation.workload import Workload


@dataclass(frozen=True)
class Costs:
    """What a machine spends on one circuit; what its design does not say is left out.

    Attributes
    ----------
    power
        Watts by what they are for: "updates", "flips", "static", "links", "memory" and
        "total".
    joules_per_update, joules_per_flip
        The total over the updates, and over the flips.
    joules_per_sample
        Of an independent sample: the power times the autocorrelation time.
    joules_to_solution
        The power times the time to solution; infinite where that is.
    utilisation
        Share of the p-bits' nominal updates that were made.
    groups
        Share of the hardware that works in each clock phase.
    area, transistors
        Of a machine for this circuit.
    missing
        What the design says nothing of, and which figures that leaves out.
    """

    power: Mapping[str, Figure]
    joules_per_update: Figure | None
    joules_per_flip: Figure | None
    joules_per_sample: Figure | None
    joules_to_solution: Figure | None
    utilisation: Figure
    groups: Mapping[str, Figure]
    area: Figure | None
    transistors: Figure | None
    missing: tuple[str, ...] = field(default=())

    def figures(self) -> dict[str, Figure]:
        """Return every figure by name, as in ``power.total``."""
        found: dict[str, Figure] = {}
        for name, value in vars(self).items():
            if isinstance(value, Figure):
                found[name] = value
            elif isinstance(value, Mapping):
                found |= {f"{name}.{key}": figure for key, figure in value.items()}
        return found

    def to_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "figures": plain_table(self.figures()),
            "missing": list(self.missing),
        }


def price(workload: Workload, design: Design, counts: Counts, speed: Speed) -> Costs:
    """Return what the runs behind a speed cost.

    Parameters
    ----------
    workload, design
        What was run, on what.
    counts
        Updates, flips and seconds of it.
    speed
        As measured.
    """
    run = costs.cost(
        workload.circuit,
        design,
        updates=counts.updates,
        flips=counts.flips,
        elapsed=counts.elapsed,
    )
    watts = {
        name: _per(figure, counts.elapsed, "W") for name, figure in run.joules.items()
    }
    total = run.joules.get("total")
    sample = solution = flip = None
    if total is not None:
        power = watts["total"]
        if speed.autocorrelation_time is not None:
            sample = times(power, speed.autocorrelation_time, "J")
        if speed.time_to_solution is not None:
            solution = times(power, speed.time_to_solution, "J")
        if counts.flips:
            flip = _per(total, counts.flips, "J")
    return Costs(
        watts,
        run.joules_per_update,
        flip,
        sample,
        solution,
        run.utilisation,
        run.groups,
        run.area,
        run.transistors,
        _missing(design, run),
    )


def _per(figure: Figure, amount: float, unit: str) -> Figure:
    ends = (figure.low / amount, figure.high / amount)
    return Figure(figure.value / amount, *ends, unit, figure.status, figure.source)


def _missing(design: Design, run: costs.Cost) -> tuple[str, ...]:
    said = []
    if design.energy is None:
        said.append("energy: the design has no [energy] table, so joules are unknown")
    else:
        silent = [
            key
            for key in ("per_flip", "static_power", "per_memory_bit")
            if getattr(design.energy, key) == 0
        ]
        if design.chips is not None and design.energy.per_link_bit == 0:
            silent.append("per_link_bit")
        if silent:
            said.append(f"energy: {', '.join(silent)} are 0 in the design")
        if design.energy.uncertainty == 0:
            said.append(
                "energy: the design states no uncertainty, so intervals omit it"
            )
    for what, figure in (("area", run.area), ("transistors", run.transistors)):
        if figure is None:
            said.append(f"{what}: the design has no figure for it")
    return tuple(said)

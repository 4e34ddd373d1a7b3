"""What one design does on one workload."""

from __future__ import annotations

import hashlib
import json
import time
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from hardware.costs import Figure
from hardware.design import Design
from hardware.evaluation import notes
from hardware.evaluation.cost import Costs, price
from hardware.evaluation.fidelity import Fidelity, compare
from hardware.evaluation.figures import simulated
from hardware.evaluation.idealisation import causes
from hardware.evaluation.learning import Learning, measure_learning
from hardware.evaluation.runs import occupy
from hardware.evaluation.speed import (
    Counts,
    Speed,
    measure_mixing,
    measure_solving,
    rates,
)
from hardware.evaluation.split import Split, split_by_cause
from hardware.evaluation.workload import Workload
from hardware.fabrics import SpinSerial
from pbit.errors import DesignError


@dataclass(frozen=True)
class Result:
    """One design on one workload.

    Attributes
    ----------
    workload
        Its name.
    excess
        Which limits of the design the circuit is beyond; it ran as if it was not.
    problem
        Why it could not run; empty where it did.
    fidelity, split
        Of exact workloads: how true, and what costs how much of that.
    speed, cost
        How fast, and what is spent.
    learning
        Of learning workloads: what the machine makes of its own training.
    seconds
        Of this computer's clock.
    """

    workload: str
    excess: tuple[str, ...] = ()
    problem: str = ""
    fidelity: Fidelity | None = None
    split: Split | None = None
    speed: Speed | None = None
    cost: Costs | None = None
    learning: Learning | None = None
    seconds: float = 0.0

    def metrics(self, workload: Workload) -> dict[str, Figure]:
        """Return the figures that requirements may be about, by name."""
        found: dict[str, Figure] = {}
        for part in (self.fidelity, self.speed, self.cost, self.learning):
            found |= {} if part is None else part.figures()
        if "power.total" in found:
            found["power"] = found["power.total"]
        if "energy_bias" in found:
            found["energy_bias"] = _magnitude(found["energy_bias"], 0.0)
        if "beta" in found:
            found["beta_error"] = _magnitude(found["beta"], workload.beta)
        return found

    def to_dict(self) -> dict[str, Any]:
        """Return plain data."""
        parts = ("fidelity", "split", "speed", "cost", "learning")
        table: dict[str, Any] = {
            "workload": self.workload,
            "excess": list(self.excess),
            "problem": self.problem or None,
        }
        for name in parts:
            part = getattr(self, name)
            table[name] = None if part is None else part.to_dict()
        return table | {"seconds": self.seconds}


@dataclass(frozen=True)
class Contender:
    """A design that another is held against."""

    design: Design
    results: tuple[Result, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "design": describe(self.design),
            "results": [result.to_dict() for result in self.results],
        }


def run_workload(
    design: Design,
    workload: Workload,
    seed: np.random.SeedSequence,
    *,
    split: bool = True,
) -> Result:
    """Return what a design does on one workload; where it does not fit, why."""
    began = time.perf_counter()
    excess: tuple[str, ...] = ()
    if design.limits is not None:
        excess = tuple(design.limits.excess(workload.n, workload.max_degree))
    try:
        if isinstance(design.fabric, SpinSerial) and design.fabric.replicas > 1:
            msg = (
                f"holds {design.fabric.replicas} replicas of a circuit, and workloads are "
                "one: set it to 1"
            )
            raise DesignError(key="fabric.replicas", message=msg)
        result = _run(design, workload, seed, split)
    except DesignError as error:
        result = Result(workload.name, problem=str(error))
    return replace(result, excess=excess, seconds=time.perf_counter() - began)


def _run(
    design: Design, workload: Workload, seed: np.random.SeedSequence, split: bool
) -> Result:
    if workload.kind == "optimum":
        speed, counts = measure_solving(workload, design, seed)
        cost = price(workload, design, counts, speed)
        return Result(workload.name, speed=speed, cost=cost)
    if workload.kind == "learning":
        learned, counts = measure_learning(workload, design, seed)
        speed = rates(workload, design, counts)
        cost = price(workload, design, counts, speed)
        return Result(workload.name, speed=speed, cost=cost, learning=learned)
    found = occupy(workload, design, seed)
    counts = Counts(found.updates, found.flips, found.elapsed)
    fidelity = compare(workload, found)
    speed = measure_mixing(workload, design, seed, rates(workload, design, counts))
    ladder = None
    if split and causes(design):
        ladder = split_by_cause(workload, design, seed, whole=fidelity)
    cost = price(workload, design, counts, speed)
    return Result(
        workload.name, fidelity=fidelity, split=ladder, speed=speed, cost=cost
    )


def describe(design: Design) -> dict[str, Any]:
    """Return a design as a report shows it: its file, and every entry with its source."""
    table = design.to_dict()
    return {
        "name": design.name,
        "description": design.description,
        "sha256": design_hash(design),
        "file": table,
        "parameters": notes.parameters(design),
    }


def design_hash(design: Design) -> str:
    """Return the hash of a design's content: equal designs have equal ones."""
    text = json.dumps(design.to_dict(), sort_keys=True, default=list)
    return hashlib.sha256(text.encode()).hexdigest()


def _magnitude(figure: Figure, target: float) -> Figure:
    """Return how far a figure is from its target, with an interval of that."""
    low, high = figure.low - target, figure.high - target
    ends = sorted((abs(low), abs(high)))
    if low <= 0 <= high:
        ends[0] = 0.0
    return simulated(abs(figure.value - target), ends[0], ends[1], figure.unit)

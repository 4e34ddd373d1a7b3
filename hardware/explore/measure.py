"""What is measured of a point: figures of an evaluation, or what a function returns."""

from __future__ import annotations

import hashlib
import math
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from hardware.costs import Figure
from hardware.design import Design
from hardware.evaluation.cost import price
from hardware.evaluation.fidelity import compare
from hardware.evaluation.learning import measure_learning
from hardware.evaluation.results import Result
from hardware.evaluation.runs import occupy
from hardware.evaluation.speed import Counts, measure_mixing, measure_solving, rates
from hardware.evaluation.verdict import METRICS
from hardware.evaluation.workload import Workload
from hardware.evaluation.workloads import load_workload
from pbit.checks import check_choice

Value = tuple[float, float, float, str]  # with its interval's ends and its status
Values = dict[str, Value | None]
ENDS = ("", ".low", ".high", ".status")  # of the columns of a metric
Function = Callable[[Design, int], Any]

FIDELITY = ("total_variation", "kl", "beta_error", "energy_bias")
MIXING = ("autocorrelation_time", "samples_per_second", "joules_per_sample")
SOLVING = (
    "time_to_solution",
    "success_probability",
    "residual_energy",
    "joules_to_solution",
)
LEARNING = ("learned_kl",)
ANY = (
    "updates_per_second",
    "flips_per_second",
    "sweeps_per_second",
    "power",
    "joules_per_update",
    "area",
    "transistors",
)
#: Metrics by the kind of workload that has them.
BY_KIND = {
    "exact": FIDELITY + MIXING + ANY,
    "optimum": SOLVING + ANY,
    "learning": LEARNING + ANY,
}
#: What is measured where nothing is asked for.
USUAL = {
    "exact": "total_variation",
    "optimum": "residual_energy",
    "learning": "learned_kl",
}
_GOALS = METRICS | {"learned_kl": ("nat", True)}


class Measure(Protocol):
    """What is measured: names with (unit, whether less is better), and a function."""

    @property
    def goals(self) -> Mapping[str, tuple[str, bool]]:
        """Metric -> (unit, whether less is better)."""

    def identity(self) -> dict[str, Any]:
        """Return plain data that says what is measured, for keys."""

    def __call__(self, design: Design, seed: int) -> Values:
        """Return the figures of a design; None where it has not got one."""


@dataclass(frozen=True)
class OnWorkload:
    """Figures of one workload, as :func:`hardware.evaluation.evaluate` measures them.

    Attributes
    ----------
    workload
        What is run.
    goals
        Metric -> (unit, whether less is better).
    """

    workload: Workload
    goals: Mapping[str, tuple[str, bool]]

    def identity(self) -> dict[str, Any]:
        """Return the metrics and what the workload is, but for where it comes from."""
        table = self.workload.to_dict()
        table.pop("source")
        if self.workload.target is not None:
            target = np.asarray(self.workload.target, "<f8").tobytes()
            table["target"] = hashlib.sha256(target).hexdigest()
        return {"metrics": sorted(self.goals), "workload": table}

    def __call__(self, design: Design, seed: int) -> Values:
        """Measure no more than the metrics need."""
        _freeze(self.workload)
        found = self._run(design, np.random.SeedSequence(seed)).metrics(self.workload)
        return {name: _value(found.get(name)) for name in self.goals}

    def _run(self, design: Design, seed: np.random.SeedSequence) -> Result:
        workload = self.workload
        fidelity = learning = None
        if workload.kind == "optimum":
            speed, counts = measure_solving(workload, design, seed)
        elif workload.kind == "learning":
            learning, counts = measure_learning(workload, design, seed)
            speed = rates(workload, design, counts)
        else:
            laws = occupy(workload, design, seed)
            counts = Counts(laws.updates, laws.flips, laws.elapsed)
            speed = rates(workload, design, counts)
            if self._asks(FIDELITY):
                fidelity = compare(workload, laws)
            if self._asks(MIXING):
                speed = measure_mixing(workload, design, seed, speed)
        return Result(
            workload.name,
            fidelity=fidelity,
            speed=speed,
            cost=price(workload, design, counts, speed),
            learning=learning,
        )

    def _asks(self, names: Iterable[str]) -> bool:
        return any(name in self.goals for name in names)


@dataclass(frozen=True)
class Called:
    """A function ``(design, seed) -> {name: value}``, which other processes import by name.

    Attributes
    ----------
    function
        Returns a number for every name, a (value, low, high), a Figure, or None.
    goals
        Name -> (unit, whether less is better).
    """

    function: Function
    goals: Mapping[str, tuple[str, bool]]

    def identity(self) -> dict[str, Any]:
        """Return where the function is found; what it does is its author's to name."""
        name = f"{_module(self.function)}.{self.function.__qualname__}"
        return {"metrics": sorted(self.goals), "function": name}

    def __call__(self, design: Design, seed: int) -> Values:
        """Call it and check what it returns."""
        found = self.function(design, seed)
        if not isinstance(found, Mapping) or set(found) != set(self.goals):
            msg = (
                f"{self.function.__qualname__} must return a mapping with the keys "
                f"{', '.join(self.goals)}, not {found!r}"
            )
            raise TypeError(msg)
        return {name: _value(found[name]) for name in self.goals}


def read_measure(
    metric: str | Iterable[str] | Function | None,
    workload: Any,
    goals: Mapping[str, tuple[str, bool]] | None,
) -> Measure:
    """Return what is measured from what :func:`hardware.explore.explore` is given.

    Raises
    ------
    TypeError, ValueError
        If a metric is unknown, the workload has none of that name, a function cannot be
        imported by name, or its goals are missing.
    """
    if callable(metric):
        return _read_function(metric, workload, goals)
    if goals is not None:
        msg = "goals must be left out where metrics are given by name"
        raise ValueError(msg)
    if workload is None:
        msg = "workload must be given, unless metric is a function"
        raise ValueError(msg)
    chosen = load_workload(workload)
    names = [USUAL[chosen.kind]] if metric is None else metric
    names = [names] if isinstance(names, str) else list(names)
    if not names:
        msg = "metric must be one name at least, not none"
        raise ValueError(msg)
    for name in names:
        check_choice("metric", name, _GOALS)
        if name not in BY_KIND[chosen.kind]:
            msg = (
                f"metric {name!r} is not measured on {chosen.name!r}, a workload of kind "
                f"{chosen.kind!r}: {', '.join(BY_KIND[chosen.kind])} are"
            )
            raise ValueError(msg)
    return OnWorkload(chosen, {name: _GOALS[name] for name in names})


def _read_function(
    function: Function, workload: Any, goals: Mapping[str, tuple[str, bool]] | None
) -> Called:
    if workload is not None:
        msg = "workload must be left out where metric is a function: it runs its own"
        raise ValueError(msg)
    name = getattr(function, "__qualname__", None)
    if name is None or "<" in name:
        msg = f"metric must be a function of a module, found by its name, not {function!r}"
        raise TypeError(msg)
    if not goals:
        msg = (
            "goals must say what a function measures: {name: (unit, less is better)}, "
            f"not {goals!r}"
        )
        raise ValueError(msg)
    read = {str(key): (str(unit), bool(less)) for key, (unit, less) in goals.items()}
    return Called(function, read)


def _module(function: Function) -> str:
    """Return a function's module by the name that others import it by, if it has one."""
    if function.__module__ != "__main__":
        return function.__module__
    main = sys.modules["__main__"]
    if main.__spec__ is not None:  # started by python -m
        return main.__spec__.name
    return Path(getattr(main, "__file__", "__main__")).stem


def _value(found: Any) -> Value | None:
    """Return a figure's value, ends and status; nan is None."""
    if found is None:
        return None
    status = "simulated"
    if isinstance(found, Figure):
        triple = (found.value, found.low, found.high)
        status = found.status
    elif isinstance(found, tuple):
        triple = found
    else:
        triple = (found, found, found)
    value, low, high = (float(number) for number in triple)
    return None if math.isnan(value) else (value, low, high, status)


def _freeze(workload: Workload) -> None:
    """Make arrays read-only again, which sending forgets: kernels are compiled for such."""
    weights = workload.circuit.weights
    for array in (weights.data, weights.indices, weights.indptr, workload.circuit.h):
        array.flags.writeable = False

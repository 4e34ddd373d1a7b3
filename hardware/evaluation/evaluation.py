"""An evaluation: a design on workloads, held against others, with a verdict."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from hardware.costs import Figure
from hardware.design import Design, load_design
from hardware.evaluation import notes
from hardware.evaluation.baselines import Baseline, measure_baseline
from hardware.evaluation.cost import Costs, price
from hardware.evaluation.fidelity import Fidelity, compare
from hardware.evaluation.figures import plain_number, plain_seed, seeds, simulated
from hardware.evaluation.learning import Learning, measure_learning
from hardware.evaluation.runs import occupy
from hardware.evaluation.scaling import Scaling, scale
from hardware.evaluation.speed import (
    Counts,
    Speed,
    measure_mixing,
    measure_solving,
    rates,
)
from hardware.evaluation.split import Split, causes, split_by_cause
from hardware.evaluation.verdict import (
    Finding,
    Requirement,
    Verdict,
    find,
    holds,
    judge,
    lacking,
    read_requirements,
)
from hardware.evaluation.workloads import Workload, gather
from hardware.fabrics import SpinSerial
from pbit.errors import DesignError
from pbit.random import RandomState

FORMAT = "pbitlab-evaluation"
VERSION = 1
Report = Callable[[int, int], None]
AnyDesign = str | os.PathLike[str] | Mapping[str, Any] | Design
AnyWorkload = str | os.PathLike[str] | Mapping[str, Any] | Workload


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


@dataclass(frozen=True, eq=False)
class Evaluation:
    """What a designer leaves with, as data; reports draw it.

    Attributes
    ----------
    design
        What was evaluated.
    workloads
        On what.
    verdict
        Whether it does what is required.
    results
        One a workload, in their order.
    against
        Other designs on the same workloads.
    baselines
        This computer on them.
    scaling
        The design at other sizes.
    info
        How it was made: version, seed, host, seconds.
    sensitivity, pareto, yields
        What an exploration found, as plain data; None where there was none.
    """

    design: Design
    workloads: tuple[Workload, ...]
    verdict: Verdict
    results: tuple[Result, ...]
    against: tuple[Contender, ...] = ()
    baselines: tuple[Baseline, ...] = ()
    scaling: Scaling | None = None
    info: Mapping[str, Any] = field(default_factory=dict)
    sensitivity: Mapping[str, Any] | None = None
    pareto: Mapping[str, Any] | None = None
    yields: Mapping[str, Any] | None = None

    def result(self, workload: str) -> Result:
        """Return the result on a workload by its name.

        Raises
        ------
        KeyError
            If there is none.
        """
        for result in self.results:
            if result.workload == workload:
                return result
        msg = f"no workload {workload!r}; there are {[w.name for w in self.workloads]}"
        raise KeyError(msg)

    def to_dict(self) -> dict[str, Any]:
        """Return plain data that follows the schema of :func:`report_schema`."""
        return {
            "format": FORMAT,
            "version": VERSION,
            "verdict": self.verdict.to_dict(),
            "design": describe(self.design),
            "workloads": [workload.to_dict() for workload in self.workloads],
            "results": [result.to_dict() for result in self.results],
            "against": [contender.to_dict() for contender in self.against],
            "baselines": [baseline.to_dict() for baseline in self.baselines],
            "scaling": None if self.scaling is None else self.scaling.to_dict(),
            "sensitivity": _plain(self.sensitivity),
            "pareto": _plain(self.pareto),
            "yield": _plain(self.yields),
            "timing": notes.loop(self.design),
            "limits": {
                "not_modelled": notes.not_modelled(self.design),
                "assumed": notes.assumed(self.design),
                "missing": sorted(
                    {line for r in self.results if r.cost for line in r.cost.missing}
                ),
                "problems": [
                    f"{r.workload}: {r.problem}" for r in self.results if r.problem
                ],
                "intervals": "95 %; of simulated figures they are of chance alone",
            },
            "reproduce": dict(self.info),
        }

    def to_json(self) -> str:
        """Return :meth:`to_dict` as JSON text."""
        return json.dumps(self.to_dict(), indent=1, allow_nan=False) + "\n"


def evaluate(
    design: AnyDesign,
    workloads: AnyWorkload | Iterable[AnyWorkload] = "quick",
    against: Iterable[AnyDesign] = (),
    *,
    requirements: Iterable[Requirement] | Mapping[str, Any] | None = None,
    split: bool = True,
    baselines: bool = True,
    rng: RandomState = None,
    progress: bool | Report = False,
) -> Evaluation:
    """Evaluate a design: how true, how fast, at what cost, against what.

    Parameters
    ----------
    design
        As :func:`hardware.load_design` takes it.
    workloads
        The name of a suite ("quick", "full"), or workloads: names, files, tables or
        :class:`Workload` objects, one or several.
    against
        Designs to hold it against, on the same workloads; they are not split by cause.
    requirements
        What the design has to do, as {metric: limit} or Requirements; see
        `verdict.METRICS`. By default no event's probability may be off by more than
        0.05, and one annealing run in a hundred has to find the optimum.
    split
        Whether to measure what each non-ideality costs.
    baselines
        Whether to time this computer on the workloads. Its figures are measured with a
        clock and differ from call to call; nothing else does, but for `seconds`.
    rng
        Seed. What is measured of a workload depends on it and on that workload alone.
    progress
        True for a bar on standard error, or a function called with the steps done and
        their number.

    Returns
    -------
    Evaluation
        Its `verdict`, its `results` and :meth:`~Evaluation.to_dict`.

    Raises
    ------
    DesignError, ParseError
        If a design breaks a rule.
    TypeError, ValueError
        If another argument does.

    Examples
    --------
    >>> found = evaluate("ideal-sequential", "pair", baselines=False, rng=1)
    >>> found.verdict.status
    'meets'
    """
    began = time.perf_counter()
    chosen = load_design(design)
    chosen_workloads = gather(workloads)
    others = [load_design(other) for other in _several(against)]
    asked = read_requirements(requirements)
    seed = seeds(rng)
    total = len(chosen_workloads) * (1 + len(others) + baselines)
    with _steps(progress, total) as step:
        results = []
        for workload in chosen_workloads:
            results.append(run_workload(chosen, workload, seed, split=split))
            step()
        contenders = []
        for other in others:
            rows = []
            for workload in chosen_workloads:
                rows.append(run_workload(other, workload, seed, split=False))
                step()
            contenders.append(Contender(other, tuple(rows)))
        timed = []
        for workload in chosen_workloads if baselines else ():
            timed.append(measure_baseline(workload, seed))
            step()
    return Evaluation(
        chosen,
        tuple(chosen_workloads),
        _verdict(chosen_workloads, results, asked),
        tuple(results),
        tuple(contenders),
        tuple(timed),
        scale(chosen),
        _info(chosen, workloads, seed, time.perf_counter() - began),
    )


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


def _verdict(
    workloads: Iterable[Workload],
    results: Iterable[Result],
    requirements: tuple[Requirement, ...],
) -> Verdict:
    findings: list[Finding] = []
    judged: set[int] = set()
    for workload, result in zip(workloads, results, strict=True):
        if result.problem:
            findings.append(holds(workload.name, [result.problem]))
            continue
        findings.append(holds(workload.name, result.excess))
        metrics = result.metrics(workload)
        for k, requirement in enumerate(requirements):
            if requirement.workload not in ("", workload.name):
                continue
            if requirement.metric in metrics:
                figure = metrics[requirement.metric]
                found = find(requirement, workload.name, figure)
                findings.append(replace(found, reason=_doubt(requirement, result)))
                judged.add(k)
            elif requirement.workload:
                reason = "this workload has no such figure"
                findings.append(lacking(requirement, workload.name, reason))
                judged.add(k)
    explicit = [r for k, r in enumerate(requirements) if k not in judged]
    for requirement in explicit:
        if requirements is not read_requirements(None):
            reason = "no workload has this figure"
            findings.append(lacking(requirement, requirement.workload, reason))
    return judge(findings)


def _doubt(requirement: Requirement, result: Result) -> str:
    """Return what has to be said beside a finding."""
    about_law = requirement.metric in (
        "total_variation",
        "kl",
        "beta_error",
        "energy_bias",
    )
    if about_law and result.fidelity is not None and not result.fidelity.mixed:
        return "machines do not agree with each other: they have not forgotten their starts"
    timed = requirement.metric in ("time_to_solution", "joules_to_solution")
    if timed and result.speed is not None and result.speed.at_end:
        return "the best run length is the last one tried: others may be better"
    return ""


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


def _several(designs: Any) -> list[AnyDesign]:
    if isinstance(designs, str | os.PathLike | Mapping | Design):
        return [designs]
    return list(designs)


def _plain(table: Any) -> Any:
    """Return plain data with what JSON has no number for made null."""
    if isinstance(table, Mapping):
        return {str(key): _plain(value) for key, value in table.items()}
    if isinstance(table, list | tuple):
        return [_plain(value) for value in table]
    return plain_number(table)


def _info(
    design: Design, workloads: Any, seed: np.random.SeedSequence, seconds: float
) -> dict[str, Any]:
    import numba

    from pbit import __version__

    given = [workloads] if isinstance(workloads, str | Workload) else workloads
    words = ["pbit", "evaluate", design.name]
    for workload in given if isinstance(given, list | tuple) else ():
        name = workload.name if isinstance(workload, Workload) else str(workload)
        words += ["--workload", name]
    if isinstance(seed.entropy, int) and not seed.spawn_key:
        words += ["--rng", str(seed.entropy)]
    return {
        "command": " ".join(words),
        "seed": plain_seed(seed),
        "design_sha256": design_hash(design),
        "software": {
            "pbitlab": __version__,
            "numpy": np.__version__,
            "numba": numba.__version__,
            "python": platform.python_version(),
        },
        "host": {
            "machine": platform.machine(),
            "processor": _processor(),
            "cores": os.cpu_count(),
        },
        "seconds": seconds,
    }


def _processor() -> str:
    try:
        with open("/proc/cpuinfo") as stream:  # noqa: PTH123 - a kernel's table
            names = [line for line in stream if line.startswith("model name")]
    except OSError:
        names = []
    return names[0].partition(":")[2].strip() if names else platform.processor()


@contextmanager
def _steps(progress: bool | Report, total: int) -> Any:
    """Give a function that says that a step is over."""
    from hardware.pieces import reporting

    done = 0
    with reporting(progress) as report:

        def step() -> None:
            nonlocal done
            done += 1
            if report is not None:
                report(done, total)

        yield step

"""An evaluation: a design on workloads, held against others, with a verdict."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from hardware.design import Design, load_design
from hardware.evaluation import notes
from hardware.evaluation.baselines import Baseline, measure_baseline
from hardware.evaluation.figures import plain_number, seeds
from hardware.evaluation.judging import judge_results
from hardware.evaluation.reproduce import reproduce
from hardware.evaluation.results import (
    Contender,
    Result,
    describe,
    design_hash,
    run_workload,
)
from hardware.evaluation.scaling import Scaling, scale
from hardware.evaluation.verdict import (
    Requirement,
    Verdict,
    read_requirements,
)
from hardware.evaluation.workload import Workload
from hardware.evaluation.workloads import gather
from pbit.progress import Progress, reporting
from pbit.random import RandomState

FORMAT = "pbitlab-evaluation"
VERSION = 1
AnyDesign = str | os.PathLike[str] | Mapping[str, Any] | Design
AnyWorkload = str | os.PathLike[str] | Mapping[str, Any] | Workload


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
    progress: Progress = False,
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
        judge_results(chosen_workloads, results, asked),
        tuple(results),
        tuple(contenders),
        tuple(timed),
        scale(chosen),
        reproduce(chosen, workloads, seed, time.perf_counter() - began),
    )


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


@contextmanager
def _steps(progress: Progress, total: int) -> Iterator[Callable[[], None]]:
    """Give a function that says that a step is over."""
    done = 0
    with reporting(progress, total, "step") as report:

        def step() -> None:
            nonlocal done
            done += 1
            report(done, total)

        yield step


__all__ = [
    "FORMAT",
    "VERSION",
    "Contender",
    "Evaluation",
    "Result",
    "describe",
    "design_hash",
    "evaluate",
    "run_workload",
]

"""From results and requirements to a verdict."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace

from hardware.evaluation.results import Result
from hardware.evaluation.verdict import (
    DEFAULT,
    Finding,
    Requirement,
    Verdict,
    find,
    holds,
    judge,
    lacking,
)
from hardware.evaluation.workload import Workload


def judge_results(
    workloads: Iterable[Workload],
    results: Iterable[Result],
    requirements: tuple[Requirement, ...],
) -> Verdict:
    """Return the verdict on a design: what is required of it, and what it declares.

    A workload beyond the declared limits, or one that could not run, fails. What nobody
    measured is undecided.
    """
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
                if doubt := _doubt(requirement, result):  # then no chance can be given
                    found = replace(found, reason=doubt, confidence=math.nan)
                findings.append(found)
                judged.add(k)
            elif requirement.workload:
                reason = "this workload has no such figure"
                findings.append(lacking(requirement, workload.name, reason))
                judged.add(k)
    if requirements is not DEFAULT:  # what was asked for has to be answered
        reason = "no workload has this figure"
        findings += [
            lacking(requirement, requirement.workload, reason)
            for k, requirement in enumerate(requirements)
            if k not in judged
        ]
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

"""What a designer should look at first, in sentences, from what was measured."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from hardware.evaluation.report import words

Table = Mapping[str, Any]
STALE = 0.1  # of the time between updates: states that old cost about that in fidelity


def advice(table: Table) -> list[str]:
    """Return what stands out in an evaluation's plain data; empty where nothing does."""
    return [*_unfit(table), *_causes(table), *_old_states(table), *_unsolved(table)]


def headline(table: Table) -> str:
    """Return the verdict in one sentence."""
    findings = table["verdict"]["findings"]
    counts = {
        status: sum(finding["status"] == status for finding in findings)
        for status in ("meets", "fails", "undecided")
    }
    total = len(findings)
    if not total:
        return "Nothing was required."
    if counts["meets"] == total:
        return f"All {total} requirements are met."
    said = f"{counts['meets']} of {total} requirements are met"
    if counts["fails"]:
        said += f", {counts['fails']} not"
    if counts["undecided"]:
        said += f", {counts['undecided']} cannot be decided from what was run"
    return f"{said}."


def quoted(name: str) -> str:
    """Return a workload's name as a sentence shows it: "and" is one."""
    return f"“{name}”"


def _unfit(table: Table) -> Iterator[str]:
    for result in table["results"]:
        if result["problem"]:
            yield f"{quoted(result['workload'])} could not run: {result['problem']}."
        elif result["excess"]:
            over = "; ".join(result["excess"])
            name = quoted(result["workload"])
            yield f"{name} is beyond what the design declares to hold: {over}."


def _causes(table: Table) -> Iterator[str]:
    failed = {
        finding["workload"]
        for finding in table["verdict"]["findings"]
        if finding["status"] != "meets"
    }
    for result in table["results"]:
        fidelity, split = result["fidelity"], result["split"]
        if fidelity is None:
            continue
        name = result["workload"]
        if not fidelity["mixed"]:
            yield (
                f"On {quoted(name)} the runs do not agree with one another: the machine stayed "
                "where it was, or each one has a law of its own. Its distance from "
                "Boltzmann depends on the start and the length of the run."
            )
        if name in failed and split is not None and split["dominant"]:
            worst = split["dominant"]
            alone = split["brings"].get(worst)
            if alone is None or alone["low"] is None or alone["low"] <= 0:
                continue  # chance could have done it
            yield (
                f"On {quoted(name)} change the {words.cause(worst)} first: alone it brings "
                f"{words.value(alone)} of total variation "
                f"(95 %: {words.interval(alone)}); all together make {_whole(fidelity)}."
            )


def _whole(fidelity: Table) -> str:
    return words.value(fidelity["figures"].get("total_variation"))


def _old_states(table: Table) -> Iterator[str]:
    ratio = table["timing"]["ratio"]
    if ratio is not None and ratio > STALE:
        yield (
            f"States that p-bits read are {words.amount(ratio)} times as old as the time "
            "between updates: a faster synapse, or slower p-bits, would make samples truer."
        )


def _unsolved(table: Table) -> Iterator[str]:
    for result in table["results"]:
        speed = result["speed"]
        if speed is not None and speed["curve"]:
            runs = sum(row["runs"] for row in speed["curve"])
            if not any(row["successes"] for row in speed["curve"]):
                yield f"None of {runs} runs solved {quoted(result['workload'])}."

"""Designs side by side: the figures that decide, workload by workload."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hardware.evaluation.report import words
from hardware.evaluation.report.tables import cells

Table = Mapping[str, Any]
FORMAT = "pbitlab-comparison"
#: What decides between designs, and in which part of a result it is.
DECIDING = (
    ("fidelity", "total_variation"),
    ("fidelity", "kl"),
    ("fidelity", "beta"),
    ("speed", "updates_per_second"),
    ("speed", "samples_per_second"),
    ("speed", "success_probability"),
    ("speed", "time_to_solution"),
    ("speed", "residual_energy"),
    ("learning", "learned_kl"),
    ("cost", "power.total"),
    ("cost", "joules_per_update"),
    ("cost", "joules_per_sample"),
    ("cost", "joules_to_solution"),
    ("cost", "area"),
    ("cost", "transistors"),
)


@dataclass(frozen=True)
class Row:
    """One figure of all designs on one workload.

    Attributes
    ----------
    workload, name
        Which.
    figures
        One a column, as plain data; None where a design has no such figure.
    """

    workload: str
    name: str
    figures: tuple[Table | None, ...]

    @property
    def label(self) -> str:
        """What a reader calls the figure."""
        return words.label(self.name)


@dataclass(frozen=True)
class Comparison:
    """Several designs on the workloads that they share.

    Attributes
    ----------
    columns
        Names of the designs.
    verdicts
        "meets", "fails" or "undecided", one a column; empty where none was passed.
    rows
        The figures that decide.
    notes
        What makes the columns harder to compare.
    """

    columns: tuple[str, ...]
    verdicts: tuple[str, ...]
    rows: tuple[Row, ...]
    notes: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "format": FORMAT,
            "columns": list(self.columns),
            "verdicts": list(self.verdicts),
            "rows": [
                {"workload": r.workload, "figure": r.name, "figures": list(r.figures)}
                for r in self.rows
            ],
            "notes": list(self.notes),
        }

    def to_csv(self) -> str:
        """Return one line a figure and design."""
        buffer = io.StringIO()
        writer = csv.writer(buffer, lineterminator="\n")
        head = ("value", "low", "high", "unit", "status", "source")
        writer.writerow(["workload", "figure", "design", *head])
        for row in self.rows:
            for column, figure in zip(self.columns, row.figures, strict=True):
                if figure is not None:
                    writer.writerow([row.workload, row.name, column, *cells(figure)])
        return buffer.getvalue()


def compare(reports: Sequence[Table]) -> Comparison:
    """Put evaluations side by side.

    Parameters
    ----------
    reports
        Plain data of evaluations, one at least. Workloads are the same where their
        hashes are; those that one of the evaluations lacks are left out, and a note
        says so.

    Raises
    ------
    ValueError
        If there is no evaluation, or the evaluations share no workload.

    Examples
    --------
    >>> from hardware.evaluation import evaluate
    >>> found = evaluate("ideal-sequential", "pair", baselines=False, rng=1).to_dict()
    >>> compare([found, found]).columns
    ('ideal-sequential', 'ideal-sequential (2)')
    """
    if not reports:
        msg = "reports must be one at least, not none"
        raise ValueError(msg)
    columns: dict[str, Table] = {}
    for report in reports:
        name, k = report["design"]["name"], 1
        while _numbered(name, k) in columns:
            k += 1
        columns[_numbered(name, k)] = report
    hashes = [
        {work["name"]: work["sha256"] for work in report["workloads"]}
        for report in reports
    ]
    every = list(dict.fromkeys(name for table in hashes for name in table))
    shared = [name for name in every if len({table.get(name) for table in hashes}) == 1]
    if not shared:
        msg = f"reports must share a workload; theirs are {', '.join(every)}"
        raise ValueError(msg)
    results = {name: list(report["results"]) for name, report in columns.items()}
    verdicts = tuple(report["verdict"]["status"] for report in reports)
    rows = deciding_rows(shared, results)
    return Comparison(tuple(columns), verdicts, rows, _notes(reports, every, shared))


def deciding_rows(
    workloads: Sequence[str], results: Mapping[str, Sequence[Table]]
) -> tuple[Row, ...]:
    """Return the deciding figures that one design at least has.

    Parameters
    ----------
    workloads
        Names of those to show.
    results
        Design -> its results as plain data.
    """
    rows = []
    for workload in workloads:
        found = [
            next((r for r in several if r["workload"] == workload), None)
            for several in results.values()
        ]
        for part, name in DECIDING:
            figures = tuple(_figure(result, part, name) for result in found)
            if any(figure is not None for figure in figures):
                rows.append(Row(workload, name, figures))
    return tuple(rows)


def _figure(result: Table | None, part: str, name: str) -> Table | None:
    if result is None or result.get(part) is None:
        return None
    figure: Table | None = result[part]["figures"].get(name)
    return figure


def _numbered(name: str, k: int) -> str:
    return name if k == 1 else f"{name} ({k})"


def _notes(
    reports: Sequence[Table], every: Sequence[str], shared: Sequence[str]
) -> tuple[str, ...]:
    said = []
    missing = [name for name in every if name not in shared]
    if missing:
        said.append(f"left out, as not all have the same: {', '.join(missing)}")
    versions = {report["reproduce"]["software"].get("pbitlab") for report in reports}
    if len(versions) > 1:
        said.append(
            f"made by several versions: {', '.join(sorted(map(str, versions)))}"
        )
    seeds = {str(report["reproduce"]["seed"]) for report in reports}
    if len(seeds) > 1:
        said.append("the seeds differ, so the machines differ by chance, too")
    return tuple(said)

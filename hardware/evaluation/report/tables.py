"""The tables of a report as CSV files: every number with unit, interval, status and source."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

Table = Mapping[str, Any]
FIGURE = ("value", "low", "high", "unit", "status", "source")


def csv_files(table: Table) -> dict[str, str]:
    """Return the CSV files of an evaluation's plain data, by name.

    Cells are empty where a number is infinite or undefined.
    """
    finding = (
        *("text", "workload", "status", "limit", "margin", "confidence", "reason"),
        *FIGURE[:4],
    )
    split = ("design", "workload", "cause", "variant", "metric", *FIGURE)
    curve = ("seconds", "runs", "successes", "residual_energy")
    point = ("varied", "pbits", "degree", "figure", *FIGURE)
    files = {
        "verdict.csv": _text(finding, _findings(table)),
        "figures.csv": _text(
            ("design", "workload", "part", "figure", *FIGURE), _figures(table)
        ),
        "split.csv": _text(split, _splits(table)),
        "solving.csv": _text(("design", "workload", *curve), _curves(table, curve)),
        "scaling.csv": _text(point, _points(table)),
        "parameters.csv": _text(
            ("design", "name", "value", "unit", "status", "source"), _entries(table)
        ),
    }
    # A header without rows would say that something was measured.
    return {name: text for name, text in files.items() if text.count("\n") > 1}


def _text(header: Iterable[str], rows: Iterable[Iterable[Any]]) -> str:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(list(header))
    writer.writerows(rows)
    return buffer.getvalue()


def cells(figure: Table | None) -> list[Any]:
    """Return a figure's cells, in the order of `FIGURE`."""
    return [None if figure is None else figure[key] for key in FIGURE]


def _findings(table: Table) -> Iterator[list[Any]]:
    keys = ("text", "workload", "status", "limit", "margin", "confidence", "reason")
    for finding in table["verdict"]["findings"]:
        yield [finding[key] for key in keys] + cells(finding["figure"])[:4]


def figure_rows(table: Table) -> Iterator[tuple[str, str, str, str, Table]]:
    """Give every figure: whose, on which workload, of which part, called what."""
    for name, results in _results(table):
        for result in results:
            for part in ("fidelity", "speed", "cost", "learning"):
                found = result[part] or {"figures": {}}
                for key, figure in found["figures"].items():
                    yield name, result["workload"], part, key, figure
    for baseline in table["baselines"]:
        whose = f"this computer: {baseline['name']}"
        for key, figure in baseline["figures"].items():
            yield whose, baseline["workload"], "baseline", key, figure


def _figures(table: Table) -> Iterator[list[Any]]:
    for *names, figure in figure_rows(table):
        yield [*names, *cells(figure)]


def _results(table: Table) -> Iterator[tuple[str, list[Table]]]:
    yield table["design"]["name"], table["results"]
    for other in table["against"]:
        yield other["design"]["name"], other["results"]


def _splits(table: Table) -> Iterator[list[Any]]:
    for name, results in _results(table):
        for result in results:
            split = result["split"] or {"rows": [], "brings": {}, "saves": {}}
            for row in split["rows"]:
                for metric in ("total_variation", "kl", "beta"):
                    if row[metric] is not None:
                        key = [name, result["workload"], row["cause"], row["variant"]]
                        yield [*key, metric, *cells(row[metric])]
            for variant in ("brings", "saves"):
                for cause, figure in split[variant].items():
                    key = [name, result["workload"], cause, variant]
                    yield [*key, "total_variation", *cells(figure)]


def _curves(table: Table, keys: Iterable[str]) -> Iterator[list[Any]]:
    for name, results in _results(table):
        for result in results:
            for row in (result["speed"] or {"curve": []})["curve"]:
                yield [name, result["workload"], *(row[key] for key in keys)]


def _points(table: Table) -> Iterator[list[Any]]:
    scaling = table["scaling"] or {"by_pbits": [], "by_degree": []}
    for varied in ("by_pbits", "by_degree"):
        for point in scaling[varied]:
            for name, figure in point["figures"].items():
                size = [varied[3:], point["pbits"], point["degree"]]
                yield [*size, name, *cells(figure)]


def _entries(table: Table) -> Iterator[list[Any]]:
    for design in [table["design"], *(other["design"] for other in table["against"])]:
        for row in design["parameters"]:
            keys = ("name", "value", "unit", "status", "source")
            yield [design["name"], *(row[key] for key in keys)]

"""The report as one HTML file: no scripts, nothing from elsewhere, light and dark."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hardware.evaluation.idealisation import MEANING
from hardware.evaluation.report import words
from hardware.evaluation.report.advice import advice, headline
from hardware.evaluation.report.canvas import Drawing
from hardware.evaluation.report.comparison import Comparison, Row, deciding_rows
from hardware.evaluation.report.drawings import contenders, draw
from hardware.evaluation.report.svg import inline_svg

if TYPE_CHECKING:
    from jinja2 import Environment

Table = Mapping[str, Any]
TEMPLATES = Path(__file__).parent / "templates"
#: Key of a section -> its heading; the order is that of the page.
SECTIONS = {
    "verdict": "Verdict",
    "configuration": "Configuration",
    "workloads": "Workloads",
    "performance": "Performance and cost",
    "fidelity": "Fidelity",
    "sensitivity": "Sensitivity and trade-offs",
    "baselines": "Baselines and other designs",
    "yield": "Corners and yield",
    "timing": "Timing",
    "limits": "Limits",
    "reproduce": "Reproduce",
}
HIDDEN = ("groups.",)  # shares of every phase: drawn, and in the CSV


def render(
    table: Table, drawings: Sequence[Drawing] | None = None, note: str = ""
) -> str:
    """Return the report of an evaluation as one HTML page.

    Parameters
    ----------
    table
        Plain data of an evaluation, as in ``report.json``.
    drawings
        Figures; those of :func:`draw` if omitted.
    note
        Why there is no window of waveforms, if there is none.
    """
    made = draw(table) if drawings is None else drawings
    figures: dict[str, list[dict[str, str]]] = {key: [] for key in SECTIONS}
    for drawing in made:
        figures[drawing.section].append(_shown(drawing))
    return (
        _environment()
        .get_template("report.html.j2")
        .render(
            t=table,
            sections=SECTIONS,
            figures=figures,
            headline=headline(table),
            advice=advice(table),
            performance=_matrix(table["results"], ("speed", "cost")),
            fidelity=_matrix(table["results"], ("fidelity",)),
            learning=_matrix(table["results"], ("learning",)),
            scaling=_sizes(table),
            columns=_columns(table),
            compared=_compared(table),
            note=note,
            parts=_parts(table["design"]["parameters"]),
            meanings=_meanings(table["results"]),
        )
    )


def render_comparison(found: Comparison) -> str:
    """Return designs side by side as one HTML page."""
    return (
        _environment()
        .get_template("comparison.html.j2")
        .render(c=found, compared=_blocks(found.rows))
    )


@functools.cache
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    style = (TEMPLATES / "report.css").read_text("utf-8")
    environment.globals["style"] = Markup(style)  # noqa: S704 - a file of this package
    names = (
        "amount",
        "cause",
        "entry",
        "interval",
        "known",
        "label",
        "margin",
        "share",
    )
    environment.filters |= {name: getattr(words, name) for name in names}
    environment.filters["value_of"] = words.value
    return environment


def _shown(drawing: Drawing) -> dict[str, str]:
    from markupsafe import Markup

    text = f"{drawing.title}. {drawing.caption}"
    svg = inline_svg(drawing.figure, drawing.name, text)
    return {
        "name": drawing.name,
        "svg": Markup(svg),  # noqa: S704 - matplotlib escapes the texts that it draws
        "title": drawing.title,
        "caption": drawing.caption,
    }


def _matrix(results: Iterable[Table], parts: Sequence[str]) -> dict[str, Any]:
    """Return figures as rows and workloads as columns."""
    columns: list[str] = []
    rows: dict[str, dict[str, Table]] = {}
    for result in results:
        tables = [result[part]["figures"] for part in parts if result[part] is not None]
        if not any(tables):
            continue
        columns.append(result["workload"])
        for figures in tables:
            for name, figure in figures.items():
                # What costs nothing is said below the table, once.
                free = name.startswith("power.") and figure["value"] == 0
                if not name.startswith(HIDDEN) and not free:
                    rows.setdefault(name, {})[result["workload"]] = figure
    return {
        "columns": columns,
        "rows": [
            (words.label(name), [found.get(column) for column in columns])
            for name, found in rows.items()
        ],
    }


def _parts(parameters: Iterable[Table]) -> list[dict[str, Any]]:
    """Return the entries of a design by the table that they are in."""
    parts: dict[str, dict[str, Any]] = {}
    for row in parameters:
        name, _, key = row["name"].partition(".")
        more = {"status": row["status"], "source": row["source"]}
        part = parts.setdefault(name, {"name": name, "entries": [], **more})
        part["entries"].append((key, words.entry(row)))
    return list(parts.values())


def _meanings(results: Iterable[Table]) -> list[tuple[str, str]]:
    """Return the causes that were switched, and what each of them is."""
    found = {
        row["cause"]
        for result in results
        for row in (result["split"] or {"rows": []})["rows"]
    }
    return [
        (words.cause(name), text) for name, text in MEANING.items() if name in found
    ]


def _sizes(table: Table) -> dict[str, Any]:
    """Return the points of the scaling as columns."""
    points = [] if table["scaling"] is None else table["scaling"]["by_pbits"]
    names = dict.fromkeys(name for point in points for name in point["figures"])
    return {
        "columns": [f"{point['pbits']} p-bits" for point in points],
        "rows": [
            (words.label(name), [point["figures"].get(name) for point in points])
            for name in names
        ],
    }


def _columns(table: Table) -> list[str]:
    return [*contenders(table), *([COMPUTER] if table["baselines"] else [])]


COMPUTER = "this computer"


def _compared(table: Table) -> list[tuple[str, list[Row]]]:
    """Return the deciding figures of all designs and of this computer, by workload."""
    results: dict[str, list[Any]] = dict(contenders(table))
    if table["baselines"]:
        results[COMPUTER] = [
            {"workload": b["workload"], "speed": {"figures": b["figures"]}}
            for b in table["baselines"]
        ]
    names = [workload["name"] for workload in table["workloads"]]
    return _blocks(deciding_rows(names, results))


def _blocks(rows: Iterable[Row]) -> list[tuple[str, list[Row]]]:
    blocks: dict[str, list[Row]] = {}
    for row in rows:
        blocks.setdefault(row.workload, []).append(row)
    return list(blocks.items())

"""What ``pbit explore`` says and writes."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pbit.cli.output import print_table

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from hardware.explore import Exploration

MOST_SHOWN = 10  # points of a front


def make_tables(found: Exploration, bounds: Mapping[str, float]) -> dict[str, Any]:
    """Return trade-off, sensitivities and yields, where the points are of such a kind."""
    from hardware.explore import pareto, sensitivity, yields

    names = list(found.goals)
    tables: dict[str, Any] = {"pareto": None, "sensitivity": {}, "yield": {}}
    if found.method == "ends":
        for name in [] if found.stopped else names:
            if not math.isnan(found.median(found.rows[: found.bodies], name)):
                tables["sensitivity"][name] = sensitivity(found, name)
    elif len(found.groups()) == 1 and len(found.rows) > 1:
        for name in names:
            if any(not math.isnan(row.value(name)) for row in found.rows):
                tables["yield"][name] = yields(found, name, bounds.get(name))
    elif len(names) > 1:
        tables["pareto"] = pareto(found, names[0], names[1])
    return tables


def write_folder(found: Exploration, tables: Mapping[str, Any], out: Path) -> None:
    """Write the table as CSV and JSON, and the pictures."""
    from pbit.io import replacing
    from pbit.plots import save

    record = finite(found.to_dict() | tables)
    texts = {
        "points.csv": found.to_csv(),
        "exploration.json": json.dumps(record, indent=1, allow_nan=False) + "\n",
    }
    for name, text in texts.items():
        with replacing(out / name) as file:
            file.write(text.encode())
    for name, figure in _figures(found, tables):
        save(figure, out / f"{name}.png")


def _figures(
    found: Exploration, tables: Mapping[str, Any]
) -> Iterator[tuple[str, Figure]]:
    from hardware.explore import plots

    for name, table in tables["sensitivity"].items():
        if table["rows"]:
            yield f"tornado-{name}", plots.tornado(table)
    for name, table in tables["yield"].items():
        yield f"yield-{name}", plots.bodies(table)
    if tables["pareto"] and tables["pareto"]["points"]:
        yield "pareto", plots.front(tables["pareto"])
    if found.axes and found.method != "ends":
        for name in found.goals:
            if any(math.isfinite(row.value(name)) for row in found.rows):
                yield f"sweep-{name}", plots.sweep(found, name)


def finite(table: Any) -> Any:
    """Return plain data with what JSON has no number for made null."""
    if isinstance(table, Mapping):
        return {key: finite(value) for key, value in table.items()}
    if isinstance(table, list | tuple):
        return [finite(value) for value in table]
    return None if isinstance(table, float) and not math.isfinite(table) else table


def print_lines(
    found: Exploration, tables: Mapping[str, Any], workload: str, out: str | None
) -> None:
    """Print what came out in a few lines."""
    failed = sum(bool(row.problem) for row in found.rows)
    stopped = f"; {found.stopped}: the same command goes on" if found.stopped else ""
    rows = [
        ("design", found.design.name),
        ("workload", workload),
        ("points", f"{len(found.rows)}, {found.computed} measured now{stopped}"),
    ]
    if failed:
        reason = next(row.problem for row in found.rows if row.problem)
        rows.append(("do not run", f"{failed}, as in: {reason}"))
    for name, table in tables["sensitivity"].items():
        rows += [(name, line) for line in _swings(found, name, table)]
    for name, table in tables["yield"].items():
        rows.append((name, _percentiles(name, table)))
    if not tables["sensitivity"] and not tables["yield"]:
        rows += _best(found)
    rows.append(("seed", str(found.info["rng"]["entropy"])))
    if out is not None:
        rows.append(("written", out))
    print_table(rows)


def _best(found: Exploration) -> list[tuple[str, str]]:
    from hardware.explore import front
    from hardware.explore.fronts import label

    settings = front(found)
    rows: list[tuple[str, str]] = []
    for several in settings[:MOST_SHOWN]:
        figures = ", ".join(
            f"{name} {_amount(found.median(several, name), unit)}"
            for name, (unit, _) in found.goals.items()
        )
        where = label(found, several[0])
        rows.append(("best" if not rows else "", f"{figures} at {where}"))
    if len(settings) > MOST_SHOWN:
        rows.append(("", f"and {len(settings) - MOST_SHOWN} more that none beats"))
    return rows


def _swings(found: Exploration, name: str, table: Mapping[str, Any]) -> Iterator[str]:
    unit = found.goals[name][0]
    yield f"{_amount(table['base'], unit)} as designed"
    for row in table["rows"]:
        ends = f"{_amount(row['low'], unit)} to {_amount(row['high'], unit)}"
        doubt = "" if row["clear"] else " (intervals overlap)"
        yield f"{ends} for {row['name']} = {row['settings']}{doubt}"
    for entry, reason in table["problems"].items():
        yield f"unknown for {entry}: {reason}"


def _percentiles(name: str, table: Mapping[str, Any]) -> str:
    unit = table["unit"]
    text = ", ".join(f"{p} {_amount(table[p], unit)}" for p in ("p5", "p50", "p95"))
    if table["share"] is None:
        return text
    low, high = table["share_interval"]
    bound = _amount(table["limit"], unit)
    return f"{text}; {table['share']:.1%} ({low:.1%} to {high:.1%}) within {bound}"


def _amount(value: float, unit: str) -> str:
    from hardware.evaluation.report.words import amount

    return amount(value, unit)

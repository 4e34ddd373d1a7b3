"""``pbit explore``: sweeps and searches over entries of a design."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Collection, Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pbit.cli import options
from pbit.cli.errors import FAILED, INTERRUPTED, SOLVED, BadInput, door
from pbit.cli.output import Report, print_json, print_table, progress

if TYPE_CHECKING:
    from collections.abc import Callable

    from matplotlib.figure import Figure

    from hardware.explore import Exploration

METHODS = ("grid", "random", "latin", "optuna", "ends")
STORE = "points.sqlite"
MOST_SHOWN = 10  # points of a front


@click.command("explore", short_help="Vary entries of a design: sweep, search, yield.")
@click.argument("design")
@click.option(
    "--vary",
    multiple=True,
    metavar="ENTRY=VALUES",
    help="What to vary: synapse.tau_s=1ps:1ns:log12, a range with its number of values "
    "(lin or log; without the number a method draws from it), or noise.width=16,32; "
    "repeatable.",
)
@click.option(
    "--workload",
    default="and",
    show_default=True,
    metavar="NAME",
    help="What is run: a workload of `pbit evaluate`, or a TOML file of one.",
)
@click.option(
    "--metric",
    "metrics",
    multiple=True,
    metavar="NAME",
    help="What is measured, as in total_variation or joules_per_sample; repeatable. "
    "[default: the usual one of the workload]",
)
@click.option(
    "--method",
    type=click.Choice(METHODS),
    default="grid",
    show_default=True,
    help="How points are chosen; ends: one entry at a time, for a tornado.",
)
@click.option(
    "--points",
    type=click.IntRange(1),
    metavar="N",
    help="How many, for random, latin and optuna.",
)
@click.option(
    "--bodies",
    type=click.IntRange(1),
    default=1,
    show_default=True,
    metavar="N",
    help="Machines of every design, each with its own differences between p-bits.",
)
@click.option(
    "--limit",
    "limits",
    multiple=True,
    metavar="METRIC=BOUND",
    help="Bound for the share of bodies that meet it; repeatable.",
)
@click.option(
    "--workers",
    type=click.IntRange(1),
    metavar="K",
    help="Processes; all cores by default. The table does not depend on it.",
)
@click.option(
    "-o",
    "--out",
    metavar="OUT",
    help="Folder for points.sqlite, points.csv, exploration.json and PNGs. Points that "
    "are there already are not measured again.",
)
@click.option(
    "--rng",
    type=click.IntRange(0),
    default=0,
    show_default=True,
    metavar="SEED",
    help="Root seed; the same one finds the same points again.",
)
@options.json_option
def command(
    design: str,
    vary: tuple[str, ...],
    workload: str,
    metrics: tuple[str, ...],
    method: str,
    points: int | None,
    bodies: int,
    limits: tuple[str, ...],
    workers: int | None,
    out: str | None,
    rng: int,
    as_json: bool,
) -> int:
    """Vary entries of DESIGN and measure every design that comes of it.

    A design that breaks a rule is a result, too, and told as such. Interrupted, it says
    what it has; the same command goes on. Exit status: 0 explored, 1 no point has
    figures, 2 bad input, 130 interrupted.

    \b
        pbit explore autonomous-smtj --vary synapse.tau_s=1ps:1ns:log12 -o out/tau
        pbit explore smtj-finfet --vary spread.slope=0.1 --bodies 100 \\
            --limit total_variation=0.05 -o out/yield
    """  # noqa: D301 - click wants the character \b itself
    from hardware.explore import explore

    ranges = dict(_pair("--vary", text) for text in vary)
    if len(ranges) < len(vary):
        msg = "--vary must name every entry once"
        raise BadInput(msg)
    bounds = dict(_limit(text) for text in limits)
    store = None if out is None else _folder(out) / STORE
    with door():
        known = _check(design, ranges, metrics, workload, method, points, store)
    _check_limits(bounds, known, ranges, bodies)
    with progress("point") as report:
        found = explore(
            design,
            ranges,
            metrics or None,
            workload,
            method=method,
            n_points=points,
            bodies=bodies,
            store=store,
            workers=workers or os.cpu_count() or 1,
            rng=rng,
            progress=_silent(report),
        )
    tables = _tables(found, bounds)
    if out is not None:
        _write(found, tables, Path(out))
    status = _status(found)
    if as_json:
        record = {"command": "explore", "out": out, **found.to_dict(), **tables}
        print_json(_finite(record | {"status": status}))
    else:
        _print_lines(found, tables, workload, out)
    return status


def _pair(option: str, text: str) -> tuple[str, str]:
    name, equals, value = (part.strip() for part in text.partition("="))
    if not (name and equals and value):
        msg = f"{option} takes NAME=VALUE, not {text!r}"
        raise BadInput(msg)
    return name, value


def _limit(text: str) -> tuple[str, float]:
    from hardware.evaluation.verdict import Requirement

    name, bound = _pair("--limit", text)
    with door():
        limit = Requirement(name, bound).limit
    return name, float(limit)


def _check_limits(
    bounds: Mapping[str, float],
    metrics: Collection[str],
    ranges: Mapping[str, str],
    bodies: int,
) -> None:
    """Check that every bound is about bodies of one design, and about what is measured."""
    for name in bounds:
        if name not in metrics:
            msg = f"--limit {name}: is not measured; add --metric {name}"
            raise BadInput(msg)
        if bodies < 2:
            msg = f"--limit {name}: is about several machines; add --bodies 100"
            raise BadInput(msg)
        if any(mark in text for text in ranges.values() for mark in ",:"):
            msg = (
                f"--limit {name}: is about machines of one design, so nothing may vary"
            )
            raise BadInput(msg)


def _folder(out: str) -> Path:
    path = Path(out)
    with door():
        path.mkdir(parents=True, exist_ok=True)
    return path


def _check(
    design: str,
    ranges: Mapping[str, str],
    metrics: tuple[str, ...],
    workload: str,
    method: str,
    points: int | None,
    store: Path | None,
) -> Collection[str]:
    """Read what is the user's to mend, so that later errors are ours; return metrics."""
    import hardware
    from hardware.explore import Store
    from hardware.explore.axes import read_axes
    from hardware.explore.exploration import check_points
    from hardware.explore.measure import read_measure
    from hardware.explore.plans import grid

    check_points(method, points)
    axes = read_axes(ranges, hardware.load_design(design))
    measure = read_measure(metrics or None, workload, None)
    if method == "grid":
        grid(axes)
    if method == "optuna" and find_spec("optuna") is None:
        msg = "--method optuna needs Optuna: pip install pbitlab[explore]"
        raise BadInput(msg)
    Store(store).close()
    return measure.goals.keys()


def _silent(report: Report | None) -> Callable[[int, int], None] | bool:
    """Return the function that draws the bar, or that there is none to draw."""
    if report is None:
        return False

    def show(done: int, total: int) -> None:
        report(done, total)

    return show


def _status(found: Exploration) -> int:
    if found.stopped:
        return INTERRUPTED
    known = any(
        not math.isnan(row.value(name)) for row in found.rows for name in found.goals
    )
    return SOLVED if known else FAILED


def _tables(found: Exploration, bounds: Mapping[str, float]) -> dict[str, Any]:
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


def _write(found: Exploration, tables: Mapping[str, Any], out: Path) -> None:
    from pbit.io import replacing
    from pbit.plots import save

    record = _finite(found.to_dict() | tables)
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


def _finite(table: Any) -> Any:
    """Return plain data with what JSON has no number for made null."""
    if isinstance(table, Mapping):
        return {key: _finite(value) for key, value in table.items()}
    if isinstance(table, list | tuple):
        return [_finite(value) for value in table]
    return None if isinstance(table, float) and not math.isfinite(table) else table


def _print_lines(
    found: Exploration, tables: Mapping[str, Any], workload: str, out: str | None
) -> None:
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
    from hardware.explore.pareto import label

    settings = front(found)
    rows = []
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

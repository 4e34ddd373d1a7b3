"""``pbit explore``: sweeps and searches over entries of a design."""

from __future__ import annotations

import math
import os
from collections.abc import Collection, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pbit.cli import options
from pbit.cli.errors import FAILED, INTERRUPTED, SOLVED, BadInput, door
from pbit.cli.exploration import finite, make_tables, print_lines, write_folder
from pbit.cli.output import print_json, progress

if TYPE_CHECKING:
    from hardware.explore import Exploration

METHODS = ("grid", "random", "latin", "optuna", "ends")
STORE = "points.sqlite"


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
    with door():
        known = _check(design, ranges, metrics, workload, method, points)
    _check_limits(bounds, known, ranges, bodies)
    store = None if out is None else _store(Path(out))
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
            progress=report or False,
        )
    tables = make_tables(found, bounds)
    if out is not None:
        write_folder(found, tables, Path(out))
    status = _status(found)
    if as_json:
        record = {"command": "explore", "out": out, **found.to_dict(), **tables}
        print_json(finite(record | {"status": status}))
    else:
        print_lines(found, tables, workload, out)
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


def _store(out: Path) -> Path:
    """Return the store in a folder, which is made; it is opened to see that it can be."""
    from hardware.explore import Store

    with door():
        out.mkdir(parents=True, exist_ok=True)
        Store(out / STORE).close()
    return out / STORE


def _check(
    design: str,
    ranges: Mapping[str, str],
    metrics: tuple[str, ...],
    workload: str,
    method: str,
    points: int | None,
) -> Collection[str]:
    """Read what is the user's to mend, so that later errors are ours; return metrics."""
    import hardware
    from hardware.explore.axes import read_axes
    from hardware.explore.exploring import check_points
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
    return measure.goals.keys()


def _status(found: Exploration) -> int:
    if found.stopped:
        return INTERRUPTED
    known = any(
        not math.isnan(row.value(name)) for row in found.rows for name in found.goals
    )
    return SOLVED if known else FAILED

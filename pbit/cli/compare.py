"""``pbit compare``: evaluations side by side."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from pbit.cli import options
from pbit.cli.errors import door
from pbit.cli.output import check_writable, print_json

if TYPE_CHECKING:
    from hardware.evaluation.report.comparison import Comparison

ENDINGS = (".html", ".csv", ".json")


@click.command("compare", short_help="Put evaluations side by side.")
@click.argument("reports", nargs=-1, required=True, metavar="OUT...")
@click.option(
    "-o",
    "--out",
    metavar="FILE",
    help=f"Write the table, too: a file that ends in {', '.join(ENDINGS)}.",
)
@options.json_option
def command(reports: tuple[str, ...], out: str | None, as_json: bool) -> int:
    """Compare the designs whose evaluations are in the folders OUT.

    Figures that decide between designs, on the workloads that all of them were tried
    on. Ends of intervals of 95 % are in brackets.
    """
    from hardware.evaluation.report import compare, read_report

    check_writable(out, ENDINGS)
    with door():
        found = compare([read_report(report) for report in reports])
        if out is not None:
            _write(found, out)
    if as_json:
        print_json({"command": "compare", **found.to_dict(), "out": out})
    else:
        _print_lines(found)
    return 0


def _write(found: Comparison, out: str) -> None:
    import json

    from hardware.evaluation.report.page import render_comparison
    from pbit.io import replacing

    ending = Path(out).suffix.lower()
    if ending == ".html":
        text = render_comparison(found)
    elif ending == ".csv":
        text = found.to_csv()
    else:
        text = json.dumps(found.to_dict(), indent=1, allow_nan=False) + "\n"
    with replacing(out) as file:
        file.write(text.encode())


def _print_lines(found: Comparison) -> None:
    from hardware.evaluation.report import words

    rows: list[tuple[str, ...]] = [("", *found.columns), ("verdict", *found.verdicts)]
    workload = None
    for row in found.rows:
        if row.workload != workload:
            workload = row.workload
            rows += [(), (workload, *("" for _ in found.columns))]
        cells = []
        for figure in row.figures:
            ends = "" if figure is None else f" ({words.interval(figure)})"
            cells.append("-" if figure is None else words.value(figure) + ends)
        rows.append((f"  {row.label}", *cells))
    columns = len(found.columns) + 1
    widths = [max(len(r[k]) for r in rows if r) for k in range(columns)]
    for line in rows:
        padded = (f"{text:<{width}}" for text, width in zip(line, widths, strict=False))
        click.echo("  ".join(padded).rstrip())
    for note in found.notes:
        click.echo(f"note: {note}")

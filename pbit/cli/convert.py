"""``pbit convert``: a problem file in another format."""

from __future__ import annotations

import click

from pbit.cli import options
from pbit.cli.errors import door
from pbit.cli.output import check_writable, print_json, print_table


@click.command("convert", short_help="Write a problem file in another format.")
@click.argument("source", metavar="IN")
@click.argument("target", metavar="OUT")
@options.format_option
@click.option(
    "--to", metavar="NAME", help="Format of OUT; told from its ending if omitted."
)
@options.file_option
@click.option("--lenient", is_flag=True, help="Repair small flaws, and say so.")
@options.json_option
def command(
    source: str,
    target: str,
    format: str | None,
    to: str | None,
    given: tuple[str, ...],
    lenient: bool,
    as_json: bool,
) -> int:
    """Write the problem in the file IN as the file OUT, in another format.

    Where the formats hold different kinds of problems, the problem is compiled, if OUT
    can hold an energy (QUBO or Ising). What OUT says differently from IN is told.
    """
    from compilers.conversion import convert
    from pbit.cli.settings import read_options, warned

    check_writable(target)
    with door():
        more = read_options(given)
        done = warned(
            lambda: convert(source, target, format, to, strict=not lenient, **more)
        )
    if as_json:
        record = {"command": "convert", "in": source, "out": target}
        formats = {"from": done.source, "to": done.target, "notes": list(done.notes)}
        print_json({**record, **formats})
    else:
        rows = [
            ("from", f"{source} ({done.source})"),
            ("to", f"{target} ({done.target})"),
        ]
        print_table(rows + [("note", note) for note in done.notes])
    return 0

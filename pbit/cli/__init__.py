"""The command line, the composition root: all of ``pbit`` that sees the other packages.

A command is a file here and a line in ``COMMANDS``; it returns its exit status. Heavy
imports stay inside functions, so that ``pbit --help`` answers at once.
"""

from __future__ import annotations

import click

import pbit
from pbit.cli.group import Group

COMMANDS = {
    "compile": "compile",
    "solve": "solve",
    "logic": "logic",
    "run": "run",
    "learn": "learn",
    "sample": "sample",
    "evaluate": "evaluate",
    "compare": "compare",
    "explore": "explore",
    "designs": "designs",
    "info": "info",
    "convert": "convert",
}

__all__ = ["main"]


@click.group(cls=Group, commands_in=COMMANDS, invoke_without_command=True)
@click.version_option(pbit.__version__, prog_name="pbit")
@click.pass_context
def main(context: click.Context) -> None:
    """Solve problems with p-bits, and run them on timed models of machines.

    Results go to standard output, progress and errors to standard error. Exit status:
    0 solved, 1 the answer fails its check or does not fit, 2 bad input, 130 interrupted.
    """
    if context.invoked_subcommand is None:
        click.echo(context.get_help())

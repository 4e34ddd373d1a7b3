"""A group of commands that imports them late and says errors in one line."""

from __future__ import annotations

import errno
import importlib
import os
import sys
from collections.abc import Mapping, Sequence
from typing import Any

import click

from pbit.cli.errors import BAD_INPUT, INTERRUPTED, describe, one_line
from pbit.errors import CapacityError, DesignError, ParseError


class Group(click.Group):
    """Commands of ``pbit.cli``, imported when they are asked for.

    Parameters
    ----------
    commands_in
        Name of a command -> module of ``pbit.cli`` that holds it as ``command``.
    """

    def __init__(self, *args: Any, commands_in: Mapping[str, str], **more: Any) -> None:
        super().__init__(*args, **more)
        self.commands_in = commands_in

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order of the table of contents."""
        return list(self.commands_in)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command."""
        if cmd_name not in self.commands_in:
            return None
        module = importlib.import_module(f"pbit.cli.{self.commands_in[cmd_name]}")
        command: click.Command = module.command
        return command

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; an interrupt that it could make nothing of ends it."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            raise click.Abort from None

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        **extra: Any,
    ) -> Any:
        """Run a command line and exit with its status; bad input is one line."""
        given = (args, prog_name, complete_var)
        if not standalone_mode:
            return super().main(*given, standalone_mode=False, **extra)
        try:
            status = super().main(*given, standalone_mode=False, **extra)
            sys.stdout.flush()
        except click.Abort:
            status = complain("interrupted before there was an answer", INTERRUPTED)
        except click.ClickException as error:
            status = complain(error.format_message(), BAD_INPUT)
        except (ParseError, DesignError, CapacityError, MemoryError) as error:
            status = complain(describe(error), BAD_INPUT)
        except OSError as error:
            if error.errno == errno.EPIPE:
                status = _hung_up()
            else:
                status = complain(describe(error), BAD_INPUT)
        sys.exit(status)


def complain(message: str, status: int) -> int:
    """Write one line to standard error and return the exit status."""
    click.echo(f"error: {one_line(message)}", err=True)
    return status


def _hung_up() -> int:
    """Nobody reads on, as in ``pbit ... | head``: be quiet about it at exit, too."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 1

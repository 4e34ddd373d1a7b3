"""Options of problem files, as ``NAME=VALUE``, and the warnings of their readers."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import TypeVar

import click

from pbit.cli.errors import BadInput, one_line

T = TypeVar("T")


def read_options(settings: Sequence[str]) -> dict[str, int | float | str]:
    """Return what texts such as ``k=3`` and ``problem=clique`` say.

    Raises
    ------
    BadInput
        If one is not ``NAME=VALUE``, or a name is given twice.
    """
    found: dict[str, int | float | str] = {}
    for setting in settings:
        name, equals, text = (part.strip() for part in setting.partition("="))
        if not equals or not text or not name.isidentifier():
            msg = f"--option takes NAME=VALUE, as in k=3, not {setting!r}"
            raise BadInput(msg)
        if name in found:
            msg = f"--option {name} is given twice"
            raise BadInput(msg)
        found[name] = _value(text)
    return found


def _value(text: str) -> int | float | str:
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def warned(work: Callable[[], T]) -> T:
    """Do work; warnings become lines on standard error."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", UserWarning)
        done = work()
    for warning in caught:
        click.echo(f"warning: {one_line(str(warning.message))}", err=True)
    return done

"""Options that commands share."""

from __future__ import annotations

import math
import secrets
from collections.abc import Callable
from typing import Any

import click

Check = Callable[[click.Context, click.Parameter, Any], float | None]

rng_option = click.option(
    "--rng",
    type=click.IntRange(0),
    metavar="SEED",
    help="Seed; without it one is drawn, and printed.",
)
json_option = click.option(
    "--json", "as_json", is_flag=True, help="Print one JSON object."
)
threads_option = click.option(
    "--threads",
    type=click.IntRange(1),
    metavar="K",
    help="Threads over chains; all cores by default. The answer does not depend on it.",
)
format_option = click.option(
    "--format", metavar="NAME", help="Format of the file; told from it if omitted."
)
file_option = click.option(
    "--option",
    "given",
    multiple=True,
    metavar="NAME=VALUE",
    help="What the file leaves open, as in k=3 for a colouring; repeatable.",
)
set_option = click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="PIN=VALUE",
    help="Hold a bus at a number, or one of its bits, as in A[0]=1; repeatable.",
)


def quantity(unit: str) -> Check:
    """Return a callback that reads a positive number with a unit, such as '1us'."""

    def check(_: click.Context, parameter: click.Parameter, value: Any) -> float | None:
        from hardware.units import parse_quantity

        if value is None:
            return None
        try:
            number = parse_quantity(value, unit)
        except ValueError as error:
            raise click.BadParameter(str(error)) from error
        return _above(number, 0, value)

    return check


def number(*, above: float | None = None, minimum: float | None = None) -> Check:
    """Return a callback that wants a finite float, above or not below a bound."""

    def check(_: click.Context, parameter: click.Parameter, value: Any) -> float | None:
        if value is None:
            return None
        if not math.isfinite(value):
            msg = f"must be finite, not {value}"
            raise click.BadParameter(msg)
        if minimum is not None and value < minimum:
            msg = f"must be >= {minimum:g}, not {value:g}"
            raise click.BadParameter(msg)
        return float(value) if above is None else _above(value, above, value)

    return check


def _above(number: float, bound: float, given: object) -> float:
    if number <= bound:
        msg = f"must be > {bound:g}, not {given}"
        raise click.BadParameter(msg)
    return number


def settle_seed(rng: int | None) -> int:
    """Return the seed given, or a fresh one that fits a JSON number."""
    return secrets.randbits(53) if rng is None else rng

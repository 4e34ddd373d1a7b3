"""Checks of whole numbers and fixed-point formats in designs."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np

from hardware.parts import Part
from pbit.errors import DesignError
from pbit.limits import FixedPoint


def settle_whole(part: Part, field: str, least: int, most: int | None = None) -> None:
    """Check that a field is a whole number from `least` to `most`."""
    value = getattr(part, field)
    span = f">= {least}" if most is None else f"{least} to {most}"
    if isinstance(value, bool) or not isinstance(value, int | np.integer):
        msg = f"must be a whole number {span}, not {value!r}"
        raise DesignError(part.key(field), msg)
    if value < least or (most is not None and value > most):
        raise DesignError(part.key(field), f"must be {span}, not {value!r}")
    msgspec.structs.force_setattr(part, field, int(value))


def settle_format(part: Part, field: str, most: int) -> FixedPoint:
    """Check that a field is a fixed-point format of at most so many bits."""
    given: Any = getattr(part, field)
    try:
        fmt = FixedPoint.parse(given)
    except (TypeError, ValueError) as error:
        message = str(error).removeprefix("a fixed-point format ")
        raise DesignError(part.key(field), message) from None
    if fmt.bits > most:
        msg = f"must have at most {most} bits, the sign included, not {given!r}"
        raise DesignError(part.key(field), msg)
    msgspec.structs.force_setattr(part, field, str(fmt))
    return fmt

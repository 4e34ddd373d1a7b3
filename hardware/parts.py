"""What devices, synapses, fabrics and energies share: a source, a status and checks."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar, Literal, get_args

import msgspec
import numpy as np

from hardware.units import parse_quantity
from pbit.checks import check_choice
from pbit.errors import DesignError

#: How a figure is known. `design` is a choice of the builders, `assumed` one of ours.
Status = Literal["measured", "simulated", "projected", "design", "assumed"]


class Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One table of a design: its figures, where they come from, how they are known.

    Parts are immutable and validate themselves, whether they come from a file or
    from a constructor. Quantities may be given as text with a unit (``"1 ns"``);
    they are stored as SI floats.

    Attributes
    ----------
    source : str
        Paper, repository or data set that the part's figures come from.
    status : {"measured", "simulated", "projected", "design", "assumed"} or None
        How they are known there.
    """

    section: ClassVar[str] = "part"

    source: str = ""
    status: Status | None = None

    def __post_init__(self) -> None:
        """Validate; subclasses call this and then settle their own fields."""
        if not isinstance(self.source, str):
            raise DesignError(self.key("source"), f"must be text, not {self.source!r}")
        if self.status is not None:
            settle_choice(self, "status", get_args(Status))

    @classmethod
    def key(cls, field: str) -> str:
        """Return a field's name in design files, as in ``device.tau_n``."""
        return f"{cls.section}.{field}"

    @classmethod
    def kind_name(cls) -> str:
        """Return the ``kind`` that selects this part in design files."""
        return str(cls.__struct_config__.tag)


def settle_quantity(
    part: Part, field: str, unit: str, *, positive: bool = True
) -> None:
    """Replace a field by its SI float; it must be > 0, or >= 0 if not `positive`."""
    value = quantity(part.key(field), getattr(part, field), unit, positive=positive)
    msgspec.structs.force_setattr(part, field, value)


def settle_times(part: Part, field: str) -> None:
    """Replace a field by one positive time or by a tuple of them, one a p-bit."""
    given = getattr(part, field)
    if isinstance(given, list | tuple | np.ndarray):
        if len(given) == 0:
            raise DesignError(
                part.key(field), "must hold one time or one a p-bit, not none"
            )
        times = tuple(
            quantity(f"{part.key(field)}[{i}]", value, "s")
            for i, value in enumerate(given)
        )
        msgspec.structs.force_setattr(part, field, times)
    else:
        settle_quantity(part, field, "s")


def settle_number(part: Part, field: str) -> None:
    """Replace a field without a unit by its float; it must be finite and >= 0."""
    value = number(part.key(field), getattr(part, field))
    msgspec.structs.force_setattr(part, field, value)


def settle_choice(part: Part, field: str, choices: Iterable[str]) -> None:
    """Check that a field is one of `choices`."""
    choice(part.key(field), getattr(part, field), choices)


def choice(key: str, value: Any, choices: Iterable[str]) -> str:
    """Return one of `choices`, or raise a DesignError that names `key`."""
    try:
        return check_choice("", value, choices)
    except ValueError as error:
        raise DesignError(key, str(error).strip()) from None


def quantity(key: str, value: Any, unit: str, *, positive: bool = True) -> float:
    """Return a quantity in `unit`, or raise a DesignError that names `key`."""
    try:
        number = parse_quantity(value, unit)
    except (TypeError, ValueError) as error:
        raise DesignError(key, str(error)) from None
    if number < 0 or (positive and number == 0):
        bound = "> 0" if positive else ">= 0"
        raise DesignError(key, f"must be {bound}, not {value!r}")
    return number


def number(key: str, value: Any) -> float:
    """Return a finite number >= 0 without a unit, or raise a DesignError that names `key`."""
    if isinstance(value, str):
        raise DesignError(key, f"must be a number without a unit, not {value!r}")
    try:
        return quantity(key, value, "s", positive=False)
    except DesignError as error:
        if isinstance(value, float | int | np.number):
            raise
        raise DesignError(key, f"must be a number, not {value!r}") from error

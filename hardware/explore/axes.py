"""Axes: an entry of a design and the values that it is given."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from hardware.design import Design
from hardware.explore.entries import check_entry, is_whole
from hardware.units import UNITS, format_quantity, parse_quantity

DIGITS = 6  # of values inside a range: the same text, so the same keys, everywhere
_HOW = re.compile(r"(lin|log)([0-9]*)")
_WHOLE = re.compile(r"[+-]?[0-9]+")
_GRAMMAR = (
    "values apart by commas, as in 8,16,32, or a range LOW:HIGH:HOW with HOW lin, log, "
    "or these with a number of values, as in 1ps:1ns:log12"
)


@dataclass(frozen=True)
class Axis:
    """An entry that is varied: over a list of values, or over everything in a range.

    Attributes
    ----------
    entry
        Its dotted name in the design, as in ``synapse.tau_s``.
    values
        The values, in the order given; empty for a continuous range.
    low, high
        Ends of a range in SI units; nan for values that are no range.
    log
        Whether a range is even in the logarithm.
    whole
        Whether its numbers are whole.
    unit
        Of numbers, where the values were given with one.
    """

    entry: str
    values: tuple[Any, ...] = ()
    low: float = field(default=math.nan)
    high: float = field(default=math.nan)
    log: bool = False
    whole: bool = False
    unit: str = ""

    @property
    def numeric(self) -> bool:
        """Whether its values are numbers, and so have an order."""
        return all(
            isinstance(value, int | float) and not isinstance(value, bool)
            for value in self.values
        )

    @property
    def ends(self) -> tuple[Any, Any]:
        """The first and the last value."""
        if self.values:
            return self.values[0], self.values[-1]
        return self.settle(self.low), self.settle(self.high)

    def at(self, share: float) -> Any:
        """Return the value at a share in [0, 1) of the axis."""
        if self.values:
            return self.values[int(share * len(self.values))]
        low, high = self.low, self.high
        if self.whole:  # every whole number its own share
            low, high = (max(low - 0.5, 0.5) if self.log else low - 0.5), high + 0.5
        if self.log:
            return self.settle(low * (high / low) ** share)
        return self.settle(low + share * (high - low))

    def settle(self, value: float) -> Any:
        """Return a number as it is written into a design, inside the range."""
        rounded = float(f"{value:.{DIGITS - 1}e}")
        inside = min(max(rounded, self.low), self.high)
        return round(inside) if self.whole else inside

    def said(self, value: Any) -> str:
        """Return a value as people read it."""
        if isinstance(value, float) and self.unit:
            return format_quantity(value, self.unit, 3)
        return f"{value:.6g}" if isinstance(value, float) else str(value)

    def to_dict(self) -> dict[str, Any]:
        """Return plain data."""
        table: dict[str, Any] = {"entry": self.entry, "unit": self.unit}
        if self.values:
            return table | {"values": [plain(value) for value in self.values]}
        return table | {"low": self.low, "high": self.high, "log": self.log}


def plain(value: Any) -> Any:
    """Return a value of a design as TOML and JSON know it."""
    if isinstance(value, tuple | list):
        return [plain(entry) for entry in value]
    return value.item() if isinstance(value, np.generic) else value


def read_axes(vary: Mapping[str, Any], design: Design) -> tuple[Axis, ...]:
    """Return the axes that a mapping from entries to values describes.

    Parameters
    ----------
    vary
        Entry -> a list of values, or text: values apart by commas, or a range
        ``LOW:HIGH:HOW``. HOW is ``lin`` or ``log``, followed by the number of values or,
        for methods that draw them, by nothing. Quantities have units, as in designs.
        Values inside a range are rounded to six digits, to whole ones where the entry's
        are.
    design
        What has these entries.

    Raises
    ------
    DesignError
        If the design has no such entry.
    TypeError, ValueError
        If the values are no list or range.

    Examples
    --------
    >>> from hardware import load_design
    >>> design = load_design("autonomous-smtj")
    >>> (axis,) = read_axes({"synapse.tau_s": "1ps:1ns:log4"}, design)
    >>> axis.values
    (1e-12, 1e-11, 1e-10, 1e-09)
    """
    given: Any = vary
    if not isinstance(given, Mapping):
        msg = f"vary must be a mapping from entries to values, not {vary!r}"
        raise TypeError(msg)
    for entry in vary:
        check_entry(entry, design, vary)
    return tuple(_read(entry, values) for entry, values in vary.items())


def _read(entry: str, given: Any) -> Axis:
    if isinstance(given, str):
        parts = [part.strip() for part in given.split(":")]
        if len(parts) > 1:
            return _range(entry, given, parts)
        items: Sequence[Any] = [token.strip() for token in given.split(",")]
    elif isinstance(given, Sequence | np.ndarray):
        items = [plain(value) for value in given]
    else:
        items = [plain(given)]
    if len(items) == 0 or "" in [item for item in items if isinstance(item, str)]:
        msg = f"values of {entry} must be {_GRAMMAR}, not {given!r}"
        raise ValueError(msg)
    read = [_value(entry, item) for item in items]
    values = [value for value, _ in read]
    for k, value in enumerate(values):
        if any(value == other for other in values[:k]):
            msg = f"values of {entry} must differ from one another: {value!r} is there twice"
            raise ValueError(msg)
    unit = next((unit for _, unit in read if unit), "")
    return Axis(entry, tuple(values), whole=is_whole(entry), unit=unit)


def _range(entry: str, given: str, parts: list[str]) -> Axis:
    how = _HOW.fullmatch(parts[2]) if len(parts) == 3 else None
    if how is None:
        msg = f"values of {entry} must be {_GRAMMAR}, not {given!r}"
        raise ValueError(msg)
    (low, one), (high, other) = (_number(entry, part) for part in parts[:2])
    log, whole = how[1] == "log", is_whole(entry)
    if one and other and one != other:
        msg = f"ends of {entry} must have one unit, not {one} and {other}"
        raise ValueError(msg)
    if not low < high or (log and low <= 0):
        rule = "must rise, from above 0," if log else "must rise,"
        msg = f"ends of {entry} {rule} not {given!r}"
        raise ValueError(msg)
    if whole and not (low.is_integer() and high.is_integer()):
        msg = f"ends of {entry} must be whole numbers, not {given!r}"
        raise ValueError(msg)
    axis = Axis(entry, (), low, high, log, whole, one or other)
    if not how[2]:
        return axis
    count = int(how[2])
    if count < 2:
        msg = f"a range of {entry} must have two values at least, not {count}"
        raise ValueError(msg)
    values = dict.fromkeys(_between(axis, k / (count - 1)) for k in range(count))
    return Axis(entry, tuple(values), low, high, log, whole, axis.unit)


def _between(axis: Axis, share: float) -> Any:
    if axis.log:
        return axis.settle(axis.low * (axis.high / axis.low) ** share)
    return axis.settle(axis.low + share * (axis.high - axis.low))


def _number(entry: str, text: str) -> tuple[float, str]:
    value, unit = _value(entry, text)
    if isinstance(value, bool) or not isinstance(value, int | float):
        msg = f"ends of {entry} must be numbers, not {text!r}"
        raise ValueError(msg)
    return float(value), unit


def _value(entry: str, item: Any) -> tuple[Any, str]:
    """Return a value and its unit; text that is a number or a quantity is read as one."""
    if not isinstance(item, str):
        _check_plain(entry, item)
        return item, ""
    if _WHOLE.fullmatch(item):
        return int(item), ""
    for unit in UNITS:
        try:
            value = parse_quantity(item, unit)
        except ValueError:
            continue
        return value, unit if item[-1].isalpha() else ""
    return item, ""


def _check_plain(entry: str, item: Any) -> None:
    values = item if isinstance(item, list) else [item]
    for value in values:
        if not isinstance(value, str | int | float) or (
            isinstance(value, float) and not math.isfinite(value)
        ):
            msg = f"values of {entry} must be numbers, text or lists of these, not {item!r}"
            raise TypeError(msg)

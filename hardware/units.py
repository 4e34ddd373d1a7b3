"""Quantities with units in and out: '1.5 ns' is 1.5e-9 seconds."""

from __future__ import annotations

import math
import re
from difflib import get_close_matches
from typing import Any

import numpy as np

#: Unit symbol -> what it measures, as error messages say it.
UNITS = {
    "s": "a time",
    "Hz": "a frequency",
    "J": "an energy",
    "W": "a power",
    "K": "a temperature",
    "V": "a voltage",
    "A": "a current",
}
#: Prefix -> power of ten. Both characters for micro are read; `u` is written.
PREFIXES = {
    "z": -21,
    "a": -18,
    "f": -15,
    "p": -12,
    "n": -9,
    "u": -6,
    "µ": -6,
    "μ": -6,
    "m": -3,
    "": 0,
    "k": 3,
    "M": 6,
    "G": 9,
    "T": 12,
    "P": 15,
}
_PRINTED = {power: prefix for prefix, power in PREFIXES.items() if prefix not in "µμ"}
_PRINTED[0] = ""
_KNOWN = {
    prefix + unit: (power, unit) for unit in UNITS for prefix, power in PREFIXES.items()
}
_QUANTITY = re.compile(
    r"([+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+))(?:[eE]([+-]?[0-9]{1,4}))?\s*([^\W\d_]*)"
)


def parse_quantity(quantity: Any, unit: str = "s") -> float:
    """Return a quantity in the SI unit `unit`, from a number or from text.

    A number, or text without a unit, is taken to be in `unit` already. Text is
    rounded once, so ``parse_quantity("1.1 ns") == 1.1e-9`` exactly.

    Parameters
    ----------
    quantity
        A number, or text such as ``"1ns"``, ``"15 MHz"``, ``"20 fJ"``, ``"50 us"``.
    unit
        The unit wanted, one of the keys of :data:`UNITS`.

    Returns
    -------
    float
        The value in `unit`; it is finite.

    Raises
    ------
    TypeError
        If `quantity` is neither a number nor text; a bool is not a number.
    ValueError
        If the text is no quantity, its unit is unknown or measures something
        else, or the value is not finite.

    Examples
    --------
    >>> parse_quantity("1.5 ns")
    1.5e-09
    >>> parse_quantity("15 MHz", "Hz")
    15000000.0
    >>> parse_quantity("3 MHz")
    Traceback (most recent call last):
    ValueError: '3 MHz' is a frequency, not a time
    """
    if isinstance(quantity, str):
        value = _parse_text(quantity, unit)
    elif isinstance(quantity, bool | np.bool_) or not isinstance(
        quantity, int | float | np.integer | np.floating
    ):
        msg = f"must be a number or text with a unit, not {quantity!r}"
        raise TypeError(msg)
    else:
        try:
            value = float(quantity)
        except OverflowError:
            value = math.inf
    if not math.isfinite(value):
        msg = f"must be finite, not {quantity!r}"
        raise ValueError(msg)
    return value


def _parse_text(text: str, unit: str) -> float:
    match = _QUANTITY.fullmatch(text.strip())
    if match is None:
        msg = f"{text!r} is not a number with a unit, as in '1.5 n{unit}'"
        raise ValueError(msg)
    number, exponent, symbol = match.groups()
    power, measured = _KNOWN.get(symbol, (0, unit))
    if symbol and symbol not in _KNOWN:
        msg = f"{text!r} has the unknown unit {symbol!r}{_suggest(symbol, unit)}"
        raise ValueError(msg)
    if measured != unit:
        msg = f"{text!r} is {UNITS[measured]}, not {UNITS[unit]}"
        raise ValueError(msg)
    return float(f"{number}e{int(exponent or 0) + power}")


def _suggest(symbol: str, unit: str) -> str:
    """Name the nearest unit, whatever its case, preferring the wanted kind."""
    wanted = [known for known, (_, base) in _KNOWN.items() if base == unit]
    for candidates in (wanted, list(_KNOWN)):
        same = [known for known in candidates if known.lower() == symbol.lower()]
        near = sorted(same) or get_close_matches(symbol, candidates, n=1, cutoff=0.6)
        if near:
            return f"; did you mean {' or '.join(map(repr, near))}?"
    return f"; known: {', '.join(UNITS)} with the prefixes z to P"


def format_quantity(value: float, unit: str = "s", digits: int = 4) -> str:
    """Return `value` with a prefix and its unit, rounded to `digits` digits.

    Values that no prefix reaches are written with an exponent.

    Parameters
    ----------
    value
        In the SI unit `unit`.
    unit
        Any unit symbol.
    digits
        Significant digits, at least 1.

    Returns
    -------
    str
        Plain ASCII; :func:`parse_quantity` reads it back.

    Examples
    --------
    >>> format_quantity(1.5e-9)
    '1.5 ns'
    >>> format_quantity(999.99e-9)
    '1 us'
    >>> format_quantity(2.53e12, "Hz")
    '2.53 THz'
    """
    if not math.isfinite(value) or value == 0:
        return f"{value:g} {unit}"
    # The exponent after rounding, so that 999.99 ns becomes 1 us and not 1000 ns.
    power = int(f"{value:.{digits - 1}e}".partition("e")[2])
    power = 3 * (power // 3)
    if power not in _PRINTED:
        return f"{value:.{digits}g} {unit}"
    scaled = float(f"{value:.{digits - 1}e}") / 10.0**power
    text = f"{scaled:.{max(digits, 3)}g}"
    return f"{text} {_PRINTED[power]}{unit}"

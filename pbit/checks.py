"""Checks at the door, shared by the public functions: name, rule, offending value."""

from __future__ import annotations

import math
from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from pbit.kernels.types import Floats as Floats
from pbit.kernels.types import States as States


def check_count(name: str, value: Any, minimum: int = 1) -> int:
    """Return `value` as an int if it is a whole number of at least `minimum`."""
    if isinstance(value, bool) or not isinstance(value, int | np.integer):
        msg = f"{name} must be a whole number, not {value!r}"
        raise TypeError(msg)
    if value < minimum:
        msg = f"{name} must be at least {minimum}, not {value}"
        raise ValueError(msg)
    return int(value)


def check_nonnegative(name: str, value: Any) -> float:
    """Return `value` as a float if it is a finite number >= 0."""
    if isinstance(value, bool) or not isinstance(
        value, int | float | np.integer | np.floating
    ):
        msg = f"{name} must be a number, not {value!r}"
        raise TypeError(msg)
    if not math.isfinite(value) or value < 0:
        msg = f"{name} must be finite and >= 0, not {value}"
        raise ValueError(msg)
    return float(value)


def check_positive(name: str, value: Any) -> float:
    """Return `value` as a float if it is a finite number > 0."""
    number = check_nonnegative(name, value)
    if number == 0:
        msg = f"{name} must be positive, not 0"
        raise ValueError(msg)
    return number


def check_choice(name: str, value: Any, choices: Iterable[str]) -> str:
    """Return `value` if it is one of `choices`; the error suggests the nearest."""
    known = list(choices)
    if value in known:
        return str(value)
    near = get_close_matches(str(value), known, n=1)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    msg = f"{name} must be one of {', '.join(map(repr, known))}, not {value!r}{hint}"
    raise ValueError(msg)


def check_states(states: ArrayLike, n: int, name: str = "states") -> States:
    """Return `states` as int8 of shape (..., n) if every entry is -1 or +1."""
    array = np.asarray(states)
    if array.dtype.kind not in "iuf":
        msg = f"{name} must be numbers, -1 or +1, not {array.dtype}"
        raise TypeError(msg)
    if array.ndim == 0 or array.shape[-1] != n:
        msg = f"{name} must have shape (..., {n}), not {array.shape}"
        raise ValueError(msg)
    wrong = np.abs(array) != 1
    if wrong.any():
        index = tuple(int(k) for k in np.argwhere(wrong)[0])
        where = ", ".join(map(str, index))
        msg = f"{name} must be -1 or +1: {name}[{where}] = {array[index]}"
        raise ValueError(msg)
    return array.astype(np.int8, copy=False)


def check_finite(name: str, array: Floats) -> None:
    """Raise a ValueError that names the first entry that is not finite."""
    bad = ~np.isfinite(array)
    if bad.any():
        index = tuple(int(k) for k in np.argwhere(bad)[0])
        where = ", ".join(map(str, index))
        msg = f"{name} must be finite: {name}[{where}] = {array[index]}"
        raise ValueError(msg)

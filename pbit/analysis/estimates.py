"""Numbers that carry how well they are known, and how such intervals are made."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from pbit.checks import Floats, check_finite
from pbit.random import RandomState, streams


@dataclass(frozen=True)
class Estimate:
    """A number and its confidence interval.

    Attributes
    ----------
    value
        The estimate.
    low, high
        The interval.
    level
        How often such intervals hold the truth: 0.95 for 95 %.
    error
        Standard error; NaN where the interval was not made from one.

    Examples
    --------
    >>> print(Estimate(1.25, 1.0, 1.5, 0.95))
    1.25 (95 %: 1 to 1.5)
    """

    value: float
    low: float
    high: float
    level: float
    error: float = math.nan

    def __str__(self) -> str:
        """Return the number with its interval."""
        return f"{self.value:.6g} ({100 * self.level:g} %: {self.low:.6g} to {self.high:.6g})"


def check_fraction(name: str, value: Any, *, zero: bool = False) -> float:
    """Return `value` as a float if it lies between 0 and 1, 1 excluded."""
    if isinstance(value, bool) or not isinstance(value, int | float | np.number):
        msg = f"{name} must be a number, not {value!r}"
        raise TypeError(msg)
    number = float(value)
    if not (0 <= number < 1) or (number == 0 and not zero):
        rule = "at least 0 and below 1" if zero else "between 0 and 1"
        msg = f"{name} must be {rule}, not {value}"
        raise ValueError(msg)
    return number


def check_table(name: str, values: ArrayLike, ndim: int) -> Floats:
    """Return a finite array of so many axes, none of them empty."""
    table = np.asarray(values, dtype=np.float64)
    if table.ndim != ndim or 0 in table.shape:
        msg = f"{name} must have {ndim} axes, none empty, not shape {table.shape}"
        raise ValueError(msg)
    check_finite(name, table)
    return table


def generator(rng: RandomState) -> np.random.Generator:
    """Return numpy's generator keyed by a seed of ours, for resampling."""
    source = streams(rng)
    return np.random.Generator(np.random.Philox(key=[source.key0, source.key1]))


def interval(values: Floats, level: float) -> tuple[float, float]:
    """Return the quantiles that hold `level` of resampled values; infinities may be."""
    tail = (1 - level) / 2
    ordered = np.sort(np.asarray(values, dtype=np.float64))
    last = len(ordered) - 1
    low = ordered[math.floor(tail * last)]
    return float(low), float(ordered[math.ceil((1 - tail) * last)])


def student(value: float, error: float, freedom: int, level: float) -> Estimate:
    """Return the interval of Student's t about a mean with this standard error."""
    from scipy import stats

    reach = float(stats.t.ppf((1 + level) / 2, freedom)) * error
    return Estimate(value, value - reach, value + reach, level, error)

"""Binder's cumulant, and where those of two sizes cross: the critical temperature."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.polynomial import Polynomial
from numpy.typing import ArrayLike

from pbit.analysis.estimates import (
    Estimate,
    check_fraction,
    check_table,
    generator,
    interval,
    student,
)
from pbit.checks import Floats, check_count
from pbit.random import RandomState
from pbit.samples import SampleSet

_LEAST_BLOCKS = 20


@dataclass(frozen=True)
class BinderCrossing:
    """Where two curves cross.

    Attributes
    ----------
    temperature
        With a bootstrap interval.
    binder
        The cumulant there, likewise: at an Ising critical point of the square torus it
        tends to 0.6107.
    chi_square
        Of the fit, per degree of freedom; NaN where the polynomial goes through all
        points. Far above 1, its degree is too low for the range.
    """

    temperature: Estimate
    binder: Estimate
    chi_square: float


def binder_cumulant(
    magnetizations: SampleSet | ArrayLike, *, level: float = 0.95
) -> Estimate:
    r"""Return :math:`U = 1 - \langle m^4 \rangle / 3 \langle m^2 \rangle^2` [Binder1981]_.

    0 for Gaussian fluctuations, 2/3 in an ordered state. Error and interval by the
    jackknife over blocks: chains, cut into pieces so that there are at least 20 blocks
    in all, which should be longer than the autocorrelation time.

    Parameters
    ----------
    magnetizations
        Of each state, or overlaps of two replicas, shape (n_chains, n_kept) or (n_kept,);
        or a SampleSet, of whose p-bits the mean is taken. At least 20 values.
    level
        Of the interval.

    Raises
    ------
    ValueError
        If an argument breaks a rule, or all magnetizations of a block are 0.

    References
    ----------
    .. [Binder1981] K. Binder, Z. Phys. B 43, 119 (1981).

    Examples
    --------
    >>> binder_cumulant([1.0, -1.0] * 20).value  # 2/3
    0.666667
    """
    level = check_fraction("level", level)
    if isinstance(magnetizations, SampleSet):
        table = magnetizations.states.mean(axis=2, dtype=np.float64)
    else:
        given = np.atleast_2d(np.asarray(magnetizations, dtype=np.float64))
        table = check_table("magnetizations", given, 2)
    if table.size < _LEAST_BLOCKS:
        msg = f"magnetizations must be at least {_LEAST_BLOCKS}, not {table.size}"
        raise ValueError(msg)
    pieces = min(-(-_LEAST_BLOCKS // len(table)), table.shape[1])
    blocks = [part for row in table for part in np.array_split(row, pieces)]
    sums = np.array([[len(b), (b**2).sum(), (b**4).sum()] for b in blocks])
    total = sums.sum(axis=0)
    without = total - sums
    if not (without[:, 1] > 0).all():
        msg = "magnetizations must not be 0 throughout: the cumulant is then undefined"
        raise ValueError(msg)
    value, others = float(_cumulant(total)), _cumulant(without)
    n = len(blocks)
    error = float(np.sqrt((n - 1) / n * ((others - others.mean()) ** 2).sum()))
    return student(value, error, n - 1, level)


def binder_crossing(
    temperatures: ArrayLike,
    small: Sequence[Estimate],
    large: Sequence[Estimate],
    *,
    degree: int = 3,
    level: float = 0.95,
    n_resamples: int = 1000,
    rng: RandomState = None,
) -> BinderCrossing:
    """Return the temperature at which the cumulants of two sizes are equal.

    The difference of the curves is fitted by a polynomial, weighted by its errors, and
    its root taken; the interval comes from fits of curves with normal noise of these
    errors. What is left is the shift of finite sizes, which no interval here covers.

    Parameters
    ----------
    temperatures
        Rising, shape (k,), k >= 2; or inverse temperatures.
    small, large
        Cumulants of the two sizes at these, with errors > 0, as `binder_cumulant` gives.
        They have to be independent: another seed for every point, for runs of one seed at
        neighbouring temperatures err together, and the interval would be too small.
    degree
        Of the polynomial; at most k - 1.
    level
        Of the intervals.
    n_resamples
        Noisy curves, at least 100.
    rng
        Seed.

    Raises
    ------
    ValueError
        If an argument breaks a rule; if the fit has no root within the temperatures, or
        several; or if the crossing is so uncertain that the noisy curves often have none.
    """
    level = check_fraction("level", level)
    check_count("n_resamples", n_resamples, 100)
    x = check_table("temperatures", temperatures, 1)
    if len(x) < 2 or (np.diff(x) <= 0).any():
        msg = "temperatures must be at least 2 and rise"
        raise ValueError(msg)
    if check_count("degree", degree) > len(x) - 1:
        msg = f"degree must be at most {len(x) - 1}, one below the points, not {degree}"
        raise ValueError(msg)
    first, first_error = _curve("small", small, len(x))
    second, second_error = _curve("large", large, len(x))
    errors = np.hypot(first_error, second_error)
    fit = Polynomial.fit(x, first - second, degree, w=1 / errors)
    roots = _roots(fit, x)
    if len(roots) != 1:
        msg = (
            f"the curves must cross once between {x[0]:g} and {x[-1]:g}, "
            f"not {len(roots)} times"
        )
        raise ValueError(msg)
    random, found = generator(rng), []
    for _ in range(n_resamples):
        a = first + first_error * random.standard_normal(len(x))
        b = second + second_error * random.standard_normal(len(x))
        at = _roots(Polynomial.fit(x, a - b, degree, w=1 / errors), x)
        if len(at) == 1:
            height = Polynomial.fit(x, a, degree, w=1 / first_error)
            found.append((at[0], float(height(at[0]))))
    if len(found) < n_resamples * (1 - (1 - level) / 2):
        msg = (
            f"the crossing is too uncertain: {n_resamples - len(found)} of {n_resamples} "
            "noisy curves do not cross once"
        )
        raise ValueError(msg)
    freedom = len(x) - degree - 1
    chi = float((((first - second - fit(x)) / errors) ** 2).sum())
    here = float(Polynomial.fit(x, first, degree, w=1 / first_error)(roots[0]))
    columns = np.array(found).T
    return BinderCrossing(
        _bootstrapped(roots[0], columns[0], level),
        _bootstrapped(here, columns[1], level),
        chi / freedom if freedom else float("nan"),
    )


def _cumulant(sums: Floats) -> Floats:
    count, second, fourth = np.moveaxis(sums, -1, 0)
    return np.asarray(1.0 - count * fourth / (3.0 * second**2))


def _curve(
    name: str, estimates: Sequence[Estimate], count: int
) -> tuple[Floats, Floats]:
    if len(estimates) != count:
        msg = f"{name} must have one estimate a temperature, {count}, not {len(estimates)}"
        raise ValueError(msg)
    values = check_table(name, [e.value for e in estimates], 1)
    errors = np.array([e.error for e in estimates])
    if not (errors > 0).all():
        k = int(np.argmin(errors > 0))
        msg = f"{name} must have errors > 0: that of {name}[{k}] is {errors[k]}"
        raise ValueError(msg)
    return values, errors


def _roots(fit: Polynomial, x: Floats) -> list[float]:
    roots = fit.roots()
    real = roots[np.abs(roots.imag) < 1e-9 * (x[-1] - x[0])].real
    return sorted(float(r) for r in real if x[0] <= r <= x[-1])


def _bootstrapped(value: float, values: Floats, level: float) -> Estimate:
    return Estimate(value, *interval(values, level), level, float(values.std(ddof=1)))

"""Residual energy: how far above the ground state a solver stops, and how fast that falls."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from pbit.analysis.estimates import (
    Estimate,
    check_fraction,
    check_table,
    generator,
    interval,
)
from pbit.checks import Floats, check_count
from pbit.random import RandomState

_ROUNDING = 1e-9  # by which an energy may lie below the ground energy, relatively


def residual_energy(
    energies: ArrayLike,
    ground_energies: ArrayLike,
    n: int,
    *,
    level: float = 0.95,
    n_resamples: int = 2000,
    rng: RandomState = None,
) -> Estimate:
    r"""Return :math:`\rho_E = \overline{(E - E_0) / n}`, the mean over instances and runs.

    The interval is a bootstrap over instances, whose runs stay together; of a single
    instance, over its runs.

    Parameters
    ----------
    energies
        Energies that runs ended with, shape (n_instances, n_runs) or (n_runs,).
    ground_energies
        Ground energy of each instance, shape (n_instances,), or one number.
    n
        Number of p-bits: energies are given per p-bit, as papers do.
    level
        Of the interval.
    n_resamples
        Bootstrap draws, at least 100.
    rng
        Seed of these.

    Raises
    ------
    TypeError, ValueError
        If an argument breaks a rule, or an energy lies below the ground energy.

    Examples
    --------
    >>> residual_energy([[-8.0, -10.0], [-9.0, -9.0]], [-10.0, -9.0], n=10, rng=0).value
    0.05
    """
    count = check_count("n", n)
    table = check_table("energies", np.atleast_2d(np.asarray(energies, np.float64)), 2)
    level = check_fraction("level", level)
    check_count("n_resamples", n_resamples, 100)
    grounds = check_table("ground_energies", np.atleast_1d(ground_energies), 1)
    if len(grounds) != len(table):
        msg = (
            f"ground_energies must be one an instance, {len(table)}, not {len(grounds)}"
        )
        raise ValueError(msg)
    above = table - grounds[:, None]
    if (above < -_ROUNDING * np.maximum(1.0, np.abs(grounds[:, None]))).any():
        i, r = np.unravel_index(int(np.argmin(above)), above.shape)
        msg = (
            "energies must not lie below the ground energy: "
            f"energies[{i}, {r}] = {table[i, r]} < {grounds[i]}"
        )
        raise ValueError(msg)
    parts = (above.mean(axis=1) if len(table) > 1 else above[0]) / count
    picks = generator(rng).integers(len(parts), size=(n_resamples, len(parts)))
    means = parts[picks].mean(axis=1)
    error = float(parts.std(ddof=1)) / math.sqrt(len(parts)) if len(parts) > 1 else 0.0
    return Estimate(float(parts.mean()), *interval(means, level), level, error)


def residual_exponent(
    times: ArrayLike,
    residuals: ArrayLike,
    *,
    level: float = 0.95,
    n_resamples: int = 2000,
    rng: RandomState = None,
) -> Estimate:
    r"""Return κ of :math:`\rho_E \propto t^{-\kappa}`, by least squares of the logarithms.

    The residual energies of the instances are averaged first, then fitted; the interval
    is a bootstrap over instances, which are the same at all times. Choose the window of
    times yourself, and state it: the exponent depends on it.

    Parameters
    ----------
    times
        Run lengths, rising, shape (k,), k >= 2.
    residuals
        Residual energies, each the mean over the runs of an instance, shape
        (k, n_instances), at least 2 instances.
    level
        Of the interval.
    n_resamples
        Bootstrap draws, at least 100.
    rng
        Seed of these.

    Raises
    ------
    TypeError, ValueError
        If an argument breaks a rule, or the residual energy of a time is 0 (of some
        resample, at least): leave such times out.

    Examples
    --------
    >>> residual_exponent([1, 4, 16], [[8.0, 4.0], [4.0, 2.0], [2.0, 1.0]], rng=0).value
    0.5
    """
    level = check_fraction("level", level)
    check_count("n_resamples", n_resamples, 100)
    t = check_table("times", times, 1)
    table = check_table("residuals", residuals, 2)
    if len(t) < 2 or t[0] <= 0 or (np.diff(t) <= 0).any():
        msg = f"times must be at least 2, positive and rise, not {t.tolist()}"
        raise ValueError(msg)
    if table.shape[0] != len(t) or table.shape[1] < 2:
        msg = (
            f"residuals must have shape ({len(t)}, n_instances) with at least 2 "
            f"instances, not {table.shape}"
        )
        raise ValueError(msg)
    if (table < 0).any():
        k, i = (int(x) for x in np.argwhere(table < 0)[0])
        msg = f"residuals must be >= 0: residuals[{k}, {i}] = {table[k, i]}"
        raise ValueError(msg)
    n = table.shape[1]
    picks = generator(rng).integers(n, size=(n_resamples, n))
    means = np.array([table[:, pick].mean(axis=1) for pick in picks])
    if not (means > 0).all():
        k = int(np.argmin((means > 0).all(axis=0)))
        msg = (
            f"residuals must leave something at every time: at times[{k}] = {t[k]:g} "
            f"{np.count_nonzero(table[k])} of {n} instances are above 0, too few to resample"
        )
        raise ValueError(msg)
    value, found = float(_slope(t, table.mean(axis=1))), _slope(t, means)
    return Estimate(value, *interval(found, level), level, float(found.std(ddof=1)))


def _slope(times: Floats, means: Floats) -> Floats:
    x = np.log(times) - np.log(times).mean()
    return np.asarray(-(np.log(means) @ x) / (x @ x))

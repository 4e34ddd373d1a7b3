"""Time to solution: how long until a solver has succeeded with a stated probability."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pbit.analysis.estimates import (
    Estimate,
    check_fraction,
    check_table,
    generator,
    interval,
)
from pbit.checks import Floats, check_count
from pbit.random import RandomState

_PRIOR = 0.5  # Jeffreys' prior of a success probability: Beta(1/2, 1/2)


@dataclass(frozen=True)
class OptimalTime:
    """The run length at which the time to solution is shortest.

    Attributes
    ----------
    tts
        The time to solution there. Its interval covers the choice of the run length:
        every resample chooses anew, of all lengths given.
    run_time
        That run length, likewise.
    curve
        The time to solution of every run length, with intervals of their own.
    at_end
        Whether the best run length is the shortest or the longest given: then the optimum
        may lie outside, and `tts` is only an upper bound on it.
    """

    tts: Estimate
    run_time: Estimate
    curve: tuple[Estimate, ...]
    at_end: bool


def time_to_solution(
    successes: ArrayLike,
    n_runs: ArrayLike,
    run_time: float = 1.0,
    *,
    target: float = 0.99,
    quantile: float = 0.5,
    level: float = 0.95,
    n_resamples: int = 2000,
    rng: RandomState = None,
) -> Estimate:
    r"""Return the time until one run at least has succeeded with probability `target`.

    .. math::

        TTS = t \, \max\Bigl(1, \frac{\ln(1 - target)}{\ln(1 - p)}\Bigr)

    of independent runs of length t that succeed with probability p [Ronnow2014]_; of
    several instances, a quantile over these, the median by default. The interval is a
    Bayesian bootstrap [Hen2015]_: instances are drawn with replacement, and of each a p
    from its posterior Beta(s + 1/2, r - s + 1/2). It is infinite at the top where p = 0
    cannot be told from a small p.

    Parameters
    ----------
    successes
        Successful runs, one number, or one an instance, shape (n_instances,).
    n_runs
        Runs made, likewise (one number for all instances will do).
    run_time
        Length of a run: seconds, sweeps, or what the answer is to be in; > 0.
    target
        The probability, 0.99 by custom.
    quantile
        Which quantile over instances.
    level
        Of the interval.
    n_resamples
        Bootstrap draws, at least 100.
    rng
        Seed of these.

    Raises
    ------
    TypeError, ValueError
        If an argument breaks a rule: successes lie between 0 and n_runs.

    References
    ----------
    .. [Ronnow2014] T. F. Rønnow et al., Science 345, 420 (2014).
    .. [Hen2015] I. Hen et al., Phys. Rev. A 92, 042325 (2015).

    Examples
    --------
    >>> time_to_solution(50, 100, run_time=2.0, rng=0).value  # 2 log(0.01) / log(0.5)
    13.287712
    """
    won, runs = _counts(successes, n_runs)
    time = float(check_table("run_time", [run_time], 1)[0])
    _check_positive_times("run_time", np.array([time]))
    target, quantile = (
        check_fraction("target", target),
        check_fraction("quantile", quantile),
    )
    level = check_fraction("level", level)
    check_count("n_resamples", n_resamples, 100)
    value = _quantile(_times(won / runs, time, target), quantile)
    p = _posterior(won[None], runs[None], n_resamples, generator(rng))[:, 0]
    found = _quantile(_times(p, time, target), quantile)
    return _estimate(value, found, level)


def optimal_time(
    run_times: ArrayLike,
    successes: ArrayLike,
    n_runs: ArrayLike,
    *,
    target: float = 0.99,
    quantile: float = 0.5,
    level: float = 0.95,
    n_resamples: int = 2000,
    rng: RandomState = None,
) -> OptimalTime:
    """Return the shortest time to solution over run lengths, and the length it needs.

    The smallest of noisy numbers is too small on average: the interval, from bootstrap
    draws that each choose the best length anew, shows by how much it may be. A length at
    which no run succeeded is never the best.

    Parameters
    ----------
    run_times
        Lengths of runs, rising, shape (k,): sweeps, seconds ...
    successes
        Successful runs of every length, shape (k,) or (k, n_instances); see
        `success_counts`.
    n_runs
        Runs made, a shape that fits.
    target, quantile, level, n_resamples, rng
        As in `time_to_solution`.

    Raises
    ------
    TypeError, ValueError
        If an argument breaks a rule, or the quantile is infinite at every length.

    Examples
    --------
    >>> best = optimal_time([10, 100, 1000], [5, 90, 99], 100, rng=0)
    >>> round(best.tts.value), best.run_time.value, best.at_end
    (200, 100.0, False)
    """
    times = check_table("run_times", run_times, 1)
    _check_positive_times("run_times", times)
    given = np.asarray(successes)
    if given.ndim not in (1, 2) or len(given) != len(times):
        msg = (
            f"successes must have shape ({len(times)},) or ({len(times)}, n_instances), "
            f"not {given.shape}"
        )
        raise ValueError(msg)
    table = given.reshape(len(times), -1)
    n = np.asarray(n_runs)
    won, runs = _counts(table, n[:, None] if n.ndim == 1 and given.ndim == 1 else n)
    target, quantile = (
        check_fraction("target", target),
        check_fraction("quantile", quantile),
    )
    level = check_fraction("level", level)
    check_count("n_resamples", n_resamples, 100)
    values = _quantile(_times(won / runs, times[:, None], target), quantile)
    best = int(np.argmin(values))
    if math.isinf(values[best]):
        msg = f"no run length solves the quantile {quantile} of the instances"
        raise ValueError(msg)
    p = _posterior(won, runs, n_resamples, generator(rng))
    found = _quantile(_times(p, times[:, None], target), quantile)
    solved = ~np.isinf(values)
    chosen = np.argmin(np.where(solved, found, np.inf), axis=1)
    return OptimalTime(
        _estimate(values[best], found[np.arange(n_resamples), chosen], level),
        _estimate(times[best], times[chosen], level),
        tuple(_estimate(v, found[:, k], level) for k, v in enumerate(values)),
        best in (0, len(times) - 1),
    )


def success_counts(first_hits: ArrayLike, run_times: ArrayLike) -> NDArray[np.int64]:
    """Return how many runs had succeeded by each of several times.

    For solvers whose schedule does not depend on the length of the run, such as
    tempering: one long run then stands for all shorter ones. Annealing needs runs of
    every length.

    Parameters
    ----------
    first_hits
        When each run first succeeded, infinite if it never did, shape (n_runs,) or
        (n_instances, n_runs).
    run_times
        Times asked for, shape (k,).

    Returns
    -------
    numpy.ndarray
        Shape (k,) or (k, n_instances).

    Raises
    ------
    ValueError
        If a time is NaN, or shapes are others.

    Examples
    --------
    >>> success_counts([3, 7, float("inf")], [1, 5, 10]).tolist()
    [0, 1, 2]
    """
    hits = np.asarray(first_hits, dtype=np.float64)
    if hits.ndim not in (1, 2) or hits.size == 0 or np.isnan(hits).any():
        msg = (
            "first_hits must be times, not NaN, of shape (n_runs,) or "
            f"(n_instances, n_runs), not {hits.shape}"
        )
        raise ValueError(msg)
    times = check_table("run_times", run_times, 1)
    counts = [(hits <= time).sum(axis=-1) for time in times]
    return np.array(counts, dtype=np.int64)


def _counts(successes: ArrayLike, n_runs: ArrayLike) -> tuple[Floats, Floats]:
    won = np.atleast_1d(np.asarray(successes))
    runs = np.asarray(n_runs)
    for name, array in (("successes", won), ("n_runs", runs)):
        if array.dtype.kind not in "iu":
            msg = f"{name} must be whole numbers, not {array.dtype}"
            raise TypeError(msg)
    try:
        runs = np.broadcast_to(runs, won.shape)
    except ValueError:
        msg = f"n_runs must fit the shape {won.shape} of successes, not {runs.shape}"
        raise ValueError(msg) from None
    if won.size == 0 or (runs < 1).any():
        msg = "n_runs must be at least 1 of at least one instance"
        raise ValueError(msg)
    wrong = (won < 0) | (won > runs)
    if wrong.any():
        at = tuple(int(k) for k in np.argwhere(wrong)[0])
        msg = (
            f"successes must lie between 0 and n_runs: {won[at]} of {runs[at]} "
            f"at {', '.join(map(str, at))}"
        )
        raise ValueError(msg)
    return won.astype(np.float64), runs.astype(np.float64)


def _check_positive_times(name: str, times: Floats) -> None:
    if (times <= 0).any() or (np.diff(times) <= 0).any():
        rule = "positive" if len(times) == 1 else "positive and rise"
        msg = f"{name} must be {rule}, not {times.tolist()}"
        raise ValueError(msg)


def _times(p: Floats, time: float | Floats, target: float) -> Floats:
    """Return the times to solution, infinite for p = 0."""
    with np.errstate(divide="ignore"):
        runs = math.log1p(-target) / np.log1p(-p)
    return np.asarray(time * np.maximum(1.0, runs))


def _quantile(times: Floats, quantile: float) -> Floats:
    """Return a quantile over the last axis; interpolating with infinity is infinite."""
    ordered = np.sort(times, axis=-1)
    at = quantile * (ordered.shape[-1] - 1)
    low, high = ordered[..., math.floor(at)], ordered[..., math.ceil(at)]
    part = at - math.floor(at)
    if part == 0:
        return np.asarray(low)
    with np.errstate(invalid="ignore"):
        between = (1 - part) * low + part * high
    return np.asarray(np.where(np.isinf(high), np.inf, between))


def _posterior(
    won: Floats, runs: Floats, n_resamples: int, random: np.random.Generator
) -> Floats:
    """Return success probabilities, shape (n_resamples, k, n_instances)."""
    k, n = won.shape
    picks = random.integers(n, size=(n_resamples, n))
    # The same instances at every length: curves cross or they do not, instance by instance.
    chosen, of = won[:, picks].swapaxes(0, 1), runs[:, picks].swapaxes(0, 1)
    p = random.beta(chosen + _PRIOR, of - chosen + _PRIOR)
    return np.asarray(p.reshape(n_resamples, k, n))


def _estimate(value: float | Floats, found: Floats, level: float) -> Estimate:
    return Estimate(float(value), *interval(found, level), level)

"""ln Z by sampling: annealed importance sampling and thermodynamic integration."""

from __future__ import annotations

import itertools
import math
from collections.abc import Hashable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import logsumexp

from pbit._terms import Terms
from pbit.analysis.estimates import Estimate, check_fraction, check_table, student
from pbit.checks import Floats, check_count, check_positive
from pbit.model import IsingModel
from pbit.polynomial import PolynomialModel
from pbit.random import RandomState, streams
from pbit.samplers.ensemble import Ensemble

_NOISE = 3.0  # standard errors below which a difference says nothing


@dataclass(frozen=True)
class LogPartition(Estimate):
    """ln Z with its interval, and what it rests on.

    Attributes
    ----------
    method
        "annealed importance sampling" or "thermodynamic integration".
    effective_chains
        Chains that carry the estimate: of importance weights w, (Σw)²/Σw². Below about
        10 the interval cannot be trusted: use more steps.
    discretization
        How much of the half-width stands for the quadrature rule; 0 where none is used.
    updates
        Updates of p-bits made.
    """

    method: str = ""
    effective_chains: float = math.nan
    discretization: float = 0.0
    updates: int = 0


def annealed_importance(
    model: IsingModel | PolynomialModel,
    beta: float = 1.0,
    *,
    n_chains: int = 100,
    n_steps: int = 1000,
    betas: ArrayLike | None = None,
    sweeps_per_step: int = 1,
    order: str = "sequential",
    clamp: Mapping[Hashable, int] | None = None,
    level: float = 0.95,
    rng: RandomState = None,
    n_threads: int | None = None,
) -> LogPartition:
    r"""Estimate ln Z from chains that are cooled from beta = 0 [Neal2001]_.

    .. math::

        \hat Z = 2^n \frac1C \sum_c \exp\Bigl(-\sum_{k=1}^{K}
        (\beta_k - \beta_{k-1}) E(m_{c, k-1})\Bigr)

    where chain c goes from :math:`m_{k-1}` to :math:`m_k` by sweeps at :math:`\beta_k`.
    :math:`\hat Z` has no bias, however fast the cooling, so its logarithm is too small on
    average. The interval is Student's with the standard error of the weights by the delta
    method; it holds where `effective_chains` is not small.

    Parameters
    ----------
    model
        An IsingModel or a PolynomialModel.
    beta
        Inverse temperature whose ln Z is wanted, > 0.
    n_chains
        Independent chains, at least 2.
    n_steps
        Steps of equal size from 0 to `beta`.
    betas
        Instead: the steps themselves, rising from 0 to `beta`.
    sweeps_per_step
        Sweeps (n updates each) after every step.
    order, n_threads
        As in :func:`pbit.sample`.
    clamp
        P-bits held, {label: ±1}: Z is then of the states that agree.
    level
        Of the interval.
    rng
        Seed.

    Raises
    ------
    TypeError, ValueError, KeyError
        If an argument breaks a rule above.

    References
    ----------
    .. [Neal2001] R. M. Neal, Statistics and Computing 11, 125 (2001).

    Examples
    --------
    >>> found = annealed_importance(IsingModel({(0, 1): 1.0}), n_steps=200, rng=1)
    >>> found.low < 1.820075 < found.high  # ln(2e + 2/e)
    True
    """
    level = check_fraction("level", level)
    check_count("n_chains", n_chains, 2)
    check_count("sweeps_per_step", sweeps_per_step)
    ladder = _ladder(check_positive("beta", beta), n_steps, betas)
    source = streams(rng)
    with Ensemble(
        model, n_chains, source, order=order, clamp=clamp, n_threads=n_threads
    ) as chains:
        n_free = int(chains.free[0].sum())
        logs = np.full(n_chains, n_free * math.log(2.0))
        for before, after in itertools.pairwise(ladder):
            logs -= (after - before) * chains.energies
            if after < ladder[-1]:
                chains.advance(float(after), sweeps_per_step)
        updates = chains.sweeps_done * n_free * n_chains
    total = float(logsumexp(logs))
    effective = math.exp(2 * total - float(logsumexp(2 * logs)))
    value = total - math.log(n_chains) - beta * model.offset
    spread = max(0.0, 1 / effective - 1 / n_chains) * n_chains / (n_chains - 1)
    found = student(value, math.sqrt(spread), n_chains - 1, level)
    return LogPartition(
        value,
        found.low,
        found.high,
        level,
        found.error,
        "annealed importance sampling",
        effective,
        0.0,
        updates,
    )


def thermodynamic_integration(
    model: IsingModel | PolynomialModel,
    beta: float = 1.0,
    *,
    n_points: int = 16,
    n_chains: int = 16,
    n_sweeps: int = 1000,
    n_warmup: int = 200,
    order: str = "sequential",
    clamp: Mapping[Hashable, int] | None = None,
    level: float = 0.95,
    rng: RandomState = None,
    n_threads: int | None = None,
) -> LogPartition:
    r"""Estimate ln Z by integrating the mean energy from beta = 0 [Kirkwood1935]_.

    .. math::

        \ln Z(\beta) = n \ln 2 - \int_0^\beta \langle E \rangle_{\beta'} d\beta'

    by Gauss and Legendre's rule, with chains of their own at every point. The interval
    covers the scatter between chains (Student's t, with the freedom of Welch and
    Satterthwaite) and, as far as it stands out of that, what the rule misses: the
    polynomial through the energies is compared with the exact energy at beta = 0. It
    knows nothing of chains that did not equilibrate.

    Parameters
    ----------
    model, beta, order, clamp, level, rng, n_threads
        As in `annealed_importance`.
    n_points
        Temperatures, at least 3.
    n_chains
        Independent chains at each, at least 2.
    n_sweeps, n_warmup
        Sweeps averaged and, before them, thrown away, per chain.

    Raises
    ------
    TypeError, ValueError, KeyError
        If an argument breaks a rule above.

    References
    ----------
    .. [Kirkwood1935] J. G. Kirkwood, J. Chem. Phys. 3, 300 (1935).

    Examples
    --------
    >>> found = thermodynamic_integration(IsingModel({(0, 1): 1.0}), rng=1)
    >>> found.low < 1.820075 < found.high  # ln(2e + 2/e)
    True
    """
    level = check_fraction("level", level)
    beta = check_positive("beta", beta)
    check_count("n_points", n_points, 3)
    check_count("n_chains", n_chains, 2)
    check_count("n_sweeps", n_sweeps)
    check_count("n_warmup", n_warmup, 0)
    nodes, weights = np.polynomial.legendre.leggauss(n_points)
    betas = np.repeat(beta * (1 + nodes) / 2, n_chains)
    with Ensemble(
        model,
        len(betas),
        streams(rng),
        order=order,
        clamp=clamp,
        n_threads=n_threads,
    ) as chains:
        if n_warmup:
            chains.advance(betas, n_warmup)
        sums = np.zeros(len(betas))
        for _ in range(n_sweeps):
            chains.advance(betas)
            sums += chains.energies
        n_free, hot = int(chains.free[0].sum()), _hot_energy(model, chains)
        updates = chains.sweeps_done * n_free * len(betas)
    table = (sums / n_sweeps).reshape(n_points, n_chains)
    means, noise = table.mean(axis=1), table.var(axis=1, ddof=1) / n_chains
    value = n_free * math.log(2.0) - beta / 2 * float(weights @ means)
    parts = (beta / 2 * weights) ** 2 * noise
    variance = float(parts.sum())
    freedom = n_chains - 1
    if variance > 0:
        freedom = max(freedom, int(variance**2 / (parts**2).sum() * (n_chains - 1)))
    found = student(value - beta * model.offset, math.sqrt(variance), freedom, level)
    missing = beta / 2 * _discretization(nodes, weights, means, noise, hot)
    return LogPartition(
        found.value,
        found.low - missing,
        found.high + missing,
        level,
        found.error,
        "thermodynamic integration",
        float(len(betas)),
        missing,
        updates,
    )


def _ladder(beta: float, n_steps: int, betas: ArrayLike | None) -> Floats:
    if betas is None:
        return np.linspace(0.0, beta, check_count("n_steps", n_steps) + 1)
    ladder = check_table("betas", betas, 1)
    if len(ladder) < 2 or ladder[0] != 0 or ladder[-1] != beta:
        msg = f"betas must go from 0 to beta = {beta}, not from {ladder[0]} to {ladder[-1]}"
        raise ValueError(msg)
    if (np.diff(ladder) <= 0).any():
        k = int(np.argmax(np.diff(ladder) <= 0)) + 1
        msg = f"betas must rise: betas[{k}] = {ladder[k]} after {ladder[k - 1]}"
        raise ValueError(msg)
    return ladder


def _hot_energy(model: IsingModel | PolynomialModel, chains: Ensemble) -> float:
    """Return the mean energy of fair free p-bits, offset left out: of held terms only."""
    held = np.where(chains.free[0], 0, chains.states[0]).astype(np.int8)
    terms = Terms.of(model).without(held)
    free_members = np.bincount(terms.numbers, minlength=len(terms.weights))
    return -float(terms.weights[free_members == 0].sum())


def _discretization(
    nodes: Floats, weights: Floats, means: Floats, noise: Floats, hot: float
) -> float:
    """Return how much the rule may miss, in units of half the range.

    The polynomial through the energies is off by g(x) P_n(x); at beta = 0, where |P_n|
    is 1 and energies bend most, the truth is known, and with it g.
    """
    n = len(nodes)
    orders = np.arange(n)
    columns = np.polynomial.legendre.legvander(nodes, n - 1)
    end = weights * (columns @ ((2 * orders + 1) / 2 * (-1.0) ** orders))
    missed = abs(float(end @ means) - hot) - _NOISE * float(np.sqrt(end**2 @ noise))
    fine = np.linspace(-1.0, 1.0, 64 * n + 1)
    polynomial = np.polynomial.legendre.Legendre.basis(n)(fine)
    return max(0.0, missed) * 2.0 * float(np.abs(polynomial).mean())

"""Entropy, free energy, and how far one distribution is from another, and from its samples."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import entr, gammaln, rel_entr

from pbit.analysis.estimates import check_fraction, check_table
from pbit.checks import Floats, check_nonnegative, check_positive

_SUM = 1e-6  # by which probabilities may miss 1


class NoiseFloor(NamedTuple):
    """What total variation from the truth perfect samples have, because they are few.

    Attributes
    ----------
    expected
        Its mean.
    limit
        What it exceeds with the stated probability at most.
    """

    expected: float
    limit: float


def entropy(p: ArrayLike, *, bits: bool = False) -> float:
    r"""Return :math:`H = -\sum_k p_k \ln p_k`, in nats, or in bits if asked.

    Raises
    ------
    ValueError
        If `p` is no distribution: an entry is negative or the sum is not 1 to 1e-6.

    Examples
    --------
    >>> entropy([0.5, 0.25, 0.25, 0.0], bits=True)
    1.5
    """
    nats = float(entr(_distribution("p", p)).sum())
    return nats / math.log(2.0) if bits else nats


def kl_divergence(p: ArrayLike, q: ArrayLike) -> float:
    r"""Return :math:`D(p \| q) = \sum_k p_k \ln (p_k / q_k)` >= 0, in nats.

    It is infinite where p has states that q has not.

    Raises
    ------
    ValueError
        If one is no distribution, or their sizes differ.

    Examples
    --------
    >>> round(kl_divergence([0.5, 0.5], [0.25, 0.75]), 6), kl_divergence([1, 1e-9], [1, 0])
    (0.143841, inf)
    """
    first, second = _pair(p, q)
    return max(0.0, float(rel_entr(first, second).sum()))


def total_variation(p: ArrayLike, q: ArrayLike) -> float:
    r"""Return :math:`\tfrac12 \sum_k |p_k - q_k|`, between 0 and 1.

    It is the largest difference of the probability of any event. Of samples, print
    `tv_noise_floor` beside it.

    Raises
    ------
    ValueError
        If one is no distribution, or their sizes differ.

    Examples
    --------
    >>> total_variation([0.5, 0.5, 0.0], [0.25, 0.5, 0.25])
    0.25
    """
    first, second = _pair(p, q)
    return 0.5 * float(np.abs(first - second).sum())


def tv_noise_floor(
    p: ArrayLike, n_samples: float, *, false_alarm: float = 1e-6
) -> NoiseFloor:
    r"""Return the total variation that independent samples of p itself have from p.

    .. math::

        \mathbb E = \frac1N \sum_k \binom{N}{\nu_k} \nu_k\, p_k^{\nu_k}
        (1 - p_k)^{N - \nu_k + 1}, \qquad \nu_k = \lfloor N p_k \rfloor + 1

    the mean deviation of binomials, exactly [DeMoivre1730]_. One sample moves it by 1/N
    at most, so it exceeds the mean by :math:`\sqrt{\ln(1/\alpha) / 2N}` with probability
    α at most [McDiarmid1989]_.

    Parameters
    ----------
    p
        The exact distribution.
    n_samples
        Number of independent samples, at least 1. Of correlated ones, give their
        effective number (see `mixing`), rounded down; the floor is then an
        approximation.
    false_alarm
        The α of the limit.

    Raises
    ------
    ValueError
        If `p` is no distribution, or a number is out of its range.

    References
    ----------
    .. [DeMoivre1730] P. Diaconis and S. Zabell, Statistical Science 6, 284 (1991).
    .. [McDiarmid1989] C. McDiarmid, Surveys in Combinatorics, 148 (1989).

    Examples
    --------
    >>> tv_noise_floor([0.5, 0.5], 1).expected
    0.5
    """
    law = _distribution("p", p).ravel()
    n = math.floor(check_nonnegative("n_samples", n_samples))
    if n < 1:
        msg = f"n_samples must be at least 1, not {n_samples}"
        raise ValueError(msg)
    alpha = check_fraction("false_alarm", false_alarm)
    law = law[(law > 0) & (law < 1)]
    count = np.minimum(np.floor(n * law) + 1, n)
    logs = (
        gammaln(n + 1)
        - gammaln(count + 1)
        - gammaln(n - count + 1)
        + np.log(count)
        + count * np.log(law)
        + (n - count + 1) * np.log1p(-law)
    )
    expected = float(np.exp(logs).sum()) / n
    limit = min(1.0, expected + math.sqrt(math.log(1 / alpha) / (2 * n)))
    return NoiseFloor(expected, limit)


def free_energy(log_partition: float, beta: float) -> float:
    r"""Return :math:`F = -\ln Z / \beta`.

    Raises
    ------
    ValueError
        If `beta` is not positive.

    Examples
    --------
    >>> free_energy(3.0, 2.0)
    -1.5
    """
    return -_number("log_partition", log_partition) / check_positive("beta", beta)


def thermodynamic_entropy(log_partition: float, energy: float, beta: float) -> float:
    r"""Return :math:`S = \beta (\langle E \rangle - F) = \ln Z + \beta \langle E \rangle`.

    In nats; it is the entropy of the Boltzmann distribution, 0 <= S <= n ln 2.

    Raises
    ------
    ValueError
        If a number is not finite, or `beta` is negative.

    Examples
    --------
    >>> thermodynamic_entropy(log_partition=2.0, energy=-1.0, beta=0.5)
    1.5
    """
    beta = check_nonnegative("beta", beta)
    return _number("log_partition", log_partition) + beta * _number("energy", energy)


def _number(name: str, value: float) -> float:
    return float(check_table(name, [value], 1)[0])


def _distribution(name: str, values: ArrayLike) -> Floats:
    p = check_table(name, values, 1)
    if (p < 0).any():
        k = int(np.flatnonzero(p < 0)[0])
        msg = f"{name} must be >= 0: {name}[{k}] = {p[k]}"
        raise ValueError(msg)
    if abs(float(p.sum()) - 1) > _SUM:
        msg = f"{name} must add up to 1, not to {p.sum()}"
        raise ValueError(msg)
    return p


def _pair(p: ArrayLike, q: ArrayLike) -> tuple[Floats, Floats]:
    first, second = _distribution("p", p), _distribution("q", q)
    if first.shape != second.shape:
        msg = f"p and q must be as long, not {len(first)} and {len(second)}"
        raise ValueError(msg)
    return first, second

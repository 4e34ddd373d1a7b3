"""At which temperature a model looks most like the samples."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy import optimize
from scipy.special import expit

from pbit.analysis.estimates import Estimate, check_fraction, student
from pbit.checks import Floats, check_states
from pbit.model import PCircuit
from pbit.polynomial import PolynomialModel
from pbit.samples import SampleSet

_LEAST_BLOCKS = 20


def effective_beta(
    model: PCircuit | PolynomialModel,
    samples: SampleSet | ArrayLike,
    *,
    level: float = 0.95,
) -> Estimate:
    r"""Return the inverse temperature that samples of any origin look most like.

    It maximises the pseudo-likelihood [Besag1975]_ of their states,

    .. math::

        \hat\beta = \arg\max_\beta \sum_s \sum_i \ln \sigma(2 \beta m_i f_i), \qquad
        f = J m + h

    that is, it asks of every p-bit how well it obeys its neighbours. It needs no Z, is
    consistent for Boltzmann samples, and may be negative. The interval is of the
    sandwich kind [White1982]_: chains are cut into blocks, 20 or more in all, and the
    blocks count as independent, so they should be longer than the autocorrelation time.

    Parameters
    ----------
    model
        Whose couplings the samples are compared with; O(samples · edges).
    samples
        A SampleSet, or states of shape (n_chains, n_kept, n) or (n_samples, n), the
        latter taken to be independent. At least 20 states.
    level
        Of the interval.

    Raises
    ------
    TypeError, ValueError
        If an argument breaks a rule; if no p-bit feels a field; or if none ever disagrees
        with its field (or none agrees), so that no finite beta is the best.

    References
    ----------
    .. [Besag1975] J. Besag, The Statistician 24, 179 (1975).
    .. [White1982] H. White, Econometrica 50, 1 (1982).

    Examples
    --------
    >>> import pbit
    >>> pair = pbit.IsingModel({(0, 1): 1.0})
    >>> samples = pbit.sample(pair, beta=0.7, n_chains=100, n_sweeps=200, rng=1)
    >>> fit = effective_beta(pair, samples)
    >>> fit.low < 0.7 < fit.high
    True
    """
    level = check_fraction("level", level)
    given: Any = model
    if not isinstance(given, PCircuit | PolynomialModel):
        msg = f"model must be a circuit or a PolynomialModel, not {model!r}"
        raise TypeError(msg)
    blocks = _blocks(model.n, samples)
    aligned = [(block * model.fields(block)).ravel() for block in blocks]
    everything = np.concatenate(aligned)
    if not everything.any():
        msg = "no p-bit feels a field in these samples: any beta fits them"
        raise ValueError(msg)
    if everything.min() >= 0 or everything.max() <= 0:
        which = "disagrees" if everything.min() >= 0 else "agrees"
        msg = f"no p-bit ever {which} with its field: no finite beta is the best"
        raise ValueError(msg)
    beta = _root(everything)
    # Each block pulls at beta by its score; were the model right they would be noise.
    scores = np.array([_score(beta, x) for x in aligned])
    p = expit(2 * beta * everything)
    curvature = 4.0 * float((everything**2 * p * (1 - p)).sum())
    n = len(scores)
    error = math.sqrt(float((scores**2).sum()) * n / (n - 1)) / curvature
    return student(beta, error, n - 1, level)


def _blocks(n: int, samples: SampleSet | ArrayLike) -> list[Floats]:
    """Cut the samples into blocks of states, shape (k, n) each, none across chains."""
    given = samples.states if isinstance(samples, SampleSet) else samples
    states = check_states(given, n, "samples")
    if states.ndim not in (2, 3):
        msg = f"samples must have 2 or 3 axes, not shape {states.shape}"
        raise ValueError(msg)
    if math.prod(states.shape[:-1]) < _LEAST_BLOCKS:
        msg = (
            f"samples must hold at least {_LEAST_BLOCKS} states, "
            f"not {math.prod(states.shape[:-1])}"
        )
        raise ValueError(msg)
    chains = states[None] if states.ndim == 2 else states
    pieces = min(-(-_LEAST_BLOCKS // len(chains)), chains.shape[1])
    return [
        np.asarray(block) for chain in chains for block in np.array_split(chain, pieces)
    ]


def _score(beta: float, aligned: Floats) -> float:
    """Return the derivative of the pseudo-likelihood by beta."""
    return 2.0 * float((aligned * expit(-2.0 * beta * aligned)).sum())


def _root(aligned: Floats) -> float:
    scale = 1.0 / float(np.abs(aligned).max())  # concave: the score falls everywhere
    low, high = -scale, scale
    while _score(low, aligned) < 0:
        low *= 2
    while _score(high, aligned) > 0:
        high *= 2
    return float(
        optimize.brentq(_score, low, high, args=(aligned,), xtol=1e-14 * scale)
    )

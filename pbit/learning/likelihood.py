"""How good a Boltzmann machine is: likelihood, exact or by sampling, and cheaper measures."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from pbit.analysis.estimates import Estimate
from pbit.analysis.partition import LogPartition, annealed_importance
from pbit.checks import Floats, States, check_count
from pbit.learning.machine import BoltzmannMachine
from pbit.random import RandomState, Use, random_states, streams
from pbit.samplers.ensemble import Ensemble

_ROWS = 2**16  # rows times columns that are flipped at a time


@dataclass(frozen=True)
class LogLikelihood(Estimate):
    """The mean of ln P(v) over rows, with the interval of the ln Z it rests on.

    Attributes
    ----------
    log_partition
        ln Z by annealed importance sampling. Its estimate is too small on average where
        chains are cooled too fast, and the likelihood then too large: look at
        `effective_chains` there.
    """

    log_partition: LogPartition | None = None


def data_entropy(data: ArrayLike, width: int | None = None) -> float:
    """Return the entropy of the rows' own distribution, in nats.

    No machine has a mean log-likelihood above minus this.

    Examples
    --------
    >>> round(data_entropy([[1, 0], [1, 0], [0, 1], [1, 1]]), 4)
    1.0397
    """
    from pbit.learning.data import check_data

    _, counts = np.unique(check_data(data, width), axis=0, return_counts=True)
    chances = counts / counts.sum()
    return float(-(chances @ np.log(chances)))


def kl_to_data(machine: BoltzmannMachine, data: ArrayLike) -> float:
    r"""Return :math:`\sum_v P_{data}(v) \ln (P_{data}(v) / P(v))` in nats, exactly.

    Raises
    ------
    CapacityError
        If the machine is too large for exact sums.
    TypeError, ValueError
        If the data break a rule.

    Examples
    --------
    >>> round(kl_to_data(BoltzmannMachine(2), [[1, 1], [-1, -1]]), 4)  # ln 4 - ln 2
    0.6931
    """
    rows = machine.check(data)
    return -data_entropy(rows, machine.n_visible) - machine.log_likelihood(rows)


def annealed_log_likelihood(
    machine: BoltzmannMachine,
    data: ArrayLike,
    *,
    n_chains: int = 100,
    n_steps: int = 1000,
    level: float = 0.95,
    rng: RandomState = None,
    n_threads: int | None = None,
) -> LogLikelihood:
    r"""Estimate the mean of ln P(v) with ln Z by annealed importance sampling.

    .. math:: \ln P(v) = \ln \sum_{hidden} e^{-E(v, hidden)} - \ln Z

    The first term is exact, so at most 24 hidden p-bits may be gone through (those without
    edges among themselves do not count); ln Z and its interval are
    :func:`pbit.analysis.annealed_importance`'s.

    Parameters
    ----------
    machine, data
        Of which machine, for which rows.
    n_chains, n_steps, level, rng, n_threads
        As in :func:`pbit.analysis.annealed_importance`.

    Raises
    ------
    CapacityError
        If too many hidden p-bits have edges among themselves.
    TypeError, ValueError
        If an argument breaks a rule above.

    Examples
    --------
    >>> machine = BoltzmannMachine(3, visible=[0, 1], weights=[0.5, 0.8, -0.3])
    >>> found = annealed_log_likelihood(machine, [[1, 1]], n_steps=200, rng=0)
    >>> found.low < machine.log_likelihood([[1, 1]]) < found.high
    True
    """
    rows = machine.check(data)
    top = float(machine.enumerated.log_clamped(machine, rows).mean())
    z = annealed_importance(
        machine.model, n_chains=n_chains, n_steps=n_steps, level=level, rng=rng,
        n_threads=n_threads,
    )  # fmt: skip
    return LogLikelihood(top - z.value, top - z.high, top - z.low, level, z.error, z)


def pseudo_log_likelihoods(machine: BoltzmannMachine, data: ArrayLike) -> Floats:
    r"""Return :math:`\sum_i \ln P(v_i | v_{others})` of every row, shape (n_samples,).

    Exact: ratios need no Z. Hidden p-bits are summed over.

    Raises
    ------
    CapacityError
        If more than 24 hidden p-bits would have to be gone through.
    TypeError, ValueError
        If the data break a rule.
    """
    rows = machine.check(data)
    n = machine.n_visible
    found = np.zeros(len(rows))
    step = max(1, _ROWS // n**2)
    for first in range(0, len(rows), step):
        part = rows[first : first + step]
        own = machine.enumerated.log_clamped(machine, part)
        flipped = np.repeat(part, n, axis=0)
        flipped[np.arange(len(flipped)), np.tile(np.arange(n), len(part))] *= -1
        others = machine.enumerated.log_clamped(machine, flipped).reshape(-1, n)
        found[first : first + step] = -np.logaddexp(0.0, others - own[:, None]).sum(
            axis=1
        )
    return found


def pseudo_likelihood(machine: BoltzmannMachine, data: ArrayLike) -> float:
    """Return the mean of `pseudo_log_likelihoods` over the rows, in nats a row.

    Examples
    --------
    >>> round(pseudo_likelihood(BoltzmannMachine(2), [[1, 1]]), 4)  # 2 ln 1/2
    -1.3863
    """
    return float(pseudo_log_likelihoods(machine, data).mean())


def reconstructions(
    machine: BoltzmannMachine,
    data: ArrayLike,
    rng: RandomState = None,
    *,
    n_sweeps: int = 1,
) -> States:
    """Return rows drawn from hidden p-bits that were drawn from the rows.

    Parameters
    ----------
    machine, data
        A machine with hidden p-bits, and rows of its visible ones.
    rng
        Seed.
    n_sweeps
        Sweeps of the hidden p-bits with the data held, and then of the visible ones with
        the hidden ones held.

    Returns
    -------
    numpy.ndarray
        int8, shape (n_samples, n_visible).

    Raises
    ------
    TypeError, ValueError
        If there are no hidden p-bits, or an argument breaks a rule.
    """
    rows = machine.check(data)
    check_count("n_sweeps", n_sweeps)
    if not machine.n_hidden:
        msg = "reconstructions need hidden p-bits, and this machine has none"
        raise ValueError(msg)
    source = streams(rng)
    states = random_states(source, len(rows), machine.n, Use.INITIAL)
    states[:, machine.visible] = rows
    first = 0
    for held in (machine.visible, machine.hidden):
        clamp = {
            machine.labels[i]: np.ascontiguousarray(states[:, i]) for i in held.tolist()
        }
        with Ensemble(
            machine.model, len(rows), source, clamp=clamp, initial=states, n_threads=1
        ) as chains:
            chains.sweeps_done = first
            chains.advance(1.0, n_sweeps)
            states, first = chains.states, chains.sweeps_done
    return states[:, machine.visible]


def reconstruction_error(
    machine: BoltzmannMachine,
    data: ArrayLike,
    rng: RandomState = None,
    *,
    n_sweeps: int = 1,
) -> float:
    """Return the fraction of visible p-bits that `reconstructions` have wrong."""
    again = reconstructions(machine, data, rng, n_sweeps=n_sweeps)
    return float((again != machine.check(data)).mean())

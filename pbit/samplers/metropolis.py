"""Metropolis sampling: a flip that costs energy dE is made with probability exp(-beta dE)."""

from __future__ import annotations

from numpy.typing import ArrayLike

from pbit.checks import check_choice
from pbit.cluster import Client, over_chains
from pbit.model import IsingModel
from pbit.progress import Progress
from pbit.random import RandomState
from pbit.samplers.checkpoint import CheckpointLike
from pbit.samplers.clamps import Clamp
from pbit.samplers.recording import record
from pbit.samples import SampleSet


@over_chains
def metropolis(
    model: IsingModel,
    beta: ArrayLike = 1.0,
    n_chains: int = 64,
    n_sweeps: int = 1000,
    n_warmup: int = 100,
    order: str = "sequential",
    clamp: Clamp = None,
    rng: RandomState = None,
    *,
    keep_every: int = 1,
    initial: ArrayLike | None = None,
    n_threads: int | None = None,
    progress: Progress = False,
    time_limit: float | None = None,
    first_chain: int = 0,
    checkpoint: CheckpointLike = None,
    client: Client | None = None,
) -> SampleSet:
    r"""Sample from P(m) ∝ exp(-beta E(m)) with Metropolis updates.

    An update offers p-bit i a flip, which is made with probability

    .. math:: \min(1, e^{-\beta \Delta E}), \qquad
        \Delta E = 2 m_i (\sum_j J_{ij} m_j + h_i)

    It flips more often than the heat bath of :func:`pbit.sample` does, and is what many
    annealers do; it is not what a p-bit does.

    Parameters
    ----------
    model
        An IsingModel.
    beta
        Inverse temperature, >= 0: one for all sweeps, or one for each of the n_warmup +
        n_sweeps sweeps, as an annealing schedule.
    n_chains, n_sweeps, n_warmup, clamp, rng, keep_every, initial
        As in :func:`pbit.sample`.
    order
        "sequential", "random" (p-bits picked with replacement) or "chromatic".
    n_threads, progress, time_limit
        As in :func:`pbit.sample`.
    first_chain, checkpoint, client
        As in :func:`pbit.sample`.

    Returns
    -------
    SampleSet
        States of shape (n_chains, n_sweeps // keep_every, n); fewer if interrupted or out
        of time: ``info["stopped"]`` then says so.

    Raises
    ------
    TypeError, ValueError, KeyError
        If an argument breaks a rule above.
    KeyboardInterrupt, TimeoutError
        If interrupted or out of time before there was a state to keep.

    Notes
    -----
    In a fixed order it is not ergodic where flips cost nothing: at beta = 0 every p-bit
    flips in every sweep. Take order="random" there, or the heat bath.

    References
    ----------
    N. Metropolis et al., J. Chem. Phys. 21, 1087 (1953).

    Examples
    --------
    >>> import pbit
    >>> pair = pbit.IsingModel({(0, 1): 1.0})
    >>> samples = pbit.metropolis(pair, 0.5, 64, 2000, order="random", rng=1)
    >>> round(float((samples.column(0) * samples.column(1)).mean()), 2)  # tanh(1/2)
    0.46
    """
    check_choice("order", order, ("sequential", "random", "chromatic"))
    return record(
        model, "metropolis", beta, n_chains, n_sweeps, n_warmup, clamp=clamp, rng=rng,
        order=order, keep_every=keep_every, initial=initial, n_threads=n_threads,
        progress=progress, time_limit=time_limit, checkpoint=checkpoint,
        first_chain=first_chain,
    )  # fmt: skip

"""Wolff sampling: one cluster grows from a random p-bit, and turns."""

from __future__ import annotations

from numpy.typing import ArrayLike

from pbit.cluster import Client, over_chains
from pbit.model import IsingModel
from pbit.progress import Progress
from pbit.random import RandomState
from pbit.samplers.checkpoint import CheckpointLike
from pbit.samplers.clamps import Clamp
from pbit.samplers.recording import record
from pbit.samples import SampleSet


@over_chains
def wolff(
    model: IsingModel,
    beta: ArrayLike = 1.0,
    n_chains: int = 64,
    n_sweeps: int = 1000,
    n_warmup: int = 100,
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
    r"""Sample from P(m) ∝ exp(-beta E(m)) by turning one cluster at a time.

    From a p-bit picked at random the cluster grows over satisfied couplings, each taken
    with probability :math:`1 - e^{-2 \beta |J_{ij}|}`, and then turns. Biases are
    couplings to a ghost p-bit: a cluster that reaches it, or a clamped p-bit, stays as it
    is. Exact for couplings of any signs. Large clusters are the more likely ones to be
    picked, so near a critical point it decorrelates faster than
    :func:`pbit.swendsen_wang` for the same work; with strong biases hardly anything turns.

    Parameters
    ----------
    model
        An IsingModel.
    beta
        Inverse temperature, >= 0: one, or one for each of n_warmup + n_sweeps sweeps.
    n_chains
        As in :func:`pbit.sample`.
    n_sweeps, n_warmup
        Clusters, not sweeps of n updates: one cluster is one step. (A number of clusters
        that depended on their sizes would bias the samples.)
    clamp, rng, keep_every, initial, n_threads, progress, time_limit
        As in :func:`pbit.sample`.
    first_chain, checkpoint, client
        As in :func:`pbit.sample`.

    Returns
    -------
    SampleSet
        As :func:`pbit.sample` returns.

    Raises
    ------
    TypeError, ValueError, KeyError
        If an argument breaks a rule above.
    KeyboardInterrupt, TimeoutError
        If interrupted or out of time before there was a state to keep.

    References
    ----------
    U. Wolff, Phys. Rev. Lett. 62, 361 (1989).

    Examples
    --------
    >>> import pbit
    >>> pair = pbit.IsingModel({(0, 1): 1.0})
    >>> samples = pbit.wolff(pair, 0.5, 64, 4000, rng=1)
    >>> round(float((samples.column(0) * samples.column(1)).mean()), 2)  # tanh(1/2)
    0.46
    """
    return record(
        model, "wolff", beta, n_chains, n_sweeps, n_warmup, clamp=clamp, rng=rng,
        order="sequential", keep_every=keep_every, initial=initial, n_threads=n_threads,
        progress=progress, time_limit=time_limit, checkpoint=checkpoint,
        first_chain=first_chain,
    )  # fmt: skip

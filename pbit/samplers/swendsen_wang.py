"""Swendsen-Wang sampling: the couplings that hold make clusters, and each is a fair coin."""

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
def swendsen_wang(
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
    r"""Sample from P(m) ∝ exp(-beta E(m)) by turning clusters of all p-bits at once.

    A satisfied coupling, :math:`J_{ij} m_i m_j > 0`, is a bond with probability

    .. math:: p_{ij} = 1 - e^{-2 \beta |J_{ij}|}

    and every cluster of p-bits joined by bonds turns with probability 1/2. A bias is a
    coupling to a ghost p-bit, whose cluster stays, as do clusters of clamped p-bits.
    Exact for couplings of any signs. Near the critical point of a ferromagnet it
    decorrelates in a few sweeps where single updates take thousands; in frustrated
    models clusters percolate long before they order, and it is of little use.

    Parameters
    ----------
    model
        An IsingModel.
    beta
        Inverse temperature, >= 0: one, or one for each of n_warmup + n_sweeps sweeps.
    n_chains, n_sweeps, n_warmup
        As in :func:`pbit.sample`; a sweep draws all bonds once.
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
    R. H. Swendsen, J.-S. Wang, Phys. Rev. Lett. 58, 86 (1987).

    Examples
    --------
    >>> import pbit
    >>> pair = pbit.IsingModel({(0, 1): 1.0})
    >>> samples = pbit.swendsen_wang(pair, 0.5, 64, 2000, rng=1)
    >>> round(float((samples.column(0) * samples.column(1)).mean()), 2)  # tanh(1/2)
    0.46
    """
    return record(
        model, "swendsen-wang", beta, n_chains, n_sweeps, n_warmup, clamp=clamp, rng=rng,
        order="sequential", keep_every=keep_every, initial=initial, n_threads=n_threads,
        progress=progress, time_limit=time_limit, checkpoint=checkpoint,
        first_chain=first_chain,
    )  # fmt: skip

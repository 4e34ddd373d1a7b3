"""Gibbs sampling: p-bits updated one at a time, or one colour at a time, by heat bath."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from pbit.checks import check_count, check_nonnegative
from pbit.cluster import Client, over_chains
from pbit.progress import Progress
from pbit.random import RandomState
from pbit.samplers.chains import describe, run_chains
from pbit.samplers.checkpoint import CheckpointLike, seeded
from pbit.samplers.clamps import Clamp
from pbit.samplers.starting import Model, check_model
from pbit.samples import SampleSet


@over_chains
def sample(
    model: Model,
    beta: float = 1.0,
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
    kernel: str = "auto",
    client: Client | None = None,
) -> SampleSet:
    r"""Sample from P(m) ∝ exp(-beta E(m)) with Gibbs updates at one temperature.

    Each update draws :math:`P(m_i = +1) = \sigma(2 I_i)`,
    :math:`I_i = \beta (\sum_j J_{ij} m_j + h_i)`. Every order leaves the Boltzmann
    distribution of a symmetric model invariant; samples of one chain are correlated.

    Parameters
    ----------
    model
        An IsingModel, a :class:`pbit.PolynomialModel` (terms of any order), or a PCircuit
        with directed weights (which has no energy, and whose stationary distribution
        depends on the order of updates).
    beta
        Inverse temperature, >= 0.
    n_chains
        Independent chains, each started from random states.
    n_sweeps, n_warmup
        Sweeps (n updates each) recorded and, before them, thrown away, per chain.
    order
        "sequential" (0 ... n-1), "random" (p-bits picked with replacement) or "chromatic"
        (one colour after the other, as hardware does in parallel).
    clamp
        P-bits held: {label: ±1}, {label: values of shape (n_chains,)}, or a list of
        dictionaries, one a chain.
    rng
        Seed. The same seed gives the same bits whatever `n_threads` and `n_chains`.
    keep_every
        Keep the state after every so many sweeps.
    initial
        States to start from, shape (n,) or (n_chains, n).
    n_threads
        Threads; all cores by default. They share out the chains and, in chromatic order,
        the p-bits of a colour where threads are more than three times the large chains.
    progress
        True for a bar, or a function called with (sweeps done, sweeps in all).
    time_limit
        Seconds after which to stop and return what is there.
    first_chain
        Number of the first chain: a seed's chains may be run in parts, with equal bits.
    checkpoint
        Folder, or :class:`pbit.Checkpoint`, to which progress is written, and from which
        the same call goes on after a crash, an interrupt or a time limit, with equal
        bits (`rng` may then be omitted).
    kernel
        "auto" for what is fastest: which law of draws then depends on model and order
        alone. "chain", "lanes" and "dense" make the bits of one law, for any weights
        (the latter two not in random order); "planes" and "bitsliced" those of another,
        for weights that are small whole numbers of one unit. A PolynomialModel has
        "chain".
    client
        A ``dask.distributed.Client`` (extra `cluster`), over whose workers to spread the
        chains: the same bits, without `checkpoint` and `time_limit`. `progress` then
        counts chains.

    Returns
    -------
    SampleSet
        States of shape (n_chains, n_sweeps // keep_every, n). Fewer if interrupted or out
        of time: ``info["stopped"]`` then says so.

    Raises
    ------
    TypeError, ValueError, KeyError
        If an argument breaks a rule above.
    KeyboardInterrupt, TimeoutError
        If interrupted or out of time before there was a state to keep.
    OSError
        If a checkpoint cannot be written; the last one is still there.

    Examples
    --------
    >>> import pbit
    >>> pair = pbit.IsingModel({(0, 1): 1.0})
    >>> samples = pbit.sample(pair, beta=0.5, n_chains=64, n_sweeps=2000, rng=1)
    >>> round(float((samples.column(0) * samples.column(1)).mean()), 2)  # tanh(1/2)
    0.46
    """
    check_model(model)
    check_nonnegative("beta", beta)
    check_count("n_sweeps", n_sweeps)
    check_count("n_warmup", n_warmup, 0)
    if check_count("keep_every", keep_every) > n_sweeps:
        msg = f"keep_every must be at most n_sweeps = {n_sweeps}, not {keep_every}"
        raise ValueError(msg)
    source = seeded(checkpoint, rng)
    run = run_chains(
        model,
        np.full(n_warmup + n_sweeps, float(beta)),
        source,
        n_chains=n_chains,
        order=order,
        clamp=clamp,
        initial=initial,
        keep_from=n_warmup,
        keep_every=keep_every,
        n_threads=n_threads,
        progress=progress,
        time_limit=time_limit,
        first_chain=first_chain,
        checkpoint=checkpoint,
        kernel=kernel,
    )
    details: dict[str, Any] = {
        "sampler": "gibbs",
        "beta": float(beta),
        "n_sweeps": n_sweeps,
        "n_warmup": n_warmup,
        "order": order,
        "keep_every": keep_every,
    }
    offset: float | None = getattr(model, "offset", None)
    energies = None if offset is None else run.kept_energies + offset
    return SampleSet(
        run.kept, energies, model.labels, describe(model, source, run, **details)
    )

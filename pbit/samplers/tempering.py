"""Parallel tempering: replicas at a ladder of temperatures that swap places."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from pbit.checks import (
    Floats,
    check_choice,
    check_count,
    check_finite,
    check_nonnegative,
)
from pbit.cluster import Client, spread
from pbit.model import IsingModel
from pbit.progress import Progress
from pbit.random import RandomState, seed_of
from pbit.samplers.checkpoint import CheckpointLike, open_checkpoint, seeded
from pbit.samplers.clamps import Clamp
from pbit.samplers.ensemble import Ensemble, check_energetic
from pbit.samplers.ladder import adaptive_ladder
from pbit.samplers.replicas import Plan, Tempered, Tempering, join
from pbit.samplers.starting import Model, check_memory
from pbit.samplers.stepping import drive


def temper(
    model: Model,
    betas: ArrayLike | None = None,
    n_replicas: int | None = None,
    n_ladders: int = 1,
    n_sweeps: int = 1000,
    n_warmup: int = 0,
    clamp: Clamp = None,
    rng: RandomState = None,
    *,
    swap_every: int = 1,
    icm: bool | float = False,
    icm_rule: str = "smaller",
    keep_every: int | None = None,
    order: str = "sequential",
    rule: str = "gibbs",
    kernel: str = "auto",
    initial: ArrayLike | None = None,
    n_threads: int | None = None,
    progress: Progress = False,
    time_limit: float | None = None,
    first_ladder: int = 0,
    checkpoint: CheckpointLike = None,
    client: Client | None = None,
) -> Tempered:
    r"""Sample at a ladder of temperatures whose replicas swap (parallel tempering).

    After every `swap_every` sweeps the pairs (0, 1), (2, 3) ... and (1, 2), (3, 4) ... of
    neighbouring temperatures are offered a swap in turn, made with probability

    .. math:: \min(1, e^{(\beta_{k+1} - \beta_k)(E_{k+1} - E_k)})

    which leaves the Boltzmann distribution at every temperature invariant. With `icm` two
    replicas at one temperature also make isoenergetic cluster moves first: a connected
    cluster of the p-bits in which they differ is exchanged, which leaves the sum of their
    energies as it is and needs no acceptance.

    Parameters
    ----------
    model
        An IsingModel or PolynomialModel.
    betas
        The ladder, inverse temperatures that rise, shape (k,); the adaptive ladder of
        :func:`pbit.samplers.ladder.adaptive_ladder` if omitted, by a pilot run.
    n_replicas
        Replicas at each temperature of a ladder; swaps are between replicas of equal
        number. 1 if omitted, or 4 with `icm`.
    n_ladders
        Independent ladders; ladder k depends on the seed and on k alone.
    n_sweeps, n_warmup
        Sweeps (n updates each) recorded and, before them, thrown away; both, and
        `keep_every`, in multiples of `swap_every`.
    clamp
        P-bits held: {label: ±1}, {label: values of shape (n_ladders,)}, or a list of
        dictionaries, one a ladder.
    rng
        Seed. The same seed gives the same bits whatever `n_threads`.
    swap_every
        Sweeps between two rounds of swaps.
    icm
        Make isoenergetic cluster moves, for an IsingModel and at least 2 replicas: True
        at all temperatures, or a number: at inverse temperatures from it on.
    icm_rule
        "smaller": turn clusters of the p-bits that differ or, where those are more than
        half, of the others (see Notes). "mirror": always of those that differ, but make
        one replica its mirror image instead where the cluster is more than half of all
        p-bits, which meets published curves; for models without biases and clamps.
    keep_every
        Keep the states of all temperatures after every so many sweeps; only the last
        ones if omitted.
    order, n_threads, progress, time_limit
        As in :func:`pbit.sample`.
    kernel
        "auto", or for the rule "gibbs" one of the law "real": "chain", "lanes", "dense".
    rule
        "gibbs", or for an IsingModel "metropolis", "swendsen-wang" or "wolff".
    initial
        States to start from, shape (n,), or (n_ladders * n_replicas * k, n) with the
        temperature as the fastest index.
    first_ladder
        Number of the first ladder: a seed's ladders may be run in parts.
    client
        A ``dask.distributed.Client``, over whose workers to spread the ladders, as
        :func:`pbit.sample` does with chains.
    checkpoint
        Folder, or a :class:`~pbit.samplers.checkpoint.Checkpoint`, to resume from.

    Returns
    -------
    Tempered
        Samples by temperature, best states, swap rates and round trips. If interrupted
        or out of time, what there is: ``info["stopped"]`` then says so.

    Raises
    ------
    TypeError, ValueError, KeyError
        If an argument breaks a rule above.

    Notes
    -----
    A cluster move is made where at most half of the free p-bits differ. Where more do,
    and there are neither biases nor clamps, one replica stands for its mirror image and
    a cluster of agreeing p-bits turns in both; else the move is left out, since clusters
    percolate there. The rule sees only products m m' of the two replicas, which the move
    keeps, so it is exact. The rule "mirror" remembers in the signs of two replicas how
    they met; it is for comparison with published searches, where "smaller" ends lower.

    References
    ----------
    K. Hukushima, K. Nemoto, J. Phys. Soc. Jpn. 65, 1604 (1996); J. Houdayer, Eur. Phys.
    J. B 22, 479 (2001); Z. Zhu, A. J. Ochoa, H. G. Katzgraber, Phys. Rev. Lett. 115,
    077201 (2015).

    Examples
    --------
    >>> import pbit
    >>> triangle = pbit.IsingModel({(0, 1): -1.0, (1, 2): -1.0, (0, 2): -1.0})
    >>> run = pbit.temper(triangle, [0.1, 0.5, 1.0], n_sweeps=50, rng=0)
    >>> run.best[1], len(run.samples), run.swap_rates.shape
    (-1.0, 3, (2,))
    """
    check_energetic(model, rule)
    if icm is not False and not isinstance(model, IsingModel):
        msg = f"icm needs an IsingModel, whose couplings are pairs, not {model!r}"
        raise TypeError(msg)
    plan = _plan(model, n_replicas, n_ladders, n_sweeps, n_warmup, swap_every, icm,
                 keep_every, first_ladder, icm_rule)  # fmt: skip
    if icm_rule == "mirror" and (clamp or np.any(getattr(model, "h", 0.0))):
        msg = "icm_rule 'mirror' needs a model without biases and no clamp"
        raise ValueError(msg)
    source = seeded(checkpoint, rng)
    given = betas is not None
    if betas is None:
        found = adaptive_ladder(
            model, order=order, rng=source, n_threads=n_threads, clamp=_shared(clamp)
        )
        betas = found.betas
    rungs = check_ladder(betas)
    if client is not None:
        parts = spread(temper, {
            "model": model, "betas": rungs, "n_replicas": n_replicas,
            "n_ladders": n_ladders, "n_sweeps": n_sweeps, "n_warmup": n_warmup,
            "clamp": clamp, "rng": seed_of(source), "swap_every": swap_every, "icm": icm,
            "icm_rule": icm_rule,
            "keep_every": keep_every, "order": order, "rule": rule, "kernel": kernel,
            "initial": initial,
            "n_threads": n_threads, "progress": progress, "time_limit": time_limit,
            "first_ladder": first_ladder, "checkpoint": checkpoint, "client": client,
        }, "n_ladders", "first_ladder")  # fmt: skip
        kind = "given" if given else "adaptive"
        return join(
            parts, {**parts[0].solutions.info, "n_ladders": n_ladders, "ladder": kind}
        )
    count = plan.rows * rungs.size
    check_memory(count, plan.n_kept, model.n)
    chains = Ensemble(
        model, count, source, rule=rule, order=order, kernel=kernel, initial=initial,
        keep_best=True,
        first_chain=first_ladder * (count // n_ladders),
        clamp=_spread_clamp(clamp, n_ladders, count // n_ladders), n_threads=n_threads,
    )  # fmt: skip
    with (
        chains,
        open_checkpoint(
            checkpoint, "tempering", model, source, rule=rule, order=order,
            n_replicas=plan.n_replicas, n_ladders=n_ladders, n_sweeps=n_sweeps,
            n_warmup=n_warmup, swap_every=swap_every, icm=plan.icm, icm_rule=icm_rule,
            keep_every=keep_every, first_ladder=first_ladder, betas=rungs,
            free=chains.free, start=chains.states,
        ) as saver,
    ):  # fmt: skip
        job = Tempering(chains, rungs, plan, source)
        stopped = drive(job, progress=progress, time_limit=time_limit, saver=saver)
    from pbit import __version__

    info = {
        "version": __version__,
        "sampler": "temper",
        "rng": source.entropy,
        "n": model.n,
        "betas": rungs,
        "ladder": "given" if given else "adaptive",
        "n_replicas": plan.n_replicas,
        "n_ladders": n_ladders,
        "n_sweeps": n_sweeps,
        "n_warmup": n_warmup,
        "swap_every": swap_every,
        "icm": plan.icm,
        "icm_rule": icm_rule,
        "keep_every": keep_every,
        "rule": rule,
        "order": order,
        "sweeps_done": job.done,
        "stopped": stopped,
    }
    return job.result(info)


def check_ladder(betas: ArrayLike) -> Floats:
    """Return inverse temperatures as an array if they are finite, >= 0 and rise.

    Raises
    ------
    ValueError
        If they are not, or not of shape (k,) with k >= 1.
    """
    rungs = np.array(betas, dtype=np.float64)
    if rungs.ndim != 1 or rungs.size == 0:
        msg = f"betas must have shape (k,), at least one, not {rungs.shape}"
        raise ValueError(msg)
    check_finite("betas", rungs)
    if rungs[0] < 0:
        msg = f"betas must be >= 0: betas[0] = {rungs[0]}"
        raise ValueError(msg)
    falls = np.flatnonzero(np.diff(rungs) <= 0)
    if falls.size:
        k = int(falls[0])
        msg = (
            f"betas must rise: betas[{k}] = {rungs[k]}, betas[{k + 1}] = {rungs[k + 1]}"
        )
        raise ValueError(msg)
    return rungs


def _plan(
    model: Model,
    n_replicas: int | None,
    n_ladders: int,
    n_sweeps: int,
    n_warmup: int,
    swap_every: int,
    icm: bool | float,
    keep_every: int | None,
    first_ladder: int,
    icm_rule: str,
) -> Plan:
    check_choice("icm_rule", icm_rule, ("smaller", "mirror"))
    hottest = None
    if icm is not False:
        hottest = 0.0 if icm is True else check_nonnegative("icm", icm)
    paired = hottest is not None
    replicas = (4 if paired else 1) if n_replicas is None else n_replicas
    check_count("n_replicas", replicas, 2 if paired else 1)
    check_count("n_ladders", n_ladders)
    check_count("swap_every", swap_every)
    counts = {"n_sweeps": n_sweeps, "n_warmup": n_warmup}
    if keep_every is not None:
        counts["keep_every"] = keep_every
    for name, value in counts.items():
        check_count(name, value, 0 if name == "n_warmup" else 1)
        if value % swap_every:
            msg = f"{name} must be a multiple of swap_every = {swap_every}, not {value}"
            raise ValueError(msg)
    if keep_every is not None and keep_every > n_sweeps:
        msg = f"keep_every must be at most n_sweeps = {n_sweeps}, not {keep_every}"
        raise ValueError(msg)
    check_count("first_ladder", first_ladder, 0)
    return Plan(
        replicas, n_ladders, n_sweeps, n_warmup, swap_every, hottest, keep_every,
        first_ladder, icm_rule,
    )  # fmt: skip


def _shared(clamp: Clamp) -> Clamp:
    """Return the clamp if it is that of any ladder: a pilot run must not depend on one."""
    if isinstance(clamp, Mapping) and all(np.ndim(v) == 0 for v in clamp.values()):
        return clamp
    return None


def _spread_clamp(clamp: Clamp, n_ladders: int, per_ladder: int) -> Clamp:
    """Return the clamp of each chain from that of each ladder."""
    if clamp is None or isinstance(clamp, Mapping):
        named: dict[Any, Any] = {}
        for label, value in (clamp or {}).items():
            values = np.asarray(value)
            if values.shape not in ((), (n_ladders,)):
                msg = (
                    f"clamp of p-bit {label!r} must be one value or {n_ladders}, one a "
                    f"ladder, not of shape {values.shape}"
                )
                raise ValueError(msg)
            named[label] = value if values.ndim == 0 else np.repeat(values, per_ladder)
        return named
    given: Any = clamp
    if isinstance(given, str) or not isinstance(given, Sequence):
        msg = f"clamp must be a dictionary or a list of dictionaries, not {clamp!r}"
        raise TypeError(msg)
    if len(clamp) != n_ladders:
        msg = f"clamp must be one dictionary a ladder, {n_ladders} of them, not {len(clamp)}"
        raise ValueError(msg)
    return [own for own in clamp for _ in range(per_ladder)]

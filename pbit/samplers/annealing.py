"""Simulated annealing: updates of p-bits while the inverse temperature rises."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from numpy.typing import ArrayLike

from pbit import schedules
from pbit.checks import check_choice, check_count
from pbit.cluster import Client, over_chains
from pbit.progress import Progress
from pbit.random import RandomState
from pbit.samplers.chains import describe, energies_of, run_chains
from pbit.samplers.checkpoint import CheckpointLike, seeded
from pbit.samplers.clamps import Clamp
from pbit.samplers.ensemble import check_energetic
from pbit.samplers.greedy import descend
from pbit.samplers.starting import Model, check_model
from pbit.samples import SampleSet

if TYPE_CHECKING:
    from pbit.model import PCircuit


@over_chains
def anneal(
    model: Model,
    schedule: ArrayLike | None = None,
    n_chains: int = 64,
    n_sweeps: int = 1000,
    clamp: Clamp = None,
    rng: RandomState = None,
    *,
    order: str = "sequential",
    keep: str = "best",
    initial: ArrayLike | None = None,
    n_threads: int | None = None,
    progress: Progress = False,
    time_limit: float | None = None,
    first_chain: int = 0,
    checkpoint: CheckpointLike = None,
    kernel: str = "auto",
    rule: str = "gibbs",
    greedy: bool = False,
    client: Client | None = None,
) -> SampleSet:
    """Look for low energies by simulated annealing (Kirkpatrick et al. 1983).

    A heuristic: it promises no optimum. Cost n_chains * n_sweeps * n updates.

    Parameters
    ----------
    model
        An IsingModel, a :class:`pbit.PolynomialModel`, or a PCircuit with directed
        weights (then `keep` must be "last").
    schedule
        Inverse temperature of every sweep: an array of `n_sweeps` values, one value, or
        None for :func:`pbit.schedules.from_model`.
    n_chains, n_sweeps
        Independent chains and sweeps (n updates each) a chain.
    clamp, rng, order, initial, n_threads, progress, time_limit
        As in :func:`pbit.sample`.
    first_chain, checkpoint, kernel, client
        As in :func:`pbit.sample`.
    keep
        "best": of each chain the state of lowest energy at the end of any sweep;
        "last": the state after the last sweep.
    rule
        "gibbs", as p-bits decide, or "metropolis": a flip that costs energy dE is made
        with probability min(1, exp(-beta dE)), one that costs none always. It flips more
        often, and reaches a given energy in a half to a third of the sweeps; weights
        that are no small whole numbers have no vector kernel for it.
    greedy
        Whether each state then goes downhill until no single flip helps, by
        :func:`pbit.greedy`; clamps hold. Worth its few sweeps where a schedule does not
        end cold.

    Returns
    -------
    SampleSet
        States of shape (n_chains, 1, n). If interrupted or out of time they are what the
        chains had by then, and ``info["stopped"]`` says so.

    Raises
    ------
    TypeError, ValueError, KeyError
        If an argument breaks a rule above.
    OSError
        If a checkpoint cannot be written; the last one is still there.

    Examples
    --------
    >>> import pbit
    >>> triangle = pbit.IsingModel({(0, 1): -1.0, (1, 2): -1.0, (0, 2): -1.0})
    >>> pbit.anneal(triangle, n_chains=4, n_sweeps=50, rng=0).best[1]
    -1.0
    """
    check_model(model)
    check_count("n_sweeps", n_sweeps)
    check_choice("keep", keep, ("best", "last"))
    if schedule is None:
        # Of a polynomial it sees what a p-bit hears of each term, as of each neighbour.
        betas = schedules.from_model(cast("PCircuit", model), n_sweeps)
    else:
        betas = schedules.check_schedule(schedule, n_sweeps)
    source = seeded(checkpoint, rng)
    has_energy = hasattr(model, "energy")
    if keep == "best" and not has_energy:
        msg = 'keep must be "last" for a circuit of directed weights: it has no energy'
        raise ValueError(msg)
    finish: Any = greedy
    if not isinstance(finish, bool):
        msg = f"greedy must be True or False, not {greedy!r}"
        raise TypeError(msg)
    if greedy:
        check_energetic(model)
    run = run_chains(
        model,
        betas,
        source,
        n_chains=n_chains,
        order=order,
        clamp=clamp,
        initial=initial,
        keep_best=keep == "best",
        n_threads=n_threads,
        progress=progress,
        time_limit=time_limit,
        first_chain=first_chain,
        checkpoint=checkpoint,
        kernel=kernel,
        rule=rule,
    )
    states = (run.best if keep == "best" else run.states)[:, None, :]
    if greedy:
        states = descend(model, states, clamp=clamp, n_threads=n_threads)
    info = describe(
        model,
        source,
        run,
        sampler="anneal",
        n_sweeps=n_sweeps,
        order=order,
        keep=keep,
        rule=rule,
        greedy=greedy,
        schedule={"first": betas[0], "last": betas[-1], "given": schedule is not None},
    )
    return SampleSet(states, energies_of(model, states), model.labels, info)

"""Population annealing: copies of a model cooled together, resampled at every step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pbit.checks import Floats, States, check_count, check_nonnegative
from pbit.progress import Progress
from pbit.random import RandomState
from pbit.samplers.checkpoint import CheckpointLike, open_checkpoint, seeded
from pbit.samplers.clamps import Clamp
from pbit.samplers.ensemble import Ensemble, check_energetic
from pbit.samplers.resampling import Resampling
from pbit.samplers.starting import Model, check_memory
from pbit.samplers.stepping import drive
from pbit.samplers.tempering import check_ladder
from pbit.samples import SampleSet

OVERLAP = 0.9


@dataclass(frozen=True, eq=False)
class Population:
    """What population annealing leaves behind; arrays are read-only.

    Attributes
    ----------
    samples
        The population at the last inverse temperature, shape (n_chains, 1, n), all of
        equal weight.
    solution
        The state of lowest energy seen, shape (1, 1, n).
    betas
        Inverse temperatures it went through, from 0, shape (k,).
    log_partition
        Estimates of ln Z at each of them, shape (k,).
    log_partition_error
        Standard error of the last, estimated from the families, as a float.
    rho_t
        Mean square family size, n_chains * sum_f v_f² with v_f the fraction that family
        f holds, at each beta, shape (k,). The population is in equilibrium if it is far
        below n_chains: n_chains >= 100 rho_t is the usual demand.
    families
        Families left at each beta, shape (k,).
    energies
        Mean energy of the population at each beta, after its sweeps, shape (k,).
    info
        How it was made.
    """

    samples: SampleSet
    solution: SampleSet
    betas: Floats
    log_partition: Floats
    log_partition_error: float
    rho_t: Floats
    families: NDArray[np.int64]
    energies: Floats
    info: Mapping[str, Any]

    @property
    def best(self) -> tuple[States, float]:
        """The state of lowest energy, shape (n,), and its energy."""
        return self.solution.best

    def __repr__(self) -> str:
        """Say sizes, ln Z and the lowest energy."""
        size = f"n_chains={self.samples.n_chains}, n={self.samples.n}"
        log_z = f"ln Z = {self.log_partition[-1]:.6g} ± {self.log_partition_error:.2g}"
        return f"Population({size}, {log_z}, best energy {self.best[1]:g})"


def population_anneal(
    model: Model,
    beta: float = 1.0,
    n_chains: int = 1000,
    n_sweeps: int = 10,
    clamp: Clamp = None,
    rng: RandomState = None,
    *,
    betas: ArrayLike | None = None,
    overlap: float = OVERLAP,
    order: str = "sequential",
    rule: str = "gibbs",
    kernel: str = "auto",
    n_threads: int | None = None,
    progress: Progress = False,
    time_limit: float | None = None,
    checkpoint: CheckpointLike = None,
) -> Population:
    r"""Sample from P(m) ∝ exp(-beta E(m)) and estimate ln Z by population annealing.

    A population starts at beta = 0, uniformly random. At every step from
    :math:`\beta` to :math:`\beta'` member i gets on average

    .. math:: \tau_i = \frac{e^{-(\beta' - \beta) E_i}}{Q}, \qquad
        Q = \frac1R \sum_i e^{-(\beta' - \beta) E_i}

    copies, their number R staying what it is, and everybody makes `n_sweeps` sweeps. The
    product of the Q estimates Z without bias:

    .. math:: \ln Z(\beta_k) = n_{free} \ln 2 + \sum \ln Q

    Parameters
    ----------
    model
        An IsingModel or PolynomialModel.
    beta
        Inverse temperature to end at, >= 0.
    n_chains
        Size R of the population, at least 2.
    n_sweeps
        Sweeps (n updates each) of every member at each temperature.
    clamp
        P-bits held, the same for all: {label: ±1}; Z is then the sum over the free ones.
    rng
        Seed. The same seed gives the same bits whatever `n_threads`.
    betas
        Inverse temperatures that rise, from 0 (put in front if it is not there); `beta` is
        then not used. If omitted every step is as long as `overlap` allows.
    overlap
        Fraction, in (0, 1), of the population that resampling is to keep: the overlap of
        the energy histograms before and after, :math:`\frac1R \sum_i \min(1, \tau_i)`.
    order, kernel, n_threads, progress, time_limit
        As in :func:`pbit.sample`.
    rule
        "gibbs", or for an IsingModel "metropolis", "swendsen-wang" or "wolff".
    checkpoint
        Folder, or a :class:`~pbit.samplers.checkpoint.Checkpoint`, to resume from.

    Returns
    -------
    Population
        Samples at the end, ln Z with its error, families. If interrupted or out of time,
        at the temperature reached: ``info["stopped"]`` then says so.

    Raises
    ------
    TypeError, ValueError, KeyError
        If an argument breaks a rule above.

    Notes
    -----
    Resampling is systematic: one uniform number a step, member i gets the whole part of
    tau_i or one more. The error of ln Z is (sum_f v_f² - 1/R)^½, the estimate of Chan &
    Lai from one run; systematic resampling does better than the multinomial one it is
    derived for, so it errs on the large side. Steps chosen from the population itself
    make Z biased by an amount of order 1/R; give `betas` where that matters.

    References
    ----------
    K. Hukushima, Y. Iba, AIP Conf. Proc. 690, 200 (2003); J. Machta, Phys. Rev. E 82,
    026704 (2010); W. Wang, J. Machta, H. G. Katzgraber, Phys. Rev. E 92, 063307 (2015);
    H. P. Chan, T. L. Lai, Ann. Stat. 41, 2877 (2013).

    Examples
    --------
    >>> import pbit
    >>> pair = pbit.IsingModel({(0, 1): 1.0})
    >>> run = pbit.population_anneal(pair, 1.0, n_chains=4000, rng=0)
    >>> error = run.log_partition[-1] - pbit.exact.log_partition(pair)
    >>> bool(abs(error) < 5 * run.log_partition_error)
    True
    """
    check_energetic(model, rule)
    check_count("n_chains", n_chains, 2)
    check_count("n_sweeps", n_sweeps)
    check_nonnegative("beta", beta)
    if not 0 < check_nonnegative("overlap", overlap) < 1:
        msg = f"overlap must be between 0 and 1, not {overlap}"
        raise ValueError(msg)
    if clamp is not None and any(np.ndim(value) for value in _values(clamp)):
        msg = "clamp of a population must be one value a p-bit: its members share one Z"
        raise ValueError(msg)
    rungs = None if betas is None else check_ladder(betas)
    if rungs is not None and rungs[0] > 0:
        rungs = np.concatenate([[0.0], rungs])
    check_memory(2 * n_chains, 0, model.n)
    source = seeded(checkpoint, rng)
    chains = Ensemble(
        model, n_chains, source, rule=rule, order=order, clamp=clamp, keep_best=True,
        kernel=kernel, one_beta=True, n_threads=n_threads,
    )  # fmt: skip
    with (
        chains,
        open_checkpoint(
            checkpoint, "population", model, source, n_chains=n_chains, beta=beta,
            n_sweeps=n_sweeps, betas=[] if rungs is None else rungs, overlap=overlap,
            order=order, rule=rule, law=chains.law, free=chains.free, start=chains.states,
        ) as saver,
    ):  # fmt: skip
        job = Resampling(chains, source, float(beta), rungs, n_sweeps, overlap)
        stopped = drive(job, progress=progress, time_limit=time_limit, saver=saver)
    from pbit import __version__

    info = {
        "version": __version__,
        "sampler": "population_anneal",
        "rng": source.entropy,
        "n": model.n,
        "beta": job.betas[-1],
        "betas": "adaptive" if betas is None else "given",
        "n_chains": n_chains,
        "n_sweeps": n_sweeps,
        "overlap": overlap,
        "rule": rule,
        "law": chains.law,
        "order": order,
        "sweeps_done": chains.sweeps_done,
        "stopped": stopped,
    }
    return _result(job, info)


def _result(job: Resampling, info: dict[str, Any]) -> Population:
    """Return what there is so far."""
    chains = job.chains
    model: Any = chains.model
    states = chains.states[:, None]
    lowest = int(chains.best_energies.argmin())
    best = chains.best[lowest][None, None]
    if not np.isfinite(chains.best_energies[lowest]):  # no sweep was made
        best = chains.states[int(chains.energies.argmin())][None, None]
    offset, betas = float(model.offset), np.array(job.betas)
    variance = job.rho[-1] / len(states) - 1 / len(states)
    samples = SampleSet(states, model.energy(states), model.labels, info)
    return Population(
        samples=samples,
        solution=SampleSet(best, model.energy(best), model.labels, info),
        betas=_frozen(betas),
        log_partition=_frozen(np.array(job.log_z) - betas * offset),
        log_partition_error=float(np.sqrt(max(0.0, variance))),
        rho_t=_frozen(np.array(job.rho)),
        families=_frozen(np.array(job.families, np.int64)),
        energies=_frozen(np.array(job.energies) + offset),
        info=samples.info,
    )


def _values(clamp: Any) -> list[Any]:
    return list(clamp.values()) if isinstance(clamp, Mapping) else [[0]]


def _frozen(array: NDArray[Any]) -> NDArray[Any]:
    array.flags.writeable = False
    return array

"""Samples from chains at a given temperature or schedule, whatever rule moves them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pbit import schedules
from pbit.checks import Floats, check_count
from pbit.model import IsingModel
from pbit.progress import Progress
from pbit.random import RandomState
from pbit.samplers.checkpoint import CheckpointLike, open_checkpoint, seeded
from pbit.samplers.clamps import Clamp
from pbit.samplers.ensemble import Ensemble, Keep, check_energetic
from pbit.samplers.starting import check_memory, refresh_period
from pbit.samplers.stepping import Job, drive
from pbit.samples import SampleSet


class Recording(Job):
    """Chains that go through a schedule and leave states behind."""

    def __init__(self, ensemble: Ensemble, betas: Floats, keep: Keep) -> None:
        self.ensemble = ensemble
        self.betas = betas
        self.keep = keep
        self.total = len(betas)
        self._block = refresh_period(ensemble.model.n)

    def step(self) -> None:
        """Make a block of sweeps."""
        part = self.betas[self.done : self.done + self._block]
        self.ensemble.advance(part[:, None], len(part), self.keep)
        self.done += len(part)

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return those of the chains."""
        return self.ensemble.arrays()

    def kept(self) -> dict[str, NDArray[Any]]:
        """Return the states kept and their energies."""
        return {"kept": self.keep.states, "kept_energies": self.keep.energies}

    @property
    def n_kept(self) -> int:
        """How many are there."""
        return max(0, self.done - self.keep.first) // self.keep.every

    def restore(self, record: dict[str, Any]) -> None:
        """Tell the chains how many sweeps are done."""
        self.ensemble.sweeps_done = self.done


def record(
    model: Any,
    rule: str,
    beta: ArrayLike,
    n_chains: int,
    n_sweeps: int,
    n_warmup: int,
    *,
    clamp: Clamp,
    rng: RandomState,
    order: str,
    keep_every: int,
    initial: ArrayLike | None,
    n_threads: int | None,
    progress: Progress,
    time_limit: float | None,
    checkpoint: CheckpointLike,
    first_chain: int,
) -> SampleSet:
    """Run chains by a rule of :class:`Ensemble` and return the states they went through."""
    check_energetic(model, rule)
    assert isinstance(model, IsingModel)  # noqa: S101 - as all rules here demand
    total = check_count("n_sweeps", n_sweeps) + check_count("n_warmup", n_warmup, 0)
    check_count("n_chains", n_chains)
    if check_count("keep_every", keep_every) > n_sweeps:
        msg = f"keep_every must be at most n_sweeps = {n_sweeps}, not {keep_every}"
        raise ValueError(msg)
    betas = schedules.check_schedule(beta, total, "beta")
    n_kept = n_sweeps // keep_every
    check_memory(n_chains, n_kept, model.n)
    source = seeded(checkpoint, rng)
    kept = np.zeros((n_chains, n_kept, model.n), np.int8)
    keep = Keep(n_warmup, keep_every, kept, np.zeros((n_chains, n_kept)))
    chains = Ensemble(
        model, n_chains, source, rule=rule, order=order, clamp=clamp, initial=initial,
        first_chain=first_chain, n_threads=n_threads,
    )  # fmt: skip
    with (
        chains,
        open_checkpoint(
            checkpoint, rule, model, source, n_chains=n_chains, n_warmup=n_warmup,
            first_chain=first_chain, order=order, keep_every=keep_every, betas=betas,
            free=chains.free, start=chains.states,
        ) as saver,
    ):  # fmt: skip
        job = Recording(chains, betas, keep)
        stopped = drive(job, progress=progress, time_limit=time_limit, saver=saver)
    if job.n_kept == 0 and stopped == "interrupted":
        raise KeyboardInterrupt
    if job.n_kept == 0:
        msg = f"time_limit of {time_limit} s was over before a state could be kept"
        raise TimeoutError(msg)
    from pbit import __version__

    info = {
        "version": __version__,
        "sampler": rule,
        "rng": source.entropy,
        "n": model.n,
        "sweeps_done": job.done,
        "stopped": stopped,
        "beta": betas[0] if np.ptp(betas) == 0 else betas,
        "n_sweeps": n_sweeps,
        "n_warmup": n_warmup,
        "order": order,
        "keep_every": keep_every,
    }
    energies = keep.energies[:, : job.n_kept] + model.offset
    return SampleSet(keep.states[:, : job.n_kept], energies, model.labels, info)

"""Many chains through one schedule: what every sweep-based sampler shares."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pbit.checks import Floats, States, check_count, check_nonnegative
from pbit.model import IsingModel
from pbit.polynomial import PolynomialModel
from pbit.progress import Progress, reporter
from pbit.random import Streams, Use
from pbit.samplers.checkpoint import CheckpointLike, Saver, digest, open_checkpoint
from pbit.samplers.clamps import Batch, Clamp, apply_clamp
from pbit.samplers.colored import AnyLaw, ColoredLaw, share_chains
from pbit.samplers.kernel_choice import choose
from pbit.samplers.starting import (
    Model,
    check_memory,
    refresh_period,
    split_batches,
    start_states,
    thread_count,
    update_order,
)


@dataclass
class Trajectory:
    """What a run left behind; arrays have one row a chain."""

    states: States
    kept: States
    kept_energies: Floats
    best: States
    sweeps_done: int
    stopped: str | None = None  # "interrupted" or "time limit", if it was cut short
    law: str = "real"  # whose draws: see pbit.samplers.kernel_choice


def run_chains(
    circuit: Model,
    betas: Floats,
    source: Streams,
    *,
    n_chains: int,
    order: str,
    clamp: Clamp = None,
    initial: ArrayLike | None = None,
    keep_from: int = 0,
    keep_every: int = 0,
    keep_best: bool = False,
    first_chain: int = 0,
    n_threads: int | None = None,
    progress: Progress = False,
    time_limit: float | None = None,
    checkpoint: CheckpointLike = None,
    kernel: str = "auto",
    rule: str = "gibbs",
) -> Trajectory:
    """Advance `n_chains` chains by one sweep for every row of `betas`.

    `betas` has shape (n_sweeps,), or (n_sweeps, n_chains) where each chain has its own.
    Chain k's trajectory depends on the seed, on its betas and on k alone. States are kept
    after every `keep_every`-th sweep counted from `keep_from`. A keyboard interrupt or
    the time limit (seconds) stops the run between two blocks of sweeps and what was kept
    stays valid; where a state was to be kept and none was, KeyboardInterrupt or
    TimeoutError is raised. The chains are numbered from `first_chain`. A run goes on from
    the `checkpoint`, if there is one, and writes more of them between blocks.
    """
    check_count("n_chains", n_chains)
    check_count("first_chain", first_chain, 0)
    if time_limit is not None:
        check_nonnegative("time_limit", time_limit)
    threads = thread_count(n_threads, n_chains)
    updates = update_order(circuit, order)
    n_kept = (len(betas) - keep_from) // keep_every if keep_every else 0
    check_memory(n_chains, n_kept, circuit.n)
    states = start_states(circuit, source, n_chains, initial, first_chain)
    # Writable and row by row: any other kind of array would compile another kernel.
    betas = np.array(betas if betas.ndim == 2 else betas[:, None], order="C")
    one_beta = betas.shape[1] == 1
    chosen = choose(circuit, order, kernel, one_beta=one_beta, rule=rule)
    law = share_chains(chosen, order, thread_count(n_threads), n_chains)
    if isinstance(law, ColoredLaw):
        threads = 1  # of chains: each chain takes all there are
    whole = apply_clamp(circuit, clamp, states, updates)
    identity = {} if checkpoint is None else _identity(betas, states, whole)
    run = Trajectory(
        states=states,
        kept=np.empty((n_chains, n_kept, circuit.n), np.int8),
        kept_energies=np.zeros((n_chains, n_kept)),
        best=states.copy() if keep_best else np.empty((0, circuit.n), np.int8),
        sweeps_done=0,
        law=law.law,
    )
    job = _Job(law, source, order == "random", keep_from, keep_every, run, first_chain)
    with open_checkpoint(
        checkpoint,
        "chains",
        circuit,
        source,
        n_chains=n_chains,
        first_chain=first_chain,
        order=order,
        keep_from=keep_from,
        keep_every=keep_every,
        keep_best=keep_best,
        law=law.law,
        **identity,
    ) as saver:
        job.load(saver)
        batches = split_batches(whole, n_chains, threads, law.width)
        _advance(job, betas, batches, threads, progress, time_limit, saver)
        job.save(saver)
    if keep_every:
        done = max(0, run.sweeps_done - keep_from) // keep_every
        if done == 0 and run.stopped == "interrupted":
            raise KeyboardInterrupt
        if done == 0 and run.stopped == "time limit":
            msg = f"time_limit of {time_limit} s was over before a state could be kept"
            raise TimeoutError(msg)
        run.kept, run.kept_energies = run.kept[:, :done], run.kept_energies[:, :done]
    return run


class _Job:
    """Arrays as the kernel wants them, made once."""

    def __init__(
        self,
        law: AnyLaw,
        source: Streams,
        random_order: bool,
        keep_from: int,
        keep_every: int,
        run: Trajectory,
        first_chain: int,
    ) -> None:
        self.law = law
        self.source = source
        self.random_order = random_order
        self.keep = (keep_from, keep_every)
        self.refresh = refresh_period(run.states.shape[1])
        self.run = run
        self.first_chain = first_chain
        self.saved = -1  # sweeps done at the last checkpoint
        self.whole = True  # all chains are where sweeps_done says
        self.energies = np.zeros(run.states.shape[0])
        self.best_energies = np.full(run.best.shape[0], np.inf)

    def __call__(self, batch: Batch, betas: Floats, first_sweep: int) -> None:
        chains = slice(batch.first, batch.stop)
        self.law(
            self.run.states[chains],
            self.energies[chains],
            batch.free,
            self.random_order,
            betas if betas.shape[1] == 1 else np.ascontiguousarray(betas[:, chains]),
            first_sweep,
            self.refresh,
            self.first_chain + batch.first,
            self.source.key0,
            self.source.key1,
            int(Use.SWEEP),
            *self.keep,
            self.run.kept[chains],
            self.run.kept_energies[chains],
            self.run.best[chains],
            self.best_energies[chains],
        )

    def block(
        self,
        pool: ThreadPoolExecutor,
        batches: list[Batch],
        betas: Floats,
        first_sweep: int,
    ) -> None:
        """Advance all chains by some sweeps; a first interrupt waits until they have."""
        self.whole = False
        tasks = [pool.submit(self, batch, betas, first_sweep) for batch in batches]
        interrupt = None
        try:
            wait(tasks)
        except KeyboardInterrupt as error:
            interrupt = error
            wait(tasks)
        for task in tasks:
            task.result()
        self.run.sweeps_done = first_sweep + len(betas)
        self.whole = True
        if interrupt is not None:
            raise interrupt

    def load(self, saver: Saver) -> None:
        """Go on from a checkpoint, if there is one."""
        record = saver.resume(self._state(), self._kept(self.run.kept.shape[1]))
        if record is not None:
            self.run.sweeps_done = self.saved = record["sweeps_done"]

    def save(self, saver: Saver) -> None:
        """Write a checkpoint, unless an interrupt left chains at different sweeps."""
        run = self.run
        if not self.whole or run.sweeps_done == self.saved:
            return
        start, every = self.keep
        done = max(0, run.sweeps_done - start) // every if every else 0
        saver.save(self._state(), {"sweeps_done": run.sweeps_done}, self._kept(done))
        self.saved = run.sweeps_done

    def _kept(self, count: int) -> dict[str, NDArray[Any]]:
        run = self.run
        return {
            "kept": run.kept[:, :count],
            "kept_energies": run.kept_energies[:, :count],
        }

    def _state(self) -> dict[str, NDArray[Any]]:
        return {
            "states": self.run.states,
            "energies": self.energies,
            "best": self.run.best,
            "best_energies": self.best_energies,
        }


def _advance(
    job: _Job,
    betas: Floats,
    batches: list[Batch],
    threads: int,
    progress: Progress,
    time_limit: float | None,
    saver: Saver,
) -> None:
    """Run block after block of sweeps; all chains finish a block before the next."""
    run = job.run
    deadline = None if time_limit is None else time.monotonic() + time_limit
    report, close = reporter(progress, len(betas))
    try:
        with ThreadPoolExecutor(threads) as pool:
            for first in range(run.sweeps_done, len(betas), job.refresh):
                job.block(pool, batches, betas[first : first + job.refresh], first)
                report(run.sweeps_done, len(betas))
                if saver.due():
                    job.save(saver)
                if deadline is not None and time.monotonic() > deadline:
                    run.stopped = "time limit" if run.sweeps_done < len(betas) else None
                    break
    except KeyboardInterrupt:
        run.stopped = "interrupted"
    finally:
        close()


def _identity(betas: Floats, states: States, batches: list[Batch]) -> dict[str, str]:
    """Return what identifies a run beside its plain arguments: digests of arrays."""
    free = [part for batch in batches for part in (batch.first, batch.free)]
    return {
        "schedule": digest(betas),
        "initial states": digest(states),
        "clamped p-bits": digest(*free),
    }


def describe(
    circuit: Model, source: Streams, run: Trajectory, **details: Any
) -> dict[str, Any]:
    """Return the record of how samples were made, for ``SampleSet.info``."""
    from pbit import __version__

    return {
        "version": __version__,
        "rng": source.entropy,
        "n": circuit.n,
        "sweeps_done": run.sweeps_done,
        "stopped": run.stopped,
        "law": run.law,
        **details,
    }


def energies_of(circuit: Model, states: States) -> Floats | None:
    """Return the states' energies, or None where the circuit has none."""
    if isinstance(circuit, IsingModel | PolynomialModel):
        return circuit.energy(states)
    return None

"""Many chains through one schedule: what every sweep-based sampler shares."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pbit.checks import (
    Floats,
    States,
    check_choice,
    check_count,
    check_nonnegative,
    check_states,
)
from pbit.coloring import color
from pbit.errors import CapacityError
from pbit.model import IsingModel, PCircuit
from pbit.polynomial import PolynomialModel
from pbit.random import Streams, Use, random_states
from pbit.samplers.checkpoint import CheckpointLike, Saver, digest, open_checkpoint
from pbit.samplers.clamps import Batch, Clamp, apply_clamp
from pbit.samplers.colored import AnyLaw, ColoredLaw, share_chains
from pbit.samplers.kernel_choice import choose

ORDERS = ("sequential", "random", "chromatic")
MOST_CHAINS = (
    2**32
)  # of one seed: a chain's number is a word of what addresses its draws
Progress: TypeAlias = bool | Callable[[int, int], object]
Model: TypeAlias = PCircuit | PolynomialModel


@dataclass
class Trajectory:
    """What a run left behind; arrays have one row a chain."""

    states: States
    kept: States
    kept_energies: Floats
    best: States
    sweeps_done: int
    stopped: str | None = (
        None  # "interrupted" or "time limit", if the run was cut short
    )
    law: str = "real"  # whose draws: see pbit.samplers.kernel_choice


def check_model(model: Any) -> Model:
    """Return `model` if it is a circuit or a polynomial model."""
    if not isinstance(model, PCircuit | PolynomialModel):
        msg = (
            "model must be an IsingModel, a PCircuit or a PolynomialModel, "
            f"not {model!r}"
        )
        raise TypeError(msg)
    return model


def refresh_period(n: int) -> int:
    """Return after how many sweeps fields are computed afresh; also the unit of work.

    A function of n alone, so that cutting a run there never changes a bit.
    """
    return max(16, min(256, 2**24 // max(n, 1)))


def update_order(circuit: Model, order: str) -> NDArray[np.int32]:
    """Return the p-bits in the order of their updates within a sweep."""
    check_choice("order", order, ORDERS)
    if order == "chromatic":
        if isinstance(circuit, PolynomialModel):
            circuit = circuit.hearing()
        return np.argsort(color(circuit).colors, kind="stable").astype(np.int32)
    return np.arange(circuit.n, dtype=np.int32)


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
    threads = _thread_count(n_threads, n_chains)
    updates = update_order(circuit, order)
    n_kept = (len(betas) - keep_from) // keep_every if keep_every else 0
    _check_memory(n_chains, n_kept, circuit.n)
    states = _start(circuit, source, n_chains, initial, first_chain)
    # Writable and row by row: any other kind of array would compile another kernel.
    betas = np.array(betas if betas.ndim == 2 else betas[:, None], order="C")
    one_beta = betas.shape[1] == 1
    chosen = choose(circuit, order, kernel, one_beta=one_beta, rule=rule)
    law = share_chains(chosen, order, _thread_count(n_threads), n_chains)
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
        batches = _split(whole, n_chains, threads, law.width)
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
    report, close = _reporter(progress, len(betas))
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


def _reporter(
    progress: Progress, total: int
) -> tuple[Callable[[int, int], object], Callable[[], object]]:
    """Return a function to call with (done, total), and one to call at the end."""
    if callable(progress):
        return progress, lambda: None
    given: Any = progress
    if not isinstance(given, bool):
        msg = f"progress must be True, False or a function, not {progress!r}"
        raise TypeError(msg)
    if not progress:
        return (lambda _done, _total: None), (lambda: None)
    from tqdm.auto import tqdm

    bar = tqdm(total=total, unit="sweep", leave=False)
    return (lambda done, _total: bar.update(done - bar.n)), bar.close


def _identity(betas: Floats, states: States, batches: list[Batch]) -> dict[str, str]:
    """Return what identifies a run beside its plain arguments: digests of arrays."""
    free = [part for batch in batches for part in (batch.first, batch.free)]
    return {
        "schedule": digest(betas),
        "initial states": digest(states),
        "clamped p-bits": digest(*free),
    }


def _thread_count(n_threads: int | None, n_chains: int | None = None) -> int:
    """Return the number of threads, by default all cores; at most one a chain, if given."""
    if n_threads is None:
        n_threads = (
            len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1
        )
    check_count("n_threads", n_threads)
    return n_threads if n_chains is None else min(n_threads, n_chains)


def _start(
    circuit: Model,
    source: Streams,
    n_chains: int,
    initial: ArrayLike | None,
    first_chain: int = 0,
) -> States:
    if first_chain + n_chains > MOST_CHAINS:
        msg = (
            f"first_chain + n_chains must be at most {MOST_CHAINS}, for draws to differ, "
            f"not {first_chain + n_chains}"
        )
        raise ValueError(msg)
    if initial is None:
        return random_states(source, n_chains, circuit.n, Use.INITIAL, first_chain)
    given = check_states(initial, circuit.n, "initial")
    if given.shape not in ((circuit.n,), (n_chains, circuit.n)):
        shapes = f"({circuit.n},) or ({n_chains}, {circuit.n})"
        msg = f"initial must have shape {shapes}, not {given.shape}"
        raise ValueError(msg)
    # Row by row, also where one row stands for all: another layout is another kernel.
    return np.array(np.broadcast_to(given, (n_chains, circuit.n)), order="C")


def _split(
    batches: list[Batch], n_chains: int, threads: int, width: int = 1
) -> list[Batch]:
    """Cut batches so that every thread has about the same number of chains.

    Where that is more than `width`, it is made a multiple: no lanes are left empty.
    """
    size = -(-n_chains // threads)
    if size > width:
        size = -(-size // width) * width
    return [
        batch._replace(first=first, stop=min(first + size, batch.stop))
        for batch in batches
        for first in range(batch.first, batch.stop, size)
    ]


def _check_memory(n_chains: int, n_kept: int, n: int) -> None:
    needed = n_chains * ((n_kept + 1) * n + 8 * n_kept)  # 8 for an energy
    try:
        available = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return  # not a POSIX system: numpy's own MemoryError has to do
    if needed > available:
        msg = (
            f"keeping {n_kept} states of {n_chains} chains of {n} p-bits needs "
            f"{needed / 2**30:.1f} GiB, and this computer has {available / 2**30:.1f}: "
            "raise keep_every or lower n_chains"
        )
        raise CapacityError(msg)


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

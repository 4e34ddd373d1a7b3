"""Simulated quantum annealing: Trotter replicas while the transverse field falls."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pbit.checks import (
    Floats,
    States,
    check_choice,
    check_count,
    check_finite,
    check_nonnegative,
    check_positive,
    check_states,
)
from pbit.coloring import color
from pbit.kernels import trotter, trotter_lanes
from pbit.model import IsingModel
from pbit.progress import Progress
from pbit.random import RandomState, Streams, Use, random_states
from pbit.samplers.checkpoint import CheckpointLike, open_checkpoint, seeded
from pbit.samplers.clamps import Batch, Clamp, apply_clamp
from pbit.samplers.ensemble import check_energetic
from pbit.samplers.starting import (
    check_memory,
    refresh_period,
    split_batches,
    thread_count,
)
from pbit.samplers.stepping import Job, drive
from pbit.samples import SampleSet

GAMMA = 3.0  # transverse field at the start, in units of a typical weight
LEAST_GAMMA = 1e-5  # what is left at the end
BETA = 0.5  # of one replica, times a typical weight
LANES_FROM = 16  # replicas from which 32 lanes are faster, half of them for each kind
_BLOCK = 2**22  # updates a step


def quantum_anneal(
    model: IsingModel,
    n_replicas: int = 50,
    n_chains: int = 1,
    n_sweeps: int = 1000,
    clamp: Clamp = None,
    rng: RandomState = None,
    *,
    beta: float | None = None,
    gammas: ArrayLike | None = None,
    strength: float = 1.0,
    order: str = "chromatic",
    keep: str = "best",
    initial: ArrayLike | None = None,
    n_threads: int | None = None,
    progress: Progress = False,
    time_limit: float | None = None,
    checkpoint: CheckpointLike = None,
) -> SampleSet:
    r"""Look for low energies by discrete-time simulated quantum annealing (DT-SQA).

    A chain is a ring of replicas of the model, the Trotter slices of quantum annealing in
    a transverse field. P-bit i of replica k takes +1 with probability
    :math:`\sigma(2 I)`,

    .. math::

        I = \beta \Big(\sum_j J_{ij} m_{jk} + h_i\Big) + K (m_{i,k-1} + m_{i,k+1}),
        \qquad K = -s \ln \tanh(\beta \Gamma)

    while the field :math:`\Gamma` falls. A heuristic: it promises no optimum. Cost n_chains
    * n_replicas * n_sweeps * n updates.

    Parameters
    ----------
    model
        An IsingModel.
    n_replicas
        Replicas of a ring, at least 2.
    n_chains, n_sweeps
        Independent rings, and sweeps of each of their replicas.
    clamp
        As in :func:`pbit.sample`, for all replicas of a chain.
    rng
        Seed. The same seed gives the same bits whatever `n_threads` and `n_chains`.
    beta
        Inverse temperature of one replica, > 0, that of the ring being `n_replicas` times
        as much; 0.5 over the typical weight (root mean square) if omitted.
    gammas
        Transverse field of every sweep, > 0, shape (n_sweeps,), or one for all. If omitted
        3 (1 - t / n_sweeps) + 1e-5, t = 1 ... n_sweeps, times the typical weight.
    strength
        s in the formula, >= 0. 1 is what published p-computers ran; with 1/2 the ring has
        the Boltzmann distribution of the Suzuki-Trotter formula.
    order
        "chromatic": colour by colour, neighbouring replicas one colour apart, as hardware
        does; "sequential": 0 ... n-1, the even replicas and then the odd ones.
    keep
        "best": of each chain the replica of lowest energy at the end; "replicas": all of
        them, for the average.
    initial
        States to start from, shape (n,), (n_chains, n) or (n_chains, n_replicas, n).
    n_threads, progress, time_limit
        As in :func:`pbit.sample`.
    checkpoint
        Folder, or a :class:`~pbit.samplers.checkpoint.Checkpoint`, to resume from.

    Returns
    -------
    SampleSet
        States at the end, shape (n_chains, 1 or n_replicas, n). If interrupted or out of
        time they are what the rings had by then, and ``info["stopped"]`` says so.

    Raises
    ------
    TypeError, ValueError, KeyError
        If an argument breaks a rule above.

    References
    ----------
    S. Chowdhury et al., Nat. Commun. 16, 9193 (2025); M. Suzuki, Prog. Theor. Phys. 56,
    1454 (1976).

    Examples
    --------
    >>> import pbit
    >>> triangle = pbit.IsingModel({(0, 1): -1.0, (1, 2): -1.0, (0, 2): -1.0})
    >>> pbit.quantum_anneal(triangle, n_replicas=8, n_sweeps=50, rng=0).best[1]
    -1.0
    """
    check_energetic(model, "quantum")
    check_count("n_replicas", n_replicas, 2)
    check_count("n_chains", n_chains)
    check_count("n_sweeps", n_sweeps)
    check_choice("order", order, ("chromatic", "sequential"))
    check_choice("keep", keep, ("best", "replicas"))
    check_nonnegative("strength", strength)
    unit = _typical_weight(model)
    slice_beta = BETA / unit if beta is None else check_positive("beta", beta)
    fields = _fields(gammas, n_sweeps, unit)
    pulls = _pulls(slice_beta, fields, strength)
    check_memory(n_chains * n_replicas, 0, model.n)
    source = seeded(checkpoint, rng)
    job = Rings(model, source, n_replicas, n_chains, order, clamp, initial, n_threads)
    job.begin(slice_beta, pulls)
    with open_checkpoint(
        checkpoint, "quantum", model, source, n_replicas=n_replicas, n_chains=n_chains,
        order=order, beta=slice_beta, pulls=pulls, start=job.states, free=job.free,
    ) as saver:  # fmt: skip
        stopped = drive(job, progress=progress, time_limit=time_limit, saver=saver)
    states = job.states
    energies = model.energy(states)
    if keep == "best":
        chains, lowest = np.arange(n_chains), energies.argmin(axis=1)
        states, energies = (
            states[chains, lowest][:, None],
            energies.min(axis=1)[:, None],
        )
    from pbit import __version__

    info = {
        "version": __version__,
        "sampler": "quantum_anneal",
        "rng": source.entropy,
        "n": model.n,
        "n_replicas": n_replicas,
        "n_sweeps": n_sweeps,
        "beta": slice_beta,
        "gamma": {"first": fields[0], "last": fields[-1], "given": gammas is not None},
        "strength": strength,
        "order": order,
        "keep": keep,
        "sweeps_done": job.done,
        "stopped": stopped,
    }
    return SampleSet(states, energies, model.labels, info)


class Rings(Job):
    """Rings of replicas; `states` has shape (n_chains, n_replicas, n)."""

    def __init__(
        self,
        model: IsingModel,
        source: Streams,
        n_replicas: int,
        n_chains: int,
        order: str,
        clamp: Clamp,
        initial: ArrayLike | None,
        n_threads: int | None,
    ) -> None:
        self.model, self.source = model, source
        self.threads = thread_count(n_threads, n_chains)
        shape = (n_chains, n_replicas, model.n)
        self.states = _start(model, source, shape, initial)
        classes = np.zeros(model.n, np.int32)
        if order == "chromatic":
            classes = color(model).colors.astype(np.int32)
        pbits = np.argsort(classes, kind="stable").astype(np.int32)
        # Clamps are those of a chain: found on one replica, then told to all.
        outer = self.states[:, 0].copy()
        batches = apply_clamp(model, clamp, outer, pbits)
        self.free = np.zeros((n_chains, model.n), bool)
        for batch in batches:
            self.free[batch.first : batch.stop, batch.free] = True
        self.states[:] = np.where(self.free[:, None], self.states, outer[:, None])
        self._parts = [
            (batch, _ends(classes[batch.free], int(classes.max(initial=0)) + 1))
            for batch in split_batches(batches, n_chains, self.threads)
        ]
        self._block = max(
            1, min(refresh_period(model.n), _BLOCK // max(1, n_replicas * model.n))
        )

    def begin(self, beta: float, pulls: Floats) -> None:
        """Take the schedule."""
        self.beta, self.pulls, self.total = beta, pulls, pulls.size

    def step(self) -> None:
        """Make a block of sweeps of all rings."""
        pulls = self.pulls[self.done : self.done + self._block]
        with ThreadPoolExecutor(self.threads) as pool:
            tasks = [
                pool.submit(self._run, batch, ends, pulls)
                for batch, ends in self._parts
            ]
            for task in tasks:
                task.result()
        self.done += pulls.size

    def _run(self, batch: Batch, ends: NDArray[np.int32], pulls: Floats) -> None:
        weights, n_replicas = self.model.weights, self.states.shape[1]
        many = n_replicas % 2 == 0 and n_replicas >= LANES_FROM
        run = trotter_lanes.run_rings if many else trotter.run_rings  # the same bits
        run(
            (weights.indptr, weights.indices, weights.data),
            self.model.h,
            self.states[batch.first : batch.stop],
            batch.free,
            ends,
            self.beta,
            pulls,
            self.done,
            refresh_period(self.model.n),
            batch.first * n_replicas,
            self.source.key0,
            self.source.key1,
            int(Use.TROTTER),
        )

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return the states."""
        return {"states": self.states}


def _start(
    model: IsingModel,
    source: Streams,
    shape: tuple[int, int, int],
    initial: ArrayLike | None,
) -> States:
    n_chains, n_replicas, n = shape
    if initial is None:
        rows = random_states(source, n_chains * n_replicas, n, Use.INITIAL)
        return rows.reshape(shape)
    given = check_states(initial, n, "initial")
    if given.shape == (n_chains, n):
        given = given[:, None]
    elif given.shape not in ((n,), shape):
        shapes = f"({n},), ({n_chains}, {n}) or {shape}"
        msg = f"initial must have shape {shapes}, not {given.shape}"
        raise ValueError(msg)
    return np.array(np.broadcast_to(given, shape), order="C")


def _ends(classes: NDArray[np.int32], n_classes: int) -> NDArray[np.int32]:
    """Return where each class starts in a sorted list of classes, and where the last ends."""
    return np.searchsorted(classes, np.arange(n_classes + 1)).astype(np.int32)


def _typical_weight(model: IsingModel) -> float:
    weights = np.concatenate([model.weights.data, model.h])
    largest = float(np.abs(weights).max(initial=0.0))
    if largest == 0:
        return 1.0
    scaled = weights[weights != 0] / largest
    return largest * float(np.sqrt((scaled**2).mean()))


def _fields(gammas: ArrayLike | None, n_sweeps: int, unit: float) -> Floats:
    if gammas is None:
        t = np.arange(1, n_sweeps + 1)
        return np.asarray(unit * (GAMMA * (1 - t / n_sweeps) + LEAST_GAMMA))
    given = np.asarray(gammas, dtype=np.float64)
    if given.shape not in ((), (n_sweeps,)):
        msg = f"gammas must be one number or of shape ({n_sweeps},), not {given.shape}"
        raise ValueError(msg)
    fields = np.array(np.broadcast_to(given, (n_sweeps,)))
    check_finite("gammas", fields)
    if (fields <= 0).any():
        k = int(np.flatnonzero(fields <= 0)[0])
        msg = f"gammas must be > 0: gammas[{k}] = {fields[k]}"
        raise ValueError(msg)
    return fields


def _pulls(beta: float, fields: Floats, strength: float) -> Floats:
    """Return what a p-bit hears of its neighbours' copies, by sweep."""
    with np.errstate(over="ignore"):
        products = np.tanh(beta * fields)
    if (products == 0).any():
        k = int(np.flatnonzero(products == 0)[0])
        msg = f"beta * gammas must not vanish: gammas[{k}] = {fields[k]}, beta = {beta}"
        raise ValueError(msg)
    with np.errstate(over="ignore"):
        pulls = np.asarray(-strength * np.log(products))
    check_finite("strength times the logarithm", pulls)
    return pulls

"""Phases that sample: fresh chains, chains from the data, chains that persist or swap."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pbit.checks import States, check_count
from pbit.learning.phases import Moments, Phase, Sums, moments_of
from pbit.random import RandomState, Streams, Use, random_states, seed_of, streams
from pbit.samplers.ensemble import Ensemble

if TYPE_CHECKING:
    from pbit.learning.machine import BoltzmannMachine


class Gibbs(Phase):
    """Chains that start at random every time: slow, unbiased once they are warm.

    Parameters
    ----------
    n_sweeps, n_warmup
        Sweeps averaged over and, before them, thrown away.
    n_chains
        Chains of the negative phase. In the positive one every row is a chain.
    order, n_threads
        As in :func:`pbit.sample`.
    """

    def __init__(
        self,
        n_sweeps: int = 10,
        n_warmup: int = 20,
        n_chains: int = 100,
        order: str = "sequential",
        n_threads: int | None = 1,
    ) -> None:
        self.n_sweeps = check_count("n_sweeps", n_sweeps)
        self.n_warmup = check_count("n_warmup", n_warmup, 0)
        self.n_chains = check_count("n_chains", n_chains)
        self.order = order
        self._n_threads = n_threads

    def moments(
        self,
        machine: BoltzmannMachine,
        clamp: States | None,
        rng: RandomState,
        *,
        batch: States | None = None,
    ) -> Moments:
        """Return averages over the chains' last sweeps."""
        del batch
        if clamp is not None and machine.n_hidden == 0:
            return moments_of(machine, _whole(machine, clamp, streams(rng)))
        count = self.n_chains if clamp is None else len(clamp)
        held = None if clamp is None else machine.clamp(clamp)
        with Ensemble(
            machine.model, count, streams(rng), clamp=held, order=self.order,
            n_threads=self._n_threads, one_beta=True,
        ) as chains:  # fmt: skip
            if self.n_warmup:
                chains.advance(1.0, self.n_warmup)
            sums = Sums(machine)
            for _ in range(self.n_sweeps):
                chains.advance(1.0)
                sums.add(chains.states)
        return sums.moments()


class ContrastiveDivergence(Phase):
    """CD-k: chains of k sweeps that start at the data [Hinton2002]_; biased.

    Parameters
    ----------
    k
        Sweeps of all p-bits.
    k_hidden
        Sweeps of the hidden p-bits before them, with the visible ones at data. One is
        exact where hidden p-bits have no edges among themselves.
    order, n_threads
        As in :func:`pbit.sample`.

    References
    ----------
    .. [Hinton2002] G. E. Hinton, Neural Computation 14, 1771 (2002).
    """

    def __init__(
        self,
        k: int = 1,
        k_hidden: int = 1,
        order: str = "sequential",
        n_threads: int | None = 1,
    ) -> None:
        self.k = check_count("k", k)
        self.k_hidden = check_count("k_hidden", k_hidden)
        self.order = order
        self._n_threads = n_threads

    def moments(
        self,
        machine: BoltzmannMachine,
        clamp: States | None,
        rng: RandomState,
        *,
        batch: States | None = None,
    ) -> Moments:
        """Return averages over the chains' ends, one chain a row of `batch`."""
        if clamp is not None or batch is None:
            msg = "contrastive divergence is a negative phase that starts at data"
            raise ValueError(msg)
        source = streams(rng)
        start = _whole(machine, batch, source)
        model = machine.model
        settings: dict[str, Any] = {
            "order": self.order,
            "n_threads": self._n_threads,
            "one_beta": True,
        }
        if machine.n_hidden:
            held = machine.clamp(batch)
            with Ensemble(
                model, len(start), source, clamp=held, initial=start, **settings
            ) as chains:
                chains.advance(1.0, self.k_hidden)
                start = chains.states
        with Ensemble(
            model, len(start), streams(seed_of(source, 1)), initial=start, **settings
        ) as chains:
            chains.advance(1.0, self.k)
            return moments_of(machine, chains.states)


class Persistent(Phase):
    """PCD: chains that go on from step to step, while weights move [Tieleman2008]_.

    Parameters
    ----------
    n_chains
        How many; they start at random.
    k
        Sweeps of all p-bits a step.
    order, n_threads
        As in :func:`pbit.sample`.

    Attributes
    ----------
    states
        Where the chains are, int8, shape (n_chains, n); None before the first step.

    References
    ----------
    .. [Tieleman2008] T. Tieleman, ICML 2008, 1064.
    """

    def __init__(
        self,
        n_chains: int = 100,
        k: int = 1,
        order: str = "sequential",
        n_threads: int | None = 1,
    ) -> None:
        self.n_chains = check_count("n_chains", n_chains)
        self.k = check_count("k", k)
        self.order = order
        self._n_threads = n_threads
        self._states: States | None = None

    @property
    def states(self) -> States | None:
        """Where the chains are."""
        return self._states

    def moments(
        self,
        machine: BoltzmannMachine,
        clamp: States | None,
        rng: RandomState,
        *,
        batch: States | None = None,
    ) -> Moments:
        """Return averages over the chains, which go on by k sweeps."""
        del batch
        _refuse_clamp(self, clamp)
        _check_kept(self._states, machine)
        with Ensemble(
            machine.model, self.n_chains, streams(rng), initial=self._states,
            order=self.order, n_threads=self._n_threads, one_beta=True,
        ) as chains:  # fmt: skip
            chains.advance(1.0, self.k)
            self._states = chains.states
        return moments_of(machine, self._states)

    def start(self, machine: BoltzmannMachine, rng: RandomState) -> None:
        """Start the chains at random states."""
        if self._states is None:
            self._states = _random(machine, self.n_chains, streams(rng))

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return the chains' states."""
        return {} if self._states is None else {"states": self._states}


class Tempered(Phase):
    """Persistent chains that swap along a ladder of temperatures [Desjardins2010]_.

    They leave modes that chains at one temperature stay in.

    Parameters
    ----------
    betas
        Inverse temperatures that rise to 1; or how many, equally spaced from 0.
    n_ladders
        Ladders; each gives one state at beta = 1 a sweep.
    k
        Sweeps, each with swaps after it, a step. All k sweeps are averaged over.
    order, n_threads
        As in :func:`pbit.sample`.

    References
    ----------
    .. [Desjardins2010] G. Desjardins et al., AISTATS 2010, 145.
    """

    def __init__(
        self,
        betas: ArrayLike | int = 10,
        n_ladders: int = 20,
        k: int = 1,
        order: str = "sequential",
        n_threads: int | None = 1,
    ) -> None:
        from pbit.samplers.tempering import check_ladder

        if isinstance(betas, int | np.integer):
            betas = np.linspace(0.0, 1.0, check_count("betas", betas, 2))
        rungs = check_ladder(betas)
        if rungs[-1] != 1.0:
            msg = f"betas must end at 1, the machine's own, not at {rungs[-1]}"
            raise ValueError(msg)
        self.betas = rungs
        self.n_ladders = check_count("n_ladders", n_ladders)
        self.k = check_count("k", k)
        self.order = order
        self._n_threads = n_threads
        self._states: States | None = None
        self._rounds = np.zeros((), np.int64)

    def moments(
        self,
        machine: BoltzmannMachine,
        clamp: States | None,
        rng: RandomState,
        *,
        batch: States | None = None,
    ) -> Moments:
        """Return averages over the chains at beta = 1; all go on by k sweeps."""
        from pbit.samplers.replicas import Plan, Tempering

        del batch
        _refuse_clamp(self, clamp)
        _check_kept(self._states, machine)
        source = streams(rng)
        # Pairs of temperatures take turns, over the steps too.
        turn = int(self._rounds) % 2
        plan = Plan(1, self.n_ladders, self.k + turn, 0, 1, None, None)
        sums = Sums(machine)
        with Ensemble(
            machine.model, self.n_ladders * len(self.betas), source,
            initial=self._states, order=self.order, n_threads=self._n_threads,
        ) as chains:  # fmt: skip
            job = Tempering(chains, self.betas, plan, source)
            job.done = turn
            for _ in range(self.k):
                job.step()
                sums.add(chains.states[job.at[:, -1]])
            # Back in order of temperature, where the next call's ladders start.
            self._states = chains.states[job.at.ravel()]
        self._rounds += self.k
        return sums.moments()

    def start(self, machine: BoltzmannMachine, rng: RandomState) -> None:
        """Start the chains at random states."""
        if self._states is None:
            count = self.n_ladders * len(self.betas)
            self._states = _random(machine, count, streams(rng))

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return the chains' states, a ladder after the other, and the rounds of swaps."""
        if self._states is None:
            return {}
        return {"states": self._states, "rounds": self._rounds}


def _random(machine: BoltzmannMachine, count: int, source: Streams) -> States:
    return random_states(source, count, machine.n, Use.INITIAL)


def _whole(machine: BoltzmannMachine, visible: States, source: Streams) -> States:
    """Return states of all p-bits with the visible ones at rows, the others at random."""
    states = _random(machine, len(visible), source)
    states[:, machine.visible] = visible
    return states


def _refuse_clamp(phase: Phase, clamp: States | None) -> None:
    if clamp is not None:
        msg = f"{type(phase).__name__} is a negative phase: it holds no p-bits"
        raise ValueError(msg)


def _check_kept(states: States | None, machine: BoltzmannMachine) -> None:
    if states is not None and states.shape[1] != machine.n:
        msg = (
            f"this phase's chains have {states.shape[1]} p-bits, the machine {machine.n}: "
            "a phase that keeps chains belongs to one machine"
        )
        raise ValueError(msg)

"""Replicas at a ladder of temperatures, in arrays: the work of parallel tempering."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pbit.checks import Floats, States
from pbit.cluster import join_samples
from pbit.kernels import exchange
from pbit.model import IsingModel
from pbit.random import Streams, Use
from pbit.samplers.ensemble import Ensemble
from pbit.samplers.stepping import Job
from pbit.samples import SampleSet


@dataclass(frozen=True, eq=False)
class Tempered:
    """What parallel tempering leaves behind; arrays are read-only.

    Attributes
    ----------
    betas
        Inverse temperatures, rising, shape (k,).
    samples
        One SampleSet a temperature, each of shape (n_ladders * n_replicas, kept, n).
    solutions
        The state of lowest energy that each ladder saw, shape (n_ladders, 1, n).
    swap_rates
        Fraction of the swaps offered between neighbouring temperatures that were made,
        shape (k - 1,); nan where none was offered.
    round_trips
        How often replicas came back to the hot end from the cold one, shape
        (n_ladders,), summed over a ladder.
    lowest
        Lowest energy of all replicas of a ladder at each round, after cluster moves,
        shape (rounds, n_ladders).
    cluster_sizes
        Mean fraction of the p-bits that a cluster move turned, by temperature, shape
        (k,); nan where none was made, None without such moves.
    counts
        By pair of temperatures, "tries" and "swaps" (offered and made), and by temperature
        "moves" and "turned" (cluster moves made and p-bits turned in them).
    info
        How it was made.
    """

    betas: Floats
    samples: tuple[SampleSet, ...]
    solutions: SampleSet
    swap_rates: Floats
    round_trips: NDArray[np.int64]
    lowest: Floats
    cluster_sizes: Floats | None
    counts: Mapping[str, NDArray[np.int64]]
    info: Mapping[str, Any]

    @property
    def best(self) -> tuple[States, float]:
        """The state of lowest energy, shape (n,), and its energy."""
        return self.solutions.best

    def __repr__(self) -> str:
        """Say the sizes and the lowest energy."""
        ladders = self.solutions.n_chains
        sizes = f"{self.betas.size} betas, {ladders} ladders, n={self.solutions.n}"
        return f"Tempered({sizes}, best energy {self.best[1]:g})"


@dataclass(frozen=True)
class Plan:
    """The whole numbers of a tempering run."""

    n_replicas: int
    n_ladders: int
    n_sweeps: int
    n_warmup: int
    swap_every: int
    icm: float | None  # inverse temperature from which on there are cluster moves
    keep_every: int | None
    first_ladder: int = 0
    icm_rule: str = "smaller"

    @property
    def rows(self) -> int:
        """Replicas at one temperature, over all ladders."""
        return self.n_ladders * self.n_replicas

    @property
    def n_kept(self) -> int:
        """States kept of each of them."""
        return 1 if self.keep_every is None else self.n_sweeps // self.keep_every


class Tempering(Job):
    """Ladders of replicas; `at` holds the chain at (ladder and replica, temperature)."""

    def __init__(
        self, chains: Ensemble, betas: Floats, plan: Plan, source: Streams
    ) -> None:
        self.chains, self.betas, self.plan, self.source = chains, betas, plan, source
        rows, k = plan.rows, betas.size
        self.total = plan.n_warmup + plan.n_sweeps
        self.at = np.arange(rows * k, dtype=np.int32).reshape(rows, k)
        self.tries = np.zeros((rows, max(0, k - 1)), np.int64)
        self.swaps = np.zeros_like(self.tries)
        self.heading = np.zeros(rows * k, np.int8)
        self.trips = np.zeros(rows * k, np.int64)
        self.moves = np.zeros(plan.n_ladders * k, np.int64)
        self.turned = np.zeros_like(self.moves)
        self.lowest = np.zeros((self.total // plan.swap_every, plan.n_ladders))
        n_kept = 0 if plan.keep_every is None else plan.n_kept
        n = chains.model.n
        self.kept_states = np.zeros((rows * k, n_kept, n), np.int8)
        self.kept_energies = np.zeros((rows * k, n_kept))
        free = chains.free[:: plan.n_replicas * k].sum(axis=1)  # of each ladder
        self.n_free = np.repeat(free.astype(np.int64), k)
        self.symmetric = not chains.model.h.any() and bool(chains.free.all())

    def step(self) -> None:
        """Sweep, turn clusters, swap temperatures, keep."""
        plan, number = self.plan, self.done // self.plan.swap_every
        betas = np.empty(self.at.size)
        betas[self.at] = self.betas
        self.chains.advance(betas, plan.swap_every)
        if plan.icm is not None:
            self._turn_clusters(number)
        energies = self.chains.energies
        self.lowest[number] = energies.reshape(plan.n_ladders, -1).min(axis=1)
        exchange.swap_temperatures(
            self.betas, energies, self.at, number % 2,
            plan.first_ladder * plan.n_replicas * self.betas.size,
            self.source.key0, self.source.key1, int(Use.EXCHANGE), number, self.tries,
            self.swaps, self.heading, self.trips,
        )  # fmt: skip
        self.done += plan.swap_every
        self._keep()

    def _turn_clusters(self, number: int) -> None:
        chains, plan = self.chains, self.plan
        model = chains.model
        assert isinstance(model, IsingModel)  # noqa: S101 - temper() has looked
        k = self.betas.size
        by_ladder = self.at.reshape(plan.n_ladders, plan.n_replicas, k)
        groups = by_ladder.transpose(0, 2, 1).reshape(-1, plan.n_replicas)
        warm = np.tile(self.betas, plan.n_ladders) < (plan.icm or 0.0)
        weights, own = model.weights, np.where(warm, -1, self.n_free)
        groups = np.ascontiguousarray(groups)
        first = plan.first_ladder * k  # group, of all those of the seed

        def turn(part: slice) -> None:
            exchange.cluster_moves(
                (weights.indptr, weights.indices, weights.data), model.h,
                chains.states, chains.energies, groups[part], own[part],
                self.symmetric, first + part.start, self.source.key0,
                self.source.key1, int(Use.PAIRING), number, self.moves[part], self.turned[part],
                plan.icm_rule == "mirror",
            )  # fmt: skip

        size = -(-len(groups) // chains.n_threads)
        starts = range(0, len(groups), size)
        chains.share(turn, [slice(k, min(k + size, len(groups))) for k in starts])
        better = chains.energies < chains.best_energies
        chains.best[better] = chains.states[better]
        chains.best_energies[better] = chains.energies[better]

    def _keep(self) -> None:
        plan, counted = self.plan, self.done - self.plan.n_warmup
        if plan.keep_every is None or counted <= 0 or counted % plan.keep_every:
            return
        # Rows of what is kept: the temperature is the fastest index.
        chains, row = self.at.ravel(), counted // plan.keep_every - 1
        self.kept_states[:, row] = self.chains.states[chains]
        self.kept_energies[:, row] = self.chains.energies[chains]

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return the chains' and where they are."""
        names = (
            "at",
            "tries",
            "swaps",
            "heading",
            "trips",
            "moves",
            "turned",
            "lowest",
        )
        return {
            **self.chains.arrays(),
            **{name: getattr(self, name) for name in names},
        }

    def kept(self) -> dict[str, NDArray[Any]]:
        """Return states kept and their energies, by replica and temperature."""
        return {"kept": self.kept_states, "kept_energies": self.kept_energies}

    @property
    def n_kept(self) -> int:
        """How many of these there are."""
        every = self.plan.keep_every
        return 0 if every is None else max(0, self.done - self.plan.n_warmup) // every

    def restore(self, record: dict[str, Any]) -> None:
        """Tell the chains how many sweeps are done."""
        self.chains.sweeps_done = self.done

    def result(self, info: dict[str, Any]) -> Tempered:
        """Return what there is so far."""
        plan, chains, k = self.plan, self.chains, self.betas.size
        model: Any = chains.model
        states, energies = self.kept_states, self.kept_energies
        states, energies = states[:, : self.n_kept], energies[:, : self.n_kept]
        if self.n_kept == 0:
            states = chains.states[self.at.ravel()][:, None]
            energies = chains.energies[self.at.ravel()][:, None]
        samples = tuple(
            SampleSet(
                states[place::k], energies[place::k] + model.offset, model.labels,
                {**info, "beta": self.betas[place]},
            )
            for place in range(k)
        )  # fmt: skip
        by_ladder = chains.best_energies.reshape(plan.n_ladders, -1)
        first = np.arange(plan.n_ladders) * by_ladder.shape[1]
        best = chains.best[first + by_ladder.argmin(axis=1)][:, None]
        counts = {
            "tries": self.tries.sum(axis=0),
            "swaps": self.swaps.sum(axis=0),
            "moves": self.moves.reshape(-1, k).sum(axis=0),
            "turned": self.turned.reshape(-1, k).sum(axis=0),
        }
        rounds = self.done // plan.swap_every
        return Tempered(
            betas=_frozen(self.betas),
            samples=samples,
            solutions=SampleSet(best, model.energy(best), model.labels, info),
            **_rates(counts, model.n, plan.icm is not None),
            round_trips=_frozen(self.trips.reshape(plan.n_ladders, -1).sum(axis=1)),
            lowest=_frozen(self.lowest[:rounds] + model.offset),
            counts=counts,
            info=samples[0].info,
        )


def join(parts: list[Tempered], info: Mapping[str, Any]) -> Tempered:
    """Return ladders that were run in parts as one result, which `info` describes."""
    first = parts[0]
    counts = {
        name: np.sum([part.counts[name] for part in parts], axis=0)
        for name in first.counts
    }
    samples = []
    for place, beta in enumerate(first.betas):
        together = join_samples([part.samples[place] for part in parts])
        samples.append(replace(together, info={**info, "beta": beta}))
    solutions = join_samples([part.solutions for part in parts])
    return Tempered(
        betas=first.betas,
        samples=tuple(samples),
        solutions=replace(solutions, info=info),
        **_rates(counts, solutions.n, first.cluster_sizes is not None),
        round_trips=_frozen(np.concatenate([part.round_trips for part in parts])),
        lowest=_frozen(np.concatenate([part.lowest for part in parts], axis=1)),
        counts=counts,
        info=samples[0].info,
    )


def _rates(counts: Mapping[str, Any], n: int, icm: bool) -> dict[str, Any]:
    """Return swap rates and cluster sizes from what was counted."""
    with np.errstate(invalid="ignore"):
        rates = counts["swaps"] / counts["tries"]
        sizes = counts["turned"] / (counts["moves"] * n)
    sized = _frozen(sizes) if icm else None
    return {"swap_rates": _frozen(rates), "cluster_sizes": sized}


def _frozen(array: NDArray[Any]) -> NDArray[Any]:
    array = np.ascontiguousarray(array)
    array.flags.writeable = False
    return array

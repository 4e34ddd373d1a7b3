"""The steps of population annealing: to the next temperature by resampling and sweeps."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pbit.checks import Floats
from pbit.random import Streams, Use, uniform_pair
from pbit.samplers.ensemble import Ensemble
from pbit.samplers.stepping import Job

_BISECTIONS = 60


class Resampling(Job):
    """A population on its way down; `done` and `total` count parts in 10,000 of the way."""

    def __init__(
        self,
        chains: Ensemble,
        source: Streams,
        beta: float,
        rungs: Floats | None,
        n_sweeps: int,
        overlap: float,
    ) -> None:
        self.chains, self.source = chains, source
        self.rungs, self.n_sweeps, self.overlap = rungs, n_sweeps, overlap
        self.goal = beta if rungs is None else float(rungs[-1])
        self.total = 10_000 if self.goal > 0 else 0
        size, free = len(chains.states), int(chains.free[0].sum())
        self.family = np.arange(size)
        self.betas = [0.0]
        self.log_z = [free * float(np.log(2.0))]
        self.rho, self.families, self.energies = [1.0], [size], [self._mean_energy()]

    def step(self) -> None:
        """Go to the next temperature: resample, sweep, count families."""
        chains, number = self.chains, len(self.betas)
        target = self._next_beta()
        step = target - self.betas[-1]
        weights, log_q = relative_weights(chains.energies, step)
        u, _ = uniform_pair(
            self.source.key0, self.source.key1, int(Use.RESAMPLE), 0, number
        )
        parents = systematic(weights, u)
        chains.states[:] = chains.states[parents]
        chains.energies[:] = chains.energies[parents]
        self.family[:] = self.family[parents]
        chains.advance(target, self.n_sweeps)
        counts = np.unique(self.family, return_counts=True)[1]
        self.betas.append(target)
        self.log_z.append(self.log_z[-1] + log_q)
        self.rho.append(float((counts.astype(float) ** 2).sum()) / len(self.family))
        self.families.append(counts.size)
        self.energies.append(self._mean_energy())
        left = target < self.goal
        self.done = min(int(1e4 * target / self.goal), 9_999) if left else self.total

    def _next_beta(self) -> float:
        if self.rungs is not None:
            return float(self.rungs[len(self.betas)])
        return longest_step(
            self.chains.energies, self.betas[-1], self.goal, self.overlap
        )

    def _mean_energy(self) -> float:
        return float(self.chains.energies.mean())

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return the population and its families."""
        return {**self.chains.arrays(), "family": self.family}

    def record(self) -> dict[str, Any]:
        """Return the way so far."""
        names = ("betas", "log_z", "rho", "families", "energies")
        return {name: list(getattr(self, name)) for name in names}

    def restore(self, record: dict[str, Any]) -> None:
        """Take the way so far back."""
        for name in self.record():
            setattr(self, name, list(record[name]))
        self.chains.sweeps_done = self.n_sweeps * (len(self.betas) - 1)


def relative_weights(energies: Floats, step: float) -> tuple[Floats, float]:
    """Return tau_i, of mean 1, and ln Q for a step in beta; nothing overflows."""
    lowest = float(energies.min())
    weights = np.exp(-step * (energies - lowest))
    mean = float(weights.mean())
    return weights / mean, float(np.log(mean)) - step * lowest


def systematic(weights: Floats, u: float) -> NDArray[np.int64]:
    """Return parents of the next population: member i has floor or ceil of tau_i children.

    The k-th child's parent is the first whose cumulated weight exceeds k + u.

    Examples
    --------
    >>> systematic(np.array([2.0, 0.5, 0.5]), 0.25).tolist()
    [0, 0, 1]
    """
    sums = np.cumsum(weights)
    marks = (np.arange(weights.size) + u) * (sums[-1] / weights.size)
    parents = np.searchsorted(sums, marks, side="right")
    return np.asarray(np.minimum(parents, weights.size - 1), dtype=np.int64)


def longest_step(energies: Floats, beta: float, goal: float, overlap: float) -> float:
    """Return the next beta: as far as (1/R) sum_i min(1, tau_i) stays at `overlap`."""

    def kept(step: float) -> float:
        return float(np.minimum(1.0, relative_weights(energies, step)[0]).mean())

    low, high = 0.0, goal - beta
    if kept(high) >= overlap:
        return goal
    for _ in range(_BISECTIONS):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if kept(middle) >= overlap else (low, middle)
    return beta + high

"""Where learning's averages come from: exact sums, chains, tempering, mean field, machines.

The gradient of the mean log-likelihood of data is a difference of two averages,

    ∂L/∂J_ij = ⟨m_i m_j⟩_data − ⟨m_i m_j⟩_model,   ∂L/∂h_i = ⟨m_i⟩_data − ⟨m_i⟩_model

the positive phase with the visible p-bits held at data, the negative one with all free. A
phase makes either. What it draws depends on the seed it is handed and on its `arrays`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from pbit.checks import Floats, States, check_count, check_states
from pbit.kernels.boltzmann import pair_products, pair_sums
from pbit.model import IsingModel
from pbit.random import RandomState, seed_of, streams
from pbit.samplers.clamps import Clamp

if TYPE_CHECKING:
    from pbit.learning.machine import BoltzmannMachine

_SAMPLES = 2**20  # states times p-bits that are turned round at a time


class Moments(NamedTuple):
    """Averages of one phase: all that the gradient takes.

    Attributes
    ----------
    correlations
        ⟨m_i m_j⟩ of every edge of the machine, shape (n_edges,).
    means
        ⟨m_i⟩, shape (n,).
    """

    correlations: Floats
    means: Floats


class Phase(ABC):
    """Something that averages over a Boltzmann machine's states."""

    @abstractmethod
    def moments(
        self,
        machine: BoltzmannMachine,
        clamp: States | None,
        rng: RandomState,
        *,
        batch: States | None = None,
    ) -> Moments:
        """Return averages over the machine as it is now.

        Parameters
        ----------
        machine
            Whose states.
        clamp
            Rows that the visible p-bits are held at, int8, shape (n_samples, n_visible),
            averaged over; None for the machine left alone.
        rng
            Seed of this call.
        batch
            For phases that start at data: the rows of the data in hand.
        """

    def start(self, machine: BoltzmannMachine, rng: RandomState) -> None:
        """Make ready what `arrays` returns, unless an earlier call has."""
        del machine, rng

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return the arrays that the next call depends on; writing to them restores."""
        return {}

    def identity(self) -> dict[str, Any]:
        """Return name and settings, as JSON holds them."""
        own = {k: v for k, v in vars(self).items() if not k.startswith("_")}
        return {"phase": type(self).__name__, **own}


class Exact(Phase):
    """Sums over all states; at most 24 p-bits are gone through.

    P-bits without edges among themselves do not count: of a restricted machine the
    smaller layer does.
    """

    def __init__(self) -> None:
        self._last: States | None = None
        self._rows: States
        self._weights: Floats

    def moments(
        self,
        machine: BoltzmannMachine,
        clamp: States | None,
        rng: RandomState,
        *,
        batch: States | None = None,
    ) -> Moments:
        """Return the exact averages; a CapacityError says that there are too many."""
        del rng, batch
        if clamp is None:
            return Moments(*machine.enumerated.moments(machine))
        if clamp is not self._last:  # the same array again and again, without batches
            rows, counts = np.unique(clamp, axis=0, return_counts=True)
            self._last, self._rows, self._weights = clamp, rows, counts / counts.sum()
        return Moments(
            *machine.enumerated.clamped_moments(machine, self._rows, self._weights)
        )


class MeanField(Phase):
    r"""Hidden p-bits as if they were independent, given the data: positive phase only.

    :math:`\bar m_i = \tanh(\sum_j J_{ij} \bar m_j + h_i)` with the visible p-bits at a
    row, iterated; exact where hidden p-bits have no edges among themselves. The gradient
    is then that of a lower bound on the likelihood [Salakhutdinov2009]_.

    Parameters
    ----------
    tolerance
        Largest change of a mean at which to stop, > 0.
    max_iterations
        Iterations after which to stop anyway, at least 1.
    damping
        Part of the old means that is kept, for hidden p-bits that oscillate.

    References
    ----------
    .. [Salakhutdinov2009] R. Salakhutdinov, G. Hinton, AISTATS 2009, 448.
    """

    def __init__(
        self, tolerance: float = 1e-4, max_iterations: int = 50, damping: float = 0.5
    ) -> None:
        from pbit.analysis.estimates import check_fraction
        from pbit.checks import check_positive

        self.tolerance = check_positive("tolerance", tolerance)
        self.max_iterations = check_count("max_iterations", max_iterations)
        self.damping = check_fraction("damping", damping, zero=True)

    def moments(
        self,
        machine: BoltzmannMachine,
        clamp: States | None,
        rng: RandomState,
        *,
        batch: States | None = None,
    ) -> Moments:
        """Return the averages of independent p-bits, over the rows of `clamp`."""
        del rng, batch
        if clamp is None:
            msg = (
                "mean field is a positive phase: the model's own means are not near it"
            )
            raise ValueError(msg)
        means = self.means(machine, clamp)
        columns, pairs = np.ascontiguousarray(means.T), np.empty(machine.n_edges)
        pair_products(columns, machine.edges, pairs)
        return Moments(pairs / len(means), columns.mean(axis=1))

    def means(self, machine: BoltzmannMachine, clamp: States) -> Floats:
        """Return the p-bits' means for each row, shape (n_samples, n)."""
        J, h = machine.model.J, machine.biases
        means = np.zeros((len(clamp), machine.n))
        means[:, machine.visible] = clamp
        hidden = machine.hidden
        if not len(hidden):
            return means
        rows, change = J[hidden], np.inf
        coupled = rows[:, hidden].nnz > 0
        keep = self.damping if coupled else 0.0
        for _ in range(self.max_iterations if coupled else 1):
            new = np.tanh((rows @ means.T).T + h[hidden])
            new = keep * means[:, hidden] + (1 - keep) * new
            change = float(np.abs(new - means[:, hidden]).max())
            means[:, hidden] = new
            if change <= self.tolerance:
                break
        return means


Draw: TypeAlias = Callable[[IsingModel, Clamp, int, np.random.SeedSequence], States]
"""draw(model, clamp, n, rng) -> states of shape (n, n_pbits): the clamp holds n values."""


class Drawn(Phase):
    """States from anything that draws them, such as a simulated machine.

    Parameters
    ----------
    draw
        Called with the model, a clamp (None, or {label: n values}), the number of states
        n and a seed; returns states of all p-bits, ±1, shape (n, n_pbits).
    n
        States of the negative phase.
    per_row
        States of the positive phase for every row of data.
    """

    def __init__(self, draw: Draw, n: int = 1000, per_row: int = 1) -> None:
        given: Any = draw
        if not callable(given):
            msg = f"draw must be a function of (model, clamp, n, rng), not {draw!r}"
            raise TypeError(msg)
        self._draw = draw
        self.n = check_count("n", n)
        self.per_row = check_count("per_row", per_row)

    def moments(
        self,
        machine: BoltzmannMachine,
        clamp: States | None,
        rng: RandomState,
        *,
        batch: States | None = None,
    ) -> Moments:
        """Return averages over the states drawn."""
        del batch
        held: Clamp = None
        count = self.n
        if clamp is not None:
            held = machine.clamp(np.repeat(clamp, self.per_row, axis=0))
            count = len(clamp) * self.per_row
        seed = seed_of(streams(rng))
        states = check_states(
            self._draw(machine.model, held, count, seed), machine.n, "drawn states"
        )
        if states.ndim != 2 or not len(states):
            msg = f"drawn states must have shape ({count}, {machine.n}), not {states.shape}"
            raise ValueError(msg)
        return moments_of(machine, states)


class Sums:
    """Sums over states: whole numbers, so that their order does not matter."""

    def __init__(self, machine: BoltzmannMachine) -> None:
        self.edges = machine.edges
        self.pairs = np.zeros(machine.n_edges, np.int64)
        self.singles = np.zeros(machine.n, np.int64)
        self.count = 0

    def add(self, states: States) -> None:
        """Add states of shape (n_states, n)."""
        step = max(1, _SAMPLES // max(1, states.shape[1]))
        for first in range(0, len(states), step):
            columns = np.ascontiguousarray(states[first : first + step].T)
            pair_sums(columns, self.edges, self.pairs)
            self.singles += columns.sum(axis=1, dtype=np.int64)
        self.count += len(states)

    def moments(self) -> Moments:
        """Return the averages."""
        return Moments(self.pairs / self.count, self.singles / self.count)


def moments_of(machine: BoltzmannMachine, states: States) -> Moments:
    """Return averages over states of all p-bits, shape (n_states, n)."""
    sums = Sums(machine)
    sums.add(states)
    return sums.moments()

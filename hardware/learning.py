"""Learning with a machine in the loop: its states are the averages, its format the weights.

What a machine does wrong (delays, coarse weights, short random words, p-bits that differ) is
then part of what is learned around, as in-situ learning does [Kaiser2022]_.

.. [Kaiser2022] J. Kaiser et al., Phys. Rev. Applied 17, 014016 (2022), arXiv 2102.05137.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hardware.design import Design, load_design
from hardware.engines.state import MAX_OCCUPANCY
from hardware.machine import Machine
from hardware.synapses import Mac
from hardware.units import parse_quantity
from pbit.checks import Floats, States, check_count, check_nonnegative, check_positive
from pbit.errors import DesignError
from pbit.learning.machine import BoltzmannMachine
from pbit.learning.phases import Moments, Phase, Sums
from pbit.limits import FixedPoint
from pbit.model import IsingModel
from pbit.random import RandomState, Use, random_states, seed_of, streams
from pbit.samplers.clamps import Clamp, apply_clamp

DesignLike = str | os.PathLike[str] | Mapping[str, Any] | Design


class OnMachine(Phase):
    """Averages over the time that a simulated machine of a design spends in its states.

    Every call loads the weights into one and the same machine: what its parts are like
    comes from the design and from `body`. Left alone (the negative phase) it goes on from
    the state in which the last call left it, so that many short calls with a small
    learning rate are Kaiser's learning in continuous time. With rows of data held (the
    positive phase of a machine with hidden p-bits) every different row is held in turn.

    Up to 20 p-bits are averaged over all the time; more are read at intervals.

    Parameters
    ----------
    design
        As of :class:`hardware.Machine`.
    seconds
        Simulated time of a negative phase, and of each different row of a positive one.
    warmup
        Simulated seconds before, which do not count, >= 0.
    every
        Seconds between readings where there are more than 20 p-bits; a hundredth of
        `seconds` if omitted.
    body
        Seed of what the machine is made of: its spread and its faults. Not None: it has
        to be the same machine in every call.

    Raises
    ------
    DesignError
        If the design breaks a rule.
    TypeError, ValueError
        If another argument does.

    Notes
    -----
    Signals under way and the registers of noise sources start afresh in every call, as
    does the clock that a drift of the offsets counts from.

    Examples
    --------
    >>> from pbit.learning import BoltzmannMachine, train
    >>> pair = BoltzmannMachine(2)
    >>> data = [[1, 1], [1, 1], [-1, -1], [1, -1]]
    >>> phase = OnMachine("ideal-sequential", "1 us", body=1)
    >>> run = train(pair, data, negative=phase, n_epochs=50, learning_rate=0.2, rng=1)
    >>> bool(pair.weights[0] > 0)
    True
    """

    def __init__(
        self,
        design: DesignLike,
        seconds: float | str,
        *,
        warmup: float | str = 0.0,
        every: float | str | None = None,
        body: int = 0,
    ) -> None:
        self._design = load_design(design)
        self.seconds = check_positive("seconds", _seconds(seconds))
        self.warmup = check_nonnegative("warmup", _seconds(warmup))
        self.every = check_positive(
            "every", self.seconds / 100 if every is None else _seconds(every)
        )
        if self.every > self.seconds:
            msg = f"every must be at most seconds = {self.seconds}, not {self.every}"
            raise ValueError(msg)
        self.body = check_count("body", body, 0)
        self._state: States | None = None

    def start(self, machine: BoltzmannMachine, rng: RandomState) -> None:
        """Draw the state to go on from, unless there is one."""
        if self._state is None:
            drawn = random_states(streams(rng), 1, machine.n, Use.MACHINE_INITIAL)
            self._state = drawn[0].copy()
        elif len(self._state) != machine.n:
            msg = (
                f"this phase's machine has {len(self._state)} p-bits, not {machine.n}: "
                "a phase that goes on from a state belongs to one machine"
            )
            raise ValueError(msg)

    def moments(
        self,
        machine: BoltzmannMachine,
        clamp: States | None,
        rng: RandomState,
        *,
        batch: States | None = None,
    ) -> Moments:
        """Run the machine and return its averages over time."""
        del batch
        model = machine.model
        if clamp is None:
            self.start(machine, rng)
            assert self._state is not None  # noqa: S101 - `start` has made it
            means, pairs, end = self._measured(machine, model, {}, self._state, rng)
            self._state[:] = end
            return Moments(pairs, means)
        rows, counts = np.unique(clamp, axis=0, return_counts=True)
        means, pairs = np.zeros(machine.n), np.zeros(machine.n_edges)
        for k, (row, count) in enumerate(zip(rows, counts, strict=True)):
            held = dict(
                zip(
                    (machine.labels[i] for i in machine.visible.tolist()),
                    row.tolist(),
                    strict=True,
                )
            )
            seed = seed_of(streams(rng), k)
            first = random_states(streams(seed), 1, machine.n, Use.MACHINE_INITIAL)[0]
            one, two, _ = self._measured(machine, model, held, first, seed)
            means += one * (count / len(clamp))
            pairs += two * (count / len(clamp))
        return Moments(pairs, means)

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return the state that the machine goes on from."""
        return {} if self._state is None else {"state": self._state}

    def identity(self) -> dict[str, Any]:
        """Return name, settings and the design."""
        return super().identity() | {"design": self._design.to_dict()}

    def _measured(
        self,
        machine: BoltzmannMachine,
        model: IsingModel,
        held: Mapping[Any, int],
        first: States,
        rng: RandomState,
    ) -> tuple[Floats, Floats, States]:
        """Return ⟨m_i⟩, ⟨m_i m_j⟩ of the edges, and the last state."""
        parts = Machine(model, self._design, rng, initial=first, body=self.body)
        parts.clamp(held)
        if self.warmup > 0:
            parts.run(self.warmup)
        if model.n <= MAX_OCCUPANCY:
            share = parts.run(self.warmup + self.seconds).occupancy
            seen = np.flatnonzero(share)
            states = 2.0 * (seen[:, None] >> np.arange(model.n) & 1) - 1.0
            weighted = states * share[seen, None]
            i, j = machine.edges.T
            pairs = np.einsum("ke,ke->e", weighted[:, i], states[:, j])
            return weighted.sum(axis=0), pairs, parts.state
        sums = Sums(machine)
        # A little more than a whole number of times is that number: 0.6 / 0.2 < 3.
        readings = int(self.seconds / self.every * (1 + 1e-9))
        for k in range(1, 1 + readings):
            parts.run(self.warmup + k * self.every)
            sums.add(parts.state[None])
        found = sums.moments()
        return found.means, found.correlations, parts.state


def machine_draws(
    design: DesignLike,
    every: float | str,
    *,
    warmup: float | str = 0.0,
    body: int = 0,
) -> Callable[[IsingModel, Clamp, int, RandomState], States]:
    """Return what draws states of a model from a machine, for `pbit.learning.Drawn`.

    Without a clamp one machine runs and is read at intervals; with one value a draw, each
    draw has its values clamped for `warmup` and another `every` seconds.

    Parameters
    ----------
    design, body
        As of :class:`OnMachine`.
    every
        Simulated seconds between two readings: several times what the machine needs to
        forget a state, if draws are to be independent.
    warmup
        Seconds before the first.

    Returns
    -------
    function
        draw(model, clamp, n, rng) -> states, int8, shape (n, n_pbits).

    Examples
    --------
    >>> import pbit
    >>> draw = machine_draws("ideal-sequential", "20 ns", body=1)
    >>> draw(pbit.IsingModel({(0, 1): 1.0}), None, 3, 0).shape
    (3, 2)
    """
    built = load_design(design)
    step = check_positive("every", _seconds(every))
    before = check_nonnegative("warmup", _seconds(warmup))
    made_of = check_count("body", body, 0)

    def draw(model: IsingModel, clamp: Clamp, n: int, rng: RandomState) -> States:
        states = random_states(streams(rng), n, model.n, Use.MACHINE_INITIAL)
        if clamp is None:
            machine = Machine(model, built, rng, initial=states[0], body=made_of)
            if before > 0:
                machine.run(before)
            for k in range(n):
                machine.run(before + (k + 1) * step)
                states[k] = machine.state
            return states
        everybody = np.arange(model.n, dtype=np.int32)
        for batch in apply_clamp(model, clamp, states, everybody):
            held = np.setdiff1d(everybody, batch.free).tolist()
            for k in range(batch.first, batch.stop):
                seed = seed_of(streams(rng), k)
                machine = Machine(model, built, seed, initial=states[k], body=made_of)
                machine.clamp({model.labels[i]: int(states[k, i]) for i in held})
                machine.run(before + step)
                states[k] = machine.state
        return states

    return draw


def rounding(
    fmt: str | FixedPoint | Design,
) -> Callable[[Floats, Floats], tuple[ArrayLike, ArrayLike]]:
    """Return what rounds weights and biases to a machine's format, for ``train(project=)``.

    Training then goes by what the machine holds, while steps too small for its format
    add up in exact weights behind them.

    Parameters
    ----------
    fmt
        "s[i][f]", a FixedPoint, or a Design: the format of its weights (`synapse.weights`
        of a multiply-and-accumulate synapse, else `limits.bits`).

    Raises
    ------
    DesignError
        If a design has no format of weights.
    TypeError, ValueError
        If a format is none.

    Examples
    --------
    >>> import numpy as np
    >>> hold = rounding("s[1][2]")
    >>> [part.tolist() for part in hold(np.array([0.3, 9.0]), np.array([-0.1]))]
    [[0.25, 1.75], [-0.0]]
    """
    found = _format_of(fmt) if isinstance(fmt, Design) else FixedPoint.parse(fmt)
    return lambda weights, biases: (found.round(weights), found.round(biases))


def _format_of(design: Design) -> FixedPoint:
    if isinstance(design.synapse, Mac):
        return FixedPoint.parse(design.synapse.weights)
    declared = None if design.limits is None else design.limits.fixed_point
    if declared is None:
        msg = f"is not there: {design.name!r} declares no format of weights"
        raise DesignError(key="limits.bits", message=msg)
    return declared


def _seconds(value: float | str) -> float:
    """Return a time in seconds; text has its unit, as in design files."""
    return parse_quantity(value, "s") if isinstance(value, str) else value

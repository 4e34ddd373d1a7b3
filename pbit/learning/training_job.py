"""The work of training: weights, momenta and records, a mini-batch a step."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pbit.checks import Floats, States, check_finite
from pbit.kernels.boltzmann import fill_uniforms
from pbit.learning.machine import BoltzmannMachine
from pbit.learning.phases import Moments, Phase
from pbit.random import Streams, Use, seed_of
from pbit.samplers.checkpoint import digest
from pbit.samplers.stepping import Job

Projection: TypeAlias = Callable[[Floats, Floats], tuple[ArrayLike, ArrayLike]]
Score: TypeAlias = Callable[[BoltzmannMachine, States], float]
Callback: TypeAlias = Callable[[BoltzmannMachine, int], object]

PACE = 0.01  # how fast what centered states are counted from follows their means


@dataclass(frozen=True, eq=False)
class History:
    """What training did, epoch by epoch; arrays are read-only.

    Attributes
    ----------
    gradient
        Euclidean norm of the mean gradient of each epoch, shape (n_epochs,).
    score
        What was watched, shape (n_epochs,); nan for epochs when it was not.
    learning_rate
        Of each epoch.
    best_epoch
        Epoch of the highest score, from 0; -1 where nothing was watched.
    info
        How it was made: version, seed, phases, settings, and under "stopped" why it ended
        early ("early stopping", "callback", "interrupted", "time limit"), or None.
    """

    gradient: Floats
    score: Floats
    learning_rate: Floats
    best_epoch: int
    info: dict[str, Any] = field(default_factory=dict)

    @property
    def n_epochs(self) -> int:
        """Epochs that were made."""
        return len(self.gradient)

    def __repr__(self) -> str:
        """Say how many epochs there were, and the best score."""
        best = ""
        if self.best_epoch >= 0:
            best = (
                f", best score {self.score[self.best_epoch]:.6g} in {self.best_epoch}"
            )
        return f"History(n_epochs={self.n_epochs}{best})"


@dataclass(frozen=True)
class Settings:
    """The plain arguments of `train`, checked."""

    n_epochs: int
    rates: Floats
    momentum: float
    decay: float
    batch_size: int
    centered: bool
    score: Score | None
    score_every: int
    patience: int | None
    project: Projection | None
    callback: Callback | None


class Training(Job):
    """Weights, momenta and records of a training; a step is one mini-batch."""

    def __init__(
        self,
        machine: BoltzmannMachine,
        rows: States,
        watched: States,
        phases: tuple[Phase, Phase],
        settings: Settings,
        source: Streams,
    ) -> None:
        self.machine, self.rows, self.watched = machine, rows, watched
        self.positive, self.negative = phases
        self.settings, self.source = settings, source
        self.batches = -(-len(rows) // settings.batch_size)
        self.total = settings.n_epochs * self.batches
        self.weights, self.biases = machine.weights.copy(), machine.biases.copy()
        self.moving_weights = np.zeros_like(self.weights)
        self.moving_biases = np.zeros_like(self.biases)
        self.best_weights, self.best_biases = self.weights.copy(), self.biases.copy()
        self.middle = np.zeros_like(self.biases)
        self.gradient = np.zeros(settings.n_epochs)
        self.scores = np.full(settings.n_epochs, np.nan)
        self.best = np.array([-1], np.int64)  # epoch of the best score
        self.reason: str | None = None
        for part, phase in enumerate(phases):
            phase.start(machine, self._seed(part, 2**32 - 1))
        self._show()

    def step(self) -> None:
        """Take one mini-batch; at the end of an epoch look at the score."""
        epoch, number = divmod(self.done, self.batches)
        batch = self.rows
        if self.batches > 1:
            size = self.settings.batch_size
            chosen = self._order(epoch)[number * size : (number + 1) * size]
            batch = self.rows[chosen]
        held = self.positive.moments(self.machine, batch, self._seed(0, self.done))
        free = self.negative.moments(
            self.machine, None, self._seed(1, self.done), batch=batch
        )
        self._climb(held, free, epoch)
        self._show()
        self.done += 1
        if number == self.batches - 1:
            self._look(epoch)

    def _climb(self, held: Moments, free: Moments, epoch: int) -> None:
        settings, edges = self.settings, self.machine.edges
        pairs = held.correlations - free.correlations
        means = held.means - free.means
        if settings.centered:
            if self.done == 0:
                self.middle[:] = held.means
            self.middle += PACE * (held.means - self.middle)
            pairs, means = center(edges, pairs, means, self.middle)
        norm = math.sqrt(float((pairs**2).sum() + (means**2).sum()))
        self.gradient[epoch] += norm / self.batches
        rate = settings.rates[epoch]
        self.moving_weights *= settings.momentum
        self.moving_weights += rate * (pairs - settings.decay * self.weights)
        self.moving_biases *= settings.momentum
        self.moving_biases += rate * means
        self.weights += self.moving_weights
        self.biases += self.moving_biases

    def _look(self, epoch: int) -> None:
        """Score the epoch, remember the best weights, see whether it is time to stop."""
        settings = self.settings
        last = epoch == settings.n_epochs - 1
        if settings.score is not None and (
            last or epoch % settings.score_every == settings.score_every - 1
        ):
            value = float(settings.score(self.machine, self.watched))
            self.scores[epoch] = value
            before = self.scores[self.best[0]] if self.best[0] >= 0 else -np.inf
            if value > before:
                self.best[0] = epoch
                self.best_weights[:] = self.weights
                self.best_biases[:] = self.biases
            patience = settings.patience
            if patience is not None and epoch - self.best[0] >= patience:
                self.reason = "early stopping"
        if settings.callback is not None and settings.callback(self.machine, epoch):
            self.reason = "callback"
        if self.reason is not None:
            self.total = self.done

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return all that the next step depends on."""
        own = {
            "weights": self.weights,
            "biases": self.biases,
            "moving_weights": self.moving_weights,
            "moving_biases": self.moving_biases,
            "best_weights": self.best_weights,
            "best_biases": self.best_biases,
            "middle": self.middle,
            "gradient": self.gradient,
            "scores": self.scores,
            "best": self.best,
        }
        for name, phase in (("positive", self.positive), ("negative", self.negative)):
            for key, array in phase.arrays().items():
                own[f"{name}_{key}"] = array
        return own

    def record(self) -> dict[str, Any]:
        """Return why it ended, if it did."""
        return {"reason": self.reason}

    def restore(self, record: dict[str, Any]) -> None:
        """Take up where the checkpoint was."""
        self.reason = record["reason"]
        if self.reason is not None:
            self.total = self.done
        self._show()

    def finish(self) -> None:
        """Leave the best weights where training stops by them."""
        if self.settings.patience is not None and self.best[0] >= 0:
            self.weights[:] = self.best_weights
            self.biases[:] = self.best_biases
        self._show()

    def start_digest(self) -> str:
        """Return what tells phases that have run before from fresh ones."""
        parts = [*self.positive.arrays().values(), *self.negative.arrays().values()]
        return digest(*parts)

    def history(self, stopped: str | None) -> History:
        """Return the record of the epochs that are whole."""
        from pbit import __version__

        epochs = self.done // self.batches
        columns = [
            np.array(column[:epochs])
            for column in (self.gradient, self.scores, self.settings.rates)
        ]
        for column in columns:
            column.flags.writeable = False
        info = {
            "version": __version__,
            "rng": self.source.entropy,
            "phases": [self.positive.identity(), self.negative.identity()],
            "batch_size": self.settings.batch_size,
            "steps": self.done,
            "stopped": stopped or self.reason,
        }
        return History(columns[0], columns[1], columns[2], int(self.best[0]), info)

    def _show(self) -> None:
        """Give the machine the weights, as far as it can hold them."""
        weights, biases = self.weights, self.biases
        if self.settings.project is not None:
            given = self.settings.project(weights.copy(), biases.copy())
            weights, biases = (np.asarray(part, np.float64) for part in given)
            if weights.shape != self.weights.shape or biases.shape != self.biases.shape:
                msg = (
                    f"project must return {self.weights.shape} weights and "
                    f"{self.biases.shape} biases, not {weights.shape} and {biases.shape}"
                )
                raise ValueError(msg)
        check_finite("weights", weights)
        check_finite("biases", biases)
        self.machine.weights[:] = weights
        self.machine.biases[:] = biases

    def _seed(self, part: int, step: int) -> np.random.SeedSequence:
        """Return the seed of a phase in a step: it depends on nothing else."""
        return seed_of(self.source, int(Use.LEARN_STEP), part, step)

    def _order(self, epoch: int) -> NDArray[np.int64]:
        return shuffled(len(self.rows), self.source, epoch)


def shuffled(n: int, source: Streams, epoch: int) -> NDArray[np.int64]:
    """Return 0 ... n-1 in the order of an epoch."""
    drawn = np.empty(n)
    fill_uniforms(drawn, source.key0, source.key1, int(Use.LEARN_ORDER), epoch)
    return np.argsort(drawn, kind="stable")


def center(
    edges: NDArray[np.int32], pairs: Floats, means: Floats, offsets: Floats
) -> tuple[Floats, Floats]:
    """Return the gradient's parts where states are counted from `offsets`.

    As steps of the machine's own weights and biases: what the weights' step does to mean
    inputs is taken off the biases.
    """
    i, j = edges[:, 0], edges[:, 1]
    steps = pairs - offsets[i] * means[j] - offsets[j] * means[i]
    n = len(means)
    moved = np.bincount(i, steps * offsets[j], n) + np.bincount(
        j, steps * offsets[i], n
    )
    return steps, means - moved

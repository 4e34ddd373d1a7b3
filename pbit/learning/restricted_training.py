"""What trains a restricted Boltzmann machine: its arrays, an epoch a step."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pbit.checks import Floats
from pbit.kernels.restricted import Bits, Singles
from pbit.kernels.restricted_epoch import run_epoch
from pbit.learning.training_job import shuffled
from pbit.random import Streams, Use
from pbit.samplers.stepping import Job

METHODS = ("pcd", "cd", "tempered")


@dataclass(frozen=True)
class Recipe:
    """How to train; the estimator's arguments, checked.

    Attributes
    ----------
    rates
        Learning rate of each epoch, shape (n_epochs,).
    betas
        Inverse temperatures of the chains, rising to 1.
    n_chains
        Chains at each; 0 for those that start at the data.
    """

    rates: Floats
    batch_size: int
    method: str
    k: int
    n_chains: int
    betas: Floats
    momentum: float
    decay: float
    centered: bool


class Machine:
    """A restricted machine's numbers, float32, and the chains that go with them."""

    def __init__(self, n_visible: int, n_hidden: int, n_chains: int) -> None:
        self.weights: Singles = np.zeros((n_visible, n_hidden), np.float32)
        self.a: Singles = np.zeros(n_visible, np.float32)
        self.b: Singles = np.zeros(n_hidden, np.float32)
        self.moving: Singles = np.zeros_like(self.weights)
        self.moving_a: Singles = np.zeros_like(self.a)
        self.moving_b: Singles = np.zeros_like(self.b)
        self.middle_v: Singles = np.zeros_like(self.a)
        self.middle_h: Singles = np.zeros_like(self.b)
        self.visible: Bits = np.zeros((n_chains, n_visible), np.uint8)
        self.hidden: Bits = np.zeros((n_chains, n_hidden), np.uint8)
        self.sweeps = np.zeros((), np.int64)
        self.epochs = np.zeros((), np.int64)

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return all arrays by name."""
        return dict(vars(self))


class Training(Job):
    """Epochs of one fit."""

    def __init__(
        self, machine: Machine, data: Bits, recipe: Recipe, source: Streams
    ) -> None:
        self.machine, self.data = machine, data
        self.recipe, self.source = recipe, source
        self.total = len(recipe.rates)
        self.gradient = np.zeros(self.total)
        n_visible, n_hidden = machine.weights.shape
        size = min(recipe.batch_size, len(data))
        chains = max(len(machine.visible), size)
        wide = max(n_visible, n_hidden)
        self._size = size
        self._room = (
            np.empty((size, n_visible), np.uint8),
            np.empty((size, n_hidden), np.float32),
            np.empty((chains, n_visible), np.float32),
            np.empty((chains, n_hidden), np.float32),
            np.empty((n_visible, n_hidden), np.float32),
            np.empty((1, n_visible), np.float32),
            np.empty((2, n_hidden), np.float32),
            np.empty((n_visible, chains), np.uint8),
            np.empty(max(wide, chains) + 1, np.int32),
            np.empty(wide + 4, np.uint32),
        )
        uses = (int(Use.LEARN_VISIBLE), int(Use.LEARN_HIDDEN), int(Use.LEARN_SWAP))
        self._words = (source.key0, source.key1, *uses)

    def step(self) -> None:
        """Go through the data once."""
        machine, recipe = self.machine, self.recipe
        visible, hidden = machine.visible, machine.hidden
        from_data = recipe.method == "cd"
        if from_data:
            visible = np.empty((self._size, visible.shape[1]), np.uint8)
            hidden = np.empty((self._size, hidden.shape[1]), np.uint8)
        order = shuffled(len(self.data), self.source, int(machine.epochs))
        across = np.ascontiguousarray(machine.weights.T)
        norm = run_epoch(
            self.data, order, self._size, machine.weights, across, machine.a, machine.b,
            machine.moving, machine.moving_a, machine.moving_b, machine.middle_v,
            machine.middle_h, visible, hidden,
            recipe.betas, recipe.k, from_data, recipe.centered,
            float(recipe.rates[self.done]), recipe.momentum, recipe.decay, self._words,
            int(machine.sweeps), *self._room,
        )  # fmt: skip
        self.gradient[self.done] = math.sqrt(norm)
        machine.sweeps += -(-len(self.data) // self._size) * recipe.k
        machine.epochs += 1
        self.done += 1
        if not math.isfinite(norm) or not np.isfinite(machine.weights).all():
            msg = f"weights overflow in epoch {self.done}: learning_rate is too high"
            raise ValueError(msg)

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return all that the next epoch depends on."""
        return {**self.machine.arrays(), "gradient": self.gradient}

"""Judges of the two commonest kinds of solution: choices, and values given to things."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from compilers.problems.building import Reader
from compilers.problems.data import Weights, reason_against, total
from compilers.program import Sense
from pbit.checks import States


@dataclass(frozen=True, eq=False)
class Choice(ABC):
    """The judge of ``{label: 0 or 1}``: what is taken, and what it weighs.

    Attributes
    ----------
    labels
        What may be taken: the first variables that `reader` reads.
    weights
        What each is worth, shape (n,).
    reader
        From states to values.
    sense
        Whether much or little weight is wanted.
    thing
        The word for what may be taken.
    """

    labels: Sequence[Hashable]
    weights: Weights
    reader: Reader
    sense: Sense
    thing: str = "node"

    def decode(self, state: States) -> dict[Hashable, int]:
        """Return ``{label: 1 if taken, else 0}``."""
        bits = self.reader.bits(state)[: len(self.labels)].tolist()
        return dict(zip(self.labels, bits, strict=True))

    def check(self, solution: Mapping[Hashable, int]) -> bool:
        """Say whether it is a choice among the labels and breaks no rule."""
        return self._reason(solution) is None and self.allows(self._taken(solution))

    def objective(self, solution: Mapping[Hashable, int]) -> float:
        """Return the weight of what is taken, whether or not it breaks a rule."""
        reason = self._reason(solution)
        if reason is not None:
            raise ValueError(reason)
        return total(self.weights[self._taken(solution)])

    @abstractmethod
    def allows(self, taken: NDArray[np.bool_]) -> bool:
        """Say whether a choice, shape (n,), breaks no rule of the problem."""

    def _taken(self, solution: Mapping[Hashable, int]) -> NDArray[np.bool_]:
        values = (solution[label] for label in self.labels)
        return np.fromiter(values, np.bool_, len(self.labels))

    def _reason(self, solution: Mapping[Hashable, int]) -> str | None:
        """Return why this is no choice among the labels, or None if it is one."""
        return reason_against(solution, dict.fromkeys(self.labels, (0, 1)), self.thing)


@dataclass(frozen=True, eq=False)
class Values:
    """The judge of ``{label: one of 0 ... k-1}``, each value a one-hot group of bits.

    Attributes
    ----------
    labels
        What gets a value, shape (n,).
    k
        How many values there are; variable ``i * k + v`` says that label i has value v.
    reader
        From states to values.
    thing
        The word for what gets a value.
    """

    labels: Sequence[Hashable]
    k: int
    reader: Reader
    thing: str = "node"

    def decode(self, state: States) -> dict[Hashable, int]:
        """Return ``{label: value}``; -1, which is none, where there is not exactly one."""
        bits = self.reader.bits(state).reshape(len(self.labels), self.k)
        values = np.where(bits.sum(axis=1) == 1, bits.argmax(axis=1), -1).tolist()
        return dict(zip(self.labels, values, strict=True))

    def values(self, solution: Mapping[Hashable, int]) -> NDArray[np.int64]:
        """Return the values in the order of the labels; a ValueError if it is none."""
        reason = self._reason(solution)
        if reason is not None:
            raise ValueError(reason)
        values = (solution[label] for label in self.labels)
        return np.fromiter(values, np.int64, len(self.labels))

    def _reason(self, solution: Mapping[Hashable, int]) -> str | None:
        """Return why this does not give each label one value, or None if it does."""
        return reason_against(
            solution, dict.fromkeys(self.labels, range(self.k)), self.thing
        )

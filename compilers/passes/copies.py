"""Copies of one p-bit, tied into a tree: how strongly, and the way back by majority."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from compilers.passes.passed import Bools, Ints, Way
from pbit.checks import Floats, States, check_nonnegative
from pbit.kernels.jit import jit
from pbit.model import IsingModel


class Copies(Way):
    """The way back from copies: the majority, and where there is none the first copy.

    Parameters
    ----------
    starts
        First copy of every p-bit, shape (n_before + 1,): the copies of p-bit i are
        ``order[starts[i]:starts[i + 1]]``, at least one.
    order
        Numbers of the p-bits after the pass, shape (n_after,).
    """

    def __init__(self, starts: Ints, order: Ints) -> None:
        super().__init__(order[starts[:-1]])
        self.starts, self.order = starts, order
        self.owner = np.empty(order.size, np.int64)
        self.owner[order] = np.repeat(np.arange(starts.size - 1), np.diff(starts))

    def _sums(self, states: States) -> NDArray[np.int64]:
        ordered = states[:, self.order]
        return np.add.reduceat(ordered, self.starts[:-1], axis=1, dtype=np.int64)

    def back(self, states: States) -> States:
        """Return the majority of every p-bit's copies."""
        sums = self._sums(states)
        chosen = np.where(sums == 0, states[:, self.place], np.sign(sums))
        return chosen.astype(np.int8)

    def lift(self, states: States) -> States:
        """Return states with all copies of a p-bit equal to it."""
        return np.ascontiguousarray(states[:, self.owner])

    def broken(self, states: States) -> Bools:
        """Say of which p-bits the copies disagree."""
        return np.asarray(np.abs(self._sums(states)) != np.diff(self.starts))

    def forward(self, clamp: Mapping[int, int], labels: Any) -> dict[int, int]:
        """Hold every copy."""
        ends = self.starts
        return {
            int(copy): state
            for i, state in clamp.items()
            for copy in self.order[ends[i] : ends[i + 1]]
        }


def slack(model: IsingModel) -> float:
    """Return by how much a copy strength exceeds its bound: half the smallest weight.

    Any excess above rounding would do; this one lies half-way between neighbouring
    values where weights are whole, and is at least 1e-6 of the largest.
    """
    sizes = np.abs(np.concatenate([model.J.data, model.h]))
    sizes = sizes[sizes > 0]
    if sizes.size == 0:
        return 1.0
    return float(max(sizes.min() / 2, 1e-6 * sizes.max()))


def check_strength(strength: Any) -> float | None:
    """Return a copy strength given by hand, above 0, or None for the automatic one."""
    if strength is None:
        return None
    value = check_nonnegative("strength", strength)
    if value == 0:
        msg = "strength must be above 0, not 0: copies would not be tied"
        raise ValueError(msg)
    return value


@jit
def tree_bounds(parent: Ints, order: Ints, outside: Floats) -> Floats:
    """Return, for every tree edge (child to parent), the smaller side's outside strength.

    Parameters
    ----------
    parent
        Parent of every p-bit in its tree of copies, -1 for the root, shape (n,).
    order
        The p-bits, parents before children.
    outside
        Sum of |J| to p-bits of other trees and of |h|, shape (n,).
    """
    below = outside.copy()
    n = order.shape[0]
    for k in range(n - 1, -1, -1):
        i = order[k]
        if parent[i] >= 0:
            below[parent[i]] += below[i]
    total = below.copy()
    for k in range(n):
        i = order[k]
        if parent[i] >= 0:
            total[i] = total[parent[i]]
    bounds = np.zeros(n)
    for i in range(n):
        if parent[i] >= 0:
            bounds[i] = min(below[i], total[i] - below[i])
    return bounds

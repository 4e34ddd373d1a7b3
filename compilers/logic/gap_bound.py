"""A proof that no gadget has a larger gap: every choice of auxiliary states is excluded.

Where the mixed-integer program of :mod:`compilers.logic.search` finds a gap but runs out
of time before it knows that there is none larger, this search can settle it.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog

from compilers.logic.search import features

_CLOSE = (
    1e-6  # how far below the wanted gap a bound has to be: above HiGHS's tolerances
)
Choice = NDArray[
    np.int8
]  # auxiliary state of every valid row, OPEN where not chosen yet
OPEN = -1


def excludes(
    rows: Sequence[int], n_visible: int, n_aux: int, limit: int, gap: float
) -> bool:
    r"""Say whether no coefficients within ±limit have a gap of at least `gap`.

    Each valid row has one state of the auxiliary p-bits that is its ground state. With
    these states chosen for some of the rows, the largest gap g is a linear program:

    .. math:: E(s) = e \text{ for chosen } s, \quad E(s) \ge e + g \text{ for states over
        invalid rows and the others over rows with a choice}, \quad E(s) \ge e

    over real coefficients, so that g is at least that of whole ones, and a choice for
    one row more can only lower it. Rows are chosen one by one, from none on; what does
    not reach the gap is dropped, and of choices that are the same but for names and
    signs of p-bits (visible ones such that valid rows stay valid) one is kept. If in the
    end none is left, there is no such gadget.

    Parameters
    ----------
    rows
        The valid rows, numbers of n_visible bits.
    n_visible, n_aux
        Pins of the table, and p-bits added to them.
    limit
        Largest magnitude of a coefficient.
    gap
        The gap that is to be excluded.
    """
    table = sorted(int(row) for row in rows)
    group = _symmetries(table, n_visible), _relabelings(n_aux)
    bound = _Bound(table, n_visible, n_aux, limit)
    distance = np.array([[(a ^ b).bit_count() for b in table] for a in table])
    kept = [np.full(len(table), OPEN, dtype=np.int8)]
    for _ in table:
        seen: set[bytes] = set()
        after: list[Choice] = []
        for choice in kept:
            place = _next(choice, distance)
            for state in range(1 << n_aux):
                more = choice.copy()
                more[place] = state
                name = _canonical(more, *group)
                if name not in seen:
                    seen.add(name)
                    if bound(more) > gap - _CLOSE:
                        after.append(more)
        kept = after
    return not kept


class _Bound:
    """The linear program: the largest gap for what has been chosen."""

    def __init__(
        self, table: Sequence[int], n_visible: int, n_aux: int, limit: int
    ) -> None:
        self.energies = features(n_visible + n_aux)
        self.limit = limit
        visible = np.arange(len(self.energies)) & (1 << n_visible) - 1
        self.invalid = ~np.isin(visible, table)
        self.over = [np.flatnonzero(visible == row) for row in table]

    def __call__(self, choice: Choice) -> float:
        """Return the largest gap, or minus infinity if there is none at all."""
        count, size = self.energies.shape
        above = self.invalid.astype(np.float64)
        ground = []
        for states, chosen in zip(self.over, choice.tolist(), strict=True):
            if chosen != OPEN:
                above[states] = 1.0
                ground.append(int(states[chosen]))
        others = np.setdiff1d(np.arange(count), ground)
        one = np.ones((count, 1))
        higher = np.hstack([-self.energies, one, above[:, None]])[others]
        level = np.hstack([self.energies, -one, 0 * one])[ground]
        costs = np.zeros(size + 2)
        costs[-1] = -1.0
        bounds = [(-self.limit, self.limit)] * size + [(None, None), (0, None)]
        found = linprog(
            costs,
            higher,
            np.zeros(len(higher)),
            level,
            np.zeros(len(level)),
            bounds,
            method="highs-ds",
        )
        if found.status == 2:
            return -np.inf
        if found.status != 0:
            msg = f"the linear program was not solved: {found.message}"
            raise RuntimeError(msg)
        return -float(found.fun)


def _next(choice: Choice, distance: NDArray[np.int64]) -> int:
    """Return the open row with the most chosen ones near it: bounds fall soonest."""
    chosen = choice != OPEN
    near = (distance[:, chosen] <= 2).sum(axis=1)
    near[chosen] = -1
    return int(near.argmax())


def _symmetries(table: Sequence[int], n: int) -> NDArray[np.intp]:
    """Return where rows go under renaming and negation of pins that keep all valid."""
    place = {row: k for k, row in enumerate(table)}
    bits = np.array(table)[:, None] >> np.arange(n) & 1
    found = set()
    for order in itertools.permutations(range(n)):
        moved = (bits[:, list(order)] << np.arange(n)).sum(axis=1)
        for flips in range(1 << n):
            images = (moved ^ flips).tolist()
            if all(image in place for image in images):
                found.add(tuple(place[image] for image in images))
    return np.array(sorted(found), dtype=np.intp)


def _relabelings(n_aux: int) -> NDArray[np.int8]:
    """Return where auxiliary states go under renaming and negation; OPEN stays, last."""
    states = np.arange(1 << n_aux)
    bits = states[:, None] >> np.arange(n_aux) & 1
    found = []
    for order in itertools.permutations(range(n_aux)):
        moved = (bits[:, list(order)] << np.arange(n_aux)).sum(axis=1)
        found += [[*(moved ^ flips).tolist(), OPEN] for flips in states.tolist()]
    return np.array(found, dtype=np.int8)


def _canonical(
    choice: Choice, rows: NDArray[np.intp], states: NDArray[np.int8]
) -> bytes:
    """Return the same name for choices that are equal but for names and signs."""
    images = states[:, choice[rows]].reshape(-1, choice.size)
    for k in range(choice.size):  # the first image in alphabetical order
        column = images[:, k]
        images = images[column == column.min()]
    name: bytes = images[0].tobytes()
    return name

"""Quadratic assignment: give every facility a place so that flows travel short ways."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from compilers.problems.building import QuboBuilder
from compilers.problems.data import (
    MAX_EXACT,
    check_penalty,
    describe,
    margin,
    reason_against,
)
from compilers.program import Program, Sense
from pbit.checks import Floats, States, check_finite


def quadratic_assignment(
    flow: ArrayLike, distance: ArrayLike, *, penalty: float | None = None
) -> Program:
    r"""Compile the quadratic assignment problem, n² p-bits for n facilities.

    With x_ik = 1 where facility i is at location k,

    .. math:: E = \sum_{ijkl} f_{ij} d_{kl} x_{ik} x_{jl}
              + A \sum_i (\sum_k x_{ik} - 1)^2 + A \sum_k (\sum_i x_{ik} - 1)^2.

    The penalty A is half of the most that one more facility at a free location can add
    to the cost, and a margin. No state that is not an assignment can then be lowest.
    Where a row or a column holds two, one of them can go: costs fall, as they are not
    negative, and penalties do not rise. What is left assigns some facilities to different
    locations; one more takes 2 A away and adds at most the sum of its flows times the
    distances, both sorted (the rearrangement inequality).

    Parameters
    ----------
    flow, distance
        Square matrices of one shape, at least 1 x 1, of finite numbers >= 0, symmetric
        or not; diagonals count.
    penalty
        A, in place of the compiler's own.

    Returns
    -------
    Program
        Labels are (facility, location); solutions ``{facility: location}``, without the
        facilities that are at none or more than one; sense "min".

    Raises
    ------
    TypeError, ValueError
        If a matrix breaks a rule above, or `penalty` is not above 0.

    References
    ----------
    T. C. Koopmans and M. Beckmann, Econometrica 25, 53 (1957).

    Examples
    --------
    >>> program = quadratic_assignment([[0, 3], [1, 0]], [[0, 2], [5, 0]])
    >>> program.objective({0: 0, 1: 1}), program.objective({0: 1, 1: 0})
    (11, 17)
    """
    flows, distances = _matrix("flow", flow), _matrix("distance", distance)
    if flows.shape != distances.shape:
        msg = (
            f"flow and distance must have one shape, not {flows.shape} and "
            f"{distances.shape}"
        )
        raise ValueError(msg)
    n = len(flows)
    strength = _bound(flows, distances)
    if penalty is not None:
        strength = check_penalty(penalty)
    numbers = np.arange(n * n).reshape(n, n)
    builder = QuboBuilder([(i, k) for i in range(n) for k in range(n)])
    places = np.arange(n)
    for i, j in zip(*np.nonzero(flows), strict=True):
        first, second = numbers[i][:, None], numbers[j][None, :]
        if i == j:
            builder.add_linear(numbers[i], flows[i, i] * distances.diagonal())
        else:
            apart = places[:, None] != places[None, :]
            costs = np.where(apart, flows[i, j] * distances, 0.0)
            builder.add_quadratic(first, second, costs)
    builder.add_square(np.concatenate([numbers, numbers.T]), 1, -1, strength)
    model, fixed = builder.build()
    record = describe(
        "quadratic assignment",
        model,
        [flows.tolist(), distances.tolist()],
        how=f"quadratic_assignment(penalty={penalty!r})",
        sense="min",
        fixed=fixed,
        facilities=n,
        penalty=strength,
    )
    return Program(model, QuadraticAssignment(flows, distances), record)


def _matrix(name: str, values: Any) -> Floats:
    given = np.asarray(values)
    if given.dtype.kind not in "iuf":
        msg = f"{name} must hold real numbers, not {given.dtype}"
        raise TypeError(msg)
    if given.ndim != 2 or given.shape[0] != given.shape[1] or not given.size:
        msg = f"{name} must be a square matrix of 1 x 1 at least, not {given.shape}"
        raise ValueError(msg)
    matrix = given.astype(np.float64)
    check_finite(name, matrix)
    if (matrix < 0).any():
        i, j = np.argwhere(matrix < 0)[0].tolist()
        msg = f"{name} must not be negative: {name}[{i}, {j}] = {given[i, j]}"
        raise ValueError(msg)
    return matrix


def _bound(flows: Floats, distances: Floats) -> float:
    """Return the penalty that the docstring of `quadratic_assignment` derives."""
    most = np.outer(flows.diagonal(), distances.diagonal())
    for f, d in ((flows, distances), (flows.T, distances.T)):
        most += _sorted_rows(f) @ _sorted_rows(d).T
    whole = bool((flows % 1 == 0).all() and (distances % 1 == 0).all())
    spare = 1 if whole else margin((flows.max() * distances).ravel().tolist() or [1.0])
    return float(most.max()) / 2 + spare / 2


def _sorted_rows(matrix: Floats) -> Floats:
    """Return the rows without their diagonal entries, sorted."""
    n = len(matrix)
    return np.sort(matrix[~np.eye(n, dtype=bool)].reshape(n, n - 1), axis=1)


@dataclass(frozen=True, eq=False)
class QuadraticAssignment:
    """The judge of assignments: flows and distances."""

    flow: Floats
    distance: Floats
    sense: Sense = "min"

    def decode(self, state: States) -> dict[Hashable, int]:
        """Return ``{facility: location}`` of the facilities that are at just one."""
        n = len(self.flow)
        chosen = state.reshape(n, n) > 0
        alone = np.flatnonzero(chosen.sum(axis=1) == 1)
        return dict(
            zip(alone.tolist(), chosen[alone].argmax(axis=1).tolist(), strict=True)
        )

    def check(self, solution: Mapping[Hashable, int]) -> bool:
        """Say whether every facility has a location of its own."""
        if self._reason(solution) is not None:
            return False
        return len(set(solution.values())) == len(self.flow)

    def objective(self, solution: Mapping[Hashable, int]) -> float:
        """Return the sum of flows times distances; an int if all of them are whole."""
        reason = self._reason(solution)
        if reason is not None:
            raise ValueError(reason)
        places: NDArray[np.int64] = np.array(
            [solution[i] for i in range(len(self.flow))]
        )
        terms = self.flow * self.distance[np.ix_(places, places)]
        whole = bool((self.flow % 1 == 0).all() and (self.distance % 1 == 0).all())
        total = float(terms.sum())
        return int(total) if whole and total <= MAX_EXACT else total

    def _reason(self, solution: Mapping[Hashable, int]) -> str | None:
        n = len(self.flow)
        every: Sequence[Hashable] = range(n)
        return reason_against(solution, dict.fromkeys(every, range(n)), "facility")

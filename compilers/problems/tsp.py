"""Travelling salesman: the shortest tour through all cities."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any

import networkx as nx
import numpy as np
from numpy.typing import ArrayLike, NDArray

from compilers.problems.building import QuboBuilder
from compilers.problems.data import (
    MAX_EXACT,
    Weights,
    as_weights,
    check_number,
    chosen,
    describe,
    step,
    total,
)
from compilers.problems.detours import largest_detour, reduce_distances
from compilers.problems.inputs import GraphArrays
from compilers.problems.judging import Values
from compilers.program import Program, Sense


def tsp(
    distances: nx.Graph | ArrayLike,
    weight: str = "weight",
    *,
    penalty: float | None = None,
) -> Program:
    r"""Compile the travelling salesman problem, symmetric or not.

    .. math::

        E = L + \sum_t \sum_{u \ne v} (d_{uv} - a_u - b_v) x_{ut} x_{v,t+1}
            + P \sum_v (1 - \sum_t x_{vt})^2 + P \sum_t (1 - \sum_v x_{vt})^2

    The first city is fixed at position 0, which leaves (n-1)² p-bits and about 2 n³
    couplings. Every tour leaves and enters each city once, so tolls :math:`a_u` for
    leaving u and :math:`b_v` for entering v can be taken out of the distances and put
    into the constant :math:`L = \sum_v (a_v + b_v)`: no distance is negative then,
    whatever it was, and the largest is as small as can be. Energy = length for a tour.

    Where a city is twice in the tour or a position is taken twice, dropping one of
    them costs nothing. Then a missing city can be put into an empty position, at most
    the longest way through one city, or beside a city near it, what follows moving up
    to the gap, at most the largest distance and a bottleneck of the cities'
    neighbourhoods (what was taken off left out in both). Either saves 2 P. P is half of
    the smaller of the two, and half of one step of the distances.

    Parameters
    ----------
    distances
        Complete graph, directed or not, or matrix of shape (n, n): entry [u, v] is the
        way from u to v. The diagonal is not looked at. At least 2 cities, called by
        their numbers if given by a matrix.
    weight
        Edge attribute that holds the distance; edges without it count 1.
    penalty
        P instead of the automatic one.

    Returns
    -------
    Program
        One p-bit labelled ``(city, position)`` for each but the first. Solutions are
        ``{city: position 0 ... n-1}``, a permutation (-1, which is none, is decoded
        where a city has no or several positions); the objective is the length of the
        closed tour, sense "min".

    Raises
    ------
    TypeError
        If it is neither a graph nor a matrix of numbers, or a multigraph.
    ValueError
        If there are fewer than 2 cities, an edge is missing, a node is joined to
        itself, the matrix is not square, or a number is not finite.

    References
    ----------
    A. Lucas, Front. Phys. 2, 5 (2014), section 7.2 (with P > max d).

    Examples
    --------
    >>> program = tsp([[0, 1, 9, 2], [1, 0, 3, 9], [9, 3, 0, 4], [2, 9, 4, 0]])
    >>> program.objective({0: 0, 1: 1, 2: 2, 3: 3}), program.n
    (10, 9)
    >>> program.check({0: 0, 1: 1, 2: 1, 3: 3})
    False
    """
    if isinstance(distances, nx.Graph):
        labels, d, source = _from_graph(distances, weight)
    else:
        labels, d, source = _from_matrix(distances)
    reduced, tolls = reduce_distances(d)
    safe = (largest_detour(reduced) + step(d)) / 2
    price = chosen("penalty", penalty, safe)
    builder = _tours(labels, reduced, price)
    builder.add_constant(tolls)
    model, fixed = builder.build()
    facts = describe(
        "travelling salesman",
        model,
        (d,),
        how=f"tsp(weight={weight!r}, penalty={penalty!r}); energy = length",
        sense="min",
        source=source,
        fixed=fixed,
        penalties={"visit": price},
    )
    problem = Tour(labels, len(labels), builder.reader(), "city", distances=d)
    return Program(model, problem, facts)


@dataclass(frozen=True, eq=False, kw_only=True)
class Tour(Values):
    """The judge of tours: every position once, and the length from one to the next."""

    distances: Weights
    sense: Sense = "min"

    def check(self, solution: Mapping[Hashable, int]) -> bool:
        """Say whether each city has a position and each position one city."""
        return self._reason(solution) is None and _is_permutation(self.values(solution))

    def objective(self, solution: Mapping[Hashable, int]) -> float:
        """Return the length of the closed tour; a ValueError if it is none."""
        positions = self.values(solution)
        if not _is_permutation(positions):
            twice = int(np.flatnonzero(np.bincount(positions) > 1)[0])
            first, second = np.flatnonzero(positions == twice)[:2].tolist()
            msg = (
                f"solution is no tour: cities {self.labels[first]!r} and "
                f"{self.labels[second]!r} are both at position {twice}"
            )
            raise ValueError(msg)
        order = np.argsort(positions)
        return total(self.distances[order, np.roll(order, -1)])


def _is_permutation(positions: NDArray[np.int64]) -> bool:
    return len(np.unique(positions)) == len(positions)


def _from_graph(
    graph: nx.Graph, weight: str
) -> tuple[tuple[Hashable, ...], Weights, str]:
    arrays = GraphArrays.from_networkx(graph, directed=True)
    _check_size(arrays.n)
    values = as_weights(
        [
            check_number(f"the distance of edge ({u!r}, {v!r})", value)
            for u, v, value in graph.edges(data=weight, default=1)
        ]
    )
    d = _zeros(arrays.n, whole=values.dtype.kind == "i")
    known = np.eye(arrays.n, dtype=np.bool_)
    ends = [(arrays.rows, arrays.columns)]
    if not graph.is_directed():
        ends.append((arrays.columns, arrays.rows))
    for rows, columns in ends:
        d[rows, columns] = values
        known[rows, columns] = True
    if not known.all():
        u, v = (arrays.labels[k] for k in np.argwhere(~known)[0].tolist())
        msg = f"graph must be complete: there is no edge ({u!r}, {v!r})"
        raise ValueError(msg)
    return arrays.labels, d, arrays.source


def _from_matrix(given: Any) -> tuple[tuple[Hashable, ...], Weights, str]:
    matrix = np.asarray(given)
    if matrix.dtype.kind not in "iuf":
        msg = f"distances must be a graph or a matrix of numbers, not {matrix.dtype}"
        raise TypeError(msg)
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1]:
        msg = f"distances must be a square matrix, not of shape {matrix.shape}"
        raise ValueError(msg)
    n = matrix.shape[0]
    _check_size(n)
    away = ~np.eye(n, dtype=np.bool_)
    wrong = away & ~np.isfinite(matrix)
    if matrix.dtype.kind != "f":
        wrong = away & ((matrix > MAX_EXACT) | (matrix < -MAX_EXACT))
    if wrong.any():
        u, v = np.argwhere(wrong)[0].tolist()
        rule = "finite" if matrix.dtype.kind == "f" else "within ±2**53"
        msg = f"distances must be {rule}: distances[{u}, {v}] = {matrix[u, v]}"
        raise ValueError(msg)
    d = _zeros(n, whole=matrix.dtype.kind != "f")
    d[away] = matrix[away]
    return tuple(range(n)), d, "matrix"


def _zeros(n: int, *, whole: bool) -> Weights:
    return np.zeros((n, n), np.int64) if whole else np.zeros((n, n), np.float64)


def _check_size(n: int) -> None:
    if n < 2:
        msg = f"a tour takes at least 2 cities, not {n}"
        raise ValueError(msg)


def _tours(
    labels: tuple[Hashable, ...], reduced: NDArray[np.float64], price: float
) -> QuboBuilder:
    n = len(labels)
    builder = QuboBuilder([(city, t) for city in labels for t in range(n)])
    numbers = np.arange(n * n).reshape(n, n)
    u, v = np.nonzero(reduced)
    for t in range(n):
        builder.add_quadratic(numbers[u, t], numbers[v, (t + 1) % n], reduced[u, v])
    builder.add_square(numbers, 1, constant=-1, weight=price)
    builder.add_square(numbers.T, 1, constant=-1, weight=price)
    builder.fix(numbers[0, 1:], 0)
    builder.fix(numbers[1:, 0], 0)
    builder.fix(0, 1)
    return builder

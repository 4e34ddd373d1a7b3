"""Partitioning: k parts of equal size with as little edge weight between as possible."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass

import networkx as nx
import numpy as np
from numpy.typing import NDArray

from compilers.problems.building import QuboBuilder
from compilers.problems.data import Weights, chosen, describe, step, total
from compilers.problems.inputs import GraphArrays, edge_weights
from compilers.problems.judging import Values
from compilers.program import Program, Sense
from pbit.checks import States, check_count


def partitioning(
    graph: nx.Graph,
    k: int = 2,
    weight: str = "weight",
    *,
    balance: float | None = None,
    one_hot: float | None = None,
    break_symmetry: bool = True,
) -> Program:
    r"""Compile balanced graph partitioning; bisection for k = 2.

    Part sizes differ by one at most. Two parts take one p-bit a node,

    .. math::

        E = \sum_{uv} w_{uv} (x_u + x_v - 2 x_u x_v)
            + B [(\sum_v x_v - n/2)^2 - (n \bmod 2)/4]

    and more parts k p-bits a node,

    .. math::

        E = \sum_{uv} w_{uv} (1 - \sum_p x_{up} x_{vp})
            + \tfrac{B}{2} \sum_p [(\sum_v x_{vp} - s)^2 - \delta^2]
            + A \sum_v (1 - \sum_p x_{vp})^2

    with s = n/k and δ = 0 if k divides n, and s = ⌊n/k⌋ + ½ and δ = ½ if not.

    *B*: moving one node from the largest part, if that is too large, to the smallest
    saves at least B (2 B for two parts and odd n), and costs no more than the node's
    weighted degree: of the lightest node there, so no more than D, the
    (⌊n/k⌋ + 1)-th largest degree; nor, without negative weights, more than
    ⌈n/k⌉ times the largest weight. B is the smaller of these (half of it for two parts
    and odd n) and one step of the weights.

    *A*: a node in two parts can leave one of them, a node from a larger part taking its
    place if that one is too small; a node in none can enter a part that is too small.
    With d the largest degree these cost at most d + B/2 or 2 d - B/2 if k divides n, and
    2 d if not; A is that and one step of the weights. Energy = weight between parts.

    Parameters
    ----------
    graph
        Undirected, without parallel edges or self loops.
    k
        Number of parts, 2 to n.
    weight
        Edge attribute that holds the weight; edges without it count 1. Negative
        weights are allowed.
    balance, one_hot
        B and A instead of the automatic ones; `one_hot` only where k > 2.
    break_symmetry
        Parts are interchangeable, so that node i of the graph need not look beyond part
        i. If False, it may, and all renamings of a partition are ground states.

    Returns
    -------
    Program
        One p-bit a free node, labelled by it, if k = 2, else one labelled
        ``(node, part)`` for each part that is open to a node. Solutions are
        ``{node: part 0 ... k-1}`` (-1, which is none, is decoded where a node is in no
        or in several parts); the objective is the weight between parts, sense "min".

    Raises
    ------
    TypeError
        If the graph is directed or a multigraph, or a number is none.
    ValueError
        If the graph has no nodes or a self loop, k is not 2 to n, a weight or a penalty
        is out of range, or `one_hot` is given for two parts.

    References
    ----------
    A. Lucas, Front. Phys. 2, 5 (2014), section 2.2.

    Examples
    --------
    >>> program = partitioning(nx.barbell_graph(3, 0))
    >>> program.objective({0: 0, 1: 0, 2: 0, 3: 1, 4: 1, 5: 1})
    1
    >>> program.check({0: 0, 1: 0, 2: 0, 3: 0, 4: 1, 5: 1})
    False
    """
    arrays = GraphArrays.from_networkx(graph)
    weights = edge_weights(graph, weight)
    k = check_count("k", k, 2)
    if k > arrays.n:
        msg = f"k must be at most the number of nodes, {arrays.n}, not {k}"
        raise ValueError(msg)
    if k == 2 and one_hot is not None:
        msg = f"one_hot is for more than 2 parts: two need no such penalty, {one_hot}"
        raise ValueError(msg)
    safe = _safe_balance(arrays, weights, k)
    penalties = {"balance": chosen("balance", balance, safe)}
    if k == 2:
        builder = _bisection(arrays, weights, penalties["balance"], break_symmetry)
    else:
        safe = _safe_one_hot(arrays, weights, k, penalties["balance"])
        penalties["one_hot"] = chosen("one_hot", one_hot, safe)
        builder = _many_parts(arrays, weights, k, penalties, break_symmetry)
    model, fixed = builder.build()
    facts = describe(
        "partitioning",
        model,
        (f"{arrays.n} {k}", weights, arrays.rows, arrays.columns),
        how=f"partitioning(k={k}, weight={weight!r}, balance={balance!r}, "
        f"one_hot={one_hot!r}, break_symmetry={break_symmetry}); "
        "energy = weight between parts",
        sense="min",
        source=arrays.source,
        fixed=fixed,
        penalties=penalties,
    )
    problem = Partitioning(
        arrays.labels, k, builder.reader(), graph=arrays, weights=weights
    )
    return Program(model, problem, facts)


@dataclass(frozen=True, eq=False, kw_only=True)
class Partitioning(Values):
    """The judge of partitions: sizes that differ by one at most, little cut weight."""

    graph: GraphArrays
    weights: Weights
    sense: Sense = "min"

    def decode(self, state: States) -> dict[Hashable, int]:
        """Return ``{node: part}``; -1 where a node is not in exactly one part."""
        if self.k > 2:
            return super().decode(state)
        return dict(zip(self.labels, self.reader.bits(state).tolist(), strict=True))

    def check(self, solution: Mapping[Hashable, int]) -> bool:
        """Say whether each node has a part, and no part is 2 larger than another."""
        if self._reason(solution) is not None:
            return False
        sizes = np.bincount(self.values(solution), minlength=self.k)
        return int(sizes.max() - sizes.min()) <= 1

    def objective(self, solution: Mapping[Hashable, int]) -> float:
        """Return the weight of the edges between parts, balanced or not."""
        parts = self.values(solution)
        cut = parts[self.graph.rows] != parts[self.graph.columns]
        return total(self.weights[cut])


def _degrees(arrays: GraphArrays, weights: Weights) -> NDArray[np.float64]:
    """Return the sum of the magnitudes of each node's weights, shape (n,)."""
    sizes = np.abs(weights).astype(np.float64)
    result = np.zeros(arrays.n)
    result += np.bincount(arrays.rows, sizes, arrays.n)
    result += np.bincount(arrays.columns, sizes, arrays.n)
    return result


def _safe_balance(arrays: GraphArrays, weights: Weights, k: int) -> float:
    """Return the B that the docstring of `partitioning` derives."""
    n = arrays.n
    degrees = np.sort(_degrees(arrays, weights))[::-1]
    bound = float(degrees[n // k])
    if weights.size and weights.min() >= 0:
        bound = min(bound, float(weights.max()) * -(-n // k))
    return (bound + step(weights)) / (2 if k == 2 and n % 2 else 1)


def _safe_one_hot(
    arrays: GraphArrays, weights: Weights, k: int, balance: float
) -> float:
    """Return the A that the docstring of `partitioning` derives."""
    largest, half = float(_degrees(arrays, weights).max()), balance / 2
    if arrays.n % k == 0:
        return max(largest + half, 2 * largest - half) + step(weights)
    return 2 * largest + step(weights)


def _bisection(
    arrays: GraphArrays, weights: Weights, balance: float, break_symmetry: bool
) -> QuboBuilder:
    n = arrays.n
    builder = QuboBuilder(arrays.labels)
    builder.add_linear(arrays.rows, weights)
    builder.add_linear(arrays.columns, weights)
    builder.add_quadratic(arrays.rows, arrays.columns, -2.0 * weights)
    builder.add_square(np.arange(n), 1, constant=-n / 2, weight=balance)
    builder.add_constant(-balance * (n % 2) / 4)
    if break_symmetry:
        builder.fix(0, 0)
    return builder


def _many_parts(
    arrays: GraphArrays,
    weights: Weights,
    k: int,
    penalties: Mapping[str, float],
    break_symmetry: bool,
) -> QuboBuilder:
    n, half = arrays.n, penalties["balance"] / 2
    builder = QuboBuilder([(node, p) for node in arrays.labels for p in range(k)])
    numbers = np.arange(n * k).reshape(n, k)
    builder.add_constant(total(weights))
    builder.add_quadratic(
        numbers[arrays.rows], numbers[arrays.columns], -1.0 * weights[:, None]
    )
    between = 0.5 if n % k else 0.0  # two sizes are right, none is preferred
    builder.add_square(numbers.T, 1, constant=-(n // k) - between, weight=half)
    builder.add_constant(-half * k * between**2)
    builder.add_square(numbers, 1, constant=-1, weight=penalties["one_hot"])
    if break_symmetry:
        builder.fix(numbers[:k][~np.tri(k, dtype=np.bool_)], 0)
        builder.fix(0, 1)
    return builder

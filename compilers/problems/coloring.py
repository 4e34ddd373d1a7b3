"""Colouring: one of k colours for each node, different ones at the ends of each edge."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

import networkx as nx
import numpy as np
from numpy.typing import NDArray

from compilers.problems.building import QuboBuilder
from compilers.problems.data import chosen, describe
from compilers.problems.inputs import GraphArrays
from compilers.problems.judging import Values
from compilers.program import Program, Sense
from pbit.checks import check_count

Allowed = NDArray[np.bool_]


def coloring(
    graph: nx.Graph,
    k: int,
    *,
    penalty: float | None = None,
    break_symmetry: bool = True,
) -> Program:
    r"""Compile the proper colouring of a graph with k given colours.

    .. math:: E = \sum_{uv} \sum_c x_{uc} x_{vc} + P \sum_v (1 - \sum_c x_{vc})^2

    Energy 0 is a colouring whatever P > 0; with P = 1, the automatic one, leaving a
    node without colour costs as much as one broken edge, so neither kind of error hides
    behind the other. The energy of a state with one colour a node is the number of
    broken edges.

    Colours are interchangeable, which is used up as far as it costs nothing: the nodes
    of a clique (found greedily) get the colours 0, 1, ..., and the next nodes, highest
    degree first, one new colour each at most. Colours that a node cannot have because a
    neighbour's is fixed are ruled out, a node's last colour is fixed, again and again.

    Parameters
    ----------
    graph
        Undirected, without parallel edges or self loops.
    k
        Number of colours, at least 1.
    penalty
        P instead of 1.
    break_symmetry
        If False, ground states are all colourings, not one of each k! renamings or so.

    Returns
    -------
    Program
        One p-bit labelled ``(node, colour)`` for each colour that a node may have.
        Solutions are ``{node: colour 0 ... k-1}`` (-1, which is none, is decoded where
        a node has no or several colours); the objective is the number of edges whose
        ends have the same colour, sense "min", and the check wants 0.

    Raises
    ------
    TypeError
        If the graph is directed or a multigraph, or k is not a whole number.
    ValueError
        If the graph has no nodes or a self loop, k < 1, a penalty is out of range, or
        k colours are seen not to be enough: a larger clique, or a node whose
        neighbours are forced to use them all.

    References
    ----------
    A. Lucas, Front. Phys. 2, 5 (2014), section 6.1.

    Examples
    --------
    >>> program = coloring(nx.wheel_graph(5), 3)
    >>> program.n  # forced, once three nodes have their colours
    0
    >>> program.decode([])
    {0: 0, 1: 1, 2: 2, 3: 1, 4: 2}
    """
    arrays = GraphArrays.from_networkx(graph)
    k = check_count("k", k)
    weight = chosen("penalty", penalty, 1.0)
    allowed = _allowed_colours(graph, arrays.labels, k, break_symmetry)
    labels = [(node, c) for node in arrays.labels for c in range(k)]
    builder = QuboBuilder(labels)
    numbers = np.arange(len(labels)).reshape(arrays.n, k)
    builder.add_quadratic(numbers[arrays.rows], numbers[arrays.columns], 1.0)
    builder.add_square(numbers, 1, constant=-1, weight=weight)
    builder.fix(numbers[~allowed], 0)
    builder.fix(numbers[allowed & (allowed.sum(axis=1) == 1)[:, None]], 1)
    model, fixed = builder.build()
    facts = describe(
        "colouring",
        model,
        (f"{arrays.n} {k}", arrays.rows, arrays.columns),
        how=f"coloring(k={k}, penalty={penalty!r}, break_symmetry={break_symmetry}); "
        "energy = edges broken",
        sense="min",
        source=arrays.source,
        fixed=fixed,
        penalties={"node": weight},
    )
    problem = Coloring(arrays.labels, k, builder.reader(), graph=arrays)
    return Program(model, problem, facts)


@dataclass(frozen=True, eq=False, kw_only=True)
class Coloring(Values):
    """The judge of colourings: the ends of each edge must differ."""

    graph: GraphArrays
    sense: Sense = "min"

    def check(self, solution: Mapping[Hashable, int]) -> bool:
        """Say whether each node has a colour, and no two that are joined the same."""
        return self._reason(solution) is None and self.objective(solution) == 0

    def objective(self, solution: Mapping[Hashable, int]) -> float:
        """Return the number of edges whose ends have the same colour."""
        colours = self.values(solution)
        return int((colours[self.graph.rows] == colours[self.graph.columns]).sum())


def _allowed_colours(
    graph: nx.Graph, labels: Sequence[Hashable], k: int, break_symmetry: bool
) -> Allowed:
    """Return which colours are open to which node, shape (n, k)."""
    clique = greedy_clique(graph)
    if len(clique) > k:
        nodes = ", ".join(map(repr, clique[: k + 1]))
        msg = f"k = {k} colours are too few: nodes {nodes} are all joined to each other"
        raise ValueError(msg)
    index = {label: i for i, label in enumerate(labels)}
    allowed = np.ones((len(labels), k), dtype=np.bool_)
    if break_symmetry:
        rest = set(labels).difference(clique)
        later = sorted(rest, key=lambda v: (-graph.degree[v], index[v]))
        for c, node in enumerate(clique):
            allowed[index[node]] = np.arange(k) == c
        for c, node in enumerate(later[: k - len(clique)], start=len(clique)):
            allowed[index[node], c + 1 :] = False
    _propagate(graph, labels, index, allowed)
    return allowed


def _propagate(
    graph: nx.Graph,
    labels: Sequence[Hashable],
    index: Mapping[Hashable, int],
    allowed: Allowed,
) -> None:
    """Rule out the colours of decided neighbours, in place, until nothing changes."""
    waiting = np.flatnonzero(allowed.sum(axis=1) == 1).tolist()
    while waiting:
        i = waiting.pop()
        colour = int(allowed[i].argmax())
        for neighbour in graph.adj[labels[i]]:
            j = index[neighbour]
            if not allowed[j, colour]:
                continue
            allowed[j, colour] = False
            left = int(allowed[j].sum())
            if left == 0:
                msg = (
                    f"k = {allowed.shape[1]} colours are too few: the neighbours of "
                    f"node {neighbour!r} are forced to use them all"
                )
                raise ValueError(msg)
            if left == 1:
                waiting.append(j)


def greedy_clique(graph: nx.Graph) -> list[Hashable]:
    """Return a large clique: from each node, add the neighbour of highest degree.

    A heuristic; nodes that could not beat the best so far are not started from.
    """
    degree = dict(graph.degree)
    rank = {v: (d, -place) for place, (v, d) in enumerate(degree.items())}
    best: list[Hashable] = []
    for start in sorted(degree, key=lambda v: -degree[v]):
        if degree[start] < len(best):
            break
        found, common = [start], set(graph.adj[start])
        while common and len(found) + len(common) > len(best):
            node = max(common, key=rank.__getitem__)
            found.append(node)
            common &= set(graph.adj[node])
        if len(found) > len(best):
            best = found
    return best

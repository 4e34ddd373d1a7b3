"""Clique: the heaviest set of nodes that are all joined to each other."""

from __future__ import annotations

import networkx as nx
import numpy as np
from numpy.typing import NDArray

from compilers.problems.node_choice import NodeChoice, compile_nodes
from compilers.program import Program


def clique(
    graph: nx.Graph, weight: str = "weight", *, penalty: float | None = None
) -> Program:
    r"""Compile the maximum (weight) clique of a graph.

    .. math:: E = -\sum_v w_v x_v + \sum_{uv \, \text{not joined}} P_{uv} x_u x_v

    that is, an independent set of the complement: a coupling for each of the pairs of
    nodes that are *not* joined, about n²/2 of them in a sparse graph. The penalty of a
    pair is :math:`P_{uv} = \min(w_u, w_v)` and one step of the weights (their greatest
    common divisor; 2 in all where all weights are 1): leaving out the lighter of the
    two loses its weight but saves at least P, so any P above it makes every ground
    state a clique. Energy = -weight then.

    Nodes of negative weight are fixed out, nodes heavier than all that they are not
    joined to (those joined to everything above all) in, again and again.

    Parameters
    ----------
    graph
        Undirected, without parallel edges or self loops.
    weight
        Node attribute that holds the weight; nodes without it count 1. Negative
        weights and zeros are allowed.
    penalty
        One penalty for all pairs instead of the automatic ones.

    Returns
    -------
    Program
        One p-bit a free node, labelled by it. Solutions are ``{node: 0 or 1}``, the
        objective is the weight of the nodes taken, sense "max".

    Raises
    ------
    TypeError
        If the graph is directed or a multigraph, or a weight is not a number.
    ValueError
        If the graph has no nodes or a self loop, or a weight or the penalty is out of
        range.

    References
    ----------
    A. Lucas, Front. Phys. 2, 5 (2014), section 2.3.

    Examples
    --------
    >>> program = clique(nx.lollipop_graph(3, 2))
    >>> program.objective({0: 1, 1: 1, 2: 1, 3: 0, 4: 0})
    3
    >>> program.check({0: 0, 1: 1, 2: 1, 3: 1, 4: 0})
    False
    """
    # A clique is an independent set of the complement.
    return compile_nodes(graph, weight, penalty, Clique, what="clique", apart=True)


class Clique(NodeChoice):
    """The judge of cliques: all pairs of nodes taken must be joined."""

    def allows(self, taken: NDArray[np.bool_]) -> bool:
        """Say whether the edges inside are as many as the pairs of nodes taken."""
        size = int(taken.sum())
        inside = taken[self.graph.rows] & taken[self.graph.columns]
        return int(inside.sum()) == size * (size - 1) // 2

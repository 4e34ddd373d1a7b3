"""Independent set: the heaviest set of nodes of which no two are joined."""

from __future__ import annotations

import networkx as nx
import numpy as np
from numpy.typing import NDArray

from compilers.problems.node_choice import NodeChoice, compile_nodes
from compilers.program import Program


def independent_set(
    graph: nx.Graph, weight: str = "weight", *, penalty: float | None = None
) -> Program:
    r"""Compile the maximum (weight) independent set of a graph.

    .. math:: E = -\sum_v w_v x_v + \sum_{uv} P_{uv} x_u x_v

    The penalty of an edge is :math:`P_{uv} = \min(w_u, w_v)` and one step of the
    weights (their greatest common divisor; 2 in all where all weights are 1): leaving
    out the lighter end of a broken edge loses its weight but saves at least P, so
    any P above it makes every ground state independent. Energy = -weight then.

    Nodes of negative weight are fixed out, nodes heavier than all of their neighbours
    together (isolated ones above all) in and these neighbours out, again and again.

    Parameters
    ----------
    graph
        Undirected, without parallel edges or self loops.
    weight
        Node attribute that holds the weight; nodes without it count 1. Negative
        weights and zeros are allowed.
    penalty
        One penalty for all edges instead of the automatic ones.

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
    A. Lucas, Front. Phys. 2, 5 (2014), section 4.2.

    Examples
    --------
    >>> program = independent_set(nx.path_graph(3))
    >>> program.objective({0: 1, 1: 0, 2: 1}), program.check({0: 1, 1: 1, 2: 0})
    (2, False)
    """
    return compile_nodes(graph, weight, penalty, IndependentSet, what="independent set")


class IndependentSet(NodeChoice):
    """The judge of independent sets: no edge may have both ends taken."""

    def allows(self, taken: NDArray[np.bool_]) -> bool:
        """Say whether no two of the nodes taken are joined."""
        return not (taken[self.graph.rows] & taken[self.graph.columns]).any()

"""Vertex cover: the lightest set of nodes that touches every edge."""

from __future__ import annotations

import networkx as nx
import numpy as np
from numpy.typing import NDArray

from compilers.problems.node_choice import NodeChoice, compile_nodes
from compilers.program import Program


def vertex_cover(
    graph: nx.Graph, weight: str = "weight", *, penalty: float | None = None
) -> Program:
    r"""Compile the minimum (weight) vertex cover of a graph.

    .. math:: E = \sum_v w_v x_v + \sum_{uv} P_{uv} (1 - x_u)(1 - x_v)

    The penalty of an edge is :math:`P_{uv} = \min(w_u, w_v)` and one step of the
    weights (their greatest common divisor; 2 in all where all weights are 1): taking
    the lighter end of an uncovered edge costs its weight but saves at least P, so any
    P above it makes every ground state a cover. Energy = weight then.

    Nodes of negative weight are fixed in, nodes heavier than all of their neighbours
    together (isolated ones above all) out and these neighbours in, again and again.

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
        objective is the weight of the nodes taken, sense "min".

    Raises
    ------
    TypeError
        If the graph is directed or a multigraph, or a weight is not a number.
    ValueError
        If the graph has no nodes or a self loop, or a weight or the penalty is out of
        range.

    References
    ----------
    A. Lucas, Front. Phys. 2, 5 (2014), section 4.3.

    Examples
    --------
    >>> program = vertex_cover(nx.path_graph(3))
    >>> program.objective({0: 0, 1: 1, 2: 0}), program.check({0: 1, 1: 0, 2: 0})
    (1, False)
    """
    # What is left out of a cover is an independent set: the same model, turned round.
    return compile_nodes(
        graph, weight, penalty, VertexCover, what="vertex cover", left_out=True
    )


class VertexCover(NodeChoice):
    """The judge of vertex covers: every edge must have an end that is taken."""

    def allows(self, taken: NDArray[np.bool_]) -> bool:
        """Say whether every edge has an end among the nodes taken."""
        return bool((taken[self.graph.rows] | taken[self.graph.columns]).all())

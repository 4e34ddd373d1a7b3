"""Max-cut: split the nodes of a graph so that the edges between weigh the most."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any

import networkx as nx
import numpy as np
import scipy.sparse as sp

import pbit
from compilers.edges import EdgeList
from compilers.problems.data import reason_against
from compilers.program import Program, Sense
from pbit.checks import States
from pbit.model import IsingModel


def maxcut(graph: nx.Graph, weight: str = "weight") -> Program:
    r"""Compile the maximum cut of a graph.

    With W the sum of all weights, a partition m = ±1 cuts

    .. math:: cut(m) = \tfrac12 (W - \sum_{i<j} w_{ij} m_i m_j),

    so that J = -w/2 and an offset of -W/2 make E(m) = -cut(m) (exactly, as long as the
    weights are whole and the sum of their magnitudes stays within 2**53). One p-bit a
    node, labelled by the node, in the graph's order.

    Parameters
    ----------
    graph
        Undirected, without parallel edges or self loops. Isolated nodes are kept.
    weight
        Edge attribute that holds the weight; edges without it count 1. Whole numbers
        within ±2**53 or finite floats, negative ones too.

    Returns
    -------
    Program
        Solutions are ``{node: 0 or 1}``; the objective is the cut weight, sense "max".

    Raises
    ------
    TypeError
        If the graph is directed or a multigraph, or a weight is not a number.
    ValueError
        If the graph has no nodes or a self loop, or a weight is out of range.

    References
    ----------
    F. Barahona et al., Oper. Res. 36, 493 (1988).

    Examples
    --------
    >>> program = maxcut(nx.cycle_graph(4))
    >>> program.objective({0: 0, 1: 1, 2: 0, 3: 1})
    4
    >>> float(program.model.energy([-1, 1, -1, 1]))
    -4.0
    """
    edges = EdgeList.from_networkx(graph, weight)
    source = f"networkx graph {graph.name!r}" if graph.name else "networkx graph"
    return compile_edges(
        edges, how=f"maxcut(weight={weight!r})", source=source, sha256=edges.sha256()
    )


def compile_edges(edges: EdgeList, *, how: str, source: str, sha256: str) -> Program:
    """Compile max-cut from arrays; the other arguments go to the provenance."""
    if edges.n == 0:
        msg = "graph must have at least 1 node, not 0"
        raise ValueError(msg)
    half = edges.weights / -2.0
    ends = (
        np.concatenate([edges.rows, edges.columns]),
        np.concatenate([edges.columns, edges.rows]),
    )
    J = sp.coo_array((np.concatenate([half, half]), ends), shape=(edges.n, edges.n))
    offset = float(half.sum())
    model = IsingModel(J, None, offset, edges.labels)
    provenance: dict[str, Any] = {
        "what": "max-cut",
        "how": f"{how}; J = -w/2, offset = -W/2, energy = -cut",
        "source": source,
        "sha256": sha256,
        "version": pbit.__version__,
        "n": edges.n,
        "m": len(edges.weights),
        "weights": [edges.weights.min().item(), edges.weights.max().item()]
        if len(edges.weights)
        else None,
        "sense": "max",
        "offset": offset,
    }
    return Program(model, MaxCut(edges), provenance)


@dataclass(frozen=True, eq=False)
class MaxCut:
    """The judge of cuts: a graph, and what a partition of its nodes is worth."""

    edges: EdgeList
    sense: Sense = "max"

    def decode(self, state: States) -> dict[Hashable, int]:
        """Return ``{node: side}``: 1 where the p-bit is +1, 0 where it is -1."""
        sides = (state > 0).astype(int).tolist()
        return dict(zip(self.edges.labels, sides, strict=True))

    def check(self, solution: Mapping[Hashable, int]) -> bool:
        """Say whether every node, and nothing else, has a side: any such cut is one."""
        return self._reason(solution) is None

    def objective(self, solution: Mapping[Hashable, int]) -> float:
        """Return the summed weight of the edges whose ends are on different sides."""
        reason = self._reason(solution)
        if reason is not None:
            raise ValueError(reason)
        edges = self.edges
        sides = np.fromiter((solution[v] for v in edges.labels), np.int8, edges.n)
        cut = edges.weights[sides[edges.rows] != sides[edges.columns]]
        if cut.dtype.kind == "i" and len(cut) > 512:  # 512 * 2**53 still fits an int64
            return int(sum(cut.tolist()))
        total: float = cut.sum().item()
        return total

    def _reason(self, solution: Mapping[Hashable, int]) -> str | None:
        """Return why this is not a partition of the nodes, or None if it is one."""
        sides = dict.fromkeys(self.edges.labels, (0, 1))
        return reason_against(solution, sides, "node")

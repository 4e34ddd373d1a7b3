"""A weighted graph as arrays: what readers produce and what max-cut compiles."""

from __future__ import annotations

import hashlib
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import networkx as nx
import numpy as np
from numpy.typing import NDArray

from compilers.problems.inputs import GraphArrays, edge_weights


@dataclass(frozen=True, eq=False)
class EdgeList:
    """An undirected graph without loops or parallel edges; nodes counted from 0.

    Attributes
    ----------
    labels
        Names of the nodes, isolated ones included, shape (n,).
    rows, columns
        Ends of the edges, int64, shape (m,).
    weights
        int64 if every weight is a whole number, float64 otherwise, shape (m,).
    """

    labels: Sequence[Hashable]
    rows: NDArray[np.int64]
    columns: NDArray[np.int64]
    weights: NDArray[np.int64] | NDArray[np.float64]

    @property
    def n(self) -> int:
        """Number of nodes."""
        return len(self.labels)

    @classmethod
    def from_networkx(cls, graph: nx.Graph, weight: str = "weight") -> EdgeList:
        """Read an undirected graph; edges without the attribute `weight` count 1.

        Raises
        ------
        TypeError
            If the graph is directed or a multigraph, or a weight is not a number.
        ValueError
            If there are no nodes, a weight is not finite or a whole number beyond
            2**53, or a node is joined to itself.
        """
        arrays = GraphArrays.from_networkx(graph)
        weights = edge_weights(graph, weight)
        return cls(arrays.labels, arrays.rows, arrays.columns, weights)

    def to_networkx(self, weight: str = "weight") -> nx.Graph:
        """Return the graph; Python numbers in the edge attribute `weight`."""
        graph = nx.Graph()
        labels = self.labels
        graph.add_nodes_from(labels)
        triples = zip(
            self.rows.tolist(),
            self.columns.tolist(),
            self.weights.tolist(),
            strict=True,
        )
        graph.add_weighted_edges_from(
            ((labels[i], labels[j], w) for i, j, w in triples), weight=weight
        )
        return graph

    def sha256(self) -> str:
        """Return a digest of n, the ends and the weights, in order; no labels."""
        digest = hashlib.sha256(f"{self.n} {self.weights.dtype.str}".encode())
        for array in (self.rows, self.columns, self.weights):
            digest.update(np.ascontiguousarray(array).tobytes())
        return digest.hexdigest()

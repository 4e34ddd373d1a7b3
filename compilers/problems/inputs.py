"""Graphs and weights as arrays, checked at the door of the problems that take them."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any

import networkx as nx
import numpy as np
from numpy.typing import ArrayLike, NDArray

import pbit
from compilers.edges import MAX_EXACT, as_weights
from pbit.checks import check_nonnegative
from pbit.model import IsingModel

Numbers = NDArray[np.int64]
Weights = NDArray[np.int64] | NDArray[np.float64]

_COARSE = 1e-6  # of the largest weight: far above the rounding of an energy


@dataclass(frozen=True, eq=False)
class GraphArrays:
    """A graph without loops or parallel edges; nodes counted from 0.

    Attributes
    ----------
    labels
        Names of the nodes, shape (n,).
    rows, columns
        Ends of the edges, shape (m,); from row to column where edges are directed.
    source
        What the graph is called, for the provenance.
    """

    labels: tuple[Hashable, ...]
    rows: Numbers
    columns: Numbers
    source: str

    @property
    def n(self) -> int:
        """Number of nodes."""
        return len(self.labels)

    @classmethod
    def from_networkx(cls, graph: nx.Graph, *, directed: bool = False) -> GraphArrays:
        """Read a graph; directed ones are refused unless `directed` is True.

        Raises
        ------
        TypeError
            If it is no networkx graph, a multigraph, or directed where it may not be.
        ValueError
            If it has no nodes, or a node is joined to itself.
        """
        if not isinstance(graph, nx.Graph):
            msg = f"graph must be a networkx.Graph, not {type(graph).__name__}"
            raise TypeError(msg)
        if graph.is_multigraph() or (graph.is_directed() and not directed):
            wanted = "a networkx.Graph or DiGraph" if directed else "an undirected"
            wanted += "" if directed else " networkx.Graph"
            msg = f"graph must be {wanted}, not {type(graph).__name__}"
            raise TypeError(msg)
        labels = tuple(graph.nodes)
        if not labels:
            msg = "graph must have at least 1 node, not 0"
            raise ValueError(msg)
        index = {label: k for k, label in enumerate(labels)}
        m = graph.number_of_edges()
        rows = np.fromiter((index[u] for u, _ in graph.edges), np.int64, m)
        columns = np.fromiter((index[v] for _, v in graph.edges), np.int64, m)
        loops = np.flatnonzero(rows == columns)
        if loops.size:
            msg = f"node {labels[rows[loops[0]]]!r} is joined to itself"
            raise ValueError(msg)
        source = f"networkx graph {graph.name!r}" if graph.name else "networkx graph"
        return cls(labels, rows, columns, source)

    def complement(self) -> GraphArrays:
        """Return the graph whose edges are the pairs of nodes without one here."""
        i, j = np.triu_indices(self.n, 1)
        mine = np.minimum(self.rows, self.columns) * self.n
        mine += np.maximum(self.rows, self.columns)
        absent = np.isin(i * self.n + j, mine, invert=True)
        return GraphArrays(
            self.labels,
            i[absent].astype(np.int64),
            j[absent].astype(np.int64),
            self.source,
        )


def node_weights(graph: nx.Graph, attribute: str) -> Weights:
    """Return a node attribute as an array; nodes without it count 1."""
    return as_weights(
        [
            check_weight(f"the weight of node {node!r}", value)
            for node, value in graph.nodes(data=attribute, default=1)
        ]
    )


def edge_weights(graph: nx.Graph, attribute: str) -> Weights:
    """Return an edge attribute as an array; edges without it count 1."""
    return as_weights(
        [
            check_weight(f"the weight of edge ({u!r}, {v!r})", value)
            for u, v, value in graph.edges(data=attribute, default=1)
        ]
    )


def check_weight(name: str, value: Any) -> float:
    """Return a weight as a Python int within ±2**53 or a finite float."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, bool) or not isinstance(value, int | float):
        msg = f"{name} must be a number, not {value!r}"
        raise TypeError(msg)
    if isinstance(value, int):
        if abs(value) > MAX_EXACT:
            msg = f"{name} must be within ±2**53, not {value}"
            raise ValueError(msg)
    elif not math.isfinite(value):
        msg = f"{name} must be finite, not {value}"
        raise ValueError(msg)
    return value


def step(weights: ArrayLike) -> float:
    """Return what objectives are counted in: how much a penalty has to exceed a gain.

    Whole weights: their greatest common divisor. Fractions: the smallest magnitude,
    but at least 1e-6 of the largest, lest a penalty drown in rounding. 1 if all are 0.
    """
    sizes = np.abs(np.asarray(weights)).ravel()
    sizes = sizes[sizes > 0]
    if sizes.size == 0:
        return 1.0
    if sizes.dtype.kind == "i":
        return float(np.gcd.reduce(sizes))
    return float(max(sizes.min(), _COARSE * sizes.max()))


def total(values: Weights) -> float:
    """Return the sum: exact, as an int, for whole numbers."""
    if values.dtype.kind == "i":
        return int(sum(values.tolist()))
    return math.fsum(values.tolist())


def chosen(name: str, given: float | None, automatic: float) -> float:
    """Return a penalty: the given one, checked, or the automatic one."""
    return automatic if given is None else check_nonnegative(name, given)


def digest(*parts: ArrayLike | str) -> str:
    """Return the sha256 of arrays and texts, in order."""
    sha = hashlib.sha256()
    for part in parts:
        if isinstance(part, str):
            sha.update(part.encode() + b"\0")
        else:
            array = np.ascontiguousarray(part)
            sha.update(f"{array.dtype.str} {array.shape} ".encode())
            sha.update(array.tobytes())
    return sha.hexdigest()


def provenance(
    model: IsingModel,
    fixed: Mapping[Hashable, int],
    penalties: Mapping[str, float | list[float]],
    **facts: Any,
) -> dict[str, Any]:
    """Return the provenance of a problem: `facts`, and what the compiler decided.

    ``fixed`` holds the 0/1 variables that got no p-bit, by the repr of their label;
    ``penalties`` one weight each, or the smallest and the largest.
    """
    return {
        **facts,
        "version": pbit.__version__,
        "n": model.n,
        "m": model.n_edges // 2,
        "offset": model.offset,
        "penalties": dict(penalties),
        "fixed": {repr(label): value for label, value in fixed.items()},
    }

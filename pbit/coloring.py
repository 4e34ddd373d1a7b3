"""Colouring: p-bits of one colour do not hear each other and may be updated at once."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import networkx as nx
import numpy as np
import scipy.sparse as sp
from numpy.typing import ArrayLike, NDArray

from pbit.kernels import coloring as kernels
from pbit.model import IsingModel, PCircuit

Ints = NDArray[np.int32]

# Edges handed to rustworkx at a time; a list of them all would cost 150 bytes an edge.
_CHUNK = 2**17


@dataclass(frozen=True, eq=False)
class Coloring:
    """Colours of p-bits such that connected ones differ; the array is read-only.

    Attributes
    ----------
    colors : NDArray[np.int32]
        Colour of every p-bit, 0 ... n_colors - 1, each in use, shape (n,).
    method : str
        What found it: "bipartite" (no colouring has fewer colours), "saturation",
        "smallest_last" or "largest_first".
    """

    colors: Ints
    method: str

    def __post_init__(self) -> None:
        """Freeze the colours."""
        colors = np.array(self.colors, dtype=np.int32)
        colors.flags.writeable = False
        object.__setattr__(self, "colors", colors)

    @property
    def n_colors(self) -> int:
        """Number of colours: updates that a machine needs for one sweep."""
        return int(self.colors.max(initial=-1)) + 1

    @property
    def sizes(self) -> NDArray[np.int64]:
        """How many p-bits have each colour, shape (n_colors,)."""
        return np.bincount(self.colors, minlength=self.n_colors)

    @cached_property
    def classes(self) -> list[Ints]:
        """The p-bits of each colour, ascending."""
        order = np.argsort(self.colors, kind="stable").astype(np.int32)
        return np.split(order, np.cumsum(self.sizes)[:-1]) if order.size else []

    def __repr__(self) -> str:
        """Say the number of colours, the method and the class sizes' range."""
        sizes = self.sizes
        span = f"{sizes.min()} to {sizes.max()}" if sizes.size else "none"
        return (
            f"Coloring(n_colors={self.n_colors}, method={self.method!r}, sizes={span})"
        )


def color(model: PCircuit | nx.Graph) -> Coloring:
    """Colour p-bits with few colours, always the same way, and verify the result.

    Two colours where the graph is bipartite (trees, square and cubic lattices,
    Chimera), which is optimal. Elsewhere the best of three greedy orders: saturation
    (DSATUR, [Brelaz1979]_), smallest last [Matula1983]_ and largest first; optimal
    colouring is NP-hard. Time grows as m log n: a torus of a million p-bits takes
    0.1 s, a random graph of that size and degree 6 some 5 s.

    Parameters
    ----------
    model
        A circuit, whose directed weights count as edges either way, or a networkx graph
        (directed or with parallel edges, if need be), whose nodes are numbered in their
        own order.

    Raises
    ------
    ValueError
        If a node is joined to itself.

    References
    ----------
    .. [Brelaz1979] D. Brélaz, Commun. ACM 22, 251 (1979).
    .. [Matula1983] D. W. Matula, L. L. Beck, J. ACM 30, 417 (1983).

    Examples
    --------
    >>> import networkx as nx
    >>> color(nx.cycle_graph(4)).colors.tolist()
    [0, 1, 0, 1]
    >>> color(nx.cycle_graph(5)).n_colors
    3
    """
    indptr, indices, labels = _adjacency(model)
    works, colors = kernels.two_color(indptr, indices)
    if works:
        result = Coloring(colors, "bipartite")
    else:
        degrees = np.diff(indptr)
        orders = {
            "smallest_last": kernels.smallest_last(indptr, indices),
            "largest_first": np.argsort(-degrees, kind="stable").astype(np.int32),
        }
        found = [Coloring(_saturation(indptr, indices), "saturation")]
        for method, order in orders.items():
            found.append(Coloring(kernels.first_fit(order, indptr, indices), method))
        result = min(found, key=lambda coloring: coloring.n_colors)
    _verify(result.colors, indptr, indices, labels)
    return result


def verify(colors: Coloring | ArrayLike, model: PCircuit | nx.Graph) -> None:
    """Return if connected p-bits always differ in colour; O(n + m).

    Parameters
    ----------
    colors
        A coloring, or one whole number >= 0 a p-bit, shape (n,).
    model
        What `color` takes.

    Raises
    ------
    ValueError
        If two connected p-bits have one colour, the first such pair being named, or if
        `colors` does not fit.
    """
    indptr, indices, labels = _adjacency(model)
    given = colors.colors if isinstance(colors, Coloring) else np.asarray(colors)
    n = len(indptr) - 1
    if given.dtype.kind not in "iu" or given.shape != (n,):
        msg = f"colors must be {n} whole numbers, not {given.dtype} {given.shape}"
        raise ValueError(msg)
    if n and given.min() < 0:
        i = int(np.flatnonzero(given < 0)[0])
        msg = f"colors must be >= 0: colors[{i}] = {given[i]}"
        raise ValueError(msg)
    _verify(given, indptr, indices, labels)


def _verify(
    colors: NDArray[Any], indptr: Ints, indices: Ints, labels: Sequence[Hashable]
) -> None:
    rows = np.repeat(np.arange(len(indptr) - 1, dtype=np.int32), np.diff(indptr))
    bad = colors[rows] == colors[indices]
    if bad.any():
        k = int(np.flatnonzero(bad)[0])
        i, j = int(rows[k]), int(indices[k])
        msg = (
            f"connected p-bits must differ in colour: {labels[i]!r} and {labels[j]!r} "
            f"both have colour {colors[i]}"
        )
        raise ValueError(msg)


def _adjacency(model: Any) -> tuple[Ints, Ints, Sequence[Hashable]]:
    """Return symmetric adjacency without loops as CSR, and the labels."""
    if isinstance(model, IsingModel):
        return model.weights.indptr, model.weights.indices, model.labels
    if isinstance(model, PCircuit):
        labels: Sequence[Hashable] = model.labels
        rows = np.repeat(np.arange(model.n), np.diff(model.weights.indptr))
        columns = model.weights.indices
    elif isinstance(model, nx.Graph):
        labels = list(model.nodes)
        number = {label: i for i, label in enumerate(labels)}
        ends = [(number[u], number[v]) for u, v in model.edges()]
        rows, columns = np.array(ends, dtype=np.int64).reshape(-1, 2).T
        if (rows == columns).any():
            label = labels[int(rows[rows == columns][0])]
            msg = f"a p-bit must not be joined to itself: {label!r}"
            raise ValueError(msg)
    else:
        msg = f"model must be a circuit or a networkx graph, not {type(model).__name__}"
        raise TypeError(msg)
    n = len(labels)
    both = (np.concatenate([rows, columns]), np.concatenate([columns, rows]))
    matrix = sp.csr_array((np.ones(len(both[0]), np.int8), both), shape=(n, n))
    matrix.sum_duplicates()
    return (
        matrix.indptr.astype(np.int32, copy=False),
        matrix.indices.astype(np.int32, copy=False),
        labels,
    )


def _saturation(indptr: Ints, indices: Ints) -> Ints:
    import rustworkx as rx

    n = len(indptr) - 1
    rows = np.repeat(np.arange(n, dtype=np.int32), np.diff(indptr))
    once = rows < indices
    rows, columns = rows[once], indices[once]
    graph = rx.PyGraph(multigraph=False, node_count_hint=n, edge_count_hint=rows.size)
    graph.add_nodes_from(range(n))
    for k in range(0, rows.size, _CHUNK):
        ends = rows[k : k + _CHUNK].tolist(), columns[k : k + _CHUNK].tolist()
        graph.add_edges_from_no_data(list(zip(*ends, strict=True)))
    found = rx.graph_greedy_color(graph, strategy=rx.ColoringStrategy.Saturation)
    colors = np.empty(n, np.int32)
    colors[np.fromiter(found.keys(), np.int64, n)] = np.fromiter(
        found.values(), np.int32, n
    )
    return colors

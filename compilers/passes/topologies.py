"""Which p-bits of a machine may be coupled: named families of graphs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import networkx as nx

from pbit.limits import parse_topology

_MAX_NODES = 2_000_000


def topology_graph(topology: str | nx.Graph) -> nx.Graph:
    """Return the graph of a named topology; a graph is returned as it is.

    ``chimera(m)``, ``pegasus(m)`` and ``zephyr(m)`` are D-Wave's, of dwave.graphs;
    ``king(rows, columns)`` joins neighbours of a square lattice also along diagonals;
    ``square(rows, columns)``, ``triangular(rows, columns)`` and ``cubic(a, b, c)`` are
    lattices with open ends; ``complete(n)`` joins all.

    Raises
    ------
    ImportError
        If dwave.graphs, which comes with minorminer, is needed and not installed.
    TypeError, ValueError
        If it is neither a name nor an undirected networkx graph, the name is unknown, or
        its sizes do not fit.

    Examples
    --------
    >>> topology_graph("king(3, 3)").number_of_edges()
    20
    """
    if isinstance(topology, nx.Graph):
        if topology.is_directed() or topology.is_multigraph():
            kind = type(topology).__name__
            msg = f"topology must be an undirected networkx.Graph, not {kind}"
            raise TypeError(msg)
        return topology
    given: Any = topology
    if not isinstance(given, str):
        msg = f"topology must be a name or a networkx graph, not {topology!r}"
        raise TypeError(msg)
    family, sizes = parse_topology(given)
    build, count = _FAMILIES[family]
    if count(*sizes) > _MAX_NODES:
        msg = f"topology {given!r} has more than {_MAX_NODES} p-bits"
        raise ValueError(msg)
    return build(*sizes)


def _dwave(family: str) -> Callable[..., nx.Graph]:
    def build(size: int) -> nx.Graph:
        try:
            import dwave.graphs
        except ImportError as error:
            msg = (
                f"topology {family} needs dwave.graphs: pip install 'pbitlab[topology]'"
            )
            raise ImportError(msg) from error
        return getattr(dwave.graphs, f"{family}_graph")(size)

    return build


def _king(rows: int, columns: int) -> nx.Graph:
    graph = nx.grid_2d_graph(rows, columns)
    for r in range(rows - 1):
        for c in range(columns - 1):
            graph.add_edge((r, c), (r + 1, c + 1))
            graph.add_edge((r, c + 1), (r + 1, c))
    return graph


def _cubic(a: int, b: int, c: int) -> nx.Graph:
    return nx.grid_graph((c, b, a))


# Name -> builder, (at most) number of nodes.
_FAMILIES: dict[str, tuple[Callable[..., nx.Graph], Callable[..., int]]] = {
    "chimera": (_dwave("chimera"), lambda m: 8 * m * m),
    "pegasus": (_dwave("pegasus"), lambda m: 24 * m * m),
    "zephyr": (_dwave("zephyr"), lambda m: 16 * m * (2 * m + 1)),
    "king": (_king, lambda a, b: a * b),
    "square": (nx.grid_2d_graph, lambda a, b: a * b),
    "triangular": (nx.triangular_lattice_graph, lambda a, b: (a + 1) * (b + 2)),
    "cubic": (_cubic, lambda a, b, c: a * b * c),
    "complete": (nx.complete_graph, lambda n: n * n),
}

"""rudy, the format of the Gset and Biq Mac graphs: `n m`, then m lines `i j [w]`.

Nodes count from 1; a missing weight is 1. What breaks the grammar is an error; what is
legal but suspicious (parallel edges, self loops) is a warning.
"""

from __future__ import annotations

from os import PathLike

import networkx as nx

from compilers.edges import EdgeList
from compilers.formats.edge_lines import EdgeLines, read_sizes
from compilers.formats.source import Source
from compilers.formats.text import quote, write_lines


def read_rudy(path: str | PathLike[str], strict: bool = True) -> nx.Graph:
    """Read a rudy (Gset) file as a graph.

    Parameters
    ----------
    path
        A text file, or a gzipped one (told by its first bytes).
    strict
        If False, a wrong number of edges, text after the weight and comment lines
        (``#``, ``%``, ``c``) are repaired; every repair is a warning.

    Returns
    -------
    networkx.Graph
        Nodes 1 ... n, isolated ones included; edge attribute ``weight``. Parallel edges
        are summed and self loops, which no cut can cut, dropped, both with a warning.

    Raises
    ------
    ParseError
        If the file breaks the grammar, with the number of the line: header, index,
        weight not a finite number or a whole number beyond 2**53, number of edges.
    """
    return parse_rudy(path, strict=strict).to_networkx()


def write_rudy(
    graph: nx.Graph, path: str | PathLike[str], weight: str = "weight"
) -> None:
    """Write a graph as a rudy file that `read_rudy` reads back equal.

    Parameters
    ----------
    graph
        Undirected; its nodes are the numbers 1 ... n, as the format has no names.
    path
        Written whole or not at all.
    weight
        Edge attribute that holds the weight; edges without it count 1.

    Raises
    ------
    TypeError, ValueError
        If the graph is not one that `maxcut` takes, or its nodes are not 1 ... n.
    """
    edges = EdgeList.from_networkx(graph, weight)
    n = edges.n
    if n == 0 or set(edges.labels) != set(range(1, n + 1)):
        msg = (
            f"nodes must be the numbers 1 to {n}: relabel with "
            "networkx.convert_node_labels_to_integers(graph, first_label=1)"
        )
        raise ValueError(msg)
    labels = edges.labels
    triples = zip(
        edges.rows.tolist(), edges.columns.tolist(), edges.weights.tolist(), strict=True
    )
    body = (f"{labels[i]} {labels[j]} {w!r}" for i, j, w in triples)
    write_lines(
        path, (line for part in ([f"{n} {len(edges.rows)}"], body) for line in part)
    )


def parse_rudy(
    path: str | PathLike[str], *, strict: bool = True, max_loops: int | None = None
) -> EdgeList:
    """Read a rudy file as arrays; labels are 1 ... n.

    More than `max_loops` self loops are an error: a QUBO in the same layout has them.
    """
    source = Source(path, strict=strict)
    edges = EdgeLines(source)
    n = m = header = 0
    for line in source.lines():
        if not strict and line[:1] in b"#%c":
            source.repaired("comment skipped")
        elif not header:
            n, m = read_sizes(source, line, "rudy")
            header = source.line
        elif strict and edges.count == m:
            msg = f"the header declares {m} edges, but there are more: {quote(line)}"
            raise source.error(msg)
        else:
            edges.read(line, n)
            if max_loops is not None and edges.loops > max_loops:
                msg = (
                    f"more than {max_loops} self loop: is this a QUBO? "
                    "name format='rudy' if it is a graph"
                )
                raise source.error(msg)
    if not header:
        msg_0 = "a rudy file starts with 'n m'"
        raise source.empty(msg_0)
    source.check_count(edges.count, m, "edges", header)
    built = edges.build(n, header)
    source.warn(stacklevel=4)
    return built

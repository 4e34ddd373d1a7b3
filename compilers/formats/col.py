"""DIMACS graphs, `.col`, `.gph`, `.clq`: `p edge n m`, then `e i j`, from 1.

`c` lines are comments; `n i value` gives a node a weight. Some files list each edge in
both directions: m may count lines or edges. `p col` is the same as `p edge`.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from os import PathLike

import networkx as nx

from compilers.edges import EdgeList
from compilers.formats.edge_lines import EdgeLines, check_sizes
from compilers.formats.source import Source, spell
from compilers.formats.text import quote, write_lines

_KINDS = (b"edge", b"edges", b"col")


def read_col(path: str | PathLike[str], strict: bool = True) -> nx.Graph:
    """Read a DIMACS graph.

    Parameters
    ----------
    path
        A text file, plain or gzipped.
    strict
        If False, a wrong number of edges is a warning.

    Returns
    -------
    networkx.Graph
        Nodes 1 ... n, isolated ones included; node attribute ``weight`` where the file
        gives one. An edge listed twice is one edge; self loops, which no colouring
        could satisfy, are an error, or dropped if not strict.

    Raises
    ------
    ParseError
        If the file breaks the grammar.
    """
    source = Source(path, strict=strict)
    edges = EdgeLines(source)
    weights: dict[int, float] = {}
    n = m = header = 0
    for line in source.lines():
        words = line.split()
        if words[0] == b"c" or (line[:1] == b"c" and not header):
            continue
        if not header:
            n, m = _read_header(source, line, words)
            header = source.line
        elif words[0] == b"n":
            node, weight = _read_node(source, edges, words, n)
            weights[node + 1] = weight
        else:
            _read_edge(source, edges, words, n)
    if not header:
        msg = "a DIMACS graph starts with 'p edge n m'"
        raise source.empty(msg)
    built = edges.build(n, header, "same")
    found = len(built.rows)
    if m not in (edges.count, found, 2 * found):  # lines, edges, or both directions
        source.check_count(edges.count, m, "edges", header)
    source.warn()
    graph = nx.Graph()
    graph.add_nodes_from(range(1, n + 1))
    ends = zip((built.rows + 1).tolist(), (built.columns + 1).tolist(), strict=True)
    graph.add_edges_from(ends)
    nx.set_node_attributes(graph, weights, "weight")
    return graph


def write_col(graph: nx.Graph, path: str | PathLike[str]) -> None:
    """Write a graph that `read_col` reads back equal.

    Raises
    ------
    TypeError
        If the graph is directed or a multigraph.
    ValueError
        If its nodes are not 1 ... n, it has a self loop, or an edge has a weight other
        than 1, which the format cannot say.
    """
    edges = EdgeList.from_networkx(graph)
    n = edges.n
    if n == 0 or set(edges.labels) != set(range(1, n + 1)):
        msg = (
            f"nodes must be the numbers 1 to {n}: relabel with "
            "networkx.convert_node_labels_to_integers(graph, first_label=1)"
        )
        raise ValueError(msg)
    if (edges.weights != 1).any():
        msg = "a DIMACS graph has no place for the weights of edges"
        raise ValueError(msg)
    labels, source = edges.labels, graph.nodes(data="weight")
    ends = zip(edges.rows.tolist(), edges.columns.tolist(), strict=True)
    nodes: Iterator[str] = (f"n {v} {spell(w)}" for v, w in source if w is not None)
    body = (f"e {labels[i]} {labels[j]}" for i, j in ends)
    write_lines(path, itertools.chain([f"p edge {n} {len(edges.rows)}"], nodes, body))


def _read_header(source: Source, line: bytes, words: list[bytes]) -> tuple[int, int]:
    if len(words) != 4 or words[0] != b"p" or words[1] not in _KINDS:
        msg = f"the header is 'p edge n m', not {quote(line)}"
        raise source.error(msg)
    return check_sizes(source, words[2], words[3])


def _read_node(
    source: Source, edges: EdgeLines, words: list[bytes], n: int
) -> tuple[int, float]:
    if len(words) != 3:
        msg = f"a node is 'n i value', not {quote(b' '.join(words))}"
        raise source.error(msg)
    return edges.node(words[1], n), source.number(words[2], "a node's weight")


def _read_edge(source: Source, edges: EdgeLines, words: list[bytes], n: int) -> None:
    if len(words) != 3 or words[0] != b"e":
        msg = f"an edge is 'e i j', not {quote(b' '.join(words))}"
        raise source.error(msg)
    i, j = edges.node(words[1], n), edges.node(words[2], n)
    if i == j:
        source.flaw(f"node {i + 1} is joined to itself", "self loop found")
    edges.add(i, j)

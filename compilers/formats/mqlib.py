"""MQLib: `#` comments and blank lines, `n m`, then m lines `i j w`, counted from 1.

The same layout holds max-cut graphs and QUBOs. MQLib maximises a QUBO xᵀQx with Q
symmetric and its off-diagonal entries listed once, so that each of them counts twice.
"""

from __future__ import annotations

import itertools
from os import PathLike

import networkx as nx

from compilers.edges import EdgeList
from compilers.formats.edge_lines import EdgeLines, check_sizes, read_sizes
from compilers.formats.quadratic import Quadratic, check_plain, halved
from compilers.formats.rudy import write_rudy
from compilers.formats.source import Source, spell
from compilers.formats.terms import Terms
from compilers.formats.text import quote, write_lines

MAX_VARIABLES = 1_000_000


def read_mqlib(path: str | PathLike[str], strict: bool = True) -> nx.Graph:
    """Read a max-cut graph in MQLib's format; every weight has to be there.

    Parameters
    ----------
    path
        A text file, plain or gzipped.
    strict
        If False, a wrong number of edges, repeated edges (summed) and text after the
        weight are repaired; every repair is a warning.

    Returns
    -------
    networkx.Graph
        Nodes 1 ... n; edge attribute ``weight``. Self loops are dropped with a warning.

    Raises
    ------
    ParseError
        If the file breaks the grammar.
    """
    return parse_mqlib(path, strict=strict).to_networkx()


def parse_mqlib(path: str | PathLike[str], *, strict: bool = True) -> EdgeList:
    """Read a graph as arrays; labels are 1 ... n."""
    source = Source(path, strict=strict)
    edges = EdgeLines(source)
    n = m = header = 0
    for line in source.lines():
        if line[:1] == b"#":
            continue
        if not header:
            n, m = read_sizes(source, line, "MQLib")
            header = source.line
        elif strict and edges.count == m:
            msg = f"the header declares {m} edges, but there are more: {quote(line)}"
            raise source.error(msg)
        else:
            edges.read(line, n, needs_weight=True)
    if not header:
        msg_0 = "an MQLib file starts with 'n m'"
        raise source.empty(msg_0)
    source.check_count(edges.count, m, "edges", header)
    built = edges.build(n, header, "flaw")
    source.warn(stacklevel=4)
    return built


def write_mqlib(
    graph: nx.Graph, path: str | PathLike[str], weight: str = "weight"
) -> None:
    """Write a graph that `read_mqlib` reads back equal; see `write_rudy`.

    Raises
    ------
    TypeError, ValueError
        If the graph is not one that `maxcut` takes, or its nodes are not 1 ... n.
    """
    write_rudy(graph, path, weight)


def read_mqlib_qubo(path: str | PathLike[str], strict: bool = True) -> Quadratic:
    """Read a QUBO in MQLib's format: *maximise* xᵀQx, pairs listed once count twice.

    Parameters
    ----------
    path
        A text file, plain or gzipped.
    strict
        If False, a wrong number of terms and repeated ones (summed) are repaired.

    Raises
    ------
    ParseError
        If the file breaks the grammar.
    """
    return read_paired(path, strict=strict, sense="max", name="MQLib")


def write_mqlib_qubo(function: Quadratic, path: str | PathLike[str]) -> None:
    """Write a function that `read_mqlib_qubo` reads back equal.

    Raises
    ------
    ValueError
        If it is not a maximum over 0/1 variables 1 ... n without an offset.
    """
    check_plain(function, "MQLib", sense="max")
    write_paired(function, path, "MQLib")


def read_paired(
    path: str | PathLike[str], *, strict: bool, sense: str, name: str
) -> Quadratic:
    """Read `n m` and terms `i j q` from 1, in which pairs count twice."""
    source = Source(path, strict=strict)
    terms = Terms(source)
    n = m = header = 0
    for line in source.lines():
        if line[:1] == b"#":
            if name != "MQLib":
                source.flaw(f"{name} files have no comments", "comment skipped")
        elif not header:
            one, two = source.header(line, 2, "n m")
            n, m = check_sizes(source, one, two)
            source.whole(one, "the number of variables", 1, MAX_VARIABLES)
            header = source.line
        elif strict and len(terms) == m:
            msg = f"the header declares {m} terms, but there are more: {quote(line)}"
            raise source.error(msg)
        else:
            terms.read(line, n, pair=2)
    if not header:
        msg_0 = f"a {name} file starts with 'n m'"
        raise source.empty(msg_0)
    source.check_count(len(terms), m, "terms", header)
    labels = range(1, n + 1)
    built = terms.build(labels, sense="max" if sense == "max" else "min", header=header)
    source.warn(stacklevel=4)
    return built


def write_paired(function: Quadratic, path: str | PathLike[str], name: str) -> None:
    """Write `n m` and terms `i j q` from 1, in which pairs count twice."""
    terms = list(halved(function, name))
    body = (f"{i} {j} {spell(q)}" for i, j, q in terms)
    write_lines(path, itertools.chain([f"{function.n} {len(terms)}"], body))

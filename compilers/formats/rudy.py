"""rudy, the format of the Gset and Biq Mac graphs: `n m`, then m lines `i j [w]`.

Nodes count from 1; a missing weight is 1. What breaks the grammar is an error; what is
legal but suspicious (parallel edges, self loops) is a warning.
"""

from __future__ import annotations

import math
import re
import warnings
from array import array
from dataclasses import dataclass, field
from os import PathLike
from typing import Any

import networkx as nx
import numpy as np
from numpy.typing import NDArray

from compilers.edges import MAX_EXACT, EdgeList
from compilers.formats.text import quote, read_lines, write_lines
from pbit.errors import ParseError

MAX_NODES = 10_000_000
MAX_EDGES = 100_000_000
MAX_ISOLATED = 1_000_000  # a few bytes of header must not cost gigabytes
_HEADER = re.compile(rb"(\d+)\s+(\d+)(\s.*)?", re.DOTALL)
_EDGE = re.compile(rb"(\d+)\s+(\d+)(?:\s+(\S+))?(\s.*)?", re.DOTALL)
_INTEGER = re.compile(rb"[+-]?\d+")
_DECIMAL = re.compile(rb"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_NOT_FINITE = re.compile(rb"[+-]?(nan|inf|infinity)", re.IGNORECASE)


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


@dataclass
class _Body:
    """Edges as they are read, and what was odd about them."""

    rows: array[int] = field(default_factory=lambda: array("q"))
    columns: array[int] = field(default_factory=lambda: array("q"))
    weights: array[float] = field(default_factory=lambda: array("d"))
    lines: array[int] = field(default_factory=lambda: array("q"))
    whole: bool = True
    count: int = 0
    repairs: dict[str, list[int]] = field(default_factory=dict)

    def repair(self, what: str, line: int) -> None:
        self.repairs.setdefault(what, []).append(line)


_LOOP = "self loop dropped, it is never cut"


def parse_rudy(
    path: str | PathLike[str], *, strict: bool = True, max_loops: int | None = None
) -> EdgeList:
    """Read a rudy file as arrays; labels are 1 ... n.

    More than `max_loops` self loops are an error: a QUBO in the same layout has them.
    """
    body = _Body()
    n = m = header = 0
    for number, line in read_lines(path):
        if not strict and line[:1] in b"#%c":
            body.repair("comment skipped", number)
        elif not header:
            n, m = _read_header(path, number, line)
            header = number
        elif strict and body.count == m:
            msg = f"the header declares {m} edges, but there are more: {quote(line)}"
            raise ParseError(path, number, msg)
        else:
            _read_edge(path, number, line, n, body, strict=strict)
            loops = body.repairs.get(_LOOP, ())
            if max_loops is not None and len(loops) > max_loops:
                msg = (
                    f"more than {max_loops} self loop: is this a QUBO? "
                    "name format='rudy' if it is a graph"
                )
                raise ParseError(path, number, msg)
    if not header:
        msg = "the file is empty: a rudy file starts with 'n m'"
        raise ParseError(path, None, msg)
    if body.count != m:
        if strict:
            msg = f"the header declares {m} edges, but there are {body.count}"
            raise ParseError(path, header, msg)
        body.repair(f"{body.count} edges taken where the header declares {m}", header)
    if n - 2 * body.count > MAX_ISOLATED:
        msg = f"more than {MAX_ISOLATED} isolated nodes: {n} nodes, {body.count} edges"
        raise ParseError(path, header, msg)
    edges = _merge(path, n, body)
    _warn(path, body)
    return edges


def _read_header(
    path: str | PathLike[str], number: int, line: bytes
) -> tuple[int, int]:
    match = _HEADER.fullmatch(line)
    if match is None or match[3]:
        msg = (
            "a rudy file starts with two whole numbers 'n m' "
            f"(nodes, edges), not {quote(line)}"
        )
        raise ParseError(path, number, msg)
    n, m = int(match[1]), int(match[2])
    if not 1 <= n <= MAX_NODES:
        msg = f"the number of nodes must be 1 to {MAX_NODES}, not {n}"
        raise ParseError(path, number, msg)
    if m > MAX_EDGES:
        msg = f"the number of edges must be at most {MAX_EDGES}, not {m}"
        raise ParseError(path, number, msg)
    return n, m


def _read_edge(
    path: str | PathLike[str],
    number: int,
    line: bytes,
    n: int,
    body: _Body,
    *,
    strict: bool,
) -> None:
    match = _EDGE.fullmatch(line)
    if match is None:
        msg = f"an edge is 'i j' or 'i j w', i and j whole numbers, not {quote(line)}"
        raise ParseError(path, number, msg)
    first, second, token, rest = match.groups()
    if rest:
        if strict:
            msg = f"text after the weight: {quote(rest.strip())}"
            raise ParseError(path, number, msg)
        body.repair("text after the weight ignored", number)
    i, j = int(first), int(second)
    for node in (i, j):
        if not 1 <= node <= n:
            hint = " (a 0-based file? rudy counts from 1)" if node == 0 else ""
            msg = f"node {node} is out of range 1 to {n}{hint}"
            raise ParseError(path, number, msg)
    weight = 1.0 if token is None else _read_weight(path, number, token, body)
    body.count += 1
    if i == j:
        body.repair(_LOOP, number)
        return
    body.rows.append(i - 1)
    body.columns.append(j - 1)
    body.weights.append(weight)
    body.lines.append(number)


def _read_weight(
    path: str | PathLike[str], number: int, token: bytes, body: _Body
) -> float:
    if _INTEGER.fullmatch(token):
        exact = int(token)
        if abs(exact) > MAX_EXACT:
            msg = f"a whole weight must be within ±2**53, not {quote(token)}"
            raise ParseError(path, number, msg)
        return float(exact)
    if _DECIMAL.fullmatch(token):
        body.whole = False
        weight = float(token)
    elif _NOT_FINITE.fullmatch(token):
        weight = math.inf
    else:
        msg = f"a weight must be a number, not {quote(token)}"
        raise ParseError(path, number, msg)
    if not math.isfinite(weight):
        msg = f"a weight must be finite, not {quote(token)}"
        raise ParseError(path, number, msg)
    return weight


def _merge(path: str | PathLike[str], n: int, body: _Body) -> EdgeList:
    """Sum parallel edges; each pair keeps the place and direction it had first."""
    rows = np.array(body.rows, dtype=np.int64)
    columns = np.array(body.columns, dtype=np.int64)
    values = np.array(body.weights, dtype=np.float64)
    weights: NDArray[Any] = values.astype(np.int64) if body.whole else values
    keys = np.minimum(rows, columns) * n + np.maximum(rows, columns)
    unique, first, which = np.unique(keys, return_index=True, return_inverse=True)
    if len(unique) < len(keys):
        magnitudes = np.bincount(which, weights=np.abs(values))
        repeated = np.ones(len(keys), dtype=bool)
        repeated[first] = False
        for k in np.flatnonzero(repeated):
            if not magnitudes[which[k]] <= MAX_EXACT and (
                body.whole or not np.isfinite(magnitudes[which[k]])
            ):
                msg = "the summed weight of a repeated edge is out of range"
                raise ParseError(path, body.lines[k], msg)
            body.repair("repeated edge, weights summed", body.lines[k])
        summed = np.zeros_like(weights, shape=len(unique))
        np.add.at(summed, which, weights)
        order = np.argsort(first)
        first = first[order]
        rows, columns, weights = rows[first], columns[first], summed[order]
    return EdgeList(range(1, n + 1), rows, columns, weights)


def _warn(path: str | PathLike[str], body: _Body) -> None:
    for what, lines in body.repairs.items():
        shown = ", ".join(map(str, lines[:10]))
        more = f" and {len(lines) - 10} more" if len(lines) > 10 else ""
        where = f"line{'s' if len(lines) > 1 else ''} {shown}{more}"
        warnings.warn(f"{path}: {what} ({where})", UserWarning, stacklevel=4)

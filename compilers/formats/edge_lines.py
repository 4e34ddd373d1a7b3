"""Lines of edges, `i j [w]`: what the readers of graphs have in common."""

from __future__ import annotations

import re
from array import array
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from compilers.edges import EdgeList
from compilers.formats.source import Source
from compilers.formats.text import quote
from compilers.problems.data import MAX_EXACT

MAX_NODES = 10_000_000
MAX_EDGES = 100_000_000
_HEADER = re.compile(rb"(\d+)\s+(\d+)(\s.*)?", re.DOTALL)
_EDGE = re.compile(rb"(\d+)\s+(\d+)(?:\s+(\S+))?(\s.*)?", re.DOTALL)
_LOOP = "self loop dropped, it is never cut"


def read_sizes(source: Source, line: bytes, name: str) -> tuple[int, int]:
    """Read the header `n m` of a graph."""
    match = _HEADER.fullmatch(line)
    if match is None or match[3]:
        msg = (
            f"a {name} file starts with two whole numbers 'n m' "
            f"(nodes, edges), not {quote(line)}"
        )
        raise source.error(msg)
    return check_sizes(source, match[1], match[2])


def check_sizes(source: Source, nodes: bytes, edges: bytes) -> tuple[int, int]:
    """Read numbers of nodes and edges, each below its limit."""
    n = source.whole(nodes, "the number of nodes", 1, MAX_NODES)
    m = source.whole(edges, "the number of edges", 0, MAX_EDGES)
    return n, m


@dataclass
class EdgeLines:
    """Edges as a reader meets them; nodes are counted from 1 in the file, 0 in here."""

    source: Source
    rows: array[int] = field(default_factory=lambda: array("q"))
    columns: array[int] = field(default_factory=lambda: array("q"))
    weights: array[float] = field(default_factory=lambda: array("d"))
    lines: array[int] = field(default_factory=lambda: array("q"))
    whole: bool = True
    count: int = 0
    loops: int = 0

    def read(self, line: bytes, n: int, *, needs_weight: bool = False) -> None:
        """Read a line `i j` or `i j w`."""
        words = line.split()
        if len(words) == 3 and words[0].isdigit() and words[1].isdigit():
            i, j, weight = int(words[0][:18]), int(words[1][:18]), words[2]
            if 0 < i <= n and 0 < j <= n and len(words[0]) < 19 > len(words[1]):
                self.add(i - 1, j - 1, self._weight(weight))
                return
        self._read_with_care(line, n, needs_weight=needs_weight)

    def _weight(self, word: bytes) -> float:
        if len(word) < 16 and word.removeprefix(b"-").isdigit():
            return int(word)
        return self.source.number(word, "a weight")

    def _read_with_care(self, line: bytes, n: int, *, needs_weight: bool) -> None:
        """Read any other line, or say what is wrong with it."""
        source = self.source
        match = _EDGE.fullmatch(line)
        if match is None or (needs_weight and match[3] is None):
            kinds = "'i j w'" if needs_weight else "'i j' or 'i j w'"
            msg = f"an edge is {kinds}, i and j whole numbers, not {quote(line)}"
            raise source.error(msg)
        first, second, word, rest = match.groups()
        if rest:
            source.flaw(
                f"text after the weight: {quote(rest.strip())}",
                "text after the weight ignored",
            )
        weight = 1 if word is None else self._weight(word)
        self.add(self.node(first, n), self.node(second, n), weight)

    def node(self, word: bytes, n: int) -> int:
        """Return a node counted from 0."""
        node = int(word) if word.isdigit() and len(word) < 19 else -1
        if not 1 <= node <= n:
            hint = " (a 0-based file? this format counts from 1)" if node == 0 else ""
            msg = f"node {word.decode(errors='replace')[:40]} is out of range 1 to {n}{hint}"
            raise self.source.error(msg)
        return node - 1

    def add(self, i: int, j: int, weight: float = 1) -> None:
        """Add an edge, at the line read last; a self loop is dropped and told."""
        self.count += 1
        if i == j:
            self.loops += 1
            self.source.repaired(_LOOP)
            return
        if type(weight) is float:
            self.whole = False
        self.rows.append(i)
        self.columns.append(j)
        self.weights.append(weight)
        self.lines.append(self.source.line)

    def build(
        self, n: int, header: int, repeated: Literal["sum", "flaw", "same"] = "sum"
    ) -> EdgeList:
        """Return the graph; each pair keeps the place and direction it had first.

        Parallel edges are summed and told, or a flaw, or the same edge.
        """
        source = self.source
        source.check_loose(n - 2 * self.count, "isolated nodes", header)
        rows = np.array(self.rows, dtype=np.int64)
        columns = np.array(self.columns, dtype=np.int64)
        values = np.array(self.weights, dtype=np.float64)
        weights: NDArray[Any] = values.astype(np.int64) if self.whole else values
        keys = np.minimum(rows, columns) * n + np.maximum(rows, columns)
        unique, first, which = np.unique(keys, return_index=True, return_inverse=True)
        if len(unique) < len(keys):
            order = np.argsort(first)
            if repeated == "same":
                weights = weights[first[order]]
            else:
                self._check_repeated(values, first, which, repeated)
                summed = np.zeros_like(weights, shape=len(unique))
                np.add.at(summed, which, weights)
                weights = summed[order]
            first = first[order]
            rows, columns = rows[first], columns[first]
        return EdgeList(range(1, n + 1), rows, columns, weights)

    def _check_repeated(
        self,
        values: NDArray[np.float64],
        first: NDArray[np.int64],
        which: NDArray[np.int64],
        repeated: str,
    ) -> None:
        source = self.source
        with np.errstate(over="ignore"):
            magnitudes = np.bincount(which, weights=np.abs(values))
        again = np.ones(len(values), dtype=bool)
        again[first] = False
        for k in np.flatnonzero(again):
            if not magnitudes[which[k]] <= MAX_EXACT and (
                self.whole or not np.isfinite(magnitudes[which[k]])
            ):
                msg = "the summed weight of a repeated edge is out of range"
                raise source.error(msg, self.lines[k])
            what = "repeated edge, weights summed"
            if repeated == "flaw":
                pair = f"{self.rows[k] + 1} {self.columns[k] + 1}"
                msg = f"the edge {pair} is given a second time"
                source.flaw(msg, what, self.lines[k])
            else:
                source.repaired(what, self.lines[k])

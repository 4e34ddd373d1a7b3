"""qbsolv's .qubo: `p qubo 0 maxNodes nNodes nCouplers`, nodes `i i w`, couplers `i j w`.

Lines that start with `c` are comments. *Minimise* the sum, variables from 0, every term
once. Labels need not be contiguous: the variables are those that a line names.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from os import PathLike
from typing import Literal

import numpy as np

from compilers.formats.mqlib import MAX_VARIABLES
from compilers.formats.quadratic import Quadratic, check_plain
from compilers.formats.source import Source, spell
from compilers.formats.terms import Terms
from compilers.formats.text import quote, write_lines

MAX_TERMS = 100_000_000


def read_qbsolv(path: str | PathLike[str], strict: bool = True) -> Quadratic:
    """Read a QUBO in the format of qbsolv.

    Parameters
    ----------
    path
        A text file, plain or gzipped.
    strict
        If False, wrong numbers of nodes and couplers, couplers below the diagonal
        (turned), zero couplers (dropped) and repeated terms (summed) are repaired.

    Returns
    -------
    Quadratic
        Labels are the numbers that the file uses, ascending; sense "min".

    Raises
    ------
    ParseError
        If the file breaks the grammar.
    """
    source = Source(path, strict=strict)
    lines = (line for line in source.lines() if line[:1] != b"c")
    header = next(lines, None)
    if header is None:
        msg = "a qbsolv file starts with 'p qubo'"
        raise source.empty(msg)
    largest, n_nodes, n_couplers = _read_header(source, header)
    header_line, terms = source.line, Terms(source)
    nodes = 0
    for line in lines:
        nodes += _read_term(source, terms, line, largest, n_nodes - nodes)
    source.check_count(nodes, n_nodes, "nodes", header_line)
    source.check_count(len(terms) - nodes, n_couplers, "couplers", header_line)
    built = named(terms, "BINARY")
    source.warn()
    return built


def _read_header(source: Source, line: bytes) -> tuple[int, int, int]:
    words = source.header(line, 6, "p qubo topology maxNodes nNodes nCouplers")
    if words[:2] != [b"p", b"qubo"]:
        msg = f"a qbsolv file starts with 'p qubo', not {quote(line)}"
        raise source.error(msg)
    if words[2] not in (b"0", b"unconstrained"):
        msg = f"the topology must be 0 or unconstrained, not {quote(words[2])}"
        raise source.error(msg)
    largest = source.whole(words[3], "maxNodes", 1, MAX_VARIABLES)
    nodes = source.whole(words[4], "nNodes", 0, largest)
    return largest, nodes, source.whole(words[5], "nCouplers", 0, MAX_TERMS)


def _read_term(
    source: Source, terms: Terms, line: bytes, largest: int, nodes_left: int
) -> bool:
    """Read a line; say whether it is of a node."""
    words = line.split()
    if len(words) != 3:
        msg = f"a term is 'i j w', not {quote(line)}"
        raise source.error(msg)
    i, j = terms.indices(words[0], words[1], largest, 0)
    value = source.number(words[2], "a coefficient")
    if i == j:
        late = len(terms) > 0 and terms.rows[-1] != terms.columns[-1]
        if nodes_left <= 0 or late:
            source.flaw(
                "this node is not among the nNodes lines after the header",
                "node taken though it is out of place",
            )
    elif i > j:
        source.flaw(f"a coupler has i < j, not {i} {j}", "coupler turned to i < j")
    if i != j and value == 0:
        source.flaw("a coupler must not be zero", "coupler of zero dropped")
    terms.add(i, j, value)
    return i == j


def named(terms: Terms, vartype: Literal["BINARY", "SPIN"]) -> Quadratic:
    """Return the function of those variables that have a line."""
    rows, columns = np.array(terms.rows), np.array(terms.columns)
    labels = np.unique(np.concatenate([rows, columns])).astype(np.int64)
    if not len(labels):
        msg = "there are no terms, hence no variables"
        raise terms.source.error(msg, None)
    terms.rows[:], terms.columns[:] = (
        type(terms.rows)("q", np.searchsorted(labels, ends).astype(np.int64).tobytes())
        for ends in (rows, columns)
    )
    return terms.build(tuple(labels.tolist()), vartype=vartype)


def check_numbered(function: Quadratic, name: str) -> list[int]:
    """Return labels that are ascending whole numbers from 0.

    Raises
    ------
    ValueError
        If they are not.
    """
    names = [label for label in function.labels if type(label) is int and label >= 0]
    if (
        len(names) < function.n
        or names != sorted(set(names))
        or names[-1] >= MAX_VARIABLES
    ):
        msg = (
            f"{name}'s labels are ascending whole numbers below {MAX_VARIABLES}: "
            f"use relabelled(range({function.n}))"
        )
        raise ValueError(msg)
    return names


def write_qbsolv(function: Quadratic, path: str | PathLike[str]) -> None:
    """Write a function that `read_qbsolv` reads back equal.

    Raises
    ------
    ValueError
        If it is not a minimum over 0/1 variables without an offset, or a label is not a
        whole number from 0, or labels do not ascend.
    """
    check_plain(function, "qbsolv", first=-1)
    names = check_numbered(function, "qbsolv")
    couplers = [(i, j, q) for i, j, q in function.terms() if i != j]
    own = dict(zip(range(function.n), function.linear.tolist(), strict=True))

    def body() -> Iterator[str]:
        yield f"p qubo 0 {names[-1] + 1} {function.n} {len(couplers)}"
        yield from (f"{names[i]} {names[i]} {spell(q)}" for i, q in own.items())
        yield from (f"{names[i]} {names[j]} {spell(q)}" for i, j, q in couplers)

    write_lines(path, itertools.chain(body()))

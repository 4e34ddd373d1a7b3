"""Which format a file is in, told by its first lines."""

from __future__ import annotations

import re
from os import PathLike, fspath
from pathlib import PurePath

from compilers.formats.catalogue import CATALOGUE, FORMATS
from compilers.formats.dimod_file import MAGIC
from compilers.formats.text import read_head
from pbit.errors import ParseError

__all__ = ["CATALOGUE", "FORMATS", "sniff_format"]

HEAD = 2**16  # bytes that are looked at

# Words that start a file of their format, comments before it passed over.
_STARTS = (
    (rb"%%MatrixMarket\b", "matrix-market"),
    (rb"\*\s*#variable=|(min|max)\s*:|[+-]\d+ +~?x\d+\b", "opb"),
    (rb"n,energy,sequence$", "labs"),
    (rb"(NAME|TYPE|COMMENT|DIMENSION|EDGE_WEIGHT_TYPE)\s*:", "tsplib"),
    (rb"\.(model|inputs|outputs|names|search)\b", "blif"),
    (rb"a[ai]g\s+\d", "aiger"),
    (rb"(INPUT|OUTPUT)\s*\(", "bench"),
    (rb"(module\b|//|/\*|`|\(\*)", "verilog"),
    (rb"p\s+cnf\b", "cnf"),
    (rb"p\s+wcnf\b|h\s+-?\d", "wcnf"),
    (rb"p\s+qubo\b", "qbsolv"),
)
_JSON = (
    (rb'"BinaryQuadraticModel"|"variable_type"', "dimod-json"),
    (rb'"qubo"\s*:', "biqbin"),
    (rb'"modules"\s*:|"creator"\s*:', "yosys-json"),
)
_QPLIB = re.compile(rb"[LDCQ][CBMIG][NBLDCQ]", re.IGNORECASE)
_NUMBER = re.compile(rb"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")


def sniff_format(path: str | PathLike[str]) -> str:
    """Return the name of a file's format, a key of ``FORMATS``.

    Most formats have a word of their own; files of numbers alone are told apart by how
    many stand in each of the first lines. A graph `n m`, `i j w` is rudy's, but with
    two self loops or more it is a QUBO: Biq Mac's, or MQLib's if a ``#`` comment begins it.
    The ending of the name decides only between ``.col`` and ``.gph``, which have one
    grammar, and for the new WCNF, which may be numbers alone.

    Raises
    ------
    ParseError
        If the file is empty, or JSON of no known kind.
    """
    head = read_head(path, HEAD)
    if head.startswith(b"PK\x03\x04"):  # a zip archive: nothing else here is one
        return "compiled"
    if head.startswith(MAGIC):
        return "dimod-file"
    lines = [line.strip() for line in head.removeprefix(b"\xef\xbb\xbf").split(b"\n")]
    lines = [line for line in lines if line]
    if not lines:
        msg = "the file is empty: no format can be told from it"
        raise ParseError(path, None, msg)
    if lines[0][:1] in b"{[":
        return _json(path, head)
    if len(lines) > 1 and _QPLIB.fullmatch(_bare(lines[1])):
        return "qplib"
    return _by_word(path, lines) or _by_numbers(path, lines, complete=len(head) < HEAD)


def _bare(line: bytes) -> bytes:
    """Return a line of QPLIB without its comment."""
    return re.split(rb"[#!%]", line, maxsplit=1)[0].strip()


def _json(path: str | PathLike[str], head: bytes) -> str:
    for pattern, name in _JSON:
        if re.search(pattern, head):
            return name
    msg = "this is JSON, but neither dimod's nor biqbin's nor a netlist of Yosys"
    raise ParseError(path, 1, msg)


def _by_word(path: str | PathLike[str], lines: list[bytes]) -> str | None:
    ending = PurePath(fspath(path).removesuffix(".gz")).suffix.lower()
    for line in lines:
        for pattern, name in _STARTS:
            if re.match(pattern, line):
                return name
        if re.match(rb"p\s+(edges?|col)\b", line):
            return "gph" if ending in CATALOGUE["gph"].suffixes else "col"
        if re.match(rb"#.*vartype[:=]", line):
            return "dimod-coo"
        if not re.match(rb"c(\s|$)|[#*%]", line):
            break
    return "wcnf" if ending == ".wcnf" else None


def _by_numbers(
    path: str | PathLike[str], lines: list[bytes], *, complete: bool
) -> str:
    """Tell files of numbers apart; rudy, which has no mark at all, is what is left."""
    if re.match(rb"[cp]\s", lines[0]):
        msg = (
            "this looks like a DIMACS file without a line 'p cnf', 'p edge' or 'p qubo'"
        )
        raise ParseError(path, 1, msg)
    words = [line.split() for line in lines if line[:1] != b"#"]
    if not complete and len(words) > 1:
        words.pop()  # it may be cut
    counts = [len(row) for row in words[:3]] + [0, 0, 0]
    numeric = [all(map(_NUMBER.fullmatch, row)) for row in words[:3]]
    if counts[:2] == [1, 1]:
        return "knapsack" if numeric[0] else "quadratic-knapsack"
    if not all(numeric[:2]):
        return "rudy"
    commented = lines[0][:1] == b"#"
    if counts[0] == 1 and counts[1:3] == [2, 3]:
        return "orlib"
    if counts[0] == 1 and (counts[1] > 3 or words[0][0] == b"%d" % counts[1]):
        return "qaplib"
    if counts[0] == 3 and commented:  # without, it may be a header with one number more
        return "spin-glass"
    if counts[0] == 2 and counts[1] > 3 and words[0][1] == b"%d" % (counts[1] - 1):
        return "market-split"
    loops = sum(len(row) == 3 and row[0] == row[1] for row in words[1:])
    if loops > 1:
        return "mqlib-qubo" if commented else "biqmac-qubo"
    return "mqlib" if commented else "rudy"

"""Which format a file is in, told by its first line."""

from __future__ import annotations

import re
from os import PathLike

from compilers.formats.text import read_lines
from pbit.errors import ParseError

FORMATS = {"rudy": "max-cut graph, as in Gset and Biq Mac: 'n m', then 'i j [w]'"}

# rudy has no magic word: it is what is left, and its reader says what it misses.
_FOREIGN = (
    (rb"p\s|c(\s|$)", "a DIMACS or qbsolv file"),
    (rb"%%MatrixMarket", "a MatrixMarket file"),
    (rb"DIMODBQM", "a dimod file"),
    (rb"[{\[]", "a JSON file"),
    (rb"\.(model|inputs)\b", "a BLIF netlist"),
    (rb"a[ai]g\s+\d", "an AIGER netlist"),
    (rb"(INPUT|OUTPUT)\s*\(", "a .bench netlist"),
    (rb"(module|/[/*])", "a Verilog netlist"),
)


def sniff_format(path: str | PathLike[str]) -> str:
    """Return the name of a file's format, a key of ``FORMATS``.

    Raises
    ------
    ParseError
        If the file is empty, or in a format that is known but not read.
    """
    for number, line in read_lines(path):
        for pattern, what in _FOREIGN:
            if re.match(pattern, line):
                msg = f"this looks like {what}; formats read: {', '.join(FORMATS)}"
                raise ParseError(path, number, msg)
        return "rudy"
    msg = f"the file is empty; formats read: {', '.join(FORMATS)}"
    raise ParseError(path, None, msg)

"""dimod COO: `# vartype=SPIN` (or BINARY), then lines `i j b`, labels from 0.

`i i b` is a linear bias. The format has no offset. dimod's own reader passes over what
it does not know, numbers such as 1e-5 among them; this one reads or refuses, and what it
writes has no exponents.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from os import PathLike
from typing import Literal

import numpy as np

from compilers.formats.mqlib import MAX_VARIABLES
from compilers.formats.qbsolv import check_numbered, named
from compilers.formats.quadratic import Quadratic, check_plain
from compilers.formats.source import Source
from compilers.formats.terms import Terms
from compilers.formats.text import write_lines

_VARTYPE = re.compile(rb"#.*?vartype[:=][ \t]*([-_.a-zA-Z0-9]+)")


def read_dimod_coo(
    path: str | PathLike[str],
    strict: bool = True,
    vartype: Literal["BINARY", "SPIN"] | None = None,
) -> Quadratic:
    """Read a binary quadratic model in dimod's COO format.

    Parameters
    ----------
    path
        A text file, plain or gzipped.
    strict
        If False, repeated terms are summed, with a warning.
    vartype
        "BINARY" or "SPIN" for a file that does not say it.

    Returns
    -------
    Quadratic
        Labels are the numbers that the file uses, ascending; sense "min".

    Raises
    ------
    ParseError
        If the file breaks the grammar, or nothing says the vartype.
    """
    source = Source(path, strict=strict)
    terms = Terms(source)
    told: Literal["BINARY", "SPIN"] | None = vartype
    for line in source.lines():
        if line[:1] != b"#":
            terms.read(line, MAX_VARIABLES, first=0)
        elif match := _VARTYPE.match(line):
            found: Literal["BINARY", "SPIN"] = _read_vartype(source, match[1])
            if told not in (None, found):
                msg = f"the vartype is {told}, but this line says {found}"
                raise source.error(msg)
            told = found
    if not len(terms):
        msg_0 = "a COO file has lines 'i j b'"
        raise source.empty(msg_0)
    if told is None:
        msg = "nothing says the vartype: a line '# vartype=SPIN' or an argument has to"
        raise source.error(msg, None)
    built = named(terms, told)
    source.warn()
    return built


def _read_vartype(source: Source, word: bytes) -> Literal["BINARY", "SPIN"]:
    if word == b"BINARY":
        return "BINARY"
    if word == b"SPIN":
        return "SPIN"
    msg = f"the vartype must be BINARY or SPIN, not {word.decode()[:40]!r}"
    raise source.error(msg)


def write_dimod_coo(function: Quadratic, path: str | PathLike[str]) -> None:
    """Write a function that `read_dimod_coo` and dimod itself read back equal.

    Raises
    ------
    ValueError
        If it is to be maximised or has an offset, or its labels are not ascending whole
        numbers from 0.
    """
    check_plain(function, "COO", first=-1, vartype=None)
    names = check_numbered(function, "COO")
    mentioned = set(function.rows.tolist()) | set(function.columns.tolist())

    def lines() -> Iterator[str]:
        yield f"# vartype={function.vartype}"
        yield from (
            f"{names[i]} {names[i]} 0" for i in range(function.n) if i not in mentioned
        )
        for i, j, q in function.terms():
            text = str(q)
            if isinstance(q, float):
                text = np.format_float_positional(q, unique=True, trim="0")
            yield f"{names[i]} {names[j]} {text}"

    write_lines(path, lines())

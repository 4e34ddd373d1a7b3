"""Market split (QOBLIB): `m n`, then m rows `a_1 ... a_n b`: find 0/1 x with Ax = b."""

from __future__ import annotations

from dataclasses import dataclass
from os import PathLike

import numpy as np
from numpy.typing import NDArray

from compilers.formats.plain import Plain
from compilers.formats.source import LONG_LINE, Source
from compilers.formats.text import quote, write_lines

MAX_SIDE = 100_000


@dataclass(frozen=True, eq=False)
class MarketSplit(Plain):
    """Equations Ax = b over 0/1 variables.

    Attributes
    ----------
    A
        Whole numbers, int64, shape (m, n).
    b
        Whole numbers, int64, shape (m,).
    """

    A: NDArray[np.int64]
    b: NDArray[np.int64]


def read_market_split(path: str | PathLike[str], strict: bool = True) -> MarketSplit:
    """Read a market split problem.

    Parameters
    ----------
    path
        A text file, plain or gzipped.
    strict
        If False, ``#`` comments are read over and told.

    Raises
    ------
    ParseError
        If the file breaks the grammar, or a number is not whole.

    References
    ----------
    G. Cornuéjols, M. Dawande, "A class of hard small 0-1 programs" (1998).
    """
    source = Source(path, strict=strict)
    rows: list[list[int]] = []
    m = n = header = 0
    for line in source.lines(LONG_LINE):
        if line[:1] == b"#":
            source.flaw("these files have no comments", "comment skipped")
        elif not header:
            one, two = source.header(line, 2, "m n")
            m = source.whole(one, "the number of rows", 1, MAX_SIDE)
            n = source.whole(two, "the number of variables", 1, MAX_SIDE)
            header = source.line
        else:
            words = line.split()
            if len(words) != n + 1:
                msg = f"a row has {n + 1} numbers, {n} of A and b, not {len(words)}"
                raise source.error(msg)
            if len(rows) == m:
                msg = f"the header declares {m} rows, but there are more: {quote(line)}"
                raise source.error(msg)
            rows.append([source.whole(w, "an entry", -(2**53), 2**53) for w in words])
    if not header:
        msg = "a market split file starts with 'm n'"
        raise source.empty(msg)
    if len(rows) != m:
        msg = f"the header declares {m} rows, but there are {len(rows)}"
        raise source.error(msg, header)
    source.warn()
    table = np.array(rows, dtype=np.int64)
    return MarketSplit(table[:, :-1], table[:, -1])


def write_market_split(problem: MarketSplit, path: str | PathLike[str]) -> None:
    """Write a problem that `read_market_split` reads back equal.

    Raises
    ------
    ValueError
        If A and b are not whole numbers of shapes (m, n) and (m,), m and n at least 1.
    """
    A, b = np.asarray(problem.A), np.asarray(problem.b)
    if A.ndim != 2 or b.shape != A.shape[:1] or not A.size:
        msg = f"A and b must have shapes (m, n) and (m,), not {A.shape} and {b.shape}"
        raise ValueError(msg)
    if A.dtype.kind not in "iu" or b.dtype.kind not in "iu":
        msg = "A and b must be whole numbers"
        raise ValueError(msg)
    lines = [f"{A.shape[0]} {A.shape[1]}"]
    for row, bound in zip(A.tolist(), b.tolist(), strict=True):
        lines.append(" ".join(map(str, (*row, bound))))
    write_lines(path, lines)

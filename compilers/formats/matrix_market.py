"""MatrixMarket: `%%MatrixMarket matrix coordinate real symmetric`, sizes, entries from 1.

Coordinate and array files of real or integer numbers, general or symmetric (the lower
half is stored). `pattern` has no numbers, `complex` and `hermitian` none that couple
p-bits, and `skew-symmetric` cancels in every quadratic form: these are refused.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from os import PathLike

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from compilers.formats.plain import Plain
from compilers.formats.source import LONG_LINE, Source, spell
from compilers.formats.text import quote, write_lines

MAX_SIDE = 10_000_000
MAX_ENTRIES = 100_000_000
_REFUSED = {
    b"pattern": "a pattern has no numbers",
    b"complex": "complex numbers couple nothing",
    b"hermitian": "complex numbers couple nothing",
    b"skew-symmetric": "a skew matrix cancels in every quadratic form",
}


@dataclass(frozen=True, eq=False)
class Matrix(Plain):
    """Entries of a matrix as they are stored, sorted by row and column, zeros dropped.

    Attributes
    ----------
    shape
        Numbers of rows and columns.
    rows, columns
        Places of the entries, counted from 0.
    values
        int64 for files of type integer, else float64.
    symmetric
        Whether only the lower half is stored.
    """

    shape: tuple[int, int]
    rows: NDArray[np.int64]
    columns: NDArray[np.int64]
    values: NDArray[np.int64] | NDArray[np.float64]
    symmetric: bool = False

    @property
    def full(self) -> sp.csr_array:
        """The matrix, both halves of a symmetric one."""
        entries = (self.values, (self.rows, self.columns))
        half = sp.coo_array(entries, shape=self.shape).tocsr()
        if not self.symmetric:
            return half
        return half + sp.tril(half, -1).T.tocsr()


def read_matrix_market(path: str | PathLike[str], strict: bool = True) -> Matrix:
    """Read a MatrixMarket file.

    Parameters
    ----------
    path
        A text file, plain or gzipped.
    strict
        If False, a wrong number of entries and repeated entries (summed) are repaired.

    Raises
    ------
    ParseError
        If the file breaks the grammar, or is of a kind that is not read.

    References
    ----------
    R. F. Boisvert et al., "The Matrix Market exchange formats", NISTIR 5935 (1996).
    """
    source = Source(path, strict=strict)
    lines = source.lines(LONG_LINE)
    first = next(lines, None)
    if first is None:
        msg = "it starts with '%%MatrixMarket'"
        raise source.empty(msg)
    dense, whole, symmetric = _read_kind(source, first)
    body = (line for line in lines if line[:1] != b"%")
    sizes = next(body, None)
    if sizes is None:
        msg = "the file ends before the sizes of the matrix"
        raise source.error(msg)
    words = source.header(sizes, 2 if dense else 3, "rows columns" + "" * dense)
    shape = (
        source.whole(words[0], "the number of rows", 1, MAX_SIDE),
        source.whole(words[1], "the number of columns", 1, MAX_SIDE),
    )
    if symmetric and shape[0] != shape[1]:
        msg = f"a symmetric matrix is square, not {shape[0]} by {shape[1]}"
        raise source.error(msg)
    entries = _Entries(source, shape, whole=whole, symmetric=symmetric)
    if dense:
        entries.read_array(body)
    else:
        count = source.whole(words[2], "the number of entries", 0, MAX_ENTRIES)
        entries.read_coordinates(body, count)
    matrix = entries.build()
    source.warn()
    return matrix


def _read_kind(source: Source, line: bytes) -> tuple[bool, bool, bool]:
    words = line.lower().split()
    if len(words) != 5 or words[:2] != [b"%%matrixmarket", b"matrix"]:
        msg = (
            "the first line is '%%MatrixMarket matrix layout type symmetry', "
            f"not {quote(line)}"
        )
        raise source.error(msg)
    for word in words[2:]:
        if word in _REFUSED:
            msg = f"{quote(word)} is not read: {_REFUSED[word]}"
            raise source.error(msg)
    layout, kind, symmetry = words[2:]
    for word, known in (
        (layout, (b"coordinate", b"array")),
        (kind, (b"real", b"integer", b"double")),
        (symmetry, (b"general", b"symmetric")),
    ):
        if word not in known:
            names = " or ".join(choice.decode() for choice in known)
            msg = f"expected {names}, not {quote(word)}"
            raise source.error(msg)
    return layout == b"array", kind == b"integer", symmetry == b"symmetric"


class _Entries:
    """Entries as they are read."""

    def __init__(
        self, source: Source, shape: tuple[int, int], *, whole: bool, symmetric: bool
    ) -> None:
        self.source, self.shape = source, shape
        self.whole, self.symmetric = whole, symmetric
        self.header = source.line
        self.rows, self.columns = array("q"), array("q")
        self.values, self.lines = array("d"), array("q")

    def add(self, i: int, j: int, word: bytes) -> None:
        value = self.source.number(word, "an entry")
        if self.whole and not isinstance(value, int):
            msg = f"an entry must be a whole number, not {quote(word)}"
            raise self.source.error(msg)
        self.rows.append(i)
        self.columns.append(j)
        self.values.append(value)
        self.lines.append(self.source.line)

    def read_coordinates(self, body: Iterator[bytes], count: int) -> None:
        source, shape = self.source, self.shape
        for line in body:
            words = line.split()
            if len(words) != 3:
                msg = f"an entry is 'i j value', not {quote(line)}"
                raise source.error(msg)
            if source.strict and len(self.rows) == count:
                msg = f"the header declares {count} entries, but there are more"
                raise source.error(msg)
            i = source.whole(words[0], "a row", 1, shape[0]) - 1
            j = source.whole(words[1], "a column", 1, shape[1]) - 1
            if self.symmetric and i < j:
                msg = (
                    f"a symmetric file stores the lower half only, not {i + 1} {j + 1}"
                )
                raise source.error(msg)
            self.add(i, j, words[2])
        source.check_count(len(self.rows), count, "entries", self.header)

    def read_array(self, body: Iterator[bytes]) -> None:
        """Read entries by columns, from the diagonal on if symmetric."""
        n, m = self.shape
        total = n * (n + 1) // 2 if self.symmetric else n * m
        if total > MAX_ENTRIES:
            msg = f"a dense matrix may have {MAX_ENTRIES} entries, not {total}"
            raise self.source.error(msg)
        i = j = 0
        for line in body:
            for word in line.split():
                if j == m:
                    msg = f"the sizes declare {total} entries, but there are more"
                    raise self.source.error(msg)
                self.add(i, j, word)
                i += 1
                if i == n:
                    j += 1
                    i = j if self.symmetric else 0
        if len(self.rows) != total:
            msg = f"the sizes declare {total} entries, but there are {len(self.rows)}"
            raise self.source.error(msg, self.header)

    def build(self) -> Matrix:
        rows = np.array(self.rows, dtype=np.int64)
        columns = np.array(self.columns, dtype=np.int64)
        keys = rows * self.shape[1] + columns
        unique, first, which = np.unique(keys, return_index=True, return_inverse=True)
        again = np.ones(len(keys), dtype=bool)
        again[first] = False
        for k in np.flatnonzero(again):
            self.source.flaw(
                f"entry {rows[k] + 1} {columns[k] + 1} is given a second time",
                "repeated entry, values summed",
                self.lines[k],
            )
        values = np.array(self.values, dtype=np.float64)
        summed = np.zeros(len(unique))
        np.add.at(summed, which, values)
        if not np.isfinite(summed).all():
            msg = "the sum of repeated entries must be finite"
            raise self.source.error(msg, None)
        kept = summed != 0
        unique, summed = unique[kept], summed[kept]
        return Matrix(
            self.shape,
            unique // self.shape[1],
            unique % self.shape[1],
            summed.astype(np.int64) if self.whole else summed,
            self.symmetric,
        )


def write_matrix_market(matrix: Matrix, path: str | PathLike[str]) -> None:
    """Write a matrix, in coordinates, that `read_matrix_market` reads back equal.

    Raises
    ------
    ValueError
        If a value is not finite or a whole one beyond 2**53.
    """
    values = matrix.values
    limit = 2**53 if values.dtype.kind == "i" else np.inf
    if not np.isfinite(values).all() or (np.abs(values) > limit).any():
        msg = "entries must be finite, and within ±2**53 if whole"
        raise ValueError(msg)
    kind = "integer" if values.dtype.kind == "i" else "real"
    symmetry = "symmetric" if matrix.symmetric else "general"
    entries = zip(
        (matrix.rows + 1).tolist(),
        (matrix.columns + 1).tolist(),
        values.tolist(),
        strict=True,
    )

    def lines() -> Iterator[str]:
        yield f"%%MatrixMarket matrix coordinate {kind} {symmetry}"
        yield f"{matrix.shape[0]} {matrix.shape[1]} {len(values)}"
        yield from (f"{i} {j} {spell(v)}" for i, j, v in entries)

    write_lines(path, lines())

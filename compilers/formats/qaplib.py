"""QAPLIB: n, then two matrices of n × n numbers; line breaks mean nothing.

The cost of a permutation p is Σ_ij A_ij B_p(i)p(j). A `.sln` file holds n, the optimum
and a permutation from 1; QAPLIB has both orders of the two matrices.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from os import PathLike

import numpy as np
from numpy.typing import NDArray

from compilers.formats.plain import Plain
from compilers.formats.source import MAX_EXACT, Source, spell
from compilers.formats.text import write_lines

MAX_SIDE = 1000
Table = NDArray[np.int64] | NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Qap(Plain):
    """A quadratic assignment problem: minimise Σ_ij A_ij B_p(i)p(j) over permutations p.

    Attributes
    ----------
    A, B
        Shape (n, n), int64 if all entries are whole.
    """

    A: Table
    B: Table

    @property
    def n(self) -> int:
        """Number of facilities."""
        return len(self.A)


def read_qaplib(path: str | PathLike[str], strict: bool = True) -> Qap:
    """Read a QAPLIB problem.

    Parameters
    ----------
    path
        A text file, plain or gzipped.
    strict
        If False, numbers after the second matrix are ignored and told.

    Raises
    ------
    ParseError
        If the file breaks the grammar or ends too soon.

    References
    ----------
    R. E. Burkard, S. E. Karisch, F. Rendl, "QAPLIB", J. Global Optim. 10, 391 (1997).
    """
    source = Source(path, strict=strict)
    words = source.words()
    first = next(words, None)
    if first is None:
        msg = "a QAPLIB file starts with n"
        raise source.empty(msg)
    n = source.whole(first, "n", 1, MAX_SIDE)
    A, B = _table(source, words, n, "first"), _table(source, words, n, "second")
    for _ in words:
        source.flaw("numbers follow the second matrix", "numbers after the end ignored")
        break
    source.warn()
    return Qap(A, B)


def _table(source: Source, words: Iterator[bytes], n: int, which: str) -> Table:
    values: list[float] = []
    for word in words:
        values.append(source.number(word, "an entry"))
        if len(values) == n * n:
            return as_table(values).reshape(n, n)
    msg = f"the {which} matrix needs {n * n} numbers, but there are {len(values)}"
    raise source.error(msg)


def as_table(values: list[float]) -> Table:
    """Return numbers as int64 if all of them are whole, else as float64."""
    table = np.array(values, dtype=np.float64)
    whole = np.array_equal(table, np.floor(table)) and (abs(table) <= MAX_EXACT).all()
    return table.astype(np.int64) if whole else table


def write_qaplib(problem: Qap, path: str | PathLike[str]) -> None:
    """Write a problem that `read_qaplib` reads back equal.

    Raises
    ------
    ValueError
        If the matrices are not finite, square and of one size.
    """
    tables = (np.asarray(problem.A), np.asarray(problem.B))
    n = len(tables[0])
    if not 1 <= n <= MAX_SIDE or any(table.shape != (n, n) for table in tables):
        msg = f"A and B must have shape (n, n), n 1 to {MAX_SIDE}"
        raise ValueError(msg)
    if not all(np.isfinite(table).all() for table in tables):
        msg = "A and B must be finite"
        raise ValueError(msg)
    lines = [f"{n}"]
    for table in tables:
        lines += [" ".join(map(spell, row)) for row in table.tolist()]
    write_lines(path, lines)


@dataclass(frozen=True)
class QapSolution:
    """The cost of a permutation of 1 ... n, as a `.sln` file tells it."""

    cost: float
    permutation: tuple[int, ...]


def read_qaplib_solution(path: str | PathLike[str], strict: bool = True) -> QapSolution:
    """Read a `.sln` file: n, cost, permutation from 1; commas count as blanks.

    Parameters
    ----------
    path
        A text file, plain or gzipped.
    strict
        If False, numbers after the permutation are ignored and told.

    Raises
    ------
    ParseError
        If the file breaks the grammar or this is no permutation.
    """
    source = Source(path, strict=strict)
    words = [w for line in source.lines() for w in line.replace(b",", b" ").split()]
    if len(words) < 2:
        msg = "a QAPLIB solution is n, cost and a permutation"
        raise source.empty(msg)
    n = source.whole(words[0], "n", 1, MAX_SIDE)
    cost = source.number(words[1], "the cost")
    numbers = [source.whole(word, "a facility", 1, n) for word in words[2 : n + 2]]
    if sorted(numbers) != list(range(1, n + 1)):
        msg = f"expected a permutation of 1 to {n}"
        raise source.error(msg)
    if len(words) > n + 2:
        source.flaw("numbers follow the permutation", "numbers after the end ignored")
    source.warn()
    return QapSolution(cost, tuple(numbers))


def write_qaplib_solution(solution: QapSolution, path: str | PathLike[str]) -> None:
    """Write a solution that `read_qaplib_solution` reads back equal.

    Raises
    ------
    ValueError
        If it is no permutation of 1 ... n.
    """
    n = len(solution.permutation)
    if not n or sorted(solution.permutation) != list(range(1, n + 1)):
        msg = f"permutation must be one of 1 to {n}, not {solution.permutation!r}"
        raise ValueError(msg)
    head = f"{n} {spell(solution.cost)}"
    write_lines(path, [head, " ".join(map(str, solution.permutation))])

"""DIMACS CNF: `p cnf n m`, then m clauses of literals, each ended by 0.

Clauses may run over lines. SATLIB's files end in a line `%` and a line `0`; what
follows `%` is no clause. n is kept, so that unused variables survive.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from os import PathLike

from compilers.formats.plain import Plain
from compilers.formats.source import LONG_LINE, Source
from compilers.formats.text import quote, write_lines

MAX_VARIABLES = 10_000_000
MAX_CLAUSES = 100_000_000

Clause = tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Cnf(Plain):
    """A formula in conjunctive normal form.

    Attributes
    ----------
    n
        Number of variables; they are named 1 ... n.
    clauses
        Literals as they stand in the file: v or -v. An empty clause is false.
    """

    n: int
    clauses: tuple[Clause, ...]


def read_cnf(path: str | PathLike[str], strict: bool = True) -> Cnf:
    """Read a DIMACS CNF file.

    Parameters
    ----------
    path
        A text file, plain or gzipped.
    strict
        If False, a wrong number of clauses and a missing last 0 are repaired; every
        repair is a warning.

    Raises
    ------
    ParseError
        If the file breaks the grammar: header, literal out of range, number of clauses.
    """
    source = Source(path, strict=strict)
    clauses: list[Clause] = []
    literals: list[int] = []
    n = m = header = 0
    for line in source.lines(LONG_LINE):
        if line[:1] == b"c":
            continue
        if not header:
            n, m = read_problem(source, line, b"cnf", 4)[:2]
            header = source.line
        elif line[:1] == b"%":
            break
        else:
            read_literals(source, line.split(), n, literals, clauses)
    if not header:
        msg = "a CNF file starts with 'p cnf n m'"
        raise source.empty(msg)
    if literals:
        source.flaw("the last clause has no 0 at its end", "0 added to the last clause")
        clauses.append(tuple(literals))
    source.check_count(len(clauses), m, "clauses", header)
    check_used(source, n, clauses, header)
    source.warn()
    return Cnf(n, tuple(clauses))


def write_cnf(formula: Cnf, path: str | PathLike[str]) -> None:
    """Write a formula that `read_cnf` reads back equal.

    Raises
    ------
    ValueError
        If a literal is 0 or names a variable that is not 1 ... n.
    """
    check_literals(formula.n, formula.clauses)
    body = (" ".join(map(str, (*clause, 0))) for clause in formula.clauses)
    head = [f"p cnf {formula.n} {len(formula.clauses)}"]
    write_lines(path, itertools.chain(head, body))


def read_problem(source: Source, line: bytes, kind: bytes, most: int) -> list[int]:
    """Read `p kind n m ...`: the whole numbers after the kind, 4 to `most` words."""
    words = line.split()
    if words[:2] != [b"p", kind] or not 4 <= len(words) <= most:
        name = kind.decode()
        msg = f"the header is 'p {name} n m', not {quote(line)}"
        raise source.error(msg)
    n = source.whole(words[2], "the number of variables", 0, MAX_VARIABLES)
    m = source.whole(words[3], "the number of clauses", 0, MAX_CLAUSES)
    rest = [source.whole(word, "a number of the header", 1) for word in words[4:]]
    return [n, m, *rest]


def read_literals(
    source: Source,
    words: list[bytes],
    n: int,
    literals: list[int],
    clauses: list[Clause],
) -> None:
    """Add words to the clause that is open; a 0 ends it."""
    for word in words:
        if not word.removeprefix(b"-").isdigit() or len(word) > 20:
            msg = f"a literal must be a whole number, not {quote(word)}"
            raise source.error(msg)
        literal = int(word)
        if literal == 0:
            clauses.append(tuple(literals))
            literals.clear()
        elif abs(literal) > n:
            msg = (
                f"literal {literal} is out of range: the header declares {n} variables"
            )
            raise source.error(msg)
        else:
            literals.append(literal)


def check_used(source: Source, n: int, clauses: list[Clause], header: int) -> None:
    """Check that a few bytes of header do not declare millions of variables."""
    used = sum(map(len, clauses))
    source.check_loose(n - used, "variables in no clause", header)


def check_literals(n: int, clauses: tuple[Clause, ...]) -> None:
    """Check clauses before they are written."""
    for literal in _all(clauses):
        if type(literal) is not int or not 0 < abs(literal) <= n:
            msg = f"a literal must be ±1 to ±{n}, not {literal!r}"
            raise ValueError(msg)


def _all(clauses: tuple[Clause, ...]) -> Iterator[int]:
    return itertools.chain.from_iterable(clauses)

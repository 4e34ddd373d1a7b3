"""WCNF, weighted clauses, in both grammars.

Old: `p wcnf n m [top]`, each clause begins with its weight, and one of weight >= top is
hard; without top all are soft. New (MaxSAT Evaluation 2022): no header, `h` begins a
hard clause, a weight a soft one.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from os import PathLike

from compilers.formats.cnf import Clause, check_literals, check_used, read_problem
from compilers.formats.plain import Plain
from compilers.formats.source import LONG_LINE, MAX_EXACT, Source, spell
from compilers.formats.text import quote, write_lines

MAX_VARIABLES = 10_000_000


@dataclass(frozen=True, eq=False)
class Wcnf(Plain):
    """Clauses that must hold and clauses that cost their weight if they do not.

    Attributes
    ----------
    n
        Number of variables; they are named 1 ... n.
    hard
        Clauses, tuples of literals v or -v.
    soft
        Pairs (weight, clause), weights above 0.
    """

    n: int
    hard: tuple[Clause, ...]
    soft: tuple[tuple[float, Clause], ...]


def read_wcnf(path: str | PathLike[str], strict: bool = True) -> Wcnf:
    """Read a WCNF file, old or new.

    Parameters
    ----------
    path
        A text file, plain or gzipped.
    strict
        If False, a wrong number of clauses and soft clauses of weight 0 (dropped) are
        repaired; every repair is a warning. A negative weight has no repair: to negate
        the clause, as some tools do, means one literal only.

    Raises
    ------
    ParseError
        If the file breaks the grammar, or the weights sum to more than 2**53.
    """
    source = Source(path, strict=strict)
    text = source.lines(LONG_LINE)
    lines: Iterator[bytes] = (line for line in text if line[:1] != b"c")
    line = next(lines, None)
    if line is None:
        msg = "a WCNF file starts with 'p wcnf', 'h' or a weight"
        raise source.empty(msg)
    hard: list[Clause] = []
    soft: list[tuple[float, Clause]] = []
    n, m, top, header = 0, None, None, source.line
    if line[:1] == b"p":
        n, m, *tops = read_problem(source, line, b"wcnf", 5)
        top = tops[0] if tops else None
    else:
        lines = itertools.chain([line], lines)
    words = (word for line in lines for word in line.split())
    limit = MAX_VARIABLES if m is None else n
    dropped = 0
    for word in words:
        weight = _read_weight(source, word, top, old=m is not None)
        clause = _read_clause(source, words, limit)
        if weight is None:
            hard.append(clause)
        elif weight > 0:
            soft.append((weight, clause))
        else:
            dropped += 1
    if m is None:
        clauses = (*hard, *(clause for _, clause in soft))
        n = max((abs(v) for clause in clauses for v in clause), default=0)
    else:
        source.check_count(len(hard) + len(soft) + dropped, m, "clauses", header)
    check_used(source, n, hard + [clause for _, clause in soft], header)
    total = sum(weight for weight, _ in soft)
    if not total <= MAX_EXACT:
        msg = f"the weights of the soft clauses sum to {total}, more than 2**53"
        raise source.error(msg, None)
    source.warn()
    return Wcnf(n, tuple(hard), tuple(soft))


def write_wcnf(formula: Wcnf, path: str | PathLike[str]) -> None:
    """Write a formula that `read_wcnf` reads back equal, in the old grammar.

    The old one keeps n where the last variables are in no clause. Soft clauses follow
    hard ones; top is one more than the sum of the weights, rounded up.

    Raises
    ------
    ValueError
        If a literal is out of range or a weight not above 0 or not exact.
    """
    check_literals(formula.n, formula.hard)
    check_literals(formula.n, tuple(clause for _, clause in formula.soft))
    total = 0.0
    for weight, _ in formula.soft:
        if not 0 < weight <= MAX_EXACT:
            msg = f"a weight must be > 0 and within 2**53, not {weight!r}"
            raise ValueError(msg)
        total += weight
    if total > MAX_EXACT:
        msg = f"the weights must sum to at most 2**53, not {total!r}"
        raise ValueError(msg)
    top = int(total) + 2

    def lines() -> Iterator[str]:
        count = len(formula.hard) + len(formula.soft)
        yield f"p wcnf {formula.n} {count} {top}"
        for clause in formula.hard:
            yield " ".join(map(str, (top, *clause, 0)))
        for weight, clause in formula.soft:
            yield " ".join([spell(weight), *map(str, clause), "0"])

    write_lines(path, lines())


def _read_weight(
    source: Source, word: bytes, top: int | None, *, old: bool
) -> float | None:
    """Return a soft clause's weight, None for a hard clause."""
    if word == b"h" and not old:
        return None
    if top is not None and word.isdigit() and len(word) < 20 and int(word) >= top:
        return None
    weight = source.number(word, "a weight")
    if top is not None and weight >= top:
        return None
    if weight < 0:
        msg = f"a weight must not be negative, as {quote(word)} is"
        raise source.error(msg)
    if weight == 0:
        source.flaw("a weight must be > 0", "soft clause of weight 0 dropped")
    return weight


def _read_clause(source: Source, words: Iterator[bytes], n: int) -> Clause:
    literals: list[int] = []
    begin = source.line
    for word in words:
        if not word.removeprefix(b"-").isdigit() or len(word) > 20:
            msg = f"a literal must be a whole number, not {quote(word)}"
            raise source.error(msg)
        literal = int(word)
        if literal == 0:
            return tuple(literals)
        if abs(literal) > n:
            msg = f"literal {literal} is out of range: there are {n} variables"
            raise source.error(msg)
        literals.append(literal)
    msg = "the last clause has no 0 at its end"
    raise source.error(msg, begin)

"""QPLIB's .qplib, the types without constraints: ?BN, binary variables, no constraints.

Minimise or maximise ½ xᵀQx + bᵀx + q. The file lists the lower triangle of the
symmetric Q, so that an entry i > j is the coefficient of x_i x_j, and a diagonal entry
twice that of x_i. `#`, `!` and `%` start comments. Types with constraints are refused.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from os import PathLike

from compilers.formats.mqlib import MAX_VARIABLES
from compilers.formats.quadratic import Quadratic, check_plain
from compilers.formats.source import Source, spell
from compilers.formats.terms import Terms
from compilers.formats.text import quote, write_lines

MAX_TERMS = 100_000_000
_TYPE = re.compile(r"[LDCQ][CBMIG][NBLDCQ]")


def read_qplib(path: str | PathLike[str], strict: bool = True) -> Quadratic:
    """Read a QPLIB file of type QBN, CBN, DBN or LBN, or of boxed ...BB.

    Parameters
    ----------
    path
        A text file, plain or gzipped.
    strict
        If False, repeated terms (summed) and entries above the diagonal (turned) are
        repaired; every repair is a warning.

    Returns
    -------
    Quadratic
        Variables 1 ... n; the constant is the offset. Starting points and names are
        read over.

    Raises
    ------
    ParseError
        If the file breaks the grammar, or its type has constraints or other variables.

    References
    ----------
    F. Furini et al., "QPLIB: a library of quadratic programming instances",
    Math. Prog. Comp. 11, 237 (2019).
    """
    source = Source(path, strict=strict)
    lines = _lines(source)
    _next(source, lines, "the name of the instance")
    quadratic = _read_type(source, lines)
    sense = _next(source, lines, "the sense").split()[0].lower()
    if sense not in (b"minimize", b"maximize"):
        msg = f"the sense must be minimize or maximize, not {quote(sense)}"
        raise source.error(msg)
    n = _count(source, lines, "the number of variables", 1, MAX_VARIABLES)
    header, terms = source.line, Terms(source)
    if quadratic:
        for _ in range(_count(source, lines, "the number of terms", 0, MAX_TERMS)):
            _read_pair(source, terms, _next(source, lines, "a term 'i j q'"), n)
    _read_linear(source, terms, lines, n)
    offset = _value(source, lines, "the constant")
    labels = range(1, n + 1)
    built = _merged(terms, labels, offset, header, maximise=sense == b"maximize")
    source.warn()
    return built


def write_qplib(
    function: Quadratic, path: str | PathLike[str], name: str = "pbitlab"
) -> None:
    """Write a function that `read_qplib` reads back equal.

    Raises
    ------
    ValueError
        If it is not over 0/1 variables 1 ... n.
    """
    check_plain(function, "QPLIB", sense=None, offset=True)
    pairs = [(i, j, q) for i, j, q in function.terms(first=1) if i != j]
    linear = [(i, q) for i, j, q in function.terms(first=1) if i == j]

    def lines() -> Iterator[str]:
        yield name
        yield "QBN" if pairs else "LBN"
        yield "minimize" if function.sense == "min" else "maximize"
        yield f"{function.n} # variables"
        if pairs:
            yield f"{len(pairs)} # quadratic terms"
            yield from (f"{j} {i} {spell(q)}" for i, j, q in pairs)
        yield "0 # default linear coefficient"
        yield f"{len(linear)} # other linear coefficients"
        yield from (f"{i} {spell(q)}" for i, q in linear)
        yield f"{spell(function.offset)} # constant"
        yield "1e+30 # infinity"
        yield "0 # default starting value"
        yield "0 # other starting values"
        yield "0 # variables with a name"
        yield "0 # constraints with a name"

    write_lines(path, lines())


def _lines(source: Source) -> Iterator[bytes]:
    for line in source.lines():
        text = re.split(rb"[#!%]", line, maxsplit=1)[0].strip()
        if text:
            yield text


def _next(source: Source, lines: Iterator[bytes], what: str) -> bytes:
    line = next(lines, None)
    if line is None:
        msg = f"the file ends before {what}"
        raise source.error(msg, source.line or None)
    return line


def _read_type(source: Source, lines: Iterator[bytes]) -> bool:
    """Read the type; say whether there are quadratic terms."""
    kind = _next(source, lines, "the type").decode("ascii", errors="replace").upper()
    if not _TYPE.fullmatch(kind):
        msg = f"a QPLIB type is three letters, as in QBN, not {kind[:40]!r}"
        raise source.error(msg)
    if kind[1] != "B" or kind[2] not in "NB":
        msg = (
            f"type {kind} is not read: only binary variables without constraints are "
            "(QBN, CBN, DBN, LBN)"
        )
        raise source.error(msg)
    return kind[0] != "L"


def _count(
    source: Source, lines: Iterator[bytes], what: str, low: int, high: int
) -> int:
    return source.whole(_next(source, lines, what).split()[0], what, low, high)


def _value(source: Source, lines: Iterator[bytes], what: str) -> float:
    return source.number(_next(source, lines, what).split()[0], what)


def _read_pair(source: Source, terms: Terms, line: bytes, n: int) -> None:
    words = line.split()
    if len(words) != 3:
        msg = f"a quadratic term is 'i j q', not {quote(line)}"
        raise source.error(msg)
    i, j = terms.indices(words[0], words[1], n, 1)
    value = source.number(words[2], "a coefficient")
    if i < j:
        source.flaw(
            f"a term has i >= j, not {i + 1} {j + 1}",
            "term turned to the lower triangle",
        )
    terms.add(i, j, value / 2 if i == j else value)


def _read_linear(source: Source, terms: Terms, lines: Iterator[bytes], n: int) -> None:
    """Read the linear terms into `terms`, marked by columns beyond n."""
    default = _value(source, lines, "the default linear coefficient")
    count = _count(source, lines, "the number of linear coefficients", 0, n)
    given: dict[int, float] = {}
    for _ in range(count):
        words = _next(source, lines, "a linear coefficient 'i b'").split()
        if len(words) != 2:
            msg = f"a linear coefficient is 'i b', not {quote(b' '.join(words))}"
            raise source.error(msg)
        i = source.whole(words[0], "a variable", 1, n) - 1
        if i in given:
            source.flaw(
                f"variable {i + 1} has a second linear coefficient",
                "repeated linear coefficient, the last one taken",
            )
        given[i] = source.number(words[1], "a coefficient")
    if default:
        source.check_loose(n - len(given), "default linear coefficients", source.line)
        given = {i: given.get(i, default) for i in range(n)}
    for i, value in given.items():
        terms.add(i, i + n, value)


def _merged(
    terms: Terms, labels: range, offset: float, header: int, *, maximise: bool
) -> Quadratic:
    """Fold the marked linear terms onto the diagonal, which may have entries itself."""
    n = len(labels)
    doubled = terms.build(range(2 * n), header=None)
    terms.source.check_loose(n - 2 * len(terms), "variables without a term", header)
    columns = doubled.columns.copy()
    columns[columns >= n] -= n
    sense = "max" if maximise else "min"
    function = Quadratic.from_terms(
        labels,
        doubled.rows,
        columns,
        doubled.values,
        offset,
        "BINARY",
        "max" if sense == "max" else "min",
    )
    if not all(math.isfinite(value) for value in function.values.tolist()):
        msg = "a sum of coefficients is not finite"
        raise terms.source.error(msg, None)
    return function

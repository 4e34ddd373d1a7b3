"""OR-Library bqp: the number of instances; of each `n m`, then m terms `i j q`.

*Maximise* xᵀQx, variables from 1, Q symmetric with one triangle listed: an off-diagonal
entry counts twice. Biq Mac's copies of these sets have the signs turned.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from os import PathLike

from compilers.formats.mqlib import MAX_VARIABLES
from compilers.formats.quadratic import Quadratic, check_plain, halved
from compilers.formats.source import Source, spell
from compilers.formats.terms import Terms
from compilers.formats.text import write_lines

MAX_INSTANCES = 1000
MAX_TERMS = 100_000_000


def read_orlib(path: str | PathLike[str], strict: bool = True) -> tuple[Quadratic, ...]:
    """Read all instances of an OR-Library bqp file.

    Parameters
    ----------
    path
        A text file, plain or gzipped.
    strict
        If False, repeated terms (summed) and what follows the last instance are
        repaired; every repair is a warning.

    Returns
    -------
    tuple of Quadratic
        Variables 1 ... n, sense "max".

    Raises
    ------
    ParseError
        If the file breaks the grammar.

    References
    ----------
    J. E. Beasley, "Heuristic algorithms for the unconstrained binary quadratic
    programming problem" (1998).
    """
    source = Source(path, strict=strict)
    lines = source.lines()
    (count,) = source.header(_next(source, lines), 1, "number of instances")
    instances = source.whole(count, "the number of instances", 1, MAX_INSTANCES)
    built = tuple(_read_one(source, lines) for _ in range(instances))
    for _ in lines:
        source.flaw("text after the last instance", "text after the end ignored")
    source.warn()
    return built


def _read_one(source: Source, lines: Iterator[bytes]) -> Quadratic:
    one, two = source.header(_next(source, lines), 2, "n m")
    n = source.whole(one, "the number of variables", 1, MAX_VARIABLES)
    m = source.whole(two, "the number of terms", 0, MAX_TERMS)
    header, terms = source.line, Terms(source)
    for _ in range(m):
        terms.read(_next(source, lines), n, pair=2)
    return terms.build(range(1, n + 1), sense="max", header=header)


def _next(source: Source, lines: Iterator[bytes]) -> bytes:
    line = next(lines, None)
    if line is None:
        msg = "the file ends where its headers promise more lines"
        raise source.error(msg, source.line or None)
    return line


def write_orlib(functions: Sequence[Quadratic], path: str | PathLike[str]) -> None:
    """Write functions that `read_orlib` reads back equal.

    Raises
    ------
    ValueError
        If there are none or too many, or one is not a maximum over 0/1 variables
        1 ... n without an offset.
    """
    if not 1 <= len(functions) <= MAX_INSTANCES:
        msg = f"functions must be 1 to {MAX_INSTANCES}, not {len(functions)}"
        raise ValueError(msg)
    lines = [f"{len(functions)}"]
    for function in functions:
        check_plain(function, "OR-Library", sense="max")
        terms = list(halved(function, "OR-Library"))
        lines.append(f"{function.n} {len(terms)}")
        lines += [f"{i} {j} {spell(q)}" for i, j, q in terms]
    write_lines(path, lines)

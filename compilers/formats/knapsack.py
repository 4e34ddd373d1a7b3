"""0/1 knapsack: `n capacity`, then n pairs `profit weight`; line breaks mean nothing.

Some files end with a solution, n numbers 0 or 1.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from os import PathLike

from compilers.formats.plain import Plain
from compilers.formats.source import Source, spell
from compilers.formats.text import write_lines

MAX_ITEMS = 1_000_000


@dataclass(frozen=True, eq=False)
class KnapsackData(Plain):
    """Items and a capacity.

    Attributes
    ----------
    profits, weights
        One number an item; weights at least 0.
    capacity
        What the weights of chosen items may sum to.
    solution
        0 or 1 an item, where the file ends with a solution.
    """

    profits: tuple[float, ...]
    weights: tuple[float, ...]
    capacity: float
    solution: tuple[int, ...] | None = None


def read_knapsack(path: str | PathLike[str], strict: bool = True) -> KnapsackData:
    """Read a knapsack problem (Pisinger's and Ortega's sets).

    Parameters
    ----------
    path
        A text file, plain or gzipped.
    strict
        If False, numbers after the last item that are no solution are ignored.

    Raises
    ------
    ParseError
        If the file breaks the grammar, or a weight or the capacity is negative.
    """
    source = Source(path, strict=strict)
    words = source.words()
    first = next(words, None)
    if first is None:
        msg = "a knapsack file starts with 'n capacity'"
        raise source.empty(msg)
    n = source.whole(first, "the number of items", 1, MAX_ITEMS)
    header = source.line
    values = [
        _number(source, word, k)
        for k, word in enumerate(itertools.islice(words, 2 * n + 1))
    ]
    if len(values) < 2 * n + 1:
        items = max(len(values) - 1, 0) // 2
        msg = f"the header declares {n} items, but there are {items}"
        raise source.error(msg, header)
    solution = tuple(source.whole(w, "an item of the solution", 0, 1) for w in words)
    if solution and len(solution) != n:
        source.flaw(
            f"{len(solution)} numbers follow the last item, but a solution has {n}",
            "numbers after the end ignored",
        )
        solution = ()
    source.warn()
    return KnapsackData(
        tuple(values[1::2]), tuple(values[2::2]), values[0], solution or None
    )


def _number(source: Source, word: bytes, k: int) -> float:
    """Return number k of the capacity and then profits and weights in turn."""
    what = "the capacity" if k == 0 else "a weight" if k % 2 == 0 else "a profit"
    value = source.number(word, what)
    if value < 0 and k % 2 == 0:
        msg = f"{what} must be at least 0, not {value}"
        raise source.error(msg)
    return value


def write_knapsack(problem: KnapsackData, path: str | PathLike[str]) -> None:
    """Write a problem that `read_knapsack` reads back equal.

    Raises
    ------
    ValueError
        If there are no items, or not as many of one thing as of another.
    """
    if not problem.profits or len(problem.profits) != len(problem.weights):
        msg = (
            "profits and weights must be one or more, and as many of each, not "
            f"{len(problem.profits)} and {len(problem.weights)}"
        )
        raise ValueError(msg)
    if problem.solution is not None and len(problem.solution) != len(problem.profits):
        msg = f"solution must have {len(problem.profits)} numbers"
        raise ValueError(msg)
    lines = [f"{len(problem.profits)}", spell(problem.capacity)]
    pairs = zip(problem.profits, problem.weights, strict=True)
    lines += [f"{spell(profit)} {spell(weight)}" for profit, weight in pairs]
    if problem.solution is not None:
        lines.append(" ".join(map(spell, problem.solution)))
    write_lines(path, lines)

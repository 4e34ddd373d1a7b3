"""0/1 knapsack: `n capacity`, then n pairs `profit weight`; line breaks mean nothing."""

from __future__ import annotations

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
        One number an item, at least 0.
    capacity
        What the weights of chosen items may sum to.
    """

    profits: tuple[float, ...]
    weights: tuple[float, ...]
    capacity: float


def read_knapsack(path: str | PathLike[str], strict: bool = True) -> KnapsackData:
    """Read a knapsack problem (Pisinger's and Ortega's sets).

    Parameters
    ----------
    path
        A text file, plain or gzipped.
    strict
        If False, numbers after the last item are ignored and told.

    Raises
    ------
    ParseError
        If the file breaks the grammar, or a number is negative.
    """
    source = Source(path, strict=strict)
    words = source.words()
    first = next(words, None)
    if first is None:
        msg = "a knapsack file starts with 'n capacity'"
        raise source.empty(msg)
    n = source.whole(first, "the number of items", 1, MAX_ITEMS)
    header = source.line
    values: list[float] = []
    for word in words:
        if len(values) == 2 * n + 1:
            source.flaw("numbers follow the last item", "numbers after the end ignored")
            break
        what = "a profit or weight" if values else "the capacity"
        values.append(source.number(word, what))
        if values[-1] < 0:
            msg = f"{what} must be at least 0, not {values[-1]}"
            raise source.error(msg)
    if len(values) < 2 * n + 1:
        msg = f"the header declares {n} items, but there are {max(len(values) - 1, 0) // 2}"
        raise source.error(msg, header)
    source.warn()
    return KnapsackData(tuple(values[1::2]), tuple(values[2::2]), values[0])


def write_knapsack(problem: KnapsackData, path: str | PathLike[str]) -> None:
    """Write a problem that `read_knapsack` reads back equal.

    Raises
    ------
    ValueError
        If there are no items, or not as many weights as profits.
    """
    if not problem.profits or len(problem.profits) != len(problem.weights):
        msg = (
            "profits and weights must be one or more, and as many of each, not "
            f"{len(problem.profits)} and {len(problem.weights)}"
        )
        raise ValueError(msg)
    lines = [f"{len(problem.profits)} {spell(problem.capacity)}"]
    pairs = zip(problem.profits, problem.weights, strict=True)
    lines += [f"{spell(profit)} {spell(weight)}" for profit, weight in pairs]
    write_lines(path, lines)

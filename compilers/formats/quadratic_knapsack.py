"""Quadratic knapsack of Billionnet and Soutif (`jeu_*`).

A name, n, n linear profits, the pair profits of the upper triangle (n - 1 of item 1,
n - 2 of item 2, ...), the type of the constraint (0: at most, 1: equal), the capacity, n
weights; comments follow.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from os import PathLike

import numpy as np

from compilers.formats.plain import Plain
from compilers.formats.qaplib import Table, as_table
from compilers.formats.source import Source, spell
from compilers.formats.text import quote, write_lines

MAX_ITEMS = 3000


@dataclass(frozen=True, eq=False)
class QuadraticKnapsack(Plain):
    """Maximise Σ p_i x_i + Σ_{i<j} P_ij x_i x_j with Σ w_i x_i <= capacity.

    Attributes
    ----------
    name
        As the file has it.
    profits
        Of single items, shape (n,).
    pairs
        Of pairs, strictly upper triangular, shape (n, n).
    weights
        Shape (n,).
    capacity
        What the weights may sum to.
    """

    name: str
    profits: Table
    pairs: Table
    weights: Table
    capacity: float


def read_quadratic_knapsack(
    path: str | PathLike[str], strict: bool = True
) -> QuadraticKnapsack:
    """Read a quadratic knapsack problem.

    Parameters
    ----------
    path
        A text file, plain or gzipped.
    strict
        Accepted for symmetry; nothing here can be repaired.

    Raises
    ------
    ParseError
        If the file breaks the grammar, or its constraint is an equation.

    References
    ----------
    A. Billionnet, E. Soutif, INFORMS J. Comput. 16, 188 (2004).
    """
    source = Source(path, strict=strict)
    lines = source.lines(2**20)
    name = next(lines, None)
    if name is None:
        msg = "a quadratic knapsack file starts with its name"
        raise source.empty(msg)
    words = (word for line in lines for word in line.split())
    (n,) = _numbers(source, words, 1, "n")
    if not isinstance(n, int) or not 1 <= n <= MAX_ITEMS:
        msg = f"the number of items must be 1 to {MAX_ITEMS}, not {n}"
        raise source.error(msg)
    profits = _numbers(source, words, n, "profits")
    upper = _numbers(source, words, n * (n - 1) // 2, "profits of pairs")
    kind, capacity = _numbers(source, words, 2, "type and capacity")
    if kind != 0:
        msg = f"the type of the constraint must be 0 (at most), not {kind}"
        raise source.error(msg)
    weights = _numbers(source, words, n, "weights")
    if min(weights) < 0 or capacity < 0:
        msg = "weights and the capacity must be at least 0"
        raise source.error(msg)
    table = as_table(upper)
    pairs: Table = np.zeros((n, n), dtype=table.dtype)  # type: ignore[assignment]
    pairs[np.triu_indices(n, 1)] = table
    text = name.decode(errors="replace")
    source.warn()
    return QuadraticKnapsack(
        text, as_table(profits), pairs, as_table(weights), capacity
    )


def _numbers(
    source: Source, words: Iterator[bytes], count: int, what: str
) -> list[float]:
    values: list[float] = []
    while len(values) < count:
        word = next(words, None)
        if word is None:
            msg = f"the file ends after {len(values)} of {count} {what}"
            raise source.error(msg)
        values.append(source.number(word, f"a number of the {what}"))
    return values


def write_quadratic_knapsack(
    problem: QuadraticKnapsack, path: str | PathLike[str]
) -> None:
    """Write a problem that `read_quadratic_knapsack` reads back equal.

    Raises
    ------
    ValueError
        If sizes differ, pairs are not strictly upper triangular, or the name is empty
        or would break the line.
    """
    n = len(problem.profits)
    if not n or len(problem.weights) != n or problem.pairs.shape != (n, n):
        msg = (
            "profits, weights and pairs must have shapes (n,), (n,) and (n, n), n >= 1"
        )
        raise ValueError(msg)
    if np.tril(problem.pairs).any():
        msg = "pairs must be strictly upper triangular"
        raise ValueError(msg)
    name = problem.name
    if not name or not name.isprintable() or name.strip() != name:
        msg = f"the name must be one line without blanks around it, not {quote(name.encode())}"
        raise ValueError(msg)

    def join(values: Table) -> str:
        return " ".join(map(spell, values.tolist()))

    lines = [name, f"{n}", join(problem.profits)]
    lines += [join(problem.pairs[i, i + 1 :]) for i in range(n - 1)]
    lines += ["", "0", spell(problem.capacity), join(problem.weights)]
    write_lines(path, lines)

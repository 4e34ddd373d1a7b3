"""QUBO: a quadratic function of 0/1 variables, smallest or largest."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import ArrayLike, NDArray

from compilers.problems.data import MAX_EXACT, describe, reason_against
from compilers.program import Program, Sense
from pbit.checks import Floats, States, check_choice
from pbit.conventions import from_qubo
from pbit.model import IsingModel


def qubo(
    Q: ArrayLike | sp.sparray | sp.spmatrix | Mapping[tuple[Any, Any], float],
    offset: float = 0.0,
    sense: Sense = "min",
    labels: Sequence[Hashable] | None = None,
) -> Program:
    r"""Compile the optimum of :math:`\sum_{ij} Q_{ij} s_i s_j + offset`, s = 0/1.

    One p-bit a variable; none is fixed. The energy is the objective ("min") or its
    negative ("max").

    Parameters
    ----------
    Q
        A square matrix, dense or sparse, or ``{(i, j): q}``. Every entry is one term,
        counted as written: a symmetric matrix counts every product twice, a triangular
        one once. Entries (i, i) are the linear terms.
    offset
        Constant added to the objective.
    sense
        "min" or "max".
    labels
        Names of the variables; see :func:`pbit.conventions.from_qubo`.

    Returns
    -------
    Program
        Solutions are ``{label: 0 or 1}``.

    Raises
    ------
    TypeError, ValueError
        If Q is not square, an entry or the offset is not a finite number, labels do not
        fit, or `sense` is another word.

    Examples
    --------
    >>> program = qubo({("a", "a"): 2, ("b", "b"): 3, ("a", "b"): -4}, sense="max")
    >>> program.objective({"a": 0, "b": 1})
    3
    >>> program.model.energy([-1, 1]).item()
    -3.0
    """
    check_choice("sense", sense, ("min", "max"))
    model = from_qubo(Q, offset, labels)
    rows, columns, values = _terms(Q, model)
    if sense == "max":
        model = IsingModel(-model.J, 0.0 - model.h, 0.0 - model.offset, model.labels)
    problem = Qubo(tuple(model.labels), rows, columns, values, float(offset), sense)
    record = describe(
        "QUBO",
        model,
        [model.n, rows.tolist(), columns.tolist(), values.tolist(), float(offset)],
        how=f"qubo(sense={sense!r}); energy = {'-' * (sense == 'max')}objective",
        sense=sense,
    )
    return Program(model, problem, record)


def _terms(
    Q: Any, model: IsingModel
) -> tuple[NDArray[np.int64], NDArray[np.int64], Floats]:
    """Return places and values of the entries, as they were given."""
    if isinstance(Q, Mapping):
        rows = [model.index(i) for i, _ in Q]
        columns = [model.index(j) for _, j in Q]
        values = np.fromiter(Q.values(), np.float64, len(Q))
        return np.array(rows, np.int64), np.array(columns, np.int64), values
    entries = sp.coo_array(Q if sp.issparse(Q) else np.asarray(Q))
    return (
        entries.row.astype(np.int64),
        entries.col.astype(np.int64),
        entries.data.astype(np.float64),
    )


@dataclass(frozen=True, eq=False)
class Qubo:
    """The judge: the terms as they were given."""

    labels: tuple[Hashable, ...]
    rows: NDArray[np.int64]
    columns: NDArray[np.int64]
    values: Floats
    offset: float
    sense: Sense

    def decode(self, state: States) -> dict[Hashable, int]:
        """Return ``{label: 0 or 1}``."""
        return dict(zip(self.labels, (state > 0).astype(int).tolist(), strict=True))

    def check(self, solution: Mapping[Hashable, int]) -> bool:
        """Say whether every variable, and nothing else, is 0 or 1."""
        return self._reason(solution) is None

    def objective(self, solution: Mapping[Hashable, int]) -> float:
        """Return the value of the function; an int if all its terms are whole."""
        reason = self._reason(solution)
        if reason is not None:
            raise ValueError(reason)
        bits = np.fromiter(
            (solution[v] for v in self.labels), np.int8, len(self.labels)
        )
        chosen = self.values[(bits[self.rows] & bits[self.columns]) > 0]
        total = float(chosen.sum()) + self.offset
        whole = self.offset.is_integer() and bool((self.values % 1 == 0).all())
        exact = whole and np.abs(self.values).sum() + abs(self.offset) <= MAX_EXACT
        return int(total) if exact else total

    def _reason(self, solution: Mapping[Hashable, int]) -> str | None:
        return reason_against(solution, dict.fromkeys(self.labels, (0, 1)), "variable")

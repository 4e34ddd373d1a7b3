"""Quadratic optimisation over 0/1 variables with linear constraints."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp

from compilers.problems.data import (
    check_number,
    check_penalty,
    describe,
    exact,
    margin,
)
from compilers.problems.integer_program import integer_program
from compilers.program import Problem, Program, Sense
from pbit.checks import States, check_choice
from pbit.conventions import from_qubo
from pbit.model import IsingModel

Products = Mapping[tuple[Hashable, Hashable], float]


def pseudo_boolean(
    variables: Sequence[Hashable],
    constraints: Iterable[tuple[Mapping[Hashable, float], str, float]],
    objective: Products,
    offset: float = 0.0,
    sense: Sense = "min",
    *,
    penalty: float | None = None,
) -> Program:
    r"""Compile a quadratic function of 0/1 variables under linear constraints.

    .. math:: f(x) = c + \sum_{i \le j} q_{ij} x_i x_j

    Constraints become couplings as in :func:`compilers.integer_program`. Its penalty P,
    which any broken constraint costs at least, is the sum of :math:`|q_{ij}|`, the most
    that two values of f can differ by, and a margin: 1, or the smallest coefficient if
    not all are whole. So every feasible solution lies below every other state.

    Parameters
    ----------
    variables
        Their names.
    constraints
        ``({name: coefficient}, "<=" or "==" or ">=", right-hand side)``.
    objective
        ``{(name, name): coefficient}``, each product once; (i, i) is linear.
    offset
        Constant of the objective.
    sense
        "min" or "max".
    penalty
        P, in place of the compiler's own.

    Returns
    -------
    Program
        Solutions are ``{name: 0 or 1}``. The energy of a feasible one is the objective
        ("min") or its negative. Variables that a single constraint settles are fixed.

    Raises
    ------
    TypeError, ValueError
        If an argument breaks a rule above, or the constraints leave a variable no value.

    Examples
    --------
    >>> program = pseudo_boolean(
    ...     "abc", [(dict.fromkeys("abc", 1), "==", 2)], {("a", "b"): 3, ("c", "c"): 1}
    ... )
    >>> program.objective({"a": 1, "b": 0, "c": 1}), program.check({"a": 1, "b": 0, "c": 0})
    (1.0, False)
    """
    check_choice("sense", sense, ("min", "max"))
    names = tuple(variables)
    terms = _checked(names, objective)
    constant = float(check_number("offset", offset))
    if penalty is None:
        weights = [value for value in terms.values() if value]
        price = float(sum(abs(exact(value)) for value in weights) + margin(weights))
    else:
        price = float(check_penalty(penalty))
    rows = list(constraints)
    base = integer_program(dict.fromkeys(names, (0, 1)), rows, penalty=price)
    assert isinstance(base.model, IsingModel)  # noqa: S101 - it makes no other
    sign = 1.0 if sense == "min" else -1.0
    fixed = base.problem.decode(-np.ones(base.n, dtype=np.int8))
    free = set(base.model.labels)
    goal = _on_p_bits(
        base.model.labels,
        terms,
        {name: value for name, value in fixed.items() if name not in free},
        constant,
        sign,
    )
    model = IsingModel(
        base.model.J + goal.J,
        base.model.h + goal.h,
        base.model.offset + goal.offset,
        base.model.labels,
    )
    record = describe(
        "pseudo-Boolean program",
        model,
        [list(names), repr(rows), list(terms.items()), constant, sense],
        how=f"pseudo_boolean(sense={sense!r}, penalty={penalty!r})",
        sense=sense,
        penalty=price,
        variables=len(names),
        constraints=len(rows),
    )
    record["fixed"] = base.provenance["fixed"]
    return Program(
        model, PseudoBooleanProgram(base.problem, terms, constant, sense), record
    )


def _checked(
    names: tuple[Hashable, ...], objective: Products
) -> dict[tuple[Hashable, Hashable], float]:
    known = set(names)
    if len(known) < len(names):
        msg = "variables must have names of their own, one is there twice"
        raise ValueError(msg)
    terms: dict[tuple[Hashable, Hashable], float] = {}
    for (a, b), value in objective.items():
        for name in (a, b):
            if name not in known:
                msg = f"objective names {name!r}, which is no variable"
                raise ValueError(msg)
        terms[a, b] = check_number(f"objective[{a!r}, {b!r}]", value)
    return terms


def _on_p_bits(
    labels: Sequence[Hashable],
    terms: Products,
    fixed: Mapping[Hashable, int],
    constant: float,
    sign: float,
) -> IsingModel:
    """Return the objective as a model of all p-bits, slack bits included."""
    place = {label: k for k, label in enumerate(labels)}
    rows, columns, values = [], [], []
    for (a, b), value in terms.items():
        factor = value * fixed.get(a, 1) * fixed.get(b, 1)
        if a in fixed and b in fixed:
            constant += factor
        elif factor:
            rows.append(place[b if a in fixed else a])
            columns.append(place[a if b in fixed else b])
            values.append(sign * factor)
    n = len(labels)
    matrix = sp.coo_array((values, (rows, columns)), shape=(n, n), dtype=np.float64)
    return from_qubo(matrix.tocsr(), sign * constant, labels)


@dataclass(frozen=True, eq=False)
class PseudoBooleanProgram:
    """The judge: constraints as they were given, and the objective."""

    constraints: Problem
    terms: Products
    offset: float
    sense: Sense

    def decode(self, state: States) -> dict[Hashable, int]:
        """Return ``{name: 0 or 1}``."""
        return self.constraints.decode(state)

    def check(self, solution: Mapping[Hashable, int]) -> bool:
        """Say whether every constraint holds."""
        return self.constraints.check(solution)

    def objective(self, solution: Mapping[Hashable, int]) -> float:
        """Return the value of the function; a ValueError says why there is none."""
        self.constraints.objective(solution)  # refuses what is no solution
        total: Any = self.offset
        for (a, b), value in self.terms.items():
            total += value * solution[a] * solution[b]
        return float(total)

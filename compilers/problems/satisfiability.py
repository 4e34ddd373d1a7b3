"""SAT and MaxSAT: make clauses true, all of them or the heaviest."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from compilers.problems.building import Reader
from compilers.problems.clauses import Clause, ClauseTerms, propagate
from compilers.problems.data import (
    Number,
    check_numbers,
    check_penalty,
    describe,
    margin,
    reason_against,
)
from compilers.program import Program, Sense
from pbit.checks import States, check_count


def satisfiability(
    clauses: Iterable[Sequence[int]], n_variables: int | None = None
) -> Program:
    r"""Compile a formula in conjunctive normal form, clauses of any length.

    The energy is the number of false clauses, once the auxiliary p-bits have settled.
    A clause of k literals is false where the product of their negations
    :math:`y_1 y_2 \dots y_k` is 1; it takes max(k - 2, 0) auxiliary p-bits, a chain
    :math:`w_1 = y_1 y_2, w_2 = w_1 y_3, \dots` of Rosenberg's penalties

    .. math:: y_1 y_2 - 2 y_1 w - 2 y_2 w + 3 w \ge [w \ne y_1 y_2]

    at strength 1: to break one costs no less than the clause it would save. Where all
    clauses are true the auxiliaries are determined, so that there are as many ground
    states as satisfying assignments.

    Variables that unit clauses force, one after the other, are fixed; where that ends in
    a contradiction nothing is fixed, and ``provenance["refuted"]`` is True. (If a formula
    is not satisfiable and this does not show, the ground states are the best of the
    assignments that obey the forced variables. `max_sat` makes no such assumption.)

    Parameters
    ----------
    clauses
        Lists of literals as in DIMACS files: v for variable v (from 1), -v for its
        negation. A literal that is repeated counts once; an empty clause is false.
    n_variables
        The number of variables; the largest that is named if omitted. Variables in no
        clause are free p-bits.

    Returns
    -------
    Program
        Solutions are ``{variable: 0 or 1}``; the objective is the number of true
        clauses, sense "max"; `check` asks for all of them.

    Raises
    ------
    TypeError, ValueError
        If a literal is 0 or no whole number, or there is no variable.

    References
    ----------
    I. G. Rosenberg, Cahiers CERO 17, 71 (1975).

    Examples
    --------
    >>> program = satisfiability([[1, -2, 3], [2, 3], [-3]])
    >>> program.provenance["fixed"]
    [[1, 1], [2, 1], [3, 0]]
    >>> program.check({1: 1, 2: 1, 3: 0}), program.objective({1: 0, 2: 1, 3: 0})
    (True, 2)
    """
    hard = _checked("clauses", clauses)
    formula = Formula((), (), hard, _count([], hard, n_variables))
    return _compile(formula, "satisfiability", "satisfiability()", [1] * len(hard))


def max_sat(
    clauses: Iterable[Sequence[int]],
    weights: Sequence[float] | None = None,
    hard: Iterable[Sequence[int]] = (),
    n_variables: int | None = None,
    *,
    penalty: float | None = None,
) -> Program:
    r"""Compile weighted MaxSAT, with or without clauses that have to be true.

    The energy is the weight of the false soft clauses, plus a penalty for every hard one
    that is false; clauses become couplings as in `satisfiability`, times their weight.

    A hard clause's penalty is the smallest of two bounds, plus a margin of 1 (or the
    smallest weight, if not all are whole). All soft clauses together are always enough.
    If the clause has a literal whose negation is in no hard clause, one can make it true
    without harm to other hard clauses, so that the soft clauses with that negation are
    enough.

    Variables that hard unit clauses force, one after the other, are fixed.

    Parameters
    ----------
    clauses, hard
        Soft and hard clauses, as in `satisfiability`.
    weights
        Of the soft clauses, at least 0; 1 each if omitted.
    n_variables
        As in `satisfiability`.
    penalty
        Of every hard clause, in place of the compiler's own.

    Returns
    -------
    Program
        Solutions are ``{variable: 0 or 1}``; the objective is the weight of the true soft
        clauses, sense "max"; `check` asks for all hard clauses.

    Raises
    ------
    TypeError, ValueError
        If a clause or weight breaks a rule above, or unit propagation finds that the hard
        clauses contradict each other.

    Examples
    --------
    >>> program = max_sat([[1], [2]], [2, 3], hard=[[-1, -2]])
    >>> program.provenance["penalties"], program.objective({1: 0, 2: 1})
    ([3, 3], 3)
    """
    soft, must = _checked("clauses", clauses), _checked("hard", hard)
    given = [1] * len(soft) if weights is None else check_numbers("weights", weights, 0)
    if len(given) != len(soft):
        msg = f"weights must be {len(soft)} numbers, one a clause, not {len(given)}"
        raise ValueError(msg)
    formula = Formula(soft, tuple(given), must, _count(soft, must, n_variables))
    strengths = _bounds(formula)
    if penalty is not None:
        strengths = [check_penalty(penalty)] * len(must)
    how = f"max_sat(penalty={penalty!r})"
    program = _compile(formula, "max-SAT", how, strengths)
    if program.provenance["refuted"]:
        msg = "the hard clauses contradict each other, by unit propagation alone"
        raise ValueError(msg)
    return program


def _checked(name: str, clauses: Any) -> tuple[Clause, ...]:
    if isinstance(clauses, str | Mapping) or not isinstance(clauses, Iterable):
        msg = f"{name} must be a list of lists of literals, not {clauses!r}"
        raise TypeError(msg)
    return tuple(_literals(f"{name}[{k}]", clause) for k, clause in enumerate(clauses))


def _literals(name: str, clause: Any) -> Clause:
    literals: dict[int, None] = {}
    for value in check_numbers(name, clause):
        if not isinstance(value, int) or value == 0:
            msg = f"{name} must hold whole numbers other than 0, not {value!r}"
            raise ValueError(msg)
        literals[value] = None
    return tuple(literals)


def _count(
    soft: Sequence[Clause], hard: Sequence[Clause], n_variables: int | None
) -> int:
    clauses = [*soft, *hard]
    named = max((abs(v) for clause in clauses for v in clause), default=0)
    n = named if n_variables is None else check_count("n_variables", n_variables, 0)
    if n < 1:
        msg = f"n_variables must be at least 1, not {n}"
        raise ValueError(msg)
    if named > n:
        msg = f"a clause names variable {named}, but there are only {n}"
        raise ValueError(msg)
    return n


@dataclass(frozen=True)
class Formula:
    """Soft clauses with weights, hard clauses, the number of variables."""

    soft: tuple[Clause, ...]
    weights: tuple[Number, ...]
    hard: tuple[Clause, ...]
    n: int


def _bounds(formula: Formula) -> list[Number]:
    """Return the penalties of the hard clauses that the docstring derives."""
    against: dict[int, Number] = {}  # literal -> soft weight that its truth may cost
    for clause, weight in zip(formula.soft, formula.weights, strict=True):
        for literal in clause:
            against[-literal] = against.get(-literal, 0) + weight
    negated = {-literal for clause in formula.hard for literal in clause}
    everything = sum(formula.weights)
    spare = margin(formula.weights)
    return [
        min([everything, *(against.get(v, 0) for v in clause if v not in negated)])
        + spare
        for clause in formula.hard
    ]


def _compile(
    formula: Formula, what: str, how: str, strengths: Sequence[Number]
) -> Program:
    forced = propagate(formula.hard)
    terms = ClauseTerms(formula.n, forced or {})
    for clause, weight in zip(
        (*formula.soft, *formula.hard), (*formula.weights, *strengths), strict=True
    ):
        terms.add(clause, weight)
    builder = terms.builder()
    model, fixed = builder.build()
    record = describe(
        what,
        model,
        [formula.soft, formula.weights, formula.hard, formula.n],
        how=how,
        sense="max",
        fixed=fixed,
        refuted=forced is None,
        clauses=[len(formula.soft), len(formula.hard)],
        penalties=[min(strengths), max(strengths)] if strengths else None,
    )
    return Program(model, Satisfiability(formula, builder.reader()), record)


@dataclass(frozen=True, eq=False)
class Satisfiability:
    """The judge of assignments: the clauses as they were given."""

    formula: Formula
    reader: Reader
    sense: Sense = "max"

    def decode(self, state: States) -> dict[Hashable, int]:
        """Return ``{variable: 0 or 1}``."""
        values = self.reader.bits(state)[: self.formula.n].tolist()
        return dict(enumerate(values, start=1))

    def check(self, solution: Mapping[Hashable, int]) -> bool:
        """Say whether it is an assignment that makes every hard clause true."""
        if self._reason(solution) is not None:
            return False
        return all(_is_true(clause, solution) for clause in self.formula.hard)

    def objective(self, solution: Mapping[Hashable, int]) -> Number:
        """Return the weight of the true soft clauses; without any, count true clauses."""
        reason = self._reason(solution)
        if reason is not None:
            raise ValueError(reason)
        formula = self.formula
        if not formula.soft:
            return sum(_is_true(clause, solution) for clause in formula.hard)
        both = zip(formula.soft, formula.weights, strict=True)
        return sum(weight for clause, weight in both if _is_true(clause, solution))

    def _reason(self, solution: Mapping[Hashable, int]) -> str | None:
        names: list[Hashable] = list(range(1, self.formula.n + 1))
        return reason_against(solution, dict.fromkeys(names, (0, 1)), "variable")


def _is_true(clause: Clause, solution: Mapping[Hashable, int]) -> bool:
    return any(solution[abs(literal)] == (literal > 0) for literal in clause)

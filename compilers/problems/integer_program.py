"""Bounded integer linear programs: variables in ranges, linear constraints, slack bits."""

from __future__ import annotations

import operator
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from compilers.problems.building import QuboBuilder, Reader
from compilers.problems.constraints import (
    Bounds,
    ConstraintTerms,
    Encoding,
    encode,
    scaled,
    tightened,
)
from compilers.problems.data import (
    Number,
    check_number,
    check_penalty,
    check_whole,
    describe,
    exact,
    margin,
    reason_against,
)
from compilers.program import Program, Sense
from pbit.checks import States, check_choice


def integer_program(
    bounds: Mapping[Hashable, tuple[int, int]],
    constraints: Iterable[tuple[Mapping[Hashable, float], str, float]] = (),
    objective: Mapping[Hashable, float] | None = None,
    sense: Sense = "min",
    *,
    penalty: float | None = None,
) -> Program:
    r"""Compile an integer linear program over bounded variables.

    A variable is its lower bound plus bits of weights 1, 2, 4 ..., the last cut down so
    that the bits end where the range does. A constraint that can be broken adds
    :math:`P (\sum_i a_i x_i + s - b)^2` with slack bits for s (none for "=="); where no
    two of its 0/1 variables can be used together, the products of pairs, times P,
    take the place of slack bits. Coefficients are scaled to whole numbers without common
    divisor first.

    P is the range of the objective, from its lowest to its highest value within the
    bounds, and a margin: 1, or the smallest coefficient if not all are whole. A broken
    constraint costs P at least, so every feasible solution lies below every other state.
    (If there is none, the ground states fail their check.)

    Bounds are tightened by the constraints first, round after round, at most 100; a
    variable with one value left is fixed.

    Parameters
    ----------
    bounds
        ``{name: (lowest, highest)}``, whole numbers.
    constraints
        ``({name: coefficient}, "<=" or "==" or ">=", right-hand side)``; decimal
        fractions are taken exactly.
    objective
        ``{name: coefficient}``; omitted, any feasible solution will do.
    sense
        "min" or "max".
    penalty
        P, in place of the compiler's own.

    Returns
    -------
    Program
        Solutions are ``{name: value}``. The energy of a feasible one is the objective
        ("min") or its negative. Labels are names where a variable takes one bit, else
        (name, bit); ("slack", constraint, bit).

    Raises
    ------
    TypeError, ValueError
        If an argument breaks a rule above, the constraints leave a variable no value, or
        coefficients grow beyond 2**53.

    Examples
    --------
    >>> program = integer_program(
    ...     {"x": (0, 3), "y": (0, 3)}, [({"x": 2, "y": 3}, "<=", 7)], {"x": 3, "y": 4}, "max"
    ... )
    >>> program.objective({"x": 2, "y": 1}), program.check({"x": 3, "y": 1})
    (10, False)
    """
    task = _checked(bounds, constraints, objective, sense)
    rows = [scaled(k, *row) for k, row in enumerate(task.constraints)]
    box = tightened(task.bounds, rows)
    encoding, labels = encode(box)
    strength = _bound(task, box)
    if penalty is not None:
        strength = check_penalty(penalty)
    parts = ConstraintTerms(box, encoding, labels)
    for k, row in enumerate(rows):
        parts.add(k, row)
    builder = QuboBuilder(labels)
    parts.fill(builder, strength)
    sign = 1 if sense == "min" else -1
    for name, c in task.objective.items():
        builder.add_constant(sign * c * box[name][0])
        for place, weight in encoding[name]:
            builder.add_linear(place, sign * c * weight)
    model, _ = builder.build()
    fixed = {name: low for name, (low, high) in box.items() if low == high}
    data = [
        list(task.bounds.items()),
        [[list(row.items()), relation, b] for row, relation, b in task.constraints],
        list(task.objective.items()),
        sense,
    ]
    record = describe(
        "integer program",
        model,
        data,
        how=f"integer_program(sense={sense!r}, penalty={penalty!r})",
        sense=sense,
        fixed=fixed,
        penalty=strength,
        variables=len(box),
        constraints=len(rows),
    )
    return Program(model, IntegerProgram(task, box, encoding, builder.reader()), record)


@dataclass(frozen=True, eq=False)
class Task:
    """A program as it was given, checked."""

    bounds: Bounds
    constraints: list[tuple[dict[Hashable, Number], str, Number]]
    objective: dict[Hashable, Number]
    sense: Sense


def _checked(bounds: Any, constraints: Any, objective: Any, sense: Any) -> Task:
    check_choice("sense", sense, ("min", "max"))
    if not isinstance(bounds, Mapping):
        msg = f"bounds must be a mapping {{name: (lowest, highest)}}, not {bounds!r}"
        raise TypeError(msg)
    if not bounds:
        msg = "bounds must name at least 1 variable, not 0"
        raise ValueError(msg)
    box: Bounds = {}
    for name, pair in bounds.items():
        if not isinstance(pair, Sequence) or len(pair) != 2:
            msg = f"bounds[{name!r}] must be (lowest, highest), not {pair!r}"
            raise TypeError(msg)
        low, high = (check_whole(f"bounds[{name!r}]", value) for value in pair)
        if low > high:
            msg = f"bounds[{name!r}] must not be empty: {low} > {high}"
            raise ValueError(msg)
        box[name] = (low, high)
    rows = []
    for k, row in enumerate(constraints):
        if not isinstance(row, Sequence) or len(row) != 3:
            msg = (
                f"constraints[{k}] must be (coefficients, relation, bound), not {row!r}"
            )
            raise TypeError(msg)
        check_choice(f"the relation of constraints[{k}]", row[1], ("<=", "==", ">="))
        factors = _factors(f"constraints[{k}]", row[0], box)
        rows.append((factors, row[1], check_number(f"constraints[{k}][2]", row[2])))
    return Task(box, rows, _factors("objective", objective or {}, box), sense)


def _factors(name: str, row: Any, box: Bounds) -> dict[Hashable, Number]:
    if not isinstance(row, Mapping):
        msg = f"{name} must map names to coefficients, not {row!r}"
        raise TypeError(msg)
    for variable in row:
        if variable not in box:
            msg = f"{name} names {variable!r}, which has no bounds"
            raise ValueError(msg)
    return {v: check_number(f"{name}[{v!r}]", c) for v, c in row.items()}


def _bound(task: Task, box: Bounds) -> Number:
    """Return the penalty that the docstring of `integer_program` derives."""
    if not task.objective:
        return 1
    spans = (abs(c) * (box[v][1] - box[v][0]) for v, c in task.objective.items())
    return sum(spans) + margin(task.objective.values())


@dataclass(frozen=True, eq=False)
class IntegerProgram:
    """The judge: bounds, constraints and objective as they were given."""

    task: Task
    box: Bounds
    encoding: Encoding
    reader: Reader

    @property
    def sense(self) -> Sense:
        """Whether a larger ("max") or a smaller ("min") objective is better."""
        return self.task.sense

    def decode(self, state: States) -> dict[Hashable, int]:
        """Return ``{name: value}``."""
        bits = self.reader.bits(state).tolist()
        return {
            name: low + sum(w * bits[i] for i, w in self.encoding[name])
            for name, (low, _) in self.box.items()
        }

    def check(self, solution: Mapping[Hashable, int]) -> bool:
        """Say whether all values are within their bounds and all constraints hold."""
        if self._reason(solution) is not None:
            return False
        return all(
            _HOLDS[relation](
                sum(exact(c) * int(solution[v]) for v, c in row.items()), exact(bound)
            )
            for row, relation, bound in self.task.constraints
        )

    def objective(self, solution: Mapping[Hashable, int]) -> Number:
        """Return the objective of values within their bounds, feasible or not."""
        reason = self._reason(solution)
        if reason is not None:
            raise ValueError(reason)
        return sum(c * int(solution[v]) for v, c in self.task.objective.items())

    def _reason(self, solution: Mapping[Hashable, int]) -> str | None:
        values = {
            v: range(low, high + 1) for v, (low, high) in self.task.bounds.items()
        }
        return reason_against(solution, values, "variable")


_HOLDS = {"<=": operator.le, "==": operator.eq, ">=": operator.ge}

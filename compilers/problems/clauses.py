"""Clauses of literals: what units force, and the couplings that falsity costs."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence

from compilers.problems.building import QuboBuilder
from compilers.problems.data import Number

Clause = tuple[int, ...]  # of v for variable v, -v for its negation


def propagate(clauses: Sequence[Clause]) -> dict[int, int] | None:
    """Return ``{variable: 0 or 1}`` that unit clauses force, None for a contradiction."""
    where: dict[int, list[int]] = {}
    for k, clause in enumerate(clauses):
        for literal in clause:
            where.setdefault(literal, []).append(k)
    left = [len(clause) for clause in clauses]
    if 0 in left:
        return None
    fixed: dict[int, int] = {}
    waiting = [clause[0] for clause in clauses if len(clause) == 1]
    for literal in waiting:
        value = int(literal > 0)
        if fixed.setdefault(abs(literal), value) != value:
            return None
        for k in where.pop(-literal, []):
            left[k] -= 1
            if left[k] == 0:
                return None
            if left[k] == 1:
                waiting.extend(v for v in clauses[k] if fixed.get(abs(v)) != int(v < 0))
    return fixed


class ClauseTerms:
    """Sums products of negated literals, a chain of auxiliaries for long ones.

    A factor is (place of a variable, whether it stands negated).
    """

    def __init__(self, n: int, forced: Mapping[int, int]) -> None:
        self.n = n
        self.forced = forced
        self.labels: list[Hashable] = list(range(1, n + 1))
        self.constant: Number = 0
        self.linear: list[tuple[int, Number]] = []
        self.pairs: list[tuple[int, int, Number]] = []
        self.added = 0

    def add(self, clause: Clause, weight: Number) -> None:
        """Add `weight` where all literals are false."""
        number = self.added
        self.added += 1
        if not weight or any(-literal in clause for literal in clause):
            return
        if any(self.forced.get(abs(v)) == int(v > 0) for v in clause):
            return
        # The literal v is false where x is 0, that is where 1 - x is 1.
        factors = [(abs(v) - 1, v > 0) for v in clause if abs(v) not in self.forced]
        for step in range(len(factors) - 2):
            auxiliary = (len(self.labels), False)
            self.labels.append(("auxiliary", number, step))
            first, second = factors[:2]
            self._product(first, second, weight)
            self._product(first, auxiliary, -2 * weight)
            self._product(second, auxiliary, -2 * weight)
            self.linear.append((auxiliary[0], 3 * weight))
            factors[:2] = [auxiliary]
        if len(factors) == 2:
            self._product(factors[0], factors[1], weight)
        elif factors:
            self._single(factors[0], weight)
        else:
            self.constant += weight

    def _single(self, factor: tuple[int, bool], weight: Number) -> None:
        place, negated = factor
        self.constant += weight if negated else 0
        self.linear.append((place, -weight if negated else weight))

    def _product(
        self, first: tuple[int, bool], second: tuple[int, bool], weight: Number
    ) -> None:
        """Add (1 - x) y = y - x y, and the like."""
        (i, negated), (j, other) = first, second
        self.pairs.append((i, j, weight if negated == other else -weight))
        if negated:
            self._single(second, weight)
        if other:
            self.linear.append((i, -weight if negated else weight))

    def builder(self) -> QuboBuilder:
        """Return everything summed up, the forced variables fixed."""
        builder = QuboBuilder(self.labels)
        builder.add_constant(self.constant)
        if self.linear:
            places, values = zip(*self.linear, strict=True)
            builder.add_linear(places, values)
        if self.pairs:
            first, second, weights = zip(*self.pairs, strict=True)
            builder.add_quadratic(first, second, weights)
        for variable, value in self.forced.items():
            builder.fix(variable - 1, value)
        return builder

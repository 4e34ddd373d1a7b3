"""Linear constraints on whole numbers: in lowest terms, their bounds, as squares of bits."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from fractions import Fraction
from math import floor, gcd, lcm

from compilers.problems.building import QuboBuilder
from compilers.problems.data import MAX_EXACT, Number, binary_weights, exact

Bounds = dict[Hashable, tuple[int, int]]
Row = tuple[
    dict[Hashable, int], str, int
]  # coefficients, "<=" or "==", right-hand side
Encoding = dict[Hashable, list[tuple[int, int]]]  # places of bits and their weights
_ROUNDS = 100  # of tightening; stopping early costs p-bits, never a solution


def scaled(k: int, row: Mapping[Hashable, Number], relation: str, bound: Number) -> Row:
    """Return a constraint in whole numbers without a common divisor, "<=" or "=="."""
    sign = -1 if relation == ">=" else 1
    factors = {v: sign * exact(c) for v, c in row.items() if c}
    scale = Fraction(lcm(*(c.denominator for c in factors.values())))
    scale /= gcd(*(int(c * scale) for c in factors.values())) or 1
    right = sign * exact(bound) * scale
    whole = {v: int(c * scale) for v, c in factors.items()}
    if relation != "==":
        return whole, "<=", floor(right)
    if right.denominator > 1 or (right and not whole):
        msg = f"constraints[{k}] can never hold: {dict(row)} == {bound}"
        raise ValueError(msg)
    return whole, "==", int(right)


def _halves(row: Row) -> list[tuple[dict[Hashable, int], int]]:
    """Return a constraint as one or two upper bounds."""
    factors, relation, right = row
    upper = [(factors, right)]
    if relation == "==":
        upper.append(({v: -c for v, c in factors.items()}, -right))
    return upper


def tightened(bounds: Bounds, rows: Sequence[Row]) -> Bounds:
    """Return bounds without values that a single constraint rules out."""
    box = dict(bounds)
    halves = [(k, *half) for k, row in enumerate(rows) for half in _halves(row)]
    for _ in range(_ROUNDS):
        before = dict(box)
        for k, factors, right in halves:
            least = sum(c * box[v][c < 0] for v, c in factors.items())
            if least > right:
                msg = (
                    f"constraints[{k}] can never hold within the bounds and the others"
                )
                raise ValueError(msg)
            for v, c in factors.items():
                (low, high), steps = box[v], (right - least) // abs(c)
                if c > 0:
                    box[v] = (low, min(high, low + steps))
                else:
                    box[v] = (max(low, high - steps), high)
        if box == before:
            break
    return box


def encode(box: Bounds) -> tuple[Encoding, list[Hashable]]:
    """Return the bits and weights of every variable, and the labels of the bits."""
    encoding: Encoding = {}
    labels: list[Hashable] = []
    for name, (low, high) in box.items():
        weights = binary_weights(high - low)
        encoding[name] = [(len(labels) + k, w) for k, w in enumerate(weights)]
        labels += (
            [name] if len(weights) == 1 else [(name, k) for k in range(len(weights))]
        )
    return encoding, labels


class ConstraintTerms:
    """Turns constraints into squares and pair products over bits."""

    def __init__(self, box: Bounds, encoding: Encoding, labels: list[Hashable]) -> None:
        self.box, self.encoding, self.labels = box, encoding, labels
        self.squares: list[tuple[list[int], list[int], int]] = []
        self.exclusive: list[tuple[list[int], list[int]]] = []

    def add(self, k: int, row: Row) -> None:
        """Add constraint number k."""
        factors, relation, right = row
        right -= sum(c * self.box[v][0] for v, c in factors.items())
        bits = [(i, c * w) for v, c in factors.items() for i, w in self.encoding[v]]
        places, weights = [i for i, _ in bits], [c for _, c in bits]
        if relation == "==":
            if places:
                self.squares.append((places, weights, -right))
            return
        room = right - sum(c for c in weights if c < 0)
        sizes = sorted(map(abs, weights))
        if sum(sizes) <= room:
            return
        single = all(len(self.encoding[v]) == 1 for v in factors)
        if single and sizes[-1] <= room and sizes[0] + sizes[1] > room:
            self.exclusive.append((places, weights))
            return
        slack = binary_weights(room)
        first = len(self.labels)
        self.labels += [("slack", k, j) for j in range(len(slack))]
        places = [*places, *range(first, len(self.labels))]
        self.squares.append((places, [*weights, *slack], -right))

    def fill(self, builder: QuboBuilder, strength: Number) -> None:
        """Add everything, times the penalty."""
        for places, weights, constant in self.squares:
            _check_exact(sum(map(abs, weights)) + abs(constant), strength)
            builder.add_square(places, weights, constant, strength)
        for places, weights in self.exclusive:
            # Used is a bit that is 1 where its factor is positive, 0 where negative.
            for j, (i, c) in enumerate(zip(places, weights, strict=True)):
                for other, d in zip(places[:j], weights[:j], strict=True):
                    alone, beta = (0, 1) if c > 0 else (1, -1)
                    apart, gamma = (0, 1) if d > 0 else (1, -1)
                    builder.add_constant(strength * alone * apart)
                    builder.add_linear(i, strength * beta * apart)
                    builder.add_linear(other, strength * gamma * alone)
                    builder.add_quadratic(i, other, strength * beta * gamma)


def _check_exact(total: int, strength: Number) -> None:
    if strength * total**2 > MAX_EXACT:
        msg = (
            f"coefficients of sum {total} squared and times the penalty {strength} must "
            "be at most 2**53"
        )
        raise ValueError(msg)

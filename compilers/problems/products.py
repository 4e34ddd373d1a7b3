"""Polynomials of 0/1 variables of any degree, brought down to products of two."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import combinations

from compilers.problems.building import QuboBuilder
from compilers.problems.data import MAX_EXACT

Pair = tuple[int, int]


@dataclass
class Polynomial:
    """A sum of coefficients times products of different 0/1 variables, x² = x.

    Attributes
    ----------
    terms
        Set of variables -> whole coefficient; the empty set is the constant.
    """

    terms: dict[frozenset[int], int] = field(default_factory=dict)

    def add(self, variables: Iterable[int], coefficient: int) -> None:
        """Add one term."""
        key = frozenset(variables)
        total = self.terms.get(key, 0) + coefficient
        if total:
            self.terms[key] = total
        else:
            self.terms.pop(key, None)

    def add_square(self, other: Polynomial, weight: int = 1) -> None:
        """Add the square of another polynomial, times a weight."""
        items = list(other.terms.items())
        for i, (first, a) in enumerate(items):
            self.add(first, weight * a * a)
            for second, b in items[:i]:
                self.add(first | second, 2 * weight * a * b)

    @property
    def degree(self) -> int:
        """Number of variables of the longest product."""
        return max(map(len, self.terms), default=0)


@dataclass(frozen=True)
class Reduced:
    """A polynomial of degree two, and the products that its new variables stand for.

    Attributes
    ----------
    polynomial
        Of the first variables and the new ones, numbered on.
    products
        The two variables that each new one is the product of.
    strengths
        Of the penalties that make it so.
    """

    polynomial: Polynomial
    products: list[Pair]
    strengths: list[int]

    def builder(self, labels: Sequence[Hashable]) -> QuboBuilder:
        """Return the sum over variables called `labels`, then ("product", a, b)."""
        names = list(labels)
        for a, b in self.products:
            names.append(("product", names[a], names[b]))
        builder = QuboBuilder(names)
        size = sum(map(abs, self.polynomial.terms.values()))
        if size > MAX_EXACT // 4:
            msg = f"coefficients must sum up to at most 2**51 to be exact, not {size}"
            raise ValueError(msg)
        for variables, coefficient in self.polynomial.terms.items():
            numbers = sorted(variables)
            if not numbers:
                builder.add_constant(coefficient)
            elif len(numbers) == 1:
                builder.add_linear(numbers, coefficient)
            else:
                builder.add_quadratic(numbers[0], numbers[1], coefficient)
        return builder


def reduce_products(polynomial: Polynomial, n: int) -> Reduced:
    r"""Return a polynomial of degree 2 with the same minimum over the new variables.

    While a product of three or more is left, the pair that stands in most of them gets a
    variable w of its own and Rosenberg's penalty M (x y - 2 x w - 2 y w + 3 w), which is
    0 for w = x y and M at least otherwise. A wrong w gains at most the largest magnitude
    of its cofactor, the polynomial that it is multiplied with; M is a bound on that, plus
    1. The bound is the better one of two: sums of the coefficients of one sign, with the
    variables written as 0/1 and as ±1. So for every state of the first n variables the
    lowest energy is the polynomial's, at one state of the others.

    Parameters
    ----------
    polynomial
        Of variables 0 to n - 1, with whole coefficients.
    n
        Number of variables.

    References
    ----------
    I. G. Rosenberg, Cahiers CERO 17, 71 (1975); E. Boros and P. L. Hammer, Discrete Appl.
    Math. 123, 155 (2002).
    """
    terms = dict(polynomial.terms)
    quadratic = Polynomial({k: v for k, v in terms.items() if len(k) <= 2})
    terms = {k: v for k, v in terms.items() if len(k) > 2}
    products: list[Pair] = []
    strengths: list[int] = []
    while terms:
        counts = Counter(pair for key in terms for pair in combinations(sorted(key), 2))
        x, y = min(counts, key=lambda pair: (-counts[pair], pair))
        w = n + len(products)
        replaced = {key: c for key, c in terms.items() if x in key and y in key}
        strength = _reach({key - {x, y}: c for key, c in replaced.items()}) + 1
        for key, coefficient in replaced.items():
            del terms[key]
            short = key - {x, y} | {w}
            if len(short) == 2:
                quadratic.add(short, coefficient)
            else:
                terms[short] = terms.get(short, 0) + coefficient
        quadratic.add((x, y), strength)
        quadratic.add((x, w), -2 * strength)
        quadratic.add((y, w), -2 * strength)
        quadratic.add((w,), 3 * strength)
        products.append((x, y))
        strengths.append(strength)
    return Reduced(quadratic, products, strengths)


def _reach(cofactor: dict[frozenset[int], int]) -> int:
    """Return a bound on the magnitude of a polynomial over 0/1, rounded up."""
    above = sum(c for c in cofactor.values() if c > 0)
    below = -sum(c for c in cofactor.values() if c < 0)
    degree = max(map(len, cofactor))
    signs: dict[frozenset[int], int] = {}  # times 2**degree, with x = (1 + s) / 2
    for key, c in cofactor.items():
        share = c << degree - len(key)
        for size in range(len(key) + 1):
            for part in combinations(sorted(key), size):
                place = frozenset(part)
                signs[place] = signs.get(place, 0) + share
    middle = signs.pop(frozenset(), 0)
    spread = sum(map(abs, signs.values()))
    above = min(above, -((-middle - spread) >> degree))
    below = min(below, -((middle - spread) >> degree))
    return max(above, below)

"""Whole polynomials of 0/1 variables of any degree, and the couplings that they become."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field

from compilers.problems.building import QuboBuilder
from compilers.problems.data import MAX_EXACT
from compilers.products import Pair, substitute


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
    """Return a polynomial of degree 2 with the same minimum over the new variables.

    Found by :func:`compilers.products.substitute`. Wrong products cost 1 at least, so that
    for every state of the first n variables the lowest energy is the polynomial's, at one
    state of the others.

    Parameters
    ----------
    polynomial
        Of variables 0 to n - 1, with whole coefficients.
    n
        Number of variables.
    """
    terms, products, strengths = substitute(polynomial.terms, n, margin=1)
    whole = {key: int(c) for key, c in terms.items()}
    return Reduced(Polynomial(whole), products, [int(M) for M in strengths])

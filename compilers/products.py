"""Products of three 0/1 variables and more, brought down to products of two.

This is how problems of high degree and models with terms of many p-bits become pairwise.
Coefficients are whole numbers or floats; the arithmetic on whole ones is exact.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

Term = frozenset[int]
Pair = tuple[int, int]
Terms = dict[Term, float]


@dataclass
class PairCounts:
    """Which terms hold which pair of variables; the pair of most terms, first of equals."""

    terms: dict[Pair, set[Term]] = field(default_factory=dict)
    heap: list[tuple[int, Pair]] = field(default_factory=list)

    def add(self, term: Term) -> None:
        """Count a term in."""
        for pair in itertools.combinations(sorted(term), 2):
            held = self.terms.setdefault(pair, set())
            if term not in held:
                held.add(term)
                heapq.heappush(self.heap, (-len(held), pair))

    def remove(self, term: Term) -> None:
        """Count a term out."""
        for pair in itertools.combinations(sorted(term), 2):
            self.terms[pair].discard(term)

    def best(self) -> tuple[Pair, list[Term]]:
        """Return the pair in most terms, and those, sorted; no terms if there are none."""
        while self.heap:
            count, pair = self.heap[0]
            held = self.terms[pair]
            if len(held) == -count and held:
                return pair, sorted(held, key=sorted)
            heapq.heappop(self.heap)
            if held:
                heapq.heappush(self.heap, (-len(held), pair))
        return (0, 0), []


class Substitution(NamedTuple):
    """Terms of at most two variables, and what the new variables stand for.

    Attributes
    ----------
    terms
        Of the first variables and the new ones, numbered on; penalties included.
    products
        The two variables that each new one is the product of.
    strengths
        Of the penalties that make it so.
    """

    terms: Terms
    products: list[Pair]
    strengths: list[float]


def substitute(given: Mapping[Term, float], n: int, margin: float) -> Substitution:
    r"""Return terms of at most two variables with the same minimum over the new ones.

    While a product of three or more is left, the pair that stands in most of them gets a
    variable w of its own and Rosenberg's penalty M (x y - 2 x w - 2 y w + 3 w), which is
    0 for w = x y and M at least otherwise ([Rosenberg1975]_, [Boros2002]_). A wrong w
    gains at most the largest magnitude of its cofactor, the polynomial that it is
    multiplied with; M is a bound on that (see `reach`) plus `margin`. So for every state
    of the first n variables the lowest energy is the polynomial's, and with a margin
    above 0 at one state of the others only.

    Parameters
    ----------
    given
        Coefficients of products of different variables 0 ... n - 1.
    n
        Number of variables.
    margin
        What M exceeds its bound by, >= 0.

    References
    ----------
    .. [Rosenberg1975] I. G. Rosenberg, Cahiers du CERO 17, 71 (1975).
    .. [Boros2002] E. Boros, P. L. Hammer, Discrete Appl. Math. 123, 155 (2002).
    """
    short = {key: c for key, c in given.items() if len(key) <= 2}
    long = {key: c for key, c in given.items() if len(key) > 2}
    pairs = PairCounts()
    for term in long:
        pairs.add(term)
    products: list[Pair] = []
    strengths: list[float] = []
    (x, y), held = pairs.best()
    while held:
        w = n + len(products)
        cofactor: Terms = {}
        for term in held:
            pairs.remove(term)
            cofactor[term - {x, y}] = coefficient = long.pop(term)
            rest = term - {x, y} | {w}
            if len(rest) > 2:
                long[rest] = coefficient  # w is new, so there is no such term yet
                pairs.add(rest)
            else:
                short[rest] = coefficient
        strength = reach(cofactor) + margin
        for key, factor in (({x, y}, 1), ({x, w}, -2), ({y, w}, -2), ({w}, 3)):
            place = frozenset(key)
            short[place] = short.get(place, 0) + factor * strength
        products.append((x, y))
        strengths.append(strength)
        (x, y), held = pairs.best()
    return Substitution({k: c for k, c in short.items() if c}, products, strengths)


def reach(terms: Mapping[Term, float]) -> float:
    """Return a bound on the magnitude of a polynomial over 0/1; whole if it is whole.

    The better one of two: the sums of the coefficients of one sign, with the variables
    written as 0/1, and as ±1 around the mean.
    """
    above = sum(c for c in terms.values() if c > 0)
    below = -sum(c for c in terms.values() if c < 0)
    degree = max(map(len, terms))
    signs: dict[Term, float] = {}  # times 2**degree, with x = (1 + s) / 2
    for key, c in terms.items():
        share = c * (1 << degree - len(key))
        for part in subsets(key):
            signs[part] = signs.get(part, 0) + share
    middle = signs.pop(frozenset(), 0)
    spread = sum(map(abs, signs.values()))
    above = min(above, _divided(middle + spread, degree))
    below = min(below, _divided(spread - middle, degree))
    return max(above, below)


def subsets(term: Term) -> list[Term]:
    """Return all subsets of a term, the empty one first."""
    sizes = range(len(term) + 1)
    parts = (itertools.combinations(sorted(term), size) for size in sizes)
    return [frozenset(part) for part in itertools.chain.from_iterable(parts)]


def _divided(value: float, power: int) -> float:
    """Return a number over 2**power; rounded up if it is whole."""
    if isinstance(value, int):
        return -(-value >> power)
    return value / (1 << power)

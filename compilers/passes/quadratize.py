"""Terms of three p-bits and more as couplings, with auxiliary p-bits.

Each auxiliary p-bit z is added so that the lowest energy over z is the energy without it,
whatever the others are. Such steps may follow each other, and the lowest energies stay.
"""

from __future__ import annotations

import itertools
from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from compilers.passes.passed import Way
from compilers.products import PairCounts, Term, subsets, substitute
from pbit.checks import States
from pbit.model import IsingModel
from pbit.polynomial import PolynomialModel


class Auxiliary(NamedTuple):
    """What an auxiliary p-bit stands for: the AND of two, or the sign of a sum of three."""

    of: tuple[int, ...]
    sign: int = 1  # of the three-body term's energy


class WithAuxiliaries(Way):
    """The way back from added p-bits: leave them out; they stand after the others."""

    def __init__(self, n: int, added: list[Auxiliary]) -> None:
        super().__init__(np.arange(n))
        self.added = added

    def lift(self, states: States) -> States:
        """Return states with the auxiliary p-bits at their lowest energy."""
        n = self.place.size
        result = np.empty((len(states), n + len(self.added)), np.int8)
        result[:, :n] = states
        for k, (of, sign) in enumerate(self.added):
            sums = result[:, list(of)].sum(axis=1, dtype=np.int64)
            up = sums == 2 if len(of) == 2 else sign * sums + 1 >= 0
            result[:, n + k] = np.where(up, 1, -1)
        return result


@dataclass
class Builder:
    """A function of p-bits that terms are added to: weights as in E = -sum w prod m."""

    n: int
    offset: float
    weights: dict[Term, float] = field(default_factory=dict)
    added: list[Auxiliary] = field(default_factory=list)

    def add(self, weight: float, *pbits: int) -> None:
        """Add a term; one of no p-bits is a constant."""
        key = frozenset(pbits)
        if key:
            self.weights[key] = self.weights.get(key, 0.0) + weight
        else:
            self.offset -= weight

    def new(self, *of: int, sign: int = 1) -> int:
        """Add an auxiliary p-bit and return its number."""
        self.added.append(Auxiliary(of, sign))
        self.n += 1
        return self.n - 1

    def penalize(self, a: int, b: int, z: int, strength: float) -> None:
        """Add M (xy - 2xz - 2yz + 3z) over 0/1: 0 where z = xy, at least M elsewhere."""
        M = strength / 4
        self.offset += 3 * M
        for i in (a, b):
            self.add(M, i)
            self.add(2 * M, i, z)
        self.add(-2 * M, z)
        self.add(-M, a, b)

    def model(self, labels: list[Hashable]) -> IsingModel:
        """Return it as an Ising model."""
        J = {(*sorted(t),): w for t, w in self.weights.items() if len(t) == 2 and w}
        h = np.zeros(self.n)
        for term, weight in self.weights.items():
            if len(term) == 1:
                h[next(iter(term))] = weight
        names = [*labels, *(("aux", k) for k in range(len(self.added)))]
        pairs = {(names[i], names[j]): w for (i, j), w in J.items()}
        return IsingModel(pairs, h, self.offset, names)


def quadratize(model: PolynomialModel) -> tuple[IsingModel, WithAuxiliaries]:
    r"""Return a pairwise model whose lowest energies, over added p-bits, are the model's.

    *Of order 3*, pairs that two terms share become one auxiliary p-bit z, their AND: as
    :math:`ab = 2z - a - b + 1`, a term w abc costs nothing but pairs then. The penalty
    that holds z to it is M = 4 Σ \|w\| of the terms: setting z wrong changes them by at
    most 2 · 2 Σ \|w\|, and costs M at least. A term alone needs no penalty:

    .. math:: abc = \min_z \; 3 + ab + bc + ca + (1 - 2z)(a + b + c) - 2z

    and likewise, all signs turned, for -abc.

    *Of order 4 and more*, terms are rewritten over 0/1 and pairs replaced by their AND,
    see :func:`compilers.products.substitute`.
    """
    labels = list(model.labels)
    if model.order <= 3:
        builder = Builder(model.n, model.offset)
        numbers = {label: i for i, label in enumerate(labels)}
        _cubic(builder, _numbered(model.terms.items(), numbers))
    else:
        terms, offset = model.to_binary()
        builder = Builder(model.n, offset)
        numbers = {label: i for i, label in enumerate(labels)}
        _binary(builder, _numbered(terms.items(), numbers))
    return builder.model(labels), WithAuxiliaries(model.n, builder.added)


def _numbered(
    terms: Iterable[tuple[tuple[Hashable, ...], float]], numbers: dict[Hashable, int]
) -> dict[Term, float]:
    return {frozenset(numbers[v] for v in term): weight for term, weight in terms}


def _cubic(builder: Builder, terms: dict[Term, float]) -> None:
    """Add terms of at most three p-bits over ±1."""
    pairs = PairCounts()
    for term, weight in terms.items():
        if len(term) == 3:
            pairs.add(term)
        else:
            builder.add(weight, *term)
    (a, b), held = pairs.best()
    while len(held) > 1:
        z = builder.new(a, b)
        for term in held:
            weight = terms[term]
            (c,) = term - {a, b}
            builder.add(2 * weight, z, c)
            builder.add(-weight, a, c)
            builder.add(-weight, b, c)
            builder.add(weight, c)
            pairs.remove(term)
        total = sum(abs(terms.pop(term)) for term in held)
        builder.penalize(a, b, z, 4 * total)
        (a, b), held = pairs.best()
    for term in sorted((t for t in terms if len(t) == 3), key=sorted):
        _alone(builder, term, -terms[term])


def _alone(builder: Builder, term: Term, cost: float) -> None:
    """Add cost * abc by the auxiliary p-bit of the docstring above."""
    z = builder.new(*sorted(term), sign=1 if cost > 0 else -1)
    size = abs(cost)
    builder.offset += 3 * size
    builder.add(2 * size, z)
    for i in term:
        builder.add(-cost, i)
        builder.add(2 * cost, i, z)
    for pair in itertools.combinations(term, 2):
        builder.add(-size, *pair)


def _binary(builder: Builder, terms: dict[Term, float]) -> None:
    """Add costs of products of 0/1 variables."""
    shorter, products, _ = substitute(terms, builder.n, margin=0.0)
    for pair in products:
        builder.new(*pair)
    for term, cost in shorter.items():
        for part in subsets(term):
            builder.add(-cost / 2 ** len(term), *part)

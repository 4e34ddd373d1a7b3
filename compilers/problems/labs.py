"""Low autocorrelation binary sequences: signs that are unlike themselves when shifted."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass

from compilers.problems.building import Reader
from compilers.problems.data import describe, reason_against
from compilers.problems.products import Polynomial, reduce_products
from compilers.program import Program, Sense
from pbit.checks import States, check_count


def labs(n: int) -> Program:
    r"""Compile the sequence of n signs with the smallest sidelobe energy.

    .. math:: E(s) = \sum_{k=1}^{n-1} C_k^2, \qquad C_k = \sum_i s_i s_{i+k}

    has products of four signs. Written with 0/1 variables, the pairs that most of them
    share get auxiliary p-bits, held by penalties as small as is safe for all states (see
    :func:`compilers.problems.products.reduce_products`): for every sequence the lowest
    energy is E(s), at one state of the auxiliaries.

    Parameters
    ----------
    n
        Length, at least 2. There are fewer than n²/2 auxiliary p-bits.

    Returns
    -------
    Program
        Solutions are ``{position: -1 or +1}``; the objective is E(s), sense "min".

    Raises
    ------
    TypeError, ValueError
        If `n` is no whole number or less than 2.

    References
    ----------
    T. Packebusch and S. Mertens, J. Phys. A 49, 165001 (2016).

    Examples
    --------
    >>> labs(5).objective({0: -1, 1: 1, 2: -1, 3: -1, 4: -1})
    2
    """
    check_count("n", n, 2)
    reduced = reduce_products(_energy(n), n)
    builder = reduced.builder([("sign", i) for i in range(n)])
    model, _ = builder.build()
    record = describe(
        "low autocorrelation sequence",
        model,
        n,
        how=f"labs({n}); energy = sidelobe energy",
        sense="min",
        products=len(reduced.products),
        penalties=[min(reduced.strengths), max(reduced.strengths)]
        if reduced.strengths
        else None,
    )
    return Program(model, Labs(n, builder.reader()), record)


def _energy(n: int) -> Polynomial:
    """Return E with s = 2 x - 1; products of signs first, so that s² = 1 is used."""
    signs: dict[frozenset[int], int] = {}
    for k in range(1, n):
        pairs = [frozenset((i, i + k)) for i in range(n - k)]
        for first in pairs:
            for second in pairs:
                key = first ^ second
                signs[key] = signs.get(key, 0) + 1
    total = Polynomial()
    for key, coefficient in signs.items():
        product: dict[frozenset[int], int] = {frozenset(): coefficient}
        for i in key:
            product = {
                **{part | {i}: 2 * c for part, c in product.items()},
                **{part: -c for part, c in product.items()},
            }
        for part, c in product.items():
            total.add(part, c)
    return total


@dataclass(frozen=True, eq=False)
class Labs:
    """The judge of sequences: their length."""

    n: int
    reader: Reader
    sense: Sense = "min"

    def decode(self, state: States) -> dict[Hashable, int]:
        """Return ``{position: -1 or +1}``."""
        bits = self.reader.bits(state)[: self.n]
        return dict(enumerate((2 * bits - 1).tolist()))

    def check(self, solution: Mapping[Hashable, int]) -> bool:
        """Say whether every position, and nothing else, has a sign."""
        return self._reason(solution) is None

    def objective(self, solution: Mapping[Hashable, int]) -> int:
        """Return the sidelobe energy of a sequence."""
        reason = self._reason(solution)
        if reason is not None:
            raise ValueError(reason)
        s = [int(solution[i]) for i in range(self.n)]
        shifts = range(1, self.n)
        return sum(
            sum(a * b for a, b in zip(s, s[k:], strict=False)) ** 2 for k in shifts
        )

    def _reason(self, solution: Mapping[Hashable, int]) -> str | None:
        names: list[Hashable] = list(range(self.n))
        return reason_against(solution, dict.fromkeys(names, (-1, 1)), "position")

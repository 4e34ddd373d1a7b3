"""Number partitioning: split numbers in two sets of sums as equal as can be."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from compilers.problems.data import (
    Number,
    check_numbers,
    check_total,
    describe,
    reason_against,
)
from compilers.program import Program, Sense
from pbit.checks import States
from pbit.model import IsingModel


def number_partitioning(numbers: Sequence[float]) -> Program:
    r"""Compile the split of numbers into two sets with the smallest difference of sums.

    The energy is the squared difference, :math:`E(m) = (\sum_i a_i m_i)^2`: couplings
    :math:`J_{ij} = -2 a_i a_j` and an offset of :math:`\sum_i a_i^2`. One p-bit a
    number, no penalty. Turning all p-bits around exchanges the sets.

    Parameters
    ----------
    numbers
        Whole numbers, the square of the sum of their magnitudes at most 2**53, so that
        energies are exact; or finite floats. Negative ones and zeros are taken too.

    Returns
    -------
    Program
        Solutions are ``{place in the list: set 0 or 1}``; the objective is the
        magnitude of the difference, sense "min".

    Raises
    ------
    TypeError, ValueError
        If there are no numbers, one is none, not finite, or the sum is too large.

    References
    ----------
    A. Lucas, Front. Phys. 2, 5 (2014), sec. 2.1; S. Mertens, PRL 81, 4281 (1998).

    Examples
    --------
    >>> program = number_partitioning([3, 1, 2])
    >>> program.objective({0: 1, 1: 0, 2: 0}), program.model.energy([1, 1, -1]).item()
    (0, 4.0)
    """
    values = check_numbers("numbers", numbers)
    if not values:
        msg = "numbers must be at least 1, not 0"
        raise ValueError(msg)
    check_total("the squared sum of the numbers", sum(map(abs, values)) ** 2)
    a = np.array(values, np.float64)
    J = -2.0 * np.outer(a, a)
    np.fill_diagonal(J, 0.0)
    model = IsingModel(J, None, float((a * a).sum()))
    record = describe(
        "number partitioning",
        model,
        values,
        how="number_partitioning(); J = -2 a a, energy = difference squared",
        sense="min",
    )
    return Program(model, NumberPartitioning(tuple(values)), record)


@dataclass(frozen=True)
class NumberPartitioning:
    """The judge of partitions: the numbers."""

    numbers: tuple[Number, ...]
    sense: Sense = "min"

    def decode(self, state: States) -> dict[Hashable, int]:
        """Return ``{place in the list: set 0 or 1}``."""
        return dict(enumerate((state > 0).astype(int).tolist()))

    def check(self, solution: Mapping[Hashable, int]) -> bool:
        """Say whether every number, and nothing else, is in set 0 or 1."""
        return self._reason(solution) is None

    def objective(self, solution: Mapping[Hashable, int]) -> Number:
        """Return the magnitude of the difference between the two sums."""
        reason = self._reason(solution)
        if reason is not None:
            raise ValueError(reason)
        signed = (a if solution[k] else -a for k, a in enumerate(self.numbers))
        return abs(sum(signed))

    def _reason(self, solution: Mapping[Hashable, int]) -> str | None:
        places: list[Hashable] = list(range(len(self.numbers)))
        return reason_against(solution, dict.fromkeys(places, (0, 1)), "number")

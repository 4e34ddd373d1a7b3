"""Set cover: the cheapest sets that hold every element at least once."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from compilers.problems.building import QuboBuilder
from compilers.problems.data import Numbers, chosen, describe, step
from compilers.problems.judging import Choice
from compilers.problems.sets import Family, SetSystem, SetWeights
from compilers.program import Program


def set_cover(
    sets: Family,
    costs: SetWeights = None,
    *,
    universe: Iterable[Hashable] | None = None,
    penalty: float | None = None,
) -> Program:
    r"""Compile minimum (cost) set cover.

    .. math::

        E = \sum_s c_s x_s + \sum_e P_e \tfrac12 (y_e - 1)(y_e - 2), \qquad
        y_e = \sum_{s \ni e} x_s - \sum_k 2^{k+1} z_{ek}

    An element in two sets needs no slack bits z, one in three or four needs one, one in
    q needs :math:`\lceil \log_2 \lceil q/2 \rceil \rceil`: y may end at 1 or at 2,
    which saves a bit over a square (the last bit counts less than :math:`2^{k+1}`
    where less is enough). With the best slack the penalty is :math:`P_e` if e is in
    none of the sets taken, 0 otherwise. It is the cost of the cheapest set that holds e
    and one step of the costs (their greatest common divisor; 2 in all where all costs
    are 1): adding that set costs less than it saves. Energy = cost of a cover.

    Sets of negative cost, and sets that alone hold an element, are fixed in. Elements
    they hold are dropped, and so are those that are covered whenever another one is.
    Sets that cost and hold nothing else are fixed out.

    Parameters
    ----------
    sets
        ``{name: elements}``, or a sequence of collections, which are named 0, 1, ...
    costs
        A number for each set, by name or in order; 1 each if omitted.
    universe
        The elements to cover; all that are in some set if omitted.
    penalty
        One penalty for all elements instead of the automatic ones.

    Returns
    -------
    Program
        One p-bit a free set, labelled by its name, and the slack bits, labelled
        ``("slack", element, k)``. Solutions are ``{name: 0 or 1}``, the objective is
        the cost of the sets taken, sense "min".

    Raises
    ------
    TypeError
        If `sets` is no family of collections, or a cost is not a number.
    ValueError
        If there are no sets, a cost is missing or unknown, a number is out of range,
        or sets and universe differ.

    References
    ----------
    A. Lucas, Front. Phys. 2, 5 (2014), section 5.1 (with more slack bits).

    Examples
    --------
    >>> program = set_cover({"a": [1, 2], "b": [2, 3], "c": [3, 4], "d": [4, 1]})
    >>> program.objective({"a": 1, "b": 0, "c": 1, "d": 0}), program.n
    (2, 4)
    >>> program.check({"a": 1, "b": 1, "c": 0, "d": 0})
    False
    """
    system = SetSystem.from_family(sets, costs, universe, name="costs")
    verdict, open_elements = _forced(system)
    slacks = {e: _slack_weights(_free(system, verdict, e)) for e in open_elements}
    labels = list(system.labels)
    for e, bits in slacks.items():
        labels += [("slack", system.elements[e], k) for k in range(len(bits))]
    builder = QuboBuilder(labels)
    builder.add_linear(np.arange(system.n), system.weights)
    unit, first, penalties = step(system.weights), system.n, []
    for e, bits in slacks.items():
        who = _free(system, verdict, e)
        safe = max(0.0, float(system.weights[who].min())) + unit
        penalties.append(chosen("penalty", penalty, safe))
        slack = np.arange(first, first + len(bits))
        _add_at_least_one(builder, who, slack, bits, penalties[-1])
        first += len(bits)
    forced = np.flatnonzero(verdict >= 0)
    builder.fix(forced, verdict[forced])
    model, fixed = builder.build()
    facts = describe(
        "set cover",
        model,
        system.data(),
        how=f"set_cover(penalty={penalty!r}); energy = cost",
        sense="min",
        source="sets",
        fixed=fixed,
        penalties={"element": [min(penalties), max(penalties)] if penalties else []},
        elements=len(system.elements),
        slack_bits=first - system.n,
    )
    problem = SetCover(
        system.labels, system.weights, builder.reader(), "min", "set", system=system
    )
    return Program(model, problem, facts)


@dataclass(frozen=True, eq=False, kw_only=True)
class SetCover(Choice):
    """The judge of covers: every element in at least one of the sets taken."""

    system: SetSystem

    def allows(self, taken: NDArray[np.bool_]) -> bool:
        """Say whether every element is in one of the sets taken."""
        return bool((self.system.counts(np.flatnonzero(taken)) >= 1).all())


def _add_at_least_one(
    builder: QuboBuilder, who: Numbers, slack: Numbers, bits: list[int], weight: float
) -> None:
    """Add weight · (y - 1)(y - 2)/2 = weight · ½((y - 3/2)² - 1/4)."""
    numbers = np.concatenate([who, slack])
    factors = np.concatenate([np.ones(len(who)), -np.array(bits, dtype=np.float64)])
    builder.add_square(numbers, factors, constant=-1.5, weight=weight / 2)
    builder.add_constant(-weight / 8)


def _slack_weights(who: Numbers) -> list[int]:
    """Return even weights whose sums are 0, 2, 4 ... up to one short of all sets."""
    reach = 2 * ((len(who) + 1) // 2) - 2
    bits: list[int] = []
    while sum(bits) < reach:
        bits.append(min(2 ** (len(bits) + 1), reach - sum(bits)))
    return bits


def _free(system: SetSystem, verdict: NDArray[np.int8], e: int) -> Numbers:
    who = system.holders[e]
    free: Numbers = who[verdict[who] < 0]
    return free


def _forced(system: SetSystem) -> tuple[NDArray[np.int8], list[int]]:
    """Return 1 and 0 for sets in all and in no cheapest cover, and what is left open."""
    verdict = np.full(system.n, -1, dtype=np.int8)
    verdict[system.weights < 0] = 1
    for who in system.holders:
        if len(who) == 1:
            verdict[who[0]] = 1
    covered = system.counts(np.flatnonzero(verdict == 1)) > 0
    remaining = set(np.flatnonzero(~covered).tolist())
    useful = {k for e in remaining for k in system.holders[e].tolist()}
    for k in np.flatnonzero((verdict < 0) & (system.weights > 0)).tolist():
        if k not in useful:
            verdict[k] = 0
    return verdict, _essential(system, remaining)


def _essential(system: SetSystem, remaining: set[int]) -> list[int]:
    """Return elements such that covering them covers all the remaining ones."""
    inside = [remaining.intersection(numbers.tolist()) for numbers in system.members]
    kept = set(remaining)
    for e in sorted(remaining, key=lambda e: len(system.holders[e])):
        if e in kept:
            common = set.intersection(*(inside[k] for k in system.holders[e].tolist()))
            kept -= common - {e}
    return sorted(kept)

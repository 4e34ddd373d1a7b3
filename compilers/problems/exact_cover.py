"""Exact cover: sets that hold every element exactly once, the cheapest if they cost."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from compilers.problems.building import QuboBuilder
from compilers.problems.data import chosen, describe, step
from compilers.problems.judging import Choice
from compilers.problems.sets import Family, SetSystem, SetWeights
from compilers.program import Program


def exact_cover(
    sets: Family,
    costs: SetWeights = None,
    *,
    universe: Iterable[Hashable] | None = None,
    penalty: float | None = None,
) -> Program:
    r"""Compile exact cover: each element in exactly one of the sets taken.

    .. math:: E = \sum_s c_s x_s + P \sum_e (1 - \sum_{s \ni e} x_s)^2

    Without costs every exact cover is as good as any other and P = 1 will do. With
    costs, let the elements of s pay :math:`c_s/|s|` each, an element e at least
    :math:`a_e` and at most :math:`b_e`. A cover costs at most :math:`U = \sum_e b_e`
    (or all positive costs together, if that is less). A choice that is none costs at
    least the sum L of the negative costs; also at least :math:`\sum_e a_e` less
    :math:`\max_e |a_e|` if P is larger than that, for each element that does not pay
    :math:`a_e` once is charged P. So whichever is the smaller of U - L and
    :math:`\sum_e (b_e - a_e) + \max_e |a_e|`, with one step of the costs more, puts
    every cover below all that are none. Energy = cost of a cover.

    If an element is left in one set only, that set is fixed in, and all that meet a set
    that is in are fixed out, again and again. Empty sets that cost are fixed out, empty
    sets of negative cost in.

    Parameters
    ----------
    sets
        ``{name: elements}``, or a sequence of collections, which are named 0, 1, ...
    costs
        A number for each set, by name or in order; no costs if omitted.
    universe
        The elements to cover; all that are in some set if omitted.
    penalty
        P instead of the automatic one.

    Returns
    -------
    Program
        One p-bit a free set, labelled by its name. Solutions are ``{name: 0 or 1}``,
        the objective is their cost (0 without costs), sense "min".

    Raises
    ------
    TypeError
        If `sets` is no family of collections, or a cost is not a number.
    ValueError
        If there are no sets, a cost is missing or unknown, a number is out of range,
        sets and universe differ, or fixing what is forced shows that no cover exists.

    References
    ----------
    A. Lucas, Front. Phys. 2, 5 (2014), section 4.1.

    Examples
    --------
    >>> sets = {"a": [1, 4], "b": [1, 2], "c": [3, 4], "d": [2, 3]}
    >>> program = exact_cover(sets)
    >>> program.check({"a": 0, "b": 1, "c": 1, "d": 0})
    True
    >>> program.check({"a": 1, "b": 1, "c": 1, "d": 0})
    False
    """
    system = SetSystem.from_family(sets, costs, universe, name="costs", default=0)
    weight = chosen("penalty", penalty, _safe_penalty(system))
    builder = QuboBuilder(system.labels)
    builder.add_linear(np.arange(system.n), system.weights)
    for who in system.holders:
        builder.add_square(who, 1, constant=-1, weight=weight)
    verdict = _forced(system)
    forced = np.flatnonzero(verdict >= 0)
    builder.fix(forced, verdict[forced])
    model, fixed = builder.build()
    facts = describe(
        "exact cover",
        model,
        system.data(),
        how=f"exact_cover(penalty={penalty!r}); energy = cost",
        sense="min",
        source="sets",
        fixed=fixed,
        penalties={"element": weight},
        elements=len(system.elements),
    )
    problem = ExactCover(
        system.labels, system.weights, builder.reader(), "min", "set", system=system
    )
    return Program(model, problem, facts)


@dataclass(frozen=True, eq=False, kw_only=True)
class ExactCover(Choice):
    """The judge of exact covers: every element in exactly one of the sets taken."""

    system: SetSystem

    def allows(self, taken: NDArray[np.bool_]) -> bool:
        """Say whether every element is in exactly one of the sets taken."""
        return bool((self.system.counts(np.flatnonzero(taken)) == 1).all())


def _safe_penalty(system: SetSystem) -> float:
    """Return the penalty that the docstring of `exact_cover` derives."""
    costs = system.weights.astype(np.float64)
    if not costs.any():
        return 1.0
    sizes = np.array([len(numbers) for numbers in system.members])
    shares = costs / np.maximum(1, sizes)
    most = [float(shares[who].max()) for who in system.holders]
    least = [float(shares[who].min()) for who in system.holders]
    upper = min(math.fsum(most), float(np.maximum(costs, 0)[sizes > 0].sum()))
    negative = float(np.minimum(costs, 0)[sizes > 0].sum())
    typical = math.fsum(least) - max(map(abs, least), default=0.0)
    return max(0.0, upper - max(negative, typical)) + step(system.weights)


def _forced(system: SetSystem) -> NDArray[np.int8]:
    """Return 1 and 0 for sets in all and in no cheapest exact cover, -1 elsewhere."""
    verdict = np.full(system.n, -1, dtype=np.int8)
    for k, numbers in enumerate(system.members):
        if len(numbers) == 0 and system.weights[k] != 0:
            verdict[k] = int(system.weights[k] < 0)
    left = [len(who) for who in system.holders]
    covered = [False] * len(left)
    waiting = [e for e, count in enumerate(left) if count == 1]
    while waiting:
        e = waiting.pop()
        if covered[e]:
            continue
        open_sets = [k for k in system.holders[e].tolist() if verdict[k] != 0]
        if not open_sets:
            raise ValueError(_no_cover(system, e))
        verdict[open_sets[0]] = 1
        for inside in system.members[open_sets[0]].tolist():
            covered[inside] = True
            for k in system.holders[inside].tolist():
                if verdict[k] != -1:
                    continue
                verdict[k] = 0
                for other in system.members[k].tolist():
                    left[other] -= 1
                    if left[other] <= 1:
                        waiting.append(other)
    return verdict


def _no_cover(system: SetSystem, e: int) -> str:
    return (
        f"sets have no exact cover: what other elements force leaves no set "
        f"for {system.elements[e]!r}"
    )

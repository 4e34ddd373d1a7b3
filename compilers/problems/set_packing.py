"""Set packing: the heaviest sets of which no two share an element."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from compilers.problems.conflicts import (
    add_conflicts,
    conflict_penalties,
    penalty_range,
)
from compilers.problems.data import describe
from compilers.problems.judging import Choice
from compilers.problems.sets import Family, SetSystem, SetWeights
from compilers.program import Program


def set_packing(
    sets: Family, weights: SetWeights = None, *, penalty: float | None = None
) -> Program:
    r"""Compile maximum (weight) set packing.

    .. math:: E = -\sum_s w_s x_s + \sum_{s \cap t \ne \emptyset} P_{st} x_s x_t

    The penalty of two sets that meet is :math:`P_{st} = \min(w_s, w_t)` and one step
    of the weights (their greatest common divisor; 2 in all where all weights are 1):
    leaving out the lighter of the two loses its weight but saves at least P, so any P
    above it makes every ground state a packing. Energy = -weight then.

    Sets of negative weight are fixed out, sets heavier than all that they meet together
    (sets that meet none above all) in and these others out, again and again.

    Parameters
    ----------
    sets
        ``{name: elements}``, or a sequence of collections, which are named 0, 1, ...
    weights
        A number for each set, by name or in order; 1 each if omitted. Negative ones
        and zeros are allowed.
    penalty
        One penalty for all pairs instead of the automatic ones.

    Returns
    -------
    Program
        One p-bit a free set, labelled by its name. Solutions are ``{name: 0 or 1}``,
        the objective is the weight of the sets taken, sense "max".

    Raises
    ------
    TypeError
        If `sets` is no family of collections, or a weight is not a number.
    ValueError
        If there are no sets, a weight is missing or unknown, or a number is out of range.

    References
    ----------
    A. Lucas, Front. Phys. 2, 5 (2014), section 4.2.

    Examples
    --------
    >>> program = set_packing({"a": [1, 2], "b": [2, 3], "c": [3, 4]})
    >>> program.objective({"a": 1, "b": 0, "c": 1})
    2
    >>> program.check({"a": 1, "b": 1, "c": 0})
    False
    """
    system = SetSystem.from_family(sets, weights)
    rows, columns = system.conflicts()
    penalties = conflict_penalties(system.weights, rows, columns, penalty)
    builder = add_conflicts(system.labels, system.weights, rows, columns, penalties)
    model, fixed = builder.build()
    facts = describe(
        "set packing",
        model,
        system.data(),
        how=f"set_packing(penalty={penalty!r}); energy = -weight",
        sense="max",
        source="sets",
        fixed=fixed,
        penalties={"pair": penalty_range(penalties)},
        elements=len(system.elements),
    )
    problem = SetPacking(
        system.labels, system.weights, builder.reader(), "max", "set", system=system
    )
    return Program(model, problem, facts)


@dataclass(frozen=True, eq=False, kw_only=True)
class SetPacking(Choice):
    """The judge of packings: no element may be in two of the sets taken."""

    system: SetSystem

    def allows(self, taken: NDArray[np.bool_]) -> bool:
        """Say whether the sets taken are disjoint."""
        return bool((self.system.counts(np.flatnonzero(taken)) <= 1).all())

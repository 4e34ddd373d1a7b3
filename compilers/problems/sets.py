"""Families of sets as arrays, checked at the door of the problems that take them."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from compilers.problems.data import Numbers, Weights, as_weights, check_number

Family = Mapping[Hashable, Iterable[Hashable]] | Sequence[Iterable[Hashable]]
SetWeights = Mapping[Any, float] | Sequence[float] | None


@dataclass(frozen=True, eq=False)
class SetSystem:
    """Named sets over elements; both counted from 0.

    Attributes
    ----------
    labels
        Names of the sets, shape (n,).
    elements
        What the sets are made of, in the order they turn up.
    members
        The elements of each set, by number, increasing.
    holders
        The sets that hold each element, by number, increasing.
    weights
        What each set weighs or costs, shape (n,).
    """

    labels: tuple[Hashable, ...]
    elements: tuple[Hashable, ...]
    members: tuple[Numbers, ...]
    holders: tuple[Numbers, ...]
    weights: Weights

    @property
    def n(self) -> int:
        """Number of sets."""
        return len(self.labels)

    @classmethod
    def from_family(
        cls,
        sets: Family,
        weights: SetWeights = None,
        universe: Iterable[Hashable] | None = None,
        *,
        name: str = "weights",
        default: int = 1,
    ) -> SetSystem:
        """Read sets, their weights (`default` if omitted) and what has to be in them.

        Raises
        ------
        TypeError
            If `sets` is neither a mapping nor a sequence of collections, or a weight is
            not a number.
        ValueError
            If there are no sets, a weight is missing, unknown or out of range, or sets
            and universe do not hold the same elements.
        """
        labels, groups = _named(sets)
        known = None if universe is None else dict.fromkeys(_collection(universe))
        index: dict[Hashable, int] = {e: k for k, e in enumerate(known or ())}
        members = []
        for label, group in zip(labels, groups, strict=True):
            if known is not None:
                foreign = [e for e in group if e not in known]
                if foreign:
                    msg = f"set {label!r} holds {foreign[0]!r}, not in the universe"
                    raise ValueError(msg)
            numbers = {index.setdefault(element, len(index)) for element in group}
            members.append(np.array(sorted(numbers), dtype=np.int64))
        holders: list[list[int]] = [[] for _ in index]
        for k, numbers_of_set in enumerate(members):
            for e in numbers_of_set.tolist():
                holders[e].append(k)
        elements = tuple(index)
        for element, who in zip(elements, holders, strict=True):
            if not who:
                msg = f"no set holds {element!r} of the universe"
                raise ValueError(msg)
        held = tuple(np.array(who, dtype=np.int64) for who in holders)
        values = (
            np.full(len(labels), default, dtype=np.int64)
            if weights is None
            else _weights(weights, labels, name)
        )
        return cls(labels, elements, tuple(members), held, values)

    def counts(self, taken: Numbers) -> Numbers:
        """Return how many of the sets taken (by number) hold each element."""
        numbers = [self.members[k] for k in taken.tolist()]
        flat = np.concatenate([np.empty(0, np.int64), *numbers])
        return np.bincount(flat, minlength=len(self.elements))

    def conflicts(self) -> tuple[Numbers, Numbers]:
        """Return the pairs of sets that share an element, each once."""
        codes = [np.empty(0, np.int64)]
        for who in self.holders:
            i, j = np.triu_indices(len(who), 1)
            codes.append(who[i] * self.n + who[j])
        unique = np.unique(np.concatenate(codes))
        return unique // self.n, unique % self.n

    def data(self) -> tuple[Weights | Numbers, ...]:
        """Return the weights and the members, in order and without labels, as arrays."""
        sizes = np.array([len(numbers) for numbers in self.members])
        return self.weights, sizes, np.concatenate(self.members)


def _named(
    sets: Any,
) -> tuple[tuple[Hashable, ...], list[list[Hashable]]]:
    if isinstance(sets, str | bytes) or not isinstance(sets, Mapping | Sequence):
        msg = f"sets must be a mapping or a sequence of sets, not {sets!r}"
        raise TypeError(msg)
    pairs = list(sets.items() if isinstance(sets, Mapping) else enumerate(sets))
    if not pairs:
        msg = "there must be at least 1 set, not 0"
        raise ValueError(msg)
    groups = []
    for label, group in pairs:
        try:
            groups.append(_collection(group))
        except TypeError:
            msg = f"set {label!r} must be a collection of hashables, not {group!r}"
            raise TypeError(msg) from None
    return tuple(label for label, _ in pairs), groups


def _collection(group: Any) -> list[Hashable]:
    if isinstance(group, str | bytes):  # a name where a list of names was meant
        msg = f"a set must be a collection of elements, not {group!r}"
        raise TypeError(msg)
    elements = list(group)
    for element in elements:
        hash(element)
    return elements


def _weights(
    given: Mapping[Any, float] | Sequence[float],
    labels: tuple[Hashable, ...],
    name: str,
) -> Weights:
    if isinstance(given, Mapping):
        table: Mapping[Any, float] = given
        for label in labels:
            if label not in table:
                msg = f"{name} must give every set a number: {label!r} has none"
                raise ValueError(msg)
        if len(table) != len(labels):
            known = set(labels)
            extra = next(label for label in table if label not in known)
            msg = f"{name} names {extra!r}, which is no set"
            raise ValueError(msg)
        values = [table[label] for label in labels]
    else:
        values = list(given)
        if len(values) != len(labels):
            msg = f"{name} must be {len(labels)} numbers, one a set, not {len(values)}"
            raise ValueError(msg)
    pairs = zip(labels, values, strict=True)
    return as_weights([check_number(f"{name}[{label!r}]", v) for label, v in pairs])

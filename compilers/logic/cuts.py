"""Every signal as a function of a few signals below it: cuts of at most three leaves."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

MAX_LEAVES = 3
_KEPT = 12  # cuts a net; few leaves first


class Cut(NamedTuple):
    """Leaves in increasing order, and outputs: bit x for leaves' values x."""

    leaves: tuple[int, ...]
    table: int


Formula = tuple[tuple[tuple[int, ...], ...], bool]  # rows that are 1, or that are 0


@cache
def _expand(table: int, places: tuple[int, ...], k: int) -> int:
    """Return a table over k leaves of which its own are `places`."""
    wide = 0
    for x in range(1 << k):
        own = sum((x >> place & 1) << i for i, place in enumerate(places))
        wide |= (table >> own & 1) << x
    return wide


@cache
def _apply(formula: Formula, tables: tuple[int, ...], k: int) -> int:
    """Return the table of a gate on tables of its inputs."""
    mask = (1 << (1 << k)) - 1
    cubes, negated = formula
    found = 0
    for cube in cubes:
        term = mask
        for bit, table in zip(cube, tables, strict=True):
            term &= table if bit else ~table
        found |= term
    return mask & ~found if negated else found


@cache
def _support(table: int, k: int) -> tuple[tuple[int, ...], int]:
    """Return the leaves that matter, by place, and the table over them."""
    places = tuple(range(k))
    for i in reversed(range(k)):
        width = len(places)
        low = [x for x in range(1 << width) if not x >> i & 1]
        if all(table >> x & 1 == table >> (x | 1 << i) & 1 for x in low):
            table = sum((table >> x & 1) << at for at, x in enumerate(low))
            places = places[:i] + places[i + 1 :]
    return places, table


def merge(formula: Formula, below: Sequence[Sequence[Cut]]) -> list[Cut]:
    """Return the cuts of a gate's output from the cuts of its inputs."""
    found: dict[tuple[int, ...], int] = {}
    for choice in itertools.product(*below):
        union = sorted({leaf for cut in choice for leaf in cut.leaves})
        k = len(union)
        if k > MAX_LEAVES:
            continue
        place = {leaf: i for i, leaf in enumerate(union)}
        tables = tuple(
            _expand(cut.table, tuple(place[leaf] for leaf in cut.leaves), k)
            for cut in choice
        )
        places, table = _support(_apply(formula, tables, k), k)
        found[tuple(union[i] for i in places)] = table
    cuts = [Cut(leaves, table) for leaves, table in found.items()]
    cuts.sort(key=lambda cut: (len(cut.leaves), cut.leaves))
    return cuts[:_KEPT]

"""From counts of neighbours to decisions: which chance, and whether the draw is below it."""

from __future__ import annotations

import numpy as np

from pbit.kernels.against import PLANES, TAIL_BITS
from pbit.kernels.jit import bare, jit
from pbit.kernels.types import Int, Int64s, Uint64s
from pbit.kernels.vectors import Lanes, Vector, spread

FOUR = 4  # levels told apart by two bits
GROUPS = 32  # groups of four levels of one parity, for fields up to 255
ROW = PLANES * FOUR  # words a group
CHANCES_SIZE = 2 * GROUPS * ROW
ALL = np.uint64(0xFFFFFFFFFFFFFFFF)
NOTHING = np.uint64(0)


@jit
def fill_chances(table: Int64s, chances: Uint64s, groups: Int64s) -> None:
    """Lay the chances of going against a field out by plane: all ones or all zeros.

    chances[((32 parity + group) * 12 + k) * 4 + j] is bit k, most significant first, of
    the upper 12 bits of table[f], f = 2 (4 group + j) + parity; groups[parity] says how
    many groups there are before only zeros follow: colder is faster.
    """
    largest = table.shape[0] - 1
    for parity in range(2):
        groups[parity] = 1
        last = max(0, largest - parity) // 2 // FOUR
        for group in range(last + 1):
            for j in range(FOUR):
                field = 2 * (FOUR * group + j) + parity
                chance = table[field] if field <= largest else 0
                if chance >> TAIL_BITS > 0:
                    groups[parity] = group + 1
                start = (GROUPS * parity + group) * ROW + j
                for k in range(PLANES):
                    bit = (chance >> (43 - k)) & 1
                    chances[start + FOUR * k] = ALL if bit else NOTHING


@bare
def choose(flag: Vector, one: Vector, other: Vector) -> Vector:
    """Return `one` where the flag is set, else `other`."""
    return (flag & one) | (~flag & other)


@bare
def chance_bit(
    chances: Uint64s, place: Int, bit_0: Vector, bit_1: Vector, lanes: Lanes
) -> Vector:
    """Return that of four levels' bits which two bits of the level choose."""
    return choose(
        bit_1,
        choose(
            bit_0,
            spread(chances[np.uint64(place + 3)], lanes),
            spread(chances[np.uint64(place + 2)], lanes),
        ),
        choose(
            bit_0,
            spread(chances[np.uint64(place + 1)], lanes),
            spread(chances[np.uint64(place)], lanes),
        ),
    )


@bare
def compare(
    below: Vector, equal: Vector, draw: Vector, chance: Vector
) -> tuple[Vector, Vector]:
    """Take one more, higher, bit into the comparison of draws and chances."""
    same = ~(draw ^ chance)
    return (~draw & chance) | (same & below), equal & same

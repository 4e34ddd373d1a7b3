"""Looking up the chances of levels, and comparing draws with them, plane by plane."""

from __future__ import annotations

from typing import Any

from pbit.kernels.against import PLANES
from pbit.kernels.bitsliced_draws import DRAWS_END, WIDE
from pbit.kernels.bitsliced_levels import (
    ALL,
    FOUR,
    GROUPS,
    NOTHING,
    ROW,
    chance_bit,
    compare,
)
from pbit.kernels.jit import inline
from pbit.kernels.types import Int, Uint64s
from pbit.kernels.vectors import Lanes, Vector, load, spread, store

# Places of the scratch array, a vector each unless a number is given.
MASKS_AT = DRAWS_END  # 2: zeros, ones
EQUAL_AT = MASKS_AT + 2 * WIDE
BELOW_AT = EQUAL_AT + WIDE
LEVEL_AT = BELOW_AT + WIDE  # 7: the bits of the level
MEMBERS_AT = LEVEL_AT + 7 * WIDE  # 32: which chains have their level in the group
METROPOLIS_AT = MEMBERS_AT + GROUPS * WIDE  # all ones for the rule of Metropolis
SCRATCH_SIZE = METROPOLIS_AT + WIDE


@inline
def mask(scratch: Uint64s, bit: Any, lanes: Lanes) -> Vector:
    """Return ones for 1, and zeros for 0."""
    return load(scratch, MASKS_AT + bit * len(lanes), lanes)


@inline
def put_in_groups(
    scratch: Uint64s,
    n_groups: Int,
    bit_2: Vector,
    bit_3: Vector,
    bit_4: Vector,
    bit_5: Vector,
    bit_6: Vector,
    lanes: Lanes,
) -> None:
    """Write which chains have their level in which group of four; keep the level."""
    store(scratch, LEVEL_AT + 2 * WIDE, bit_2)
    store(scratch, LEVEL_AT + 3 * WIDE, bit_3)
    store(scratch, LEVEL_AT + 4 * WIDE, bit_4)
    store(scratch, LEVEL_AT + 5 * WIDE, bit_5)
    store(scratch, LEVEL_AT + 6 * WIDE, bit_6)
    for g in range(n_groups):
        unlike = ~g
        inside = bit_2 ^ mask(scratch, unlike & 1, lanes)
        inside = inside & (bit_3 ^ mask(scratch, (unlike >> 1) & 1, lanes))
        inside = inside & (bit_4 ^ mask(scratch, (unlike >> 2) & 1, lanes))
        inside = inside & (bit_5 ^ mask(scratch, (unlike >> 3) & 1, lanes))
        inside = inside & (bit_6 ^ mask(scratch, (unlike >> 4) & 1, lanes))
        store(scratch, MEMBERS_AT + g * WIDE, inside)


@inline
def compare_four(
    chances: Uint64s,
    chances_at: Int,
    scratch: Uint64s,
    planes_at: Int,
    bit_0: Vector,
    bit_1: Vector,
    lanes: Lanes,
) -> tuple[Vector, Vector]:
    """Return where draws are below, and equal to, the chances of one of four levels."""
    below, equal = spread(NOTHING, lanes), spread(ALL, lanes)
    for k in range(PLANES - 1, -1, -1):
        chance = chance_bit(chances, chances_at + FOUR * k, bit_0, bit_1, lanes)
        draw = load(scratch, planes_at + k * WIDE, lanes)
        below, equal = compare(below, equal, draw, chance)
    return below, equal


@inline
def compare_many(
    chances: Uint64s,
    chances_at: Int,
    n_groups: Int,
    scratch: Uint64s,
    planes_at: Int,
    bit_0: Vector,
    bit_1: Vector,
    lanes: Lanes,
) -> tuple[Vector, Vector]:
    """Return the same for levels in groups; the twelve planes stay in registers."""
    below, equal = spread(NOTHING, lanes), spread(ALL, lanes)
    t0, t1, t2, t3 = below, below, below, below
    t4, t5, t6, t7 = below, below, below, below
    t8, t9, t10, t11 = below, below, below, below
    for g in range(n_groups):
        inside = load(scratch, MEMBERS_AT + g * WIDE, lanes)
        place = chances_at + ROW * g
        t0 = t0 | inside & chance_bit(chances, place, bit_0, bit_1, lanes)
        t1 = t1 | inside & chance_bit(chances, place + 4, bit_0, bit_1, lanes)
        t2 = t2 | inside & chance_bit(chances, place + 8, bit_0, bit_1, lanes)
        t3 = t3 | inside & chance_bit(chances, place + 12, bit_0, bit_1, lanes)
        t4 = t4 | inside & chance_bit(chances, place + 16, bit_0, bit_1, lanes)
        t5 = t5 | inside & chance_bit(chances, place + 20, bit_0, bit_1, lanes)
        t6 = t6 | inside & chance_bit(chances, place + 24, bit_0, bit_1, lanes)
        t7 = t7 | inside & chance_bit(chances, place + 28, bit_0, bit_1, lanes)
        t8 = t8 | inside & chance_bit(chances, place + 32, bit_0, bit_1, lanes)
        t9 = t9 | inside & chance_bit(chances, place + 36, bit_0, bit_1, lanes)
        t10 = t10 | inside & chance_bit(chances, place + 40, bit_0, bit_1, lanes)
        t11 = t11 | inside & chance_bit(chances, place + 44, bit_0, bit_1, lanes)
    last = planes_at + 11 * WIDE
    below, equal = compare(below, equal, load(scratch, last, lanes), t11)
    below, equal = compare(below, equal, load(scratch, last - WIDE, lanes), t10)
    below, equal = compare(below, equal, load(scratch, last - 2 * WIDE, lanes), t9)
    below, equal = compare(below, equal, load(scratch, last - 3 * WIDE, lanes), t8)
    below, equal = compare(below, equal, load(scratch, last - 4 * WIDE, lanes), t7)
    below, equal = compare(below, equal, load(scratch, last - 5 * WIDE, lanes), t6)
    below, equal = compare(below, equal, load(scratch, last - 6 * WIDE, lanes), t5)
    below, equal = compare(below, equal, load(scratch, last - 7 * WIDE, lanes), t4)
    below, equal = compare(below, equal, load(scratch, last - 8 * WIDE, lanes), t3)
    below, equal = compare(below, equal, load(scratch, last - 9 * WIDE, lanes), t2)
    below, equal = compare(below, equal, load(scratch, last - 10 * WIDE, lanes), t1)
    below, equal = compare(below, equal, load(scratch, last - 11 * WIDE, lanes), t0)
    return below, equal

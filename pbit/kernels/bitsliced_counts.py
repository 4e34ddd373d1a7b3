"""Adding the bits of neighbours, 64 chains a word and a vector of words at a time."""

from __future__ import annotations

from typing import Any

from pbit.kernels.jit import bare
from pbit.kernels.types import Int, Int32s, Uint64s
from pbit.kernels.vectors import Lanes, Vector, load

Three = tuple[Vector, Vector, Vector]


@bare
def add(a: Vector, b: Vector, c: Vector) -> tuple[Vector, Vector]:
    """Return sum and carry of three bits."""
    return a ^ b ^ c, (a & b) | (c & (a ^ b))


@bare
def add_seven(
    a: Vector, b: Vector, c: Vector, d: Vector, e: Vector, f: Vector, g: Vector
) -> Three:
    """Return the number of ones among seven bits."""
    abc, carry_1 = add(a, b, c)
    de, carry_2 = add(abc, d, e)
    low, carry_3 = add(de, f, g)
    middle, high = add(carry_1, carry_2, carry_3)
    return low, middle, high


@bare
def read(
    rows: Uint64s, scratch: Uint64s, masks: Int, entry: Any, lanes: Lanes
) -> Vector:
    """Return the bits of an entry's row, inverted if it says so."""
    words = len(lanes)
    row = load(rows, (entry >> 1) * words, lanes)
    return row ^ load(scratch, masks + (entry & 1) * words, lanes)


@bare
def read_block(
    rows: Uint64s,
    entries: Int32s,
    place: Int,
    scratch: Uint64s,
    masks: Int,
    lanes: Lanes,
) -> Three:
    """Return how many of a block's seven inputs are one."""
    return add_seven(
        read(rows, scratch, masks, entries[place], lanes),
        read(rows, scratch, masks, entries[place + 1], lanes),
        read(rows, scratch, masks, entries[place + 2], lanes),
        read(rows, scratch, masks, entries[place + 3], lanes),
        read(rows, scratch, masks, entries[place + 4], lanes),
        read(rows, scratch, masks, entries[place + 5], lanes),
        read(rows, scratch, masks, entries[place + 6], lanes),
    )

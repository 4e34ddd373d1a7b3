"""One representative of all truth tables that differ by names and signs of their pins.

Negating a pin is a change of sign of its couplings and bias, swapping two pins renames
them: neither changes the auxiliary p-bits a table takes, their gap or the size of their
coefficients. So one answer serves the whole class; the 256 functions of three inputs
are 14 classes.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

MAX_PINS = 6  # of 7 pins there are 645120 renamings with signs


@dataclass(frozen=True)
class Gauge:
    """How a representative becomes the table it stands for.

    Attributes
    ----------
    order
        Pin k of the table is pin ``order[k]`` of the representative.
    flipped
        Whether pin k of the table is negated.
    """

    order: tuple[int, ...]
    flipped: tuple[bool, ...]


@cache
def _maps(n: int) -> tuple[NDArray[np.intp], ...]:
    """Return, per order of n pins, where each row (a number) goes."""
    bits = np.arange(1 << n)[:, None] >> np.arange(n) & 1
    places = np.arange(n)
    return tuple(
        (bits[:, list(order)] << places).sum(axis=1)
        for order in itertools.permutations(range(n))
    )


def representative(rows: Iterable[int], n: int) -> tuple[frozenset[int], Gauge]:
    """Return the representative of a set of rows over n pins, and the way back.

    Of all images under renaming and negation it is the one whose characteristic number
    (bit r set where row r is valid) is smallest. Beyond `MAX_PINS` pins a table
    represents itself.
    """
    table = frozenset(int(row) for row in rows)
    if n > MAX_PINS:
        return table, Gauge(tuple(range(n)), (False,) * n)
    valid = np.array(sorted(table), dtype=np.intp)
    best: tuple[tuple[int, ...], int, int] | None = None
    for place, mapped in enumerate(_maps(n)):
        images = np.sort(mapped[valid][None, :] ^ np.arange(1 << n)[:, None], axis=1)
        flips = int(np.lexsort(images[:, ::-1].T)[0])
        found = tuple(images[flips].tolist())
        if best is None or found < best[0]:
            best = (found, place, flips)
    assert best is not None  # noqa: S101 - there is at least one order
    image, place, flips = best
    order = next(itertools.islice(itertools.permutations(range(n)), place, None))
    # Bit k of an image is bit order[k] of the row, negated where flips has bit k.
    back = tuple(order.index(k) for k in range(n))
    return frozenset(image), Gauge(back, tuple(bool(flips >> k & 1) for k in back))

"""The ideal noise source: words of a counter-based generator, one a p-bit and tick."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from hardware.parts import Part
from pbit.kernels.jit import inline
from pbit.kernels.philox import block
from pbit.kernels.types import Int
from pbit.random import Use

NOISE_WORD = int(Use.NOISE_WORD)


class IdealNoise(
    Part,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    tag_field="kind",
    tag="ideal",
):
    """Words that no test of randomness tells from independent uniform ones.

    Every p-bit has a word of its own at every tick: a word of Philox4x32-10, addressed
    by the machine's seed, the p-bit and the tick.
    """

    section: ClassVar[str] = "noise"
    width: ClassVar[int] = 32


@inline
def ideal_word(key0: Int, key1: Int, i: Int, tick: Int) -> np.uint64:
    """Return p-bit i's 32-bit word at clock tick `tick`."""
    word, _w1, _w2, _w3 = block(key0, key1, NOISE_WORD, i, tick)
    return np.uint64(word)

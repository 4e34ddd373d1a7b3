"""Oscillators of single p-bits: how long a period lasts, and what is decided at its end."""

from __future__ import annotations

import math

from hardware.engines.drive import normal
from pbit.kernels.jit import jit
from pbit.kernels.numerics import half_logit
from pbit.kernels.philox import block, unit_from_words
from pbit.kernels.types import Int
from pbit.random import Use

RING = int(Use.RING)
RING_JITTER = int(Use.RING_JITTER)


@jit
def edge_draw(key0: Int, key1: Int, i: Int, edge: Int) -> tuple[float, float]:
    """Return (the input above which p-bit i becomes +1 at an edge, a number in (0, 1))."""
    w0, w1, w2, w3 = block(key0, key1, RING, i, edge)
    return half_logit(unit_from_words(w0, w1)), unit_from_words(w2, w3)


@jit
def period(key0: Int, key1: Int, i: Int, edge: Int, tau: float, jitter: float) -> float:
    """Return the seconds from one edge to the next, or to edge 0 from the start."""
    if edge == 0:
        _limit, phase = edge_draw(key0, key1, i, 0)
        return phase * tau
    if jitter == 0.0:
        return tau
    z = normal(key0, key1, RING_JITTER, i, edge)
    return tau * math.exp(jitter * z - 0.5 * jitter * jitter)

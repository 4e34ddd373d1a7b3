"""Every random draw and every formula of a machine, as scalar functions both engines call.

A draw is addressed by what it is for (:class:`pbit.random.Use`), which p-bit and which
occasion, so it does not matter who asks or when. That both engines call these very
functions is what lets their traces agree to the last bit.
"""

from __future__ import annotations

import math

import numpy as np

from pbit.kernels.jit import inline, jit
from pbit.kernels.numerics import half_logit, log
from pbit.kernels.philox import block, unit_from_words
from pbit.kernels.types import Floats, Int, Int32s
from pbit.random import Use

CLOCK = int(Use.CLOCK)
DECISION = int(Use.DECISION)
MASK = int(Use.MASK)
DWELL = int(Use.DWELL)
REFRESH = int(Use.REFRESH)

LARGEST_EXPONENT = 300.0  # rates stay finite; no device dwells e^-300 of its tau
U8, U12, U20 = np.uint64(8), np.uint64(12), np.uint64(20)
LOW_8, LOW_12 = np.uint64(0xFF), np.uint64(0xFFF)


@inline
def clock_draw(key0: Int, key1: Int, event: Int) -> tuple[float, float, float]:
    """Return (wait, pick, limit) of one tick of the Poisson clock of all p-bits.

    `wait` is exponential of mean 1 (40 bits), `pick` uniform in (0, 1) (44 bits) and
    `limit` the input above which the picked p-bit becomes +1 (44 bits): one block serves
    an update.
    """
    w0, w1, w2, w3 = block(key0, key1, CLOCK, 0, event)
    wait = (np.float64((w0 << U8) | (w3 & LOW_8)) + 0.5) * 2.0**-40
    pick = (np.float64((w1 << U12) | ((w3 >> U8) & LOW_12)) + 0.5) * 2.0**-44
    decision = (np.float64((w2 << U12) | (w3 >> U20)) + 0.5) * 2.0**-44
    return -log(wait), pick, half_logit(decision)


@jit
def pick_index(pick: float, n: Int, keep: Floats, alias: Int32s) -> Int:
    """Turn `pick` into one of n, with equal chances or by an alias table if it has rows.

    Walker's method: slot i keeps its own with chance keep[i], else it gives alias[i].
    """
    scaled = pick * n
    i = np.int64(scaled)
    if keep.shape[0] > 0 and scaled - i >= keep[i]:
        return np.int64(alias[i])
    return i


@inline
def refresh_draw(key0: Int, key1: Int, event: Int) -> tuple[float, float]:
    """Return (wait of mean 1, pick) of one tick of the Poisson clock of all copies."""
    w0, w1, w2, w3 = block(key0, key1, REFRESH, 0, event)
    return -log(unit_from_words(w0, w1)), unit_from_words(w2, w3)


@jit
def pbit_uniform(key0: Int, key1: Int, use: Int, i: Int, tick: Int) -> float:
    """Return p-bit i's uniform number for clock tick `tick`; p-bit pairs share a block."""
    w0, w1, w2, w3 = block(key0, key1, use, i // 2, tick)
    if i % 2 == 0:
        return unit_from_words(w0, w1)
    return unit_from_words(w2, w3)


@jit
def decision_limit(key0: Int, key1: Int, i: Int, tick: Int) -> float:
    """Return the input above which p-bit i becomes +1 at clock tick `tick`."""
    return half_logit(pbit_uniform(key0, key1, DECISION, i, tick))


@jit
def takes_part(key0: Int, key1: Int, i: Int, tick: Int, probability: float) -> bool:
    """Return whether p-bit i of a masked fabric updates at `tick`."""
    return pbit_uniform(key0, key1, MASK, i, tick) < probability


@jit
def dwell_budget(key0: Int, key1: Int, i: Int, flips: Int) -> float:
    """Return the exponential hazard (mean 1) that p-bit i spends before its next flip."""
    w0, w1, _w2, _w3 = block(key0, key1, DWELL, i, flips)
    return -log(unit_from_words(w0, w1))


@jit
def flip_rate(I: float, m: Int, tau: float) -> float:  # noqa: E741 - the field's symbol
    """Return e^{-I m} / tau, flips per second out of state m."""
    return math.exp(min(-I * m, LARGEST_EXPONENT)) / tau


@jit
def spend(budget: float, elapsed: float, rate: float) -> float:
    """Return what is left of a hazard budget after `elapsed` seconds at `rate`."""
    return max(budget - elapsed * rate, 0.0)


@jit
def wait_for(budget: float, rate: float) -> float:
    """Return the seconds until a budget is spent at `rate`; infinite at rate 0."""
    if rate == 0.0:
        return np.inf
    return budget / rate


@jit
def wait_for_tick(start: float, period: float, tick: Int, now: float) -> float:
    """Return the seconds from `now` until start + tick * period.

    Each tick is aimed at its own multiple, so no error piles up.
    """
    return max((start + tick * period) - now, 0.0)

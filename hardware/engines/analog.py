"""What is continuous: voltages that relax, and what p-bits make of them, in closed form.

Between events an input is I(t) = base + excess e^{-t / tau_rc}, without an RC synapse with
an excess of 0. Integrals along it are Gauss-Legendre sums over stretches so short that they
are good to ten digits; a p-bit whose stretch ends before anything happens looks again.
"""

from __future__ import annotations

import math

import numpy as np

from hardware.engines.draws import flip_rate, wait_for
from pbit.kernels.jit import jit
from pbit.kernels.numerics import log
from pbit.kernels.philox import block, unit_from_words
from pbit.kernels.types import Int
from pbit.random import Use

MAGNET = int(Use.MAGNET)

# What is next for a p-bit that times itself.
FLIP, LOOK, REDRAW = range(3)

SETTLED = 1e-10  # of an input: an excess no larger is none
LARGEST_HAZARD_STEP = 1.0  # change of a telegraph p-bit's input within a stretch
LARGEST_LEVEL_STEP = 0.5  # change of a transistor's input within a stretch
LONGEST_STRETCH = 1.0  # time constants
MOST_STEPS = 80  # of Newton or bisection; 60 halvings exhaust a float

_POINTS, _SHARES = np.polynomial.legendre.leggauss(8)
NODES = tuple((0.5 * (1.0 + _POINTS)).tolist())
SHARES = tuple((0.5 * _SHARES).tolist())


@jit
def relaxed(value: float, goal: float, elapsed: float, tau: float) -> float:
    """Return where a value that decays towards `goal` is after `elapsed` seconds."""
    if elapsed <= 0.0:
        return value
    return goal + (value - goal) * math.exp(-elapsed / tau)


@jit
def stretch(excess: float, tau_rc: float, change: float) -> float:
    """Return for how many seconds an input moves by at most `change`; infinite if settled."""
    size = abs(excess)
    if size <= SETTLED:
        return np.inf
    longest = LONGEST_STRETCH * tau_rc
    if size <= change:
        return longest
    return min(longest, -tau_rc * math.log1p(-change / size))


# Telegraph p-bits: the hazard spent.


@jit
def hazard(
    base: float, excess: float, tau_rc: float, m: Int, tau: float, elapsed: float
) -> float:
    """Return the integral of the flip rate over `elapsed` seconds, at most a stretch."""
    if abs(excess) <= SETTLED:
        return elapsed * flip_rate(base, m, tau)
    total = 0.0
    for k in range(8):
        driven = base + excess * math.exp(-elapsed * NODES[k] / tau_rc)
        total += SHARES[k] * flip_rate(driven, m, tau)
    return elapsed * total


@jit
def next_flip(
    budget: float, base: float, excess: float, tau_rc: float, m: Int, tau: float
) -> tuple[float, int]:
    """Return (seconds, FLIP) until the budget is spent, or (a stretch, LOOK)."""
    end = stretch(excess, tau_rc, LARGEST_HAZARD_STEP)
    if end == np.inf:
        return wait_for(budget, flip_rate(base, m, tau)), FLIP
    total = hazard(base, excess, tau_rc, m, tau, end)
    if total < budget:
        return end, LOOK
    low, high, s = 0.0, end, end * budget / total
    for _ in range(MOST_STEPS):
        surplus = hazard(base, excess, tau_rc, m, tau, s) - budget
        if surplus > 0.0:
            high = s
        else:
            low = s
        driven = base + excess * math.exp(-s / tau_rc)
        better = s - surplus / flip_rate(driven, m, tau)
        if not low <= better <= high:
            better = 0.5 * (low + high)
        if abs(better - s) <= 1e-14 * end:
            return better, FLIP
        s = better
    return s, FLIP


# Transistor p-bits: a level, a resistance, and when they meet.


@jit
def magnet_draw(key0: Int, key1: Int, i: Int, redraw: Int) -> tuple[float, float]:
    """Return (hazard budget of mean 1 until the next redraw, uniform number in (0, 1))."""
    w0, w1, w2, w3 = block(key0, key1, MAGNET, i, redraw)
    return -log(unit_from_words(w0, w1)), unit_from_words(w2, w3)


@jit
def first_resistance(uniform: float, level: float, m: Int) -> float:
    """Return a resistance, uniform among those that make the state m at that level."""
    if m > 0:
        return -1.0 + uniform * (level + 1.0)
    return level + uniform * (1.0 - level)


@jit
def side(level: float, resistance: float) -> int:
    """Return the state that a level and a resistance make."""
    return 1 if level > resistance else -1


@jit
def level_after(
    level: float,
    base: float,
    excess: float,
    tau_rc: float,
    tau_t: float,
    elapsed: float,
) -> float:
    """Return the transistor's level after `elapsed` seconds, at most a stretch."""
    if elapsed <= 0.0:
        return level
    if abs(excess) <= SETTLED:
        return relaxed(level, math.tanh(base), elapsed, tau_t)
    total = 0.0
    for k in range(8):
        goal = math.tanh(base + excess * math.exp(-elapsed * NODES[k] / tau_rc))
        total += SHARES[k] * goal * math.exp(-elapsed * (1.0 - NODES[k]) / tau_t)
    return level * math.exp(-elapsed / tau_t) + elapsed / tau_t * total


@jit
def next_crossing(
    level: float,
    resistance: float,
    m: Int,
    base: float,
    excess: float,
    tau_rc: float,
    tau_t: float,
) -> tuple[float, int]:
    """Return (seconds, FLIP) until the level crosses the resistance, or (..., LOOK).

    The level has to be on the side of m, or on the resistance itself.
    """
    end = stretch(excess, tau_rc, LARGEST_LEVEL_STEP)
    if end == np.inf:
        goal = math.tanh(base)
        if m * (goal - resistance) >= 0.0:
            return np.inf, FLIP
        ratio = (level - goal) / (resistance - goal)
        return max(0.0, tau_t * math.log(ratio)), FLIP
    end = min(end, LONGEST_STRETCH * tau_t)
    after = level_after(level, base, excess, tau_rc, tau_t, end)
    if m * (after - resistance) >= 0.0:
        # Goals move one way, so a level turns at most once; it may dip below meanwhile.
        end_goal = math.tanh(base + excess * math.exp(-end / tau_rc))
        falls = m * (math.tanh(base + excess) - level) < 0.0
        if not falls or m * (end_goal - after) <= 0.0:
            return end, LOOK
        turn = turning_point(level, m, base, excess, tau_rc, tau_t, end)
        after = level_after(level, base, excess, tau_rc, tau_t, turn)
        if m * (after - resistance) >= 0.0:
            return end, LOOK
        end = turn
    return meeting(level, resistance, m, base, excess, tau_rc, tau_t, end), FLIP


@jit
def turning_point(
    level: float,
    m: Int,
    base: float,
    excess: float,
    tau_rc: float,
    tau_t: float,
    end: float,
) -> float:
    """Return when, before `end`, a level stops to move away from the side of m."""
    low, high = 0.0, end
    for _ in range(MOST_STEPS):
        s = 0.5 * (low + high)
        goal = math.tanh(base + excess * math.exp(-s / tau_rc))
        if m * (goal - level_after(level, base, excess, tau_rc, tau_t, s)) < 0.0:
            low = s
        else:
            high = s
        if high - low <= 1e-9 * end:
            break
    return high


@jit
def meeting(
    level: float,
    resistance: float,
    m: Int,
    base: float,
    excess: float,
    tau_rc: float,
    tau_t: float,
    end: float,
) -> float:
    """Return when, before `end`, a level crosses the resistance away from the side of m."""
    low, high, s = 0.0, end, 0.5 * end
    for _ in range(MOST_STEPS):
        now = level_after(level, base, excess, tau_rc, tau_t, s)
        ahead = m * (now - resistance)
        if ahead < 0.0:
            high = s
        else:
            low = s
        goal = math.tanh(base + excess * math.exp(-s / tau_rc))
        slope = m * (goal - now) / tau_t
        better = s - ahead / slope if slope != 0.0 else low
        if not low < better < high:
            better = 0.5 * (low + high)
        if abs(better - s) <= 1e-14 * end:
            return better
        s = better
    return s


@jit
def on_side(level: float, resistance: float, m: Int) -> float:
    """Return the level, moved to the resistance if rounding took it past that."""
    if m > 0:
        return max(level, resistance)
    if m < 0:
        return min(level, resistance)
    return level


@jit
def redraw_rate(resistance: float, pinning: float, tau: float) -> float:
    """Return redraws per second of a junction at that resistance."""
    return flip_rate(pinning * resistance, 1, tau)


@jit
def next_of_transistor(
    level: float,
    resistance: float,
    m: Int,
    clamped: bool,
    wait: float,
    base: float,
    excess: float,
    tau_rc: float,
    tau_t: float,
) -> tuple[float, int]:
    """Return (seconds, what) of a transistor p-bit whose junction is redrawn after `wait`."""
    if clamped:
        first, what = stretch(excess, tau_rc, LARGEST_LEVEL_STEP), LOOK
        if first < np.inf:
            first = min(first, LONGEST_STRETCH * tau_t)
    elif m * (level - resistance) < 0.0:
        return 0.0, FLIP  # it was held where it does not belong
    else:
        first, what = next_crossing(level, resistance, m, base, excess, tau_rc, tau_t)
    if wait <= first:
        return wait, REDRAW
    return first, what

"""What a p-bit makes of its field: its own slope, offset, drift and reading noise."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from pbit.checks import Floats
from pbit.kernels.jit import dissolve, jit
from pbit.kernels.numerics import log
from pbit.kernels.philox import block, unit_from_words
from pbit.kernels.types import Int
from pbit.random import Use

READ_NOISE = int(Use.READ_NOISE)


class Drive(NamedTuple):
    """How fields become inputs; arrays of no rows where p-bits are as they should be."""

    slope: Floats  # (n,) or none, where all are 1
    offset: Floats  # (n,) or none, in units of the input
    drift: Floats  # (n,) or none, offset a second
    noise: Floats  # (n,) or none: standard deviation of the field at every reading
    start: float  # seconds; when drifts began
    # A measured response: inputs, and those of tanh that answer alike; or none.
    measured: Floats = np.empty(0)
    equal: Floats = np.empty(0)


def plain_drive(start: float = 0.0) -> Drive:
    """Return the drive of p-bits that are all alike."""
    return Drive(np.empty(0), np.empty(0), np.empty(0), np.empty(0), start)


@jit
def interpolated(x: float, at: Floats, values: Floats) -> float:
    """Return the value at x, straight between points, constant beyond them."""
    k = np.searchsorted(at, x)
    if k == 0:
        return float(values[0])
    if k == at.shape[0]:
        return float(values[k - 1])
    share = (x - at[k - 1]) / (at[k] - at[k - 1])
    return float(values[k - 1] + share * (values[k] - values[k - 1]))


@dissolve
def input_of(drive: Drive, beta: float, field: float, i: Int, t: float) -> float:
    """Return I = slope beta field + offset + drift t for p-bit i, without noise."""
    value: float = beta * field
    if drive.slope.shape[0] > 0:
        value *= drive.slope[i]
    if drive.offset.shape[0] > 0:
        value += drive.offset[i]
    if drive.drift.shape[0] > 0:
        value += drive.drift[i] * (t - drive.start)
    if drive.measured.shape[0] > 0:
        value = interpolated(value, drive.measured, drive.equal)
    return value


@dissolve
def noisy_field(
    drive: Drive, field: float, key0: Int, key1: Int, i: Int, event: Int
) -> float:
    """Return the field as p-bit i reads it at its clock's event: with noise if it has any."""
    if drive.noise.shape[0] > 0:
        field += drive.noise[i] * normal(key0, key1, READ_NOISE, i, event)
    return field


@jit
def normal(key0: Int, key1: Int, use: Int, unit: Int, event: Int) -> float:
    """Return a standard normal number (Box and Muller, 1958, the cosine)."""
    w0, w1, w2, w3 = block(key0, key1, use, unit, event)
    radius = math.sqrt(-2.0 * log(unit_from_words(w0, w1)))
    return radius * math.cos(2.0 * math.pi * unit_from_words(w2, w3))


@jit
def fill_normals(out: Floats, key0: Int, key1: Int, use: Int, unit: Int) -> None:
    """Fill `out` with standard normal numbers, one an event from 0 on."""
    for k in range(out.shape[0]):
        out[k] = normal(key0, key1, use, unit, k)


@jit
def fill_uniforms(out: Floats, key0: Int, key1: Int, use: Int, unit: Int) -> None:
    """Fill `out` with uniform numbers in (0, 1), one an event from 0 on."""
    for k in range(out.shape[0]):
        w0, w1, _w2, _w3 = block(key0, key1, use, unit, k)
        out[k] = unit_from_words(w0, w1)

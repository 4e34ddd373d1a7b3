"""Heun's method for macrospins: noise from the counter, no allocation in the loop."""

from __future__ import annotations

import math

from pbit.checks import Floats
from pbit.kernels.jit import jit
from pbit.kernels.numerics import log
from pbit.kernels.philox import block, unit_from_words
from pbit.kernels.types import Int
from pbit.random import Use

THERMAL = int(Use.THERMAL)


@jit
def slope(
    x: float,
    y: float,
    z: float,
    bx: float,
    by: float,
    bz: float,
    alpha: float,
    torque: float,
) -> tuple[float, float, float]:
    """Return -m x B - alpha m x (m x B) - a m x (m x z) + alpha a m x z.

    `torque` a is in tesla; with the field p = B + a' this is the field B - alpha a z in the
    first product and B + (a / alpha) z in the second.
    """
    tz = bz - alpha * torque  # acts in the precession
    px, py, pz = y * tz - z * by, z * bx - x * tz, x * by - y * bx
    dz = alpha * bz + torque  # acts in the damping
    dx, dy = alpha * bx, alpha * by
    along = x * dx + y * dy + z * dz
    # -m x (m x D) = D - (m . D) m
    return (
        -px + dx - along * x,
        -py + dy - along * y,
        -pz + dz - along * z,
    )


@jit
def heun(
    path: Floats,
    every: Int,
    step: float,
    alpha: float,
    applied: Floats,
    bk: float,
    bd: float,
    thermal: float,
    torque: float,
    key0: Int,
    key1: Int,
) -> None:
    """Fill in rows 1, 2, ... of `path`, `every` steps apart; row 0 is the start.

    `step` is gamma dt / (1 + alpha^2) in 1/tesla, all fields are in tesla.
    """
    for k in range(path.shape[1]):
        x, y, z = path[0, k, 0], path[0, k, 1], path[0, k, 2]
        spare = 0.0
        for row in range(1, path.shape[0]):
            for s in range(every):
                event = (row - 1) * every + s
                tx, ty, tz, spare = thermal_field(key0, key1, k, event, thermal, spare)
                bx, by, bz = applied[0] + tx, applied[1] + ty, applied[2] + tz
                fx, fy, fz = slope(x, y, z, bx - bd * x, by, bz + bk * z, alpha, torque)
                u, v, w = x + step * fx, y + step * fy, z + step * fz
                gx, gy, gz = slope(u, v, w, bx - bd * u, by, bz + bk * w, alpha, torque)
                x += 0.5 * step * (fx + gx)
                y += 0.5 * step * (fy + gy)
                z += 0.5 * step * (fz + gz)
                scale = 1.0 / math.sqrt(x * x + y * y + z * z)
                x *= scale
                y *= scale
                z *= scale
            path[row, k, 0], path[row, k, 1], path[row, k, 2] = x, y, z


@jit
def thermal_field(
    key0: Int, key1: Int, k: Int, event: Int, deviation: float, spare: float
) -> tuple[float, float, float, float]:
    """Return three normal numbers of a deviation, and one of deviation 1 to keep.

    A block makes two, so two steps share three: the even one draws two blocks and keeps
    one number for the odd.
    """
    if deviation == 0.0:
        return 0.0, 0.0, 0.0, 0.0
    first = 3 * (event // 2)
    if event % 2 == 0:
        a, b = two_normals(key0, key1, k, first)
        c, d = two_normals(key0, key1, k, first + 1)
        return deviation * a, deviation * b, deviation * c, d
    a, b = two_normals(key0, key1, k, first + 2)
    return deviation * a, deviation * b, deviation * spare, 0.0


@jit
def two_normals(key0: Int, key1: Int, k: Int, event: Int) -> tuple[float, float]:
    """Return two standard normal numbers (Box and Muller, 1958)."""
    w0, w1, w2, w3 = block(key0, key1, THERMAL, k, event)
    radius = math.sqrt(-2.0 * log(unit_from_words(w0, w1)))
    angle = 2.0 * math.pi * unit_from_words(w2, w3)
    return radius * math.cos(angle), radius * math.sin(angle)

"""Restricted Boltzmann machines in 0/1 and float32: inputs, decisions, sums of a batch.

One side of every product is 0/1, so products are sums of the rows that are on, added in a
fixed order: the bits of a result depend on the seed alone, on no library and no thread.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pbit.kernels.jit import bare
from pbit.kernels.philox import block
from pbit.kernels.types import Int, Int32s

Bits = NDArray[np.uint8]
Singles = NDArray[np.float32]

ZERO, HALF, ONE = np.float32(0.0), np.float32(0.5), np.float32(1.0)
LARGEST = np.float32(
    80.0
)  # exp beyond it overflows; σ is 0 or 1 to float32 long before
LOG2_E = np.float32(1.4426950408889634)
LN2_HIGH, LN2_LOW = np.float32(0.693359375), np.float32(-2.12194440e-4)
EXP_2, EXP_3, EXP_4, EXP_5, EXP_6 = (
    np.float32(1 / 2), np.float32(1 / 6), np.float32(1 / 24), np.float32(1 / 120),
    np.float32(1 / 720),
)  # fmt: skip
TO_UNIT_24 = np.float32(2.0**-24)
SHIFT_8 = np.uint64(8)
MANTISSA, BIAS = np.int32(23), np.int32(127)


@bare
def listed(bits: Bits, chosen: Int32s) -> int:
    """Write the places of the ones to `chosen`; return how many there are."""
    count = 0
    for i in range(bits.shape[0]):
        chosen[count] = i
        count += int(bits[i])
    return count


@bare
def add_rows(out: Singles, rows: Singles, chosen: Int32s, count: Int) -> None:
    """Add the chosen rows to `out`, four at a time."""
    width = out.shape[0]
    whole = count - count % 4
    for k in range(0, whole, 4):
        one, two = rows[chosen[k]], rows[chosen[k + 1]]
        three, four = rows[chosen[k + 2]], rows[chosen[k + 3]]
        for j in range(width):
            out[j] += (one[j] + two[j]) + (three[j] + four[j])
    for k in range(whole, count):
        one = rows[chosen[k]]
        for j in range(width):
            out[j] += one[j]


@bare
def inputs(
    bits: Bits, weights: Singles, bias: Singles, chosen: Int32s, out: Singles
) -> None:
    """Write bias + Σ of the weights of what is on, one row a row of `bits`."""
    for k in range(bits.shape[0]):
        count = listed(bits[k], chosen)
        row = out[k]
        for j in range(row.shape[0]):
            row[j] = bias[j]
        add_rows(row, weights, chosen, count)


@bare
def squash(values: Singles, scale: float) -> None:
    """Replace x by σ(scale x) = 1 / (1 + e^{-scale x}), to 2e-7."""
    flat = values.reshape(values.size)
    factor = np.float32(-scale)
    for k in range(flat.shape[0]):
        x = factor * flat[k]
        x = min(max(x, -LARGEST), LARGEST)
        steps = np.floor(x * LOG2_E + HALF)
        x = (x - steps * LN2_HIGH) - steps * LN2_LOW
        power = ONE + x * (
            ONE + x * (EXP_2 + x * (EXP_3 + x * (EXP_4 + x * (EXP_5 + x * EXP_6))))
        )
        two = np.int32((np.int32(steps) + BIAS) << MANTISSA).view(np.float32)
        flat[k] = ONE / (ONE + power * two)


@bare
def decide(
    chances: Singles,
    out: Bits,
    drawn: NDArray[np.uint32],
    key0: Int,
    key1: Int,
    use: Int,
    first_unit: Int,
    event: Int,
) -> None:
    """Write 1 with the chance given, row k with the draws of unit `first_unit` + k.

    Of an event each entry takes a word of 32 bits, of which 24 count. `drawn` has room
    for a row, up to a multiple of 4.
    """
    width = chances.shape[1]
    quarter = (width + 3) // 4
    for k in range(chances.shape[0]):
        for b in range(quarter):
            w0, w1, w2, w3 = block(key0, key1, use, first_unit + k, event * quarter + b)
            drawn[b] = w0 >> SHIFT_8
            drawn[b + quarter] = w1 >> SHIFT_8
            drawn[b + 2 * quarter] = w2 >> SHIFT_8
            drawn[b + 3 * quarter] = w3 >> SHIFT_8
        row, states = chances[k], out[k]
        for j in range(width):
            level = (np.float32(np.int32(drawn[j])) + HALF) * TO_UNIT_24
            states[j] = np.uint8(1) if level < row[j] else np.uint8(0)

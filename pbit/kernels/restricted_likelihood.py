"""How good a restricted Boltzmann machine is: free energies, conditionals, weights of AIS."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pbit.kernels.jit import bare
from pbit.kernels.numerics import log
from pbit.kernels.restricted import Bits, Singles, decide, inputs, squash
from pbit.kernels.types import Floats, Int, Int32s


@bare
def softplus_sum(values: Singles, scale: float) -> float:
    """Return Σ ln(1 + e^{scale x})."""
    total = 0.0
    for j in range(values.shape[0]):
        x = scale * np.float64(values[j])
        total += max(x, 0.0) + log(1.0 + np.exp(-abs(x)))
    return total


@bare
def log_weights(
    bits: Bits, weights: Singles, a: Singles, b: Singles, chosen: Int32s,
    heard: Singles, out: Floats,
) -> None:  # fmt: skip
    """Write ln Σ_h e^{-E(v, h)} of every row."""
    inputs(bits, weights, b, chosen, heard)
    for k in range(bits.shape[0]):
        total = softplus_sum(heard[k], 1.0)
        for i in range(bits.shape[1]):
            total += np.float64(a[i]) * np.float64(bits[k, i])
        out[k] = total


@bare
def pseudo_likelihoods(
    bits: Bits, weights: Singles, a: Singles, b: Singles, chosen: Int32s,
    heard: Singles, other: Singles, out: Floats,
) -> None:  # fmt: skip
    """Write Σ_i ln P(v_i | all other v) of every row; `other` has room for one row."""
    inputs(bits, weights, b, chosen, heard)
    for k in range(bits.shape[0]):
        own, total = softplus_sum(heard[k], 1.0), 0.0
        for i in range(bits.shape[1]):
            way = np.float32(1.0 - 2.0 * np.float64(bits[k, i]))
            for j in range(other.shape[0]):
                other[j] = heard[k, j] + way * weights[i, j]
            gain = np.float64(way * a[i]) + softplus_sum(other, 1.0) - own
            total -= max(gain, 0.0) + log(1.0 + np.exp(-abs(gain)))
        out[k] = total


@bare
def anneal(
    visible: Bits,
    hidden: Bits,
    weights: Singles,
    across: Singles,
    a: Singles,
    b: Singles,
    base: Singles,
    betas: Floats,
    seen: Singles,
    heard: Singles,
    chosen: Int32s,
    drawn: NDArray[np.uint32],
    key0: Int,
    key1: Int,
    use_v: Int,
    use_h: Int,
    logs: Floats,
) -> None:
    """Take chains from independent units of biases `base` to the machine; weigh them."""
    rows, n_visible = visible.shape
    for k in range(rows):
        for i in range(n_visible):
            seen[k, i] = base[i]
    squash(seen, 1.0)
    decide(seen, visible, drawn, key0, key1, use_v, 0, 0)
    for t in range(1, betas.shape[0]):
        before, after = betas[t - 1], betas[t]
        inputs(visible, weights, b, chosen, heard)
        for k in range(rows):
            gain = softplus_sum(heard[k], after) - softplus_sum(heard[k], before)
            for i in range(n_visible):
                tilt = np.float64(a[i]) - np.float64(base[i])
                gain += (after - before) * tilt * np.float64(visible[k, i])
            logs[k] += gain
        squash(heard, after)
        decide(heard, hidden, drawn, key0, key1, use_h, 0, t)
        inputs(hidden, across, a, chosen, seen)
        on, off = np.float32(after), np.float32(1.0 - after)
        for k in range(rows):
            for i in range(n_visible):
                seen[k, i] = on * seen[k, i] + off * base[i]
        squash(seen, 1.0)
        decide(seen, visible, drawn, key0, key1, use_v, 0, t)

"""The law of draws of fields in whole numbers, slowly: one decision after the other."""

from __future__ import annotations

import decimal

import numpy as np

from tests import oracles

PLANES_USE, TAIL_USE = 8, 9
BITS = 44


def chance_against(beta, field):
    """2**44 sigma(-2 beta |field|), exactly but for fifty digits."""
    with decimal.localcontext() as context:
        context.prec = 50
        exponent = -2 * decimal.Decimal(beta) * abs(decimal.Decimal(field))
        weight = exponent.exp()
        return 2**BITS * weight / (1 + weight)


def upper_bits(key, i, sweep, chain):
    """The upper 12 bits of a draw: one bit of each of twelve words."""
    high = PLANES_USE << 24 | sweep >> 32
    number = 0
    for q in range(3):
        counter = (i, 4 * (chain // 32) + q, sweep & oracles.MASK, high)
        for word in oracles.philox4x32(counter, key):
            number = 2 * number + (word >> chain % 32 & 1)
    return number


def lower_bits(key, i, sweep, chain):
    """The lower 32 bits of a draw."""
    high = TAIL_USE << 24 | sweep >> 32
    return oracles.philox4x32((i, chain, sweep & oracles.MASK, high), key)[0]


def run(circuit, start, betas, key, chain, order, first_sweep=0):
    """One chain, sweep after sweep: states, shape (t, n)."""
    m = [int(value) for value in start]
    weights, trajectory = circuit.weights.toarray(), []
    for t, beta in enumerate(betas):
        for i in order:
            field = float(np.dot(weights[i], m) + circuit.h[i])
            draw = upper_bits(key, i, first_sweep + t, chain) << 32
            draw |= lower_bits(key, i, first_sweep + t, chain)
            along = 1 if field >= 0 else -1
            against = draw < round(chance_against(beta, field))
            m[i] = -along if against else along
        trajectory.append(list(m))
    return np.array(trajectory, np.int8)

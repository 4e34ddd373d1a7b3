"""Fixed points of magnetizations and of messages, one p-bit after the other."""

from __future__ import annotations

import numpy as np

from pbit.kernels.jit import inline, jit
from pbit.kernels.types import Floats, Int32s, Int64s


@jit
def mean_field_sweep(
    indptr: Int32s,
    indices: Int32s,
    data: Floats,
    h: Floats,
    beta: float,
    onsager: float,
    damping: float,
    means: Floats,
) -> float:
    """Update every mean once, in place; return the largest change before damping.

    `onsager` is 1 with the reaction term of TAP and 0 without.
    """
    worst = 0.0
    for i in range(means.shape[0]):
        field = h[i]
        reaction = 0.0
        for e in range(indptr[i], indptr[i + 1]):
            other = means[indices[e]]
            field += data[e] * other
            reaction += data[e] * data[e] * (1.0 - other * other)
        own = means[i]
        new = np.tanh(beta * field - onsager * beta * beta * own * reaction)
        worst = max(worst, abs(new - own))
        means[i] = damping * own + (1.0 - damping) * new
    return worst


@inline
def product_of_tanh(a: float, b: float) -> float:
    """Return artanh(tanh a tanh b), which has no large exponentials in this form."""
    plus, minus = abs(a + b), abs(a - b)
    rest: float = np.log1p(np.exp(-2.0 * plus)) - np.log1p(np.exp(-2.0 * minus))
    return 0.5 * (plus - minus) + 0.5 * rest


@jit
def belief_sweep(
    indptr: Int32s,
    data: Floats,
    back: Int64s,
    h: Floats,
    beta: float,
    damping: float,
    messages: Floats,
) -> float:
    """Let every p-bit tell its neighbours once; return the largest change before damping.

    Entry e of row i holds what i hears of its neighbour, back[e] the place of what this
    one hears of i.
    """
    worst = 0.0
    for i in range(h.shape[0]):
        total = beta * h[i]
        for e in range(indptr[i], indptr[i + 1]):
            total += messages[e]
        for e in range(indptr[i], indptr[i + 1]):
            old = messages[back[e]]
            new = product_of_tanh(beta * data[e], total - messages[e])
            worst = max(worst, abs(new - old))
            messages[back[e]] = damping * old + (1.0 - damping) * new
    return worst

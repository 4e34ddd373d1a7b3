r"""The law of draws of models whose fields are whole numbers: how a p-bit decides.

A p-bit of field f (in units of the model) takes the sign of f, a field of 0 counting as
positive, unless it goes *against* it, which happens with probability

.. math:: r(|f|) = \sigma(-2 \beta |f|), \qquad 0 \le r \le 1/2,

rounded to a multiple of 2**-44. It does where a draw u of 44 bits is below r 2**44. By the
rule of Metropolis et al. (1953) only a p-bit that has the sign of f may go against it, with
probability min(1 - 2**-44, exp(-2 beta |f|)); any other takes the sign. The
upper 12 bits of u come as *planes*, one word a plane for 32 chains at a time; only a chain
whose 12 bits equal those of r needs the lower 32, from a block of its own.

Counters of Philox, for sweep t: planes 4q ... 4q+3 of p-bit i, for chains 32g ... 32g+31, are
the words of block (i, 4g + q, t mod 2**32, use * 2**24 + t div 2**32), q < 3, most significant
plane first, bit c % 32 for chain c. The lower bits of chain c are word 0 of block
(i, c, t mod 2**32, tail_use * 2**24 + t div 2**32).
"""

from __future__ import annotations

import numpy as np

from pbit.kernels.jit import inline, jit
from pbit.kernels.types import Int64s

PLANES = 12
TAIL_BITS = 32
SCALE = 2.0 ** (PLANES + TAIL_BITS)
GROUP = 32  # chains that share the words of a block
BLOCKS = 3  # of four planes each

LOG2_E = 1.4426950408889634
LN2_HIGH = 0.6931471803691238  # 33 bits, so that exponent * LN2_HIGH is exact
LN2_LOW = 1.9082149292705877e-10
NEVER = 40.0  # exp(-40) 2**44 rounds to zero
EXPONENT_BIAS = np.int64(1023)
EXPONENT_SHIFT = np.int64(52)


@inline
def exp_of_minus(x: float) -> float:
    """Return exp(-x) for 0 <= x <= 40 in plain arithmetic: the same bits everywhere."""
    k = np.int64(x * LOG2_E + 0.5)
    # exp(-x) = 2**-k exp(y) with |y| <= ln(2) / 2
    y = (k * LN2_HIGH - x) + k * LN2_LOW
    series = 1.0
    for d in range(14, 0, -1):
        series = 1.0 + series * y / d
    power = np.int64((EXPONENT_BIAS - k) << EXPONENT_SHIFT).view(np.float64)
    return series * power


@jit
def fill_table(table: Int64s, beta_unit: float, metropolis: bool = False) -> None:
    """Set table[f] to 2**44 sigma(-2 beta_unit f), rounded, for f = 0, 1, ...

    By the rule of Metropolis it is 2**44 exp(-2 beta_unit f), and for f = 0 one less.
    """
    for f in range(table.shape[0]):
        x = 2.0 * beta_unit * f
        table[f] = 0
        if x <= NEVER:
            weight = exp_of_minus(x)
            chance = weight if metropolis else weight / (1.0 + weight)
            table[f] = np.int64(min(chance * SCALE + 0.5, SCALE - 1.0))

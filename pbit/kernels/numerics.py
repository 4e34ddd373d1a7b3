"""Logarithms in plain arithmetic: the same bits on every processor, and loops vectorise.

libm's log differs between systems in the last bit and is a call; this one is a polynomial
on the mantissa, accurate to 4e-16 absolutely or relatively, whichever is larger.
"""

from __future__ import annotations

import numpy as np

from pbit.kernels.jit import inline

LN2_HIGH = 0.6931471803691238  # 33 bits, so that exponent * LN2_HIGH is exact
LN2_LOW = 1.9082149292705877e-10
SQRT_HALF_BITS = np.int64(0x3FE6A09E667F3BCD)
EXPONENT_SHIFT = np.int64(52)


@inline
def log(x: float) -> float:
    """Return the natural logarithm of a positive, normal float64."""
    bits = np.float64(x).view(np.int64)
    exponent = (bits - SQRT_HALF_BITS) >> EXPONENT_SHIFT
    mantissa = np.int64(bits - (exponent << EXPONENT_SHIFT)).view(np.float64)
    # mantissa in [sqrt(1/2), sqrt(2)); log = 2 artanh(s), |s| < 0.1716
    s = (mantissa - 1.0) / (mantissa + 1.0)
    z = s * s
    series = z * (
        1 / 3
        + z
        * (
            1 / 5
            + z
            * (
                1 / 7
                + z
                * (
                    1 / 9
                    + z
                    * (
                        1 / 11
                        + z * (1 / 13 + z * (1 / 15 + z * (1 / 17 + z * (1 / 19))))
                    )
                )
            )
        )
    )
    e = np.float64(exponent)
    return e * LN2_HIGH + (2.0 * s + (2.0 * s * series + e * LN2_LOW))


@inline
def half_logit(u: float) -> float:
    """Return artanh(2u - 1) = log(u / (1 - u)) / 2.

    A p-bit of input I takes +1 where u < sigma(2 I), that is where half_logit(u) < I: one
    logarithm that does not wait for I replaces the exponential that would.
    """
    return 0.5 * log(u / (1.0 - u))

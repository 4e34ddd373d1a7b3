r"""The ferromagnetic Ising model on the square lattice, exactly: infinite and on any torus.

:math:`E = -J \sum_{\langle ij \rangle} m_i m_j`, no biases, J > 0. Per-spin values of
the infinite lattice are Onsager's and Yang's, those of a rows × columns torus Kaufman's.
Arguments are inverse temperatures; only :math:`K = \beta J` matters.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy import integrate, special

from pbit.checks import Floats, check_count, check_nonnegative
from pbit.model import IsingModel

#: Critical temperature of J = 1, 2 / ln(1 + √2) = 2.269185...
CRITICAL_TEMPERATURE = 2.0 / math.log1p(math.sqrt(2.0))
#: Critical inverse temperature of J = 1, ln(1 + √2) / 2 = 0.440686...
CRITICAL_BETA = 1.0 / CRITICAL_TEMPERATURE
_HOT = 5e-4  # below this K the closed forms cancel: a series is better


class Torus(NamedTuple):
    """Exact values of a finite torus.

    Attributes
    ----------
    log_partition
        ln Z of the whole torus.
    energy
        ⟨E⟩ per p-bit.
    specific_heat
        β² Var E per p-bit.
    """

    log_partition: float
    energy: float
    specific_heat: float


def model(rows: int, columns: int, J: float = 1.0) -> IsingModel:
    """Return the torus as a model; the p-bit in row r and column c is r * columns + c.

    Where a side is 2 long, its bonds are doubled, as in the closed forms; sides of 1,
    whose bonds would join a p-bit to itself, are refused.

    Raises
    ------
    TypeError, ValueError
        If a side is below 2, or `J` is not positive.
    """
    check_count("rows", rows, 2)
    check_count("columns", columns, 2)
    _coupling(1.0, J)
    couplings: dict[tuple[int, int], float] = {}
    for r in range(rows):
        for c in range(columns):
            here = r * columns + c
            for there in (
                ((r + 1) % rows) * columns + c,
                r * columns + (c + 1) % columns,
            ):
                pair = (min(here, there), max(here, there))
                couplings[pair] = couplings.get(pair, 0.0) + J
    return IsingModel(couplings, labels=range(rows * columns))


def torus(rows: int, columns: int, beta: float, J: float = 1.0) -> Torus:
    r"""Return ln Z, energy and specific heat of a rows × columns torus [Kaufman1949]_.

    .. math::

        Z = \tfrac12 (2 \sinh 2K)^{LM/2} \Bigl[
        \prod_r 2\cosh\tfrac{M\gamma_{2r+1}}2 + \prod_r 2\sinh\tfrac{M\gamma_{2r+1}}2
        + \prod_r 2\cosh\tfrac{M\gamma_{2r}}2 + \prod_r 2\sinh\tfrac{M\gamma_{2r}}2
        \Bigr]

    with r = 0 ... L-1, :math:`\cosh\gamma_l = \sinh 2K + 1/\sinh 2K - \cos(\pi l/L)` and
    :math:`\gamma_0 = 2K + \ln\tanh K`, which changes sign at the critical point. Energy
    and specific heat are its derivatives, as in [Ferdinand1969]_.

    Parameters
    ----------
    rows, columns
        Sides, at least 2; bonds of a side of 2 are doubled.
    beta
        Inverse temperature, >= 0.
    J
        Coupling, > 0.

    Raises
    ------
    TypeError, ValueError
        If an argument breaks a rule, or beta J is beyond 100 (sinh³ would overflow).

    References
    ----------
    .. [Kaufman1949] B. Kaufman, Phys. Rev. 76, 1232 (1949).
    .. [Ferdinand1969] A. E. Ferdinand and M. E. Fisher, Phys. Rev. 185, 832 (1969).

    Examples
    --------
    >>> exact = torus(64, 64, CRITICAL_BETA)
    >>> round(exact.energy, 6), round(exact.specific_heat, 4)  # -√2 when infinite
    (-1.423938, 2.1922)
    """
    L = check_count("rows", rows, 2)
    M = check_count("columns", columns, 2)
    K = _coupling(beta, J)
    n = L * M
    if K < _HOT:
        return _hot(L, M, K, J)
    s, c = math.sinh(2 * K), math.cosh(2 * K)
    odd = _gammas(np.arange(1, 2 * L, 2) / L, s, c)
    even = _gammas(np.arange(2, 2 * L, 2) / L, s, c)
    zero = _gamma_zero(s, c)
    parts = [
        _product(odd, M, sine=False),
        _product(odd, M, sine=True),
        _with_zero(_product(even, M, sine=False), zero, M, sine=False),
        _with_zero(_product(even, M, sine=True), zero, M, sine=True),
    ]
    top = max(part.log for part in parts)
    scales = [math.exp(part.log - top) for part in parts]
    mean = _dot(scales, [part.first for part in parts]) / sum(scales)
    moved = [part.about(mean) for part in parts]
    total, first, second = (_dot(scales, column) for column in zip(*moved, strict=True))
    log_z = math.log(total / 2) + top + n / 2 * math.log(2 * s)
    slope = n * c / s + mean + first / total
    curvature = -2 * n / s**2 + second / total - (first / total) ** 2
    return Torus(log_z, -J * slope / n, K**2 * curvature / n)


def energy(beta: float, J: float = 1.0) -> float:
    r"""Return the energy per spin of the infinite lattice [Onsager1944]_.

    .. math::

        -J \coth 2K \Bigl[1 + \tfrac2\pi (2\tanh^2 2K - 1)\, K_1(k)\Bigr],
        \qquad k = \frac{2 \sinh 2K}{\cosh^2 2K}

    Raises
    ------
    TypeError, ValueError
        If `beta` is not a finite number >= 0, or `J` not > 0.

    References
    ----------
    .. [Onsager1944] L. Onsager, Phys. Rev. 65, 117 (1944).

    Examples
    --------
    >>> round(energy(CRITICAL_BETA), 12)
    -1.414213562373
    """
    K = _coupling(beta, J)
    if K == 0:
        return 0.0
    t = math.tanh(2 * K)
    k1 = 2 * t**2 - 1  # the complementary modulus, with its sign
    elliptic = 0.0 if k1 == 0 else k1 * float(special.ellipkm1(k1**2))
    if K < _HOT:  # the bracket cancels: use the series of high temperatures
        return -J * (2 * K + 10 / 3 * K**3)
    return -J / t * (1 + 2 / math.pi * elliptic)


def specific_heat(beta: float, J: float = 1.0) -> float:
    r"""Return β² Var E per spin of the infinite lattice; it diverges at the critical point.

    .. math::

        \tfrac2\pi (K \coth 2K)^2 \bigl[2 K_1 - 2 E_1 - (1 - k'')
        (\tfrac\pi2 + k'' K_1)\bigr], \qquad k'' = 2 \tanh^2 2K - 1

    Raises
    ------
    TypeError, ValueError
        As in `energy`.
    """
    K = _coupling(beta, J)
    t = math.tanh(2 * K)
    k1 = 2 * t**2 - 1
    if K < _HOT:  # as in `energy`
        return K**2 * (2 + 10 * K**2)
    if k1 == 0:
        return math.inf
    K1, E1 = float(special.ellipkm1(k1**2)), float(special.ellipe(1 - k1**2))
    bracket: float = 2 * K1 - 2 * E1 - (1 - k1) * (math.pi / 2 + k1 * K1)
    return 2 / math.pi * (K / t) ** 2 * bracket


def log_partition(beta: float, J: float = 1.0) -> float:
    r"""Return ln Z per spin of the infinite lattice, -β times the free energy.

    .. math::

        \ln(\sqrt2 \cosh 2K) + \frac1\pi \int_0^{\pi/2}
        \ln\bigl(1 + \sqrt{1 - k^2 \sin^2\phi}\bigr)\, d\phi

    Raises
    ------
    TypeError, ValueError
        As in `energy`.
    """
    K = _coupling(beta, J)
    k2 = (2 * math.tanh(2 * K) / math.cosh(2 * K)) ** 2

    def integrand(angle: float) -> float:
        return math.log1p(math.sqrt(max(0.0, 1 - k2 * math.cos(angle) ** 2)))

    # With the cosine the kink of the critical point is at the end of the interval.
    value, _ = integrate.quad(integrand, 0, math.pi / 2, epsabs=1e-13, epsrel=1e-13)
    log_cosh = 2 * K + math.log1p(math.exp(-4 * K)) - math.log(2)
    return 0.5 * math.log(2) + log_cosh + float(value) / math.pi


def magnetization(beta: float, J: float = 1.0) -> float:
    r"""Return the spontaneous magnetization, :math:`(1 - \sinh^{-4} 2K)^{1/8}` [Yang1952]_.

    It is 0 at and above the critical temperature.

    Raises
    ------
    TypeError, ValueError
        As in `energy`.

    References
    ----------
    .. [Yang1952] C. N. Yang, Phys. Rev. 85, 808 (1952).

    Examples
    --------
    >>> round(magnetization(0.5), 6), magnetization(0.4)
    (0.911319, 0.0)
    """
    K = _coupling(beta, J)
    if CRITICAL_BETA >= K:
        return 0.0
    return math.pow(-math.expm1(-4 * math.log(math.sinh(2 * K))), 0.125)


def _coupling(beta: float, J: float) -> float:
    beta = check_nonnegative("beta", beta)
    if check_nonnegative("J", J) == 0:
        msg = f"J must be positive, not {J}"
        raise ValueError(msg)
    if beta * J > 100:
        msg = f"beta * J must be at most 100, not {beta * J}"
        raise ValueError(msg)
    return beta * J


class _Gammas(NamedTuple):
    """Values of gamma and their first two derivatives by K."""

    value: Floats
    first: Floats
    second: Floats


class _Part(NamedTuple):
    """One of the four products, f R: ln R, (ln R)', (ln R)'' and f, f', f''."""

    log: float
    first: float
    second: float
    factor: tuple[float, float, float] = (1.0, 0.0, 0.0)

    def about(self, mean: float) -> tuple[float, float, float]:
        """Return P, P' and P'' of P = f R exp(-mean K), in units of R."""
        f, f1, f2 = self.factor
        r = self.first - mean
        return f, f1 + f * r, f2 + 2 * f1 * r + f * (r**2 + self.second)


def _dot(weights: Sequence[float], values: Sequence[float]) -> float:
    return math.fsum(w * x for w, x in zip(weights, values, strict=True))


def _gammas(fractions: Floats, s: float, c: float) -> _Gammas:
    """Return the gammas of l/L, none of them 0."""
    # cosh(gamma) - 1 as a sum of squares: no cancellation near the critical point.
    excess = (1 - s) ** 2 / s + 2 * np.sin(np.pi * fractions / 2) ** 2
    value = 2 * np.arcsinh(np.sqrt(excess / 2))
    sinh = np.sqrt(excess * (2 + excess))
    slope = 2 * c * (1 - 1 / s**2)
    bend = 4 * s * (1 - 1 / s**2) + 8 * c**2 / s**3
    first = slope / sinh
    return _Gammas(value, first, (bend - (1 + excess) * first**2) / sinh)


def _gamma_zero(s: float, c: float) -> tuple[float, float, float]:
    value = 2 * math.asinh((s - 1) / math.sqrt(2 * s))
    return value, 2 * (1 + 1 / s), -4 * c / s**2


def _product(gammas: _Gammas, M: int, *, sine: bool) -> _Part:
    """Return the product of 2 cosh(M gamma / 2), or of 2 sinh, over positive gammas."""
    x = M / 2 * gammas.value
    decay = np.exp(-2 * x)
    sign = -1.0 if sine else 1.0
    log = float((x + np.log1p(sign * decay)).sum())
    ratio = (1 - sign * decay) / (1 + sign * decay)  # tanh, or coth
    rise, bend = M / 2 * gammas.first, M / 2 * gammas.second
    second = bend * ratio + rise**2 * (1 - ratio**2)
    return _Part(log, float((rise * ratio).sum()), float(second.sum()))


def _with_zero(
    part: _Part, zero: tuple[float, float, float], M: int, *, sine: bool
) -> _Part:
    """Multiply by the factor of gamma_0, whose sine is 0 at the critical point.

    It enters as it is, not by its logarithm, so that 0 does no harm.
    """
    x, rise, bend = (M / 2 * value for value in zero)
    decay = math.exp(-2 * abs(x))
    cosh, sinh = 1 + decay, math.copysign(1 - decay, x)  # in units of e^|x|
    f, g = (sinh, cosh) if sine else (cosh, sinh)
    factor = (f, rise * g, bend * g + rise**2 * f)
    return part._replace(log=part.log + abs(x), factor=factor)


def _hot(L: int, M: int, K: float, J: float) -> Torus:
    """Return the series of high temperatures to K^4 in ln Z: the closed form cancels.

    Every bond adds ln cosh, every closed loop of length l adds tanh^l; a doubled bond
    is one of twice the strength.
    """
    n = L * M
    upright, flat = (2.0 if side == 2 else 1.0 for side in (L, M))
    bonds = [(upright, n / upright), (flat, n / flat)]  # strength, how many
    triangles = M * (L == 3) + L * (M == 3)
    squares = n / (upright * flat) * (upright * flat) ** 2 + M * (L == 4) + L * (M == 4)
    k2 = sum(count * j**2 for j, count in bonds)
    k3 = 6.0 * triangles
    k4 = 24.0 * squares - 2 * sum(count * j**4 for j, count in bonds)
    log_z = n * math.log(2) + K**2 * (k2 / 2 + K * (k3 / 6 + K * k4 / 24))
    slope = K * (k2 + K * (k3 / 2 + K * k4 / 6))
    curvature = k2 + K * (k3 + K * k4 / 2)
    return Torus(log_z, -J * slope / n, K**2 * curvature / n)

r"""Transfer matrices: chains of any couplings, and uniform strips of the square lattice.

A model that repeats along one direction has :math:`Z = \mathrm{Tr}\, T^M` with T between
neighbouring columns; what T's two largest eigenvalues say holds for infinite length.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.sparse.linalg import LinearOperator, eigsh

from pbit.checks import Floats, check_count, check_finite, check_nonnegative
from pbit.errors import CapacityError

MAX_WIDTH = 11  # a full spectrum: 2048 x 2048, a second
MAX_WIDTH_INFINITE = 20  # two eigenvectors of 2**20 entries, seconds
_SMALL = 64  # states a column below which the full spectrum is simplest


@dataclass(frozen=True)
class InfiniteStrip:
    """A strip of infinite length.

    Attributes
    ----------
    log_partition
        ln Z per p-bit: -β times the free energy.
    magnetization
        ⟨m⟩; 0 without a bias at any temperature, for a strip has no order.
    correlation_length
        ξ of the slowest correlations along the strip, in columns: 1 / ln(λ₀/λ₁).
    """

    log_partition: float
    magnetization: float
    correlation_length: float


def chain_log_partition(
    J: ArrayLike, h: ArrayLike | None = None, beta: float = 1.0, *, ring: bool = False
) -> float:
    r"""Return ln Z of an open chain, or of a ring, of any couplings and biases.

    .. math::

        Z = \sum \prod_i e^{\beta (J_i m_i m_{i+1} + h_i m_i)}

    Parameters
    ----------
    J
        Couplings of p-bits i and i+1: n - 1 of them, or n in a ring, where the last one
        joins p-bit n - 1 to p-bit 0; a ring needs n >= 3.
    h
        Biases, shape (n,); zeros if omitted.
    beta
        Inverse temperature, >= 0.
    ring
        Whether the ends are joined.

    Raises
    ------
    TypeError, ValueError
        If shapes disagree, a number is not finite, or a ring is shorter than 3.

    Examples
    --------
    >>> round(chain_log_partition([1.0, 1.0]), 6)  # ln(2 (2 cosh 1)^2)
    2.947003
    """
    beta = check_nonnegative("beta", beta)
    couplings = _column("J", J)
    n = len(couplings) + (not ring)
    if ring and n < 3:
        msg = f"a ring must have at least 3 p-bits, not {n}"
        raise ValueError(msg)
    biases = np.zeros(n) if h is None else _column("h", h)
    if len(biases) != n:
        msg = f"h must have one entry a p-bit, {n}, not {len(biases)}"
        raise ValueError(msg)
    m = np.array([-1.0, 1.0])
    # Row: state of the first p-bit; column: of the last so far. In logarithms.
    logs = np.where(np.eye(2) > 0, beta * biases[0] * m, -np.inf)
    for coupling, bias in zip(couplings, [*biases[1:], 0.0], strict=False):
        step = beta * (coupling * np.outer(m, m) + bias * m)
        logs = np.logaddexp(logs[:, :1] + step[0], logs[:, 1:] + step[1])
    if ring:
        return float(np.logaddexp(logs[0, 0], logs[1, 1]))
    return float(np.logaddexp.reduce(logs, axis=None))


def strip_log_partition(
    width: int,
    length: int,
    beta: float = 1.0,
    J: float = 1.0,
    h: float = 0.0,
    *,
    J_along: float | None = None,
    periodic: bool = True,
    open_ends: bool = False,
) -> float:
    r"""Return ln Z of a uniform strip, `width` p-bits across and `length` along.

    .. math::

        Z = \mathrm{Tr}\, (D^{1/2} A D^{1/2})^M, \qquad
        A = \bigotimes \begin{pmatrix} e^{K'} & e^{-K'} \\ e^{-K'} & e^{K'} \end{pmatrix}

    with the couplings across and the biases of a column in the diagonal matrix D and
    :math:`K' = \beta J_{along}`.

    Parameters
    ----------
    width
        P-bits across, 1 to 11.
    length
        Columns, at least 1 (3 where the ends are joined: below, bonds would coincide).
    beta
        Inverse temperature, >= 0.
    J, h
        Couplings across and bias of every p-bit.
    J_along
        Couplings along; `J` if omitted.
    periodic
        Whether the strip is a tube; a tube of width 2 has doubled bonds across, one of
        width 1 has none.
    open_ends
        Whether the first and the last column are free; else they are joined.

    Raises
    ------
    CapacityError
        If `width` is above 11.
    TypeError, ValueError
        If an argument breaks a rule.

    Examples
    --------
    >>> from pbit import ising2d
    >>> strip = strip_log_partition(6, 100, 0.4)
    >>> abs(strip / ising2d.torus(6, 100, 0.4).log_partition - 1) < 1e-12
    True
    """
    check_count("length", length, 1 if open_ends else 3)
    column, along = _strip(width, beta, J, h, J_along, periodic, MAX_WIDTH)
    values, vectors = np.linalg.eigh(_matrix(column, along))
    top = np.abs(values).max()
    ratios = values / top
    if not open_ends:
        total = (ratios**length).sum()
        return _scaled(length, top, column, along) + math.log(total)
    half = np.exp(0.5 * (column - column.max()))
    ends = (half @ vectors) ** 2  # M columns are M - 1 steps between two half columns
    total = (ends * ratios ** (length - 1)).sum()
    return (
        _scaled(length - 1, top, column, along) + float(column.max()) + math.log(total)
    )


def infinite_strip(
    width: int,
    beta: float = 1.0,
    J: float = 1.0,
    h: float = 0.0,
    *,
    J_along: float | None = None,
    periodic: bool = True,
) -> InfiniteStrip:
    """Return what T's largest eigenvalues say of a strip of infinite length.

    Parameters
    ----------
    width
        P-bits across, 1 to 20: T is applied as a product, and never stored.
    beta, J, h, J_along, periodic
        As in `strip_log_partition`.

    Raises
    ------
    CapacityError
        If `width` is above 20.
    TypeError, ValueError
        If an argument breaks a rule.

    Examples
    --------
    >>> line = infinite_strip(1, 0.5)
    >>> round(line.log_partition, 6)  # ln(2 cosh 1/2)
    0.813262
    >>> round(line.correlation_length, 6)  # -1 / ln(tanh 1/2)
    1.295443
    """
    column, along = _strip(width, beta, J, h, J_along, periodic, MAX_WIDTH_INFINITE)
    values, vectors = _leading(column, along)
    states = _states(width)
    weight = vectors[:, 0] ** 2
    ratio = abs(float(values[1] / values[0]))
    length = math.inf if ratio >= 1.0 else _decay_length(ratio)
    magnetization = float(weight @ states.mean(axis=1) / weight.sum())
    log_z = _scaled(1, float(values[0]), column, along) / width
    return InfiniteStrip(log_z, magnetization if h else 0.0, length)


def _decay_length(ratio: float) -> float:
    return -1.0 / math.log(ratio) if ratio > 0 else 0.0


def _scaled(steps: int, top: float, column: Floats, along: float) -> float:
    """Return ln of the largest eigenvalue, steps times, with what T was divided by."""
    width = len(column).bit_length() - 1
    return steps * (math.log(top) + float(column.max()) + width * abs(along))


def _strip(
    width: int,
    beta: float,
    J: float,
    h: float,
    J_along: float | None,
    periodic: bool,
    widest: int,
) -> tuple[Floats, float]:
    """Return -beta E of every column by itself, and beta times the coupling along."""
    if check_count("width", width) > widest:
        msg = f"width must be at most {widest} (2**width states a column), not {width}"
        raise CapacityError(msg)
    beta = check_nonnegative("beta", beta)
    along = J if J_along is None else J_along
    check_finite("J, h and J_along", np.array([J, h, along], dtype=np.float64))
    m = _states(width).astype(np.float64)
    pairs = (m[:, :-1] * m[:, 1:]).sum(axis=1)
    if periodic and width > 1:
        pairs += m[:, -1] * m[:, 0]
    return beta * (J * pairs + h * m.sum(axis=1)), beta * along


def _states(width: int) -> Any:
    bits = (np.arange(2**width)[:, None] >> np.arange(width)) & 1
    return (2 * bits - 1).astype(np.int8)


def _apply(column: Floats, along: float, vector: Floats) -> Floats:
    """Return T times a vector, T over the exponential of its largest energy."""
    half = np.exp(0.5 * (column - column.max()))
    values = half * vector
    same, other = math.exp(along - abs(along)), math.exp(-along - abs(along))
    for bit in range(len(column).bit_length() - 1):
        pairs = values.reshape(-1, 2, 1 << bit)
        low, high = pairs[:, 0], pairs[:, 1]
        values = np.stack([same * low + other * high, other * low + same * high], 1)
    return np.asarray(half * values.ravel())


def _matrix(column: Floats, along: float) -> Floats:
    size = len(column)
    return np.array([_apply(column, along, row) for row in np.eye(size)])


def _leading(column: Floats, along: float) -> tuple[Floats, Floats]:
    """Return the eigenvalues of largest size and next, and their vectors."""
    size = len(column)
    if size <= _SMALL:
        values, vectors = np.linalg.eigh(_matrix(column, along))
    else:
        operator = LinearOperator(
            (size, size),
            matvec=lambda v: _apply(column, along, np.asarray(v).ravel()),
            dtype=np.float64,
        )
        # A fixed start, for the same bits in every run; not symmetric, to find both.
        start = np.random.default_rng(0).random(size)
        values, vectors = eigsh(operator, k=2, which="LM", v0=start, tol=0)
    order = np.argsort(-np.abs(values))[:2]
    return values[order], vectors[:, order]


def _column(name: str, values: ArrayLike) -> Floats:
    column = np.asarray(values, dtype=np.float64)
    if column.ndim != 1:
        msg = f"{name} must have shape (k,), not {column.shape}"
        raise ValueError(msg)
    check_finite(name, column)
    return column

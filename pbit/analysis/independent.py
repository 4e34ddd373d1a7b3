"""Mean field, naive and of Thouless, Anderson and Palmer, with the bound on ln Z."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from pbit.analysis.estimates import check_fraction, generator
from pbit.checks import (
    Floats,
    check_choice,
    check_count,
    check_finite,
    check_nonnegative,
    check_positive,
)
from pbit.kernels import mean_field as kernels
from pbit.model import IsingModel
from pbit.random import RandomState

KINDS = ("naive", "tap")


@dataclass(frozen=True)
class MeanField:
    """A fixed point of mean field, or where the iteration stopped.

    Attributes
    ----------
    mean
        ⟨m⟩ of every p-bit, shape (n,).
    log_partition
        ln Z: for "naive" a lower bound, whether it converged or not; for "tap" an
        estimate that may err on both sides.
    kind
        "naive" or "tap".
    converged
        Whether the last change was within the tolerance. If not, nothing is known of how
        near a fixed point is: raise `damping`, or lower beta.
    iterations
        Sweeps over all p-bits.
    residual
        The largest change of a mean in the last of them, before damping.
    """

    mean: Floats
    log_partition: float
    kind: str
    converged: bool
    iterations: int
    residual: float


def mean_field(
    model: IsingModel,
    beta: float = 1.0,
    *,
    kind: str = "naive",
    damping: float = 0.0,
    tolerance: float = 1e-10,
    max_iterations: int = 10_000,
    initial: ArrayLike | None = None,
    rng: RandomState = None,
) -> MeanField:
    r"""Approximate the Boltzmann distribution by independent p-bits.

    .. math::

        \bar m_i = \tanh \beta \Bigl(\sum_j J_{ij} \bar m_j + h_i
        - \beta \bar m_i \sum_j J_{ij}^2 (1 - \bar m_j^2)\Bigr)

    the last sum only for "tap" [Thouless1977]_. P-bits are updated one after the other:
    for "naive" every update raises the bound on ln Z, so it converges without damping.
    Where several fixed points are, the start decides which is found.

    Parameters
    ----------
    model
        The couplings; O(edges) a sweep.
    beta
        Inverse temperature, >= 0.
    kind
        "naive" or "tap".
    damping
        Part of the old value that is kept, 0 to below 1; "tap" needs some at low
        temperatures.
    tolerance
        Largest change of a mean at which to stop, > 0.
    max_iterations
        Sweeps after which to give up, at least 1.
    initial
        Means to start from, between -1 and 1, shape (n,); by default small ones at
        random, so that an unstable symmetric point is left.
    rng
        Seed of these.

    Raises
    ------
    TypeError, ValueError
        If an argument breaks a rule above.

    References
    ----------
    .. [Thouless1977] D. J. Thouless, P. W. Anderson and R. G. Palmer, Phil. Mag. 35, 593
       (1977).

    Examples
    --------
    >>> found = mean_field(IsingModel({(0, 1): 1.0}, [0.5, 0.5]), rng=0)
    >>> found.converged, found.mean.round(6).tolist()  # m = tanh(m + 1/2)
    (True, [0.881225, 0.881225])
    """
    check_ising(model)
    beta = check_nonnegative("beta", beta)
    check_choice("kind", kind, KINDS)
    damping = check_fraction("damping", damping, zero=True)
    tolerance = check_positive("tolerance", tolerance)
    check_count("max_iterations", max_iterations)
    means = _start(model.n, initial, rng)
    arrays = (model.J.indptr, model.J.indices, model.J.data, model.h)
    onsager = float(kind == "tap")
    residual, done = iterate(
        lambda: kernels.mean_field_sweep(*arrays, beta, onsager, damping, means),
        tolerance,
        max_iterations,
    )
    log_z = bogoliubov_bound(model, means, beta)
    if kind == "tap":
        slack = 1.0 - means**2
        log_z += 0.25 * beta**2 * float(slack @ (model.J.power(2) @ slack))
    return MeanField(means, log_z, kind, residual <= tolerance, done, residual)


def bogoliubov_bound(model: IsingModel, mean: ArrayLike, beta: float = 1.0) -> float:
    r"""Return a lower bound on ln Z from any independent p-bits with these means.

    .. math::

        \ln Z \ge -\beta \langle E \rangle_q + S(q), \qquad
        q(m) = \prod_i \tfrac12 (1 + m_i \bar m_i)

    which is Bogoliubov's inequality for the free energy, and the evidence lower bound of
    statistics [Feynman1972]_.

    Raises
    ------
    TypeError, ValueError
        If an argument breaks a rule: means lie between -1 and 1.

    References
    ----------
    .. [Feynman1972] R. P. Feynman, Statistical Mechanics (1972), section 2.11.

    Examples
    --------
    >>> round(bogoliubov_bound(IsingModel({(0, 1): 1.0}), [0.0, 0.0]), 6)  # 2 ln 2
    1.386294
    """
    check_ising(model)
    beta = check_nonnegative("beta", beta)
    means = check_means("mean", mean, model.n)
    energy = (
        model.offset - 0.5 * float(means @ (model.J @ means)) - float(model.h @ means)
    )
    return float(binary_entropy((1.0 + means) / 2.0).sum()) - beta * energy


def iterate(
    sweep: Callable[[], float], tolerance: float, max_iterations: int
) -> tuple[float, int]:
    """Sweep until the change that a sweep returns is small; return it and the count."""
    residual, done = math.inf, 0
    while residual > tolerance and done < max_iterations:
        residual = sweep()
        done += 1
    return residual, done


def binary_entropy(p: Floats) -> Floats:
    """Return -p ln p - (1 - p) ln(1 - p), 0 at the ends."""
    from scipy.special import entr

    return np.asarray(entr(p) + entr(1.0 - p))


def check_ising(model: Any) -> None:
    """Raise a TypeError if this is no IsingModel."""
    if not isinstance(model, IsingModel):
        msg = f"model must be an IsingModel, not {model!r}"
        raise TypeError(msg)


def check_means(name: str, values: ArrayLike, n: int) -> Floats:
    """Return means, shape (n,), as a new array if they lie between -1 and 1."""
    means = np.array(values, dtype=np.float64)
    if means.shape != (n,):
        msg = f"{name} must have shape ({n},), not {means.shape}"
        raise ValueError(msg)
    check_finite(name, means)
    wrong = np.flatnonzero(np.abs(means) > 1)
    if wrong.size:
        i = int(wrong[0])
        msg = f"{name} must lie between -1 and 1: {name}[{i}] = {means[i]}"
        raise ValueError(msg)
    return means


def _start(n: int, initial: ArrayLike | None, rng: RandomState) -> Floats:
    if initial is None:
        return generator(rng).uniform(-0.1, 0.1, n)
    return check_means("initial", initial, n)

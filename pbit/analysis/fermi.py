"""Mean field in 0/1 form: occupations of levels that shift one another."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from pbit.analysis.estimates import check_fraction, check_table
from pbit.analysis.independent import bogoliubov_bound, iterate
from pbit.checks import (
    Floats,
    check_count,
    check_finite,
    check_nonnegative,
    check_positive,
)
from pbit.kernels import mean_field as kernels
from pbit.model import IsingModel


@dataclass(frozen=True)
class FermiDirac:
    """Self-consistent occupations, or where the iteration stopped.

    Attributes
    ----------
    occupation
        f of every level, shape (n,).
    log_partition
        Lower bound on ln Z, whether it converged or not.
    converged, iterations, residual
        As of :class:`pbit.analysis.MeanField`; the residual is a change of f.
    """

    occupation: Floats
    log_partition: float
    converged: bool
    iterations: int
    residual: float


def fermi_dirac(
    energies: ArrayLike,
    interaction: ArrayLike = 0.0,
    beta: float = 1.0,
    *,
    damping: float = 0.0,
    tolerance: float = 1e-10,
    max_iterations: int = 10_000,
) -> FermiDirac:
    r"""Fill levels that are shifted by the mean occupation of the others.

    .. math::

        f_i = \frac{1}{1 + \exp \beta (E_i + \sum_{j \ne i} U_{ij} f_j)}

    for :math:`E(s) = \sum_i E_i s_i + \sum_{i<j} U_{ij} s_i s_j` with s = 0 or 1. This is
    naive mean field with m = 2s - 1, and exact where U = 0: the Fermi function. Levels
    are updated one after the other from f = 1/2, which always converges; of several
    solutions the one found depends on their order.

    Parameters
    ----------
    energies
        Of the levels, measured from the chemical potential, shape (n,).
    interaction
        U, one number for all pairs, or symmetric of shape (n, n) with zero diagonal.
    beta
        1/kT, >= 0.
    damping, tolerance, max_iterations
        As in :func:`pbit.analysis.mean_field`.

    Raises
    ------
    ValueError
        If shapes disagree, a number is not finite, or U is not symmetric.

    Examples
    --------
    >>> fermi_dirac([0.0, 1.0]).occupation.round(6).tolist()  # 1 / (1 + e)
    [0.5, 0.268941]
    """
    levels = check_table("energies", energies, 1)
    n = len(levels)
    shifts = np.asarray(interaction, dtype=np.float64)
    if shifts.ndim == 0:
        shifts = shifts * (1.0 - np.eye(n))
    elif shifts.shape != (n, n):
        msg = (
            f"interaction must be one number or of shape ({n}, {n}), not {shifts.shape}"
        )
        raise ValueError(msg)
    check_finite("interaction", shifts)
    if (shifts != shifts.T).any() or shifts.diagonal().any():
        msg = "interaction must be symmetric with a zero diagonal"
        raise ValueError(msg)
    # s = (1 + m) / 2.
    model = IsingModel(
        -shifts / 4.0,
        -levels / 2.0 - shifts.sum(axis=1) / 4.0,
        offset=float(levels.sum() / 2.0 + shifts.sum() / 8.0),
    )
    beta = check_nonnegative("beta", beta)
    damping = check_fraction("damping", damping, zero=True)
    tolerance = check_positive("tolerance", tolerance)
    check_count("max_iterations", max_iterations)
    means = np.zeros(n)
    arrays = (model.J.indptr, model.J.indices, model.J.data, model.h)
    residual, done = iterate(
        lambda: kernels.mean_field_sweep(*arrays, beta, 0.0, damping, means) / 2.0,
        tolerance,
        max_iterations,
    )
    log_z = bogoliubov_bound(model, means, beta)
    return FermiDirac((1.0 + means) / 2.0, log_z, residual <= tolerance, done, residual)

"""Belief propagation: exact on trees, the Bethe approximation elsewhere."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from scipy.special import entr

from pbit.analysis.estimates import check_fraction
from pbit.analysis.independent import (
    binary_entropy,
    check_ising,
    iterate,
)
from pbit.checks import Floats, check_count, check_nonnegative, check_positive
from pbit.kernels import mean_field as kernels
from pbit.model import IsingModel


@dataclass(frozen=True)
class Beliefs:
    """A fixed point of belief propagation, or where the iteration stopped.

    Attributes
    ----------
    mean
        ⟨m⟩, shape (n,).
    pairs
        ⟨m_i m_j⟩ of the couplings, CSR with the pattern of J.
    log_partition
        Bethe's ln Z: exact on a forest, otherwise an estimate that may err on both
        sides, and without meaning where it did not converge.
    converged
        Whether the last change of a message was within the tolerance.
    iterations
        Sweeps over all p-bits.
    residual
        The largest change of a message in the last of them, before damping.
    """

    mean: Floats
    pairs: sp.csr_array
    log_partition: float
    converged: bool
    iterations: int
    residual: float


def belief_propagation(
    model: IsingModel,
    beta: float = 1.0,
    *,
    damping: float = 0.0,
    tolerance: float = 1e-12,
    max_iterations: int = 10_000,
) -> Beliefs:
    r"""Pass messages along the couplings until they agree [Yedidia2005]_.

    .. math::

        u_{i \to j} = \operatorname{artanh}\Bigl[\tanh(\beta J_{ij})
        \tanh\bigl(\beta h_i + \sum_{k \ne j} u_{k \to i}\bigr)\Bigr], \qquad
        \langle m_i \rangle = \tanh\bigl(\beta h_i + \sum_k u_{k \to i}\bigr)

    .. math::

        \ln Z_{Bethe} = -\beta \langle E \rangle + \sum_{ij} S(b_{ij})
        - \sum_i (d_i - 1) S(b_i)

    Parameters
    ----------
    model
        The couplings; O(edges) a sweep.
    beta
        Inverse temperature, >= 0.
    damping
        Part of the old message that is kept, 0 to below 1: where loops are strong, the
        iteration may oscillate without.
    tolerance
        Largest change of a message at which to stop, > 0.
    max_iterations
        Sweeps after which to give up, at least 1.

    Raises
    ------
    TypeError, ValueError
        If an argument breaks a rule above.

    References
    ----------
    .. [Yedidia2005] J. S. Yedidia, W. T. Freeman and Y. Weiss, IEEE Trans. Inf. Theory
       51, 2282 (2005).

    Examples
    --------
    >>> found = belief_propagation(IsingModel({(0, 1): 1.0, (1, 2): 1.0}))
    >>> found.converged, round(found.log_partition, 6)  # ln(2 (2 cosh 1)^2)
    (True, 2.947003)
    """
    check_ising(model)
    beta = check_nonnegative("beta", beta)
    damping = check_fraction("damping", damping, zero=True)
    tolerance = check_positive("tolerance", tolerance)
    check_count("max_iterations", max_iterations)
    J, h = model.J, model.h
    back = _opposite(J)
    messages = np.zeros(J.nnz)
    residual, done = iterate(
        lambda: kernels.belief_sweep(
            J.indptr, J.data, back, h, beta, damping, messages
        ),
        tolerance,
        max_iterations,
    )
    rows = np.repeat(np.arange(model.n), np.diff(J.indptr))
    totals = beta * h + np.bincount(rows, messages, minlength=model.n)
    cavity = totals[rows] - messages
    pair = _correlations(beta * J.data, cavity, cavity[back])
    mean = np.tanh(totals)
    pairs = sp.csr_array((pair, J.indices.copy(), J.indptr.copy()), shape=J.shape)
    log_z = _bethe(model, beta, mean, pair, rows)
    return Beliefs(mean, pairs, log_z, residual <= tolerance, done, residual)


def _opposite(J: sp.csr_array) -> NDArray[np.int64]:
    """Return for each entry (i, j) the place of the entry (j, i)."""
    numbers = sp.csr_array(
        (np.arange(1, J.nnz + 1, dtype=np.int64), J.indices, J.indptr), shape=J.shape
    )
    turned = sp.csr_array(numbers.T)
    turned.sort_indices()
    places: NDArray[np.int64] = turned.data - 1
    return places


def _correlations(coupling: Floats, first: Floats, second: Floats) -> Floats:
    """Return ⟨m m'⟩ of two p-bits in fields, joined by a coupling."""
    plus, minus = np.abs(first + second), np.abs(first - second)
    logs = plus - minus + np.log1p(np.exp(-2 * plus)) - np.log1p(np.exp(-2 * minus))
    return np.asarray(np.tanh(coupling + 0.5 * logs))


def _bethe(
    model: IsingModel, beta: float, mean: Floats, pair: Floats, rows: NDArray[np.int64]
) -> float:
    columns = model.J.indices
    energy = model.offset - 0.5 * float(model.J.data @ pair) - float(model.h @ mean)
    entropy = 0.0
    for a in (-1.0, 1.0):
        for b in (-1.0, 1.0):
            table = (1 + a * mean[rows] + b * mean[columns] + a * b * pair) / 4
            # Each coupling is there twice; rounding may leave a little below 0.
            entropy += 0.5 * float(entr(np.maximum(table, 0.0)).sum())
    degrees = np.diff(model.J.indptr)
    entropy -= float((degrees - 1) @ binary_entropy((1 + mean) / 2))
    return entropy - beta * energy

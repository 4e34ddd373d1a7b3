"""Exact results for small models, by going through all of their states.

Everything here is true up to rounding, whatever beta and however large the energies:
sums are taken relative to the lowest energy. Work is spread over the processors; its
order does not depend on how many there are, so neither do the bits of the results.
Polynomial models are held to 26 p-bits (free ones, under a clamp) where pairs go to 30.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np

from pbit import _polynomial_exact as polynomial
from pbit._enumeration import Clamp, FreePart, check_capacity, free_part, run_blocks
from pbit.checks import Floats, States, check_nonnegative
from pbit.errors import CapacityError
from pbit.kernels import enumeration as kernels
from pbit.model import IsingModel
from pbit.polynomial import PolynomialModel

Model: TypeAlias = IsingModel | PolynomialModel

TIE = 1e-12  # of sum |J| + sum |h|: twice what rounding can do to an energy
_MAX_BYTES = 2**31  # of ground states


def energies(model: Model) -> Floats:
    """Return the energies of all states, shape (2**n,), little-endian.

    Takes 8 * 2**n bytes and O(2**n) time: 0.2 s for n = 24.

    Raises
    ------
    CapacityError
        If there are more than 30 p-bits.
    TypeError
        If `model` has no energy.

    Examples
    --------
    >>> energies(IsingModel({(0, 1): 1.0}, [0.0, 0.5])).tolist()
    [-0.5, 1.5, 0.5, -1.5]
    """
    if isinstance(model, PolynomialModel):
        return polynomial.energies(model)
    return _energies(free_part(model, None)) + model.offset


def probabilities(model: Model, beta: float = 1.0, clamp: Clamp = None) -> Floats:
    r"""Return :math:`P(m) = e^{-\beta E(m)} / Z` of all states, shape (2**n,).

    Takes 8 * 2**n bytes (128 MiB for n = 24, 8 GiB for n = 30).

    Parameters
    ----------
    model
        At most 30 p-bits.
    beta
        Inverse temperature, >= 0.
    clamp
        P-bits held at values, {label: ±1}: the probabilities are then conditional, and
        0 for states that disagree.

    Returns
    -------
    numpy.ndarray
        Entry k is the state whose p-bit i is +1 where bit i of k is 1.

    Raises
    ------
    CapacityError
        If there are more than 30 p-bits.
    TypeError, ValueError, KeyError
        If `model` has no energy, or `beta` or `clamp` breaks a rule.

    Examples
    --------
    >>> probabilities(IsingModel({(0, 1): 1.0})).round(4).tolist()
    [0.4404, 0.0596, 0.0596, 0.4404]
    """
    beta = check_nonnegative("beta", beta)
    if isinstance(model, PolynomialModel):
        return polynomial.probabilities(model, beta, clamp)
    free = free_part(model, clamp)
    check_capacity(model.n, "p-bits in an array of all states")
    values = _energies(free)
    sums = np.empty(free.n_blocks)
    ground = float(values.min())
    run_blocks(
        lambda first, stop: kernels.weights(
            values, free.low, first, stop, beta, ground, sums
        ),
        free.n_blocks,
    )
    values /= sums.sum()
    if len(free.pbits) == model.n:
        return values
    result = np.zeros(2**model.n)
    result[free.numbers()] = values
    return result


def log_partition(model: Model, beta: float = 1.0, clamp: Clamp = None) -> float:
    r"""Return :math:`\ln Z = \ln \sum_m e^{-\beta E(m)}`, without storing the states.

    Parameters
    ----------
    model, beta, clamp
        As in `probabilities`; 30 free p-bits at most. With a clamp, the sum is over the
        states that agree, so :math:`\ln P(clamped) = \ln Z_{clamp} - \ln Z`.

    Raises
    ------
    CapacityError
        If there are more than 30 free p-bits.
    TypeError, ValueError, KeyError
        If `model` has no energy, or `beta` or `clamp` breaks a rule.

    Examples
    --------
    >>> round(log_partition(IsingModel({(0, 1): 1.0})), 6)  # ln(2e + 2/e)
    1.820075
    """
    beta = check_nonnegative("beta", beta)
    if isinstance(model, PolynomialModel):
        return polynomial.log_partition(model, beta, clamp)
    free = free_part(model, clamp)
    lowest, sums = np.empty(free.n_blocks), np.empty(free.n_blocks)
    free.run(kernels.partition, beta, lowest, sums)
    ground = float(lowest.min())
    total = float((np.exp(-beta * (lowest - ground)) * sums).sum())
    return float(np.log(total)) - beta * (ground + free.offset)


def moments(
    model: Model, beta: float = 1.0, clamp: Clamp = None
) -> tuple[Floats, Floats]:
    """Return ⟨m⟩, shape (n,), and ⟨m mᵀ⟩, shape (n, n), without storing the states.

    The Walsh-Hadamard transform of the Boltzmann weights holds all moments; it is taken
    block by block, O(12 * 2**n) additions in all.

    Parameters
    ----------
    model, beta, clamp
        As in `probabilities`; 30 free p-bits at most. With a clamp, conditional.

    Raises
    ------
    CapacityError
        If there are more than 30 free p-bits.
    TypeError, ValueError, KeyError
        If `model` has no energy, or `beta` or `clamp` breaks a rule.

    Examples
    --------
    >>> mean, pair = moments(IsingModel({(0, 1): 0.5}))
    >>> mean.tolist(), round(float(pair[0, 1]), 6)  # tanh(0.5)
    ([0.0, 0.0], 0.462117)
    """
    beta = check_nonnegative("beta", beta)
    if isinstance(model, PolynomialModel):
        return polynomial.moments(model, beta, clamp)
    free = free_part(model, clamp)
    low = free.low
    lowest = np.empty(free.n_blocks)
    sums = np.empty((free.n_blocks, 1 + low + low * (low - 1) // 2))
    free.run(kernels.moments, beta, lowest, sums)
    sums *= np.exp(-beta * (lowest - lowest.min()))[:, None]
    own_mean, own_pair = _combine(sums, low, len(free.h) - low)
    mean = free.state.astype(np.float64)
    pair = np.outer(mean, mean)
    mean[free.pbits] = own_mean
    pair[free.pbits] = np.outer(own_mean, mean)
    pair[:, free.pbits] = pair[free.pbits].T
    pair[np.ix_(free.pbits, free.pbits)] = own_pair
    return mean, pair


def ground_energy(model: Model, clamp: Clamp = None) -> float:
    """Return the lowest energy of all states (that agree with `clamp`).

    Raises
    ------
    CapacityError
        If there are more than 30 free p-bits.
    TypeError, ValueError, KeyError
        If `model` has no energy, or `clamp` breaks a rule.

    Examples
    --------
    >>> ground_energy(IsingModel({(0, 1): -1.0}, offset=3.0))
    2.0
    """
    if isinstance(model, PolynomialModel):
        return polynomial.ground_energy(model, clamp)
    free = free_part(model, clamp)
    return float(_minima(free).min()) + free.offset


def ground_states(model: Model, clamp: Clamp = None) -> States:
    r"""Return all states of lowest energy, int8, shape (k, n), ascending as integers.

    With a clamp, only states that agree with it are looked at. States count as equal in
    energy within :math:`10^{-12} (\sum_{i<j} |J_{ij}| + \sum_i |h_i|)`, twice what
    rounding can do to an energy here.

    Raises
    ------
    CapacityError
        If there are more than 30 free p-bits, or the states would take over 2 GiB.
    TypeError, ValueError, KeyError
        If `model` has no energy, or `clamp` breaks a rule.

    Examples
    --------
    >>> ground_states(IsingModel({(0, 1): -1.0})).tolist()
    [[1, -1], [-1, 1]]
    """
    if isinstance(model, PolynomialModel):
        return polynomial.ground_states(model, clamp)
    free = free_part(model, clamp)
    lowest = _minima(free)
    limit = float(lowest.min()) + TIE * free.scale
    blocks = np.flatnonzero(lowest <= limit)
    counts = np.empty(len(blocks), np.int64)
    free.run(kernels.count_below, limit, blocks, counts, n_blocks=len(blocks))
    total = int(counts.sum())
    if total * model.n > _MAX_BYTES:
        msg = f"at most {_MAX_BYTES} bytes of ground states are held: there are {total}"
        raise CapacityError(msg)
    codes = np.empty(total, np.int64)
    starts = np.cumsum(counts) - counts
    free.run(kernels.collect_below, limit, blocks, starts, codes, n_blocks=len(blocks))
    states = np.repeat(free.state[None], total, axis=0)
    for bit, i in enumerate(free.pbits):
        states[:, i] = ((codes >> bit) & 1) * 2 - 1
    return states


def _energies(free: FreePart) -> Floats:
    values = np.empty(2 ** len(free.h))
    free.run(kernels.energies, values)
    return values


def _minima(free: FreePart) -> Floats:
    lowest = np.empty(free.n_blocks)
    free.run(kernels.minima, lowest)
    return lowest


def _combine(sums: Floats, low: int, high: int) -> tuple[Floats, Floats]:
    """Join the blocks' moments of the low p-bits with the high ones' signs."""
    bits = (np.arange(len(sums))[:, None] >> np.arange(high)) & 1
    signs = 2.0 * bits - 1.0
    weight, means = sums[:, 0], sums[:, 1 : 1 + low]
    mean = np.concatenate([means.sum(axis=0), np.einsum("bi,b->i", signs, weight)])
    pair = np.zeros((low + high, low + high))
    pair[np.triu_indices(low, 1)] = sums[:, 1 + low :].sum(axis=0)
    pair[:low, low:] = np.einsum("bi,bj->ij", means, signs)
    upper = np.einsum("bi,bj,b->ij", signs, signs, weight)
    pair[low:, low:] = np.triu(upper, 1)
    total = weight.sum()
    pair = (pair + pair.T) / total
    np.fill_diagonal(pair, 1.0)
    return mean / total, pair

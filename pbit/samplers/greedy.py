"""Greedy finish: from given states downhill, to states that no single flip improves."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from pbit.checks import States, check_choice, check_states
from pbit.kernels import descent
from pbit.polynomial import PolynomialModel
from pbit.samplers.chains import energies_of
from pbit.samplers.clamps import Clamp, apply_clamp
from pbit.samplers.ensemble import check_energetic
from pbit.samplers.starting import Model, split_batches, thread_count
from pbit.samples import SampleSet

_MARGIN = 1e-12  # times the largest field: rounding of cached fields is below it


def descend(
    model: Model,
    states: ArrayLike,
    *,
    method: str = "sequential",
    clamp: Clamp = None,
    n_threads: int | None = None,
) -> States:
    r"""Return states from which no single flip lowers the energy, reached downhill.

    A p-bit flips where :math:`m_i (\sum_j J_{ij} m_j + h_i) < 0` (or its like for terms of
    higher order). Deterministic; cost a
    few sweeps ("sequential"), or n operations a flip ("steepest").

    Parameters
    ----------
    model
        An IsingModel or PolynomialModel.
    states
        States to start from, shape (n,) or (n_chains, n) or (n_chains, n_kept, n); they
        are not written to.
    method
        "sequential": rounds over the p-bits, flipping what gains; "steepest": always the
        flip that gains most.
    clamp
        P-bits held, as in :func:`pbit.sample`, by chain.
    n_threads
        Threads over chains; all cores by default.

    Returns
    -------
    numpy.ndarray
        States of the same shape, int8.

    Raises
    ------
    TypeError, ValueError, KeyError
        If an argument breaks a rule above.

    Examples
    --------
    >>> import pbit
    >>> chain = pbit.IsingModel({(0, 1): 1.0, (1, 2): 1.0}, h=[0.5, 0, 0])
    >>> descend(chain, [-1, 1, 1]).tolist()
    [1, 1, 1]
    """
    check_energetic(model)
    check_choice("method", method, ("sequential", "steepest"))
    given = check_states(states, model.n)
    if given.ndim > 3:
        msg = f"states must have one to three axes, not shape {given.shape}"
        raise ValueError(msg)
    result = np.array(given, order="C")
    n_chains = result.shape[0] if result.ndim > 1 else 1
    threads = thread_count(n_threads, max(1, n_chains))
    if result.size == 0:
        return result
    chains = result.reshape(n_chains, -1, model.n)
    batches = apply_clamp(
        model, clamp, chains[:, 0], np.arange(model.n, dtype=np.int32)
    )
    chains[:] = _hold(chains, batches)
    kernel, arrays, largest = _wiring(model)
    with ThreadPoolExecutor(threads) as pool:
        tasks = [
            pool.submit(
                kernel,
                *arrays,
                chains[batch.first : batch.stop].reshape(-1, model.n),
                batch.free,
                method == "steepest",
                _MARGIN * largest,
            )
            for batch in split_batches(batches, n_chains, threads)
        ]
        for task in tasks:
            task.result()
    return result


def greedy(
    model: Model,
    states: ArrayLike,
    *,
    method: str = "sequential",
    clamp: Clamp = None,
    n_threads: int | None = None,
) -> SampleSet:
    """Return `descend`'s states as samples, with their energies.

    Parameters
    ----------
    model, states, method, clamp, n_threads
        As in :func:`descend`.

    Returns
    -------
    SampleSet
        States of shape (n_chains, n_kept, n); one kept where `states` has two axes.

    Raises
    ------
    TypeError, ValueError, KeyError
        As :func:`descend` does.

    Examples
    --------
    >>> import pbit
    >>> chain = pbit.IsingModel({(0, 1): 1.0, (1, 2): 1.0}, h=[0.5, 0, 0])
    >>> pbit.greedy(chain, [[-1, 1, 1], [1, 1, 1]]).energies.tolist()
    [[-2.5], [-2.5]]
    """
    final = descend(model, states, method=method, clamp=clamp, n_threads=n_threads)
    shape = (1, 1) if final.ndim == 1 else (final.shape[0], 1)
    final = final if final.ndim == 3 else final.reshape(*shape, model.n)
    info = {"sampler": "greedy", "n": model.n, "method": method}
    return SampleSet(final, energies_of(model, final), model.labels, info)


def _wiring(model: Model) -> tuple[Callable[..., int], tuple[Any, ...], float]:
    """Return the kernel, what it knows the model by, and a bound of all fields."""
    weights: Any = model.weights
    heard = np.abs(model.h) + np.abs(weights).sum(axis=1)
    largest = float(heard.max(initial=0.0))
    if isinstance(model, PolynomialModel):
        by_term = model.members.indptr, model.members.indices
        by_pbit = weights.indptr, weights.indices
        return descent.descend_terms, (by_term, by_pbit, model.values, model.h), largest
    wires = weights.indptr, weights.indices, weights.data
    return descent.descend, (wires, model.h), largest


def _hold(chains: States, batches: Any) -> States:
    """Return the chains with the first state's clamped p-bits told to all."""
    held = np.ones((chains.shape[0], chains.shape[2]), bool)
    for batch in batches:
        held[batch.first : batch.stop, batch.free] = False
    return np.where(held[:, None], chains[:, :1], chains)

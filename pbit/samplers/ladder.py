"""Ladders of inverse temperatures for parallel tempering, spaced by what energies spread."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from pbit.checks import Floats, check_count, check_positive
from pbit.random import RandomState, Streams, Use, streams, words
from pbit.samplers.clamps import Clamp
from pbit.samplers.ensemble import Ensemble, check_energetic
from pbit.samplers.starting import Model

ALPHA = 1.25
"""Steps in units of 1 / spread: neighbouring energies overlap well."""

_SMALL = 0.05  # which of the weights is the small one, as a quantile


class Ladder(NamedTuple):
    """Inverse temperatures, rising, and the spread of the energy at each, shape (k,)."""

    betas: Floats
    spreads: Floats


def adaptive_ladder(
    model: Model,
    *,
    alpha: float = ALPHA,
    first: float | None = None,
    stop: float | None = None,
    n_chains: int = 32,
    n_sweeps: int = 200,
    n_read: int = 100,
    max_betas: int = 500,
    order: str = "sequential",
    clamp: Clamp = None,
    rng: RandomState | Streams = None,
    n_threads: int | None = None,
) -> Ladder:
    r"""Find a ladder by a pilot run (the preprocessing of adaptive parallel tempering).

    .. math:: \beta_{k+1} = \beta_k + \alpha / \sigma_E(\beta_k)

    where :math:`\sigma_E` is the standard deviation of a chain's energy in time. The
    chains go on from each temperature to the next. The ladder ends with the first
    temperature at which :math:`\sigma_E` is below `stop`: nothing moves there any more.

    Parameters
    ----------
    model
        An IsingModel or PolynomialModel.
    alpha
        Step in units of 1 / spread, > 0.
    first
        The hottest beta, > 0. If omitted, 1 over the root mean square of what p-bits hear
        of independent neighbours, (sum_j J_ij² + h_i²)^½.
    stop
        Spread, > 0, at which to stop. If omitted, half the small weight (the 5 % quantile
        of magnitudes of couplings and biases: the smallest of them when there are few
        sizes of weight, but no accidental near-zero).
    n_chains, n_sweeps, n_read
        Chains, sweeps at each temperature, and how many of these, the last, are read (at
        least 2). Published ladders took 100 chains, 2,000 to 10,000 sweeps and a tenth
        of them read or less.
    max_betas
        Longest ladder.
    order, clamp, n_threads
        As in :func:`pbit.sample`.
    rng
        Seed; or streams of one.

    Returns
    -------
    Ladder
        Inverse temperatures and spreads; a model without weights has the ladder (1.0,).

    Raises
    ------
    TypeError, ValueError
        If an argument breaks a rule above, or the ladder needs more than `max_betas`.

    References
    ----------
    S. Chowdhury et al., Nat. Commun. 16, 9193 (2025), who take alpha = 1.25.

    Examples
    --------
    >>> import pbit
    >>> ring = pbit.IsingModel({(i, (i + 1) % 64): 1.0 for i in range(64)})
    >>> ladder = adaptive_ladder(ring, rng=0)
    >>> bool((np.diff(ladder.betas) > 0).all()), bool(ladder.spreads[-1] < 0.5)
    (True, True)
    """
    check_energetic(model)
    check_count("n_chains", n_chains)
    if check_count("n_read", n_read, 2) > check_count("n_sweeps", n_sweeps):
        msg = f"n_read must be at most n_sweeps = {n_sweeps}, not {n_read}"
        raise ValueError(msg)
    check_count("max_betas", max_betas)
    weights = _magnitudes(model)
    if weights.size == 0:
        return Ladder(np.ones(1), np.zeros(1))
    small = float(np.quantile(weights, _SMALL, method="lower"))
    step = check_positive("alpha", alpha)
    beta = (
        1.0 / _typical_field(model) if first is None else check_positive("first", first)
    )
    end = 0.5 * small if stop is None else check_positive("stop", stop)
    source = rng if isinstance(rng, Streams) else streams(rng)
    betas: list[float] = []
    spreads: list[float] = []
    with Ensemble(
        model, n_chains, pilot_streams(source, 0), order=order, clamp=clamp,
        n_threads=n_threads,
    ) as chains:  # fmt: skip
        while not spreads or spreads[-1] >= end:
            if len(betas) == max_betas:
                msg = (
                    f"the ladder needs more than max_betas = {max_betas} temperatures "
                    f"(spread {spreads[-1]:.3g} at beta {betas[-1]:.3g}, to end below "
                    f"{end:.3g}): raise alpha, stop or max_betas, or give betas"
                )
                raise ValueError(msg)
            betas.append(beta)
            spreads.append(_spread(chains, beta, n_sweeps, n_read))
            beta += step / max(spreads[-1], end)
    return Ladder(np.array(betas), np.array(spreads))


def pilot_streams(source: Streams, number: int) -> Streams:
    """Return streams of a key of their own, for a pilot run that shares no draw."""
    drawn = words(source.key0, source.key1, int(Use.PILOT), 0, number)
    return Streams(int(drawn[0]), int(drawn[1]), source.entropy)


def _spread(chains: Ensemble, beta: float, n_sweeps: int, n_read: int) -> float:
    """Return the root mean square, over chains, of the standard deviation in time."""
    if n_sweeps > n_read:
        chains.advance(beta, n_sweeps - n_read)
    energies = np.empty((n_read, len(chains.states)))
    for t in range(n_read):
        chains.advance(beta, 1)
        energies[t] = chains.energies
    scale = float(np.abs(energies).max()) or 1.0  # squares neither overflow nor vanish
    return scale * float(np.sqrt((energies / scale).var(axis=0, ddof=1).mean()))


def _magnitudes(model: Model) -> Floats:
    """Return the sizes of all weights and biases that are not zero."""
    sizes = np.abs(np.concatenate([model.weights.data, model.h]))
    return np.asarray(sizes[sizes > 0])


def _typical_field(model: Model) -> float:
    """Return the root mean square of (sum_j J_ij² + h_i²)^½ over p-bits that hear anything."""
    rows = np.repeat(np.arange(model.n), np.diff(model.weights.indptr))
    largest = float(_magnitudes(model).max())  # squares neither overflow nor vanish
    scaled = (model.weights.data / largest) ** 2
    squares = np.bincount(rows, scaled, minlength=model.n) + (model.h / largest) ** 2
    return largest * float(np.sqrt(squares[squares > 0].mean()))

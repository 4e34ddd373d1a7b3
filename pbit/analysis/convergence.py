"""How well chains mix: autocorrelation, effective sample size, R-hat, and frozen chains."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pbit.analysis.estimates import check_table
from pbit.checks import Floats
from pbit.samples import SampleSet

_WINDOW = 5.0  # of autocorrelation times: Sokal's choice


@dataclass(frozen=True)
class Autocorrelation:
    r"""Autocorrelation of one quantity along chains.

    Attributes
    ----------
    rho
        Autocorrelation at lags 0, 1, ..., shape (n_kept,); rho[0] = 1. NaN if frozen.
    time
        Integrated time :math:`\tau = 1 + 2 \sum_t \rho_t`, in kept states: N of these
        are worth N/τ independent ones. NaN if frozen.
    error
        Its standard error.
    window
        Lag at which the sum was cut.
    n_chains, n_kept
        How much it was estimated from.
    frozen
        Whether the quantity never changed in any chain.
    reliable
        Whether the chains are at least 50 τ long in all, and the window fits into one.
    """

    rho: Floats
    time: float
    error: float
    window: int
    n_chains: int
    n_kept: int
    frozen: bool
    reliable: bool


@dataclass(frozen=True)
class Mixing:
    """Diagnostics of every quantity, one entry each.

    Attributes
    ----------
    ess
        Effective number of independent samples of the mean; NaN where a chain is frozen:
        what it has not visited, nobody can tell.
    rhat
        Split R-hat, rank-normalised unless there are two values only; near 1 (below 1.01)
        for chains that agree; infinite
        where every chain is frozen and they differ, NaN where all show the same.
    frozen_chains
        Number of chains in which the quantity never changed.
    n_samples
        Samples in all.
    """

    ess: Floats
    rhat: Floats
    frozen_chains: NDArray[np.int64]
    n_samples: int

    @property
    def frozen(self) -> NDArray[np.bool_]:
        """Where at least one chain never changed."""
        return np.asarray(self.frozen_chains > 0)

    def __str__(self) -> str:
        """Return the worst values, frozen quantities said to be so."""
        text = f"{self.n_samples} samples of {len(self.ess)} quantities: "
        moving = ~self.frozen
        if moving.any():
            text += f"ESS at least {self.ess[moving].min():.4g}, "
            text += f"R-hat at most {self.rhat[moving].max():.4g}"
        frozen = int(self.frozen.sum())
        if frozen:
            text += f"{', ' if moving.any() else ''}{frozen} frozen"
        return text


def autocorrelation(values: ArrayLike) -> Autocorrelation:
    r"""Return the autocorrelation of a quantity and its integrated time [Sokal1997]_.

    .. math::

        \rho_t = \frac{\sum (x_s - \bar x)(x_{s+t} - \bar x) / (N - t)}
        {\sum (x_s - \bar x)^2 / N}, \qquad \tau = 1 + 2 \sum_{t=1}^{W} \rho_t

    with the mean over all chains and W the first lag that is at least 5 τ. The error is
    :math:`\tau \sqrt{2 (2W + 1) / N}` [Madras1988]_.

    Parameters
    ----------
    values
        Shape (n_kept,) or (n_chains, n_kept), at least 2 kept states.

    Raises
    ------
    ValueError
        If the shape is another, or a value is not finite.

    References
    ----------
    .. [Sokal1997] A. Sokal, in Functional Integration, 131 (1997).
    .. [Madras1988] N. Madras and A. D. Sokal, J. Stat. Phys. 50, 109 (1988).

    Examples
    --------
    >>> autocorrelation([1, 1, -1, -1] * 250).rho[:3].round(2).tolist()
    [1.0, 0.0, -1.0]
    """
    table = np.asarray(values, dtype=np.float64)
    table = check_table("values", np.atleast_2d(table), 2)
    n_chains, n_kept = table.shape
    if n_kept < 2:
        msg = f"values must hold at least 2 kept states a chain, not {n_kept}"
        raise ValueError(msg)
    if (table == table[:, :1]).all():
        blank = np.full(n_kept, math.nan)
        return Autocorrelation(
            blank, math.nan, math.nan, 0, n_chains, n_kept, True, False
        )
    centred = table - table.mean()
    size = 2 ** (2 * n_kept - 1).bit_length()
    spectrum = np.abs(np.fft.rfft(centred, size, axis=1)) ** 2
    sums = np.fft.irfft(spectrum, size, axis=1)[:, :n_kept].sum(axis=0)
    rho = sums / (n_chains * (n_kept - np.arange(n_kept)))
    rho /= rho[0]
    times = 2.0 * np.cumsum(rho) - 1.0
    fits = np.flatnonzero(np.arange(n_kept) >= _WINDOW * times)
    window = int(fits[0]) if fits.size else n_kept - 1
    time = float(times[window])
    total = n_chains * n_kept
    error = abs(time) * math.sqrt(2.0 * (2 * window + 1) / total)
    reliable = bool(fits.size) and total >= 50 * time
    return Autocorrelation(rho, time, error, window, n_chains, n_kept, False, reliable)


def mixing(samples: SampleSet | ArrayLike) -> Mixing:
    """Return effective sample sizes and R-hat [Vehtari2021]_, by arviz-stats.

    Parameters
    ----------
    samples
        A SampleSet, whose quantities are its p-bits, or any quantities of shape
        (n_chains, n_kept) or (n_chains, n_kept, k). At least 4 kept states.

    Raises
    ------
    ImportError
        If arviz-stats is not installed (the extra ``diag``).
    ValueError
        If the shape is another, or a value is not finite.

    References
    ----------
    .. [Vehtari2021] A. Vehtari et al., Bayesian Analysis 16, 667 (2021).

    Examples
    --------
    >>> stuck = mixing([[1, 1, 1, 1], [-1, -1, -1, -1]])
    >>> stuck.frozen_chains.tolist(), stuck.ess.tolist(), stuck.rhat.tolist()
    ([2], [nan], [inf])
    """
    if isinstance(samples, SampleSet):
        table = samples.states.astype(np.float64)
    else:
        table = np.asarray(samples, dtype=np.float64)
        if table.ndim == 2:
            table = table[:, :, None]
        table = check_table("samples", table, 3)
    n_chains, n_kept, n = table.shape
    if n_kept < 4:
        msg = f"samples must hold at least 4 kept states a chain, not {n_kept}"
        raise ValueError(msg)
    frozen = (table == table[:, :1]).all(axis=1).sum(axis=0)
    ess, rhat = np.full(n, math.nan), np.full(n, math.nan)
    stats = _array_stats()
    for k in range(n):
        column = table[:, :, k]
        if frozen[k] == 0:
            ess[k] = stats.ess(column, chain_axis=0, draw_axis=1, method="mean")
        if frozen[k] < n_chains:
            # Two values have ranks in proportion, and folding them leaves nothing.
            method = "split" if len(np.unique(column)) == 2 else "rank"
            rhat[k] = stats.rhat(column, chain_axis=0, draw_axis=1, method=method)
        elif (column != column[0, 0]).any():
            rhat[k] = math.inf
    return Mixing(ess, rhat, frozen.astype(np.int64), n_chains * n_kept)


def _array_stats() -> Any:
    try:
        from arviz_stats import base
    except ImportError as error:
        msg = "mixing needs arviz-stats: pip install 'pbitlab[diag]'"
        raise ImportError(msg) from error
    return base.array_stats

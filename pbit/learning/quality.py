"""How near samples are to data, where neither distribution can be written down."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from pbit.analysis.estimates import Estimate, check_fraction, student
from pbit.checks import Floats, check_positive
from pbit.learning.data import check_data


def kernel_distance(
    samples: ArrayLike,
    reference: ArrayLike,
    *,
    width: float | None = None,
    level: float = 0.95,
) -> Estimate:
    r"""Return the squared maximum mean discrepancy of two sets of states, with interval.

    .. math::

        D^2 = \langle k(x, x') \rangle + \langle k(y, y') \rangle - 2 \langle k(x, y)
        \rangle, \qquad k(x, y) = e^{-d(x, y) / w}

    with the Hamming distance d and averages over different pairs: without bias, so that
    it is near 0, on either side, for two sets of one distribution, and positive for any
    other, if seldom visibly [Gretton2012]_. The error is the jackknife's, over both sets.

    Parameters
    ----------
    samples, reference
        Independent states, 0/1 or ±1, shapes (n, n_bits) and (n', n_bits), n, n' >= 2.
    width
        w in bits, > 0; a tenth of the bits if omitted.
    level
        Of the interval.

    Raises
    ------
    TypeError, ValueError
        If an argument breaks a rule above.

    References
    ----------
    .. [Gretton2012] A. Gretton et al., J. Mach. Learn. Res. 13, 723 (2012).

    Examples
    --------
    >>> states = [[1, 1], [1, -1], [-1, 1], [-1, -1]]
    >>> kernel_distance(states, [[1, 1], [1, 1], [1, 1]]).value > 0.3
    True
    """
    x = check_data(samples, name="samples").astype(np.float64)
    y = check_data(reference, x.shape[1], name="reference").astype(np.float64)
    if min(len(x), len(y)) < 2:
        msg = f"two states at least make a set, not {len(x)} and {len(y)}"
        raise ValueError(msg)
    w = x.shape[1] / 10.0 if width is None else check_positive("width", width)
    level = check_fraction("level", level)
    within_x, within_y, across = _kernel(x, x, w), _kernel(y, y, w), _kernel(x, y, w)
    np.fill_diagonal(within_x, 0.0)
    np.fill_diagonal(within_y, 0.0)
    n, m = across.shape
    value = (
        within_x.sum() / (n * (n - 1))
        + within_y.sum() / (m * (m - 1))
        - 2.0 * across.mean()
    )
    variance = _jackknife(within_x, across) + _jackknife(within_y, across.T)
    return student(float(value), math.sqrt(variance), min(n, m) - 1, level)


def _kernel(x: Floats, y: Floats, width: float) -> Floats:
    distances = (x.shape[1] - x @ y.T) / 2.0
    return np.asarray(np.exp(-distances / width))


def _jackknife(within: Floats, across: Floats) -> float:
    """Return the variance that leaving out one row at a time shows."""
    n = len(within)
    if n < 3:
        return 0.0
    rest = (within.sum() - 2.0 * within.sum(axis=1)) / ((n - 1) * (n - 2))
    cross = (across.sum() - across.sum(axis=1)) / ((n - 1) * across.shape[1])
    without = rest - 2.0 * cross
    return float((n - 1) / n * ((without - without.mean()) ** 2).sum())

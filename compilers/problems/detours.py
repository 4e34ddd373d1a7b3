"""Distances of a tour made small, and what a penalty on its errors has to exceed."""

from __future__ import annotations

import math

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from scipy.optimize import linprog

from compilers.problems.data import Weights
from pbit.checks import Floats

_TIEBREAK = 1e-3  # worth of a smaller sum of distances beside a smaller maximum
_SCALE = 1000.0  # largest distance that the linear program sees; its tolerance is 1e-7
_GRAIN = 2.0**-10  # of the largest distance, to a power of two: keeps whole ones exact


def reduce_distances(d: Weights) -> tuple[Floats, float]:
    r"""Take a toll for leaving and for entering each city out of the distances.

    Every tour pays all tolls once, so nothing changes between tours. Of all tolls that
    leave no distance below 0, those with the smallest largest distance are taken (a
    linear program), and of these some with a small sum.

    Parameters
    ----------
    d
        Shape (n, n), n >= 2; the diagonal is not looked at.

    Returns
    -------
    reduced : numpy.ndarray
        :math:`d_{uv} - a_u - b_v \ge 0`, zero diagonal; symmetric if d is.
    tolls : float
        Sum of all a and b.
    """
    n = len(d)
    u, v = np.nonzero(~np.eye(n, dtype=np.bool_))
    largest = float(np.abs(d[u, v]).max())
    if largest == 0:
        return np.zeros((n, n)), 0.0
    m, one = len(u), np.ones(len(u))
    ends = (np.tile(np.arange(m), 2), np.concatenate([u, n + v]))
    paid = sp.csr_array((np.tile(one, 2), ends), shape=(m, 2 * n))
    # a_u + b_v <= d and d - a_u - b_v <= z: least z, then large tolls.
    rows = sp.block_array([[paid, None], [-paid, -one[:, None]]])
    value = d[u, v] * (_SCALE / largest)
    result = linprog(
        np.append(np.full(2 * n, -_TIEBREAK), 1.0),
        rows,
        np.concatenate([value, -value]),
        bounds=[(None, None)] * (2 * n) + [(0, None)],
        method="highs",
    )
    if not result.success:  # feasible and bounded for all distances
        msg = f"the linear program for the tolls failed: {result.message}"
        raise RuntimeError(msg)
    out, into = result.x[:n], result.x[n : 2 * n]
    if (d == d.T)[u, v].all():
        out = into = (out + into) / 2
    # Rounded down by more than the tolerance: no distance falls below 0.
    grain = _GRAIN * 2.0 ** math.floor(math.log2(largest))
    scale = largest / _SCALE / grain
    out, into = (np.floor(toll * scale - 1e-3) * grain for toll in (out, into))
    reduced = np.asarray(d - out[:, None] - into, dtype=np.float64)
    np.fill_diagonal(reduced, 0)
    return reduced, float(out.sum() + into.sum())


def largest_detour(d: Floats) -> float:
    r"""Return what visiting one more city costs at most.

    In a sequence with empty positions, of which at least one city is missing, some
    missing city can get in by the cheaper of two ways: into an empty position,
    at most the longest way p → c → q through one city; or next to a city u that is
    near it, what is between there and the gap moving up, at most the largest
    distance (the gap closes) and B. B is a bottleneck: the least value such that all
    cities can be reached from the first in steps u → c in which squeezing c in, right
    after u or right before it, costs B at most, whoever stands on the other side.

    Parameters
    ----------
    d
        Distances >= 0 with a zero diagonal, shape (n, n), n >= 2; city 0 is never missing.
    """
    n = len(d)
    if n == 2:
        return float(d[0, 1] + d[1, 0])
    return min(_longest_way_through(d), float(d.max()) + _bottleneck(_squeeze(d)))


def _longest_way_through(d: Floats) -> float:
    """Return the largest d[p, c] + d[c, q] with c not city 0 and p, c, q different."""
    far = np.where(np.eye(len(d), dtype=np.bool_), -np.inf, d)
    longest = 0.0
    for c in range(1, len(d)):
        into, out = far[:, c], far[c]
        first, second = np.argsort(-into, kind="stable")[:2].tolist()
        rest = np.delete(out, first)
        longest = max(longest, into[first] + rest.max(), into[second] + out[first])
    return longest


def _squeeze(d: Floats) -> Floats:
    """Return what it costs at most to put city c (column) beside city u (row)."""

    def right_after(ways: Floats) -> Floats:
        n = len(ways)
        cost = np.empty((n, n))
        for u in range(n):
            more = ways - ways[u]  # what v, next, costs from c more than from u
            more[:, u] = 0.0  # no v there, or a gap: nothing to go on to
            np.fill_diagonal(more, 0.0)
            cost[u] = ways[u] + more.max(axis=1)
        return cost

    cheaper: NDArray[np.float64] = np.minimum(right_after(d), right_after(d.T))
    return cheaper


def _bottleneck(cost: Floats) -> float:
    """Return the least value at which steps that cost no more reach all from 0."""
    reached = np.zeros(len(cost), dtype=np.bool_)
    reached[0] = True
    cheapest, worst = cost[0].copy(), 0.0
    for _ in range(len(cost) - 1):
        c = int(np.where(reached, np.inf, cheapest).argmin())
        worst = max(worst, float(cheapest[c]))
        reached[c] = True
        cheapest = np.minimum(cheapest, cost[c])
    return worst

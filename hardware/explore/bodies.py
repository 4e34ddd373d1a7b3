"""Yield: how a figure scatters from machine to machine of one design."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import stats

from pbit.checks import Floats

if TYPE_CHECKING:
    from hardware.explore.exploration import Exploration, Row

LEVEL = 0.95
_PERCENTS = (5, 50, 95)


def yields(
    found: Exploration, metric: str | None = None, limit: float | None = None
) -> dict[str, Any]:
    """Return percentiles of a metric over bodies, and the share of bodies within a limit.

    Chance in the measuring of each body adds to the scatter: measure long enough that
    the figures' own intervals are short beside it.

    Parameters
    ----------
    found
        An exploration of one setting with several bodies.
    metric
        Which; the first one by default.
    limit
        At most so much where less is better, else at least so much.

    Returns
    -------
    dict
        ``metric``, ``unit``, ``values`` (rising), ``p5``, ``p50``, ``p95`` and their
        ``p5_interval`` ... (95 %, of order statistics, so exact for any law; an end that
        so few bodies do not reach is null), ``limit``, ``share`` with ``share_interval``
        (Clopper and Pearson), and ``failed``: bodies without the figure, which are not
        within the limit.

    Raises
    ------
    KeyError
        If there is no such metric.
    ValueError
        If there are several settings, fewer than two bodies, or none has the figure.

    References
    ----------
    Hahn and Meeker, Statistical Intervals (1991), section 5.2; Clopper and Pearson,
    Biometrika 26, 404 (1934).
    """
    name = next(iter(found.goals)) if metric is None else metric
    if name not in found.goals:
        msg = f"no metric {name!r}; there are {', '.join(found.goals)}"
        raise KeyError(msg)
    groups = found.groups()
    if len(groups) != 1 or len(groups[0]) < 2:
        msg = (
            f"exploration must be of one setting and two bodies at least, not of "
            f"{len(groups)} settings and {len(found.rows)} points"
        )
        raise ValueError(msg)
    return _table(groups[0], name, *found.goals[name], limit)


def _table(
    rows: tuple[Row, ...], name: str, unit: str, less: bool, limit: float | None
) -> dict[str, Any]:
    every = np.array([row.value(name) for row in rows])
    values: Floats = np.sort(every[~np.isnan(every)])
    if values.size == 0:
        msg = f"{name} must be known of one body at least: {rows[0].problem}"
        raise ValueError(msg)
    table: dict[str, Any] = {"metric": name, "unit": unit, "values": values.tolist()}
    for percent in _PERCENTS:
        share = percent / 100
        # Of the values themselves: between an infinite one and another there is nothing.
        table[f"p{percent}"] = float(np.quantile(values, share, method="inverted_cdf"))
        table[f"p{percent}_interval"] = quantile_interval(values, share)
    table |= {"limit": limit, "share": None, "share_interval": None}
    table["failed"] = len(rows) - values.size
    if limit is not None:
        within = int((values <= limit).sum() if less else (values >= limit).sum())
        table["share"] = within / len(rows)
        table["share_interval"] = share_interval(within, len(rows))
    return table


def quantile_interval(values: Floats, share: float) -> list[float | None]:
    """Return order statistics that a quantile lies between with a chance of 95 % at least.

    Of n values, as many as Binomial(n, share) are below the quantile. An end that is
    beyond all values is None.
    """
    n, tail = len(values), (1 - LEVEL) / 2
    law = stats.binom(n, share)
    # The quantile is below values[k] with the chance that at most k values are below it.
    low = int(law.ppf(tail)) - 1
    high = int(law.ppf(1 - tail))
    return [
        float(values[low]) if low >= 0 else None,
        float(values[high]) if high < n else None,
    ]


def share_interval(within: int, count: int) -> list[float]:
    """Return the interval of Clopper and Pearson of a share."""
    tail = (1 - LEVEL) / 2
    low = 0.0 if within == 0 else stats.beta.ppf(tail, within, count - within + 1)
    high = 1.0
    if within < count:
        high = stats.beta.ppf(1 - tail, within + 1, count - within)
    found = [float(low), float(high)]
    assert not any(map(math.isnan, found))  # noqa: S101 - the cases above saw to it
    return found

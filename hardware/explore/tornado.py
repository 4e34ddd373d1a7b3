"""Sensitivity: how far each entry moves a figure from its first to its last value."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from hardware.explore.axes import Axis

if TYPE_CHECKING:
    from hardware.explore.exploration import Exploration, Row


def sensitivity(found: Exploration, metric: str | None = None) -> dict[str, Any]:
    """Return the table behind a tornado, as reports draw it.

    Parameters
    ----------
    found
        An exploration by the method "ends".
    metric
        Which; the first one by default.

    Returns
    -------
    dict
        ``metric``, ``unit``, ``base`` (the design as it is) and ``base_interval``;
        ``rows``: of every entry, the largest swing first, ``name``, ``low`` and ``high``
        (the metric at its first and at its last value), ``low_interval``,
        ``high_interval``, ``settings`` in words, and ``clear``: whether the intervals of
        the two ends are apart. ``problems``: entries of which an end does not run, and
        why. With several bodies, medians of all of these.

    Raises
    ------
    KeyError
        If there is no such metric.
    ValueError
        If the exploration was made by another method, was interrupted, or the design
        itself has no such figure.
    """
    name = next(iter(found.goals)) if metric is None else metric
    if name not in found.goals:
        msg = f"no metric {name!r}; there are {', '.join(found.goals)}"
        raise KeyError(msg)
    if found.method != "ends" or found.stopped:
        what = found.stopped or f"made by the method {found.method!r}"
        msg = f"exploration must be a complete one by the method 'ends', not {what}"
        raise ValueError(msg)
    bodies = found.bodies
    parts = [found.rows[k : k + bodies] for k in range(0, len(found.rows), bodies)]
    base = _ends(parts[0], name)
    if not math.isfinite(base[0]):
        why = parts[0][0].problem or "it has no finite value"
        msg = f"{name} of the design itself must be known: {why}"
        raise ValueError(msg)
    rows, problems = [], {}
    for k, axis in enumerate(found.axes):
        low, high = parts[1 + 2 * k], parts[2 + 2 * k]
        row = _row(axis, _ends(low, name), _ends(high, name))
        if math.isfinite(row["low"]) and math.isfinite(row["high"]):
            rows.append(row)
        else:
            said = [r.problem for r in (*low, *high) if r.problem]
            problems[axis.entry] = said[0] if said else f"{name} has no finite value"
    rows.sort(key=lambda row: -abs(row["high"] - row["low"]))
    return {
        "metric": name,
        "unit": found.goals[name][0],
        "base": base[0],
        "base_interval": list(base[1:]),
        "rows": rows,
        "problems": problems,
    }


def _ends(rows: Sequence[Row], metric: str) -> tuple[float, float, float]:
    """Return the medians of a figure and of its interval's ends; nan if one is missing."""
    none = (math.nan, math.nan, math.nan, "")
    triples = np.array([(row.figures.get(metric) or none)[:3] for row in rows])
    middle = np.median(triples, axis=0)
    return float(middle[0]), float(middle[1]), float(middle[2])


def _row(
    axis: Axis, low: tuple[float, float, float], high: tuple[float, float, float]
) -> dict[str, Any]:
    first, last = axis.ends
    return {
        "name": axis.entry,
        "settings": f"{axis.said(first)} to {axis.said(last)}",
        "low": low[0],
        "high": high[0],
        "low_interval": list(low[1:]),
        "high_interval": list(high[1:]),
        "clear": low[2] < high[1] or high[2] < low[1],
    }

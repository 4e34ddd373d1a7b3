"""Pareto fronts: the points that no other beats."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pbit.checks import Floats

if TYPE_CHECKING:
    from hardware.explore.exploration import Exploration, Row


def non_dominated(values: ArrayLike, less: Sequence[bool]) -> NDArray[np.bool_]:
    r"""Return which rows no other row dominates.

    Row a dominates row b if it is as good in every column and better in one. Equal rows
    do not dominate each other; rows with a nan are never on the front and dominate none.

    Parameters
    ----------
    values
        Shape (points, columns).
    less
        Of every column whether less is better.

    Returns
    -------
    numpy.ndarray
        Shape (points,), bool.

    Raises
    ------
    ValueError
        If shapes disagree.

    Examples
    --------
    >>> non_dominated([[1, 5], [2, 2], [3, 3]], [True, True]).tolist()
    [True, True, False]
    """
    table: Floats = np.array(values, np.float64)
    if table.ndim != 2 or table.shape[1] != len(less) or len(less) == 0:
        msg = f"values must have shape (points, {len(less)}), not {table.shape}"
        raise ValueError(msg)
    table *= np.where(less, 1.0, -1.0)
    found: NDArray[np.bool_] = np.asarray(~np.isnan(table).any(axis=1))
    # Whoever dominates a row comes before it in this order, so one pass is enough.
    order = np.lexsort(table.T[::-1])
    front = np.empty((0, len(less)))
    for k in order[found[order]]:
        row = table[k]
        if ((front <= row).all(axis=1) & (front < row).any(axis=1)).any():
            found[k] = False
        else:
            front = np.concatenate([front, row[None]])
    return found


def front(
    found: Exploration, metrics: Sequence[str] | None = None
) -> list[tuple[Row, ...]]:
    """Return the settings on the front of some metrics, of all if none are named.

    Where there are several bodies, a setting counts by its medians.

    Returns
    -------
    list
        The rows of each such setting, in the order of the plan.

    Raises
    ------
    KeyError
        If there is no such metric.
    """
    groups = found.groups()
    kept = _on_front(found, groups, list(metrics or found.goals))
    return [rows for rows, on in zip(groups, kept, strict=True) if on]


def pareto(found: Exploration, x: str, y: str) -> dict[str, Any]:
    """Return the trade-off between two metrics, as reports draw it.

    Parameters
    ----------
    found
        The exploration.
    x, y
        Metrics.

    Returns
    -------
    dict
        ``x``, ``y``: {name, unit}; ``points``: {label, x, y, front, chosen} of every
        setting that has both figures. Chosen is what has the values of the design
        itself. ``problems``: how many settings have not.

    Raises
    ------
    KeyError
        If there is no such metric.
    """
    groups = found.groups()
    kept = _on_front(found, groups, [x, y])
    base = _base(found)
    points = []
    for rows, on in zip(groups, kept, strict=True):
        at = [found.median(rows, name) for name in (x, y)]
        if np.isfinite(at).all():
            points.append(
                {
                    "label": label(found, rows[0]),
                    "x": at[0],
                    "y": at[1],
                    "front": bool(on),
                    "chosen": list(rows[0].values.values()) == base,
                }
            )
    return {
        "x": {"name": x, "unit": found.goals[x][0]},
        "y": {"name": y, "unit": found.goals[y][0]},
        "points": points,
        "problems": len(groups) - len(points),
    }


def label(found: Exploration, row: Row) -> str:
    """Return what a row has for each axis, in words."""
    pairs = zip(found.axes, row.values.values(), strict=True)
    return ", ".join(f"{axis.entry} = {axis.said(value)}" for axis, value in pairs)


def _base(found: Exploration) -> list[Any]:
    from hardware.explore.axes import plain
    from hardware.explore.entries import value_of

    return [plain(value_of(found.design, {}, axis.entry)) for axis in found.axes]


def _on_front(
    found: Exploration, groups: Sequence[tuple[Row, ...]], metrics: list[str]
) -> NDArray[np.bool_]:
    less = []
    for name in metrics:
        if name not in found.goals:
            msg = f"no metric {name!r}; there are {', '.join(found.goals)}"
            raise KeyError(msg)
        less.append(found.goals[name][1])
    table = [[found.median(rows, name) for name in metrics] for rows in groups]
    return non_dominated(np.reshape(table, (-1, len(metrics))), less)

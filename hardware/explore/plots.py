"""Plots of explorations: a metric along every axis, tornado, Pareto front, yield.

Each function returns a matplotlib Figure, in the style of reports;
:func:`pbit.plots.save` writes it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from hardware.explore.axes import Axis
from pbit._plotting import BLUE, GREY, INK

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from hardware.explore.exploration import Exploration

PANEL = 3.1  # inches
DECADE = 10.0  # that positive values span before their axis is logarithmic
OPACITY = 0.35  # of single points
_NONE: dict[str, None] = {"sensitivity": None, "pareto": None, "yield": None}


def sweep(found: Exploration, metric: str | None = None) -> Figure:
    """Draw a metric at every point, once along each axis, with medians over the others.

    Parameters
    ----------
    found
        The exploration; points without the figure are counted in the title.
    metric
        Which; the first one by default.

    Raises
    ------
    KeyError
        If there is no such metric.
    ValueError
        If nothing is varied, or no point has the figure.
    """
    from matplotlib.figure import Figure

    name = next(iter(found.goals)) if metric is None else metric
    values = np.array(found.column(name), np.float64)
    kept = np.isfinite(values)
    if not found.axes or not kept.any():
        msg = f"there is nothing to draw: no axis, or no point with a finite {name}"
        raise ValueError(msg)
    wide = min(len(found.axes), 2)
    tall = math.ceil(len(found.axes) / wide)
    figure = Figure(
        figsize=(PANEL * wide, 2.7 * tall + 0.3), dpi=100, layout="constrained"
    )
    panels = list(figure.subplots(tall, wide, squeeze=False, sharey=True).flat)
    for ax, axis in zip(panels, found.axes, strict=False):
        places = _places(axis, found.column(axis.entry))
        _panel(ax, axis, places[kept], values[kept])
    for ax in panels[len(found.axes) :]:
        ax.set_visible(False)
    _name_values(panels[::wide], name, found.goals[name][0], values[kept])
    left_out = int((~kept).sum())
    said = f"{kept.sum()} points" + (f", {left_out} without figure" if left_out else "")
    figure.suptitle(
        f"{said}; line: medians", fontsize=9.5, color=INK, x=0.01, ha="left"
    )
    return figure


def tornado(table: Mapping[str, Any]) -> Figure:
    """Draw what :func:`~hardware.explore.sensitivity` returns."""
    return _drawn({"sensitivity": table})


def front(table: Mapping[str, Any]) -> Figure:
    """Draw what :func:`~hardware.explore.pareto` returns."""
    return _drawn({"pareto": table})


def bodies(table: Mapping[str, Any]) -> Figure:
    """Draw what :func:`~hardware.explore.yields` returns."""
    return _drawn({"yield": table})


def _drawn(table: Mapping[str, Any]) -> Figure:
    from hardware.evaluation.report.exploration import drawings

    found = [drawing.figure for drawing in drawings(_NONE | dict(table))]
    if not found:
        msg = "there is nothing to draw: no point has the figure"
        raise ValueError(msg)
    return found[0]


def _places(axis: Axis, values: Sequence[Any]) -> np.ndarray:
    """Return where values are on an axis: numbers are themselves, text is counted."""
    if axis.numeric:
        return np.array(
            [math.nan if value is None else value for value in values], np.float64
        )
    names = [str(value) for value in axis.values]
    return np.array([float(names.index(str(value))) for value in values])


def _panel(ax: Axes, axis: Axis, places: np.ndarray, values: np.ndarray) -> None:
    from hardware.evaluation.report.canvas import dress, si

    ax.plot(places, values, ".", color=GREY, ms=4, alpha=OPACITY, zorder=2)
    different = np.unique(places[~np.isnan(places)])
    if len(different) <= max(len(axis.values), len(places) // 4):
        medians = [float(np.median(values[places == place])) for place in different]
        ax.plot(different, medians, "o-", color=BLUE, lw=1.6, ms=4.5, zorder=3)
    if axis.numeric and (different > 0).all() and _wide(different):
        ax.set_xscale("log")
    dress(ax, axis.entry)
    if axis.numeric:
        if axis.unit:
            si(ax.xaxis, axis.unit)
        if len(different) <= 6:
            ax.set_xticks(different, [axis.said(value) for value in different.tolist()])
            ax.set_xticks([], minor=True)
    else:
        ax.set_xticks(range(len(axis.values)), [str(value) for value in axis.values])
        ax.tick_params(axis="x", rotation=30 if len(axis.values) > 3 else 0)


def _name_values(
    panels: Sequence[Axes], metric: str, unit: str, values: np.ndarray
) -> None:
    from hardware.evaluation.report import words
    from hardware.evaluation.report.canvas import FONT, si

    for ax in panels:
        if (values > 0).all() and _wide(values):
            ax.set_yscale("log")
        ax.set_ylabel(words.label(metric), color=INK, fontsize=FONT)
        if unit:
            si(ax.yaxis, unit)


def _wide(values: np.ndarray) -> bool:
    return bool(values.max() / values.min() >= DECADE)

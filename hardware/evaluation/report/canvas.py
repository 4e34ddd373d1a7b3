"""What the drawings of a report share: their size, error bars, and axes with units."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pbit._plotting import GREY, INK, PALETTE, finish

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH = 5.8  # inches; half a wide page, and readable on a telephone
FONT = 9.5
MARKERS = "osD^vP"
_STEP = 0.62  # inches of height a row
AnyFigure = Mapping[str, Any]


@dataclass(frozen=True, eq=False)
class Drawing:
    """A figure of a report.

    Attributes
    ----------
    name
        Of its file.
    section
        Key of the section that shows it.
    title, caption
        What it shows, and how to read it.
    figure
        A matplotlib Figure.
    """

    name: str
    section: str
    title: str
    caption: str
    figure: Figure


def canvas(height: float, rows: int = 1, **more: Any) -> tuple[Figure, list[Axes]]:
    """Return a figure of the usual width and its axes, one below the other."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(WIDTH, height), dpi=100, layout="constrained")
    axes = figure.subplots(rows, 1, squeeze=False, **more)
    return figure, [row[0] for row in axes]


def dress(ax: Axes, xlabel: str, ylabel: str = "", grid: str = "both") -> None:
    """Name the axes, in a size that is read on a small screen, too."""
    finish(ax, xlabel=xlabel, ylabel=ylabel, title="")
    ax.xaxis.label.set_fontsize(FONT)
    ax.yaxis.label.set_fontsize(FONT)
    ax.tick_params(labelsize=FONT - 0.5)
    ax.grid(visible=False)
    ax.grid(visible=True, axis=grid, color="#E3E5E8", lw=0.8)  # type: ignore[arg-type]


def legend(ax: Axes, columns: int = 2, **more: Any) -> None:
    """Put the legend above the axes, where it covers no data and takes no width."""
    handles, names = ax.get_legend_handles_labels()
    if handles:
        where = {"loc": "lower left", "bbox_to_anchor": (0.0, 1.0)} | more
        ax.legend(
            handles,
            names,
            ncols=columns,
            frameon=False,
            fontsize=FONT - 0.5,
            labelcolor=INK,
            handletextpad=0.4,
            columnspacing=1.2,
            borderaxespad=0.2,
            **where,
        )


def si(axis: Any, unit: str) -> None:
    """Write an axis with prefixes: 1 µs, 10 µs. Call it when everything is drawn."""
    from matplotlib.ticker import (
        EngFormatter,
        FuncFormatter,
        LogLocator,
        NullFormatter,
    )

    low, high = sorted(axis.get_view_interval())
    if axis.get_scale() == "log":
        decades = math.log10(high / low)
        steps = (1.0,) if decades > 2.5 else (1.0, 3.0) if decades > 1.5 else (1, 2, 5)
        axis.set_major_locator(LogLocator(10, steps, numticks=9))
    space = "\N{NO-BREAK SPACE}" if unit else ""
    if unit or high > 2e3:
        axis.set_major_formatter(EngFormatter(unit=unit, sep=space))
    else:  # pure numbers have no prefixes: 0.05, not 50 m
        axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.set_minor_formatter(NullFormatter())


def seen(figure: AnyFigure | None, *, positive: bool = False) -> bool:
    """Return whether a figure has a value to draw; on logarithmic axes, one above 0."""
    if figure is None or figure["value"] is None:
        return False
    return not positive or figure["value"] > 0


def bar_of(
    ax: Axes, figure: AnyFigure, at: float, color: str, marker: str = "o", **more: Any
) -> None:
    """Draw a figure as a point with its interval, across; open ends reach the axes' end."""
    value = figure["value"]
    low = figure["low"] if figure["low"] is not None else value
    high = figure["high"] if figure["high"] is not None else value
    if ax.get_xscale() == "log":
        low = low if low > 0 else value
    ax.plot([low, high], [at, at], color=color, lw=2, solid_capstyle="butt", zorder=2)
    ax.plot(
        value,
        at,
        ls="",
        marker=marker,
        ms=6.5,
        color=color,
        markeredgewidth=0.8,
        zorder=3,
        clip_on=False,  # at the axis' end, too
        **more,
    )


def rows_height(rows: int, extra: float = 1.1) -> float:
    """Return the height of a figure with so many rows of points."""
    return max(_STEP * rows + extra, 1.9)


def name_rows(ax: Axes, names: Sequence[str]) -> None:
    """Name the rows, the first one on top."""
    ax.set_yticks(range(len(names)), names)
    ax.set_ylim(len(names) - 0.45, -0.55)
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)


def dot_plot(
    ax: Axes,
    rows: Mapping[str, Mapping[str, AnyFigure]],
    series: Sequence[str],
) -> None:
    """Draw points with intervals: a row a key, a colour and a marker a series.

    Parameters
    ----------
    ax
        Axes to draw on; their scale is set already.
    rows
        Row -> series -> figure.
    series
        Names of the series in the order of their colours.
    """
    spread = 0.5 / max(len(series), 1)
    named: set[str] = set()
    positive = ax.get_xscale() == "log"
    for k, found in enumerate(rows.values()):
        for s, name in enumerate(series):
            if not seen(found.get(name), positive=positive):
                continue
            at = k + (s - (len(series) - 1) / 2) * spread
            text = {} if name in named else {"label": name}
            named.add(name)
            marker, color = MARKERS[s % len(MARKERS)], PALETTE[s % len(PALETTE)]
            bar_of(ax, found[name], at, color, marker, **text)
        if k:
            ax.axhline(k - 0.5, color="#E3E5E8", lw=0.8, zorder=0)
    name_rows(ax, list(rows))


def bound(ax: Axes, limit: float | None, text: str = "required") -> None:
    """Draw a bound as a dashed line down."""
    if limit is not None and math.isfinite(limit):
        ax.axvline(limit, color=INK, lw=1.1, ls=(0, (4, 3)), label=text, zorder=1)


def widen(ax: Axes, decades: float = 1.0) -> None:
    """Keep a logarithmic axis at least so wide, so that it has ticks to read."""
    low, high = ax.get_xlim()
    short = decades - math.log10(high / low)
    if short > 0:
        factor = 10 ** (short / 2)
        ax.set_xlim(low / factor, high * factor)


__all__ = [
    "GREY",
    "INK",
    "PALETTE",
    "Drawing",
    "bar_of",
    "bound",
    "canvas",
    "dot_plot",
    "dress",
    "legend",
    "name_rows",
    "rows_height",
    "seen",
    "si",
    "widen",
]

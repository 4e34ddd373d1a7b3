"""Plots of runs and answers; matplotlib is loaded when the first one is drawn.

Every function draws on the axes it is given, or on a new figure of 12 by 5 inches
that no window manager knows of, and returns the axes; `ax.figure` is the figure. The
colours are those of Okabe and Ito, which colour-blind readers can tell apart.
"""

from __future__ import annotations

import io
import os
from collections.abc import Collection, Hashable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from pbit import _plotting as style
from pbit._plotting import (
    BLUE,
    GREEN,
    GREY,
    INK,
    ORANGE,
    PALETTE,
    PURPLE,
    SKY,
    VERMILION,
    Series,
)
from pbit.checks import check_count
from pbit.io import replacing

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = [
    "BLUE",
    "GREEN",
    "GREY",
    "INK",
    "ORANGE",
    "PALETTE",
    "PURPLE",
    "SKY",
    "VERMILION",
    "energy_trace",
    "histogram",
    "occupancy",
    "save",
]


def energy_trace(
    times: Series,
    energies: Series,
    *,
    best: float | None = None,
    best_label: str = "best known",
    ylabel: str = "energy",
    title: str = "",
    log_time: bool = False,
    ax: Axes | None = None,
) -> Axes:
    """Draw energies, or any other objective, against simulated time.

    Values are drawn as steps: each holds until the next is given.

    Parameters
    ----------
    times
        Simulated seconds that do not fall, shape (k,); or one such array a machine,
        by its name.
    energies
        Values at these times, shape (k,); or one such array a machine, by its name.
        Several machines may share one array of times.
    best
        The best value known, drawn as a line across; None for no line.
    best_label
        What the legend calls that line.
    ylabel, title
        Texts of the plot; no title if empty.
    log_time
        Draw time on a logarithmic axis; times of 0 are left of it and not seen.
    ax
        Axes to draw on; a new figure if None.

    Returns
    -------
    matplotlib.axes.Axes
        The axes drawn on.

    Raises
    ------
    ValueError
        If there is nothing to draw, shapes disagree, a value is not finite, times
        fall, or a machine has energies and no times.
    """
    traces = style.check_traces(times, energies)
    best_value = None if best is None else style.check_column("best", [best])[0]
    ax = style.new_axes(ax)
    for k, (name, (t, e)) in enumerate(traces.items()):
        rounds, color = divmod(k, len(PALETTE))
        (line,) = ax.plot(t, e, color=PALETTE[color], lw=1.8, drawstyle="steps-post")
        line.set(label=name or None, linestyle=style.DASHES[rounds % len(style.DASHES)])
    if best_value is not None:
        label = f"{best_label}: {best_value:g}"
        ax.axhline(best_value, color=INK, lw=1.2, ls=(0, (4, 3)), label=label, zorder=1)
    if log_time:
        ax.set_xscale("log")
    style.si_axis(ax, "s")
    style.finish(ax, xlabel="simulated time", ylabel=ylabel, title=title)
    ax.grid(visible=True, axis="both", color="#E3E5E8", lw=0.8)
    if best_value is not None or "" not in traces:
        style.side_legend(ax)
    return ax


def histogram(
    counts: Mapping[Any, int],
    *,
    highlight: Collection[Hashable] = (),
    highlight_label: str = "true",
    other_label: str = "other",
    top: int = 20,
    xlabel: str = "answer",
    title: str = "",
    ax: Axes | None = None,
) -> Axes:
    """Draw how often each decoded answer was found, the most frequent first.

    Parameters
    ----------
    counts
        Answer -> times found; answers are written with `str`.
    highlight
        Answers to colour, such as the true ones; one that was never found is drawn
        with a count of zero.
    highlight_label, other_label
        What the legend calls those and the rest.
    top
        Bars drawn, at least 1. Highlighted answers are always among them; all that is
        left out is summed in one hatched bar that says so.
    xlabel, title
        Texts of the plot; no title if empty.
    ax
        Axes to draw on; a new figure if None.

    Returns
    -------
    matplotlib.axes.Axes
        The axes drawn on.

    Raises
    ------
    ValueError
        If there are no answers, or a count is negative or not whole.
    """
    top = check_count("top", top)
    bars, rest = style.rank_answers(counts, highlight, top)
    ax = style.new_axes(ax)
    x = np.arange(len(bars))
    heights = list(bars.values())
    marked = np.array([answer in highlight for answer in bars])
    colors = np.where(marked, GREEN, GREY)
    drawn = ax.bar(x, heights, color=colors, width=0.8)
    ax.bar_label(drawn, labels=[f"{h:,}" for h in heights], padding=2, fontsize=9)
    names = [str(answer) for answer in bars]
    if rest:
        more = ax.bar(
            len(bars), sum(rest), width=0.8, color="white", edgecolor=GREY, hatch="///"
        )
        ax.bar_label(more, labels=[f"{sum(rest):,}"], padding=2, fontsize=9)
        names.append(f"{len(rest):,} more")
    style.name_bars(ax, names)
    ax.margins(y=0.12)
    style.finish(ax, xlabel=xlabel, ylabel="times found", title=title)
    style.whole_numbers(ax)
    if marked.any():
        style.side_legend(ax, {highlight_label: GREEN, other_label: GREY})
    return ax


def occupancy(
    probabilities: Series,
    exact: ArrayLike | None = None,
    labels: Sequence[str] | None = None,
    *,
    exact_label: str = "exact",
    top: int = 32,
    title: str = "",
    ax: Axes | None = None,
) -> Axes:
    """Draw the probability of every state, beside the exact one if that is given.

    Up to `top` states are drawn in their own order. Of more, the `top` most probable
    (exactly, or else in the mean of the series) are drawn in falling order, and the
    axis says how many states and how much probability were left out.

    Parameters
    ----------
    probabilities
        Probabilities of the states, little-endian, shape (n_states,); or one such
        array a machine, by its name.
    exact
        The distribution to compare with, shape (n_states,), drawn as dashes; the
        legend then gives every machine's total variation distance from it.
    labels
        Names of the states, n_states of them; binary numbers if None, p-bit 0 last.
    exact_label
        What the legend calls the exact distribution.
    top
        States drawn, at least 1.
    title
        No title if empty.
    ax
        Axes to draw on; a new figure if None.

    Returns
    -------
    matplotlib.axes.Axes
        The axes drawn on.

    Raises
    ------
    ValueError
        If shapes disagree, or a distribution has a negative entry or a sum that is
        not 1 to within 1e-6.
    """
    top = check_count("top", top)
    tables, truth = style.check_tables(probabilities, exact)
    n_states = len(next(iter(tables.values())))
    names = style.state_names(labels, n_states)
    rank = truth if truth is not None else np.mean(list(tables.values()), axis=0)
    shown = np.arange(n_states)
    if n_states > top:
        shown = np.argsort(-rank, kind="stable")[:top]
    ax = style.new_axes(ax)
    style.draw_bars(ax, {k: t[shown] for k, t in tables.items()}, tables, truth)
    if truth is not None:
        x, half = np.arange(len(shown)), 0.44
        ax.hlines(
            truth[shown],
            x - half,
            x + half,
            color=INK,
            lw=2,
            label=exact_label,
            zorder=3,
        )
    style.name_bars(ax, [names[k] for k in shown])
    ax.margins(y=0.08)
    xlabel = "state" if labels is not None else "state, p-bit 0 last"
    if n_states > top:
        left_out = 1.0 - float(rank[shown].sum())
        xlabel += f" (the {top} likeliest of {n_states:,}; {left_out:.2%} is left out)"
    style.finish(ax, xlabel=xlabel, ylabel="probability", title=title)
    if len(tables) > 1 or truth is not None:
        style.side_legend(ax)
    return ax


def save(figure: Figure, path: str | os.PathLike[str], *, dpi: int = 100) -> None:
    """Write a figure to a file, completely or not at all.

    Parameters
    ----------
    figure
        The figure, as in ``ax.figure``.
    path
        The file; its suffix says the format: ``.png``, ``.svg``, ``.pdf`` ... An
        existing file is replaced. The folder has to exist.
    dpi
        Pixels an inch, at least 1: the default makes 1200 by 500 of a new figure.

    Raises
    ------
    ValueError
        If matplotlib cannot write the format.
    OSError
        If the file cannot be written; a file of that name stays as it was.
    """
    dpi = check_count("dpi", dpi)
    target = Path(path)
    known = figure.canvas.get_supported_filetypes()
    kind = target.suffix.lower().removeprefix(".")
    if kind not in known:
        msg = f"path must end in one of {', '.join(sorted(known))}, not {target.name!r}"
        raise ValueError(msg)
    image = io.BytesIO()
    figure.savefig(image, format=kind, dpi=dpi)
    with replacing(target) as file:
        file.write(image.getvalue())

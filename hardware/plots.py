"""Plots of machines: traces of recorded runs, responses before and after calibration.

Every function draws on the axes it is given, or on a new figure, in the style of
:mod:`pbit.plots`, and returns the axes; `pbit.plots.save` writes the figure.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import TYPE_CHECKING

import numpy as np

from hardware.run import Run
from pbit._plotting import (
    BLUE,
    GREY,
    INK,
    ORANGE,
    VERMILION,
    finish,
    new_axes,
    si_axis,
    side_legend,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from hardware.calibration import Calibration

MOST_TRACES = 64
HEIGHT = 0.7  # of one trace; the next lies 1 below


def traces(
    run: Run,
    pbits: Iterable[Hashable] | None = None,
    *,
    title: str = "",
    ax: Axes | None = None,
) -> Axes:
    """Draw the states of p-bits over time, as a logic analyser would.

    Parameters
    ----------
    run
        Made with ``record=True``.
    pbits
        Labels, from top to bottom; all of them if omitted, at most 64.
    title
        Of the plot.
    ax
        Axes to draw on.

    Raises
    ------
    ValueError
        If the run was not recorded, or there are more p-bits than fit.
    KeyError
        If a label is unknown.
    """
    if run.log is None or run.initial is None or run.clamps is None:
        msg = "run must be recorded: make it with record=True"
        raise ValueError(msg)
    labels = list(run.labels) or list(range(run.state.size))
    chosen = labels if pbits is None else list(pbits)
    for label in chosen:
        if label not in labels:
            msg = f"no p-bit is called {label!r}"
            raise KeyError(msg)
    if not 0 < len(chosen) <= MOST_TRACES:
        msg = f"pbits must be 1 to {MOST_TRACES}, not {len(chosen)}: choose some"
        raise ValueError(msg)
    ax = new_axes(ax)
    held = False
    for k, label in enumerate(chosen):
        i, low = labels.index(label), len(chosen) - 1 - k
        times, states = _steps(run, i)
        ax.step(
            times,
            low + HEIGHT * (states > 0),
            where="post",
            color=BLUE,
            lw=1.2,
            zorder=3,
        )
        for start, end in _held(run, i):
            ax.axvspan(
                start,
                end,
                low / len(chosen),
                (low + 0.9) / len(chosen),
                color=ORANGE,
                alpha=0.3,
                lw=0,
            )
            held = True
    ax.set_ylim(-0.1, len(chosen))
    finish(ax, xlabel="simulated time", ylabel="p-bit", title=title)
    ax.set_yticks(
        [len(chosen) - 1 - k + HEIGHT / 2 for k in range(len(chosen))], map(str, chosen)
    )
    ax.grid(visible=False)
    ax.set_xlim(run.start, run.end)
    si_axis(ax, "s")
    side_legend(ax, {"state, up is +1": BLUE} | ({"clamped": ORANGE} if held else {}))
    return ax


def responses(
    calibration: Calibration, *, title: str = "", ax: Axes | None = None
) -> Axes:
    """Draw every p-bit's slope and offset before and after calibration, with errors."""
    ax = new_axes(ax)
    series = (
        ("before", calibration.before, VERMILION, "o"),
        ("after", calibration.after, BLUE, "s"),
    )
    for _name, fit, color, marker in series:
        ax.errorbar(
            fit.offset,
            fit.slope,
            xerr=1.96 * fit.offset_error,
            yerr=1.96 * fit.slope_error,
            fmt=marker,
            color=color,
            ms=6,
            lw=1.2,
            zorder=3,
        )
    ax.axhline(1.0, color=GREY, lw=0.8)
    ax.axvline(0.0, color=GREY, lw=0.8)
    finish(ax, xlabel="offset of the input", ylabel="slope", title=title)
    ax.tick_params(colors=INK)
    side_legend(ax, {name: color for name, _, color, _ in series})
    return ax


def _steps(run: Run, i: int) -> tuple[np.ndarray, np.ndarray]:
    """Return when p-bit i takes which state, from start to end."""
    assert run.log is not None  # noqa: S101 - the caller saw to it
    assert run.clamps is not None  # noqa: S101
    assert run.initial is not None  # noqa: S101
    ours, theirs = (
        run.log.pbits == i,
        (run.clamps.pbits == i) & (run.clamps.states != 0),
    )
    times = np.concatenate([run.clamps.times[theirs], run.log.times[ours]])
    states = np.concatenate([run.clamps.states[theirs], run.log.states[ours]])
    order = np.argsort(times, kind="stable")  # clamps first
    times = np.concatenate([[run.start], times[order], [run.end]])
    states = np.concatenate([[run.initial[i]], states[order], [run.state[i]]])
    return times, states


def _held(run: Run, i: int) -> list[tuple[float, float]]:
    """Return the spans of time in which p-bit i is held."""
    assert run.clamps is not None  # noqa: S101 - the caller saw to it
    spans: list[tuple[float, float]] = []
    since: float | None = None
    ours = run.clamps.pbits == i
    marks = zip(run.clamps.times[ours], run.clamps.states[ours], strict=True)
    for time, state in marks:
        if state != 0 and since is None:
            since = float(time)
        elif state == 0 and since is not None:
            spans.append((since, float(time)))
            since = None
    return [*spans, (since, run.end)] if since is not None else spans

"""Plots of the analysis: times to solution, residual energies, Binder crossings, memory.

They draw on the axes given, or on a new figure, as `pbit.plots` does, and return the axes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from pbit import _plotting as style
from pbit.analysis.binder import BinderCrossing
from pbit.analysis.convergence import Autocorrelation
from pbit.analysis.estimates import Estimate
from pbit.checks import Floats

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Curve = Sequence[Estimate]
Curves = Curve | Mapping[str, Curve]


def time_to_solution(
    run_times: ArrayLike,
    curves: Curves,
    *,
    xlabel: str = "sweeps a run",
    ylabel: str = "time to solution (sweeps)",
    title: str = "",
    ax: Axes | None = None,
) -> Axes:
    """Draw times to solution against the length of a run, both logarithmic.

    The best of each curve is ringed. Points without a finite time are left out; an
    interval that is open at the top goes off the axes.

    Parameters
    ----------
    run_times
        Lengths of runs, > 0, shape (k,).
    curves
        One estimate a length, as in :attr:`pbit.analysis.OptimalTime.curve`; or one such
        sequence a solver, by its name.
    xlabel, ylabel, title
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
        If lengths disagree, or are not positive, or no time is finite.
    """
    x = _positive("run_times", style.check_column("run_times", run_times))
    named = _check_curves("curves", curves, len(x))
    ax = style.new_axes(ax)
    for k, (name, curve) in enumerate(named.items()):
        values = np.array([e.value for e in curve])
        shown = np.isfinite(values)
        if not shown.any():
            msg = f"curves{style.entry(name)} must have a finite time, not none"
            raise ValueError(msg)
        line = _draw(ax, x[shown], [e for e in curve if np.isfinite(e.value)], k, name)
        best = int(np.argmin(np.where(shown, values, np.inf)))
        ax.plot(
            x[best], values[best], "o", ms=13, mfc="none", mec=line.get_color(), mew=1.6
        )
    top = max(
        e.value for curve in named.values() for e in curve if np.isfinite(e.value)
    )
    _finish(ax, named, log=True, xlabel=xlabel, ylabel=ylabel, title=title)
    low, high = ax.get_ylim()
    ax.set_ylim(low, min(high, 30 * top))
    return ax


def residual_energy(
    times: ArrayLike,
    curves: Curves,
    *,
    exponents: Mapping[str, Estimate] | Estimate | None = None,
    xlabel: str = "sweeps",
    ylabel: str = "residual energy a p-bit",
    title: str = "",
    ax: Axes | None = None,
) -> Axes:
    """Draw residual energies against time, both logarithmic, with their power laws.

    Parameters
    ----------
    times
        Run lengths, > 0, shape (k,).
    curves
        One estimate a time, values > 0; or one such sequence a solver, by its name.
    exponents
        κ of each curve (by its name, where curves have names), drawn as a dashed line
        through the middle of its points and written into the legend.
    xlabel, ylabel, title, ax
        As in `time_to_solution`.

    Returns
    -------
    matplotlib.axes.Axes
        The axes drawn on.

    Raises
    ------
    ValueError
        If lengths disagree, or a time or residual energy is not positive.
    """
    x = _positive("times", style.check_column("times", times))
    named = _check_curves("curves", curves, len(x))
    laws = {"": exponents} if isinstance(exponents, Estimate) else dict(exponents or {})
    ax = style.new_axes(ax)
    for k, (name, curve) in enumerate(named.items()):
        values = np.array([e.value for e in curve])
        _positive(f"curves{style.entry(name)}", values)
        kappa = laws.get(name)
        label = name
        if kappa is not None:
            label += f"{' ' if name else ''}κ = {kappa.value:.3f}"
            label += f" ({kappa.low:.3f} to {kappa.high:.3f})"
        line = _draw(ax, x, curve, k, label)
        if kappa is not None:
            middle = np.exp(np.log(values).mean() + kappa.value * np.log(x).mean())
            law = middle * x**-kappa.value
            ax.plot(x, law, color=line.get_color(), ls=(0, (4, 3)), lw=1.2, zorder=1)
    _finish(
        ax,
        named,
        log=True,
        xlabel=xlabel,
        ylabel=ylabel,
        title=title,
        legend=bool(laws),
    )
    return ax


def binder(
    temperatures: ArrayLike,
    curves: Curves,
    *,
    crossing: BinderCrossing | None = None,
    reference: float | None = None,
    xlabel: str = "temperature",
    title: str = "",
    ax: Axes | None = None,
) -> Axes:
    """Draw Binder cumulants of several sizes against temperature.

    Parameters
    ----------
    temperatures
        Shape (k,).
    curves
        One estimate a temperature; or one such sequence a size, by its name.
    crossing
        Drawn as a band over the interval of its temperature.
    reference
        A known critical temperature, drawn as a dashed line.
    xlabel, title, ax
        As in `time_to_solution`.

    Returns
    -------
    matplotlib.axes.Axes
        The axes drawn on.

    Raises
    ------
    ValueError
        If lengths disagree, or a value is not finite.
    """
    x = style.check_column("temperatures", temperatures)
    named = _check_curves("curves", curves, len(x))
    ax = style.new_axes(ax)
    for k, (name, curve) in enumerate(named.items()):
        style.check_column(f"curves{style.entry(name)}", [e.value for e in curve])
        _draw(ax, x, curve, k, name)
    if crossing is not None:
        t = crossing.temperature
        half = max(t.high - t.value, t.value - t.low)
        label = f"crossing {t.value:.4g} ± {half:.1g}"
        ax.axvspan(t.low, t.high, color=style.GREY, alpha=0.35, lw=0, label=label)
    if reference is not None:
        label = f"exact {reference:.6g}"
        ax.axvline(reference, color=style.INK, lw=1.2, ls=(0, (4, 3)), label=label)
    marked = crossing is not None or reference is not None
    _finish(
        ax,
        named,
        log=False,
        xlabel=xlabel,
        ylabel="Binder cumulant",
        title=title,
        legend=marked,
    )
    return ax


def autocorrelation(
    found: Autocorrelation | Mapping[str, Autocorrelation],
    *,
    xlabel: str = "lag (kept states)",
    title: str = "",
    ax: Axes | None = None,
) -> Axes:
    """Draw autocorrelations up to three windows; the legend gives the integrated times.

    Parameters
    ----------
    found
        What :func:`pbit.analysis.autocorrelation` returned; or several by their names.
        Those of frozen chains have no curve, and the legend says so.
    xlabel, title, ax
        As in `time_to_solution`.

    Returns
    -------
    matplotlib.axes.Axes
        The axes drawn on.

    Raises
    ------
    ValueError
        If there is nothing to draw.
    """
    named = {"": found} if isinstance(found, Autocorrelation) else dict(found)
    if not named:
        msg = "there is nothing to draw: no autocorrelation is given"
        raise ValueError(msg)
    ax = style.new_axes(ax)
    for k, (name, one) in enumerate(named.items()):
        head = f"{name}: " if name else ""
        if one.frozen:
            ax.plot([], [], color=style.GREY, label=f"{head}frozen")
            continue
        label = f"{head}τ = {one.time:.3g} ± {one.error:.2g}"
        if not one.reliable:
            label += " (too short a run)"
        shown = min(len(one.rho), 3 * one.window + 2)
        ax.plot(np.arange(shown), one.rho[:shown], **_look(k), lw=1.8, label=label)
    ax.axhline(0.0, color=style.INK, lw=0.8, zorder=1)
    style.finish(ax, xlabel=xlabel, ylabel="autocorrelation", title=title)
    style.side_legend(ax)
    return ax


def _check_curves(name: str, curves: Curves, count: int) -> dict[str, Curve]:
    named = dict(curves) if isinstance(curves, Mapping) else {"": curves}
    if not named:
        msg = f"{name} must hold at least one curve, not none"
        raise ValueError(msg)
    for key, curve in named.items():
        if len(curve) != count:
            what = f"{name}{style.entry(key)}"
            msg = f"{what} must have {count} estimates, one a point, not {len(curve)}"
            raise ValueError(msg)
    return named


def _positive(name: str, values: Floats) -> Floats:
    if not (values > 0).all():
        k = int(np.argmin(values > 0))
        msg = (
            f"{name} must be positive on a logarithmic axis: {name}[{k}] = {values[k]}"
        )
        raise ValueError(msg)
    return values


def _look(k: int) -> dict[str, Any]:
    rounds, color = divmod(k, len(style.PALETTE))
    return {
        "color": style.PALETTE[color],
        "linestyle": style.DASHES[rounds % len(style.DASHES)],
    }


def _draw(ax: Axes, x: Floats, curve: Curve, k: int, label: str) -> Any:
    """Draw a line through the estimates and their intervals as bars."""
    values = np.array([e.value for e in curve])
    look = _look(k)
    (line,) = ax.plot(x, values, "o", ms=4.5, lw=1.8, label=label or None, **look)
    low = np.array([e.low for e in curve])
    high = np.array([e.high for e in curve])
    high = np.where(np.isfinite(high), high, 1e6 * np.abs(values))
    ax.vlines(x, low, high, color=look["color"], lw=1.2, alpha=0.7)
    return line


def _finish(
    ax: Axes,
    named: Mapping[str, Any],
    *,
    log: bool,
    xlabel: str,
    ylabel: str,
    title: str,
    legend: bool = False,
) -> None:
    if log:
        ax.set_xscale("log")
        ax.set_yscale("log")
    style.finish(ax, xlabel=xlabel, ylabel=ylabel, title=title)
    if legend or "" not in named:
        style.side_legend(ax)

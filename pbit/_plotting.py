"""Style and checks that the plots share."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from pbit.checks import Floats, check_count, check_finite

if TYPE_CHECKING:
    from matplotlib.axes import Axes

BLUE = "#0072B2"
ORANGE = "#E69F00"
GREEN = "#009E73"
VERMILION = "#D55E00"
PURPLE = "#CC79A7"
SKY = "#56B4E9"
GREY = "#9AA0A6"
INK = "#202124"
#: Colours of the first, second ... series.
PALETTE = (BLUE, ORANGE, GREEN, VERMILION, PURPLE, SKY)
#: Dashes tell the series apart where colours run out or are not printed.
DASHES = ("solid", (0, (5, 1.5)), (0, (1.5, 1)), (0, (5, 1, 1, 1)))

Series = ArrayLike | Mapping[str, ArrayLike]


def new_axes(ax: Axes | None) -> Axes:
    """Return the axes given, or those of a new figure."""
    if ax is not None:
        return ax
    from matplotlib.figure import Figure

    # Not pyplot: it keeps every figure alive and picks a backend.
    return Figure(figsize=(12, 5), dpi=100, layout="constrained").subplots()


def finish(ax: Axes, *, xlabel: str, ylabel: str, title: str) -> None:
    """Name the axes and take away what is not data."""
    ax.set_xlabel(xlabel, color=INK, fontsize=11)
    ax.set_ylabel(ylabel, color=INK, fontsize=11)
    if title:
        ax.set_title(title, loc="left", fontsize=12.5, color=INK, pad=10)
    ax.spines[["top", "right"]].set_visible(False)
    ax.spines[["left", "bottom"]].set_color(GREY)
    ax.tick_params(colors=INK, labelsize=10, color=GREY)
    ax.grid(visible=True, axis="y", color="#E3E5E8", lw=0.8)
    ax.set_axisbelow(True)


def si_axis(ax: Axes, unit: str) -> None:
    """Write the x axis in seconds with prefixes: 0 s, 200 ns, 1 µs."""
    from matplotlib.ticker import EngFormatter, NullFormatter

    ax.xaxis.set_major_formatter(EngFormatter(unit=unit))
    ax.xaxis.set_minor_formatter(NullFormatter())


def side_legend(ax: Axes, colors: Mapping[str, str] | None = None) -> None:
    """Put the legend beside the axes, where it covers no data."""
    from matplotlib.patches import Patch

    handles = [Patch(color=color, label=name) for name, color in (colors or {}).items()]
    ax.legend(
        handles=handles or None,
        loc="upper left",
        bbox_to_anchor=(1.01, 1.0),
        borderaxespad=0.0,
        frameon=False,
        fontsize=10,
        labelcolor=INK,
    )


def whole_numbers(ax: Axes) -> None:
    """Keep fractions off the y axis."""
    from matplotlib.ticker import MaxNLocator

    ax.yaxis.set_major_locator(MaxNLocator(6, integer=True))


def name_bars(ax: Axes, names: Sequence[str]) -> None:
    """Name the bars, upright where the names would run into one another."""
    inches = ax.get_window_extent().width / ax.figure.dpi
    crowded = len(names) * (max(map(len, names)) + 2) * 0.085 > inches
    ax.set_xticks(np.arange(len(names)), names)
    ax.tick_params(axis="x", length=0, rotation=90 if crowded else 0)
    margin = 0.6 + max(0, 5 - len(names)) / 2  # few bars are no walls
    ax.set_xlim(-margin, len(names) - 1 + margin)


def draw_bars(
    ax: Axes, bars: dict[str, Floats], tables: dict[str, Floats], truth: Floats | None
) -> None:
    """Draw one bar a state and machine, the machines of a state side by side."""
    width = 0.8 / len(bars)
    for k, (name, heights) in enumerate(bars.items()):
        x = np.arange(len(heights)) + (k - (len(bars) - 1) / 2) * width
        label = name or "machine"
        if truth is not None:
            distance = 0.5 * float(np.abs(tables[name] - truth).sum())
            label += f"\n(total variation {distance:.2g})"
        ax.bar(x, heights, width=width, color=PALETTE[k % len(PALETTE)], label=label)


def by_name(series: Series) -> dict[str, ArrayLike]:
    """Return the series by machine; one without a name is called by the empty one."""
    if not isinstance(series, Mapping):
        return {"": series}
    if not series:
        msg = "there is nothing to draw: no machine is given"
        raise ValueError(msg)
    return {str(name): values for name, values in series.items()}


def entry(name: str) -> str:
    """Return how messages index a mapping; nothing for the series without a name."""
    return f"[{name!r}]" if name else ""


def check_traces(times: Series, energies: Series) -> dict[str, tuple[Floats, Floats]]:
    """Return times and energies by machine, as long as one another."""
    traces = {}
    clocks = by_name(times)
    for name, values in by_name(energies).items():
        shared = "" if "" in clocks else name
        if shared not in clocks:
            msg = f"times must name every machine: {name!r} is missing"
            raise ValueError(msg)
        t = check_column(f"times{entry(shared)}", clocks[shared])
        e = check_column(f"energies{entry(name)}", values)
        if len(t) != len(e):
            what = f"times and energies{entry(name)}"
            msg = f"{what} must be as long, not {len(t)}, {len(e)}"
            raise ValueError(msg)
        if (np.diff(t) < 0).any():
            k = int(np.argmax(np.diff(t) < 0)) + 1
            msg = (
                f"times{entry(shared)} must not fall: times[{k}] = {t[k]} < {t[k - 1]}"
            )
            raise ValueError(msg)
        traces[name] = (t, e)
    return traces


def check_column(name: str, values: ArrayLike) -> Floats:
    """Return a finite array of shape (k,)."""
    column = np.asarray(values, dtype=np.float64)
    if column.ndim != 1 or column.size == 0:
        msg = f"{name} must have shape (k,) with k >= 1, not {column.shape}"
        raise ValueError(msg)
    check_finite(name, column)
    return column


def check_distribution(name: str, values: ArrayLike) -> Floats:
    """Return a probability distribution."""
    table = check_column(name, values)
    if (table < 0).any():
        k = int(np.argmax(table < 0))
        msg = f"{name} must be >= 0: {name}[{k}] = {table[k]}"
        raise ValueError(msg)
    if abs(table.sum() - 1.0) > 1e-6:
        msg = f"{name} must sum to 1, not {table.sum()}"
        raise ValueError(msg)
    return table


def check_tables(
    probabilities: Series, exact: ArrayLike | None
) -> tuple[dict[str, Floats], Floats | None]:
    """Return distributions by machine and the exact one, all of one length."""
    tables = {
        name: check_distribution(f"probabilities{entry(name)}", table)
        for name, table in by_name(probabilities).items()
    }
    truth = None if exact is None else check_distribution("exact", exact)
    n_states = len(next(iter(tables.values())))
    for name, table in [*tables.items(), ("exact", truth)]:
        if table is not None and len(table) != n_states:
            what = name or "probabilities"
            msg = f"{what} must have {n_states} states, not {len(table)}"
            raise ValueError(msg)
    return tables, truth


def state_names(labels: Sequence[str] | None, n_states: int) -> list[str]:
    """Return the names given, or binary numbers."""
    if labels is None:
        bits = max(1, (n_states - 1).bit_length())
        return [f"{k:0{bits}b}" for k in range(n_states)]
    if len(labels) != n_states:
        msg = f"labels must name {n_states} states, not {len(labels)}"
        raise ValueError(msg)
    return [str(label) for label in labels]


def rank_answers(
    counts: Mapping[Any, int], highlight: Collection[Hashable], top: int
) -> tuple[dict[Any, int], list[int]]:
    """Return the bars to draw, most frequent first, and the counts left out."""
    if not counts:
        msg = "counts must hold at least one answer, not none"
        raise ValueError(msg)
    found = {
        answer: check_count(f"counts[{answer!r}]", count, 0)
        for answer, count in counts.items()
    }
    found |= {answer: 0 for answer in highlight if answer not in found}
    order = sorted(found, key=lambda answer: (-found[answer], str(answer)))
    room = max(top - sum(answer in highlight for answer in order), 0)
    plain = [answer for answer in order if answer not in highlight][:room]
    keep = {answer for answer in order if answer in highlight} | set(plain)
    rest = [found[answer] for answer in order if answer not in keep]
    return {answer: found[answer] for answer in order if answer in keep}, rest

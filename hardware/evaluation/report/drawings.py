"""The figures of a report, drawn from an evaluation's plain data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from hardware.evaluation.report import exploration, words
from hardware.evaluation.report.canvas import (
    GREY,
    INK,
    MARKERS,
    PALETTE,
    Drawing,
    bar_of,
    bound,
    canvas,
    dot_plot,
    dress,
    legend,
    name_rows,
    rows_height,
    seen,
    si,
    widen,
)

Table = Mapping[str, Any]
THIS_COMPUTER = "this computer"
CHANCE = "Points with intervals of 95 %."


def draw(table: Table) -> list[Drawing]:
    """Return the figures of a report.

    Parameters
    ----------
    table
        Plain data of an evaluation, as its `to_dict` makes it or `report.json` holds it.

    Returns
    -------
    list of Drawing
        In the order of the sections that show them; what the data does not hold is
        not drawn.
    """
    makers = (
        _samples,
        _solution,
        _curves,
        _power,
        _phases,
        _scaling,
        _distance,
        _ladders,
        _learning,
        exploration.drawings,
    )
    return [drawing for make in makers for drawing in make(table)]


def contenders(table: Table) -> dict[str, list[Table]]:
    """Return the results of every design by its name, the evaluated one first."""
    found = {table["design"]["name"]: list(table["results"])}
    for other in table["against"]:
        stem, k = other["design"]["name"], 2
        name = stem
        while name in found:
            name, k = f"{stem} ({k})", k + 1
        found[name] = list(other["results"])
    return found


def by_workload(table: Table, part: str, name: str) -> dict[str, dict[str, Table]]:
    """Return one figure of all designs: workload -> design -> figure."""
    rows: dict[str, dict[str, Table]] = {}
    for design, results in contenders(table).items():
        for result in results:
            figures = (result[part] or {"figures": {}})["figures"]
            if name in figures:
                rows.setdefault(result["workload"], {})[design] = figures[name]
    return rows


def _with_baselines(table: Table, name: str) -> dict[str, dict[str, Table]]:
    rows = by_workload(table, "speed", name)
    for baseline in table["baselines"]:
        if name in baseline["figures"] and baseline["workload"] in rows:
            figure = baseline["figures"][name]
            rows[baseline["workload"]][THIS_COMPUTER] = figure
    return rows


def _series(table: Table) -> list[str]:
    return [*contenders(table), *([THIS_COMPUTER] if table["baselines"] else [])]


def _compared(
    table: Table, name: str, unit: str, xlabel: str
) -> tuple[Any, Any] | None:
    rows = _with_baselines(table, name)
    shown = {
        key: row
        for key, row in rows.items()
        if any(seen(figure, positive=True) for figure in row.values())
    }
    if not shown:
        return None
    figure, (ax,) = canvas(rows_height(len(shown), 1.3))
    ax.set_xscale("log")
    dot_plot(ax, shown, _series(table))
    widen(ax)
    dress(ax, xlabel, grid="x")
    si(ax.xaxis, unit)
    legend(ax)
    return figure, ax


def _samples(table: Table) -> Iterator[Drawing]:
    made = _compared(table, "samples_per_second", "", "independent samples a second")
    if made is not None:
        text = f"{CHANCE} Simulated seconds of the machines, measured ones of the computer."
        yield Drawing(
            "samples", "baselines", "Independent samples a second", text, made[0]
        )


def _solution(table: Table) -> Iterator[Drawing]:
    made = _compared(table, "time_to_solution", "s", "time to solution (99 %)")
    if made is not None:
        for limit in _limits(table, "time_to_solution"):
            bound(made[1], limit)
        text = f"{CHANCE} Further left is better; who never solved it has no point."
        yield Drawing("solution", "baselines", "Time to solution", text, made[0])


def _limits(table: Table, metric: str) -> list[float]:
    found = {
        entry["limit"]
        for entry in table["verdict"]["findings"]
        if entry["text"].startswith(f"{metric} ") and entry["limit"] is not None
    }
    return sorted(found)


def _curves(table: Table) -> Iterator[Drawing]:
    for workload in table["workloads"]:
        lines = {
            design: result["speed"]["curve"]
            for design, results in contenders(table).items()
            for result in results
            if result["workload"] == workload["name"]
            and result["speed"] is not None
            and result["speed"]["curve"]
        }
        if not lines:
            continue
        figure, axes = canvas(4.6, 2, sharex=True)
        for k, (design, rows) in enumerate(lines.items()):
            style: dict[str, Any] = {
                "color": PALETTE[k % len(PALETTE)],
                "marker": MARKERS[k % len(MARKERS)],
                "lw": 1.8,
                "ms": 6,
            }
            seconds = [row["seconds"] for row in rows]
            chances = [row["successes"] / row["runs"] for row in rows]
            axes[0].plot(seconds, chances, label=design, **style)
            axes[1].plot(seconds, [row["residual_energy"] for row in rows], **style)
        axes[0].set_xscale("log")
        axes[0].set_ylim(-0.05, 1.05)
        axes[1].set_ylim(bottom=0)
        widen(axes[0])
        dress(axes[0], "", "share of runs\nthat solve it")
        dress(axes[1], "simulated time of a run", "energy above the\noptimum, a p-bit")
        si(axes[1].xaxis, "s")
        legend(axes[0])
        name = workload["name"]
        text = "Runs from random starts; beta rises during each of them."
        yield Drawing(
            f"solving-{_file(name)}", "performance", f"Solving {name}", text, figure
        )


def _power(table: Table) -> Iterator[Drawing]:
    rows: dict[str, dict[str, float]] = {}
    for result in table["results"]:
        figures = (result["cost"] or {"figures": {}})["figures"]
        parts = {
            name.partition(".")[2]: figure["value"]
            for name, figure in figures.items()
            if name.startswith("power.") and name != "power.total" and figure["value"]
        }
        if parts:
            rows[result["workload"]] = parts
    if not rows:
        return
    figure, (ax,) = canvas(rows_height(len(rows), 1.2))
    kinds = list(dict.fromkeys(kind for parts in rows.values() for kind in parts))
    left = [0.0] * len(rows)
    for k, kind in enumerate(kinds):
        watts = [parts.get(kind, 0.0) for parts in rows.values()]
        ax.barh(
            range(len(rows)),
            watts,
            0.5,
            left=left,
            color=PALETTE[k % len(PALETTE)],
            label=kind,
        )
        left = [a + b for a, b in zip(left, watts, strict=True)]
    name_rows(ax, list(rows))
    dress(ax, "power", grid="x")
    si(ax.xaxis, "W")
    legend(ax, 5)
    text = "Of a machine for that workload alone, by what the joules are for."
    yield Drawing("power", "performance", "Power by part", text, figure)


def _phases(table: Table) -> Iterator[Drawing]:
    """Draw how full the hardware is in every phase, where it is not full in all."""
    largest: tuple[str, dict[str, float]] = ("", {})
    for result in table["results"]:
        figures = (result["cost"] or {"figures": {}})["figures"]
        groups = {
            name.partition(".")[2]: figure["value"]
            for name, figure in figures.items()
            if name.startswith("groups.")
        }
        if len(groups) > len(largest[1]):
            largest = result["workload"], groups
    name, groups = largest
    if not groups or min(groups.values()) == 1.0:
        return
    from matplotlib.ticker import MaxNLocator

    figure, (ax,) = canvas(2.4)
    ax.bar(range(1, len(groups) + 1), list(groups.values()), 0.7, color=PALETTE[0])
    ax.set_ylim(0, 1.05)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    dress(ax, "phase of the clock", "share of the\nhardware at work", grid="y")
    text = f"On {name}: p-bits that update in a phase over those of the largest phase."
    yield Drawing("phases", "performance", "Utilisation by phase", text, figure)


def _scaling(table: Table) -> Iterator[Drawing]:
    scaling = table["scaling"]
    if scaling is None or not scaling["by_pbits"]:
        return
    figure, axes = canvas(4.6, 2)
    series = (("by_pbits", "pbits", "p-bits"), ("by_degree", "degree", "neighbours"))
    for ax, (key, field, xlabel) in zip(axes, series, strict=True):
        points = scaling[key]
        x = [point[field] for point in points]
        rates = [point["figures"]["updates_per_second"]["value"] for point in points]
        ax.plot(x, rates, color=PALETTE[0], marker="o", lw=1.8, ms=6)
        ax.set_xscale("log", base=2 if field == "degree" else 10)
        ax.set_yscale("log")
        ax.set_ylim(min(rates) / 4, max(rates) * 4)
        dress(ax, xlabel, "updates a second")
        si(ax.yaxis, "")
        si(ax.xaxis, "")
        if field == "degree":
            ax.set_xticks(x, [str(value) for value in x])
            ax.minorticks_off()
    if scaling["largest"] is not None:
        bound(axes[0], scaling["largest"], "what the design declares to hold")
        legend(axes[0])
    text = "Random regular graphs, by the design's nominal times; nothing is run."
    yield Drawing("scaling", "performance", "Other sizes", text, figure)


def _distance(table: Table) -> Iterator[Drawing]:
    rows = by_workload(table, "fidelity", "total_variation")
    if not rows:
        return
    figure, (ax,) = canvas(rows_height(len(rows), 1.3))
    dot_plot(ax, rows, list(contenders(table)))
    for limit in _limits(table, "total_variation"):
        bound(ax, limit)
    ax.set_xlim(left=0.0)
    dress(ax, "total variation from Boltzmann", grid="x")
    legend(ax)
    text = f"{CHANCE} Of events, none has a probability that is off by more than this."
    yield Drawing("distance", "fidelity", "How true samples are", text, figure)


def _ladders(table: Table) -> Iterator[Drawing]:
    for result in table["results"]:
        if result["split"] is not None and result["split"]["rows"]:
            yield _ladder(result)


def _ladder(result: Table) -> Drawing:
    """Draw every cause alone, and everything but that cause, between ideal and all."""
    rows = result["split"]["rows"]
    found = {(row["variant"], row["cause"]): row["total_variation"] for row in rows}
    names = list(dict.fromkeys(row["cause"] for row in rows if row["cause"]))
    figure, (ax,) = canvas(rows_height(len(names), 1.5))
    ends = (("all", "as designed", INK), ("none", "none of the causes", GREY))
    for variant, text, color in ends:
        whole = found.get((variant, None))
        if whole is not None and seen(whole):
            ax.axvline(whole["value"], color=color, lw=1.4, label=text, zorder=1)
    for variant, text, color, marker, shift in (
        ("only", "this cause alone", PALETTE[3], "D", -0.14),
        ("without", "all but this cause", PALETTE[0], "o", 0.14),
    ):
        label: dict[str, str] = {"label": text}
        for row, name in enumerate(names):
            figure_ = found.get((variant, name))
            if figure_ is not None and seen(figure_):
                bar_of(ax, figure_, row + shift, color, marker, **label)
                label = {}
    name_rows(ax, [words.cause(name) for name in names])
    ax.set_xlim(left=0.0)
    dress(ax, "total variation from Boltzmann", grid="x")
    legend(ax)
    name = result["workload"]
    text = (
        f"{CHANCE} A cause matters where its diamond is far right, or where its disc is "
        "far left of the design's line."
    )
    return Drawing(
        f"split-{_file(name)}", "fidelity", f"Split by cause, {name}", text, figure
    )


def _learning(table: Table) -> Iterator[Drawing]:
    for workload in table["workloads"]:
        lines = {
            design: result["learning"]["curve"]
            for design, results in contenders(table).items()
            for result in results
            if result["workload"] == workload["name"] and result["learning"]
        }
        if not any(lines.values()):
            continue
        figure, (ax,) = canvas(3.0)
        for k, (design, rows) in enumerate(lines.items()):
            steps, kls = (
                [row["step"] for row in rows],
                [row["kl"] for row in rows],
            )
            ax.plot(steps, kls, color=PALETTE[k % len(PALETTE)], lw=1.8, label=design)
        ax.set_yscale("log")
        dress(ax, "updates of the weights", "KL divergence (nat)")
        legend(ax)
        name = workload["name"]
        text = "Of the law to learn from the shares of time that the machine spends."
        yield Drawing(
            f"learning-{_file(name)}", "fidelity", f"Learning {name}", text, figure
        )


def _file(name: str) -> str:
    """Return a workload's name as part of a file's name and of an id."""
    return "".join(c if c.isascii() and c.isalnum() else "-" for c in name)

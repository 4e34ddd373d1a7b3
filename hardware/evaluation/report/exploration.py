"""What an exploration adds to a report: a tornado, a Pareto front, a yield.

An evaluation carries them as plain data, in SI units:

``sensitivity``
    {"metric", "unit", "base", "rows": [{"name", "low", "high", "settings",
    "low_interval", "high_interval"}]}: the metric at the first and at the last value of
    an entry, `settings` saying which those were.
``pareto``
    {"x", "y": {"name", "unit"}, "points": [{"label", "x", "y", "front", "chosen"}]}:
    every point tried; `front` is whether none beats it.
``yield``
    {"metric", "unit", "values", "p5", "p50", "p95", "limit", "share"}, and the intervals
    of these as ``p5_interval`` ...: the metric of every body that was drawn, the share of
    bodies within the limit (null without one).

Intervals may be left out. null is a number that is infinite or not known.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from hardware.evaluation.report import words
from hardware.evaluation.report.canvas import (
    GREY,
    INK,
    PALETTE,
    Drawing,
    bound,
    canvas,
    dress,
    legend,
    name_rows,
    rows_height,
    si,
)

Table = Mapping[str, Any]
WHICH = {"low": "first", "high": "last"}


def drawings(table: Table) -> Iterator[Drawing]:
    """Give the figures of what was explored."""
    if table["sensitivity"] and table["sensitivity"].get("rows"):
        yield _tornado(table["sensitivity"])
    if table["pareto"] and table["pareto"].get("points"):
        yield _front(table["pareto"])
    values = (table["yield"] or {}).get("values", ())
    if any(value is not None for value in values):
        yield _bodies(table["yield"])


def _tornado(found: Table) -> Drawing:
    rows = sorted(found["rows"], key=lambda row: -abs(row["high"] - row["low"]))
    figure, (ax,) = canvas(rows_height(len(rows), 1.2))
    base = found["base"]
    for k, row in enumerate(rows):
        for end, color in (("low", PALETTE[1]), ("high", PALETTE[0])):
            label = f"{WHICH[end]} value" if k == 0 else None
            ax.barh(k, row[end] - base, 0.5, left=base, color=color, label=label)
            ends = row.get(f"{end}_interval")
            if ends and None not in ends:
                ax.plot(ends, [k, k], color=INK, lw=1.2, zorder=4)
    ax.axvline(base, color=INK, lw=1.2, label="as designed")
    names = [f"{row['name']}\n{row.get('settings', '')}".strip() for row in rows]
    name_rows(ax, names)
    dress(ax, words.label(found["metric"]), grid="x")
    si(ax.xaxis, found.get("unit", ""))
    legend(ax, 3)
    text = (
        "One entry at a time is moved from its first to its last value. Thin lines are "
        "intervals of 95 %."
    )
    return Drawing("tornado", "sensitivity", "What each entry moves", text, figure)


def _front(found: Table) -> Drawing:
    figure, (ax,) = canvas(3.6)
    kinds: tuple[tuple[str, dict[str, Any]], ...] = (
        ("beaten", {"color": GREY, "marker": "o", "s": 18}),
        ("on the front", {"color": PALETTE[0], "marker": "o", "s": 34}),
        ("chosen", {"color": PALETTE[3], "marker": "*", "s": 150}),
    )
    for rank, (name, style) in enumerate(kinds):
        points = [p for p in found["points"] if _rank(p) == rank]
        if points:
            x, y = ([p[key] for p in points] for key in ("x", "y"))
            ax.scatter(x, y, label=name, zorder=rank + 2, **style)
    for axis, key, scale in (
        (ax.xaxis, "x", ax.set_xscale),
        (ax.yaxis, "y", ax.set_yscale),
    ):
        if all(point[key] > 0 for point in found["points"]):
            scale("log")
        si(axis, found[key]["unit"])
    dress(ax, words.label(found["x"]["name"]), words.label(found["y"]["name"]))
    legend(ax, 3)
    text = "A point is on the front if no other is as good in both and better in one."
    return Drawing("pareto", "sensitivity", "Trade-off", text, figure)


def _rank(point: Table) -> int:
    if point.get("chosen"):
        return 2
    return 1 if point.get("front") else 0


def _bodies(found: Table) -> Drawing:
    figure, (ax,) = canvas(2.8)
    count = len(found["values"])
    values = sorted(value for value in found["values"] if value is not None)
    shares = [(k + 1) / count for k in range(len(values))]
    ax.step(values, shares, where="post", color=PALETTE[0], lw=1.8)
    for key in ("p5", "p50", "p95"):
        if found.get(key) is not None:
            ax.plot(found[key], float(key[1:]) / 100, "o", color=PALETTE[3], ms=6)
            ends = found.get(f"{key}_interval")
            if ends and None not in ends:
                ax.plot(ends, [float(key[1:]) / 100] * 2, color=PALETTE[3], lw=1.8)
            ax.annotate(
                key,
                (found[key], float(key[1:]) / 100),
                (7, -3),
                textcoords="offset points",
                fontsize=9,
                color=INK,
            )
    bound(ax, found.get("limit"))
    ax.set_ylim(0, 1.05)
    dress(ax, words.label(found["metric"]), "share of bodies\nat most so much")
    si(ax.xaxis, found.get("unit", ""))
    legend(ax)
    text = f"{count} machines, each with differences between p-bits of its own."
    return Drawing("yield", "yield", "From machine to machine", text, figure)

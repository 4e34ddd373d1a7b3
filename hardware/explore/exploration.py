"""Explorations: what came out at every point, as a table."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from hardware.design import Design
from hardware.evaluation.figures import plain_number
from hardware.explore.axes import Axis, plain
from hardware.explore.measure import ENDS, Value

_FIXED = ("key", "body", "seed", "problem")


@dataclass(frozen=True)
class Row:
    """One point of an exploration.

    Attributes
    ----------
    key
        Hash of its content; points that are the same have the same.
    values
        Entry -> what the design had for it.
    body
        Number of the machine with these values.
    seed
        It was measured with: ``evaluate(design, workload, rng=seed)`` measures it again.
    figures
        Metric -> (value, low, high, status), or None. The status is as that of a
        :class:`hardware.costs.Figure`: how well what the value rests on is known.
    problem
        Why there are no figures: which rule the design breaks. Empty where it runs.
    """

    key: str
    values: Mapping[str, Any]
    body: int
    seed: int
    figures: Mapping[str, Value | None]
    problem: str = ""

    def value(self, metric: str) -> float:
        """Return a figure's value; nan where there is none."""
        figure = self.figures.get(metric)
        return math.nan if figure is None else figure[0]


@dataclass(frozen=True, eq=False)
class Exploration:
    """What came out.

    Attributes
    ----------
    design
        That was varied.
    axes
        What was varied.
    goals
        Metric -> (unit, whether less is better).
    rows
        One a point, in the order of the plan; those of an interrupted exploration are
        the ones it got to.
    method, bodies
        How points were chosen, and how many machines of each there are.
    computed
        How many points were measured now; the others were in the store.
    stopped
        "interrupted", or empty.
    info
        What is needed to do it again.
    """

    design: Design
    axes: tuple[Axis, ...]
    goals: Mapping[str, tuple[str, bool]]
    rows: tuple[Row, ...]
    method: str
    bodies: int
    computed: int
    stopped: str = ""
    info: Mapping[str, Any] = field(default_factory=dict)

    def column(self, name: str) -> list[Any]:
        """Return an entry's or a metric's value at every point.

        Raises
        ------
        KeyError
            If there is no such entry or metric.
        """
        if name in self.goals:
            return [row.value(name) for row in self.rows]
        if name in [axis.entry for axis in self.axes]:
            return [row.values[name] for row in self.rows]
        msg = f"no entry or metric {name!r}"
        raise KeyError(msg)

    def groups(self) -> list[tuple[Row, ...]]:
        """Return the rows of every setting: its machines."""
        found: dict[str, list[Row]] = {}
        for row in self.rows:
            name = json.dumps(plain(list(row.values.values())), default=str)
            found.setdefault(name, []).append(row)
        return [tuple(rows) for rows in found.values()]

    def median(self, rows: Iterable[Row], metric: str) -> float:
        """Return the median of a metric over machines; nan where one has none."""
        return float(np.median([row.value(metric) for row in rows]))

    def to_csv(self) -> str:
        """Return a table of the points as text, a line a point."""
        out = io.StringIO()
        entries = [axis.entry for axis in self.axes]
        ends = [f"{m}{end}" for m in self.goals for end in ENDS]
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow([*entries, *ends, *_FIXED])
        for row in self.rows:
            found = [row.figures.get(name) or ("",) * len(ENDS) for name in self.goals]
            cells = [value for figure in found for value in figure]
            fixed = [getattr(row, name) for name in _FIXED]
            writer.writerow([*row.values.values(), *cells, *fixed])
        return out.getvalue()

    def to_dict(self) -> dict[str, Any]:
        """Return plain data; what is infinite or undefined is null."""
        return {
            "design": self.design.to_dict(),
            "axes": [axis.to_dict() for axis in self.axes],
            "metrics": {
                name: {"unit": unit, "less_is_better": less}
                for name, (unit, less) in self.goals.items()
            },
            "method": self.method,
            "bodies": self.bodies,
            "computed": self.computed,
            "stopped": self.stopped or None,
            "points": [_plain_row(row) for row in self.rows],
            "reproduce": dict(self.info),
        }


def _plain_row(row: Row) -> dict[str, Any]:
    names = ("value", "low", "high", "status")
    return {
        "key": row.key,
        "values": {name: plain(value) for name, value in row.values.items()},
        "body": row.body,
        "seed": row.seed,
        "figures": {
            name: None
            if figure is None
            else dict(zip(names, map(plain_number, figure), strict=True))
            for name, figure in row.figures.items()
        },
        "problem": row.problem or None,
    }

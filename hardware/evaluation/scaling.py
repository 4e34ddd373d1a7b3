"""Scaling: what a design needs and does at other sizes, by its nominal times."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from hardware.accounting import account
from hardware.costs import Figure, cost
from hardware.design import Design
from hardware.evaluation.figures import plain_table
from hardware.evaluation.instances import glass
from hardware.fabrics import Clocked
from pbit.errors import DesignError
from pbit.model import IsingModel

SIZES = (64, 512, 4096)
DEGREES = (3, 6, 12, 24)
DEGREE = 6
FORMULA = "the design's nominal times"


@dataclass(frozen=True)
class Point:
    """A design at one size.

    Attributes
    ----------
    pbits, degree
        Of a random regular graph.
    figures
        "updates_per_second", "seconds_per_sweep", "physical_pbits"; "area",
        "transistors" and "power" where the design says so.
    """

    pbits: int
    degree: int
    figures: dict[str, Figure]

    def to_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "pbits": self.pbits,
            "degree": self.degree,
            "figures": plain_table(self.figures),
        }


@dataclass(frozen=True)
class Scaling:
    """A design at several sizes and degrees.

    Attributes
    ----------
    by_pbits, by_degree
        The points.
    exponent
        g of updates per second ~ n^g: 1 where all p-bits work at once, 0 where one does.
    largest
        P-bits that the design declares to hold; None where it does not.
    problem
        Why there are no points, if there are none.
    """

    by_pbits: tuple[Point, ...]
    by_degree: tuple[Point, ...]
    exponent: float | None
    largest: int | None
    problem: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "by_pbits": [point.to_dict() for point in self.by_pbits],
            "by_degree": [point.to_dict() for point in self.by_degree],
            "exponent": self.exponent,
            "largest": self.largest,
            "problem": self.problem or None,
        }


def scale(
    design: Design,
    sizes: Sequence[int] = SIZES,
    degrees: Sequence[int] = DEGREES,
    degree: int = DEGREE,
) -> Scaling:
    """Return what a design does at several sizes, without running it.

    Circuits are random regular graphs; chips and lists of one time a p-bit are of one
    circuit only, so such designs have no points.

    Examples
    --------
    >>> from hardware import load_design
    >>> scale(load_design("fpga-chromatic"), degrees=()).exponent
    1.0
    """
    largest = design.limits.pbits if design.limits is not None else None
    try:
        by_pbits = tuple(_point(design, n, degree) for n in sizes)
        by_degree = tuple(_point(design, sizes[0], d) for d in degrees if d < sizes[0])
    except DesignError as error:
        return Scaling((), (), None, largest, str(error))
    exponent = None
    if len(by_pbits) > 1:
        first, last = by_pbits[0], by_pbits[-1]
        rates = [p.figures["updates_per_second"].value for p in (first, last)]
        gain = np.log(rates[1] / rates[0]) / np.log(last.pbits / first.pbits)
        exponent = round(float(gain), 6)
    return Scaling(by_pbits, by_degree, exponent, largest)


def _point(design: Design, n: int, degree: int) -> Point:
    circuit: IsingModel = glass(n, degree, seed=n + degree)
    need = account(circuit, design)
    source, status = _source(design)

    def said(value: float, unit: str) -> Figure:
        return Figure(value, value, value, unit, status, source)

    figures = {
        "updates_per_second": said(need.updates_per_second, "Hz"),
        "seconds_per_sweep": said(n / need.updates_per_second, "s"),
        "physical_pbits": said(float(need.physical), ""),
    }
    # A second at the nominal rate; flips are not known without running.
    count = round(need.updates_per_second)
    spent = cost(circuit, design, updates=count, flips=0, elapsed=1.0)
    if "total" in spent.joules:
        figures["power"] = replace(spent.joules["total"], unit="W")
    for name in ("area", "transistors"):
        figure = getattr(spent, name)
        if figure is not None:
            figures[name] = figure
    return Point(n, degree, figures)


def _source(design: Design) -> tuple[str, str]:
    part = design.fabric if isinstance(design.fabric, Clocked) else design.device
    if isinstance(design.fabric, Clocked) and design.fabric.clock_hz is None:
        part = design.device
    return part.source or FORMULA, part.status or "unknown"

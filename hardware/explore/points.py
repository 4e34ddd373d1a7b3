"""Points: designs to measure, each with a key made of its content and a seed of its key."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pbit
from hardware.design import Design, load_design
from hardware.explore.axes import Axis, plain
from hardware.explore.entries import value_of
from hardware.explore.measure import Measure, Values
from hardware.toml import toml_text
from pbit.errors import DesignError

FORMAT = 1  # of what keys are made of
_SEED_DIGITS = 13  # hexadecimal: 52 bits, which every reader of JSON keeps


@dataclass(frozen=True, eq=False)
class Point:
    """One design, to be measured with one body and one course of chance.

    Attributes
    ----------
    key
        SHA-256 of the design's text, what is measured, the root seed, the body's number
        and the version of this package, in hexadecimal digits.
    table
        The design as plain data.
    text
        The design as TOML.
    values
        What it has for every axis.
    body
        Number of the machine: others differ in their chance and, where the design has a
        spread, in their p-bits.
    problem
        Which rule the design breaks; empty where it is a design.
    """

    key: str
    table: Mapping[str, Any]
    text: str
    values: tuple[Any, ...]
    body: int
    problem: str = ""

    @property
    def seed(self) -> int:
        """The seed that it is measured with, made of its key."""
        return int(self.key[:_SEED_DIGITS], 16)


@dataclass(frozen=True)
class Outcome:
    """What a point came to.

    Attributes
    ----------
    values
        Metric -> (value, low, high, status), or None.
    problem
        Why the design does not run; empty where it does.
    worker
        Process that measured it.
    started, seconds, cpu_seconds
        When by its clock, how long, and how long its processor worked on it.
    """

    values: Values
    problem: str = ""
    worker: str = ""
    started: float = 0.0
    seconds: float = 0.0
    cpu_seconds: float = 0.0


class Maker:
    """Makes points of one exploration: everything they share is settled once.

    Parameters
    ----------
    base
        Plain data of the design that is varied.
    axes
        What is varied.
    measure
        What is measured.
    root
        The exploration's seed as plain data.
    """

    def __init__(
        self,
        base: Mapping[str, Any],
        axes: Sequence[Axis],
        measure: Measure,
        root: Mapping[str, Any],
    ) -> None:
        self.base, self.axes = base, axes
        self.shared = {
            "format": FORMAT,
            "version": pbit.__version__,
            "measure": measure.identity(),
            "rng": dict(root),
        }

    def make(self, settings: Mapping[str, Any], body: int) -> Point:
        """Return the point with these entries set."""
        table = _with(self.base, settings)
        design: Design | None = None
        problem = ""
        try:
            design = load_design(table)
            text = design.to_toml()
        except DesignError as error:
            problem, text = str(error), toml_text(table)
        content = json.dumps(
            self.shared | {"design": text, "body": body}, sort_keys=True
        )
        key = hashlib.sha256(content.encode()).hexdigest()
        values = tuple(plain(value_of(design, table, axis.entry)) for axis in self.axes)
        return Point(key, table, text, values, body, problem)


def _with(base: Mapping[str, Any], settings: Mapping[str, Any]) -> dict[str, Any]:
    table = dict(base)
    for entry, value in settings.items():
        section, _, field = entry.partition(".")
        table[section] = dict(table.get(section) or {}) | {field: value}
        if field == "kind":  # what was unknown of another kind
            names = table.get("unknown", [])
            table["unknown"] = [n for n in names if not n.startswith(f"{section}.")]
    return table


def measure_point(
    measure: Measure, table: Mapping[str, Any], seed: int, worker: str
) -> Outcome:
    """Measure a point; that a design does not run is a result, any other error is ours."""
    started, begun, cpu = time.time(), time.perf_counter(), time.process_time()
    values: Values = {}
    problem = ""
    try:
        values = measure(load_design(table), seed)
    except DesignError as error:
        problem = str(error)
    return Outcome(
        values,
        problem,
        worker,
        started,
        time.perf_counter() - begun,
        time.process_time() - cpu,
    )

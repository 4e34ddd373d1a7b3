"""Which non-ideality costs how much fidelity: each alone, each removed, and all together."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hardware.costs import Figure
from hardware.design import Design
from hardware.evaluation.fidelity import Fidelity, measure_fidelity
from hardware.evaluation.figures import as_plain, seeds, simulated
from hardware.evaluation.idealisation import causes, only, without
from hardware.evaluation.workload import Workload
from pbit.errors import DesignError
from pbit.random import RandomState


@dataclass(frozen=True)
class Row:
    """One variant of a design on one workload.

    Attributes
    ----------
    cause
        What is switched; empty for all and for none.
    variant
        "all", "none", "only" this cause, or all "without" it.
    fidelity
        What came out; None where the variant breaks a rule, which `problem` says.
    """

    cause: str
    variant: str
    fidelity: Fidelity | None
    problem: str = ""


@dataclass(frozen=True)
class Split:
    """The ladder of causes on one workload.

    Attributes
    ----------
    workload
        Its name.
    rows
        All, none, and of every cause alone and all but it.
    brings
        What each cause brings in total variation by itself, above the machine without
        any: alone less none.
    saves
        What removing it alone would save: all less the variant without it.
    dominant
        The cause that brings most, if that is more than chance; empty where none does.
    """

    workload: str
    rows: tuple[Row, ...]
    brings: dict[str, Figure]
    saves: dict[str, Figure]
    dominant: str

    def to_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "workload": self.workload,
            "dominant": self.dominant or None,
            "rows": [
                {
                    "cause": row.cause or None,
                    "variant": row.variant,
                    "total_variation": _plain(row, "total_variation"),
                    "kl": _plain(row, "kl"),
                    "beta": _plain(row, "beta"),
                    "at_floor": row.fidelity and row.fidelity.at_floor,
                    "problem": row.problem or None,
                }
                for row in self.rows
            ],
            "brings": {name: as_plain(value) for name, value in self.brings.items()},
            "saves": {name: as_plain(value) for name, value in self.saves.items()},
        }


def _plain(row: Row, name: str) -> dict[str, Any] | None:
    return None if row.fidelity is None else as_plain(getattr(row.fidelity, name))


def split_by_cause(
    workload: Workload,
    design: Design,
    rng: RandomState = None,
    *,
    whole: Fidelity | None = None,
) -> Split:
    """Measure a design with each of its non-idealities alone, removed, and all together.

    Variants share the seed, the body and so much of the noise. One that is the same
    design as another is measured once.

    Parameters
    ----------
    workload
        Of kind "exact".
    design
        The machine's.
    rng
        Seed.
    whole
        The design's own fidelity with this very seed, if it is measured already.

    Raises
    ------
    DesignError
        If the design does not fit the circuit.
    """
    seed = seeds(rng)
    names = causes(design)
    known: dict[str, Fidelity] = {}
    if whole is not None:
        known[repr(design)] = whole

    def measure(cause: str, variant: str, made: Callable[[], Design]) -> Row:
        try:
            chosen = made()
            key = repr(chosen)
            if key not in known:
                known[key] = measure_fidelity(workload, chosen, seed)
        except DesignError as error:
            if variant == "all":
                raise
            return Row(cause, variant, None, str(error))
        return Row(cause, variant, known[key])

    rows = [measure("", "all", lambda: design)]
    rows.append(measure("", "none", lambda: without(design, *names)))
    for name in names:
        rows.append(measure(name, "only", lambda n=name: only(design, n)))  # type: ignore[misc]
        rows.append(measure(name, "without", lambda n=name: without(design, n)))  # type: ignore[misc]
    return _attributed(workload.name, tuple(rows))


def _attributed(workload: str, rows: tuple[Row, ...]) -> Split:
    whole, bare = rows[0], rows[1]
    brings: dict[str, Figure] = {}
    saves: dict[str, Figure] = {}
    for row in rows[2:]:
        if row.variant == "only":
            _note(brings, row.cause, row, bare)
        else:
            _note(saves, row.cause, whole, row)
    telling = {name: figure for name, figure in brings.items() if _tells(rows, name)}
    dominant = max(telling, key=lambda name: telling[name].value, default="")
    return Split(workload, rows, brings, saves, dominant)


def _tells(rows: tuple[Row, ...], name: str) -> bool:
    """Return whether a cause alone is above the noise: in distance or, plainly, in energy."""
    row = next(row for row in rows if (row.cause, row.variant) == (name, "only"))
    if row.fidelity is None:
        return False
    bias = row.fidelity.energy_bias
    plain = abs(bias.value) > 2 * (bias.high - bias.value)
    return row.fidelity.total_variation.low > 0 or plain


def _note(table: dict[str, Figure], cause: str, more: Row, less: Row) -> None:
    if more.fidelity is None or less.fidelity is None:
        return
    a, b = more.fidelity.total_variation, less.fidelity.total_variation
    value = a.value - b.value
    below = math.hypot(a.value - a.low, b.high - b.value)
    above = math.hypot(a.high - a.value, b.value - b.low)
    table[cause] = simulated(value, value - below, value + above)

"""Numbers of a report: value, interval, unit, how it is known and where it comes from."""

from __future__ import annotations

import math
import zlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from hardware.costs import SIMULATED, Figure
from pbit.analysis.estimates import Estimate, student
from pbit.random import RandomState, seed_of, streams

LEVEL = 0.95  # of every interval


def simulated(value: float, low: float, high: float, unit: str = "") -> Figure:
    """Return a figure that was simulated in this run."""
    return Figure(float(value), float(low), float(high), unit, "simulated", SIMULATED)


def of_mean(values: ArrayLike, unit: str = "") -> Figure:
    """Return the mean of independent values with the interval of Student's t.

    Of one value the interval is unbounded: nothing says how far it scatters.
    """
    table = np.asarray(values, np.float64)
    mean = float(table.mean())
    if table.size < 2:
        return simulated(mean, -math.inf, math.inf, unit)
    error = float(table.std(ddof=1)) / math.sqrt(table.size)
    found = student(mean, error, table.size - 1, LEVEL)
    return simulated(mean, found.low, found.high, unit)


def of_estimate(found: Estimate, unit: str = "", factor: float = 1.0) -> Figure:
    """Return an estimate as a figure, multiplied by an exact positive factor."""
    ends = (found.low * factor, found.high * factor)
    return simulated(found.value * factor, *ends, unit)


def times(first: Figure, second: Figure, unit: str) -> Figure:
    """Return the product of two positive figures.

    Relative half-widths add as squares, on each side by itself. It is known no better
    than the worse known of the two; both sources are named.
    """
    value = first.value * second.value
    low = value * (1 - math.hypot(_below(first), _below(second)))
    high = value * (1 + math.hypot(_above(first), _above(second)))
    worse = max(first, second, key=lambda figure: _RANK.index(figure.status))
    sources = dict.fromkeys([first.source, second.source])
    return Figure(
        value, max(low, 0.0), high, unit, worse.status, "; ".join(filter(None, sources))
    )


# From the best known to the least.
_RANK = ("measured", "design", "simulated", "projected", "assumed", "unknown")


def _below(figure: Figure) -> float:
    return (figure.value - figure.low) / figure.value if figure.value else 0.0


def _above(figure: Figure) -> float:
    if math.isinf(figure.value):
        return 0.0
    return (figure.high - figure.value) / figure.value if figure.value else 0.0


def as_plain(figure: Figure | None) -> dict[str, Any] | None:
    """Return a figure as JSON knows it: what is infinite or undefined is null."""
    if figure is None:
        return None
    table = {name: getattr(figure, name) for name in Figure.__dataclass_fields__}
    return {name: plain_number(value) for name, value in table.items()}


def plain_table(table: Mapping[str, Figure | None]) -> dict[str, dict[str, Any]]:
    """Return figures by name as plain data; those that are None are left out."""
    pairs = ((name, as_plain(figure)) for name, figure in table.items())
    return {name: plain for name, plain in pairs if plain is not None}


def plain_number(value: Any) -> Any:
    """Return a value, but None for a float that is not finite."""
    return None if isinstance(value, float) and not math.isfinite(value) else value


def seeds(rng: RandomState) -> np.random.SeedSequence:
    """Return the seed sequence that an `rng` stands for; it is drawn from once."""
    return seed_of(streams(rng))


def child(parent: np.random.SeedSequence, *keys: str | int) -> np.random.SeedSequence:
    """Return the seed of something by name: it depends on nothing else that is seeded."""
    numbers = [
        zlib.crc32(key.encode()) if isinstance(key, str) else key for key in keys
    ]
    return np.random.SeedSequence(
        parent.entropy, spawn_key=(*parent.spawn_key, *numbers)
    )


def plain_seed(sequence: np.random.SeedSequence) -> dict[str, Any]:
    """Return what makes a seed sequence again, as plain data."""
    entropy = sequence.entropy
    if isinstance(entropy, Sequence | np.ndarray):
        entropy = [int(word) for word in entropy]
    return {"entropy": entropy, "spawn_key": [int(key) for key in sequence.spawn_key]}

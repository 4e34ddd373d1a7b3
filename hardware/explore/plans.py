"""Plans: which points are tried, where that does not depend on what comes out."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from hardware.explore.axes import Axis

Settings = dict[str, Any]
MOST = 10_000_000  # points of a plan: what a mistyped range makes is no plan


def grid(axes: Sequence[Axis]) -> list[Settings]:
    """Return all combinations; the last axis changes fastest.

    Raises
    ------
    ValueError
        If an axis is a continuous range, or there are more than ten million points.
    """
    for axis in axes:
        if not axis.values:
            msg = (
                f"values of {axis.entry} must be a list, or a range with a number of "
                f"values as in log12, for the method 'grid'"
            )
            raise ValueError(msg)
    count = math.prod(len(axis.values) for axis in axes)
    if count > MOST:
        msg = f"a plan must have at most {MOST:,} points, not {count:,}"
        raise ValueError(msg)
    names = [axis.entry for axis in axes]
    combined = itertools.product(*(axis.values for axis in axes))
    return [dict(zip(names, values, strict=True)) for values in combined]


def random(
    axes: Sequence[Axis], count: int, seed: np.random.SeedSequence
) -> list[Settings]:
    """Return points drawn independently; the first of them are those of a shorter plan."""
    found = []
    for k in range(count):
        shares = _generator(seed, k).random(len(axes))
        found.append(_settings(axes, shares.tolist()))
    return found


def latin(
    axes: Sequence[Axis], count: int, seed: np.random.SeedSequence
) -> list[Settings]:
    """Return a Latin hypercube: every axis cut into `count` shares, each of them hit once.

    References
    ----------
    McKay, Beckman and Conover, Technometrics 21, 239 (1979).
    """
    draw = _generator(seed, 0)
    columns = []
    for _ in axes:
        order = np.argsort(draw.random(count), kind="stable")
        columns.append(((order + draw.random(count)) / count).tolist())
    rows = zip(*columns, strict=True) if columns else [()] * count
    return [_settings(axes, [min(u, 1 - 1e-16) for u in row]) for row in rows]


def ends(axes: Sequence[Axis]) -> list[Settings]:
    """Return the design as it is, then with each axis at its first and at its last value."""
    found: list[Settings] = [{}]
    for axis in axes:
        found += [{axis.entry: value} for value in axis.ends]
    return found


def _settings(axes: Sequence[Axis], shares: Sequence[float]) -> Settings:
    return {axis.entry: axis.at(u) for axis, u in zip(axes, shares, strict=True)}


def _generator(seed: np.random.SeedSequence, *keys: int) -> np.random.Generator:
    key = (*seed.spawn_key, *keys)
    # PCG64 by name: what default_rng stands for may change.
    sequence = np.random.SeedSequence(seed.entropy, spawn_key=key)
    return np.random.Generator(np.random.PCG64(sequence))

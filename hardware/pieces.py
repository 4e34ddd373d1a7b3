"""A run in pieces: what it has gathered so far, and where it pauses."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import simpy
from numpy.typing import NDArray

from hardware.engines.base import UpdateLog
from hardware.run import Trace, as_trace
from pbit.checks import States

SLICES = 100  # of a run that reports its progress


@dataclass
class Window:
    """What a run has gathered so far beside the engine's measurements."""

    start: float
    record: bool
    trace_every: float | None
    samples: list[tuple[float, float, float]] = field(default_factory=list)
    initial: States | None = None
    marks: list[tuple[float, int, int]] = field(default_factory=list)
    loaded: bool = False  # from a checkpoint: the next run goes on with it
    sampler: simpy.Process | None = None

    def note_clamps(self, time: float, pbits: NDArray[Any], states: States) -> None:
        """Note clamps (±1) or releases (0)."""
        pairs = zip(pbits.tolist(), states.tolist(), strict=True)
        self.marks += [(time, i, value) for i, value in pairs]

    def clamps(self) -> UpdateLog | None:
        """Return what was noted, if the run is recorded."""
        if not self.record:
            return None
        table = np.array(self.marks, np.float64).reshape(-1, 3)
        return UpdateLog(
            table[:, 0].copy(),
            table[:, 1].astype(np.int32),
            table[:, 2].astype(np.int8),
        )

    def trace(self) -> Trace | None:
        """Return the samples, if there are to be any."""
        return None if self.trace_every is None else as_trace(self.samples)

    def check_same(self, record: bool, trace_every: float | None) -> None:
        """Check that a run goes on as it began, or raise a ValueError."""
        for name, given, begun in (
            ("record", record, self.record),
            ("trace_every", trace_every, self.trace_every),
        ):
            if given != begun:
                msg = f"{name} must be {begun!r} as in the run that goes on, not {given!r}"
                raise ValueError(msg)


class Moment(NamedTuple):
    """Where a run pauses."""

    time: float
    saves: bool


def slices(start: float, until: float, every: float | None) -> list[Moment]:
    """Return the moments at which a run from `start` to `until` pauses, the last `until`.

    Checkpoints fall on whole multiples of `every`, so that a run that goes on from one
    pauses where the first would have.

    Raises
    ------
    ValueError
        If `every` is not a time > 0 that a clock near `until` resolves, or so short that
        there would be more than a million checkpoints.
    """
    span = until - start
    reports = {start + span * k / SLICES for k in range(1, SLICES)}
    saves: set[float] = set()
    if every is not None:
        if not (math.isfinite(every) and every > 0 and until + every > until):
            msg = f"every must be a time > 0 that a clock near {until} s resolves, not {every}"
            raise ValueError(msg)
        if span / every > 1e6:
            msg = f"every must allow a million checkpoints at most, not {span / every:.3g}"
            raise ValueError(msg)
        first = math.floor(start / every) + 1
        saves = {every * k for k in range(first, math.ceil(until / every) + 1)}
    inside = {time for time in reports | saves if start < time < until}
    return [Moment(t, t in saves) for t in sorted(inside)] + [Moment(until, False)]

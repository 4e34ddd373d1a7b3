"""A machine's run in slices, so that an interrupt leaves what came before it."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hardware.machine import Machine
    from hardware.run import Run
    from pbit.checks import States
    from pbit.progress import Report

SLICES = 200


@dataclass
class Course:
    """The sum of the slices that are over.

    Attributes
    ----------
    elapsed
        Simulated seconds.
    updates, flips
        As a run counts them.
    joules
        None where the design does not say.
    best
        (state, energy) of the lowest energy; None where there is no energy.
    state
        The last one.
    times, energies
        Samples taken on the way.
    stopped
        "interrupted" if it was.
    """

    elapsed: float = 0.0
    updates: int = 0
    flips: int = 0
    joules: float | None = None
    best: tuple[States, float] | None = None
    state: States | None = None
    times: list[float] = field(default_factory=list)
    energies: list[float] = field(default_factory=list)
    stopped: str | None = None

    def add(self, part: Run, start: float) -> None:
        """Add the next slice of a run that began at `start`."""
        self.elapsed = part.end - start
        self.updates += part.updates
        self.flips += part.flips
        if part.energy_joules is not None:
            self.joules = (self.joules or 0.0) + part.energy_joules
        if part.best and (self.best is None or part.best[1] < self.best[1]):
            self.best = part.best
        self.state = part.state
        if part.trace is not None:
            self.times += part.trace.times.tolist()
            self.energies += part.trace.energies.tolist()

    @property
    def answer(self) -> States:
        """State of lowest energy that the machine went through, else its last one."""
        if self.best is not None:
            return self.best[0]
        assert self.state is not None  # noqa: S101 - `follow` ran one slice at least
        return self.state

    @property
    def sha256(self) -> str:
        """Hash of the answer and of the last state."""
        assert self.state is not None  # noqa: S101 - `follow` ran one slice at least
        return hashlib.sha256(self.answer.tobytes() + self.state.tobytes()).hexdigest()


def follow(
    machine: Machine, until: float, every: float | None, report: Report | None
) -> Course:
    """Run slice by slice, so that an interrupt leaves the slices before it.

    Slices are whole numbers of trace intervals, so that traces join up.
    """
    length = until / SLICES
    if every is not None:
        length = every * max(1, math.ceil(length / every))
    slices = max(1, math.ceil(until / length * (1 - 1e-12)))
    course, start = Course(), machine.env.now
    try:
        for k in range(1, slices + 1):
            end = until if k == slices else k * length
            course.add(machine.run(end, trace_every=every), start)
            if report is not None:
                report(k, slices)
    except KeyboardInterrupt:
        if course.state is None:
            raise
        course.stopped = "interrupted"
    return course

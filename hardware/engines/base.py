"""What a machine asks of an engine, and what an engine reports of a run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from hardware.engines.plan import Timing
from pbit.checks import Floats, States


@dataclass(frozen=True)
class UpdateLog:
    """Every update in the order in which they happened."""

    times: Floats  # seconds
    pbits: NDArray[np.int32]
    states: States  # decided, changed or not

    @property
    def n(self) -> int:
        """Number of updates."""
        return int(self.times.size)


@dataclass(frozen=True)
class Measured:
    """What was measured since the engine was last told to measure."""

    updates: int
    flips: int
    occupancy: Floats | None  # seconds in each state, where n allows
    integral: Floats  # of m over time since then, seconds, shape (n,)
    best: States | None  # of lowest energy, where there is one
    log: UpdateLog | None


class Engine(Protocol):
    """P-bits, synapses and fabric under a simpy clock."""

    timing: Timing
    beta: float

    @property
    def states(self) -> States:
        """Present states, shape (n,); a copy."""
        ...

    def clamp(self, indices: NDArray[np.int64], values: States) -> None:
        """Hold p-bits at values from now on."""
        ...

    def release(self, indices: NDArray[np.int64]) -> None:
        """Let p-bits go from now on."""
        ...

    def measure(self, record: bool) -> None:
        """Start to measure afresh; with a log of updates if `record`."""
        ...

    def measured(self) -> Measured:
        """Return what was measured up to now; the log of updates ends."""
        ...

    def resume(self) -> None:
        """Be ready to go on after an interruption."""
        ...

"""A machine's log told again in plain Python: what its measurements have to be."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np


@dataclass
class Replay:
    """What happened between two moments, from a state and the updates after it."""

    seconds: np.ndarray  # in each of the 2**n states
    integral: np.ndarray
    visited: list = field(default_factory=list)  # (time, state) that lasted, in order
    flips: int = 0


def replay(initial, log, start, end, changes=()):
    """Tell a run again; `changes` are clamps (time, p-bit, state) made on the way.

    At one instant clamps come before updates.
    """
    m = [int(value) for value in initial]
    told = Replay(np.zeros(2 ** len(m)), np.zeros(len(m)))
    entries = [(t, 0, i, value) for t, i, value in changes]
    columns = (log.times.tolist(), log.pbits.tolist(), log.states.tolist())
    entries += [(t, 1, i, value) for t, i, value in zip(*columns, strict=True)]
    entries.sort(key=lambda entry: entry[:2])  # stable: the log is in order
    last = start
    for t, is_update, i, value in [*entries, (end, 1, 0, None)]:
        if t > last:
            told.seconds[sum(1 << k for k, s in enumerate(m) if s > 0)] += t - last
            told.integral += (t - last) * np.array(m)
            told.visited.append((last, tuple(m)))
            last = t
        if value is not None and m[i] != value:
            told.flips += is_update
            m[i] = value
    return told


def state_at(told, time):
    """The state just before updates at that time."""
    states = [state for begun, state in told.visited if begun < time]
    return states[-1] if states else told.visited[0][1]

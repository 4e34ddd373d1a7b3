"""Moments on simpy's clock: the order of things that happen at one instant.

Whatever users schedule (simpy's own priorities 0 and 1) comes first; then signals arrive,
copies are refreshed, p-bits update, and what they decided takes effect. P-bits that time
themselves update one after the other, in their order.
"""

from __future__ import annotations

from typing import cast

import simpy
from simpy.events import EventPriority

DELIVERY = 2
REFRESH = 3
UPDATE = 4
COMMIT = 5
LAST = 6


def run_to(env: simpy.Environment, until: float) -> None:
    """Run an environment to `until`, past stops that interrupted runs left behind."""
    while env.now < until:
        env.run(until=until)


class Later(simpy.Event):
    """An event `delay` seconds from now, like a timeout, at a priority of our own."""

    def __init__(self, env: simpy.Environment, delay: float, priority: float) -> None:
        super().__init__(env)
        self._ok = True
        self._value = None
        # simpy types its own two priorities; any number sorts among them.
        env.schedule(self, cast("EventPriority", priority), delay)

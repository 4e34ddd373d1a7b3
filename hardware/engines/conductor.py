"""One simpy process an environment that carries compiled machines from event to event.

It looks when the next event of anyone else is due, lets every machine advance to that
moment in one compiled call, and waits for it. Processes that run then find all machines
exactly there. It wakes after everything else that happens at the same instant.
"""

from __future__ import annotations

import math
from collections.abc import Generator
from typing import Protocol
from weakref import ReferenceType, WeakKeyDictionary, ref

import simpy

from hardware.engines.events import LAST, Later


class Passenger(Protocol):
    """Something that can be carried through time."""

    def advance(self, horizon: float) -> None:
        """Advance to `horizon`, in seconds, leaving what happens right then."""
        ...


class Conductor:
    """Carries the compiled machines of one environment."""

    def __init__(self, env: simpy.Environment) -> None:
        self.env = env
        self.passengers: list[Passenger] = []
        self.process: simpy.Process | None = None

    def join(self, passenger: Passenger) -> None:
        """Carry one more machine from now on."""
        self.passengers.append(passenger)
        self.resume()

    def resume(self) -> None:
        """Start, or start again where an interruption ended the process."""
        if self.process is None or not self.process.is_alive:
            self.process = self.env.process(self._drive())

    def _drive(self) -> Generator[simpy.Event, None, None]:
        env = self.env
        while True:
            horizon = float(env.peek())  # users may well count in whole seconds
            if math.isinf(horizon):
                msg = "nothing says how far to run: give run() an `until`"
                raise RuntimeError(msg)
            for passenger in self.passengers:
                passenger.advance(horizon)
            yield Later(env, horizon - env.now, LAST)


# Weak on both sides: a conductor refers to its environment, which it must not keep alive.
_CONDUCTORS: WeakKeyDictionary[simpy.Environment, ReferenceType[Conductor]]
_CONDUCTORS = WeakKeyDictionary()


def conductor_of(env: simpy.Environment) -> Conductor:
    """Return the one conductor of an environment; its machines keep it alive."""
    known = _CONDUCTORS.get(env)
    conductor = known() if known is not None else None
    if conductor is None:
        conductor = Conductor(env)
        _CONDUCTORS[env] = ref(conductor)
    return conductor

"""The reference engine's p-bits whose inputs or levels relax between events.

As obvious as analog parts allow: a process brings what it has to the present whenever
something happens, works out what is next, and waits for that or for news.
"""

from __future__ import annotations

import math
from collections.abc import Generator
from typing import Any, Protocol

import simpy

from hardware.engines.analog import (
    FLIP,
    LOOK,
    REDRAW,
    first_resistance,
    hazard,
    level_after,
    magnet_draw,
    next_flip,
    next_of_transistor,
    on_side,
    redraw_rate,
    relaxed,
    side,
)
from hardware.engines.draws import dwell_budget, spend, wait_for
from hardware.engines.drive import noisy_field
from hardware.engines.events import UPDATE, Later
from hardware.engines.plan import RC, Timing, Wiring
from hardware.engines.ring import edge_draw, period
from pbit.model import PCircuit

Steps = Generator[simpy.Event, Any, None]


class Engine(Protocol):
    """What these p-bits ask of the reference engine."""

    env: simpy.Environment
    circuit: PCircuit
    timing: Timing
    wiring: Wiring
    key: tuple[int, int]
    m: list[int]
    clamped: list[bool]
    wake: list[simpy.Event]

    def goal(self, i: int) -> float:
        """Return the field that p-bit i sees, without an RC synapse's delay."""
        ...

    def read(self, i: int) -> float:
        """Return what p-bit i's synapse shows it now."""
        ...

    def make_input(self, i: int, field: float) -> float:
        """Return what p-bit i makes of a field."""
        ...

    def note_update(self, i: int, new: int) -> None:
        """Count an update."""
        ...

    def set_state(self, i: int, new: int) -> None:
        """Change p-bit i's state and tell others."""
        ...


class Voltage:
    """What an RC synapse shows one p-bit: a field that arrives little by little."""

    def __init__(self, field: float, tau_rc: float, now: float) -> None:
        self.value = self.goal = field
        self.tau_rc = tau_rc
        self.since = now

    def at(self, now: float) -> float:
        """Return the voltage at time `now`."""
        elapsed = now - self.since
        return float(relaxed(self.value, self.goal, elapsed, self.tau_rc))

    def aim(self, field: float, now: float) -> None:
        """Relax to another field from now on."""
        self.value, self.goal, self.since = self.at(now), field, now


def input_from_now(engine: Engine, i: int) -> tuple[float, float]:
    """Return what p-bit i's input tends to, and what it is above that now."""
    base = engine.make_input(i, engine.goal(i))
    if engine.timing.synapse != RC:
        return base, 0.0
    return base, engine.make_input(i, engine.read(i)) - base


def _due(engine: Engine, i: int, wait: float) -> simpy.Event:
    if not math.isfinite(wait):
        return engine.env.event()
    return Later(engine.env, wait, UPDATE + i / engine.circuit.n)


def telegraph_behind_rc(engine: Engine, i: int) -> Steps:
    """Spend a hazard budget at a rate that changes all the time; flip when it is gone."""
    timing, env = engine.timing, engine.env
    tau, tau_rc = float(timing.tau[i if timing.tau.size > 1 else 0]), timing.tau_s
    flips = 0
    budget = dwell_budget(*engine.key, i, flips)
    while True:
        since, m, free = env.now, engine.m[i], not engine.clamped[i]
        base, excess = input_from_now(engine, i)
        wait, what = math.inf, FLIP
        if free:
            wait, what = next_flip(budget, base, excess, tau_rc, m, tau)
        due = _due(engine, i, wait)
        yield due | engine.wake[i]
        if due.processed and what == FLIP:
            engine.note_update(i, -m)
            engine.set_state(i, -m)
            flips += 1
            budget = dwell_budget(*engine.key, i, flips)
        elif free:
            elapsed = env.now - since
            budget = max(budget - hazard(base, excess, tau_rc, m, tau, elapsed), 0.0)


def transistor(engine: Engine, i: int) -> Steps:
    """Follow a level; flip where it crosses the resistance, or where that is redrawn."""
    timing, env = engine.timing, engine.env
    tau = float(timing.tau[i if timing.tau.size > 1 else 0])
    tau_rc, tau_t = timing.tau_s, timing.tau_t
    redraws = 0
    budget, uniform = magnet_draw(*engine.key, i, redraws)
    level = math.tanh(input_from_now(engine, i)[0])
    resistance = first_resistance(uniform, level, engine.m[i])
    while True:
        since, m, clamped = env.now, engine.m[i], engine.clamped[i]
        base, excess = input_from_now(engine, i)
        rate = redraw_rate(resistance, timing.pinning, tau)
        wait = wait_for(budget, rate)
        wait, what = next_of_transistor(
            level, resistance, m, clamped, wait, base, excess, tau_rc, tau_t
        )
        due = _due(engine, i, wait)
        yield due | engine.wake[i]
        elapsed = env.now - since
        if elapsed > 0.0:
            budget = spend(budget, elapsed, rate)
            level = level_after(level, base, excess, tau_rc, tau_t, elapsed)
            level = on_side(level, resistance, 0 if clamped else m)
        if not due.processed or what == LOOK:
            continue
        new = -m
        if what == REDRAW:
            redraws += 1
            budget, uniform = magnet_draw(*engine.key, i, redraws)
            resistance = 2.0 * uniform - 1.0
            new = side(level, resistance)
        else:
            level = on_side(level, resistance, new)
        if not engine.clamped[i]:
            engine.note_update(i, new)
            engine.set_state(i, new)


def oscillator(engine: Engine, i: int) -> Steps:
    """Draw a state from the heat bath at every edge of an oscillator."""
    timing, edge = engine.timing, 0
    tau = float(timing.tau[i if timing.tau.size > 1 else 0])
    while True:
        wait = period(*engine.key, i, edge, tau, timing.jitter)
        yield _due(engine, i, wait)
        limit, _phase = edge_draw(*engine.key, i, edge)
        drive = engine.wiring.drive
        field = noisy_field(drive, engine.read(i), *engine.key, i, edge)
        new = 1 if engine.make_input(i, field) > limit else -1
        edge += 1
        if not engine.clamped[i]:
            engine.note_update(i, new)
            engine.set_state(i, new)

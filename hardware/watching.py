"""What is noted while a machine runs, and what becomes of it."""

from __future__ import annotations

import math
from collections.abc import Generator
from typing import TYPE_CHECKING

import simpy

from hardware.pieces import Window
from hardware.run import Run
from pbit.model import IsingModel

if TYPE_CHECKING:
    from hardware.machine import Machine


def watch(
    machine: Machine, window: Window, until: float
) -> Generator[simpy.Event, None, None]:
    """Note magnetization and energy now and every so many seconds: a simpy process."""
    samples, start, circuit = window.samples, window.start, machine.circuit
    env, every = machine.env, window.trace_every or 0.0
    if samples:  # by the run that goes on
        yield env.timeout(start + every * len(samples) - env.now)
    while True:
        state = machine.state
        energy = math.nan
        if isinstance(circuit, IsingModel):
            energy = float(circuit.energy(state))
        # The time it aims at: what a float makes of the waits depends on their number.
        time = start + every * len(samples)
        samples.append((time, float(state.mean()), energy))
        wait = start + every * len(samples) - env.now
        if env.now + wait >= until:
            return
        yield env.timeout(wait)


def report(machine: Machine, window: Window, stopped: bool) -> Run:
    """Return the run that a window saw; `stopped` if it was interrupted."""
    from pbit import __version__

    measured = machine._engine.measured()
    start, end = window.start, float(machine.env.now)
    elapsed, best = end - start, None
    if measured.best is not None and isinstance(machine.circuit, IsingModel):
        best = (measured.best, float(machine.circuit.energy(measured.best)))
    return Run(
        start=start,
        end=end,
        updates=measured.updates,
        flips=measured.flips,
        energy_joules=_joules(machine, measured.updates, measured.flips, elapsed),
        magnetization=measured.integral / elapsed,
        best=best,
        state=machine.state,
        seconds_per_state=measured.occupancy,
        trace=window.trace(),
        log=measured.log,
        initial=window.initial,
        clamps=window.clamps(),
        labels=machine.circuit.labels,
        info={
            "version": __version__,
            "rng": machine._entropy,
            "design": machine.design.to_dict(),
            "engine": machine.engine,
            "beta": machine.beta,
            "made": machine._made,
            **({"stopped": "interrupted"} if stopped else {}),
        },
    )


def _joules(machine: Machine, updates: int, flips: int, elapsed: float) -> float | None:
    energy = machine.design.energy
    if energy is None:
        return None
    return (
        energy.per_update * updates
        + energy.per_flip * flips
        + energy.static_power * elapsed
    )

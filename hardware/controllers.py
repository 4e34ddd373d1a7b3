"""Controllers: simpy processes that steer a machine while it runs."""

from __future__ import annotations

from collections.abc import Generator

import numpy as np
import simpy
from numpy.typing import ArrayLike

from hardware.machine import Machine
from pbit.checks import Floats, check_finite, check_nonnegative


def anneal(machine: Machine, betas: ArrayLike, duration: float) -> simpy.Process:
    """Start a process that steps a machine's inverse temperature, evenly in time.

    Parameters
    ----------
    machine
        Whose `beta` is set, now and then `duration` / k seconds after every step.
    betas
        Inverse temperatures, shape (k,), finite and >= 0; the last one stays.
    duration
        Simulated seconds for all of them, > 0.

    Returns
    -------
    simpy.Process
        It ends when the last step is over, so others can wait for it.

    Raises
    ------
    TypeError, ValueError
        If a beta or the duration breaks a rule above; nothing is started then.

    Examples
    --------
    >>> import pbit
    >>> machine = Machine(pbit.IsingModel({(0, 1): 1.0}), "autonomous-smtj", rng=1)
    >>> ramp = anneal(machine, [0.5, 1.0, 4.0], duration=3e-8)
    >>> run = machine.run(until=3e-8)
    >>> machine.beta
    4.0
    """
    steps = _as_steps(betas)
    if check_nonnegative("duration", duration) == 0.0:
        msg = f"duration must be > 0, not {duration}"
        raise ValueError(msg)

    def ramp() -> Generator[simpy.Event, None, None]:
        start, env = machine.env.now, machine.env
        for k, beta in enumerate(steps.tolist(), start=1):
            machine.beta = beta
            yield env.timeout(start + duration * k / steps.size - env.now)

    return machine.env.process(ramp())


def _as_steps(betas: ArrayLike) -> Floats:
    given = np.atleast_1d(np.asarray(betas))
    if given.ndim != 1 or given.size == 0:
        msg = f"betas must have shape (k,), k >= 1, not {given.shape}"
        raise ValueError(msg)
    if given.dtype.kind not in "iuf":
        msg = f"betas must be numbers, not {given.dtype}"
        raise TypeError(msg)
    steps = given.astype(np.float64)
    check_finite("betas", steps)
    if steps.min() < 0:
        k = int(np.flatnonzero(steps < 0)[0])
        msg = f"betas must be >= 0: betas[{k}] = {steps[k]}"
        raise ValueError(msg)
    return steps

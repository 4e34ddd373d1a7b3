"""Machines of every kind for tests, and their logs as plain lists."""

import numpy as np
import pytest

import pbit
from hardware.machine import Machine

ENGINES = ("compiled", "reference")
TAU = 1e-9
IDEAL = {"kind": "ideal", "tau_n": TAU}
TELEGRAPH = {"kind": "telegraph", "tau_n": TAU}
INSTANT = {"kind": "instant"}
DELAY = {"kind": "delay", "tau_s": 0.7 * TAU}
STALE = {"kind": "stale", "tau_s": 0.7 * TAU}
AUTONOMOUS = {"kind": "autonomous"}
SYNCHRONOUS = {"kind": "synchronous"}
KINDS = {
    "ideal": (IDEAL, INSTANT, AUTONOMOUS),
    "ideal-delay": (IDEAL, DELAY, AUTONOMOUS),
    "ideal-stale": (IDEAL, STALE, AUTONOMOUS),
    "synchronous-delay": (IDEAL, DELAY, SYNCHRONOUS),
    "sequential": (IDEAL, INSTANT, {"kind": "sequential"}),
    "chromatic": (IDEAL, INSTANT, {"kind": "chromatic"}),
    "telegraph": (TELEGRAPH, INSTANT, AUTONOMOUS),
    "telegraph-delay": (TELEGRAPH, DELAY, AUTONOMOUS),
    "telegraph-stale": (TELEGRAPH, STALE, AUTONOMOUS),
}
RNG = np.random.default_rng(8)
GLASS = pbit.IsingModel(
    np.triu(J := RNG.normal(size=(6, 6)), 1) + np.triu(J, 1).T, RNG.normal(size=6), 2.5
)
PAIR = pbit.IsingModel({("a", "b"): 1.0}, labels=["a", "b"])
kinds = pytest.mark.parametrize("kind", KINDS)
engines = pytest.mark.parametrize("engine", ENGINES)


def design_of(kind):
    device, synapse, fabric = KINDS[kind]
    return {"name": kind, "device": device, "synapse": synapse, "fabric": fabric}


def make(kind="ideal", circuit=GLASS, rng=1, **rest):
    return Machine(circuit, design_of(kind), rng, **rest)


def columns(*runs):
    """The logs of runs as one list of updates."""
    logs = [run.log for run in runs]
    return [
        entry
        for log in logs
        for entry in zip(
            log.times.tolist(), log.pbits.tolist(), log.states.tolist(), strict=True
        )
    ]

"""What the tests measure; other processes import it by name."""

import os
import signal
import sys
import time

import numpy as np

from hardware.explore import explore
from pbit.errors import DesignError

GOALS = {"error": ("", True), "rate": ("Hz", False)}
BASE = {
    "name": "swept",
    "device": {"kind": "ideal", "tau_n": "1 ns"},
    "synapse": {"kind": "delay", "tau_s": "10 ps"},
    "spread": {"slope": 0.1},
}
VARY = {"synapse.tau_s": "1ps:1ns:log4", "spread.slope": "0:0.2:lin5"}


def drawn(design, seed):
    """Return numbers of a design and of chance, at once."""
    noise = np.random.default_rng(seed).normal()
    error = design.synapse.tau_s / design.device.tau_n + 0.01 * noise
    return {
        "error": (error, error - 0.02, error + 0.02),
        "rate": 1 / design.device.tau_n,
    }


def slow(design, seed):
    time.sleep(0.03)
    return drawn(design, seed)


def picky(design, seed):
    """Do not run what is too late, as machines do not."""
    if design.synapse.tau_s > 5e-10:
        msg = "is too long for this circuit"
        raise DesignError(key="synapse.tau_s", message=msg)
    return drawn(design, seed)


def broken(design, seed):
    msg = "a bug of ours"
    raise RuntimeError(msg)


def deadly(design, seed):
    """Kill the process that measures."""
    os.kill(os.getpid(), signal.SIGKILL)


def sweep(store, measure=drawn, vary=VARY, **how):
    return explore(BASE, vary, measure, goals=GOALS, store=store, **how)


if __name__ == "__main__":
    sweep(sys.argv[1], slow, workers=2)

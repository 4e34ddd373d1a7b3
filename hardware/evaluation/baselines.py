"""Baselines: the same workloads on this computer's processor, in seconds of its clock."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

import pbit
from hardware.costs import SIGMAS, Figure
from hardware.evaluation.figures import child, plain_table
from hardware.evaluation.speed import HOT
from hardware.evaluation.speed import SWEEPS as SWEEPS_OF_A_RUN
from hardware.evaluation.workload import Workload
from pbit.analysis.convergence import autocorrelation
from pbit.analysis.tts import optimal_time

CHAINS = 64
SWEEPS = 2_000
REPEATS = 3
SOURCE = "this computer, one thread"


@dataclass(frozen=True)
class Baseline:
    """How fast this computer is on a workload, all of it used for as many chains as fit.

    Attributes
    ----------
    workload, name
        Which workload; what ran.
    figures
        "updates_per_second", and "samples_per_second" or "time_to_solution". Times are
        of 64 chains side by side, divided by 64: the processor's throughput.
    """

    workload: str
    name: str
    figures: dict[str, Figure]

    def to_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "workload": self.workload,
            "name": self.name,
            "figures": plain_table(self.figures),
        }


def measure_baseline(workload: Workload, seed: np.random.SeedSequence) -> Baseline:
    """Run Gibbs sampling or annealing of a workload here, and time it.

    Of a learning workload it is sampling of the circuit that is to be trained.
    """
    random = child(seed, workload.name, "baseline")
    if workload.kind == "optimum":
        return _solving(workload, random)
    return _sampling(workload, random)


def _sampling(workload: Workload, random: np.random.SeedSequence) -> Baseline:
    clamp = workload.clamp or None

    def run(sweeps: int) -> Any:
        return pbit.sample(
            workload.circuit,
            workload.beta,
            CHAINS,
            sweeps,
            100,
            clamp=clamp,
            rng=random,
            n_threads=1,
        )

    samples = run(SWEEPS)
    rate = _rate(lambda: run(SWEEPS), CHAINS * (SWEEPS + 100) * _free(workload))
    found = autocorrelation(samples.energies)
    figures = {"updates_per_second": rate}
    if not found.frozen:
        half = SIGMAS * found.error / found.time
        spread = math.hypot((rate.high - rate.value) / rate.value, half)
        value = rate.value / _free(workload) / found.time
        ends = (value * max(1 - spread, 0.0), value * (1 + spread))
        figures["samples_per_second"] = _measured(value, *ends)
    return Baseline(workload.name, "Gibbs sampling", figures)


def _solving(workload: Workload, random: np.random.SeedSequence) -> Baseline:
    assert workload.optimum is not None  # noqa: S101 - its kind has one
    longest = workload.sweeps or SWEEPS_OF_A_RUN
    lengths = [max(longest // 10, 10), max(longest // 3, 11), max(longest, 12)]

    def run(sweeps: int) -> Any:
        return pbit.anneal(
            workload.circuit,
            np.linspace(HOT, 1.0, sweeps) * workload.beta,
            CHAINS,
            sweeps,
            workload.clamp or None,
            random,
            n_threads=1,
        )

    slack = 1e-9 * max(1.0, abs(workload.optimum))
    best = [run(sweeps).energies.min(axis=-1) for sweeps in lengths]
    won = [int((row <= workload.optimum + slack).sum()) for row in best]
    rate = _rate(lambda: run(lengths[-1]), CHAINS * lengths[-1] * _free(workload))
    figures = {"updates_per_second": rate}
    if any(won):
        seconds = np.array(lengths) * _free(workload) / rate.value
        found = optimal_time(seconds, won, CHAINS, rng=random).tts
        figures["time_to_solution"] = Figure(
            found.value, found.low, found.high, "s", "measured", SOURCE
        )
    return Baseline(workload.name, "simulated annealing", figures)


def _free(workload: Workload) -> int:
    return workload.n - len(workload.clamp)


def _rate(run: Callable[[], Any], updates: int) -> Figure:
    taken = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        run()
        taken.append(time.perf_counter() - start)
    middle = sorted(taken)[REPEATS // 2]
    return _measured(updates / middle, updates / max(taken), updates / min(taken))


def _measured(value: float, low: float, high: float) -> Figure:
    return Figure(value, low, high, "Hz", "measured", SOURCE)

"""The compiled engine beside a plain event-driven script of the same rule, in one run.

The rule is that of Onizawa and Hanyu (arXiv 2604.01564): every p-bit has a Poisson clock
of mean tau, decides from what the others are, and its decision takes effect a time d
later. The script is what one writes in an afternoon: a heap of (time, p-bit) for clocks
and for effects, numpy for the field. Max-cut on an 800-node graph.
"""

from __future__ import annotations

import heapq
import math
import random
import resource
import statistics
import subprocess
import sys
import time

import numpy as np

import pbit
from benchmarks.instances import g1
from benchmarks.machines import plain_simpy
from benchmarks.timing import REPEATS, print_table
from hardware import Machine

TAU, D, BETA = 10e-9, 5e-9, 0.5
UPDATES = 20_000
PUBLISHED = 13_500  # events a second of the public script, as it was measured


def script(model: pbit.IsingModel, updates: int) -> float:
    """Return seconds per update of a heap of events: clocks, and effects after a delay."""
    source = random.Random(1)  # noqa: S311 - a simulation
    rows = np.split(model.J.indices, model.J.indptr[1:-1])
    weights = np.split(model.J.data, model.J.indptr[1:-1])
    m = np.array([source.choice((-1, 1)) for _ in range(model.n)])
    events = [(source.expovariate(1 / TAU), i, 0) for i in range(model.n)]
    heapq.heapify(events)
    made, start = 0, time.process_time()
    while made < updates:
        now, i, effect = heapq.heappop(events)
        if effect:
            m[i] = effect
            continue
        drive = BETA * (model.h[i] + float(weights[i] @ m[rows[i]]))
        new = 1 if math.tanh(drive) > source.uniform(-1, 1) else -1
        heapq.heappush(events, (now + D, i, new))
        heapq.heappush(events, (now + source.expovariate(1 / TAU), i, 0))
        made += 1
    return (time.process_time() - start) / made


def engine(model: pbit.IsingModel, updates: int) -> float:
    """Return the median seconds per update of the compiled engine."""
    design = {
        "name": "Poisson clocks, one delay",
        "device": {"kind": "ideal", "tau_n": TAU},
        "synapse": {"kind": "delay", "tau_s": D},
    }
    machine = Machine(model, design, rng=1, beta=BETA)
    span = updates / model.n * TAU
    machine.run(until=span)
    times = []
    for _ in range(REPEATS):
        start = time.process_time()
        run = machine.run(until=machine.env.now + span)
        times.append((time.process_time() - start) / run.updates)
    return statistics.median(times)


def million() -> None:
    """Print what ten sweeps of a million autonomous p-bits take, everything included."""
    from benchmarks.instances import torus

    start = time.perf_counter()
    model = torus((100, 100, 100))
    design = {
        "name": "autonomous",
        "device": {"kind": "ideal", "tau_n": 1e-9},
        "synapse": {"kind": "delay", "tau_s": 1e-11},
    }
    run = Machine(model, design, rng=1, beta=0.3).run(until=10e-9)
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(
        f"  10^6 autonomous p-bits, degree 6, delay on: {run.updates / 1e6:.2f} M updates "
        f"(ten sweeps) in {seconds:.1f} s of wall clock, instance and compilation "
        f"included; peak memory {peak / 1e9:.2f} GB"
    )


def main() -> None:
    """Print the comparison, and the million."""
    model = g1()
    ours, theirs = engine(model, 2_000_000), script(model, UPDATES)
    processes = plain_simpy(model, UPDATES)
    print_table(
        f"G1 (800 p-bits, degree 48), Poisson clocks, effects {D / TAU:g} tau later",
        ["", "k updates/s", "the engine is so many times as fast"],
        [
            [
                "a simpy process a p-bit",
                f"{1e-3 / processes:.1f}",
                f"{processes / ours:.0f}",
            ],
            ["a heap of events, lean", f"{1e-3 / theirs:.1f}", f"{theirs / ours:.0f}"],
            ["compiled engine", f"{1e-3 / ours:.0f}", "1"],
        ],
    )
    print(
        f"  The public script of that paper was measured at {PUBLISHED / 1e3:g} k events/s; "
        f"the engine is at {1 / ours / PUBLISHED:.0f} times that."
    )
    command = "from benchmarks.event_script import million; million()"
    subprocess.run([sys.executable, "-c", command], check=True)  # noqa: S603 - our own code


if __name__ == "__main__":
    main()

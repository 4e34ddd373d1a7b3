"""The compiled engine beside plain event-driven scripts of the same rule, in one run.

The rule is that of Onizawa and Hanyu (arXiv 2604.01564): every p-bit has a Poisson clock
of mean tau, decides from what the others are, and its decision takes effect a time d
later. Max-cut on an 800-node graph. Beside the engine run a simpy process a p-bit, a lean
heap of events, and a script that draws with numpy, rounds inputs to 4 bits and notes the
energy every nanosecond, as the public one does. That one is not here: with
``--script pbit_doe.py``, a copy of it, it runs as well.
"""

from __future__ import annotations

import argparse
import heapq
import importlib.util
import math
import random
import statistics
import time
from pathlib import Path
from typing import Any

import numpy as np

import pbit
from benchmarks.instances import g1
from benchmarks.machines import plain_simpy
from benchmarks.timing import REPEATS, print_table
from hardware import Machine

TAU, D, BETA = 10e-9, 5e-9, 0.5
RECORD = 1e-9  # seconds between two energies
UPDATES = 20_000
PUBLISHED = 13_500  # events a second of the public script, as it was measured once
STEP, LIMIT = 10 / 15, 5.0  # of inputs rounded to 4 bits


def lean(model: pbit.IsingModel, updates: int) -> float:
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


def in_numpy(model: pbit.IsingModel, updates: int) -> float:
    """Return seconds per update of the same in numpy, inputs rounded, energies noted."""
    rng = np.random.default_rng(1)
    J, h = model.J.toarray(), model.h
    heard = [np.flatnonzero(row) for row in J]
    m = rng.choice([-1.0, 1.0], model.n)
    clocks = [(rng.exponential(TAU), i) for i in range(model.n)]
    effects: list[tuple[float, int, float]] = []
    energies: list[float] = []
    heapq.heapify(clocks)
    made, start = 0, time.process_time()
    while made < updates:
        now, i = clocks[0]
        while effects and effects[0][0] <= now:
            _, j, state = heapq.heappop(effects)
            m[j] = state
        value = BETA * (h[i] + J[i, heard[i]] @ m[heard[i]])
        value = np.round((np.clip(value, -LIMIT, LIMIT) + LIMIT) / STEP) * STEP - LIMIT
        new = 1.0 if rng.random() < 0.5 * (1 + np.tanh(value)) else -1.0
        heapq.heappush(effects, (now + D, i, new))
        heapq.heapreplace(clocks, (now + rng.exponential(TAU), i))
        if now >= len(energies) * RECORD:
            energies.append(float(-0.5 * m @ (J @ m) - h @ m))
        made += 1
    return (time.process_time() - start) / made


def public(path: Path, model: pbit.IsingModel, updates: int, bits: int) -> float:
    """Return seconds per update of the public script; with `bits` = 0 it does not round."""
    spec = importlib.util.spec_from_file_location("public_script", path)
    if spec is None or spec.loader is None:
        msg = f"--script must be a Python file, not {path}"
        raise ValueError(msg)
    module: Any = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    span = updates / model.n * TAU
    start = time.process_time()
    module.gillespie_sampler_with_energy(
        model.J.toarray().astype(np.float32),
        np.asarray(model.h, np.float32),
        lambda _time: BETA,
        1e9 * TAU,
        1e9 * span,
        np.random.default_rng(1),
        1.0,
        bits,
        apply_delay_ns=1e9 * D,
        quantize=bits > 0,
    )
    return (time.process_time() - start) / updates


def engine(
    model: pbit.IsingModel, updates: int, trace_every: float | None = None
) -> float:
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
        run = machine.run(until=machine.env.now + span, trace_every=trace_every)
        times.append((time.process_time() - start) / run.updates)
    return statistics.median(times)


def main(options: list[str] | None = None) -> None:
    """Print the comparison."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks event_script")
    parser.add_argument("--script", type=Path, help="a copy of the public pbit_doe.py")
    given = parser.parse_args(options or [])
    model = g1()
    ours = engine(model, 2_000_000)
    costs = {
        "compiled engine": ours,
        "compiled engine, energy every ns": engine(model, 200_000, RECORD),
        "a heap of events, lean": lean(model, UPDATES),
        "a simpy process a p-bit": plain_simpy(model, UPDATES, TAU, D, BETA),
        "numpy, 4-bit inputs, energy every ns": in_numpy(model, UPDATES),
    }
    if given.script is not None:
        for bits, name in ((0, "the public script"), (4, "and 4-bit inputs")):
            costs[name] = public(given.script, model, UPDATES, bits)
    print_table(
        f"G1 (800 p-bits, degree 48), Poisson clocks, effects {D / TAU:g} tau later",
        ["", "k updates/s", "the engine is so many times as fast"],
        [
            [name, f"{1e-3 / cost:.1f}", f"{cost / ours:.0f}"]
            for name, cost in costs.items()
        ],
    )
    print(
        f"  The public script of that paper was measured at {PUBLISHED / 1e3:g} k events/s "
        f"elsewhere;\n  the engine is at {1 / ours / PUBLISHED:.0f} times that."
    )


if __name__ == "__main__":
    import sys

    main(sys.argv[1:])

"""Machines: the compiled engine beside simpy processes, and at a million p-bits."""

from __future__ import annotations

import json
import math
import random
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Generator
from typing import Any

import numpy as np
import simpy

import pbit
from benchmarks.instances import torus
from benchmarks.timing import REPEATS, print_table
from hardware import Machine

TAU_N, TAU_S = 1e-9, 1e-11
DESIGN = {
    "name": "autonomous, delay on",
    "device": {"kind": "ideal", "tau_n": TAU_N},
    "synapse": {"kind": "delay", "tau_s": TAU_S},
}
SHAPES = {10_000: (25, 20, 20), 1_000_000: (100, 100, 100)}
BETA = 0.3  # hot: a third of the updates flip, the hardest case for caches


def seconds_per_update(
    n: int, engine: str, updates: int, design: dict[str, Any] = DESIGN
) -> float:
    """Return the median CPU time per update of a machine of n p-bits."""
    machine = Machine(torus(SHAPES[n]), design, rng=1, engine=engine, beta=BETA)
    span = updates / n * TAU_N
    machine.run(until=span)  # compiles, and leaves the random start behind
    times = []
    for _ in range(REPEATS):
        start = time.process_time()
        run = machine.run(until=machine.env.now + span)
        times.append((time.process_time() - start) / run.updates)
    return statistics.median(times)


def plain_simpy(model: pbit.IsingModel, updates: int) -> float:
    """Return seconds per update of the script one would write: a process a p-bit.

    Each p-bit waits for its own exponential clock, reads what its neighbours were a
    delay ago and lets its own changes be seen a delay later; nothing is measured.
    """
    source, env = random.Random(1), simpy.Environment()  # noqa: S311 - a simulation
    m = [source.choice((-1, 1)) for _ in range(model.n)]
    seen = list(m)
    rows = np.split(model.J.indices, model.J.indptr[1:-1])
    weights = np.split(model.J.data, model.J.indptr[1:-1])
    links = [
        list(zip(j.tolist(), w.tolist(), strict=True))
        for j, w in zip(rows, weights, strict=True)
    ]
    made = 0

    def deliver(i: int, state: int) -> Generator[simpy.Event, Any, None]:
        yield env.timeout(TAU_S)
        seen[i] = state

    def pbit_process(i: int) -> Generator[simpy.Event, Any, None]:
        nonlocal made
        while True:
            yield env.timeout(source.expovariate(1 / TAU_N))
            field = BETA * sum(w * seen[j] for j, w in links[i])
            new = 1 if math.tanh(field) > source.uniform(-1, 1) else -1
            made += 1
            if new != m[i]:
                m[i] = new
                env.process(deliver(i, new))

    for i in range(model.n):
        env.process(pbit_process(i))
    start = time.process_time()
    env.run(until=updates / model.n * TAU_N)
    return (time.process_time() - start) / made


def report_million() -> None:
    """Print, as JSON, what a million p-bits cost in this process alone."""
    cost = seconds_per_update(1_000_000, "compiled", 2_000_000)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps({"seconds": cost, "peak_bytes": peak}))


def delays(fixed: float) -> None:
    """Print what delays of single connections cost, by how long they are."""
    rows = [["one for all", "0.01", f"{1e9 * fixed:.0f}", f"{1e-6 / fixed:.1f}"]]
    for ratio in (0.01, 0.1, 1.0, 5.0):
        synapse = {"kind": "delay", "tau_s": ratio * TAU_N, "spread": 0.3}
        design = DESIGN | {"synapse": synapse}
        cost = seconds_per_update(10_000, "compiled", 2_000_000, design)
        rows.append(
            [
                "one a connection",
                f"{ratio:g}",
                f"{1e9 * cost:.0f}",
                f"{1e-6 / cost:.1f}",
            ]
        )
    telegraph = DESIGN | {"device": {"kind": "telegraph", "tau_n": TAU_N}}
    for spread in (0.0, 0.3):
        synapse = {"kind": "delay", "tau_s": 0.1 * TAU_N, "spread": spread}
        design = telegraph | {"synapse": synapse}
        cost = seconds_per_update(10_000, "compiled", 1_000_000, design)
        kind = "one a connection" if spread else "one for all"
        name = f"telegraph p-bits, {kind}"
        rows.append([name, "0.1", f"{1e9 * cost:.0f}", f"{1e-6 / cost:.1f}"])
    print_table(
        "Delays, n = 10^4, degree 6: what one update costs",
        ["delays", "tau_s / tau_n", "ns/update", "M updates/s"],
        rows,
    )
    print(
        "  A p-bit that updates now and then looks its neighbours' last flips up, so delays\n"
        "  cost nothing but those looks: no queue. Telegraph p-bits have to be told of each\n"
        "  arrival; every flip then retimes 6 readers, which is what it costs."
    )


def main() -> None:
    """Print the tables."""
    compiled = seconds_per_update(10_000, "compiled", 5_000_000)
    reference = seconds_per_update(10_000, "reference", 20_000)
    script = plain_simpy(torus(SHAPES[10_000]), 100_000)
    rows = [
        [name, f"{1e9 * cost:.0f}", f"{1e-6 / cost:.3f}", f"{cost / compiled:.0f}"]
        for name, cost in (
            ("compiled engine", compiled),
            ("a simpy process a p-bit, script", script),
            ("reference engine", reference),
        )
    ]
    print_table(
        f"Asynchronous machine, n = 10^4, degree 6, delay on, beta = {BETA:g}",
        ["engine", "ns/update", "M updates/s", "times the compiled"],
        rows,
    )
    delays(compiled)
    command = "from benchmarks.machines import report_million; report_million()"
    answer = subprocess.run(  # noqa: S603 - our own interpreter and code
        [sys.executable, "-c", command], capture_output=True, text=True, check=True
    )
    million = json.loads(answer.stdout)
    big = million["seconds"]
    print_table(
        "Scale: one update reads a row (72 bytes), 6 states of neighbours and a bias",
        ["p-bits", "ns/update", "ratio", "peak memory, MB"],
        [
            ["10^4", f"{1e9 * compiled:.0f}", "1.0", ""],
            [
                "10^6",
                f"{1e9 * big:.0f}",
                f"{big / compiled:.1f}",
                f"{million['peak_bytes'] / 1e6:.0f}",
            ],
        ],
    )
    print(
        "  The ratio is cache misses: 10^4 p-bits fit the second-level cache (1.1 MB);\n"
        "  of 10^6, rows (72 MB), biases and moments (8 MB each) come from memory, one\n"
        "  line each at a random place, states (1 MB) from the third level. The picks\n"
        "  are known ahead, so rows are prefetched 8 updates early."
    )

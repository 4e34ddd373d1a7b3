"""Machines: what an update costs, kind by kind, in one table; simpy beside it; a million.

The digital machine reads ``../shared/data`` and is left out where that is not there.
"""

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
from benchmarks.digital import designs as digital_designs
from benchmarks.digital import measure as digital_cost
from benchmarks.instances import torus
from benchmarks.lfsr import DATA
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


def plain_simpy(
    model: pbit.IsingModel,
    updates: int,
    tau_n: float = TAU_N,
    tau_s: float = TAU_S,
    beta: float = BETA,
) -> float:
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
        yield env.timeout(tau_s)
        seen[i] = state

    def pbit_process(i: int) -> Generator[simpy.Event, Any, None]:
        nonlocal made
        while True:
            yield env.timeout(source.expovariate(1 / tau_n))
            field = beta * sum(w * seen[j] for j, w in links[i])
            new = 1 if math.tanh(field) > source.uniform(-1, 1) else -1
            made += 1
            if new != m[i]:
                m[i] = new
                env.process(deliver(i, new))

    for i in range(model.n):
        env.process(pbit_process(i))
    start = time.process_time()
    env.run(until=updates / model.n * tau_n)
    return (time.process_time() - start) / made


def rate_of_flips(design: dict[str, Any]) -> float:
    """Return flips an update of a machine of 10^4 p-bits that has settled."""
    machine = Machine(torus(SHAPES[10_000]), design, rng=1, beta=BETA)
    machine.run(until=20 * TAU_N)
    run = machine.run(until=40 * TAU_N)
    return float(run.flips / run.updates)


def kinds() -> list[tuple[str, dict[str, Any], int, float | None]]:
    """Return (name, design, updates, M updates/s asked for) of machines of 10^4 p-bits."""
    telegraph = {"kind": "telegraph", "tau_n": TAU_N}
    uneven = {"slope": 0.1, "offset": 0.1, "distribution": "lognormal"}

    def own(ratio: float) -> dict[str, Any]:
        return {"kind": "delay", "tau_s": ratio * TAU_N, "spread": 0.3}

    late = {"kind": "delay", "tau_s": 0.1 * TAU_N}
    return [
        ("one delay for all, 0.01", DESIGN, 5_000_000, 20.0),
        ("no delay", DESIGN | {"synapse": {"kind": "instant"}}, 5_000_000, None),
        ("uneven p-bits, 0.01", DESIGN | {"spread": uneven}, 5_000_000, None),
        *(
            (f"a delay a connection, {x:g}", DESIGN | {"synapse": own(x)}, 3_000_000, 5)
            for x in (0.01, 0.1, 1.0, 5.0)
        ),
        (
            "telegraph, 0.1",
            DESIGN | {"device": telegraph, "synapse": late},
            10**6,
            None,
        ),
        (
            "telegraph, a delay a connection, 0.1",
            DESIGN | {"device": telegraph, "synapse": own(0.1)},
            10**6,
            None,
        ),
    ]


def autonomous() -> tuple[float, list[list[str]]]:
    """Return the cost of an update behind one delay, and the table's rows."""
    base, rows = math.nan, []
    for name, design, updates, asked in kinds():
        cost = seconds_per_update(10_000, "compiled", updates, design)
        base = cost if math.isnan(base) else base
        share = rate_of_flips(design)
        rows.append(line(name, 10_000, 6, share, cost, base, asked))
    return base, rows


def line(
    name: str,
    n: int,
    degree: int,
    share: float,
    cost: float,
    base: float,
    asked: float | None = None,
) -> list[str]:
    """Return a row of the table."""
    said = "" if math.isnan(share) else f"{share:.2f}"
    speed = [f"{1e9 * cost:.0f}", f"{1e-6 / cost:.3g}", f"{cost / base:.2f}"]
    return [name, f"{n:,}", f"{degree}", said, *speed, f"{asked:g}" if asked else ""]


def digital(base: float) -> list[list[str]]:
    """Return rows of the six boards."""
    if not DATA.exists():
        return []
    rows = []
    for name, design in digital_designs().items():
        for beta in (0.5, 2.0) if "fpga" in name else (0.5,):
            cost, share = digital_cost(design, beta)
            asked = None if name == "fpga-chromatic" else 30.0
            row = line(f"{name}, beta {beta:g}", 50_653, 6, share, cost, base, asked)
            rows.append(row)
    return rows


def report_million() -> None:
    """Print, as JSON, what ten sweeps of a million p-bits take, in this process alone."""
    start = time.perf_counter()
    machine = Machine(torus(SHAPES[1_000_000]), DESIGN, rng=1, beta=BETA)
    built = time.perf_counter() - start
    run = machine.run(until=10 * TAU_N)
    wall = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    begun = time.process_time()
    more = machine.run(until=15 * TAU_N)
    cost = (time.process_time() - begun) / more.updates
    report = {
        "built": built,
        "wall": wall,
        "updates": run.updates,
        "seconds": cost,
        "share": more.flips / more.updates,
        "peak_bytes": peak,
    }
    print(json.dumps(report))


def million() -> dict[str, float]:
    """Return what `report_million` prints in a process of its own."""
    command = "from benchmarks.machines import report_million; report_million()"
    answer = subprocess.run(  # noqa: S603 - our own interpreter and code
        [sys.executable, "-c", command], capture_output=True, text=True, check=True
    )
    found: dict[str, float] = json.loads(answer.stdout)
    return found


def main() -> None:
    """Print the tables."""
    base, rows = autonomous()
    large = million()
    rows.append(
        line(
            "one delay for all, 0.01", 10**6, 6, large["share"], large["seconds"], base
        )
    )
    rows += digital(base)
    for name, cost in (
        (
            "a simpy process a p-bit, script",
            plain_simpy(torus(SHAPES[10_000]), 100_000),
        ),
        ("reference engine", seconds_per_update(10_000, "reference", 20_000)),
    ):
        rows.append(line(name, 10_000, 6, math.nan, cost, base))
    print_table(
        f"Machines, one core, beta = {BETA:g} but where it is said; delays in tau_n",
        [
            "machine",
            "p-bits",
            "degree",
            "flips an update",
            "ns/update",
            "M updates/s",
            "cost, the first = 1",
            "asked, M/s",
        ],
        rows,
    )
    print(
        f"  10^6 p-bits, ten sweeps ({large['updates'] / 1e6:.2f} M updates) from nothing: "
        f"{large['wall']:.1f} s of wall clock\n  (instance and machine {large['built']:.1f}"
        f" s, asked: 60), peak memory {large['peak_bytes'] / 1e9:.2f} GB (asked: 1.5)."
    )
    print(
        "  A p-bit that updates now and then looks its neighbours' last flips up, so delays\n"
        "  of connections cost those looks and no queue. Telegraph p-bits have to be told of\n"
        "  each arrival; every flip then retimes 6 readers, which is what it costs."
    )


if __name__ == "__main__":
    main()

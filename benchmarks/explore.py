"""A sweep of 500 designs: killed and resumed, and on a cluster that loses a worker.

Delay of the synapses, bits of the weights, width of the shift registers and spread of the
p-bits, on a glass of six p-bits. The tables have to be the same to the bit. Efficiency is
told from processor time, which other work on the computer does not add to.
"""

from __future__ import annotations

import argparse
import os
import resource
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.timing import print_table
from hardware.costs import Figure
from hardware.design import Design
from hardware.evaluation.fidelity import compare
from hardware.evaluation.runs import occupy
from hardware.evaluation.workload import Workload
from hardware.explore import Exploration, Store, explore, pareto, plots
from pbit import IsingModel
from pbit.limits import FixedPoint
from pbit.plots import save

OUT = Path("out")
WORKERS = 2
SWEEPS = 300_000  # of a point: about a tenth of a second
DESIGN: dict[str, Any] = {
    "name": "swept",
    "device": {"kind": "digital", "input": "s[4][4]", "bits": 8},
    "synapse": {"kind": "delay", "tau_s": "2 ns"},
    "fabric": {"kind": "sequential", "clock_hz": "100 MHz"},
    "noise": {"kind": "lfsr", "width": 16},
    "spread": {"slope": 0.1},
    "limits": {"bits": "s[2][3]"},
}
VARY = {
    "synapse.tau_s": "2ns:100ns:log5",
    "limits.bits": "s[1][0],s[1][1],s[2][2],s[2][3],s[2][5]",
    "noise.width": "8,12,16,24,32",
    "spread.slope": "0,0.1,0.2,0.4",
}
GOALS = {"total_variation": ("", True), "flips_per_second": ("Hz", False)}
POINTS = 500


def glass() -> Workload:
    """Return a glass of six p-bits whose couplings no short format has."""
    draw = np.random.default_rng(1)
    couplings = {(i, j): float(draw.normal(0, 0.7)) for i in range(6) for j in range(i)}
    circuit = IsingModel(couplings, draw.normal(0, 0.3, 6))
    return Workload("glass-6", "exact", circuit, sweeps=SWEEPS)


def measure(design: Design, seed: int) -> dict[str, Figure | float]:
    """Load the glass in the format that the design declares, run it, compare the laws."""
    wanted = glass()
    fmt = FixedPoint.parse(str(design.limits.bits if design.limits else None))
    model = wanted.circuit
    rounded = {
        (i, j): float(fmt.round(np.array(weight)))
        for (i, j), weight in couplings(model).items()
    }
    loaded = replace(wanted, circuit=IsingModel(rounded, fmt.round(model.h)))
    found = occupy(loaded, design, np.random.SeedSequence(seed))
    return {
        "total_variation": compare(wanted, found).total_variation,
        "flips_per_second": found.flips / found.elapsed,
    }


def couplings(model: IsingModel) -> dict[tuple[int, int], float]:
    """Return every pair once."""
    table = model.J.tocoo()
    rows = zip(table.row.tolist(), table.col.tolist(), table.data.tolist(), strict=True)
    return {(i, j): weight for i, j, weight in rows if i < j}


def sweep(store: Path, **how: Any) -> Exploration:
    """Explore all 500 designs."""
    return explore(DESIGN, VARY, measure, goals=GOALS, store=store, **how)


def main(arguments: Sequence[str] = ()) -> None:
    """Print what was measured how often, and whether the tables are equal."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks explore")
    parser.add_argument("--store", type=Path, help="only explore, into this file")
    parser.add_argument("--workers", type=int, default=WORKERS)
    options = parser.parse_args(arguments)
    if options.store is not None:
        found = sweep(options.store, workers=options.workers)
        print(found.computed)
        return
    with tempfile.TemporaryDirectory() as folder:
        _run(Path(folder))


def _run(folder: Path) -> None:
    rows: list[tuple[str, ...]] = []
    alone, cpu_alone, wall_alone = _child(folder / "one.sqlite", 1)
    rows.append(
        ("one process", str(alone), "-", _seconds(cpu_alone), _seconds(wall_alone))
    )
    two, cpu_two, wall_two = _child(folder / "two.sqlite", WORKERS)
    rows.append(
        (f"{WORKERS} processes", str(two), "-", _seconds(cpu_two), _seconds(wall_two))
    )
    killed, again = _killed(folder / "killed.sqlite")
    rows.append(("killed with SIGKILL", str(killed), "-", "", ""))
    rows.append(("resumed", str(again), str(killed), "", ""))
    on_dask = _cluster(folder / "dask.sqlite")
    rows.append(("Dask, a worker killed", str(on_dask), "-", "", ""))
    header = ("500 designs", "measured", "found in the store", "CPU time", "wall time")
    print_table("A sweep of 500 designs", header, rows)
    tables = {name: _table(folder / f"{name}.sqlite") for name in
              ("one", "two", "killed", "dask")}  # fmt: skip
    same = all(table == tables["one"] for table in tables.values())
    print(f"\nall four tables have {len(tables['one'][1])} rows and are "
          f"{'the same to the bit' if same else 'NOT THE SAME'}")  # fmt: skip
    _efficiency(folder, cpu_two)
    _draw(folder / "one.sqlite")


def _child(store: Path, workers: int) -> tuple[int, float, float]:
    """Explore in a process of its own; return points measured, CPU and wall seconds."""
    before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    found = subprocess.run(  # noqa: S603 - ourselves
        _command(store, workers), check=True, capture_output=True, text=True
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return int(found.stdout), spent, time.perf_counter() - begun


def _command(store: Path, workers: int = WORKERS) -> list[str]:
    words = ["--store", str(store), "--workers", str(workers)]
    return [sys.executable, "-m", "benchmarks", "explore", *words]


def _killed(store: Path) -> tuple[int, int]:
    """Kill a sweep in the middle and resume it; return points measured before, after."""
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    child = subprocess.Popen(_command(store), **quiet)  # noqa: S603 - ourselves
    while _count(store) < POINTS // 2:
        time.sleep(0.1)
    child.send_signal(signal.SIGKILL)
    child.wait()
    with Store(store) as opened:
        before = opened.timings()
    resumed, _, _ = _child(store, WORKERS)
    with Store(store) as opened:
        after = {row[0]: row for row in opened.timings()}
    again = [row[0] for row in before if after[row[0]] != row]
    if again or len(before) + resumed != POINTS:
        msg = f"points were measured twice: {len(before)} + {resumed}, {again}"
        raise RuntimeError(msg)
    return len(before), resumed


def _count(store: Path) -> int:
    """Return how many points a store has, that another process writes to."""
    if not store.exists():
        return 0
    connection = sqlite3.connect(store, timeout=60)
    try:
        return int(connection.execute("SELECT count(*) FROM points").fetchone()[0])
    except sqlite3.OperationalError:  # no table yet
        return 0
    finally:
        connection.close()


def _cluster(store: Path) -> int:
    """Explore on a cluster of this computer and kill a worker on the way."""
    from dask.distributed import Client, LocalCluster

    with (
        LocalCluster(
            n_workers=WORKERS,
            threads_per_worker=1,
            host="127.0.0.1",
            dashboard_address="127.0.0.1:0",
            silence_logs=50,
        ) as cluster,
        Client(cluster) as client,
    ):
        victims = [worker.pid for worker in cluster.workers.values()][:1]

        def kill(done: int, _total: int) -> None:
            if done >= POINTS // 4 and victims:
                os.kill(victims.pop(), signal.SIGKILL)

        return sweep(store, client=client, progress=kill).computed


def _table(store: Path) -> tuple[list[str], list[tuple[Any, ...]]]:
    with Store(store) as opened:
        return opened.table()


def _efficiency(folder: Path, cpu: float) -> None:
    """Print how much of two processes' time went into points.

    Other work on the computer makes no processor time, but it makes a point's longer, by
    the caches and the halves of a core that it takes: so a run is held against itself.
    """
    with Store(folder / "one.sqlite") as opened:
        alone = sum(row[4] for row in opened.timings())
    with Store(folder / "two.sqlite") as opened:
        timings = opened.timings()
    points = sum(row[4] for row in timings)
    span = max(t + s for _, _, t, s, _ in timings) - min(t for _, _, t, _, _ in timings)
    busy = sum(row[3] for row in timings) / (WORKERS * span)
    rows = [
        (f"CPU time of the points, {WORKERS} processes", _seconds(points)),
        ("CPU time of everything, imports included", _seconds(cpu)),
        ("share of it that the points are", f"{points / cpu:.1%}"),
        ("workers busy between the first point and the last", f"{busy:.1%}"),
        ("parallel efficiency, the product", f"{points / cpu * busy:.1%}"),
        ("CPU time of the points, one process", _seconds(alone)),
        (
            "a point's, beside another, is so many times as long",
            f"{points / alone:.2f}",
        ),
        ("efficiency with that", f"{alone / cpu * busy:.1%}"),
    ]
    print_table("Parallel efficiency", ("", ""), rows)


def _seconds(value: float) -> str:
    return f"{value:.1f} s"


def _draw(store: Path) -> None:
    found = sweep(store)  # all of it is in the store
    OUT.mkdir(exist_ok=True)
    save(plots.sweep(found), OUT / "explore-sweep.png")
    table = pareto(found, "flips_per_second", "total_variation")
    save(plots.front(table), OUT / "explore-front.png")

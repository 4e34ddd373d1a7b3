"""Max-cut in a given time on one core, beside two peers at their best settings.

For every Gset file and toruspm3-8-50, each solver in turn on the same core:

1. *Pilots*: a second or so of every setting: sweeps a run; of the peers also two ranges of
   betas, 0.5/sigma to 3 over the smallest weight, and the one this project uses; of this
   project the number of chains. The setting that promises the best cut in the time goes on.
2. *Runs* of the time given, each with its own seed: the best cut of each; mean and best.

TTS(99 %): seconds of CPU until a run has reached 99.9 % of the best known cut (of toruspm3-8-50
the optimum) with a chance of 99 %, from the share of reads that do, at the best setting with
at least `FEWEST` of them, never less than one call. Chains that run together are one call.
The peers' times leave out conversion, the start of their Python layers and energies; ours
are whole calls of `pbit.anneal`, the schedule made from the model included.

Rows go to ``out/gset.csv``; a solver that is there for an instance is not run again.
"""

from __future__ import annotations

import argparse
import csv
import math
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import numpy as np
import scipy.special
from numpy.typing import NDArray

import compilers
import pbit
from benchmarks.peers import Dwave, Openjij
from benchmarks.timing import print_table

ROOT = Path(__file__).parents[1]
DATA = ROOT.parent / "shared" / "data"
TABLE = ROOT / "out" / "gset.csv"
TORUS = "toruspm3-8-50"

PEERS = {"dwave": Dwave, "openjij": Openjij}
SOLVERS = ("pbit", *PEERS)
PEER_SWEEPS = (300, 1000, 3000, 10_000, 30_000, 100_000)
OURS = ((128, 300), *((512, s) for s in (100, 300, 1000, 3000, 10_000)))
PILOT = 0.08  # of the time given goes to the pilot of a setting
CALL = 0.25  # seconds of a peer's call: enough to hide its start
FEWEST = 3  # reads on which a TTS may rest
ENOUGH = 8  # reads whose spread is believed

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Row:
    """One pilot or one run."""

    instance: str
    solver: str
    kind: str
    betas: str
    chains: int  # a call
    sweeps: int
    seed: int
    seconds: float
    calls: float
    reads: int
    hits: int
    best: float
    mean: float
    spread: float

    def promise(self, seconds: float, spread: float) -> float:
        """Return the best cut to be expected in a time, were cuts normally distributed."""
        reads = self.reads * seconds / self.seconds
        if self.seconds / self.calls > seconds:
            return -math.inf
        return self.mean + spread * scipy.special.ndtri(reads / (reads + 1))


@dataclass(frozen=True)
class Instance:
    """A graph to cut."""

    name: str
    model: pbit.IsingModel
    best_known: float

    @property
    def target(self) -> float:
        """The cut that counts as a hit."""
        share = 1.0 if self.name == TORUS else 0.999
        return math.ceil(share * self.best_known - 1e-9)

    def tuned(self) -> tuple[float, float]:
        """Return 0.5/sigma and 3 over the smallest weight."""
        sigma = math.sqrt(float((self.model.J.data**2).sum()) / self.model.n)
        return 0.5 / sigma, 3.0 / float(np.abs(self.model.J.data).min())

    def own(self) -> tuple[float, float]:
        """Return the ends of this project's schedule."""
        first, last = pbit.schedules.from_model(self.model, 2)
        return float(first), float(last)


def instances(names: list[str] | None) -> Iterable[Instance]:
    """Load those named, all if none are."""
    best = {}
    for folder in ("gset_maxcut", "biqmac_maxcut"):
        with (DATA / folder / "best_known.csv").open() as file:
            for row in csv.DictReader(file):
                if (DATA / folder / row["file"]).suffix == ".txt" and row["best"]:
                    best[DATA / folder / row["file"]] = float(row["best"])
    for path, cut in best.items():
        listed = path.parent.name == "gset_maxcut" or path.stem == TORUS
        if listed if names is None else path.stem in names:
            model = compilers.load(path).model
            assert isinstance(model, pbit.IsingModel)  # noqa: S101 - max-cut
            yield Instance(path.stem, model, cut)


def repeat(
    call: Callable[[int], Floats], seconds: float, first_seed: int
) -> tuple[Floats, float, int]:
    """Call with new seeds for so many seconds of CPU; return cuts, seconds and calls."""
    cuts, spent, calls = [], 0.0, 0
    while calls == 0 or spent * (calls + 1) / calls <= seconds:
        start = time.process_time()
        found = call(first_seed + calls)
        spent += time.process_time() - start
        calls += 1
        cuts.append(found)
    return np.concatenate(cuts), spent, calls


def cut(model: pbit.IsingModel, chains: int, sweeps: int, seed: int) -> pbit.SampleSet:
    """Return cuts of the fastest annealing there is: cold at the end, so the last will do."""
    return pbit.anneal(
        model,
        n_chains=chains,
        n_sweeps=sweeps,
        rng=seed,
        keep="last",
        rule="metropolis",
        n_threads=1,
    )


class Cutter:
    """One solver on one instance."""

    def __init__(self, instance: Instance, solver: str) -> None:
        self.instance, self.solver = instance, solver
        self.peer = PEERS[solver](instance.model) if solver in PEERS else None
        self.ranges = {"tuned": instance.tuned(), "own": instance.own()}
        if self.peer is None:
            self.settings = [("own", *pair) for pair in OURS]
        else:
            self.settings = [(r, 0, s) for r in self.ranges for s in PEER_SWEEPS]

    def run(
        self, kind: str, setting: tuple[str, int, int], seconds: float, seed: int
    ) -> Row:
        """Run a setting for some seconds."""
        name, chains, sweeps = setting
        model = self.instance.model
        energies: list[Floats] = []
        if self.peer is None:

            def call(seed: int) -> Floats:
                found = cut(model, chains, sweeps, seed)
                return found.energies[:, 0]

            call(0)  # loads what is compiled
        else:
            peer = self.peer
            betas = np.geomspace(*self.ranges[name], sweeps)
            start = time.process_time()
            peer.anneal(betas, 1, 1)
            once = time.process_time() - start
            chains = max(1, int(CALL / once))
            states = []

            def call(seed: int) -> Floats:
                states.append(peer.anneal(betas, chains, seed))
                return np.empty(0)

        energies, spent, calls = repeat(call, seconds, seed)
        if self.peer is not None:  # their energies are not in their time
            energies = np.concatenate([model.energy(found) for found in states])
            calls, chains = calls * chains, 1
        cuts = -energies
        return Row(
            self.instance.name, self.solver, kind, name, chains, sweeps, seed,
            spent, calls, cuts.size, int((cuts >= self.instance.target).sum()),
            float(cuts.max()), float(cuts.mean()), float(cuts.std()),
        )  # fmt: skip

    def rows(self, seconds: float, runs: int) -> list[Row]:
        """Run all settings for a while and the best for as long as asked."""
        pilots: list[Row] = []
        best, most, spread = self.settings[0], -math.inf, 0.0
        for setting in self.settings:
            before = pilots[-1] if pilots else None
            if before is not None and before.sweeps < setting[2]:
                call = before.seconds / before.calls * setting[2] / before.sweeps
                if call > seconds:  # not one would be over in time
                    continue
            row = self.run("pilot", setting, PILOT * seconds, 1)
            pilots.append(row)
            # Too few reads say nothing of their spread: take that of shorter ones.
            spread = row.spread if row.reads >= ENOUGH else spread
            promise = row.promise(seconds, spread)
            if promise > most:
                best, most = setting, promise
        return pilots + [
            self.run("run", best, seconds, 10**6 * (k + 1)) for k in range(runs)
        ]


def read_table(path: Path) -> list[Row]:
    """Return the rows of a file, if it is there."""
    if not path.exists():
        return []
    kinds = {field.name: eval_type(str(field.type)) for field in fields(Row)}
    with path.open() as file:
        return [
            Row(**{name: kinds[name](value) for name, value in row.items()})
            for row in csv.DictReader(file)
        ]


def eval_type(name: str) -> Callable[[str], object]:
    """Return what reads a column."""
    return {"str": str, "int": int, "float": float}[name]


def append(path: Path, rows: list[Row]) -> None:
    """Add rows to a file."""
    path.parent.mkdir(exist_ok=True)
    new = not path.exists()
    with path.open("a", newline="") as file:
        writer = csv.DictWriter(file, [field.name for field in fields(Row)])
        if new:
            writer.writeheader()
        writer.writerows(asdict(row) for row in rows)


def time_to_solution(rows: list[Row]) -> float:
    """Return TTS(99 %) at the best setting, infinite if too few reads were hits."""
    settings = defaultdict(list)
    for row in rows:
        settings[row.betas, row.chains, row.sweeps].append(row)
    times = [math.inf]
    for (_, chains, _), same in settings.items():
        hits, reads = sum(r.hits for r in same), sum(r.reads for r in same)
        call = sum(r.seconds for r in same) / sum(r.calls for r in same)
        if hits >= FEWEST:
            miss = chains * math.log1p(-hits / reads) if hits < reads else -math.inf
            times.append(call * max(1.0, math.log(0.01) / miss))
    return min(times)


def summarize(rows: list[Row]) -> None:
    """Print what the rows say."""
    groups: dict[str, dict[str, list[Row]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        groups[row.instance][row.solver].append(row)
    table, ratios, worse = [], [], []
    known = {instance.name: instance for instance in instances(list(groups))}
    for name, solvers in groups.items():
        if set(solvers) != set(SOLVERS):
            continue
        cells = [name, f"{known[name].best_known:.0f}"]
        means, times = {}, {}
        for solver in SOLVERS:
            runs = [r for r in solvers[solver] if r.kind == "run"]
            means[solver] = float(np.mean([r.best for r in runs]))
            times[solver] = time_to_solution(solvers[solver])
            best = max(r.best for r in runs)
            setting = f"{runs[0].sweeps} {runs[0].betas}"
            if runs[0].chains > 1:
                setting = f"{runs[0].chains} x {runs[0].sweeps}"
            cells += [f"{means[solver]:.1f}", f"{best:.0f}", setting]
        theirs = {peer: times[peer] for peer in PEERS}
        ratio = min(theirs.values()) / times["pbit"] if times["pbit"] < math.inf else 0
        if times["pbit"] < math.inf and ratio < math.inf:
            ratios.append(ratio)
        if any(means[peer] > means["pbit"] for peer in PEERS):
            worse.append(name)
        cells += [f"{times[s]:.2g}" for s in SOLVERS]
        never = "-" if times["pbit"] == math.inf else "inf"
        cells.append(f"{ratio:.1f}" if 0 < ratio < math.inf else never)
        table.append(cells)
    header = ["instance", "best known"]
    for solver in SOLVERS:
        header += [solver, "best", "sweeps"]
    header += [f"TTS {solver}" for solver in SOLVERS] + ["ratio"]
    print_table("mean and best cut of runs of equal CPU time; TTS in s", header, table)
    if ratios:
        mean = math.exp(float(np.mean(np.log(ratios))))
        print(
            f"  TTS, geometric mean of {len(ratios)} ratios to the better peer: {mean:.1f}"
        )
    print(f"  worse in the mean: {', '.join(worse) if worse else 'nowhere'}")


def ground_state(repeats: int = 21) -> None:
    """Print after how long the ground state of the torus is found."""
    (instance,) = instances([TORUS])
    times = []
    for k in range(repeats):
        start, best, seed = time.process_time(), 0.0, 1000 * k
        while best < instance.best_known:
            found = cut(instance.model, 512, 1000, seed)
            best, seed = -found.best[1], seed + 1
        times.append(time.process_time() - start)
    print(
        f"  {TORUS}: ground state after {np.median(times):.3f} s in the median of "
        f"{repeats}, {max(times):.3f} s at most"
    )


def main(options: list[str] | None = None) -> None:
    """Run what is missing in the table, and print it."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks gset")
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--runs", type=int, default=2)
    parser.add_argument("--instances", nargs="*")
    parser.add_argument("--solvers", nargs="*", choices=SOLVERS, default=SOLVERS)
    parser.add_argument("--table", type=Path, default=TABLE)
    given = parser.parse_args(options or [])
    rows = read_table(given.table)
    done = {(row.instance, row.solver) for row in rows}
    for instance in instances(given.instances):
        for solver in given.solvers:
            if (instance.name, solver) not in done:
                cutter = Cutter(instance, solver)
                append(given.table, cutter.rows(given.seconds, given.runs))
    summarize(read_table(given.table))
    ground_state()

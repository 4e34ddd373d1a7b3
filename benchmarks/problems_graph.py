"""Graph problems compiled and annealed: best answer beside the best known, with time.

Instances come from ``../shared/data`` beside the repository. Answers are what the
program's own check accepts; time is CPU time of all chains, compiling included.
"""

from __future__ import annotations

import csv
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pbit
from benchmarks.timing import print_table
from compilers.formats.col import read_col
from compilers.formats.tsplib import read_tsplib
from compilers.problems.coloring import coloring
from compilers.problems.independent_set import independent_set
from compilers.problems.tsp import tsp
from compilers.program import Program

DATA = Path(__file__).parents[1] / ".." / "shared" / "data"
CHAINS = 64
Row = list[str]


def main() -> None:
    """Print the tables."""
    if not DATA.exists():
        print("graph problems: ../shared/data is not there, nothing to solve")
        return
    header = ["instance", "nodes", "p-bits", "sweeps", "chains there", "best", "known"]
    header += ["CPU s"]
    tables = (
        ("Colouring: edges broken at the best known number of colours", colourings),
        ("Independent set: size", independent_sets),
        ("Travelling salesman: length", tours),
    )
    for title, rows in tables:
        print_table(f"{title} ({CHAINS} chains)", header, list(rows()))


def colourings() -> Iterator[Row]:
    """Colour each graph with its chromatic number of colours; more sweeps if need be."""
    for name, n, known in instances("colouring"):
        graph = read_col(DATA / "colouring" / name)
        yield solved(
            f"{name} k={known}", n, 0, lambda g=graph, k=known: coloring(g, k), 3000
        )


def independent_sets() -> Iterator[Row]:
    """Look for the largest independent sets."""
    for name, n, known in instances("independent_set"):
        graph = read_col(DATA / "independent_set" / name)
        yield solved(name, n, known, lambda g=graph: independent_set(g), 1000)


def tours() -> Iterator[Row]:
    """Look for the shortest tours: safe penalties, and 0.7 of them."""
    for name, n, known in instances("tsp"):
        if n > 24:
            continue
        d = read_tsplib(DATA / "tsp" / name).distances
        safe = price_of(tsp(d))
        for factor, sweeps in ((1.0, 200_000), (0.7, 100_000)):
            yield solved(
                f"{name} P={factor * safe:.4g}",
                n,
                known,
                lambda d=d, p=factor * safe: tsp(d, penalty=p),
                sweeps,
            )


def solved(
    name: str, n: int, known: int, compiler: Callable[[], Program], n_sweeps: int
) -> Row:
    """Return a row: how many chains end at the best known answer, and the best one."""
    start = time.process_time()
    program = compiler()
    schedule = None
    if program.provenance["what"] == "travelling salesman":
        # Where tours freeze, in units of the penalty; the default starts far too hot.
        price = price_of(program)
        schedule = pbit.schedules.geometric(3 / price, 8 / price, n_sweeps)
    samples = pbit.anneal(program.model, schedule, CHAINS, n_sweeps, rng=1)
    answers = [program.decode(state) for state in samples.states[:, 0]]
    if program.provenance["what"] == "colouring":
        # An edge broken is an answer of sorts, a node without a colour is none.
        valid = [a for a in answers if min(a.values()) >= 0]
    else:
        valid = [a for a in answers if program.check(a)]
    worth = [program.objective(answer) for answer in valid]
    best = (max if program.sense == "max" else min)(worth, default=None)
    seconds = time.process_time() - start
    shown = "none" if best is None else best
    numbers = [n, program.n, n_sweeps, worth.count(known), shown, known]
    return [name, *map(str, numbers), f"{seconds:.1f}"]


def price_of(program: Program) -> float:
    """Return the penalty on a wrong visit."""
    return float(program.provenance["penalties"]["visit"])


def instances(family: str) -> Iterator[tuple[str, int, int]]:
    """Give names, nodes and best known values of a folder's instances."""
    with (DATA / family / "best_known.csv").open(newline="") as stream:
        for row in csv.DictReader(stream):
            yield row["file"], int(row["n"]), int(row["best"])


if __name__ == "__main__":
    main()

"""Problems of numbers, clauses and sequences, annealed to their best known values.

Reads ../shared/data. Every instance is annealed in rounds, each with another setting (and
another penalty: 1 is the compiler's own), until the best known value is found or time is
up. What counts is what the problem says of the decoded answer, never an energy.
"""

from __future__ import annotations

import csv
import sys
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np

import pbit
from benchmarks.timing import print_table
from compilers.formats.cnf import read_cnf
from compilers.formats.knapsack import read_knapsack
from compilers.formats.labs import read_labs
from compilers.formats.market_split import read_market_split
from compilers.formats.qaplib import read_qaplib
from compilers.formats.quadratic_knapsack import read_quadratic_knapsack
from compilers.formats.wcnf import read_wcnf
from compilers.problems.integer_program import integer_program
from compilers.problems.knapsack import knapsack
from compilers.problems.labs import labs
from compilers.problems.quadratic_assignment import quadratic_assignment
from compilers.problems.satisfiability import max_sat, satisfiability
from compilers.program import Program

DATA = Path(__file__).resolve().parents[1] / ".." / "shared" / "data"
LIMIT = 120.0  # seconds an instance

Setting = tuple[float, float, float, int, int]
"""Penalty factor, first and last beta (in units of the instance's), chains, sweeps."""

Instance = tuple[str, Callable[[float], Program], float, float, Sequence[Setting]]
"""Name, program for a penalty factor, unit of beta, best known value, settings."""


def solve(instance: Instance, limit: float) -> list[str]:
    """Anneal until the best known value is found; return a row of the table."""
    name, make, unit, target, settings = instance
    start, found, n, rounds = time.perf_counter(), None, make(1.0).n, 0
    for k in count():
        factor, first, last, chains, sweeps = settings[k % len(settings)]
        program = make(factor)
        betas = pbit.schedules.geometric(first * unit, last * unit, sweeps)
        samples = pbit.anneal(program.model, betas, chains, sweeps, rng=k)
        rounds += 1
        answers = [program.decode(state) for state in samples.states[:, 0]]
        values = [program.objective(a) for a in answers if program.check(a)]
        pick = max if program.sense == "max" else min
        found = pick([*values, *([] if found is None else [found])], default=None)
        reached = found is not None and abs(found - target) < 1e-4
        if reached or time.perf_counter() - start > limit:
            break
    seconds = f"{time.perf_counter() - start:.1f}"
    shown = "none" if found is None else f"{found:g}"
    verdict = "yes" if reached else "no"
    return [name, str(n), f"{target:.10g}", shown, verdict, str(rounds), seconds]


def known(folder: str) -> dict[str, dict[str, str]]:
    """Return the rows of best_known.csv by file name."""
    with (DATA / folder / "best_known.csv").open(newline="") as stream:
        return {row["file"]: row for row in csv.DictReader(stream)}


def sat_instances() -> Iterator[Instance]:
    """Every satisfiable formula, and the clique problem as weighted MaxSAT."""
    settings = [(1.0, 1.5, 4.0, 128, 4000), (1.0, 1.5, 4.0, 256, 20_000)]
    for path in sorted((DATA / "sat").glob("uf*.cnf")):
        formula = read_cnf(path)
        program = satisfiability(formula.clauses, formula.n)
        yield path.name, _always(program), 1.0, len(formula.clauses), settings
    name = "MANN_a9.clq.wcnf"
    wcnf = read_wcnf(DATA / "sat" / name)
    weights, soft = zip(*wcnf.soft, strict=True)
    program = max_sat(soft, weights, wcnf.hard, wcnf.n)
    best = sum(weights) - float(known("sat")[name]["best"])
    yield name, _always(program), 1.0, best, [(1.0, 0.5, 5.0, 128, 4000)]


def knapsack_instances() -> Iterator[Instance]:
    """Linear and quadratic knapsacks."""
    for name, row in known("knapsack").items():
        path = DATA / "knapsack" / name
        arguments: tuple[Any, ...]
        if row["kind"] == "qkp":
            data = read_quadratic_knapsack(path)
            i, j = np.nonzero(np.triu(data.pairs, 1))
            ends = zip(i.tolist(), j.tolist(), strict=True)
            pairs = dict(zip(ends, data.pairs[i, j].tolist(), strict=True))
            profits = data.profits.tolist()
            arguments = (profits, data.weights.tolist(), data.capacity, pairs)
            # The compiler's penalty is safe and far too stiff for single flips.
            factors, steps = (0.0026, 0.0014, 0.002), ((0.025, 2.5), (0.1, 1.0))
            settings = [(1.0, 0.1, 10.0, 64, 1000)]
            settings += [(f, *step, 128, 20_000) for f in factors for step in steps]
            unit = 1 / float(np.mean(list(pairs.values())))
        else:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # some files go on after the items
                items = read_knapsack(path, strict=False)
            arguments = (items.profits, items.weights, items.capacity)
            ladder = [(1.0, 1e-5, 1.0), (1.0, 1e-4, 10.0), (1e-3, 1e-3, 10.0)]
            settings = [(*step, 256, n) for n in (4000, 20_000) for step in ladder]
            unit = 1 / float(np.mean(np.abs(items.profits)))
        yield name, _knapsack(arguments), unit, float(row["best"]), settings


def _knapsack(arguments: tuple[Any, ...]) -> Callable[[float], Program]:
    own = knapsack(*arguments)
    safe = own.provenance["penalty"]

    def make(factor: float) -> Program:
        return own if factor == 1 else knapsack(*arguments, penalty=factor * safe)

    return make


def assignment_instances() -> Iterator[Instance]:
    """QAPLIB up to 16 facilities."""
    ladder = [(1.0, 3.5, 6.0), (1.0, 2.0, 8.0), (1.0, 3.0, 12.0), (0.5, 3.0, 12.0)]
    settings = [(*step, 64, 20_000) for step in ladder]
    for name, row in known("qap").items():
        data = read_qaplib(DATA / "qap" / name)
        safe = quadratic_assignment(data.A, data.B).provenance["penalty"]

        def make(factor: float, data: Any = data, safe: float = safe) -> Program:
            return quadratic_assignment(data.A, data.B, penalty=factor * safe)

        yield name, make, 1 / safe, float(row["best"]), settings


def labs_instances() -> Iterator[Instance]:
    """Short sequences: every 4-body term costs auxiliary p-bits."""
    settings = [(1.0, 1e-3, 1.0, 256, 4000), (1.0, 1e-3, 1.0, 256, 20_000)]
    for record in read_labs(DATA / "labs" / "labs_optimal.csv"):
        n = len(record.sequence)
        if n <= 16:
            yield f"labs {n}", _always(labs(n)), 1.0, record.energy, settings


def market_instances() -> Iterator[Instance]:
    """Market split: three equations over twenty 0/1 variables."""
    settings = [(1.0, 1e-4, 0.1, 256, 4000), (1.0, 1e-5, 1.0, 1024, 10_000)]
    for name in known("market_split"):
        data = read_market_split(DATA / "market_split" / name)
        m, n = data.A.shape
        rows = [
            (dict(enumerate(data.A[i].tolist())), "==", data.b[i].item())
            for i in range(m)
        ]
        program = integer_program(dict.fromkeys(range(n), (0, 1)), rows)
        yield name, _always(program), 1.0, 0.0, settings


def _always(program: Program) -> Callable[[float], Program]:
    return lambda _: program


FAMILIES = {
    "sat": (sat_instances, "SAT and MaxSAT: weight of true clauses"),
    "knapsack": (knapsack_instances, "knapsack: profit"),
    "qap": (assignment_instances, "quadratic assignment: cost"),
    "labs": (labs_instances, "low autocorrelation sequences: energy"),
    "market_split": (market_instances, "market split: 0 is a solution"),
}


def main(families: Sequence[str] = tuple(FAMILIES), limit: float = LIMIT) -> None:
    """Print a table a family."""
    for family in families:
        instances, title = FAMILIES[family]
        rows = [solve(instance, limit) for instance in instances()]
        print_table(
            title,
            [
                "instance",
                "p-bits",
                "best known",
                "found",
                "reached",
                "rounds",
                "seconds",
            ],
            rows,
        )
        reached = sum(row[4] == "yes" for row in rows)
        print(f"  {reached} of {len(rows)} at the best known value")


if __name__ == "__main__":
    main(sys.argv[1:] or tuple(FAMILIES))

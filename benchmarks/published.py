"""Published instances with their best known values, compiled from ``../shared/data``."""

from __future__ import annotations

import csv
import warnings
from collections.abc import Callable, Hashable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple, cast

import compilers
from compilers.formats.labs import read_labs
from compilers.formats.wcnf import read_wcnf
from compilers.program import Program

DATA = Path(__file__).resolve().parents[1] / ".." / "shared" / "data"
LABS = range(8, 21)
GSET = ("G1", "G11", "G14", "G22", "G32", "G35", "G43", "G60")
GLASSES = (
    "chimera_J124_C8_001",
    "chimera128_droplet_001",
    "chimera512_droplet_001",
    "ea2d_10x10_seed1",
    "ea2d_20x20_seed1",
    "wishart_N30_001",
    "sk_pm1_N100_0",
    "dwave3d_L08_0000",
)

Row = Mapping[str, str]


class Setting(NamedTuple):
    """Part of the compiler's own penalty; both ends of beta in units of 1 / penalty.

    Without ends the schedule is that of `pbit.anneal` itself.
    """

    factor: float = 1.0
    ends: tuple[float, float] | None = None


DEFAULT = (Setting(),)
# One-hot groups freeze between these, and their safe penalties are stiff: where
# answers with less of them pass the check, they are as good.
TOURS = (Setting(0.7, (3, 8)), Setting(0.5, (2, 8)), Setting(1.0, (3, 6)))
PLACES = (
    Setting(0.35, (3, 8)),
    Setting(0.5, (3, 8)),
    Setting(0.7, (3, 8)),
    Setting(1.0, (3.5, 6)),
)
PRICES = (Setting(1.0), Setting(2.0), Setting(4.0))
SLACKS = (Setting(1.0), Setting(0.1), Setting(0.01))


def _objective(program: Program, answer: Mapping[Hashable, Any]) -> float:
    return float(program.objective(answer))


class Instance(NamedTuple):
    """One problem to solve.

    Attributes
    ----------
    name, size
        The file, and the number of what the problem is made of.
    known
        The best known value.
    small
        Whether it is small enough that the optimum is expected.
    make
        From part of the compiler's own penalty to the program.
    settings
        Of the rounds, in turn.
    penalties
        Whether the energy has penalties, so that the lowest need not be the best answer.
    value
        What an answer is worth.
    """

    name: str
    size: int
    known: float
    small: bool
    make: Callable[[float], Program]
    settings: tuple[Setting, ...] = DEFAULT
    penalties: bool = True
    value: Callable[[Program, Mapping[Hashable, Any]], float] = _objective


def known(folder: str) -> Iterator[Row]:
    """Give the rows of a folder's table of best known values."""
    with (DATA / folder / "best_known.csv").open(newline="") as stream:
        yield from csv.DictReader(stream)


def of_file(folder: str, row: Row, small: bool, **more: Any) -> Instance:
    """Return the instance of a file that `compilers.load` compiles without options."""
    path = DATA / folder / row["file"]
    best = more.pop("known", None) or float(row["best"])
    make = more.pop("make", None) or fixed(path)
    return Instance(row["file"], int(row["n"]), best, small, make, **more)


def fixed(path: Path, **options: Any) -> Callable[[float], Program]:
    """Return what makes a program with the compiler's own penalty."""
    return lambda factor: _load(path, **options)


def scaled(path: Path, **options: Any) -> Callable[[float], Program]:
    """Return what makes a program with part of the compiler's own penalty."""

    def make(factor: float) -> Program:
        own = _load(path, **options)
        if factor == 1.0:
            return own
        record = own.provenance
        safe = (
            record["penalty"] if "penalty" in record else record["penalties"]["visit"]
        )
        return _load(path, **options, penalty=factor * safe)

    return make


def _load(path: Path, **options: Any) -> Program:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # some files go on after their data
        return compilers.load(path, **options)


def max_cuts() -> Iterator[Instance]:
    """Biq Mac, all; up to 100 nodes small."""
    for row in known("biqmac_maxcut"):
        yield of_file("biqmac_maxcut", row, int(row["n"]) <= 100, penalties=False)


def large_cuts() -> Iterator[Instance]:
    """Give some of the Gset."""
    for row in known("gset_maxcut"):
        if row["file"].removesuffix(".txt") in GSET:
            yield of_file("gset_maxcut", row, False, penalties=False)


def qubos() -> Iterator[Instance]:
    """Give the QUBOs of the Biq Mac library."""
    for row in known("qubo"):
        if row["kind"] == "qubo-min":
            yield of_file("qubo", row, int(row["n"]) <= 100, penalties=False)


def formulas() -> Iterator[Instance]:
    """Every satisfiable formula, and the clique problem as weighted MaxSAT."""
    for row in known("sat"):
        if row["kind"] == "sat":
            clauses = float(row["m"])
            yield of_file("sat", row, int(row["n"]) <= 50, known=clauses)
        elif row["kind"] == "wcnf-clique":
            soft = read_wcnf(DATA / "sat" / row["file"]).soft
            total = float(sum(weight for weight, _ in soft))
            yield of_file("sat", row, False, known=total - float(row["best"]))


def colourings() -> Iterator[Instance]:
    """Graphs in the best known number of colours: that is found, or nothing."""
    for row in known("colouring"):
        k = int(row["best"])
        make = fixed(DATA / "colouring" / row["file"], problem="coloring", k=k)
        yield of_file(
            "colouring",
            row,
            int(row["n"]) <= 50,
            make=make,
            value=lambda program, answer: len(set(answer.values())),
        )


def independent_sets() -> Iterator[Instance]:
    """Largest independent sets."""
    for row in known("independent_set"):
        yield of_file("independent_set", row, False)


def tours() -> Iterator[Instance]:
    """Shortest tours."""
    for row in known("tsp"):
        small = row["file"] in ("burma14.tsp", "gr17.tsp")
        make = scaled(DATA / "tsp" / row["file"])
        yield of_file("tsp", row, small, make=make, settings=TOURS)


def knapsacks() -> Iterator[Instance]:
    """Linear and quadratic knapsacks; the latter at a price for weight, without slack."""
    for row in known("knapsack"):
        path = DATA / "knapsack" / row["file"]
        if row["kind"] == "qkp":
            make, settings = scaled(path, method="price"), PRICES
        else:
            make, settings = scaled(path, strict=False), SLACKS
        yield of_file("knapsack", row, True, make=make, settings=settings)


def assignments() -> Iterator[Instance]:
    """Quadratic assignment."""
    for row in known("qap"):
        make = scaled(DATA / "qap" / row["file"])
        yield of_file("qap", row, int(row["n"]) <= 12, make=make, settings=PLACES)


def sequences() -> Iterator[Instance]:
    """Sequences of low autocorrelation: every 4-body term costs auxiliary p-bits."""
    for record in read_labs(DATA / "labs" / "labs_optimal.csv"):
        n = len(record.sequence)
        if n in LABS:
            program = cast("Program", compilers.labs(n))
            make = _always(program)
            yield Instance(f"labs {n}", n, float(record.energy), False, make)


def _always(program: Program) -> Callable[[float], Program]:
    return lambda factor: program


def market_splits() -> Iterator[Instance]:
    """Three equations over twenty 0/1 variables; 0 says that they hold."""
    for row in known("market_split"):
        if row["kind"] == "msplit":
            make = fixed(DATA / "market_split" / row["file"])
            yield Instance(row["file"], int(row["n"]), 0.0, False, make)


def glasses() -> Iterator[Instance]:
    """One or two of each kind of spin glass."""
    for row in known("spin_glass"):
        if row["file"].removesuffix(".txt") in GLASSES:
            make = fixed(DATA / "spin_glass" / row["file"], sign=row["kind"][-1])
            yield of_file("spin_glass", row, False, make=make, penalties=False)


FAMILIES: dict[str, tuple[str, Callable[[], Iterator[Instance]]]] = {
    "maxcut": ("Biq Mac, cut", max_cuts),
    "qubo": ("Biq Mac, value", qubos),
    "sat": ("weight of true clauses", formulas),
    "colouring": ("colours", colourings),
    "tsp": ("length of the tour", tours),
    "knapsack": ("profit", knapsacks),
    "qap": ("cost of the assignment", assignments),
    "independent-set": ("nodes", independent_sets),
    "labs": ("energy of the sequence", sequences),
    "market-split": ("0 where all equations hold", market_splits),
    "gset": ("cut", large_cuts),
    "spin-glass": ("energy", glasses),
}
"""Title and instances of every family."""

"""What compiled problems reach on published instances, with the best known and the time.

``python -m benchmarks.solved --small 60 --rest 10 maxcut qap`` gives the CPU seconds for an
instance of the small ones, where the optimum is expected, and for each of the rest, and the
families (all if none is named). An instance is annealed in rounds, 64 chains on one core,
until its best known value is there or its time is over. What counts is what the problem
says of decoded answers that pass its check, never an energy.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from itertools import count
from typing import NamedTuple

import pbit
from benchmarks.published import DATA, FAMILIES, Instance, Setting
from benchmarks.timing import print_table
from compilers.program import Program

SMALL, REST = 60.0, 10.0  # CPU seconds an instance
CHAINS, SWEEPS, MOST_SWEEPS = 64, 500, 64_000
TOLERANCE = 1e-4  # of values whose best known ones are rounded
HEADER = ["instance", "size", "p-bits", "best known", "found", "", "rounds", "CPU s"]


class Outcome(NamedTuple):
    """What came of an instance: the best value found, if any, and what it took."""

    instance: Instance
    n: int
    found: float | None
    reached: bool
    rounds: int
    seconds: float

    def row(self) -> list[str]:
        """Return the row of the table."""
        it = self.instance
        shown = "none" if self.found is None else f"{self.found:.10g}"
        numbers = [str(it.size), str(self.n), f"{it.known:.10g}", shown]
        took = [str(self.rounds), f"{self.seconds:.2f}"]
        return [it.name, *numbers, "=" if self.reached else "", *took]


def main(arguments: Sequence[str] = ()) -> None:
    """Print a table a family, the small instances first, and the totals."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.solved")
    parser.add_argument(
        "families", nargs="*", metavar="FAMILY", help=", ".join(FAMILIES)
    )
    parser.add_argument("--small", type=float, default=SMALL, metavar="SECONDS")
    parser.add_argument("--rest", type=float, default=REST, metavar="SECONDS")
    options = parser.parse_args(list(arguments))
    unknown = [name for name in options.families if name not in FAMILIES]
    if unknown:
        parser.error(f"no family is called {unknown[0]!r}: {', '.join(FAMILIES)}")
    if not DATA.exists():
        print("solved: ../shared/data is not there, nothing to solve")
        return
    _warm_up()
    outcomes = []
    for name in options.families or FAMILIES:
        title, instances = FAMILIES[name]
        found = [
            solve(instance, options.small if instance.small else options.rest)
            for instance in sorted(instances(), key=lambda it: not it.small)
        ]
        print_table(f"{name}: {title}", HEADER, [outcome.row() for outcome in found])
        _summarize(found)
        outcomes += found
    print("\nall families")
    _summarize(outcomes)


def solve(instance: Instance, limit: float) -> Outcome:
    """Anneal in rounds, each setting in turn with ever more sweeps."""
    start, found, reached = time.process_time(), None, False
    settings = instance.settings
    for k in count():
        setting = settings[k % len(settings)]
        sweeps = min(SWEEPS << (k // len(settings)), MOST_SWEEPS)
        program = instance.make(setting.factor)
        left = limit - (time.process_time() - start)
        value = _best(program, instance, setting, sweeps, k, left)
        better = max if program.sense == "max" else min
        found = better((v for v in (found, value) if v is not None), default=None)
        seconds = time.process_time() - start
        if found is not None:
            missing = abs(found - better(found, instance.known))
            reached = found == better(found, instance.known) or missing < TOLERANCE
        if reached or seconds > limit:
            return Outcome(instance, program.n, found, reached, k + 1, seconds)
    raise AssertionError


def _best(
    program: Program,
    instance: Instance,
    setting: Setting,
    sweeps: int,
    seed: int,
    left: float,
) -> float | None:
    """Return the best value of a round's answers that pass the check."""
    schedule = None
    if setting.ends is not None:
        price = _price(program)
        first, last = (end / price for end in setting.ends)
        schedule = pbit.schedules.geometric(first, last, sweeps)
    samples = pbit.anneal(
        program.model,
        schedule,
        CHAINS,
        sweeps,
        rng=seed,
        n_threads=1,
        time_limit=max(0.0, left),
    )
    # Where the energy is the objective, the lowest one is the answer.
    states = samples.states[:, 0] if instance.penalties else [samples.best[0]]
    answers = [program.decode(state) for state in states]
    values = [instance.value(program, a) for a in answers if program.check(a)]
    return (max if program.sense == "max" else min)(values, default=None)


def _price(program: Program) -> float:
    """Return the penalty that schedules are in units of."""
    penalties = program.provenance.get("penalties")
    return float(penalties["visit"] if penalties else program.provenance["penalty"])


def _summarize(outcomes: Sequence[Outcome]) -> None:
    for word, small in (("small", True), ("other", False)):
        some = [o for o in outcomes if o.instance.small == small]
        if some:
            reached = sum(o.reached for o in some)
            seconds = sum(o.seconds for o in some)
            print(
                f"  {reached} of {len(some)} {word} instances at the best known value, "
                f"{seconds:.0f} s"
            )


def _warm_up() -> None:
    """Compile the kernels, which is no part of solving."""
    pbit.anneal(pbit.IsingModel({(0, 1): 1.0}), n_chains=1, n_sweeps=1, n_threads=1)


if __name__ == "__main__":
    main(sys.argv[1:])

"""``pbit solve``: anneal a problem file."""

from __future__ import annotations

import itertools
import math
import time
from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from pbit.cli import options
from pbit.cli.errors import door, exit_status
from pbit.cli.output import check_writable, number, print_json, print_table, progress
from pbit.cli.problems import UNITS, facts, read_file, title, value_of, worth
from pbit.cli.rounds import doubling, rounds

if TYPE_CHECKING:
    from compilers.program import Program
    from pbit.samples import SampleSet


@dataclass
class Found:
    """The best answer so far and the round that it comes from."""

    solution: dict[Hashable, int]
    objective: float | None  # None where the answer spells no solution
    feasible: bool
    samples: SampleSet
    round: int
    rounds: int = 0
    stopped: str | None = None


@click.command("solve", short_help="Look for a good answer to a problem file.")
@click.argument("file")
@click.option("--chains", type=click.IntRange(1), default=64, show_default=True)
@click.option(
    "--sweeps",
    type=click.IntRange(1),
    default=1000,
    show_default=True,
    help="Sweeps of an anneal; with --time-limit of the longest one.",
)
@click.option(
    "--time-limit",
    type=float,
    callback=options.number(above=0),
    metavar="SECONDS",
    help="Anneal again and again for so long, and keep the best.",
)
@click.option(
    "--target",
    type=float,
    callback=options.number(),
    metavar="VALUE",
    help="Stop once an answer is this good; exit with 1 if none is.",
)
@click.option("--out", metavar="FILE", help="Save the samples (pbit.SampleSet.load).")
@options.file_option
@options.format_option
@options.rng_option
@options.threads_option
@options.json_option
def command(
    file: str,
    chains: int,
    sweeps: int,
    time_limit: float | None,
    target: float | None,
    out: str | None,
    given: tuple[str, ...],
    format: str | None,
    rng: int | None,
    threads: int | None,
    as_json: bool,
) -> int:
    """Look for a good answer to the problem in FILE by annealing.

    Without --time-limit this is one anneal, the same as pbit.anneal with that seed.
    A heuristic: the answer is checked, but not proven best.
    """
    check_writable(out)
    program = read_file(file, format, given)
    seed = options.settle_seed(rng)
    started = time.monotonic()
    lengths = iter([sweeps]) if time_limit is None else doubling(sweeps)
    with progress("sweep") as report:
        anneals = rounds(
            program.model,
            seed,
            lengths,
            time_limit,
            report,
            n_chains=chains,
            n_threads=threads,
        )
        found = search(program, anneals, target)
    seconds = time.monotonic() - started
    if out is not None:
        with door():
            found.samples.save(out)
    reached = target is None or _reaches(program, found, target)
    status = exit_status(solved=found.feasible and reached, stopped=found.stopped)
    details = {
        "target": target,
        "seconds": seconds,
        "chains": chains,
        "rng": seed,
        "status": status,
    }
    (_print_record if as_json else _print_lines)(program, found, details)
    return status


def search(
    program: Program, anneals: Iterator[SampleSet], target: float | None
) -> Found:
    """Go through anneals until one reaches the target; an interrupt ends them too.

    Raises
    ------
    KeyboardInterrupt
        If interrupted before the first is there.
    """
    found: Found | None = None
    try:
        for k in itertools.count(1):
            samples = next(anneals, None)
            if samples is None:
                break
            latest = _judge(program, samples, k)
            if found is None or _key(program, latest) > _key(program, found):
                found = latest
            found.rounds, found.stopped = k, samples.info["stopped"]
            if target is not None and _reaches(program, found, target):
                break
    except KeyboardInterrupt:
        if found is None:
            raise
        found.stopped = "interrupted"
    assert found is not None  # noqa: S101 - `rounds` yields at least once
    return found


def _judge(program: Program, samples: SampleSet, k: int) -> Found:
    """Return the answer of lowest energy that passes its check, or the lowest."""
    assert samples.energies is not None  # noqa: S101 - problems to solve have energies
    lowest: Found | None = None
    for chain in samples.energies[:, 0].argsort(kind="stable"):
        solution = program.decode(samples.states[chain, 0])
        feasible = program.check(solution)
        found = Found(solution, value_of(program, solution), feasible, samples, k)
        if feasible:
            return found
        lowest = lowest or found
    assert lowest is not None  # noqa: S101 - there is at least one chain
    return lowest


def _key(program: Program, found: Found) -> tuple[bool, float]:
    if found.objective is None:
        return False, -math.inf
    sign = 1 if program.sense == "max" else -1
    return found.feasible, sign * found.objective


def _reaches(program: Program, found: Found, target: float) -> bool:
    sign = 1 if program.sense == "max" else -1
    return found.feasible and _key(program, found)[1] >= sign * target


def _print_record(program: Program, found: Found, details: dict[str, Any]) -> None:
    samples = found.samples
    print_json(
        {
            "command": "solve",
            "problem": facts(program),
            "objective": found.objective,
            "unit": UNITS.get(program.provenance["what"]),
            "sense": program.sense,
            "check": found.feasible,
            "energy": samples.best[1],
            "round": found.round,
            "rounds": found.rounds,
            "sweeps": samples.info["sweeps_done"],
            "stopped": found.stopped,
            "sha256": samples.sha256,
            **details,
            "solution": {str(k): v for k, v in found.solution.items()},
        }
    )


def _print_lines(program: Program, found: Found, details: dict[str, Any]) -> None:
    samples, target = found.samples, details["target"]
    rows = [
        ("problem", title(program)),
        ("value", worth(program, found.objective)),
        ("check", "feasible" if found.feasible else "NOT feasible"),
    ]
    if target is not None:
        missed = "reached" if _reaches(program, found, target) else "missed"
        rows.append(("target", f"{number(target)}, {missed}"))
    how = f"{details['chains']} chains of {samples.info['sweeps_done']} sweeps"
    if found.rounds > 1:
        how += f", round {found.round} of {found.rounds}"
    if found.stopped:
        how += f"; stopped: {found.stopped}"
    rows += [
        ("anneal", how),
        ("time", f"{details['seconds']:.3g} s"),
        ("seed", str(details["rng"])),
        ("sha256", f"{samples.sha256} (states and energies of all chains)"),
    ]
    print_table(rows)

"""``pbit logic``: run a circuit in any direction."""

from __future__ import annotations

import itertools
import time
from collections import Counter
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import click

from pbit.cli import options
from pbit.cli.errors import exit_status
from pbit.cli.output import print_json, print_table, progress
from pbit.cli.problems import answer_text, facts, read_circuit, read_settings, title
from pbit.cli.rounds import rounds

if TYPE_CHECKING:
    from compilers.program import Program
    from pbit.checks import Floats
    from pbit.samples import SampleSet

Answer = tuple[tuple[Hashable, int], ...]
# In units of the smallest coupling of a gate, which is 1. Of 16-bit products of two
# primes this ramp found factors about three times as often a second as the schedule
# that pbit.anneal chooses for itself; chains of 250 to 500 sweeps did best.
HOT, COLD = 0.3, 1.2
SHOWN = 20  # true answers printed


@dataclass
class Findings:
    """How many chains ended in which answer, over all rounds."""

    true: Counter[Answer] = field(default_factory=Counter)
    false: Counter[Answer] = field(default_factory=Counter)
    rounds: int = 0
    searched: int = 0  # states judged while sampling, after the rounds
    stopped: str | None = None
    sha256: str = ""


def ramp(sweeps: int) -> Floats:
    """Return the inverse temperatures of a chain, for circuits made of gates."""
    from pbit import schedules

    return schedules.linear(HOT, COLD, sweeps)


@click.command("logic", short_help="Run a logic circuit in any direction.")
@click.argument("name")
@options.set_option
@click.option("--chains", type=click.IntRange(1), default=512, show_default=True)
@click.option("--sweeps", type=click.IntRange(1), default=400, show_default=True)
@click.option(
    "--time-limit",
    type=float,
    callback=options.number(above=0),
    default=30.0,
    show_default=True,
    metavar="SECONDS",
    help="Give up after so long.",
)
@options.rng_option
@options.threads_option
@options.json_option
def command(
    name: str,
    settings: tuple[str, ...],
    chains: int,
    sweeps: int,
    time_limit: float,
    rng: int | None,
    threads: int | None,
    as_json: bool,
) -> int:
    """Run the circuit NAME with pins held, and read the others.

    NAME is a gate or one such as multiplier8x8 or adder4. Hold the inputs to compute,
    the outputs to go backwards, any mixture, or nothing:

    \b
        pbit logic multiplier4x4 --set P=143
        pbit logic multiplier8x8 --set P=143 --set A=11
        pbit logic AND

    A round of short anneals comes first. If none of its answers is true, rounds go on
    until one holds a true answer; or, where arithmetic is run backwards, chains at one
    temperature are judged after every sweep (of a multiplier whose factors are free, its
    two ends: see compilers.factorization). Every answer is checked by arithmetic.
    """  # noqa: D301 - click wants the character \b itself
    program = read_circuit(name)
    held = read_settings(program, settings)
    seed = options.settle_seed(rng)
    started = time.monotonic()
    backwards = outputs_held(program, held)
    with progress("sweep") as report:
        anneals = rounds(
            program.model,
            seed,
            iter([sweeps]) if backwards else itertools.repeat(sweeps),
            time_limit,
            report,
            schedule=ramp,
            n_chains=chains,
            n_threads=threads,
            clamp=held,
        )
        findings = search(program, anneals)
    if backwards and not findings.true and findings.stopped is None:
        left = max(0.0, time_limit - (time.monotonic() - started))
        look(program, held, findings, seed, left, threads)
    status = exit_status(solved=bool(findings.true), stopped=findings.stopped)
    details = {
        "set": list(settings),
        "chains": chains,
        "sweeps": sweeps,
        "seconds": time.monotonic() - started,
        "rng": seed,
        "status": status,
    }
    (_print_record if as_json else _print_lines)(program, findings, details)
    return status


def search(program: Program, anneals: Iterator[SampleSet]) -> Findings:
    """Decode and check the answer of every chain, until a round holds a true one."""
    findings = Findings()
    try:
        for samples in anneals:
            for state in samples.states[:, 0]:
                answer = program.decode(state)
                kind = findings.true if program.check(answer) else findings.false
                kind[tuple(answer.items())] += 1
            findings.rounds += 1
            findings.sha256 = samples.sha256
            findings.stopped = samples.info["stopped"]
            if findings.true:
                break
    except KeyboardInterrupt:
        findings.stopped = "interrupted"
    return findings


def outputs_held(program: Program, held: Mapping[Hashable, int]) -> bool:
    """Say whether all outputs are held, of a circuit that can be searched."""
    from compilers.searching import is_searchable

    problem: Any = program.problem
    return is_searchable(program) and all(
        label in held for bus in problem.outputs for label in program.buses[bus]
    )


def look(
    program: Program,
    held: Mapping[Hashable, int],
    findings: Findings,
    seed: int,
    time_limit: float,
    threads: int | None,
) -> None:
    """Search for a true answer while sampling, and note it."""
    import numpy as np

    from compilers.searching import search as search_states

    ends, fixed = both_ends(program, held)
    found = search_states(
        ends or program,
        None if ends else held,
        rng=np.random.SeedSequence(seed).spawn(1)[0],
        n_threads=threads,
        time_limit=time_limit,
    )
    findings.searched = found.sweeps_done * found.n_chains
    findings.stopped = found.info["stopped"]
    if found.state is not None:
        answer = (ends or program).decode(found.state)
        answer.update(fixed)
        kind = findings.true if program.check(answer) else findings.false
        kind[tuple(answer.items())] += 1


def both_ends(
    program: Program, held: Mapping[Hashable, int]
) -> tuple[Program | None, dict[Hashable, int]]:
    """Return the ends of a multiplier whose product alone is held, and the product."""
    from compilers.problems.factorization import factorization

    buses = program.buses
    is_multiplier = program.provenance["what"].startswith("multiplier(")
    if not is_multiplier or set(held) != set(buses["P"]):
        return None, {}
    number = sum((held[label] > 0) << k for k, label in enumerate(buses["P"]))
    widths = len(buses["A"]), len(buses["B"])
    if number < 4 or min(widths) < 2:
        return None, {}
    try:
        return factorization(number, widths, ends="auto"), {"P": number}
    except ValueError:  # there are no such factors: the search will say so in its time
        return None, {}


def _print_record(
    program: Program, findings: Findings, details: dict[str, Any]
) -> None:
    answers = [
        {"buses": dict(answer), "times": times}
        for answer, times in findings.true.most_common()
    ]
    print_json(
        {
            "command": "logic",
            "problem": facts(program),
            "check": bool(findings.true),
            "answers": answers,
            "false_answers": {
                "different": len(findings.false),
                "times": findings.false.total(),
            },
            "rounds": findings.rounds,
            "searched": findings.searched,
            "stopped": findings.stopped,
            "sha256": findings.sha256,
            **details,
        }
    )


def _print_lines(program: Program, findings: Findings, details: dict[str, Any]) -> None:
    chains = findings.true.total() + findings.false.total()
    rows = [
        ("circuit", title(program)),
        ("held", " ".join(details["set"]) or "nothing"),
    ]
    for answer, times in findings.true.most_common(SHOWN):
        rows.append(("true", f"{answer_text(dict(answer))}  ({times} of {chains})"))
    more = len(findings.true) - SHOWN
    if more > 0:
        rows.append(("", f"and {more} more true answers"))
    if not findings.true:
        rows.append(("true", f"none, in {chains} chains"))
    wrong = findings.false
    rows.append(("false", f"{wrong.total()} chains, {len(wrong)} different answers"))
    how = (
        f"{findings.rounds} x {details['chains']} chains of {details['sweeps']} sweeps"
    )
    if findings.stopped:
        how += f"; stopped: {findings.stopped}"
    rows += [
        ("anneal", how),
        *[("search", f"{findings.searched} states judged")] * (findings.searched > 0),
        ("time", f"{details['seconds']:.3g} s"),
        ("seed", str(details["rng"])),
        ("sha256", f"{findings.sha256} (states of the last round)"),
    ]
    print_table(rows)

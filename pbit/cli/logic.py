"""``pbit logic``: run a circuit in any direction."""

from __future__ import annotations

import itertools
import time
from collections import Counter
from collections.abc import Hashable, Iterator
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

    Rounds of short anneals go on until one holds a true answer. Every chain's answer is
    decoded and checked by arithmetic.
    """  # noqa: D301 - click wants the character \b itself
    program = read_circuit(name)
    held = read_settings(program, settings)
    seed = options.settle_seed(rng)
    started = time.monotonic()
    with progress("sweep") as report:
        anneals = rounds(
            program.model,
            seed,
            itertools.repeat(sweeps),
            time_limit,
            report,
            schedule=ramp,
            n_chains=chains,
            n_threads=threads,
            clamp=held,
        )
        findings = search(program, anneals)
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
        ("time", f"{details['seconds']:.3g} s"),
        ("seed", str(details["rng"])),
        ("sha256", f"{findings.sha256} (states of the last round)"),
    ]
    print_table(rows)

"""``pbit compile``: a problem as couplings that a machine can hold."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pbit.cli import options
from pbit.cli.errors import FAILED, SOLVED, BadInput, describe, door
from pbit.cli.group import complain
from pbit.cli.output import check_writable, number, print_json, print_table
from pbit.cli.problems import facts, is_file, read_problem, title
from pbit.cli.settings import read_options, warned
from pbit.errors import CapacityError

if TYPE_CHECKING:
    from compilers.compiled import Origin
    from compilers.program import Program
    from hardware.design import Design

OWN = ".npz"  # ending of files that keep the way back
SIZES = ("n_pbits", "couplings", "max_degree")
ABOUT = ("source", "status")
QUALITIES = ("error_max", "error_rms", "vanished", "saturated", "excess_bound")


@click.command("compile", short_help="Compile a problem for a machine.")
@click.argument("file")
@click.option(
    "--design", help="Machine to fit: a name that `pbit designs` lists, or a TOML file."
)
@click.option(
    "-o",
    "--out",
    metavar="OUT",
    help="Write the result: OUT.npz keeps the way back to the problem's terms; "
    "endings of QUBO and Ising formats take the energy alone.",
)
@click.option(
    "--exact",
    is_flag=True,
    help="Refuse to round weights that the machine cannot hold.",
)
@click.option(
    "--rng",
    type=click.IntRange(0),
    default=0,
    show_default=True,
    metavar="SEED",
    help="Seed of the search for an embedding.",
)
@options.file_option
@options.format_option
@click.option("--lenient", is_flag=True, help="Repair small flaws, and say so.")
@options.json_option
def command(
    file: str,
    design: str | None,
    out: str | None,
    exact: bool,
    rng: int,
    given: tuple[str, ...],
    format: str | None,
    lenient: bool,
    as_json: bool,
) -> int:
    """Compile the problem in FILE, or the circuit of that name.

    With --design the passes run that bring it within the machine's limits, and what each
    of them costs and loses is reported. Exit status: 0 compiled, 1 it does not fit, 2 bad
    input. What -o OUT.npz holds can be solved and run like the file it is from:

    \b
        pbit compile multiplier4x4 --design fpga-chromatic -o small.npz
        pbit run small.npz --set P=143 --design fpga-chromatic --until 1ms
    """  # noqa: D301 - click wants the character \b itself
    import hardware

    _check_target(out)
    with door():
        machine = None if design is None else hardware.load_design(design)
    started = time.monotonic()
    origin, program = _read(file, format, given, strict=not lenient)
    record: dict[str, Any] = {
        "command": "compile",
        "problem": facts(program),
        "design": None if machine is None else machine.name,
        "limits": _limits(machine),
    }
    fitted = program
    if machine is not None and machine.limits is not None:
        from compilers.passes import fit

        try:
            with door():
                fitted = fit(program, machine.limits, lossy=not exact, rng=rng)
        except BadInput as error:
            if not isinstance(error.__cause__, CapacityError):
                raise
            if as_json:
                print_json({**record, "reason": error.message, "status": FAILED})
            return complain(error.message, FAILED)
        except ImportError as error:  # of an extra: the message says which
            raise BadInput(describe(error)) from error
    notes = () if out is None else _write(fitted, origin, out)
    record |= {
        **_sizes(program, fitted),
        "out": out,
        "notes": list(notes),
        "seconds": time.monotonic() - started,
        "status": SOLVED,
    }
    if as_json:
        print_json(record)
    else:
        _print_lines(program, record)
    return SOLVED


def _check_target(out: str | None) -> None:
    """Fail now, not after the work, if the result could not be written."""
    check_writable(out)
    if out is not None and Path(out).suffix.lower() != OWN:
        from compilers.conversion import energy_format

        with door():
            energy_format(out)


def _read(
    file: str, format: str | None, given: tuple[str, ...], *, strict: bool
) -> tuple[Origin, Program]:
    """Compile a file or a circuit, and keep what it takes to do so again."""
    from compilers.compiled import Origin, is_compiled

    if not is_file(file, format, given):
        return Origin(file), read_problem(file)
    more: dict[str, Any] = {**read_options(given)}
    with door():
        if is_compiled(file):
            msg = f"{file}: is compiled already; compile the file that it is from"
            raise BadInput(msg)
        origin = Origin.of_file(file, format, strict, **more)
        return origin, warned(origin.program)


def _write(program: Program, origin: Origin, out: str) -> tuple[str, ...]:
    """Write the result; return what the file says differently."""
    from compilers.compiled import write_compiled
    from compilers.conversion import write_energy
    from pbit.model import IsingModel

    with door():
        if Path(out).suffix.lower() == OWN:
            write_compiled(program, origin, out)
            return ()
        if not isinstance(program.model, IsingModel):
            msg = f"{out}: a circuit with directed wires has no energy to write"
            raise BadInput(msg)
        told = "the way back to the problem is not in this file: answers are p-bits"
        return (told, *write_energy(program.model, out).notes)


def _limits(machine: Design | None) -> dict[str, Any] | None:
    if machine is None or machine.limits is None:
        return None
    return dict(machine.to_dict()["limits"])


def _sizes(program: Program, fitted: Program) -> dict[str, Any]:
    """Return the sizes before and after, and the report of every pass.

    ``degree`` is the most couplings of a p-bit, before and after the pass.
    """
    from compilers.passes import Passed

    steps: list[dict[str, Any]] = []
    step = fitted
    while isinstance(step, Passed):
        degrees = [_degree(step.original), _degree(step)]
        steps.insert(0, {**step.passes[-1], "degree": degrees})
        step = step.original
    return {
        "n_pbits": [program.n, fitted.n],
        "couplings": [_couplings(program), _couplings(fitted)],
        "max_degree": [_degree(program), _degree(fitted)],
        "exact": all(entry["exact"] for entry in steps),
        "passes": steps,
    }


def _degree(program: Program) -> int:
    import numpy as np

    return int(np.diff(program.model.weights.indptr).max(initial=0))


def _couplings(program: Program) -> int:
    from compilers.passes.passed import count_couplings

    return count_couplings(program.model)


def _print_lines(program: Program, record: dict[str, Any]) -> None:
    rows = [("problem", title(program))]
    if record["design"] is not None:
        said = record["limits"] or {}
        shown = [f"{key} = {value}" for key, value in said.items() if key not in ABOUT]
        limits = ", ".join(shown) or "its design declares no limits: nothing is changed"
        rows.append(("machine", f"{record['design']}: {limits}"))
    before, after = ([record[key][k] for key in SIZES] for k in (0, 1))
    rows.append(("compiled", _size(*before)))
    for entry in record["passes"]:
        name = entry["pass"]
        if name != "fit":  # it sums the others up
            rows.append((name, _pass_text(entry)))
    if record["passes"]:
        kept = "ground states decode to the problem's"
        lost = "NOT exact: see the passes"
        rows.append(("result", f"{_size(*after)}; {kept if record['exact'] else lost}"))
    if record["out"] is not None:
        rows.append(("written", record["out"]))
    rows += [("note", note) for note in record["notes"]]
    rows.append(("time", f"{record['seconds']:.3g} s"))
    print_table(rows)


def _size(pbits: int, couplings: int, degree: int) -> str:
    return f"{pbits} p-bits, {couplings} couplings, at most {degree} a p-bit"


def _pass_text(entry: dict[str, Any]) -> str:
    """Return what a pass cost and lost, on one line."""
    after = (entry[key][1] for key in ("n", "couplings", "degree"))
    verdict = "exact" if entry["exact"] else "NOT exact"
    parts = [_size(*after), f"{verdict}: keeps {entry['keeps']}"]
    if entry["energy_factor"] != 1:
        parts.append(f"energies times {number(entry['energy_factor'])}")
    lost = [key for key in QUALITIES if entry.get(key)]
    parts += [f"{key} = {entry[key]:.4g}" for key in lost]
    if lost:
        parts.append(f"ground states {entry['ground_states']}")
    distance = entry.get("distribution")
    if distance is not None:
        parts.append(
            f"total variation {distance['tv']:.3g} at beta {distance['beta']:g}"
        )
    return "; ".join(parts)

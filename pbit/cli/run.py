"""``pbit run``: a problem on a timed model of a machine."""

from __future__ import annotations

import time
from collections.abc import Hashable
from typing import TYPE_CHECKING, Any

import click

from pbit.cli import options
from pbit.cli.course import Course, follow
from pbit.cli.errors import door, exit_status
from pbit.cli.logic import ramp
from pbit.cli.output import check_writable, number, print_json, print_table, progress
from pbit.cli.problems import (
    UNITS,
    answer_text,
    facts,
    read_problem,
    read_settings,
    title,
    value_of,
    worth,
)

if TYPE_CHECKING:
    from compilers.program import Program
    from hardware.costs import Cost
    from hardware.design import Design
    from hardware.machine import Machine
    from pbit.checks import Floats
    from pbit.limits import Limits
    from pbit.model import PCircuit

STEPS = 100  # of the annealing ramp
POINTS = 500  # of a plot, if --trace-every does not say


@click.command("run", short_help="Run a problem on a timed model of a machine.")
@click.argument("file")
@click.option(
    "--design", required=True, help="A name that `pbit designs` lists, or a TOML file."
)
@click.option(
    "--until",
    required=True,
    callback=options.quantity("s"),
    metavar="TIME",
    help="Simulated time, with its unit: 1us, 200 ns.",
)
@click.option(
    "--beta",
    type=float,
    callback=options.number(minimum=0),
    metavar="NUMBER",
    help="Inverse temperature; without it the machine anneals over the whole run.",
)
@click.option(
    "--engine",
    type=click.Choice(["compiled", "reference"]),
    default="compiled",
    show_default=True,
)
@click.option(
    "--trace-every",
    callback=options.quantity("s"),
    metavar="TIME",
    help="Interval of samples of the energy.",
)
@click.option(
    "--plot", metavar="FILE", help="Draw the energy over time: png, svg, pdf."
)
@options.set_option
@options.file_option
@options.format_option
@options.rng_option
@options.json_option
def command(
    file: str,
    design: str,
    until: float,
    beta: float | None,
    engine: str,
    trace_every: float | None,
    plot: str | None,
    settings: tuple[str, ...],
    given: tuple[str, ...],
    format: str | None,
    rng: int | None,
    as_json: bool,
) -> int:
    """Run the problem in FILE, or the circuit of that name, on a machine.

    Prints the best answer that the machine went through, and what it took: simulated
    time, updates, joules.

    \b
        pbit run G1.txt --design autonomous-smtj --until 100ns
        pbit run multiplier4x4 --set P=143 --design fpga-chromatic --until 100us
    """  # noqa: D301 - click wants the character \b itself
    import hardware

    check_writable(plot, (".png", ".svg", ".pdf"))
    program = read_problem(file, format, given)
    held = read_settings(program, settings)
    if plot is not None:
        _check_energy(program.model)
    seed = options.settle_seed(rng)
    with door():
        machine = hardware.Machine(
            program.model, design, rng=seed, engine=engine, beta=beta or 0.0
        )
        machine.clamp(held)
    if beta is None:
        betas = _ramp(program) if program.buses else _schedule(program.model)
        hardware.anneal(machine, betas, until)
    if plot is not None and trace_every is None:
        trace_every = until / POINTS
    started = time.monotonic()
    with progress("slice") as report:
        course = follow(machine, until, trace_every, report)
    details = {
        "beta": beta,
        "engine": engine,
        "set": list(settings),
        "rng": seed,
        "seconds": time.monotonic() - started,
    }
    if plot is not None:
        _draw(course, machine.design.name, plot)
    return _print(program, machine, course, details, as_json=as_json)


def beyond(program: Program, limits: Limits | None) -> list[str]:
    """Return in words what of a program is beyond the limits that a design declares.

    The topology is not looked at: it names places, which a circuit has not.
    """
    import numpy as np

    if limits is None:
        return []
    model = program.model
    over = limits.excess(model.n, int(np.diff(model.weights.indptr).max(initial=0)))
    fixed = limits.fixed_point
    if fixed is not None:
        given = np.concatenate([model.weights.data, model.h])
        if not np.allclose(fixed.round(given), given, rtol=0, atol=1e-9 * fixed.step):
            over.append(f"weights that {fixed} does not have")
    return over


def _ramp(program: Program) -> Floats:
    """Return the ramp for gates, in units of what passes made of their couplings."""
    from compilers.passes.passed import energy_factor

    return ramp(STEPS) / energy_factor(program)


def _schedule(model: PCircuit) -> Any:
    from pbit import schedules

    return schedules.from_model(model, STEPS)


def _check_energy(model: PCircuit) -> None:
    if not hasattr(model, "energy"):
        msg = "--plot needs an energy, and this circuit has directed wires: none"
        raise click.UsageError(msg)


def _draw(course: Course, design: str, path: str) -> None:
    from matplotlib.figure import Figure

    from pbit import plots

    ax = plots.energy_trace(course.times, course.energies, title=design)
    assert isinstance(ax.figure, Figure)  # noqa: S101 - for type checkers
    plots.save(ax.figure, path)


def _print(
    program: Program,
    machine: Machine,
    course: Course,
    details: dict[str, Any],
    *,
    as_json: bool,
) -> int:
    solution: dict[Hashable, int] = program.decode(course.answer)
    value, true = value_of(program, solution), program.check(solution)
    status = exit_status(solved=true, stopped=course.stopped)
    if as_json:
        record = {
            "command": "run",
            "problem": facts(program),
            "design": machine.design.to_dict(),
            "beyond": beyond(program, machine.design.limits),
            "objective": value,
            "unit": UNITS.get(program.provenance["what"]),
            "sense": program.sense,
            "check": true,
            "simulated_seconds": course.elapsed,
            "updates": course.updates,
            "flips": course.flips,
            "updates_per_second": course.updates / course.elapsed,
            "energy_joules": course.joules,
            "cost": _cost(program, machine, course).to_dict(),
            "stopped": course.stopped,
            "sha256": course.sha256,
            **details,
            "status": status,
            "trace": _trace(course),
            "solution": {str(k): v for k, v in solution.items()},
        }
        print_json(record)
    else:
        _print_lines(program, machine, course, details, solution)
    return status


def _trace(course: Course) -> dict[str, list[float]] | None:
    if not course.times:
        return None
    return {"times": course.times, "energies": course.energies}


def _cost(program: Program, machine: Machine, course: Course) -> Cost:
    from hardware.costs import cost

    return cost(
        program.model,
        machine.design,
        updates=course.updates,
        flips=course.flips,
        elapsed=course.elapsed,
    )


def _cost_rows(cost: Cost, design: Design) -> list[tuple[str, str]]:
    """Return lines about what the machine was made of and what its joules were for."""
    from hardware.devices import Telegraph, TransistorMtj

    rows = []
    if not isinstance(design.device, Telegraph | TransistorMtj):  # theirs are flips
        rows.append(("busy", f"{cost.utilisation.value:.1%} of the nominal updates"))
    spent = [
        f"{name} {_joules(figure.value)}"
        for name, figure in cost.joules.items()
        if name != "total" and figure.value > 0
    ]
    if len(spent) > 1:
        rows.append(("of it", ", ".join(spent)))
    if cost.joules_per_update is not None:
        rows.append(("an update", str(cost.joules_per_update)))
    if cost.area is not None:
        rows.append(("area", str(cost.area)))
    if cost.transistors is not None:
        rows.append(("transistors", str(cost.transistors)))
    return rows


def _joules(value: float) -> str:
    from hardware.units import format_quantity

    return format_quantity(value, "J")


def _print_lines(
    program: Program,
    machine: Machine,
    course: Course,
    details: dict[str, Any],
    solution: dict[Hashable, int],
) -> None:
    from hardware.units import format_quantity

    rows = [("problem", title(program)), ("machine", machine.design.name)]
    over = beyond(program, machine.design.limits)
    if over:
        rows.append(("beyond", f"{'; '.join(over)}: run as if the machine had them"))
    true = program.check(solution)
    if program.buses:
        held = " ".join(details["set"]) or "nothing"
        rows += [("held", held), ("answer", answer_text(solution))]
        rows.append(("check", "true" if true else "FALSE"))
    else:
        rows.append(("value", worth(program, value_of(program, solution))))
        rows.append(("check", "feasible" if true else "NOT feasible"))
    stopped = f"; stopped: {course.stopped}" if course.stopped else ""
    rate = format_quantity(course.updates / course.elapsed, "")
    rows += [
        ("simulated", f"{format_quantity(course.elapsed)}{stopped}"),
        (
            "updates",
            f"{course.updates} ({rate} updates/s), of them flips: {course.flips}",
        ),
    ]
    spent = "unknown: the design has no [energy] table"
    if course.joules is not None and machine.design.energy is not None:
        said = machine.design.energy.status or "no status"
        spent = f"{format_quantity(course.joules, 'J')} (figures of the design: {said})"
    beta = details["beta"]
    rows += [
        ("energy", spent),
        *_cost_rows(_cost(program, machine, course), machine.design),
        ("beta", number(beta) if beta is not None else f"a ramp of {STEPS} steps"),
        ("time", f"{details['seconds']:.3g} s of this computer"),
        ("seed", str(details["rng"])),
        ("sha256", f"{course.sha256} (answer and last state)"),
    ]
    print_table(rows)

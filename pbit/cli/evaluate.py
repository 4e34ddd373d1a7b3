"""``pbit evaluate``: from a design to a verdict, as a report."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pbit.cli import options
from pbit.cli.errors import FAILED, SOLVED, BadInput, door
from pbit.cli.output import print_json, print_table, progress

if TYPE_CHECKING:
    from hardware.evaluation.evaluation import Evaluation
    from hardware.evaluation.verdict import Requirement


@click.command("evaluate", short_help="How true, fast and dear a design is.")
@click.argument("design")
@click.option(
    "--workload",
    "workloads",
    multiple=True,
    metavar="NAME",
    help="A suite (quick, full), a workload, or a TOML file of one; repeatable. "
    "[default: quick]",
)
@click.option(
    "--against",
    multiple=True,
    metavar="DESIGN",
    help="A design to hold it against on the same workloads; repeatable.",
)
@click.option(
    "--require",
    "required",
    multiple=True,
    metavar="FIGURE=BOUND",
    help="What it has to do, as in time_to_solution=1us, or total_variation@and=0.02 "
    "on one workload; repeatable.",
)
@click.option(
    "-o",
    "--out",
    metavar="OUT",
    help="Write the report to this folder: report.html, report.json, CSV, PNG and VCD "
    "files. An older report there is replaced.",
)
@click.option("--no-split", is_flag=True, help="Do not measure causes one by one.")
@click.option("--no-baselines", is_flag=True, help="Do not time this computer.")
@options.rng_option
@options.json_option
def command(
    design: str,
    workloads: tuple[str, ...],
    against: tuple[str, ...],
    required: tuple[str, ...],
    out: str | None,
    no_split: bool,
    no_baselines: bool,
    rng: int | None,
    as_json: bool,
) -> int:
    """Evaluate DESIGN, a name that `pbit designs` lists or a TOML file.

    How true its samples are and what costs how much of that, how fast it is, what it
    spends, and whether it meets what is required of it. Exit status: 0 evaluated,
    1 a --require is not met, 2 bad input.
    """
    from hardware.evaluation.evaluation import evaluate

    chosen = list(workloads) or ["quick"]
    seed = options.settle_seed(rng)
    asked = [_requirement(text) for text in required]
    with door():
        _check_inputs(design, chosen, against, asked, out)
    with progress("step") as report:
        found = evaluate(
            design,
            chosen,
            against,
            requirements=asked or None,
            split=not no_split,
            baselines=not no_baselines,
            rng=seed,
            progress=report or False,
        )
    flags = [f"--require {shlex.quote(text)}" for text in required]
    flags += ["--no-split"] * no_split + ["--no-baselines"] * no_baselines
    table = _write(found, chosen, [*flags, f"--rng {seed}"], out)
    status = FAILED if asked and not found.verdict.passed else SOLVED
    if as_json:
        print_json(
            {"command": "evaluate", "out": out, "report": table, "status": status}
        )
    else:
        _print_lines(found, table, out)
    return status


def _requirement(text: str) -> Requirement:
    from hardware.evaluation.verdict import Requirement

    name, equals, limit = (part.strip() for part in text.partition("="))
    if not equals or not name or not limit:
        msg = f"--require takes FIGURE=BOUND, as in total_variation=0.02, not {text!r}"
        raise BadInput(msg)
    metric, _, workload = name.partition("@")
    with door():
        return Requirement(metric, limit, workload)


def _check_inputs(
    design: str,
    workloads: list[str],
    against: tuple[str, ...],
    asked: list[Requirement],
    out: str | None,
) -> None:
    """Read everything before a minute of work, so that errors come first."""
    import hardware
    from hardware.evaluation.workloads import gather

    for each in (design, *against):
        hardware.load_design(each)
    names = [workload.name for workload in gather(workloads)]
    for requirement in asked:
        if requirement.workload and requirement.workload not in names:
            msg = f"--require {requirement.metric}@{requirement.workload}: "
            msg += f"there is no such workload, but {', '.join(names)}"
            raise BadInput(msg)
    if out is not None:
        from hardware.evaluation.report import check_folder

        check_folder(out)


def _write(
    found: Evaluation, workloads: list[str], flags: list[str], out: str | None
) -> dict[str, Any]:
    """Write the folder, with copies of the files given, so that it repeats itself."""
    from hardware.evaluation.report.folder import (
        against_files,
        with_command,
        write_report,
    )

    if out is None:
        return found.to_dict()
    extra: dict[str, str] = {}
    words = ["pbit", "evaluate", "design.toml"]
    for each in workloads:
        name, path = each, Path(each)
        if path.suffix == ".toml" and path.is_file():
            name = _free(f"workloads/{path.stem}", extra)
            extra[name] = path.read_text("utf-8-sig")
        words += ["--workload", shlex.quote(name)]
    for name in against_files(found):
        words += ["--against", shlex.quote(name)]
    line = " ".join([*words, *flags, "-o again"])
    with door():
        table: dict[str, Any] = write_report(
            with_command(found, line), out, extra=extra
        )
    return table


def _free(stem: str, taken: dict[str, str]) -> str:
    """Return a file's path that is not taken; a workload without a name is called by it."""
    path, k = f"{stem}.toml", 1
    while path in taken:
        k += 1
        path = f"{stem}-{k}.toml"
    return path


def _print_lines(found: Evaluation, table: dict[str, Any], out: str | None) -> None:
    from hardware.evaluation.report import words
    from hardware.evaluation.report.advice import advice, headline

    rows = [
        ("design", f"{found.design.name}: {found.design.description}"),
        ("verdict", f"{found.verdict.status}: {headline(table)}"),
    ]
    for finding in table["verdict"]["findings"]:
        if finding["figure"] is None and finding["status"] == "meets":
            continue
        seen = finding["reason"] or (
            f"{words.value(finding['figure'])} ({words.interval(finding['figure'])})"
        )
        text = f"{finding['status']}: {finding['text']}: {seen}"
        rows.append((finding["workload"], text))
    rows += [("advice", sentence) for sentence in advice(table)]
    rows += [("written", out)] if out is not None else []
    seed = found.info["seed"]["entropy"]
    rows += [("time", f"{found.info['seconds']:.3g} s"), ("seed", str(seed))]
    print_table(rows)

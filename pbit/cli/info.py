"""``pbit info``: versions and this computer, or the facts of a problem."""

from __future__ import annotations

import os
import platform
from typing import TYPE_CHECKING, Any

import click

from pbit.cli import options
from pbit.cli.output import number, print_json, print_table
from pbit.cli.problems import facts, read_problem

if TYPE_CHECKING:
    from pbit.model import PCircuit

PACKAGES = ("numpy", "scipy", "numba", "networkx", "simpy", "matplotlib", "click")
SWEEPS = 1000  # for the ends of the schedule, which do not depend on it


@click.command("info", short_help="Print versions, or the facts of a problem.")
@click.argument("file", required=False)
@options.file_option
@options.format_option
@options.json_option
def command(
    file: str | None, given: tuple[str, ...], format: str | None, as_json: bool
) -> int:
    """Print versions and this computer, or the facts of a problem FILE or circuit."""
    if file is None:
        record = _computer()
    else:
        program = read_problem(file, format, given)
        record = {**facts(program), **_couplings(program.model)}
    if as_json:
        print_json({"command": "info", **record})
    else:
        print_table([(key, _text(value)) for key, value in record.items()])
    return 0


def _computer() -> dict[str, Any]:
    from importlib.metadata import version

    import numba

    import pbit

    affinity = getattr(os, "sched_getaffinity", None)
    return {
        "pbitlab": pbit.__version__,
        "python": platform.python_version(),
        **{name: version(name) for name in PACKAGES},
        "platform": platform.platform(),
        "cpus": os.cpu_count(),
        "cpus_usable": len(affinity(0)) if affinity else os.cpu_count(),
        "numba_threads": numba.get_num_threads(),
    }


def _couplings(model: PCircuit) -> dict[str, Any]:
    import numpy as np

    from pbit import schedules

    degrees = np.diff(model.weights.indptr)
    entries = int(model.weights.nnz)
    betas = schedules.from_model(model, SWEEPS)
    return {
        "couplings": entries // 2 if hasattr(model, "energy") else entries,
        "degree_mean": float(degrees.mean()),
        "degree_max": int(degrees.max()),
        "beta_first": float(betas[0]),
        "beta_last": float(betas[-1]),
    }


def _text(value: object) -> str:
    if isinstance(value, float):
        return number(value)
    if isinstance(value, list):
        return " to ".join(map(_text, value))
    return str(value)

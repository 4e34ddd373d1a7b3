"""From what users name on the command line to programs and clamps."""

from __future__ import annotations

import re
from collections.abc import Hashable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pbit.cli.errors import BadInput, describe, door
from pbit.cli.settings import read_options, warned

if TYPE_CHECKING:
    from compilers.program import Program

#: What the objective of a kind of problem is a number of.
UNITS = {"max-cut": "cut weight"}
_SETTING = re.compile(r"\s*([^=]*?)\s*=\s*([^=]*?)\s*")
_BIT = re.compile(r"(.+)\[(\d{1,9})\]", re.ASCII)


def read_file(
    path: str, format: str | None = None, given: Sequence[str] = ()
) -> Program:
    """Compile a problem file; what its reader repairs is a line on standard error.

    `given` are the texts of ``--option``; they say what the file leaves open,
    as in ``k=3`` for a colouring.
    """
    from compilers.loading import load

    more: dict[str, Any] = {**read_options(given)}
    with door():
        return warned(lambda: load(path, format, **more))


def read_circuit(name: str) -> Program:
    """Compile a circuit known by name."""
    from compilers.logic.naming import circuit

    with door():
        return circuit(name)


def read_problem(
    name: str, format: str | None = None, given: Sequence[str] = ()
) -> Program:
    """Compile a file, or a circuit known by name if there is no such file."""
    if is_file(name, format, given):
        return read_file(name, format, given)
    from compilers.logic.naming import circuit

    try:
        return circuit(name)
    except ValueError as error:
        msg = f"{name}: there is no such file, and {describe(error)}"
        raise BadInput(msg) from error


def is_file(name: str, format: str | None, given: Sequence[str]) -> bool:
    """Say whether a problem is meant as a file, not as the name of a circuit."""
    return format is not None or bool(given) or Path(name).exists()


def read_settings(program: Program, settings: Sequence[str]) -> dict[Hashable, int]:
    """Return the clamp that texts such as ``P=143`` and ``A[0]=1`` ask for."""
    held: dict[Hashable, int] = {}
    for setting in settings:
        match = _SETTING.fullmatch(setting)
        if match is None or not match[1] or not match[2]:
            msg = f"--set takes PIN=VALUE, as in P=143, not {setting!r}"
            raise BadInput(msg)
        name, value = match[1], _whole(match[2], setting)
        bit = _BIT.fullmatch(name)
        if bit is not None and bit[1] in program.buses:
            wanted = _hold_bit(program, bit[1], int(bit[2]), value)
        else:
            with door():
                wanted = program.clamp(**{name: value})
        for label, state in wanted.items():
            if held.setdefault(label, state) != state:
                msg = f"--set {setting} contradicts another --set at p-bit {label}"
                raise BadInput(msg)
    return held


def facts(program: Program) -> dict[str, Any]:
    """Return what a program knows about its origin, for JSON."""
    return {**program.provenance, "n_pbits": program.n, "sense": program.sense}


def title(program: Program) -> str:
    """Return a line that says what was compiled."""
    known = program.provenance
    size = f"{program.n} p-bits"
    if program.buses:
        buses = (f"{name}[{len(bits)}]" for name, bits in program.buses.items())
        return f"{known['what']}, {size}, buses {' '.join(buses)}"
    edges = f", {known['m']} edges" if "m" in known else ""
    return f"{known['what']}, {size}{edges}, from {known['source']}"


def value_of(program: Program, solution: Mapping[Hashable, int]) -> float | None:
    """Return a solution's objective, or None where it is too far off to have one."""
    try:
        return program.objective(solution)
    except ValueError:
        return None


def worth(program: Program, value: float | None) -> str:
    """Return an objective with its unit and sense."""
    if value is None:
        return "none: the p-bits spell no solution"
    unit = UNITS.get(program.provenance["what"])
    if unit is None:
        unit = "wrong output bits" if program.buses else "objective"
    better = "larger" if program.sense == "max" else "smaller"
    return f"{value:.12g} {unit} ({better} is better)"


def answer_text(answer: Mapping[Hashable, int]) -> str:
    """Return a solution of buses on one line."""
    return "  ".join(f"{name} = {value}" for name, value in answer.items())


def _whole(text: str, setting: str) -> int:
    try:
        return int(text, 0)
    except ValueError:
        msg = f"--set {setting}: the value must be a whole number, not {text!r}"
        raise BadInput(msg) from None


def _hold_bit(program: Program, bus: str, k: int, value: int) -> dict[Hashable, int]:
    labels = program.buses[bus]
    if k >= len(labels):
        msg = f"bus {bus} has the bits 0 to {len(labels) - 1}, not {k}"
        raise BadInput(msg)
    if value not in (0, 1):
        msg = f"a bit must be 0 or 1, not {bus}[{k}]={value}"
        raise BadInput(msg)
    return {labels[k]: 2 * value - 1}

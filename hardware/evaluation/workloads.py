"""Workloads: what a design is tried on, from a suite, a file or a circuit of yours."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from hardware.evaluation import instances
from hardware.evaluation.workload import Workload, lowest_known
from hardware.toml import read_toml
from pbit.checks import check_choice
from pbit.errors import ParseError
from pbit.model import IsingModel

_SHIPPED = Path(__file__).parent / "files"


def suite(name: str = "quick") -> list[Workload]:
    """Return the workloads of a suite.

    Parameters
    ----------
    name
        "quick": two gates and a glass to compare laws on, a three-dimensional glass to
        solve; well below a minute a design. "full": more and larger ones, max-cut,
        factorization and learning, too.

    Raises
    ------
    ValueError
        If there is no such suite; the message names those that are.

    Examples
    --------
    >>> [workload.name for workload in suite("quick")]
    ['and', 'full-adder', 'glass-8', 'glass-3d-64']
    """
    return [_MADE[key]() for key in SUITES[check_choice("suite", name, SUITES)]]


def load_workload(
    workload: str | os.PathLike[str] | Mapping[str, Any] | Workload,
) -> Workload:
    """Return a workload from its name, a TOML file or plain data.

    A file holds the attributes of :class:`Workload` and a table ``[circuit]`` with
    either ``generator`` and its arguments (`GENERATORS`), or ``couplings``, rows
    [i, j, J] with every pair once, and ``biases``; ``clamp`` is a table of p-bits by
    number.

    Raises
    ------
    ParseError
        If a file is not TOML.
    ValueError
        If there is no such workload, or an entry breaks a rule; it is named.
    OSError
        If a file cannot be read.

    Examples
    --------
    >>> load_workload("and").n
    3
    """
    if isinstance(workload, Workload):
        return workload
    if isinstance(workload, Mapping):
        return _from_table(workload, "")
    if isinstance(workload, str) and workload in _MADE:
        return _MADE[workload]()
    path = Path(workload)
    if not path.is_file():
        names = ", ".join(_MADE)
        msg = f"workload {os.fspath(workload)!r} is neither a file nor one of {names}"
        raise ValueError(msg)
    table = read_toml(path)
    try:
        return _from_table(table, path.stem)
    except (TypeError, ValueError) as error:
        raise ParseError(path, None, str(error)) from None


def gather(
    workloads: str
    | os.PathLike[str]
    | Workload
    | Iterable[str | os.PathLike[str] | Mapping[str, Any] | Workload],
) -> list[Workload]:
    """Return workloads from the name of a suite, one workload, or several.

    Raises
    ------
    ValueError
        If there is none, or two have one name.
    """
    if isinstance(workloads, str) and workloads in SUITES:
        return suite(workloads)
    several = (
        [workloads]
        if isinstance(workloads, str | os.PathLike | Workload)
        else list(workloads)
    )
    found: list[Workload] = []
    for entry in several:
        if isinstance(entry, str) and entry in SUITES:
            found += suite(entry)
        else:
            found.append(load_workload(entry))
    names = [workload.name for workload in found]
    if not names:
        msg = "workloads must be one at least, not none"
        raise ValueError(msg)
    for name in names:
        if names.count(name) > 1:
            msg = f"workloads must have names of their own: {name!r} is there twice"
            raise ValueError(msg)
    return found


def exact(name: str, circuit: IsingModel, beta: float = 1.0) -> Workload:
    """Return an exact workload of this project."""
    return Workload(name, "exact", circuit, beta, source="this project")


def optimum(
    name: str, circuit: IsingModel, lowest: float, beta: float, sweeps: int
) -> Workload:
    """Return an optimum workload of this project; tests compute its energy anew."""
    return Workload(
        name, "optimum", circuit, beta, sweeps, lowest, True, source="this project"
    )


def _shipped(name: str) -> Workload:
    return _from_table(read_toml(_SHIPPED / f"{name}.toml"), name)


def _learning(name: str) -> Workload:
    target = np.zeros(8)
    target[[0b000, 0b001, 0b010, 0b111]] = 0.25  # bits C, B, A of C = A AND B
    blank = IsingModel({(i, j): 1.0 for i in range(3) for j in range(i)})
    return Workload(name, "learning", blank, target=target, source="this project")


GENERATORS: dict[str, Callable[..., IsingModel]] = {
    "and": instances.and_gate,
    "half-adder": instances.half_adder,
    "full-adder": instances.full_adder,
    "pair": instances.pair,
    "glass": instances.glass,
    "lattice": instances.lattice,
    "maxcut": instances.maxcut,
}
_MADE: dict[str, Callable[[], Workload]] = {
    "pair": lambda: exact("pair", instances.pair()),
    "and": lambda: exact("and", instances.and_gate()),
    "half-adder": lambda: exact("half-adder", instances.half_adder()),
    "full-adder": lambda: exact("full-adder", instances.full_adder()),
    "glass-8": lambda: exact("glass-8", instances.glass(8, 3, 1), 0.7),
    "glass-12": lambda: exact("glass-12", instances.glass(12, 3, 1), 0.7),
    "glass-3d-64": lambda: optimum(
        "glass-3d-64", instances.lattice((4, 4, 4), 1), -108.0, 3.0, 200
    ),
    "maxcut-100": lambda: optimum(
        "maxcut-100", instances.maxcut((10, 10), 1), -74.0, 3.0, 500
    ),
    "factor-15": lambda: _shipped("factor-15"),
    "learn-and": lambda: _learning("learn-and"),
}
SUITES: dict[str, tuple[str, ...]] = {
    "quick": ("and", "full-adder", "glass-8", "glass-3d-64"),
    "full": (
        "and",
        "half-adder",
        "full-adder",
        "glass-8",
        "glass-12",
        "glass-3d-64",
        "maxcut-100",
        "factor-15",
        "learn-and",
    ),
}
_KEYS = (
    "name",
    "kind",
    "beta",
    "sweeps",
    "until",
    "optimum",
    "proven",
    "clamp",
    "source",
)


def _from_table(table: Mapping[str, Any], stem: str) -> Workload:
    for key in table:
        if key not in (*_KEYS, "circuit"):
            msg = f"{key} is unknown; entries are {', '.join((*_KEYS, 'circuit'))}"
            raise ValueError(msg)
    given = {key: table[key] for key in _KEYS if key in table}
    given.setdefault("name", stem)
    if not given["name"] or "kind" not in given:
        missing = "kind" if given["name"] else "name"
        msg = f"{missing} is required"
        raise ValueError(msg)
    circuit = _circuit(table.get("circuit"))
    held = given.pop("clamp", {})
    try:
        clamp = {circuit.labels[int(key)]: value for key, value in held.items()}
    except (AttributeError, IndexError, ValueError):
        msg = f"clamp must be a table of p-bits by number, not {held!r}"
        raise ValueError(msg) from None
    for label, value in clamp.items():
        if value not in (-1, 1):
            msg = f"clamp of p-bit {label!r} must be -1 or +1, not {value!r}"
            raise ValueError(msg)
    if given["kind"] == "optimum" and "optimum" not in given:
        lowest, proven = lowest_known(circuit, clamp)
        given |= {"optimum": lowest, "proven": proven}
    return Workload(circuit=circuit, clamp=clamp, **given)


def _circuit(table: Any) -> IsingModel:
    if not isinstance(table, Mapping):
        msg = f"circuit must be a table, not {table!r}"
        raise ValueError(msg)
    entries = dict(table)
    if "generator" in entries:
        name = check_choice("circuit.generator", entries.pop("generator"), GENERATORS)
        try:
            return GENERATORS[name](**entries)
        except TypeError as error:
            msg = f"circuit.{name} does not take {entries}: {error}"
            raise ValueError(msg) from None
    rows, biases = entries.pop("couplings", None), entries.pop("biases", None)
    offset = entries.pop("offset", 0.0)
    if entries:
        msg = f"circuit.{next(iter(entries))} is unknown"
        raise ValueError(msg)
    try:
        couplings = {(int(i), int(j)): float(w) for i, j, w in rows}
    except (TypeError, ValueError):
        msg = f"circuit.couplings must be rows [i, j, J], not {rows!r}"
        raise ValueError(msg) from None
    if len(couplings) < len(rows):
        msg = "circuit.couplings must hold every pair once"
        raise ValueError(msg)
    return IsingModel(couplings, biases, float(offset))


__all__ = [
    "GENERATORS",
    "SUITES",
    "Workload",
    "exact",
    "gather",
    "load_workload",
    "lowest_known",
    "optimum",
    "suite",
]

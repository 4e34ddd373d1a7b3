"""ISCAS ``.bench`` netlists: ``INPUT(a)``, ``OUTPUT(y)``, ``y = NAND(a, b, ...)``.

Gates take any number of inputs; names may be used before they are defined; a register
is ``q = DFF(d)`` and has no initial value.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from os import PathLike
from pathlib import Path

from compilers.formats.text import quote, read_lines, write_lines
from compilers.logic.building import from_netlist, to_netlist
from compilers.logic.covers import as_cover, as_gate
from compilers.logic.netlist import Netlist
from compilers.logic.signals import (
    COVER,
    SYMMETRIC,
    Cell,
    Latch,
    Signals,
    define,
    group,
)
from pbit.errors import ParseError

_PORT = re.compile(r"(INPUT|OUTPUT)\s*\(\s*([^\s(),=#]+)\s*\)", re.IGNORECASE)
_GATE = re.compile(r"([^\s(),=#]+)\s*=\s*(\w+)\s*\(([^()=#]*)\)")
_NAME = re.compile(r"[^\s(),=#]+")
_CONSTANT = re.compile(r"([^\s(),=#]+)\s*=\s*(vdd|gnd)", re.IGNORECASE)
_ONE = {"NOT": "NOT", "INV": "NOT", "BUFF": "BUF", "BUF": "BUF", "DFF": "DFF"}


def read_bench(
    path: str | PathLike[str],
    *,
    cycles: int | None = None,
    unknown: int | str = "free",
    signed: Collection[str] = (),
) -> Netlist:
    """Read an ISCAS ``.bench`` file as a netlist.

    Inputs ``a[0]``, ``a[1]`` ... make a bus ``a``; other names are buses of one bit.

    Parameters
    ----------
    path
        A text file, or a gzipped one.
    cycles
        How many clock cycles to unroll a sequential circuit for.
    unknown
        Value of registers in the first cycle: 0, 1, or "free" for an input bus each.
    signed
        Buses in two's complement.

    Raises
    ------
    ParseError
        If the file breaks the grammar, with the line: an unknown gate, a signal that is
        defined twice, not at all, or by itself; registers without `cycles`.
    """
    return to_netlist(parse_bench(path, signed=signed), path, cycles, unknown)


def parse_bench(path: str | PathLike[str], *, signed: Collection[str] = ()) -> Signals:
    """Read a ``.bench`` file as signals, checked."""
    signals = Signals(Path(path).name.removesuffix(".gz").removesuffix(".bench"))
    ports: dict[str, list[str]] = {"INPUT": [], "OUTPUT": []}
    known: dict[str, set[str]] = {"INPUT": set(), "OUTPUT": set()}
    for number, line in read_lines(path):
        text = line.decode("utf-8", errors="replace").split("#")[0].strip()
        if not text:
            continue
        if match := _PORT.fullmatch(text):
            kind, name = match[1].upper(), match[2]
            if name in known[kind]:
                msg = f"{kind}({name}) is there twice"
                raise ParseError(path, number, msg)
            known[kind].add(name)
            ports[kind].append(name)
            signals.lines.setdefault(name, number)
        elif match := _CONSTANT.fullmatch(text):
            value = "1" if match[2].lower() == "vdd" else "0"
            define(signals, path, number, match[1], Cell(value))
        elif match := _GATE.fullmatch(text):
            cell = _cell(path, number, match[2], match[3])
            define(signals, path, number, match[1], cell)
        else:
            msg = (
                "a line is INPUT(a), OUTPUT(y) or y = GATE(a, b, ...), "
                f"not {quote(line)}"
            )
            raise ParseError(path, number, msg)
    signals.inputs = group(ports["INPUT"], signed=signed)
    signals.outputs = group(ports["OUTPUT"], signed=signed)
    signals.check(path)
    return signals


def _cell(
    path: str | PathLike[str], number: int, kind: str, inside: str
) -> Cell | Latch:
    inputs = tuple(name.strip() for name in inside.split(","))
    for name in inputs:
        if not _NAME.fullmatch(name):
            msg = f"{name!r} is no name of a signal"
            raise ParseError(path, number, msg)
    upper = kind.upper()
    if upper in _ONE:
        if len(inputs) != 1:
            msg = f"{upper} has 1 input, not {len(inputs)}"
            raise ParseError(path, number, msg)
        return Latch(inputs[0]) if upper == "DFF" else Cell(_ONE[upper], inputs)
    if upper not in SYMMETRIC:
        names = ", ".join([*SYMMETRIC, *_ONE])
        msg = f"no gate is called {kind!r}; gates: {names}"
        raise ParseError(path, number, msg)
    return Cell(upper, inputs)


def write_bench(netlist: Netlist | Signals, path: str | PathLike[str]) -> None:
    """Write a netlist as a ``.bench`` file; what the format lacks becomes its gates.

    Covers and cells such as multiplexers are written as sums of products. Initial
    values of registers have no place in the format.

    Raises
    ------
    ValueError
        If a name holds blanks, brackets of calls, commas, ``=`` or ``#``, or a register
        has an initial value.
    """
    signals = netlist if isinstance(netlist, Signals) else from_netlist(netlist)
    for name, latch in signals.latches.items():
        if latch.init is not None:
            msg = f"register {name!r} starts at {latch.init}, which .bench cannot say"
            raise ValueError(msg)
    write_lines(path, list(_lines(signals)))


def _lines(signals: Signals) -> Iterator[str]:
    for kind, ports in (("INPUT", signals.inputs), ("OUTPUT", signals.outputs)):
        for port in ports:
            for name in port.signals:
                yield f"{kind}({_checked(name)})"
    for name, latch in signals.latches.items():
        yield f"{_checked(name)} = DFF({_checked(latch.data)})"
    taken = {name for port in signals.inputs for name in port.signals}
    taken |= signals.cells.keys() | signals.latches.keys()
    for name, cell in signals.cells.items():
        for target, kind, inputs in _gates(name, cell, taken):
            names = ", ".join(map(_checked, inputs))
            call = {"BUF": "BUFF"}.get(kind, kind)
            constant = {"0": "gnd", "1": "vdd"}.get(kind)
            yield f"{_checked(target)} = {constant or f'{call}({names})'}"


def _gates(
    name: str, cell: Cell, taken: set[str]
) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Yield gates of the format that make a cell: target, kind, inputs."""
    small = as_gate(cell) if cell.kind == COVER else cell
    plain = (*SYMMETRIC, "BUF", "NOT", "0", "1")
    if small is not None and small.kind in plain:
        yield name, small.kind, small.inputs
        return
    cover = as_cover(small or cell)
    assert cover is not None  # noqa: S101 - only parities have none, and they are plain
    negated: dict[str, str] = {}
    terms: list[str] = []
    for row, cube in enumerate(cover.cover):
        literals: list[str] = []
        for other, letter in zip(cover.inputs, cube, strict=True):
            if letter == "0" and other not in negated:
                negated[other] = _fresh(f"{name}.n{len(negated)}", taken)
                yield negated[other], "NOT", (other,)
            if letter != "-":
                literals.append(other if letter == "1" else negated[other])
        terms.append(_fresh(f"{name}.{row}", taken))
        if literals:
            yield terms[-1], "AND", tuple(literals)
        else:
            yield terms[-1], "1", ()
    if not terms:
        yield name, "0" if cover.value else "1", ()
    else:
        yield name, "OR" if cover.value else "NOR", tuple(terms)


def _fresh(name: str, taken: set[str]) -> str:
    while name in taken:
        name += "_"
    taken.add(name)
    return name


def _checked(name: str) -> str:
    if not _NAME.fullmatch(name):
        msg = f"{name!r} cannot be written: a .bench name has no blanks or ( ) , = #"
        raise ValueError(msg)
    return name

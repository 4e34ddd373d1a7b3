"""AIGER netlists, ASCII (``aag``) and binary (``aig``): inputs, latches and AND gates.

Literal 2v is variable v, 2v + 1 its negation, 0 and 1 are constants. Negations cost no
p-bit: they are signs of the AND gates' pins.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from os import PathLike
from pathlib import Path

from compilers.formats.and_graph import AndGraph
from compilers.formats.text import quote, read_bytes, write_chunks
from compilers.logic.building import from_netlist, to_netlist
from compilers.logic.netlist import Netlist
from compilers.logic.signals import Cell, Latch, Signals, define, group
from pbit.errors import ParseError

MAX_BYTES = 2**28
MAX_VARIABLES = 5_000_000
MAX_INPUTS = 100_000  # they take no bytes in a binary file
_HEADER = re.compile(rb"(aag|aig)((?: \d{1,10}){5,9})[ \t\r]*")
_SYMBOL = re.compile(rb"([iol])(\d{1,10}) (.+)")


def read_aiger(
    path: str | PathLike[str],
    *,
    cycles: int | None = None,
    unknown: int | str = "free",
    signed: Collection[str] = (),
) -> Netlist:
    """Read an AIGER file, ASCII or binary, as a netlist.

    Inputs and outputs have the names of the symbol table, else ``i0``, ``o0`` ...;
    ``a[0]``, ``a[1]`` ... make a bus ``a``.

    Parameters
    ----------
    path
        A file, or a gzipped one.
    cycles
        How many clock cycles to unroll a sequential circuit for.
    unknown
        Value of latches without an initial value: 0, 1, or "free" for input buses.
    signed
        Buses in two's complement.

    Raises
    ------
    ParseError
        If the file breaks the format: header, literals out of range, a variable defined
        twice, counts that disagree. Properties (B, C, J, F of AIGER 1.9) are not read.
    """
    return to_netlist(parse_aiger(path, signed=signed), path, cycles, unknown)


def parse_aiger(path: str | PathLike[str], *, signed: Collection[str] = ()) -> Signals:
    """Read an AIGER file as signals, checked."""
    return _Reader(path, read_bytes(path, MAX_BYTES)).read(signed)


class _Reader:
    def __init__(self, path: str | PathLike[str], data: bytes) -> None:
        self.path, self.data = path, data
        self.place = 0
        self.number = 0
        line = self.line()
        match = _HEADER.fullmatch(line)
        if match is None:
            msg = f"the header is 'aag M I L O A' or 'aig M I L O A', not {quote(line)}"
            raise ParseError(path, 1, msg)
        self.binary = match[1] == b"aig"
        counts = [int(word) for word in match[2].split()]
        self.most, self.n_in, self.n_latch, self.n_out, self.n_and = counts[:5]
        if any(counts[5:]):
            msg = "properties (B, C, J, F in the header) are not read"
            raise ParseError(path, 1, msg)
        defined = self.n_in + self.n_latch + self.n_and
        if self.most > MAX_VARIABLES or self.n_out > MAX_VARIABLES:
            msg = f"there must be at most {MAX_VARIABLES} variables and outputs"
            raise ParseError(path, 1, msg)
        if self.n_in > MAX_INPUTS:
            msg = f"there must be at most {MAX_INPUTS} inputs, not {self.n_in}"
            raise ParseError(path, 1, msg)
        if defined > self.most or (self.binary and defined != self.most):
            msg = f"M = {self.most} variables, but I + L + A = {defined}"
            raise ParseError(path, 1, msg)

    def line(self) -> bytes:
        """Return the next line; a ParseError if the file is over."""
        if self.place >= len(self.data):
            msg = "the file ends too early" if self.number else "the file is empty"
            raise ParseError(self.path, self.number or None, msg)
        end = self.data.find(b"\n", self.place)
        end = len(self.data) if end < 0 else end
        found = self.data[self.place : end]
        self.place = end + 1
        self.number += 1
        return found

    def literals(self, least: int, most: int, what: str) -> list[int]:
        line = self.line()
        words = line.split()
        if not least <= len(words) <= most or not all(
            word.isdigit() and len(word) < 11 for word in words
        ):
            many = str(least) if least == most else f"{least} to {most}"
            msg = f"{what} is {many} whole numbers, not {quote(line)}"
            raise ParseError(self.path, self.number, msg)
        return [self.checked(int(word)) for word in words]

    def checked(self, literal: int) -> int:
        if literal > 2 * self.most + 1:
            msg = f"literal {literal} is out of range 0 to {2 * self.most + 1}"
            raise ParseError(self.path, self.number, msg)
        return literal

    def variable(self, literal: int, what: str, seen: set[int]) -> int:
        if literal < 2 or literal & 1 or literal in seen:
            why = "is defined twice" if literal in seen else "must be even and above 1"
            msg = f"the literal of {what}, {literal}, {why}"
            raise ParseError(self.path, self.number, msg)
        seen.add(literal)
        return literal

    def read(self, signed: Collection[str]) -> Signals:
        seen: set[int] = set()
        inputs, latches, outputs, ands = [], [], [], []
        for k in range(self.n_in):
            literal = 2 * (k + 1)
            if not self.binary:
                (literal,) = self.literals(1, 1, "an input")
            inputs.append(self.variable(literal, "an input", seen))
        for k in range(self.n_latch):
            own = 2 * (self.n_in + k + 1)
            words = self.literals(1, 2, "a latch") if self.binary else None
            if words is None:
                own, *words = self.literals(2, 3, "a latch")
            own = self.variable(own, "a latch", seen)
            init = words[1] if len(words) > 1 else 0
            if init not in (0, 1, own):
                msg = f"a latch starts at 0, 1 or itself ({own}), not {init}"
                raise ParseError(self.path, self.number, msg)
            latches.append((own, words[0], None if init == own else init))
        for _ in range(self.n_out):
            outputs += self.literals(1, 1, "an output")
        for k in range(self.n_and):
            if self.binary:
                own = 2 * (self.n_in + self.n_latch + k + 1)
                first = own - self.delta(own)
                ands.append((own, first, first - self.delta(first)))
            else:
                own, first, second = self.literals(3, 3, "an AND gate")
                self.variable(own, "an AND gate", seen)
                ands.append((own, first, second))
        return self.signals(inputs, latches, outputs, ands, signed)

    def delta(self, most: int) -> int:
        """Return a number of 7-bit groups, least first, at most `most`."""
        value = shift = 0
        while True:
            if self.place >= len(self.data) or shift > 28:
                msg = "a delta of an AND gate is broken"
                raise ParseError(self.path, None, msg)
            byte = self.data[self.place]
            self.place += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                break
        if value > most:
            msg = f"a delta of an AND gate is {value}, above {most}"
            raise ParseError(self.path, None, msg)
        return value

    def symbols(self) -> dict[str, str]:
        """Return ``i0`` -> name; what follows a line ``c`` is a comment."""
        names: dict[str, str] = {}
        counts = {"i": self.n_in, "l": self.n_latch, "o": self.n_out}
        while self.place < len(self.data):
            line = self.line().strip()
            if line == b"c":
                break
            if not line:
                continue
            match = _SYMBOL.fullmatch(line)
            if match is None or int(match[2]) >= counts[match[1].decode()]:
                msg = (
                    f"a symbol is 'i0 name', 'l0 name' or 'o0 name', not {quote(line)}"
                )
                raise ParseError(self.path, None if self.binary else self.number, msg)
            key = match[1].decode() + str(int(match[2]))
            if key in names:
                msg = f"the symbol {key} is there twice"
                raise ParseError(self.path, None if self.binary else self.number, msg)
            names[key] = match[3].decode("utf-8", errors="replace").strip()
        return names

    def signals(
        self,
        inputs: list[int],
        latches: list[tuple[int, int, int | None]],
        outputs: list[int],
        ands: list[tuple[int, int, int]],
        signed: Collection[str],
    ) -> Signals:
        suffixes = (".gz", ".aag", ".aig")
        name = Path(self.path).name
        for suffix in suffixes:
            name = name.removesuffix(suffix)
        signals = Signals(name)
        table = self.symbols()
        wires: dict[int, str] = {}
        taken: set[str] = set()
        for kind, named in (("i", inputs), ("l", [latch[0] for latch in latches])):
            for k, literal in enumerate(named):
                wires[literal] = _unique(table.get(f"{kind}{k}", f"{kind}{k}"), taken)
        listed = [
            _unique(table.get(f"o{k}", f"o{k}"), taken) for k in range(self.n_out)
        ]
        for literal, _, _ in ands:
            wires[literal] = _unique(f"n{literal >> 1}", taken)

        def wire(literal: int) -> str:
            if literal < 2:
                name = f"${literal}"
                signals.cells.setdefault(name, Cell(str(literal)))
                return name
            if literal & ~1 not in wires:
                msg = f"variable {literal >> 1} is used but never defined"
                raise ParseError(self.path, None, msg)
            return wires[literal & ~1]

        def plain(literal: int) -> str:
            """Return a signal of a literal, through an inverter if it is negated."""
            if literal < 2 or not literal & 1:
                return wire(literal)
            name = f"~{wire(literal)}"
            signals.cells.setdefault(name, Cell("NOT", (wire(literal),)))
            return name

        for own, first, second in ands:
            flips = "~A" * (first & 1 and first > 1) + "~B" * (
                second & 1 and second > 1
            )
            cell = Cell(f"AND{flips}", (wire(first), wire(second)))
            define(signals, self.path, 0, wires[own], cell)
        for own, below, init in latches:
            define(signals, self.path, 0, wires[own], Latch(plain(below), init))
        for label, literal in zip(listed, outputs, strict=True):
            kind = "NOT" if literal & 1 and literal > 1 else "BUF"
            define(signals, self.path, 0, label, Cell(kind, (wire(literal),)))
        signals.lines.clear()
        signals.inputs = group([wires[literal] for literal in inputs], signed=signed)
        signals.outputs = group(listed, signed=signed)
        signals.check(self.path)
        return signals


def _unique(name: str, taken: set[str]) -> str:
    while name in taken:
        name += "_"
    taken.add(name)
    return name


def write_aiger(netlist: Netlist | Signals, path: str | PathLike[str]) -> None:
    """Write a netlist as an AIGER file, binary if the name ends in ``.aig``.

    Raises
    ------
    ValueError
        If the name of an input or output holds a line break.
    """
    signals = netlist if isinstance(netlist, Signals) else from_netlist(netlist)
    graph = AndGraph(signals)
    binary = Path(path).suffix == ".aig"
    write_chunks(path, [graph.encode(binary=binary)])

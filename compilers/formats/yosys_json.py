"""Yosys JSON netlists: ports, cells and names of a flattened, mapped module."""

from __future__ import annotations

import warnings
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from os import PathLike
from typing import Any

from compilers.formats.json_text import read_json
from compilers.logic.building import to_netlist
from compilers.logic.netlist import Netlist
from compilers.logic.signals import Cell, Latch, Port, Signals
from pbit.errors import ParseError

# Simple cells -> kind and inputs in the order of the kind's pins; the output is Y.
_CELLS = {
    "$_BUF_": ("BUF", "A"),
    "$_NOT_": ("NOT", "A"),
    "$_AND_": ("AND", "AB"),
    "$_NAND_": ("NAND", "AB"),
    "$_OR_": ("OR", "AB"),
    "$_NOR_": ("NOR", "AB"),
    "$_XOR_": ("XOR", "AB"),
    "$_XNOR_": ("XNOR", "AB"),
    "$_ANDNOT_": ("ANDNOT", "AB"),
    "$_ORNOT_": ("ORNOT", "AB"),
    "$_MUX_": ("MUX", "ABS"),
    "$_NMUX_": ("NMUX", "ABS"),
    "$_AOI3_": ("AOI3", "ABC"),
    "$_OAI3_": ("OAI3", "ABC"),
    "$_AOI4_": ("AOI4", "ABCD"),
    "$_OAI4_": ("OAI4", "ABCD"),
}
_REGISTERS = {"$_DFF_P_": "posedge", "$_DFF_N_": "negedge"}
_REMARKS = ("$scopeinfo",)
Bit = int | str


def read_yosys_json(
    path: str | PathLike[str],
    *,
    top: str | None = None,
    cycles: int | None = None,
    unknown: int | str = "free",
    signed: Collection[str] = (),
) -> Netlist:
    """Read the JSON netlist that Yosys writes (``write_json``) as a netlist.

    Ports are buses with their names, widths and signs. The module has to be flattened
    and mapped to simple cells, for instance by ``synth -flatten; async2sync; dfflegalize
    -cell $_DFF_P_ 01; abc -g simple``.

    Parameters
    ----------
    path
        A JSON file, or a gzipped one.
    top
        The module; the one marked as top, or the only one, if omitted.
    cycles
        How many clock cycles to unroll a sequential circuit for; all registers must be
        on one edge of one clock.
    unknown
        Value of registers in the first cycle where there is no ``init``: 0, 1, or
        "free" for an input bus each.
    signed
        Buses in two's complement besides those that the file marks.

    Raises
    ------
    ParseError
        If the file is no such netlist; cells that are not simple are named with the
        Yosys pass that maps them.

    Warns
    -----
    UserWarning
        If a bit is ``x``, which is taken for 0.
    """
    return to_netlist(
        parse_yosys_json(path, top=top, signed=signed), path, cycles, unknown
    )


def parse_yosys_json(
    path: str | PathLike[str], *, top: str | None = None, signed: Collection[str] = ()
) -> Signals:
    """Read a Yosys JSON netlist as signals, checked."""
    modules = _object(path, read_json(path).get("modules"), "modules")
    name = _top(path, modules, top)
    module = _object(path, modules[name], f"module {name!r}")
    return _Reader(path, name, module, signed).read()


def _object(path: object, value: Any, what: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        msg = f"{what} must be a JSON object, not {type(value).__name__}"
        raise ParseError(path, None, msg)
    return value


def _top(path: object, modules: Mapping[str, Any], top: str | None) -> str:
    names = ", ".join(modules) or "none"
    if top is not None:
        if top not in modules:
            msg = f"no module is called {top!r}; modules: {names}"
            raise ParseError(path, None, msg)
        return top
    marked = [
        name
        for name, module in modules.items()
        if isinstance(module, dict)
        and isinstance(module.get("attributes"), dict)
        and str(module["attributes"].get("top", "0")).strip("0")
    ]
    found = marked if marked else list(modules)
    if len(found) != 1:
        msg = f"say which module is meant, top=...; modules: {names}"
        raise ParseError(path, None, msg)
    return found[0]


@dataclass
class _Reader:
    path: object
    name: str
    module: dict[str, Any]
    signed: Collection[str]
    names: dict[Bit, str] = field(default_factory=dict)
    undefined: list[str] = field(default_factory=list)
    clocks: set[tuple[str, Bit]] = field(default_factory=set)

    def read(self) -> Signals:
        signals = Signals(self.name)
        ports = self._part("ports")
        cells = self._part("cells")
        inits = self._name_bits(ports)
        driven: dict[Bit, str] = {}
        buses: dict[str, list[tuple[str, list[Bit], bool]]] = {
            "input": [],
            "output": [],
        }
        for port, data in ports.items():
            direction, bits, is_signed = self._port(port, data)
            buses[direction].append((port, bits, is_signed))
            if direction == "input":
                for bit in bits:
                    self._drive(driven, bit, f"input {port!r}")
        for name, data in cells.items():
            self._cell(
                name, _object(self.path, data, f"cell {name!r}"), driven, inits, signals
            )
        if len(self.clocks) > 1:
            both = " and ".join(
                f"{edge} {self.names[bit]}" for edge, bit in self.clocks
            )
            msg = f"one edge of one clock is read, not {both}"
            raise ParseError(self.path, None, msg)
        outputs = [
            Port(port, tuple(self._signal(bit, signals, port) for bit in bits), s)
            for port, bits, s in buses["output"]
        ]
        signals.outputs = tuple(outputs)
        signals.inputs = self._inputs(buses["input"], signals)
        if self.undefined:
            shown = ", ".join(dict.fromkeys(self.undefined))
            msg = f"{self.path}: undefined bits (x) are taken for 0: {shown[:200]}"
            warnings.warn(msg, UserWarning, stacklevel=5)
        signals.check(self.path)
        return signals

    def _part(self, key: str) -> dict[str, Any]:
        return _object(self.path, self.module.get(key, {}), f"{key} of {self.name!r}")

    def _inputs(
        self, buses: list[tuple[str, list[Bit], bool]], signals: Signals
    ) -> tuple[Port, ...]:
        """Return the input ports but a clock that is nothing else."""
        read = {other for cell in signals.cells.values() for other in cell.inputs}
        read |= {latch.data for latch in signals.latches.values()}
        read |= {bit for port in signals.outputs for bit in port.signals}
        clock = {self.names[bit] for _, bit in self.clocks}
        found = []
        for port, bits, is_signed in buses:
            names = tuple(self.names[bit] for bit in bits)
            if not (len(names) == 1 and names[0] in clock and names[0] not in read):
                found.append(Port(port, names, is_signed))
        inputs = {name for port in buses for name in map(self.names.get, port[1])}
        for name in clock - inputs:
            msg = f"the clock {name!r} must be an input, not logic"
            raise ParseError(self.path, None, msg)
        return tuple(found)

    def _bits(self, value: Any, what: str) -> list[Bit]:
        if not isinstance(value, list) or not value:
            msg = f"the bits of {what} must be a list, not {value!r}"
            raise ParseError(self.path, None, msg)
        for bit in value:
            whole = isinstance(bit, int) and not isinstance(bit, bool) and bit >= 0
            if not whole and bit not in ("0", "1", "x", "z"):
                msg = f"a bit of {what} must be a number or one of 0 1 x z, not {bit!r}"
                raise ParseError(self.path, None, msg)
        return value

    def _port(self, port: str, data: Any) -> tuple[str, list[Bit], bool]:
        data = _object(self.path, data, f"port {port!r}")
        direction = data.get("direction")
        if direction not in ("input", "output"):
            msg = f"port {port!r} must be an input or an output, not {direction!r}"
            raise ParseError(self.path, None, msg)
        bits = self._bits(data.get("bits"), f"port {port!r}")
        return direction, bits, bool(data.get("signed")) or port in self.signed

    def _name_bits(self, ports: dict[str, Any]) -> dict[Bit, int]:
        """Name every bit after a port, else a public net, else a hidden one."""
        nets = self._part("netnames")
        inits: dict[Bit, int] = {}
        taken: set[str] = set()
        listed = [(name, data, 0) for name, data in ports.items()]
        for name, data in nets.items():
            data = _object(self.path, data, f"net {name!r}")
            listed.append((name, data, 2 if data.get("hide_name") else 1))
        for name, data, _ in sorted(listed, key=lambda entry: entry[2]):
            if not isinstance(data, dict):
                continue
            bits = self._bits(data.get("bits"), f"net {name!r}")
            attributes = data.get("attributes", {})
            init = attributes.get("init") if isinstance(attributes, dict) else None
            for k, bit in enumerate(bits):
                label = name if len(bits) == 1 else f"{name}[{k}]"
                if (
                    isinstance(bit, int)
                    and bit not in self.names
                    and label not in taken
                ):
                    self.names[bit] = label
                    taken.add(label)
                if isinstance(init, str) and init[::-1][k : k + 1] in ("0", "1"):
                    inits[bit] = int(init[::-1][k])
        self.taken = taken
        return inits

    def _label(self, bit: Bit) -> str:
        if bit not in self.names:
            label = f"n{bit}"
            while label in self.taken:
                label += "_"
            self.names[bit] = label
            self.taken.add(label)
        return self.names[bit]

    def _drive(self, driven: dict[Bit, str], bit: Bit, what: str) -> str:
        if not isinstance(bit, int):
            msg = f"{what} drives the constant {bit!r}"
            raise ParseError(self.path, None, msg)
        if bit in driven:
            msg = f"{self._label(bit)!r} is driven by {driven[bit]} and by {what}"
            raise ParseError(self.path, None, msg)
        driven[bit] = what
        return self._label(bit)

    def _signal(self, bit: Bit, signals: Signals, where: str) -> str:
        """Return the signal of a bit, a constant cell for ``"0"``, ``"1"`` and x."""
        if isinstance(bit, int):
            return self._label(bit)
        if bit == "z":
            msg = f"{where!r} has a bit that nothing drives (z)"
            raise ParseError(self.path, None, msg)
        if bit == "x":
            self.undefined.append(where)
        value = "1" if bit == "1" else "0"
        signals.cells.setdefault(f"${value}", Cell(value))
        return f"${value}"

    def _cell(
        self,
        name: str,
        data: dict[str, Any],
        driven: dict[Bit, str],
        inits: dict[Bit, int],
        signals: Signals,
    ) -> None:
        kind = data.get("type")
        if kind in _REMARKS:
            return
        pins = _object(self.path, data.get("connections"), f"connections of {name!r}")
        what = f"cell {name!r}"
        if kind in _REGISTERS:
            clock, below, out = (self._pin(pins, pin, what) for pin in ("C", "D", "Q"))
            if not isinstance(clock, int):
                msg = f"the clock of {what} is constant"
                raise ParseError(self.path, None, msg)
            self._label(clock)
            self.clocks.add((_REGISTERS[kind], clock))
            target = self._drive(driven, out, what)
            source = self._signal(below, signals, name)
            signals.latches[target] = Latch(source, inits.get(out))
            return
        if kind not in _CELLS:
            raise ParseError(self.path, None, _unmapped(str(kind), name))
        known, inputs = _CELLS[kind]
        sources = [
            self._signal(self._pin(pins, pin, what), signals, name) for pin in inputs
        ]
        target = self._drive(driven, self._pin(pins, "Y", what), what)
        signals.cells[target] = Cell(known, tuple(sources))

    def _pin(self, pins: dict[str, Any], pin: str, what: str) -> Bit:
        bits = self._bits(pins.get(pin), f"pin {pin} of {what}")
        if len(bits) != 1:
            msg = f"pin {pin} of {what} must have 1 bit, not {len(bits)}"
            raise ParseError(self.path, None, msg)
        return bits[0]


def _unmapped(kind: str, name: str) -> str:
    if kind.startswith(("$_DLATCH", "$_SR_", "$_FF_", "$dlatch", "$sr", "$adlatch")):
        return f"cell {name!r} is a latch that follows a level ({kind}), only edges are read"
    if kind.startswith(("$_DFF", "$_SDFF", "$_ALDFF")):
        passes = "async2sync; dfflegalize -cell $_DFF_P_ 01"
    elif kind.startswith("$_"):
        passes = "abc -g AND,OR,XOR,NAND,NOR,XNOR,ANDNOT,ORNOT,MUX"
    elif kind.startswith("$"):
        passes = "synth -flatten"
    else:
        return f"cell {name!r} is a module {kind!r}: run the Yosys pass 'flatten' first"
    return f"cell {name!r} of type {kind} is not simple: run '{passes}' first"

"""From signals to a netlist of gates that have couplings, and back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from compilers.logic.covers import tidy
from compilers.logic.netlist import Netlist
from compilers.logic.signals import COVER, SYMMETRIC, Cell, Port, Signals
from compilers.logic.unroll import unroll
from compilers.logic.wiring import Pin, PinName
from pbit.errors import ParseError

_INVERTED = {"NAND": "AND", "NOR": "OR", "XNOR": "XOR"}


def to_netlist(
    signals: Signals,
    path: object = "netlist",
    cycles: int | None = None,
    unknown: int | str = "free",
) -> Netlist:
    """Return the gates of a circuit, each named after the signal that it drives.

    Cells of many inputs become trees, covers of up to three inputs one gate and larger
    ones a sum of products. Logic that no output depends on is left out. Latches are
    unrolled, see `unroll`. An output bus that has the name of an input gets ``_out``
    added to its own.

    Raises
    ------
    ParseError
        If the circuit is sequential and `cycles` is None, a signal is not driven, or
        signals depend on themselves.
    """
    signals.check(path)
    signals = replace(
        signals, cells={name: tidy(cell) for name, cell in signals.cells.items()}
    )
    if cycles is not None:
        signals = unroll(signals, cycles, unknown)
    elif signals.latches:
        first = next(iter(signals.latches))
        msg = f"the circuit is sequential ({first!r} is a register): say cycles="
        raise ParseError(path, signals.lines.get(first), msg)
    return _Builder(signals).build(path)


class _Builder:
    def __init__(self, signals: Signals) -> None:
        self.signals = signals
        self.netlist = Netlist(signals.name)
        self.pins: dict[str, Pin] = {}
        used = {port.name for port in signals.inputs}
        self.outputs: list[tuple[str, Port]] = []
        for port in signals.outputs:
            name = port.name
            while name in used:
                name += "_out"
            used.add(name)
            self.outputs.append((name, port))
        self.taken = used

    def build(self, path: object) -> Netlist:
        for name, bits, signed in self.signals.inputs:
            pins = self.netlist.add_input(name, len(bits), signed)
            self.pins.update(zip(bits, pins, strict=True))
        for name in self.signals.order(path):
            self.pins[name] = self.cell(name, self.signals.cells[name])
        for name, port in self.outputs:
            drivers = [self.pins[bit] for bit in port.signals]
            self.netlist.add_output(name, drivers, port.signed)
        self.netlist.validate()
        return self.netlist

    def cell(self, name: str, cell: Cell) -> Pin:
        """Add the gates of a cell and return the pin that drives its signal."""
        if cell.kind == COVER:
            return self.products(name, cell)
        pins = [self.pins[other] for other in cell.inputs]
        if cell.kind in ("0", "1"):
            return self.netlist.add_constant(int(cell.kind))
        if cell.kind in SYMMETRIC:
            return self.tree(name, cell.kind, pins)
        if cell.kind == "BUF":
            return pins[0]
        return self.gate(name, cell.kind, *pins)

    def gate(self, name: str, kind: str, *pins: Pin) -> Pin:
        if name in self.taken:
            name = f"gate {name}"
        while name in self.taken:
            name += "'"
        self.taken.add(name)
        return self.netlist.add_gate(kind, *pins, name=name)[0]

    def tree(self, name: str, kind: str, pins: list[Pin]) -> Pin:
        """Add a balanced tree of gates of two inputs (three for parities)."""
        inner = _INVERTED.get(kind, kind)
        step = 0
        while len(pins) > (3 if inner == "XOR" else 2):
            if inner == "XOR":
                taken, pins = pins[:3], pins[3:]
            else:
                taken, pins = pins[:2], pins[2:]
            step += 1
            made = "XOR3" if inner == "XOR" else inner
            pins.append(self.gate(f"{name}:{step}", made, *taken))
        if len(pins) == 1:
            return self.gate(name, "NOT", pins[0]) if kind != inner else pins[0]
        if len(pins) == 3:
            return self.gate(name, "XOR3" if kind == inner else "XOR3~Y", *pins)
        return self.gate(name, kind, *pins)

    def products(self, name: str, cell: Cell) -> Pin:
        """Add a sum of products; negated literals are signs, they cost nothing."""
        cubes = [
            [
                (self.pins[other], letter == "1")
                for other, letter in zip(cell.inputs, cube, strict=True)
                if letter != "-"
            ]
            for cube in cell.cover
        ]
        on = cell.value == 1
        if len(cubes) == 1:
            pin, true = self.conjunction(name, cubes[0], flip=not on)
        else:  # a or b = not (not a and not b)
            terms = [
                self.conjunction(f"{name}.{row}", cube, flip=False)
                for row, cube in enumerate(cubes)
            ]
            negated = [(term, not true) for term, true in terms]
            pin, true = self.conjunction(name, negated, flip=on)
        return pin if true else self.gate(name, "NOT", pin)

    def conjunction(
        self, name: str, literals: list[tuple[Pin, bool]], *, flip: bool
    ) -> tuple[Pin, bool]:
        """Return a pin and its sign for the AND of pins with signs, a balanced tree.

        With `flip` it is the negation; the last gate takes it up.
        """
        literals = list(dict.fromkeys(literals))
        if len(literals) == 1:
            pin, true = literals[0]
            return pin, true != flip
        step = 0
        while len(literals) > 2:
            (a, a_true), (b, b_true), *literals = literals
            step += 1
            kind = "AND" + "~A" * (not a_true) + "~B" * (not b_true)
            literals.append((self.gate(f"{name}:{step}", kind, a, b), True))
        (a, a_true), (b, b_true) = literals
        kind = "AND" + "~A" * (not a_true) + "~B" * (not b_true) + "~C" * flip
        return self.gate(name, kind, a, b), True


def from_netlist(netlist: Netlist) -> Signals:
    """Return the signals of a netlist, one cell an output pin of a gate.

    Gates of several outputs become a cover each. Signals have the names of their
    p-bits: bits of buses are ``a[0]``, ``a[1]`` ...
    """
    netlist.validate()
    names = dict(_names(netlist))
    signals = Signals(netlist.name)
    signed = netlist.signed
    signals.inputs = tuple(
        Port(bus, tuple(names[Pin(bus, k)] for k in range(width)), bus in signed)
        for bus, width in netlist.inputs.items()
    )
    signals.outputs = tuple(
        Port(bus, tuple(_label(bus, width, k) for k in range(width)), bus in signed)
        for bus, width in netlist.outputs.items()
    )
    for node in netlist.in_order():
        kind = netlist.graph.nodes[node]["kind"]
        if kind == "constant":
            value = int(netlist.graph.nodes[node]["value"])
            signals.cells[names[Pin(node, 0)]] = Cell(str(value))
        elif kind == "gate":
            drivers = {p: names[source] for p, (source, _) in _drivers(netlist, node)}
            for pin, cell in _cells(netlist, node, drivers):
                signals.cells[names[pin]] = cell
        elif kind == "output":
            width = netlist.outputs[node]
            for place, (source, _) in _drivers(netlist, node):
                label = _label(node, width, int(place))
                if names[source] != label:
                    signals.cells[label] = Cell("BUF", (names[source],))
    return signals


def _drivers(netlist: Netlist, node: str) -> Iterator[tuple[PinName, tuple[Pin, bool]]]:
    yield from netlist.sources(node).items()


def _label(bus: str, width: int, k: int) -> str:
    return bus if width == 1 else f"{bus}[{k}]"


def _names(netlist: Netlist) -> Iterator[tuple[Pin, str]]:
    """Yield a unique name for every driving pin: its output bit, if it has just one."""
    taken: set[str] = set()
    for bus, width in {**netlist.inputs, **netlist.outputs}.items():
        taken.update(_label(bus, width, k) for k in range(width))
    outputs: dict[Pin, str] = {}
    for bus, width in netlist.outputs.items():
        for pin, (source, _) in _drivers(netlist, bus):
            outputs.setdefault(source, _label(bus, width, int(pin)))
    for node, data in netlist.graph.nodes(data=True):
        if data["kind"] == "input":
            width = data["width"]
            for k in range(width):
                yield Pin(node, k), _label(node, width, k)
        elif data["kind"] != "output":
            gate = netlist.gate(node) if data["kind"] == "gate" else None
            pins: tuple[PinName, ...] = gate.outputs if gate else (0,)
            for pin in pins:
                name = outputs.get(Pin(node, pin))
                if name is None:
                    plain = str(node).replace(" ", "_")
                    name = plain if len(pins) == 1 else f"{plain}.{pin}"
                    while name in taken:
                        name += "_"
                    taken.add(name)
                yield Pin(node, pin), name


def _cells(
    netlist: Netlist, node: str, drivers: dict[PinName, str]
) -> Iterator[tuple[Pin, Cell]]:
    gate = netlist.gate(node)
    inputs = tuple(drivers[pin] for pin in gate.inputs)
    if gate.name in SYMMETRIC or gate.name in ("NOT", "COPY"):
        kind = "BUF" if gate.name == "COPY" else gate.name
        yield Pin(node, gate.outputs[0]), Cell(kind, inputs)
        return
    for pin in gate.outputs:
        cubes = tuple("".join(map(str, ones)) for ones in gate.formulas[pin])
        yield Pin(node, pin), Cell(COVER, inputs, cubes)

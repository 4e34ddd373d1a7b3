"""The same circuit in fewer p-bits: adders recognised, inverters gone, cells chosen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from compilers.logic.adders import Adder, find_adders
from compilers.logic.covers import named
from compilers.logic.cuts import Cut, Formula, merge
from compilers.logic.gates import Gate, find_gate
from compilers.logic.lowering import lower
from compilers.logic.netlist import Netlist
from compilers.logic.wiring import Pin

GAP = 4.0  # what a wrong row of any gate costs at least, that of AND
# Parities by the gadget: half the coefficients of the published gates, two thirds the gap.
_BETTER = {"XOR": "F2_6", "XNOR": "F2_9"}


@dataclass(frozen=True)
class _Choice:
    """A way to drive a net: a gate over leaves, or another net, or a constant."""

    leaves: tuple[int, ...]
    cost: int
    gate: str | Gate | None = None
    constant: int | None = None
    adder: Adder | None = None


@dataclass
class _Nets:
    """A netlist's driving pins as numbers, drivers first, and their cuts."""

    pins: list[Pin] = field(default_factory=list)
    numbers: dict[Pin, int] = field(default_factory=dict)
    cuts: dict[int, list[Cut]] = field(default_factory=dict)
    own: dict[int, _Choice] = field(default_factory=dict)

    def add(self, pin: Pin) -> int:
        self.numbers[pin] = len(self.pins)
        self.pins.append(pin)
        return len(self.pins) - 1


def simplify(netlist: Netlist) -> Netlist:
    """Return a netlist of the same function and buses with fewer p-bits.

    Half and full adders are recognised by what they compute, whatever gates they were
    made of, up to signs of their pins; they take no auxiliary p-bit. Of the other nets,
    each becomes the gate of two or three inputs that makes the whole cheapest by area
    flow. Inverters are signs of pins and buffers nothing. Strengths are set anew so
    that a wrong row of any gate costs at least 4, as that of AND.

    A netlist with directed wires, or one that would not get smaller, keeps its gates;
    `prove` can show the rest.

    Examples
    --------
    >>> netlist = Netlist("half adder")
    >>> a, b = netlist.add_input("X", 2)
    >>> (both,) = netlist.add_gate("AND", a, b)
    >>> (either,) = netlist.add_gate("OR", a, b)
    >>> (neither,) = netlist.add_gate("NOT", both)
    >>> netlist.add_output("Y", [*netlist.add_gate("AND", either, neither), both])
    >>> simplify(netlist)
    Netlist(half adder: 1 gates, buses X[2] Y[2])
    """
    netlist.validate()
    if any(
        wire[2]
        for _, _, wires in netlist.graph.edges(data="wires")
        for wire in wires
        if len(wire) > 2
    ):
        return netlist
    nets = _read(netlist)
    before = _equalised(netlist)
    best, least = before, len(lower(before).labels)
    for adders in (True, False):
        made = _build(netlist, nets, adders=adders)
        size = len(lower(made).labels)
        if size < least:
            best, least = made, size
    return best


def _equalised(netlist: Netlist) -> Netlist:
    copy = Netlist.from_networkx(netlist.graph, netlist.name)
    for node, kind in copy.graph.nodes(data="kind"):
        if kind == "gate":
            copy.graph.nodes[node]["strength"] = _strength(copy.gate(node))
    return copy


def _strength(gate: Gate) -> float:
    return GAP / gate.gap if gate.gap else 1.0


def _formula(gate: Gate, pin: str) -> Formula:
    return gate.formulas[pin], False


def _read(netlist: Netlist) -> _Nets:
    nets = _Nets()
    for bus, width in netlist.inputs.items():
        for k in range(width):
            net = nets.add(Pin(bus, k))
            nets.cuts[net] = [Cut((net,), 0b10)]
    for node in netlist.in_order():
        data = netlist.graph.nodes[node]
        if data["kind"] == "constant":
            net = nets.add(Pin(node, 0))
            nets.cuts[net] = [Cut((), data["value"])]
        elif data["kind"] == "gate":
            _read_gate(netlist, node, nets)
    return nets


def _read_gate(netlist: Netlist, node: str, nets: _Nets) -> None:
    gate = netlist.gate(node)
    sources = netlist.sources(node)
    inputs = tuple(nets.numbers[sources[pin][0]] for pin in gate.inputs)
    below = [nets.cuts[net] for net in inputs]
    made = []
    for pin in gate.outputs:
        net = nets.add(Pin(node, pin))
        made.append(net)
        nets.cuts[net] = [*merge(_formula(gate, pin), below), Cut((net,), 0b10)]
    if len(made) == 1:
        held = netlist.graph.nodes[node]["gate"]
        nets.own[made[0]] = _Choice(inputs, len(gate.driven), held)
    else:
        held = netlist.graph.nodes[node]["gate"]
        for net in made:
            nets.own[net] = _Choice(inputs, 1, held)


def _build(netlist: Netlist, nets: _Nets, *, adders: bool) -> Netlist:
    members: dict[int, Adder] = {}
    if adders:
        taken: set[int] = set()
        for k in (3, 2):
            for adder in find_adders(nets.cuts, taken, k):
                members[adder.sum] = members[adder.carry] = adder
    while True:
        chosen = _choose(netlist, nets, members)
        needed = _needed(netlist, nets, chosen)
        # A sum or a carry that nobody reads any more is no reason for an adder.
        halves = [
            net
            for net, adder in members.items()
            if net in needed and not {adder.sum, adder.carry} <= needed
        ]
        if not halves:
            return _Writer(netlist, nets, chosen, needed).write()
        for net in halves:
            del members[net]


def _choose(
    netlist: Netlist, nets: _Nets, members: dict[int, Adder]
) -> dict[int, _Choice]:
    """Return the cheapest way to drive each net by area flow."""
    readers = _readers(netlist, nets)
    flow: dict[int, float] = {}
    chosen: dict[int, _Choice] = {}
    for net in range(len(nets.pins)):
        if net not in nets.own:
            flow[net] = 0.0
            continue
        options = _options(nets, net, members)
        best = None
        for option in options:
            area = option.cost + sum(flow[leaf] for leaf in option.leaves)
            if best is None or area < best[0]:
                best = area, option
        assert best is not None  # noqa: S101 - its own gate is one
        chosen[net] = best[1]
        flow[net] = best[0] / max(1, readers.get(net, 1))
    return chosen


def _options(nets: _Nets, net: int, members: dict[int, Adder]) -> Iterator[_Choice]:
    adder = members.get(net)
    if adder is not None:
        yield _Choice(adder.leaves, 1, adder.gate, adder=adder)
        return
    for leaves, table in nets.cuts[net]:
        if leaves == (net,):
            continue
        if not leaves:
            yield _Choice((), 0, constant=table)
        elif len(leaves) == 1 and table == 0b10:
            yield _Choice(leaves, 0)
        else:
            cell = named(table, tuple(str(leaf) for leaf in leaves))
            name = _BETTER.get(cell.kind, cell.kind)
            yield _Choice(leaves, len(find_gate(name).driven), name)
    yield nets.own[net]


def _readers(netlist: Netlist, nets: _Nets) -> dict[int, int]:
    counts: dict[int, int] = {}
    for node, kind in netlist.graph.nodes(data="kind"):
        if kind in ("gate", "output"):
            for source, _ in netlist.sources(node).values():
                net = nets.numbers[source]
                counts[net] = counts.get(net, 0) + 1
    return counts


def _needed(netlist: Netlist, nets: _Nets, chosen: dict[int, _Choice]) -> set[int]:
    needed: set[int] = set()
    stack = [
        nets.numbers[source]
        for bus in netlist.outputs
        for source, _ in netlist.sources(bus).values()
    ]
    while stack:
        net = stack.pop()
        if net not in needed:
            needed.add(net)
            if net in chosen:
                stack.extend(chosen[net].leaves)
    return needed


class _Writer:
    """Adds the gates that are needed to a new netlist, drivers first."""

    def __init__(
        self,
        netlist: Netlist,
        nets: _Nets,
        chosen: dict[int, _Choice],
        needed: set[int],
    ) -> None:
        self.old, self.nets, self.chosen, self.needed = netlist, nets, chosen, needed
        self.new = Netlist(netlist.name)
        self.made: dict[int, Pin] = {}
        signed = netlist.signed
        for bus, width in netlist.inputs.items():
            for k, pin in enumerate(self.new.add_input(bus, width, bus in signed)):
                self.made[nets.numbers[Pin(bus, k)]] = pin
        self.reserved = {*netlist.inputs, *netlist.outputs}

    def write(self) -> Netlist:
        for net in range(len(self.nets.pins)):
            if net in self.needed and net not in self.made:
                self._drive(net)
        for bus in self.old.outputs:
            drivers = sorted(self.old.sources(bus).items())
            pins = [self.made[self.nets.numbers[source]] for _, (source, _) in drivers]
            self.new.add_output(bus, pins, bus in self.old.signed)
        return self.new

    def _drive(self, net: int) -> None:
        choice = self.chosen.get(net)
        pin = self.nets.pins[net]
        if choice is None:  # a constant of the netlist
            value = self.old.graph.nodes[pin.node]["value"]
            self.made[net] = self.new.add_constant(value)
        elif choice.constant is not None:
            self.made[net] = self.new.add_constant(choice.constant)
        elif choice.gate is None:
            self.made[net] = self.made[choice.leaves[0]]
        else:
            self._gate(net, choice, pin)

    def _gate(self, net: int, choice: _Choice, pin: Pin) -> None:
        assert choice.gate is not None  # noqa: S101 - the caller looked
        gate = find_gate(choice.gate)
        sources = [self.made[leaf] for leaf in choice.leaves]
        outputs = {gate.outputs[0]: net}
        if choice.adder is not None:
            outputs = dict(
                zip(gate.outputs, (choice.adder.sum, choice.adder.carry), strict=True)
            )
        elif len(gate.outputs) > 1:
            nets = {p: self.nets.numbers[Pin(pin.node, p)] for p in gate.outputs}
            own = self.nets.own
            outputs = {p: n for p, n in nets.items() if self.chosen[n] is own[n]}
        read = {name: other for name, other in outputs.items() if other in self.needed}
        name = self._name(choice, pin)
        if len(read) < len(gate.outputs):  # an output that nobody reads is auxiliary
            gate = _hide(gate, tuple(read))
        made = self.new.add_gate(gate, *sources, name=name, strength=_strength(gate))
        for output, driver in zip(gate.outputs, made, strict=True):
            self.made[read[output]] = driver

    def _name(self, choice: _Choice, pin: Pin) -> str:
        name = pin.node
        if choice.adder is not None:
            nodes = [
                self.nets.pins[n].node for n in (choice.adder.sum, choice.adder.carry)
            ]
            name = "+".join(dict.fromkeys(nodes))
        while name in self.new.graph or name in self.reserved:
            name += "'"
        return name


def _hide(gate: Gate, outputs: tuple[str, ...]) -> Gate:
    """Return a gate of fewer outputs; the others stay as auxiliary pins."""
    name = f"{gate.name}:{','.join(outputs)}"
    return replace(gate, name=name, outputs=outputs)

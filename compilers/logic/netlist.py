"""Netlist: gates wired between named buses, held in a networkx DiGraph."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import Any

import networkx as nx

from compilers.logic.gates import Gate, find_gate, is_known
from compilers.logic.validation import (
    check_circuit,
    check_driver,
    check_ends,
    check_strength,
    is_name,
)
from compilers.logic.wiring import Pin, PinName, Wire, gate_of, wires_into
from compilers.program import as_number, check_number
from pbit.checks import check_count


class Netlist:
    """A combinational circuit: input buses, gates, constants, output buses.

    ``graph`` is a :class:`networkx.DiGraph`. Its nodes have an attribute ``kind``:
    ``"input"`` and ``"output"`` (with ``width``, and ``signed`` if the bus is in two's
    complement), ``"constant"`` (with ``value``) or ``"gate"`` (with ``gate``, a name
    that `find_gate` knows or a `Gate`, and ``strength``, 1 if it is left out). An edge
    has ``wires``, a tuple of :class:`Wire`. Any tool may edit it; `validate` says
    whether it is still a circuit.

    Parameters
    ----------
    name
        What the circuit is called in provenance.

    Examples
    --------
    >>> netlist = Netlist("majority of three")
    >>> a, b, c = netlist.add_input("X", 3)
    >>> _, carry = netlist.add_gate("FULL_ADDER_6", a, b, c, name="fa")
    >>> netlist.add_output("Sum", [Pin("fa", "S")])
    >>> netlist.add_output("Y", [carry])
    >>> netlist.evaluate({"X": 0b110})
    {'Sum': 0, 'Y': 1}
    """

    def __init__(self, name: str = "netlist") -> None:
        self.name = name
        self.graph = nx.DiGraph()

    @classmethod
    def from_networkx(cls, graph: nx.DiGraph, name: str = "netlist") -> Netlist:
        """Take a copy of a graph laid out as `graph` above, and validate it."""
        if not isinstance(graph, nx.DiGraph) or graph.is_multigraph():
            msg = f"graph must be a networkx.DiGraph, not {type(graph).__name__}"
            raise TypeError(msg)
        netlist = cls(name)
        netlist.graph = graph.copy()
        netlist.validate()
        return netlist

    def add_input(
        self, bus: str, width: int = 1, signed: bool = False
    ) -> tuple[Pin, ...]:
        """Add an input bus and return its pins, bit 0 first."""
        check_count(f"width of bus {bus!r}", width)
        sign = {"signed": True} if signed else {}
        self._add_node(bus, kind="input", width=int(width), **sign)
        return tuple(Pin(bus, k) for k in range(width))

    def add_output(
        self, bus: str, sources: Sequence[Pin], signed: bool = False
    ) -> None:
        """Add an output bus whose bits are driven by `sources`, bit 0 first."""
        check_count(f"width of bus {bus!r}", len(sources))
        sign = {"signed": True} if signed else {}
        self._add_node(bus, kind="output", width=len(sources), **sign)
        for k, source in enumerate(sources):
            check_driver(self.graph, Pin(*source))
            self._wire(Pin(*source), Pin(bus, k))

    def add_constant(self, value: int) -> Pin:
        """Return a pin that is always 0 or always 1."""
        check_number("value", value, 1)
        name = f"constant {value}"
        if name not in self.graph:
            self._add_node(name, kind="constant", value=int(value))
        return Pin(name, 0)

    def add_gate(
        self,
        gate: str | Gate,
        *sources: Pin,
        name: str | None = None,
        strength: float = 1,
    ) -> tuple[Pin, ...]:
        """Add a gate and return its output pins, in the order of the gate table.

        Parameters
        ----------
        gate
            A name that `find_gate` knows, upper or lower case, or a `Gate`.
        *sources
            Pins that drive its inputs, in order; none, to `connect` them later.
        name
            Name of the node; numbered if omitted.
        strength
            Factor on the gate's couplings and biases, above 0: how much a wrong row
            costs beside other gates. Ground states do not depend on it.

        Raises
        ------
        KeyError
            If there is no such gate.
        ValueError
            If the number of sources is wrong, the name is taken, or `strength` is not
            above 0.
        """
        found = find_gate(gate)
        if sources and len(sources) != len(found.inputs):
            pins = ", ".join(found.inputs)
            msg = f"{found.name} has the inputs {pins}, but {len(sources)} are given"
            raise ValueError(msg)
        check_strength("strength", strength)
        if name is None:
            numbers = itertools.count(self.graph.number_of_nodes())
            names = (f"{found.name.lower()}{k}" for k in numbers)
            name = next(name for name in names if name not in self.graph)
        held = found if isinstance(gate, Gate) and not is_known(gate) else found.name
        self._add_node(name, kind="gate", gate=held, strength=strength)
        for source, pin in zip(sources, found.inputs, strict=False):
            source = Pin(*source)
            check_driver(self.graph, source)
            self._wire(source, Pin(name, pin))
        return tuple(Pin(name, pin) for pin in found.outputs)

    def connect(self, source: Pin, target: Pin, directed: bool = False) -> None:
        """Wire a driving pin to a reading pin.

        Raises
        ------
        ValueError
            If there is no such driving or reading pin, or `target` is driven already.
        """
        source, target = Pin(*source), Pin(*target)
        check_ends(self.graph, source, target)
        for other, wire in wires_into(self.graph, target.node):
            if wire.target == target.pin:
                msg = f"{target} is driven twice: by {other} and by {source}"
                raise ValueError(msg)
        self._wire(source, target, bool(directed))

    @property
    def signed(self) -> frozenset[str]:
        """Buses in two's complement."""
        nodes: Any = self.graph.nodes(data="signed")
        return frozenset(node for node, signed in nodes if signed)

    @property
    def inputs(self) -> dict[str, int]:
        """Input buses and their widths."""
        return self._buses("input")

    @property
    def outputs(self) -> dict[str, int]:
        """Output buses and their widths."""
        return self._buses("output")

    def gate(self, node: str) -> Gate:
        """Return the gate that a node stands for."""
        return gate_of(self.graph, node)

    def in_order(self) -> Iterator[str]:
        """Yield the nodes, drivers before readers, else in the order of adding."""
        place = {node: k for k, node in enumerate(self.graph)}
        order: Iterator[str] = nx.lexicographical_topological_sort(
            self.graph, key=place.__getitem__
        )
        return order

    def sources(self, node: str) -> dict[PinName, tuple[Pin, bool]]:
        """Return what drives the pins of a node: pin -> (driver, whether directed)."""
        return {
            wire.target: (source, wire.directed)
            for source, wire in wires_into(self.graph, node)
        }

    def validate(self) -> None:
        """Raise a ValueError unless this is a circuit; the message names the place.

        Every node is known, every reading pin driven exactly once, every driving pin of
        a gate read, and no signal depends on itself. There is at least one input bus
        and one output bus.
        """
        check_circuit(self.graph, self.name)

    def values(self, inputs: Mapping[str, int]) -> dict[Pin, int]:
        """Return the bit on every pin, auxiliary pins included, for numbers on inputs.

        The slow and obvious evaluator: it walks the circuit and looks rows up.

        Raises
        ------
        KeyError
            If an input bus has no number, or a name is no input bus.
        TypeError, ValueError
            If a number is none, or does not fit its bus.
        """
        widths = self.inputs
        for bus in {**widths, **inputs}:
            if (bus in widths) != (bus in inputs):
                what = "no number for input bus" if bus in widths else "no input bus is"
                msg = f"{what} {bus!r}; input buses: {', '.join(widths)}"
                raise KeyError(msg)
        bits: dict[Pin, int] = {}
        here: Mapping[Any, int]
        for node in self.in_order():
            data = self.graph.nodes[node]
            driven = {
                pin: bits[source] for pin, (source, _) in self.sources(node).items()
            }
            if data["kind"] == "input":
                signed = bool(data.get("signed"))
                number = check_number(node, inputs[node], widths[node], signed=signed)
                here = {k: number >> k & 1 for k in range(widths[node])}
            elif data["kind"] == "constant":
                here = {0: data["value"]}
            elif data["kind"] == "output":
                here = driven
            else:
                found = self.gate(node)
                here = found.table[tuple(driven[pin] for pin in found.inputs)]
            bits.update({Pin(node, pin): bit for pin, bit in here.items()})
        return bits

    def evaluate(self, inputs: Mapping[str, int]) -> dict[str, int]:
        """Return the numbers on the output buses for numbers on the input buses."""
        bits = self.values(inputs)
        signed = self.signed
        return {
            bus: as_number(
                sum(bits[Pin(bus, k)] << k for k in range(width)),
                width,
                signed=bus in signed,
            )
            for bus, width in self.outputs.items()
        }

    def sha256(self) -> str:
        """Return a digest of nodes and wires, in the order they were added."""
        nodes = [
            (node, sorted(data.items())) for node, data in self.graph.nodes(data=True)
        ]
        edges = [
            (u, v, [tuple(wire) for wire in wires])
            for u, v, wires in self.graph.edges(data="wires")
        ]
        return hashlib.sha256(repr((nodes, edges)).encode()).hexdigest()

    def __repr__(self) -> str:
        """Say the name, the number of gates and the buses."""
        gates = sum(kind == "gate" for _, kind in self.graph.nodes(data="kind"))
        buses = {**self.inputs, **self.outputs}
        listed = " ".join(f"{bus}[{width}]" for bus, width in buses.items())
        return f"Netlist({self.name}: {gates} gates, buses {listed})"

    def _add_node(self, name: str, **data: Hashable) -> None:
        if not is_name(name):
            msg = f"the name of a node must be a string, not {name!r}"
            raise TypeError(msg)
        if name in self.graph:
            msg = f"{name!r} is taken: names of buses and gates are unique"
            raise ValueError(msg)
        self.graph.add_node(name, **data)

    def _wire(self, source: Pin, target: Pin, directed: bool = False) -> None:
        wire = Wire(source.pin, target.pin, directed)
        data = self.graph.get_edge_data(source.node, target.node)
        if data is None:
            self.graph.add_edge(source.node, target.node, wires=(wire,))
        else:
            data["wires"] = (*data.get("wires", ()), wire)

    def _buses(self, kind: str) -> dict[str, int]:
        nodes = self.graph.nodes(data=True)
        return {node: data["width"] for node, data in nodes if data.get("kind") == kind}

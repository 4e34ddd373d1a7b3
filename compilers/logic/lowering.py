"""From a netlist to p-bits: one a net, with the couplings of all gates summed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Hashable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import scipy.sparse as sp

import pbit
from compilers.logic.gates import Gate
from compilers.logic.judging import CircuitRelation, buses_of
from compilers.logic.netlist import Netlist
from compilers.logic.relation import Numbers
from compilers.logic.simulation import Evaluator
from compilers.logic.wiring import Pin, PinName, wires_into
from compilers.program import Program
from pbit.model import IsingModel, PCircuit

ONE_WAY = 2.0  # 2 J0 with J0 = 1, the smallest coupling of the gates [PRX 2017]


@dataclass
class Lowered:
    """A netlist's p-bits and couplings, and which p-bit stands for which pin.

    Attributes
    ----------
    labels
        Names of the p-bits: inputs, then nets in the order of the signals.
    J, h, offset
        Sums over the gates; J holds each pair of numbers (i < j) once.
    one_way
        ``{(listener, driver): weight}`` of the directed wires.
    pins
        Pin -> number of its p-bit; pins on constant nets have none.
    constants
        Pin -> bit, for driving pins that can only have one value.
    wires
        The directed wires' names, as in `one_way`.
    ground_energy
        Energy of every assignment that obeys all gates (symmetric couplings only).
    """

    labels: list[str] = field(default_factory=list)
    J: dict[tuple[int, int], float] = field(default_factory=dict)
    h: list[float] = field(default_factory=list)
    offset: float = 0.0
    one_way: dict[tuple[int, int], float] = field(default_factory=dict)
    pins: dict[Pin, int] = field(default_factory=dict)
    constants: dict[Pin, int] = field(default_factory=dict)
    wires: dict[tuple[int, int], str] = field(default_factory=dict)
    ground_energy: float = 0.0

    def new(self, label: str) -> int:
        """Add a p-bit and return its number."""
        self.labels.append(label)
        self.h.append(0.0)
        return len(self.labels) - 1

    def couple(self, i: int, j: int, weight: float) -> None:
        """Add to a coupling; of a p-bit with itself it is a constant, m² = 1."""
        if i == j:
            self.offset -= weight
        elif weight:
            pair = (min(i, j), max(i, j))
            self.J[pair] = self.J.get(pair, 0.0) + weight

    def model(self) -> PCircuit:
        """Return the p-circuit: an Ising model unless there are directed wires."""
        n = len(self.labels)
        pairs = np.array(list(self.J), dtype=np.int64).reshape(-1, 2)
        one_way = np.array(list(self.one_way), dtype=np.int64).reshape(-1, 2)
        values = np.array(list(self.J.values()), dtype=np.float64)
        ends = np.vstack([pairs, pairs[:, ::-1], one_way])
        data = np.concatenate([values, values, list(self.one_way.values())])
        weights = sp.coo_array((data, (ends[:, 0], ends[:, 1])), shape=(n, n))
        if self.one_way:
            return PCircuit(weights, self.h, self.labels)
        return IsingModel(weights, self.h, self.offset, self.labels)


def lower(netlist: Netlist, silent: Collection[str] = ()) -> Lowered:
    """Give every net a p-bit and sum the gates' couplings over shared nets.

    Each gate is at its lowest energy on the rows of its truth table and nowhere else,
    so the sum is at its lowest exactly on the assignments that obey every gate. A pin
    on a constant net becomes bias and offset; a constant bit of an output bus is a
    p-bit held by a bias alone. Nothing is rescaled but by the gates' own strengths.
    The gates named in `silent` add no couplings: their nets are there, and free.

    Raises
    ------
    ValueError
        If the netlist is not a circuit, as `Netlist.validate` says.
    """
    netlist.validate()
    lowered = Lowered()
    names = _net_names(netlist)
    for bus, width in netlist.inputs.items():
        for k in range(width):
            pin = Pin(bus, k)
            lowered.pins[pin] = lowered.new(names[pin])
    for node in netlist.in_order():
        kind = netlist.graph.nodes[node]["kind"]
        if kind == "constant":
            lowered.constants[Pin(node, 0)] = netlist.graph.nodes[node]["value"]
        elif kind == "gate":
            _lower_gate(netlist, node, names, lowered, silent=node in silent)
    for bus in netlist.outputs:
        _lower_output(netlist, bus, lowered)
    return lowered


def _net_names(netlist: Netlist) -> dict[Pin, str]:
    """Name every net: after an input bus, else an output bus, else its gate."""
    widths = {**netlist.inputs, **netlist.outputs}

    def name(pin: Pin) -> str:
        return pin.node if widths.get(pin.node) == 1 else str(pin)

    names = {
        Pin(bus, k): name(Pin(bus, k)) for bus, w in widths.items() for k in range(w)
    }
    for bus in netlist.outputs:
        for pin, (source, _) in sorted(netlist.sources(bus).items()):
            names.setdefault(source, name(Pin(bus, pin)))
    return names


def _lower_gate(
    netlist: Netlist,
    node: str,
    names: dict[Pin, str],
    lowered: Lowered,
    *,
    silent: bool,
) -> None:
    gate = netlist.gate(node)
    bits: dict[PinName, int] = {}
    numbers: dict[PinName, int] = {}
    for source, wire in wires_into(netlist.graph, node):
        pin = wire.target
        if source in lowered.constants:
            bits[pin] = lowered.constants[source]
        elif wire.directed:
            label = str(Pin(node, pin))
            copy = lowered.new(label)
            lowered.one_way[copy, lowered.pins[source]] = ONE_WAY
            lowered.wires[copy, lowered.pins[source]] = f"{source} -> {label}"
            numbers[pin] = lowered.pins[Pin(node, pin)] = copy
        else:
            numbers[pin] = lowered.pins[Pin(node, pin)] = lowered.pins[source]
    plain = not bits and len(set(numbers.values())) == len(numbers)
    fixed = gate.fixed if plain else _fixed(gate, bits, numbers)
    for name in gate.driven:
        here = Pin(node, name)
        if name in fixed:
            bits[name] = lowered.constants[here] = fixed[name]
        else:
            label = names.get(here, str(here))
            numbers[name] = lowered.pins[here] = lowered.new(label)
    if silent:
        return
    strength = float(netlist.graph.nodes[node].get("strength", 1))
    if bits:
        _add_couplings(gate, strength, bits, numbers, lowered)
    else:
        _add_free(gate, strength, numbers, lowered)
    lowered.ground_energy += strength * gate.ground_energy


def _fixed(
    gate: Gate, bits: dict[PinName, int], numbers: dict[PinName, int]
) -> dict[str, int]:
    """Return pins that can only have one value, as inputs are constant or alike."""
    rows = [row for row in gate.table.values() if _possible(row, bits, numbers)]
    seen = {pin: {row[pin] for row in rows} for pin in gate.driven}
    return {pin: values.pop() for pin, values in seen.items() if len(values) == 1}


def _possible(
    row: dict[str, int], bits: dict[PinName, int], numbers: dict[PinName, int]
) -> bool:
    """Say whether a row agrees with inputs that are constant or share a net."""
    on_net: dict[int, int] = {}
    return all(row[str(pin)] == bit for pin, bit in bits.items()) and all(
        on_net.setdefault(number, row[str(pin)]) == row[str(pin)]
        for pin, number in numbers.items()
    )


def _add_free(
    gate: Gate, strength: float, numbers: dict[PinName, int], lowered: Lowered
) -> None:
    """Add a gate none of whose pins is constant."""
    place = [numbers[pin] for pin in gate.pins]
    for k, bias in gate.biases:
        lowered.h[place[k]] += strength * bias
    for i, j, weight in gate.couplings:
        lowered.couple(place[i], place[j], strength * weight)


def _add_couplings(
    gate: Gate,
    strength: float,
    bits: dict[PinName, int],
    numbers: dict[PinName, int],
    lowered: Lowered,
) -> None:
    """Add one gate: free pins couple, constant pins become bias and offset."""
    states = {pin: 2 * bit - 1 for pin, bit in bits.items()}
    for k, bias in gate.biases:
        pin = gate.pins[k]
        if pin in states:
            lowered.offset -= strength * bias * states[pin]
        else:
            lowered.h[numbers[pin]] += strength * bias
    for i, j, coupling in gate.couplings:
        first, second, weight = gate.pins[i], gate.pins[j], strength * coupling
        if first in states and second in states:
            lowered.offset -= weight * states[first] * states[second]
        elif first in states:
            lowered.h[numbers[second]] += weight * states[first]
        elif second in states:
            lowered.h[numbers[first]] += weight * states[second]
        else:
            lowered.couple(numbers[first], numbers[second], weight)


def _lower_output(netlist: Netlist, bus: str, lowered: Lowered) -> None:
    for pin, (source, _) in netlist.sources(bus).items():
        target = Pin(bus, pin)
        if source in lowered.constants:
            number = lowered.new(_bus_label(netlist, target))
            lowered.h[number] = 2.0 * lowered.constants[source] - 1.0
            lowered.ground_energy -= 1.0
            lowered.pins[target] = number
        else:
            lowered.pins[target] = lowered.pins[source]


def _bus_label(netlist: Netlist, pin: Pin) -> str:
    return pin.node if netlist.outputs[pin.node] == 1 else str(pin)


def assignment(netlist: Netlist, inputs: Numbers) -> dict[Hashable, int]:
    """Return the ground state for given inputs, ``{label: ±1}``, by evaluation.

    Raises
    ------
    KeyError, TypeError, ValueError
        If the inputs are not those of the netlist, as `Netlist.values` says.
    """
    lowered = lower(netlist)
    bits = netlist.values(inputs)
    return {lowered.labels[k]: 2 * bits[pin] - 1 for pin, k in lowered.pins.items()}


def compile_netlist(
    netlist: Netlist,
    *,
    how: str,
    source: str = "netlist",
    expected: Callable[[Numbers], Numbers] | None = None,
    elementwise: bool = False,
    given: Netlist | None = None,
) -> Program:
    """Compile a netlist; `expected` judges answers in place of walking the netlist.

    `elementwise` says that `expected` takes arrays of numbers as well.

    `given` is the circuit that `netlist` was simplified from: it judges, and `prove`
    compares the two.
    """
    lowered = lower(netlist)
    given = given or netlist
    widths = {**netlist.inputs, **netlist.outputs}
    relation = CircuitRelation(
        bits={
            bus: tuple(lowered.pins[Pin(bus, k)] for k in range(width))
            for bus, width in widths.items()
        },
        inputs=tuple(netlist.inputs),
        outputs=tuple(netlist.outputs),
        expected=expected or Evaluator(given),
        elementwise=elementwise,
        signed=netlist.signed,
        netlist=netlist,
        source=given,
        lowered=lowered,
    )
    gates = Counter(
        data["gate"].name if isinstance(data["gate"], Gate) else data["gate"]
        for _, data in netlist.graph.nodes(data=True)
        if data["kind"] == "gate"
    )
    provenance: dict[str, Any] = {
        "what": netlist.name,
        "how": how,
        "source": source,
        "sha256": netlist.sha256(),
        "version": pbit.__version__,
        "n": len(lowered.labels),
        "gates": dict(sorted(gates.items())),
        "ground_energy": None if lowered.one_way else lowered.ground_energy,
        "sense": relation.sense,
    }
    buses = buses_of(relation, lowered.labels)
    return Program(lowered.model(), relation, provenance, buses)

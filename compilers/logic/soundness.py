"""Whether a compiled model is what its netlist says: gates, nets, sums and buses."""

from __future__ import annotations

from typing import Any

import numpy as np

from compilers.logic.gates import Gate
from compilers.logic.judging import CircuitRelation
from compilers.logic.wiring import Pin, wires_into
from compilers.program import Program


def wrong_gate(gate: Gate) -> str | None:
    """Return what is wrong with a gate's couplings, by enumeration."""
    n = len(gate.pins)
    states = 2.0 * (np.arange(1 << n)[:, None] >> np.arange(n) & 1) - 1
    couplings, biases = np.array(gate.J, dtype=float), np.array(gate.h, dtype=float)
    if not np.array_equal(couplings, couplings.T) or couplings.diagonal().any():
        return f"{gate.name}: the couplings are not symmetric without a diagonal"
    energies = -0.5 * ((states @ couplings) * states).sum(axis=1) - states @ biases
    lowest = np.flatnonzero(np.isclose(energies, energies.min(), atol=1e-9))
    rows = {sum(int(bit) << k for k, bit in enumerate(row)) for row in gate.rows}
    if set(lowest.tolist()) != rows or len(gate.rows) != 1 << len(gate.inputs):
        return f"{gate.name}: the ground states are not the rows of its truth table"
    if not np.isclose(energies.min(), gate.ground_energy, atol=1e-9):
        return f"{gate.name}: the ground energy is not the stated one"
    return None


def wrong_model(program: Program, relation: CircuitRelation) -> str | None:
    """Return what is wrong with a compiled model beside its netlist, None if nothing."""
    netlist, low = relation.netlist, relation.lowered
    if low.one_way:
        msg = f"{netlist.name} has directed wires: it has no ground states to prove"
        raise ValueError(msg)
    n = program.n
    biases, offset = np.zeros(n), 0.0
    couplings: dict[tuple[int, int], float] = {}
    ground = 0.0
    seen: set[Gate] = set()
    for node, kind in netlist.graph.nodes(data="kind"):
        for source, wire in wires_into(netlist.graph, node):
            if not _same_net(relation, source, Pin(node, wire.target), kind):
                return f"{Pin(node, wire.target)} is not on the net of {source}"
        if kind != "gate":
            continue
        gate = netlist.gate(node)
        if gate not in seen:
            seen.add(gate)
            if wrong := wrong_gate(gate):
                return wrong
        strength = float(netlist.graph.nodes[node].get("strength", 1))
        ground += strength * gate.ground_energy
        pins = [_pin_value(relation, node, pin) for pin in gate.pins]
        for i, (number, sign) in enumerate(pins):
            if number is None:
                offset -= strength * gate.h[i] * sign
            else:
                biases[number] += strength * gate.h[i]
            for j in range(i):
                weight = strength * gate.J[i][j]
                other, its_sign = pins[j]
                if (number is None and other is None) or number == other:
                    offset -= weight * sign * its_sign
                elif number is None or other is None:
                    free = other if number is None else number
                    biases[free] += weight * sign * its_sign
                elif weight:
                    pair = (min(number, other), max(number, other))
                    couplings[pair] = couplings.get(pair, 0.0) + weight
    for bus in netlist.outputs:
        for pin, (source, _) in netlist.sources(bus).items():
            if source in low.constants:
                biases[low.pins[Pin(bus, pin)]] += 2 * low.constants[source] - 1
                ground -= 1.0
    return _wrong_sums(program, biases, couplings, offset, ground) or _wrong_buses(
        relation
    )


def _pin_value(
    relation: CircuitRelation, node: str, pin: str
) -> tuple[int | None, int]:
    """Return a pin's p-bit and 1, or None and the state of its constant net."""
    low = relation.lowered
    number = low.pins.get(Pin(node, pin))
    if number is not None:
        return number, 1
    bit = low.constants.get(Pin(node, pin))
    if bit is None:
        drivers = relation.netlist.sources(node)
        bit = low.constants[drivers[pin][0]]
    return None, 2 * bit - 1


def _same_net(relation: CircuitRelation, source: Pin, target: Pin, kind: str) -> bool:
    low = relation.lowered
    if source in low.constants:
        return kind == "output" or target not in low.pins
    return low.pins.get(source) == low.pins.get(target) is not None


def _wrong_sums(
    program: Program,
    biases: np.ndarray[Any, Any],
    couplings: dict[tuple[int, int], float],
    offset: float,
    ground: float,
) -> str | None:
    model: Any = program.model
    if not np.allclose(model.h, biases, atol=1e-9):
        return "the biases are not the sum of the gates'"
    rows, columns = model.J.nonzero()
    values = np.asarray(model.J[rows, columns]).ravel()
    upper = rows < columns
    held = {
        (int(i), int(j)): float(w)
        for i, j, w in zip(rows[upper], columns[upper], values[upper], strict=True)
    }
    for pair in held.keys() | couplings.keys():
        if abs(held.get(pair, 0.0) - couplings.get(pair, 0.0)) > 1e-9:
            return f"the coupling of p-bits {pair} is not the sum of the gates'"
    if abs(model.offset - offset) > 1e-6:
        return "the offset is not the sum of the gates'"
    if abs(program.provenance["ground_energy"] - ground) > 1e-6:
        return "the stated ground energy is not the sum of the gates'"
    return None


def _wrong_buses(relation: CircuitRelation) -> str | None:
    low, netlist = relation.lowered, relation.netlist
    for bus, width in {**netlist.inputs, **netlist.outputs}.items():
        bits = tuple(low.pins[Pin(bus, k)] for k in range(width))
        if relation.bits[bus] != bits:
            return f"bus {bus!r} does not read the p-bits of its nets"
    for pin, bit in low.constants.items():
        data = netlist.graph.nodes[pin.node]
        if data["kind"] == "constant" and data["value"] != bit:
            return f"{pin} is not constant {bit}"
        if data["kind"] == "gate" and not _is_constant(relation, pin, bit):
            return f"{pin} is taken for constant {bit} but can change"
    return None


def _is_constant(relation: CircuitRelation, pin: Pin, bit: int) -> bool:
    """Say whether a gate's pin follows from inputs that are constant or one net."""
    gate = relation.netlist.gate(pin.node)
    values = [_pin_value(relation, pin.node, name) for name in gate.inputs]
    for inputs, row in gate.table.items():
        nets: dict[int, int] = {}
        fits = all(
            nets.setdefault(number, b) == b if number is not None else b == (s + 1) // 2
            for b, (number, s) in zip(inputs, values, strict=True)
        )
        if fits and row[str(pin.pin)] != bit:
            return False
    return True

"""Proofs about circuits: equal to another, and compiled to what they say."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from compilers.logic.gates import Gate
from compilers.logic.judging import CircuitRelation
from compilers.logic.miter import Bits, different_inputs
from compilers.logic.netlist import Netlist
from compilers.logic.simulation import Evaluator, Simulator, counting_words
from compilers.logic.wiring import Pin, wires_into
from compilers.program import Program, as_number
from pbit.checks import check_choice

MAX_ENUMERATED = 20  # inputs; beyond them SAT
_BLOCK = 12  # inputs that vary within one word of the simulator
Function = Callable[[Mapping[str, int]], Mapping[str, int]]


@dataclass(frozen=True)
class Proof:
    """What was proved, or the inputs that refute it.

    Attributes
    ----------
    holds
        Whether it is true; also the truth value of the proof itself.
    method
        "enumeration" of all inputs, "sat", or "gadgets" (the compiled model alone).
    steps
        What was shown, in words, in order; the last one is what failed.
    counterexample
        Numbers on the input buses for which outputs differ; None if it holds, or if it
        is not a matter of inputs.
    """

    holds: bool
    method: str
    steps: tuple[str, ...]
    counterexample: Mapping[str, int] | None = None

    def __bool__(self) -> bool:
        """Say whether it holds."""
        return self.holds


def prove(
    circuit: Program | Netlist,
    other: Program | Netlist | Function | None = None,
    *,
    by: str = "name",
    method: str | None = None,
) -> Proof:
    """Prove that a circuit equals another, or that its p-bits equal its netlist.

    A `Program` is first compared with its own netlist: every kind of gate is
    enumerated, every net is one p-bit or one constant, and biases and couplings are the
    sum of the gates'. Then its ground states are the netlist's consistent assignments,
    each at the stated energy, for any number of inputs. If it was simplified, the
    netlist is compared with the one that was given, and up to 20 inputs with the
    function that judges its answers.

    Parameters
    ----------
    circuit
        A compiled circuit or a netlist.
    other
        Another one, or a function from numbers on input buses to numbers on output
        buses, ``{"A": 2, "B": 3} -> {"P": 6}``.
    by
        "name": buses correspond by their names. "order": all input bits and all output
        bits correspond in their order.
    method
        "enumeration" of all inputs (at most 20 bits) or "sat" (python-sat, extra
        ``sat``); chosen by the number of inputs if omitted.

    Returns
    -------
    Proof
        True or false as a condition; with steps, and a counterexample.

    Raises
    ------
    TypeError, ValueError
        If there is nothing to compare, buses do not correspond, wires are directed, or
        a function has more than 20 input bits.
    ImportError
        If SAT is needed and python-sat is not installed.

    Examples
    --------
    >>> import compilers
    >>> bool(prove(compilers.multiplier(3, 3)))
    True
    >>> proof = prove(compilers.gate("and"), lambda x: {"C": x["A"] | x["B"]})
    >>> proof.holds, proof.counterexample
    (False, {'A': 1, 'B': 0})
    """
    check_choice("by", by, ("name", "order"))
    if method is not None:
        check_choice("method", method, ("enumeration", "sat"))
    steps: list[str] = []
    proofs = list(_own(circuit, method, steps)) if isinstance(circuit, Program) else []
    if other is not None and all(proofs):
        if isinstance(other, Program):
            proofs += _own(other, method, steps)
            other = _netlist(other)
        proofs.append(_compare(_netlist(circuit), other, by, method, steps))
    if not proofs:
        msg = "a netlist alone proves nothing: give another netlist or a function"
        raise TypeError(msg)
    return next((proof for proof in proofs if not proof), proofs[-1])


def _netlist(circuit: Any) -> Netlist:
    if isinstance(circuit, Netlist):
        return circuit
    if isinstance(circuit, Program) and isinstance(circuit.problem, CircuitRelation):
        return circuit.problem.netlist
    if isinstance(circuit, Program) and hasattr(circuit.problem, "expected"):
        return _single_gate(circuit)
    msg = f"circuit must be a netlist or a compiled one, not {circuit!r}"
    raise TypeError(msg)


def _single_gate(program: Program) -> Netlist:
    netlist = Netlist(program.provenance["what"])
    relation: Any = program.problem
    pins = [netlist.add_input(bus)[0] for bus in relation.inputs]
    made = netlist.add_gate(netlist.name, *pins, name=f"gate {netlist.name}")
    for bus, pin in zip(relation.outputs, made, strict=True):
        netlist.add_output(bus, [pin])
    return netlist


def _own(program: Program, method: str | None, steps: list[str]) -> Iterator[Proof]:
    """Yield proofs of a compiled circuit against itself, up to the first that fails."""
    relation = program.problem
    if not isinstance(relation, CircuitRelation):
        netlist = _netlist(program)
        wrong = _wrong_gate(netlist.gate(f"gate {netlist.name}"))
        steps.append(wrong or "the gate's ground states are its rows")
        yield Proof(wrong is None, "gadgets", tuple(steps))
        return
    wrong = _wrong_model(program, relation)
    if wrong:
        steps.append(wrong)
        yield Proof(False, "gadgets", tuple(steps))
        return
    gates = sum(program.provenance["gates"].values())
    steps.append(f"the model is the sum of {gates} gates, each verified, on its nets")
    yield Proof(True, "gadgets", tuple(steps))
    if relation.source is not relation.netlist:
        yield _compare(relation.netlist, relation.source, "name", method, steps)
    few = sum(relation.netlist.inputs.values()) <= MAX_ENUMERATED
    if not isinstance(relation.expected, Evaluator) and few:
        yield _compare(relation.source, relation.expected, "name", method, steps)


def _wrong_gate(gate: Gate) -> str | None:
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


def _wrong_model(program: Program, relation: CircuitRelation) -> str | None:
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
            if wrong := _wrong_gate(gate):
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


def _compare(
    first: Netlist, other: Any, by: str, method: str | None, steps: list[str]
) -> Proof:
    first.validate()
    bits = [(bus, k) for bus, width in first.inputs.items() for k in range(width)]
    if not isinstance(other, Netlist):
        if not callable(other):
            msg = f"other must be a netlist, a program or a function, not {other!r}"
            raise TypeError(msg)
        if len(bits) > MAX_ENUMERATED or method == "sat":
            msg = (
                f"a function can be compared on at most {MAX_ENUMERATED} input bits and "
                f"by enumeration, not on {len(bits)}: give a netlist"
            )
            raise ValueError(msg)
        return _against_function(first, other, bits, steps)
    ours = [(bus, k) for bus, width in first.outputs.items() for k in range(width)]
    theirs = _matching(first.inputs, other.inputs, by, "input")
    their_outputs = _matching(first.outputs, other.outputs, by, "output")
    method = method or ("enumeration" if len(bits) <= MAX_ENUMERATED else "sat")
    if method == "enumeration" and len(bits) > MAX_ENUMERATED:
        msg = f"at most {MAX_ENUMERATED} input bits are enumerated, not {len(bits)}"
        raise ValueError(msg)
    search = _enumerate if method == "enumeration" else different_inputs
    found = search(first, other, (bits, theirs), (ours, their_outputs))
    names = f"{first.name} and {other.name}"
    if found is None:
        steps.append(f"{names} agree on all {len(bits)} inputs ({method})")
        return Proof(True, method, tuple(steps))
    steps.append(f"{names} differ ({method})")
    return Proof(False, method, tuple(steps), _numbers(first, bits, found))


def _matching(
    ours: Mapping[str, int], theirs: Mapping[str, int], by: str, what: str
) -> Bits:
    """Return the other netlist's bits in the order of ours."""
    if by == "name":
        for bus in {**ours, **theirs}:
            if ours.get(bus) != theirs.get(bus):
                msg = (
                    f"{what} bus {bus!r} has {ours.get(bus, 'no')} bits in one circuit "
                    f"and {theirs.get(bus, 'no')} in the other: compare by='order'?"
                )
                raise ValueError(msg)
        return [(bus, k) for bus, width in ours.items() for k in range(width)]
    if sum(ours.values()) != sum(theirs.values()):
        msg = (
            f"one circuit has {sum(ours.values())} {what} bits, "
            f"the other {sum(theirs.values())}"
        )
        raise ValueError(msg)
    return [(bus, k) for bus, width in theirs.items() for k in range(width)]


def _enumerate(
    first: Netlist, second: Netlist, bits: tuple[Bits, Bits], outs: tuple[Bits, Bits]
) -> list[int] | None:
    sides = [Simulator(first), Simulator(second)]
    total = len(bits[0])
    count = 1 << min(total, _BLOCK)
    for start in range(0, 1 << total, count):
        words = counting_words(total, start, count)
        results = []
        for simulator, places, reads in zip(sides, bits, outs, strict=True):
            given = {bus: [0] * width for bus, width in simulator.inputs.items()}
            for (bus, k), word in zip(places, words, strict=True):
                given[bus][k] = word
            nets = simulator.words(given, (1 << count) - 1)
            results.append([nets[simulator.reads[bus][k]] for bus, k in reads])
        for ours, theirs in zip(*results, strict=True):
            if wrong := ours ^ theirs:
                x = start + (wrong & -wrong).bit_length() - 1
                return [x >> k & 1 for k in range(total)]
    return None


def _against_function(
    netlist: Netlist, function: Function, bits: Bits, steps: list[str]
) -> Proof:
    simulator = Simulator(netlist)
    name = getattr(function, "__name__", repr(function))
    block = 1 << min(len(bits), _BLOCK)
    for start in range(0, 1 << len(bits), block):
        given = [_spread(netlist, x) for x in range(start, start + block)]
        for inputs, outputs in zip(given, simulator.run(given), strict=True):
            expected = function(inputs)
            if any(outputs[bus] != expected.get(bus) for bus in outputs):
                steps.append(f"{netlist.name} differs from {name} (enumeration)")
                return Proof(False, "enumeration", tuple(steps), inputs)
    steps.append(
        f"{netlist.name} equals {name} on all {len(bits)} inputs (enumeration)"
    )
    return Proof(True, "enumeration", tuple(steps))


def _spread(netlist: Netlist, x: int) -> dict[str, int]:
    """Return numbers on the input buses, whose bits in their order are those of x."""
    numbers = {}
    for bus, width in netlist.inputs.items():
        bits, x = x & (1 << width) - 1, x >> width
        numbers[bus] = as_number(bits, width, signed=bus in netlist.signed)
    return numbers


def _numbers(netlist: Netlist, bits: Bits, values: list[int]) -> dict[str, int]:
    sums = dict.fromkeys(netlist.inputs, 0)
    for (bus, k), bit in zip(bits, values, strict=True):
        sums[bus] |= bit << k
    return {
        bus: as_number(number, netlist.inputs[bus], signed=bus in netlist.signed)
        for bus, number in sums.items()
    }

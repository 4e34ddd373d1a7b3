"""Proofs about circuits: equal to another, and compiled to what they say."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from compilers.logic.equivalence import MAX_ENUMERATED, Function, Proof, compare
from compilers.logic.judging import CircuitRelation
from compilers.logic.netlist import Netlist
from compilers.logic.simulation import Evaluator
from compilers.logic.soundness import wrong_gate, wrong_model
from compilers.program import Program
from pbit.checks import check_choice


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
        proofs.append(compare(_netlist(circuit), other, by, method, steps))
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
        wrong = wrong_gate(netlist.gate(f"gate {netlist.name}"))
        steps.append(wrong or "the gate's ground states are its rows")
        yield Proof(wrong is None, "gadgets", tuple(steps))
        return
    wrong = wrong_model(program, relation)
    if wrong:
        steps.append(wrong)
        yield Proof(False, "gadgets", tuple(steps))
        return
    gates = sum(program.provenance["gates"].values())
    steps.append(f"the model is the sum of {gates} gates, each verified, on its nets")
    yield Proof(True, "gadgets", tuple(steps))
    if relation.source is not relation.netlist:
        yield compare(relation.netlist, relation.source, "name", method, steps)
    few = sum(relation.netlist.inputs.values()) <= MAX_ENUMERATED
    if not isinstance(relation.expected, Evaluator) and few:
        yield compare(relation.source, relation.expected, "name", method, steps)

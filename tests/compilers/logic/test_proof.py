import builtins
import dataclasses

import networkx as nx
import numpy as np
import pytest

import compilers
import pbit
from compilers.formats.bench import read_bench
from compilers.logic import Simulator, prove
from compilers.logic.adder import adder_netlist
from compilers.logic.gates import GATES, find_gate
from compilers.logic.lowering import assignment
from compilers.logic.multiplier import multiplier_netlist
from compilers.logic.netlist import Netlist
from compilers.logic.simulation import counting_words
from compilers.logic.wiring import Pin
from tests.compilers.shared_data import shared


def other_adder(width):
    """A + B from gates of two inputs alone."""
    netlist = Netlist("plain adder")
    a, b = netlist.add_input("A", width), netlist.add_input("B", width)
    carry, sums = None, []
    for x, y in zip(a, b, strict=True):
        (half,) = netlist.add_gate("XOR", x, y)
        (both,) = netlist.add_gate("AND", x, y)
        if carry is None:
            total, carry = half, both
        else:
            (total,) = netlist.add_gate("XOR", half, carry)
            (through,) = netlist.add_gate("AND", half, carry)
            (carry,) = netlist.add_gate("OR", both, through)
        sums.append(total)
    netlist.add_output("S", [*sums, carry])
    return netlist


@pytest.mark.parametrize("method", ["enumeration", "sat"])
def test_two_adders_are_equal_and_a_broken_one_is_not(method):
    good, other = adder_netlist(6), other_adder(6)
    proof = prove(good, other, method=method)
    assert proof
    assert proof.method == method
    assert proof.counterexample is None
    node = next(n for n, d in other.graph.nodes(data=True) if d.get("gate") == "OR")
    other.graph.nodes[node]["gate"] = "AND"
    proof = prove(good, other, method=method)
    assert not proof
    assert good.evaluate(proof.counterexample) != other.evaluate(proof.counterexample)
    assert "differ" in proof.steps[-1]


def test_wide_circuits_are_compared_by_sat():
    proof = prove(adder_netlist(40), other_adder(40))
    assert (proof.holds, proof.method) == (True, "sat")


def test_a_program_proves_itself_and_its_arithmetic():
    proof = prove(compilers.multiplier(4, 3))
    assert proof
    assert (
        proof.steps[0] == "the model is the sum of 20 gates, each verified, on its nets"
    )
    assert "equals _product on all 7 inputs" in proof.steps[1]
    assert prove(compilers.adder(5, cin=True))
    assert prove(compilers.circuit(multiplier_netlist(3, 3), simplify=True))
    for name in GATES:
        assert prove(compilers.gate(name))


def broken(program, **changes):
    return dataclasses.replace(program, **changes)


def test_every_way_to_break_a_model_is_found():
    program = compilers.multiplier(2, 2)
    model = program.model
    J, h = model.J.toarray(), model.h.copy()
    for i, j in np.argwhere(np.triu(J)):
        wrong = J.copy()
        wrong[i, j] = wrong[j, i] = J[i, j] + 1
        other = pbit.IsingModel(wrong, h, model.offset, model.labels)
        assert "the coupling of p-bits" in prove(broken(program, model=other)).steps[-1]
    for i in range(program.n):
        bias = h.copy()
        bias[i] -= 1
        other = pbit.IsingModel(J, bias, model.offset, model.labels)
        assert "the biases" in prove(broken(program, model=other)).steps[-1]
    other = pbit.IsingModel(J, h, model.offset + 1, model.labels)
    assert "the offset" in prove(broken(program, model=other)).steps[-1]
    provenance = {**program.provenance, "ground_energy": 0.0}
    assert "ground energy" in prove(broken(program, provenance=provenance)).steps[-1]
    relation = program.problem
    swapped = {**relation.bits, "A": relation.bits["A"][::-1]}
    problem = dataclasses.replace(relation, bits=swapped)
    assert "bus 'A'" in prove(broken(program, problem=problem)).steps[-1]
    wrong = dataclasses.replace(relation, expected=lambda x: {"P": x["A"] + x["B"]})
    proof = prove(broken(program, problem=wrong))
    assert not proof
    assert proof.counterexample["A"] + proof.counterexample["B"] > 0


def test_a_gate_that_is_none_is_found():
    gate = find_gate("AND")
    for change in (
        {"h": (1, 1, -1)},
        {"rows": ("000", "010", "100", "110")},
        {"J": ((0, -1, 2), (1, 0, 2), (2, 2, 0))},
    ):
        netlist = Netlist("wrong")
        a, b = netlist.add_input("X", 2)
        wrong = dataclasses.replace(gate, name="WRONG", **change)
        netlist.add_output("Y", netlist.add_gate(wrong, a, b))
        proof = prove(compilers.circuit(netlist))
        assert not proof
        assert proof.steps[-1].startswith("WRONG: the ")


def test_a_function_may_be_what_is_compared():
    netlist = adder_netlist(5)
    assert prove(netlist, lambda x: {"S": x["A"] + x["B"]})
    proof = prove(netlist, lambda x: {"S": x["A"] | x["B"]})
    assert not proof
    x = proof.counterexample
    assert x["A"] + x["B"] != x["A"] | x["B"]
    with pytest.raises(ValueError, match=r"at most 20 input bits .* not on 22"):
        prove(adder_netlist(11), lambda x: {"S": x["A"] + x["B"]})


def test_buses_that_do_not_correspond_are_refused():
    with pytest.raises(
        ValueError, match="input bus 'A' has 3 bits in one circuit and 4"
    ):
        prove(adder_netlist(3), adder_netlist(4))
    with pytest.raises(ValueError, match="one circuit has 6 input bits, the other 8"):
        prove(adder_netlist(3), adder_netlist(4), by="order")
    with pytest.raises(ValueError, match="at most 20 input bits are enumerated"):
        prove(adder_netlist(30), adder_netlist(30), method="enumeration")
    with pytest.raises(TypeError, match="a netlist alone proves nothing"):
        prove(adder_netlist(3))
    with pytest.raises(TypeError, match="must be a netlist"):
        prove(compilers.maxcut(nx.path_graph(3)))
    with pytest.raises(ValueError, match="has directed wires"):
        prove(compilers.adder(3, carry="directed"))
    with pytest.raises(ValueError, match="by must be one of"):
        prove(adder_netlist(3), adder_netlist(3), by="size")


def test_without_python_sat_the_extra_is_named(monkeypatch):
    known = builtins.__import__

    def missing(name, *args, **kwargs):
        if name.startswith("pysat"):
            raise ImportError(name)
        return known(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", missing)
    with pytest.raises(ImportError, match=r"pip install 'pbitlab\[sat\]'"):
        prove(adder_netlist(3), adder_netlist(3), method="sat")


@pytest.mark.parametrize("name", ["c17", "c432", "c499", "c1908", "c6288", "c880"])
def test_published_circuits_keep_their_function_when_compiled(name):
    netlist = read_bench(shared("netlists", f"{name}.bench"))
    program = compilers.circuit(netlist, simplify=True)
    proof = prove(program)
    assert proof
    assert prove(program.problem.netlist, netlist, method="sat")
    assert program.n < 1.01 * compilers.circuit(netlist).n


def test_the_simulator_is_the_slow_evaluator():
    for netlist in (multiplier_netlist(3, 4), other_adder(3)):
        simulator = Simulator(netlist)
        given = [{"A": a, "B": b} for a in range(8) for b in range(8)]
        found = simulator.run(given)
        assert found == [netlist.evaluate(inputs) for inputs in given]
    with pytest.raises(ValueError, match="A must be 0 to 7"):
        simulator.run([{"A": 8, "B": 0}])


def test_counting_words_are_the_bits_of_all_numbers():
    for start in (0, 8, 16):
        words = counting_words(6, start, 8)
        for x in range(8):
            bits = sum((word >> x & 1) << k for k, word in enumerate(words))
            assert bits == start + x


def test_broken_gates_are_named():
    program = compilers.circuit(adder_netlist(3))
    inputs = {"A": 5, "B": 3}
    held = assignment(adder_netlist(3), inputs)
    state = np.array([held[label] for label in program.model.labels])
    assert program.violations(state) == []
    state[program.model.index("S[1]")] *= -1
    assert program.violations(state) == ["fa1"]
    carry = next(label for label in program.model.labels if label == "fa1.Cout")
    state[program.model.index(carry)] *= -1
    assert set(program.violations(state)) <= {"fa1", "fa2"}
    assert "fa2" in program.violations(state)
    with pytest.raises(TypeError, match="has no gates"):
        compilers.maxcut(nx.path_graph(3)).violations([1, 1, 1])
    with pytest.raises(ValueError, match="must have shape"):
        program.violations([state, state])


def test_broken_wires_and_constants_are_named():
    program = compilers.adder(2, carry="directed")
    labels = program.model.labels
    state = -np.ones(program.n, dtype=int)
    assert program.violations(state) == []
    state[labels.index("fa1.Cin")] = 1
    assert "ha0.C -> fa1.Cin" in program.violations(state)
    netlist = Netlist("constant")
    (x,) = netlist.add_input("X")
    netlist.add_output("Y", [x, netlist.add_constant(1)])
    program = compilers.circuit(netlist)
    assert program.violations([1, 1]) == []
    assert program.violations([1, -1]) == ["Y[1]"]
    assert Pin("X", 0) in program.problem.lowered.pins

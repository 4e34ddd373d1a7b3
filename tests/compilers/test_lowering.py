import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import compilers
import pbit
from compilers.logic.adder import adder_netlist
from compilers.logic.gates import GATES
from compilers.logic.lowering import ONE_WAY, assignment, lower
from compilers.logic.multiplier import multiplier_netlist
from compilers.logic.netlist import Netlist
from tests.compilers.enumeration import all_energies, all_states, ground_states

SMALL = [name for name, gate in GATES.items() if len(gate.pins) <= 6]


def number(program, states):
    return sum((states[label] > 0) << k for k, label in enumerate(program.model.labels))


def all_inputs(netlist):
    buses = list(netlist.inputs.items())
    for value in range(2 ** sum(netlist.inputs.values())):
        numbers, rest = {}, value
        for bus, width in buses:
            numbers[bus] = rest & (1 << width) - 1
            rest >>= width
        yield numbers


def assert_exact(netlist):
    """Ground states are all the consistent assignments, at the stated energy."""
    program = compilers.circuit(netlist)
    energies = all_energies(program.model)
    expected = {
        number(program, assignment(netlist, given)) for given in all_inputs(netlist)
    }
    assert energies.min() == program.provenance["ground_energy"]
    assert set(np.flatnonzero(energies == energies.min())) == expected
    states = all_states(program.n)[sorted(expected)]
    assert all(program.check(program.decode(state)) for state in states)
    return program


@st.composite
def netlists(draw):
    """Up to four random gates on two or three inputs and perhaps a constant."""
    netlist = Netlist("random")
    pins = list(netlist.add_input("X", draw(st.integers(1, 2))))
    pins += netlist.add_input("W")
    if draw(st.booleans()):
        pins.append(netlist.add_constant(draw(st.integers(0, 1))))
    unread = []
    for _ in range(draw(st.integers(1, 4))):
        name = draw(st.sampled_from(SMALL))
        sources = [draw(st.sampled_from(pins)) for _ in GATES[name].inputs]
        strength = draw(st.sampled_from([1, 2, 0.5]))
        made = netlist.add_gate(name, *sources, strength=strength)
        unread = [pin for pin in unread if pin not in sources] + list(made)
        pins += made
    extra = draw(st.lists(st.sampled_from(pins), max_size=1))
    netlist.add_output("Y", unread + extra)
    return netlist


@settings(deadline=None, max_examples=150)
@given(netlist=netlists())
def test_ground_states_of_a_random_netlist_are_its_consistent_assignments(netlist):
    program = compilers.circuit(netlist)
    if program.n <= 15:
        assert_exact(netlist)
    for inputs in all_inputs(netlist):
        states = assignment(netlist, inputs)
        assert set(states) == set(program.model.labels)
        state = [states[label] for label in program.model.labels]
        assert program.model.energy(state) == program.provenance["ground_energy"]
        assert program.decode(state) == inputs | netlist.evaluate(inputs)


def test_shared_nets_are_one_p_bit_and_gates_are_summed():
    netlist = Netlist("and of three")
    x = netlist.add_input("X", 3)
    (first,) = netlist.add_gate("AND", x[0], x[1], name="g")
    netlist.add_output("Y", netlist.add_gate("AND", first, x[2], name="k"))
    program = assert_exact(netlist)
    assert program.model.labels == ("X[0]", "X[1]", "X[2]", "g.C", "Y")
    assert program.buses == {"X": ("X[0]", "X[1]", "X[2]"), "Y": ("Y",)}
    assert program.model.h.tolist() == [1, 1, 1, -2 + 1, -2]
    assert program.model.J.toarray()[3].tolist() == [2, 2, -1, 0, 2]
    assert program.model.offset == 0


def test_constants_become_bias_and_offset():
    netlist = Netlist("folded")
    a, b = netlist.add_input("X", 2)
    zero = netlist.add_constant(0)
    total, carry = netlist.add_gate("FULL_ADDER_5", a, b, zero, name="half")
    netlist.add_output("S", [total, carry])
    half = assert_exact(netlist)
    gate = GATES["HALF_ADDER"]
    assert np.array_equal(half.model.J.toarray(), gate.J)
    assert np.array_equal(half.model.h, gate.h)

    netlist = Netlist("constant outputs")
    (a,) = netlist.add_input("X")
    zero, one = netlist.add_constant(0), netlist.add_constant(1)
    netlist.add_output(
        "Y", [*netlist.add_gate("AND", a, zero), *netlist.add_gate("OR", a, one)]
    )
    program = assert_exact(netlist)
    assert program.model.labels == ("X", "Y[0]", "Y[1]")
    assert program.model.n_edges == 0
    assert program.model.h.tolist() == [0, -1, 1]


def test_an_output_wired_to_an_input_is_the_same_p_bit():
    netlist = Netlist("wires")
    a, b = netlist.add_input("X", 2)
    netlist.add_output("Y", [b, a, a])
    program = assert_exact(netlist)
    assert program.n == 2
    assert program.buses["Y"] == ("X[1]", "X[0]", "X[0]")
    assert program.clamp(Y=0b110) == {"X[1]": -1, "X[0]": 1}
    with pytest.raises(ValueError, match=r"p-bit 'X\[0\]' is clamped to -1 and to \+1"):
        program.clamp(Y=0b010)


def test_a_directed_wire_is_heard_one_way():
    netlist = Netlist("follower")
    (a,) = netlist.add_input("X")
    (b,) = netlist.add_gate("COPY", name="g")
    netlist.connect(a, ("g", "A"), directed=True)
    netlist.add_output("Y", [b])
    program = compilers.circuit(netlist)
    assert type(program.model) is pbit.PCircuit
    assert program.model.labels == ("X", "g.A", "Y")
    assert program.model.weights.toarray().tolist() == [
        [0, 0, 0], [ONE_WAY, 0, 1], [0, 1, 0],
    ]  # fmt: skip
    assert program.provenance["ground_energy"] is None
    assert assignment(netlist, {"X": 1}) == {"X": 1, "g.A": 1, "Y": 1}


def test_a_netlist_that_is_no_circuit_is_not_compiled():
    netlist = Netlist("open")
    netlist.add_input("X")
    netlist.add_gate("NOT", name="g")
    with pytest.raises(ValueError, match="open has no output bus"):
        lower(netlist)


def test_circuits_are_known_by_name_in_many_spellings():
    names = {
        "AND": "AND", "and": "AND", " Full_Adder_5 ": "FULL_ADDER_5",
        "multiplier(8,7)": "multiplier(8, 7)", "Multiplier (8, 7)": "multiplier(8, 7)",
        "multiplier8x7": "multiplier(8, 7)", "multiplier4": "multiplier(4, 4)",
        "multiplier(4)": "multiplier(4, 4)",
        "adder4": "adder(4)", "adder(4)": "adder(4)",
        "adder(4, directed)": "adder(4, directed)", "adder(4,cin)": "adder(4, cin)",
        "adder(4,directed,cin)": "adder(4, directed, cin)",
        "adder(4,undirected)": "adder(4)",
    }  # fmt: skip
    for spelling, what in names.items():
        assert compilers.circuit(spelling).provenance["what"] == what


@pytest.mark.parametrize(
    "name",
    ["", "multiplier", "multiplier(4", "multiplier(4,4,4)", "adder4x4", "adder(-1)"],
)
def test_an_unknown_circuit_is_an_error_that_lists_the_known(name):
    with pytest.raises(ValueError, match=r"no circuit is called .*multiplierNxM.*XNOR"):
        compilers.circuit(name)


def test_a_circuit_may_be_a_graph_and_nothing_else():
    graph = adder_netlist(2).graph
    assert compilers.circuit(graph).check({"A": 3, "B": 2, "S": 5})
    with pytest.raises(TypeError, match="circuit takes a name or a netlist, not 8"):
        compilers.circuit(8)
    with pytest.raises(ValueError, match="netlist has no input bus"):
        compilers.circuit(nx.DiGraph())
    with pytest.raises(ValueError, match="n must be at least 1, not 0"):
        compilers.circuit("multiplier0x3")


def test_the_walked_netlist_and_the_arithmetic_judge_alike():
    walked = compilers.circuit(multiplier_netlist(2, 3))
    arithmetic = compilers.multiplier(2, 3)
    for a in range(4):
        for b in range(8):
            for p in range(32):
                solution = {"A": a, "B": b, "P": p}
                assert walked.objective(solution) == arithmetic.objective(solution)


def test_ground_states_of_the_oracle_agree_with_all_energies():
    model = compilers.gate("XOR").model
    states = all_states(4)
    np.testing.assert_array_equal(model.energy(states), all_energies(model))
    assert len(ground_states(model)) == 4

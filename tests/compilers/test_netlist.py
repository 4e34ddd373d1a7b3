import networkx as nx
import pytest

from compilers.logic.adder import adder_netlist
from compilers.logic.gates import GATES
from compilers.logic.multiplier import multiplier_netlist
from compilers.logic.netlist import Netlist
from compilers.logic.wiring import Pin


@pytest.fixture
def netlist():
    """Y = NOT (X0 AND X1), Z = the sum bit of X0 + X1."""
    netlist = Netlist("example")
    x = netlist.add_input("X", 2)
    (both,) = netlist.add_gate("and", *x, name="g")
    (neither,) = netlist.add_gate("NOT", both, name="n")
    total, carry = netlist.add_gate("HALF_ADDER", *x, name="h")
    netlist.add_output("Y", [neither])
    netlist.add_output("Z", [total, carry])
    return netlist


def test_a_netlist_is_a_directed_graph_of_ports_and_gates(netlist):
    assert isinstance(netlist.graph, nx.DiGraph)
    assert netlist.graph.nodes["X"] == {"kind": "input", "width": 2}
    assert netlist.graph.nodes["g"] == {
        "kind": "gate", "gate": "AND", "strength": 1,
    }  # fmt: skip
    assert netlist.graph.edges["X", "g"]["wires"] == ((0, "A", False), (1, "B", False))
    assert repr(netlist) == "Netlist(example: 3 gates, buses X[2] Y[1] Z[2])"
    assert str(Pin("X", 1)) == "X[1]"
    assert str(Pin("g", "A")) == "g.A"
    netlist.validate()


def test_evaluation_is_the_boolean_formula(netlist):
    for x in range(4):
        ones = (x & 1) + (x >> 1)
        assert netlist.evaluate({"X": x}) == {"Y": int(ones < 2), "Z": ones}


def test_every_gate_evaluates_by_its_table():
    for name, gate in GATES.items():
        netlist = Netlist()
        x = netlist.add_input("X", len(gate.inputs))
        netlist.add_output("Y", netlist.add_gate(name, *x))
        for inputs, bits in gate.table.items():
            number = sum(bit << k for k, bit in enumerate(inputs))
            expected = sum(bits[pin] << k for k, pin in enumerate(gate.outputs))
            assert netlist.evaluate({"X": number}) == {"Y": expected}


def test_a_graph_of_ones_own_becomes_a_netlist(netlist):
    again = Netlist.from_networkx(netlist.graph, "copy")
    assert again.evaluate({"X": 3}) == netlist.evaluate({"X": 3})
    assert again.graph is not netlist.graph
    assert again.sha256() == netlist.sha256()
    with pytest.raises(TypeError, match=r"must be a networkx\.DiGraph, not Graph"):
        Netlist.from_networkx(nx.Graph())
    with pytest.raises(
        TypeError, match=r"must be a networkx\.DiGraph, not MultiDiGraph"
    ):
        Netlist.from_networkx(nx.MultiDiGraph())


def test_different_wiring_has_another_digest():
    assert adder_netlist(3).sha256() != adder_netlist(3, "directed").sha256()
    assert adder_netlist(3).sha256() == adder_netlist(3, name="other").sha256()


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda n: n.add_input("X"), "'X' is taken"),
        (lambda n: n.add_gate("AND", Pin("X", 0)), "inputs A, B, but 1 are given"),
        (
            lambda n: n.connect(Pin("X", 0), Pin("g", "A")),
            r"g.A is driven twice: by X\[0\]",
        ),
        (
            lambda n: n.connect(Pin("X", 2), Pin("g", "A")),
            r"X\[2\] is no pin that drives",
        ),
        (
            lambda n: n.connect(Pin("Y", 0), Pin("g", "A")),
            r"Y\[0\] is no pin that drives",
        ),
        (
            lambda n: n.connect(Pin("q", 0), Pin("g", "A")),
            r"q\[0\] is no pin that drives",
        ),
        (lambda n: n.connect(Pin("X", 0), Pin("g", "D")), "g.D is no pin that reads"),
        (lambda n: n.connect(Pin("X", 0), Pin("X", 1)), r"X\[1\] is no pin that reads"),
        (lambda n: n.add_input("W", 0), "width of bus 'W' must be at least 1, not 0"),
        (lambda n: n.add_gate("AND", strength=0), "strength must be above 0, not 0"),
        (lambda n: n.add_gate("AND", strength=-1), "strength must be finite and >= 0"),
        (lambda n: n.add_constant(2), r"value must be 0 to 1 \(1 bit\), not 2"),
    ],
)
def test_wrong_building_is_an_error_at_once(netlist, build, message):
    with pytest.raises(ValueError, match=message):
        build(netlist)


def test_unknown_gates_and_nameless_nodes_are_refused(netlist):
    with pytest.raises(KeyError, match="no gate is called 'NXOR'"):
        netlist.add_gate("NXOR")
    with pytest.raises(TypeError, match="the name of a node must be a string, not ''"):
        netlist.add_input("")


def edit(change):
    def apply(netlist):
        change(netlist.graph)

    return apply


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda n: n.add_gate("AND", name="q"), "q.A is not driven"),
        (lambda n: n.add_gate("COPY", Pin("X", 0), name="q"), "q.B drives nothing"),
        (edit(lambda g: g.remove_edge("g", "n")), "n.A is not driven"),
        (edit(lambda g: g.remove_node("Y")), "n.B drives nothing"),
        (edit(lambda g: g.remove_nodes_from(["Y", "Z"])), "example has no output bus"),
        (
            edit(lambda g: g.add_node("q")),
            "kind of node 'q' must be one of .* not None",
        ),
        (
            edit(lambda g: g.add_node("q", kind="gate", gate="XAND")),
            "node 'q': no gate is",
        ),
        (
            edit(lambda g: g.add_node("q", kind="gate")),
            "node 'q': the name of a gate must",
        ),
        (
            edit(lambda g: g.add_node(7, kind="input", width=1)),
            "must be a string, not 7",
        ),
        (edit(lambda g: g.nodes["g"].update(strength=0)), "node 'g' must be above 0"),
        (edit(lambda g: g.nodes["X"].update(width=3)), None),
        (edit(lambda g: g.nodes["Z"].update(width=3)), r"Z\[2\] is not driven"),
        (edit(lambda g: g.nodes["Z"].update(width=1)), r"Z\[1\] is no pin that reads"),
        (edit(lambda g: g.add_edge("X", "n", wires=[(0, "A")])), "n.A is driven twice"),
        (
            edit(lambda g: g.add_edge("X", "n", wires=[(5, "A")])),
            r"X\[5\] is no pin that",
        ),
    ],
)
def test_validation_names_the_damage(netlist, damage, message):
    damage(netlist)
    if message is None:  # a bit of an input that nobody reads is a free p-bit, no flaw
        netlist.validate()
        return
    with pytest.raises(ValueError, match=message):
        netlist.validate()


def test_a_loop_is_named():
    netlist = Netlist("latch")
    s, r = netlist.add_input("SR", 2)
    (q,) = netlist.add_gate("NOR", name="q")
    (p,) = netlist.add_gate("NOR", name="p")
    for source, gate, pin in (
        (s, "p", "A"),
        (q, "p", "B"),
        (r, "q", "A"),
        (p, "q", "B"),
    ):
        netlist.connect(source, Pin(gate, pin))
    netlist.add_output("Q", [q])
    with pytest.raises(ValueError, match=r"latch has a loop: (q -> p|p -> q)"):
        netlist.validate()


@pytest.mark.parametrize(
    ("inputs", "error", "message"),
    [
        ({}, KeyError, "no number for input bus 'X'; input buses: X"),
        ({"X": 1, "Y": 1}, KeyError, "no input bus is 'Y'"),
        ({"X": 4}, ValueError, r"X must be 0 to 3 \(2 bits\), not 4"),
        ({"X": 1.5}, TypeError, r"X must be a whole number, not 1\.5"),
    ],
)
def test_evaluation_takes_just_the_inputs(netlist, inputs, error, message):
    with pytest.raises(error, match=message):
        netlist.evaluate(inputs)


@pytest.mark.parametrize("carry", ["undirected", "directed"])
@pytest.mark.parametrize("cin", [False, True])
def test_the_adder_adds_every_pair(carry, cin):
    netlist = adder_netlist(3, carry, cin)
    for a in range(8):
        for b in range(8):
            for c in range(1 + cin):
                inputs = {"A": a, "B": b, **({"Cin": c} if cin else {})}
                assert netlist.evaluate(inputs) == {"S": a + b + c}


@pytest.mark.parametrize(("n", "m"), [(1, 1), (1, 3), (3, 1), (2, 2), (2, 4), (4, 3)])
def test_the_multiplier_multiplies_every_pair(n, m):
    netlist = multiplier_netlist(n, m)
    for a in range(2**n):
        for b in range(2**m):
            assert netlist.evaluate({"A": a, "B": b}) == {"P": a * b}


def test_gates_without_a_name_get_one_that_is_free():
    netlist = Netlist()
    (x,) = netlist.add_input("X")
    netlist.add_gate("NOT", x, name="not2")
    (y,) = netlist.add_gate("NOT", x)
    assert y == Pin("not3", "B")

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import compilers
from compilers.formats.bench import read_bench
from compilers.formats.blif import read_blif
from compilers.logic import prove, simplify
from compilers.logic.adder import adder_netlist
from compilers.logic.gates import find_gate
from compilers.logic.multiplier import multiplier_netlist
from compilers.logic.netlist import Netlist
from tests.compilers.logic.test_proof import other_adder
from tests.compilers.shared_data import shared
from tests.compilers.test_lowering import assert_exact, netlists


@settings(deadline=None, max_examples=150)
@given(netlist=netlists())
def test_a_simplified_netlist_is_equal_and_never_larger(netlist):
    smaller = simplify(netlist)
    assert smaller.inputs == netlist.inputs
    assert smaller.outputs == netlist.outputs
    assert prove(netlist, smaller)
    program = compilers.circuit(netlist, simplify=True)
    assert program.n <= compilers.circuit(netlist).n
    assert prove(program)
    if program.n <= 12:
        assert_exact(smaller)


@st.composite
def cells(draw):
    """Up to six random cells of the library on three inputs."""
    names = [
        "MUX",
        "AOI3",
        "OAI3",
        "ANDNOT",
        "ORNOT",
        "XOR3",
        "MAJ3",
        "NOT",
        "F3_1E",
        "XOR",
    ]
    netlist = Netlist("random")
    pins = list(netlist.add_input("X", 3))
    for _ in range(draw(st.integers(1, 6))):
        gate = find_gate(draw(st.sampled_from(names)))
        sources = [draw(st.sampled_from(pins)) for _ in gate.inputs]
        pins += netlist.add_gate(gate, *sources)
    netlist.add_output("Y", pins[3:])
    return netlist


@settings(deadline=None, max_examples=100)
@given(netlist=cells())
def test_netlists_of_cells_simplify_to_equal_ones(netlist):
    assert prove(netlist, simplify(netlist))
    assert prove(compilers.circuit(netlist, simplify=True))


@pytest.mark.parametrize("width", [1, 2, 7])
def test_an_adder_of_plain_gates_becomes_a_chain_of_adders(width):
    smaller = simplify(other_adder(width))
    kinds = [d.get("gate") for _, d in smaller.graph.nodes(data=True) if "gate" in d]
    assert sorted(kinds) == sorted(["HALF_ADDER"] + ["FULL_ADDER_5"] * (width - 1))
    size = compilers.circuit(other_adder(width), simplify=True).n
    assert size == compilers.circuit(adder_netlist(width)).n == 4 * width


def test_inverters_are_signs():
    netlist = Netlist("inverted")
    a, b = netlist.add_input("X", 2)
    (no_a,) = netlist.add_gate("NOT", a)
    (both,) = netlist.add_gate("NAND", no_a, b)
    (again,) = netlist.add_gate("COPY", both)
    netlist.add_output("Y", netlist.add_gate("NOT", again))
    smaller = simplify(netlist)
    assert [d["gate"] for _, d in smaller.graph.nodes(data=True) if "gate" in d] == [
        "AND~A"
    ]
    assert compilers.circuit(netlist, simplify=True).n == 3


def test_wrong_rows_cost_the_same_in_every_gate():
    program = compilers.circuit(multiplier_netlist(3, 3), simplify=True)
    netlist = program.problem.netlist
    for node, data in netlist.graph.nodes(data=True):
        if data["kind"] == "gate":
            assert data["strength"] * netlist.gate(node).gap == 4


def test_what_cannot_shrink_keeps_its_gates():
    netlist = multiplier_netlist(4, 4)
    same = simplify(netlist)
    assert set(same.graph) == set(netlist.graph)
    assert compilers.circuit(netlist, simplify=True).n == compilers.circuit(netlist).n
    directed = adder_netlist(3, carry="directed")
    assert simplify(directed) is directed


def test_answers_are_judged_by_the_netlist_that_was_given():
    program = compilers.circuit(other_adder(3), simplify=True)
    assert program.check({"A": 5, "B": 6, "S": 11})
    assert not program.check({"A": 5, "B": 6, "S": 10})
    assert program.problem.source is not program.problem.netlist


SIZES = {
    "c6288.bench": (2448, 786, 16 * 16 * 3 + 16),  # 3n² + n p-bits for n x n
    "adder.blif": (1276, 513, None),  # 4n + 1 for n bits, the best there is
    "cm82a.blif": (15, 9, None),
    "c432.bench": (270, 229, None),
    "c499.bench": (391, 271, None),
    "c1908.bench": (928, 479, None),
}


@pytest.mark.parametrize("name", SIZES)
def test_published_netlists_take_few_p_bits(name):
    path = shared("netlists", name)
    netlist = read_bench(path) if name.endswith("bench") else read_blif(path)
    plain, simplified, _ = SIZES[name]
    assert compilers.circuit(netlist).n <= plain
    program = compilers.circuit(netlist, simplify=True)
    assert program.n <= simplified
    assert prove(program)

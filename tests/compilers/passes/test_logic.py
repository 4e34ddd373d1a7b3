"""Compiled logic through every pass: numbers, signs, buses and broken gates stay."""

import networkx as nx
import numpy as np
import pytest

import compilers
import pbit
from compilers import passes
from pbit import exact
from pbit.limits import Limits
from tests.compilers.passes.small import solutions


def signed_adder():
    """A number of two bits in two's complement plus a bit, with a sign to the sum."""
    netlist = compilers.Netlist("signed adder")
    a0, a1 = netlist.add_input("A", 2, signed=True)
    (b,) = netlist.add_input("B")
    low = netlist.add_gate("HALF_ADDER", a0, b, name="low")
    (high,) = netlist.add_gate("XOR", a1, low[1], name="high")
    (sign,) = netlist.add_gate("ANDNOT", a1, low[1], name="sign")
    netlist.add_output("S", [low[0], high, sign], signed=True)
    return compilers.circuit(netlist)


PROGRAMS = {
    "full adder": lambda: compilers.adder(1, cin=True),
    "multiplier": lambda: compilers.multiplier(2, 2),
    "signed adder": signed_adder,
}
PASSES = {
    "sparsify": passes.sparsify(3),
    "quantize": passes.quantize("s[4][1]"),
    "scale": passes.scale(0.5),
    "reduce": passes.reduce,
    "recolor": passes.recolor,
    "partition": passes.partition(2),
    "embed": passes.embed("pegasus(2)"),
    "fit": passes.fit(limits=Limits(pbits=64, fan_in=3, bits="s[5][1]")),
    "all": lambda program: passes.pipeline(
        program,
        passes.reduce,
        passes.scale(2.0),
        passes.sparsify(4),
        passes.quantize("s[6][1]"),
        passes.recolor,
    ),
}


@pytest.fixture(params=PASSES)
def step(request):
    if request.param == "embed":
        pytest.importorskip("minorminer")
    if request.param == "partition":
        pytest.importorskip("pymetis")
    return PASSES[request.param]


@pytest.fixture(params=PROGRAMS)
def program(request):
    return PROGRAMS[request.param]()


def test_the_signed_adder_adds():
    program = PROGRAMS["signed adder"]()
    assert program.signed == {"A", "S"}
    found = {(s["A"], s["B"], s["S"]) for s in map(dict, solutions(program))}
    assert found == {(a, b, a + b) for a in range(-2, 2) for b in range(2)}


def test_ground_states_decode_to_what_is_true_and_break_no_gate(program, step):
    result = step(program)
    assert result.exact
    assert solutions(result) == solutions(program)
    for state in exact.ground_states(result.model):
        assert result.violations(state) == []
        assert not result.broken(state)


def test_every_state_names_the_gates_that_are_broken_as_before_the_pass(program, step):
    result = step(program)
    rng = np.random.default_rng(4)
    for state in rng.choice(np.array([-1, 1], np.int8), (50, result.n)):
        before = result.restore(state)
        assert result.violations(state) == program.violations(before)
        assert result.decode(state) == program.decode(before)
    lifted = result.lift(rng.choice(np.array([-1, 1], np.int8), (50, program.n)))
    assert any(result.violations(state) for state in lifted)


def test_buses_keep_their_names_widths_and_signs(program, step):
    result = step(program)
    assert result.signed == program.signed
    assert list(result.buses) == list(program.buses)
    labels = set(result.model.labels)
    for state in exact.ground_states(result.model):
        solution = result.decode(state)
        for bus, bits in result.buses.items():
            assert len(bits) == len(program.buses[bus])
            assert labels.issuperset(bits)
            up = [state[result.model.index(bit)] > 0 for bit in bits]
            number = sum(int(bit) << k for k, bit in enumerate(up))
            assert number == solution[bus] % 2 ** len(bits)


def test_numbers_can_be_clamped_negative_ones_too(program, step):
    result = step(program)
    for bus, bits in program.buses.items():
        lowest = -(2 ** (len(bits) - 1)) if bus in program.signed else 0
        for number in range(lowest, lowest + 2 ** len(bits)):
            there = result.clamp({bus: number})
            free = exact.ground_states(result.model, there)
            assert {result.decode(state)[bus] for state in free} == {number}


def test_a_bus_that_lost_a_bit_is_decoded_but_not_listed():
    program = compilers.multiplier(2, 2)
    small = passes.reduce(program, keep=[])
    for bits in small.buses.values():
        assert set(bits) <= set(small.model.labels)
    edge = nx.path_graph(2)
    assert passes.reduce(compilers.maxcut(edge), ties=True).buses == {}
    forced = compilers.circuit("AND")
    model = pbit.IsingModel(forced.model.J, [9.0, 9.0, 9.0], 0.0, forced.model.labels)
    held = compilers.Program(model, forced.problem, forced.provenance, forced.buses)
    gone = passes.reduce(held, keep=["A"])
    assert list(gone.buses) == ["A"]
    state = exact.ground_states(gone.model)[0]
    assert set(gone.decode(state).values()) == {1}
    with pytest.raises(ValueError, match="cannot be clamped: a pass removed it"):
        gone.clamp(B=1)

import numpy as np
import pytest

import compilers
import pbit
from compilers.logic.adder import adder_netlist
from compilers.logic.lowering import assignment
from tests.compilers.enumeration import (
    all_energies,
    all_states,
    boltzmann,
    ground_states,
    held,
    stationary,
)


@pytest.mark.parametrize("width", [1, 2, 3])
@pytest.mark.parametrize("cin", [False, True])
def test_ground_states_are_exactly_the_sums(width, cin):
    program = compilers.adder(width, cin=cin)
    assert program.n == 4 * width + cin
    ground = ground_states(program.model)
    solutions = [program.decode(state) for state in all_states(program.n)[ground]]
    found = sorted((s["A"], s["B"], s.get("Cin", 0), s["S"]) for s in solutions)
    numbers = range(2**width)
    assert found == [
        (a, b, c, a + b + c) for a in numbers for b in numbers for c in range(1 + cin)
    ]
    assert all_energies(program.model).min() == program.provenance["ground_energy"]


@pytest.mark.parametrize(
    "given", [{"A": 3, "B": 6}, {"S": 9}, {"A": 5, "S": 9}, {"S": 0}, {"B": 7, "S": 14}]
)
def test_any_clamp_leaves_the_sums_that_agree_with_it(given):
    program = compilers.adder(3)
    energies = all_energies(program.model)
    energies[~held(program.model, program.clamp(**given))] = np.inf
    ground = all_states(program.n)[np.flatnonzero(energies == energies.min())]
    found = sorted((s["A"], s["B"], s["S"]) for s in map(program.decode, ground))
    truth = [(a, b, a + b) for a in range(8) for b in range(8)]
    names = ("A", "B", "S")
    assert found == [
        row
        for row in truth
        if given.items() <= dict(zip(names, row, strict=True)).items()
    ]


def test_a_sum_out_of_reach_has_no_ground_state_of_the_stated_energy():
    program = compilers.adder(2)
    energies = all_energies(program.model)[held(program.model, program.clamp(S=7))]
    assert energies.min() > program.provenance["ground_energy"]


def test_the_smallest_coupling_is_one():
    assert np.abs(compilers.adder(8).model.J.data).min() == 1


def test_a_directed_adder_is_a_circuit_without_energy():
    program = compilers.adder(32, carry="directed")
    assert type(program.model) is pbit.PCircuit
    assert program.n == 5 * 32 - 1
    asymmetric = program.model.weights - program.model.weights.T
    assert np.count_nonzero(np.triu(asymmetric.toarray())) == 31
    assert program.check({"A": 2**32 - 1, "B": 1, "S": 2**32})


def test_a_directed_carry_weighs_two_and_nothing_comes_back():
    program = compilers.adder(2, carry="directed")
    W = program.model.weights.toarray()
    listener, driver = program.model.index("fa1.Cin"), program.model.index("ha0.C")
    assert W[listener, driver] == 2
    assert W[driver, listener] == 0


def test_the_first_stage_of_a_directed_adder_does_not_feel_the_second():
    """Its law, a marginal of the circuit's exact law, is the half adder's own."""
    program = compilers.adder(2, carry="directed")
    circuit, beta = program.model, 0.7
    # A and B of the second stage are held at 1: it pulls at its carry, if it can.
    held_high = {circuit.index("A[1]"), circuit.index("B[1]")}
    free, state = sorted(set(range(9)) - held_high), np.ones(9, np.int8)
    law = stationary(circuit, free, state, beta)
    stage = [circuit.index(label) for label in ("A[0]", "B[0]", "S[0]", "ha0.C")]
    bits = (all_states(7)[:, [free.index(k) for k in stage]] + 1) // 2
    marginal = np.bincount(bits @ (1 << np.arange(4)), weights=law, minlength=16)
    half_adder = boltzmann(compilers.gate("HALF_ADDER").model, beta)
    np.testing.assert_allclose(marginal, half_adder, atol=1e-10)
    # and the same test sees a carry that does talk back
    W = circuit.weights.toarray()
    W[circuit.index("ha0.C"), circuit.index("fa1.Cin")] = 2
    both = stationary(pbit.PCircuit(W, circuit.h), free, state, beta)
    marginal = np.bincount(bits @ (1 << np.arange(4)), weights=both, minlength=16)
    assert np.abs(marginal - half_adder).max() > 0.01


def test_a_directed_adder_adds_and_subtracts():
    """With two buses held, the right number is the most probable, by the exact law."""
    program = compilers.adder(2, carry="directed")
    circuit = program.model
    for a in range(4):
        for b in range(4):
            for given in ({"A": a, "B": b}, {"A": a, "S": a + b}):
                clamp = program.clamp(**given)
                state = np.array([clamp.get(v, 1) for v in circuit.labels], np.int8)
                free = [k for k, v in enumerate(circuit.labels) if v not in clamp]
                law = stationary(circuit, free, state, beta=2.0)
                states = np.repeat(state[None, :], len(law), axis=0)
                states[:, free] = all_states(len(free))
                right = sum(
                    p
                    for p, m in zip(law, states, strict=True)
                    if program.check(program.decode(m))
                )
                assert right > 0.8, given


@pytest.mark.parametrize("carry", ["undirected", "directed"])
def test_evaluated_assignments_decode_to_the_sum(carry):
    program, netlist = compilers.adder(5, carry), adder_netlist(5, carry)
    states = assignment(netlist, {"A": 21, "B": 30})
    state = [states[label] for label in program.model.labels]
    assert program.decode(state) == {"A": 21, "B": 30, "S": 51}


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((0,), ValueError, "width must be at least 1, not 0"),
        ((2.5,), TypeError, r"width must be a whole number, not 2\.5"),
        ((2, "direct"), ValueError, "carry must be one of .* did you mean 'directed'"),
    ],
)
def test_wrong_arguments_are_refused(arguments, error, message):
    with pytest.raises(error, match=message):
        compilers.adder(*arguments)

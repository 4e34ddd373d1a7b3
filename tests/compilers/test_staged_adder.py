"""The adder of 448 p-bits: its stages are exact, its carries go one way."""

import itertools

import numpy as np
import pytest

import compilers
import pbit
from compilers.logic.staged_adder import stage


def test_stages_have_the_truth_table_for_ground_states():
    J = stage()
    np.testing.assert_array_equal(J, J.T)
    assert set(np.unique(np.abs(J))) == {0, 1, 2, 4}
    every = 2 * (np.arange(2**14)[:, None] >> np.arange(14) & 1) - 1
    every = every[every[:, 8] > 0]  # with the handle up
    energies = -0.5 * np.einsum("ki,ij,kj->k", every, J, every)
    levels = np.unique(energies)
    assert levels[1] - levels[0] == 6
    found = every[energies == levels[0]][:, 9:]
    expected = set()
    for cin, b, a in itertools.product((0, 1), repeat=3):
        total = cin + b + a
        expected.add(tuple(2 * x - 1 for x in (cin, b, a, total & 1, total >> 1)))
    assert set(map(tuple, found.tolist())) == expected
    assert len(found) == 8


@pytest.mark.parametrize("carry", ["directed", "undirected"])
def test_carries_go_the_ways_they_are_said_to(carry):
    program = compilers.staged_adder(3, carry)
    weights = program.model.weights.toarray()
    labels = list(program.model.labels)
    source, reader = labels.index("fa0.Cout"), labels.index("fa1.Cin")
    assert (weights[reader, source], weights[source, reader]) == (
        (8, 0) if carry == "directed" else (4, 4)
    )
    assert isinstance(program.model, pbit.IsingModel) == (carry == "undirected")
    for k in range(3):
        own = slice(14 * k, 14 * k + 14)
        np.testing.assert_array_equal(weights[own, own], stage())


def test_an_undirected_adder_of_one_bit_is_right_at_its_ground_states():
    program = compilers.staged_adder(1, "undirected")
    states = pbit.exact.ground_states(program.model)
    decoded = {tuple(program.decode(state).values()) for state in states}
    assert len(states) == 8
    assert decoded == {
        (a, b, c, a + b + c) for a, b, c in itertools.product((0, 1), repeat=3)
    }


def test_the_published_size_and_the_buses():
    program = compilers.staged_adder(32)
    assert program.n == 448
    assert {name: len(bus) for name, bus in program.buses.items()} == {
        "A": 32,
        "B": 32,
        "Cin": 1,
        "S": 33,
    }
    clamp = program.clamp(A=5, B=2**31, Cin=0)
    assert clamp["fa2.A"] == 1
    assert clamp["fa31.B"] == 1
    assert not program.check({"A": 1, "B": 1, "Cin": 1, "S": 2})


def test_bad_arguments_say_what_is_wrong():
    with pytest.raises(ValueError, match="width must be at least 1, not 0"):
        compilers.staged_adder(0)
    with pytest.raises(ValueError, match="carry must be one of"):
        compilers.staged_adder(4, "sideways")

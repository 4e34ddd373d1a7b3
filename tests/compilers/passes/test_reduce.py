"""Reductions against enumeration: energies, ground states, and p-bits that have to stay."""

import itertools

import networkx as nx
import numpy as np
import pytest

import compilers
import pbit
from compilers import passes
from compilers.passes.quadratize import quadratize
from pbit import IsingModel, exact
from pbit.polynomial import PolynomialModel
from tests.compilers.passes.small import ground, program_of, random_ising


def random_polynomial(n, order, seed):
    rng = np.random.default_rng(seed)
    terms = {}
    for size in range(1, order + 1):
        for term in itertools.combinations(range(n), size):
            if rng.random() < 0.35:
                terms[term] = float(rng.integers(-3, 4))
    return PolynomialModel(terms, 0.5, range(n))


@pytest.mark.parametrize("order", [3, 4, 5])
@pytest.mark.parametrize("seed", range(20))
def test_the_lowest_energy_over_auxiliaries_is_the_polynomials(order, seed):
    n = 5
    model = random_polynomial(n, order, seed)
    pairs, way = quadratize(model)
    states = pbit.conventions.int_to_state(np.arange(2**n), n)
    truth = model.energy(states)
    lowest = exact.energies(pairs).reshape(-1, 2**n).min(axis=0)
    np.testing.assert_allclose(lowest, truth, rtol=0, atol=1e-9)
    np.testing.assert_allclose(pairs.energy(way.lift(states)), truth, atol=1e-9)


def test_a_lone_term_of_three_costs_one_auxiliary_and_no_penalty():
    for weight in (2.5, -2.5):
        pairs, way = quadratize(PolynomialModel({(0, 1, 2): weight}))
        assert len(way.added) == 1
        assert np.abs(pairs.J.data).max() == 5.0
        energies = exact.energies(pairs).reshape(2, 8).min(axis=0)
        assert set(energies) == {-2.5, 2.5}


@pytest.mark.parametrize(("bits", "number"), [((2, 2), 35), ((2, 4), 161)])
def test_a_polynomial_of_order_four_reduces_to_the_same_factors(bits, number):
    x = {(): 1.0} | {(f"x{k}",): 2.0 ** (k + 1) for k in range(bits[0])}
    y = {(): 1.0} | {(f"y{k}",): 2.0 ** (k + 1) for k in range(bits[1])}
    difference = {(): -float(number)}
    for (s, a), (t, b) in itertools.product(x.items(), y.items()):
        difference[s + t] = difference.get(s + t, 0.0) + a * b
    square = {}
    for (s, a), (t, b) in itertools.product(difference.items(), repeat=2):
        square[s + t] = square.get(s + t, 0.0) + a * b
    model = PolynomialModel.from_binary(square)
    result = passes.reduce(program_of(model))
    assert isinstance(result.model, IsingModel)
    assert {
        tuple(s) for s in result.restore(exact.ground_states(result.model)).tolist()
    } == (ground(model))
    assert exact.ground_energy(result.model) == pytest.approx(0, abs=1e-6)
    first = result.passes[0]
    assert (first["step"], first["order"], first["exact"]) == ("order", [4, 2], True)
    assert first["auxiliary"] == result.original.n - model.n


@pytest.mark.parametrize("seed", range(100))
def test_peeling_keeps_all_ground_states_and_their_energy(seed):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 10))
    model = random_ising(n, seed, density=0.5 * rng.random(), whole=seed % 2 == 0)
    result = passes.reduce(program_of(model))
    assert result.exact
    restored = result.restore(exact.ground_states(result.model))
    assert sorted(map(tuple, restored.tolist())) == sorted(ground(model))
    assert exact.ground_energy(result.model) == pytest.approx(
        exact.ground_energy(model)
    )
    tied = passes.reduce(program_of(model), ties=True)
    restored = {
        tuple(s) for s in tied.restore(exact.ground_states(tied.model)).tolist()
    }
    assert restored <= ground(model)
    assert tied.exact or restored != ground(model) or tied.passes[-1]["tied"] > 0
    assert tied.n <= result.n


def test_trees_fall_and_forced_pbits_are_fixed():
    tree = compilers.maxcut(nx.random_labeled_tree(200, seed=1))
    small = passes.reduce(tree)
    assert small.n == 1
    assert small.passes[-1]["dangling"] == 199
    assert small.objective(small.decode([1])) == 199
    chain = IsingModel({(0, 1): 1.0, (1, 2): 0.5, (0, 2): 1.0}, [5.0, 0, 0])
    result = passes.reduce(program_of(chain))
    assert result.passes[-1]["forced"] == 2  # the last one stays, whatever it is
    assert result.decode(exact.ground_states(result.model)[0]) == {0: 1, 1: 1, 2: 1}


def test_buses_stay_and_can_be_clamped():
    program = compilers.multiplier(2, 2)
    small = passes.reduce(program)
    for number in range(16):
        clamp = small.clamp(P=number)
        assert {label: clamp[label] for label in program.buses["P"]} == (
            program.clamp(P=number)
        )
    everything = passes.reduce(compilers.maxcut(nx.path_graph(4)))
    with pytest.raises(ValueError, match="cannot be clamped: a pass removed it"):
        everything.clamp(dict.fromkeys(range(4), 1))
    kept = passes.reduce(compilers.maxcut(nx.path_graph(4)), keep=[0, 3])
    assert {0, 3} <= set(kept.model.labels)
    with pytest.raises(KeyError, match="no p-bit"):
        passes.reduce(program, keep=["Z"])


def test_a_large_tree_with_a_core_takes_linear_time():
    graph = nx.random_regular_graph(3, 1000, seed=2)
    rng = np.random.default_rng(3)
    for node in range(1000, 30_000):
        graph.add_edge(node, int(rng.integers(node)))
    small = passes.reduce(compilers.maxcut(graph))
    assert small.n == 1000
    state = rng.choice(np.array([-1, 1], np.int8), 1000)
    lifted = small.restore(state)
    assert small.source.model.energy(lifted) == pytest.approx(small.model.energy(state))

"""Sums along elimination trees are those over all states, and dwave's where these are many."""

import math
import time

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pbit import CapacityError, IsingModel, PCircuit, PolynomialModel, exact
from pbit._elimination import elimination_tree
from pbit.treewidth import TreeDecomposition
from tests import oracles
from tests.statistics import assert_law, law_power


def model_on(graph, seed, fields=True):
    rng = np.random.default_rng(seed)
    graph = nx.convert_node_labels_to_integers(graph)
    J = {edge: float(rng.normal()) for edge in graph.edges}
    n = graph.number_of_nodes()
    return IsingModel(J, rng.normal(size=n) * fields, offset=0.75, labels=range(n))


def spin_glass(rows, columns, seed=1):
    return model_on(nx.grid_2d_graph(rows, columns), seed)


GRAPHS = {
    "empty": nx.empty_graph(0),
    "one": nx.empty_graph(1),
    "apart": nx.empty_graph(5),
    "path": nx.path_graph(9),
    "ring": nx.cycle_graph(8),
    "star": nx.star_graph(8),
    "tree": nx.balanced_tree(2, 2),
    "grid": nx.grid_2d_graph(3, 4),
    "torus": nx.grid_2d_graph(3, 4, periodic=True),
    "complete": nx.complete_graph(7),
    "two parts": nx.disjoint_union(nx.cycle_graph(4), nx.path_graph(4)),
    "petersen": nx.petersen_graph(),
}


def assert_same_as_enumeration(model, beta, clamp=None, **settings):
    tree = TreeDecomposition(model, clamp, **settings)
    assert tree.log_partition(beta) == pytest.approx(
        exact.log_partition(model, beta, clamp), rel=1e-12, abs=1e-11
    )
    found = tree.moments(beta)
    mean, pair = exact.moments(model, beta, clamp)
    np.testing.assert_allclose(found.mean, mean, rtol=0, atol=1e-11)
    p = exact.probabilities(model, beta, clamp)
    energy = float(p @ exact.energies(model))
    assert found.energy == pytest.approx(energy, rel=1e-10, abs=1e-10)
    if isinstance(model, IsingModel):
        coo = found.products.tocoo()
        np.testing.assert_allclose(coo.data, pair[coo.row, coo.col], rtol=0, atol=1e-11)
        assert (found.products != 0).nnz <= model.J.nnz
    state, lowest = tree.ground_state()
    assert lowest == pytest.approx(exact.ground_energy(model, clamp), abs=1e-12)
    assert lowest == model.energy(state)


@pytest.mark.parametrize("name", GRAPHS)
@pytest.mark.parametrize("beta", [0.0, 0.4, 3.0])
def test_every_shape_of_graph_agrees_with_enumeration(name, beta):
    assert_same_as_enumeration(model_on(GRAPHS[name], seed=3), beta)


@given(st.integers(0, 2**32 - 1), st.integers(1, 10), st.floats(0.0, 1.0))
@settings(max_examples=60)
def test_random_graphs_clamps_and_orders_agree_with_enumeration(seed, n, density):
    rng = np.random.default_rng(seed)
    graph = nx.gnp_random_graph(n, density, seed=seed)
    model = model_on(graph, seed)
    held = {
        int(i): int(rng.choice([-1, 1])) for i in np.flatnonzero(rng.random(n) < 0.3)
    }
    order = rng.permutation([i for i in range(n) if i not in held]).tolist()
    assert_same_as_enumeration(model, 1.3, held)
    assert_same_as_enumeration(model, 1.3, held, order=order)


@pytest.mark.parametrize("seed", range(6))
def test_polynomial_models_agree_with_enumeration(seed):
    rng = np.random.default_rng(seed)
    terms = {(i,): float(rng.normal()) for i in range(4)}
    for k in (2, 3, 3, 4, 5):
        start = int(rng.integers(9 - k))
        terms[tuple(range(start, start + k))] = float(rng.normal())
    model = PolynomialModel(terms, 0.5, range(9))
    clamp = {0: -1, 5: 1} if seed % 2 else None
    assert_same_as_enumeration(model, 0.8, clamp)
    p = exact.probabilities(model, 0.8, clamp)
    states = oracles.all_states(model.n)
    expected = [
        p @ states[:, list(term)].prod(axis=1) for term in model.terms if len(term) > 1
    ]
    found = TreeDecomposition(model, clamp).moments(0.8).products
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12)


def test_cold_and_large_energies_do_not_overflow():
    model = IsingModel({(i, i + 1): 1e6 for i in range(99)}, np.full(100, 1e-3))
    tree = TreeDecomposition(model)
    moments = tree.moments(1e3)
    assert moments.mean == pytest.approx(np.ones(100), abs=1e-12)
    assert tree.log_partition(1e3) == pytest.approx(1e3 * (99e6 + 0.1), rel=1e-15)


def test_a_long_ring_has_its_closed_form():
    n, beta = 5000, 0.7
    tree = TreeDecomposition(IsingModel({(i, (i + 1) % n): 1.0 for i in range(n)}))
    t = math.tanh(beta)
    assert tree.width == 2
    assert tree.log_partition(beta) == pytest.approx(
        n * math.log(2 * math.cosh(beta)) + math.log1p(t**n), rel=1e-12
    )
    assert tree.moments(beta).energy == pytest.approx(-n * t, rel=1e-12)


def test_widths_of_known_graphs_are_reached():
    def width(graph):
        return TreeDecomposition(model_on(graph, 0)).width

    assert width(nx.random_labeled_tree(60, seed=1)) == 1
    assert width(nx.cycle_graph(30)) == 2
    assert width(nx.complete_graph(9)) == 8
    assert width(nx.grid_2d_graph(3, 40)) == 3
    tree = TreeDecomposition(spin_glass(10, 10))
    assert tree.entries <= 100 * 2**10  # of the order row by row


@given(st.integers(0, 2**32 - 1), st.integers(1, 14), st.floats(0.0, 0.6))
def test_elimination_trees_keep_their_promises(seed, n, density):
    graph = nx.gnp_random_graph(n, density, seed=seed)
    tree = elimination_tree([set(graph[i]) for i in range(n)], None, 20)
    assert sorted(tree.order.tolist()) == list(range(n))
    place = {int(i): v for v, i in enumerate(tree.order)}
    separators = np.split(tree.separators, tree.separator_ptr[1:-1])
    for v, separator in enumerate(separators):
        assert (np.diff(separator) > 0).all()
        assert (separator > v).all()
        later = {place[j] for j in graph[int(tree.order[v])] if place[j] > v}
        assert later <= set(separator.tolist())
        if len(separator):  # running intersection
            assert set(separator[1:].tolist()) <= set(separators[separator[0]].tolist())
    for v in range(n):
        below = tree.children[tree.child_ptr[v] : tree.child_ptr[v + 1]]
        assert all(separators[c][0] == v for c in below)
    ends = tree.message_at + 2**tree.sizes
    assert tree.stack_size == ends.max(initial=0)


def test_twelve_by_twelve_agrees_with_dwave():
    samplers = pytest.importorskip("dwave.samplers")
    pytest.importorskip("dimod")
    from pbit.interop import to_bqm

    model = spin_glass(12, 12)
    tree, beta = TreeDecomposition(model), 0.9
    bqm = to_bqm(model)
    found = samplers.TreeDecompositionSampler().sample(
        bqm, num_reads=1, beta=beta, marginals=True, seed=1
    )
    assert tree.log_partition(beta) == pytest.approx(
        found.info["log_partition_function"], rel=1e-12
    )
    moments = tree.moments(beta)
    mean = [2 * found.info["variable_marginals"][i] - 1 for i in range(model.n)]
    np.testing.assert_allclose(moments.mean, mean, rtol=0, atol=1e-9)
    for (i, j), table in found.info["interaction_marginals"].items():
        pair = sum(a * b * p for (a, b), p in table.items())
        assert moments.products[i, j] == pytest.approx(pair, abs=1e-9)
    solved = samplers.TreeDecompositionSolver().sample(bqm)
    assert tree.ground_state()[1] == pytest.approx(solved.first.energy, abs=1e-9)


@pytest.mark.parametrize("clamp", [None, {0: -1, 4: 1}])
def test_draws_have_the_boltzmann_law(clamp):
    # 100,000 independent draws; false alarm 1e-6. A field off by 3 % would be caught.
    model, draws = model_on(nx.grid_2d_graph(2, 4), 5), 100_000
    law = oracles.boltzmann(model, 0.6, clamp)
    samples = TreeDecomposition(model, clamp).sample(draws, 0.6, rng=3)
    assert samples.states.shape == (draws, 1, 8)
    np.testing.assert_array_equal(samples.energies, model.energy(samples.states))
    assert_law(samples.occupancy() * draws, law)
    assert law_power(draws, law, oracles.boltzmann(model, 0.6 * 1.03, clamp)) > 0.99


def test_a_draw_depends_on_the_seed_and_its_number_alone():
    tree = TreeDecomposition(spin_glass(4, 4))
    few, many = tree.sample(5, rng=1).states, tree.sample(9, rng=1).states
    np.testing.assert_array_equal(few, many[:5])
    assert (tree.sample(9, rng=2).states != many).any()


def test_a_wide_model_is_refused_with_its_width_and_memory():
    dense = IsingModel(np.ones((50, 50)) - np.eye(50))
    with pytest.raises(CapacityError, match=r"width above 28.*4.1e\+03 MiB.*max_bytes"):
        TreeDecomposition(dense)
    tree = TreeDecomposition(spin_glass(10, 10), max_bytes=2**18)
    assert tree.log_partition() > 0
    with pytest.raises(CapacityError, match=r"width 1\d would take .* MiB.*max_bytes"):
        tree.moments()
    with pytest.raises(CapacityError, match=r"width above 6.*max_bytes"):
        TreeDecomposition(spin_glass(10, 10), max_bytes=1024)
    start = time.perf_counter()
    with pytest.raises(CapacityError):
        TreeDecomposition(IsingModel(np.ones((600, 600)) - np.eye(600)))
    assert time.perf_counter() - start < 20


def test_bad_arguments_are_named():
    model = spin_glass(2, 3)
    with pytest.raises(TypeError, match="IsingModel or a PolynomialModel"):
        TreeDecomposition(PCircuit({(0, 1): 1.0}))
    with pytest.raises(ValueError, match=r"clamp of p-bit 1 must be -1 or \+1, not 0"):
        TreeDecomposition(model, {1: 0})
    with pytest.raises(KeyError, match="no p-bit is called 9"):
        TreeDecomposition(model, {9: 1})
    with pytest.raises(ValueError, match="order must name each of the 6 free p-bits"):
        TreeDecomposition(model, order=[0, 1, 2])
    with pytest.raises(ValueError, match="order must name each of the 5 free p-bits"):
        TreeDecomposition(model, {0: 1}, order=range(6))
    tree = TreeDecomposition(model)
    with pytest.raises(ValueError, match="beta must be finite and >= 0, not -1"):
        tree.log_partition(-1)
    with pytest.raises(ValueError, match="beta times the energies must not overflow"):
        tree.log_partition(1e308)
    with pytest.raises(ValueError, match="n_samples must be at least 1, not 0"):
        tree.sample(0)

"""Mean field and belief propagation: fixed points, bounds that hold, what is exact."""

import math

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pbit import IsingModel, PCircuit, analysis, exact
from pbit.treewidth import TreeDecomposition
from tests import oracles


def random_model(n, seed, density=0.6, scale=1.0):
    rng = np.random.default_rng(seed)
    graph = nx.gnp_random_graph(n, density, seed=seed)
    J = {edge: float(scale * rng.normal()) for edge in graph.edges}
    return IsingModel(J, scale * rng.normal(size=n), offset=0.5, labels=range(n))


def slow_mean_field(model, beta, tap, sweeps, start):
    J, m = model.J.toarray(), list(start)
    for _ in range(sweeps):
        for i in range(model.n):
            field = model.h[i] + sum(J[i, j] * m[j] for j in range(model.n))
            if tap:
                field -= (
                    beta
                    * m[i]
                    * sum(J[i, j] ** 2 * (1 - m[j] ** 2) for j in range(model.n))
                )
            m[i] = math.tanh(beta * field)
    return m


def slow_bound(model, means, beta):
    total = 0.0
    for state in oracles.all_states(model.n):
        q = math.prod((1 + s * m) / 2 for s, m in zip(state, means, strict=True))
        if q:
            total += q * (-beta * oracles.energy(model, state) - math.log(q))
    return total


@pytest.mark.parametrize("kind", ["naive", "tap"])
def test_sweeps_are_those_of_loops(kind):
    model = random_model(6, 1)
    start = np.linspace(-0.5, 0.5, 6)
    found = analysis.mean_field(
        model, 0.3, kind=kind, initial=start, max_iterations=3, tolerance=1e-300
    )
    expected = slow_mean_field(model, 0.3, kind == "tap", 3, start)
    np.testing.assert_allclose(found.mean, expected, rtol=1e-12)
    assert (found.converged, found.iterations, found.kind) == (False, 3, kind)


@given(st.integers(0, 2**32 - 1), st.integers(1, 8), st.floats(0.0, 4.0))
@settings(max_examples=60)
def test_the_bound_of_bogoliubov_holds_for_every_model_and_every_means(seed, n, beta):
    model = random_model(n, seed)
    log_z = exact.log_partition(model, beta)
    found = analysis.mean_field(model, beta, rng=seed)
    assert found.converged
    assert found.log_partition <= log_z + 1e-9
    means = np.random.default_rng(seed).uniform(-1, 1, n)
    bound = analysis.bogoliubov_bound(model, means, beta)
    assert bound <= log_z + 1e-9
    assert bound == pytest.approx(slow_bound(model, means, beta), abs=1e-9)
    # A step in the right direction: no update of mean field lowers the bound.
    better = slow_mean_field(model, beta, False, 1, means)
    assert analysis.bogoliubov_bound(model, better, beta) >= bound - 1e-9


def test_uncoupled_p_bits_are_exact():
    model = IsingModel(np.zeros((4, 4)), [0.1, -0.2, 0.0, 3.0])
    for found in (
        analysis.mean_field(model, 0.7),
        analysis.mean_field(model, 0.7, kind="tap"),
        analysis.belief_propagation(model, 0.7),
    ):
        np.testing.assert_allclose(found.mean, np.tanh(0.7 * model.h), rtol=1e-14)
        expected = exact.log_partition(model, 0.7)
        assert found.log_partition == pytest.approx(expected, rel=1e-14)


def test_tap_is_nearer_the_truth_than_naive_in_a_glass_at_high_temperature():
    rng = np.random.default_rng(0)
    J = np.triu(rng.normal(size=(16, 16)) / 4, 1)
    model = IsingModel(J + J.T, 0.3 * rng.normal(size=16))
    mean, _ = exact.moments(model, 0.6)
    log_z = exact.log_partition(model, 0.6)
    naive = analysis.mean_field(model, 0.6)
    tap = analysis.mean_field(model, 0.6, kind="tap")
    assert tap.converged
    assert np.abs(tap.mean - mean).max() < 0.3 * np.abs(naive.mean - mean).max()
    assert abs(tap.log_partition - log_z) < 0.1 * abs(naive.log_partition - log_z)


def test_a_start_on_one_side_finds_the_magnetization_of_that_side():
    n = 50
    model = IsingModel((np.ones((n, n)) - np.eye(n)) / (n - 1))
    up = analysis.mean_field(model, 1.5, initial=np.full(n, 0.5))
    down = analysis.mean_field(model, 1.5, initial=np.full(n, -0.5))
    assert up.mean[0] == pytest.approx(0.858553, abs=1e-5)  # m = tanh(1.5 m)
    np.testing.assert_allclose(down.mean, -up.mean, atol=1e-8)
    assert abs(analysis.mean_field(model, 1.5, rng=1).mean[0]) > 0.8
    first, again = (analysis.mean_field(model, 1.5, rng=7).mean for _ in range(2))
    np.testing.assert_array_equal(first, again)


def slow_fermi(energies, U, beta, sweeps=2000):
    f = [0.5] * len(energies)
    for _ in range(sweeps):
        for i in range(len(f)):
            shift = sum(U[i][j] * f[j] for j in range(len(f)) if j != i)
            f[i] = 1 / (1 + math.exp(beta * (energies[i] + shift)))
    return f


@pytest.mark.parametrize("beta", [0.0, 0.8, 3.0])
def test_occupations_are_those_of_loops_and_their_bound_holds(beta):
    rng = np.random.default_rng(3)
    energies = rng.normal(size=6)
    U = np.triu(rng.normal(size=(6, 6)), 1)
    U = U + U.T
    found = analysis.fermi_dirac(energies, U, beta)
    assert found.converged
    np.testing.assert_allclose(
        found.occupation, slow_fermi(energies, U, beta), atol=1e-8
    )
    weights = []
    for state in oracles.all_states(6):
        s = (np.array(state) + 1) / 2
        weights.append(math.exp(-beta * (energies @ s + 0.5 * s @ U @ s)))
    assert found.log_partition <= math.log(math.fsum(weights)) + 1e-12


def test_levels_that_do_not_meet_fill_by_the_fermi_function():
    energies = np.array([-2.0, 0.0, 1.0, 50.0])
    found = analysis.fermi_dirac(energies, beta=2.0)
    np.testing.assert_allclose(
        found.occupation, 1 / (1 + np.exp(2 * energies)), atol=1e-15
    )
    log_z = np.log1p(np.exp(-2 * energies)).sum()
    assert found.log_partition == pytest.approx(log_z, rel=1e-12)
    one = analysis.fermi_dirac([0.3, 0.5], 0.7)
    both = analysis.fermi_dirac([0.3, 0.5], [[0, 0.7], [0.7, 0]])
    np.testing.assert_array_equal(one.occupation, both.occupation)


@given(st.integers(0, 2**32 - 1), st.integers(2, 12), st.floats(0.0, 5.0))
@settings(max_examples=40)
def test_belief_propagation_is_exact_on_trees(seed, n, beta):
    rng = np.random.default_rng(seed)
    graph = nx.random_labeled_tree(n, seed=seed)
    if n > 4:
        graph.remove_edge(*next(iter(graph.edges)))  # a forest
    J = {edge: float(rng.normal()) for edge in graph.edges}
    model = IsingModel(J, rng.normal(size=n), 0.5, range(n))
    found = analysis.belief_propagation(model, beta)
    assert found.converged
    mean, pair = exact.moments(model, beta)
    np.testing.assert_allclose(found.mean, mean, atol=1e-10)
    coo = found.pairs.tocoo()
    np.testing.assert_allclose(coo.data, pair[coo.row, coo.col], atol=1e-10)
    log_z = exact.log_partition(model, beta)
    assert found.log_partition == pytest.approx(log_z, rel=1e-11, abs=1e-10)


def slow_beliefs(model, beta, sweeps):
    J, n = model.J.toarray(), model.n
    u = {(i, j): 0.0 for i in range(n) for j in range(n) if J[i, j]}
    for _ in range(sweeps):
        for i in range(n):
            for j in range(n):
                if (i, j) in u:
                    cavity = beta * model.h[i] + sum(
                        u[k, i] for k in range(n) if (k, i) in u and k != j
                    )
                    u[i, j] = math.atanh(math.tanh(beta * J[i, j]) * math.tanh(cavity))
    return [
        math.tanh(beta * model.h[i] + sum(u[k, i] for k in range(n) if (k, i) in u))
        for i in range(n)
    ]


def test_messages_are_those_of_loops():
    model = random_model(7, 5)
    found = analysis.belief_propagation(model, 0.4, max_iterations=4, tolerance=1e-300)
    np.testing.assert_allclose(found.mean, slow_beliefs(model, 0.4, 4), rtol=1e-10)
    assert not found.converged
    assert found.residual > 0


def test_belief_propagation_is_near_the_truth_where_loops_are_long():
    graph = nx.random_regular_graph(3, 40, seed=2)
    rng = np.random.default_rng(2)
    J = {edge: float(rng.choice([-1, 1])) for edge in graph.edges}
    model = IsingModel(J, 0.3 * rng.normal(size=40))
    truth = TreeDecomposition(model)
    found = analysis.belief_propagation(model, 0.4)
    assert found.converged
    assert np.abs(found.mean - truth.moments(0.4).mean).max() < 0.02
    assert found.log_partition == pytest.approx(truth.log_partition(0.4), abs=0.3)


def test_an_iteration_that_does_not_settle_says_so_and_damping_helps():
    model = IsingModel(-(np.ones((6, 6)) - np.eye(6)), np.full(6, 0.2))
    wild = analysis.belief_propagation(model, 0.9, max_iterations=300)
    calm = analysis.belief_propagation(model, 0.9, damping=0.7, max_iterations=3000)
    assert not wild.converged
    assert wild.residual > 1e-3
    assert calm.converged


def test_large_inputs_do_not_overflow():
    model = IsingModel({(0, 1): 1e4, (1, 2): -1e4}, [1e-3, 0, 0])
    found = analysis.belief_propagation(model, 1e3)
    np.testing.assert_allclose(found.mean, np.tanh(1.0) * np.array([1, 1, -1]))
    assert found.log_partition == pytest.approx(exact.log_partition(model, 1e3))


def test_bad_arguments_are_named():
    model = random_model(3, 0)
    circuit = PCircuit({(0, 1): 1.0})
    for call in (
        analysis.mean_field,
        analysis.belief_propagation,
        lambda m: analysis.bogoliubov_bound(m, [0.0, 0.0]),
    ):
        with pytest.raises(TypeError, match="model must be an IsingModel"):
            call(circuit)
    with pytest.raises(
        ValueError, match="kind must be one of 'naive', 'tap', not 'top'"
    ):
        analysis.mean_field(model, kind="top")
    with pytest.raises(
        ValueError, match="damping must be at least 0 and below 1, not 1"
    ):
        analysis.belief_propagation(model, damping=1.0)
    with pytest.raises(ValueError, match="tolerance must be positive, not 0"):
        analysis.mean_field(model, tolerance=0.0)
    with pytest.raises(ValueError, match=r"initial must lie .*initial\[1\] = 1\.5"):
        analysis.mean_field(model, initial=[0.0, 1.5, 0.0])
    with pytest.raises(ValueError, match=r"mean must have shape \(3,\), not \(2,\)"):
        analysis.bogoliubov_bound(model, [0.0, 0.0])
    with pytest.raises(ValueError, match="max_iterations must be at least 1, not 0"):
        analysis.mean_field(model, max_iterations=0)
    with pytest.raises(ValueError, match="interaction must be symmetric"):
        analysis.fermi_dirac([0.0, 1.0], [[0.0, 1.0], [2.0, 0.0]])
    with pytest.raises(ValueError, match=r"interaction must be one number or of shape"):
        analysis.fermi_dirac([0.0, 1.0], [1.0])

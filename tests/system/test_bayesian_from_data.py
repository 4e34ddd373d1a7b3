"""Bayesian networks counted in data, and run as circuits of p-bits."""

import networkx as nx
import numpy as np
import pytest

import compilers
import pbit
from pbit.learning import bayesian_log_likelihood, fit_bayesian_network
from tests.statistics import assert_law

WET = {"rain": [0.2], "sprinkler": [0.4], "wet": [0.01, 0.9, 0.8, 0.99]}


def wet():
    graph = nx.DiGraph()
    graph.add_nodes_from(WET)
    graph.add_edges_from([("rain", "wet"), ("sprinkler", "wet")])
    return graph


def rows_of(n, seed=0):
    rng = np.random.default_rng(seed)
    rain, sprinkler = rng.random(n) < 0.2, rng.random(n) < 0.4
    soaked = rng.random(n) < np.array(WET["wet"])[rain * 1 + sprinkler * 2]
    return np.stack([rain, sprinkler, soaked], axis=1)


def test_tables_are_shares_of_rows():
    rows = rows_of(500)
    found = fit_bayesian_network(rows, wet(), names=list(WET), smoothing=0.5)
    rain, sprinkler, soaked = rows.T
    assert found.nodes["rain"]["table"] == [(rain.sum() + 0.5) / 501]
    for state in range(4):
        which = (rain == bool(state & 1)) & (sprinkler == bool(state & 2))
        share = (soaked[which].sum() + 0.5) / (which.sum() + 1)
        assert found.nodes["wet"]["table"][state] == pytest.approx(share)


def test_no_other_tables_of_the_graph_are_likelier():
    rows, rng = rows_of(400), np.random.default_rng(1)
    best = fit_bayesian_network(rows, wet(), names=list(WET), smoothing=0)
    top = bayesian_log_likelihood(best, rows).mean()
    for _ in range(50):
        other = best.copy()
        for node in other:
            table = np.array(other.nodes[node]["table"])
            moved = np.clip(table + rng.normal(0, 0.05, len(table)), 0.001, 0.999)
            other.nodes[node]["table"] = moved
        assert bayesian_log_likelihood(other, rows).mean() < top


def test_likelihoods_are_those_of_the_joint_law():
    found = fit_bayesian_network(rows_of(300), wet(), names=list(WET))
    network = compilers.bayesian_network(found)
    every = np.array([[k >> b & 1 for b in range(3)] for k in range(8)])
    order = [network.nodes.index(name) for name in WET]
    codes = (every << np.array(order)).sum(axis=1)
    law = np.exp(bayesian_log_likelihood(found, every))
    assert law == pytest.approx(network.probabilities()[codes])


def test_the_circuit_draws_what_was_learned():
    # 40 000 sweeps of a network in topological order are as many independent draws; a
    # state of chance 0.1 that is 0.01 off is caught. False alarm 1e-6.
    found = fit_bayesian_network(rows_of(300), wet(), names=list(WET))
    network = compilers.bayesian_network(found)
    run = pbit.sample(network.circuit, n_chains=40, n_sweeps=1000, n_warmup=1, rng=2)
    n = network.circuit.n
    states = run.states.reshape(-1, n)
    full = np.bincount((states > 0) @ (1 << np.arange(n)), minlength=2**n)
    seen = network.marginal_of(full / full.sum()) * full.sum()
    assert_law(np.round(seen).astype(int), network.probabilities())


def test_the_best_tree_is_the_one_that_made_the_data():
    rng = np.random.default_rng(3)
    tree = nx.Graph([(0, 3), (3, 1), (3, 4), (4, 2), (4, 5)])
    rows = np.zeros((4000, 6), int)
    rows[:, 0] = rng.choice([-1, 1], 4000)
    for parent, child in nx.bfs_edges(tree, 0):
        rows[:, child] = rows[:, parent] * np.where(rng.random(4000) < 0.8, 1, -1)
    found = fit_bayesian_network(rows)
    assert nx.utils.edges_equal(found.to_undirected().edges, tree.edges)
    assert nx.is_arborescence(found)
    chain = nx.DiGraph([(k, k + 1) for k in range(5)])
    worse = fit_bayesian_network(rows, chain)
    gain = bayesian_log_likelihood(found, rows) - bayesian_log_likelihood(worse, rows)
    assert gain.mean() > 0.1


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (([[0, 1]], nx.Graph([(0, 1)])), TypeError, "graph must be a networkx.DiGraph"),
        (([[0, 1]], nx.DiGraph([(0, 2)])), ValueError, "1, 2 stand on one side"),
        (([[0, 1]], nx.DiGraph([(0, 1), (1, 0)])), ValueError, "must be acyclic"),
        (([[0, 0.5]],), ValueError, r"data\[0, 1\]"),
    ],
)
def test_what_makes_no_network_is_refused(arguments, error, message):
    with pytest.raises(error, match=message):
        fit_bayesian_network(*arguments)


def test_states_that_no_row_has_need_smoothing():
    with pytest.raises(ValueError, match="parents of 1 in state 1: smoothing must be"):
        fit_bayesian_network([[0, 0], [0, 1]], nx.DiGraph([(0, 1)]), smoothing=0)
    with pytest.raises(ValueError, match="names must differ"):
        fit_bayesian_network([[0, 0]], names=["a", "a"])

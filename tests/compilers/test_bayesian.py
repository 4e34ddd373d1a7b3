"""Bayesian networks: tables, weights, the exact law, and the circuit that samples it."""

import itertools

import networkx as nx
import numpy as np
import pytest

import pbit
from compilers import bayesian_network
from hardware import Machine


def sprinkler():
    graph = nx.DiGraph([("rain", "wet"), ("sprinkler", "wet"), ("rain", "sprinkler")])
    graph.nodes["rain"]["table"] = [0.2]
    graph.nodes["sprinkler"]["table"] = [0.4, 0.01]
    graph.nodes["wet"].update(
        parents=["sprinkler", "rain"], table=[0.0, 0.9, 0.8, 0.99]
    )
    return graph


def random_network(rng, n=5, tables=True):
    graph = nx.DiGraph()
    graph.add_nodes_from(range(n))
    for j, i in itertools.combinations(range(n), 2):
        if rng.random() < 0.6 and graph.in_degree(i) < 3:
            graph.add_edge(j, i, weight=rng.normal())
    for i in graph:
        graph.nodes[i]["bias"] = rng.normal()
        if tables and rng.random() < 0.7:
            graph.nodes[i]["table"] = rng.random(2 ** graph.in_degree(i))
    return graph


def test_the_textbook_network_has_its_textbook_answer():
    network = bayesian_network(sprinkler())
    wet_and_rain = 0.2 * (0.01 * 0.99 + 0.99 * 0.8)
    wet = wet_and_rain + 0.8 * 0.4 * 0.9
    law = network.marginal(["rain"], given={"wet": 1})
    assert law == pytest.approx([1 - wet_and_rain / wet, wet_and_rain / wet])


def chain_rule(network):
    """The joint law by the slow, obvious product over nodes, for every state."""
    law = []
    for number in range(2 ** len(network.nodes)):
        bits = {node: number >> k & 1 for k, node in enumerate(network.nodes)}
        probability = 1.0
        for node, parents, table in zip(
            network.nodes, network.parents, network.tables, strict=True
        ):
            up = table[sum(bits[q] << b for b, q in enumerate(parents))]
            probability *= up if bits[node] else 1 - up
        law.append(probability)
    return law


@pytest.mark.parametrize("seed", range(6))
def test_joint_laws_are_products_of_conditionals(seed):
    network = bayesian_network(random_network(np.random.default_rng(seed)))
    law = network.probabilities()
    assert law == pytest.approx(chain_rule(network), abs=1e-14)
    assert law.sum() == pytest.approx(1)
    pair = [network.nodes[3], network.nodes[1]]
    every = np.arange(law.size)
    expected = [
        law[((every >> 3 & 1) == x % 2) & ((every >> 1 & 1) == x // 2)].sum()
        for x in range(4)
    ]
    assert network.marginal(pair) == pytest.approx(expected)


def conditional(circuit, label, states):
    i = circuit.index(label)
    row = circuit.weights[[i], :].toarray()[0]
    return 1 / (1 + np.exp(-2 * (circuit.h[i] + row @ states)))


@pytest.mark.parametrize("seed", range(6))
def test_pbits_take_their_tables_probabilities(seed):
    graph = random_network(np.random.default_rng(seed))
    network = bayesian_network(graph)
    circuit, labels = network.circuit, list(network.circuit.labels)
    assert [name for name in labels if name in graph] == list(network.nodes)
    for node, parents, table in zip(
        network.nodes, network.parents, network.tables, strict=True
    ):
        for row, up in enumerate(table):
            states = np.zeros(circuit.n)
            for b, q in enumerate(parents):
                states[labels.index(q)] = 2 * (row >> b & 1) - 1
            for k, name in enumerate(labels):  # what the gates say, in their order
                if name not in graph:
                    chance = conditional(circuit, name, states)
                    states[k] = 1 if chance > 0.5 else -1
                    if name[1] == node:
                        assert min(chance, 1 - chance) < 1.2e-7
            assert conditional(circuit, node, states) == pytest.approx(up, abs=1e-9)


def test_weighted_networks_need_no_auxiliary_pbits():
    graph = random_network(np.random.default_rng(3), tables=False)
    network = bayesian_network(graph)
    assert network.circuit.n == len(graph)
    assert tuple(network.circuit.labels) == network.nodes


def test_tables_that_add_up_need_none_either():
    graph = nx.DiGraph([("a", "c"), ("b", "c")])
    for node in "ab":
        graph.nodes[node]["table"] = [0.5]
    inputs = np.array([-0.5, 0.5, -0.1, 0.9])  # 0.2 + 0.5 a + 0.2 b
    graph.nodes["c"]["table"] = 1 / (1 + np.exp(-2 * inputs))
    network = bayesian_network(graph)
    assert network.circuit.n == 3
    assert network.circuit.h.tolist() == pytest.approx([0, 0, 0.2])


def test_a_sequential_machine_draws_the_joint_law():
    # A sample a sweep, independent of the last: at 4e5 of them the distance between 8
    # frequencies and their law has a mean of 0.0017; 0.006 is 10 deviations off.
    network = bayesian_network(sprinkler())
    design = {
        "name": "sequential",
        "device": {"kind": "ideal", "tau_n": 1},
        "fabric": {"kind": "sequential"},
    }
    machine = Machine(network.circuit, design, rng=4)
    n, order = network.circuit.n, list(network.circuit.labels)
    log = machine.run(until=n * 400_000 + 0.5, record=True).log
    sweeps = log.states.reshape(-1, n)[1:]
    numbers = ((sweeps > 0) << np.arange(n)).sum(axis=1)
    occupancy = np.bincount(numbers, minlength=2**n) / len(sweeps)
    law = network.marginal_of(occupancy)
    assert 0.5 * np.abs(law - network.probabilities()).sum() < 0.006
    assert order.index("rain") < order.index("sprinkler") < order.index("wet")


def test_marginals_of_circuits_add_up_what_auxiliary_pbits_do():
    network = bayesian_network(sprinkler())
    occupancy = np.random.default_rng(1).random(2**network.circuit.n)
    occupancy /= occupancy.sum()
    both = network.marginal_of(occupancy, ["wet", "rain"])
    full = network.marginal_of(occupancy)
    place = {node: k for k, node in enumerate(network.nodes)}
    every = np.arange(8)
    row = (every >> place["wet"] & 1) + 2 * (every >> place["rain"] & 1)
    assert both == pytest.approx(np.bincount(row, full))


def bad(change):
    graph = sprinkler()
    change(graph)
    return graph


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda g: g.add_edge("wet", "rain"), "must be acyclic; it has the cycle"),
        (
            lambda g: g.nodes["wet"].update(table=[0.1, 0.2]),
            r"table of 'wet' must have 4 probabilities.*not the shape \(2,\)",
        ),
        (
            lambda g: g.nodes["wet"].update(table=[0.1, 0.2, 1.5, 0.3]),
            r"table of 'wet' must be in \[0, 1\]: entry 2 is 1.5",
        ),
        (
            lambda g: g.nodes["wet"].update(parents=["rain"]),
            "parents of 'wet' must be its predecessors",
        ),
        (
            lambda g: g.nodes["wet"].pop("table"),
            "weight of the edge 'sprinkler' -> 'wet' must be a number, not None",
        ),
        (lambda g: g.clear(), "at least one node"),
    ],
)
def test_bad_networks_say_what_is_wrong(change, message):
    with pytest.raises(ValueError, match=message):
        bayesian_network(bad(change))


def test_bad_arguments_say_what_is_wrong():
    with pytest.raises(TypeError, match=r"must be a networkx.DiGraph, not Graph"):
        bayesian_network(nx.Graph([(0, 1)]))
    with pytest.raises(ValueError, match="gate must be a finite number > 0, not 0"):
        bayesian_network(sprinkler(), gate=0)
    network = bayesian_network(sprinkler())
    with pytest.raises(KeyError, match="no node is called 'snow'"):
        network.marginal(["snow"])
    with pytest.raises(ValueError, match=r"must be -1 or \+1, not 0"):
        network.marginal(["rain"], given={"wet": 0})
    with pytest.raises(ValueError, match="occupancy must have shape"):
        network.marginal_of(np.ones(4))
    with pytest.raises(ValueError, match="has no probability"):
        network.marginal(["rain"], given={"wet": 1, "rain": -1, "sprinkler": -1})


def test_circuits_have_no_energy():
    assert not isinstance(bayesian_network(sprinkler()).circuit, pbit.IsingModel)

"""Independent sets, vertex covers and cliques beside their definitions."""

import json

import networkx as nx
import numpy as np
import pytest

import pbit
from compilers.problems.clique import clique
from compilers.problems.independent_set import independent_set
from compilers.problems.vertex_cover import vertex_cover
from tests.compilers.problems.oracles import (
    assert_judged,
    best,
    choices,
    decoded_ground,
)


def is_independent(graph, solution):
    return not any(solution[u] and solution[v] for u, v in graph.edges)


def is_cover(graph, solution):
    return all(solution[u] or solution[v] for u, v in graph.edges)


def is_clique(graph, solution):
    return is_independent(nx.complement(graph), solution)


PROBLEMS = [
    (independent_set, is_independent),
    (vertex_cover, is_cover),
    (clique, is_clique),
]


def weight_of(graph, solution):
    return sum(graph.nodes[v].get("weight", 1) * x for v, x in solution.items())


def random_graph(seed):
    """Up to 9 nodes; weights: all 1, whole (0 and negative too), or dyadic fractions."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 10))
    graph = nx.gnp_random_graph(n, rng.uniform(0.1, 0.9), seed=seed)
    graph = nx.relabel_nodes(graph, {v: f"v{v}" for v in graph})
    kind = seed % 4
    for node in graph if kind else ():
        whole = int(rng.integers(-2 if kind == 2 else 1, 8))
        graph.nodes[node]["weight"] = whole if kind < 3 else whole / 8
    return graph


@pytest.mark.parametrize(("compiler", "feasible"), PROBLEMS)
def test_ground_states_are_all_the_best_solutions_of_200_random_graphs(
    compiler, feasible
):
    smaller = 0
    for seed in range(200):
        graph = random_graph(seed)
        program = compiler(graph)
        expected = best(
            choices(graph),
            lambda s, g=graph: weight_of(g, s),
            lambda s, g=graph: feasible(g, s),
            program.sense,
        )
        assert decoded_ground(program) == expected
        smaller += program.n < len(graph)
        assert program.n + len(program.provenance["fixed"]) == len(graph)
    assert smaller > 50  # forced nodes do turn up


@pytest.mark.parametrize(("compiler", "feasible"), PROBLEMS)
def test_checks_and_objectives_follow_the_definitions_on_all_states(compiler, feasible):
    for seed in range(8):
        graph = random_graph(seed)
        assert_judged(
            compiler(graph),
            lambda s, g=graph: feasible(g, s),
            lambda s, g=graph: weight_of(g, s),
        )


@pytest.mark.parametrize(("compiler", "feasible"), PROBLEMS)
def test_energies_are_the_objective_on_feasible_states(compiler, feasible):
    program = compiler(nx.petersen_graph())
    sign = -1 if program.sense == "max" else 1
    energies = pbit.exact.energies(program.model)
    for number in range(2**10):
        solution = program.decode([2 * (number >> k & 1) - 1 for k in range(10)])
        if program.check(solution):
            assert energies[number] == sign * program.objective(solution)


@pytest.mark.parametrize(("compiler", "feasible"), PROBLEMS)
def test_a_penalty_below_the_lighter_weight_lets_broken_rules_win(compiler, feasible):
    graph = nx.cycle_graph(5)
    weak = compiler(graph, penalty=0.75)
    assert not any(weak.check(dict(s)) for s in decoded_ground(weak))
    edge = compiler(graph, penalty=1)  # on the edge: broken and kept rules tie
    verdicts = {edge.check(dict(s)) for s in decoded_ground(edge)}
    assert verdicts == {True, False}
    assert all(compiler(graph).check(dict(s)) for s in decoded_ground(compiler(graph)))


NEAR_MISSES = [
    (independent_set, {0: 1, 1: 1, 2: 0, 3: 0}),  # an edge inside
    (independent_set, {0: 1, 1: 0, 2: 1}),  # a node left out
    (independent_set, {0: 1, 1: 0, 2: 1, 3: 0, 4: 0}),  # a node too many
    (independent_set, {0: 1, 1: 0, 2: 2, 3: 0}),  # a value that is none
    (independent_set, {0: 1, 1: 0, 2: None, 3: 0}),
    (independent_set, {0: True, 1: 0, 2: 0, 3: 0}),
    (independent_set, {0: 1.0, 1: 0, 2: 0, 3: 0}),
    (independent_set, {0: np.ones(2, int), 1: 0, 2: 0, 3: 0}),
    (vertex_cover, {0: 1, 1: 0, 2: 0, 3: 1}),  # the edge 1-2 bare
    (vertex_cover, {0: 0, 1: 1, 2: 0, 3: 0}),
    (vertex_cover, {1: 1, 2: 1}),
    (clique, {0: 1, 1: 1, 2: 1, 3: 0}),  # 0-2 not joined
    (clique, {0: 1, 1: 0, 2: 0, 3: 1}),
    (clique, {0: -1, 1: 1, 2: 1, 3: 0}),
]


@pytest.mark.parametrize(("compiler", "solution"), NEAR_MISSES)
def test_near_misses_on_a_path_of_four_are_rejected(compiler, solution):
    assert not compiler(nx.path_graph(4)).check(solution)


def test_malformed_solutions_have_no_objective():
    program = independent_set(nx.path_graph(3))
    with pytest.raises(ValueError, match="every node a value: 2 has none"):
        program.objective({0: 1, 1: 0})
    with pytest.raises(ValueError, match=r"\[1\] must be 0 or 1, not 5"):
        program.objective({0: 1, 1: 5, 2: 0})
    with pytest.raises(ValueError, match="names 'x', which is not a node"):
        program.objective({0: 1, 1: 0, 2: 0, "x": 1})


def test_forced_nodes_are_fixed_and_reported():
    graph = nx.star_graph(3)
    graph.nodes[0]["weight"] = 4  # heavier than its three neighbours
    graph.add_node("alone")
    graph.add_node("bad", weight=-1)
    for compiler, centre in ((independent_set, 1), (vertex_cover, 0)):
        program = compiler(graph)
        leaf = 1 - centre
        assert program.n == 0
        assert program.provenance["fixed"] == [
            [0, centre],
            [1, leaf],
            [2, leaf],
            [3, leaf],
            ["alone", centre],
            ["bad", leaf],
        ]
        assert len(decoded_ground(program)) == 1
    json.dumps(program.provenance)


def test_a_tie_forces_nothing():
    program = independent_set(nx.path_graph(2))
    assert program.n == 2
    assert len(decoded_ground(program)) == 2


def test_penalties_are_the_lighter_weight_and_one_step():
    graph = nx.cycle_graph(3)
    nx.set_node_attributes(graph, {0: 4, 1: 6, 2: 10}, "weight")  # 10 = 4 + 6: a tie
    program = independent_set(graph)
    assert program.provenance["penalties"] == {"edge": [6.0, 8.0]}
    assert (-4 * program.model.J.toarray()).tolist() == [
        [0, 6, 6],
        [6, 0, 8],
        [6, 8, 0],
    ]


@pytest.mark.parametrize("compiler", [independent_set, vertex_cover, clique])
def test_bad_input_is_refused_at_the_door(compiler):
    with pytest.raises(TypeError, match=r"must be a networkx\.Graph, not list"):
        compiler([(0, 1)])
    with pytest.raises(TypeError, match=r"undirected networkx\.Graph, not DiGraph"):
        compiler(nx.DiGraph([(0, 1)]))
    with pytest.raises(TypeError, match="not MultiGraph"):
        compiler(nx.MultiGraph([(0, 1)]))
    with pytest.raises(ValueError, match="at least 1 node, not 0"):
        compiler(nx.Graph())
    with pytest.raises(ValueError, match="node 'a' is joined to itself"):
        compiler(nx.Graph([("a", "a")]))
    graph = nx.path_graph(2)
    graph.nodes[1]["weight"] = float("nan")
    with pytest.raises(ValueError, match="weight of node 1 must be finite, not nan"):
        compiler(graph)
    graph.nodes[1]["weight"] = "3"
    with pytest.raises(TypeError, match="weight of node 1 must be a number, not '3'"):
        compiler(graph)
    with pytest.raises(ValueError, match="penalty must be finite and >= 0, not -1"):
        compiler(nx.path_graph(2), penalty=-1)
    with pytest.raises(TypeError, match="penalty must be a number, not '2'"):
        compiler(nx.path_graph(2), penalty="2")

import itertools
import json

import networkx as nx
import numpy as np
import pytest

from compilers.problems.hamiltonian_path import hamiltonian_path
from tests.compilers.problems.oracles import decoded_ground


def all_paths(graph):
    """All Hamiltonian paths, both directions if edges have none, as {node: position}."""
    return {
        frozenset((node, t) for t, node in enumerate(order))
        for order in itertools.permutations(graph)
        if all(graph.has_edge(u, v) for u, v in itertools.pairwise(order))
    }


def backwards(path):
    return frozenset((node, len(path) - 1 - t) for node, t in path)


def random_graph(seed):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 7))
    graph = nx.gnp_random_graph(
        n, rng.uniform(0.3, 0.9), seed=seed, directed=bool(seed % 2)
    )
    return nx.relabel_nodes(graph, {v: f"v{v}" for v in graph})


@pytest.mark.parametrize("broken", [False, True])
def test_ground_states_are_all_paths_of_200_random_graphs(broken):
    solvable = smaller = 0
    for seed in range(800):
        graph = random_graph(seed)
        expected = all_paths(graph)
        if not expected:
            continue
        program = hamiltonian_path(graph, break_symmetry=broken)
        if program.n > 16:
            continue
        found = decoded_ground(program)
        if broken and not graph.is_directed():
            assert found | set(map(backwards, found)) == expected
            assert found <= expected
        else:
            assert found == expected
        solvable += 1
        smaller += program.n < len(graph) ** 2
    assert solvable >= 200
    assert smaller > 100


def test_graphs_without_a_path_are_refused_or_never_pass_the_check():
    refused = searched = 0
    for seed in range(800):
        graph = random_graph(seed)
        if all_paths(graph):
            continue
        try:
            program = hamiltonian_path(graph)
        except ValueError:
            refused += 1
            continue
        if program.n <= 16:
            assert not any(program.check(dict(s)) for s in decoded_ground(program))
            searched += 1
    assert refused > 100
    assert searched >= 1


def test_the_reason_for_a_refusal_is_told():
    graph = nx.path_graph(3)
    graph.add_node("alone")
    with pytest.raises(ValueError, match="nothing is left for node"):
        hamiltonian_path(graph)
    with pytest.raises(ValueError, match="two nodes are forced to one place"):
        hamiltonian_path(nx.DiGraph([(0, 2), (1, 2), (2, 3)]))


def test_energy_of_an_order_is_the_number_of_steps_that_are_no_edge():
    graph = nx.complete_bipartite_graph(2, 2)
    program = hamiltonian_path(graph, break_symmetry=False)
    for order in itertools.permutations(graph):
        at = {node: t for t, node in enumerate(order)}
        state = [1 if at[node] == t else -1 for node, t in program.model.labels]
        broken = sum(not graph.has_edge(u, v) for u, v in itertools.pairwise(order))
        assert program.decode(state) == at
        assert program.model.energy(state) == program.objective(at) == broken
        assert program.check(at) == (broken == 0)


@pytest.mark.parametrize(
    "solution",
    [
        {"a": 0, "b": 1, "c": 3, "d": 2},  # c after d: no edge b-d
        {"a": 1, "b": 0, "c": 2, "d": 3},  # a-c no edge
        {"a": 0, "b": 1, "c": 2, "d": 2},  # a position twice
        {"a": 0, "b": 1, "c": 2},  # a node left out
        {"a": 1, "b": 2, "c": 3, "d": 4},
        {"a": 0, "b": 1, "c": 2, "d": -1},
        {"a": 0, "b": 1, "c": 2, "d": 3, "e": 0},
    ],
)
def test_near_misses_on_a_path_are_rejected(solution):
    program = hamiltonian_path(nx.path_graph(["a", "b", "c", "d"]))
    assert not program.check(solution)
    assert program.check({"a": 3, "b": 2, "c": 1, "d": 0})


def test_direction_matters_in_a_directed_graph():
    program = hamiltonian_path(nx.DiGraph([(0, 1), (1, 2)]))
    assert program.check({0: 0, 1: 1, 2: 2})
    assert not program.check({0: 2, 1: 1, 2: 0})
    assert program.objective({0: 2, 1: 1, 2: 0}) == 2
    with pytest.raises(ValueError, match="position 1 is taken twice"):
        program.objective({0: 1, 1: 1, 2: 0})


def test_without_penalty_nodes_are_left_out():
    program = hamiltonian_path(nx.cycle_graph(4), penalty=0)
    assert {program.check(dict(s)) for s in decoded_ground(program)} == {True, False}


def test_forced_positions_are_fixed_and_reported():
    program = hamiltonian_path(nx.path_graph(5))
    assert program.n == 0
    assert [[0, 0], 1] in program.provenance["fixed"]
    assert len(program.provenance["fixed"]) == 25
    both = hamiltonian_path(nx.path_graph(4), break_symmetry=False)
    assert len(decoded_ground(both)) == 2
    json.dumps(program.provenance)


def test_bad_input_is_refused_at_the_door():
    with pytest.raises(TypeError, match=r"networkx\.Graph or DiGraph, not MultiGraph"):
        hamiltonian_path(nx.MultiGraph([(0, 1)]))
    with pytest.raises(TypeError, match=r"must be a networkx\.Graph, not str"):
        hamiltonian_path("graph")
    with pytest.raises(ValueError, match="at least 1 node, not 0"):
        hamiltonian_path(nx.Graph())
    with pytest.raises(ValueError, match="node 0 is joined to itself"):
        hamiltonian_path(nx.DiGraph([(0, 0)]))
    with pytest.raises(ValueError, match="penalty must be finite and >= 0, not -3"):
        hamiltonian_path(nx.path_graph(2), penalty=-3)

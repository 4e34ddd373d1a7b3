import json
import math

import networkx as nx
import numpy as np
import pytest

from compilers.problems.coloring import coloring, greedy_clique
from tests.compilers.problems.oracles import best, choices, decoded_ground


def is_proper(graph, solution):
    return all(solution[u] != solution[v] for u, v in graph.edges)


def all_colorings(graph, k):
    return best(choices(graph, range(k)), lambda s: 0, lambda s: is_proper(graph, s))


def classes(solution):
    """A colouring with its colours' names forgotten."""
    nodes = {}
    for node, colour in solution:
        nodes.setdefault(colour, set()).add(node)
    return frozenset(map(frozenset, nodes.values()))


def random_case(seed):
    rng = np.random.default_rng(seed)
    k = int(rng.integers(1, 5))
    n = int(rng.integers(1, 16 // k + 1 if k > 1 else 9))
    graph = nx.gnp_random_graph(n, rng.uniform(0.1, 0.8), seed=seed)
    return nx.relabel_nodes(graph, {v: f"v{v}" for v in graph}), k


def test_ground_states_are_all_colourings_of_200_random_graphs():
    solvable = 0
    for seed in range(500):
        graph, k = random_case(seed)
        expected = all_colorings(graph, k)
        if expected:
            program = coloring(graph, k, break_symmetry=False)
            assert decoded_ground(program) == expected
            solvable += 1
    assert solvable >= 200


def test_breaking_the_symmetry_keeps_a_colouring_of_every_kind():
    solvable = smaller = unique = 0
    for seed in range(500):
        graph, k = random_case(seed)
        expected = all_colorings(graph, k)
        if not expected:
            continue
        program = coloring(graph, k)
        found = decoded_ground(program)
        assert found <= expected
        assert set(map(classes, found)) == set(map(classes, expected))
        smaller += program.n < len(graph) * k
        unique += len(found) == len(set(map(classes, expected)))
        solvable += 1
        q = len(greedy_clique(graph))
        assert len(found) <= len(expected) / (math.factorial(k) / math.factorial(k - q))
    assert solvable >= 200
    assert smaller > 150
    assert unique > 100


def test_no_small_graph_that_needs_more_colours_gets_past_the_compiler():
    refused = 0
    for seed in range(900):
        graph, k = random_case(seed)
        if not all_colorings(graph, k):
            with pytest.raises(ValueError, match="colours are too few"):
                coloring(graph, k)
            refused += 1
    assert refused > 50


@pytest.mark.parametrize("n", [5, 7])
def test_ground_states_never_pass_the_check_if_there_is_no_colouring(n):
    program = coloring(nx.cycle_graph(n), 2, break_symmetry=False)
    assert not any(program.check(dict(s)) for s in decoded_ground(program))


def test_the_reason_for_a_refusal_is_told():
    with pytest.raises(
        ValueError, match="k = 2 colours are too few: nodes 0, 1, 2 are"
    ):
        coloring(nx.complete_graph(4), 2)
    with pytest.raises(ValueError, match=r"node \d are forced to use them all"):
        coloring(nx.cycle_graph(5), 2)


def test_energy_of_states_with_one_colour_a_node_is_the_number_of_broken_edges():
    graph = nx.cycle_graph(4)
    program = coloring(graph, 2, break_symmetry=False)
    for number in range(2**4):
        colours = {v: number >> v & 1 for v in graph}
        state = [1 if colours[v] == c else -1 for v, c in program.model.labels]
        assert program.decode(state) == colours
        broken = sum(colours[u] == colours[v] for u, v in graph.edges)
        assert program.model.energy(state) == program.objective(colours) == broken
        assert program.check(colours) == (broken == 0)


def test_no_colour_and_two_colours_decode_to_none_and_fail_the_check():
    program = coloring(nx.empty_graph(2), 2, break_symmetry=False)
    for state in ([-1, -1, 1, -1], [1, 1, 1, -1]):
        solution = program.decode(state)
        assert solution == {0: -1, 1: 0}
        assert not program.check(solution)
        with pytest.raises(ValueError, match=r"solution\[0\] must be 0 or 1, not -1"):
            program.objective(solution)


@pytest.mark.parametrize(
    "solution",
    [
        {0: 0, 1: 1, 2: 0, 3: 1, 4: 0},  # 4-0 broken
        {0: 0, 1: 1, 2: 2, 3: 2, 4: 1},  # 2-3 broken
        {0: 0, 1: 1, 2: 0, 3: 1, 4: 3},  # a fourth colour
        {0: 0, 1: 1, 2: 0, 3: 1, 4: -1},
        {0: 0, 1: 1, 2: 0, 3: 1},  # a node left out
        {0: 0, 1: 1, 2: 0, 3: 1, 4: 2, 5: 0},  # a node too many
        {0: 0, 1: 1, 2: 0, 3: 1, 4: None},
    ],
)
def test_near_misses_on_a_ring_of_five_are_rejected(solution):
    program = coloring(nx.cycle_graph(5), 3)
    assert not program.check(solution)
    assert program.check({0: 0, 1: 1, 2: 0, 3: 1, 4: 2})


def test_without_penalty_nodes_stay_without_colour():
    program = coloring(nx.cycle_graph(5), 3, penalty=0, break_symmetry=False)
    verdicts = {program.check(dict(s)) for s in decoded_ground(program)}
    assert verdicts == {True, False}


def test_forced_colours_are_fixed_and_reported():
    program = coloring(nx.path_graph(3), 2)
    assert program.n == 0
    assert [[0, 1], 1] in program.provenance["fixed"]
    assert len(program.provenance["fixed"]) == 6
    json.dumps(program.provenance)


def test_bad_input_is_refused_at_the_door():
    with pytest.raises(ValueError, match="k must be at least 1, not 0"):
        coloring(nx.path_graph(2), 0)
    with pytest.raises(TypeError, match=r"k must be a whole number, not 2\.5"):
        coloring(nx.path_graph(2), 2.5)
    with pytest.raises(TypeError, match=r"undirected networkx\.Graph, not DiGraph"):
        coloring(nx.DiGraph([(0, 1)]), 2)
    with pytest.raises(ValueError, match="node 1 is joined to itself"):
        coloring(nx.Graph([(1, 1)]), 2)
    with pytest.raises(ValueError, match="penalty must be finite and >= 0, not nan"):
        coloring(nx.path_graph(2), 2, penalty=float("nan"))

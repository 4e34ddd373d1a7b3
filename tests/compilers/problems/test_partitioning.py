import itertools

import networkx as nx
import numpy as np
import pytest

from compilers.problems.partitioning import partitioning
from tests.compilers.problems.oracles import best, choices, decoded_ground


def cut(graph, parts):
    return sum(
        w for u, v, w in graph.edges(data="weight", default=1) if parts[u] != parts[v]
    )


def is_balanced(parts, k):
    sizes = [list(parts.values()).count(p) for p in range(k)]
    return max(sizes) - min(sizes) <= 1


def all_best(graph, k):
    return best(
        choices(graph, range(k)),
        lambda s: cut(graph, s),
        lambda s: is_balanced(s, k),
    )


def classes(solution):
    parts = {}
    for node, part in solution:
        parts.setdefault(part, set()).add(node)
    return frozenset(map(frozenset, parts.values()))


def random_graph(seed, n):
    """Weights: all 1, whole and some negative, whole, or dyadic fractions."""
    rng = np.random.default_rng(seed)
    graph = nx.gnp_random_graph(n, rng.uniform(0.1, 1), seed=seed)
    for u, v in graph.edges if seed % 4 else ():
        whole = int(rng.integers(-4 if seed % 4 == 1 else 1, 9))
        graph.edges[u, v]["weight"] = whole if seed % 4 < 3 else whole / 8
    return graph


CASES = [(seed, 2, 2 + seed % 8) for seed in range(200)]
CASES += [(seed, 3, 3 + seed % 3) for seed in range(150)]
CASES += [(seed, 4, 4) for seed in range(60)]


@pytest.mark.parametrize("broken", [False, True])
def test_ground_states_are_all_best_partitions_of_random_graphs(broken):
    for seed, k, n in CASES:
        graph = random_graph(seed, n)
        expected = all_best(graph, k)
        program = partitioning(graph, k, break_symmetry=broken)
        found = decoded_ground(program)
        if broken:
            assert found <= expected
            assert set(map(classes, found)) == set(map(classes, expected))
        else:
            assert found == expected


def test_six_nodes_in_three_parts_when_two_are_fixed_apart():
    for seed in range(40):
        graph = random_graph(seed, 6)
        program = partitioning(graph, 3)
        assert program.n == 14
        expected = all_best(graph, 3)
        assert set(map(classes, decoded_ground(program))) == set(map(classes, expected))


@pytest.mark.parametrize("k", [2, 3])
@pytest.mark.parametrize("n", [3, 4, 5])
def test_energy_of_balanced_partitions_is_the_cut(n, k):
    graph = random_graph(1, n)
    program = partitioning(graph, k, break_symmetry=False)
    for choice in itertools.product(range(k), repeat=n):
        parts = dict(enumerate(choice))
        state = [
            (1 if parts[label[0]] == label[1] else -1)
            if k > 2
            else 2 * parts[label] - 1
            for label in program.model.labels
        ]
        assert program.decode(state) == parts
        assert program.objective(parts) == cut(graph, parts)
        assert program.check(parts) == is_balanced(parts, k)
        if is_balanced(parts, k):
            assert program.model.energy(state) == cut(graph, parts)


def test_penalties_that_are_too_low_let_unbalanced_parts_win():
    graph = nx.complete_graph(4)
    weak = partitioning(graph, balance=0.25)
    assert not any(weak.check(dict(s)) for s in decoded_ground(weak))
    weak = partitioning(graph, 3, balance=0.5)
    assert not any(weak.check(dict(s)) for s in decoded_ground(weak))
    graph = nx.path_graph(6)
    graph.edges[4, 5]["weight"] = 5  # worth having twice
    weak = partitioning(graph, 3, one_hot=0.25)
    assert not any(weak.check(dict(s)) for s in decoded_ground(weak))


def test_penalties_follow_the_light_nodes():
    star = nx.star_graph(7)  # the hub is heavy, all others are not
    assert partitioning(star).provenance["penalties"] == {"balance": 2.0}
    assert partitioning(nx.star_graph(6)).provenance["penalties"] == {"balance": 1.0}
    three = partitioning(nx.cycle_graph(6), 3).provenance["penalties"]
    assert three == {"balance": 3.0, "one_hot": 4.5}


@pytest.mark.parametrize(
    "parts",
    [
        {0: 0, 1: 0, 2: 0, 3: 1},  # 3 and 1
        {0: 0, 1: 0, 2: 0, 3: 0},
        {0: 0, 1: 0, 2: 1},  # a node left out
        {0: 0, 1: 0, 2: 1, 3: 2},  # a third part
        {0: 0, 1: 0, 2: 1, 3: -1},
        {0: 0, 1: 0, 2: 1, 3: 1, 4: 0},  # a node too many
    ],
)
def test_near_misses_are_rejected(parts):
    assert not partitioning(nx.path_graph(4)).check(parts)


def test_nodes_in_no_or_two_parts_decode_to_none():
    program = partitioning(nx.path_graph(3), 3, break_symmetry=False)
    solution = program.decode([1, 1, -1, -1, -1, -1, -1, -1, 1])
    assert solution == {0: -1, 1: -1, 2: 2}
    assert not program.check(solution)
    with pytest.raises(ValueError, match=r"solution\[0\] must be 0 to 2, not -1"):
        program.objective(solution)


def test_fixed_nodes_are_reported():
    assert partitioning(nx.path_graph(4)).provenance["fixed"] == [[0, 0]]
    assert partitioning(nx.path_graph(3), 3).provenance["fixed"] == [
        [[0, 0], 1],
        [[0, 1], 0],
        [[0, 2], 0],
        [[1, 2], 0],
    ]


def test_bad_input_is_refused_at_the_door():
    path = nx.path_graph(3)
    with pytest.raises(ValueError, match="k must be at least 2, not 1"):
        partitioning(path, 1)
    with pytest.raises(ValueError, match="at most the number of nodes, 3, not 4"):
        partitioning(path, 4)
    with pytest.raises(ValueError, match="one_hot is for more than 2 parts"):
        partitioning(path, 2, one_hot=3)
    with pytest.raises(ValueError, match="balance must be finite and >= 0, not -1"):
        partitioning(path, balance=-1)
    path.edges[0, 1]["weight"] = float("inf")
    with pytest.raises(ValueError, match=r"edge \(0, 1\) must be finite, not inf"):
        partitioning(path)
    with pytest.raises(TypeError, match="not MultiGraph"):
        partitioning(nx.MultiGraph([(0, 1)]))

import pickle
import time

import networkx as nx
import numpy as np
import pytest

import compilers
import pbit
from compilers.edges import EdgeList
from compilers.problems.maxcut import compile_edges
from tests.compilers.enumeration import all_energies, all_states
from tests.compilers.problems.oracles import best, choices, decoded_ground


def slow_cut(graph, sides):
    """The cut by its definition: a sum over edges."""
    return sum(
        w for u, v, w in graph.edges(data="weight", default=1) if sides[u] != sides[v]
    )


@pytest.fixture
def graph():
    graph = nx.Graph(name="five")
    graph.add_node("alone")
    graph.add_edge("a", "b", weight=3)
    graph.add_edge("b", "c", weight=-2)
    graph.add_edge("c", "a")
    graph.add_edge("c", ("d", 4), weight=0)
    return graph


def test_energy_is_minus_the_cut_for_every_state(graph):
    program = compilers.maxcut(graph)
    for state, energy in zip(all_states(5), all_energies(program.model), strict=True):
        solution = program.decode(state)
        assert program.check(solution)
        assert program.objective(solution) == slow_cut(graph, solution)
        assert program.objective(solution) == -energy


def test_ground_states_are_all_the_best_cuts_of_200_random_graphs():
    for seed in range(200):
        rng = np.random.default_rng(seed)
        graph = nx.gnp_random_graph(int(rng.integers(1, 10)), 0.6, seed=seed)
        for u, v in graph.edges if seed % 3 else ():
            whole = int(rng.integers(-4, 8))
            graph.edges[u, v]["weight"] = whole if seed % 3 == 1 else whole / 8
        want = best(choices(graph), lambda s, g=graph: slow_cut(g, s), sense="max")
        assert decoded_ground(compilers.maxcut(graph)) == want


def test_energy_is_minus_the_cut_for_fractional_weights():
    rng = np.random.default_rng(5)
    graph = nx.gnp_random_graph(9, 0.6, seed=5)
    for u, v in graph.edges:
        graph.edges[u, v]["weight"] = rng.normal()
    program = compilers.maxcut(graph)
    cuts = [program.objective(program.decode(state)) for state in all_states(9)]
    np.testing.assert_allclose(cuts, -all_energies(program.model), atol=1e-12)
    best = [slow_cut(graph, program.decode(state)) for state in all_states(9)]
    assert max(cuts) == pytest.approx(max(best), abs=1e-12)


def test_couplings_are_minus_half_the_weights_and_labels_the_nodes(graph):
    program = compilers.maxcut(graph)
    assert isinstance(program.model, pbit.IsingModel)
    assert program.model.labels == tuple(graph.nodes)
    i, j = program.model.index("a"), program.model.index("b")
    assert program.model.J[i, j] == -1.5
    assert program.model.offset == -1.0
    assert not program.model.h.any()
    assert program.sense == "max"
    assert program.buses == {}


def test_another_attribute_may_hold_the_weight(graph):
    graph.edges["a", "b"]["capacity"] = 10
    program = compilers.maxcut(graph, weight="capacity")
    sides = dict.fromkeys(graph, 0) | {"a": 1}
    assert program.objective(sides) == 11


def test_a_sum_beyond_int64_stays_exact():
    graph = nx.complete_bipartite_graph(30, 40)
    nx.set_edge_attributes(graph, 2**53, "weight")
    program = compilers.maxcut(graph)
    sides = {node: int(node < 30) for node in graph}
    assert program.objective(sides) == 1200 * 2**53 > 2**63


def test_a_single_node_has_one_cut_of_weight_zero():
    graph = nx.empty_graph(1)
    program = compilers.maxcut(graph)
    assert program.objective(program.decode([1])) == 0
    assert program.provenance["weights"] is None


@pytest.mark.parametrize(
    ("solution", "reason"),
    [
        ({"a": 0, "b": 1}, "every node a value: 'alone' has none"),
        (
            {"alone": 0, "a": 0, "b": 1, "c": 2, ("d", 4): 0},
            r"\['c'\] must be 0 or 1, not 2",
        ),
        (
            {"alone": 0, "a": 0, "b": 1, "c": 1, ("d", 4): 0, "e": 1},
            "'e', which is not a",
        ),
    ],
)
def test_what_is_no_partition_fails_the_check(graph, solution, reason):
    program = compilers.maxcut(graph)
    assert not program.check(solution)
    with pytest.raises(ValueError, match=reason):
        program.objective(solution)


@pytest.mark.parametrize("kind", [nx.DiGraph, nx.MultiGraph, nx.MultiDiGraph])
def test_directed_graphs_and_multigraphs_are_refused(kind):
    with pytest.raises(
        TypeError, match=f"undirected networkx.Graph, not {kind.__name__}"
    ):
        compilers.maxcut(kind([(0, 1)]))


def test_what_is_no_graph_is_refused():
    with pytest.raises(TypeError, match=r"graph must be a networkx\.Graph, not list"):
        compilers.maxcut([(0, 1)])
    with pytest.raises(ValueError, match="at least 1 node"):
        compilers.maxcut(nx.Graph())
    with pytest.raises(ValueError, match="node 'a' is joined to itself"):
        compilers.maxcut(nx.Graph([("a", "a")]))


@pytest.mark.parametrize(
    ("weight", "error", "message"),
    [
        (float("nan"), ValueError, r"edge \(0, 1\) must be finite, not nan"),
        (np.float64("-inf"), ValueError, "must be finite, not -inf"),
        (2**53 + 1, ValueError, r"within ±2\*\*53, not 9007199254740993"),
        ("3", TypeError, "must be a number, not '3'"),
        (True, TypeError, "must be a number, not True"),
        (None, TypeError, "must be a number, not None"),
        (1j, TypeError, "must be a number, not 1j"),
    ],
)
def test_weights_that_are_no_numbers_are_refused(weight, error, message):
    graph = nx.Graph()
    graph.add_edge(0, 1, weight=weight)
    with pytest.raises(error, match=message):
        compilers.maxcut(graph)


def test_numpy_weights_are_taken():
    graph = nx.Graph()
    graph.add_edge(0, 1, weight=np.int32(3))
    graph.add_edge(1, 2, weight=np.float32(0.5))
    assert compilers.maxcut(graph).objective({0: 0, 1: 1, 2: 0}) == 3.5


def test_a_program_survives_pickling(graph):
    program = pickle.loads(pickle.dumps(compilers.maxcut(graph)))
    assert program.objective(dict.fromkeys(graph, 0)) == 0


def test_provenance_tells_graphs_apart(graph):
    first = compilers.maxcut(graph).provenance
    again = compilers.maxcut(graph.copy()).provenance
    graph.edges["a", "b"]["weight"] = 4
    other = compilers.maxcut(graph).provenance
    assert first["sha256"] == again["sha256"] != other["sha256"]
    assert first["version"] == pbit.__version__
    assert first["source"] == "networkx graph 'five'"


def test_edges_make_the_round_trip_through_networkx(graph):
    nx.set_edge_attributes(graph, {("a", "c"): 1}, "weight")
    again = EdgeList.from_networkx(graph).to_networkx()
    graph.graph.clear()
    assert nx.utils.graphs_equal(graph, again)


def test_a_hundred_thousand_edges_compile_within_seconds():
    graph = nx.gnm_random_graph(20_000, 100_000, seed=1)
    start = time.perf_counter()
    program = compilers.maxcut(graph)
    assert time.perf_counter() - start < 5  # about 0.15 s on an idle core
    state = np.random.default_rng(1).choice(np.array([-1, 1], dtype=np.int8), program.n)
    assert program.objective(program.decode(state)) == -program.model.energy(state)


def test_arrays_without_edges_compile():
    edges = EdgeList.from_networkx(nx.empty_graph(3))
    program = compile_edges(edges, how="test", source="test", sha256="")
    assert program.model.n_edges == 0

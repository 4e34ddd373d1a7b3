import subprocess
import sys

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pbit import IsingModel, PCircuit, coloring
from pbit.kernels import coloring as kernels


def chimera(m, shore=4):
    graph = nx.Graph()
    for x in range(m):
        for y in range(m):
            for k in range(shore):
                graph.add_edges_from(((x, y, 0, k), (x, y, 1, j)) for j in range(shore))
                if x + 1 < m:
                    graph.add_edge((x, y, 0, k), (x + 1, y, 0, k))
                if y + 1 < m:
                    graph.add_edge((x, y, 1, k), (x, y + 1, 1, k))
    return graph


def slow_first_fit(graph, order):
    colors = {}
    for v in order:
        taken = {colors[u] for u in graph[v] if u in colors}
        colors[v] = next(c for c in range(len(graph)) if c not in taken)
    return [colors[v] for v in range(len(graph))]


def csr(graph):
    return coloring._adjacency(graph)[:2]


GRAPHS = {
    "empty": nx.empty_graph(0),
    "isolated": nx.empty_graph(3),
    "triangle": nx.complete_graph(3),
    "complete": nx.complete_graph(9),
    "wheel": nx.wheel_graph(6),
    "petersen": nx.petersen_graph(),
    "king": nx.strong_product(nx.path_graph(6), nx.path_graph(6)),
    "random": nx.gnp_random_graph(60, 0.2, seed=1),
    "two parts": nx.disjoint_union(nx.complete_graph(4), nx.path_graph(5)),
}
CHROMATIC = {
    "empty": 0,
    "isolated": 1,
    "triangle": 3,
    "complete": 9,
    "wheel": 4,
    "petersen": 3,
    "king": 4,
    "two parts": 4,
}


@pytest.mark.parametrize("name", GRAPHS)
def test_connected_nodes_differ_and_small_graphs_need_no_more_than_they_must(name):
    graph = GRAPHS[name]
    found = coloring.color(graph)
    number = {label: i for i, label in enumerate(graph)}
    for u, v in graph.edges:
        assert found.colors[number[u]] != found.colors[number[v]]
    assert found.n_colors == CHROMATIC.get(name, found.n_colors)
    assert set(found.colors.tolist()) == set(range(found.n_colors))


@pytest.mark.parametrize(
    "graph",
    [
        chimera(4),
        nx.grid_graph((4, 4, 4), periodic=True),
        nx.balanced_tree(3, 4),
        nx.complete_bipartite_graph(5, 9),
        nx.star_graph(50),
    ],
)
def test_bipartite_graphs_get_two_colours(graph):
    found = coloring.color(graph)
    assert (found.n_colors, found.method) == (2, "bipartite")


@pytest.mark.parametrize("seed", range(4))
def test_it_is_no_worse_than_any_of_its_orders(seed):
    graph = nx.gnp_random_graph(300, 0.1, seed=seed)
    best = coloring.color(graph).n_colors
    for strategy in ("DSATUR", "largest_first"):
        assert best <= max(nx.greedy_color(graph, strategy).values()) + 2
    indptr, indices = csr(graph)
    order = kernels.smallest_last(indptr, indices)
    assert best <= kernels.first_fit(order, indptr, indices).max() + 1


@settings(deadline=None)
@given(st.integers(1, 25), st.floats(0, 1), st.integers(0, 10**6))
def test_kernels_do_what_loops_do(n, p, seed):
    graph = nx.gnp_random_graph(n, p, seed=seed)
    indptr, indices = csr(graph)
    order = np.random.default_rng(seed).permutation(n).astype(np.int32)
    fast = kernels.first_fit(order, indptr, indices)
    assert fast.tolist() == slow_first_fit(graph, order.tolist())
    assert kernels.two_color(indptr, indices)[0] == nx.is_bipartite(graph)
    coloring.verify(coloring.color(graph), graph)


@settings(deadline=None)
@given(st.integers(1, 25), st.floats(0, 1), st.integers(0, 10**6))
def test_smallest_last_always_leaves_a_vertex_of_least_degree(n, p, seed):
    graph = nx.gnp_random_graph(n, p, seed=seed)
    order = kernels.smallest_last(*csr(graph)).tolist()
    assert sorted(order) == list(range(n))
    rest = graph.copy()
    for vertex in reversed(order):
        assert rest.degree[vertex] == min(degree for _, degree in rest.degree)
        rest.remove_node(vertex)


def test_directed_weights_are_edges_either_way():
    circuit = PCircuit([[0, 0, 1.0], [0, 0, 0], [0, -1.0, 0]])
    assert coloring.color(circuit).colors.tolist() == [0, 0, 1]
    opposite = PCircuit([[0, 1.0], [-1.0, 0]])  # the sum of both directions is nothing
    assert coloring.color(opposite).n_colors == 2


def test_models_and_their_graphs_are_coloured_alike():
    graph = nx.gnp_random_graph(40, 0.2, seed=3)
    nx.set_edge_attributes(graph, 1.0, "J")
    model = IsingModel.from_networkx(graph)
    directed = nx.DiGraph(graph.edges)
    directed.add_nodes_from(graph)
    multi = nx.MultiGraph([*graph.edges, *graph.edges])
    expected = coloring.color(model)
    np.testing.assert_array_equal(coloring.color(graph).colors, expected.colors)
    for other in (directed, multi):
        coloring.verify(coloring.color(other), other)
    coloring.verify(expected.colors, graph)


def test_classes_partition_the_pbits():
    found = coloring.color(GRAPHS["random"])
    assert sorted(np.concatenate(found.classes).tolist()) == list(range(60))
    for k, members in enumerate(found.classes):
        assert (found.colors[members] == k).all()
        assert (np.diff(members) > 0).all()
        assert len(members) == found.sizes[k]
    assert coloring.color(GRAPHS["empty"]).classes == []


def test_colours_are_read_only():
    with pytest.raises(ValueError, match="read-only"):
        coloring.color(GRAPHS["king"]).colors[0] = 3


def test_verify_names_the_first_bad_edge():
    graph = nx.Graph([("a", "b"), ("b", "c")])
    coloring.verify([0, 1, 0], graph)
    with pytest.raises(ValueError, match="'b' and 'c' both have colour 1"):
        coloring.verify([0, 1, 1], graph)
    with pytest.raises(ValueError, match="must be 3 whole numbers, not float64"):
        coloring.verify([0.0, 1.0, 0.0], graph)
    with pytest.raises(ValueError, match="must be 3 whole numbers"):
        coloring.verify([0, 1], graph)
    with pytest.raises(ValueError, match=r"colors\[2\] = -1"):
        coloring.verify([0, 1, -1], graph)


def test_loops_and_strangers_are_refused():
    with pytest.raises(ValueError, match="joined to itself: 'x'"):
        coloring.color(nx.Graph([("y", "z"), ("x", "x")]))
    with pytest.raises(TypeError, match="not list"):
        coloring.color([[0, 1], [1, 0]])


def test_the_colours_do_not_depend_on_the_process():
    script = (
        "import networkx as nx, pbit.coloring as c\n"
        "g = nx.gnp_random_graph(200, 0.1, seed=1)\n"
        "h = nx.relabel_nodes(g, str)\n"
        "print(c.color(g).colors.tolist(), c.color(h).colors.tolist())"
    )
    outputs = {
        subprocess.run(
            [sys.executable, "-c", script],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": "."},
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(outputs) == 1


def test_a_large_torus_is_two_coloured_quickly():
    n = 125_000
    i = np.arange(n)
    shifts = [np.array([i, (i + s) % n]) for s in (1, 51, 2501)]
    ends = np.concatenate(shifts, axis=1)
    import scipy.sparse as sp

    J = sp.coo_array((np.ones(3 * n), tuple(ends)), shape=(n, n))
    assert coloring.color(IsingModel(J + J.T)).n_colors == 2

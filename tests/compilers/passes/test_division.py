"""Partitions and colourings: counted again by hand, legal, and no worse than at first."""

import sys

import networkx as nx
import numpy as np
import pytest

import compilers
import pbit
from compilers import passes
from pbit import coloring
from pbit.polynomial import PolynomialModel
from tests.compilers.passes.small import program_of


@pytest.mark.parametrize(
    ("k", "method"), [(1, "metis"), (2, "metis"), (5, "metis"), (4, "kernighan-lin")]
)
def test_the_costs_of_a_partition_are_those_counted_edge_by_edge(k, method):
    if method == "metis":
        pytest.importorskip("pymetis")
    graph = nx.random_regular_graph(4, 200, seed=1)
    program = compilers.maxcut(graph)
    result = passes.partition(program, k, method=method)
    report, parts = result.passes[-1], result.results["partition"].parts
    number = {v: i for i, v in enumerate(graph)}
    cut, boundary, links = 0, [set() for _ in range(k)], {}
    for u, v in graph.edges:
        a, b = parts[number[u]], parts[number[v]]
        if a != b:
            cut += 1
            boundary[a].add(u)
            boundary[b].add(v)
            pair = (min(a, b), max(a, b))
            links[pair] = links.get(pair, 0) + 1
    assert report["cut"] == cut
    assert report["boundary"] == [len(b) for b in boundary]
    assert {(a, b): n for a, b, n in report["links"]} == links
    assert sum(report["sizes"]) == 200
    assert max(report["sizes"]) <= 1.1 * 200 / k
    if k > 1:
        rng = np.random.default_rng(2)
        shuffled = rng.permutation(parts)
        random_cut = sum(
            shuffled[number[u]] != shuffled[number[v]] for u, v in graph.edges
        )
        assert cut < 0.7 * random_cut
    again = passes.partition(program, k, method=method)
    assert (again.results["partition"].parts == parts).all()
    assert result.model is program.model


def test_partitions_that_cannot_be_are_refused(monkeypatch):
    program = compilers.maxcut(nx.path_graph(3))
    with pytest.raises(pbit.CapacityError, match="3 p-bits cannot be dealt out to 5"):
        passes.partition(program, 5)
    with pytest.raises(ValueError, match="power of two"):
        passes.partition(program, 3, method="kernighan-lin")
    monkeypatch.setitem(sys.modules, "pymetis", None)
    with pytest.raises(ImportError, match=r"pip install 'pbitlab\[partition\]'"):
        passes.partition(program, 2)


GRAPHS = {
    "ring": (nx.cycle_graph(9), 3),
    "lattice": (nx.grid_2d_graph(6, 7), 2),
    "dense": (nx.gnp_random_graph(125, 0.5, seed=2), 18),
    "sparse": (nx.gnp_random_graph(250, 0.1, seed=3), 8),
    "mycielski": (nx.mycielski_graph(5), 5),
    "clique": (nx.complete_graph(7), 7),
    "no edges": (nx.empty_graph(5), 1),
}


@pytest.mark.parametrize("name", GRAPHS)
def test_colourings_are_legal_and_improve(name):
    graph, most = GRAPHS[name]
    program = compilers.maxcut(graph)
    result = passes.recolor(program)
    found = result.results["coloring"]
    coloring.verify(found, program.model)
    first, last = result.passes[-1]["colors"]
    assert last == found.n_colors <= min(first, most)
    again = passes.recolor(program)
    assert (again.results["coloring"].colors == found.colors).all()
    before, after = result.passes[-1]["sizes"]
    if first == last:
        assert after[1] - after[0] <= before[1] - before[0]


def test_random_graphs_get_fewer_colours_than_from_any_greedy_order():
    result = passes.recolor(compilers.maxcut(GRAPHS["dense"][0]))
    first, last = result.passes[-1]["colors"]
    assert last <= first - 2
    few = passes.recolor(compilers.maxcut(GRAPHS["dense"][0]), iterations=0)
    assert few.passes[-1]["colors"] == [first, first]


def test_classes_are_evened_out():
    star = nx.star_graph(9)
    assert passes.recolor(compilers.maxcut(star)).passes[-1]["sizes"][1] == [1, 9]
    stars = nx.disjoint_union(star, star)
    assert passes.recolor(compilers.maxcut(stars)).passes[-1]["sizes"] == [
        [2, 18],
        [10, 10],
    ]


def test_terms_of_a_polynomial_need_as_many_colours_as_pbits():
    model = PolynomialModel({(0, 1, 2, 3): 1.0, (3, 4): 1.0})
    result = passes.recolor(program_of(model))
    assert result.passes[-1]["colors"] == [4, 4]
    halves = passes.partition(program_of(model), 2, method="kernighan-lin")
    assert halves.passes[-1]["cut"] >= 3


def test_too_many_colours_are_refused():
    with pytest.raises(pbit.CapacityError, match="3 colours were needed, 1 more than"):
        passes.recolor(compilers.maxcut(nx.cycle_graph(5)), max_colors=2)

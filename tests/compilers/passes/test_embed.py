"""Embeddings: verified, exact, and refused with the reason."""

import sys

import networkx as nx
import numpy as np
import pytest

import compilers
from compilers import passes
from pbit import IsingModel, exact
from pbit.errors import EmbeddingError
from tests.compilers.passes.small import ground, program_of, random_ising

TOPOLOGIES = [
    "chimera(3)",
    "pegasus(2)",
    "zephyr(2)",
    "king(5, 5)",
    "square(6, 6)",
    "cubic(3, 3, 3)",
    "triangular(6, 12)",
    "complete(8)",
    nx.random_regular_graph(5, 40, seed=1),
]


@pytest.mark.parametrize("topology", TOPOLOGIES, ids=str)
@pytest.mark.parametrize("seed", [1, 2])
def test_embedded_models_have_the_same_ground_states(topology, seed):
    pytest.importorskip("minorminer")
    flat = str(topology).startswith(("square", "triangular"))  # no room for K3,3
    model = random_ising(6, seed, density=0.4 if flat else 0.8, whole=seed % 2 == 0)
    placed = passes.embed(program_of(model), topology, rng=seed)
    graph = passes.topology_graph(topology)
    labels = placed.model.labels
    for i, j in zip(*placed.model.J.nonzero(), strict=True):
        assert graph.has_edge(labels[i], labels[j])
    lowest = exact.ground_states(placed.model)
    restored = sorted(map(tuple, placed.restore(lowest).tolist()))
    assert restored == sorted(ground(model))
    states = np.array(sorted(ground(model)))
    np.testing.assert_allclose(
        placed.model.energy(placed.lift(states)), model.energy(states)
    )
    again = passes.embed(program_of(model), topology, rng=seed)
    assert again.results["embedding"] == placed.results["embedding"]


def test_a_given_embedding_is_verified():
    triangle = compilers.maxcut(nx.complete_graph(3))
    good = {0: [(0, 0)], 1: [(0, 1)], 2: [(1, 0), (1, 1)]}
    placed = passes.embed(triangle, "square(2, 2)", embedding=good)
    assert placed.clamp({2: 1}) == {(1, 0): 1, (1, 1): 1}
    for bad, message in (
        ({0: [(0, 0)], 1: [(0, 1)]}, "must name every p-bit: 2 has no nodes"),
        ({**good, 2: [(9, 9)]}, r"has \(9, 9\), which the topology has not"),
        ({**good, 1: [(0, 0)]}, r"the chains of 0 and 1 share \(0, 0\)"),
        ({**good, 0: [(0, 0), (1, 1)], 2: [(1, 0)]}, "chain of 0 is not connected"),
        ({**good, 2: [(1, 1)]}, "the chains of 0 and 2 are not coupled"),
        ({**good, 2: [(1, 0), (1, 0)]}, "names a node twice"),
        ({**good, 2: []}, "chain of 2 is not connected"),
    ):
        with pytest.raises(EmbeddingError, match=message) as caught:
            passes.embed(triangle, "square(2, 2)", embedding=bad)
        assert caught.value.reason == "invalid"


def test_what_cannot_be_embedded_is_refused_with_the_reason():
    pytest.importorskip("minorminer")
    clique = compilers.maxcut(nx.complete_graph(10))
    with pytest.raises(
        EmbeddingError, match=r"10 p-bits, 1 more than the topology's 9"
    ) as e:
        passes.embed(clique, "square(3, 3)")
    assert e.value.reason == "too large"
    with pytest.raises(EmbeddingError, match=r"45 couplings, 5 more than .* 40"):
        passes.embed(clique, "square(5, 5)")
    with pytest.raises(EmbeddingError, match="was found in 1 tries") as e:
        passes.embed(clique, "square(6, 6)", tries=1)
    assert e.value.reason == "not found"
    ring = program_of(IsingModel({(0, 1): 1.0, (1, 2): 1.0, (0, 2): 1.0}, np.zeros(4)))
    with pytest.raises(EmbeddingError, match="without couplings are left"):
        passes.embed(ring, "square(2, 2)")


def test_pbits_without_couplings_get_nodes_of_their_own():
    pytest.importorskip("minorminer")
    model = IsingModel({(0, 1): 1.0}, [0.0, 0.5, -2.0, 1.0])
    placed = passes.embed(program_of(model), "square(2, 3)")
    restored = placed.restore(exact.ground_states(placed.model))
    assert {tuple(s) for s in restored.tolist()} == ground(model)


def test_without_minorminer_the_error_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "minorminer", None)
    monkeypatch.setitem(sys.modules, "dwave.graphs", None)
    with pytest.raises(ImportError, match=r"pip install 'pbitlab\[topology\]'"):
        passes.embed(compilers.gate("AND"), "square(3, 3)")
    with pytest.raises(ImportError, match=r"needs dwave.graphs: pip install"):
        passes.topology_graph("pegasus(2)")


def test_topologies_are_the_published_graphs():
    king = passes.topology_graph("king(4, 5)")
    assert (len(king), king.number_of_edges()) == (20, 4 * 4 + 3 * 5 + 2 * 3 * 4)
    assert sorted(dict(king.degree).values())[-1] == 8
    pytest.importorskip("dwave.graphs")
    for name, nodes, degree in (
        ("chimera(16)", 2048, 6),
        ("pegasus(16)", 5640, 15),
        ("zephyr(4)", 576, 20),
    ):
        graph = passes.topology_graph(name)
        assert (len(graph), max(d for _, d in graph.degree)) == (nodes, degree)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("pegasus", "must look like"),
        ("pegasuss(3)", "did you mean 'pegasus'"),
        ("king(3)", "king takes 2 sizes of at least 1"),
        ("square(0, 3)", "square takes 2 sizes"),
        ("complete(9999)", "more than 2000000 p-bits"),
    ],
)
def test_names_that_are_none_are_refused(name, message):
    with pytest.raises(ValueError, match=message):
        passes.topology_graph(name)

"""The memory of models: within 100 n + 40 e bytes, as the design demands."""

import gc
import tracemalloc

import networkx as nx
import pytest

import compilers
from compilers.formats import write_rudy


def held(make):
    """Return a program's p-bits, couplings, and the bytes of its model alone."""
    make()  # imports and compiles
    gc.collect()
    tracemalloc.start()
    try:
        program = make()
        model = program.model
        del program
        gc.collect()
        return model.n, model.J.nnz // 2, tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("kind", ["graph", "file", "multiplier"])
def test_a_model_stays_within_its_memory(kind, tmp_path):
    graph = nx.gnm_random_graph(2000, 20_000, seed=1)
    graph = nx.convert_node_labels_to_integers(graph, first_label=1)
    path = tmp_path / "graph.txt"
    write_rudy(graph, path)
    make = {
        "graph": lambda: compilers.maxcut(graph),
        "file": lambda: compilers.load(path),
        "multiplier": lambda: compilers.multiplier(24, 24),
    }[kind]
    n, e, size = held(make)
    assert 12 * e < size <= 100 * n + 40 * e

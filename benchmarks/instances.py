"""The instances that tables are made on."""

from __future__ import annotations

from pathlib import Path

import networkx as nx
import numpy as np
import scipy.sparse as sp

import compilers
import pbit

G1 = Path(__file__).parents[1] / "examples" / "data" / "G1.txt"


def torus(shape: tuple[int, int, int], seed: int = 0) -> pbit.IsingModel:
    """Return a ±J glass on a periodic cubic lattice: degree 6."""
    sites = np.arange(np.prod(shape)).reshape(shape)
    rows = np.concatenate([sites.ravel()] * 3)
    columns = np.concatenate([np.roll(sites, -1, axis).ravel() for axis in range(3)])
    signs = np.random.default_rng(seed).choice([-1.0, 1.0], rows.size)
    half = sp.coo_array((signs, (rows, columns)), shape=(sites.size, sites.size))
    return pbit.IsingModel(half + half.T)


def g1() -> pbit.IsingModel:
    """Return max-cut on G1: 800 p-bits, degree 48, couplings -1/2."""
    model = compilers.load(G1).model
    assert isinstance(model, pbit.IsingModel)  # noqa: S101 - max-cut has an energy
    return model


def square_torus(size: int = 100) -> pbit.IsingModel:
    """Return a ±J glass on a periodic square lattice: degree 4."""
    graph = nx.grid_2d_graph(size, size, periodic=True)
    return signed(nx.convert_node_labels_to_integers(graph, ordering="sorted"))


def regular(n: int = 10_000) -> pbit.IsingModel:
    """Return a ±J glass on a random graph of degree 3."""
    return signed(nx.random_regular_graph(3, n, seed=1))


def signed(graph: nx.Graph) -> pbit.IsingModel:
    """Return couplings of random signs on the edges."""
    signs = np.random.default_rng(2).choice([-1.0, 1.0], graph.number_of_edges())
    pairs = (tuple(sorted(edge)) for edge in graph.edges())
    return pbit.IsingModel(dict(zip(pairs, signs.tolist(), strict=True)))


def gaussian(model: pbit.IsingModel) -> pbit.IsingModel:
    """Return a model on the same graph with normal weights."""
    upper = sp.triu(model.J, k=1).tocoo()
    weights = np.random.default_rng(3).normal(size=upper.nnz)
    half = sp.coo_array((weights, (upper.row, upper.col)), shape=(model.n, model.n))
    return pbit.IsingModel(half + half.T)


def dense(n: int = 512) -> pbit.IsingModel:
    """Return a Sherrington-Kirkpatrick glass."""
    J = np.triu(np.random.default_rng(4).normal(size=(n, n)), 1) / np.sqrt(n)
    return pbit.IsingModel(J + J.T)

"""Small circuits to try machines on: gates, glasses, lattices, max-cut; all of this project."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence

import networkx as nx
import numpy as np

from pbit.model import IsingModel
from pbit.treewidth import TreeDecomposition


def pair(coupling: float = 1.0) -> IsingModel:
    """Return two p-bits: the least circuit that tells whether neighbours are heard."""
    return IsingModel({(0, 1): float(coupling)}, np.zeros(2))


def and_gate() -> IsingModel:
    """Return C = A AND B as three p-bits A, B, C."""
    return IsingModel({(0, 1): -1.0, (0, 2): 2.0, (1, 2): 2.0}, [1.0, 1.0, -2.0])


def half_adder() -> IsingModel:
    """Return A + B = S + 2 C as four p-bits A, B, S, C."""
    J = {(0, 1): -1.0, (0, 2): 1.0, (1, 2): 1.0}
    return IsingModel(J | {(0, 3): 2.0, (1, 3): 2.0, (2, 3): -2.0}, [1, 1, -1, -2])


def full_adder() -> IsingModel:
    """Return A + B + C = S + 2 D as five p-bits A, B, C, S, D, without biases."""
    J = {(i, j): -1.0 for i in range(3) for j in range(i)}
    J |= {(i, 3): 1.0 for i in range(3)} | {(i, 4): 2.0 for i in range(3)}
    return IsingModel(J | {(3, 4): -2.0}, np.zeros(5))


def glass(n: int, degree: int, seed: int = 0) -> IsingModel:
    """Return a ±1 glass on a random regular graph of n p-bits."""
    graph = nx.random_regular_graph(degree, n, seed=seed)
    pairs = sorted((min(edge), max(edge)) for edge in graph.edges)
    signs = np.random.default_rng(seed).choice([-1.0, 1.0], len(pairs))
    return IsingModel(dict(zip(pairs, signs.tolist(), strict=True)), np.zeros(n))


def lattice(
    shape: Sequence[int], seed: int = 0, periodic: Sequence[bool] | bool = True
) -> IsingModel:
    """Return a ±1 glass on a lattice, each pair of neighbours coupled once.

    `periodic` says, for all axes or each of them, whether its ends are joined.
    """
    place = np.arange(np.prod(shape)).reshape(shape)
    joined = np.broadcast_to(np.asarray(periodic, bool), place.ndim)
    found: set[tuple[int, int]] = set()
    for axis in range(place.ndim):
        ahead = np.roll(place, -1, axis)
        if not joined[axis]:
            last = place.shape[axis] - 1
            kept = np.arange(last)
            ahead, here = np.take(ahead, kept, axis), np.take(place, kept, axis)
        else:
            here = place
        ends = zip(here.ravel().tolist(), ahead.ravel().tolist(), strict=True)
        found |= {(min(i, j), max(i, j)) for i, j in ends if i != j}
    pairs = sorted(found)
    signs = np.random.default_rng(seed).choice([-1.0, 1.0], len(pairs))
    return IsingModel(
        dict(zip(pairs, signs.tolist(), strict=True)), np.zeros(place.size)
    )


def maxcut(shape: Sequence[int], seed: int = 0) -> IsingModel:
    """Return max-cut of a torus with weights ±1: J = -w/2, E = -cut.

    That is what the toroidal graphs of the G-set are, smaller.
    """
    signs = lattice(shape, seed)
    rows, columns = signs.J.nonzero()
    upper = rows < columns
    weights = np.asarray(signs.J[rows[upper], columns[upper]])
    pairs = zip(rows[upper].tolist(), columns[upper].tolist(), strict=True)
    couplings = dict(zip(pairs, (-0.5 * weights).tolist(), strict=True))
    return IsingModel(couplings, np.zeros(signs.n), -0.5 * float(weights.sum()))


def ground_energy(
    model: IsingModel, clamp: Mapping[Hashable, int] | None = None
) -> float:
    """Return the lowest energy, exactly, by summing p-bits out one after the other.

    Raises
    ------
    CapacityError
        If the tables of that take more than 256 MiB.
    """
    tree = TreeDecomposition(model, clamp or None, max_bytes=2**28)
    return float(tree.ground_state()[1])

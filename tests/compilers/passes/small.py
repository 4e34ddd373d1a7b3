"""Small programs of many kinds, and slow twins of what passes promise."""

from __future__ import annotations

import networkx as nx
import numpy as np

import compilers
from compilers.problems.coloring import coloring
from compilers.problems.exact_cover import exact_cover
from compilers.problems.independent_set import independent_set
from compilers.problems.knapsack import knapsack
from compilers.problems.number_partitioning import number_partitioning
from compilers.problems.quadratic_assignment import quadratic_assignment
from compilers.problems.vertex_cover import vertex_cover
from compilers.problems.xorsat import xorsat
from compilers.program import Program
from pbit import IsingModel, exact


def weighted_clique(n: int, seed: int) -> nx.Graph:
    rng = np.random.default_rng(seed)
    graph = nx.complete_graph(n)
    for _, _, data in graph.edges(data=True):
        data["weight"] = int(rng.integers(-3, 4))
    return graph


FLOW = [[0, 2, 1], [2, 0, 3], [1, 3, 0]]
DISTANCE = [[0, 1, 2], [1, 0, 1], [2, 1, 0]]

PROBLEMS = {
    "max-cut": lambda: compilers.maxcut(weighted_clique(7, 3)),
    "vertex cover": lambda: vertex_cover(nx.petersen_graph()),
    "independent set": lambda: independent_set(nx.gnp_random_graph(9, 0.6, seed=4)),
    "colouring": lambda: coloring(nx.cycle_graph(5), 3),
    "number partitioning": lambda: number_partitioning([7, 5, 4, 4, 3, 2, 1]),
    "knapsack": lambda: knapsack([5, 4, 3, 6], [4, 3, 2, 5], 8),
    "wide knapsack": lambda: knapsack([50, 41, 33, 67], [31, 27, 19, 43], 80),
    "exact cover": lambda: exact_cover([[1, 2], [3, 4], [1, 4], [2, 3], [5], [1, 5]]),
    "assignment": lambda: quadratic_assignment(FLOW, DISTANCE),
    "xorsat": lambda: xorsat([([1, 2, 3], 1), ([2, 3, 4], 0), ([1, 3, 4], 1)]),
    "multiplier": lambda: compilers.multiplier(2, 2),
    "adder": lambda: compilers.adder(1, cin=True),
}


def ground(model) -> set[tuple[int, ...]]:
    return {tuple(state) for state in exact.ground_states(model).tolist()}


def solutions(program: Program) -> set[frozenset]:
    """What the ground states decode to, each checked by the problem itself."""
    found = set()
    for state in exact.ground_states(program.model):
        solution = program.decode(state)
        assert program.check(solution)
        found.add(frozenset(solution.items()))
    return found


def random_ising(n: int, seed: int, density: float = 0.6, whole: bool = True):
    """Whole or normal weights and biases, some of them 0."""
    rng = np.random.default_rng(seed)
    J = rng.integers(-3, 4, (n, n)) if whole else rng.normal(size=(n, n))
    J = np.triu(J * (rng.random((n, n)) < density), 1).astype(float)
    h = rng.integers(-3, 4, n) if whole else rng.normal(size=n)
    return IsingModel(J + J.T, h * (rng.random(n) < 0.5), float(rng.integers(-2, 3)))


class States:
    """A problem whose solution is the state itself."""

    sense = "min"

    def __init__(self, model):
        self.model = model

    def decode(self, state):
        return dict(zip(self.model.labels, state.tolist(), strict=True))

    def objective(self, solution):
        return float(self.model.energy(list(solution.values())))

    def check(self, solution):
        return list(solution) == list(self.model.labels)


def program_of(model) -> Program:
    return Program(model, States(model), {"what": "model"})

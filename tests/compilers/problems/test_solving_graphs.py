"""Published instances, compiled and annealed to their best known values."""

import csv

import pytest

import pbit
from compilers.formats.col import read_col
from compilers.formats.tsplib import read_tsplib
from compilers.problems.coloring import coloring
from compilers.problems.tsp import tsp
from tests.compilers.shared_data import shared

COLOURINGS = [
    ("myciel3.col", 4),
    ("myciel4.col", 5),
    ("queen5_5.col", 5),
    ("queen6_6.col", 7),
    ("1-FullIns_3.col", 4),
    ("2-Insertions_3.col", 4),
]


def test_all_colourings_up_to_50_nodes_are_listed():
    with shared("colouring", "best_known.csv").open(newline="") as stream:
        small = [
            (row["file"], int(row["best"]))
            for row in csv.DictReader(stream)
            if int(row["n"]) <= 50
        ]
    assert sorted(small) == sorted(COLOURINGS)


@pytest.mark.parametrize(("name", "k"), COLOURINGS)
def test_graphs_are_coloured_with_their_chromatic_number_of_colours(name, k):
    graph = read_col(shared("colouring", name))
    program = coloring(graph, k)
    samples = pbit.anneal(program.model, n_chains=64, n_sweeps=3000, rng=1)
    solution = program.decode(samples.best[0])
    assert program.check(solution)
    assert all(solution[u] != solution[v] for u, v in graph.edges)


# Below the safe penalty tours are found sooner; what is found is checked all the same.
@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "best", "factor"),
    [("burma14.tsp", 3323, 1.0), ("burma14.tsp", 3323, 0.7), ("gr17.tsp", 2085, 0.7)],
)
def test_tours_of_published_cities_are_optimal(name, best, factor):
    d = read_tsplib(shared("tsp", name)).distances
    safe = tsp(d).provenance["penalties"]["visit"]
    program = tsp(d, penalty=factor * safe)
    price = factor * safe
    schedule = pbit.schedules.geometric(3 / price, 8 / price, 100_000)
    samples = pbit.anneal(program.model, schedule, n_chains=64, n_sweeps=100_000, rng=1)
    tours = [program.decode(state) for state in samples.states[:, 0]]
    assert min(program.objective(t) for t in tours if program.check(t)) == best

import itertools

import networkx as nx
import numpy as np
import pytest

from compilers.problems.detours import largest_detour, reduce_distances
from compilers.problems.tsp import tsp
from tests.compilers.problems.oracles import decoded_ground


def length(d, order):
    return sum(d[u][v] for u, v in zip(order, order[1:] + order[:1], strict=True))


def shortest_tours(d):
    """All shortest tours from the first city, as {city: position}."""
    orders = [(0, *rest) for rest in itertools.permutations(range(1, len(d)))]
    lengths = [length(d, order) for order in orders]
    return {
        frozenset((city, t) for t, city in enumerate(order))
        for order, worth in zip(orders, lengths, strict=True)
        if worth == min(lengths)
    }


def random_matrix(seed):
    """Up to 5 cities; symmetric or not, whole, some negative, or dyadic fractions."""
    rng = np.random.default_rng(seed)
    n = 2 + seed % 4
    d = rng.integers(-5 if seed % 3 == 0 else 0, 12, (n, n))
    if seed % 2:
        d = d + d.T
    return d / 8 if seed % 5 == 4 else d


def test_ground_states_are_all_shortest_tours_of_240_random_matrices():
    for seed in range(240):
        d = random_matrix(seed)
        program = tsp(d)
        assert program.n == (len(d) - 1) ** 2
        assert decoded_ground(program) == shortest_tours(d.tolist())


def test_graphs_and_matrices_give_the_same_model():
    d = random_matrix(3)
    graph = nx.complete_graph(len(d))
    directed = nx.complete_graph(len(d), nx.DiGraph)
    for g in (graph, directed):
        for u, v in g.edges:
            g.edges[u, v]["weight"] = int(d[u, v])
    for g in (graph, directed):
        assert (tsp(g).model.J != tsp(d).model.J).nnz == 0
        assert tsp(g).model.offset == tsp(d).model.offset


def test_energy_of_a_tour_is_its_length():
    for seed in range(12):
        d = random_matrix(seed)
        program = tsp(d)
        for rest in itertools.permutations(range(1, len(d))):
            at = {city: t for t, city in enumerate((0, *rest))}
            state = [1 if at[city] == t else -1 for city, t in program.model.labels]
            assert program.decode(state) == at
            assert program.check(at)
            assert program.objective(at) == length(d.tolist(), (0, *rest))
            assert program.model.energy(state) == program.objective(at)


def test_a_tour_may_start_anywhere():
    d = random_matrix(3).tolist()
    program = tsp(d)
    assert program.objective({0: 2, 1: 3, 2: 4, 3: 0, 4: 1}) == length(
        d, (3, 4, 0, 1, 2)
    )


def test_the_length_stays_whole_beyond_floats():
    d = np.full((4, 4), 2**53 - 1)
    assert tsp(d).objective({k: k for k in range(4)}) == 4 * (2**53 - 1)


def test_what_states_leave_out_or_double_is_rejected():
    program = tsp(np.ones((3, 3), dtype=int))  # p-bits (1,1) (1,2) (2,1) (2,2)
    seen = {
        (-1, -1, -1, -1): {0: 0, 1: -1, 2: -1},
        (1, -1, 1, -1): {0: 0, 1: 1, 2: 1},
        (1, 1, -1, 1): {0: 0, 1: -1, 2: 2},
    }
    for state, solution in seen.items():
        assert program.decode(state) == solution
        assert not program.check(solution)
        with pytest.raises(ValueError, match=r"solution( is no tour|\[1\] must be)"):
            program.objective(solution)


@pytest.mark.parametrize(
    "solution",
    [
        {0: 0, 1: 1, 2: 2, 3: 2},
        {0: 0, 1: 1, 2: 2},
        {0: 0, 1: 1, 2: 2, 3: 4},
        {0: 1, 1: 2, 2: 3, 3: 4},
        {0: 0, 1: 1, 2: 2, 3: 3, 4: 4},
        {0: 0, 1: 1, 2: 2, "3": 3},
        {0: 3, 1: 3, 2: 3, 3: 3},
    ],
)
def test_near_misses_are_rejected(solution):
    assert not tsp(np.ones((4, 4))).check(solution)


def test_a_penalty_that_is_too_low_lets_cities_be_left_out():
    d = np.full((4, 4), 8)
    d[0] = d[:, 0] = 40
    safe = tsp(d)
    assert all(safe.check(dict(s)) for s in decoded_ground(safe))
    d = random_matrix(2)
    weak = tsp(d, penalty=0.5)
    assert not any(weak.check(dict(s)) for s in decoded_ground(weak))


def cheapest_way_in(d, sequence, missing):
    """The least cost of one more city, by all ways to put one in and move the rest."""
    n = len(d)

    def cost(places):
        pairs = zip(places, places[1:] + places[:1], strict=True)
        return sum(d[u][v] for u, v in pairs if None not in (u, v))

    best = np.inf
    for gap in [t for t in range(n) if sequence[t] is None]:
        rest = sequence[:gap] + sequence[gap + 1 :]
        for place in range(n):
            for city in missing:
                longer = [*rest[:place], city, *rest[place:]]
                best = min(best, cost(longer) - cost(sequence))
    return best


def test_no_missing_city_costs_more_than_the_largest_detour():
    for seed in range(60):
        reduced, _ = reduce_distances(random_matrix(seed))
        n = len(reduced)
        bound = largest_detour(reduced)
        for size in range(1, n):
            for present in itertools.permutations(range(1, n), n - 1 - size):
                for places in itertools.combinations(range(1, n), len(present)):
                    sequence = [0, *[None] * (n - 1)]
                    for city, place in zip(present, places, strict=True):
                        sequence[place] = city
                    missing = set(range(n)) - set(sequence)
                    assert cheapest_way_in(reduced, sequence, missing) <= bound


def test_tolls_make_distances_small_and_none_negative():
    for seed in range(120):
        d = random_matrix(seed)
        away = ~np.eye(len(d), dtype=bool)
        reduced, tolls = reduce_distances(d)
        assert reduced.min() >= 0
        assert reduced.max() <= max(d[away].max(), np.ptp(d[away])) + 0.05
        for rest in itertools.permutations(range(1, len(d))):
            order = (0, *rest)
            assert length(d, order) == length(reduced, order) + tolls


def test_penalties_are_well_below_the_largest_distance():
    rng = np.random.default_rng(7)
    for _ in range(10):
        places = rng.integers(0, 100, (12, 2))
        d = np.linalg.norm(places[:, None] - places, axis=2).round().astype(int)
        assert tsp(d).provenance["penalties"]["visit"] < 0.85 * d.max()


def test_the_first_city_is_fixed_and_reported():
    assert tsp(np.ones((2, 2))).provenance["fixed"] == [
        [[0, 0], 1],
        [[0, 1], 0],
        [[1, 0], 0],
    ]


def test_the_diagonal_is_not_looked_at():
    d = np.ones((3, 3))
    np.fill_diagonal(d, np.inf)
    assert tsp(d).objective({0: 0, 1: 1, 2: 2}) == 3


def test_bad_input_is_refused_at_the_door():
    with pytest.raises(ValueError, match=r"square matrix, not of shape \(2, 3\)"):
        tsp(np.ones((2, 3)))
    with pytest.raises(TypeError, match="matrix of numbers, not <U1"):
        tsp([["a", "b"], ["c", "d"]])
    with pytest.raises(TypeError, match="matrix of numbers, not bool"):
        tsp(np.ones((2, 2), dtype=bool))
    with pytest.raises(ValueError, match="at least 2 cities, not 1"):
        tsp([[0]])
    with pytest.raises(ValueError, match=r"finite: distances\[0, 1\] = nan"):
        tsp([[0, float("nan")], [1, 0]])
    with pytest.raises(ValueError, match=r"within ±2\*\*53: distances\[1, 0\]"):
        tsp([[0, 1], [2**53 + 1, 0]])
    with pytest.raises(ValueError, match=r"complete: there is no edge \(0, 2\)"):
        tsp(nx.path_graph(3))
    with pytest.raises(ValueError, match=r"complete: there is no edge \(1, 0\)"):
        tsp(nx.DiGraph([(0, 1)]))
    with pytest.raises(TypeError, match="not MultiGraph"):
        tsp(nx.MultiGraph([(0, 1)]))

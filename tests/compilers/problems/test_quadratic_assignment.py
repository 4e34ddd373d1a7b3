import itertools

import numpy as np
import pytest

from compilers.formats.qaplib import read_qaplib, read_qaplib_solution
from compilers.problems.quadratic_assignment import quadratic_assignment
from tests.compilers.problems.oracles import best, decoded_ground
from tests.compilers.shared_data import shared


def slow_cost(flow, distance, places):
    return sum(
        flow[i][j] * distance[places[i]][places[j]] for i in places for j in places
    )


def optima(flow, distance):
    n = len(flow)
    permutations = (dict(enumerate(p)) for p in itertools.permutations(range(n)))
    return best(permutations, lambda s: slow_cost(flow, distance, s))


def random_matrix(rng, n):
    matrix = rng.integers(0, 6, (n, n)) * rng.integers(0, 2, (n, n))
    return matrix * rng.choice([1, 10]) if rng.random() < 0.7 else rng.random((n, n))


def test_ground_states_are_the_best_assignments():
    rng = np.random.default_rng(1)
    for _ in range(220):
        n = int(rng.choice([1, 2, 3, 3, 4]))
        flow, distance = random_matrix(rng, n), random_matrix(rng, n)
        program = quadratic_assignment(flow, distance)
        assert decoded_ground(program) == optima(flow, distance)


def test_a_quarter_of_the_penalty_is_not_safe():
    rng = np.random.default_rng(2)
    broken = 0
    for _ in range(30):
        flow, distance = rng.integers(1, 9, (2, 3, 3))
        safe = quadratic_assignment(flow, distance).provenance["penalty"]
        low = quadratic_assignment(flow, distance, penalty=safe / 4)
        broken += decoded_ground(low) != optima(flow, distance)
    assert broken > 20


def test_energy_of_an_assignment_is_its_cost():
    flow, distance = (
        [[1, 2, 0], [3, 0, 1], [0, 5, 2]],
        [[4, 1, 7], [0, 2, 3], [6, 1, 1]],
    )
    program = quadratic_assignment(flow, distance)
    for places in itertools.permutations(range(3)):
        state = -np.ones((3, 3), np.int8)
        state[range(3), places] = 1
        solution = program.decode(state.ravel())
        assert solution == dict(enumerate(places))
        assert program.objective(solution) == slow_cost(flow, distance, solution)
        assert program.model.energy(state.ravel()) == program.objective(solution)


def test_near_misses_fail_the_check():
    program = quadratic_assignment(np.ones((3, 3)), np.ones((3, 3)))
    assert program.check({0: 2, 1: 0, 2: 1})
    for wrong in (
        {0: 2, 1: 2, 2: 1},
        {0: 2, 1: 0},
        {0: 3, 1: 0, 2: 1},
        {0: -1, 1: 0, 2: 1},
        {0: 2, 1: 0, 2: 1, 3: 3},
    ):
        assert not program.check(wrong)
    state = -np.ones(9, np.int8)
    assert program.decode(state) == {}
    state[[0, 1, 3]] = 1
    assert program.decode(state) == {1: 0}


@pytest.mark.parametrize(
    ("flow", "distance", "error", "message"),
    [
        ([[1, 2]], [[1]], ValueError, "flow must be a square matrix"),
        ([[1]], [[1, 2], [3, 4]], ValueError, "must have one shape"),
        ([[-1]], [[1]], ValueError, r"flow must not be negative: flow\[0, 0\] = -1"),
        ([[1]], [[float("nan")]], ValueError, "distance must be finite"),
        ([["a"]], [[1]], TypeError, "flow must hold real numbers"),
        (np.zeros((0, 0)), np.zeros((0, 0)), ValueError, "1 x 1 at least"),
    ],
)
def test_bad_input_is_refused(flow, distance, error, message):
    with pytest.raises(error, match=message):
        quadratic_assignment(flow, distance)


def test_published_solutions_have_their_costs():
    folder = shared("qap")
    for path in sorted(folder.glob("*.sln")):
        data = read_qaplib(path.with_suffix(".dat"))
        known = read_qaplib_solution(path)
        program = quadratic_assignment(data.A, data.B)
        places = dict(enumerate(np.array(known.permutation).tolist()))
        low = min(places.values())
        places = {i: k - low for i, k in places.items()}
        other = {k: i for i, k in places.items()}
        assert known.cost in (program.objective(places), program.objective(other))

import csv

import numpy as np
import pytest

import pbit
from compilers.problems.xorsat import regular_xorsat, xorsat
from tests.compilers.problems.oracles import best, choices, decoded_ground
from tests.compilers.shared_data import shared


def true_equations(equations, s):
    return sum(sum(s[v] for v in names) % 2 == p for names, p in equations)


def test_ground_states_make_the_most_equations_true():
    rng = np.random.default_rng(1)
    for _ in range(300):
        n = int(rng.integers(1, 7))
        equations = []
        for _ in range(int(rng.integers(0, 6))):
            size = min(n, int(rng.choice([1, 2, 3, 3, 3, 4, 5])))
            names = rng.choice(n, size, replace=False).tolist()
            equations.append((names, int(rng.integers(2))))
        want = best(
            choices(range(n)), lambda s, e=equations: true_equations(e, s), sense="max"
        )
        assert decoded_ground(xorsat(equations, n)) == want


def test_energy_is_twice_the_number_of_false_equations_at_best():
    equations = [([0, 1, 2], 1), ([0, 1], 0), ([2, 1, 3, 4], 1), ([0, 1, 2], 0)]
    program = xorsat(equations)
    for solution in choices(range(5)):
        clamp = {v: 2 * x - 1 for v, x in solution.items()}
        energy = pbit.exact.ground_energy(program.model, clamp)
        assert energy == 2 * (4 - true_equations(equations, solution))


def read_3r3x(path):
    """J and h of a published file, whose biases are in a file of their own."""
    n, _ = map(int, path.read_text().split(maxsplit=2)[:2])
    table = np.loadtxt(path, skiprows=1)
    fields = np.loadtxt(path.with_suffix(".h.txt"))
    J = np.zeros((n, n))
    J[table[:, 0].astype(int) - 1, table[:, 1].astype(int) - 1] = table[:, 2]
    h = np.zeros(n)
    h[fields[:, 0].astype(int) - 1] = fields[:, 1]
    return J + J.T, h


def test_published_3r3x_instances_are_built_from_their_equations():
    table = shared("published", "xorsat_3r3x", "instances.csv")
    with table.open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    for row in rows:
        J, h = read_3r3x(table.with_name("instances") / row["file"])
        n = len(h) // 2
        # An auxiliary holds its three variables at J = ±2, the sign being a gauge.
        equations = []
        gauge = np.sign(h[n:])
        for e in range(n):
            names = np.flatnonzero(J[n + e]).tolist()
            assert np.abs(J[n + e, names]).tolist() == [2, 2, 2]
            parity = 1 if np.prod(-np.sign(J[n + e, names]) * gauge[e]) > 0 else 0
            equations.append((names, parity))
        program = xorsat(equations, n)
        ours = program.model.J.toarray()
        np.testing.assert_array_equal(np.abs(ours[n:]), np.abs(J[n:]))
        state = np.array([1 if sign == "+" else -1 for sign in row["ground_state"]])
        published = pbit.IsingModel(J, h)
        assert published.energy(state) == int(row["E0"]) == -4 * n
        solution = program.decode(np.r_[state[:n], gauge * state[n:]])
        assert program.check(solution)
        assert program.objective(solution) == n
        if n == 8:
            (ground,) = pbit.exact.ground_states(program.model)
            np.testing.assert_array_equal(ground[:n], state[:n])
            (theirs,) = pbit.exact.ground_states(published)
            np.testing.assert_array_equal(theirs, state)
    assert len(rows) >= 48


def test_a_regular_system_has_every_variable_in_three_equations():
    for n in (3, 4, 8, 30):
        equations, planted = regular_xorsat(n, rng=n)
        assert len(equations) == n
        assert all(len(set(names)) == 3 for names, _ in equations)
        count = np.bincount([v for names, _ in equations for v in names])
        assert (count == 3).all()
        program = xorsat(equations)
        assert program.check(planted)
        assert program.n == 2 * n
        assert program.provenance["fixed"] == []


def test_a_unique_system_has_the_planted_solution_only():
    for seed in range(10):
        equations, planted = regular_xorsat(8, rng=seed, unique=True)
        assert decoded_ground(xorsat(equations)) == {frozenset(planted.items())}


def test_what_single_equations_force_is_fixed_unless_they_contradict():
    program = xorsat([([0], 1), ([0, 1], 0), ([1, 2, 3], 1)])
    assert program.provenance["fixed"] == [[0, 1], [1, 1]]
    assert decoded_ground(program) == {
        frozenset({0: 1, 1: 1, 2: x, 3: x}.items()) for x in (0, 1)
    }
    assert xorsat([([0], 1), ([0], 0)]).provenance["fixed"] == []


def test_near_misses_fail_the_check():
    program = xorsat([([0, 1, 2], 1), ([1, 2], 0)])
    assert program.check({0: 1, 1: 1, 2: 1})
    for wrong in (
        {0: 0, 1: 1, 2: 1},
        {0: 0, 1: 0, 2: 1},
        {0: 1, 1: 1},
        {0: 1, 1: 1, 2: 3},
        {0: 1, 1: 1, 2: 1, 3: 0},
    ):
        assert not program.check(wrong)


@pytest.mark.parametrize(
    ("equations", "error", "message"),
    [
        ([([0, 0], 1)], ValueError, r"equations\[0\] must name .* each once"),
        ([([], 1)], ValueError, "at least 1 variable"),
        ([([0], 2)], ValueError, r"parity of equations\[0\] must be 0 or 1, not 2"),
        ([([-1], 0)], ValueError, "must be at least 0, not -1"),
        ([([0.5], 0)], ValueError, "must be a whole number, not 0.5"),
        ([3], TypeError, "must be a pair"),
        ([], ValueError, "n_variables must be at least 1, not 0"),
    ],
)
def test_bad_input_is_refused(equations, error, message):
    with pytest.raises(error, match=message):
        xorsat(equations)


def test_systems_that_are_too_small_are_refused():
    with pytest.raises(ValueError, match="n must be at least 3, not 2"):
        regular_xorsat(2)
    with pytest.raises(ValueError, match="names variable 4, but they end at 1"):
        xorsat([([4], 0)], 2)

import itertools
import operator

import numpy as np
import pytest

import pbit
from compilers.formats.market_split import read_market_split
from compilers.problems.integer_program import integer_program
from tests.compilers.problems.oracles import best, decoded_ground
from tests.compilers.shared_data import shared

HOLDS = {"<=": operator.le, "==": operator.eq, ">=": operator.ge}


def holds(row, relation, bound, s):
    return HOLDS[relation](sum(c * s[v] for v, c in row.items()), bound)


def optima(bounds, constraints, objective, sense):
    ranges = [range(low, high + 1) for low, high in bounds.values()]
    points = (dict(zip(bounds, x, strict=True)) for x in itertools.product(*ranges))
    return best(
        points,
        lambda s: sum(c * s[v] for v, c in (objective or {}).items()),
        lambda s: all(holds(*constraint, s) for constraint in constraints),
        sense,
    )


def random_program(rng, k):
    names = "abcd"[: rng.integers(1, 5)]
    lows = {v: int(rng.integers(-3, 3)) for v in names}
    bounds = {
        v: (x, x + int(rng.choice([0, 1, 1, 1, 2, 3, 5]))) for v, x in lows.items()
    }
    constraints = [
        (
            {v: int(rng.integers(-4, 5)) for v in names if rng.random() < 0.8},
            str(rng.choice(["<=", "==", ">="], p=[0.45, 0.1, 0.45])),
            int(rng.integers(-6, 7)),
        )
        for _ in range(rng.integers(0, 4))
    ]
    if k % 5 == 0:  # at most one, and fractions
        constraints = [
            (dict.fromkeys(names, 1), "<=", 1),
            (
                {v: c / 2 for row, _, _ in constraints[:1] for v, c in row.items()},
                ">=",
                -0.75,
            ),
        ]
    objective = {v: int(rng.integers(-4, 5)) for v in names} if k % 4 else None
    return bounds, constraints, objective, ("min", "max")[k % 2]


def test_ground_states_are_the_optima():
    rng = np.random.default_rng(1)
    compared = refused = 0
    for k in range(450):
        task = random_program(rng, k)
        want = optima(*task)
        try:
            program = integer_program(*task)
        except ValueError:
            assert not want
            refused += 1
            continue
        if want:
            assert decoded_ground(program) == want
            compared += 1
        else:
            ground = decoded_ground(program)
            assert not any(program.check(dict(s)) for s in ground)
    assert compared >= 200
    assert refused >= 20


def test_energy_of_a_feasible_ground_state_is_the_objective():
    task = (
        {"x": (0, 5), "y": (-2, 3)},
        [({"x": 2, "y": 3}, "<=", 8)],
        {"x": 3, "y": 4},
    )
    for sense, sign in (("min", 1), ("max", -1)):
        program = integer_program(*task, sense)
        ground = pbit.exact.ground_states(program.model)[0]
        value = program.objective(program.decode(ground))
        assert program.model.energy(ground) == sign * value


def test_at_most_one_takes_no_slack():
    names = [f"x{k}" for k in range(6)]
    bounds = dict.fromkeys(names, (0, 1))
    program = integer_program(bounds, [(dict.fromkeys(names, 1), "<=", 1)])
    assert program.n == 6
    assert len(decoded_ground(program)) == 7


def test_forced_variables_are_fixed_and_reported():
    bounds = {"x": (0, 9), "y": (0, 9), "z": (0, 1)}
    constraints = [
        ({"x": 1}, ">=", 9),
        ({"x": 1, "y": -1}, "<=", 0),
        ({"z": 2}, "<=", 1),
    ]
    program = integer_program(bounds, constraints)
    assert program.provenance["fixed"] == [["x", 9], ["y", 9], ["z", 0]]
    assert program.n == 0
    assert program.check(program.decode([]))


def test_near_misses_fail_the_check():
    program = integer_program(
        {"x": (0, 3), "y": (0, 3)},
        [({"x": 2, "y": 3}, "<=", 7), ({"x": 0.1, "y": 0.2}, "==", 0.3)],
    )
    assert program.check({"x": 1, "y": 1})
    for wrong in (
        {"x": 3, "y": 1},
        {"x": 2, "y": 1},
        {"x": 4, "y": 0},
        {"x": 1},
        {"x": 1.0, "y": 1},
        {"x": 1, "y": 1, "z": 1},
    ):
        assert not program.check(wrong)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (({},), ValueError, "at least 1 variable"),
        (([1],), TypeError, "bounds must be a mapping"),
        (({"x": (2, 1)},), ValueError, r"bounds\['x'\] must not be empty: 2 > 1"),
        (({"x": (0, 1.5)},), ValueError, "must be a whole number, not 1.5"),
        (({"x": 3},), TypeError, r"bounds\['x'\] must be \(lowest, highest\)"),
        (
            ({"x": (0, 1)}, [({"y": 1}, "<=", 1)]),
            ValueError,
            "'y', which has no bounds",
        ),
        (({"x": (0, 1)}, [({"x": 1}, "<", 1)]), ValueError, "must be one of '<='"),
        (({"x": (0, 1)}, [({"x": 1}, "<=")]), TypeError, r"constraints\[0\] must be"),
        (({"x": (0, 1)}, [({"x": 2}, "==", 1)]), ValueError, r"\[0\] can never hold"),
        (({"x": (0, 1)}, [({"x": 1}, ">=", 2)]), ValueError, r"\[0\] can never hold"),
        (({"x": (0, 1)}, [], {"x": float("nan")}), ValueError, "must be finite"),
        (({"x": (0, 1)}, [], {}, "most"), ValueError, "sense must be one of"),
    ],
)
def test_bad_input_is_refused(arguments, error, message):
    with pytest.raises(error, match=message):
        integer_program(*arguments)


def test_coefficients_that_are_not_exact_any_more_are_refused():
    bounds = {"x": (0, 2**30), "y": (0, 2**30)}
    with pytest.raises(ValueError, match=r"must be at most 2\*\*53"):
        integer_program(bounds, [({"x": 1, "y": -1}, "==", 0)])


def test_market_split_problems_have_zero_energy_at_a_solution():
    data = read_market_split(shared("market_split", "ms_03_050_002.dat"))
    m, n = data.A.shape
    rows = [
        (dict(enumerate(data.A[i].tolist())), "==", data.b[i].item()) for i in range(m)
    ]
    program = integer_program(dict.fromkeys(range(n), (0, 1)), rows)
    assert program.n == n
    states = pbit.exact.ground_states(program.model)
    assert pbit.exact.ground_energy(program.model) == 0
    assert all(program.check(program.decode(state)) for state in states)

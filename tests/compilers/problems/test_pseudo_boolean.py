"""Quadratic functions under linear constraints beside their definition."""

import itertools

import numpy as np
import pytest

import pbit
from compilers.problems.pseudo_boolean import pseudo_boolean
from tests.compilers.problems.oracles import best, choices, decoded_ground

HOLDS = {
    "<=": lambda a, b: a <= b,
    ">=": lambda a, b: a >= b,
    "==": lambda a, b: a == b,
}


def holds(constraints, solution):
    return all(
        HOLDS[sign](sum(c * solution[v] for v, c in row.items()), right)
        for row, sign, right in constraints
    )


def value(terms, offset, solution):
    return offset + sum(q * solution[a] * solution[b] for (a, b), q in terms.items())


def random_program(seed):
    """Up to 6 variables and 2 constraints; coefficients whole or in quarters."""
    rng = np.random.default_rng(seed)
    names = "abcdef"[: int(rng.integers(1, 7))]
    unit = 1 if seed % 4 else 1 / 4
    pairs = itertools.combinations_with_replacement(names, 2)
    terms = {
        pair: int(rng.integers(-5, 6)) * unit for pair in pairs if rng.random() < 0.6
    }
    constraints = [
        (
            {v: int(rng.integers(-2, 4)) for v in names if rng.random() < 0.7},
            str(rng.choice(["<=", "==", ">="], p=[0.4, 0.2, 0.4])),
            int(rng.integers(-1, 4)),
        )
        for _ in range(int(rng.integers(0, 3)))
    ]
    offset = int(rng.integers(-3, 4))
    return names, constraints, terms, offset, ("min", "max")[seed % 2]


def test_ground_states_are_the_optima_of_random_programs():
    compared = refused = 0
    for seed in range(450):
        names, constraints, terms, offset, sense = task = random_program(seed)
        want = best(
            choices(names),
            lambda s, t=terms, c=offset: value(t, c, s),
            lambda s, rows=constraints: holds(rows, s),
            sense,
        )
        try:
            program = pseudo_boolean(*task)
        except ValueError:
            assert not want
            refused += 1
            continue
        if program.n > 14:
            continue
        if want:
            assert decoded_ground(program) == want
            sign = 1 if sense == "min" else -1
            goal = value(terms, offset, dict(next(iter(want))))
            assert pbit.exact.ground_energy(program.model) == sign * goal
            compared += 1
        else:
            assert not any(program.check(dict(s)) for s in decoded_ground(program))
    assert compared >= 200
    assert refused >= 20


def test_checks_and_objectives_follow_the_definitions():
    for seed in range(60):
        names, constraints, terms, offset, sense = random_program(seed)
        try:
            program = pseudo_boolean(names, constraints, terms, offset, sense)
        except ValueError:
            continue
        for solution in choices(names):
            assert program.check(solution) == holds(constraints, solution)
            assert program.objective(solution) == value(terms, offset, solution)


@pytest.mark.parametrize(
    "solution",
    [
        {"a": 1, "b": 1, "c": 0},  # 5 of at most 4
        {"a": 0, "b": 1, "c": 0},  # an odd one out: b and c differ
        {"a": 1, "b": 0},
        {"a": 2, "b": 0, "c": 0},
        {"a": -1, "b": 1, "c": 1},
        {"a": True, "b": 0, "c": 0},
        {"a": 1, "b": 0, "c": 0, "slack": 0},
    ],
)
def test_near_misses_are_rejected(solution):
    rows = [({"a": 3, "b": 2}, "<=", 4), ({"b": 1, "c": -1}, "==", 0)]
    program = pseudo_boolean("abc", rows, {("a", "b"): -2, ("c", "c"): 1})
    assert program.check({"a": 1, "b": 0, "c": 0})
    assert program.check({"a": 0, "b": 1, "c": 1})
    assert not program.check(solution)


def test_a_penalty_that_is_too_low_lets_constraints_be_broken():
    task = ("ab", [({"a": 1, "b": 1}, "<=", 1)], {("a", "a"): -3, ("b", "b"): -3})
    broken = pseudo_boolean(*task, penalty=1)
    assert not any(broken.check(dict(s)) for s in decoded_ground(broken))
    whole = pseudo_boolean(*task)
    assert all(whole.check(dict(s)) for s in decoded_ground(whole))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("aa", [], {}), "one is there twice"),
        (("a", [], {("a", "b"): 1}), "objective names 'b', which is no variable"),
        (("a", [], {("a", "a"): float("inf")}), r"'a'\] must be finite"),
        (("a", [({"a": 1}, ">=", 2)], {}), r"constraints\[0\] can never hold"),
        (("a", [], {}, 0, "best"), "sense must be"),
    ],
)
def test_bad_input_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        pseudo_boolean(*arguments)

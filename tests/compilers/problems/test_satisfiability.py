import numpy as np
import pytest

import pbit
from compilers.formats.cnf import read_cnf
from compilers.formats.wcnf import read_wcnf
from compilers.problems.satisfiability import max_sat, propagate, satisfiability
from tests.compilers.problems.oracles import best, choices, decoded_ground
from tests.compilers.shared_data import shared


def is_true(clause, s):
    return any(s[abs(v)] == (v > 0) for v in clause)


def random_clause(rng, n, lengths):
    chosen = rng.choice(n, min(n, int(rng.choice(lengths))), replace=False) + 1
    return (chosen * rng.choice([-1, 1], len(chosen))).tolist()


def test_ground_states_make_the_most_clauses_true():
    rng = np.random.default_rng(1)
    for _ in range(250):
        n = int(rng.integers(2, 7))
        count = int(rng.integers(1, 6))
        clauses = [random_clause(rng, n, [2, 2, 3, 3, 3, 4, 5]) for _ in range(count)]
        want = best(
            choices(range(1, n + 1)),
            lambda s, c=clauses: sum(is_true(x, s) for x in c),
            sense="max",
        )
        assert decoded_ground(satisfiability(clauses, n)) == want


def test_there_are_as_many_ground_states_as_satisfying_assignments():
    rng = np.random.default_rng(2)
    checked = 0
    for _ in range(200):
        clauses = [random_clause(rng, 5, [1, 2, 3, 3, 4]) for _ in range(5)]
        models = [
            s
            for s in choices(range(1, 6))
            if all(is_true(clause, s) for clause in clauses)
        ]
        if models:
            program = satisfiability(clauses, 5)
            assert len(pbit.exact.ground_states(program.model)) == len(models)
            assert pbit.exact.ground_energy(program.model) == 0
            checked += 1
    assert checked > 100


def test_ground_states_are_the_heaviest_that_keep_hard_clauses():
    rng = np.random.default_rng(3)
    refused = 0
    for k in range(400):
        n = int(rng.integers(2, 6))
        soft = [random_clause(rng, n, [1, 1, 2, 3]) for _ in range(rng.integers(1, 5))]
        hard = [random_clause(rng, n, [1, 2, 2, 3]) for _ in range(rng.integers(0, 5))]
        weights = rng.integers(0, 6, len(soft)).tolist()
        if k % 3 == 0:
            weights = (rng.random(len(soft)) * 3).tolist()
        want = best(
            choices(range(1, n + 1)),
            lambda s, w=weights, c=soft: sum(
                a for a, x in zip(w, c, strict=True) if is_true(x, s)
            ),
            lambda s, c=hard: all(is_true(x, s) for x in c),
            "max",
        )
        if propagate([tuple(clause) for clause in hard]) is None:
            assert not want
            with pytest.raises(ValueError, match="contradict each other"):
                max_sat(soft, weights, hard, n)
            refused += 1
            continue
        program = max_sat(soft, weights, hard, n)
        if want:
            assert decoded_ground(program) == want
        else:
            ground = decoded_ground(program)
            assert not any(program.check(dict(solution)) for solution in ground)
    assert refused > 5


def test_a_lower_penalty_would_break_hard_clauses():
    clauses, hard = [[1], [2]], [[-1, -2]]
    safe = max_sat(clauses, [5, 7], hard)
    assert safe.provenance["penalties"] == [6, 6]  # the cheaper of the two, and 1
    assert decoded_ground(safe) == {frozenset({1: 0, 2: 1}.items())}
    unsafe = max_sat(clauses, [5, 7], hard, penalty=4)
    assert decoded_ground(unsafe) == {frozenset({1: 1, 2: 1}.items())}


def test_unit_clauses_are_propagated_fixed_and_reported():
    program = satisfiability([[1], [-1, 2], [-2, 3, 4], [-4, 5, 6]])
    assert program.provenance["fixed"] == [[1, 1], [2, 1]]
    assert not program.provenance["refuted"]
    assert set(program.model.labels) >= {3, 4, 5, 6}
    refuted = satisfiability([[1], [-1, 2], [-2]])
    assert refuted.provenance["refuted"]
    assert refuted.n == 2
    assert {dict(s)[1] for s in decoded_ground(refuted)} == {0, 1}


def test_odd_clauses_are_taken_as_they_are_meant():
    program = satisfiability([[1, -1], [2, 2, -3]], 4)
    assert program.n == 4
    assert len(decoded_ground(program)) == 12  # variables 1 and 4 are free
    assert not any(satisfiability([[], [1, 2]]).check(s) for s in choices(range(1, 3)))


def test_a_clause_of_k_literals_takes_k_minus_2_auxiliaries():
    for k in range(2, 9):
        program = satisfiability([list(range(1, k + 1))])
        assert program.n == k + max(k - 2, 0)
        assert len(pbit.exact.ground_states(program.model)) == 2**k - 1


def test_near_misses_fail_the_check():
    program = satisfiability([[1, 2], [-1, 3]])
    assert program.check({1: 1, 2: 0, 3: 1})
    for wrong in (
        {1: 0, 2: 0, 3: 1},
        {1: 1, 2: 0, 3: 0},
        {1: 1, 3: 1},
        {1: 1, 2: 0, 3: 2},
        {1: 1, 2: 0, 3: 1, 4: 0},
        {0: 1, 1: 0, 2: 1},
    ):
        assert not program.check(wrong)
    assert program.objective({1: 1, 2: 0, 3: 0}) == 1


@pytest.mark.parametrize(
    ("clauses", "error", "message"),
    [
        ([[1, 0]], ValueError, r"clauses\[0\] must hold whole numbers other than 0"),
        ([[1], [1.5]], ValueError, r"clauses\[1\] must hold whole numbers"),
        ([["a"]], TypeError, r"clauses\[0\]\[0\] must be a number, not 'a'"),
        ([1], TypeError, r"clauses\[0\] must be a list of numbers, not 1"),
        ("12", TypeError, "clauses must be a list of lists"),
        ([], ValueError, "n_variables must be at least 1, not 0"),
    ],
)
def test_bad_formulas_are_refused(clauses, error, message):
    with pytest.raises(error, match=message):
        satisfiability(clauses)


def test_bad_weights_and_counts_are_refused():
    with pytest.raises(ValueError, match="names variable 3, but there are only 2"):
        satisfiability([[3]], 2)
    with pytest.raises(ValueError, match="1 numbers, one a clause, not 2"):
        max_sat([[1]], [1, 2])
    with pytest.raises(ValueError, match=r"weights\[0\] must be at least 0, not -1"):
        max_sat([[1]], [-1])
    with pytest.raises(ValueError, match="penalty must be above 0"):
        max_sat([[1]], [1], [[2]], penalty=-3)


def test_published_formulas_compile():
    for path in sorted(shared("sat").glob("*.cnf")):
        formula = read_cnf(path)
        program = satisfiability(formula.clauses, formula.n)
        assert len(program.decode([1] * program.n)) == formula.n
    formula = read_wcnf(shared("sat", "MANN_a9.clq.wcnf"))
    weights, soft = zip(*formula.soft, strict=True)
    program = max_sat(soft, weights, formula.hard, formula.n)
    assert program.n == 45
    assert program.provenance["penalties"] == [2, 2]


@pytest.mark.slow
def test_annealing_satisfies_every_published_formula_of_20_and_50_variables():
    folder = shared("sat")
    for path in [*folder.glob("uf20-*.cnf"), *folder.glob("uf50-*.cnf")]:
        formula = read_cnf(path)
        program = satisfiability(formula.clauses, formula.n)
        betas = pbit.schedules.geometric(1.5, 4.0, 10_000)
        samples = pbit.anneal(program.model, betas, 128, 10_000, rng=1)
        state, energy = samples.best
        assert energy == 0
        assert program.check(program.decode(state))

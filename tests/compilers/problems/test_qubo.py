import numpy as np
import pytest
import scipy.sparse as sp

from compilers.problems.qubo import qubo
from tests.compilers.problems.oracles import best, choices, decoded_ground


def slow_value(terms, offset, s):
    return sum(q * s[i] * s[j] for (i, j), q in terms.items()) + offset


@pytest.mark.parametrize("sense", ["min", "max"])
def test_ground_states_are_the_optima_of_random_functions(sense):
    rng = np.random.default_rng(1)
    for _ in range(200):
        n = int(rng.integers(1, 9))
        chosen = rng.integers(0, n, (int(rng.integers(1, 20)), 2)).tolist()
        terms = {(i, j): int(rng.integers(-5, 6)) for i, j in chosen}
        terms[n - 1, n - 1] = 1
        offset = int(rng.integers(-3, 4))
        program = qubo(terms, offset, sense)
        want = best(
            choices(range(n)),
            lambda s, t=terms, c=offset: slow_value(t, c, s),
            sense=sense,
        )
        assert decoded_ground(program) == want
        solution = program.decode(np.ones(n, np.int8))
        assert program.objective(solution) == slow_value(terms, offset, solution)
        assert isinstance(program.objective(solution), int)


def test_matrices_count_every_entry_as_written():
    dense = np.array([[1.0, 2.0], [2.0, -0.5]])
    for Q in (dense, sp.csr_array(dense), {(0, 0): 1, (0, 1): 4, (1, 1): -0.5}):
        assert qubo(Q).objective({0: 1, 1: 1}) == 4.5


def test_labels_name_the_variables():
    program = qubo([[0, -3], [0, 1]], labels=["x", "y"], sense="max")
    assert program.objective({"x": 1, "y": 1}) == -2
    assert decoded_ground(program) == {
        frozenset({"x": 0, "y": 1}.items()),
    }


@pytest.mark.parametrize(
    ("solution", "reason"),
    [
        ({0: 1}, "every variable a value: 1 has none"),
        ({0: 1, 1: 2}, r"solution\[1\] must be 0 or 1, not 2"),
        ({0: 1, 1: -1}, "must be 0 or 1, not -1"),
        ({0: 1, 1: True}, "must be 0 or 1, not True"),
        ({0: 1, 1: 0.5}, "must be 0 or 1, not 0.5"),
        ({0: 1, 1: 0, 2: 0}, "2, which is not a variable"),
    ],
)
def test_what_gives_no_bits_fails_the_check(solution, reason):
    program = qubo([[1, 2], [0, 3]])
    assert program.check({0: np.int8(1), 1: 0})
    assert not program.check(solution)
    with pytest.raises(ValueError, match=reason):
        program.objective(solution)


def test_bad_input_is_refused():
    with pytest.raises(ValueError, match="sense must be one of 'min', 'max'"):
        qubo([[1]], sense="least")
    with pytest.raises(ValueError, match="must be finite"):
        qubo([[float("nan")]])
    with pytest.raises(ValueError, match="square"):
        qubo([[1, 2]])
    with pytest.raises(ValueError, match="offset must be finite"):
        qubo([[1]], offset=float("inf"))

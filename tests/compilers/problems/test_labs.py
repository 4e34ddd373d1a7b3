import numpy as np
import pytest

import pbit
from compilers.formats.labs import read_labs
from compilers.problems.labs import labs
from compilers.problems.products import Polynomial, reduce_products
from tests.compilers.enumeration import all_states
from tests.compilers.problems.oracles import best, choices, decoded_ground
from tests.compilers.shared_data import shared


def slow_energy(s):
    n = len(s)
    return sum(sum(s[i] * s[i + k] for i in range(n - k)) ** 2 for k in range(1, n))


def value(terms, x):
    return sum(c * all(x[i] for i in key) for key, c in terms.items())


def test_ground_states_are_the_best_sequences():
    for n in range(2, 8):
        sequences = ({i: 2 * b - 1 for i, b in s.items()} for s in choices(range(n)))
        program = labs(n)
        assert decoded_ground(program) == best(sequences, slow_energy)


def test_every_sequence_has_its_energy_once_the_products_have_settled():
    program = labs(6)
    for state in all_states(6):
        clamp = {("sign", i): int(m) for i, m in enumerate(state)}
        lowest = pbit.exact.ground_states(program.model, clamp)
        assert len(lowest) == 1
        solution = program.decode(lowest[0])
        assert program.model.energy(lowest[0]) == program.objective(solution)
        assert program.objective(solution) == slow_energy(state.tolist())


def test_polynomials_keep_their_minimum_over_the_products():
    rng = np.random.default_rng(1)
    for _ in range(200):
        n = int(rng.integers(3, 6))
        polynomial = Polynomial()
        for _ in range(int(rng.integers(1, 8))):
            chosen = np.flatnonzero(rng.random(n) < 0.6).tolist()
            polynomial.add(chosen, int(rng.integers(-5, 6)))
        reduced = reduce_products(polynomial, n)
        assert reduced.polynomial.degree <= 2
        model, _ = reduced.builder(list(range(n))).build()
        if model.n > 12:
            continue
        energies = pbit.exact.energies(model).reshape(-1, 2**n)
        lowest = energies.min(axis=0)
        assert (np.isclose(energies, lowest).sum(axis=0) == 1).all()
        for code in range(2**n):
            x = [code >> i & 1 for i in range(n)]
            assert lowest[code] == pytest.approx(value(polynomial.terms, x))


def test_published_optima_have_their_energies():
    for record in read_labs(shared("labs", "labs_optimal.csv")):
        n = len(record.sequence)
        if n <= 20:
            solution = dict(enumerate(record.sequence))
            assert labs(n).objective(solution) == record.energy


def test_near_misses_fail_the_check():
    program = labs(3)
    assert program.check({0: 1, 1: 1, 2: -1})
    for wrong in ({0: 1, 1: 1}, {0: 1, 1: 1, 2: 0}, {0: 1, 1: 1, 2: 1, 3: 1}):
        assert not program.check(wrong)
    with pytest.raises(ValueError, match=r"solution\[2\] must be -1 or 1, not 0"):
        program.objective({0: 1, 1: 1, 2: 0})


def test_sequences_that_are_too_short_are_refused():
    with pytest.raises(ValueError, match="n must be at least 2, not 1"):
        labs(1)
    with pytest.raises(TypeError, match="n must be a whole number"):
        labs(3.0)

import itertools

import numpy as np
import pytest

import pbit
from compilers.formats.spin_glass import read_spin_glass
from compilers.problems.planting import frustrated_loops, wishart
from compilers.problems.spin_glass import (
    edwards_anderson,
    sherrington_kirkpatrick,
    spin_glass,
)
from tests.compilers.enumeration import all_states
from tests.compilers.problems.oracles import best, choices, decoded_ground
from tests.compilers.shared_data import shared


def slow_energy(J, h, m):
    pairs = itertools.combinations(range(len(h)), 2)
    return -sum(J[i, j] * m[i] * m[j] for i, j in pairs) - sum(
        field * m[i] for i, field in enumerate(h)
    )


def test_ground_states_are_the_states_of_lowest_energy():
    rng = np.random.default_rng(1)
    for _ in range(200):
        n = int(rng.integers(1, 8))
        J = np.triu(rng.integers(-3, 4, (n, n)), 1).astype(float)
        h = rng.integers(-1, 2, n).astype(float)
        spins = ({i: 2 * b - 1 for i, b in s.items()} for s in choices(range(n)))
        want = best(spins, lambda m, J=J, h=h: slow_energy(J, h, m))
        assert decoded_ground(spin_glass(J + J.T, h)) == want


def test_objective_and_energy_are_the_same():
    for program in (
        edwards_anderson((3, 4), "gaussian", rng=1),
        sherrington_kirkpatrick(9, rng=1),
        wishart(9, rng=1),
    ):
        for state in all_states(program.n)[:: 2 ** (program.n - 6)]:
            energy = program.objective(program.decode(state))
            assert energy == pytest.approx(float(program.model.energy(state)))


def test_lattices_have_their_neighbours():
    square = edwards_anderson((4, 3), periodic=False, rng=1)
    assert square.provenance["couplings"] == 3 * 3 + 4 * 2
    cube = edwards_anderson((3, 4, 5), rng=1)
    degrees = np.diff(cube.model.J.indptr)
    assert (degrees == 6).all()
    assert set(np.abs(cube.model.J.data)) == {1.0}
    i, j = cube.model.index((2, 3, 4)), cube.model.index((2, 3, 0))
    assert cube.model.J[i, j] != 0
    chain = edwards_anderson((5,), periodic=False, rng=1)
    assert chain.provenance["couplings"] == 4


def test_couplings_have_the_variance_that_they_should():
    J = sherrington_kirkpatrick(400, rng=1).model.J.data
    assert np.var(J) * 400 == pytest.approx(1, abs=0.03)  # 80 000 pairs: 6 sigma
    assert set(np.abs(sherrington_kirkpatrick(4, "pm1", 1).model.J.data)) == {0.5}
    gauss = edwards_anderson((40, 40, 40), "gaussian", rng=1).model.J.data
    assert np.var(gauss) == pytest.approx(1, abs=0.02)


def test_the_same_seed_gives_the_same_glass():
    first, again = (edwards_anderson((5, 5), rng=7).provenance for _ in range(2))
    assert first == again
    assert first["sha256"] != edwards_anderson((5, 5), rng=8).provenance["sha256"]


@pytest.mark.parametrize("periodic", [True, False])
def test_frustrated_loops_have_the_planted_ground_energy(periodic):
    for seed in range(200):
        shape = (3, 5) if seed % 2 else (4, 4)
        program = frustrated_loops(shape, 0.5, periodic=periodic, rng=seed)
        energy = pbit.exact.ground_energy(program.model)
        assert energy == program.provenance["ground_energy"]
        planted = dict(
            zip(program.model.labels, program.provenance["planted"], strict=True)
        )
        assert program.objective(planted) == energy


def test_wishart_glasses_have_the_planted_ground_state():
    for seed in range(200):
        program = wishart(10, (0.3, 0.75, 2.0)[seed % 3], rng=seed)
        states = pbit.exact.ground_states(program.model).tolist()
        planted = program.provenance["planted"]
        assert planted in states
        assert [-m for m in planted] in states
        assert pbit.exact.ground_energy(program.model) == pytest.approx(
            program.provenance["ground_energy"]
        )


def test_published_ground_energies_are_reached():
    for name, best_known in (
        ("sk_pm1_N10_0.txt", -19),
        ("wishart_N10_001.txt", -4.2140829),
    ):
        data = read_spin_glass(shared("spin_glass", name), sign="+")
        J = {(i, j): -q for i, j, q in data.terms() if i != j}
        program = spin_glass(J)
        ground = pbit.exact.ground_states(program.model)[0]
        energy = program.objective(program.decode(ground))
        assert energy == pytest.approx(best_known, abs=1e-6)


def test_near_misses_fail_the_check():
    program = spin_glass({(0, 1): 1.0})
    assert program.check({0: 1, 1: -1})
    for wrong in ({0: 1}, {0: 1, 1: 0}, {0: 1, 1: 1, 2: 1}, {0: 1, 1: True}):
        assert not program.check(wrong)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (
            lambda: edwards_anderson((2, 4)),
            ValueError,
            r"shape\[0\] must be at least 3",
        ),
        (lambda: edwards_anderson(4), TypeError, "shape must be the lengths"),
        (lambda: edwards_anderson((4, 4), "pm"), ValueError, "did you mean 'pm1'"),
        (lambda: edwards_anderson((4,), periodic=1), TypeError, "True or False"),
        (lambda: sherrington_kirkpatrick(1), ValueError, "n must be at least 2"),
        (lambda: frustrated_loops((5,)), ValueError, "two sides longer than 1"),
        (lambda: frustrated_loops((4, 4), shortest=3), ValueError, "at least 4, not 3"),
        (lambda: wishart(5, -1), ValueError, "alpha must be finite and >= 0"),
    ],
)
def test_bad_input_is_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_a_lattice_without_long_loops_is_told():
    with pytest.raises(RuntimeError, match="no loop of 30 bonds"):
        frustrated_loops((2, 2), shortest=30, periodic=False, rng=1)

"""Rows of copies: degrees, energies, ground states, and what happens to distributions."""

import csv

import numpy as np
import pytest
import scipy.sparse as sp

import compilers
import pbit
from compilers import passes
from pbit import IsingModel, exact
from tests.compilers.passes.small import ground, program_of, random_ising
from tests.compilers.shared_data import shared


@pytest.mark.parametrize("seed", range(40))
def test_copies_keep_ground_states_exactly_and_energies_where_they_agree(seed):
    model = random_ising(6, seed, density=0.9, whole=seed % 2 == 0)
    program = program_of(model)
    for degree in (3, 4):
        sparse = passes.sparsify(program, degree)
        assert np.diff(sparse.model.J.indptr).max() <= degree
        states = pbit.conventions.int_to_state(np.arange(64), 6)
        lifted = sparse.lift(states)
        np.testing.assert_allclose(sparse.model.energy(lifted), model.energy(states))
        assert (sparse.restore(lifted) == states).all()
        lowest = exact.ground_states(sparse.model)
        assert not any(sparse.broken(state) for state in lowest)
        assert {tuple(s) for s in sparse.restore(lowest).tolist()} == ground(model)


def test_a_strength_at_its_bound_is_not_called_enough():
    # Two copies of a p-bit, each pulled its own way by 1: at strength 1 a broken row is
    # a ground state as well, and just above it none is.
    program = compilers.adder(1, cin=True)
    needed = passes.sparsify(program, 3).passes[-1]["strength_needed"][1]
    at, above = (
        passes.sparsify(program, 3, strength=needed + more) for more in (0, 0.1)
    )
    assert not at.passes[-1]["exact"]
    assert above.passes[-1]["exact"]
    weak = passes.sparsify(program, 3, strength=0.5)
    lowest = exact.ground_states(weak.model)
    assert any(weak.broken(state) for state in lowest)
    assert {tuple(s) for s in weak.restore(lowest).tolist()} != ground(program.model)


def test_the_majority_decides_and_a_tie_is_the_first_copys():
    star = {("c", leaf): 1.0 for leaf in "abdefg"}
    program = program_of(IsingModel(star, labels=[*"cabdefg"]))
    sparse = passes.sparsify(program, 3)
    copies = ["c", ("c", "copy", 1), ("c", "copy", 2), ("c", "copy", 3)]
    assert list(sparse.model.labels[:4]) == copies
    others = [1] * 6
    assert sparse.decode([-1, -1, 1, -1, *others])["c"] == -1
    assert sparse.decode([1, -1, 1, -1, *others])["c"] == 1
    assert sparse.broken([1, -1, 1, -1, *others]) == ["c"]
    assert sparse.broken([-1, -1, -1, -1, *others]) == []
    assert sparse.clamp({"c": -1}) == dict.fromkeys(copies, -1)


def test_buses_clamp_every_copy_and_the_rest_follows():
    program = passes.sparsify(compilers.multiplier(2, 2), 3)
    clamp = program.clamp(P=6)
    samples = pbit.anneal(program.model, n_chains=16, n_sweeps=300, clamp=clamp, rng=1)
    found = program.decode(samples.best[0])
    assert found["A"] * found["B"] == 6
    assert program.check(found)
    assert program.violations(samples.best[0]) == []


def twin_distribution(program, beta):
    """The decoded distribution, state by state."""
    energies = exact.energies(program.model)
    weights = np.exp(-beta * (energies - energies.min()))
    weights /= weights.sum()
    law = np.zeros(2**program.source.n)
    for number, weight in enumerate(weights):
        state = pbit.conventions.int_to_state(number, program.n)
        law[pbit.conventions.state_to_int(program.restore(state))] += weight
    return law


def test_the_report_has_the_distance_between_the_distributions():
    program = compilers.adder(1, cin=True)
    sparse = passes.sparsify(program, 3, beta=0.8)
    assert (program.n, sparse.n) == (5, 10)
    p, q = exact.probabilities(program.model, 0.8), twin_distribution(sparse, 0.8)
    report = sparse.passes[-1]["distribution"]
    assert report["tv"] == pytest.approx(np.abs(p - q).sum() / 2)
    assert report["kl"] == pytest.approx((p * np.log(p / q)).sum())
    assert 0.01 < report["kl"] < 1


def test_samples_of_the_sparsified_full_adder_are_as_far_off_as_enumeration_says():
    # 20000 chains: the estimate of tv moves by less than 0.02 in all but 1e-6 of cases
    # (McDiarmid: one chain moves it by 1/20000, sqrt(ln(2e6) / (2 * 20000)) = 0.019),
    # and its bias is below the noise floor.
    sparse = passes.sparsify(compilers.adder(1, cin=True), 3)
    truth = passes.compare(sparse)
    seen = passes.compare(sparse, n_samples=20_000, n_sweeps=200, rng=2)
    assert abs(seen["tv"] - truth["tv"]) < 0.02 + seen["tv_noise"]
    assert abs(seen["broken"] - truth["broken"]) < 0.02
    original = passes.compare(passes.scale(compilers.adder(1, cin=True), 1.0))
    assert original["tv"] == 0


def test_ties_no_stronger_than_couplings_leave_a_distance_as_large_as_published():
    # Published without swaps of penalties (R = 1): KL stalls at 0.88, far from 0. The
    # strength is not published with it; with two copies of each p-bit, ties between 2
    # and 3 (the largest coupling is 2) leave as much, and stronger ones next to nothing.
    path = shared("published", "wishart_2dpt", "sparsified_full_adder_kl.csv")
    with path.open() as file:
        rows = [
            r for r in csv.DictReader(file) if (r["swaps"], r["R"]) == ("noswap", "1")
        ]
    stall = float(rows[-1]["kl"])
    program = compilers.adder(1, cin=True)
    kl = [
        passes.sparsify(program, 3, strength=w).passes[-1]["distribution"]["kl"]
        for w in (1, 2, 3, 4, 6)
    ]
    assert kl == sorted(kl, reverse=True)
    assert kl[2] < stall < kl[1]
    assert kl[-1] < 1e-4


def test_programs_that_fit_are_left_alone():
    program = compilers.adder(1, cin=True)
    same = passes.sparsify(program, 4)
    assert same.passes[-1]["keeps"] == "everything"
    assert same.model.J.toarray().tolist() == program.model.J.toarray().tolist()
    assert same.passes[-1]["distribution"]["tv"] == 0


def test_what_cannot_be_sparsified_is_refused():
    program = compilers.multiplier(2, 2)
    with pytest.raises(pbit.CapacityError, match="more than max_degree = 2: rows of"):
        passes.sparsify(program, 2)
    with pytest.raises(ValueError, match="strength must be above 0, not 0"):
        passes.sparsify(program, 3, strength=0)
    directed = compilers.adder(2, carry="directed")
    with pytest.raises(TypeError, match="sparsify needs an IsingModel"):
        passes.sparsify(directed, 3)


def test_a_model_of_many_pbits_takes_no_python_loop():
    rng = np.random.default_rng(5)
    n = 20_000
    ends = rng.integers(0, n, (10 * n, 2))
    ends = np.unique(np.sort(ends[ends[:, 0] != ends[:, 1]]), axis=0)
    half = sp.coo_array((np.ones(len(ends)), ends.T), shape=(n, n))
    sparse = passes.sparsify(program_of(IsingModel(half + half.T)), 5)
    assert np.diff(sparse.model.J.indptr).max() <= 5
    states = rng.choice(np.array([-1, 1], np.int8), (3, n))
    assert (sparse.restore(sparse.lift(states)) == states).all()
    np.testing.assert_allclose(
        sparse.model.energy(sparse.lift(states)), sparse.source.model.energy(states)
    )

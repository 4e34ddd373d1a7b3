"""dimod's objects both ways: signs pinned, energies equal."""

import numpy as np
import pytest

import pbit
from pbit import interop

dimod = pytest.importorskip("dimod")


def random_model(seed, n=7):
    rng = np.random.default_rng(seed)
    upper = np.triu(rng.normal(size=(n, n)), 1)
    labels = [f"v{i}" for i in range(n)]
    return pbit.IsingModel(upper + upper.T, rng.normal(size=n), 0.25, labels)


def test_signs_are_turned_on_the_way_to_dimod():
    bqm = interop.to_bqm(pbit.IsingModel({(0, 1): 2.0}, [0.5, 0.0], 3.0))
    assert bqm.quadratic[0, 1] == -2.0
    assert bqm.linear[0] == -0.5
    assert bqm.offset == 3.0
    assert bqm.vartype is dimod.SPIN


@pytest.mark.parametrize("seed", range(5))
def test_every_state_has_the_same_energy_in_dimod(seed):
    model = random_model(seed)
    bqm = interop.to_bqm(model)
    states = 2 * ((np.arange(128)[:, None] >> np.arange(7)) & 1) - 1
    theirs = bqm.energies((states, list(model.labels)))
    assert model.energy(states) == pytest.approx(theirs, abs=1e-9)


@pytest.mark.parametrize("vartype", ["SPIN", "BINARY"])
def test_a_bqm_comes_back_with_its_energies(vartype):
    model = random_model(9)
    bqm = interop.to_bqm(model).change_vartype(vartype, inplace=False)
    back = interop.from_bqm(bqm)
    states = 2 * ((np.arange(128)[:, None] >> np.arange(7)) & 1) - 1
    assert list(back.labels) == list(model.labels)
    assert back.energy(states) == pytest.approx(model.energy(states), abs=1e-9)


def test_samples_go_to_dimod_and_back():
    model = random_model(3)
    samples = pbit.sample(model, n_chains=4, n_sweeps=3, rng=1)
    theirs = interop.to_dimod_samples(samples)
    best = theirs.first
    assert best.energy == pytest.approx(samples.best[1], abs=1e-9)
    assert best.sample == dict(zip(model.labels, samples.best[0].tolist(), strict=True))
    back = interop.from_dimod_samples(theirs)
    assert back.states.reshape(12, 7).tolist() == samples.states.reshape(12, 7).tolist()
    assert back.energies.ravel().tolist() == samples.energies.ravel().tolist()


def test_binary_samples_that_occurred_twice_are_two_chains():
    theirs = dimod.SampleSet.from_samples(
        [{"a": 1, "b": 0}], "BINARY", energy=[2.0], num_occurrences=[2]
    )
    ours = interop.from_dimod_samples(theirs)
    assert ours.states.tolist() == [[[1, -1]], [[1, -1]]]
    assert ours.energies.tolist() == [[2.0], [2.0]]


def test_samples_without_energies_are_refused():
    samples = pbit.SampleSet(np.ones((1, 1, 2), np.int8))
    with pytest.raises(ValueError, match="no energies"):
        interop.to_dimod_samples(samples)

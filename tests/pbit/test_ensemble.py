import numpy as np
import pytest

from pbit import IsingModel, PolynomialModel
from pbit.random import streams
from pbit.samplers.ensemble import RULES, Ensemble, Keep
from tests import oracles
from tests.pbit.sampler_cases import counts, mixed
from tests.statistics import assert_law


def integers(n, seed):
    """Whole numbers: sums of them are exact, so that cuts cannot change a bit."""
    rng = np.random.default_rng(seed)
    J = np.triu(rng.integers(-2, 3, (n, n)), 1).astype(float)
    return IsingModel(J + J.T, rng.integers(-2, 3, n), offset=0.5)


def temperatures(n_sweeps, n_chains):
    return np.random.default_rng(3).uniform(0.05, 0.8, (n_sweeps, n_chains))


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("n_chains", [3, 40])
def test_a_run_may_be_cut_anywhere_and_resumed_elsewhere(rule, n_chains):
    model, betas = integers(14, 1), temperatures(30, n_chains)
    options = {"rule": rule, "keep_best": True}
    whole = Ensemble(model, n_chains, streams(5), n_threads=1, **options)
    whole.advance(betas, 30)
    first = Ensemble(model, n_chains, streams(5), n_threads=2, **options)
    first.advance(betas[:7], 7)
    first.advance(betas[7], 1)
    saved = first.state()
    first.advance(betas[8:10], 2)  # thrown away
    first.close()
    second = Ensemble(model, n_chains, streams(5), n_threads=1, **options)
    second.restore(saved)
    second.advance(betas[8:], 22)
    assert second.sweeps_done == whole.sweeps_done == 30
    for name, array in whole.state().items():
        np.testing.assert_array_equal(second.state()[name], array)


@pytest.mark.parametrize("rule", RULES)
def test_a_chain_depends_on_its_number_and_its_temperatures_alone(rule):
    model, betas = integers(14, 2), temperatures(20, 50)
    many = Ensemble(model, 50, streams(1), rule=rule, n_threads=1)
    many.advance(betas, 20)
    few = Ensemble(model, 3, streams(1), rule=rule, n_threads=1)
    few.advance(betas[:, :3], 20)
    np.testing.assert_array_equal(few.states, many.states[:3])
    rest = Ensemble(model, 47, streams(1), rule=rule, first_chain=3, n_threads=2)
    rest.advance(betas[:, 3:], 20)
    rest.close()
    np.testing.assert_array_equal(rest.states, many.states[3:])


@pytest.mark.parametrize("rule", RULES)
def test_energies_are_those_of_the_states(rule):
    model = mixed(20, 3)
    with Ensemble(model, 9, streams(1), rule=rule, keep_best=True) as chains:
        np.testing.assert_allclose(
            chains.energies + model.offset, model.energy(chains.states), atol=1e-12
        )
        lowest = np.full(9, np.inf)
        for _ in range(12):
            chains.advance(0.4, 1)
            lowest = np.minimum(lowest, chains.energies)
    truth = model.energy(chains.states)
    np.testing.assert_allclose(chains.energies + model.offset, truth, atol=1e-12)
    np.testing.assert_array_equal(chains.best_energies, lowest)
    np.testing.assert_allclose(model.energy(chains.best), lowest + model.offset)


@pytest.mark.parametrize("rule", RULES)
def test_each_chain_has_the_law_of_its_own_temperature(rule):
    model, betas = mixed(4, 2, bias=0.2), np.repeat([0.3, 1.0], 20_000)
    with Ensemble(model, 40_000, streams(2), rule=rule) as chains:
        chains.advance(betas, 60)
    for beta in (0.3, 1.0):
        found = counts(chains.states[betas == beta], 4)
        assert_law(found, oracles.boltzmann(model, beta))


@pytest.mark.parametrize("rule", RULES)
def test_states_passed_on_the_way_are_kept(rule):
    model = integers(9, 4)
    kept = Keep(4, 3, np.zeros((5, 4, 9), np.int8), np.zeros((5, 4)))
    whole = Ensemble(model, 5, streams(1), rule=rule, n_threads=1)
    whole.advance(0.3, 16, kept)
    step = Ensemble(model, 5, streams(1), rule=rule, n_threads=1)
    for t in range(16):
        step.advance(0.3, 1)
        if t + 1 in (7, 10, 13, 16):
            row = (t + 1 - 4) // 3 - 1
            np.testing.assert_array_equal(kept.states[:, row], step.states)
    truth = model.energy(kept.states) - model.offset
    np.testing.assert_allclose(kept.energies, truth, atol=1e-12)


def test_temperatures_are_checked():
    chains = Ensemble(mixed(4, 0), 3, streams(0))
    with pytest.raises(
        ValueError, match=r"one number or of shape \(3,\) or \(2, 1\) or \(2, 3\)"
    ):
        chains.advance([0.1, 0.2], 2)
    with pytest.raises(ValueError, match=r"betas must be >= 0, not -0\.1"):
        chains.advance([0.1, 0.2, -0.1])
    with pytest.raises(ValueError, match=r"betas must be finite: betas\[1\] = nan"):
        chains.advance([0.1, np.nan, 0.1])
    with pytest.raises(ValueError, match="n_sweeps must be at least 1, not 0"):
        chains.advance(0.1, 0)


def test_states_of_other_ensembles_are_refused_and_change_nothing():
    chains = Ensemble(mixed(4, 0), 3, streams(0))
    before = chains.state()
    other = Ensemble(mixed(4, 0), 2, streams(0)).state()
    with pytest.raises(
        ValueError, match=r"states must have shape \(3, 4\), not \(2, 4\)"
    ):
        chains.restore(other)
    with pytest.raises(ValueError, match="energies must have shape"):
        chains.restore({"states": before["states"]})
    np.testing.assert_array_equal(chains.states, before["states"])


def test_rules_that_cannot_follow_a_model_are_refused():
    cubic = PolynomialModel({(0, 1, 2): 1.0})
    Ensemble(cubic, 2, streams(0)).advance(0.1)
    with pytest.raises(TypeError, match="model must be an IsingModel, not"):
        Ensemble(cubic, 2, streams(0), rule="metropolis")
    with pytest.raises(ValueError, match="rule must be one of"):
        Ensemble(cubic, 2, streams(0), rule="heat bath")


def test_one_temperature_for_all_lets_whole_numbers_have_their_own_law():
    model = integers(9, 4)
    chains = Ensemble(model, 70, streams(1), one_beta=True)
    assert chains.law == "planes"
    for t in range(6):
        chains.advance(0.1 * t, 2)
    few = Ensemble(model, 2, streams(1), one_beta=True, kernel="planes")
    few.advance(np.repeat(0.1 * np.arange(6), 2)[:, None], 12)
    np.testing.assert_array_equal(few.states, chains.states[:2])
    np.testing.assert_allclose(
        chains.energies + model.offset, model.energy(chains.states), atol=1e-12
    )
    with pytest.raises(ValueError, match="betas must be one for all chains here"):
        few.advance([0.1, 0.2])
    with pytest.raises(ValueError, match="kernel 'bitsliced' takes one beta"):
        Ensemble(model, 2, streams(1), kernel="bitsliced")
    with pytest.raises(ValueError, match="kernel must be one of 'auto'"):
        Ensemble(model, 2, streams(1), rule="wolff", kernel="lanes")

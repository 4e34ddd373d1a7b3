import numpy as np
import pytest

from pbit import IsingModel, PolynomialModel, anneal, schedules, tune_schedule
from tests.pbit.sampler_cases import mixed


def glass(n, seed):
    rng = np.random.default_rng(seed)
    J = np.triu(rng.normal(size=(n, n)), 1)
    return IsingModel(J + J.T)


def test_the_best_of_all_trials_is_taken():
    tuned = tune_schedule(glass(60, 0), 50, rng=1, n_chains=16)
    assert len(tuned.trials) == 10
    chosen = (tuned.shape, tuned.start, tuned.stop)
    energies = {trial[:3]: trial[3] for trial in tuned.trials}
    assert energies[chosen] == min(energies.values())
    assert tuned.betas.shape == (50,)
    assert tuned.betas[0] == pytest.approx(tuned.start)
    assert tuned.betas[-1] == pytest.approx(tuned.stop)


def test_the_same_seed_gives_the_same_schedule_whatever_the_threads():
    one = tune_schedule(glass(40, 1), 30, rng=5, n_threads=1)
    two = tune_schedule(glass(40, 1), 30, rng=5, n_threads=2)
    assert one.trials == two.trials


def test_tuned_is_not_worse_than_the_models_own_schedule():
    """In the mean over 400 fresh chains, up to 3 standard errors."""
    model = glass(100, 2)
    tuned = tune_schedule(model, 40, rng=0, n_chains=64)
    own = anneal(model, None, 400, 40, rng=9).energies[:, 0]
    new = anneal(model, tuned.betas, 400, 40, rng=9).energies[:, 0]
    difference = new - own
    assert difference.mean() <= 3 * difference.std() / 20  # 0: it kept the model's own


def test_long_schedules_are_tuned_at_the_pilots_length():
    model = mixed(10, 0)
    short = tune_schedule(model, 40, rng=0, pilot_sweeps=20)
    long = tune_schedule(model, 400, rng=0, pilot_sweeps=20)
    assert short.trials == long.trials
    assert long.betas.shape == (400,)


def test_clamps_and_polynomials_are_tuned_too():
    model = PolynomialModel({(0, 1, 2): 1.0, (1, 2): -0.5, (0,): 0.3})
    assert tune_schedule(model, 20, rng=0).betas.shape == (20,)
    tuned = tune_schedule(mixed(6, 1), 20, rng=0, clamp={0: 1})
    assert len(tuned.trials) == 10


def test_a_model_without_weights_keeps_its_schedule():
    tuned = tune_schedule(IsingModel(np.zeros((3, 3))), 5, rng=0)
    assert tuned.start > 0
    assert schedules.check_schedule(tuned.betas, 5).shape == (5,)


def test_bad_arguments_are_named():
    with pytest.raises(ValueError, match="n_sweeps must be at least 1, not 0"):
        tune_schedule(mixed(4, 0), 0)
    with pytest.raises(ValueError, match="pilot_sweeps must be at least 1, not 0"):
        tune_schedule(mixed(4, 0), 10, pilot_sweeps=0)

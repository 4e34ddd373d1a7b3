import numpy as np
import pytest

from pbit import IsingModel, PolynomialModel, exact, population_anneal
from pbit.samplers import resampling
from pbit.samplers.resampling import longest_step, relative_weights, systematic
from tests import oracles
from tests.pbit.sampler_cases import counts, mixed
from tests.pbit.scripted import rebuilt
from tests.statistics import FALSE_ALARM, assert_law, law_p_value, law_power


def test_members_have_their_weight_of_children_on_average():
    """Over all uniforms exactly, up to the grid of 4,000; and never one more or less."""
    weights = np.random.default_rng(0).exponential(size=12)
    weights /= weights.mean()
    grid = (np.arange(4000) + 0.5) / 4000
    children = np.array(
        [np.bincount(systematic(weights, u), minlength=12) for u in grid]
    )
    np.testing.assert_allclose(children.mean(axis=0), weights, atol=2 / 4000)
    assert (children >= np.floor(weights)).all()
    assert (children <= np.ceil(weights)).all()
    assert (children.sum(axis=1) == 12).all()


def test_weights_are_boltzmann_factors_of_mean_1():
    energies = np.array([-3.0, 0.5, 2.0])
    weights, log_q = relative_weights(energies, 0.7)
    factors = np.exp(-0.7 * energies)
    np.testing.assert_allclose(weights, factors / factors.mean())
    assert log_q == pytest.approx(np.log(factors.mean()))
    huge, log_q = relative_weights(energies * 1e4, 1.0)
    assert np.isfinite(huge).all()
    assert log_q == pytest.approx(3e4 - np.log(3))


def after_one_step(weigh, beta):
    """The law of a million uniform states, resampled once and not moved, of 3 p-bits."""
    model = mixed(3, 0, scale=1.5)
    every = np.array([oracles.energy(model, m) for m in oracles.all_states(3)])
    drawn = np.random.default_rng(1).integers(8, size=1_000_000)
    weights, _ = weigh(every[drawn], beta)
    found = np.bincount(drawn[systematic(weights, 0.5)], minlength=8) / drawn.size
    return np.abs(found - oracles.boltzmann(model, beta)).max()


def test_resampling_alone_makes_the_law_of_the_next_temperature():
    """Of a million draws: an error of 0.004 would be 8 standard deviations."""
    assert after_one_step(relative_weights, 0.6) < 0.004


@pytest.mark.parametrize(
    "fault",
    [("np.exp(-step *", "np.exp(step *"), ("np.exp(-step *", "np.exp(-0.9 * step *")],
)
def test_broken_weights_do_not(fault):
    broken = rebuilt(resampling, "relative_weights", fault)
    assert after_one_step(broken, 0.6) > 0.004


def test_log_z_is_unbiased_and_within_its_error():
    """Mean of Z over 200 small populations; the error of 1 % off would show (5 sigma)."""
    model, betas = mixed(10, 3, scale=1.5), [0.1, 0.25, 0.5, 0.75, 1.0]
    truth = exact.log_partition(model, 1.0)
    runs = [population_anneal(model, n_chains=200, n_sweeps=2, betas=betas, rng=k)
            for k in range(200)]  # fmt: skip
    ratios = np.exp([run.log_partition[-1] - truth for run in runs])
    error = ratios.std(ddof=1) / np.sqrt(200)
    assert abs(ratios.mean() - 1) < 5 * error
    assert error < 0.02
    spread = np.std([run.log_partition[-1] for run in runs])
    stated = np.mean([run.log_partition_error for run in runs])
    assert 0.7 * spread < stated < 4 * spread  # on the large side


def test_log_z_at_every_temperature_on_the_way():
    model = mixed(10, 3, scale=1.5)
    run = population_anneal(model, 1.0, 20_000, 5, rng=0)
    assert run.betas[0] == 0
    assert run.betas[-1] == 1.0
    for beta, log_z in zip(run.betas, run.log_partition, strict=True):
        assert log_z == pytest.approx(exact.log_partition(model, beta), abs=0.1)
    assert run.log_partition[0] == pytest.approx(10 * np.log(2))
    law = oracles.boltzmann(model)
    every = np.array([oracles.energy(model, m) for m in oracles.all_states(10)])
    assert run.energies[-1] == pytest.approx(law @ every, abs=0.1)
    assert run.best[0].tolist() in exact.ground_states(model).tolist()


def test_the_law_of_enumeration_at_12():
    """100,000 members, 40 sweeps a step, which forget whose children they are."""
    model, betas = mixed(12, 5), [0.4, 0.9]
    law, wrong = exact.probabilities(model, 0.9), exact.probabilities(model, 0.8)
    assert law_power(100_000, law, wrong) > 0.999
    run = population_anneal(model, n_chains=100_000, n_sweeps=40, betas=betas, rng=2)
    assert_law(counts(run.samples.states, 12), law)
    assert law_p_value(counts(run.samples.states, 12), wrong) < FALSE_ALARM
    np.testing.assert_allclose(run.samples.energies, model.energy(run.samples.states))


def test_families_are_counted():
    model = mixed(12, 5, scale=2.0)
    run = population_anneal(model, 1.5, 500, 3, rng=1)
    assert run.rho_t[0] == 1
    assert run.families[0] == 500
    assert (np.diff(run.families) <= 0).all()
    assert (run.rho_t >= 500 / run.families - 1e-9).all()
    assert run.log_partition_error == pytest.approx(np.sqrt((run.rho_t[-1] - 1) / 500))


def test_steps_keep_the_overlap_asked_for():
    energies = np.random.default_rng(0).normal(size=5000)
    beta = longest_step(energies, 0.3, 100.0, 0.85)
    weights, _ = relative_weights(energies, beta - 0.3)
    assert np.minimum(1, weights).mean() == pytest.approx(0.85, abs=1e-3)
    assert longest_step(energies, 0.3, 0.31, 0.85) == 0.31


def test_clamps_leave_the_sum_over_the_rest():
    model, clamp = mixed(9, 2), {0: 1, 4: -1}
    run = population_anneal(model, 1.0, 20_000, 5, clamp, rng=1)
    assert (run.samples.column(0) == 1).all()
    assert (run.samples.column(4) == -1).all()
    log_z = exact.log_partition(model, 1.0, clamp=clamp)
    assert run.log_partition[-1] == pytest.approx(log_z, abs=0.05)


def test_polynomials_have_a_log_z_too():
    model = PolynomialModel({(0, 1, 2): 1.0, (1, 2): -0.5, (0,): 0.3}, offset=0.4)
    run = population_anneal(model, 1.0, 20_000, 5, rng=1)
    assert run.log_partition[-1] == pytest.approx(exact.log_partition(model), abs=0.05)


def test_at_infinite_temperature_there_is_nothing_to_do():
    run = population_anneal(mixed(4, 0), 0.0, 100, rng=0)
    assert run.betas.tolist() == [0.0]
    assert run.log_partition[0] == pytest.approx(4 * np.log(2))
    assert run.best[1] == run.samples.energies.min()


def test_bad_arguments_are_named():
    model = mixed(4, 0)
    with pytest.raises(ValueError, match="n_chains must be at least 2, not 1"):
        population_anneal(model, n_chains=1)
    with pytest.raises(ValueError, match="overlap must be between 0 and 1, not 1"):
        population_anneal(model, overlap=1)
    with pytest.raises(ValueError, match="betas must rise"):
        population_anneal(model, betas=[0.5, 0.2])
    with pytest.raises(
        ValueError, match="clamp of a population must be one value a p-bit"
    ):
        population_anneal(model, n_chains=2, clamp={0: [1, -1]})
    with pytest.raises(TypeError, match="model must be"):
        population_anneal(model.J)
    with pytest.raises(KeyError, match="no p-bit is called 9"):
        population_anneal(IsingModel({(0, 1): 1.0}), clamp={9: 1})


def test_whole_numbers_are_swept_in_planes_and_keep_law_and_log_z():
    rng = np.random.default_rng(0)
    J = np.triu(rng.choice([-1.0, 1.0], (12, 12)), 1)
    model = IsingModel(J + J.T)
    run = population_anneal(
        model, n_chains=100_000, n_sweeps=30, betas=[0.2, 0.3], rng=2
    )
    assert run.info["law"] == "planes"
    assert_law(counts(run.samples.states, 12), exact.probabilities(model, 0.3))
    log_z = exact.log_partition(model, 0.3)
    assert run.log_partition[-1] == pytest.approx(
        log_z, abs=5 * run.log_partition_error
    )

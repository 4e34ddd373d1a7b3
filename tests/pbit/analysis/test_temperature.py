"""The temperature that samples look most like: loops, coverage, and samples that have none."""

import math

import numpy as np
import pytest
from scipy import optimize, stats

import pbit
from pbit import IsingModel, PolynomialModel, analysis
from pbit.treewidth import TreeDecomposition


def glass(n, seed):
    rng = np.random.default_rng(seed)
    return IsingModel({(i, (i + 1) % n): float(rng.normal()) for i in range(n)})


def slow_pseudo_likelihood(model, states, beta):
    total = 0.0
    for state in states:
        for i, f in enumerate(model.fields(state)):
            total -= math.log1p(math.exp(-2 * beta * state[i] * f))
    return total


def test_the_fit_is_the_maximum_that_loops_find():
    model = glass(6, 1)
    states = TreeDecomposition(model).sample(60, 0.6, rng=1).states[:, 0]
    found = analysis.effective_beta(model, states)
    slow = optimize.minimize_scalar(
        lambda beta: -slow_pseudo_likelihood(model, states, beta),
        bounds=(-3, 5),
        method="bounded",
        options={"xatol": 1e-9},
    )
    assert found.value == pytest.approx(slow.x, abs=1e-6)


def test_intervals_hold_the_temperature_as_often_as_they_say():
    # 300 sets of independent draws at 90 %: a true coverage below 0.77 would be caught,
    # the truth is missed outside these binomial limits once in 1e6.
    model, beta = glass(12, 2), 0.8
    tree = TreeDecomposition(model)
    held = 0
    for k in range(300):
        samples = tree.sample(100, beta, rng=k)
        found = analysis.effective_beta(model, samples, level=0.9)
        held += found.low < beta < found.high
    assert stats.binom.cdf(held, 300, 0.87) > 1e-6
    assert stats.binom.sf(held - 1, 300, 0.93) > 1e-6


def test_correlated_chains_have_wider_intervals_than_their_number_suggests():
    model = glass(12, 2)
    samples = pbit.sample(model, 2.5, n_chains=40, n_sweeps=400, rng=3)
    fit = analysis.effective_beta(model, samples)
    assert fit.low < 2.5 < fit.high
    apart = analysis.effective_beta(model, samples.states.reshape(-1, 12))
    assert apart.value == fit.value


def test_other_models_and_signs_of_beta():
    model = PolynomialModel({(0, 1, 2): 1.0, (2, 3): -0.5, (0,): 0.2})
    samples = TreeDecomposition(model).sample(5000, 0.7, rng=1)
    fit = analysis.effective_beta(model, samples)
    assert fit.low < 0.7 < fit.high
    assert fit.high - fit.low < 0.2
    flipped = IsingModel({(i, i + 1): -1.0 for i in range(5)})
    positive = IsingModel({(i, i + 1): 1.0 for i in range(5)})
    samples = TreeDecomposition(flipped).sample(1000, 0.5, rng=1)
    assert analysis.effective_beta(positive, samples).high < 0


def test_samples_without_a_temperature_are_refused():
    model = glass(6, 1)
    ground = np.repeat(TreeDecomposition(model).ground_state()[0][None], 30, axis=0)
    with pytest.raises(ValueError, match="no p-bit ever disagrees with its field"):
        analysis.effective_beta(model, ground)
    with pytest.raises(ValueError, match="no p-bit feels a field"):
        analysis.effective_beta(IsingModel(np.zeros((6, 6))), ground)
    with pytest.raises(ValueError, match="at least 20 states, not 19"):
        analysis.effective_beta(model, ground[:19])
    with pytest.raises(TypeError, match="model must be a circuit"):
        analysis.effective_beta(3, ground)
    with pytest.raises(ValueError, match="level must be between 0 and 1, not 95"):
        analysis.effective_beta(model, ground, level=95)

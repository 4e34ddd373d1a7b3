"""ln Z by sampling: loops, intervals that hold the truth, clamps, terms of any order."""

import itertools
import math

import numpy as np
import pytest
from scipy import stats

import pbit
from pbit import IsingModel, PolynomialModel, analysis, exact
from pbit.samplers.ensemble import Ensemble
from pbit.treewidth import TreeDecomposition

METHODS = (analysis.annealed_importance, analysis.thermodynamic_integration)


def glass(n, seed, offset=0.5):
    rng = np.random.default_rng(seed)
    J = np.triu(rng.normal(size=(n, n)) / math.sqrt(n), 1)
    return IsingModel(J + J.T, 0.3 * rng.normal(size=n), offset)


def test_annealed_importance_is_what_its_formula_says():
    model, betas = glass(6, 1), [0.0, 0.2, 0.5, 1.1]
    found = analysis.annealed_importance(model, 1.1, n_chains=5, betas=betas, rng=4)
    with Ensemble(model, 5, pbit.random.streams(4)) as chains:
        weights = [1.0] * 5
        for before, after in itertools.pairwise(betas):
            for c, state in enumerate(chains.states):
                weights[c] *= math.exp(-(after - before) * model.energy(state))
            chains.advance(after)
    expected = math.log(2**6 * sum(weights) / 5)
    assert found.value == pytest.approx(expected, rel=1e-12)
    effective = sum(weights) ** 2 / sum(w**2 for w in weights)
    assert found.effective_chains == pytest.approx(effective)
    error = np.std(weights, ddof=1) / np.mean(weights) / math.sqrt(5)
    assert found.error == pytest.approx(error)
    assert found.updates == 2 * 6 * 5


@pytest.mark.parametrize("method", METHODS)
def test_intervals_hold_the_exact_value_as_often_as_they_say(method):
    # 200 runs at 90 %. The truth may lie 3 % (of skewed weights) below or, for the
    # quadrature, anywhere above; a coverage below 0.75 would be caught. False alarm 1e-6.
    model, runs = glass(8, 2), 200
    truth = exact.log_partition(model, 1.0)
    settings = {"n_chains": 60, "n_steps": 20}
    if method is analysis.thermodynamic_integration:
        settings = {"n_chains": 6, "n_points": 6, "n_sweeps": 40, "n_warmup": 20}
    found = [
        method(model, 1.0, level=0.9, rng=k, n_threads=1, **settings)
        for k in range(runs)
    ]
    held = sum(f.low < truth < f.high for f in found)
    assert stats.binom.cdf(held, runs, 0.87) > 1e-6
    bias = np.mean([f.value for f in found]) - truth
    assert abs(bias) < 0.3 * np.mean([f.error for f in found])


@pytest.mark.parametrize("method", METHODS)
def test_a_glass_of_144_agrees_with_its_tree_decomposition(method):
    rng = np.random.default_rng(7)
    pairs = [(i, i + 1) for i in range(144) if i % 12 < 11]
    pairs += [(i, i + 12) for i in range(132)]
    model = IsingModel({pair: float(rng.choice([-1, 1])) for pair in pairs})
    truth = TreeDecomposition(model).log_partition(0.8)
    found = method(model, 0.8, rng=1, level=0.999999, n_threads=1)
    assert found.low < truth < found.high
    assert found.high - found.low < 4


@pytest.mark.parametrize("method", METHODS)
def test_clamps_and_terms_of_any_order(method):
    model = PolynomialModel({(0, 1, 2): 1.0, (2, 3): -0.7, (3,): 0.4}, 1.5)
    for clamp in (None, {1: -1}):
        found = method(model, 0.9, clamp=clamp, rng=2, level=0.999999)
        truth = exact.log_partition(model, 0.9, clamp)
        assert found.low < truth < found.high
        assert found.high - found.low < 0.5


def test_a_rule_too_coarse_for_the_energies_widens_its_interval():
    model = IsingModel({(i, i + 1): 1.0 for i in range(7)}, np.full(8, 0.2))
    truth = exact.log_partition(model, 20.0)
    coarse = analysis.thermodynamic_integration(model, 20.0, n_points=3, rng=1)
    fine = analysis.thermodynamic_integration(model, 20.0, n_points=40, rng=1)
    assert coarse.discretization > 5 * coarse.error
    assert coarse.low < truth < coarse.high
    assert fine.high - fine.low < 0.01 * (coarse.high - coarse.low)
    assert abs(fine.value - truth) < 0.1 * abs(coarse.value - truth)
    assert fine.low < truth < fine.high


def test_few_steps_leave_few_effective_chains():
    model = glass(30, 3)
    fast = analysis.annealed_importance(model, 3.0, n_steps=3, rng=0)
    slow = analysis.annealed_importance(model, 3.0, n_steps=3000, rng=0)
    assert fast.effective_chains < 10
    assert slow.effective_chains > 50


@pytest.mark.parametrize("method", METHODS)
def test_the_seed_decides_and_threads_do_not(method):
    model = glass(5, 1)
    first, second = (method(model, rng=3, n_threads=k) for k in (1, 2))
    assert first == second
    assert method(model, rng=4).value != first.value


def test_bad_arguments_are_named():
    model = glass(3, 0)
    with pytest.raises(ValueError, match="beta must be positive, not 0"):
        analysis.annealed_importance(model, 0.0)
    with pytest.raises(ValueError, match="n_chains must be at least 2, not 1"):
        analysis.thermodynamic_integration(model, n_chains=1)
    with pytest.raises(ValueError, match="n_points must be at least 3, not 2"):
        analysis.thermodynamic_integration(model, n_points=2)
    with pytest.raises(ValueError, match=r"betas must go from 0 to beta = 1\.0"):
        analysis.annealed_importance(model, betas=[0.1, 1.0])
    with pytest.raises(
        ValueError, match=r"betas must rise: betas\[2\] = 0\.5 after 0\.5"
    ):
        analysis.annealed_importance(model, betas=[0.0, 0.5, 0.5, 1.0])
    with pytest.raises(TypeError, match="model must be"):
        analysis.annealed_importance(pbit.PCircuit({(0, 1): 1.0}))

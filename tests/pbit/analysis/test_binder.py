"""Binder's cumulant and crossings, against loops and known laws."""

import math

import numpy as np
import pytest
from scipy import stats

import pbit
from pbit import analysis, exact, ising2d
from pbit.treewidth import TreeDecomposition


def slow_cumulant(values):
    second = sum(x**2 for x in values) / len(values)
    fourth = sum(x**4 for x in values) / len(values)
    return 1 - fourth / (3 * second**2)


def test_the_cumulant_and_its_jackknife_are_those_of_loops():
    table = np.random.default_rng(1).normal(size=(5, 22))
    found = analysis.binder_cumulant(table)
    assert found.value == pytest.approx(slow_cumulant(table.ravel()))
    blocks = [b for row in table for b in np.array_split(row, 4)]
    others = [
        slow_cumulant(np.concatenate(blocks[:k] + blocks[k + 1 :])) for k in range(20)
    ]
    error = math.sqrt(19 * np.var(others))
    assert found.error == pytest.approx(error)
    assert found.low == pytest.approx(found.value - stats.t.ppf(0.975, 19) * error)


def test_known_distributions_have_their_cumulants():
    rng = np.random.default_rng(2)
    gauss = analysis.binder_cumulant(rng.normal(size=(50, 2000)), level=0.999999)
    assert gauss.low < 0 < gauss.high
    assert gauss.high - gauss.low < 0.2
    flat = analysis.binder_cumulant(rng.uniform(-1, 1, (50, 2000)), level=0.999999)
    assert flat.low < 0.4 < flat.high  # 1 - (1/5) / (3/9)
    assert flat.high - flat.low < 0.05


def test_intervals_hold_the_exact_cumulant_of_a_lattice():
    # 200 sets of exact draws at 90 %; coverage below 0.75 would be caught.
    model, beta = ising2d.model(3, 3), 0.3
    p = exact.probabilities(model, beta)
    bits = (np.arange(512)[:, None] >> np.arange(9)) & 1
    m = (2 * bits - 1).mean(axis=1)
    truth = 1 - (p @ m**4) / (3 * (p @ m**2) ** 2)
    tree = TreeDecomposition(model)
    held = 0
    for k in range(200):
        found = analysis.binder_cumulant(tree.sample(400, beta, rng=k), level=0.9)
        held += found.low < truth < found.high
    assert stats.binom.cdf(held, 200, 0.87) > 1e-6
    assert stats.binom.sf(held - 1, 200, 0.95) > 1e-6


def curve(temperatures, slope, error, seed):
    rng = np.random.default_rng(seed)
    values = 0.6 - slope * (temperatures - 2.27) + error * rng.normal(size=9)
    return [analysis.Estimate(v, v - error, v + error, 0.68, error) for v in values]


def test_crossings_of_noisy_lines_are_found_as_often_as_intervals_say():
    # 200 pairs of curves at 90 %; coverage below 0.75 would be caught.
    x = np.linspace(2.1, 2.4, 9)
    held, both = 0, 0
    for k in range(200):
        small, large = curve(x, 1.0, 0.01, 2 * k), curve(x, 3.0, 0.01, 2 * k + 1)
        found = analysis.binder_crossing(
            x, small, large, degree=2, level=0.9, n_resamples=100, rng=k
        )
        held += found.temperature.low < 2.27 < found.temperature.high
        both += found.binder.low < 0.6 < found.binder.high
    for count in (held, both):
        assert stats.binom.cdf(count, 200, 0.87) > 1e-6
        assert stats.binom.sf(count - 1, 200, 0.95) > 1e-6
    assert 0.1 < found.chi_square < 5
    assert found.temperature.error < 0.01


def test_the_critical_temperature_of_the_square_lattice_is_near_the_crossing():
    temperatures = np.linspace(2.1, 2.5, 7)
    curves = []
    for L in (4, 8):
        model = ising2d.model(L, L)
        tree = TreeDecomposition(model)
        curves.append(
            [
                analysis.binder_cumulant(tree.sample(4000, 1 / T, rng=L))
                for T in temperatures
            ]
        )
    found = analysis.binder_crossing(temperatures, *curves, rng=0)
    assert found.temperature.value == pytest.approx(2.269, abs=0.1)
    assert 0.5 < found.binder.value < 0.67


def test_a_sample_set_is_averaged_over_its_p_bits():
    samples = pbit.sample(ising2d.model(3, 3), 0.4, n_chains=20, n_sweeps=50, rng=0)
    means = samples.states.mean(axis=2)
    assert analysis.binder_cumulant(samples) == analysis.binder_cumulant(means)


def test_what_does_not_cross_is_refused():
    x = np.linspace(2.1, 2.4, 9)
    one, apart = curve(x, 1.0, 0.001, 1), curve(x + 1.0, 1.0, 0.001, 2)
    with pytest.raises(
        ValueError, match=r"must cross once between 2\.1 and 2\.4, not 0"
    ):
        analysis.binder_crossing(x, one, apart)
    vague = curve(x, 1.0, 5.0, 3), curve(x, 3.0, 5.0, 6)
    with pytest.raises(ValueError, match=r"too uncertain|must cross once"):
        analysis.binder_crossing(x, *vague, degree=1)
    with pytest.raises(ValueError, match="degree must be at most 8"):
        analysis.binder_crossing(x, one, apart, degree=9)
    with pytest.raises(
        ValueError, match="large must have one estimate a temperature, 9"
    ):
        analysis.binder_crossing(x, one, apart[:3])
    exactly = [analysis.Estimate(0.5, 0.5, 0.5, 0.9, 0.0)] * 9
    with pytest.raises(
        ValueError, match=r"small must have errors > 0: .*small\[0\] is 0"
    ):
        analysis.binder_crossing(x, exactly, one)
    with pytest.raises(ValueError, match="temperatures must be at least 2 and rise"):
        analysis.binder_crossing([2.0, 1.0], one[:2], one[:2], degree=1)
    with pytest.raises(ValueError, match="magnetizations must be at least 20, not 3"):
        analysis.binder_cumulant([1.0, 2.0, 3.0])
    with pytest.raises(ValueError, match="magnetizations must not be 0 throughout"):
        analysis.binder_cumulant(np.zeros(30))

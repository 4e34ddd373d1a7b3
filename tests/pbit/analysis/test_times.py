"""Time to solution and residual energy: formulas, coverage of intervals, bad input."""

import math

import numpy as np
import pytest
from scipy import stats

from pbit import analysis


def test_the_time_to_solution_is_the_formula():
    for p, r in ((0.2, 100), (0.95, 20), (1.0, 10)):
        found = analysis.time_to_solution(round(p * r), r, 3.0, rng=0)
        runs = 1.0 if p >= 0.99 else math.log(0.01) / math.log(1 - p)
        assert found.value == pytest.approx(3.0 * max(1.0, runs))
        assert found.low <= found.value * (1 + 1e-12)
        assert found.high >= found.value
    never = analysis.time_to_solution(0, 50, rng=0)
    assert never.value == math.inf
    assert 50 < never.low < never.high
    assert analysis.time_to_solution(7, 10, target=0.5, rng=0).value == 1.0


def test_of_several_instances_the_quantile_is_taken():
    won = [10, 20, 40, 0]
    times = sorted(
        math.log(0.01) / math.log(1 - w / 50) if w else math.inf for w in won
    )
    median = analysis.time_to_solution(won, 50, rng=0)
    assert median.value == pytest.approx((times[1] + times[2]) / 2)
    assert analysis.time_to_solution(won, 50, quantile=0.9, rng=0).value == math.inf
    low = analysis.time_to_solution(won, 50, quantile=1 / 3, rng=0)
    assert low.value == pytest.approx(times[1])


def test_intervals_of_one_instance_hold_the_truth_as_often_as_they_say():
    # 300 experiments at 90 %; a coverage below 0.77 would be caught, false alarm 1e-6.
    rng, p = np.random.default_rng(1), 0.07
    truth = math.log(0.01) / math.log(1 - p)
    held = 0
    for k, won in enumerate(rng.binomial(200, p, size=300)):
        found = analysis.time_to_solution(int(won), 200, level=0.9, rng=k)
        held += found.low < truth < found.high
    assert stats.binom.cdf(held, 300, 0.87) > 1e-6
    assert stats.binom.sf(held - 1, 300, 0.94) > 1e-6


def test_intervals_over_instances_hold_the_median_as_often_as_they_say():
    # 200 experiments at 90 % with 41 instances each; below 0.75 would be caught.
    rng = np.random.default_rng(2)
    truth = math.log(0.01) / math.log(1 - 0.1)
    held = 0
    for k in range(200):
        p = 0.1 * np.exp(rng.normal(size=41))
        won = rng.binomial(2000, np.minimum(p, 0.9))
        found = analysis.time_to_solution(won, 2000, level=0.9, n_resamples=500, rng=k)
        held += found.low < truth < found.high
    assert stats.binom.cdf(held, 200, 0.87) > 1e-6
    assert stats.binom.sf(held - 1, 200, 0.97) > 1e-6


def test_the_best_run_length_is_found_with_its_curve():
    lengths = np.array([1, 3, 10, 30, 100])
    p = 1 - np.exp(-((lengths / 10.0) ** 2) / 2)  # best near where p rises fastest
    won = np.round(1000 * p).astype(int)
    found = analysis.optimal_time(lengths, won, 1000, rng=0)
    expected = [
        t * max(1, math.log(0.01) / math.log(1 - w / 1000)) if w < 1000 else float(t)
        for t, w in zip(lengths, won, strict=True)
    ]
    assert [e.value for e in found.curve] == pytest.approx(expected)
    assert found.tts.value == pytest.approx(min(expected))
    assert found.run_time.value == lengths[np.argmin(expected)]
    assert found.tts.low < found.tts.value < found.tts.high
    assert found.at_end is False
    assert analysis.optimal_time([1, 2], [10, 11], 100, rng=0).at_end is True


def test_instances_that_only_long_runs_solve():
    won = np.array([[0, 0, 0], [5, 0, 1], [60, 70, 80]])
    found = analysis.optimal_time([1, 10, 100], won, 100, rng=0)
    assert found.run_time.value == 100
    assert found.run_time.low >= 10  # no run of length 1 ever succeeded
    assert found.curve[0].value == math.inf
    with pytest.raises(ValueError, match=r"no run length solves the quantile 0\.5"):
        analysis.optimal_time([1, 10], np.zeros((2, 3), int), 100)


def test_counts_of_first_hits():
    hits = [[1.0, 5.0, math.inf], [2.0, 2.0, 2.0]]
    counts = analysis.success_counts(hits, [1, 2, 9])
    assert counts.tolist() == [[1, 0], [1, 3], [2, 3]]
    found = analysis.optimal_time([1, 2, 9], counts, 3, rng=0)
    assert len(found.curve) == 3


def test_residual_energies_are_means_per_p_bit():
    rng = np.random.default_rng(3)
    energies = -100 + rng.exponential(size=(5, 7))
    grounds = np.full(5, -100.0)
    found = analysis.residual_energy(energies, grounds, 50, rng=0)
    assert found.value == pytest.approx((energies + 100).mean() / 50)
    assert found.low < found.value < found.high
    rows = (energies + 100).mean(axis=1) / 50
    assert found.error == pytest.approx(rows.std(ddof=1) / math.sqrt(5))
    one = analysis.residual_energy(energies[0], -100.0, 50, rng=0)
    assert one.value == pytest.approx(rows[0])
    assert analysis.residual_energy([-100.0], -100.0, 50).value == 0.0


def test_residual_intervals_hold_the_truth_as_often_as_they_say():
    # 300 experiments at 90 % of 40 instances; a percentile bootstrap of skewed numbers
    # reaches about 0.88 there. A coverage below 0.75 would be caught.
    rng, held, kappas = np.random.default_rng(4), 0, 0
    times = np.array([10.0, 20, 50, 100])
    for k in range(300):
        scale = rng.gamma(4.0, 0.25, size=40)
        energies = rng.exponential(scale[:, None], size=(40, 10))
        found = analysis.residual_energy(
            energies, np.zeros(40), 1, level=0.9, n_resamples=300, rng=k
        )
        held += found.low < 1 < found.high
        noise = rng.gamma(10.0, 0.1, size=(4, 40))
        slope = analysis.residual_exponent(
            times,
            times[:, None] ** -0.6 * scale * noise,
            level=0.9,
            n_resamples=300,
            rng=k,
        )
        kappas += slope.low < 0.6 < slope.high
    for count in (held, kappas):
        assert stats.binom.cdf(count, 300, 0.86) > 1e-6
        assert stats.binom.sf(count - 1, 300, 0.95) > 1e-6


def test_the_exponent_of_a_power_law_is_found():
    times = np.array([50, 100, 500, 2000])
    table = 3.0 * times[:, None] ** -0.73 * np.array([1.0, 0.5, 2.0])
    found = analysis.residual_exponent(times, table, rng=0)
    assert found.value == pytest.approx(0.73, rel=1e-12)
    assert found.low == pytest.approx(found.high, rel=1e-9)
    table = np.random.default_rng(0).uniform(1, 2, (4, 9)) / times[:, None]
    found = analysis.residual_exponent(times, table, rng=0)
    slope = np.polyfit(np.log(times), np.log(table.mean(axis=1)), 1)[0]
    assert found.value == pytest.approx(-slope)
    assert found.low < found.value < found.high


def test_bad_arguments_are_named():
    with pytest.raises(ValueError, match="between 0 and n_runs: 11 of 10 at 1"):
        analysis.time_to_solution([3, 11], 10)
    with pytest.raises(TypeError, match="successes must be whole numbers, not float64"):
        analysis.time_to_solution(0.5, 10)
    with pytest.raises(ValueError, match="n_runs must be at least 1"):
        analysis.time_to_solution(0, 0)
    with pytest.raises(ValueError, match=r"n_runs must fit the shape \(2,\)"):
        analysis.time_to_solution([1, 2], [5, 5, 5])
    with pytest.raises(ValueError, match=r"run_time must be positive, not \[0\.0\]"):
        analysis.time_to_solution(1, 2, 0.0)
    with pytest.raises(ValueError, match="run_times must be positive and rise"):
        analysis.optimal_time([2, 1], [1, 1], 5)
    with pytest.raises(ValueError, match=r"successes must have shape \(2,\) or"):
        analysis.optimal_time([1, 2], [1, 1, 1], 5)
    with pytest.raises(ValueError, match="first_hits must be times, not NaN"):
        analysis.success_counts([math.nan], [1])
    with pytest.raises(ValueError, match="target must be between 0 and 1, not 99"):
        analysis.time_to_solution(1, 2, target=99)
    with pytest.raises(ValueError, match=r"energies\[0, 1\] = -11\.0 < -10\.0"):
        analysis.residual_energy([[-9.0, -11.0]], [-10.0], 5)
    with pytest.raises(ValueError, match="ground_energies must be one an instance, 2"):
        analysis.residual_energy(np.zeros((2, 3)), [0.0], 5)
    with pytest.raises(ValueError, match="times must be at least 2, positive and rise"):
        analysis.residual_exponent([5], [[1.0, 2.0]])
    with pytest.raises(ValueError, match=r"at least 2 instances, not \(2, 1\)"):
        analysis.residual_exponent([1, 2], [[1.0], [0.5]])
    with pytest.raises(
        ValueError, match=r"times\[1\] = 2 1 of 3 instances are above 0"
    ):
        analysis.residual_exponent([1, 2], [[1.0, 1, 1], [0, 0, 1]], rng=0)

"""Fronts, tornados and yields beside slow and obvious twins."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from hardware.explore import front, non_dominated, pareto, plots, sensitivity, yields
from hardware.explore.bodies import quantile_interval, share_interval
from tests.hardware.explore.measures import BASE, VARY, picky, sweep

NUMBERS = st.sampled_from([0.0, 1.0, 2.0, 3.0, math.inf, math.nan])


def beats(one, other, less):
    signed = [
        (a, b) if low else (-a, -b) for a, b, low in zip(one, other, less, strict=True)
    ]
    return all(a <= b for a, b in signed) and any(a < b for a, b in signed)


@given(
    st.integers(1, 3).flatmap(
        lambda k: st.tuples(
            st.lists(st.tuples(*[NUMBERS] * k), max_size=12),
            st.tuples(*[st.booleans()] * k),
        )
    )
)
def test_fronts_are_the_points_that_no_other_beats(given):
    points, less = given
    known = [not any(map(math.isnan, point)) for point in points]
    expected = [
        ok
        and not any(
            beats(q, p, less) for q, fine in zip(points, known, strict=True) if fine
        )
        for p, ok in zip(points, known, strict=True)
    ]
    found = non_dominated(np.reshape(points, (-1, len(less))), less)
    assert found.tolist() == expected


def test_fronts_of_wrong_shapes_are_refused():
    with pytest.raises(ValueError, match=r"shape \(points, 2\), not \(3,\)"):
        non_dominated([1, 2, 3], [True, False])


def test_trade_offs_tell_the_front_the_design_and_what_does_not_run():
    vary = {"device.tau_n": "1ns,2ns", "synapse.tau_s": "10ps,900ps"}
    found = sweep(None, picky, vary)
    table = pareto(found, "rate", "error")
    assert table["problems"] == 2
    assert [point["chosen"] for point in table["points"]] == [True, False]
    assert table["points"][0]["label"] == "device.tau_n = 1 ns, synapse.tau_s = 10 ps"
    kept = [rows[0].values for rows in front(found)]
    on = [point["label"] for point in table["points"] if point["front"]]
    assert len(kept) == len(on) >= 1
    with pytest.raises(KeyError, match="no metric 'power'"):
        pareto(found, "rate", "power")
    plots.front(table)
    plots.sweep(found)


def test_tornados_go_from_the_first_to_the_last_value_the_largest_swing_first():
    found = sweep(None, vary=VARY, method="ends", bodies=3)
    table = sensitivity(found, "error")
    assert [row["name"] for row in table["rows"]] == ["synapse.tau_s", "spread.slope"]
    first, second = table["rows"]
    # 1 ps and 1 ns over 1 ns, with a noise of 0.01: six sigmas are 0.06.
    assert abs(first["low"] - 0.001) < 0.06
    assert abs(first["high"] - 1.0) < 0.06
    assert first["settings"] == "1 ps to 1 ns"
    assert (first["clear"], second["clear"]) == (True, False)
    groups = [found.rows[k : k + 3] for k in range(0, 15, 3)]
    assert first["high"] == np.median([row.value("error") for row in groups[2]])
    plots.tornado(table)


def test_tornados_tell_which_ends_do_not_run():
    found = sweep(None, picky, VARY, method="ends")
    table = sensitivity(found)
    assert list(table["problems"]) == ["synapse.tau_s"]
    assert "too long" in table["problems"]["synapse.tau_s"]
    with pytest.raises(ValueError, match="not made by the method 'grid'"):
        sensitivity(sweep(None, vary={"spread.slope": "0,1"}))


def test_yields_are_order_statistics_of_all_bodies():
    found = sweep(None, vary={}, bodies=60)
    table = yields(found, "error", limit=0.02)
    values = sorted(row.value("error") for row in found.rows)
    assert len(set(values)) == 60
    assert table["values"] == values
    assert [table[p] for p in ("p5", "p50", "p95")] == [
        values[2],
        values[29],
        values[56],
    ]
    within = sum(value <= 0.02 for value in values)
    assert table["share"] == within / 60
    low, high = table["share_interval"]
    assert low < table["share"] < high
    # Of a figure of which more is better, at least the limit.
    assert yields(found, "rate", limit=2e9)["share"] == 0.0
    assert yields(found, "rate", limit=9e8)["share"] == 1.0
    plots.bodies(table)


def test_yields_of_several_settings_are_refused():
    with pytest.raises(ValueError, match="not of 20 settings and 20 points"):
        yields(sweep(None))


@pytest.mark.parametrize("n", [2, 10, 60, 300])
@pytest.mark.parametrize("share", [0.05, 0.5, 0.95])
def test_intervals_of_quantiles_cover_with_95_percent_and_no_shorter_ones_do(n, share):
    ranks = np.arange(1, n + 1, dtype=float)
    low, high = quantile_interval(ranks, share)
    law = stats.binom(n, share)  # how many values are below the quantile
    below = 0.0 if low is None else law.cdf(low - 1)
    above = 0.0 if high is None else law.sf(high - 1)
    assert below <= 0.025
    assert above <= 0.025
    assert low is None or law.cdf(low) > 0.025
    assert high is None or law.sf(high - 2) > 0.025


def test_intervals_of_shares_are_those_of_the_exact_test():
    for n, k in itertools.product([1, 5, 40], [0, 1, 5, 40]):
        if k <= n:
            exact = stats.binomtest(k, n).proportion_ci(method="exact")
            assert share_interval(k, n) == pytest.approx([exact.low, exact.high])


def test_base_is_a_design_that_runs():
    assert sweep(None, vary={}).rows[0].problem == ""
    assert BASE["name"] == "swept"

"""Draws are what they are addressed as, and have the law they claim.

Kolmogorov-Smirnov tests of 200 000 draws, false alarm 1e-6: they notice distribution
functions that are off by 0.006 anywhere.
"""

import math

import numpy as np
import pytest
from scipy import stats

from hardware.engines import draws
from pbit.random import Use, words

KEY = (0x1234, 0xABCD)
MANY = 200_000


def uniform(high, low):
    """The 52-bit uniform number of two words."""
    return ((high << 32 | low) // 2**12 + 0.5) / 2**52


def half_logit(u):
    return 0.5 * math.log(u / (1 - u))


def assert_distributed(values, law):
    assert stats.kstest(values, law).pvalue > 1e-6


@pytest.fixture(scope="module")
def ticks():
    return np.array([draws.clock_draw(*KEY, event) for event in range(MANY)])


@pytest.mark.parametrize("event", [0, 1, 2**32 - 1, 2**32, 2**40 + 7])
def test_a_clock_draw_is_made_of_one_block(event):
    w0, w1, w2, w3 = (int(w) for w in words(*KEY, Use.CLOCK, 0, event))
    wait, pick, limit = draws.clock_draw(*KEY, event)
    assert wait == pytest.approx(-math.log((w0 * 256 + w3 % 256 + 0.5) / 2**40))
    assert pick == (w1 * 4096 + w3 // 256 % 4096 + 0.5) / 2**44
    decision = (w2 * 4096 + w3 // 2**20 + 0.5) / 2**44
    assert limit == pytest.approx(half_logit(decision), rel=1e-12)


def test_clock_draws_have_their_laws_and_no_part_tells_of_another(ticks):
    waits, picks, limits = ticks.T
    assert_distributed(waits, "expon")
    assert_distributed(picks, "uniform")
    assert_distributed(2 * limits, "logistic")
    # Standard deviation of each correlation 1 / sqrt(MANY); 5.4 of them for 15 looks.
    table = np.array([waits, picks, np.tanh(limits)])
    correlations = np.corrcoef(np.vstack([table[:, 1:], table[:, :-1]]))
    assert np.abs(correlations - np.eye(6)).max() < 5.4 / math.sqrt(MANY - 1)


def test_a_limit_is_passed_as_often_as_sigma_says(ticks):
    for field in (-1.5, -0.2, 0.0, 0.7):
        ups = int((field > ticks[:, 2]).sum())
        chance = 1 / (1 + math.exp(-2 * field))
        assert stats.binomtest(ups, MANY, chance).pvalue > 1e-6


def test_refreshes_have_their_laws():
    made = np.array([draws.refresh_draw(*KEY, event) for event in range(MANY)])
    assert_distributed(made[:, 0], "expon")
    assert_distributed(made[:, 1], "uniform")
    w0, w1, w2, w3 = (int(w) for w in words(*KEY, Use.REFRESH, 0, 5))
    assert made[5, 0] == pytest.approx(-math.log(uniform(w0, w1)), rel=1e-12)
    assert made[5, 1] == uniform(w2, w3)


def test_dwell_budgets_are_exponential_and_each_flips_own():
    budgets = [draws.dwell_budget(*KEY, i, k) for i in range(20) for k in range(10_000)]
    assert_distributed(budgets, "expon")
    assert len(set(budgets)) == len(budgets)


@pytest.mark.parametrize("use", [draws.DECISION, draws.MASK])
def test_each_pbit_has_a_number_of_its_own_at_each_tick(use):
    for i in range(4):
        w = [int(word) for word in words(*KEY, use, i // 2, 9)]
        expected = uniform(*w[:2]) if i % 2 == 0 else uniform(*w[2:])
        assert draws.pbit_uniform(*KEY, use, i, 9) == expected
    numbers = [
        draws.pbit_uniform(*KEY, use, i, t) for i in range(9) for t in range(999)
    ]
    assert len(set(numbers)) == len(numbers)


def test_decisions_and_masks_are_made_of_their_numbers():
    for i in range(5):
        u = draws.pbit_uniform(*KEY, draws.DECISION, i, 3)
        assert draws.decision_limit(*KEY, i, 3) == pytest.approx(half_logit(u))
        v = draws.pbit_uniform(*KEY, draws.MASK, i, 3)
        assert draws.takes_part(*KEY, i, 3, v * 1.001)
        assert not draws.takes_part(*KEY, i, 3, v)
        assert u != v


def test_other_keys_make_other_draws():
    assert draws.clock_draw(1, 2, 0) != draws.clock_draw(1, 3, 0)
    assert draws.clock_draw(1, 2, 0) != draws.clock_draw(2, 2, 0)


def test_a_pick_is_a_slot_and_an_alias_may_take_it():
    none, nobody = np.empty(0), np.empty(0, np.int32)
    assert [draws.pick_index(p, 4, none, nobody) for p in (0.01, 0.3, 0.6, 0.99)] == [
        0,
        1,
        2,
        3,
    ]
    keep, alias = np.array([0.5, 1.0]), np.array([1, 1], np.int32)
    assert draws.pick_index(0.2, 2, keep, alias) == 0  # 0.4 of the slot
    assert draws.pick_index(0.3, 2, keep, alias) == 1  # 0.6 of it
    last = 1 - 2.0**-45  # the largest pick there is
    for n in (1, 2, 3, 10**6, 2**31 - 1):
        assert draws.pick_index(last, n, none, nobody) == n - 1


def test_flip_rates_are_arrhenius_and_stay_finite():
    assert draws.flip_rate(0.7, 1, 2.0) == pytest.approx(math.exp(-0.7) / 2)
    assert draws.flip_rate(0.7, -1, 2.0) == pytest.approx(math.exp(0.7) / 2)
    assert draws.flip_rate(1e6, 1, 1e-9) == 0.0
    fast = draws.flip_rate(1e6, -1, 1e-15)
    assert math.isfinite(fast)
    # Which is what keeps zero seconds at that rate from being not a number.
    assert draws.spend(1.0, 0.0, fast) == 1.0


def test_budgets_are_spent_and_never_overdrawn():
    assert draws.spend(1.0, 0.25, 2.0) == 0.5
    assert draws.spend(1.0, 10.0, 2.0) == 0.0
    assert draws.wait_for(0.5, 2.0) == 0.25
    assert draws.wait_for(0.5, 0.0) == math.inf
    assert draws.wait_for(0.0, 0.0) == math.inf  # clamped, whatever is left


@pytest.mark.parametrize("start", [0.0, 12.3])
@pytest.mark.parametrize("period", [1e-9 / 3, 0.1])
def test_clocks_do_not_drift_in_a_million_ticks(start, period):
    now = added_up = start
    worst = 0.0
    for tick in range(1, 1_000_001):
        now = now + draws.wait_for_tick(start, period, tick, now)
        worst = max(worst, abs(now - (start + tick * period)))
        added_up += period
    assert abs(added_up - now) > 20 * np.spacing(now)  # as a naive clock would
    assert worst <= np.spacing(start + 1_000_000 * period)


def test_the_wait_for_a_tick_is_to_its_own_multiple():
    assert draws.wait_for_tick(1.0, 0.25, 3, 1.5) == 0.25
    assert draws.wait_for_tick(1.0, 0.25, 1, 1.5) == 0.0  # never backwards

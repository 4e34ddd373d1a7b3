"""What a design makes of time for a circuit."""

import numpy as np
import pytest

import pbit
from hardware.design import load_design
from hardware.engines.draws import pick_index, wait_for_tick
from hardware.engines.plan import alias_table, make_timing
from pbit.errors import DesignError


def exact_chances(keep, alias):
    """Return each entry's chance in plain words: its own slot, and what others give."""
    n = len(keep)
    chances = [0.0] * n
    for slot in range(n):
        chances[slot] += keep[slot] / n
        chances[alias[slot]] += (1 - keep[slot]) / n
    return np.array(chances)


@pytest.mark.parametrize("n", [1, 2, 3, 7, 100])
def test_an_alias_table_gives_every_entry_its_exact_chance(n):
    weights = np.random.default_rng(n).exponential(size=n) ** 3 + 1e-6
    chances = exact_chances(*alias_table(weights))
    assert chances == pytest.approx(weights / weights.sum(), abs=1e-12)


def test_a_pick_lands_in_proportion_over_a_fine_grid():
    weights = np.array([1.0, 2.0, 5.0])
    keep, alias = alias_table(weights)
    grid = (np.arange(80_000) + 0.5) / 80_000
    picks = np.array([pick_index(p, 3, keep, alias) for p in grid])
    shares = np.bincount(picks, minlength=3) / grid.size
    assert shares == pytest.approx(weights / 8, abs=1e-4)  # 1 / grid points a boundary


def test_the_clock_of_all_pbits_ticks_at_the_sum_of_their_rates():
    design = {"name": "x", "device": {"kind": "ideal", "tau_n": [1e-9, 2e-9, 4e-9]}}
    timing = make_timing(pbit.PCircuit(np.zeros((3, 3))), load_design(design))
    assert 1 / timing.mean_wait == pytest.approx(1e9 + 0.5e9 + 0.25e9, rel=1e-12)
    assert exact_chances(timing.keep, timing.alias) == pytest.approx(
        np.array([4, 2, 1]) / 7, abs=1e-12
    )


def test_times_for_another_number_of_pbits_are_refused():
    design = {"name": "x", "device": {"kind": "ideal", "tau_n": [1e-9, 2e-9]}}
    with pytest.raises(DesignError, match=r"device\.tau_n: must be one time or 3"):
        make_timing(pbit.PCircuit(np.zeros((3, 3))), load_design(design))


def test_chromatic_groups_hold_every_pbit_once_and_no_two_that_are_coupled():
    rng = np.random.default_rng(5)
    upper = np.triu(rng.normal(size=(12, 12)) * (rng.random((12, 12)) < 0.4), 1)
    model = pbit.IsingModel(upper + upper.T)
    design = {"name": "x", "device": {"kind": "ideal"}, "fabric": {"kind": "chromatic"}}
    design["fabric"]["clock_hz"] = 1e6
    timing = make_timing(model, load_design(design))
    groups = np.split(timing.members, timing.group_ptr[1:-1])
    assert sorted(timing.members.tolist()) == list(range(12))
    dense = model.J.toarray()
    for group in groups:
        assert not dense[np.ix_(group, group)].any()
    assert timing.period == pytest.approx(1e-6 / len(groups), rel=1e-12)


def test_ticks_do_not_drift():
    period, now = 1e-9, 0.0
    for tick in range(1, 1_000_001):
        now += wait_for_tick(0.0, period, tick, now)
    added_up = 0.0
    for _ in range(1_000_000):
        added_up += period
    assert now == pytest.approx(1e-3, rel=2.3e-16)
    assert abs(added_up - 1e-3) > 100 * abs(now - 1e-3)

"""Entries, values and plans: what is varied, and which points that makes."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware import load_design, shipped_designs
from hardware.explore import plans
from hardware.explore.axes import Axis, read_axes
from hardware.explore.entries import is_whole, lean, sql_type
from pbit.errors import DesignError

DIGITAL = load_design("ucsb-fpga")
MAGNETS = load_design("autonomous-smtj")


def axis_of(entry, values, design=DIGITAL):
    (axis,) = read_axes({entry: values}, design)
    return axis


def test_logarithmic_ranges_have_both_ends_and_six_digits():
    axis = axis_of("synapse.tau_s", "1ps:1ns:log12", MAGNETS)
    assert len(axis.values) == 12
    assert (axis.values[0], axis.values[-1], axis.unit) == (1e-12, 1e-9, "s")
    for k, value in enumerate(axis.values):
        assert value == float(f"{1e-12 * 1000 ** (k / 11):.5e}")


def test_linear_ranges_of_whole_entries_are_whole_and_differ():
    assert axis_of("noise.width", "8:12:lin9").values == (8, 9, 10, 11, 12)
    assert all(
        type(value) is int for value in axis_of("noise.width", "8:12:lin3").values
    )


def test_lists_are_numbers_quantities_or_text():
    assert axis_of("fabric.clock_hz", "15 MHz,3e7").values == (15e6, 3e7)
    assert axis_of("synapse.weights", "s[4][1], s[2][1]").values == (
        "s[4][1]",
        "s[2][1]",
    )
    assert axis_of("noise.sharing", "1,all").values == (1, "all")
    assert axis_of("spread.slope", np.array([0.0, 0.5])).values == (0.0, 0.5)
    assert axis_of("spread.slope", 0.25).values == (0.25,)
    assert not axis_of("noise.sharing", "1,all").numeric


def test_types_of_columns_follow_from_the_entries():
    entries = (
        "synapse.tau_s",
        "noise.width",
        "noise.sharing",
        "device.kind",
        "limits.bits",
    )
    types = [sql_type(entry) for entry in entries]
    assert types == ["REAL", "INTEGER", "TEXT", "TEXT", "TEXT"]
    assert is_whole("noise.width")
    assert not is_whole("spread.slope")


@pytest.mark.parametrize(
    ("entry", "values", "message"),
    [
        ("noise.width", "8:16", "or a range LOW:HIGH:HOW .* not '8:16'"),
        ("noise.width", "8:16:log1", "two values at least, not 1"),
        ("noise.width", "8.5:16:lin", "must be whole numbers, not '8.5:16:lin'"),
        ("noise.width", "a:b:lin", "ends of noise.width must be numbers, not 'a'"),
        ("noise.width", "16:8:lin", "must rise, not '16:8:lin'"),
        ("spread.slope", "0:1:log", "must rise, from above 0, not '0:1:log'"),
        ("spread.slope", "1s:2V:lin", "must have one unit, not s and V"),
        ("spread.slope", "", "values of spread.slope must be values apart by commas"),
        ("spread.slope", "0.1,0.1", "0.1 is there twice"),
        (
            "spread.slope",
            [math.nan],
            "must be numbers, text or lists of these, not nan",
        ),
        ("spread.slop", "1", "spread.slop: .*did you mean 'slope'"),
        ("spred.slope", "1", "spred.slope: is of no table .*did you mean 'spread'"),
        ("synapse.tau_s", "1ps", "synapse.tau_s: is not an entry of this design"),
        ("name", "a,b", "name: is of no table"),
    ],
)
def test_wrong_axes_are_refused(entry, values, message):
    with pytest.raises((DesignError, TypeError, ValueError), match=message):
        read_axes({entry: values}, DIGITAL)


def test_entries_of_other_kinds_may_vary_with_the_kind():
    axes = read_axes({"synapse.kind": "mac,delay", "synapse.tau_s": "1ps"}, DIGITAL)
    assert [axis.entry for axis in axes] == ["synapse.kind", "synapse.tau_s"]


@pytest.mark.parametrize("name", shipped_designs())
def test_what_follows_from_other_entries_is_left_out_and_nothing_else(name):
    design = load_design(name)
    assert load_design(lean(design)) == design


def test_a_register_of_another_width_gets_its_own_taps():
    table = lean(DIGITAL)
    table["noise"]["width"] = 64
    assert load_design(table).noise.taps == (64, 63, 61, 60)


AXES = (
    Axis("a", low=1.0, high=1000.0, log=True),
    Axis("b", values=("x", "y", "z")),
    Axis("c", low=-2.0, high=5.0, whole=True),
)


def test_grids_are_all_combinations_the_last_axis_fastest():
    axes = (Axis("a", values=(1, 2)), Axis("b", values=("x", "y", "z")))
    found = plans.grid(axes)
    assert found == [{"a": a, "b": b} for a in (1, 2) for b in "xyz"]
    assert plans.grid(()) == [{}]


def test_grids_of_continuous_ranges_or_of_millions_are_refused():
    with pytest.raises(ValueError, match="values of a must be a list"):
        plans.grid(AXES)
    large = Axis("a", values=tuple(range(10_000)))
    with pytest.raises(ValueError, match="at most 10,000,000 points, not 100,000,000"):
        plans.grid((large, Axis("b", values=large.values)))


def test_longer_random_plans_begin_with_the_shorter_ones():
    seed = np.random.SeedSequence(5)
    assert plans.random(AXES, 30, seed)[:10] == plans.random(AXES, 10, seed)


@given(st.integers(1, 40), st.integers(0, 100))
def test_latin_hypercubes_hit_every_share_of_every_axis_once(count, seed):
    axes = (Axis("a", low=0.0, high=1.0), Axis("b", values=tuple(range(count))))
    found = plans.latin(axes, count, np.random.SeedSequence(seed))
    # Six digits may round a draw onto its share's end: a millionth of slack.
    shares = sorted(point["a"] * count for point in found)
    assert all(k - 1e-4 <= share <= k + 1 + 1e-4 for k, share in enumerate(shares))
    assert sorted(point["b"] for point in found) == list(range(count))


@given(st.floats(0, 1, exclude_max=True))
def test_values_stay_on_their_axes(share):
    assert 1.0 <= AXES[0].at(share) <= 1000.0
    assert AXES[1].at(share) in ("x", "y", "z")
    assert AXES[2].at(share) in range(-2, 6)


def test_whole_ranges_give_each_number_its_share():
    found = [AXES[2].at((k + 0.5) / 800) for k in range(800)]
    assert [found.count(number) for number in range(-2, 6)] == [100] * 8


def test_ends_are_the_design_and_each_axis_at_its_first_and_last_value():
    found = plans.ends(AXES[:2])
    assert found == [{}, {"a": 1.0}, {"a": 1000.0}, {"b": "x"}, {"b": "z"}]

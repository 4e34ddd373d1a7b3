"""Fixed point: the numbers of a format, errors as counted by hand, bounds that hold."""

import numpy as np
import pytest

import compilers
from compilers import passes
from pbit import IsingModel, exact
from pbit.limits import FixedPoint, Limits
from tests.compilers.passes.small import ground, program_of, random_ising


def test_a_format_has_the_numbers_that_its_bits_spell():
    fmt = FixedPoint.parse("s[2][1]")
    numbers = [sign * k / 2 for sign in (-1, 1) for k in range(8)]
    assert fmt.bits == 4
    assert (fmt.step, fmt.largest) == (0.5, 3.5)
    values = np.linspace(-6, 6, 241)
    nearest = [min(numbers, key=lambda x: abs(x - v)) for v in values]
    np.testing.assert_allclose(
        np.abs(fmt.round(values) - values), np.abs(nearest - values)
    )
    assert set(fmt.round(values)) == set(numbers)
    assert str(fmt) == "s[2][1]"
    assert FixedPoint.parse(fmt) is fmt


@pytest.mark.parametrize(
    "text", ["4.1", "s[4]", "s[-1][2]", "s[0][0]", "s[40][40]", ""]
)
def test_what_is_no_format_is_refused(text):
    with pytest.raises(ValueError, match="fixed-point format must"):
        FixedPoint.parse(text)


def test_limits_are_checked_at_the_door():
    assert Limits(bits="s[4][1]").fixed_point == FixedPoint(4, 1)
    with pytest.raises(ValueError, match="fan_in must be at least 1, not 0"):
        Limits(fan_in=0)
    with pytest.raises(TypeError, match="topology must be a name or a networkx graph"):
        Limits(topology=3)
    with pytest.raises(TypeError, match="must be a string as 's"):
        Limits(bits=6)


def test_errors_are_those_counted_by_hand():
    model = IsingModel({(0, 1): 1.3, (1, 2): -20.0, (0, 2): 0.1}, [0.5, 0, -0.3])
    report = passes.quantize(program_of(model), "s[4][1]", scale=1).passes[-1]
    off = [0.2, 4.5, 0.1, 0.0, 0.2]  # 1.5, -15.5, 0, 0.5, -0.5
    assert report["error_max"] == pytest.approx(4.5)
    assert report["error_rms"] == pytest.approx(np.sqrt(np.mean(np.square(off))))
    assert (report["saturated"], report["vanished"]) == (1, 1)
    assert report["excess_bound"] == pytest.approx(2 * sum(off))


def test_the_automatic_factor_loses_nothing_where_nothing_has_to_be_lost():
    thirds = IsingModel({(0, 1): 1 / 3, (1, 2): -2 / 3}, [4 / 3, 0, 0])
    result = passes.quantize(program_of(thirds), "s[4][1]")
    report = result.passes[-1]
    assert report["error_max"] == 0
    assert report["energy_factor"] == pytest.approx(1.5)
    assert sorted(result.model.J.data) == [-1.0, -1.0, 0.5, 0.5]
    assert report["distribution"]["tv"] < 1e-12
    large = IsingModel({(0, 1): 40.0, (1, 2): -3.0})
    assert passes.quantize(program_of(large), "s[4][1]").model.J.max() == 15.5
    fine = passes.quantize(compilers.gate("AND"), "s[4][1]").passes[-1]
    assert (fine["energy_factor"], fine["exact"]) == (1.0, True)


@pytest.mark.parametrize("seed", range(60))
def test_what_becomes_of_ground_states_is_reported_and_bounded(seed):
    model = random_ising(6, seed, whole=False)
    result = passes.quantize(program_of(model), "s[2][1]")
    report = result.passes[-1]
    before, after = ground(model), ground(result.model)
    excess = model.energy(list(after)).max() - exact.ground_energy(model)
    assert excess <= report["excess_bound"] + 1e-9
    assert (report["ground_states"] == "kept") == (before == after)
    if before != after:
        assert report["ground"]["excess"] == pytest.approx(excess)
        assert report["ground"]["gained"] == len(after - before)
    assert result.exact == (before == after)


def test_above_twenty_pbits_the_bound_is_what_is_known():
    model = random_ising(24, seed=1, whole=False)
    report = passes.quantize(program_of(model), "s[3][1]").passes[-1]
    assert report["ground_states"] == "unknown"
    assert not report["exact"]
    assert report["distribution"] is None
    assert report["excess_bound"] > 0


def test_many_bits_are_as_good_as_all():
    model = random_ising(6, seed=3, whole=False)
    result = passes.quantize(program_of(model), "s[4][48]", scale=1)
    assert result.passes[-1]["error_max"] <= 2.0**-48
    np.testing.assert_allclose(result.model.J.toarray(), model.J.toarray(), atol=1e-14)


def test_scaling_multiplies_energies_and_keeps_the_distribution():
    program = compilers.adder(1, cin=True)
    tenth = passes.scale(program, 0.1)
    states = exact.ground_states(program.model)
    np.testing.assert_allclose(
        tenth.model.energy(states), 0.1 * program.model.energy(states)
    )
    assert passes.compare(tenth, 1.3)["tv"] < 1e-12
    assert tenth.provenance["ground_energy"] == pytest.approx(-0.4)
    unit = passes.scale(program, largest=1.0)
    assert np.abs(unit.model.J.data).max() == 1.0
    with pytest.raises(TypeError, match="a factor or the largest weight"):
        passes.scale(program, 1.0, largest=2.0)
    with pytest.raises(ValueError, match="factor must be above 0, not 0"):
        passes.scale(program, 0)
    with pytest.raises(ValueError, match="cannot be scaled to a largest one"):
        passes.scale(program_of(IsingModel({}, [0.0])), largest=1)


def test_settings_that_are_none_are_refused():
    program = compilers.gate("AND")
    with pytest.raises(ValueError, match="scale must be a factor above 0 or 'auto'"):
        passes.quantize(program, "s[4][1]", scale="best")
    with pytest.raises(ValueError, match="scale must be above 0"):
        passes.quantize(program, "s[4][1]", scale=0)

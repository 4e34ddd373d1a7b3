"""Scaling by nominal times, and what reports say beside numbers."""

import pytest

import hardware
from hardware.evaluation import notes
from hardware.evaluation.scaling import scale

TAU = 1e-9
IDEAL = {"name": "x", "device": {"kind": "ideal", "tau_n": TAU}}


def design(**parts):
    return hardware.load_design(IDEAL | parts)


@pytest.mark.parametrize(
    ("fabric", "exponent", "rate"),
    [
        ({"kind": "autonomous"}, 1.0, 64 / TAU),
        ({"kind": "sequential"}, 0.0, 1 / TAU),
        ({"kind": "chromatic"}, 1.0, 64 / TAU),
        ({"kind": "masked", "probability": 0.25}, 1.0, 16 / TAU),
        ({"kind": "time-multiplexed", "physical": 4}, 0.0, 4 / TAU),
    ],
)
def test_rates_grow_with_the_number_of_pbits_as_the_fabric_says(fabric, exponent, rate):
    found = scale(design(fabric=fabric), sizes=(64, 512), degrees=())
    assert found.exponent == pytest.approx(exponent)
    first = found.by_pbits[0].figures
    assert first["updates_per_second"].value == pytest.approx(rate)
    assert first["seconds_per_sweep"].value == pytest.approx(64 / rate)


def test_area_and_transistors_grow_with_couplings():
    size = {"area_per_pbit": 2.0, "area_per_weight": 0.5, "transistors_fixed": 7}
    found = scale(design(size=size), sizes=(64,), degrees=(3, 6))
    areas = [point.figures["area"].value for point in found.by_degree]
    # Every p-bit hears its degree in couplings, and its bias.
    assert areas == pytest.approx([64 * (2 + 0.5 * 4), 64 * (2 + 0.5 * 7)])
    assert found.by_pbits[0].figures["transistors"].value == 7
    assert "power" not in found.by_pbits[0].figures
    assert found.exponent is None


def test_power_is_that_of_the_nominal_rate():
    energy = {"per_update": "1 pJ", "static_power": "1 mW"}
    found = scale(design(energy=energy), sizes=(64,), degrees=())
    power = found.by_pbits[0].figures["power"]
    assert power.value == pytest.approx(64 / TAU * 1e-12 + 1e-3)
    assert power.unit == "W"


def test_designs_of_one_circuit_say_why_they_have_no_other_sizes():
    chips = {"parts": [0, 0, 1], "bandwidth_hz": 1e9}
    found = scale(design(chips=chips))
    assert found.by_pbits == ()
    assert "chips" in found.problem
    assert scale(hardware.load_design("pass-chip")).largest == 256


def test_the_loop_has_the_delays_of_its_stages():
    found = notes.loop(design(synapse={"kind": "delay", "tau_s": 0.2 * TAU}))
    assert [stage["seconds"] for stage in found["stages"]] == [TAU, 0.2 * TAU]
    assert found["ratio"] == pytest.approx(0.2)
    found = notes.loop(design(fabric={"kind": "chromatic", "depth": 2}))
    assert found["ratio"] == pytest.approx(2.0)
    chips = {"parts": [0, 1], "bandwidth_hz": 1e9, "latency": 5e-9}
    assert notes.loop(design(chips=chips))["stages"][2]["seconds"] == 5e-9


def test_every_entry_of_a_shipped_design_has_a_unit_or_needs_none():
    pure = {
        "kind",
        "input",
        "activation",
        "entries",
        "bits",
        "weights",
        "beta",
        "width",
    }
    pure |= {"taps", "gate", "sharing", "shift", "probability", "pbits", "fan_in"}
    pure |= {"topology", "jitter", "tau", "uncertainty", "transistors_per_pbit"}
    for name in hardware.shipped_designs():
        for row in notes.parameters(hardware.load_design(name)):
            assert row["unit"] or row["name"].partition(".")[2] in pure, row
            assert row["status"] != "unknown", row

"""Costs: every figure against the sum that it is, with its interval and its source."""

import numpy as np
import pytest

import hardware
import pbit
from hardware.costs import cost
from hardware.machine import Machine
from tests.hardware.machines import GLASS, IDEAL, design_of

ENERGY = {
    "per_update": "20 fJ",
    "per_flip": "5 fJ",
    "static_power": "1 mW",
    "per_memory_bit": "1 fJ",
    "uncertainty": 0.1,
    "source": "a paper",
    "status": "measured",
}
SIZE = {"area_per_pbit": 1e-12, "area_fixed": 1e-9, "transistors_per_weight": 6}


def test_joules_are_split_by_what_they_are_for():
    table = design_of("ideal") | {"energy": ENERGY, "limits": {"bits": "s[4][1]"}}
    run = Machine(GLASS, table, 1).run(1e-6)
    spent = run.cost(GLASS).joules
    values = {name: figure.value for name, figure in spent.items()}
    assert values["updates"] == pytest.approx(20e-15 * run.updates)
    assert values["flips"] == pytest.approx(5e-15 * run.flips)
    assert values["static"] == pytest.approx(1e-9)
    assert values["links"] == 0
    assert values["memory"] == pytest.approx(
        1e-15 * 6 * 6 * run.updates
    )  # 5 and a bias
    assert values["total"] == pytest.approx(sum(values.values()) - values["total"])
    figure = spent["total"]
    assert (figure.status, figure.source, figure.unit) == ("measured", "a paper", "J")
    assert (figure.low, figure.high) == pytest.approx(
        (0.9 * figure.value, 1.1 * figure.value)
    )
    assert run.energy_joules == pytest.approx(values["total"] - values["memory"])
    each = run.cost(GLASS).joules_per_update
    assert each.value == pytest.approx(values["total"] / run.updates)


def test_rates_are_those_of_the_run_and_poisson_counts_scatter():
    run = Machine(GLASS, design_of("ideal"), 1).run(1e-6)
    found = run.cost(GLASS)
    rate = found.updates_per_second
    assert rate.value == run.updates_per_second
    assert rate.low < 6e9 < rate.high  # six p-bits a nanosecond
    assert rate.high - rate.low == pytest.approx(2 * 1.96 * np.sqrt(run.updates) / 1e-6)
    assert (rate.status, found.joules, found.groups) == ("simulated", {}, {})
    assert found.joules_per_update is found.area is found.transistors is None


def test_clamped_pbits_are_not_utilised_and_colours_share_the_hardware():
    star = pbit.IsingModel({(0, k): 1.0 for k in range(1, 5)})
    table = {"name": "x", "device": IDEAL, "fabric": {"kind": "chromatic"}}
    machine = Machine(star, table, 1)
    machine.clamp({1: 1})
    run = machine.run(1.0005e-6)
    found = run.cost(star)
    assert found.utilisation.value == pytest.approx(4 / 5, rel=2e-3)
    shares = sorted(figure.value for figure in found.groups.values())
    assert shares == [0.25, 1.0]
    assert found.updates_per_second.low == found.updates_per_second.high


def test_links_spend_by_the_bit():
    ring = pbit.IsingModel({(i, (i + 1) % 4): 1.0 for i in range(4)})
    table = {
        "name": "x",
        "device": IDEAL,
        "chips": {
            "parts": [0, 0, 1, 1],
            "bandwidth_hz": 1e9,
        },
        "energy": {"per_link_bit": "2 pJ"},
    }
    found = cost(ring, table, updates=10, flips=1, elapsed=1e-6)
    # Both links are always busy: 1e9 bits a second each.
    assert found.joules["links"].value == pytest.approx(2 * 1e9 * 1e-6 * 2e-12)


def test_size_counts_pbits_and_weights():
    table = design_of("ideal") | {
        "size": SIZE | {"uncertainty": 0.5, "status": "projected"}
    }
    found = cost(GLASS, table, updates=1, flips=0, elapsed=1e-9)
    assert found.area.value == pytest.approx(6e-12 + 1e-9)
    assert found.transistors.value == 6 * (30 + 6)
    assert (found.transistors.low, found.transistors.high) == (108, 324)
    assert found.area.status == "projected"
    assert set(found.to_dict()["area"]) == {
        "value",
        "low",
        "high",
        "unit",
        "status",
        "source",
    }
    assert str(found.transistors) == "216 (108 to 324), projected"


@pytest.mark.parametrize("name", hardware.shipped_designs())
def test_every_shipped_design_has_a_cost(name):
    if hardware.load_design(name).chips is None:
        found = cost(GLASS, name, updates=100, flips=10, elapsed=1e-6)
        for figure in found.figures().values():
            assert figure.low <= figure.value <= figure.high
            assert figure.status in (
                "measured",
                "simulated",
                "projected",
                "design",
                "assumed",
            )


def test_wrong_arguments_are_refused():
    with pytest.raises(ValueError, match="elapsed must be a time > 0"):
        cost(GLASS, design_of("ideal"), updates=1, flips=1, elapsed=0.0)
    run = Machine(GLASS, design_of("ideal"), 1).run(1e-8)
    with pytest.raises(ValueError, match="the run's 6 p-bits, not 2"):
        run.cost(pbit.IsingModel({(0, 1): 1.0}))


def test_the_function_stays_the_function_after_a_run_was_costed():
    Machine(GLASS, design_of("ideal"), 1).run(1e-8).cost(GLASS)
    assert hardware.cost is cost

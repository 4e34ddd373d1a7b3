"""Published projections: closed forms against others, models against machines."""

import math

import numpy as np
import pytest

import hardware
from hardware.evaluation import instances
from hardware.evaluation.link import fit_knee, link_threshold, slabs, with_links
from hardware.evaluation.published import (
    RATES,
    AutonomousProjection,
    ClockedRate,
    compare_energy,
    delayed_correlation,
    delayed_distance,
    largest_ratio,
)
from hardware.evaluation.speed import Counts, rates
from hardware.evaluation.workloads import Workload
from hardware.machine import Machine
from tests.hardware.markov import delayed_pair


def test_the_delay_law_is_the_one_of_the_renewal_argument():
    for J in (0.5, 1.0, 2.0):
        for x in (0.0, 0.01, 0.1, 1.0, 3.0):
            assert delayed_correlation(J, x) == pytest.approx(
                delayed_pair(J, x), rel=1e-12
            )


def test_the_largest_ratio_is_where_the_law_reaches_the_tolerance():
    for J in (0.5, 2.0):
        ratio = largest_ratio(J, 0.01)
        assert delayed_distance(J, ratio) == pytest.approx(0.01, rel=1e-9)
        assert delayed_distance(J, 0.99 * ratio) < 0.01
    assert math.isinf(largest_ratio(1.0, 0.5))
    a = math.tanh(1.0)
    assert largest_ratio(1.0, 1e-5) == pytest.approx(2e-5 / (a * (1 - a * a)), rel=1e-3)


def test_a_million_magnets_are_a_petaflip_in_20_watts():
    projected = AutonomousProjection()
    assert projected.flips_per_second.value == 1e15
    assert projected.power.value == pytest.approx(20.0)
    assert projected.joules_per_flip.value == pytest.approx(20e-15)
    assert projected.ratio == pytest.approx(0.01)
    assert projected.is_informed(1.0, 0.01)
    assert not AutonomousProjection(tau_s=1e-10).is_informed(1.0, 0.01)


def test_the_projected_machine_flips_at_its_rate_at_zero_input():
    # 512 p-bits, 400 tau_N: 204,800 flips expected, 6 sigma = 1.3 %.
    projected = AutonomousProjection(pbits=512)
    circuit = instances.lattice((8, 8, 8))
    machine = Machine(circuit, projected.design("telegraph"), 1, beta=0.0)
    run = machine.run(until=400 * projected.tau_n)
    assert run.flips_per_second == pytest.approx(
        projected.flips_per_second.value, rel=0.0133
    )
    with pytest.raises(ValueError, match="kind must be one of"):
        projected.design("digital")


def test_clocked_rates_are_those_of_machines():
    circuit = instances.lattice((6, 6, 6))
    model = ClockedRate(circuit.n, 15e6, colors=2)
    need = hardware.account(circuit, "fpga-chromatic")
    assert need.updates_per_second == pytest.approx(model.updates_per_second)
    assert need.ticks_per_sweep == model.colors
    machine = Machine(circuit, "fpga-chromatic", 1)
    run = machine.run(until=(50 + 1e-6) / 15e6)
    assert run.updates == 50 * circuit.n
    serial = ClockedRate(circuit.n, 30e6, colors=2, serial=True)
    assert serial.updates_per_second == model.updates_per_second
    masked = ClockedRate(8100, 125e6, probability=0.25)
    half = hardware.account(instances.lattice((90, 90)), "aws-masked-fpga")
    assert half.updates_per_second == pytest.approx(masked.updates_per_second)


def test_published_rates_are_met():
    for row in RATES:
        assert row.ratio == pytest.approx(1.0, abs=0.02), row.name


def test_digital_pbits_take_about_a_hundred_times_the_energy_of_magnets():
    asic, board = compare_energy(["pegasus-asic-28nm", "fpga-chromatic"])
    assert 30 < asic.ratio.value < 300  # Singh et al.: two orders of magnitude
    assert board.ratio.value > 1000
    assert asic.per_update.status == "measured"
    with pytest.raises(ValueError, match=r"must say energy\.per_update"):
        compare_energy(["pass-chip"])


def test_slabs_are_contiguous_and_links_carry_faces():
    parts = slabs((2, 2, 6), 3)
    assert sorted(set(parts)) == [0, 1, 2]
    circuit = instances.lattice((2, 2, 6), periodic=(True, True, False))
    design = with_links(circuit, parts, 0.5, 1e6)
    # A face has four p-bits: 0.5 rounds a period of 1 us are 2e6 bits a second.
    rates = {row[:2]: row[3] for row in design.chips.links}
    assert rates == dict.fromkeys([(0, 1), (1, 0), (1, 2), (2, 1)], 2e6)
    assert with_links(circuit, parts, math.inf).chips is None


def test_an_evaluation_says_the_eta_of_its_slowest_link():
    circuit = instances.lattice((2, 2, 6), periodic=(True, True, False))
    design = with_links(circuit, slabs((2, 2, 6), 3), 0.5)
    workload = Workload("bar", "optimum", circuit, optimum=-1.0)
    found = rates(workload, design, Counts(100, 10, 1e-6))
    assert found.link_rounds_per_sweep.value == pytest.approx(0.5)
    one = with_links(circuit, (), math.inf)
    assert rates(workload, one, Counts(100, 10, 1e-6)).link_rounds_per_sweep is None


def test_a_planted_knee_is_found():
    x = np.log(np.geomspace(0.01, 10, 9))
    noise = 0.02 * np.random.default_rng(1).normal(size=9)
    knee, slope = fit_knee(x, 0.4 * np.maximum(np.log(0.5) - x, 0) + noise)
    assert math.exp(knee) == pytest.approx(0.5, rel=0.2)
    assert slope == pytest.approx(0.4, rel=0.1)


def test_slow_links_anneal_worse_than_one_chip_and_fast_ones_as_well():
    found = link_threshold(
        (2, 2, 8),
        4,
        etas=(0.01, 0.1, 20.0),
        lengths=(10, 60),
        instances=3,
        runs=6,
        rng=1,
    )
    assert found.ratios[0].low > 1.3
    assert found.ratios[-1].value == pytest.approx(1.0, abs=0.2)
    assert 0.01 < found.knee.value <= 20.0
    assert found.sufficient in (0.1, 20.0)
    with pytest.raises(ValueError, match="etas must be three"):
        link_threshold(etas=(1.0,))

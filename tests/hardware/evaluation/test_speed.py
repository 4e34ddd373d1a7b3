"""Speed and cost: autocorrelation times in closed form, solving times counted by hand."""

import math

import numpy as np
import pytest

import hardware
import pbit
from hardware.costs import Figure
from hardware.evaluation import Workload, evaluate
from hardware.evaluation.cost import price
from hardware.evaluation.figures import of_mean, seeds, simulated, times
from hardware.evaluation.learning import measure_learning
from hardware.evaluation.runs import occupy
from hardware.evaluation.speed import (
    Counts,
    _solved,
    measure_mixing,
    measure_solving,
    rates,
)
from hardware.evaluation.verdict import Requirement, find, judge
from hardware.evaluation.workloads import exact

TAU = 1e-9


def design(**parts):
    device = {"kind": "ideal", "tau_n": TAU}
    return hardware.load_design({"name": "x", "device": device} | parts)


@pytest.mark.parametrize("kind", ["telegraph", "ideal"])
def test_the_autocorrelation_time_of_a_single_pbit_is_known(kind):
    # A telegraph p-bit forgets at the rate 2 cosh(I) / tau, an ideal one at 1 / tau; the
    # integral over both sides of zero is twice the time of that.
    bias = 0.5
    rate = 2 * math.cosh(bias) if kind == "telegraph" else 1.0
    workload = exact("single", pbit.IsingModel(np.zeros((1, 1)), [bias]))
    made = design(device={"kind": kind, "tau_n": TAU})
    base = rates(workload, made, Counts(10, 10, 1.0))
    found = measure_mixing(workload, made, seeds(1), base)
    time = found.autocorrelation_time
    # Within 95 % intervals of one seed, and the 3 % by which steps of a quarter are coarse.
    assert time.low / 1.03 < 2 * TAU / rate < time.high
    assert time.high / time.low < 2.0
    assert found.samples_per_second.value == pytest.approx(1 / time.value)
    assert found.reliable


def test_times_to_solution_are_counted_by_hand():
    model = pbit.IsingModel({(0, 1): 1.0})
    workload = Workload("pair", "optimum", model, optimum=-1.0)
    base = rates(workload, design(), Counts(10, 10, 1.0))
    energies = np.array([[-1.0, 1.0, 1.0, 1.0], [-1.0, -1.0, 1.0, 1.0]])
    found = _solved(workload, base, np.array([1.0, 2.0]), energies, seeds(1))
    short, long = (
        t * math.log(0.01) / math.log(1 - p) for t, p in ((1, 1 / 4), (2, 1 / 2))
    )
    assert found.time_to_solution.value == pytest.approx(min(short, long))
    assert found.success_probability.value == 0.5
    assert found.residual_energy.value == pytest.approx(0.5)  # (0, 0, 2, 2) / 2 p-bits
    assert [row["successes"] for row in found.curve] == [1, 2]
    assert found.at_end


def test_what_is_never_solved_takes_for_ever_and_at_least_so_long():
    model = pbit.IsingModel({(0, 1): 1.0})
    workload = Workload("pair", "optimum", model, optimum=-2.0)  # it has no such state
    found, counts = measure_solving(workload, design(), seeds(1))
    assert math.isinf(found.time_to_solution.value)
    assert found.run_time is None
    assert found.success_probability.value == 0.0
    longest = found.curve[-1]["seconds"]
    assert found.time_to_solution.low > 10 * longest
    with_energy = design(energy={"per_update": "1 pJ"})
    spent = price(workload, with_energy, counts, found)
    assert math.isinf(spent.joules_to_solution.value)


def test_runs_take_the_time_that_the_workload_asks_for():
    model = pbit.IsingModel({(0, 1): 1.0})
    workload = Workload("pair", "optimum", model, optimum=-1.0, until="1 us")
    found, counts = measure_solving(workload, design(), seeds(1))
    assert [row["seconds"] for row in found.curve] == pytest.approx([1e-7, 3e-7, 1e-6])
    assert counts.elapsed == pytest.approx(24 * 1.4e-6)
    assert found.best_energy.value == -1.0
    law = Workload("pair", "exact", model, until="64 us")
    assert occupy(law, design(), seeds(1)).elapsed == pytest.approx(64e-6)


def test_rates_of_clocked_machines_do_not_scatter_and_a_sweep_is_n_updates():
    workload = exact("chain", pbit.IsingModel({(i, i + 1): 1.0 for i in range(3)}))
    clocked = design(
        device={"kind": "ideal"}, fabric={"kind": "chromatic", "clock_hz": "1 MHz"}
    )
    found = rates(workload, clocked, Counts(4000, 1000, 1e-3))
    assert found.updates_per_second.low == found.updates_per_second.high == 4e6
    assert found.sweeps_per_second.value == 1e6
    assert found.flips_per_second.low < 1e6 < found.flips_per_second.high
    free = rates(workload, design(), Counts(4000, 1000, 1e-3))
    assert free.updates_per_second.low < 4e6 < free.updates_per_second.high


def test_costs_are_power_times_time():
    energy = {"per_update": "2 pJ", "per_flip": "1 pJ", "static_power": "1 mW"}
    made = design(
        energy=energy | {"uncertainty": 0.1, "source": "us", "status": "assumed"}
    )
    workload = exact("pair", pbit.IsingModel({(0, 1): 1.0}))
    counts = Counts(2000, 1000, 1e-6)
    speed = rates(workload, made, counts)
    spent = price(workload, made, counts, speed)
    joules = 2e-12 * 2000 + 1e-12 * 1000 + 1e-3 * 1e-6
    assert spent.power["total"].value == pytest.approx(joules / 1e-6)
    assert spent.joules_per_update.value == pytest.approx(joules / 2000)
    assert spent.joules_per_flip.value == pytest.approx(joules / 1000)
    assert spent.joules_per_sample is None
    found = evaluate(
        made, [Workload("p", "exact", workload.circuit, sweeps=5000)], rng=1
    )
    figures = found.results[0].metrics(workload)
    each = figures["joules_per_sample"]
    product = figures["power"].value * figures["autocorrelation_time"].value
    assert each.value == pytest.approx(product)
    assert (each.status, each.unit) == ("assumed", "J")
    assert each.low < 0.9 * each.value < 1.1 * each.value < each.high


def test_intervals_of_products_add_as_squares():
    first = Figure(10.0, 7.0, 13.0, "W", "projected", "a")
    second = Figure(2.0, 1.2, 2.8, "s", "simulated", "b")
    found = times(first, second, "J")
    assert (found.value, found.unit, found.status) == (20.0, "J", "projected")
    assert found.low == pytest.approx(20 * (1 - 0.5))  # 0.3 and 0.4
    assert found.high == pytest.approx(20 * 1.5)
    assert found.source == "a; b"


def test_one_value_alone_has_no_finite_interval():
    assert math.isinf(of_mean([1.0]).high)


@pytest.mark.parametrize(
    ("metric", "ends", "status"),
    [
        ("total_variation", (0.01, 0.02, 0.04), "meets"),
        ("total_variation", (0.06, 0.07, 0.09), "fails"),
        ("total_variation", (0.04, 0.045, 0.09), "undecided"),
        ("success_probability", (0.06, 0.07, 0.09), "meets"),
        ("success_probability", (0.01, 0.02, 0.04), "fails"),
        ("success_probability", (0.04, 0.06, 0.09), "undecided"),
    ],
)
def test_requirements_are_met_by_the_whole_interval_or_not(metric, ends, status):
    low, value, high = ends
    found = find(Requirement(metric, 0.05), "x", simulated(value, low, high))
    assert found.status == status
    assert (found.margin > 0) == ((value < 0.05) == (metric == "total_variation"))
    assert 0.5 <= found.confidence <= 1 or status == "undecided"


def test_an_exact_figure_is_certain_and_an_infinite_one_fails():
    sure = find(Requirement("updates_per_second", 10), "x", simulated(11, 11, 11, "Hz"))
    assert (sure.status, sure.confidence) == ("meets", 1.0)
    never = find(
        Requirement("time_to_solution", 1), "x", simulated(math.inf, 5, math.inf, "s")
    )
    assert (never.status, never.confidence) == ("fails", 1.0)


def test_verdicts_are_as_bad_as_their_worst_finding():
    good, bad, open_ = (
        find(Requirement("total_variation", 0.05), "x", simulated(*ends))
        for ends in ((0.02, 0.01, 0.03), (0.08, 0.07, 0.09), (0.05, 0.01, 0.09))
    )
    assert judge([good, good]).passed
    assert judge([good, open_]).status == "undecided"
    assert judge([good, open_, bad]).status == "fails"
    assert judge([]).status == "undecided"


def test_learning_in_an_ideal_machine_reaches_what_exact_gradients_reach():
    workload = hardware.evaluation.load_workload("learn-and")
    found, counts = measure_learning(workload, design(), seeds(1))
    assert found.kl_elsewhere.value == pytest.approx(found.best.value, rel=0.1)
    assert found.kl.value == pytest.approx(found.best.value, abs=0.03)
    assert found.curve[0]["kl"] > 5 * found.curve[-1]["kl"]
    assert counts.updates > 200_000

"""Machines settle at the laws that are known for them, exactly or in closed form.

Every run is as long as its error budget asks for: with the exact variance of the chain's
time averages (`markov`), noise alone passes the stated distance once in a million. All
laws are written out here; where the published tables are at hand they are held to them
too.
"""

import json
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

import hardware
import pbit
from pbit.coloring import color
from tests.hardware import markov

FALSE_ALARM = 1e-6
TAU = 1e-9  # seconds
# In total variation, or in a correlation: what the slow tests and the quick ones allow.
DISTANCE, QUICK = 0.005, 0.015
TABLES = Path(__file__).parents[2] / "../shared/data/published/timing_laws"

PAIR = ([[0, 1.0], [1.0, 0]], [0.0, 0.0])
AND = ([[0, -1, 2], [-1, 0, 2], [2, 2, 0]], [1, 1, -2])  # 2 = 0 AND 1
TRIANGLE = ([[0, -1, -1], [-1, 0, -1], [-1, -1, 0]], [0.2, 0, -0.1])


@pytest.fixture(
    params=[
        pytest.param(QUICK, id="quick"),
        pytest.param(DISTANCE, id="close", marks=pytest.mark.slow),
    ]
)
def distance(request):
    """How far a machine may be off its law; at twice that it is surely noticed."""
    return request.param


def scaled(model, factor):
    J, h = model
    return factor * np.array(J, float), factor * np.array(h, float)


# Name in the published table -> couplings, biases, tau of each p-bit, kind of copies.
STALE = {
    ("pair_J1", "edge"): (*PAIR, 1.0),
    ("pair_J0.5_bias", "edge"): (scaled(PAIR, 0.5)[0], [0.3, -0.2], 1.0),
    ("pair_J2", "edge"): (*scaled(PAIR, 2), 1.0),
    ("AND_I0_1", "edge"): (*AND, 1.0),
    ("AND_I0_1", "source"): (*AND, 1.0),
    ("AND_I0_0.5", "edge"): (*scaled(AND, 0.5), 1.0),
    ("AND_I0_0.5", "source"): (*scaled(AND, 0.5), 1.0),
    ("triangle_frustrated", "edge"): (*TRIANGLE, 1.0),
    ("triangle_frustrated", "source"): (*TRIANGLE, 1.0),
    ("AND_I0_0.5_unequal_tauN", "edge"): (*scaled(AND, 0.5), (1.0, 2.0, 0.5)),
}
RATIOS = (0.01, 0.03, 0.1, 0.3, 1, 3)
STALE_ROWS = [(*case, s) for case in STALE for s in RATIOS]
DELAYS = [(J, x) for J in (0.5, 1.0, 2.0) for x in (0, *RATIOS)]
INPUTS = (0, 0.25, 0.5, 1, 1.5, 2, 3)


def table(name):
    path = TABLES / "timing_laws.json"
    if not path.exists():
        pytest.skip("../shared/data/published/timing_laws is not there")
    return json.loads(path.read_text())[name]


def build(W, h, device="ideal", tau=1.0, synapse=None, fabric=None, seed=1):
    """A machine of those parts; times are in units of TAU."""
    W = np.asarray(W, float)
    symmetric = np.array_equal(W, W.T)
    circuit = pbit.IsingModel(W, h) if symmetric else pbit.PCircuit(W, h)
    tau_n = (TAU * np.asarray(tau)).tolist()
    design = {
        "name": "law",
        "device": {"kind": device, "tau_n": tau_n},
        "synapse": synapse or {"kind": "instant"},
        "fabric": fabric or {"kind": "autonomous"},
    }
    return hardware.Machine(circuit, design, rng=seed)


def stale(s, copies):
    return {"kind": "stale", "tau_s": s * TAU, "copies": copies}


def assert_law(machine, chain, time, distance):
    occupancy = machine.run(until=time * TAU).occupancy
    assert markov.total_variation(occupancy, chain.law) <= distance


# The oracles themselves.


def test_boltzmann_is_the_law_of_instant_synapses():
    for kind in ("ideal", "telegraph"):
        chain = markov.autonomous(*AND, tau=(1.0, 2.0, 0.5), kind=kind)
        law = pbit.exact.probabilities(pbit.IsingModel(*map(np.array, AND)))
        np.testing.assert_allclose(chain.law, law, atol=1e-12)


def test_variances_of_a_single_telegraph_pbit_are_in_closed_form():
    # Autocorrelation (1 - m^2) e^{-2 t cosh I}, integrated over both sides of zero.
    for bias in INPUTS:
        chain = markov.autonomous([[0.0]], [bias], 1.0, kind="telegraph")
        mean = np.tanh(bias)
        assert chain.law @ [-1, 1] == pytest.approx(mean, abs=1e-12)
        expected = (1 - mean**2) / np.cosh(bias)
        assert chain.variance([-1, 1]) == pytest.approx(expected, rel=1e-9)


def test_variances_of_independent_draws_are_theirs():
    chain = markov.clocked(np.zeros((2, 2)), [0.3, -0.7], [(0, 1)])
    law = chain.law
    np.testing.assert_allclose(
        chain.covariance, np.diag(law) - np.outer(law, law), atol=1e-12
    )


@pytest.mark.parametrize("J", [0.5, 1.0, 2.0])
def test_stale_pairs_have_the_closed_form(J):
    for s in RATIOS:
        chain = markov.autonomous(*scaled(PAIR, J), 1.0, copies="edge", tau_s=s)
        product = np.array([1, -1, -1, 1])
        expected = markov.stale_pair(J, s)
        assert chain.law @ product == pytest.approx(expected, abs=1e-10)


@pytest.mark.parametrize("J", [0.5, 1.0, 2.0])
def test_small_delays_cost_what_the_manual_says(J):
    a, x = np.tanh(J), 1e-5
    assert markov.delayed_pair(J, 0) == pytest.approx(a, abs=1e-12)
    first_order = a - a * (1 - a * a) * x
    assert markov.delayed_pair(J, x) == pytest.approx(first_order, abs=1e-9)


def test_the_published_delay_law_is_the_one_here():
    rows = table("two_pbit_pure_delay")["rows"]
    assert [(row["J"], row["x"]) for row in rows] == DELAYS
    for row in rows:
        ours = markov.delayed_pair(row["J"], row["x"])
        assert ours == pytest.approx(row["corr_exact"], abs=1e-7)


@cache
def stale_chain(name, copies, s):
    J, h, tau = STALE[name, copies]
    return markov.autonomous(J, h, tau, copies=copies, tau_s=s)


def test_the_published_stale_laws_are_the_ones_here():
    published = {
        (
            case["name"],
            case["copy_model"].removeprefix("per_"),
            row["tauS_over_tauN"],
        ): row
        for case in table("stale_copies")["cases"]
        for row in case["rows"]
    }
    assert sorted(published) == sorted(STALE_ROWS)
    for key in STALE_ROWS:
        np.testing.assert_allclose(
            stale_chain(*key).law, published[key]["P"], atol=1e-9
        )


def test_the_published_telegraph_rows_are_the_closed_forms():
    rows = table("telegraph")["rows"]
    assert tuple(row["I"] for row in rows) == INPUTS
    for row in rows:
        bias = row["I"]
        assert row["dwell_plus_over_tauN"] == pytest.approx(np.exp(bias), rel=1e-6)
        assert row["dwell_minus_over_tauN"] == pytest.approx(np.exp(-bias), rel=1e-6)
        assert row["mean_m"] == pytest.approx(np.tanh(bias), abs=1e-7)
        time = 0.5 / np.cosh(bias)
        assert row["autocorr_time_over_tauN"] == pytest.approx(time, rel=1e-6)


# Delays.


@pytest.mark.parametrize(("J", "x"), DELAYS)
def test_delayed_pairs_lose_correlation_by_the_law(J, x, distance):
    # Variance of the correlation's time average, times time: at most 2 up to delays of
    # 1, 16 at 3 (a long delay repeats itself); the batches below show that it holds.
    variance = 2.0 if x <= 1 else 16.0
    deviations = markov.deviations_for(FALSE_ALARM, 1)
    time = variance * (deviations / distance) ** 2
    synapse = {"kind": "delay", "tau_s": x * TAU} if x else None
    machine = build(*scaled(PAIR, J), synapse=synapse)
    machine.run(until=20 * (1 + x) * TAU)
    ends = machine.env.now + time * TAU * np.arange(1, 33) / 32
    product = np.array([1, -1, -1, 1])
    batches = np.array([machine.run(until=end).occupancy @ product for end in ends])
    assert batches.var(ddof=1) * time / 32 < 2 * variance
    assert abs(batches.mean() - markov.delayed_pair(J, x)) <= distance


# Stale copies.


def stale_run(name, copies, s, most_events):
    """A machine, its chain, and the time that reaches DISTANCE, or that events allow."""
    J, h, tau = STALE[name, copies]
    chain = stale_chain(name, copies, s)
    machine = build(J, h, tau=tau, synapse=stale(s, copies))
    n_copies = np.count_nonzero(J) if copies == "edge" else len(h)
    rate = (1 / np.broadcast_to(tau, len(h))).sum() + n_copies / s
    enough = markov.time_for(chain, DISTANCE, FALSE_ALARM)
    time = min(enough, most_events / rate)
    return machine, chain, time, DISTANCE * np.sqrt(enough / time)


@pytest.mark.parametrize(("name", "copies", "s"), STALE_ROWS)
def test_stale_copies_settle_at_their_law(name, copies, s):
    # With 2 million events a row, the distance is below 0.02 for a third of the rows,
    # 0.04 for the median and 0.3 where copies are fresh and the model slow; the slow
    # twin below gives every row its 0.005.
    assert_law(*stale_run(name, copies, s, most_events=2e6))


@pytest.mark.slow
@pytest.mark.parametrize(("name", "copies", "s"), STALE_ROWS)
def test_stale_copies_settle_at_their_law_closely(name, copies, s):
    machine, chain, time, distance = stale_run(name, copies, s, most_events=np.inf)
    assert distance == DISTANCE
    assert_law(machine, chain, time, distance)


@pytest.mark.parametrize("copies", ["edge", "source"])
def test_stale_telegraph_pbits_settle_at_their_law(copies, distance):
    tau = (1.0, 2.0, 0.5)
    J, h = scaled(AND, 0.5)
    chain = markov.autonomous(J, h, tau, "telegraph", copies, tau_s=0.7)
    time = markov.time_for(chain, 2 * distance, FALSE_ALARM)
    machine = build(J, h, "telegraph", tau, stale(0.7, copies))
    assert_law(machine, chain, time, 2 * distance)


# Telegraph p-bits.


@pytest.fixture(scope="module")
def telegraphs():
    """One machine of unconnected telegraph p-bits of every input, and its log."""
    machine = build(np.zeros((7, 7)), INPUTS, "telegraph", seed=5)
    return machine.run(until=1.5e6 * TAU, record=True)


def series(run, i):
    """Times of p-bit i's flips and the states that it then took, time in TAU."""
    chosen = run.log.pbits == i
    return run.log.times[chosen] / TAU, run.log.states[chosen]


@pytest.mark.parametrize("i", range(7))
def test_telegraph_dwell_times_are_exponential_of_the_stated_mean(telegraphs, i):
    # At least 70 000 dwells a state: 2 % are 5.3 standard deviations of their mean.
    times, states = series(telegraphs, i)
    assert (states[1:] == -states[:-1]).all()  # it only ever flips
    dwells = np.diff(times)
    for state in (-1, 1):
        some = dwells[states[:-1] == state]
        mean = np.exp(INPUTS[i] * state)
        assert some.size > 70_000
        assert some.mean() == pytest.approx(mean, rel=0.02)
        assert stats.kstest(some / mean, "expon").pvalue > FALSE_ALARM


@pytest.mark.parametrize("i", range(7))
def test_telegraph_means_are_tanh(telegraphs, i):
    # Variance times time (1 - tanh^2 I) / cosh I: 2 % are 4.9 deviations or more.
    mean = np.tanh(INPUTS[i])
    noise = np.sqrt((1 - mean**2) / np.cosh(INPUTS[i]) / 1.5e6)
    tolerance = markov.deviations_for(FALSE_ALARM, 1) * noise
    assert tolerance <= 0.02 * max(mean, 0.25)
    assert abs(telegraphs.magnetization[i] - mean) <= tolerance


@pytest.mark.parametrize("i", range(5))
def test_telegraph_memory_fades_at_the_stated_rate(telegraphs, i):
    times, states = series(telegraphs, i)
    correlation_time = 0.5 / np.cosh(INPUTS[i])
    samples = np.arange(times[0] + 1e-6, times[-1], correlation_time)
    m = states[np.searchsorted(times, samples, side="right") - 1].astype(float)
    m -= np.tanh(INPUTS[i])
    fraction = (m[1:] * m[:-1]).mean() / (m * m).mean()
    # At least 300 000 dwells in the rarer state: 2 % are more than 5 deviations.
    assert -1 / np.log(fraction) == pytest.approx(1.0, rel=0.02)


# Boltzmann, where it is promised, and other clocks.

RNG = np.random.default_rng(20)


def random_symmetric(n):
    J = np.triu(RNG.normal(size=(n, n)), 1)
    return J + J.T, RNG.normal(size=n) / 2


MODELS = {
    "pair": PAIR,
    "and": scaled(AND, 0.5),
    "triangle": TRIANGLE,
    "random-3": random_symmetric(3),
    "random-4": random_symmetric(4),
}


def colours(J):
    return [tuple(map(int, c)) for c in color(pbit.IsingModel(np.array(J))).classes]


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("fabric", ["sequential", "chromatic"])
def test_sequential_and_chromatic_machines_are_boltzmann(name, fabric, distance):
    J, h = map(np.array, MODELS[name])
    singles = [(i,) for i in range(len(h))]
    groups = singles if fabric == "sequential" else colours(J)
    chain = markov.clocked(J, h, groups)
    law = pbit.exact.probabilities(pbit.IsingModel(J, h))
    np.testing.assert_allclose(chain.law, law, atol=1e-12)
    ticks = np.ceil(markov.time_for(chain, distance, FALSE_ALARM))
    time = ticks + 0.5 if fabric == "sequential" else (ticks + 0.5) / len(groups)
    assert_law(build(J, h, fabric={"kind": fabric}), chain, time, distance)


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("device", ["ideal", "telegraph"])
@pytest.mark.parametrize("equal", [True, False])
def test_autonomous_machines_are_boltzmann(name, device, equal, distance):
    J, h = map(np.array, MODELS[name])
    tau = 1.0 if equal else np.linspace(0.5, 2.0, len(h))
    chain = markov.autonomous(J, h, tau, device)
    law = pbit.exact.probabilities(pbit.IsingModel(J, h))
    np.testing.assert_allclose(chain.law, law, atol=1e-12)
    time = markov.time_for(chain, distance, FALSE_ALARM)
    assert_law(build(J, h, device, tau), chain, time, distance)


def test_beta_scales_the_energy(distance):
    J, h = map(np.array, MODELS["random-3"])
    chain = markov.autonomous(0.6 * J, 0.6 * h, 1.0)
    machine = build(J, h)
    machine.beta = 0.6
    time = markov.time_for(chain, distance, FALSE_ALARM)
    assert_law(machine, chain, time, distance)


def test_a_clamp_leaves_the_conditional_law(distance):
    J, h = map(np.array, MODELS["random-4"])
    machine = build(J, h)
    machine.clamp({1: -1, 3: 1})
    given = h[[0, 2]] + J[[0, 2]] @ [0, -1, 0, 1]
    chain = markov.autonomous(J[np.ix_([0, 2], [0, 2])], given, 1.0)
    time = markov.time_for(chain, distance, FALSE_ALARM)
    occupancy = machine.run(until=time * TAU).occupancy.reshape(2, 2, 2, 2)
    assert occupancy.sum() == pytest.approx(occupancy[1, :, 0, :].sum())
    free = occupancy[1, :, 0, :].ravel()
    assert markov.total_variation(free, chain.law) <= distance


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("probability", [1.0, 0.5, 0.1])
def test_simultaneous_updates_have_their_own_law(name, probability, distance):
    J, h = map(np.array, MODELS[name])
    chain = markov.clocked(J, h, [range(len(h))], probability)
    distance = distance if probability > 0.2 else 2 * distance
    ticks = np.ceil(markov.time_for(chain, distance, FALSE_ALARM))
    fabric = {"kind": "masked", "probability": probability}
    if probability == 1.0:
        fabric = {"kind": "synchronous"}
    assert_law(build(J, h, fabric=fabric), chain, ticks + 0.5, distance)


@pytest.mark.parametrize("J", [0.5, 1.0, 2.0])
def test_pairs_decouple_when_synchronous_and_do_not_when_sequential(J):
    product = np.array([1, -1, -1, 1])
    for kind, groups, law in (
        ("synchronous", [(0, 1)], 0.0),
        ("sequential", [(0,), (1,)], np.tanh(J)),
    ):
        chain = markov.clocked(*scaled(PAIR, J), groups)
        deviations = markov.deviations_for(FALSE_ALARM, 1)
        ticks = np.ceil(chain.variance(product) * (deviations / 0.01) ** 2)
        machine = build(*scaled(PAIR, J), fabric={"kind": kind})
        occupancy = machine.run(until=(ticks + 0.5) * TAU).occupancy
        assert occupancy @ product == pytest.approx(law, abs=0.01)


@pytest.mark.parametrize("periods", [1, 2, 3])
def test_synchronous_machines_with_delays_of_whole_periods_keep_the_synchronous_law(
    periods, distance
):
    # d interleaved copies of one chain: the same law, d times the variance at most.
    J, h = map(np.array, MODELS["random-3"])
    chain = markov.clocked(J, h, [range(3)])
    ticks = np.ceil(periods * markov.time_for(chain, distance, FALSE_ALARM))
    synapse = {"kind": "delay", "tau_s": (periods - 1e-6) * TAU}
    machine = build(J, h, synapse=synapse, fabric={"kind": "synchronous"})
    assert_law(machine, chain, ticks + 0.5, distance)


DIRECTED = ([[0, 0.8], [-1.2, 0]], [0.2, -0.4])  # 0 hears 1, 1 hears the opposite of 0


@pytest.mark.parametrize(
    ("device", "fabric"),
    [
        ("ideal", "autonomous"),
        ("telegraph", "autonomous"),
        ("ideal", "sequential"),
        ("ideal", "synchronous"),
    ],
)
def test_directed_pairs_have_the_law_of_their_chain(device, fabric, distance):
    W, h = DIRECTED
    if fabric == "autonomous":
        chain = markov.autonomous(W, h, 1.0, device)
    else:
        groups = [(0,), (1,)] if fabric == "sequential" else [(0, 1)]
        chain = markov.clocked(W, h, groups)
    time = np.ceil(markov.time_for(chain, distance, FALSE_ALARM)) + 0.5
    machine = build(W, h, device, fabric={"kind": fabric})
    assert_law(machine, chain, time, distance)


def test_wrong_laws_are_noticed():
    """A temperature 5 % off, or a synapse a tenth of tau late, is seen at this length."""
    J, h = map(np.array, MODELS["random-3"])
    chain = markov.autonomous(J, h, 1.0)
    time = markov.time_for(chain, DISTANCE, FALSE_ALARM)
    hot = build(J, h)
    hot.beta = 0.95
    late = build(J, h, synapse={"kind": "delay", "tau_s": 0.1 * TAU})
    for machine in (hot, late):
        with pytest.raises(AssertionError):
            assert_law(machine, chain, time, DISTANCE)

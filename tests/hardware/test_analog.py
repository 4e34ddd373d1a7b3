"""What relaxes: closed forms and quadratures against textbook integrators, and their laws."""

import itertools
import math

import numpy as np
import pytest
from scipy.integrate import quad, solve_ivp
from scipy.optimize import brentq
from scipy.special import expit

import hardware
import pbit
from hardware.engines import analog
from hardware.engines.analog import FLIP, LOOK, REDRAW
from tests.hardware import markov

TAU = 1e-9


# Scalar functions.


def cases(seed, count):
    """Random relaxing inputs: (base, excess, tau_rc, m, budget, tau)."""
    rng = np.random.default_rng(seed)
    for _ in range(count):
        yield (
            rng.normal() * 2,
            rng.normal() * rng.choice([0, 0.1, 3, 12]),
            10.0 ** rng.uniform(-2, 1.5),
            int(rng.choice([-1, 1])),
            rng.exponential(),
            10.0 ** rng.uniform(-0.5, 0.5),
        )


def flip_after(budget, base, excess, tau_rc, m, tau):
    """What a telegraph p-bit does: look again and again, then flip."""
    elapsed = 0.0
    for _ in range(100_000):
        wait, what = analog.next_flip(budget, base, excess, tau_rc, m, tau)
        elapsed += wait
        if what == FLIP:
            return elapsed
        budget -= analog.hazard(base, excess, tau_rc, m, tau, wait)
        excess *= math.exp(-wait / tau_rc)
    pytest.fail("it looks for ever")


def test_hazards_are_spent_when_their_integral_says():
    for base, excess, tau_rc, m, budget, tau in cases(1, 150):
        wait = flip_after(budget, base, excess, tau_rc, m, tau)

        def rate(s, of=(base, excess, tau_rc, m, tau)):
            base, excess, tau_rc, m, tau = of
            return math.exp(-m * (base + excess * math.exp(-s / tau_rc))) / tau

        knots = np.unique(np.clip(tau_rc * np.geomspace(1e-3, 40, 12), 0, wait))
        edges = np.concatenate([[0.0], knots, [wait]])
        pieces = [
            quad(rate, low, high, epsabs=0, epsrel=1e-11, limit=200)[0]
            for low, high in itertools.pairwise(edges)
            if high > low
        ]
        assert sum(pieces) == pytest.approx(budget, rel=1e-9)


def level_path(level, base, excess, tau_rc, tau_t, until):
    """The level, by an integrator that knows nothing of events."""

    def slope(t, r):
        return (np.tanh(base + excess * np.exp(-t / tau_rc)) - r) / tau_t

    return solve_ivp(
        slope,
        (0, until),
        [level],
        rtol=1e-10,
        atol=1e-12,
        dense_output=True,
        max_step=min(tau_t, tau_rc) / 2,
    ).sol


def cross_after(level, resistance, m, base, excess, tau_rc, tau_t, until):
    """What a transistor p-bit does until it crosses, infinite after `until`."""
    elapsed = 0.0
    while elapsed < until:
        wait, what = analog.next_crossing(
            level, resistance, m, base, excess, tau_rc, tau_t
        )
        if what == FLIP:
            return elapsed + wait
        level = analog.level_after(level, base, excess, tau_rc, tau_t, wait)
        excess *= math.exp(-wait / tau_rc)
        elapsed += wait
    return math.inf


def test_levels_cross_where_an_integrator_says():
    rng = np.random.default_rng(2)
    crossed = dipped = 0
    for base, excess, _, _, _, _ in cases(3, 250):
        tau_t, tau_rc = 1.0, float(rng.choice([0.3, 1.0, 4.0]))
        level, resistance = rng.uniform(-1, 1, 2)
        m, until = (1 if level > resistance else -1), 8.0
        path = level_path(level, base, excess, tau_rc, tau_t, until)
        times = np.linspace(0, until, 4001)
        side = m * (path(times)[0] - resistance)
        expected = math.inf
        if (side < 0).any():
            k = int(np.argmax(side < 0))
            expected = brentq(
                lambda t, path=path, R=resistance: path(t)[0] - R,
                times[k - 1],
                times[k],
            )
            crossed += 1
            dipped += bool((side[k:] > 0).any())
        found = cross_after(level, resistance, m, base, excess, tau_rc, tau_t, until)
        if min(expected, found) > until or np.abs(side[1:]).min() < 1e-6:
            continue
        assert found == pytest.approx(expected, abs=1e-6)
    assert crossed > 50
    assert dipped > 0  # there and back


def test_a_dip_within_one_stretch_is_seen():
    # The goal starts below the resistance and ends above it; the level only just dips.
    level, base, excess, tau_rc, tau_t = 0.0, 0.2, -0.45, 0.5, 1.0
    path = level_path(level, base, excess, tau_rc, tau_t, 2.0)
    lowest = path(np.linspace(0, 2, 20001))[0].min()
    end = min(analog.stretch(excess, tau_rc, 0.5), tau_t)
    assert path(end)[0] > lowest + 1e-4
    just_above, just_below = lowest + 1e-6, lowest - 1e-6
    found, what = analog.next_crossing(
        level, just_above, 1, base, excess, tau_rc, tau_t
    )
    assert what == FLIP
    assert path(found)[0] == pytest.approx(just_above, abs=1e-9)
    _, what = analog.next_crossing(level, just_below, 1, base, excess, tau_rc, tau_t)
    assert what == LOOK


def test_settled_inputs_have_closed_forms():
    wait, what = analog.next_crossing(0.5, 0.1, 1, -1.0, 0.0, 1.0, 2.0)
    goal = math.tanh(-1.0)
    assert what == FLIP
    assert wait == pytest.approx(2 * math.log((0.5 - goal) / (0.1 - goal)))
    assert analog.next_crossing(0.5, 0.1, 1, 1.0, 0.0, 1.0, 2.0) == (math.inf, FLIP)
    wait, what = analog.next_flip(1.5, 0.7, 0.0, 1.0, -1, 2.0)
    assert (wait, what) == (pytest.approx(1.5 * 2 * math.exp(-0.7)), FLIP)
    held = analog.next_of_transistor(0.0, 0.5, 1, True, 3.0, 0.0, 0.0, 1.0, 1.0)
    assert held == (3.0, REDRAW)
    freed = analog.next_of_transistor(0.0, 0.5, 1, False, 3.0, 0.0, 0.0, 1.0, 1.0)
    assert freed == (0.0, FLIP)


# Laws of machines. Distances are in total variation or in means.


def machine_of(circuit, device, synapse=None, rng=1, **rest):
    design = {"name": "analog", "device": device}
    if synapse is not None:
        design["synapse"] = synapse
    return hardware.Machine(circuit, design, rng=rng, **rest)


def transistor(tau_t=0.02, **more):
    return {"kind": "transistor-mtj", "tau_n": TAU, "tau_t": tau_t * TAU, **more}


@pytest.mark.parametrize("bias", [0.0, 0.4, -1.2])
def test_single_transistor_pbits_have_the_mean_of_the_heat_bath(bias):
    # Correlated for tau_n: 1e6 tau_n leave a deviation of 0.0014 at most.
    run = machine_of(pbit.IsingModel([[0.0]], [bias]), transistor()).run(1e6 * TAU)
    assert run.magnetization[0] == pytest.approx(math.tanh(bias), abs=0.008)
    assert run.updates == pytest.approx(1e6, rel=0.006)  # 6 deviations


@pytest.mark.parametrize("pin", [0.5, 1.5])
def test_read_currents_pin_junctions_by_the_boltzmann_factor_of_time(pin):
    # Resistances are uniform when drawn and last in proportion to e^{r pin}.
    bias = 0.3
    device = transistor(i_s=pin * 1e-3, i_s0=1e-3)
    run = machine_of(pbit.IsingModel([[0.0]], [bias]), device).run(1e6 * TAU)
    level = math.tanh(bias)
    up = (math.exp(pin * level) - math.exp(-pin)) / (2 * math.sinh(pin))
    assert run.magnetization[0] == pytest.approx(2 * up - 1, abs=0.02)


def filtered_mean(weight, bias, ratio, function):
    """Mean of a function of bias + weight v, v a symmetric telegraph signal low-passed.

    With flips at the rate k each way and the time constant tau, v has the density
    (1 - v^2)^(k tau - 1) on (-1, 1); `ratio` is k tau.
    """

    def part(angle):  # v = sin(angle) takes the singular ends away
        v = math.sin(angle)
        return math.cos(angle) ** (2 * ratio - 1) * function(bias + weight * v)

    def one(angle):
        return math.cos(angle) ** (2 * ratio - 1)

    edge = math.pi / 2
    return quad(part, -edge, edge)[0] / quad(one, -edge, edge)[0]


@pytest.mark.parametrize("tau_rc", [0.6, 2.0, 5.0])
def test_readers_behind_rc_see_the_law_of_filtered_telegraph_noise(tau_rc):
    # One source, 8 readers of it, all ideal.
    weight, bias, n = 1.3, 0.7, 9
    circuit = pbit.PCircuit(
        {(i, 0): weight for i in range(1, n)}, [0] + [bias] * (n - 1), range(n)
    )
    kind = {"kind": "ideal", "tau_n": TAU}
    flips, tau_source = 0.5, 1.0  # an ideal p-bit draws another state every second time
    machine = machine_of(circuit, kind, {"kind": "rc", "tau_rc": tau_rc * TAU})
    time = 1.5e5
    run = machine.run(time * TAU)
    mean = filtered_mean(weight, bias, flips * tau_rc / tau_source, np.tanh)
    # The source's own average is off by up to 5 sqrt(2 (1 + tau_rc) / time).
    seen = run.magnetization[1:].mean()
    assert seen == pytest.approx(mean, abs=5 * math.sqrt(2 * (1 + tau_rc) / time))
    # It tells the law apart from those of no filter, and of an average for ever.
    assert abs(mean - 0.5 * (np.tanh(2.0) + np.tanh(-0.6))) > 0.02
    assert abs(mean - np.tanh(bias)) > 0.02


def stepped(W, h, device, tau_rc, replicas=10_000, steps=8000, dt=0.005, seed=1):
    """Occupancy of many machines in small steps, by the definitions; times in tau_n.

    The Euler steps of the hazards and of the relaxations cost about dt / 2 of accuracy.
    """
    rng = np.random.default_rng(seed)
    n, tau_t = len(h), 0.3
    m = rng.choice([-1.0, 1.0], (replicas, n))
    voltage = m @ W.T + h
    level = np.tanh(voltage)
    resistance = rng.uniform(-1, 1, (replicas, n))
    counts = np.zeros(2**n)
    for step in range(steps):
        field = m @ W.T + h
        voltage = field + (voltage - field) * math.exp(-dt / tau_rc)
        draw = rng.random((replicas, n))
        if device == "ideal":
            new = np.where(rng.random((replicas, n)) < expit(2 * voltage), 1, -1)
            m = np.where(draw < dt, new, m)
        elif device == "telegraph":
            m = np.where(draw < 1 - np.exp(-dt * np.exp(-m * voltage)), -m, m)
        else:
            goal = np.tanh(voltage)
            level = goal + (level - goal) * math.exp(-dt / tau_t)
            redrawn = rng.uniform(-1, 1, (replicas, n))
            resistance = np.where(draw < dt, redrawn, resistance)
            m = np.where(level > resistance, 1.0, -1.0)
        if step >= steps // 2 and step % 20 == 0:
            counts += np.bincount(markov.number(m.astype(int)), minlength=2**n)
    return counts / counts.sum()


@pytest.mark.slow
@pytest.mark.parametrize("device", ["ideal", "telegraph", "transistor-mtj"])
@pytest.mark.parametrize("tau_rc", [0.2, 1.5])
def test_machines_behind_rc_have_the_law_of_small_steps(device, tau_rc):
    # Directed as well as mutual weights. Noise of both sides is below 0.004 in total
    # variation, the steps' own error 0.003; the distance to Boltzmann (or to no RC) is
    # 0.03 and more, so half of the effect of the synapse would be noticed.
    W = np.array([[0, 1.1, 0], [1.1, 0, -0.8], [0.9, 0, 0]])
    h = np.array([0.3, -0.2, 0.1])
    expected = stepped(W, h, device, tau_rc)
    kind = {"kind": device, "tau_n": TAU}
    if device == "transistor-mtj":
        kind = transistor(tau_t=0.3)
    found = {}
    for synapse in ("rc", "instant"):
        part = {"kind": "rc", "tau_rc": tau_rc * TAU} if synapse == "rc" else None
        machine = machine_of(pbit.PCircuit(W, h), kind, part, rng=7)
        found[synapse] = machine.run(3e5 * TAU).occupancy
    distance = markov.total_variation(found["rc"], expected)
    assert distance < 0.012
    assert markov.total_variation(found["instant"], expected) > 2.5 * distance


# Design 1 beside design 2.

FAST = {"kind": "transistor-mtj", "tau_n": "150 ps", "tau_t": "3 ps"}
MAGNETIC = {"kind": "telegraph", "tau_n": "150 ps"}


def step_response(device, times, n=20_000):
    """Mean state of n p-bits after their input has gone from -5 to 0."""
    source = {(i, n): 2.5 for i in range(n)}
    circuit = pbit.PCircuit(source, [-2.5] * n + [0.0], range(n + 1))
    machine = machine_of(circuit, device, rng=3, initial=[-1] * (n + 1))
    machine.clamp({n: -1})
    machine.run(2e-9)
    machine.clamp({n: 1})
    means = []
    for time in times:
        machine.run(2e-9 + time)
        means.append(machine.state[:n].mean())
    return np.array(means)


def test_design_1_answers_a_step_within_its_transistor_time():
    times = np.array([1, 2, 3, 6, 9, 15, 40]) * 1e-12
    response = step_response(FAST, times)
    # 20 000 p-bits: a deviation of 0.007 at most.
    expected = math.tanh(-5.0) * np.exp(-times / 3e-12)
    np.testing.assert_allclose(response, expected, atol=0.035)
    assert abs(response[times >= 15e-12]).max() < 0.05


def test_design_2_answers_a_step_within_its_magnets_time():
    times = np.array([3, 15, 40, 75, 150, 300]) * 1e-12
    response = step_response(MAGNETIC, times)
    expected = math.tanh(-5.0) * np.exp(-2 * times / 150e-12)
    np.testing.assert_allclose(response, expected, atol=0.035)
    assert response[1] < -0.75  # where design 1 is done


def test_design_1_remembers_for_the_magnets_time():
    # At an input of 0 the state is the sign of the resistance.
    n = 400
    machine = machine_of(pbit.IsingModel(np.zeros((n, n))), FAST, rng=5)
    lags = np.array([0, 30, 75, 150, 300, 600]) * 1e-12
    first = []
    products = np.zeros(len(lags))
    for start in range(200):
        for k, lag in enumerate(lags):
            machine.run(1e-9 + start * 2e-9 + lag)
            if k == 0:
                first = machine.state.astype(int)
            products[k] += (first * machine.state).mean()
    products /= 200  # 80 000 products: a deviation of 0.0035
    np.testing.assert_allclose(products, np.exp(-lags / 150e-12), atol=0.02)


def test_transistors_that_answer_at_once_couple_a_pair_more_strongly():
    """In the limit of fast transistors <m1 m2> = 2 t - t^2 for t = tanh(beta J).

    P-bits whose junctions force neither agree; those that are forced both ways, with a
    chance of (1 - t)^2, agree half of the time.
    """
    device = {"kind": "transistor-mtj", "tau_n": TAU, "tau_t": 1e-4 * TAU}
    pair = pbit.IsingModel({(0, 1): 1.0})
    run = hardware.Machine(pair, {"name": "x", "device": device}, 1, beta=0.5).run(5e-5)
    t = math.tanh(0.5)
    # 5e4 redraws of a p-bit: a standard error of 0.006; Boltzmann's is 0.25 away.
    assert run.occupancy @ [1, -1, -1, 1] == pytest.approx(2 * t - t * t, abs=0.03)

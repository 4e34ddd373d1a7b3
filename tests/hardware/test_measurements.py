"""What runs measure, held against their logs told again in plain Python."""

import numpy as np
import pytest

import pbit
from hardware.machine import Machine
from tests.hardware.machines import (
    GLASS,
    PAIR,
    columns,
    design_of,
    engines,
    kinds,
    make,
)
from tests.hardware.replay import replay, state_at

# What is measured, against the log told again.


@kinds
@engines
@pytest.mark.parametrize("n", [1, 2, 6])
def test_measurements_are_those_of_the_log(kind, engine, n):
    """Six p-bits flip more than six times between bests, so the flips' log overflows."""
    model = pbit.IsingModel(GLASS.J.toarray()[:n, :n], GLASS.h[:n], GLASS.offset)
    machine = make(kind, model, rng=n, engine=engine)
    for until in (1e-7, 1.3e-7):
        initial, start = machine.state, machine.env.now
        run = machine.run(until, record=True)
        told = replay(initial, run.log, start, until)
        assert run.flips == told.flips
        assert run.updates == run.log.n > 0
        np.testing.assert_allclose(run.seconds_per_state, told.seconds, atol=1e-20)
        expected = told.integral / run.elapsed
        np.testing.assert_allclose(run.magnetization, expected, atol=1e-10)
        lowest = min(float(model.energy(list(state))) for _, state in told.visited)
        assert run.best[1] == pytest.approx(lowest, rel=1e-12)
        assert run.best[1] == model.energy(run.best[0])
        assert tuple(run.best[0]) in {state for _, state in told.visited}
        assert tuple(run.state) == told.visited[-1][1]


@pytest.mark.parametrize("n", [21, 70])
@pytest.mark.parametrize("kind", ["ideal", "synchronous-delay", "telegraph-stale"])
def test_measurements_of_many_pbits_are_those_of_the_log(kind, n):
    rng = np.random.default_rng(n)
    model = pbit.IsingModel({(i, (i + 1) % n): rng.normal() for i in range(n)})
    machine = make(kind, model)
    initial = machine.state
    run = machine.run(2e-7, record=True)
    m, best, last = initial.astype(int), model.energy(initial), 0.0
    integral, flips = np.zeros(n), 0
    for t, i, value in columns(run):
        if t > last:
            best = min(best, model.energy(m))
            integral += (t - last) * m
            last = t
        flips += m[i] != value
        m[i] = value
    best, integral = min(best, model.energy(m)), integral + (2e-7 - last) * m
    assert run.best[1] == pytest.approx(float(best), rel=1e-12)
    assert run.best[1] == model.energy(run.best[0])
    np.testing.assert_allclose(run.magnetization, integral / 2e-7, atol=1e-10)
    np.testing.assert_array_equal(run.state, m)
    assert run.flips == flips


@engines
def test_states_that_last_no_time_are_never_the_best(engine):
    ring = pbit.IsingModel({(0, 1): 1.0, (1, 2): 1.0}, [-3.0, -3.0, -3.0])
    machine = Machine(
        ring, design_of("telegraph"), rng=1, engine=engine, initial=[1, 1, -1]
    )
    machine.clamp({0: 1, 1: 1, 2: -1})

    def user():
        yield machine.env.timeout(1e-9)
        machine.clamp({0: -1, 1: -1, 2: -1})  # the ground state, for no time at all
        machine.clamp({0: 1, 1: 1, 2: 1})

    machine.env.process(user())
    run = machine.run(2e-9)
    visited = ring.energy([[1, 1, -1], [1, 1, 1]])
    assert run.best[1] == visited.min()
    assert run.occupancy[0] == 0.0


def test_clamps_count_as_changes_and_not_as_flips():
    machine = make("telegraph", PAIR, initial=[1, 1])
    machine.clamp({"a": 1, "b": 1})

    def user():
        yield machine.env.timeout(0.25e-6)
        machine.clamp({"a": -1})

    machine.env.process(user())
    run = machine.run(1e-6, record=True)
    assert (run.updates, run.flips, run.log.n) == (0, 0, 0)
    np.testing.assert_allclose(run.magnetization, [-0.5, 1.0])
    np.testing.assert_allclose(run.occupancy, [0, 0, 0.75, 0.25])


# The trace.


@kinds
@engines
def test_traces_show_the_states_of_their_moments(kind, engine):
    machine = make(kind, engine=engine)
    initial = machine.state
    run = machine.run(1e-7, record=True, trace_every=0.7e-8)
    told = replay(initial, run.log, 0.0, 1e-7)
    np.testing.assert_allclose(run.trace.times, 0.7e-8 * np.arange(15), rtol=1e-12)
    states = [state_at(told, time) for time in run.trace.times]
    np.testing.assert_allclose(run.trace.magnetization, np.mean(states, axis=1))
    np.testing.assert_allclose(run.trace.energies, GLASS.energy(states))


def test_traces_do_not_drift_and_stop_before_the_end():
    machine = make("ideal")
    run = machine.run(1e-6, trace_every=1e-10)
    assert abs(run.trace.times - 1e-10 * np.arange(10_000)).max() < 1e-21
    assert machine.run(1.5e-6, trace_every=1.0).trace.times.tolist() == [1e-6]
    assert machine.run(1.6e-6).trace is None


def test_traces_of_directed_circuits_have_no_energies():
    run = make("ideal", pbit.PCircuit([[0, 1.0], [0, 0]])).run(1e-8, trace_every=1e-9)
    assert run.trace.magnetization.shape == (10,)
    assert run.trace.energies.shape == (0,)
    assert run.best is None


def test_looking_does_not_disturb():
    plain = make("telegraph-delay").run(1e-7, record=True)
    looked_at = make("telegraph-delay").run(1e-7, record=True, trace_every=1e-10)
    assert columns(plain) == columns(looked_at)

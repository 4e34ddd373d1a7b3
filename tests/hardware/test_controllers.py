"""Controllers: processes that steer a machine."""

import math

import pytest
import simpy

import hardware
import pbit

PAIR = pbit.IsingModel({(0, 1): 1.0})
DESIGN = {"name": "x", "device": {"kind": "telegraph", "tau_n": 1e-9}}


def watch(machine, times, seen):
    for time in times:
        yield machine.env.timeout(time - machine.env.now)
        seen.append(machine.beta)


@pytest.mark.parametrize("engine", ["compiled", "reference"])
def test_anneal_holds_each_beta_for_its_share_of_the_time(engine):
    machine = hardware.Machine(PAIR, DESIGN, rng=1, engine=engine)
    ramp = hardware.anneal(machine, [0.5, 1.0, 4.0], duration=3e-9)
    seen = []
    machine.env.process(watch(machine, [0.1e-9, 0.9e-9, 1.1e-9, 1.9e-9, 2.1e-9], seen))
    machine.run(until=2.9e-9)
    assert seen == [0.5, 0.5, 1.0, 1.0, 4.0]
    assert ramp.is_alive
    machine.run(until=4e-9)
    assert not ramp.is_alive
    assert machine.beta == 4.0


def test_anneal_starts_when_it_is_called_and_others_can_wait_for_it():
    env = simpy.Environment(initial_time=5.0)
    machine = hardware.Machine(PAIR, DESIGN, rng=1, env=env)
    ended = []

    def user():
        yield env.timeout(1e-6)
        yield hardware.anneal(machine, [1.0, 2.0], duration=2e-6)
        ended.append(env.now)

    env.process(user())
    machine.run(until=5.0 + 5e-6)
    assert ended == [pytest.approx(5.0 + 3e-6, abs=1e-14)]


def test_anneal_takes_a_single_beta():
    machine = hardware.Machine(PAIR, DESIGN, rng=1)
    hardware.anneal(machine, 3.0, duration=1e-9)
    machine.run(until=1e-12)
    assert machine.beta == 3.0


def test_anneal_finds_the_ground_state_of_a_small_model():
    model = pbit.IsingModel({(i, i + 1): -1.0 for i in range(9)}, [0.1] + [0] * 9)
    machine = hardware.Machine(model, DESIGN, rng=3)
    hardware.anneal(machine, [k / 4 for k in range(20)], duration=1e-6)
    run = machine.run(until=1e-6)
    assert run.best[1] == pytest.approx(-9.1)


@pytest.mark.parametrize(
    ("betas", "duration", "error", "message"),
    [
        ([1.0, -1.0], 1e-9, ValueError, r"betas must be >= 0: betas\[1\] = -1\.0"),
        ([1.0, math.nan], 1e-9, ValueError, r"betas must be finite: betas\[1\] = nan"),
        ([], 1e-9, ValueError, r"betas must have shape \(k,\), k >= 1, not \(0,\)"),
        ([[1.0]], 1e-9, ValueError, r"betas must have shape .* not \(1, 1\)"),
        (["1"], 1e-9, TypeError, r"betas must be numbers, not <U1"),
        ([1.0], 0.0, ValueError, r"duration must be > 0, not 0"),
        ([1.0], -1.0, ValueError, r"duration must be finite and >= 0, not -1"),
        ([1.0], math.inf, ValueError, r"duration must be finite"),
        ([1.0], "1 ns", TypeError, r"duration must be a number, not '1 ns'"),
    ],
)
def test_anneal_refuses_what_is_no_schedule(betas, duration, error, message):
    machine = hardware.Machine(PAIR, DESIGN, rng=1)
    with pytest.raises(error, match=message):
        hardware.anneal(machine, betas, duration)
    machine.run(until=1e-9)  # nothing was started
    assert machine.beta == 1.0


def test_both_engines_make_the_same_of_a_ramp():
    logs = []
    for engine in ("reference", "compiled"):
        machine = hardware.Machine(PAIR, DESIGN, rng=3, engine=engine)
        hardware.anneal(machine, [0.1, 1.0, 5.0], duration=6e-8)
        logs.append(machine.run(until=6e-8, record=True).log)
    assert logs[0].times.tolist() == logs[1].times.tolist()
    assert logs[0].states.tolist() == logs[1].states.tolist()

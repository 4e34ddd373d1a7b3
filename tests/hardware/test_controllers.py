"""Controllers steer a machine while it runs."""

import pytest

import hardware
import pbit

PAIR = pbit.IsingModel({(0, 1): 1.0})
DESIGN = {"name": "pair", "device": {"kind": "ideal", "tau_n": 1e-9}}


def test_an_annealing_ramp_steps_beta_evenly_and_leaves_the_last_value():
    machine = hardware.Machine(PAIR, DESIGN, rng=1)
    hardware.anneal(machine, [0.5, 1.0, 2.0, 4.0], duration=4e-8)
    seen = []
    for k in range(4):
        machine.run(until=(k + 0.5) * 1e-8)
        seen.append(machine.beta)
    machine.run(until=9e-8)
    assert seen == [0.5, 1.0, 2.0, 4.0]
    assert machine.beta == 4.0


def test_a_ramp_starts_when_it_is_started_and_others_can_wait_for_it():
    machine = hardware.Machine(PAIR, DESIGN, rng=1, beta=7.0)
    machine.run(until=5e-9)
    assert machine.beta == 7.0
    ramp = hardware.anneal(machine, [1.0, 3.0], duration=1e-8)
    ended = []

    def wait():
        yield ramp
        ended.append(machine.env.now)

    machine.env.process(wait())
    machine.run(until=1e-7)
    assert ended == [pytest.approx(1.5e-8)]
    assert machine.beta == 3.0


def test_both_engines_make_the_same_of_a_ramp():
    logs = []
    for engine in ("reference", "compiled"):
        machine = hardware.Machine(PAIR, DESIGN, rng=3, engine=engine)
        hardware.anneal(machine, [0.1, 1.0, 5.0], duration=6e-8)
        logs.append(machine.run(until=6e-8, record=True).log)
    assert logs[0].times.tolist() == logs[1].times.tolist()
    assert logs[0].states.tolist() == logs[1].states.tolist()


def test_impossible_ramps_are_refused():
    machine = hardware.Machine(PAIR, DESIGN, rng=1)
    with pytest.raises(ValueError, match="duration must be > 0"):
        hardware.anneal(machine, [1.0], duration=0.0)
    with pytest.raises(ValueError, match="finite"):
        hardware.anneal(machine, [1.0, float("nan")], duration=1e-8)
    with pytest.raises(ValueError, match=">= 0"):
        hardware.anneal(machine, [-1.0], duration=1e-8)

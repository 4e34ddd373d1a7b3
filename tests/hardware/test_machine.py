"""Machines: how they are made, their edges, and what they refuse."""

import math

import numpy as np
import pytest
import simpy

import pbit
from hardware.design import load_design
from hardware.engines import compiled
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

# Seeds, and how machines are made.


@kinds
def test_one_seed_makes_one_trace(kind):
    log = columns(make(kind, rng=3).run(5e-8, record=True))
    assert columns(make(kind, rng=3).run(5e-8, record=True)) == log
    sequence = np.random.SeedSequence(3)
    assert columns(make(kind, rng=sequence).run(5e-8, record=True)) == log
    assert columns(make(kind, rng=4).run(5e-8, record=True)) != log


def test_a_generator_makes_another_machine_each_time():
    generator = np.random.default_rng(1)
    logs = [columns(make(rng=generator).run(5e-8, record=True)) for _ in range(2)]
    assert logs[0] != logs[1]
    assert columns(make(rng=None).run(5e-8, record=True)) != columns(
        make(rng=None).run(5e-8, record=True)
    )


def test_designs_come_by_name_path_table_or_object(tmp_path):
    design = load_design("autonomous-smtj")
    path = tmp_path / "mine.toml"
    path.write_text(design.to_toml())
    logs = [
        columns(Machine(GLASS, given, rng=1).run(3e-8, record=True))
        for given in ("autonomous-smtj", path, str(path), design.to_dict(), design)
    ]
    assert all(log == logs[0] for log in logs)


@engines
def test_the_initial_state_is_copied(engine):
    initial = np.ones(6, np.int8)
    machine = make(initial=initial, engine=engine)
    assert machine.state.tolist() == [1] * 6
    machine.run(1e-7)
    assert initial.tolist() == [1] * 6
    shown = machine.state
    shown[:] = 0
    assert 0 not in machine.state


@engines
def test_a_machine_starts_from_the_last_state_of_a_run(engine):
    """States of runs cannot be written to; those of machines can."""
    initial = np.ones(6, np.int8)
    initial.flags.writeable = False
    machine = make(initial=initial, engine=engine)
    machine.run(1e-7)
    assert initial.tolist() == [1] * 6


@engines
def test_state_and_energy_are_those_of_the_moment(engine):
    machine = make(engine=engine)
    seen = []

    def user():
        for _ in range(20):
            yield machine.env.timeout(1e-9)
            seen.append((machine.env.now, machine.state, machine.energy))

    machine.env.process(user())
    initial = machine.state
    run = machine.run(2.5e-8, record=True)
    told = replay(initial, run.log, 0.0, 2.5e-8)
    for time, state, energy in seen:
        assert tuple(state) == state_at(told, time)
        assert energy == GLASS.energy(state)


def test_the_repr_says_design_size_engine_and_moment():
    machine = make("telegraph")
    assert repr(machine) == ("Machine('telegraph', n=6, engine='compiled', now=0 s)")
    machine.run(1e-8)
    assert repr(machine).endswith("now=1e-08 s)")


# Edges of what there is.


@kinds
@engines
def test_circuits_may_have_no_couplings_or_one_pbit(kind, engine):
    for model in (
        pbit.IsingModel(np.zeros((3, 3)), [0.0, 1.0, -1.0]),
        pbit.IsingModel(np.zeros((1, 1))),
        pbit.PCircuit(np.zeros((2, 2))),
    ):
        run = make(kind, model, engine=engine).run(1e-7)
        assert run.updates > 20


@pytest.mark.parametrize("kind", ["telegraph", "telegraph-delay", "ideal"])
@pytest.mark.parametrize("strength", [800.0, 1e6, 1e300])
@engines
def test_huge_couplings_tie_pbits_and_break_nothing(kind, strength, engine):
    tied = pbit.IsingModel({(0, 1): strength, (1, 2): -strength}, [0.0, 0.0, 0.5])
    machine = make(kind, tied, engine=engine, initial=[1, -1, -1])
    run = machine.run(1e-7)
    assert np.isfinite(run.magnetization).all()
    assert run.best[1] == pytest.approx(-2 * strength, rel=1e-3)
    if kind == "telegraph-delay":  # p-bits that leave each other's old states at once
        assert run.flips > 100
    else:
        assert run.state.tolist() in ([1, 1, -1], [-1, -1, 1])


def test_beta_zero_makes_coins():
    run = make("telegraph", beta=0.0).run(1e-4)
    # 1e5 tau: the standard deviation of a mean is sqrt(1e-5); 5.5 of them.
    assert abs(run.magnetization).max() < 0.0174


def test_pbits_that_chase_one_another_without_end_are_an_error(monkeypatch):
    monkeypatch.setattr(compiled, "EVENTS_A_CALL", 10_000)
    loop = pbit.PCircuit([[0, 400.0], [-400.0, 0]])
    machine = make("telegraph", loop)
    with pytest.raises(RuntimeError, match="chase one another faster than time passes"):
        machine.run(1e-7)


# What is refused.


@engines
def test_clamps_that_break_a_rule_clamp_nothing(engine):
    machine = make("ideal", PAIR, engine=engine, initial=[1, 1])
    for value in (0, 2, -3, 0.5, "1", None):
        with pytest.raises(ValueError, match=r"clamp of p-bit 'b' must be -1 or \+1"):
            machine.clamp({"a": -1, "b": value})
    with pytest.raises(KeyError, match="no p-bit is called 'c'"):
        machine.clamp({"a": -1, "c": 1})
    with pytest.raises(KeyError, match="no p-bit is called 'c'"):
        machine.release(["a", "c"])
    assert machine.state.tolist() == [1, 1]
    assert {"a", "b"} == {
        machine.circuit.labels[i] for i in machine.run(1e-7, record=True).log.pbits
    }


@pytest.mark.parametrize("until", [1e-8, 0.0, -1.0, math.nan, math.inf, -math.inf])
def test_runs_end_in_the_future(until):
    machine = make()
    machine.run(1e-8)
    with pytest.raises(ValueError, match="until must be after the present, 1e-08 s"):
        machine.run(until)
    assert machine.run(2e-8).updates > 0


@pytest.mark.parametrize("every", [0.0, -1e-9, math.nan, math.inf, 1e-30])
def test_traces_have_an_interval(every):
    machine = make()
    with pytest.raises(ValueError, match="trace_every must be a time > 0"):
        machine.run(1e-8, trace_every=every)
    assert machine.run(1e-8).updates > 0


@kinds
def test_clocks_that_cannot_tell_events_apart_are_refused(kind):
    with pytest.raises(
        ValueError, match=r"times near 1000000000\.0 s are .* too coarse"
    ):
        make(kind, env=simpy.Environment(1e9))
    machine = make(kind)
    with pytest.raises(
        ValueError, match=r"too coarse for a machine with an event every"
    ):
        machine.run(1e9)
    assert machine.run(1e-8).updates > 0


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"circuit": [[0, 1], [1, 0]]}, TypeError, "circuit must be a PCircuit"),
        (
            {"circuit": pbit.PCircuit(np.zeros((0, 0)))},
            ValueError,
            "at least one p-bit",
        ),
        ({"engine": "compield"}, ValueError, "did you mean 'compiled'"),
        ({"initial": [1, 1]}, ValueError, r"initial must have shape \(..., 6\)"),
        ({"initial": np.ones((1, 6))}, ValueError, r"initial must have shape \(6,\)"),
        ({"initial": [0] * 6}, ValueError, r"initial must be -1 or \+1"),
        ({"beta": -1.0}, ValueError, "beta must be finite and >= 0, not -1"),
        ({"beta": "1"}, TypeError, "beta must be a number"),
        ({"rng": -1}, ValueError, "rng must be >= 0, not -1"),
        ({"rng": "seed"}, TypeError, "rng must be None, an int"),
    ],
)
def test_machines_refuse_what_is_none(arguments, error, message):
    given = {"circuit": GLASS} | arguments
    with pytest.raises(error, match=message):
        make(**given)


def test_machines_refuse_designs_that_are_none():
    with pytest.raises(ValueError, match="did you mean 'ideal-sequential'"):
        Machine(GLASS, "ideal-sequentail")
    with pytest.raises(TypeError, match="design must be a name"):
        Machine(GLASS, 3)
    wrong = design_of("telegraph") | {"device": {"kind": "telegraph", "tau_n": [1, 2]}}
    with pytest.raises(ValueError, match=r"device\.tau_n: must be one time or 6"):
        Machine(GLASS, wrong)


@engines
def test_beta_is_checked_when_set(engine):
    machine = make(engine=engine)
    for wrong in (-1.0, math.nan, math.inf):
        with pytest.raises(ValueError, match="beta must be finite and >= 0"):
            machine.beta = wrong
    assert machine.beta == 1.0


def test_directed_circuits_have_no_energy():
    machine = make("ideal", pbit.PCircuit([[0, 1.0], [0, 0]]))
    with pytest.raises(TypeError, match="directed weights has no energy"):
        _ = machine.energy

"""Machines whose buffers are too small, and what machines keep in memory."""

import gc
import weakref

import numpy as np
import pytest
import simpy

import pbit
from hardware.engines import compiled
from hardware.machine import Machine
from tests.hardware.machines import (
    AUTONOMOUS,
    ENGINES,
    GLASS,
    KINDS,
    SYNCHRONOUS,
    TAU,
    columns,
    design_of,
    kinds,
    make,
)
from tests.hardware.replay import replay


@pytest.mark.parametrize("kind", ["ideal", "telegraph", "chromatic", "synchronous"])
def test_logs_longer_than_the_buffer_are_whole(kind, monkeypatch):
    design = design_of("ideal" if kind == "synchronous" else kind)
    if kind == "synchronous":
        design["fabric"] = SYNCHRONOUS
    model = pbit.IsingModel({(i, i + 1): 1.0 for i in range(39)})
    expected = columns(Machine(model, design, rng=1).run(1e-7, record=True))
    monkeypatch.setattr(compiled, "LOG_SIZE", 16)
    assert columns(Machine(model, design, rng=1).run(1e-7, record=True)) == expected
    assert len(expected) > 500


def test_a_long_log_is_that_of_a_replay():
    machine = make("ideal")
    initial = machine.state
    run = machine.run(3e-5, record=True)
    assert run.log.n > 2 * 65536
    told = replay(initial, run.log, 0.0, 3e-5)
    assert run.flips == told.flips
    np.testing.assert_allclose(run.seconds_per_state, told.seconds, rtol=1e-9)


def test_a_tick_may_be_larger_than_the_log():
    model = pbit.IsingModel(np.zeros((1, 1)))
    many = pbit.IsingModel({(i, i + 1): 1.0 for i in range(70_000)})
    design = design_of("ideal") | {"fabric": SYNCHRONOUS}
    run = Machine(many, design, rng=1).run(2.5e-9, record=True)
    assert run.log.n == run.updates == 2 * 70_001
    assert Machine(model, design, rng=1).run(2.5e-9, record=True).log.n == 2


@pytest.mark.parametrize(
    "kind", ["ideal-delay", "telegraph-delay", "synchronous-delay"]
)
def test_thousands_of_deliveries_may_be_under_way(kind):
    design = design_of(kind) | {"synapse": {"kind": "delay", "tau_s": 700 * TAU}}
    runs = []
    for engine in ENGINES:
        machine = Machine(GLASS, design, rng=1, engine=engine, beta=0.2)
        runs.append([machine.run(end, record=True) for end in (6e-7, 6.1e-7, 1.6e-6)])
        if engine == "compiled":
            assert machine._engine.live.ring_time.size > 1024
    assert columns(*runs[0]) == columns(*runs[1])


def test_a_tick_may_be_larger_than_the_ring():
    many = pbit.IsingModel({(i, i + 1): -1.0 for i in range(5000)})
    design = design_of("synchronous-delay")
    machine = Machine(many, design, rng=1)
    run = machine.run(10.5e-9)
    assert run.updates == 10 * 5001
    assert machine._engine.live.ring_time.size >= 5001
    everyone = {i: 1 - 2 * int(m > 0) for i, m in enumerate(machine.state)}
    machine.clamp(everyone)
    machine.run(20e-9)
    np.testing.assert_array_equal(machine._engine.live.seen, machine.state)


def reachable_bytes(thing, seen):
    """Bytes of all arrays that can be reached; views count as what they look at."""
    if id(thing) in seen or isinstance(thing, type):
        return 0
    seen[id(thing)] = thing
    if isinstance(thing, np.ndarray):
        if thing.base is not None:
            return reachable_bytes(thing.base, seen)
        return thing.nbytes
    inside = []
    if isinstance(thing, dict):
        inside = list(thing.values())
    elif isinstance(thing, list | tuple):
        inside = list(thing)
    else:
        slots = [
            s for kind in type(thing).__mro__ for s in getattr(kind, "__slots__", ())
        ]
        inside = [getattr(thing, s) for s in slots if hasattr(thing, s)]
        inside += list(getattr(thing, "__dict__", {}).values())
    return sum(reachable_bytes(each, seen) for each in inside)


@kinds
def test_machines_are_lean(kind):
    """100 n + 40 e bytes, e being the undirected edges; states are in it."""
    n = 100_000
    rng = np.random.default_rng(1)
    pairs = {tuple(sorted(pair)) for pair in rng.integers(n, size=(3 * n, 2)).tolist()}
    model = pbit.IsingModel(
        {pair: 1.0 for pair in pairs if pair[0] != pair[1]}, np.zeros(n)
    )
    design = design_of(kind)
    if KINDS[kind][2] == AUTONOMOUS:
        design["device"] = KINDS[kind][0] | {"tau_n": [TAU] * n}
    machine = Machine(model, design, rng=1)
    machine.run(1e-12)
    fixed = 200_000
    allowed = 100 * n + 40 * model.n_edges / 2 + fixed
    used = reachable_bytes([machine.circuit, machine._engine], {})
    assert 0.3 * allowed < used <= allowed


def test_dropped_machines_leave_no_trace():
    for kind in KINDS:
        machine = make(kind)
        machine.run(1e-8)
        gone = [weakref.ref(machine._engine), weakref.ref(machine.env)]
        del machine
        gc.collect()
        assert [ref() for ref in gone] == [None, None]


def test_recording_ends_with_its_run():
    env = simpy.Environment()
    one, two = make(env=env), make(env=env, rng=2)
    one.run(1e-8, record=True)
    two.run(1e-3)
    assert one._engine.logs == []
    assert one._engine.window.log_time.size == 0
    assert one.run(1.00001e-3).log is None

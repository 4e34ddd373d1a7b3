"""Machines on a simpy clock: pieces, users, neighbours and interruptions."""

import signal

import numpy as np
import pytest
import simpy

import pbit
from hardware.engines import compiled, updates
from hardware.machine import Machine
from tests.hardware.machines import (
    ENGINES,
    GLASS,
    INSTANT,
    PAIR,
    columns,
    design_of,
    engines,
    kinds,
    make,
)
from tests.hardware.replay import replay, state_at

# Time goes on.


@kinds
@engines
def test_runs_in_pieces_are_one_long_run(kind, engine):
    whole = make(kind, engine=engine).run(1e-7, record=True)
    machine = make(kind, engine=engine)
    ends = [1e-12, 2.3e-8, 5e-8, 5.00001e-8, 1e-7]
    pieces = [machine.run(end, record=True) for end in ends]
    assert columns(*pieces) == columns(whole)
    assert [piece.end for piece in pieces] == ends
    assert [piece.start for piece in pieces] == [0.0, *ends[:-1]]
    seconds = sum(piece.seconds_per_state for piece in pieces)
    np.testing.assert_allclose(seconds, whole.seconds_per_state, atol=1e-20)
    np.testing.assert_array_equal(pieces[-1].state, whole.state)


@engines
def test_what_is_due_at_the_end_of_a_run_belongs_to_the_next(engine):
    period = 2.0**-30
    design = design_of("sequential") | {"device": {"kind": "ideal", "tau_n": period}}
    machine = Machine(GLASS, design, rng=1, engine=engine)
    first = machine.run(5 * period, record=True)
    second = machine.run(7 * period, record=True)
    assert first.log.times.tolist() == [period * k for k in (1, 2, 3, 4)]
    assert second.log.times.tolist() == [period * k for k in (5, 6)]
    assert second.log.pbits.tolist() == [4, 5]


@kinds
def test_environments_may_start_late(kind):
    start = 2.0**-12
    env = simpy.Environment(initial_time=start)
    late = make(kind, env=env)
    assert late.env is env
    run = late.run(start + 5e-8, record=True)
    on_time = make(kind).run(5e-8, record=True)
    assert run.start == start
    assert run.elapsed == pytest.approx(5e-8)
    assert [entry[1:] for entry in columns(run)] == [e[1:] for e in columns(on_time)]
    np.testing.assert_allclose(run.log.times - start, on_time.log.times, atol=1e-15)


def test_environments_may_count_in_whole_numbers():
    design = {"name": "slow", "device": {"kind": "telegraph", "tau_n": 0.03}}
    logs = []
    for engine in ENGINES:
        env = simpy.Environment(3)
        machine = Machine(GLASS, design, rng=2, engine=engine, env=env, beta=0.1)

        def user(env=env, machine=machine):
            yield env.timeout(2)
            machine.beta = 2
            yield env.timeout(3)

        env.process(user())
        logs.append(columns(machine.run(20, record=True), machine.run(25, record=True)))
    assert logs[0] == logs[1]
    assert len(logs[0]) > 50


@kinds
def test_users_may_run_the_environment_themselves(kind):
    machine, whole = make(kind), make(kind)
    machine.env.run(until=3e-8)
    whole.run(3e-8)
    np.testing.assert_array_equal(machine.state, whole.state)
    machine.env.run(until=6e-8)
    assert columns(machine.run(1e-7, record=True)) == columns(
        (whole.run(6e-8), whole.run(1e-7, record=True))[1]
    )


def test_running_without_an_end_is_an_error():
    machine = make()
    with pytest.raises(RuntimeError, match="nothing says how far to run"):
        machine.env.run()
    twin = make().run(1e-8, record=True)
    assert columns(machine.run(1e-8, record=True)) == columns(twin)


def test_a_machine_carried_past_the_clock_says_so():
    machine = make()
    machine.env.timeout(1e-8)
    machine.env.step()  # carries the machine to that moment, but not the clock
    for ask in (
        lambda: machine.state,
        lambda: machine.clamp({0: 1}),
        lambda: machine.release(),
        lambda: setattr(machine, "beta", 2.0),
    ):
        with pytest.raises(RuntimeError, match=r"already been carried to 1e-08 s"):
            ask()
    assert machine.run(2e-8, record=True).start == 1e-8  # it goes on from there


# Users of the clock.


def test_two_machines_and_a_stranger_share_a_clock():
    env = simpy.Environment()
    one, two = make("telegraph", env=env), make("synchronous-delay", env=env, rng=5)
    seen = []

    def stranger():
        while True:
            seen.append((env.now, one.state.tolist(), two.state.tolist()))
            yield env.timeout(0.9e-9)

    env.process(stranger())
    run = one.run(3e-8, record=True)
    later = two.run(5e-8, record=True)
    alone = make("telegraph")
    initial = alone.state
    alone_run = alone.run(3e-8, record=True)
    assert columns(run) == columns(alone_run)
    other = make("synchronous-delay", rng=5)
    other.run(3e-8)
    assert columns(later) == columns(other.run(5e-8, record=True))
    told = replay(initial, run.log, 0.0, 3e-8)
    for time, state, _ in seen[:30]:
        assert tuple(state) == state_at(told, time)


def test_machines_of_both_engines_share_a_clock():
    env = simpy.Environment()
    one = make("telegraph-delay", env=env, engine="reference")
    two = make("telegraph-delay", env=env, engine="compiled")
    one.run(2e-8)
    np.testing.assert_array_equal(one.state, two.state)


def test_a_machine_may_be_made_while_the_clock_runs():
    env = simpy.Environment()
    made = []

    def user():
        yield env.timeout(1e-6)
        made.append(make("ideal-stale", env=env))
        yield env.timeout(1e-7)
        made.append(made[0].state)

    env.process(user())
    env.run(until=2e-6)
    late = make("ideal-stale", env=simpy.Environment(1e-6))
    late.run(1.1e-6)
    np.testing.assert_array_equal(made[1], late.state)


def test_a_machine_can_steer_another():
    env = simpy.Environment()
    leader, follower = make("ideal", PAIR, env=env), make("telegraph", PAIR, env=env)

    def link():
        while True:
            yield env.timeout(1e-9)
            follower.clamp({"a": int(leader.state[0])})
            assert follower.state[0] == leader.state[0]

    env.process(link())
    follower.run(1e-7)


@engines
@kinds
def test_clamped_pbits_stay_and_released_ones_go(kind, engine):
    machine = make(kind, engine=engine, initial=[1] * 6)
    machine.clamp({0: -1, 3: 1})
    run = machine.run(5e-8, record=True)
    assert not set(run.log.pbits) & {0, 3}
    assert set(run.log.pbits) == {1, 2, 4, 5}
    np.testing.assert_array_equal(run.magnetization[[0, 3]], [-1, 1])
    machine.release([0])
    run = machine.run(4e-7, record=True)
    assert 0 in run.log.pbits
    assert 3 not in run.log.pbits
    machine.release()
    assert 3 in machine.run(2e-6, record=True).log.pbits


@engines
def test_clamps_can_be_released_by_the_same_clamp(engine):
    machine = make("ideal", PAIR, engine=engine)
    held = {"b": 1, "a": -1}
    machine.clamp(held)
    assert machine.state.tolist() == [-1, 1]
    machine.release(held)
    assert machine.run(1e-7).updates > 0
    machine.clamp({})
    machine.release([])


@engines
def test_beta_takes_effect_at_once(engine):
    strong = pbit.IsingModel(np.zeros((1, 1)), [1.0])
    machine = make("telegraph", strong, engine=engine, initial=[1], beta=50.0)
    assert machine.run(1e-7).flips == 0
    machine.beta = 0.0
    assert machine.beta == 0.0
    assert machine.run(2e-7).flips > 50


@engines
def test_users_see_the_moment_before_a_tick_and_ticks_hear_them(engine):
    period = 2.0**-30
    design = design_of("synchronous-delay") | {"synapse": INSTANT}
    design["device"] = {"kind": "ideal", "tau_n": period}
    strong = pbit.IsingModel(np.zeros((2, 2)), [400.0, 400.0])
    machine = Machine(strong, design, rng=1, engine=engine, initial=[-1, -1])
    seen = []

    def user():
        yield machine.env.timeout(period)
        seen.append(machine.state.tolist())
        machine.clamp({1: -1})
        yield machine.env.timeout(period)
        seen.append(machine.state.tolist())

    machine.env.process(user())
    machine.run(3 * period)
    assert seen == [[-1, -1], [1, -1]]


@pytest.mark.parametrize("fabric", ["synchronous", "sequential"])
@engines
def test_what_arrives_at_a_tick_is_heard_by_it(fabric, engine):
    """A delay of exactly one period is no delay; a hair more is one of two periods."""
    period, logs = 2.0**-30, {}
    for delay in (0.0, 1.0, 1 + 2.0**-40, 2.0):
        synapse = {"kind": "delay", "tau_s": delay * period} if delay else INSTANT
        design = {"name": "x", "device": {"kind": "ideal", "tau_n": period}}
        design |= {"synapse": synapse, "fabric": {"kind": fabric}}
        machine = Machine(GLASS, design, rng=1, engine=engine, beta=0.4)
        logs[delay] = columns(machine.run(300.5 * period, record=True))
    assert logs[0.0] == logs[1.0] != logs[2.0]
    assert logs[1 + 2.0**-40] == logs[2.0]


# Interruptions.


@kinds
@engines
@pytest.mark.parametrize("error", [KeyboardInterrupt, ZeroDivisionError])
def test_an_error_in_a_users_process_leaves_a_machine_that_goes_on(kind, engine, error):
    machine = make(kind, engine=engine)

    def user():
        yield machine.env.timeout(2e-8)
        raise error

    machine.env.process(user())
    with pytest.raises(error):
        machine.run(5e-8, record=True, trace_every=1e-9)
    assert machine.env.now == 2e-8
    twin = make(kind, engine=engine)
    twin.run(2e-8)
    np.testing.assert_array_equal(machine.state, twin.state)
    # Past the end of the run that failed, in one go.
    run, expected = (m.run(1e-7, record=True) for m in (machine, twin))
    assert columns(run) == columns(expected)
    assert (run.start, run.end, machine.env.now) == (2e-8, 1e-7, 1e-7)
    np.testing.assert_allclose(run.magnetization, expected.magnetization, rtol=1e-12)


def interrupt(monkeypatch, machine, calls):
    """Make the kernel stop after every 50 events, and strike after so many calls."""
    monkeypatch.setattr(compiled, "EVENTS_A_CALL", 50)
    original, left = machine._engine._call_kernel, [calls]

    def call_kernel(horizon):
        left[0] -= 1
        if left[0] == 0:
            raise KeyboardInterrupt
        return original(horizon)

    monkeypatch.setattr(machine._engine, "_call_kernel", call_kernel)


@kinds
@pytest.mark.parametrize("calls", [1, 2, 3])
def test_an_interruption_on_the_way_leaves_a_machine_that_goes_on(
    kind, calls, monkeypatch
):
    machine = make(kind)
    interrupt(monkeypatch, machine, calls)
    with pytest.raises(KeyboardInterrupt):
        machine.run(1e-6, record=True)
    reached = machine._engine.now
    assert (reached > 0) == (calls > 1)
    if calls > 1:
        with pytest.raises(
            RuntimeError, match=r"after an interruption, run\(\) goes on"
        ):
            _ = machine.state
        with pytest.raises(ValueError, match=r"until must be after the present"):
            machine.run(reached / 2)
    run = machine.run(1e-6, record=True)
    assert (run.start, run.end) == (reached, 1e-6)
    twin = make(kind)
    expected = twin.run(1e-6, record=True)
    done = sum(time <= reached for time in expected.log.times)
    assert columns(run) == columns(expected)[done:]
    m = make(kind).state
    for _, i, value in columns(expected)[:done]:
        m[i] = value
    told = replay(m, run.log, reached, 1e-6)
    np.testing.assert_allclose(
        run.magnetization, told.integral / run.elapsed, atol=1e-9
    )
    np.testing.assert_allclose(run.seconds_per_state, told.seconds, atol=1e-19)


@kinds
def test_pauses_of_the_kernel_change_nothing(kind, monkeypatch):
    expected = columns(make(kind).run(3e-7, record=True))
    for events in (1, 7):
        monkeypatch.setattr(compiled, "EVENTS_A_CALL", events)
        assert columns(make(kind).run(3e-7, record=True)) == expected


def test_clamps_after_an_interruption_do_not_reach_back(monkeypatch):
    """Copies that were due before the clamp show what p-bits were before it."""
    machine = make("ideal-stale", initial=[1] * 6)
    machine.clamp(dict.fromkeys(range(1, 6), 1))
    interrupt(monkeypatch, machine, 2)
    with pytest.raises(KeyboardInterrupt):
        machine.run(1e-6)
    live = machine._engine.live
    assert live.clocks[updates.NEXT_REFRESH] > live.clocks[updates.NOW]


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="needs interval timers")
def test_ctrl_c_is_heard_while_a_kernel_runs():
    """A run of two thousand million updates stops soon, and can be gone on from."""

    def strike(*_):
        raise KeyboardInterrupt

    machine = make("ideal", PAIR)
    machine.run(1e-9)
    before = signal.signal(signal.SIGALRM, strike)
    signal.setitimer(signal.ITIMER_REAL, 0.2)
    try:
        with pytest.raises(KeyboardInterrupt):
            machine.run(1.0)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    reached = machine._engine.now
    assert 1e-6 < reached < 0.9
    run = machine.run(reached + 1e-4)
    assert run.start == reached
    assert run.updates == pytest.approx(2e5, rel=0.02)

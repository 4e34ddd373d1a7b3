"""Machines: what they do on a simpy clock, with users around, and what they refuse."""

import gc
import math
import weakref

import numpy as np
import pytest
import simpy

import hardware
import pbit
from hardware.design import load_design
from hardware.engines import compiled, updates
from hardware.machine import Machine
from tests.hardware.replay import replay, state_at

ENGINES = ("compiled", "reference")
TAU = 1e-9
IDEAL = {"kind": "ideal", "tau_n": TAU}
TELEGRAPH = {"kind": "telegraph", "tau_n": TAU}
INSTANT = {"kind": "instant"}
DELAY = {"kind": "delay", "tau_s": 0.7 * TAU}
STALE = {"kind": "stale", "tau_s": 0.7 * TAU}
AUTONOMOUS = {"kind": "autonomous"}
SYNCHRONOUS = {"kind": "synchronous"}
KINDS = {
    "ideal": (IDEAL, INSTANT, AUTONOMOUS),
    "ideal-delay": (IDEAL, DELAY, AUTONOMOUS),
    "ideal-stale": (IDEAL, STALE, AUTONOMOUS),
    "synchronous-delay": (IDEAL, DELAY, SYNCHRONOUS),
    "sequential": (IDEAL, INSTANT, {"kind": "sequential"}),
    "chromatic": (IDEAL, INSTANT, {"kind": "chromatic"}),
    "telegraph": (TELEGRAPH, INSTANT, AUTONOMOUS),
    "telegraph-delay": (TELEGRAPH, DELAY, AUTONOMOUS),
    "telegraph-stale": (TELEGRAPH, STALE, AUTONOMOUS),
}
RNG = np.random.default_rng(8)
GLASS = pbit.IsingModel(
    np.triu(J := RNG.normal(size=(6, 6)), 1) + np.triu(J, 1).T, RNG.normal(size=6), 2.5
)
PAIR = pbit.IsingModel({("a", "b"): 1.0}, labels=["a", "b"])
kinds = pytest.mark.parametrize("kind", KINDS)
engines = pytest.mark.parametrize("engine", ENGINES)


def design_of(kind):
    device, synapse, fabric = KINDS[kind]
    return {"name": kind, "device": device, "synapse": synapse, "fabric": fabric}


def make(kind="ideal", circuit=GLASS, rng=1, **rest):
    return Machine(circuit, design_of(kind), rng, **rest)


def columns(*runs):
    """The logs of runs as one list of updates."""
    logs = [run.log for run in runs]
    return [
        entry
        for log in logs
        for entry in zip(
            log.times.tolist(), log.pbits.tolist(), log.states.tolist(), strict=True
        )
    ]


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


# Sizes.


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


@pytest.mark.parametrize("name", hardware.shipped_designs())
@engines
def test_shipped_designs_run(name, engine):
    machine = Machine(GLASS, name, rng=1, engine=engine)
    run = machine.run(until=2e-6 if name == "fpga-chromatic" else 1e-7)
    assert run.updates > 0
    assert run.occupancy.sum() == pytest.approx(1.0)


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

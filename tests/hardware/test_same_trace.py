"""The compiled engine makes the trace of the reference engine, event for event.

Random circuits, designs and users: 30 cases for each of the 24 combinations of parts,
720 in all, of which the quick suite plays three each. A failure names the case's seed;
`make_case(combination, seed)` builds it again.
"""

from dataclasses import dataclass

import numpy as np
import pytest
import simpy

import hardware
import hardware.machine
import pbit
from hardware.engines import reference
from hardware.engines.reference import ReferenceEngine

CASES_EACH = 30
FEW = 3  # of them in the quick suite
SYNAPSES = ("instant", "delay", "stale-edge", "stale-source")
FABRICS = ("autonomous", "sequential", "chromatic", "synchronous", "masked")
COMBINATIONS = [
    ("ideal", synapse, fabric) for synapse in SYNAPSES for fabric in FABRICS
]
COMBINATIONS += [("telegraph", synapse, "autonomous") for synapse in SYNAPSES]
NAMES = ["-".join(combination) for combination in COMBINATIONS]
# Exact in binary (so that things fall on one instant), and not.
UNITS = (2.0**-30, 2.0**-30, 1e-9)
STARTS = (0, 0, 5 * 2.0**-22, 3)
LATE = 2.0**20


@pytest.fixture(autouse=True)
def _clocks_too_coarse_are_allowed(monkeypatch):
    """At LATE a float resolves a tenth of a nanosecond, so that ties abound."""
    monkeypatch.setattr(hardware.machine, "RESOLUTION", np.inf)


@dataclass
class Case:
    circuit: pbit.PCircuit
    design: dict
    seed: int
    start: float
    beta: float
    ends: list  # of several calls of run
    users: list  # lists of (time, what, how), one a process
    trace_every: float


def make_circuit(rng):
    n = int(rng.integers(1, 13))
    density = rng.choice([0.0, 0.3, 0.6, 1.0], p=[0.05, 0.25, 0.35, 0.35])
    scale = rng.choice([0.3, 1.0, 3.0, 500.0], p=[0.3, 0.4, 0.2, 0.1])
    weights = scale * rng.normal(size=(n, n)) * (rng.random((n, n)) < density)
    h = scale * rng.normal(size=n) * rng.integers(2)
    # Strong directed weights may make telegraph p-bits chase one another for ever.
    directed = rng.random() < 0.4 and scale <= 1
    if rng.random() < 0.4:
        weights, h = np.round(weights), np.round(h)
    np.fill_diagonal(weights, 0)
    if directed:
        return pbit.PCircuit(weights, h)
    offset = float(rng.integers(2))
    return pbit.IsingModel(np.triu(weights) + np.triu(weights).T, h, offset)


def make_design(combination, circuit, unit, rng):
    """A design of that kind, and how long it takes for about 120 updates."""
    device_kind, synapse_kind, fabric_kind = combination
    n, connections = circuit.n, max(circuit.n_edges, 1)
    duration = unit * 120 / n
    if fabric_kind == "sequential":
        duration = unit * 120
    device = {"kind": device_kind, "tau_n": unit}
    if fabric_kind == "autonomous" and rng.random() < 0.5:
        device["tau_n"] = (unit * rng.uniform(0.2, 3.0, n)).tolist()
    synapse, _, copies = synapse_kind.partition("-")
    synapse = {"kind": synapse}
    if synapse_kind == "delay":
        least = 1e-9 if device_kind == "ideal" else 0.01
        synapse["tau_s"] = unit * float(rng.choice([least, 0.125, 1, 1, 2, 7.3, 20]))
    elif copies:
        fewest = duration * connections / 500  # the reference takes its time
        synapse["tau_s"] = max(unit * float(rng.choice([0.1, 0.5, 2])), fewest)
        synapse["copies"] = copies
    fabric = {"kind": fabric_kind}
    if fabric_kind == "masked":
        fabric["probability"] = float(rng.choice([0.1, 0.5, 1]))
    design = {"name": "random", "device": device, "synapse": synapse, "fabric": fabric}
    return design, duration


def make_users(circuit, start, duration, unit, rng):
    """Two processes that clamp, release, change beta and look, ever and again."""
    n, users = circuit.n, []
    for _ in range(2):
        times = start + duration * np.sort(rng.random(5))
        ticks = start + unit * np.round((times - start) / unit)
        exact = rng.random(5) < 0.5
        actions = []
        for time in np.where(exact, ticks, times).tolist():
            some = rng.permutation(n)[: rng.integers(n + 1)].tolist()
            what = str(rng.choice(["clamp", "clamp", "release", "beta", "look"]))
            how = {
                "clamp": {i: int(rng.choice([-1, 1])) for i in some},
                "release": some if rng.random() < 0.5 else None,
                "beta": float(rng.choice([0.0, 0.3, 1.0, 2.5])),
                "look": None,
            }[what]
            actions.append((time, what, how))
        users.append(sorted(actions, key=lambda action: action[0]))
    return users


def make_case(combination, seed):
    rng = np.random.default_rng([COMBINATIONS.index(combination), seed])
    circuit = make_circuit(rng)
    unit, start = float(rng.choice(UNITS)), float(rng.choice(STARTS))
    design, duration = make_design(combination, circuit, unit, rng)
    if rng.random() < 0.2 and "copies" not in design["synapse"]:
        start = LATE
    shares = np.sort(rng.random(3))
    ends = start + np.append(duration * shares, duration)
    ends[0] = start + unit * max(1, round((ends[0] - start) / unit))  # a tick, perhaps
    return Case(
        circuit,
        design,
        int(rng.integers(2**32)),
        start,
        float(rng.choice([0.0, 0.5, 1.0, 2.0], p=[0.1, 0.3, 0.4, 0.2])),
        sorted(set(ends.tolist())),
        make_users(circuit, start, duration, unit, rng),
        duration * rng.uniform(0.02, 0.5),
    )


def user(machine, actions, seen):
    """Do what the case says, and note what the machine shows then."""
    for time, what, how in actions:
        if time > machine.env.now:
            yield machine.env.timeout(time - machine.env.now)
        if what == "clamp":
            machine.clamp(how)
        elif what == "release":
            machine.release(how)
        elif what == "beta":
            machine.beta = how
        seen.append((machine.env.now, machine.state.tolist(), machine.beta))


def play(case, engine):
    env = simpy.Environment(case.start)
    machine = hardware.Machine(
        case.circuit, case.design, case.seed, engine, env, beta=case.beta
    )
    seen = []
    for actions in case.users:
        env.process(user(machine, actions, seen))
    runs = []
    for end in case.ends:
        if end > env.now:
            every = case.trace_every
            runs.append(machine.run(end, trace_every=every, record=True))
    return runs, seen


def compare(case):
    """Play a case with both engines and compare everything; return the runs."""
    (expected, expected_seen), (runs, seen) = (
        play(case, engine) for engine in ("reference", "compiled")
    )
    assert seen == expected_seen
    assert len(runs) == len(expected)
    for run, twin in zip(runs, expected, strict=True):
        for column in ("times", "pbits", "states"):
            ours, theirs = getattr(run.log, column), getattr(twin.log, column)
            assert ours.dtype == theirs.dtype
            np.testing.assert_array_equal(ours, theirs, column)
        for column in ("times", "magnetization", "energies"):
            ours, theirs = getattr(run.trace, column), getattr(twin.trace, column)
            np.testing.assert_array_equal(ours, theirs, f"trace {column}")
        assert (run.start, run.end) == (twin.start, twin.end)
        assert (run.updates, run.flips) == (twin.updates, twin.flips)
        assert run.updates == run.log.n
        np.testing.assert_array_equal(run.state, twin.state)
        # The clock's resolution, as a share of the run: times add up differently.
        loose = 1e-12 + 100 * np.spacing(run.end) / run.elapsed
        close = {"rtol": 0, "atol": loose}
        np.testing.assert_allclose(run.occupancy, twin.occupancy, **close)
        np.testing.assert_allclose(run.magnetization, twin.magnetization, **close)
        if twin.best is None:
            assert run.best is None
        else:
            assert run.best[1] == pytest.approx(twin.best[1], rel=1e-12, abs=1e-9)
            assert run.best[1] == case.circuit.energy(run.best[0])
    return runs


def play_all(combination, seeds):
    updates = 0
    for seed in seeds:
        try:
            runs = compare(make_case(combination, seed))
        except Exception as error:
            error.add_note(f"make_case({combination}, {seed})")
            raise
        updates += sum(run.updates for run in runs)
    assert updates > 5 * len(seeds)  # the cases are about something


@pytest.mark.parametrize("combination", COMBINATIONS, ids=NAMES)
def test_engines_make_the_same_trace(combination):
    play_all(combination, range(FEW))


@pytest.mark.slow
@pytest.mark.parametrize("combination", COMBINATIONS, ids=NAMES)
def test_engines_make_the_same_trace_in_every_case(combination):
    play_all(combination, range(FEW, CASES_EACH))


def test_there_are_enough_cases_and_instants_that_coincide():
    assert CASES_EACH * len(COMBINATIONS) >= 300
    shared = 0
    for combination in COMBINATIONS[1:5]:
        for seed in range(CASES_EACH):
            case = make_case(combination, seed)
            runs, seen = play(case, "compiled")
            updated = np.concatenate([run.log.times for run in runs])
            shared += np.isin([time for time, *_ in seen], updated).sum()
    assert shared > 50


# What a wrong engine looks like. Each of these changes the reference engine by a hair;
# the comparison above has to notice.


def late_deliveries(patch):
    patch.setattr(reference, "DELIVERY", reference.UPDATE + 0.9)


def users_too_late(patch):
    def wake(self, i, value=None):
        woken, self.wake[i] = self.wake[i], self.env.event()
        woken._ok, woken._value = True, value
        self.env.schedule(woken, simpy.events.URGENT)

    patch.setattr(reference, "UPDATE", 0.5)
    patch.setattr(ReferenceEngine, "_wake", wake)


def with_timing(patch, change):
    original = ReferenceEngine.__init__

    def init(self, env, circuit, wiring, timing, *rest):
        original(self, env, circuit, wiring, timing._replace(**change(timing)), *rest)

    patch.setattr(ReferenceEngine, "__init__", init)


def longer_delay(patch):
    with_timing(patch, lambda timing: {"tau_s": timing.tau_s * (1 + 1e-6)})


def longer_period(patch):
    with_timing(patch, lambda timing: {"periods": timing.periods * (1 + 1e-9)})


def no_simultaneity(patch):
    def ideal_pbit(self, i):
        while True:
            limit, event, _clock = yield self.wake[i]
            if not self.clamped[i]:
                new = self._decide(i, limit, event)
                self.note_update(i, new)
                self.set_state(i, new)

    patch.setattr(ReferenceEngine, "_ideal_pbit", ideal_pbit)


def deaf_to_beta(patch):
    def set_beta(self, value):
        self._beta = value

    getter = ReferenceEngine.beta.fget
    patch.setattr(ReferenceEngine, "beta", property(getter, set_beta))


def deaf_to_release(patch):
    def release(self, indices):
        for i in indices.tolist():
            self.clamped[i] = False

    patch.setattr(ReferenceEngine, "release", release)


def budgets_drawn_anew(patch):
    patch.setattr(reference, "spend", lambda budget, elapsed, rate: budget)


def any_order_at_ties(patch):
    class Later(reference.Later):
        def __init__(self, env, delay, priority):
            super().__init__(env, delay, int(priority))

    patch.setattr(reference, "Later", Later)


def another_copy(patch):
    draw = reference.refresh_draw

    def mirrored(key0, key1, event):
        wait, pick = draw(key0, key1, event)
        return wait, 1 - pick

    patch.setattr(reference, "refresh_draw", mirrored)


def clamped_pbits_that_update(patch):
    def clamp(self, indices, values):
        for i, value in zip(indices.tolist(), values.tolist(), strict=True):
            self.set_state(i, value)
        self._tell(indices.tolist())

    patch.setattr(ReferenceEngine, "clamp", clamp)


def no_waiting_for_the_last(patch):
    patch.setattr(reference, "LAST", reference.UPDATE - 0.5)


MUTANTS = [
    (late_deliveries, "ideal-delay-synchronous"),
    (late_deliveries, "ideal-delay-sequential"),
    (users_too_late, "ideal-instant-chromatic"),
    (users_too_late, "ideal-delay-masked"),
    (longer_delay, "ideal-delay-synchronous"),
    (longer_delay, "telegraph-delay-autonomous"),
    (longer_delay, "telegraph-stale-edge-autonomous"),
    (longer_period, "ideal-instant-sequential"),
    (no_simultaneity, "ideal-instant-synchronous"),
    (no_simultaneity, "ideal-instant-masked"),
    (deaf_to_beta, "telegraph-instant-autonomous"),
    (deaf_to_release, "telegraph-stale-source-autonomous"),
    (budgets_drawn_anew, "telegraph-instant-autonomous"),
    (any_order_at_ties, "telegraph-instant-autonomous"),
    (another_copy, "ideal-stale-edge-autonomous"),
    (another_copy, "ideal-stale-source-synchronous"),
    (clamped_pbits_that_update, "ideal-instant-autonomous"),
    (clamped_pbits_that_update, "telegraph-delay-autonomous"),
    (no_waiting_for_the_last, "ideal-instant-autonomous"),
]


@pytest.mark.parametrize(
    ("mutate", "name"), MUTANTS, ids=[f"{m.__name__}-{name}" for m, name in MUTANTS]
)
def test_a_wrong_engine_is_noticed(mutate, name, monkeypatch):
    mutate(monkeypatch)
    combination = COMBINATIONS[NAMES.index(name)]
    for seed in range(CASES_EACH):
        try:
            compare(make_case(combination, seed))
        except AssertionError:
            return
    pytest.fail(f"nobody noticed {mutate.__name__} in {name}")

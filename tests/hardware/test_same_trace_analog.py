"""Machines with analog parts: the compiled engine makes the reference's trace.

Random circuits, times, currents and users, as in `test_same_trace`; 20 cases for each of
the 18 combinations, three in the quick suite. Relaxing inputs are integrated by the same scalar
functions at the same instants, so even these traces agree to the last bit.
"""

import numpy as np
import pytest

import hardware.machine
from hardware.engines import relaxing
from hardware.engines.analog import hazard
from tests.hardware.test_same_trace import Case, compare, make_circuit, make_users

CASES_EACH = 20
FEW = 3  # of them in the quick suite
UNITS = (2.0**-30, 1e-9)
FABRICS = ("sequential", "chromatic", "synchronous", "masked", "autonomous")
COMBINATIONS = [("ideal", "rc", fabric) for fabric in FABRICS]
COMBINATIONS += [("digital", "rc", "chromatic"), ("telegraph", "rc", "autonomous")]
COMBINATIONS += [
    ("transistor-mtj", synapse, "autonomous")
    for synapse in ("instant", "delay", "rc", "stale-edge", "stale-source")
]
COMBINATIONS += [
    ("ring-oscillator", synapse, "autonomous")
    for synapse in ("instant", "delay", "rc", "stale-edge")
]
COMBINATIONS += [("measured", "instant", fabric) for fabric in FABRICS[-2:]]
NAMES = ["-".join(combination) for combination in COMBINATIONS]


@pytest.fixture(autouse=True)
def _clocks_too_coarse_are_allowed(monkeypatch):
    monkeypatch.setattr(hardware.machine, "RESOLUTION", np.inf)


def make_device(kind, n, unit, rng):
    if kind == "digital":
        device = {"kind": kind, "activation": "clip", "bits": 16, "input": "s[4][8]"}
        return device, {"kind": "lfsr", "width": 32}
    device = {"kind": kind, "tau_n": unit}
    if kind not in ("ideal", "measured") and rng.random() < 0.5:
        device["tau_n"] = (unit * rng.uniform(0.2, 3.0, n)).tolist()
    if kind == "ring-oscillator":
        device["jitter"] = float(rng.choice([0, 0.05, 0.4]))
    if kind == "measured":
        inputs = np.sort(rng.normal(size=5))
        device["response"] = np.c_[inputs, rng.uniform(-1, 1, 5)].tolist()
    if kind == "transistor-mtj":
        device["tau_t"] = unit * float(rng.choice([0.02, 0.3, 1.7]))
        if rng.random() < 0.5:
            device |= {"i_s": rng.uniform(0, 2) * 1e-4, "i_s0": 1e-4}
    return device, None


def make_synapse(kind, duration, n_edges, unit, rng):
    name, _, copies = kind.partition("-")
    tau = unit * float(rng.choice([0.05, 0.5, 1, 4]))
    if name == "rc":
        return {"kind": name, "tau_rc": tau}
    if name == "delay":
        return {"kind": name, "tau_s": tau}
    if copies:
        least = duration * max(n_edges, 1) / 500
        return {"kind": name, "copies": copies, "tau_s": max(tau, least)}
    return {"kind": name}


def make_case(combination, seed):
    rng = np.random.default_rng([COMBINATIONS.index(combination), seed])
    device_kind, synapse_kind, fabric_kind = combination
    circuit = make_circuit(rng)
    # Directed ones may chase one another without time passing where levels are fast.
    while device_kind == "transistor-mtj" and not hasattr(circuit, "energy"):
        circuit = make_circuit(rng)
    n, unit = circuit.n, float(rng.choice(UNITS))
    duration = unit * 120 / (1 if fabric_kind == "sequential" else n)
    device, noise = make_device(device_kind, n, unit, rng)
    fabric = {"kind": fabric_kind}
    if fabric_kind == "masked":
        fabric["probability"] = float(rng.choice([0.1, 0.5, 1]))
    if device_kind == "digital":
        fabric["clock_hz"] = 1 / unit
    design = {
        "name": "random",
        "device": device,
        "synapse": make_synapse(synapse_kind, duration, circuit.n_edges, unit, rng),
        "fabric": fabric,
    }
    if noise is not None:
        design["noise"] = noise
    if rng.random() < 0.3:
        design["spread"] = {"slope": 0.2, "offset": 0.3}
        if fabric_kind == "autonomous":
            design["spread"]["tau"] = 0.3
    start = float(rng.choice([0, 5 * 2.0**-22, 3]))
    ends = start + np.append(duration * np.sort(rng.random(3)), duration)
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


def hasty_hazard(patch):
    def more(*arguments):
        return hazard(*arguments) * (1 + 1e-9)

    patch.setattr(relaxing, "hazard", more)


def junctions_drawn_once(patch):
    draw = relaxing.magnet_draw

    def same(key0, key1, i, redraw):
        return draw(key0, key1, i, 0)

    patch.setattr(relaxing, "magnet_draw", same)


def levels_that_hurry(patch):
    after = relaxing.level_after

    def hurried(*arguments):
        return after(*arguments[:-1], arguments[-1] * (1 + 1e-9))

    patch.setattr(relaxing, "level_after", hurried)


def voltages_that_jump(patch):
    def aim(self, field, now):
        self.value = self.goal = field
        self.since = now

    patch.setattr(relaxing.Voltage, "aim", aim)


MUTANTS = [
    (hasty_hazard, "telegraph-rc-autonomous"),
    (junctions_drawn_once, "transistor-mtj-instant-autonomous"),
    (levels_that_hurry, "transistor-mtj-delay-autonomous"),
    (voltages_that_jump, "ideal-rc-chromatic"),
    (voltages_that_jump, "transistor-mtj-rc-autonomous"),
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

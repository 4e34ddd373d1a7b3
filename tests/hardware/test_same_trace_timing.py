"""Same trace, both engines: per-edge delays, further fabrics, links between chips.

As in `test_same_trace`, whose cases and comparison are used; a failure names the case's
seed and `make_case(combination, seed)` builds it again.
"""

import numpy as np
import pytest

import hardware.machine
from hardware.engines.reference import ReferenceEngine
from tests.hardware.test_same_trace import (
    STARTS,
    UNITS,
    Case,
    compare,
    make_circuit,
    make_users,
)

CASES_EACH = 20
FABRICS = ("autonomous", "sequential", "chromatic", "synchronous", "masked")
COMBINATIONS = [("ideal", "delay-edge", fabric) for fabric in FABRICS]
COMBINATIONS += [("telegraph", "delay-edge", "autonomous")]
NAMES = ["-".join(combination) for combination in COMBINATIONS]


@pytest.fixture(autouse=True)
def _clocks_too_coarse_are_allowed(monkeypatch):
    monkeypatch.setattr(hardware.machine, "RESOLUTION", np.inf)


def make_synapse(kind, circuit, device, unit, rng):
    """A synapse of that kind: delays on a coarse grid (so that some coincide) or not."""
    if kind == "instant":
        return {"kind": "instant"}
    least = 1e-9 if device == "ideal" else 0.01
    choices = [least, 0.125, 0.5, 1, 1, 2, 7.3, 20]
    if kind == "delay":
        return {"kind": "delay", "tau_s": unit * float(rng.choice(choices))}
    synapse = {"kind": "delay"}
    if rng.random() < 0.3 or circuit.n_edges == 0:
        synapse |= {"tau_s": unit * float(rng.choice(choices)), "spread": 0.4}
    else:
        drawn = rng.choice(choices, circuit.n_edges) * rng.choice([1, 1, 0.77])
        synapse["tau_s"] = (unit * drawn).tolist()
    return synapse


def make_fabric(kind, circuit, rng):
    """A fabric of that kind, and how many updates it makes a tick at most."""
    fabric = {"kind": kind}
    if kind == "masked":
        fabric["probability"] = float(rng.choice([0.1, 0.5, 1]))
    return fabric


def make_case(combination, seed):
    device_kind, synapse_kind, fabric_kind = combination
    rng = np.random.default_rng([7, COMBINATIONS.index(combination), seed])
    circuit = make_circuit(rng)
    unit, start = float(rng.choice(UNITS)), float(rng.choice(STARTS))
    duration = unit * 120 / (1 if fabric_kind == "sequential" else circuit.n)
    device = {"kind": device_kind, "tau_n": unit}
    if fabric_kind == "autonomous" and rng.random() < 0.5:
        device["tau_n"] = (unit * rng.uniform(0.2, 3.0, circuit.n)).tolist()
    design = {
        "name": "random",
        "device": device,
        "synapse": make_synapse(synapse_kind, circuit, device_kind, unit, rng),
        "fabric": make_fabric(fabric_kind, circuit, rng),
    }
    if rng.random() < 0.2:
        start = 2.0**20
    shares = np.sort(rng.random(3))
    ends = start + np.append(duration * shares, duration)
    ends[0] = start + unit * max(1, round((ends[0] - start) / unit))
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


@pytest.mark.parametrize("combination", COMBINATIONS, ids=NAMES)
def test_engines_make_the_same_trace(combination):
    updates = 0
    for seed in range(CASES_EACH):
        try:
            runs = compare(make_case(combination, seed))
        except Exception as error:
            error.add_note(f"make_case({combination}, {seed})")
            raise
        updates += sum(run.updates for run in runs)
    assert updates > 10 * CASES_EACH


# What a wrong engine looks like.


def delays_of_one_length(patch):
    original = ReferenceEngine.__init__

    def init(self, env, circuit, wiring, timing, *rest):
        mean = np.full(
            timing.delays.size, timing.delays.mean() if circuit.n_edges else 0
        )
        timing = timing._replace(delays=mean)
        original(self, env, circuit, wiring, timing, *rest)

    patch.setattr(ReferenceEngine, "__init__", init)


def delays_of_the_other_direction(patch):
    original = ReferenceEngine.__init__

    def init(self, env, circuit, wiring, timing, *rest):
        backwards = timing._replace(delays=timing.delays[::-1].copy())
        original(self, env, circuit, wiring, backwards, *rest)

    patch.setattr(ReferenceEngine, "__init__", init)


MUTANTS = [
    (delays_of_one_length, "ideal-delay-edge-autonomous"),
    (delays_of_one_length, "ideal-delay-edge-synchronous"),
    (delays_of_the_other_direction, "telegraph-delay-edge-autonomous"),
    (delays_of_the_other_direction, "ideal-delay-edge-chromatic"),
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

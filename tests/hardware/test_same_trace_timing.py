"""Same trace, both engines: per-edge delays, further fabrics, links between chips.

As in `test_same_trace`, whose cases and comparison are used; a failure names the case's
seed and `make_case(combination, seed)` builds it again.
"""

import numpy as np
import pytest

import hardware.machine
from hardware.engines import reference
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
FEW = 3  # of them in the quick suite
FABRICS = ("autonomous", "sequential", "chromatic", "synchronous", "masked")
COMBINATIONS = [("ideal", "delay-edge", fabric) for fabric in FABRICS]
COMBINATIONS += [("telegraph", "delay-edge", "autonomous")]
COMBINATIONS += [("ring-oscillator", "delay-edge", "autonomous")]
COMBINATIONS += [("ideal", "instant", f"{fabric}-deep") for fabric in FABRICS[1:]]
COMBINATIONS += [("ideal", "delay-edge", "masked-deep")]
COMBINATIONS += [
    ("ideal", synapse, fabric)
    for synapse in ("instant", "delay")
    for fabric in ("time-multiplexed", "spin-serial")
]
COMBINATIONS += [("ideal", "instant", f"{fabric}-chips") for fabric in FABRICS]
COMBINATIONS += [
    ("ideal", "delay", "autonomous-chips"),
    ("ideal", "delay", "chromatic-deep-chips"),
    ("ideal", "stale", "synchronous-chips"),
    ("ideal", "instant", "time-multiplexed-chips"),
    ("telegraph", "instant", "autonomous-chips"),
    ("telegraph", "delay", "autonomous-chips"),
    ("telegraph", "stale", "autonomous-chips"),
    ("digital", "mac", "synchronous-chips"),
    ("digital", "mac", "sequential-chips"),
]
NAMES = ["-".join(combination) for combination in COMBINATIONS]


@pytest.fixture(autouse=True)
def _clocks_too_coarse_are_allowed(monkeypatch):
    monkeypatch.setattr(hardware.machine, "RESOLUTION", np.inf)


def make_synapse(kind, circuit, device, unit, rng):
    """A synapse of that kind: delays on a coarse grid (so that some coincide) or not."""
    if kind == "instant":
        return {"kind": "instant"}
    if kind == "mac":
        return {"kind": "mac", "weights": "s[6][2]"}
    if kind == "stale":
        return {"kind": "stale", "tau_s": unit, "copies": "source"}
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
    """A fabric of that kind."""
    kind = kind.partition("-deep")[0]
    kind = kind.removesuffix("-chips")
    fabric = {"kind": kind}
    if kind == "masked":
        fabric["probability"] = float(rng.choice([0.1, 0.5, 1]))
    if kind == "time-multiplexed":
        fabric["physical"] = int(rng.integers(1, circuit.n + 2))
    if kind == "spin-serial":
        whole = [r for r in range(1, circuit.n + 1) if circuit.n % r == 0]
        fabric["replicas"] = int(rng.choice(whole))
    return fabric


def make_chips(circuit, fabric, device, unit, rng):
    """Parts, and links whose rounds take from next to nothing to many updates."""
    k = int(rng.integers(1, min(circuit.n, 4) + 1))
    parts = rng.permutation(np.arange(circuit.n) % k)
    if device == "digital" and fabric["kind"] == "sequential":
        k, parts = 1, np.zeros(circuit.n, int)
    rate = float(rng.choice([0.5, 2, 8])) / unit
    chips = {"parts": parts.tolist(), "bandwidth_hz": rate}
    chips["latency"] = unit * float(rng.choice([0, 0.25, 1, 3.3]))
    if k > 1 and rng.random() < 0.5:
        chips["links"] = [[0, 1, 0.5 * unit, 2 * rate]]
    if fabric["kind"] != "autonomous" and device != "digital" and rng.random() < 0.5:
        chips["clock_hz"] = (rng.choice([1, 1, 0.5, 0.8], k) / unit).tolist()
    return chips


def make_case(combination, seed):
    device_kind, synapse_kind, fabric_kind = combination
    rng = np.random.default_rng([7, COMBINATIONS.index(combination), seed])
    circuit = make_circuit(rng)
    unit, start = float(rng.choice(UNITS)), float(rng.choice(STARTS))
    fabric = make_fabric(fabric_kind, circuit, rng)
    serial = ("sequential", "spin-serial", "time-multiplexed")
    duration = unit * 120 / (1 if fabric["kind"] in serial else circuit.n)
    device = {"kind": device_kind, "tau_n": unit}
    if device_kind == "digital":
        device = {"kind": "digital", "input": "s[5][2]", "bits": 16}
        fabric["clock_hz"] = 1 / unit
    if fabric["kind"] == "autonomous" and rng.random() < 0.5:
        device["tau_n"] = (unit * rng.uniform(0.2, 3.0, circuit.n)).tolist()
    design = {
        "name": "random",
        "device": device,
        "synapse": make_synapse(synapse_kind, circuit, device_kind, unit, rng),
        "fabric": fabric,
    }
    if "-deep" in fabric_kind:
        fabric["depth"] = int(rng.choice([1, 2, 3, 7]))
    if fabric_kind.endswith("-chips"):
        design["chips"] = make_chips(circuit, fabric, device_kind, unit, rng)
    if rng.random() < 0.2 and synapse_kind != "stale" and "chips" not in design:
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


# What a wrong engine looks like.


def effects_a_tick_early(patch):
    with_timing(patch, lambda timing: {"depth": timing.depth - 1})


def effects_at_once(patch):
    with_timing(patch, lambda timing: {"depth": 0})


def with_timing(patch, change):
    original = ReferenceEngine.__init__

    def init(self, env, circuit, wiring, timing, *rest):
        original(self, env, circuit, wiring, timing._replace(**change(timing)), *rest)

    patch.setattr(ReferenceEngine, "__init__", init)


def clocks_in_step(patch):
    with_timing(patch, lambda t: {"periods": np.full_like(t.periods, t.periods[0])})


def with_links(patch, change):
    original = ReferenceEngine.__init__

    def init(self, *given):
        links = given[-1]
        original(self, *given[:-1], links._replace(**change(links)))

    patch.setattr(ReferenceEngine, "__init__", init)


def arrivals_too_early(patch):
    with_links(patch, lambda links: {"flight": links.flight * 0.9})


def rounds_too_long(patch):
    with_links(patch, lambda links: {"period": links.period * 1.01})


def links_that_look_late(patch):
    """Latch what p-bits are when a round arrives."""

    def arrive(self, link, states):
        links = self.links
        yield reference.Later(self.env, float(links.flight[link]), reference.DELIVERY)
        first, stop = links.first_copy[link], links.first_copy[link + 1]
        for c in range(first, stop):
            self.copies[c] = self.m[links.sources[c]]
            readers = links.readers[links.reader_ptr[c] : links.reader_ptr[c + 1]]
            self._tell(readers.tolist())

    patch.setattr(ReferenceEngine, "_arrive", arrive)


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
    (effects_a_tick_early, "ideal-instant-chromatic-deep"),
    (effects_a_tick_early, "ideal-instant-masked-deep"),
    (effects_at_once, "ideal-instant-sequential-deep"),
    (clocks_in_step, "ideal-instant-synchronous-chips"),
    (arrivals_too_early, "ideal-instant-autonomous-chips"),
    (arrivals_too_early, "telegraph-instant-autonomous-chips"),
    (rounds_too_long, "ideal-instant-chromatic-chips"),
    (links_that_look_late, "ideal-instant-autonomous-chips"),
    (links_that_look_late, "digital-mac-synchronous-chips"),
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

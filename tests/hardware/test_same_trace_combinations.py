"""Every device with every synapse, fabric and spread that a design allows: one trace.

Each triple of parts that can be built meets random spread, faults, pipelines or chips,
and users that clamp: more than 500 combinations. The quick suite plays every 19th of them,
every part among them; the slow test plays them all.
"""

from collections import Counter
from itertools import product

import numpy as np
import pytest

import hardware.machine
from hardware.design import load_design
from pbit.errors import DesignError
from tests.hardware.test_same_trace import Case, compare, make_circuit, make_users

UNIT = 2.0**-30
DEVICES = (
    "ideal",
    "measured",
    "table",
    "clip",
    "telegraph",
    "transistor-mtj",
    "ring-oscillator",
)
SYNAPSES = (
    "instant",
    "delay",
    "delay-edge",
    "stale-edge",
    "stale-source",
    "rc",
    "mac",
    "mac-late",
    "crossbar",
)
FABRICS = (
    "autonomous",
    "sequential",
    "chromatic",
    "synchronous",
    "masked",
    "time-multiplexed",
    "spin-serial",
)
SPREADS = ("none", "slope", "offset", "tau", "drift", "faults", "depth", "chips")
EACH = 3  # spreads a triple; all of them for p-bits that time themselves
SELF_TIMED = ("telegraph", "transistor-mtj", "ring-oscillator")
EVERY = 19


@pytest.fixture(autouse=True)
def _clocks_too_coarse_are_allowed(monkeypatch):
    monkeypatch.setattr(hardware.machine, "RESOLUTION", np.inf)


def make_device(kind, rng):
    if kind in ("table", "clip"):
        bits = int(rng.choice([8, 16, 32]))
        return {"kind": "digital", "activation": kind, "bits": bits, "input": "s[4][3]"}
    device = {"kind": kind, "tau_n": UNIT}
    if kind == "measured":
        inputs = np.sort(rng.normal(size=5))
        device["response"] = np.c_[inputs, rng.uniform(-1, 1, 5)].tolist()
    elif kind == "transistor-mtj":
        device["tau_t"] = UNIT * float(rng.choice([0.02, 0.3, 1.7]))
    elif kind == "ring-oscillator":
        device["jitter"] = float(rng.choice([0, 0.05, 0.4]))
    return device


def make_synapse(kind, n_edges, duration, rng):
    tau = UNIT * float(rng.choice([0.125, 0.5, 1, 3.7]))
    if kind == "delay":
        return {"kind": kind, "tau_s": tau}
    if kind == "delay-edge":
        return {"kind": "delay", "tau_s": tau, "spread": 0.4}
    if kind.startswith("stale"):
        least = duration * max(n_edges, 1) / 500  # the reference takes its time
        copies = kind.removeprefix("stale-")
        return {"kind": "stale", "tau_s": max(tau, least), "copies": copies}
    if kind == "rc":
        return {"kind": kind, "tau_rc": tau}
    if kind.startswith("mac"):
        late = int(rng.integers(1, 4)) if kind == "mac-late" else 0
        return {"kind": "mac", "weights": "s[4][2]", "latency": late}
    if kind == "crossbar":
        return {"kind": kind, "g_max": 1e-4, "levels": 16, "programming_noise": 0.02}
    return {"kind": kind}


def make_fabric(kind, n, device, rng):
    fabric = {"kind": kind}
    if device in ("table", "clip") and kind != "autonomous":
        fabric["clock_hz"] = 1 / UNIT
    if kind == "masked":
        fabric["probability"] = float(rng.choice([0.1, 0.5, 1]))
    elif kind == "time-multiplexed":
        fabric["physical"] = int(rng.integers(1, n + 2))
    elif kind == "spin-serial":
        whole = [r for r in range(1, n + 1) if n % r == 0]
        fabric["replicas"] = int(rng.choice(whole))
    return fabric


def add_spread(design, kind, n, rng):
    """Let p-bits differ, or some of them fail, or ticks or chips lie between them."""
    size = float(rng.choice([0.1, 0.3]))
    if kind in ("slope", "offset", "tau"):
        design["spread"] = {kind: size}
    elif kind == "drift":
        design["spread"] = {"drift": size / (20 * UNIT)}
    elif kind == "faults":
        share = {"stuck_up": 0.2, "stuck_down": 0.1}
        design["faults"] = share | {"couplings_open": 0.2, "couplings_full": 0.2}
    elif kind == "depth":
        design["fabric"]["depth"] = int(rng.integers(1, 4))
    elif kind == "chips":
        k = min(n, 3)
        design["chips"] = {
            "parts": (np.arange(n) % k).tolist(),
            "latency": UNIT * float(rng.choice([0, 0.25, 3.3])),
            "bandwidth_hz": float(rng.choice([0.5, 2, 8])) / UNIT,
        }


def make_case(combination):
    """Return the case of (device, synapse, fabric, spread); DesignError where none is."""
    device, synapse, fabric, spread = combination
    parts = (DEVICES, SYNAPSES, FABRICS, SPREADS)
    seed = [kinds.index(k) for kinds, k in zip(parts, combination, strict=True)]
    rng = np.random.default_rng(seed)
    circuit = make_circuit(rng)
    # Directed ones may chase one another without time passing where levels are fast.
    while device == "transistor-mtj" and not hasattr(circuit, "energy"):
        circuit = make_circuit(rng)
    n, serial = circuit.n, ("sequential", "spin-serial", "time-multiplexed")
    duration = UNIT * 60 / (1 if fabric in serial else n)
    design = {
        "name": "random",
        "device": make_device(device, rng),
        "synapse": make_synapse(synapse, circuit.n_edges, duration, rng),
        "fabric": make_fabric(fabric, n, device, rng),
    }
    if device in ("table", "clip"):
        design["noise"] = {"kind": "lfsr", "width": 32}
    add_spread(design, spread, n, rng)
    load_design(design)
    start = float(rng.choice([0, 5 * 2.0**-22]))
    return Case(
        circuit,
        design,
        int(rng.integers(2**32)),
        start,
        float(rng.choice([0.5, 1.0, 2.0])),
        [start + duration * share for share in (0.4, 1)],
        make_users(circuit, start, duration, UNIT, rng),
        duration * rng.uniform(0.1, 0.5),
    )


def is_built(combination):
    """Whether a machine of that combination can be made; where not, an error says so."""
    try:
        case = make_case(combination)
        hardware.Machine(case.circuit, case.design, case.seed, "reference")
    except DesignError as error:
        if not error.key:
            raise
        return False
    return True


def combinations():
    """The combinations that are played: of every triple up to EACH spreads."""
    chosen = []
    for k, triple in enumerate(product(DEVICES, SYNAPSES, FABRICS)):
        # Other spreads first for every triple.
        turned = SPREADS[k % len(SPREADS) :] + SPREADS[: k % len(SPREADS)]
        built = [(*triple, s) for s in turned if is_built((*triple, s))]
        chosen += built if triple[0] in SELF_TIMED else built[:EACH]
    return chosen


CHOSEN = None


@pytest.fixture
def chosen():
    global CHOSEN
    CHOSEN = combinations() if CHOSEN is None else CHOSEN
    return CHOSEN


def play(combination):
    try:
        return sum(run.updates for run in compare(make_case(combination)))
    except Exception as error:
        error.add_note(f"make_case({combination})")
        raise


def clamps_of(case):
    return sum(what == "clamp" for user in case.users for _t, what, _h in user)


def test_there_are_more_than_500_combinations_and_every_part_is_in_many(chosen):
    assert len(set(chosen)) == len(chosen) > 500
    for kinds, column in zip(
        (DEVICES, SYNAPSES, FABRICS, SPREADS), zip(*chosen, strict=True), strict=True
    ):
        counts = Counter(column)
        assert min(counts[kind] for kind in kinds) >= 10, counts
    assert sum(clamps_of(make_case(c)) > 0 for c in chosen) > 500


def test_one_combination_in_nineteen_makes_one_trace(chosen):
    few = chosen[::EVERY]
    for kinds, column in zip(
        (DEVICES, SYNAPSES, FABRICS, SPREADS), zip(*few, strict=True), strict=True
    ):
        assert set(column) == set(kinds)
    assert sum(map(play, few)) > 20 * len(few)


@pytest.mark.slow
def test_all_combinations_make_one_trace(chosen):
    assert sum(map(play, chosen)) > 20 * len(chosen)

"""Digital machines: the compiled engine makes the reference's trace, bit for bit.

Random circuits, number formats, activations, noise sources, fabrics and users, as in
`test_same_trace`; 20 cases for each of the 41 combinations, three in the quick suite.
"""

import numpy as np
import pytest

import hardware.machine
from hardware.engines import gates
from hardware.engines.gates import Gates
from hardware.engines.reference import ReferenceEngine
from tests.hardware.test_same_trace import Case, compare, make_circuit, make_users

CASES_EACH = 20
FEW = 3  # of them in the quick suite
UNIT = 2.0**-30
DEVICES = ("table", "clip", "ideal")
SYNAPSES = ("mac", "mac-late", "delay")
FABRICS = ("sequential", "chromatic", "synchronous", "masked")
COMBINATIONS = [
    (device, synapse, fabric)
    for device in DEVICES
    for synapse in SYNAPSES
    for fabric in FABRICS
    if (device, synapse) != ("ideal", "delay")  # there nothing is digital
]
COMBINATIONS += [
    ("table", synapse, fabric)
    for synapse in ("instant", "stale", "rc")
    for fabric in ("sequential", "chromatic", "masked")
]
NAMES = ["-".join(combination) for combination in COMBINATIONS]


@pytest.fixture(autouse=True)
def _clocks_too_coarse_are_allowed(monkeypatch):
    monkeypatch.setattr(hardware.machine, "RESOLUTION", np.inf)


def some(rng, *choices):
    return choices[rng.integers(len(choices))]


def make_noise(rng, bits):
    kind = some(rng, "lfsr", "lfsr", "lfsr", "xorshift", "ideal")
    if kind == "ideal":
        return {"kind": "ideal"}
    sharing = some(rng, 1, 1, 2, "all")
    if kind == "xorshift":
        return {"kind": kind, "width": some(rng, 32, 64), "sharing": sharing}
    width = some(rng, *[width for width in (8, 16, 21, 32, 64) if width >= bits])
    return {
        "kind": kind,
        "width": width,
        "gate": some(rng, "xor", "xnor"),
        "sharing": sharing,
        "shift": some(rng, 1, 1, 3, width),
    }


def make_synapse(rng, kind):
    if kind == "delay":
        return {"kind": "delay", "tau_s": UNIT * float(some(rng, 0.5, 1, 2.3))}
    if kind == "instant":
        return {"kind": "instant"}
    if kind in ("stale", "rc"):
        key = "tau_s" if kind == "stale" else "tau_rc"
        return {"kind": kind, key: UNIT * float(some(rng, 0.5, 2))}
    fraction = int(rng.integers(5))
    synapse = {"kind": "mac", "weights": f"s[{rng.integers(1, 6)}][{fraction}]"}
    if rng.random() < 0.5:
        synapse["beta"] = some(rng, "u[4][20]", "u[2][3]")
    if rng.random() < 0.3:
        synapse["accumulator"] = f"s[{rng.integers(1, 3)}][{fraction}]"
    if kind == "mac-late":
        synapse["latency"] = int(some(rng, 1, 2, 3, 7))
    return synapse


def make_design(combination, n, rng):
    activation, synapse, fabric = combination
    design = {"name": "random", "fabric": {"kind": fabric, "clock_hz": 1 / UNIT}}
    if fabric == "masked":
        design["fabric"]["probability"] = float(some(rng, 0.1, 0.5, 1))
    if activation == "ideal":
        design["device"] = {"kind": "ideal"}
    else:
        bits = int(some(rng, 2, 8, 16, 21, 32))
        whole, fraction = int(rng.integers(1, 6)), int(rng.integers(6))
        device = {"kind": "digital", "activation": activation, "bits": bits}
        device["input"] = f"s[{whole}][{fraction}]"
        if activation == "table" and rng.random() < 0.3:
            device["entries"] = 2 ** int(rng.integers(whole + fraction + 1))
        design |= {"device": device, "noise": make_noise(rng, bits)}
    design["synapse"] = make_synapse(rng, synapse)
    return design, UNIT * 120 / (1 if fabric == "sequential" else n)


def make_case(combination, seed):
    rng = np.random.default_rng([COMBINATIONS.index(combination), seed])
    circuit = make_circuit(rng)
    start = float(some(rng, 0, 3))
    design, duration = make_design(combination, circuit.n, rng)
    ends = start + np.append(duration * np.sort(rng.random(3)), duration)
    ends[0] = start + UNIT * max(1, round((ends[0] - start) / UNIT))
    return Case(
        circuit,
        design,
        int(rng.integers(2**32)),
        start,
        float(some(rng, 0.0, 0.3, 1.0, 2.0)),
        sorted(set(ends.tolist())),
        make_users(circuit, start, duration, UNIT, rng),
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


# What a wrong engine looks like; the comparison has to notice.


def a_word_late(patch):
    word = Gates.word
    patch.setattr(Gates, "word", lambda self, i, tick: word(self, i, tick - 1))


def registers_that_stand_still(patch):
    patch.setattr(Gates, "run_registers", lambda self, pbits: None)


def registers_that_run_twice(patch):
    run = Gates.run_registers

    def run_for_each(self, pbits):
        for i in pbits:
            run(self, [i])

    patch.setattr(Gates, "run_registers", run_for_each)


def inputs_one_step_up(patch):
    cut = gates.input_of_sum
    patch.setattr(gates, "input_of_sum", lambda digital, total: cut(digital, total) + 1)


def sums_without_an_end(patch):
    def init(self, arithmetic, key):
        digital = arithmetic.digital._replace(ceiling=1 << 62)
        original(self, arithmetic._replace(digital=digital), key)

    original = Gates.__init__
    patch.setattr(Gates, "__init__", init)


def sums_a_tick_early(patch):
    end = ReferenceEngine._end_sums
    patch.setattr(ReferenceEngine, "_end_sums", lambda self, tick: end(self, tick + 1))


def beta_that_is_not_loaded(patch):
    def set_beta(self, value):
        self._beta = value

    getter = ReferenceEngine.beta.fget
    patch.setattr(ReferenceEngine, "beta", property(getter, set_beta))


MUTANTS = [
    (registers_that_stand_still, "table-mac-chromatic"),
    (registers_that_run_twice, "clip-mac-synchronous"),
    (inputs_one_step_up, "table-mac-sequential"),
    (inputs_one_step_up, "clip-mac-masked"),
    (sums_without_an_end, "ideal-mac-chromatic"),
    (sums_a_tick_early, "table-mac-late-sequential"),
    (sums_a_tick_early, "ideal-mac-late-synchronous"),
    (beta_that_is_not_loaded, "clip-mac-chromatic"),
    (a_word_late, "table-delay-chromatic"),
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


@pytest.mark.parametrize(
    "combination",
    [("ideal", "mac", "chromatic"), ("table", "delay", "masked")],
    ids=["integer sums into spread p-bits", "spread inputs into tables"],
)
def test_spread_pbits_make_the_same_trace(combination):
    for seed in range(CASES_EACH):
        case = make_case(combination, seed)
        case.design["spread"] = {"slope": 0.2, "offset": 0.3}
        compare(case)

"""Digital p-bits bit by bit: published tables, words and updates; formats; what is refused."""

import json
import math

import numpy as np
import pytest

import hardware
import pbit
from hardware.devices import Digital, Ideal
from hardware.engines.digital import decide, input_of_field, input_of_sum, make_digital
from hardware.synapses import Mac
from pbit.errors import DesignError
from tests.compilers.shared_data import shared
from tests.hardware.machines import engines

CLOCK = 1e6
TABLE = {"kind": "digital", "input": "s[4][1]"}
CLIP = {"kind": "digital", "input": "s[1][20]", "activation": "clip", "bits": 21}
MAC = {"kind": "mac", "weights": "s[4][1]"}
LFSR = {"kind": "lfsr", "width": 32}


def design(device=TABLE, synapse=MAC, fabric="sequential", **rest):
    fabric = {"kind": fabric, "clock_hz": CLOCK}
    return {"name": "d", "device": device, "synapse": synapse, "fabric": fabric} | rest


def published():
    path = shared("published", "bit_true_pbit", "bit_true_pbit.json")
    return json.loads(path.read_text())


def record(circuit, made, ticks, **rest):
    """The states that the updates of so many ticks decide."""
    machine = hardware.Machine(circuit, made, **rest)
    return machine.run((ticks + 0.5) / CLOCK, record=True).log.states.tolist()


def test_the_published_table_comes_out_word_for_word():
    entries = published()["activation"]["entries"]
    expected = [int(entry["LUT_hex"], 16) for entry in entries]
    assert Digital(input="s[4][1]").table().tolist() == expected


@engines
@pytest.mark.parametrize("which", range(3))
@pytest.mark.parametrize(
    ("trace", "bias"),
    [
        ("trace_I_plus_1_0", 1.0),
        ("trace_I_minus_0_5", -0.5),
        ("trace_I_0", 0.0),
        ("trace_I_plus_12", 12.0),
    ],
)
def test_a_machine_makes_the_published_traces(engine, which, trace, bias):
    sequence = published()["sequences"][which]
    noise = LFSR | {"seeds": [sequence["seed_hex"]]}
    lone = pbit.IsingModel({}, [bias])
    states = record(lone, design(noise=noise), 64, engine=engine)
    assert "".join("1" if state > 0 else "0" for state in states) == sequence[trace]


def test_the_shipped_design_makes_the_published_traces():
    shipped = hardware.load_design("ucsb-fpga")
    for sequence in published()["sequences"]:
        table = shipped.to_dict()
        table["noise"]["seeds"] = [sequence["seed_hex"]]
        machine = hardware.Machine(pbit.IsingModel({}, [1.0]), table)
        log = machine.run(64.5 * shipped.clock_period, record=True).log
        bits = "".join("1" if state > 0 else "0" for state in log.states.tolist())
        assert bits == sequence["trace_I_plus_1_0"]


@engines
def test_a_machine_makes_the_published_updates(engine):
    vectors = published()["update_vectors"]
    assert len(vectors) == 24
    for vector in vectors:
        half = np.array(vector["J_half_units"]) / 2
        couplings = {(0, k + 1): weight for k, weight in enumerate(half.tolist())}
        star = pbit.IsingModel(couplings, [vector["h_half_units"] / 2] + 6 * [0.0])
        seeds = [vector["rng_hex"]] + 6 * [1]
        machine = hardware.Machine(
            star, design(noise=LFSR | {"seeds": seeds}), engine=engine
        )
        machine.clamp({k + 1: 2 * bit - 1 for k, bit in enumerate(vector["s_in"])})
        log = machine.run(1.5 / CLOCK, record=True).log
        assert log.pbits.tolist() == [0]
        assert (log.states[0] + 1) // 2 == vector["s_out"]


def test_the_steps_of_the_published_updates_come_out():
    made = hardware.load_design(design())
    digital = make_digital(made, 7, 12, 6)
    for vector in published()["update_vectors"]:
        states = 2 * np.array(vector["s_in"]) - 1
        total = vector["h_half_units"] + int(states @ vector["J_half_units"])
        assert total == vector["sum_half_units"]
        given = int(input_of_sum(digital, total))
        assert given == vector["I_half_units"]
        assert digital.table[abs(given)] == int(vector["LUT_hex"], 16)
        word = int(vector["rng_hex"], 16)
        assert (decide(digital, given, word) + 1) // 2 == vector["s_out"]


def chance(device, bias):
    """The exact chance of +1 over all words, by going through them."""
    made = hardware.load_design(design(device))
    digital = make_digital(made, 1, 0, 0)
    bits = made.device.bits
    given = input_of_field(digital, bias)
    ups = sum(decide(digital, given, word) > 0 for word in range(2**bits))
    return ups / 2**bits


def test_a_table_gives_the_heat_bath_to_its_resolution():
    device = TABLE | {"bits": 10}
    for bias in np.arange(-4, 4.5, 0.5).tolist():
        exact = 1 / (1 + math.exp(-2 * bias))
        # Half a unit of rounding; u = T never gives +1, so one more at I < 0.
        assert chance(device, bias) == pytest.approx(exact, abs=1.5 / 1024)


def test_a_clip_is_linear_and_exact_between_its_ends():
    device = {"kind": "digital", "input": "s[2][6]", "activation": "clip", "bits": 9}
    for steps in range(-100, 101):
        bias = steps / 64
        exact = (1 + min(max(bias, -1), 1)) / 2
        assert chance(device, bias) == exact


def test_a_shorter_table_takes_the_entry_below():
    whole, short = Digital(input="s[2][4]"), Digital(input="s[2][4]", entries=8)
    np.testing.assert_array_equal(short.table(), whole.table()[::8])
    for steps in range(64):
        bias = steps / 16
        floor = math.floor(bias * 2) / 2
        device = {"kind": "digital", "input": "s[2][4]", "bits": 8}
        assert chance(device | {"entries": 8}, bias) == chance(device, floor)


def test_inputs_are_cut_and_saturated_alike_at_both_ends():
    digital = make_digital(hardware.load_design(design()), 1, 0, 0)
    cuts = [0.49, 0.5, -0.01, -0.5, 99.0, -99.0, 1e300, -1e300]
    expected = [0, 1, -1, -1, 31, -31, 31, -31]
    assert [input_of_field(digital, value) for value in cuts] == expected


@engines
@pytest.mark.parametrize("fabric", ["sequential", "chromatic"])
def test_a_fine_digital_machine_samples_boltzmann(engine, fabric):
    """20 000 sweeps of 3 p-bits (reference: 1000); the bound is 6 standard deviations.

    Sweeps are taken as independent half the time at these couplings; a probability off by
    0.03 would be caught.
    """
    gate = pbit.IsingModel({(0, 1): -0.5, (0, 2): 0.75, (1, 2): 0.25}, [0.25, 0, -0.5])
    fine = {"kind": "digital", "input": "s[4][2]"}
    sweeps = 20_000 if engine == "compiled" else 1000
    made = design(fine, {"kind": "mac", "weights": "s[2][2]"}, fabric)
    ticks = sweeps * 3
    run = hardware.Machine(gate, made, rng=2, engine=engine).run(ticks / CLOCK)
    exact = pbit.exact.probabilities(gate)
    bound = 6 * np.sqrt(exact * (1 - exact) * 2 / sweeps).max()
    assert np.abs(run.occupancy - exact).max() < bound


def test_beta_is_folded_into_rounded_weights_or_multiplies_their_sum():
    pair = pbit.IsingModel({(0, 1): 0.8}, [0.3, 0.0])
    for synapse, weight, bias, register in (
        (MAC, 1, 1, 1),  # 0.5 * 0.8 = 0.4 -> 0.5; 0.15 -> 0 in half units
        (MAC | {"beta": "u[2][3]"}, 2, 1, 4),  # 0.8 -> 1.0, 0.3 -> 0.5
    ):
        machine = hardware.Machine(pair, design(synapse=synapse), rng=1, beta=0.5)
        digital = machine._engine.arithmetic.digital
        assert digital.weights.tolist() == [weight, weight]
        assert digital.biases.tolist() == [bias if "beta" in synapse else 0, 0]
        assert digital.register.tolist() == [register]
        machine.beta = 100.0
        assert digital.weights.tolist() == ([31, 31] if synapse is MAC else [2, 2])
        assert digital.register.tolist() == [1 if synapse is MAC else 31]


@engines
def test_latency_makes_updates_work_on_older_states(engine):
    """A ring of inverters: p-bit 1 shows at tick k what 0 was before tick k - latency."""
    follow = pbit.PCircuit(np.array([[0.0, 0.0], [15.5, 0.0]]))
    for latency in (0, 1, 2, 5):
        synapse = MAC | {"latency": latency}
        machine = hardware.Machine(
            follow,
            design(synapse=synapse, fabric="synchronous"),
            rng=4,
            engine=engine,
            initial=[1, 1],
        )
        log = machine.run(60.5 / CLOCK, record=True).log
        zero, one = log.states[0::2], log.states[1::2]
        source = np.concatenate([np.ones(latency + 1, np.int8), zero])
        np.testing.assert_array_equal(one, source[: one.size])
        assert 10 < (zero > 0).sum() < 50


def test_pbits_of_one_register_get_the_same_word_at_a_tick():
    made = design(fabric="synchronous", noise=LFSR | {"sharing": 2})
    run = hardware.Machine(pbit.IsingModel({}, np.zeros(4)), made, rng=1).run(
        40.5 / CLOCK, record=True
    )
    table = run.log.states.reshape(-1, 4)
    assert (table[:, 0] == table[:, 1]).all()
    assert (table[:, 2] == table[:, 3]).all()
    assert (table[:, 0] != table[:, 2]).any()


@pytest.mark.parametrize(
    ("change", "key", "message"),
    [
        ({"device": TABLE | {"input": "s4.1"}}, "device.input", r"look like 's\[4\]"),
        ({"device": TABLE | {"input": "s[20][20]"}}, "device.input", "at most 32 bits"),
        ({"device": TABLE | {"entries": 24}}, "device.entries", "power of two, not 24"),
        ({"device": TABLE | {"entries": 64}}, "device.entries", "1 to 32, not 64"),
        ({"device": TABLE | {"bits": 1}}, "device.bits", "must be 2 to 32, not 1"),
        ({"device": CLIP | {"entries": 8}}, "device.entries", "is of tables only"),
        ({"device": TABLE | {"activation": "relu"}}, "device.activation", "'clip'"),
        ({"device": TABLE | {"tau_n": 1e-9}}, "device.tau_n", "is not a known entry"),
        ({"device": TABLE | {"input": "s[9][9]"}}, "device.entries", "is required"),
        ({"synapse": MAC | {"weights": "s[20][9]"}}, "synapse.weights", "24 bits"),
        ({"synapse": MAC | {"beta": "s[4][20]"}}, "synapse.beta", "'folded' or"),
        ({"synapse": MAC | {"beta": "u[0][0]"}}, "synapse.beta", "1 to 32 bits"),
        ({"synapse": MAC | {"latency": -1}}, "synapse.latency", "must be 0 to"),
        (
            {"synapse": MAC | {"accumulator": "s[7][2]"}},
            "synapse.accumulator",
            "the 1 fractional bits of the weights",
        ),
        ({"fabric": {"kind": "autonomous"}}, "fabric.kind", "digital p-bits work at"),
        (
            {
                "device": {"kind": "ideal", "tau_n": 1e-9},
                "fabric": {"kind": "autonomous"},
            },
            "fabric.kind",
            "mac synapses work at",
        ),
        ({"fabric": {"kind": "sequential"}}, "fabric.clock_hz", "is required"),
        ({"noise": {"kind": "dice"}}, "noise.kind", "must be one of 'ideal'"),
        ({"noise": {"kind": "lfsr"}}, "noise.width", "is required"),
        (
            {"noise": {"kind": "lfsr", "width": 8}},
            "noise.width",
            "must be 32 at least, the bits that p-bits compare, not 8",
        ),
        (
            {"device": {"kind": "ideal"}, "noise": LFSR},
            "noise",
            "is of digital p-bits only, not of 'ideal' ones",
        ),
    ],
)
def test_a_wrong_design_names_the_key_and_the_rule(change, key, message):
    with pytest.raises(DesignError, match=message) as caught:
        hardware.load_design(design(noise=LFSR) | change)
    assert caught.value.key == key


def test_sums_too_long_for_the_arithmetic_are_refused():
    wide = MAC | {"weights": "s[20][3]", "beta": "u[10][22]"}
    with pytest.raises(DesignError, match=r"sums of 57 bits.*1 couplings") as caught:
        hardware.Machine(pbit.IsingModel({(0, 1): 1.0}), design(synapse=wide))
    assert caught.value.key == "synapse.weights"


def test_parts_come_back_from_design_files():
    noise = {"kind": "lfsr", "width": 21, "taps": [21, 19], "seeds": ["1F", 7]}
    made = hardware.load_design(
        design(CLIP, MAC | {"beta": "u[4][20]", "latency": 3}, noise=noise)
    )
    assert made.noise.seeds == (31, 7)
    assert hardware.load_design(made.to_dict()) == made
    assert isinstance(made.synapse, Mac)
    plain = hardware.Design(name="d", device=Ideal(tau_n=1e-9))
    assert plain.noise is None


def test_integer_sums_into_digital_pbits_have_nothing_to_spread():
    made = design() | {"spread": {"slope": 0.1}}
    with pytest.raises(DesignError, match="nothing analog to spread") as caught:
        hardware.Machine(pbit.IsingModel({(0, 1): 1.0}), made)
    assert caught.value.key == "spread"

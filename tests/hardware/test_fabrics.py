"""Fabrics and chips: what designs say of them, and machines that must be one another's twin."""

import numpy as np
import pytest

import hardware
import pbit
from hardware.design import load_design
from hardware.engines.links import make_links, slots_of
from hardware.replicas import split
from pbit.errors import DesignError
from tests.hardware.machines import GLASS, TAU, columns

RING = pbit.IsingModel({(i, (i + 1) % 6): 1.0 for i in range(6)})


def design_of(fabric, device=None, synapse=None, **rest):
    return {
        "name": "x",
        "device": device or {"kind": "ideal", "tau_n": TAU},
        "synapse": synapse or {"kind": "instant"},
        "fabric": fabric,
        **rest,
    }


def log_of(fabric, circuit=GLASS, **rest):
    machine = hardware.Machine(circuit, design_of(fabric, **rest), rng=4)
    return columns(machine.run(100.5 * TAU, record=True))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"kind": "time-multiplexed", "physical": 1}, {"kind": "sequential"}),
        ({"kind": "time-multiplexed", "physical": 6}, {"kind": "synchronous"}),
        ({"kind": "time-multiplexed", "physical": 99}, {"kind": "synchronous"}),
        ({"kind": "spin-serial", "replicas": 1}, {"kind": "sequential"}),
        ({"kind": "spin-serial", "replicas": 6}, {"kind": "synchronous"}),
        ({"kind": "masked", "probability": 1.0, "depth": 0}, {"kind": "synchronous"}),
    ],
)
def test_fabrics_that_are_one_make_one_trace(one, other):
    assert log_of(one) == log_of(other)


def test_a_chip_alone_is_a_machine_without_chips():
    alone = {"parts": [0] * 6, "bandwidth_hz": 1.0}
    for fabric in ("autonomous", "sequential", "chromatic"):
        assert log_of({"kind": fabric}, chips=alone) == log_of({"kind": fabric})


def test_a_deep_pipeline_decides_as_over_delays_and_acts_later():
    """Depth 2: an update sees what was decided 3 ticks ago, as with a delay of 2.5."""
    deep = log_of({"kind": "synchronous", "depth": 2})
    late = log_of(
        {"kind": "synchronous"}, synapse={"kind": "delay", "tau_s": 2.5 * TAU}
    )
    assert [entry[1:] for entry in deep] == [entry[1:] for entry in late[: len(deep)]]
    assert len(deep) == len(late) - 2 * GLASS.n
    assert deep[0][0] - late[0][0] == pytest.approx(2 * TAU)


@pytest.mark.parametrize(
    ("fabric", "message"),
    [
        ({"kind": "time-multiplexed"}, r"fabric\.physical: is required"),
        ({"kind": "time-multiplexed", "physical": 0}, r"physical: must be >= 1, not 0"),
        ({"kind": "time-multiplexed", "physical": 1.5}, r"physical: must be a whole"),
        ({"kind": "spin-serial", "replicas": 0}, r"replicas: must be >= 1, not 0"),
        ({"kind": "sequential", "depth": -1}, r"fabric\.depth: must be 0 to 1024"),
        ({"kind": "sequential", "depth": 2000}, r"fabric\.depth: must be 0 to 1024"),
        ({"kind": "autonomous", "depth": 1}, r"fabric\.depth: is not a known entry"),
    ],
)
def test_wrong_fabrics_are_refused(fabric, message):
    with pytest.raises(DesignError, match=message):
        load_design(design_of(fabric))


def test_replicas_must_divide_the_circuit():
    with pytest.raises(DesignError, match=r"replicas: must divide .* 6 p-bits, not 4"):
        hardware.Machine(GLASS, design_of({"kind": "spin-serial", "replicas": 4}))


def test_digital_pipelines_belong_to_their_synapse():
    design = design_of(
        {"kind": "sequential", "depth": 2, "clock_hz": 1e9},
        {"kind": "digital", "input": "s[4][1]"},
        {"kind": "mac", "weights": "s[4][1]"},
    )
    with pytest.raises(
        DesignError, match=r"fabric\.depth: must be 0 .* synapse\.latency"
    ):
        load_design(design)


PARTS = [0, 0, 0, 1, 1, 1]


@pytest.mark.parametrize(
    ("chips", "message"),
    [
        ({"bandwidth_hz": 1}, r"chips\.parts: is required"),
        ({"parts": PARTS}, r"chips\.bandwidth_hz: is required"),
        (
            {"parts": [], "bandwidth_hz": 1},
            r"parts: must hold one chip a p-bit, not none",
        ),
        ({"parts": [0, 2], "bandwidth_hz": 1}, r"parts: must number .* not skip 1"),
        (
            {"parts": [0, -1], "bandwidth_hz": 1},
            r"parts\[1\]: must be the number of a chip",
        ),
        ({"parts": [0, 0.5], "bandwidth_hz": 1}, r"parts\[1\]: must be the number"),
        ({"parts": 3, "bandwidth_hz": 1}, r"parts: must be a list, not 3"),
        ({"parts": PARTS, "bandwidth_hz": 0}, r"bandwidth_hz: must be > 0, not 0"),
        ({"parts": PARTS, "bandwidth_hz": 1, "latency": -1}, r"latency: must be >= 0"),
        (
            {"parts": PARTS, "bandwidth_hz": 1, "links": [[0, 1, 1]]},
            r"links\[0\]: must be \[from, to, latency, bandwidth\]",
        ),
        (
            {"parts": PARTS, "bandwidth_hz": 1, "links": [[0, 2, 1, 1]]},
            r"links\[0\]: must join two of the 2 chips",
        ),
        (
            {"parts": PARTS, "bandwidth_hz": 1, "links": [[0, 1, 1, 1]] * 2},
            r"links\[1\]: names the link \(0, 1\) a second time",
        ),
        (
            {"parts": PARTS, "bandwidth_hz": 1, "clock_hz": [1e9]},
            r"clock_hz: must hold one frequency a chip, 2, not 1",
        ),
        (
            {"parts": PARTS, "bandwidth_hz": 1, "clock_hz": [1e9, 1e9]},
            r"clock_hz: must be left out: the autonomous fabric has no clock",
        ),
    ],
)
def test_wrong_chips_are_refused(chips, message):
    with pytest.raises(DesignError, match=message):
        load_design(design_of({"kind": "autonomous"}, chips=chips))


@pytest.mark.parametrize(
    "synapse",
    [
        {"kind": "stale", "tau_s": 1e-9},
        {"kind": "delay", "tau_s": 1e-9, "spread": 0.1},
        {"kind": "rc", "tau_rc": 1e-9},
    ],
)
def test_links_that_are_not_built_are_refused(synapse):
    chips = {"parts": PARTS, "bandwidth_hz": 1e9}
    with pytest.raises(DesignError, match=r"^chips: joins instant synapses"):
        load_design(design_of({"kind": "autonomous"}, synapse=synapse, chips=chips))


def test_parts_are_one_a_pbit():
    chips = {"parts": [0, 1], "bandwidth_hz": 1e9}
    for fabric in ("autonomous", "sequential"):
        with pytest.raises(
            DesignError, match=r"chips\.parts: must hold one .* 6, not 2"
        ):
            hardware.Machine(GLASS, design_of({"kind": fabric}, chips=chips))


def test_rounds_under_way_have_to_fit_memory():
    chips = {"parts": PARTS, "bandwidth_hz": "1 THz", "latency": 1}
    with pytest.raises(DesignError, match=r"chips\.latency: is so long beside rounds"):
        hardware.Machine(RING, design_of({"kind": "autonomous"}, chips=chips))


def test_designs_with_chips_come_back_from_their_file(tmp_path):
    chips = {
        "parts": PARTS,
        "bandwidth_hz": "1 GHz",
        "latency": "5 ns",
        "links": [[0, 1, "1 ns", "2 GHz"]],
        "clock_hz": ["1 MHz", 2e6],
    }
    fabric = {"kind": "chromatic", "clock_hz": "1 MHz", "depth": 3}
    design = load_design(design_of(fabric, device={"kind": "ideal"}, chips=chips))
    path = tmp_path / "chips.toml"
    path.write_text(design.to_toml())
    assert load_design(path) == design
    assert design.chips.link(0, 1) == (1e-9, 2e9)
    assert design.chips.link(1, 0) == (5e-9, 1e9)


def test_links_carry_what_the_other_chip_reads():
    design = load_design(
        design_of({"kind": "autonomous"}, chips={"parts": PARTS, "bandwidth_hz": 4.0})
    )
    links = make_links(RING, design.chips)
    # 2 and 0 are read by chip 1, 3 and 5 by chip 0: two bits each way.
    assert links.sources.tolist() == [0, 2, 3, 5]
    assert links.period.tolist() == [0.5, 0.5]
    assert links.readers.tolist() == [5, 3, 2, 0]
    slots, ends, _ = slots_of(RING, design.chips)
    assert ends == [(0, 1), (1, 0)]
    assert slots[RING.weights.indptr[3] : RING.weights.indptr[4]].tolist() == [7, 4]


def test_accounts_of_fabrics():
    def of(fabric, circuit=RING, **rest):
        return hardware.account(circuit, design_of(fabric, **rest))

    need = of({"kind": "time-multiplexed", "physical": 4})
    assert (need.physical, need.ticks_per_sweep, need.utilisation) == (4, 2, 0.75)
    assert need.seconds_per_sweep == pytest.approx(2 * TAU)
    assert need.updates_per_second == pytest.approx(3 / TAU)
    replicas = hardware.replicate(RING, 5)
    need = of({"kind": "spin-serial", "replicas": 5, "depth": 1}, replicas)
    assert (need.logical, need.physical, need.ticks_per_sweep) == (30, 5, 6)
    assert need.state_bits == 60
    need = of({"kind": "autonomous"})
    assert (need.physical, need.ticks_per_sweep) == (6, None)
    assert need.updates_per_second == pytest.approx(6 / TAU)
    chips = {"parts": PARTS, "bandwidth_hz": 4.0}
    need = of({"kind": "sequential"}, chips=chips)
    assert (need.physical, need.ticks_per_sweep) == (2, 3)
    assert (need.state_bits, need.link_bits_per_second) == (10, 8.0)
    run = hardware.Machine(RING, design_of({"kind": "sequential"}, chips=chips), 1).run(
        300.5 * TAU
    )
    assert run.updates / run.elapsed == pytest.approx(need.updates_per_second, rel=0.01)


def test_replicas_are_copies_in_a_row():
    pair = pbit.IsingModel({("a", "b"): 1.0}, [0.5, 0], 2.0, ["a", "b"])
    three = hardware.replicate(pair, 3)
    assert three.labels[2:4] == ((1, "a"), (1, "b"))
    states = np.array([1, 1, -1, 1, -1, -1], np.int8)
    each = split(states, 3)
    assert three.energy(states) == sum(pair.energy(state) for state in each)
    directed = hardware.replicate(pbit.PCircuit([[0, 2.0], [0, 0]]), 2)
    assert not isinstance(directed, pbit.IsingModel)
    assert directed.weights.toarray()[2:, 2:].tolist() == [[0, 2], [0, 0]]
    with pytest.raises(ValueError, match="must be 3 at least to be coupled in a ring"):
        hardware.replicate(pair, 2, coupling=1.0)
    with pytest.raises(ValueError, match="must divide the 6 p-bits, not 4"):
        split(states, 4)

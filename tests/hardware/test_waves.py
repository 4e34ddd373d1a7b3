"""Waveforms: what an independent parser reads back is the trace."""

import numpy as np
import pytest
from vcdvcd import VCDVCD

import pbit
from hardware import waves
from hardware.happenings import links_of, receivers
from hardware.machine import Machine
from hardware.run import Run
from pbit.errors import DesignError
from tests.hardware.machines import KINDS, design_of, kinds
from tests.hardware.replay import replay

RNG = np.random.default_rng(3)
EIGHT = pbit.IsingModel(
    np.triu(J := 0.4 * RNG.normal(size=(8, 8)), 1) + np.triu(J, 1).T,
    0.2 * RNG.normal(size=8),
    labels=[*"abcdefg", ("bus", 3)],
)
NAMES = [*"abcdefg", "bus_3"]
FS = 1e-15
END = 1e-7


def recorded(kind="ideal", circuit=EIGHT, rng=1):
    """A run that was clamped, released and clamped again on the way."""
    machine = Machine(circuit, design_of(kind), rng)

    def user():
        yield machine.env.timeout(3e-8)
        machine.clamp({"b": 1, "d": -1})
        yield machine.env.timeout(4e-8)
        machine.release(["b"])

    machine.clamp({"a": 1})
    machine.run(1e-8)
    machine.env.process(user())
    return machine.run(END, record=True)


def values(vcd, name):
    return vcd[f"machine.{name}"].tv


@kinds
def test_an_independent_parser_reads_back_the_trace(kind, tmp_path):
    path, run = tmp_path / "eight.vcd", recorded(kind)
    waves.write(run, path)
    vcd = VCDVCD(str(path))
    assert float(vcd.timescale["timescale"]) == pytest.approx(FS)
    assert vcd.begintime == round(1e-8 / FS)
    assert vcd.endtime == round(END / FS)
    marks = zip(run.clamps.times, run.clamps.pbits, run.clamps.states, strict=True)
    clamps = [(t, i, s) for t, i, s in marks if s != 0]
    told = replay(run.initial, run.log, run.start, run.end, clamps)
    flips = {name: [] for name in NAMES}
    last = None
    for time, state in told.visited:
        for i, name in enumerate(NAMES):
            if last is None or state[i] != last[i]:
                flips[name].append((round(time / FS), str(int(state[i] > 0))))
        last = state
    for name in NAMES:
        assert values(vcd, f"pbits.{name}") == flips[name], name
    assert len(flips["a"]) == 1
    assert sum(map(len, flips.values())) > 20


def test_clamps_updates_fields_and_the_clock_are_there(tmp_path):
    path, run = tmp_path / "eight.vcd", recorded("chromatic")
    scopes = [scope for scope in waves.SCOPES if scope != "links"]
    waves.write(run, path, scopes, circuit=EIGHT, pbits=["a", "b", "c"])
    vcd = VCDVCD(str(path))
    ns = round(1e-9 / FS)
    assert values(vcd, "clamps.a") == [(10 * ns, "1")]
    assert values(vcd, "clamps.b") == [(10 * ns, "0"), (40 * ns, "1"), (80 * ns, "0")]
    strikes = [t for t, _ in values(vcd, "updates.c")]
    of_c = run.log.times[run.log.pbits == 2]
    assert strikes == [round(t / FS) for t in of_c]
    period = 1e-9 / len(pbit.coloring.color(EIGHT).classes)
    rises = [t for t, value in values(vcd, "clock") if value == "1"]
    np.testing.assert_allclose(np.diff(rises), period / FS, atol=1.01)
    assert set(strikes) <= set(rises)
    field = float(values(vcd, "fields.b")[-1][1])
    assert field == pytest.approx(EIGHT.fields(run.state)[1], rel=1e-12)
    assert "machine.pbits.d" not in vcd.signals


@pytest.mark.parametrize("kind", ["ideal", "telegraph", "sequential"])
@pytest.mark.parametrize("first", [0.0, 1.3e-8])
def test_links_show_what_other_chips_hold(kind, first, tmp_path):
    """What the engine's readers see at several moments is what the file says there."""
    chips = {"parts": [0, 0, 0, 1, 1, 1, 2, 2], "bandwidth_hz": 2e9, "latency": 7e-10}
    table = design_of(kind) | {"chips": chips}
    path, stale = tmp_path / "links.vcd", 0
    for moment in np.linspace(2e-8, 6e-8, 5) + 1e-12:
        machine = Machine(EIGHT, table, rng=4)
        machine.clamp({"a": -machine.state[0]})
        if first:
            machine.run(first)
        run = machine.run(moment, record=True)
        copies = machine._engine.live.seen[8:].tolist()
        who = receivers(run, EIGHT, links_of(run, EIGHT))
        assert len(who) == len(copies) == 16
        waves.write(run, path, ["pbits", "links"], circuit=EIGHT)
        vcd = VCDVCD(str(path))
        for (chip, i), copy in zip(who, copies, strict=True):
            told = values(vcd, f"links.chip{chip}.{NAMES[i]}")
            assert (told[0][1] == "x") == (first > 0 or i == 0)
            assert told[-1][1] == str(int(copy > 0))
            stale += copy != run.state[i]
    assert stale > 5
    with pytest.raises(DesignError, match="has no links to show"):
        waves.write(recorded(), tmp_path / "no.vcd", ["links"], circuit=EIGHT)


def test_a_run_that_was_saved_gives_the_same_waveform(tmp_path):
    run = recorded()
    run.save(tmp_path / "run.npz")
    for k, one in enumerate((run, Run.load(tmp_path / "run.npz"))):
        waves.write(one, tmp_path / f"{k}.vcd")
    assert (tmp_path / "0.vcd").read_bytes() == (tmp_path / "1.vcd").read_bytes()


@pytest.mark.parametrize("kind", KINDS)
def test_a_budget_that_is_too_small_writes_nothing(kind, tmp_path):
    path = tmp_path / "eight.vcd"
    with pytest.raises(ValueError, match="max_events = 10 is too few for this run"):
        waves.write(recorded(kind), path, max_events=10)
    assert not path.exists()


def test_what_cannot_be_shown_says_so(tmp_path):
    path, run = tmp_path / "a.vcd", recorded()
    plain = Machine(EIGHT, design_of("ideal"), 1).run(1e-8)
    for wrong, error, match in (
        ({"run": plain}, ValueError, "must be recorded"),
        ({"scopes": ["pbit"]}, ValueError, "did you mean 'pbits'"),
        ({"scopes": []}, ValueError, "one at least"),
        ({"scopes": ["fields"]}, ValueError, "need the circuit"),
        ({"scopes": ["clock"]}, DesignError, "no fabric with a clock"),
        ({"timescale": "3 fs"}, ValueError, "timescale must be 1, 10 or 100"),
        ({"pbits": ["z"]}, KeyError, "no p-bit is called 'z'"),
        ({"circuit": pbit.IsingModel({(0, 1): 1.0})}, ValueError, "8 p-bits, not 2"),
    ):
        with pytest.raises(error, match=match):
            waves.write(**({"run": run, "path": path} | wrong))
    assert not path.exists()

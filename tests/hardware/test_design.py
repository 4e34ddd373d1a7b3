"""Designs: every rule has a wrong design, every right one survives the round trip."""

import math
from pathlib import Path

import msgspec
import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.design import Design, load_design, shipped_designs
from hardware.devices import Ideal, Telegraph
from hardware.energy import Energy
from hardware.entries import PARTS, PLAIN
from hardware.fabrics import (
    Autonomous,
    Chromatic,
    Masked,
    Sequential,
    Synchronous,
)
from hardware.limits import ENTRIES
from hardware.synapses import Delay, Instant, Stale
from pbit.errors import DesignError, ParseError
from pbit.limits import TOPOLOGIES, FixedPoint, Limits

IDEAL = {"kind": "ideal", "tau_n": 1e-9}
SILENT = {"kind": "ideal"}
TELEGRAPH = {"kind": "telegraph", "tau_n": 1e-9}
MASKED = {"kind": "masked", "clock_hz": 1e6}

# What is wrong, the key that the error names, and a part of its message.
WRONG = [
    ({"name": None}, "name", "is required"),
    ({"name": ""}, "name", "must be text, not ''"),
    ({"name": 3}, "name", "must be text, not 3"),
    ({"description": 3}, "description", "must be text, not 3"),
    ({"device": None}, "device", "is required"),
    ({"device": "ideal"}, "device", "must be a table, not 'ideal'"),
    ({"devise": IDEAL}, "devise", "did you mean 'device'?"),
    (
        {"device": {"tau_n": 1e-9}},
        "device.kind",
        "is required: one of 'digital', 'ideal'",
    ),
    (
        {"device": {"kind": "telegraf"}},
        "device.kind",
        "not 'telegraf'; did you mean 'telegraph'?",
    ),
    ({"device": {"kind": 1}}, "device.kind", "not 1"),
    (
        {"device": IDEAL | {"taun": 1}},
        "device.taun",
        "is not a known entry for the kind 'ideal'; did you mean 'tau_n'?",
    ),
    (
        {"device": {"kind": "telegraph"}},
        "device.tau_n",
        "is required for the kind 'telegraph'",
    ),
    ({"device": IDEAL | {"tau_n": "3 MHz"}}, "device.tau_n", "a frequency, not a time"),
    ({"device": IDEAL | {"tau_n": "1 parsec"}}, "device.tau_n", "unknown unit"),
    ({"device": IDEAL | {"tau_n": 0}}, "device.tau_n", "must be > 0, not 0"),
    ({"device": IDEAL | {"tau_n": -1e-9}}, "device.tau_n", "must be > 0, not -1e-09"),
    (
        {"device": IDEAL | {"tau_n": math.nan}},
        "device.tau_n",
        "must be finite, not nan",
    ),
    (
        {"device": IDEAL | {"tau_n": math.inf}},
        "device.tau_n",
        "must be finite, not inf",
    ),
    ({"device": IDEAL | {"tau_n": True}}, "device.tau_n", "must be a number"),
    ({"device": IDEAL | {"tau_n": []}}, "device.tau_n", "not none"),
    (
        {"device": IDEAL | {"tau_n": [1e-9, "2 Hz"]}},
        "device.tau_n[1]",
        "'2 Hz' is a frequency, not a time",
    ),
    ({"device": IDEAL | {"tau_n": [[1e-9]]}}, "device.tau_n[0]", "must be a number"),
    ({"device": IDEAL | {"source": 1}}, "device.source", "must be text, not 1"),
    (
        {"device": IDEAL | {"status": "measuerd"}},
        "device.status",
        "did you mean 'measured'?",
    ),
    ({"device": SILENT}, "device.tau_n", "is required where the fabric is autonomous"),
    (
        {"synapse": {"kind": "delay"}},
        "synapse.tau_s",
        "is required for the kind 'delay'",
    ),
    ({"synapse": {"kind": "delay", "tau_s": 0.0}}, "synapse.tau_s", "must be > 0"),
    (
        {"synapse": {"kind": "instant", "tau_s": 1e-9}},
        "synapse.tau_s",
        "is not a known entry for the kind 'instant'",
    ),
    (
        {"synapse": {"kind": "stale", "tau_s": 1e-9, "copies": "sources"}},
        "synapse.copies",
        "must be one of 'edge', 'source', not 'sources'; did you mean 'source'?",
    ),
    (
        {"device": TELEGRAPH, "fabric": {"kind": "chromatic"}},
        "fabric.kind",
        "telegraph p-bits time themselves, so the fabric must be 'autonomous', "
        "not 'chromatic'",
    ),
    (
        {"fabric": {"kind": "sequential", "clock_hz": "1 GHz"}},
        "fabric.clock_hz",
        "is given twice: clock_hz = 1e+09 and device.tau_n = 1e-09",
    ),
    (
        {"device": SILENT, "fabric": {"kind": "synchronous"}},
        "fabric.clock_hz",
        "is required: the synchronous fabric needs a clock",
    ),
    (
        {"device": IDEAL | {"tau_n": [1e-9, 2e-9]}, "fabric": {"kind": "sequential"}},
        "device.tau_n",
        "must be one time where it is the clock period, not 2 of them",
    ),
    (
        {"device": SILENT, "fabric": {"kind": "sequential", "clock_hz": 0}},
        "fabric.clock_hz",
        "must be > 0, not 0",
    ),
    (
        {"device": SILENT, "fabric": {"kind": "sequential", "clock_hz": "1 ns"}},
        "fabric.clock_hz",
        "'1 ns' is a time, not a frequency",
    ),
    ({"device": SILENT, "fabric": MASKED}, "fabric.probability", "is required"),
    *(
        (
            {"device": SILENT, "fabric": MASKED | {"probability": wrong}},
            "fabric.probability",
            f"must be in (0, 1], not {wrong}",
        )
        for wrong in (0, 0.0, -0.1, 1.5, math.nan)
    ),
    *(
        (
            {"device": SILENT, "fabric": MASKED | {"probability": wrong}},
            "fabric.probability",
            f"must be a number, not {wrong!r}",
        )
        for wrong in (True, "0.5", [0.5])
    ),
    ({"energy": {"per_update": -1e-15}}, "energy.per_update", "must be >= 0"),
    ({"energy": {"per_flip": "1 fW"}}, "energy.per_flip", "a power, not an energy"),
    ({"energy": {"static_power": "1 J"}}, "energy.static_power", "not a power"),
    ({"energy": {"kind": "x"}}, "energy.kind", "is not a known entry"),
    (
        {"energy": {"per_updates": 1}},
        "energy.per_updates",
        "is not a known entry; did you mean 'per_update'?",
    ),
    ({"energy": {"uncertainty": -1}}, "energy.uncertainty", "must be >= 0, not -1"),
    ({"energy": {"per_link_bit": "1 W"}}, "energy.per_link_bit", "not an energy"),
    ({"spread": {"slope": -0.1}}, "spread.slope", "must be >= 0, not -0.1"),
    ({"spread": {"slope": "10 %"}}, "spread.slope", "a number without a unit"),
    ({"spread": {"offset": math.nan}}, "spread.offset", "must be finite, not nan"),
    ({"spread": {"offset": [0.1]}}, "spread.offset", "must be a number, not [0.1]"),
    ({"spread": {"slopes": 0.1}}, "spread.slopes", "did you mean 'slope'?"),
    ({"spread": {"kind": "normal"}}, "spread.kind", "is not a known entry"),
    ({"spread": {"seed": -1}}, "spread.seed", "must be >= 0, not -1"),
    ({"spread": {"seed": 1.5}}, "spread.seed", "must be a whole number, not 1.5"),
    (
        {"spread": {"slope": 0.1, "distribution": "lognormale"}},
        "spread.distribution",
        "must be one of 'lognormal', 'normal', not 'lognormale'",
    ),
    (
        {
            "device": SILENT,
            "fabric": MASKED | {"probability": 1},
            "spread": {"tau": 0.1},
        },
        "spread.tau",
        "must be 0 where a clock says when p-bits update, as in the masked fabric",
    ),
    (
        {"device": TELEGRAPH, "spread": {"drift": 3.0}},
        "spread.drift",
        "must be 0 for telegraph p-bits",
    ),
    (
        {"faults": {"stuck_up": 1.5}},
        "faults.stuck_up",
        "a fraction in [0, 1] or a list",
    ),
    ({"faults": {"stuck_up": -0.5}}, "faults.stuck_up", "must be >= 0, not -0.5"),
    ({"faults": {"stuck_down": [0, -1]}}, "faults.stuck_down[1]", "not -1"),
    ({"faults": {"stuck_down": [True]}}, "faults.stuck_down[0]", "not True"),
    (
        {"faults": {"stuck_up": [3, 4], "stuck_down": [4]}},
        "faults.stuck_down",
        "must not name p-bit 4, which stuck_up names",
    ),
    (
        {"faults": {"couplings_open": [3]}},
        "faults.couplings_open[0]",
        "a pair of p-bits",
    ),
    (
        {"faults": {"couplings_full": [[0, 1], [2, 2]]}},
        "faults.couplings_full[1]",
        "must be a pair of two p-bits, not [2, 2]",
    ),
    ({"faults": {"seed": "x"}}, "faults.seed", "must be a whole number, not 'x'"),
    ({"faults": [1]}, "faults", "must be a table, not [1]"),
    ({"synapse": {"kind": "crossbar"}}, "synapse.g_max", "is required"),
    *(
        (
            {"synapse": {"kind": "crossbar", "g_max": 5e-5} | {entry: wrong}},
            f"synapse.{entry}",
            message,
        )
        for entry, wrong, message in (
            ("g_max", 0, "must be > 0, not 0"),
            ("g_max", "50 uS", "must be a number without a unit, not '50 uS'"),
            ("levels", 1, "must be a whole number >= 2, not 1"),
            ("levels", 2.5, "must be a whole number >= 2, not 2.5"),
            ("on_off", 1.0, "must be > 1, not 1"),
            ("stuck_on", 1.01, "must be a fraction in [0, 1], not 1.01"),
            ("wire_ohm", -5, "must be >= 0, not -5"),
            ("programming_noise", math.inf, "must be finite, not inf"),
            ("read_noice", 0.1, "did you mean 'read_noise'?"),
        )
    ),
    (
        {
            "device": TELEGRAPH,
            "synapse": {"kind": "crossbar", "g_max": 5e-5, "read_noise": 0.1},
        },
        "synapse.read_noise",
        "must be 0 for telegraph p-bits, which read their input all the time, not 0.1",
    ),
    ({"size": {"area_per_pbit": -1}}, "size.area_per_pbit", "must be >= 0, not -1"),
    ({"size": {"area": 1e-6}}, "size.area", "is not a known entry"),
    ({"size": {"uncertainty": "a"}}, "size.uncertainty", "a number without a unit"),
    ({"limits": 5}, "limits", "must be a table, not 5"),
    ({"limits": {}}, "limits", "must hold one at least of pbits, fan_in, bits"),
    ({"limits": {"source": "x"}}, "limits", "must hold one at least of"),
    ({"limits": {"pbits": 0}}, "limits.pbits", "must be at least 1, not 0"),
    ({"limits": {"pbits": 1.5}}, "limits.pbits", "must be a whole number, not 1.5"),
    ({"limits": {"pbits": True}}, "limits.pbits", "must be a whole number, not True"),
    ({"limits": {"fan_in": -3}}, "limits.fan_in", "must be at least 1, not -3"),
    ({"limits": {"fan_in": "6"}}, "limits.fan_in", "must be a whole number, not '6'"),
    ({"limits": {"bits": "4.1"}}, "limits.bits", "must look like 's[4][1]', not '4.1'"),
    ({"limits": {"bits": 6}}, "limits.bits", "must be a string as 's[4][1]', not 6"),
    ({"limits": {"bits": "s[50][9]"}}, "limits.bits", "must have 1 to 52 bits"),
    ({"limits": {"topology": 3}}, "limits.topology", "must be a name"),
    ({"limits": {"topology": "pegasus"}}, "limits.topology", "must look like"),
    ({"limits": {"topology": "kong(3)"}}, "limits.topology", "did you mean 'king'?"),
    ({"limits": {"topology": "king(3)"}}, "limits.topology", "king takes 2 sizes"),
    ({"limits": {"fan_in": 6, "source": 3}}, "limits.source", "must be text, not 3"),
    (
        {"limits": {"fan_in": 6, "status": "guessed"}},
        "limits.status",
        "must be one of 'measured', 'simulated'",
    ),
    ({"limits": {"max_degree": 6}}, "limits.max_degree", "is not a known entry"),
    ({"limits": {"fanin": 6}}, "limits.fanin", "did you mean 'fan_in'?"),
]


@pytest.mark.parametrize(("change", "key", "message"), WRONG)
def test_a_wrong_design_names_the_key_and_the_rule(change, key, message):
    table = {"name": "mine", "device": IDEAL} | change
    with pytest.raises(DesignError) as caught:
        load_design({key: value for key, value in table.items() if value is not None})
    assert caught.value.key == key
    assert str(caught.value).startswith(f"{key}: ")
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_there_are_wrong_designs_of_every_table():
    tables = {key.partition(".")[0].partition("[")[0] for _, key, _ in WRONG}
    assert {
        "device",
        "synapse",
        "fabric",
        "energy",
        "size",
        "spread",
        "faults",
    } <= tables
    assert len(WRONG) >= 30


@pytest.mark.parametrize(
    ("make", "key"),
    [
        (lambda: Ideal(tau_n=-1.0), "device.tau_n"),
        (lambda: Telegraph(tau_n=True), "device.tau_n"),
        (lambda: Delay(tau_s=math.inf), "synapse.tau_s"),
        (lambda: Stale(tau_s=1e-9, copies="both"), "synapse.copies"),
        (lambda: Sequential(clock_hz=0.0), "fabric.clock_hz"),
        (lambda: Masked(probability=2.0), "fabric.probability"),
        (lambda: Energy(static_power=-1.0), "energy.static_power"),
        (lambda: Design(name="", device=Ideal(tau_n=1.0)), "name"),
        (lambda: Design(name="x", device="ideal"), "device"),
        (lambda: Design(name="x", device=Instant()), "device"),
        (lambda: Design(name="x", device=Ideal(tau_n=1.0), synapse=None), "synapse"),
        (lambda: Design(name="x", device=Ideal(tau_n=1.0), energy=1e-15), "energy"),
        (lambda: Design(name="x", device=Ideal(tau_n=1.0), limits=6), "limits"),
        (
            lambda: Design(
                name="x",
                device=Ideal(tau_n=1.0),
                limits=Limits(topology=nx.path_graph(3)),
            ),
            "limits.topology",
        ),
        (
            lambda: Design(
                name="x", device=Telegraph(tau_n=1.0), fabric=Synchronous(clock_hz=1.0)
            ),
            "fabric.kind",
        ),
        (
            lambda: msgspec.structs.replace(
                Design(name="x", device=Ideal(tau_n=1.0)),
                fabric=Chromatic(clock_hz=1.0),
            ),
            "fabric.clock_hz",
        ),
    ],
)
def test_constructors_validate_as_files_do(make, key):
    with pytest.raises(DesignError) as caught:
        make()
    assert caught.value.key == key


def test_a_misspelt_keyword_and_an_assignment_are_refused():
    with pytest.raises(TypeError, match="taun"):
        Ideal(taun=1.0)
    device = Ideal(tau_n=1.0)
    with pytest.raises(AttributeError, match="immutable"):
        device.tau_n = 2.0


def test_quantities_are_stored_as_si_floats():
    assert Ideal(tau_n="1.5 ns").tau_n == 1.5e-9
    assert Ideal(tau_n=[1, "2 us"]).tau_n == (1.0, 2e-6)
    assert Ideal(tau_n=np.array([1e-9, 2e-9])).tau_n == (1e-9, 2e-9)
    assert type(Ideal(tau_n=1).tau_n) is float
    assert Chromatic(clock_hz="15 MHz").clock_hz == 15e6
    assert Energy(per_update="20 fJ", static_power="1.5 mW") == Energy(
        per_update=20e-15, static_power=1.5e-3
    )


def test_the_clock_period_is_the_clocks_or_the_devices_or_none():
    assert Design(name="x", device=Ideal(tau_n=2.0)).clock_period is None
    clocked = Design(name="x", device=Ideal(), fabric=Sequential(clock_hz=4.0))
    assert clocked.clock_period == 0.25
    timed = Design(name="x", device=Ideal(tau_n=2.0), fabric=Masked(probability=1))
    assert timed.clock_period == 2.0


def test_what_is_left_out_is_instant_and_autonomous_and_free():
    design = load_design({"name": "mine", "device": IDEAL})
    assert design == Design(name="mine", device=Ideal(tau_n=1e-9))
    assert (design.synapse, design.fabric) == (Instant(), Autonomous())
    assert (design.energy, design.limits) == (None, None)


def test_limits_are_those_that_compilers_take():
    table = {"pbits": 440, "fan_in": 6, "bits": "s[4][1]", "topology": "king(20, 22)"}
    design = load_design({"name": "mine", "device": IDEAL, "limits": table})
    assert design.limits == Limits(440, 6, "s[4][1]", "king(20, 22)")
    assert design.limits.fixed_point == FixedPoint(4, 1)
    assert design.to_dict()["limits"] == table


times = st.floats(min_value=1e-15, max_value=1e3)
about = {
    "source": st.text(st.characters(exclude_categories=["Cs"])),
    "status": st.sampled_from([None, "measured", "simulated", "projected", "assumed"]),
}
devices = st.builds(
    Ideal, tau_n=times | st.lists(times, min_size=1).map(tuple), **about
) | st.builds(Telegraph, tau_n=times, **about)
synapses = (
    st.builds(Instant, **about)
    | st.builds(Delay, tau_s=times, **about)
    | st.builds(Stale, tau_s=times, copies=st.sampled_from(["edge", "source"]), **about)
)
clocks = {"clock_hz": times, **about}
clocked = (
    st.builds(Sequential, **clocks)
    | st.builds(Chromatic, **clocks)
    | st.builds(Synchronous, **clocks)
    | st.builds(Masked, probability=st.floats(0, 1, exclude_min=True), **clocks)
)
energies = st.none() | st.builds(
    Energy, per_update=times, per_flip=times, static_power=times, **about
)
counts = st.none() | st.integers(1, 10**9)
limits = st.none() | st.builds(
    Limits,
    pbits=counts,
    fan_in=st.integers(1, 10**6),
    bits=st.sampled_from([None, "s[4][1]", "s[0][9]"]),
    topology=st.sampled_from([None, "pegasus(16)", "cubic(3, 4, 5)"]),
    **about,
)
names = about["source"].filter(str.strip)
designs = st.builds(
    Design,
    name=names,
    description=about["source"],
    device=devices,
    synapse=synapses,
    energy=energies,
    limits=limits,
) | st.builds(
    Design, name=names, device=st.just(Ideal()), synapse=synapses, fabric=clocked
)


@given(designs)
def test_designs_survive_the_round_trip_through_dict_and_toml(tmp_path_factory, design):
    assert load_design(design) is design
    again = load_design(design.to_dict())
    assert again == design
    assert again.to_dict() == design.to_dict()  # sources and statuses, too
    path = tmp_path_factory.getbasetemp() / "design.toml"
    path.write_text(design.to_toml(), encoding="utf-8", newline="")
    assert load_design(path) == design
    assert load_design(str(path)) == design


def test_at_least_three_designs_are_shipped_and_each_round_trips():
    names = shipped_designs()
    assert {"autonomous-smtj", "fpga-chromatic", "ideal-sequential"} <= set(names)
    for name in names:
        design = load_design(name)
        assert design.name == name
        assert design.description
        assert load_design(design.to_dict()) == design


@pytest.mark.parametrize("name", shipped_designs())
def test_every_figure_that_is_shipped_has_a_source_and_a_status(name):
    table = load_design(name).to_dict()
    parts = {key: value for key, value in table.items() if isinstance(value, dict)}
    assert {"device", "synapse", "fabric"} <= set(parts)
    for section, part in parts.items():
        assert part.get("source"), section
        assert part.get("status"), section


def test_the_published_figures_are_those_of_the_literature():
    smtj = load_design("autonomous-smtj")
    assert smtj.device.tau_n == 1e-9
    assert smtj.synapse.tau_s == 1e-11
    assert smtj.energy.per_update == 2e-14
    assert smtj.energy.status == "projected"
    fpga = load_design("fpga-chromatic")
    assert fpga.fabric.clock_hz == 15e6
    assert fpga.limits == Limits(fan_in=6, bits="s[4][1]")
    # Board power over updates per second: 150 to 180 W, 2.53e12 "flips"/s.
    assert 150 / 2.53e12 <= fpga.energy.per_update <= 180 / 2.53e12


def test_an_unknown_name_lists_the_shipped_designs_and_the_nearest():
    with pytest.raises(DesignError) as caught:
        load_design("autonomus-smtj")
    message = str(caught.value)
    assert "'autonomus-smtj' is neither a file nor a shipped design" in message
    assert "did you mean 'autonomous-smtj'?" in message
    assert ", ".join(shipped_designs()) in message


def test_a_missing_file_and_a_folder_are_refused(tmp_path):
    with pytest.raises(DesignError, match="is neither a file nor a shipped design"):
        load_design(tmp_path / "none.toml")
    with pytest.raises(DesignError, match="is a folder"):
        load_design(tmp_path)


@pytest.mark.parametrize(
    ("content", "line", "message"),
    [
        (b'name = "x"\n\n[device\nkind = "ideal"\n', 3, "is not TOML: expected ']'"),
        (b'name = "x"\ntau_n = 1 ns\n', 2, "is not TOML"),
        (b'name = "x"\n[device]\nkind = "ideal', 3, "is not TOML"),
        (b'name = "x"\nname = "y"\n', 2, "is not TOML: cannot overwrite a value"),
        (b'name = "x"\n\xff\n', 2, "is not UTF-8 text"),
        (b"a = " + b"[" * 50_000, None, ""),
    ],
)
def test_malformed_toml_names_the_file_and_the_line(tmp_path, content, line, message):
    path: Path = tmp_path / "bad.toml"
    path.write_bytes(content)
    with pytest.raises(ParseError) as caught:
        load_design(path)
    assert caught.value.path == str(path)
    assert message in str(caught.value)
    if line is not None:
        assert caught.value.line == line


def test_what_is_no_design_at_all_is_a_type_error():
    with pytest.raises(
        TypeError, match="must be a name, a path, a mapping or a Design"
    ):
        load_design(3)


def test_the_manual_lists_every_entry_of_every_kind_and_its_example_loads(tmp_path):
    manual = (Path(__file__).parents[2] / "docs/machines.md").read_text("utf-8")
    for section, kinds in PARTS.items():
        assert f"| `[{section}]` |" in manual
        chapter = manual.partition(f"### `[{section}]`")[2].partition("\n#")[0]
        for kind in kinds:
            if len(kinds) > 1:
                assert f"| `{kind.kind_name()}` |" in chapter
            for field in msgspec.structs.fields(kind):
                where = manual if field.name in ("source", "status") else chapter
                assert f"`{field.name}` |" in where, f"{section}.{field.name}"
    for name in shipped_designs():
        assert f"| `{name}` |" in manual
    example = tmp_path / "mine.toml"
    example.write_text(manual.partition("```toml\n")[2].partition("```")[0], "utf-8")
    assert load_design(example).energy.static_power == 1.5e-3
    assert all(f"| `{entry}` |" in manual for entry in PLAIN)
    chapter = manual.partition("### `[limits]`")[2].partition("\n#")[0]
    for entry in ENTRIES:
        where = manual if entry in ("source", "status") else chapter
        assert f"`{entry}` |" in where
    assert all(f"`{family}(" in chapter for family in TOPOLOGIES)

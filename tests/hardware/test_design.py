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
from tests.hardware.wrong_designs import IDEAL, WRONG, wrong_design


@pytest.mark.parametrize(("change", "key", "message"), WRONG)
def test_a_wrong_design_names_the_key_and_the_rule(change, key, message):
    with pytest.raises(DesignError) as caught:
        load_design(wrong_design(change))
    assert caught.value.key == key
    assert str(caught.value).startswith(f"{key}: ")
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_there_are_wrong_designs_of_every_table():
    tables = {key.partition(".")[0].partition("[")[0] for _, key, _ in WRONG}
    assert tables >= {*PARTS, *PLAIN, "limits"}
    assert len(WRONG) >= 150


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

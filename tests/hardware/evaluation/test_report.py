"""Reports: the folder of an evaluation, its page, its tables, its figures."""

import csv
import io
import json
import tomllib
from dataclasses import replace
from functools import cache
from html.parser import HTMLParser

import jsonschema
import pytest
from vcdvcd import VCDVCD

from hardware.evaluation import Workload, evaluate, report_schema
from hardware.evaluation.report import (
    check_folder,
    compare,
    draw,
    read_report,
    render,
    words,
    write_report,
)
from hardware.evaluation.report.advice import advice, headline
from hardware.evaluation.report.page import SECTIONS, render_comparison
from hardware.evaluation.report.tables import csv_files, figure_rows
from pbit import IsingModel
from pbit.errors import ParseError
from tests.hardware.evaluation import browser

PAIR = Workload("pair <b>&", "exact", IsingModel({(0, 1): 1.0}), sweeps=60_000)
CHAIN = Workload(
    "chain",
    "optimum",
    IsingModel({(i, i + 1): 1.0 for i in range(7)}),
    beta=2.0,
    sweeps=40,
    optimum=-7.0,
)
DESIGN = {
    "name": "try <me>",
    "device": {"kind": "ideal", "tau_n": "1 ns", "source": "a <round> figure"},
    "synapse": {"kind": "stale", "tau_s": "1 ns"},
    "energy": {"per_update": "1 pJ", "static_power": "1 mW", "uncertainty": 0.2},
    "size": {"area_per_pbit": 1e-12},
    "limits": {"pbits": 4},
}
VOID = {"meta"}


@cache
def found():
    return evaluate(DESIGN, [PAIR, CHAIN], ["fpga-chromatic"], rng=1)


def blank():
    """An evaluation with nothing to draw."""
    nothing = {"workloads": (), "results": (), "against": (), "baselines": ()}
    return replace(found(), **nothing, scaling=None)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The whole report, written once."""
    path = tmp_path_factory.mktemp("report") / "out"
    return path, write_report(found(), path)


@pytest.fixture
def table():
    """The plain data of an evaluation, a copy to change."""
    return json.loads(found().to_json())


@pytest.fixture
def explored(table):
    """The same with what an exploration adds."""
    rows = [
        {"name": "synapse.tau_s", "low": 0.01, "high": 0.3, "settings": "1 ps to 3 ns"},
        {"name": "device.tau_n", "low": 0.05, "high": 0.09, "settings": ""},
    ]
    points = [
        {
            "label": str(k),
            "x": 1e-12 * (k + 1),
            "y": 1e-6 / (k + 1),
            "front": k % 2 == 0,
        }
        for k in range(6)
    ]
    points[2]["chosen"] = True
    table["sensitivity"] = {
        "metric": "total_variation",
        "unit": "",
        "base": 0.07,
        "rows": rows,
    }
    x = {"name": "joules_per_update", "unit": "J"}
    y = {"name": "time_to_solution", "unit": "s"}
    table["pareto"] = {"x": x, "y": y, "points": points}
    body = {"metric": "total_variation", "unit": "", "values": [0.1, 0.2, 0.15, 0.3]}
    body["values"] += [None]  # infinite
    marks = {"p5": 0.11, "p50": 0.17, "p95": 0.28, "limit": 0.25, "share": 0.75}
    marks |= {"p5_interval": [None, 0.15], "p50_interval": [0.1, 0.2]}
    marks["share_interval"] = [0.2, 0.98]
    rows[0] |= {"low_interval": [0.0, 0.02], "high_interval": [0.28, 0.32]}
    table["yield"] = body | marks
    return table


class Page(HTMLParser):
    """The tags of a page, which have to close in order, its ids and its texts."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.ids, self.open, self.text = [], [], [], ""
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.handle_startendtag(tag, attrs)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self.ids += [value for name, value in attrs if name == "id"]

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


def test_a_folder_holds_what_a_report_promises(folder):
    out, written = folder
    assert [path.name for path in out.parent.iterdir()] == ["out"]
    saved = json.loads((out / "report.json").read_text())
    assert saved == written == read_report(out) == read_report(out / "report.json")
    jsonschema.validate(saved, report_schema())
    assert tomllib.loads((out / "design.toml").read_text())["name"] == "try <me>"
    assert (out / "against" / "fpga-chromatic.toml").is_file()
    assert (out / "report.html").read_text("utf-8").startswith("<!DOCTYPE html>")
    pictures = sorted((out / "figures").iterdir())
    assert len(pictures) == len(draw(saved)) + 1  # and the window
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in pictures)
    assert {path.suffix for path in (out / "data").iterdir()} == {".csv"}


def test_the_window_of_waveforms_is_in_the_file_and_moves(folder):
    waves = VCDVCD(str(folder[0] / "window.vcd"))
    names = [name for name in waves.signals if ".pbits." in name]
    assert len(names) == 2
    assert sum(len(waves[name].tv) for name in names) > 4


def test_equal_evaluations_make_equal_files(tmp_path, table):
    for name in "ab":
        write_report(blank(), tmp_path / name)
    first, second = (
        {path.name: path.read_bytes() for path in (tmp_path / name).rglob("*.*")}
        for name in "ab"
    )
    assert first == second
    assert render(table) == render(table)


def test_an_older_report_is_replaced_and_nothing_else_is(tmp_path):
    out = tmp_path / "out"
    write_report(blank(), out)
    (out / "data" / "old.csv").write_text("gone")
    write_report(blank(), out)
    assert not (out / "data" / "old.csv").exists()
    (out / "notes.txt").write_text("mine")
    with pytest.raises(FileExistsError, match=r"may be replaced: it holds notes\.txt"):
        write_report(blank(), out)
    assert (out / "notes.txt").read_text() == "mine"
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_folders_that_are_no_evaluation_are_refused(tmp_path):
    check_folder(tmp_path / "new")
    (tmp_path / "empty").mkdir()
    check_folder(tmp_path / "empty")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "report.json").write_text("{}")
    with pytest.raises(
        FileExistsError, match=r"holds no report\.json of an evaluation"
    ):
        check_folder(tmp_path / "other")
    (tmp_path / "file").write_text("")
    with pytest.raises(NotADirectoryError, match="must be a folder, or not exist"):
        check_folder(tmp_path / "file")
    with pytest.raises(NotADirectoryError, match="must be a folder"):
        check_folder(tmp_path / "file" / "below")
    write_report(blank(), tmp_path / "no" / "such")
    assert read_report(tmp_path / "no" / "such")["workloads"] == []
    with pytest.raises(
        ValueError, match=r"extra must have paths like .* not '\.\./x\.csv'"
    ):
        write_report(found(), tmp_path / "new", extra={"../x.csv": ""})


def test_a_failure_leaves_what_was_there(tmp_path, monkeypatch):
    out = tmp_path / "out"
    write_report(blank(), out)
    before = (out / "report.json").read_bytes()

    def broken(*_):
        msg = "disk full"
        raise OSError(msg)

    monkeypatch.setattr("hardware.evaluation.report.folder.csv_files", broken)
    with pytest.raises(OSError, match="disk full"):
        write_report(blank(), out)
    assert (out / "report.json").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_files_that_are_no_report_are_said(tmp_path):
    file = tmp_path / "report.json"
    for text, reason in (
        ("{", "is not JSON"),
        ("[]", "is not the report of an evaluation"),
        ('{"format": "pbitlab-evaluation", "version": 9}', "of version 9"),
        ('{"format": "pbitlab-evaluation", "version": 1}', "lacks verdict, design"),
    ):
        file.write_text(text)
        with pytest.raises(ParseError, match=reason):
            read_report(tmp_path)


def test_the_page_has_eleven_sections_and_needs_nothing_from_elsewhere(explored):
    text = render(explored)
    page = Page(text)
    headings = [tag for tag, _ in page.tags if tag == "h2"]
    assert len(headings) == len(SECTIONS) == 11
    assert set(SECTIONS) <= set(page.ids)
    assert len(page.ids) == len(set(page.ids))
    assert not {"script", "link", "img", "iframe"} & {tag for tag, _ in page.tags}
    for tag, attributes in page.tags:
        assert not any(name.startswith("on") for name in attributes)
        for name in ("href", "xlink:href", "src"):
            assert attributes.get(name, "#").startswith("#"), (tag, attributes)
    targets = {a["href"][1:] for tag, a in page.tags if tag == "a"}
    assert targets <= set(page.ids)
    for part in text.split("url(#")[1:]:
        assert part.partition(")")[0] in page.ids


def test_every_figure_of_the_page_has_words_for_those_who_do_not_see_it(explored):
    page = Page(render(explored))
    drawn = [a for tag, a in page.tags if tag == "svg"]
    assert len(drawn) == len(draw(explored)) == sum(t == "figure" for t, _ in page.tags)
    assert all(a["role"] == "img" and len(a["aria-label"]) > 20 for a in drawn)
    assert "pair <b>&" in page.text  # and not as a tag
    assert "a <round> figure" in page.text


def test_a_dark_page_has_no_dark_ink(table):
    svg = render(table).partition("<main>")[2].lower()
    assert "#202124" not in svg
    assert "#0072b2" not in svg
    assert "var(--ink)" in svg


def test_every_number_of_the_data_is_in_the_tables(table):
    rows = list(csv.DictReader(io.StringIO(csv_files(table)["figures.csv"])))
    assert len(rows) == sum(1 for _ in figure_rows(table)) > 20
    assert all(row["status"] for row in rows)
    assert all(row["source"] for row in rows if row["status"] != "unknown")
    ours = [
        r for r in rows if r["design"] == "try <me>" and r["workload"] == "pair <b>&"
    ]
    found_ = {row["figure"]: float(row["value"]) for row in ours if row["value"]}
    fidelity = table["results"][0]["fidelity"]["figures"]
    assert found_["total_variation"] == fidelity["total_variation"]["value"]
    assert set(csv_files(table)) == {
        *("verdict.csv", "figures.csv", "split.csv", "solving.csv", "scaling.csv"),
        "parameters.csv",
    }


def test_what_a_designer_should_look_at_is_said(table):
    said = " ".join(advice(table))
    assert "“pair <b>&” change the delay first" in said
    assert "“chain” is beyond what the design declares to hold" in said
    assert "times as old as the time between updates" in said
    assert headline(table).startswith("2 of 4 requirements are met, 2 not")


def test_a_page_is_made_of_an_evaluation_with_nothing_in_it(table):
    for result in table["results"]:
        result["problem"] = "cannot run"
        for part in ("fidelity", "split", "speed", "cost", "learning"):
            result[part] = None
    table |= {"against": [], "baselines": [], "scaling": None}
    table["timing"] |= {"ratio": None}
    table["timing"]["stages"][0]["seconds"] = None
    text = Page(render(table, note="no workload runs")).text
    assert draw(table) == []
    for part in ("No workload ran on this design", "No workload asks for a law"):
        assert part in text
    assert "No waveforms: no workload runs." in text
    assert "“chain” could not run: cannot run." in text
    assert set(csv_files(table)) == {"verdict.csv", "parameters.csv"}


def test_figures_without_a_value_are_said_and_not_drawn(table):
    for result in table["results"]:
        for part in ("fidelity", "speed", "cost"):
            if result[part] is not None:
                for figure in result[part]["figures"].values():
                    figure |= {"value": None, "low": None, "high": None}
    text = Page(render(table)).text
    assert "not defined" in text
    assert "None" not in text
    assert "nan" not in text.lower().split()


def test_designs_are_compared_on_the_workloads_that_they_share(table):
    other = replace(found(), workloads=found().workloads[:1]).to_dict()
    both = compare([table, other])
    assert both.columns == ("try <me>", "try <me> (2)")
    assert both.verdicts == ("fails", "fails")
    assert {row.workload for row in both.rows} == {"pair <b>&"}
    assert both.notes == ("left out, as not all have the same: chain",)
    first = both.rows[0]
    assert first.name == "total_variation"
    assert first.figures[0] == first.figures[1]
    page = Page(render_comparison(both))
    assert "try <me> (2)" in page.text
    lines = both.to_csv().splitlines()
    assert len(lines) == 1 + 2 * len(both.rows)


def test_whose_source_a_source_is_is_said_where_they_differ(table):
    figures = table["against"][0]["results"][0]["cost"]["figures"]
    assert figures["power.total"]["status"] == "measured"
    text = Page(render(table)).text
    assert f"fpga-chromatic: measured: {figures['power.total']['source']}" in text
    assert "try <me>: unknown: no source given" in text


def test_evaluations_without_a_common_workload_are_not_compared(table):
    other = json.loads(json.dumps(table))
    for workload in other["workloads"]:
        workload["sha256"] = "0" * 64
    with pytest.raises(ValueError, match="must share a workload; theirs are pair"):
        compare([table, other])
    with pytest.raises(ValueError, match="reports must be one at least"):
        compare([])


def test_numbers_are_said_with_units_and_as_exactly_as_they_are_known():
    figure = {"value": 3.2e-6, "low": 3.1995e-6, "high": 3.2004e-6, "unit": "s"}
    assert words.value(figure) == "3.2 µs"
    assert words.interval(figure) == "3.1995 µs to 3.2004 µs"
    assert words.interval({**figure, "low": 3e-6, "high": None}) == "3 µs to ∞"
    assert words.entry({"value": [1e-9, 2e-9], "unit": "s"}) == "1 ns, 2 ns"
    assert words.entry({"value": True, "unit": ""}) == "yes"
    assert words.share(1.0) == "over 99.9 %"


@pytest.mark.skipif(browser.CHROMIUM is None, reason="chromium is not installed")
def test_the_page_fits_telephones_and_wide_screens_in_a_browser(explored, tmp_path):
    seen, console = browser.measure(render(explored), tmp_path, (390, 1440))
    assert console == []
    for width in ("390", "1440"):
        found_ = seen[width]
        assert found_["scroll"] <= found_["width"] == int(width)
        assert (found_["over"], found_["boxes"]) == ([], [])
        assert len(found_["sizes"]) == len(draw(explored))
        for wide, high, marks in found_["sizes"]:
            assert min(wide, high) > 100
            assert wide <= int(width)
            assert marks > 10

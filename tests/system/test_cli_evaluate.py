"""``pbit evaluate`` and ``pbit compare``: a design file in, a report out."""

import json
import os
import re
import shlex
import signal
import subprocess
import sys
import time

import jsonschema
import pytest

from hardware.evaluation import report_schema
from hardware.evaluation.report import read_report
from tests.system.commands import ROOT, call, call_json, refused, start

DESIGN = """\
name = "mine"

[device]
kind = "ideal"
tau_n = "1 ns"
source = "a round figure"
status = "assumed"

[synapse]
kind = "stale"
tau_s = "1 ns"
"""
WORKLOAD = """\
kind = "exact"
sweeps = 60000

[circuit]
generator = "pair"
"""
QUICK = ("--no-baselines", "--no-split")


@pytest.fixture
def mine(tmp_path):
    """A design and a workload of one's own, and the folder to write to."""
    (tmp_path / "mine.toml").write_text(DESIGN)
    (tmp_path / "two.toml").write_text(WORKLOAD)
    given = (tmp_path / "mine.toml", "--workload", tmp_path / "two.toml", *QUICK)
    return tmp_path, given


def numbers(table):
    """What an evaluation found, without what says how it was made."""
    table = json.loads(json.dumps(table))
    for result in table["results"]:
        del result["seconds"]
    return {key: table[key] for key in ("verdict", "design", "workloads", "results")}


def test_an_evaluation_is_printed_and_written_and_repeats_itself(mine, monkeypatch):
    folder, given = mine
    out = folder / "out"
    result = call("evaluate", *given, "--rng", 3, "-o", out)
    assert (result.exit_code, result.stderr) == (0, "")
    lines = result.stdout.splitlines()
    assert lines[1].split(maxsplit=1) == [
        "verdict",
        "fails: 1 of 2 requirements are met, 1 not.",
    ]
    assert lines[-1].split() == ["seed", "3"]
    table = read_report(out)
    jsonschema.validate(table, report_schema())
    assert (out / "workloads" / "two.toml").read_text() == WORKLOAD
    command = table["reproduce"]["command"].split()
    assert command[:2] == ["pbit", "evaluate"]
    monkeypatch.chdir(out)
    again = call(*command[1:])
    assert again.exit_code == 0
    assert numbers(read_report("again")) == numbers(table)


def test_the_record_holds_the_report(mine):
    _, given = mine
    record = call_json("evaluate", *given, "--against", "ideal-sequential", "--rng", 1)
    assert list(record) == ["command", "out", "report", "status", "version"]
    assert (record["command"], record["out"], record["status"]) == ("evaluate", None, 0)
    jsonschema.validate(record["report"], report_schema())
    assert record["report"]["against"][0]["design"]["name"] == "ideal-sequential"
    assert record["report"]["reproduce"]["seed"]["entropy"] == 1


def test_a_requirement_that_is_not_met_is_exit_status_1(mine):
    _, given = mine
    met = call("evaluate", *given, "--require", "total_variation=0.2", "--rng", 1)
    assert met.exit_code == 0
    missed = call(
        "evaluate", *given, "--require", "total_variation@two=0.01", "--rng", 1
    )
    assert missed.exit_code == 1
    assert "fails: total_variation at most 0.01 on two" in missed.stdout


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        (("--require", "speed"), "--require takes FIGURE=BOUND"),
        (("--require", "speed=1"), "metric must be one of"),
        (
            ("--require", "total_variation@and=0.1"),
            "there is no such workload, but two",
        ),
        (("--require", "power=1s"), "limit of power"),
        (("--workload", "nothing"), "workload 'nothing' is neither a file nor one of"),
        (("--against", "nothing"), "nothing"),
    ],
)
def test_bad_input_is_one_line_before_any_work(mine, more, reason):
    _, given = mine
    assert reason in refused(call("evaluate", *given, *more))


def test_a_folder_that_is_something_else_is_refused_before_any_work(mine):
    folder, given = mine
    line = refused(call("evaluate", *given, "-o", folder))
    assert "is not an evaluation that may be replaced: it holds mine.toml" in line
    assert (folder / "mine.toml").read_text() == DESIGN


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
def test_an_interrupt_leaves_no_half_written_folder(mine):
    folder, _ = mine
    process = start("evaluate", folder / "mine.toml", "-o", folder / "out")
    time.sleep(3)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=120)
    assert process.returncode == 130, errors
    assert {path.name for path in folder.iterdir()} == {"mine.toml", "two.toml"}


def test_designs_are_put_side_by_side(mine):
    folder, given = mine
    for name in ("slow", "fast"):
        text = DESIGN.replace("mine", name)
        if name == "fast":
            text = text.replace('tau_s = "1 ns"', 'tau_s = "1 ps"')
        (folder / "mine.toml").write_text(text)
        assert call("evaluate", *given, "--rng", 1, "-o", folder / name).exit_code == 0
    both = (folder / "slow", folder / "fast")
    lines = call("compare", *both).stdout.splitlines()
    assert lines[0].split() == ["slow", "fast"]
    assert lines[1].split() == ["verdict", "fails", "meets"]
    record = call_json("compare", *both)
    assert record["columns"] == ["slow", "fast"]
    slow, fast = (figure["value"] for figure in record["rows"][0]["figures"])
    assert slow > 0.05 > fast
    for ending in ("html", "csv", "json"):
        file = folder / f"both.{ending}"
        assert call("compare", *both, "-o", file).exit_code == 0
        assert "total" in file.read_text("utf-8")
    assert "must end in one of .html, .csv, .json" in refused(
        call("compare", *both, "-o", folder / "both.txt")
    )
    assert "is not JSON" in refused(call("compare", folder / "mine.toml"))


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="a shell of POSIX")
def test_the_readme_leads_to_a_report_of_a_design_changed_by_one_line(tmp_path):
    readme = (ROOT / "README.md").read_text("utf-8")
    blocks = re.findall(r"^```bash\n(.*?)^```$", readme, re.MULTILINE | re.DOTALL)
    (path,) = [block for block in blocks if "pbit evaluate" in block]
    pbit = f'pbit() {{ {shlex.quote(sys.executable)} -m pbit.cli "$@"; }}\nset -e\n'
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    subprocess.run(
        ["/bin/sh", "-c", pbit + path], cwd=tmp_path, env=environment, check=True
    )
    table = read_report(tmp_path / "out" / "mine")
    assert table["verdict"]["status"] == "fails"
    dominant = {r["workload"]: r["split"]["dominant"] for r in table["results"][:3]}
    assert set(dominant.values()) == {"delay"}
    assert table["against"][0]["design"]["name"] == "autonomous-smtj"

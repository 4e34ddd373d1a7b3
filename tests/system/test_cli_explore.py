"""``pbit explore``: from ranges to a table, pictures and one line a result."""

import json
import sqlite3

import pytest

from tests.system.commands import call, call_json, refused

WORKLOAD = """
name = "short"
kind = "exact"
sweeps = 2000
[circuit]
generator = "pair"
"""


@pytest.fixture
def short(tmp_path):
    path = tmp_path / "short.toml"
    path.write_text(WORKLOAD)
    return path


def explore(short, *args):
    return ("explore", "autonomous-smtj", "--workload", short, "--workers", 1, *args)


def test_a_sweep_is_written_as_a_table_and_pictures_and_found_again(short, tmp_path):
    out = tmp_path / "new" / "out"
    ranges = ("--vary", "synapse.tau_s=10ps:1ns:log3", "--vary", "spread.slope=0,-1")
    figures = ("--metric", "total_variation", "--metric", "joules_per_update")
    command = explore(short, *ranges, *figures, "-o", out)
    found = call_json(*command)
    assert (len(found["points"]), found["computed"], found["status"]) == (6, 3, 0)
    assert len(found["pareto"]["points"]) == 3
    written = {path.name for path in out.iterdir()}
    pictures = {
        "sweep-total_variation.png",
        "sweep-joules_per_update.png",
        "pareto.png",
    }
    assert written == pictures | {"points.sqlite", "points.csv", "exploration.json"}
    stored = json.loads((out / "exploration.json").read_text())
    assert stored["points"] == found["points"]
    assert len((out / "points.csv").read_text().splitlines()) == 7
    with sqlite3.connect(out / "points.sqlite") as store:
        assert store.execute("SELECT count(*) FROM points").fetchone() == (6,)
    store.close()
    again = call(*command)
    assert again.exit_code == 0
    assert "points      6, 0 measured now\n" in again.stdout
    assert "do not run  3, as in: spread.slope: must be >= 0, not -1" in again.stdout


def test_ends_are_told_as_swings(short):
    vary = ("--vary", "synapse.tau_s=10ps:1ns:log")
    result = call(*explore(short, *vary, "--method", "ends"))
    assert result.exit_code == 0
    assert "as designed" in result.stdout
    assert "for synapse.tau_s = 10 ps to 1 ns" in result.stdout


def test_bodies_are_told_as_percentiles_and_a_yield(short, tmp_path):
    bound = ("--bodies", 4, "--limit", "total_variation=0.5", "-o", tmp_path)
    result = call(*explore(short, "--vary", "spread.slope=0.1", *bound))
    assert result.exit_code == 0
    assert "100.0% (39.8% to 100.0%) within 0.5" in result.stdout
    assert (tmp_path / "yield-total_variation.png").exists()


def test_a_sweep_in_which_nothing_runs_fails(short):
    result = call(*explore(short, "--vary", "spread.drift=1,2"))
    assert result.exit_code == 1
    assert "do not run  2" in result.stdout


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--vary", "synapse.tau=1"), "synapse.tau: is not an entry of this design"),
        (("--vary", "synapse.tau_s"), "--vary takes NAME=VALUE, not 'synapse.tau_s'"),
        (("--vary", "spread.tau=1", "--vary", "spread.tau=2"), "name every entry once"),
        (("--vary", "spread.tau=0:1:lin"), "must be a list, or a range with a number"),
        (("--method", "latin"), "n_points must be given for the method 'latin'"),
        (("--metric", "speed"), "metric must be one of"),
        (("--limit", "kl=1"), "--limit kl: is not measured"),
        (("--limit", "total_variation=1"), "is about several machines"),
        (("--limit", "total_variation=fast"), "is not a number"),
    ],
)
def test_bad_input_is_one_line(short, tmp_path, options, message):
    result = call(*explore(short, *options, "-o", tmp_path / "out"))
    assert message in refused(result)
    assert not (tmp_path / "out").exists()


def test_a_folder_that_cannot_be_is_one_line(short, tmp_path):
    assert "File exists" in refused(call(*explore(short, "-o", short)))
    (tmp_path / "points.sqlite").write_text("not a database, however long it may be")
    assert "is no SQLite file" in refused(call(*explore(short, "-o", tmp_path)))

"""One table whatever the order, the workers and the interruptions; nothing measured twice."""

import csv
import io
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from hardware import load_design
from hardware.evaluation.results import run_workload
from hardware.evaluation.workloads import load_workload
from hardware.explore import Store, explore
from pbit.errors import DesignError
from tests.hardware.explore.measures import (
    BASE,
    GOALS,
    VARY,
    broken,
    deadly,
    drawn,
    picky,
    slow,
    sweep,
)

ROOT = Path(__file__).resolve().parents[3]
SHORT = {
    "name": "short",
    "kind": "exact",
    "sweeps": 2000,
    "circuit": {"generator": "pair"},
}


@pytest.fixture(scope="module")
def expected(tmp_path_factory):
    """The table of a sweep that nothing disturbed."""
    path = tmp_path_factory.mktemp("whole") / "points.sqlite"
    assert sweep(path).computed == 20
    return table_of(path)


def table_of(path):
    with Store(path) as store:
        return store.table()


def test_figures_are_those_of_an_evaluation_with_the_seed_of_the_row():
    metrics = ["total_variation", "samples_per_second", "joules_per_sample", "power"]
    found = explore("autonomous-smtj", {"device.tau_n": "2ns"}, metrics, SHORT)
    (row,) = found.rows
    table = load_design("autonomous-smtj").to_dict()
    table["device"]["tau_n"] = 2e-9
    workload = load_workload(SHORT)
    seed = np.random.SeedSequence(row.seed)
    result = run_workload(load_design(table), workload, seed, split=False)
    for name, figure in result.metrics(workload).items():
        if name in metrics:
            ends = (figure.value, figure.low, figure.high)
            assert row.figures[name] == (*ends, figure.status)
    assert set(row.figures) == set(metrics)
    assert row.figures["total_variation"][3] == "simulated"
    assert row.figures["power"][3] == "projected"  # as the joules of the design are


def test_points_are_found_again_and_nothing_is_measured_twice(tmp_path, expected):
    path = tmp_path / "points.sqlite"
    first = sweep(path, vary={"synapse.tau_s": VARY["synapse.tau_s"]})
    assert first.computed == 4
    # Two of five spreads are new to it; 0.1 is the design's own.
    whole = sweep(path)
    assert whole.computed == 16
    assert sweep(path).computed == 0
    assert table_of(path) == expected
    assert [row.key for row in sweep(path).rows] == [row.key for row in whole.rows]


def test_the_order_of_points_does_not_matter(tmp_path, expected):
    backwards = {entry: VARY[entry] for entry in reversed(VARY)}
    path = tmp_path / "points.sqlite"
    found = sweep(path, vary=backwards)
    assert table_of(path) == expected
    assert [row.key for row in found.rows] != [row.key for row in sweep(path).rows]


def test_seeds_designs_metrics_and_bodies_make_points_of_their_own(tmp_path):
    path = tmp_path / "points.sqlite"
    assert sweep(path, vary={}).computed == 1
    assert sweep(path, vary={}, rng=1).computed == 1
    assert sweep(path, vary={}, bodies=3).computed == 2
    assert (
        explore(BASE | {"name": "other"}, {}, drawn, goals=GOALS, store=path).computed
        == 1
    )
    assert sweep(path, picky, {}).computed == 1
    keys = [row[0] for row in rows_of(path, "SELECT key, seed FROM points")]
    seeds = {row[1] for row in rows_of(path, "SELECT key, seed FROM points")}
    assert len(set(keys)) == len(seeds) == 6


def rows_of(path, query):
    with sqlite3.connect(path) as connection:
        found = connection.execute(query).fetchall()
    connection.close()
    return found


def test_the_table_has_plain_columns_that_any_reader_of_sqlite_knows(tmp_path):
    path = tmp_path / "points.sqlite"
    sweep(path)
    query = (
        'SELECT "synapse.tau_s", "spread.slope", error, "error.low", "error.high" '
        "FROM points WHERE problem IS NULL ORDER BY error"
    )
    found = rows_of(path, query)
    assert len(found) == 20
    assert all(low < error < high for _, _, error, low, high in found)
    assert found[-1][0] == 1e-9
    types = dict(rows_of(path, "SELECT name, type FROM pragma_table_info('points')"))
    assert types["synapse.tau_s"] == types["error"] == "REAL"
    assert types["body"] == "INTEGER"
    assert rows_of(path, 'SELECT DISTINCT "error.status" FROM points') == [
        ("simulated",)
    ]
    units = rows_of(
        path, "SELECT name, unit, less_is_better FROM metrics ORDER BY name"
    )
    assert units == [("error", "", 1), ("rate", "Hz", 0)]
    design = rows_of(path, "SELECT design FROM points LIMIT 1")[0][0]
    (tmp_path / "again.toml").write_text(design)
    assert load_design(tmp_path / "again.toml").to_toml() == design


def test_designs_that_break_rules_are_results(tmp_path):
    path = tmp_path / "points.sqlite"
    vary = {"synapse.tau_s": "10ps,900ps", "spread.slope": [-1.0, 0.1]}
    found = sweep(path, picky, vary)
    said = [row.problem for row in found.rows]
    assert said[1] == ""
    assert said[3] == "synapse.tau_s: is too long for this circuit"
    assert "spread.slope: must be >= 0" in said[0]
    assert found.computed == 2  # what is no design is not measured
    assert sweep(path, picky, vary).computed == 0
    assert [row.problem for row in sweep(path, picky, vary).rows] == said


def test_bugs_are_raised_and_what_was_measured_before_stays(tmp_path):
    path = tmp_path / "points.sqlite"
    with pytest.raises(RuntimeError, match="a bug of ours"):
        sweep(path, broken)
    assert rows_of(path, "SELECT count(*) FROM points") == [(0,)]


def test_an_interrupted_sweep_says_so_and_goes_on(tmp_path, expected):
    path = tmp_path / "points.sqlite"

    def interrupt(done, total):
        assert total == 20
        if done == 7:
            raise KeyboardInterrupt

    found = sweep(path, progress=interrupt)
    assert (found.stopped, found.computed, len(found.rows)) == ("interrupted", 7, 7)
    assert sweep(path).computed == 13
    assert table_of(path) == expected


def test_a_sweep_that_is_killed_goes_on_where_it_was_and_leaves_no_workers(tmp_path):
    path, whole = tmp_path / "points.sqlite", tmp_path / "whole.sqlite"
    command = [sys.executable, "-m", "tests.hardware.explore.measures", str(path)]
    with subprocess.Popen(command, cwd=ROOT) as child:
        wait_for(lambda: path.exists() and measured(path) >= 4, child)
        child.send_signal(signal.SIGKILL)
    with Store(path) as store:
        before = store.timings()
    assert 4 <= len(before) < 20
    workers = {int(worker.rpartition(":")[2]) for _, worker, *_ in before}
    assert os.getpid() not in workers
    wait_for(lambda: not any(alive(worker) for worker in workers))
    assert sweep(path, slow).computed == 20 - len(before)
    with Store(path) as store:
        after = {row[0]: row for row in store.timings()}
    assert all(after[row[0]] == row for row in before)
    sweep(whole, slow)
    with Store(path) as one, Store(whole) as other:
        assert one.table() == other.table()


def wait_for(happened, child=None, seconds=60):
    end = time.monotonic() + seconds
    while not happened():
        assert child is None or child.poll() is None, "the sweep ended before"
        assert time.monotonic() < end
        time.sleep(0.02)


def measured(path):
    try:
        return rows_of(path, "SELECT count(*) FROM points")[0][0]
    except sqlite3.OperationalError:  # not yet made
        return 0


def alive(pid):
    """Return whether a process runs; one that is dead and not yet buried does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


@pytest.mark.slow
def test_workers_that_die_again_and_again_are_told_of():
    with pytest.raises(RuntimeError, match="died 3 times without measuring a point"):
        sweep(None, deadly, {"spread.slope": "0,1"}, workers=2)


def test_searches_take_the_same_course_again_and_go_on_from_the_store(tmp_path):
    pytest.importorskip("optuna")
    path = tmp_path / "points.sqlite"
    how = {"method": "optuna", "n_points": 20, "rng": 3}
    vary = {
        "synapse.tau_s": "1ps:10ns:log",
        "spread.distribution": "lognormal,normal",
        "spread.slope": "0,0.05,0.1,0.2",
        "spread.seed": "1:5:lin",
    }
    first = sweep(path, picky, vary, method="optuna", n_points=8, rng=3)
    assert (len(first.rows), first.computed) == (8, 8)
    longer = sweep(path, picky, vary, **how)
    assert longer.rows[:8] == first.rows
    assert longer.computed <= 12
    assert sweep(None, picky, vary, **how).rows == longer.rows
    # It learns: later points are better than the first ones, which are drawn.
    errors = [row.value("error") for row in longer.rows]
    assert np.nanmedian(errors[12:]) < np.nanmedian(errors[:8]) + 0.02
    assert any(np.isnan(errors)) == any(row.problem for row in longer.rows)


def test_random_and_latin_points_do_not_depend_on_the_store(tmp_path):
    vary = {"synapse.tau_s": "1ps:1ns:log", "spread.slope": "0:0.2:lin"}
    for method in ("random", "latin"):
        one = sweep(tmp_path / "points.sqlite", vary=vary, method=method, n_points=6)
        assert sweep(None, vary=vary, method=method, n_points=6).rows == one.rows
    assert (
        sweep(
            tmp_path / "points.sqlite", vary=vary, method="random", n_points=9
        ).computed
        == 3
    )


def test_tables_are_written_as_csv_and_json():
    found = sweep(None, picky)
    lines = list(csv.DictReader(io.StringIO(found.to_csv())))
    assert [float(line["synapse.tau_s"]) for line in lines] == found.column(
        "synapse.tau_s"
    )
    for line, row in zip(lines, found.rows, strict=True):
        assert (line["error"] == "") == bool(row.problem)
        assert row.problem or float(line["error"]) == row.value("error")
    table = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert len(table["points"]) == 20
    assert table["metrics"]["rate"] == {"unit": "Hz", "less_is_better": False}
    with pytest.raises(KeyError, match="no entry or metric 'x'"):
        found.column("x")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"method": "gird"}, "method must be one of .*did you mean 'grid'"),
        ({"method": "random"}, "n_points must be given for the method 'random'"),
        ({"n_points": 5}, "n_points must be left out for the method 'grid'"),
        ({"bodies": 0}, "bodies must be at least 1, not 0"),
        ({"workers": 0}, "workers must be at least 1, not 0"),
        ({"goals": None}, "goals must say what a function measures"),
        ({"metric": lambda design, seed: {}}, "must be a function of a module"),
        ({"workload": "and"}, "workload must be left out where metric is a function"),
        ({"metric": "kl"}, "goals must be left out where metrics are given by name"),
        ({"metric": "kl", "goals": None}, "workload must be given"),
        (
            {"metric": "klx", "goals": None, "workload": "and"},
            "metric must be one of .*did you mean 'kl'",
        ),
        (
            {"metric": "time_to_solution", "goals": None, "workload": "and"},
            "'time_to_solution' is not measured on 'and', a workload of kind 'exact'",
        ),
        ({"vary": "x"}, "vary must be a mapping from entries to values, not 'x'"),
        ({"client": 3}, "client must be a dask.distributed.Client, not 3"),
        ({"store": "nowhere/points.sqlite"}, "the folder of the store .* does not exist"),
        (
            {"vary": {"limits.bits": "s[1][0]"}, "metric": "kl", "workload": "and",
             "goals": None},
            "limits.bits: changes no figure of a workload",
        ),
    ],
)  # fmt: skip
def test_wrong_arguments_are_refused(change, message):
    given = {"design": BASE, "vary": {}, "metric": drawn, "goals": GOALS} | change
    with pytest.raises((TypeError, ValueError, OSError), match=message):
        explore(**given)


def test_files_that_are_no_stores_are_refused_and_left_alone(tmp_path):
    text = tmp_path / "text"
    text.write_text("not a database, but text that is long enough to be read as one")
    with pytest.raises(ValueError, match="is no SQLite file"):
        Store(text)
    assert text.read_text().startswith("not a database")
    foreign = tmp_path / "foreign"
    rows_of(foreign, "CREATE TABLE mine (x)")
    with pytest.raises(ValueError, match="is the database of another program"):
        Store(foreign)
    newer = tmp_path / "newer"
    Store(newer).close()
    rows_of(newer, "PRAGMA user_version = 99")
    with pytest.raises(ValueError, match="has version 99; this package reads 1"):
        Store(newer)
    with pytest.raises(OSError, match="cannot be opened"):
        Store(tmp_path)


def test_a_store_that_cannot_be_written_is_an_error_of_the_system(
    tmp_path, monkeypatch
):
    path = tmp_path / "points.sqlite"
    Store(path).close()
    monkeypatch.setattr("hardware.explore.store.PATIENCE", 0.01)
    with sqlite3.connect(path) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(OSError, match=r"the store cannot be written: .*locked"):
            sweep(path)
    other.close()


def test_functions_that_return_something_else_are_told_of():
    with pytest.raises(
        TypeError, match="drawn must return a mapping with the keys other"
    ):
        explore(BASE, {}, drawn, goals={"other": ("", True)})


def test_an_entry_that_no_design_of_this_kind_has_is_refused_at_the_door():
    with pytest.raises(DesignError, match=r"synapse\.tau_rc: is not an entry"):
        sweep(None, vary={"synapse.tau_rc": "1ps"})

"""Runs: what one call of Machine.run saw, and the file that keeps it."""

import math
import os
import sys
import zipfile

import numpy as np
import pytest

import hardware
import pbit
from hardware.engines.base import UpdateLog
from hardware.run import Run, as_trace
from pbit import io

DESIGN = {
    "name": "x",
    "device": {"kind": "ideal", "tau_n": 1e-9},
    "energy": {"per_update": 2e-12, "per_flip": 3e-12, "static_power": 5e-3},
}
MODEL = pbit.IsingModel({("a", "b"): 1.0, ("b", 3): -0.5}, labels=["a", "b", 3])


def make_run(model=MODEL, design=DESIGN, until=1e-7, **asked):
    return hardware.Machine(model, design, rng=4).run(until, **asked)


def assert_same(run, other):
    for name in ("start", "end", "updates", "flips", "energy_joules", "info"):
        assert getattr(run, name) == getattr(other, name), name
    assert list(run.labels) == list(other.labels)
    for name in ("magnetization", "state", "seconds_per_state"):
        np.testing.assert_array_equal(getattr(run, name), getattr(other, name))
        if getattr(run, name) is not None:
            assert getattr(run, name).dtype == getattr(other, name).dtype
    for name in ("best", "trace", "log"):
        assert (getattr(run, name) is None) == (getattr(other, name) is None), name
    if run.best is not None:
        np.testing.assert_array_equal(run.best[0], other.best[0])
        assert run.best[1] == other.best[1]
    for name in ("trace", "log"):
        if getattr(run, name) is not None:
            for key, column in vars(getattr(run, name)).items():
                np.testing.assert_array_equal(column, vars(getattr(other, name))[key])


def test_a_run_says_how_long_and_how_fast():
    run = make_run()
    assert (run.start, run.end, run.elapsed) == (0.0, 1e-7, 1e-7)
    assert run.updates_per_second == run.updates / 1e-7
    assert run.flips_per_second == run.flips / 1e-7
    assert 0 < run.flips <= run.updates


def test_energy_is_per_update_per_flip_and_all_the_time():
    run = make_run()
    expected = 2e-12 * run.updates + 3e-12 * run.flips + 5e-3 * 1e-7
    assert run.energy_joules == pytest.approx(expected, rel=1e-12)


def test_a_second_run_pays_for_its_own_time_only():
    machine = hardware.Machine(MODEL, DESIGN, rng=4)
    machine.run(until=1e-7)
    run = machine.run(until=1.5e-7)
    expected = 2e-12 * run.updates + 3e-12 * run.flips + 5e-3 * 0.5e-7
    assert run.energy_joules == pytest.approx(expected, rel=1e-9)


def test_designs_without_energies_report_none():
    design = {key: value for key, value in DESIGN.items() if key != "energy"}
    assert make_run(design=design).energy_joules is None


def test_occupancy_is_a_distribution_over_all_states():
    run = make_run()
    assert run.occupancy.shape == (8,)
    assert run.occupancy.sum() == pytest.approx(1.0)
    assert run.seconds_per_state.sum() == pytest.approx(1e-7)
    states = [[1 if number >> i & 1 else -1 for i in range(3)] for number in range(8)]
    assert run.magnetization == pytest.approx(run.occupancy @ states, abs=1e-9)


def test_occupancy_of_many_pbits_is_an_error():
    run = make_run(pbit.IsingModel({(i, i + 1): 1.0 for i in range(20)}))
    assert run.seconds_per_state is None
    with pytest.raises(ValueError, match=r"occupancy needs n <= 20 p-bits, not 21"):
        _ = run.occupancy


def test_twenty_pbits_still_have_an_occupancy():
    run = make_run(pbit.IsingModel({(i, i + 1): 1.0 for i in range(19)}))
    assert run.occupancy.shape == (2**20,)
    assert run.occupancy.sum() == pytest.approx(1.0)


def test_arrays_of_a_run_are_read_only():
    run = make_run(trace_every=1e-8, record=True)
    arrays = [run.magnetization, run.state, run.seconds_per_state, run.best[0]]
    arrays += [*vars(run.trace).values(), *vars(run.log).values()]
    for array in arrays:
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0


def test_a_run_says_how_it_was_made():
    machine = hardware.Machine(MODEL, DESIGN, rng=4, engine="reference", beta=0.5)
    machine.beta = 2.0
    info = machine.run(until=1e-9).info
    assert info["version"] == pbit.__version__
    assert info["rng"] == {"entropy": 4, "spawn_key": []}
    assert hardware.load_design(info["design"]) == machine.design
    assert info["engine"] == "reference"
    assert info["beta"] == 2.0


def test_what_is_long_stays_out_of_the_repr():
    text = repr(make_run(trace_every=1e-8, record=True))
    assert text.startswith("Run(start=0.0, end=1e-07, updates=")
    assert "trace" not in text
    assert "log" not in text


def test_a_trace_of_no_samples_has_its_columns():
    trace = as_trace([])
    assert (
        trace.times.shape == trace.magnetization.shape == trace.energies.shape == (0,)
    )


def test_a_log_counts_its_updates():
    empty = UpdateLog(np.empty(0), np.empty(0, np.int32), np.empty(0, np.int8))
    assert empty.n == 0
    run = make_run(record=True)
    assert run.log.n == run.updates


# Files.


@pytest.mark.parametrize(
    ("model", "asked"),
    [
        (MODEL, {}),
        (MODEL, {"trace_every": 1e-8, "record": True}),
        (MODEL, {"record": True, "until": 1e-15}),
        (pbit.PCircuit([[0, 1.0], [0, 0]]), {"trace_every": 1e-8}),
        (pbit.IsingModel({(i, i + 1): 1.0 for i in range(24)}), {}),
    ],
)
def test_runs_come_back_from_files_as_they_were(tmp_path, model, asked):
    run = make_run(model, **asked)
    run.save(tmp_path / "run.npz")
    assert_same(Run.load(tmp_path / "run.npz"), run)
    assert_same(hardware.Run.load(os.fspath(tmp_path / "run.npz")), run)


def test_saving_replaces_a_file_at_once(tmp_path):
    path = tmp_path / "run.npz"
    path.write_text("something else")
    run = make_run()
    run.save(path)
    assert_same(Run.load(path), run)
    assert [entry.name for entry in tmp_path.iterdir()] == ["run.npz"]


def test_labels_that_no_file_can_hold_are_named(tmp_path):
    model = pbit.IsingModel({("a", frozenset()): 1.0}, labels=["a", frozenset()])
    with pytest.raises(TypeError, match=r"label frozenset\(\) cannot be saved"):
        make_run(model).save(tmp_path / "run.npz")
    assert not list(tmp_path.iterdir())


@pytest.fixture
def parts():
    """Arrays and header of a good file, to be spoilt."""
    run = make_run(trace_every=1e-8, record=True)
    arrays = {"magnetization": run.magnetization, "state": run.state}
    arrays["seconds_per_state"] = run.seconds_per_state
    arrays["best_state"] = run.best[0]
    for column in ("times", "pbits", "states"):
        arrays[f"log_{column}"] = getattr(run.log, column)
    for column in ("times", "magnetization", "energies"):
        arrays[f"trace_{column}"] = getattr(run.trace, column)
    header = {"kind": "machine-run", "labels": None, "info": {}, "best_energy": -1.0}
    header |= {"start": 0.0, "end": 1.0, "updates": 1, "flips": 0}
    return arrays, header | {"energy_joules": None}


def test_a_file_put_together_by_hand_is_read(tmp_path, parts):
    io.write_npz(tmp_path / "run.npz", *parts)
    assert Run.load(tmp_path / "run.npz").best[1] == -1.0


@pytest.mark.parametrize(
    "entry",
    [
        "start",
        "end",
        "updates",
        "flips",
        "energy_joules",
        "best_energy",
        "labels",
        "info",
    ],
)
def test_a_missing_entry_is_named(tmp_path, parts, entry):
    del parts[1][entry]
    io.write_npz(tmp_path / "run.npz", *parts)
    with pytest.raises(ValueError, match=rf"run\.npz: '{entry}' is missing"):
        Run.load(tmp_path / "run.npz")


@pytest.mark.parametrize(
    "name", ["log_pbits", "log_states", "trace_energies", "state", "magnetization"]
)
def test_a_missing_array_is_named(tmp_path, parts, name):
    del parts[0][name]
    io.write_npz(tmp_path / "run.npz", *parts)
    with pytest.raises(ValueError, match=rf"run\.npz: .*'{name}' is missing"):
        Run.load(tmp_path / "run.npz")


@pytest.mark.parametrize(
    "name", ["log_states", "magnetization", "seconds_per_state", "best_state"]
)
def test_an_array_of_another_length_is_named(tmp_path, parts, name):
    parts[0][name] = parts[0][name][:-1]
    io.write_npz(tmp_path / "run.npz", *parts)
    with pytest.raises(ValueError, match=rf"run\.npz: array '{name}' must have shape"):
        Run.load(tmp_path / "run.npz")


def test_labels_of_another_length_are_an_error(tmp_path, parts):
    parts[1]["labels"] = ["a", "b"]
    io.write_npz(tmp_path / "run.npz", *parts)
    with pytest.raises(ValueError, match=r"run\.npz: labels must be a list of 3"):
        Run.load(tmp_path / "run.npz")


def test_files_of_another_kind_are_an_error(tmp_path, parts):
    path = tmp_path / "run.npz"
    io.write_npz(path, parts[0], parts[1] | {"kind": "sample-set"})
    with pytest.raises(ValueError, match=r"holds 'sample-set', not 'machine-run'"):
        Run.load(path)
    path.write_text("not a zip archive")
    with pytest.raises(ValueError, match=r"run\.npz: "):
        Run.load(path)
    with pytest.raises(FileNotFoundError):
        Run.load(tmp_path / "nowhere.npz")


def test_samples_are_not_a_run(tmp_path):
    pbit.sample(MODEL, n_sweeps=2, rng=1).save(tmp_path / "samples.npz")
    with pytest.raises(ValueError, match="it holds 'samples', not 'machine-run'"):
        Run.load(tmp_path / "samples.npz")


def test_damaged_files_are_errors_and_never_something_else(tmp_path):
    run = make_run(trace_every=1e-8, record=True)
    path = tmp_path / "run.npz"
    run.save(path)
    good = path.read_bytes()
    rng = np.random.default_rng(3)
    for cut in rng.integers(0, len(good), 20):
        path.write_bytes(good[:cut])
        with pytest.raises(ValueError, match=r"run\.npz: "):
            Run.load(path)
    for position in rng.integers(0, len(good), 60):
        spoilt = bytearray(good)
        spoilt[position] ^= 1 << rng.integers(8)
        path.write_bytes(spoilt)
        try:
            found = Run.load(path)
        except ValueError as error:
            if "run.npz: " not in str(error):
                raise
        else:  # a byte that nobody reads, such as a time stamp
            assert_same(found, run)


def test_files_that_would_take_too_much_memory_are_refused(tmp_path):
    make_run(record=True).save(tmp_path / "run.npz")
    with pytest.raises(ValueError, match=r"more than max_bytes = 100"):
        Run.load(tmp_path / "run.npz", max_bytes=100)


def test_files_hold_plain_arrays_only(tmp_path):
    make_run(record=True).save(tmp_path / "run.npz")
    with zipfile.ZipFile(tmp_path / "run.npz") as archive:
        assert all(name.endswith(".npy") for name in archive.namelist())
    with np.load(tmp_path / "run.npz", allow_pickle=False) as arrays:
        assert arrays["log_times"].dtype == np.float64


def test_a_run_without_updates_has_an_empty_log():
    run = make_run(record=True, until=1e-16)
    assert (run.updates, run.flips, run.log.n) == (0, 0, 0)
    assert run.log.pbits.dtype == np.int32
    assert math.isfinite(run.best[1])
    assert sys.getsizeof(run.log.times) < 1000

"""Checkpoints on their own: what they hold, refuse and survive."""

import json
import os
import signal
import subprocess
import sys
import textwrap
import zipfile
from pathlib import Path

import numpy as np
import pytest

import pbit
from pbit.random import streams
from pbit.samplers.checkpoint import (
    Checkpoint,
    digest,
    model_digest,
    open_checkpoint,
    seeded,
)

PAIR = pbit.IsingModel({(0, 1): 1.0})


def open_pair(folder, **changes):
    arguments = {"model": PAIR, "source": streams(1), "n_sweeps": 10, **changes}
    model, source = arguments.pop("model"), arguments.pop("source")
    return open_checkpoint(folder, "toy", model, source, **arguments)


def rows(count):
    """Return `count` columns of kept arrays, all different."""
    return {
        "kept": np.arange(2 * count * 3, dtype=np.int16).reshape(2, count, 3),
        "energies": np.linspace(0, 1, 2 * count).reshape(2, count),
    }


def shard(kept, stop):
    return {name: array[:, :stop] for name, array in kept.items()}


def empty(kept):
    return {name: np.zeros_like(array) for name, array in kept.items()}


def test_what_was_saved_comes_back(tmp_path):
    kept = rows(5)
    with open_pair(tmp_path) as saver:
        assert saver.resume({"m": np.zeros(3)}) is None
        saver.save({"m": np.arange(3.0)}, {"done": 1}, shard(kept, 2))
        saver.save({"m": np.arange(3.0) + 1}, {"done": 2}, shard(kept, 2))
        saver.save({"m": np.arange(3.0) + 2}, {"done": 3}, kept)
    got, m = empty(kept), np.zeros(3)
    with open_pair(tmp_path) as saver:
        assert saver.resume({"m": m}, got) == {"done": 3}
    assert m.tolist() == [2, 3, 4]
    for name, array in kept.items():
        np.testing.assert_array_equal(got[name], array)
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["kept-000000.npz", "kept-000001.npz", "lock", "state.npz"]


def test_a_resumed_run_appends_to_what_it_found(tmp_path):
    kept = rows(6)
    for stop in (2, 3, 6):
        got = empty(kept)
        with open_pair(tmp_path) as saver:
            saver.resume({}, got)
            saver.save({}, {"done": stop}, shard(kept, stop))
    with open_pair(tmp_path) as saver:
        saver.resume({}, got)
    np.testing.assert_array_equal(got["kept"], kept["kept"])


def test_without_a_folder_nothing_is_ever_due():
    with open_pair(None) as saver:
        assert not saver.due()
        assert saver.load() is None
        saver.save({"m": np.zeros(3)}, {})


def test_a_checkpoint_is_due_after_its_period(tmp_path, monkeypatch):
    now = [0.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    with open_pair(Checkpoint(tmp_path / "a", every=10)) as saver:
        now[0] = 9.9
        assert not saver.due()
        now[0] = 10.0
        assert saver.due()
        saver.save({}, {})
        assert not saver.due()
    with open_pair(Checkpoint(tmp_path / "b", every=0)) as saver:
        assert saver.due()
        saver.save({}, {})
        assert saver.due()


def test_the_default_period_is_a_minute(tmp_path):
    assert Checkpoint(tmp_path).every == 60.0


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"model": pbit.IsingModel({(0, 1): 2.0})}, "model"),
        ({"source": streams(2)}, "rng"),
        ({"n_sweeps": 11}, r"n_sweeps \(10 there, 11 here\)"),
        ({"betas": np.ones(3)}, r"betas \(nothing there, sha256:"),
    ],
)
def test_a_checkpoint_of_another_run_is_refused_and_the_difference_named(
    tmp_path, changes, named
):
    with open_pair(tmp_path) as saver:
        saver.save({}, {"done": 1})
    with (
        open_pair(tmp_path, **changes) as saver,
        pytest.raises(ValueError, match=f"is of another run: they differ in {named}"),
    ):
        saver.load()


def test_a_checkpoint_of_another_release_is_refused(tmp_path, monkeypatch):
    with open_pair(tmp_path) as saver:
        saver.save({}, {"done": 1})
    monkeypatch.setattr(pbit, "__version__", "99.0")
    with (
        open_pair(tmp_path) as saver,
        pytest.raises(ValueError, match=r"differ in pbitlab \(.* there, 99.0 here\)"),
    ):
        saver.load()


def test_without_a_seed_a_run_resumes_with_the_one_it_had(tmp_path):
    source = seeded(tmp_path, None)
    with open_pair(tmp_path, source=source) as saver:
        saver.save({}, {})
    assert seeded(tmp_path, None) == source
    assert seeded(tmp_path, 5) == streams(5)
    assert seeded(None, 5) == streams(5)
    spawned = streams(np.random.SeedSequence(3).spawn(2)[1])
    with open_pair(tmp_path / "spawned", source=spawned) as saver:
        saver.save({}, {})
    assert seeded(tmp_path / "spawned", None) == spawned


def test_digests_tell_models_apart_by_what_bits_depend_on():
    base = pbit.IsingModel({(0, 1): 1.0}, [0.5, 0.0])
    same = pbit.IsingModel(
        np.array([[0, 1.0], [1.0, 0]]), [0.5, 0.0], labels=["a", "b"]
    )
    assert model_digest(base) == model_digest(same)
    others = [
        pbit.IsingModel({(0, 1): 1.0}),
        pbit.IsingModel({(0, 1): 1.5}, [0.5, 0.0]),
        pbit.IsingModel({(0, 1): 1.0}, [0.5, 0.0], offset=1.0),
        pbit.PCircuit({(0, 1): 1.0, (1, 0): 1.0}, [0.5, 0.0]),
        pbit.PolynomialModel({(0, 1): 1.0, (0,): 0.5}),
        pbit.PolynomialModel({(0, 1): 1.0, (0,): 0.5}, offset=1.0),
    ]
    assert len({model_digest(model) for model in [base, *others]}) == 7
    assert digest(np.zeros(2)) != digest(np.zeros(2, np.float32))
    assert digest(np.zeros((2, 3))) != digest(np.zeros((3, 2)))


def test_two_runs_cannot_share_a_folder(tmp_path):
    with (
        open_pair(tmp_path),
        pytest.raises(OSError, match="another run is writing its checkpoints"),
    ):
        open_pair(tmp_path)
    open_pair(tmp_path).close()


def test_what_a_killed_process_was_writing_is_cleared_away(tmp_path):
    with open_pair(tmp_path) as saver:
        saver.save({}, {"done": 1})
    draft = tmp_path / ".state.npz.00ff.tmp"
    draft.write_bytes(b"half")
    (tmp_path / "notes.txt").write_text("mine")
    with open_pair(tmp_path) as saver:
        assert saver.resume({}) == {"done": 1}
    assert not draft.exists()
    assert (tmp_path / "notes.txt").exists()


def test_a_shard_that_no_state_refers_to_is_written_again(tmp_path):
    kept = rows(4)
    with open_pair(tmp_path) as saver:
        saver.save({}, {"done": 2}, shard(kept, 2))
        before = (tmp_path / "state.npz").read_bytes()
        saver.save({}, {"done": 3}, shard(kept, 3))
    (tmp_path / "state.npz").write_bytes(before)  # as if killed between the two files
    got = empty(kept)
    with open_pair(tmp_path) as saver:
        assert saver.resume({}, got) == {"done": 2}
        assert not got["kept"][:, 2:].any()
        saver.save({}, {"done": 4}, kept)
    with open_pair(tmp_path) as saver:
        saver.resume({}, got)
    np.testing.assert_array_equal(got["kept"], kept["kept"])


def damage(folder, how):
    state, first, second = (
        folder / name for name in ("state.npz", "kept-000000.npz", "kept-000001.npz")
    )
    if how == "truncated state":
        state.write_bytes(state.read_bytes()[:-50])
    elif how == "flipped bit":
        raw = bytearray(first.read_bytes())
        raw[len(raw) // 4] ^= 1
        first.write_bytes(raw)
    elif how == "missing shard":
        second.unlink()
    elif how == "swapped shards":
        a, b = first.read_bytes(), second.read_bytes()
        first.write_bytes(b)
        second.write_bytes(a)
    elif how == "empty state":
        state.write_bytes(b"")


@pytest.mark.parametrize(
    ("how", "match"),
    [
        ("truncated state", "state.npz: "),
        ("flipped bit", "kept-000000.npz: "),
        ("missing shard", "kept-000001.npz: this part of the checkpoint is missing"),
        ("swapped shards", "kept-000000.npz: it belongs to another run or place"),
        ("empty state", "state.npz: "),
    ],
)
def test_a_damaged_checkpoint_is_refused_and_nothing_is_filled(tmp_path, how, match):
    kept = rows(4)
    with open_pair(tmp_path) as saver:
        saver.save({}, {"done": 2}, shard(kept, 2))
        saver.save({}, {"done": 4}, kept)
    damage(tmp_path, how)
    got = empty(kept)
    with open_pair(tmp_path) as saver, pytest.raises(ValueError, match=match):
        saver.resume({}, got)
    assert not got["kept"].any()


def test_arrays_that_do_not_fit_are_refused(tmp_path):
    kept = rows(4)
    with open_pair(tmp_path) as saver:
        saver.save({"m": np.zeros(3)}, {}, kept)
    wrong = [
        ({"m": np.zeros(4)}, empty(kept), "array 'm' does not fit"),
        ({"m": np.zeros(3, np.float32)}, empty(kept), "array 'm' does not fit"),
        ({}, empty(kept), "array 'm' does not fit"),
        ({"m": np.zeros(3), "x": np.zeros(3)}, empty(kept), "array 'x' does not fit"),
        ({"m": np.zeros(3)}, None, "array 'kept' does not fit"),
        ({"m": np.zeros(3)}, shard(empty(kept), 3), "more than the run keeps"),
    ]
    with open_pair(tmp_path) as saver:
        for arrays, targets, match in wrong:
            with pytest.raises(ValueError, match=match):
                saver.resume(arrays, targets)


@pytest.mark.parametrize("folder", [3, ["a"], b"a"])
def test_a_checkpoint_that_is_no_path_is_refused(folder):
    with pytest.raises(TypeError, match="checkpoint must be a folder or a Checkpoint"):
        open_pair(folder)


def test_a_period_that_is_no_time_is_refused(tmp_path):
    for every in (-1, float("nan"), float("inf")):
        with pytest.raises(ValueError, match="every must be finite and >= 0"):
            Checkpoint(tmp_path, every=every)


def test_a_folder_that_is_a_file_is_refused(tmp_path):
    file = tmp_path / "file"
    file.write_text("")
    with pytest.raises(OSError, match=r"checkpoints cannot be written to .*file"):
        open_pair(file)


def test_the_files_are_plain_arrays_and_json(tmp_path):
    with open_pair(tmp_path) as saver:
        saver.save({"m": np.arange(3.0)}, {"done": 1})
    with zipfile.ZipFile(tmp_path / "state.npz") as archive:
        assert sorted(archive.namelist()) == ["header.npy", "m.npy"]
    with np.load(tmp_path / "state.npz", allow_pickle=False) as file:
        header = json.loads(file["header"].tobytes())
    assert header["kind"] == "checkpoint"
    assert header["identity"]["checkpoint format"] == 1
    assert header["identity"]["n_sweeps"] == 10


@pytest.mark.parametrize("failing", ["state", "kept"])
def test_a_full_disk_is_told_and_leaves_the_last_checkpoint(
    tmp_path, monkeypatch, failing
):
    kept = rows(4)
    saver = open_pair(tmp_path)
    saver.save({"m": np.zeros(3)}, {"done": 1}, shard(kept, 2))
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    real = os.fsync
    left = [0 if failing == "kept" else 2]  # the shard's file and folder go well

    def full(descriptor):
        if left[0] == 0:
            raise OSError(28, os.strerror(28))
        left[0] -= 1
        real(descriptor)

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(
        OSError,
        match=r"cannot be written to .*No space left.*the last one there is whole",
    ) as caught:
        saver.save({"m": np.ones(3)}, {"done": 2}, kept)
    assert caught.value.errno == 28
    monkeypatch.undo()
    after = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert {name: after[name] for name in before} == before
    assert not [name for name in after if name.endswith(".tmp")]
    saver.save({"m": np.ones(3)}, {"done": 2}, kept)  # room again: it goes on
    saver.close()
    got = empty(kept)
    with open_pair(tmp_path) as saver:
        assert saver.resume({"m": np.zeros(3)}, got) == {"done": 2}
    np.testing.assert_array_equal(got["kept"], kept["kept"])


WRITER = """
    import sys
    import numpy as np
    from tests.pbit.test_checkpoint import open_pair

    def content(step):
        return np.full(20_000, step, np.int32)

    if __name__ == "__main__":
        saver = open_pair(sys.argv[1])
        kept = np.zeros((1, 10_000), np.int32)
        record = saver.resume({"m": content(0)}, {"kept": kept})
        first = 0 if record is None else record["done"]
        assert (kept[0, :first] == np.arange(first)).all()
        for step in range(first + 1, 10_000):
            kept[0, step - 1] = step - 1
            saver.save({"m": content(step)}, {"done": step}, {"kept": kept[:, :step]})
            if step == first + 3:
                print("writing", flush=True)
"""


def test_a_writer_killed_at_any_moment_leaves_a_checkpoint_that_loads(tmp_path):
    """Six kills (seeded moments) of a process that does nothing but write."""
    script = tmp_path / "writer.py"
    script.write_text(textwrap.dedent(WRITER))
    folder = tmp_path / "run"
    root = Path(__file__).parents[2]
    environment = {**os.environ, "PYTHONPATH": str(root)}
    done = 0
    for wait in np.random.default_rng(4).uniform(0, 0.1, 6):
        with subprocess.Popen(
            [sys.executable, script, folder], stdout=subprocess.PIPE, env=environment
        ) as writer:
            assert writer.stdout.readline() == b"writing\n"
            with pytest.raises(subprocess.TimeoutExpired):
                writer.wait(wait)
            writer.send_signal(signal.SIGKILL)
        m, kept = np.zeros(20_000, np.int32), np.full((1, 10_000), -1, np.int32)
        with open_pair(folder) as saver:
            record = saver.resume({"m": m}, {"kept": kept})
        assert record["done"] > done
        done = record["done"]
        assert (m == done).all()
        assert (kept[0, :done] == np.arange(done)).all()
        assert (kept[0, done:] == -1).all()

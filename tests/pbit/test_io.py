import json
import os
import resource
import signal
import subprocess
import sys
import zipfile

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pbit import io

ARRAYS = {"a": np.arange(6.0).reshape(2, 3), "b": np.array([True, False])}


@pytest.fixture
def saved(tmp_path):
    path = tmp_path / "result.npz"
    io.write_npz(path, ARRAYS, {"kind": "test", "answer": [1, None, "x"]})
    return path


def rewrite(path, members):
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)


def members_of(path):
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def npy(array):
    import io as std

    buffer = std.BytesIO()
    np.save(buffer, array, allow_pickle=True)
    return buffer.getvalue()


def header_bytes(**entries):
    return npy(np.frombuffer(json.dumps(entries).encode(), np.uint8))


def test_arrays_and_header_come_back(saved):
    arrays, header = io.read_npz(saved, "test", required=("a", "b"))
    assert header["answer"] == [1, None, "x"]
    for name, array in ARRAYS.items():
        assert arrays[name].dtype == array.dtype
        np.testing.assert_array_equal(arrays[name], array)


@pytest.mark.parametrize(
    "dtype", ["?", "i1", "u1", ">i2", "<u4", ">i8", "u8", "f4", ">f8"]
)
@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 0, 4), (2, 3, 4)])
def test_every_real_type_and_shape_comes_back(tmp_path, dtype, shape):
    array = (np.arange(np.prod(shape, dtype=int)) % 2).reshape(shape).astype(dtype)
    io.write_npz(tmp_path / "x.npz", {"x": np.asarray(array, order="F")}, {"kind": "t"})
    (back,) = io.read_npz(tmp_path / "x.npz", "t")[0].values()
    assert back.shape == shape
    assert back.dtype == array.dtype.newbyteorder("=")
    np.testing.assert_array_equal(back, array)


def test_numpy_opens_the_file_without_pickle(saved):
    with np.load(saved, allow_pickle=False) as archive:
        np.testing.assert_array_equal(archive["a"], ARRAYS["a"])


def test_the_same_content_gives_the_same_bytes(saved, tmp_path):
    again = tmp_path / "again.npz"
    io.write_npz(again, ARRAYS, {"kind": "test", "answer": [1, None, "x"]})
    assert again.read_bytes() == saved.read_bytes()


def test_every_truncation_is_an_error_that_names_the_path(saved):
    whole = saved.read_bytes()
    for length in range(0, len(whole), 7):
        saved.write_bytes(whole[:length])
        with pytest.raises(ValueError, match=r"result\.npz: "):
            io.read_npz(saved, "test")


def test_a_flipped_byte_is_an_error_or_changes_nothing(saved):
    whole = bytearray(saved.read_bytes())
    refused = accepted = 0
    for position in range(len(whole)):
        damaged = bytearray(whole)
        damaged[position] ^= 0x55
        saved.write_bytes(damaged)
        try:
            arrays, header = io.read_npz(saved, "test", required=("a", "b"))
        except ValueError as error:
            refused += "result.npz: " in str(error)
        else:  # a time stamp, permissions
            accepted += 1
            assert header["answer"] == [1, None, "x"]
            np.testing.assert_array_equal(arrays["a"], ARRAYS["a"])
    assert refused + accepted == len(whole)
    assert refused > accepted


def test_another_kind_is_refused(saved):
    with pytest.raises(ValueError, match="it holds 'test', not 'samples'"):
        io.read_npz(saved, "samples")


def test_a_newer_version_is_refused(tmp_path):
    path = tmp_path / "new.npz"
    head = header_bytes(format="pbitlab", version=io.VERSION + 1, kind="t")
    rewrite(path, {"header.npy": head})
    with pytest.raises(ValueError, match=r"new\.npz: it has format version 2"):
        io.read_npz(path, "t")


@pytest.mark.parametrize(
    ("head", "reason"),
    [
        (None, "it has no header"),
        (header_bytes(kind="t"), "the header does not say so"),
        (header_bytes(format="pbitlab", kind="t"), "version must be"),
        (npy(np.frombuffer(b"{", np.uint8)), "the header is not JSON"),
        (npy(np.frombuffer(b"[" * 10**5, np.uint8)), "the header is not JSON"),
        (npy(np.array([{}], dtype=object)), "must hold numbers"),
        (b"", "EOF"),
    ],
)
def test_a_wrong_header_is_refused(tmp_path, head, reason):
    path = tmp_path / "x.npz"
    rewrite(path, {} if head is None else {"header.npy": head})
    with pytest.raises(ValueError, match=reason):
        io.read_npz(path, "t")


def test_a_missing_array_is_named(saved):
    with pytest.raises(ValueError, match="array 'states' is missing"):
        io.read_npz(saved, "test", required=("states",))


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("../evil.npy", npy(np.zeros(1)), "does not belong"),
        ("a.txt", b"x", "does not belong"),
        ("c.npy", npy(np.array([{}], dtype=object)), "must hold numbers"),
        ("c.npy", npy(np.array([1j])), "must hold numbers"),
        ("c.npy", npy(np.array(["text"])), "must hold numbers"),
        ("c.npy", npy(np.zeros((2, 2), order="F")), "must hold numbers by rows"),
        ("c.npy", npy(np.zeros(9))[:-1], "not as long as its shape"),
        ("c.npy", npy(np.zeros(9)) + b"x", "not as long as its shape"),
        ("c.npy", npy(np.zeros(9)).replace(b"(9,)", b"(9" + b"0" * 9 + b",)"), "."),
        ("c.npy", b"\x93NUMPY\x02\x00" + npy(np.zeros(9))[8:], "version"),
        ("c.npy", b"not an array", "magic"),
    ],
)
def test_a_foreign_member_is_refused(saved, name, data, reason):
    rewrite(saved, {**members_of(saved), name: data})
    with pytest.raises(ValueError, match=reason):
        io.read_npz(saved, "test")


def test_too_many_members_are_refused(saved):
    extra = {f"x{i}.npy": npy(np.zeros(1)) for i in range(io.MAX_MEMBERS)}
    rewrite(saved, {**members_of(saved), **extra})
    with pytest.raises(ValueError, match="at most 64 members"):
        io.read_npz(saved, "test")


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path):
    path = tmp_path / "bomb.npz"
    io.write_npz(path, {"zeros": np.zeros(2**20)}, {"kind": "t"})
    assert path.stat().st_size < 2**17
    with pytest.raises(ValueError, match="more than max_bytes = 1000000"):
        io.read_npz(path, "t", max_bytes=10**6)


def test_a_missing_file_is_an_oserror(tmp_path):
    with pytest.raises(FileNotFoundError, match="nowhere"):
        io.read_npz(tmp_path / "nowhere.npz", "t")


@pytest.mark.parametrize("name", ["header", "", "a/b", "../a", "a.b", "1a"])
def test_a_bad_array_name_is_refused(tmp_path, name):
    with pytest.raises(ValueError, match="arrays must be named"):
        io.write_npz(tmp_path / "x.npz", {name: np.zeros(1)}, {"kind": "t"})
    assert not list(tmp_path.iterdir())


def test_arrays_of_objects_and_headers_without_kind_are_refused(tmp_path):
    with pytest.raises(TypeError, match="array 'x' must hold real numbers, not object"):
        io.write_npz(tmp_path / "x.npz", {"x": np.array([{}])}, {"kind": "t"})
    with pytest.raises(ValueError, match="header must name its kind"):
        io.write_npz(tmp_path / "x.npz", {}, {})
    assert not list(tmp_path.iterdir())


def test_a_failed_write_leaves_the_old_file_and_no_draft(saved, monkeypatch):
    before = saved.read_bytes()

    def fail(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="No space left"):
        io.write_npz(saved, {"c": np.ones(3)}, {"kind": "test"})
    assert saved.read_bytes() == before
    assert [entry.name for entry in saved.parent.iterdir()] == [saved.name]


def test_a_full_disk_leaves_the_old_file_and_no_draft(saved):
    before = saved.read_bytes()
    noise = np.random.default_rng(0).random(10**5)
    old = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10**5, old[1]))
    try:
        with pytest.raises(OSError, match="File too large"):
            io.write_npz(saved, {"noise": noise}, {"kind": "test"})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, old)
        signal.signal(signal.SIGXFSZ, handler)
    assert saved.read_bytes() == before
    assert [entry.name for entry in saved.parent.iterdir()] == [saved.name]


def test_a_device_is_no_place_for_a_result():
    with pytest.raises(OSError, match="must be a plain file"):
        io.write_npz(os.devnull, {}, {"kind": "t"})


def test_a_link_is_written_through(saved, tmp_path):
    link = tmp_path / "link.npz"
    link.symlink_to(saved)
    io.write_npz(link, {}, {"kind": "other"})
    assert link.is_symlink()
    assert io.read_npz(saved, "other")[0] == {}


def test_json_takes_numpy_numbers_and_names_what_it_cannot_hold():
    given_value = {"a": np.float32(0.5), "b": (np.int64(2), np.array([True]))}
    assert io.as_json("info", given_value) == {"a": 0.5, "b": [2, [True]]}
    with pytest.raises(TypeError, match=r"info\['a'\]\[1\] must be JSON"):
        io.as_json("info", {"a": [1, {2}]})
    with pytest.raises(
        TypeError, match=r"info\['a'\] must have strings for keys, not 1"
    ):
        io.as_json("info", {"a": {1: 2}})
    with pytest.raises(ValueError, match=r"info\['a'\]\[0\] must be finite, not nan"):
        io.as_json("info", {"a": np.array([np.nan])})


scalars = (
    st.text()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.booleans()
    | st.none()
)
names = st.recursive(scalars, lambda part: st.lists(part, max_size=3).map(tuple))


@settings(deadline=None)
@given(st.lists(names, max_size=5, unique=True))
def test_labels_come_back_as_they_were(labels):
    text = json.dumps(io.labels_to_json(labels))
    back = io.labels_from_json(json.loads(text), len(labels))
    assert list(back) == labels
    assert repr(list(back)) == repr(labels)


def test_numbered_labels_need_no_room():
    assert io.labels_to_json(range(5)) is None
    assert io.labels_from_json(None, 5) == range(5)


@pytest.mark.parametrize("label", [b"x", frozenset(), float("nan"), (1, {1: 2}.keys())])
def test_a_label_that_json_cannot_hold_is_named(label):
    with pytest.raises(TypeError, match="cannot be saved"):
        io.labels_to_json(["a", label])


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (["a"], "list of 2 names"),
        ("ab", "list of 2 names"),
        (["a", "a"], "unique"),
        (["a", {}], "must not be objects"),
    ],
)
def test_wrong_labels_in_a_file_are_refused(value, reason):
    with pytest.raises(ValueError, match=reason):
        io.labels_from_json(value, 2)


def test_a_killed_writer_leaves_the_old_file(saved):
    before = saved.read_bytes()
    script = (
        "import os, signal, sys, numpy as np\n"
        "from pbit import io\n"
        "os.fsync = lambda _: os.kill(os.getpid(), signal.SIGKILL)\n"
        "io.write_npz(sys.argv[1], {'x': np.zeros(9)}, {'kind': 'new'})\n"
    )
    done = subprocess.run([sys.executable, "-c", script, str(saved)], check=False)
    assert done.returncode == -signal.SIGKILL
    assert saved.read_bytes() == before

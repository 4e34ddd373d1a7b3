"""`pbit learn` trains, `pbit sample` draws from what it saved, and both refuse by name."""

import sys

import networkx as nx
import numpy as np
import pytest

import pbit
from pbit.learning import BoltzmannMachine, HopfieldNetwork, bars_and_stripes
from tests.pbit.learning.test_data import idx
from tests.system.commands import call, call_json, refused

LEARN_KEYS = [
    *("command", "data", "n_samples", "n_visible", "classes", "model", "n_pbits"),
    *("epochs", "score", "value", "out", "seconds", "rng", "status", "version"),
]
SAMPLE_KEYS = [
    *("command", "model", "kind", "columns", "clamp", "samples", "sweeps", "counts"),
    *("seconds", "rng", "status", "version"),
]


@pytest.fixture
def table(tmp_path):
    """Sixteen samples of C = A and B, with the class of each."""
    path = tmp_path / "and.csv"
    rows = [f"{a},{b},{a & b},{a & b}" for a in (0, 1) for b in (0, 1)] * 4
    path.write_text("\n".join(["A,B,C,kind", *rows]) + "\n")
    return path


def test_a_truth_table_is_learned_and_run_backwards(tmp_path):
    out = tmp_path / "and.npz"
    record = call_json(
        *("learn", "AND", "--model", "bm", "--hidden", 1, "--rng", 1),
        *("--learning-rate", 0.3, "--epochs", 400, "--out", out),
    )
    assert list(record) == LEARN_KEYS
    assert record["score"] == "log-likelihood, nats a sample (exact)"
    assert np.log(0.25) - 0.1 < record["value"] <= np.log(0.25)
    drawn = call_json("sample", out, "--clamp", "C=1", "--samples", 50, "--rng", 2)
    assert list(drawn) == SAMPLE_KEYS
    assert drawn["columns"] == ["A", "B", "C"]
    assert max(drawn["counts"], key=drawn["counts"].get) == "111"
    lines = call("sample", out, "--clamp", "C=0", "--samples", 50).stdout
    assert "held     C = -1" in lines


def test_a_restricted_machine_and_its_picture(tmp_path):
    out, picture = tmp_path / "bars.npz", tmp_path / "bars.png"
    record = call_json(
        *("learn", "bars2x2", "--hidden", 4, "--epochs", 50, "--out", out, "--rng", 1),
    )
    assert record["n_pbits"] == 8
    result = call(
        *("sample", out, "--clamp", "0=1", "--samples", 9, "--sweeps", 20, "--rng", 1),
        *("--picture", picture, "--shape", "2x2", "--out", tmp_path / "drawn.npz"),
    )
    assert result.exit_code == 0
    assert picture.read_bytes().startswith(b"\x89PNG")
    drawn = pbit.SampleSet.load(tmp_path / "drawn.npz")
    assert drawn.states.shape == (9, 1, 4)
    assert (drawn.column(0) == 1).all()


def test_a_table_with_classes_makes_a_deep_machine_of_layers_or_on_a_lattice(
    tmp_path, table
):
    out = tmp_path / "deep.npz"
    options = ("--model", "dbm", "--labels", "kind", "--epochs", 3, "--rng", 1)
    record = call_json("learn", table, *options, "--hidden", "4,3", "--out", out)
    assert (record["n_visible"], record["classes"], record["n_pbits"]) == (3, 2, 12)
    assert 0 <= record["value"] <= 1
    drawn = call_json("sample", out, "--samples", 2, "--sweeps", 5)
    assert len(drawn["columns"]) == 5
    record = call_json("learn", table, *options, "--graph", "king3x3")
    assert record["n_pbits"] == 9


def test_a_boltzmann_machine_on_a_graph_from_a_file(tmp_path, table):
    edges = tmp_path / "ring.edges"
    nx.write_edgelist(nx.cycle_graph(5), edges, data=False)
    out = tmp_path / "ring.npz"
    options = ("--model", "bm", "--epochs", 3, "--labels", "kind", "--out", out)
    record = call_json("learn", table, *options, "--graph", edges)
    assert record["n_pbits"] == 5
    machine = BoltzmannMachine.load(out)
    assert machine.n_edges == 5
    assert list(machine.labels) == ["A", "B", "C", ("hidden", 0), ("hidden", 1)]


def test_patterns_are_recalled_by_a_hopfield_network(tmp_path):
    path, out = tmp_path / "patterns.csv", tmp_path / "memory.npz"
    patterns = np.array([[1, 1, 1, 1, -1, -1, 1, -1], [1, -1, 1, -1, 1, -1, -1, -1]])
    np.savetxt(path, patterns, fmt="%d", delimiter=",")
    record = call_json("learn", path, "--model", "hopfield", "--out", out)
    assert (record["value"], record["epochs"]) == (1, None)
    assert (HopfieldNetwork.load(out).patterns == patterns).all()
    clamps = [f"--clamp={k}={patterns[0, k]}" for k in range(4)]
    drawn = call_json("sample", out, *clamps, "--samples", 20, "--rng", 1)
    assert "11110010" in drawn["counts"]


def test_a_denoising_model_is_learned_and_sampled(tmp_path):
    out = tmp_path / "chain.npz"
    options = ("--model", "denoising", "--hidden", 4, "--epochs", 2, "--rng", 1)
    record = call_json("learn", "bars2x2", *options, "--out", out)
    assert record["score"].startswith("squared kernel distance")
    drawn = call_json("sample", out, "--samples", 30, "--sweeps", 8)
    assert sum(drawn["counts"].values()) == 30
    line = refused(call("sample", out, "--clamp", "0=1"))
    assert "--clamp is not for a denoising model" in line


def test_images_of_idx_files_are_learned(tmp_path):
    grey = (bars_and_stripes(2, 2).reshape(-1, 2, 2) > 0).astype(np.uint8) * 200
    images, kinds = tmp_path / "images-idx3-ubyte", tmp_path / "labels-idx1-ubyte"
    images.write_bytes(idx(grey))
    kinds.write_bytes(idx(np.arange(len(grey), dtype=np.uint8) % 2))
    options = ("--model", "dbm", "--hidden", 3, "--epochs", 2)
    record = call_json("learn", images, "--labels", kinds, *options)
    assert (record["n_samples"], record["n_visible"], record["classes"]) == (6, 4, 2)


def test_a_seed_repeats_what_was_learned():
    options = ("learn", "bars2x2", "--hidden", 2, "--epochs", 3)
    first = call_json(*options)
    again = call_json(*options, "--rng", first["rng"])
    assert again["value"] == first["value"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("A,B\n0,1\n1,nan\n", "bad.csv:3: column 'B' must be finite, not nan"),
        ("A,B\n0,1\n1\n", "bad.csv:3: 1 values, where the first line has 2"),
        ("A,B\n0,1\n1,7\n", "bad.csv:3: column 'B' must be 0/1 or -1/+1, not 7"),
        ("", "bad.csv: empty: there are no samples"),
        ("A,B,kind\n0,1,\n", "bad.csv:2: the sample has no label: column 'kind' is ''"),
    ],
)
def test_bad_data_are_refused_in_one_line_by_name(tmp_path, text, message):
    path = tmp_path / "bad.csv"
    path.write_text(text)
    labels = ("--labels", "kind") if "kind" in text else ()
    assert message in refused(call("learn", path, *labels))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("nowhere",), "nowhere: no file, and no data: give a CSV or IDX file, digits"),
        (("bars0x4",), "rows must be at least 1, not 0"),
        (("bars2x2", "--model", "dbm"), "the samples have no classes"),
        (
            ("bars2x2", "--model", "bm", "--graph", "king1x2"),
            "fewer than the 4 columns",
        ),
        (("bars2x2", "--model", "bm", "--graph", "torus"), "a lattice such as king8x8"),
        (("bars2x2", "--graph", "king4x4"), "--graph is for bm and dbm"),
        (("bars2x2", "--hidden", "many"), "--hidden takes whole numbers"),
        (("bars2x2", "--hidden", "0"), "--hidden must be at least 1 for rbm"),
        (("bars2x2", "--hidden", "3,2"), "--hidden takes one number for rbm"),
        (("bars2x2", "--model", "hopfield", "--epochs", 3), "it does not train"),
        (("bars2x2", "--labels", "kind"), "--labels and --threshold are for files"),
        (("bars2x2", "--learning-rate", "0"), "must be > 0, not 0"),
        (("bars2x2", "--out", "/nowhere/a.npz"), "the folder /nowhere does not exist"),
    ],
)
def test_bad_orders_are_refused_in_one_line(options, message):
    assert message in refused(call("learn", *options))


@pytest.mark.parametrize("what", ["digits", "bars2x2"])
def test_a_missing_extra_is_named(what, monkeypatch):
    for name in ("sklearn", "sklearn.datasets", "pbit.learning.rbm"):
        monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.delattr("pbit.learning.RestrictedBoltzmannMachine", raising=False)
    line = refused(call("learn", what))
    assert "need scikit-learn: pip install 'pbitlab[learning]'" in line


def test_bad_samplings_are_refused_in_one_line(tmp_path):
    path = tmp_path / "m.npz"
    BoltzmannMachine(2).save(path)
    for options, message in (
        (("--clamp", "0"), "--clamp takes NAME=VALUE, as in S=1, not '0'"),
        (("--clamp", "0=2"), "the value must be 0 (or -1) or 1, not '2'"),
        (("--clamp", "S=1"), "--clamp must be one of '0', '1', not 'S'"),
        (("--clamp", "0=1", "--clamp", "0=0"), "--clamp 0 is given twice"),
        (("--picture", "a.png"), "--picture and --shape go together"),
        (("--picture", "a.png", "--shape", "8"), "--shape takes ROWSxCOLS"),
        (("--picture", "a.png", "--shape", "2x2"), "is not that of 2 columns"),
    ):
        assert message in refused(call("sample", path, *options))
    pbit.SampleSet([[[1, -1]]]).save(path)
    assert "holds 'samples', no model" in refused(call("sample", path))
    path.write_bytes(b"nothing")
    assert "m.npz" in refused(call("sample", path))
    assert "No such file" in refused(call("sample", tmp_path / "none.npz"))


def test_labels_by_number_are_that_column_of_a_file_without_names(tmp_path):
    path = tmp_path / "plain.csv"
    path.write_text("1,1,0,0\n" * 3 + "0,1,1,2\n" * 2)
    record = call_json(
        *("learn", path, "--model", "dbm", "--labels", 3, "--epochs", 1),
        *("--hidden", 2, "--rng", 1),
    )
    assert (record["n_samples"], record["n_visible"], record["classes"]) == (5, 3, 2)


def test_a_machine_too_large_for_exact_sums_is_scored_by_its_reconstructions(tmp_path):
    out = tmp_path / "large.npz"
    record = call_json(
        *("learn", "bars2x2", "--model", "bm", "--hidden", 30, "--epochs", 2),
        *("--out", out, "--rng", 1),
    )
    assert record["score"] == "share of bits reconstructed wrong (sampled)"
    assert 0 <= record["value"] <= 1
    assert BoltzmannMachine.load(out).n_hidden == 30


def test_columns_of_one_name_and_a_single_sample_to_denoise_are_refused(tmp_path):
    twice = tmp_path / "twice.csv"
    twice.write_text("a,a,b\n1,0,1\n")
    assert "twice.csv:1: two columns are called 'a'" in refused(call("learn", twice))
    one = tmp_path / "one.csv"
    one.write_text("1,0,1\n")
    message = refused(call("learn", one, "--model", "denoising"))
    assert "denoising takes two samples at least" in message

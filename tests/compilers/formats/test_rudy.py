import csv
import gzip
import hashlib
import warnings
from pathlib import Path

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import compilers
from compilers.formats import read_rudy, write_rudy
from compilers.formats import text as text_module
from pbit.errors import ParseError
from tests.compilers.malformed import MALFORMED
from tests.compilers.shared_data import shared


@pytest.fixture
def write(tmp_path):
    def write(content, name="graph.txt"):
        path = tmp_path / name
        path.write_bytes(content)
        return path

    return write


@pytest.mark.parametrize("case", MALFORMED, ids=[case.name for case in MALFORMED])
@pytest.mark.parametrize("reader", [read_rudy, compilers.load])
def test_a_malformed_file_is_an_error_with_its_line(write, case, reader):
    path = write(case.content)
    with pytest.raises(ParseError) as caught:
        reader(path)
    assert case.fragment in str(caught.value)
    assert caught.value.path == str(path)
    assert caught.value.line == case.line
    where = path if case.line is None else f"{path}:{case.line}"
    assert str(caught.value).startswith(f"{where}: ")


def test_names_of_malformed_files_are_unique():
    assert len({case.name for case in MALFORMED}) == len(MALFORMED) >= 12


@pytest.mark.parametrize(
    "content",
    [
        b"4 2\n1 2 5\n2 3 -1\n",
        b"\xef\xbb\xbf4 2\r\n1 2 5\r\n2 3 -1\r\n",
        b"\n\n4\t2  \n 1\t2\t+5 \n\n2 3 -1",
        gzip.compress(b"4 2\n1 2 5\n2 3 -1\n"),
    ],
    ids=["plain", "bom and crlf", "blanks and no final newline", "gzip"],
)
def test_harmless_variations_read_alike(write, content):
    graph = read_rudy(write(content))
    assert list(graph.nodes) == [1, 2, 3, 4]
    assert list(graph.edges(data="weight")) == [(1, 2, 5), (2, 3, -1)]


def test_a_missing_weight_is_one_and_isolated_nodes_stay(write):
    graph = read_rudy(write(b"5 1\n4 2\n"))
    assert graph.number_of_nodes() == 5
    assert graph.edges[2, 4]["weight"] == 1


def test_weights_are_ints_unless_one_is_not(write):
    whole = read_rudy(write(b"2 1\n1 2 9007199254740992\n"))
    assert whole.edges[1, 2]["weight"] == 2**53
    assert isinstance(whole.edges[1, 2]["weight"], int)
    assert read_rudy(write(b"2 1\n1 2 -2.5e-1\n")).edges[1, 2]["weight"] == -0.25


def test_repeated_edges_are_summed_with_a_warning(write):
    path = write(b"3 4\n1 2 5\n2 3 1\n2 1 -2\n1 2 1\n")
    with pytest.warns(
        UserWarning, match=r"repeated edge, weights summed \(lines 4, 5\)"
    ):
        graph = read_rudy(path)
    assert list(graph.edges(data="weight")) == [(1, 2, 4), (2, 3, 1)]


def test_a_repeated_edge_whose_sum_is_inexact_is_an_error(write):
    path = write(b"2 2\n1 2 9007199254740992\n2 1 9007199254740992\n")
    with pytest.raises(ParseError, match=r":3: the summed weight .* out of range"):
        read_rudy(path)


def test_a_self_loop_is_dropped_with_a_warning(write):
    path = write(b"3 2\n2 2 7\n1 2 1\n")
    with pytest.warns(UserWarning, match=r"self loop dropped, .* \(line 2\)"):
        graph = read_rudy(path)
    assert list(graph.edges(data="weight")) == [(1, 2, 1)]
    with pytest.warns(UserWarning, match="self loop"):
        assert compilers.load(path).model.n == 3


def test_a_qubo_is_not_taken_for_a_graph_unless_told(write):
    path = write(b"3 3\n1 1 7\n1 2 1\n2 2 4\n")
    assert compilers.load(path).provenance["what"] == "QUBO"
    with pytest.warns(UserWarning, match=r"self loop dropped.*\(lines 2, 4\)"):
        assert compilers.load(path, format="rudy").provenance["what"] == "max-cut"


def test_a_qubo_that_shows_late_is_refused(write):
    far = b"3 12004\n" + b"1 2 1\n" * 12002 + b"1 1 7\n2 2 4\n"
    with pytest.raises(ParseError, match=r"is this a QUBO\?|there are more"):
        compilers.load(write(far))


def test_repairs_are_made_and_listed_when_not_strict(write):
    path = write(b"# made by hand\n3 5\n1 2 1 left\n% half way\n2 3 4\n")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        graph = read_rudy(path, strict=False)
    assert list(graph.edges(data="weight")) == [(1, 2, 1), (2, 3, 4)]
    assert sorted(str(w.message).removeprefix(f"{path}: ") for w in caught) == [
        "2 edges taken where the header declares 5 (line 2)",
        "comment skipped (lines 1, 4)",
        "text after the weight ignored (line 3)",
    ]


def test_many_repairs_are_counted(write):
    path = write(b"2 13\n" + b"1 2\n" * 13)
    with pytest.warns(UserWarning, match=r"lines 3, .*, 12 and 2 more"):
        assert read_rudy(path).edges[1, 2]["weight"] == 13


def test_lenient_reading_still_refuses_what_has_no_repair(write):
    with pytest.raises(ParseError, match="0-based"):
        read_rudy(write(b"3 1\n0 1 1\n"), strict=False)


def test_gzipped_data_is_bounded(write, monkeypatch):
    path = write(gzip.compress(b"4 2\n1 2 5\n2 3 -1\n"))
    monkeypatch.setattr(text_module, "MAX_UNPACKED", 10)
    with pytest.raises(ParseError, match="unpack to at most 10 bytes"):
        read_rudy(path)


def test_a_missing_file_is_an_os_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_rudy(tmp_path / "absent.txt")


weights = st.one_of(
    st.integers(-(2**53), 2**53), st.floats(allow_nan=False, allow_infinity=False)
)


@st.composite
def graphs(draw):
    n = draw(st.integers(1, 8))
    graph = nx.Graph()
    graph.add_nodes_from(range(1, n + 1))
    pairs = [(i, j) for i in range(1, n + 1) for j in range(1, i)]
    for i, j in draw(
        st.lists(st.sampled_from(pairs), unique=True) if pairs else st.just([])
    ):
        graph.add_edge(i, j, weight=draw(weights))
    return graph


@settings(deadline=None)
@given(graph=graphs())
def test_what_is_written_reads_back_equal(tmp_path_factory, graph):
    path = tmp_path_factory.mktemp("rudy") / "graph.txt"
    write_rudy(graph, path)
    again = read_rudy(path)
    assert nx.utils.graphs_equal(graph, again)
    whole = all(isinstance(w, int) for _, _, w in graph.edges(data="weight"))
    types = {type(w) for _, _, w in again.edges(data="weight")}
    assert types <= ({int} if whole else {float})


@settings(deadline=None, max_examples=300)
@given(data=st.data())
def test_broken_bytes_raise_nothing_but_parse_errors(tmp_path_factory, data):
    content = bytearray(b"6 5\n1 2 5\n2 3 -1\n4 5\n5 6 2.5\n1 6 7\n")
    for _ in range(data.draw(st.integers(1, 4))):
        where = data.draw(st.integers(0, len(content)))
        piece = data.draw(
            st.one_of(st.binary(max_size=3), st.sampled_from([b"e9", b" 1"]))
        )
        content[where : where + data.draw(st.integers(0, 3))] = piece
    path = tmp_path_factory.mktemp("fuzz") / "graph.txt"
    path.write_bytes(bytes(content))
    for strict in (True, False):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                graph = read_rudy(path, strict=strict)
            except ParseError:
                continue
        assert all(np.isfinite(w) for _, _, w in graph.edges(data="weight"))


def test_only_graphs_numbered_from_one_are_written(tmp_path):
    with pytest.raises(ValueError, match="nodes must be the numbers 1 to 3"):
        write_rudy(nx.path_graph(3), tmp_path / "graph.txt")
    assert list(tmp_path.iterdir()) == []


def test_a_failed_write_leaves_the_old_file(tmp_path):
    path = tmp_path / "graph.txt"
    path.write_text("old")

    def lines():
        yield "3 1"
        msg = "disk"
        raise RuntimeError(msg)

    with pytest.raises(RuntimeError, match="disk"):
        text_module.write_lines(path, lines())
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_load_says_where_a_program_came_from(write):
    path = write(b"4 2\n1 2 5\n2 3 -1\n")
    program = compilers.load(path)
    assert program.provenance["source"] == str(path)
    assert program.provenance["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    assert program.provenance["n"] == 4
    assert program.provenance["m"] == 2
    assert program.provenance["weights"] == [-1, 5]
    assert program.provenance["sense"] == "max"
    assert program.provenance["offset"] == -2.0
    assert program.model.labels == (1, 2, 3, 4)


def test_load_names_near_formats(write):
    path = write(b"4 0\n")
    with pytest.raises(
        ValueError, match=r"format must be one of 'rudy', .*, not 'rudi'; did"
    ):
        compilers.load(path, format="rudi")


def test_every_gset_and_biq_mac_file_has_its_published_size():
    for folder in ("gset_maxcut", "biqmac_maxcut"):
        table = shared(folder, "best_known.csv")
        with table.open(newline="") as stream:
            rows = [row for row in csv.DictReader(stream) if row["kind"] == "maxcut"]
        read = 0
        for row in rows:
            path = table.with_name(row["file"])
            if path.exists():
                program = compilers.load(path)
                assert program.provenance["n"] == int(row["n"]), path.name
                assert program.provenance["m"] == int(row["m"]), path.name
                read += 1
        assert read > 10


@pytest.mark.parametrize(
    "name",
    [
        "g05_60.0.txt",
        "pm1s_80.0.txt",
        "pm1d_80.0.txt",
        "w05_100.0.txt",
        "pw05_100.0.txt",
    ],
)
def test_local_search_reaches_the_proven_optimum_and_not_more(name):
    """Settles the convention: sense, signs and weights of the format."""
    path = shared("biqmac_maxcut", name)
    with path.with_name("best_known.csv").open(newline="") as stream:
        best = {row["file"]: row["best"] for row in csv.DictReader(stream)}[name]
    program = compilers.load(path)
    J = program.model.J.toarray()
    m = np.random.default_rng(7).choice([-1.0, 1.0], (4000, program.n))
    for _ in range(10 * program.n):
        gain = -2 * m * (m @ J)
        chosen = gain.argmax(axis=1)
        rows = np.flatnonzero(gain[np.arange(len(m)), chosen] > 0)
        if not len(rows):
            break
        m[rows, chosen[rows]] *= -1
    state = m[program.model.energy(m).argmin()]
    assert program.objective(program.decode(state)) == int(best)


def test_a_shipped_graph_is_g1():
    program = compilers.load(Path(__file__).parents[3] / "examples" / "data" / "G1.txt")
    assert program.n == 800
    assert program.provenance["m"] == 19176
    assert program.provenance["sha256"].startswith("e29951b22493bdca")

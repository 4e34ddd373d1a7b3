import itertools
import time

import networkx as nx
import numpy as np
import pytest

import compilers
import pbit
from compilers import formats
from compilers.loading import read
from pbit.errors import ParseError
from tests.compilers.formats.samples import BY_NAME
from tests.compilers.shared_data import shared


@pytest.fixture
def write(tmp_path):
    def write(content, name="file"):
        path = tmp_path / name
        path.write_bytes(content)
        return path

    return write


TRIANGLE = b"p edge 4 4\ne 1 2\ne 2 3\ne 1 3\ne 3 4\n"


def test_a_graph_is_compiled_for_the_problem_that_is_named(write):
    path = write(TRIANGLE, "g.col")
    assert compilers.load(path, k=3).provenance["what"] == "colouring"
    for problem, best in (("independent_set", 2), ("clique", 3), ("vertex_cover", 2)):
        program = compilers.load(path, problem=problem)
        states = pbit.exact.ground_states(program.model)
        assert program.objective(program.decode(states[0])) == best
    assert compilers.load(write(TRIANGLE, "g.gph")).sense == "max"
    rudy = write(b"4 4\n1 2\n2 3\n1 3\n3 4\n")
    assert compilers.load(rudy, problem="clique").provenance["source"] == str(rudy)
    assert compilers.load(rudy).provenance["what"] == "max-cut"


def test_an_option_that_is_missing_or_unknown_is_named(write):
    path = write(TRIANGLE, "g.col")
    with pytest.raises(
        TypeError, match=r"coloring needs the option k: load\(path, k=...\)"
    ):
        compilers.load(path)
    with pytest.raises(TypeError, match="coloring has no option 'colours'; it has: k"):
        compilers.load(path, colours=3)
    with pytest.raises(ValueError, match="problem must be one of 'maxcut', 'coloring'"):
        compilers.load(path, problem="sudoku")
    with pytest.raises(ParseError, match="k = 2 colours are too few"):
        compilers.load(path, k=2)
    with pytest.raises(TypeError, match="maxcut has no option 'k'"):
        compilers.load(write(b"2 1\n1 2\n"), k=2)


def test_one_of_several_instances_is_chosen_by_its_index(write):
    path = write(BY_NAME["orlib"].seeds[0])
    with pytest.raises(TypeError, match="has 2 instances: load"):
        compilers.load(path)
    assert compilers.load(path, index=1).n == 2
    with pytest.raises(ParseError, match="index must be 0 to 1, not 2"):
        compilers.load(path, index=2)


def test_a_table_of_sequences_gives_the_length_that_is_named():
    path = shared("labs", "labs_optimal.csv")
    for record in read(path)[:5]:
        program = compilers.load(path, n=record.n)
        solution = dict(enumerate(record.sequence))
        assert program.check(solution)
        assert program.objective(solution) == record.energy


def test_a_matrix_asks_for_its_problem(write):
    path = write(
        b"%%MatrixMarket matrix coordinate integer symmetric\n3 3 2\n2 1 4\n3 2 -1\n"
    )
    with pytest.raises(
        TypeError, match=r"load\(path, problem=...\) takes qubo, maxcut"
    ):
        compilers.load(path)
    cut = compilers.load(path, problem="maxcut")
    assert cut.objective({1: 0, 2: 1, 3: 1}) == 4
    qubo = compilers.load(path, problem="qubo")  # both halves of Q count
    assert qubo.objective({1: 1, 2: 1, 3: 1}) == 6
    wrong = write(b"%%MatrixMarket matrix coordinate integer general\n3 3 1\n2 1 4\n")
    with pytest.raises(ParseError, match="must be symmetric"):
        compilers.load(wrong, problem="maxcut")


def test_offsets_and_both_kinds_of_variables_reach_the_objective(tmp_path):
    function = formats.Quadratic.from_terms(
        ("a", 7), [0, 1, 0], [0, 1, 1], [1.5, -2, 4], 3, "SPIN"
    )
    path = tmp_path / "f.json"
    formats.write_dimod_json(function, path)
    program = compilers.load(path)
    binary = tmp_path / "g.json"
    formats.write_dimod_json(function.converted("BINARY"), binary)
    twin = compilers.load(binary)
    for a, b in itertools.product((-1, 1), repeat=2):
        value = function.value({"a": a, 7: b})
        state = np.array([a, b], dtype=np.int8)
        assert program.objective({"a": a, 7: b}) == value
        assert program.decode(state) == {"a": a, 7: b}
        assert program.model.energy(state) == value
        assert twin.objective({"a": (a + 1) // 2, 7: (b + 1) // 2}) == value
        assert twin.model.energy(state) == value


def test_a_constrained_pseudo_boolean_file_compiles_to_its_optima(write):
    chance = np.random.default_rng(3)
    for _ in range(40):
        q = chance.integers(-5, 6, (4, 4))
        a = chance.integers(-3, 4, 4)
        bound, relation = int(chance.integers(-2, 4)), chance.choice([">=", "="])
        terms = " ".join(
            f"{q[i, j]:+d} x{i + 1}" + (f" x{j + 1}" if i != j else "")
            for i in range(4)
            for j in range(i, 4)
        )
        row = " ".join(f"{a[i]:+d} x{i + 1}" for i in range(4))
        path = write(f"min: {terms} ;\n{row} {relation} {bound};\n".encode(), "p.opb")
        xs = list(itertools.product((0, 1), repeat=4))
        value = {x: int(np.array(x) @ np.triu(q) @ np.array(x)) for x in xs}
        holds = {
            x: (a @ x == bound) if relation == "=" else (a @ x >= bound) for x in xs
        }
        feasible = [x for x in xs if holds[x]]
        if not feasible:
            continue
        program = compilers.load(path)
        best = min(value[x] for x in feasible)
        states = pbit.exact.ground_states(program.model)
        assert program.model.energy(states[0]) == pytest.approx(best)
        found = {
            tuple(program.decode(state)[i + 1] for i in range(4)) for state in states
        }
        assert found == {x for x in feasible if value[x] == best}


def test_read_gives_plain_data_and_not_netlists(write):
    assert isinstance(read(write(TRIANGLE, "g.col")), nx.Graph)
    with pytest.raises(ParseError, match=r"compilers\.load takes it"):
        read(write(b"INPUT(a)\nOUTPUT(a)\n"))


def test_a_netlist_is_told_and_compiled():
    program = compilers.load(shared("netlists", "c17.bench"))
    assert program.check(program.decode(pbit.exact.ground_states(program.model)[0]))


def test_json_of_no_known_kind_is_refused(write):
    with pytest.raises(ParseError, match=":1: this is JSON, but neither"):
        compilers.load(write(b'{"a": 1}'))


def test_a_three_number_header_is_not_taken_for_a_spin_glass(write):
    with pytest.raises(ParseError, match=r"two whole numbers 'n m'"):
        compilers.load(write(b"3 1 7\n1 2 1\n"))


def test_a_gset_file_of_twenty_thousand_nodes_loads_in_half_a_second(tmp_path):
    side = 20_000
    chance = np.random.default_rng(0)
    first = np.arange(1, side + 1)
    rows = [first, first]
    columns = [first % side + 1, (first + 199) % side + 1]
    weights = chance.choice([-1, 1], 2 * side)
    path = tmp_path / "G81.txt"
    triples = zip(np.concatenate(rows), np.concatenate(columns), weights, strict=True)
    path.write_text(
        f"{side} {2 * side}\n" + "".join(f"{i} {j} {w}\n" for i, j, w in triples)
    )
    compilers.load(path)
    start = time.process_time()
    program = compilers.load(path)
    assert program.n == side
    assert time.process_time() - start < 0.5


@pytest.mark.slow
def test_a_million_edges_become_couplings_in_five_seconds(tmp_path):
    n, m = 200_000, 1_000_000
    chance = np.random.default_rng(0)
    keys = np.unique(chance.integers(0, n * (n - 1) // 2, m + 20))[:m]
    j = np.floor((1 + np.sqrt(1 + 8 * keys.astype(np.float64))) / 2).astype(np.int64)
    j -= j * (j - 1) // 2 > keys
    i = keys - j * (j - 1) // 2
    path = tmp_path / "million.txt"
    pairs = zip((i + 1).tolist(), (j + 1).tolist(), strict=True)
    path.write_text(f"{n} {len(keys)}\n" + "".join(f"{a} {b} 1\n" for a, b in pairs))
    start = time.process_time()
    program = compilers.load(path)
    assert program.model.n_edges // 2 == len(keys)
    assert time.process_time() - start < 5


def test_dimod_reads_what_is_written_and_writes_what_is_read(tmp_path):
    dimod = pytest.importorskip("dimod")
    import json

    bqm = dimod.BinaryQuadraticModel(
        {"a": 1.5, 1: -2.0, ("x", 2): 0.0},
        {("a", 1): 3.0, (1, ("x", 2)): -0.25},
        0.5,
        dimod.SPIN,
    )
    path = tmp_path / "m.bqm"
    for version in (1, 2):
        with bqm.to_file(version=version) as stream:
            path.write_bytes(stream.read())
        first = formats.read_dimod_file(path)
        formats.write_dimod_file(first, path)
        assert dimod.BinaryQuadraticModel.from_file(path.read_bytes()) == bqm
        assert formats.read_dimod_file(path) == first
    path.write_text(json.dumps(bqm.to_serializable()))
    second = formats.read_dimod_json(path)
    for one in (first, second):
        for spins in itertools.product((-1, 1), repeat=3):
            state = dict(zip(("a", 1, ("x", 2)), spins, strict=True))
            assert one.value(state) == bqm.energy(state)
    formats.write_dimod_json(second, path)
    assert (
        dimod.BinaryQuadraticModel.from_serializable(json.loads(path.read_text()))
        == bqm
    )


def test_dimod_reads_the_coo_that_is_written(tmp_path):
    pytest.importorskip("dimod")
    from dimod.serialization import coo

    function = formats.Quadratic.from_terms(
        (0, 3, 9), [0, 0, 1], [0, 1, 1], [1e-7, -2.5, 3]
    )
    path = tmp_path / "m.coo"
    formats.write_dimod_coo(function, path)
    with path.open() as stream:
        bqm = coo.load(stream)
    assert bqm.linear == {0: 1e-7, 3: 3, 9: 0}
    assert bqm.quadratic[0, 3] == -2.5


@pytest.mark.parametrize(
    ("write_one", "function", "words"),
    [
        (
            formats.write_biqmac_qubo,
            {"sense": "max"},
            r"means sense 'min'.*use turned\(\)",
        ),
        (
            formats.write_biqmac_qubo,
            {"offset": 3},
            "no place for an offset, which is 3",
        ),
        (formats.write_biqmac_qubo, {"vartype": "SPIN"}, r"use converted\('BINARY'\)"),
        (
            formats.write_biqmac_qubo,
            {"labels": "ab"},
            r"use relabelled\(range\(1, 3\)\)",
        ),
        (formats.write_qbsolv, {"labels": "ab"}, "ascending whole numbers"),
        (formats.write_dimod_coo, {"labels": (1, 0)}, "ascending whole numbers"),
        (
            formats.write_dimod_json,
            {"labels": (None, 0)},
            "labels must be numbers, texts",
        ),
        (formats.write_dimod_file, {"sense": "max"}, "means sense 'min'"),
    ],
)
def test_writers_refuse_what_a_format_cannot_say(write_one, function, words, tmp_path):
    options = {"labels": (1, 2), **function}
    given = formats.Quadratic.from_terms(
        options.pop("labels"), [0, 1], [0, 0], [1, 2.5], **options
    )
    with pytest.raises(ValueError, match=words):
        write_one(given, tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_writers_take_quadratic_functions_only(tmp_path):
    with pytest.raises(TypeError, match="must be a Quadratic, not dict"):
        formats.write_biqmac_qubo({}, tmp_path / "out")


def test_a_quadratic_function_keeps_its_values_in_every_form():
    chance = np.random.default_rng(1)
    for _ in range(50):
        q = chance.integers(-9, 10, (4, 4))
        i, j = np.triu_indices(4)
        f = formats.Quadratic.from_terms("abcd", i, j, 4 * q[i, j], 8, "BINARY", "max")
        spins = f.converted("SPIN")
        assert spins.converted("BINARY") == f
        assert f.turned().turned() == f
        for bits in itertools.product((0, 1), repeat=4):
            x = dict(zip("abcd", bits, strict=True))
            s = {name: 2 * bit - 1 for name, bit in x.items()}
            assert f.value(x) == spins.value(s) == -f.turned().value(x)

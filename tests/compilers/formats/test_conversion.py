import itertools
import json

import networkx as nx
import numpy as np
import pytest
from click.testing import CliRunner

import compilers
import pbit
from compilers import formats
from compilers.conversion import convert
from compilers.loading import read
from pbit.cli.convert import command
from pbit.errors import ParseError
from tests.compilers.formats.samples import BY_NAME, equal

QUADRATIC = [
    name for name, form in formats.CATALOGUE.items() if form.family == "quadratic"
]


def seed(name, tmp_path, k=0):
    path = tmp_path / f"{name}.in"
    path.write_bytes(BY_NAME[name].seeds[k])
    return path


def best(program):
    states = pbit.exact.ground_states(program.model)
    return {
        tuple(sorted(map(str, program.decode(state).items()))) for state in states
    }, program.objective(program.decode(states[0]))


@pytest.mark.parametrize("source", QUADRATIC)
@pytest.mark.parametrize("target", QUADRATIC)
def test_quadratic_formats_keep_the_optimum(source, target, tmp_path):
    path = seed(source, tmp_path)
    out = tmp_path / "out"
    done = convert(path, out, format=source, to=target)
    assert (done.source, done.target) == (source, target)
    shift = next((note for note in done.notes if "offset" in note), "")
    first, second = compilers.load(path, source), compilers.load(out, target)
    states = [pbit.exact.ground_states(program.model) for program in (first, second)]
    assert np.array_equal(*states)
    sign = 1 if first.sense == second.sense else -1
    values = [
        p.objective(p.decode(s[0]))
        for p, s in zip((first, second), states, strict=True)
    ]
    if not shift:
        assert values[0] == pytest.approx(sign * values[1], rel=1e-12)


def test_conversion_says_what_is_said_differently(tmp_path):
    path = tmp_path / "f.json"
    function = formats.Quadratic.from_terms("ab", [0, 1], [0, 1], [2, 2], 3, "SPIN")
    formats.write_dimod_json(function, path)
    done = convert(path, tmp_path / "f.qubo")
    assert done.notes == (
        "variables now take the values 0 and 1",
        "the offset -1 is left out: values are lower by it",
        "variables are renumbered 0 to 1, in order",
    )
    assert convert(path, tmp_path / "g.json").notes == ()
    assert read(tmp_path / "g.json") == function
    done = convert(path, tmp_path / "f.sparse", to="mqlib-qubo")
    assert "the sign is turned: now to be maximised" in done.notes


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("rudy", "mqlib"),
        ("mqlib", "rudy"),
        ("rudy", "matrix-market"),
        ("cnf", "cnf"),
        ("qaplib", "qaplib"),
        ("tsplib", "tsplib"),
        ("knapsack", "knapsack"),
        ("labs", "labs"),
        ("orlib", "orlib"),
        ("opb", "opb"),
    ],
)
def test_formats_of_one_kind_are_copied_as_they_are(source, target, tmp_path):
    path, out = seed(source, tmp_path), tmp_path / "out"
    assert convert(path, out, source, target).notes == ()
    if target == "matrix-market":
        convert(out, tmp_path / "back", target, source)
        assert equal(read(tmp_path / "back", source), read(path, source))
    else:
        assert equal(read(out, target), read(path, source))


def test_formulas_become_weighted_ones_and_back(tmp_path):
    path = seed("cnf", tmp_path)
    convert(path, tmp_path / "f.wcnf", "cnf")
    assert read(tmp_path / "f.wcnf").hard == read(path).clauses
    convert(tmp_path / "f.wcnf", tmp_path / "g.cnf")
    assert read(tmp_path / "g.cnf") == read(path)


def test_any_problem_becomes_the_energy_of_its_p_bits(tmp_path):
    path = tmp_path / "g.txt"
    formats.write_rudy(nx.convert_node_labels_to_integers(nx.petersen_graph(), 1), path)
    done = convert(path, tmp_path / "g.bqm")
    assert done.notes == (
        "compiled: the function is the energy of the 10 p-bits of a max-cut",
    )
    function = read(tmp_path / "g.bqm")
    program = compilers.load(path)
    for spins in itertools.islice(itertools.product((-1, 1), repeat=10), 0, 1024, 37):
        state = np.array(spins, dtype=np.int8)
        value = function.value(dict(zip(function.labels, spins, strict=True)))
        assert value == program.model.energy(state)
    graph = tmp_path / "t.col"
    graph.write_text("p edge 3 3\ne 1 2\ne 2 3\ne 1 3\n")
    done = convert(graph, tmp_path / "t.qubo", k=3, break_symmetry=False)
    assert "of a colouring" in done.notes[0]
    assert len(pbit.exact.ground_states(compilers.load(tmp_path / "t.qubo").model)) == 6


def test_what_a_format_cannot_say_is_refused_and_nothing_is_written(tmp_path):
    path = seed("knapsack", tmp_path)
    out = tmp_path / "new"
    for target, words in (("tsplib", "no way to say"), ("rudy", "no way to say")):
        with pytest.raises(ValueError, match=words):
            convert(path, out, "knapsack", target)
    with pytest.raises(ValueError, match=r"new\.xyz: the ending tells no format"):
        convert(path, tmp_path / "new.xyz", "knapsack")
    weighted = seed("col", tmp_path)
    with pytest.raises(ValueError, match="no place for the weights of nodes"):
        convert(weighted, out, "col", "rudy")
    with pytest.raises(ValueError, match="no place for the weights of edges"):
        convert(seed("rudy", tmp_path), out, "rudy", "col")
    with pytest.raises(ParseError):
        convert(tmp_path / "knapsack.in", out, "cnf", "wcnf")
    assert not out.exists()


def call(*args):
    return CliRunner().invoke(
        command, [str(arg) for arg in args], standalone_mode=False
    )


def test_the_command_converts_and_tells(tmp_path):
    path = seed("biqmac-qubo", tmp_path)
    out = tmp_path / "out.qplib"
    result = call(path, out)
    assert result.return_value == 0
    assert f"from  {path} (biqmac-qubo)" in result.stdout
    assert read(out).n == 4
    record = json.loads(call(path, out, "--to", "mqlib-qubo", "--json").stdout)
    assert record["from"] == "biqmac-qubo"
    assert record["notes"] == ["the sign is turned: now to be maximised"]


def test_the_command_takes_options_and_repairs(tmp_path):
    graph = tmp_path / "t.col"
    graph.write_text("p edge 3 5\ne 1 2\n")
    out = tmp_path / "t.qubo"
    assert "needs the option k" not in str(
        call(graph, out, "--option", "k=2").exception
    )
    result = call(graph, out, "--option", "k=2", "--lenient")
    assert result.return_value == 0
    assert "warning: " in result.stderr
    for setting, words in (("k", "NAME=VALUE"), ("=2", "NAME=VALUE")):
        assert words in call(graph, out, "--option", setting).exception.message
    twice = call(graph, out, "--option", "k=2", "--option", "k=3")
    assert "given twice" in twice.exception.message

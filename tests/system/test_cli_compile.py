"""``pbit compile``: from a file to couplings for a machine, and back to the file's terms."""

import itertools
import json
import shutil

import networkx as nx
import numpy as np
import pytest

import compilers
import hardware
import pbit
from compilers import formats, passes
from compilers.compiled import Origin, read_compiled, write_compiled
from pbit.errors import ParseError
from pbit.limits import Limits
from pbit.polynomial import PolynomialModel
from tests.compilers.passes.small import program_of
from tests.system.commands import ROOT, call, call_json, refused

KEYS = [
    *("command", "problem", "design", "limits", "n_pbits", "couplings", "max_degree"),
    *("exact", "passes", "out", "notes", "seconds", "status", "version"),
]
TINY = '[limits]\npbits = 24\nfan_in = 3\nbits = "s[4][1]"\n'
HEAD = 'name = "tiny"\n[device]\nkind = "ideal"\ntau_n = "1 ns"\n'


@pytest.fixture
def design(tmp_path):
    """A machine of 24 p-bits with three neighbours each."""
    path = tmp_path / "tiny.toml"
    path.write_text(HEAD + TINY)
    return path


@pytest.fixture
def star(tmp_path):
    """A graph that one p-bit of the tiny machine cannot hold; its maximum cut is 6."""
    path = tmp_path / "star.txt"
    graph = nx.star_graph(6)
    graph.add_edges_from([(1, 2), (3, 4), (5, 6)])
    formats.write_rudy(nx.convert_node_labels_to_integers(graph, first_label=1), path)
    return path


def ground_answers(program):
    states = pbit.exact.ground_states(program.model)
    return {tuple(sorted(program.decode(state).items())) for state in states}


def test_without_a_design_the_sizes_are_said(petersen):
    record = call_json("compile", petersen)
    assert list(record) == KEYS
    assert record["n_pbits"] == [10, 10]
    assert record["couplings"] == [15, 15]
    assert record["max_degree"] == [3, 3]
    assert (record["exact"], record["passes"], record["out"]) == (True, [], None)
    lines = call("compile", petersen).stdout.splitlines()
    assert lines[1] == "compiled  10 p-bits, 15 couplings, at most 3 a p-bit"


def test_every_pass_says_what_it_cost(star, design, tmp_path):
    out = tmp_path / "star.npz"
    record = call_json("compile", star, "--design", design, "-o", out)
    assert list(record) == KEYS
    limits = {"pbits": 24, "fan_in": 3, "bits": "s[4][1]"}
    assert (record["design"], record["limits"]) == ("tiny", limits)
    names = [entry["pass"] for entry in record["passes"]]
    assert names == ["sparsify", "quantize", "fit"]
    first, second, _ = record["passes"]
    assert (first["degree"], first["n"]) == ([6, 3], [7, 10])
    assert (second["error_max"], second["ground_states"]) == (0, "kept")
    assert record["exact"] is True
    result = call("compile", star, "--design", design)
    lines = dict(line.split(maxsplit=1) for line in result.stdout.splitlines())
    assert lines["machine"] == "tiny: pbits = 24, fan_in = 3, bits = s[4][1]"
    assert lines["sparsify"].startswith(
        "10 p-bits, 12 couplings, at most 3 a p-bit; exact: keeps ground states;"
    )
    assert lines["result"].endswith("; ground states decode to the problem's")


def test_what_was_written_decodes_in_the_terms_of_the_problem(star, design, tmp_path):
    out = tmp_path / "star.npz"
    record = call_json("compile", star, "--design", design, "-o", out)
    star.rename(tmp_path / "gone")  # the problem is in the file
    small = compilers.load(out)
    assert small.n == record["n_pbits"][1] == 10
    assert np.diff(small.model.J.indptr).max() == 3
    whole = compilers.load(tmp_path / "gone")
    assert ground_answers(small) == ground_answers(whole)
    solved = call_json("solve", out, "--rng", 1)
    assert (solved["objective"], solved["unit"]) == (6, "cut weight")
    sides = {int(node): side for node, side in solved["solution"].items()}
    assert whole.objective(sides) == 6
    assert solved["problem"]["passes"] == [
        {key: value for key, value in entry.items() if key != "degree"}
        for entry in record["passes"]
    ]
    run = call_json(
        *("run", out, "--design", design, "--until", "20us", "--rng", 1),
    )
    assert (run["objective"], run["beyond"]) == (6, [])
    assert call_json("info", out)["n_pbits"] == 10


def test_a_circuit_keeps_its_buses(tmp_path):
    out = tmp_path / "adder.npz"
    arguments = ("compile", "adder(2,cin)", "--design", "fpga-chromatic", "-o", out)
    assert call_json(*arguments)["max_degree"][1] <= 6
    held = ("--set", "S=5", "--set", "A=2", "--set", "Cin=0")
    machine = ("--design", "fpga-chromatic", "--until", "1ms", "--rng", 1)
    record = call_json("run", out, *held, *machine)
    assert (record["solution"]["B"], record["beyond"]) == (3, [])


def test_circuits_with_directed_wires_are_kept_as_they_are(tmp_path):
    out = tmp_path / "adder.npz"
    assert call_json("compile", "adder(2,directed)", "-o", out)["exact"] is True
    program, again = compilers.circuit("adder(2,directed)"), compilers.load(out)
    assert (again.model.weights != program.model.weights).nnz == 0
    assert again.buses == program.buses


def test_options_reach_every_command(tmp_path):
    path, out = tmp_path / "ring.col", tmp_path / "ring.npz"
    formats.write_col(nx.relabel_nodes(nx.cycle_graph(5), lambda v: v + 1), path)
    assert call_json("compile", path, "--option", "k=3", "-o", out)["status"] == 0
    assert call_json("solve", out, "--rng", 1)["check"] is True
    assert call_json("solve", path, "--option", "k=3", "--rng", 1)["check"] is True
    assert call_json("info", path, "--option", "k=3")["what"] == "colouring"
    told = ("--design", "ideal-sequential", "--until", "20us", "--rng", 1)
    assert call_json("run", path, "--option", "k=3", *told)["check"] is True
    target = tmp_path / "ring.bqm"
    assert call("convert", path, target, "--option", "k=3").exit_code == 0


def test_other_endings_take_the_energy_alone(star, design, tmp_path):
    out = tmp_path / "star.bqm"
    record = call_json("compile", star, "--design", design, "-o", out)
    assert "the way back to the problem is not in this file" in record["notes"][0]
    kept = tmp_path / "star.npz"
    call("compile", star, "--design", design, "-o", kept)
    function, small = formats.read_dimod_file(out), compilers.load(kept)
    assert function.n == small.n
    copy = tmp_path / "copy.bqm"
    assert call("convert", kept, copy).exit_code == 0
    assert formats.read_dimod_file(copy) == function
    energies = sorted(small.model.energy(every_state(10)))
    other = compilers.load(out)
    assert sorted(other.model.energy(every_state(10))) == pytest.approx(energies)


def every_state(n):
    return np.array(list(itertools.product([-1, 1], repeat=n)))


def test_what_does_not_fit_exits_with_1_and_says_by_how_much(petersen, tmp_path):
    path = tmp_path / "small.toml"
    path.write_text(HEAD + "[limits]\npbits = 8\nfan_in = 2\n")
    out = tmp_path / "out.npz"
    result = call("compile", petersen, "--design", path, "-o", out)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("error: max-cut does not fit: p-bit ")
    assert "1 more than max_degree = 2" in result.stderr
    assert not out.exists()
    result = call("compile", petersen, "--design", path, "--json")
    assert result.exit_code == 1
    record = json.loads(result.stdout)
    assert (record["status"], record["design"]) == (1, "tiny")
    assert "does not fit" in record["reason"]


def test_rounding_is_told_or_refused(tmp_path):
    path = tmp_path / "uneven.txt"
    path.write_text("3 3\n1 2 1000\n2 3 1\n1 3 3\n")
    result = call("compile", path, "--design", "fpga-chromatic")
    assert result.exit_code == 0
    assert "error_max = " in result.stdout
    refusal = call("compile", path, "--design", "fpga-chromatic", "--exact")
    assert refusal.exit_code == 1
    assert "in s[4][1] are off by up to" in refusal.stderr


def test_a_design_without_limits_changes_nothing(petersen):
    result = call("compile", petersen, "--design", "ideal-sequential")
    assert result.exit_code == 0
    assert "its design declares no limits: nothing is changed" in result.stdout


def test_a_topology_that_is_declared_is_embedded_into(star, tmp_path):
    pytest.importorskip("minorminer")
    path, out = tmp_path / "king.toml", tmp_path / "star.npz"
    path.write_text(HEAD + '[limits]\ntopology = "king(4, 4)"\n')
    record = call_json("compile", star, "--design", path, "-o", out)
    assert [entry["pass"] for entry in record["passes"]] == ["embed", "fit"]
    small, graph = compilers.load(out), passes.topology_graph("king(4, 4)")
    assert set(small.model.labels) <= set(graph)
    assert ground_answers(small) == ground_answers(compilers.load(star))


# the file itself


def test_any_chain_of_passes_comes_back_as_it_was(tmp_path):
    program = compilers.circuit("adder(2,cin)")
    steps = passes.sparsify(3), passes.reduce(), passes.scale(0.5), passes.sparsify(3)
    small = compilers.pipeline(program, *steps)
    path = tmp_path / "adder.npz"
    write_compiled(small, Origin("adder(2,cin)"), path)
    again = read_compiled(path)
    assert again.n == small.n
    assert (again.model.J != small.model.J).nnz == 0
    assert np.array_equal(again.model.h, small.model.h)
    assert again.model.offset == small.model.offset
    assert again.model.labels == small.model.labels
    assert (again.buses, again.passes, again.exact) == (
        small.buses,
        small.passes,
        small.exact,
    )
    states = np.random.default_rng(0).choice([-1, 1], (200, small.n)).astype(np.int8)
    assert np.array_equal(again.restore(states), small.restore(states))
    inner = again.restore(states)
    assert np.array_equal(again.lift(inner), small.lift(inner))
    assert again.clamp(S=5, A=2) == small.clamp(S=5, A=2)
    for state in states[:20]:
        assert set(again.broken(state)) <= set(program.model.labels)
        assert bool(again.broken(state)) == bool(small.broken(state))
        assert again.violations(state) == small.violations(state)


def test_auxiliary_p_bits_come_back_too(tmp_path):
    from compilers.passes.stored import Chain, from_arrays, to_arrays

    model = PolynomialModel({(0, 1, 2): 1.0, (0, 1, 3): -2.0, (1, 2, 3): 1.5, (0,): 1})
    small = passes.reduce(program_of(model), peeling=False)
    arrays, kinds = to_arrays([small.way])
    ways, n = from_arrays(arrays, kinds, 4)
    assert (kinds, n) == (["auxiliaries"], small.n)
    states = every_state(4)
    assert np.array_equal(Chain(ways).lift(states), small.lift(states))
    with pytest.raises(TypeError, match="only pairwise models can be saved"):
        write_compiled(program_of(model), Origin("x"), tmp_path / "x.npz")


def test_a_clamp_of_a_p_bit_that_is_gone_says_so(tmp_path):
    path, out = tmp_path / "path.txt", tmp_path / "path.npz"
    formats.write_rudy(nx.path_graph(range(1, 6)), path)
    origin = Origin.of_file(path)
    write_compiled(passes.reduce(origin.program()), origin, out)
    small = compilers.load(out)
    assert small.n == 1
    removed = ({*range(1, 6)} - set(small.model.labels)).pop()
    with pytest.raises(ValueError, match=f"p-bit {removed} cannot be clamped"):
        small.clamp({removed: 1})


def damaged(path, out, **changes):
    """Copy a compiled file with other arrays or header entries."""
    from pbit import io

    arrays, header = io.read_npz(path, "program")
    for name, value in changes.items():
        place = arrays if name in arrays else header
        place[name] = value(place[name])
    io.write_npz(out, arrays, header)
    return out


DAMAGE = [
    ({"rows": lambda a: a + 100}, ""),
    ({"rows": lambda a: a * 1.0}, "rows must be whole numbers"),
    ({"values": lambda a: a * np.nan}, "J must be finite"),
    ({"h": lambda a: a[:-1]}, ""),
    ({"h": lambda a: a[None]}, "h must have one axis"),
    ({"way0_starts": lambda a: a[::-1]}, "starts must rise from 0 to 10 in 7 steps"),
    ({"way0_order": lambda a: a * 0}, "order must hold each of 0 to 9 once"),
    ({"ways": lambda _: ["magic"]}, "ways[0] must be one of copies, peeled"),
    ({"ways": lambda _: ["peeled"]}, "array 'way0_place' is missing"),
    ({"ways": lambda _: []}, "the model has 10 p-bits, but the ways back have 7"),
    ({"ways": lambda _: 3}, "ways must be a list"),
    ({"passes": lambda _: [{}]}, "every report of a pass must have 'pass'"),
    ({"passes": lambda _: 3}, "passes must be a list"),
    ({"source_sha256": lambda _: "0"}, "compiles to other p-bits by now"),
    ({"labels": lambda _: None}, None),  # numbers do as well
    ({"labels": lambda _: ["a"]}, "labels must be a list of 10 names"),
    ({"origin": lambda _: 3}, "origin['name'] must be a str"),
    ({"origin": lambda o: {**o, "format": 3}}, "origin['format'] must be a name"),
    ({"origin": lambda o: {**o, "format": "x"}}, "format must be one of"),
    ({"origin": lambda o: {**o, "file": False}}, "no circuit is called"),
    ({"origin": lambda o: {**o, "options": {"k": 3}}}, "has no option 'k'"),
    ({"problem": lambda a: a[:5]}, "star.txt"),
    ({"problem": lambda a: a.astype(float)}, "problem must be bytes"),
    ({"offset": lambda _: "x"}, ""),
]


@pytest.mark.parametrize(("changes", "words"), DAMAGE)
def test_a_damaged_file_is_one_line(changes, words, star, design, tmp_path):
    good, bad = tmp_path / "good.npz", tmp_path / "bad.npz"
    assert call("compile", star, "--design", design, "-o", good).exit_code == 0
    damaged(good, bad, **changes)
    result = call("solve", bad, "--rng", 1, "--sweeps", 1)
    if words is None:
        assert result.exit_code == 0
    else:
        assert words in refused(result)


def test_cut_files_and_other_archives_are_one_line(star, design, tmp_path):
    good, bad = tmp_path / "good.npz", tmp_path / "bad.npz"
    call("compile", star, "--design", design, "-o", good)
    content = good.read_bytes()
    for end in range(4, len(content), 97):
        bad.write_bytes(content[:end])
        refused(call("info", bad))
    call("solve", star, "--rng", 1, "--sweeps", 1, "--out", bad)
    assert "it holds 'samples', not 'program'" in refused(call("info", bad))


def test_a_compiled_file_in_itself_is_refused(star, design, tmp_path):
    good, bad = tmp_path / "good.npz", tmp_path / "bad.npz"
    call("compile", star, "--design", design, "-o", good)
    inner = np.frombuffer(good.read_bytes(), np.uint8)
    damaged(good, bad, problem=lambda _: inner)
    assert "not a compiled program" in refused(call("info", bad))
    line = refused(call("compile", good, "--design", design))
    assert "is compiled already" in line
    with pytest.raises(ParseError, match="takes it"):
        compilers.loading.read(good)


def test_a_file_that_changes_while_it_is_read_is_refused(star):
    origin = Origin.of_file(star)
    star.write_text("2 1\n1 2 1\n")
    with pytest.raises(ParseError, match="the file changed while it was read"):
        origin.program()


def test_the_shipped_limits_are_kept_on_a_published_graph(tmp_path):
    out = tmp_path / "G1.npz"
    shutil.copy(ROOT / "examples" / "data" / "G1.txt", tmp_path / "G1.txt")
    record = call_json(
        *("compile", tmp_path / "G1.txt", "--design", "fpga-chromatic", "-o", out),
    )
    limits = hardware.load_design("fpga-chromatic").limits
    assert limits == Limits(fan_in=6, bits="s[4][1]")
    assert record["max_degree"] == [67, 6]
    assert record["exact"] is False  # copies need strengths that 6 bits do not have
    model = compilers.load(out).model
    assert np.array_equal(limits.fixed_point.round(model.J.data), model.J.data)

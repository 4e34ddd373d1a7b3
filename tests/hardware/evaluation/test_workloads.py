"""Workloads: what the suites hold is as they say, and files are read strictly."""

import numpy as np
import pytest

import pbit
from hardware.evaluation import Workload, instances, load_workload, suite
from hardware.evaluation.workloads import SUITES, gather, lowest_known
from pbit.errors import ParseError

CHAIN = {(0, 1): 1.0, (1, 2): -1.0}


def truth_table(workload, bits):
    """The ground states' values of some p-bits, as sorted tuples of 0 and 1."""
    states = pbit.exact.ground_states(workload.circuit)
    return sorted(tuple(int(x > 0) for x in state[list(bits)]) for state in states)


def test_gates_are_their_truth_tables():
    rows = [(a, b, a & b) for a in (0, 1) for b in (0, 1)]
    assert truth_table(load_workload("and"), (0, 1, 2)) == rows
    rows = [(a, b, a ^ b, a & b) for a in (0, 1) for b in (0, 1)]
    assert truth_table(load_workload("half-adder"), (0, 1, 2, 3)) == rows
    bits = [(a, b, c) for a in (0, 1) for b in (0, 1) for c in (0, 1)]
    rows = [(*x, sum(x) % 2, sum(x) // 2) for x in bits]
    assert truth_table(load_workload("full-adder"), range(5)) == rows


@pytest.mark.parametrize("name", ["glass-3d-64", "maxcut-100", "factor-15"])
def test_optima_are_proven_by_elimination(name):
    workload = load_workload(name)
    assert workload.proven
    tree = pbit.treewidth.TreeDecomposition(workload.circuit, workload.clamp or None)
    assert tree.ground_state()[1] == workload.optimum


def test_the_factorization_is_what_the_compiler_makes_of_it():
    import compilers

    program = compilers.multiplier(3, 2)
    workload = load_workload("factor-15")
    assert (program.model.J != workload.circuit.J).nnz == 0
    assert program.model.h.tolist() == workload.circuit.h.tolist()
    held = {program.model.index(k): v for k, v in program.clamp(P=15).items()}
    assert held == dict(workload.clamp)


def test_max_cut_energies_are_cuts():
    model = instances.maxcut((4, 5), 3)
    random = np.random.default_rng(1)
    upper = model.J.toarray() * -2.0
    for state in random.choice([-1, 1], size=(5, 20)).astype(np.int8):
        cut = upper[np.ix_(state > 0, state < 0)].sum()
        assert model.energy(state) == pytest.approx(-cut)


def test_lattices_are_open_where_they_are_asked_to_be():
    assert instances.lattice((3, 4)).n_edges == 2 * 24
    assert instances.lattice((3, 4), periodic=False).n_edges == 2 * 17
    assert instances.lattice((3, 4), periodic=(True, False)).n_edges == 2 * 21
    assert instances.lattice((2,)).n_edges == 2


def test_every_suite_loads_and_its_names_differ():
    for name in SUITES:
        names = [workload.name for workload in suite(name)]
        assert len(set(names)) == len(names)
        assert gather(name)[0].name == names[0]
    with pytest.raises(ValueError, match="suite must be one of"):
        suite("slow")


def test_a_hash_says_what_is_run():
    def made(**more):
        given = {"name": "x", "kind": "exact", "circuit": pbit.IsingModel(CHAIN)}
        return Workload(**(given | more)).sha256

    assert made() == made(name="y", source="elsewhere")
    hashes = [
        made(),
        made(beta=0.5),
        made(clamp={0: 1}),
        made(circuit=pbit.IsingModel(CHAIN, [0, 0, 1])),
        made(circuit=pbit.IsingModel({(0, 1): 1.0, (0, 2): -1.0})),
    ]
    assert len(set(hashes)) == len(hashes)


def test_a_file_is_a_workload(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(
        'kind = "optimum"\nbeta = 2.0\n[clamp]\n0 = -1\n[circuit]\n'
        "couplings = [[0, 1, 1.0], [1, 2, -1.0]]\nbiases = [0.0, 0.0, 0.5]\n"
    )
    workload = load_workload(path)
    assert (workload.name, workload.n, workload.beta) == ("mine", 3, 2.0)
    assert workload.clamp == {0: -1}
    assert workload.optimum == -2.5  # computed, as the file does not say: -1, -1, +1
    assert workload.proven


def test_a_time_may_be_given_instead_of_sweeps():
    model = pbit.IsingModel(CHAIN)
    assert Workload("x", "exact", model, until="2 us").seconds == 2e-6
    with pytest.raises(ValueError, match="until must be left out where sweeps is"):
        Workload("x", "exact", model, until=1e-6, sweeps=5)
    with pytest.raises(ValueError, match=r"until .* is a frequency, not a time"):
        Workload("x", "exact", model, until="1 Hz")
    with pytest.raises(ValueError, match="until must be"):
        Workload("x", "exact", model, until=0.0)


def test_an_optimum_that_cannot_be_proven_is_said_not_to_be():
    dense = pbit.IsingModel({(i, j): 1.0 for i in range(40) for j in range(i)})
    assert lowest_known(dense) == (-780.0, False)
    assert lowest_known(pbit.IsingModel(CHAIN), {0: 1, 2: 1}) == (0.0, True)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('kind = "exact"', "circuit must be a table"),
        ("[circuit]\ncouplings = []", "kind is required"),
        ('kind = "fast"\n[circuit]\ncouplings = [[0, 1, 1]]', "kind must be one of"),
        ('kind = "exact"\ncolour = 1', "colour is unknown"),
        ('kind = "exact"\n[circuit]\ngenerator = "and"\nx = 1', "does not take"),
        (
            'kind = "exact"\n[circuit]\ngenerator = "no"',
            "circuit.generator must be one",
        ),
        ('kind = "exact"\n[circuit]\ncouplings = [[0, 1]]', "rows"),
        (
            'kind = "exact"\n[circuit]\ncouplings = [[0, 1, 1], [0, 1, 2]]',
            "every pair once",
        ),
        ('kind = "exact"\n[circuit]\nfile = "x"', "circuit.file is unknown"),
        (
            'kind = "exact"\n[clamp]\n9 = 1\n[circuit]\ngenerator = "and"',
            "clamp must be a table of p-bits by number",
        ),
        (
            'kind = "exact"\n[clamp]\n0 = 2\n[circuit]\ngenerator = "and"',
            "clamp of p-bit 0 must be -1 or",
        ),
        (
            'kind = "exact"\n[circuit]\ngenerator = "glass"\nn = 14\ndegree = 3',
            "at most 12 p-bits",
        ),
        ('kind = "exact"\nbeta = 0\n[circuit]\ngenerator = "and"', "beta must be"),
    ],
)
def test_wrong_files_are_errors_that_name_the_entry(tmp_path, text, message):
    path = tmp_path / "wrong.toml"
    path.write_text(text)
    with pytest.raises(ParseError, match=message):
        load_workload(path)


def test_wrong_workloads_are_errors():
    model = pbit.IsingModel(CHAIN)
    with pytest.raises(TypeError, match="circuit must be an IsingModel"):
        Workload("x", "exact", pbit.PCircuit([[0, 1], [0, 0]], [0, 0]))
    with pytest.raises(ValueError, match="optimum must be an energy, not None"):
        Workload("x", "optimum", model)
    with pytest.raises(ValueError, match=r"target must have shape \(8,\)"):
        Workload("x", "learning", model, target=[1.0])
    with pytest.raises(ValueError, match="sweeps must be"):
        Workload("x", "exact", model, sweeps=0)

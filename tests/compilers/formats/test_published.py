"""Files as they were published: they load, and published optima come out of them.

A factor of 2 on off-diagonal terms, a sign or a rounding that is read wrongly does not
give the published value.
"""

import csv
import itertools

import networkx as nx
import numpy as np
import pytest

import compilers
import pbit
from compilers import formats
from compilers.loading import read
from tests.compilers.shared_data import shared


def table(folder):
    with shared(folder, "best_known.csv").open(newline="") as stream:
        return list(csv.DictReader(stream))


def files(folder):
    """Yield (path, row) of the files of a folder that its table lists."""
    for row in table(folder):
        path = shared(folder, "best_known.csv").with_name(row["file"])
        if path.exists():
            yield path, row


def annealed(program, **options):
    options = {"n_chains": 64, "n_sweeps": 600, "rng": 7} | options
    samples = pbit.anneal(program.model, **options)
    return program.objective(program.decode(samples.best[0]))


@pytest.mark.parametrize(
    ("folder", "options", "least"),
    [
        ("colouring", {"k": 100}, 10),
        ("independent_set", {}, 10),
        ("knapsack", {}, 8),
        ("labs", {"n": 6}, 1),
        ("market_split", {}, 5),
        ("qap", {}, 8),
        ("qplib", {}, 6),
        ("qubo", {}, 20),
        ("sat", {}, 20),
        ("spin_glass", {}, 40),
        ("tsp", {}, 5),
    ],
)
def test_every_file_loads(folder, options, least):
    count = 0
    for path, row in files(folder):
        if folder == "colouring":
            options = {"k": int(row["best"])}
        more = {"resolution": 0.01} if path.name.startswith("f5_") else options
        program = compilers.load(path, **more)
        record = program.provenance
        assert record["source"] == str(path)
        assert record["sense"] == program.sense == record["sense"]
        assert record["how"].startswith("load(format=")
        assert {"n", "offset", "sha256", "version"} <= set(record)
        count += 1
    assert count >= least


@pytest.mark.parametrize(
    ("folder", "instances", "least"),
    [
        ("spin_glass_3d", "instances", 34),
        ("wishart_2dpt", "instances", 26),
        ("ea3d_size37", ".", 1),
    ],
)
def test_every_published_glass_loads_with_its_size(folder, instances, least):
    path = shared("published", folder, "ground_energies.csv")
    with path.open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    for row in rows:
        program = compilers.load(
            path.parent / instances / row["file"], problem="maxcut"
        )
        assert program.n == int(row.get("n_spins") or row["N"])
        if "n_bonds" in row:
            assert program.provenance["m"] == int(row["n_bonds"])
    assert len(rows) >= least


def test_published_ground_states_of_lattices_have_their_energy():
    path = shared("published", "spin_glass_3d", "ground_energies.csv")
    with path.open(newline="") as stream:
        energy = {
            row["file"]: int(row["E0_putative"]) for row in csv.DictReader(stream)
        }
    lines = path.with_name("L12_ground_states.txt").read_text().splitlines()
    for line in lines:
        name, signs = line.split()
        # J of the file favours equal; as weights of a cut it favours different.
        cut = compilers.load(path.parent / "instances" / name, problem="maxcut")
        state = [1 if sign == "+" else -1 for sign in signs]
        model = pbit.IsingModel(-2 * cut.model.J)
        assert model.energy(state) == energy[name]
    assert len(lines) >= 4


def test_sizes_are_those_of_the_tables():
    for folder in ("colouring", "independent_set"):
        for path, row in files(folder):
            graph = read(path)
            assert graph.number_of_nodes() == int(row["n"]), path
            assert graph.number_of_edges() == int(row["m"]), path
    for path, row in files("qubo"):
        assert read(path).n == int(row["n"])
    for path, row in files("sat"):
        formula = read(path)
        found = formula.clauses if row["kind"] != "wcnf-clique" else formula.soft
        assert formula.n == int(row["n"])
        if row["kind"] != "wcnf-clique":
            assert len(found) == int(row["m"])


def test_biq_mac_counts_pairs_twice_by_enumeration():
    function = read(shared("qubo", "gka1b.txt"))
    bits = np.array(list(itertools.product((0, 1), repeat=10)), dtype=np.int32)
    Q = function.upper.toarray().astype(np.int32)
    top, corner, low = Q[:10, :10], Q[:10, 10:], Q[10:, 10:]
    first = np.einsum("ki,ij,kj->k", bits, top, bits)
    second = np.einsum("ki,ij,kj->k", bits, low, bits)
    values = first[:, None] + bits @ corner @ bits.T + second[None, :]
    assert values.min() == -133


@pytest.mark.parametrize(
    "name", ["bqp50-1.txt", "bqp100-1.txt", "gka6a.txt", "gka1a.txt", "be120.3.1.txt"]
)
def test_biq_mac_optima_come_out(name):
    rows = {row["file"]: row for row in table("qubo")}
    program = compilers.load(shared("qubo", name))
    assert annealed(program) == int(rows[name]["best"])


def test_or_library_is_biq_mac_with_the_signs_turned(tmp_path):
    function = read(shared("qubo", "bqp50-1.txt"))
    formats.write_orlib([function.turned()], tmp_path / "bqp")
    program = compilers.load(tmp_path / "bqp")
    assert (program.sense, annealed(program)) == ("max", 2098)
    formats.write_mqlib_qubo(function.turned(), tmp_path / "mqlib")
    again = compilers.load(tmp_path / "mqlib", format="mqlib-qubo")
    assert (again.sense, annealed(again)) == ("max", 2098)


@pytest.mark.parametrize(
    ("name", "best"),
    [
        ("QPLIB_3506", 478),
        ("QPLIB_3565", 282),
        ("QPLIB_3852", 234),
        ("QPLIB_5881", 13067),
    ],
)
def test_qplib_optima_come_out_of_opb_and_qplib(name, best, tmp_path):
    problem = read(shared("qplib", f"{name}.opb"))
    assert (
        annealed(compilers.load(shared("qplib", f"{name}.opb")), n_sweeps=1000) == -best
    )
    # The .qplib form maximises; its lower triangle holds each product's coefficient.
    formats.write_qplib(problem.objective.turned(), tmp_path / "p.qplib")
    program = compilers.load(tmp_path / "p.qplib")
    assert (program.sense, annealed(program, n_sweeps=1000)) == ("max", best)


def test_qplib_5881_is_be120_3_1_in_another_order():
    one = read(shared("qplib", "QPLIB_5881.opb")).objective
    other = read(shared("qubo", "be120.3.1.txt"))
    assert sorted(one.linear) == sorted(other.linear)
    assert sorted(one.values) == sorted(other.values)


def test_qplib_counts_entries_as_half_of_a_symmetric_matrix(tmp_path):
    # ½ xᵀQx with Q = [[2, 4], [4, 0]] is x1 + 4 x1 x2.
    path = tmp_path / "p.qplib"
    path.write_text("A\nQBN\nminimize\n2\n2\n1 1 2\n2 1 4\n0\n0\n0\n")
    function = read(path)
    assert [function.value({1: a, 2: b}) for a, b in ((0, 1), (1, 0), (1, 1))] == [
        0,
        1,
        5,
    ]


def test_ground_states_of_chimera_glasses_have_their_published_energy():
    for size, least in (("128", 5), ("512", 2), ("2048", 1)):
        name = f"chimera{size}_droplet_groundstates.txt"
        found = formats.read_ground_states(shared("spin_glass", name))
        for one in found[:least]:
            path = shared("spin_glass", one.file)
            program = compilers.load(path)
            solution = dict(zip(program.model.labels, one.state, strict=True))
            assert program.objective(solution) == pytest.approx(one.energy, abs=1e-4)
            state = np.array(one.state, dtype=np.int8)
            assert program.model.energy(state) == pytest.approx(one.energy, abs=1e-4)


@pytest.mark.parametrize(
    "prefix", ["sk_pm1_N10", "sk_pm1_N20", "wishart_N10", "wishart_N20"]
)
def test_ground_energies_of_small_glasses_come_out_by_enumeration(prefix):
    count = 0
    for path, row in files("spin_glass"):
        if path.name.startswith(f"{prefix}_"):
            program = compilers.load(path)
            states = pbit.exact.ground_states(program.model)
            energy = program.model.energy(states[0])
            assert energy == pytest.approx(program.objective(program.decode(states[0])))
            assert energy == pytest.approx(float(row["best"]), abs=2e-7), path.name
            count += 1
    assert count >= 3


def test_a_comment_with_a_minus_turns_the_sign():
    rows = {row["file"]: row for row in table("spin_glass")}
    for name in ("ea2d_10x10_seed1.txt", "ea2d_10x10_seed2.txt"):
        program = compilers.load(shared("spin_glass", name))
        assert annealed(program, n_sweeps=2000) == pytest.approx(
            float(rows[name]["best"])
        )
        other = compilers.load(shared("spin_glass", name), sign="+")
        assert (other.model.J + program.model.J).count_nonzero() == 0


def test_qap_costs_of_published_permutations():
    for path, row in files("qap"):
        problem = read(path)
        if row["certificate"]:
            solution = formats.read_qaplib_solution(path.with_suffix(".sln"))
            p = np.array(solution.permutation) - 1
            costs = {
                (problem.A * problem.B[np.ix_(p, p)]).sum(),
                (problem.B * problem.A[np.ix_(p, p)]).sum(),
            }
            assert solution.cost == float(row["best"])
            assert solution.cost in costs, path.name
        elif problem.n <= 7:
            costs = [
                (problem.A * problem.B[np.ix_(p, p)]).sum()
                for p in map(list, itertools.permutations(range(problem.n)))
            ]
            assert min(costs) == int(row["best"]), path.name


def shortest_tour(d):
    """Held and Karp's recursion over sets of cities, the last city left out."""
    n = len(d) - 1
    best = np.full((1 << n, n), np.inf)
    best[1 << np.arange(n), np.arange(n)] = d[n, :n]
    members = [np.flatnonzero(np.arange(1 << n) >> j & 1) for j in range(n)]
    by_size = np.bitwise_count(np.arange(1 << n, dtype=np.uint32))
    for size in range(2, n + 1):
        for j in range(n):
            sets = members[j][by_size[members[j]] == size]
            before = best[sets ^ (1 << j)] + d[:n, j]
            best[sets, j] = before.min(axis=1)
    return (best[-1] + d[:n, n]).min()


@pytest.mark.parametrize("name", ["burma14", "ulysses16", "gr17"])
def test_shortest_tours_have_their_published_length(name):
    rows = {row["file"]: row for row in table("tsp")}
    problem = read(shared("tsp", f"{name}.tsp"))
    assert shortest_tour(problem.distances.astype(float)) == int(
        rows[f"{name}.tsp"]["best"]
    )


def test_distances_of_every_tsp_file_are_a_metric_of_whole_numbers():
    for path, row in files("tsp"):
        problem = read(path)
        assert problem.distances.dtype == np.int64
        assert problem.n == int(row["n"])
        assert (problem.distances[~np.eye(problem.n, dtype=bool)] > 0).all()


def test_att48_uses_its_pseudo_euclidean_distance():
    # Of the tour in the order of the file; 10628 is the shortest (TSPLIB).
    problem = read(shared("tsp", "att48.tsp"))
    (x0, y0), (x1, y1) = (6734, 1453), (2233, 10)
    real = np.sqrt(((x0 - x1) ** 2 + (y0 - y1) ** 2) / 10)
    assert problem.distances[0, 1] == int(np.ceil(real))


def test_knapsack_optima_by_dynamic_programming():
    for path, row in files("knapsack"):
        if row["kind"] != "knapsack" or "." in row["best"]:
            continue
        problem = read(path)
        best = np.zeros(int(problem.capacity) + 1)
        for profit, weight in zip(problem.profits, problem.weights, strict=True):
            if weight < len(best):
                best[weight:] = np.maximum(
                    best[weight:], best[: len(best) - weight] + profit
                )
        assert best[-1] == int(row["best"]), path.name


def test_solutions_at_the_end_of_knapsack_files_are_the_optimum():
    rows = {row["file"]: row for row in table("knapsack")}
    for name in ("knapPI_1_100_1000_1.txt", "knapPI_3_100_1000_1.txt"):
        program = compilers.load(shared("knapsack", name))
        solution = dict(enumerate(read(shared("knapsack", name)).solution))
        assert program.check(solution)
        assert program.objective(solution) == int(rows[name]["best"])


def test_models_of_uf20_are_as_many_as_published():
    bits = np.arange(1 << 20)
    columns = [(bits >> v & 1).astype(bool) for v in range(20)]
    for path, row in list(files("sat"))[:4]:
        holds = np.ones(1 << 20, dtype=bool)
        for clause in read(path).clauses:
            true = [columns[abs(v) - 1] == (v > 0) for v in clause]
            holds &= np.logical_or.reduce(true)
        assert holds.sum() == int(row["best"]), path.name


def test_a_clique_in_the_comments_of_a_wcnf_file_is_its_optimum():
    path = shared("sat", "MANN_a9.clq.wcnf")
    formula = read(path)
    clique = "3 4 5 9 10 15 16 19 24 27 28 33 36 38 42 45"
    left_out = set(range(1, 46)) - set(map(int, clique.split()))

    def true(clause):
        return any((abs(v) in left_out) == (v > 0) for v in clause)

    assert all(map(true, formula.hard))
    assert sum(w for w, clause in formula.soft if not true(clause)) == 29


def test_independent_sets_of_small_graphs_have_their_published_size():
    for path, row in files("independent_set"):
        if int(row["n"]) <= 60:
            complement = nx.complement(read(path))
            best = max(map(len, nx.find_cliques(complement)))
            assert best == int(row["best"]), path.name


def test_market_splits_have_solutions():
    path = shared("market_split", "ms_03_050_002.dat")
    problem = read(path)
    half = np.array(list(itertools.product((0, 1), repeat=10)))
    first = half @ problem.A[:, :10].T
    rest = {tuple(row) for row in (problem.b - half @ problem.A[:, 10:].T).tolist()}
    assert any(tuple(row) in rest for row in first.tolist())

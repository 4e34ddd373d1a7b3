import numpy as np
import pytest

from pbit import IsingModel, PolynomialModel, exact, swendsen_wang, wolff
from pbit.kernels import clusters
from pbit.kernels.metropolis import barrier
from tests import oracles
from tests.pbit.sampler_cases import counts, mixed
from tests.pbit.scripted import drift, imbalance, rebuilt, share_below, table
from tests.statistics import FALSE_ALARM, assert_law, law_p_value, law_power

SAMPLERS = [swendsen_wang, wolff]


def bond_chance(beta, aligned, _limit, is_bond=clusters.is_bond, barrier=barrier):
    """How likely a bond is, read off the kernel's own decision."""
    return share_below(lambda u: is_bond(beta, aligned, barrier(u)))


def sparse(n):
    """A ring with couplings of both signs, one chord, and two biases."""
    J = {(i, (i + 1) % n): (-1) ** i * (0.5 + 0.2 * i) for i in range(n - 1)}
    J[0, n - 1] = 0.6
    return IsingModel(J, [0.3, *([0.0] * (n - 2)), -0.5])


def all_at_once(model, beta, held=(), fault=None, **names):
    """The matrix of one Swendsen-Wang sweep, by every set of bonds and of signs."""
    n = model.n
    wires = model.weights.indptr, model.weights.indices, model.weights.data
    free = np.array([i not in held for i in range(n)], np.int8)

    def with_signs(signs):
        def run(m, choose):
            turn = rebuilt(clusters, "turn_clusters", fault, is_bond=choose, **names)
            turn(*wires, model.h, m, beta, free, np.ones(n * n), signs,
                 np.empty(n + 1, np.int32))  # fmt: skip
            return m

        return table(n, run, bond_chance)

    signs = [[number >> i & 1 for i in range(n)] + [0] for number in range(2**n)]
    return sum(with_signs(np.array(row, np.int8)) for row in signs) / 2**n


def one_by_one(model, beta, held=(), fault=None, **names):
    """The matrix of one Wolff cluster, by every seed and every course of its growth."""
    n = model.n
    wires = model.weights.indptr, model.weights.indices, model.weights.data
    free = np.array([i not in held for i in range(n)], np.int8)
    order = np.flatnonzero(free).astype(np.int32)
    matrix = np.zeros((2**n, 2**n))
    for place in range(order.size):
        word = np.uint64(int((place + 0.5) / order.size * 2**32))

        def run(m, choose, word=word):
            turn = rebuilt(clusters, "turn_one_cluster", fault, is_bond=choose,
                           philox=lambda *_: (word,) * 4, **names)  # fmt: skip
            inside = np.zeros(n, np.int8)
            turn(*wires, model.h, m, beta, order, free, 1, 2, 17, 0, 0,
                 np.empty(n, np.int32), inside)  # fmt: skip
            assert not inside.any()
            return m

        matrix += table(n, run, bond_chance) / order.size
    return matrix


TABLES = {"swendsen-wang": all_at_once, "wolff": one_by_one}


@pytest.mark.parametrize("held", [(), (1,)], ids=["free", "clamped"])
@pytest.mark.parametrize("n", [3, 4])
@pytest.mark.parametrize("name", TABLES)
def test_a_step_balances_in_detail_whatever_the_signs_and_biases(name, n, held):
    model, beta = sparse(n), 0.7
    matrix = TABLES[name](model, beta, held)
    np.testing.assert_allclose(matrix.sum(axis=1), 1, atol=1e-12)
    for value in (-1, 1):
        law = oracles.boltzmann(model, beta, dict.fromkeys(held, value))
        assert imbalance(matrix, law) < 1e-9
        assert drift(matrix, law) < 1e-9


def test_a_bond_has_the_chance_of_the_formula():
    for strength in (0.01, 0.5, 2.0, 9.0):
        found = bond_chance(0.7, strength, 0.0)
        assert found == pytest.approx(1 - np.exp(-2 * 0.7 * strength), abs=1e-12)
    assert bond_chance(0.7, -0.5, 0.0) == 0


BOND_FAULTS = {"factor 2 lost": 0.5, "factor 2 twice": 2.0, "1 % off": 1.01}


@pytest.mark.parametrize("fault", BOND_FAULTS)
@pytest.mark.parametrize("name", TABLES)
def test_wrong_bonds_do_not_keep_the_law(name, fault, monkeypatch):
    factor = BOND_FAULTS[fault]
    monkeypatch.setitem(
        globals(), "bond_chance",
        lambda beta, aligned, _limit: max(0.0, 1 - np.exp(-2 * factor * beta * aligned)),
    )  # fmt: skip
    matrix = TABLES[name](sparse(3), 0.7)
    assert drift(matrix, oracles.boltzmann(sparse(3), 0.7)) > 1e-4


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("swendsen-wang", "h[i] * m[i]", "-h[i] * m[i]"),
        ("swendsen-wang", "h[i] * m[i]", "0.0 * m[i]"),
        ("swendsen-wang", "data[e] * m[i] * m[j]", "data[e]"),
        ("swendsen-wang", "not free[i] or ", ""),
        ("wolff", "return 0 if", "m[seed] = 1\n    return 0 if"),
        ("wolff", "h[i] * m[i]", "0.0 * m[i]"),
        ("wolff", "if ghost or not free[j]:", "if ghost:"),
        ("wolff", "h[i] * m[i]", "-h[i] * m[i]"),
        ("wolff", "data[e] * m[i] * m[j]", "data[e]"),
        ("wolff", "if not at_ghost:", "if True:"),
    ],
)
def test_broken_cluster_moves_do_not_keep_the_law(name, old, new):
    """Biases at the ends, the middle one clamped up."""
    model, held = sparse(3), (1,)
    matrix = TABLES[name](model, 0.7, held, (old, new))
    law = oracles.boltzmann(model, 0.7, dict.fromkeys(held, 1))
    assert drift(matrix, law) > 1e-4


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_the_law_of_enumeration_at_12(sampler):
    """30,000 chains: a temperature 15 % off is sure to be caught, and is."""
    model, beta, n_chains = mixed(12, 5, bias=0.2), 0.7, 30_000
    steps = 40 if sampler is swendsen_wang else 80
    law, wrong = (
        exact.probabilities(model, beta),
        exact.probabilities(model, 0.85 * beta),
    )
    assert law_power(n_chains, law, wrong) > 0.999
    found = sampler(model, beta, n_chains, 1, steps, rng=1)
    assert_law(counts(found.states, 12), law)
    np.testing.assert_allclose(found.energies, model.energy(found.states), atol=1e-12)
    other = sampler(model, 0.85 * beta, n_chains, 1, steps, rng=1)
    assert law_p_value(counts(other.states, 12), law) < FALSE_ALARM


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_clamps_give_the_conditional_law(sampler):
    model = mixed(6, 2, bias=0.2)
    found = sampler(model, 0.7, 50_000, 1, 60, clamp={1: -1, 4: 1}, rng=2)
    assert_law(counts(found.states, 6), oracles.boltzmann(model, 0.7, {1: -1, 4: 1}))
    held = sampler(model, 0.7, 2, 3, 0, clamp=dict.fromkeys(range(6), 1), rng=2)
    assert (held.states == 1).all()


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_near_the_critical_point_energies_are_those_of_single_updates(sampler):
    """A torus of 8 x 8, all couplings 1 or a gauge of it: means within 5 errors."""
    rng = np.random.default_rng(0)
    gauge = rng.choice([-1, 1], 64)
    J = {}
    for x in range(8):
        for y in range(8):
            for other in (8 * ((x + 1) % 8) + y, 8 * x + (y + 1) % 8):
                i = 8 * x + y
                J[i, other] = float(gauge[i] * gauge[other])
    found = sampler(IsingModel(J), 0.44, 200, 400, 100, rng=1)
    means = found.energies.mean(axis=1) / 64
    error = means.std(ddof=1) / np.sqrt(means.size)
    assert means.mean() == pytest.approx(ring_energy(8, 0.44), abs=5 * error)
    assert error < 0.004


def ring_energy(size, beta):
    """Mean energy a p-bit of the size x size torus, by the transfer matrix of a row."""

    def log_z(b):
        rows = oracles.all_states(size).astype(float)
        inner = (rows * np.roll(rows, 1, axis=1)).sum(axis=1)
        transfer = np.exp(b * (rows @ rows.T) + 0.5 * b * (inner[:, None] + inner))
        values = np.linalg.eigvalsh(transfer)
        top = values[-1]
        return size * np.log(top) + np.log(((values / top) ** size).sum())

    step = 1e-4
    return -(log_z(beta + step) - log_z(beta - step)) / (2 * step) / size**2


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_only_pairs_make_clusters(sampler):
    with pytest.raises(TypeError, match="model must be an IsingModel, not"):
        sampler(PolynomialModel({(0, 1, 2): 1.0}))

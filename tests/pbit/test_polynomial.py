"""Polynomial models against sums written out, and their kernels as exact tables."""

import itertools
import math

import networkx as nx
import numpy as np
import pytest

import pbit
from pbit import IsingModel, exact, schedules
from pbit.kernels import numerics, polynomial
from pbit.polynomial import PolynomialModel
from tests import oracles
from tests.statistics import assert_law, law_power

ALMOST_0, ALMOST_1 = 2.0**-53, 1.0 - 2.0**-53
TOLERANCE = 1e-12


def random_model(n, seed, whole=False):
    """Some terms of every order up to 4, biases and an offset."""
    rng = np.random.default_rng(seed)
    terms = {}
    for size in range(1, min(n, 4) + 1):
        for term in itertools.combinations(range(n), size):
            if rng.random() < 0.7:
                weight = rng.integers(-3, 4) if whole else rng.normal() / 2
                terms[tuple(rng.permutation(term).tolist())] = float(weight)
    return PolynomialModel(terms, 1.5, range(n))


def energy(model, state):
    """E by the formula, term by term."""
    return model.offset - math.fsum(
        weight * math.prod(int(state[model.index(label)]) for label in term)
        for term, weight in model.terms.items()
    )


def probability_up(model, state, i, beta):
    up, down = list(state), list(state)
    up[i], down[i] = 1, -1
    return 1.0 / (1.0 + math.exp(beta * (energy(model, up) - energy(model, down))))


def update_matrix(model, i, beta):
    matrix = np.zeros((2**model.n, 2**model.n))
    for number, state in enumerate(oracles.all_states(model.n)):
        up = probability_up(model, state, i, beta)
        matrix[number, number | 1 << i] += up
        matrix[number, number & ~(1 << i)] += 1.0 - up
    return matrix


def boltzmann(model, beta):
    energies = np.array([energy(model, state) for state in oracles.all_states(model.n)])
    weights = np.exp(-beta * (energies - energies.min()))
    return weights / weights.sum()


def play(model, beta, start, pbits, draws, random):
    """Make the first updates of `pbits` by the real kernels; state, fields, energies."""
    ends, members = model.members.indptr, model.members.indices
    wiring = (ends, members, model.weights.indptr, model.weights.indices)
    m, fields, values = start.copy(), np.empty(model.n), np.empty(model.n_terms)
    polynomial.compute_fields(ends, members, model.values, model.h, m, values, fields)
    before = polynomial.energy_of(model.h, m, values)
    order = np.array(pbits[: len(draws)], np.int32)
    limits = np.array([numerics.half_logit(u) for u in draws])
    if random:
        picks = np.arange(order.size, dtype=np.int32)[::-1].copy()
        gain = polynomial.sweep_random(
            *wiring, m, values, fields, beta, order[::-1].copy(), picks, limits
        )
    else:
        thresholds = np.full(model.n, np.nan)
        thresholds[order] = limits
        gain = polynomial.sweep_ordered(
            *wiring, m, values, fields, beta, order, thresholds
        )
    return m, fields, before, before - gain


def chance_up(decide):
    """Where a decision switches: (P(+1), {decision: a draw that leads to it})."""
    low, high = ALMOST_0, ALMOST_1
    first, last = decide(low), decide(high)
    if first == last:
        return float(first > 0), {first: low}
    middle = 0.5
    while low < middle < high:
        if decide(middle) == first:
            low = middle
        else:
            high = middle
        middle = 0.5 * (low + high)
    return (middle if first > 0 else 1.0 - middle), {first: ALMOST_0, last: ALMOST_1}


def read_table(model, beta, pbits, random=False):
    """The transition matrix of updates of `pbits`, in this order, by the real kernels."""
    table = np.zeros((2**model.n, 2**model.n))

    def walk(row, start, draws, chance):
        if len(draws) == len(pbits):
            m, fields, before, after = play(model, beta, start, pbits, draws, random)
            np.testing.assert_allclose(fields, model.fields(m), rtol=0, atol=TOLERANCE)
            for claimed, state in ((before, start), (after, m)):
                assert claimed + model.offset == pytest.approx(
                    energy(model, state), abs=TOLERANCE
                )
            table[row, oracles.number_of(m)] += chance
            return
        i = pbits[len(draws)]

        def decide(u):
            return int(play(model, beta, start, pbits, [*draws, u], random)[0][i])

        up, branches = chance_up(decide)
        for decision, draw in branches.items():
            share = up if decision > 0 else 1.0 - up
            walk(row, start, [*draws, draw], chance * share)

    for row, start in enumerate(oracles.all_states(model.n)):
        walk(row, start, [], 1.0)
    return table


@pytest.mark.parametrize("n", [1, 2, 3, 4, 5])
def test_a_sweep_is_the_product_of_the_exact_updates(n):
    model = random_model(n, seed=n)
    for pbits in (list(range(n)), list(range(n))[: n - 1][::-1]):
        truth = np.eye(2**n)
        for i in pbits:
            truth = truth @ update_matrix(model, i, 0.8)
        table = read_table(model, 0.8, pbits)
        np.testing.assert_allclose(table, truth, rtol=0, atol=TOLERANCE)
        law = boltzmann(model, 0.8)
        np.testing.assert_allclose(law @ table, law, rtol=0, atol=TOLERANCE)


def test_updates_picked_at_random_are_the_exact_updates():
    model = random_model(3, seed=7)
    for picks in itertools.product(range(3), repeat=3):
        truth = np.eye(8)
        for i in picks:
            truth = truth @ update_matrix(model, i, 0.8)
        table = read_table(model, 0.8, list(picks), random=True)
        np.testing.assert_allclose(table, truth, rtol=0, atol=TOLERANCE)


def test_energies_and_fields_are_the_formulas():
    model = random_model(6, seed=1)
    states = oracles.all_states(6)
    truth = [energy(model, state) for state in states]
    np.testing.assert_allclose(model.energy(states), truth, atol=TOLERANCE)
    fields = model.fields(states)
    for state, heard in zip(states, fields, strict=True):
        for i in range(6):
            flipped = state.copy()
            flipped[i] *= -1
            step = (energy(model, flipped) - energy(model, state)) / 2
            assert heard[i] * state[i] == pytest.approx(step, abs=1e-11)
    assert model.energy(states.reshape(8, 8, 6)).shape == (8, 8)
    assert model.energy(states[5]) == model.energy(states)[5]


@pytest.mark.parametrize("n", [1, 3, 8, 16])
def test_enumeration_agrees_with_the_energies_of_all_states(n):
    model = random_model(min(n, 8), seed=2)
    terms = {**model.terms, **{(i, i + 1): 0.3 for i in range(7, n - 1)}}
    model = PolynomialModel(terms, model.offset, range(n))
    states = ((np.arange(2**n)[:, None] >> np.arange(n) & 1) * 2 - 1).astype(np.int8)
    energies = model.energy(states)
    np.testing.assert_allclose(exact.energies(model), energies, rtol=0, atol=1e-11)
    weights = np.exp(-0.7 * (energies - energies.min()))
    law = weights / weights.sum()
    np.testing.assert_allclose(exact.probabilities(model, 0.7), law, atol=1e-13)
    assert exact.log_partition(model, 0.7) == pytest.approx(
        math.log(weights.sum()) - 0.7 * energies.min()
    )
    mean, pair = exact.moments(model, 0.7)
    np.testing.assert_allclose(mean, law @ states, atol=1e-12)
    np.testing.assert_allclose(pair, states.T @ (law[:, None] * states), atol=1e-12)
    assert exact.ground_energy(model) == pytest.approx(energies.min())
    found = {tuple(state) for state in exact.ground_states(model).tolist()}
    lowest = np.flatnonzero(energies < energies.min() + 1e-9)
    assert found == {tuple(states[k].tolist()) for k in lowest}


def test_under_a_clamp_enumeration_is_conditional():
    model = random_model(6, seed=3)
    law = boltzmann(model, 1.0)
    states = oracles.all_states(6)
    agree = (states[:, 1] == 1) & (states[:, 4] == -1)
    truth = law * agree / law[agree].sum()
    clamp = {1: 1, 4: -1}
    np.testing.assert_allclose(
        exact.probabilities(model, 1.0, clamp), truth, atol=1e-13
    )
    mean, pair = exact.moments(model, 1.0, clamp)
    np.testing.assert_allclose(mean, truth @ states, atol=1e-12)
    np.testing.assert_allclose(pair, states.T @ (truth[:, None] * states), atol=1e-12)
    share = exact.log_partition(model, 1.0, clamp) - exact.log_partition(model)
    assert share == pytest.approx(math.log(law[agree].sum()))
    ground = exact.ground_states(model, clamp)
    assert (ground[:, [1, 4]] == [1, -1]).all()
    assert model.energy(ground[0]) == pytest.approx(exact.ground_energy(model, clamp))


def test_the_kernels_move_pairs_exactly_as_an_ising_model_moves():
    rng = np.random.default_rng(4)
    J = np.triu(rng.integers(-2, 3, (9, 9)), 1).astype(float)
    ising = IsingModel(J + J.T, rng.integers(-2, 3, 9).astype(float), 2.0)
    model = PolynomialModel.from_ising(ising)
    assert model.to_ising().energy(oracles.all_states(9)).tolist() == (
        ising.energy(oracles.all_states(9)).tolist()
    )
    for order in ("sequential", "random"):
        one, two = (
            pbit.sample(m, 0.4, 3, 50, order=order, rng=5, kernel="chain")
            for m in (ising, model)
        )
        assert one.states.tolist() == two.states.tolist()
        assert one.energies.tolist() == two.energies.tolist()
    one, two = (
        pbit.anneal(m, n_chains=3, n_sweeps=50, rng=5, kernel="chain")
        for m in (ising, model)
    )
    assert one.sha256 == two.sha256
    assert schedules.from_model(model, 5).tolist() == (
        schedules.from_model(ising, 5).tolist()
    )


@pytest.mark.parametrize("order", ["sequential", "random", "chromatic"])
def test_samples_follow_the_boltzmann_law(order):
    # 20000 independent chains; the chi-square test is wrong once in 10**6.
    model = random_model(5, seed=11)
    law = boltzmann(model, 0.6)
    samples = pbit.sample(model, 0.6, 20_000, 1, 40, order=order, rng=12)
    assert_law(samples.occupancy() * 20_000, law)
    hotter = boltzmann(model, 0.5)  # what it would catch
    assert law_power(20_000, law, hotter) > 0.999


def test_samples_do_not_depend_on_threads_and_chains_and_keep_their_energies():
    model = random_model(7, seed=13)
    few = pbit.sample(model, 0.8, 3, 400, rng=1, n_threads=1)
    many = pbit.sample(model, 0.8, 9, 400, rng=1, n_threads=2)
    assert (many.states[:3] == few.states).all()
    np.testing.assert_allclose(few.energies, model.energy(few.states), atol=1e-10)
    cold = pbit.anneal(model, n_chains=8, n_sweeps=200, rng=2)
    assert cold.best[1] == pytest.approx(exact.ground_energy(model))


def test_clamped_pbits_stay():
    model = PolynomialModel({("a", "b", "c"): 1.0, ("c", "d"): 0.5}, 0, "abcd")
    clamp = {"a": 1, "c": -1}
    samples = pbit.sample(model, 1.0, 4000, 1, 30, clamp=clamp, rng=3)
    assert (samples.column("a") == 1).all()
    assert (samples.column("c") == -1).all()
    assert_law(samples.occupancy() * 4000, exact.probabilities(model, 1.0, clamp))


@pytest.mark.parametrize(
    ("number", "bits_x", "bits_y", "factors"),
    [
        (35, 2, 2, {(5, 7), (7, 5)}),
        (161, 2, 4, {(7, 23)}),
        (945, 3, 5, {(15, 63)}),
    ],
)
def test_the_published_numbers_factor(number, bits_x, bits_y, factors):
    # Borders et al. 2019: E = (XY - F)^2, both odd, with 4, 6 and 8 p-bits.
    bits = {(): 1.0} | {(f"x{k}",): 2.0 ** (k + 1) for k in range(bits_x)}
    other = {(): 1.0} | {(f"y{k}",): 2.0 ** (k + 1) for k in range(bits_y)}
    difference = {(): -float(number)}
    for (s, a), (t, b) in itertools.product(bits.items(), other.items()):
        difference[s + t] = difference.get(s + t, 0.0) + a * b
    square = {}
    for (s, a), (t, b) in itertools.product(difference.items(), repeat=2):
        square[s + t] = square.get(s + t, 0.0) + a * b
    model = PolynomialModel.from_binary(square)
    assert model.n == bits_x + bits_y
    assert model.order == 4

    def read(state, letter, width):
        up = [state[model.index(f"{letter}{k}")] > 0 for k in range(width)]
        return 1 + sum(2 ** (k + 1) for k, bit in enumerate(up) if bit)

    def both(state):
        return read(state, "x", bits_x), read(state, "y", bits_y)

    assert {both(state) for state in exact.ground_states(model)} == factors
    assert exact.ground_energy(model) == pytest.approx(0, abs=1e-6)
    found = pbit.anneal(model, n_chains=64, n_sweeps=400, rng=6)
    assert both(found.best[0]) in factors


def test_binary_polynomials_come_and_go_unchanged():
    given = {("a",): 2.0, ("a", "b"): -3.0, ("c", "b", "a"): 4.0, (): 7.0}
    model = PolynomialModel.from_binary(given, offset=1.0)
    for state in oracles.all_states(3):
        bits = {
            label: (m + 1) // 2 for label, m in zip(model.labels, state, strict=True)
        }
        cost = 1.0 + sum(w * math.prod(bits[v] for v in t) for t, w in given.items())
        assert model.energy(state) == cost
    terms, offset = model.to_binary()
    assert offset == 8.0
    assert {frozenset(t): w for t, w in terms.items()} == {
        frozenset(t): w for t, w in given.items() if t
    }


def test_repeated_variables_are_one_and_orders_add_up():
    model = PolynomialModel.from_binary({(0, 0): 1.0, (0, 1): 1.0, (1, 0): 2.0})
    assert model.to_binary() == ({(0,): 1.0, (0, 1): 3.0}, 0.0)


def test_fixing_pbits_keeps_energies():
    model = random_model(5, seed=21)
    rest = model.fix({3: -1, 0: 1})
    for state in oracles.all_states(3):
        whole = [1, state[0], state[1], -1, state[2]]
        assert rest.energy(state) == pytest.approx(energy(model, whole), abs=1e-12)
    assert list(rest.labels) == [1, 2, 4]


def test_pbits_of_a_term_hear_each_other():
    model = PolynomialModel({(0, 1, 2): 1.0, (2, 3): -1.0}, labels=range(5))
    expected = nx.Graph([(0, 1), (0, 2), (1, 2), (2, 3)])
    rows, columns = model.hearing().weights.nonzero()
    assert {tuple(sorted(e)) for e in zip(rows, columns, strict=True)} == {
        tuple(sorted(e)) for e in expected.edges
    }


@pytest.mark.parametrize(
    ("terms", "error", "message"),
    [
        ([((0,), 1.0)], TypeError, "terms must be a dictionary"),
        ({"ab": 1.0}, TypeError, "a term must be a tuple of labels"),
        ({(): 1.0}, ValueError, "a constant is the offset"),
        ({(0, 1, 0): 1.0}, ValueError, r"each p-bit once \(m² = 1\), not \(0, 1, 0\)"),
        ({(0, 1): 1.0, (1, 0): 2.0}, ValueError, r"\(1, 0\) comes twice"),
        ({(0, 1): float("nan")}, ValueError, r"term \(0, 1\) must be finite, not nan"),
        ({(0, 1): "x"}, TypeError, "must be a number, not 'x'"),
        ({("a", "b"): 1.0}, ValueError, "without labels they are numbers from 0"),
    ],
)
def test_terms_that_are_none_are_refused(terms, error, message):
    with pytest.raises(error, match=message):
        PolynomialModel(terms)


def test_other_bad_arguments_are_refused():
    with pytest.raises(ValueError, match="no p-bit is called 'z'"):
        PolynomialModel({("a", "z"): 1.0}, labels=["a", "b"])
    with pytest.raises(ValueError, match="offset must be finite, not inf"):
        PolynomialModel({}, float("inf"))
    model = PolynomialModel({(0, 1, 2): 1.0})
    with pytest.raises(ValueError, match="order 3 is not pairwise"):
        model.to_ising()
    with pytest.raises(ValueError, match=r"states must be -1 or \+1"):
        model.energy([0, 1, 1])
    with pytest.raises(ValueError, match="must be -1 or"):
        model.fix({0: 2})
    large = PolynomialModel({(0, 26): 1.0})
    with pytest.raises(pbit.CapacityError, match="at most 26 p-bits, not 27"):
        exact.energies(large)
    assert exact.ground_energy(large, {0: 1}) == -1.0
    with pytest.raises(TypeError, match="model must be an IsingModel"):
        pbit.sample(nx.Graph())

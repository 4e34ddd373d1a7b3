import numpy as np
import pytest

import pbit
from pbit import IsingModel, PCircuit, PolynomialModel, exact, temper
from pbit.kernels import exchange
from pbit.samplers.ladder import adaptive_ladder
from tests import oracles
from tests.pbit.sampler_cases import counts, mixed
from tests.pbit.scripted import imbalance, outcomes, rebuilt, share_below
from tests.statistics import FALSE_ALARM, assert_law, law_p_value, law_power

# Swaps: the table of the move over pairs of states, one at each of two temperatures.


def swap_chance(steps, gain, _u, is_swapped=exchange.is_swapped):
    """How likely a swap is, read off the kernel's own decision."""
    return share_below(lambda u: is_swapped(steps, gain, u))


def swap_table(model, betas, fault=None):
    """The matrix of one round of swaps over (state at the first beta, at the second)."""
    states = oracles.all_states(model.n)
    energies = np.array([oracles.energy(model, state) for state in states])
    size = len(states)
    matrix = np.zeros((size**2, size**2))
    for a in range(size):
        for b in range(size):

            def run(choose, a=a, b=b):
                swap = rebuilt(exchange, "swap_temperatures", fault, is_swapped=choose)
                at = np.array([[0, 1]], np.int32)
                own = np.array([energies[a], energies[b]])
                tally = np.zeros((1, 1), np.int64)
                swap(np.array(betas), own, at, 0, 0, 1, 2, 11, 0, tally, tally.copy(),
                     np.zeros(2, np.int8), np.zeros(2, np.int64))  # fmt: skip
                there = [a, b]
                return there[at[0, 0]], there[at[0, 1]]

            for chance, (first, second) in outcomes(run, swap_chance):
                matrix[a * size + b, first * size + second] += chance
    return matrix


def pair_law(model, betas):
    """Two independent replicas at two temperatures."""
    first, second = (oracles.boltzmann(model, beta) for beta in betas)
    return np.outer(first, second).ravel()


BETAS = (0.3, 1.1)


def test_swaps_balance_in_detail():
    model = mixed(3, 1)
    matrix = swap_table(model, BETAS)
    np.testing.assert_allclose(matrix.sum(axis=1), 1, atol=1e-12)
    assert imbalance(matrix, pair_law(model, BETAS)) < 1e-9


@pytest.mark.parametrize(
    "fault",
    [
        ("energies[b] - energies[a]", "energies[a] - energies[b]"),
        ("betas[k + 1] - betas[k]", "betas[k + 1]"),
        ("betas[k + 1] - betas[k]", "0.5 * (betas[k + 1] - betas[k])"),
        ("betas[k + 1] - betas[k]", "1.01 * (betas[k + 1] - betas[k])"),
    ],
)
def test_broken_swaps_do_not_balance(fault):
    model = mixed(3, 1)
    assert imbalance(swap_table(model, BETAS, fault), pair_law(model, BETAS)) > 1e-6


def test_a_swap_has_the_chance_of_the_formula():
    for steps, gain in ((0.4, 1.0), (0.4, -1.0), (0.4, 0.0), (1.0, -3.0)):
        expected = min(1.0, np.exp(steps * gain))
        assert swap_chance(steps, gain, 0) == pytest.approx(expected, abs=1e-12)


def test_round_trips_are_counted_from_the_hot_end_back_to_it():
    at = np.array([[0, 1, 2]], np.int32)
    heading, trips = np.zeros(3, np.int8), np.zeros(3, np.int64)
    tally = np.zeros((1, 2), np.int64)
    swap = rebuilt(exchange, "swap_temperatures", is_swapped=lambda *_: True)
    for event in range(12):
        swap(np.array([1.0, 2, 3]), np.zeros(3), at, event % 2, 0, 1, 2, 11, event, tally,
             tally.copy(), heading, trips)  # fmt: skip
    # Each replica goes there and back in 6 rounds, from when it first was at the hot end.
    assert trips.tolist() == [1, 1, 1]


# Isoenergetic moves: the table over pairs of states at one temperature.


def cluster_table(model, n_free, symmetric, fault=None):
    """The matrix of one cluster move over pairs of states, by every seed."""
    n, states = model.n, oracles.all_states(model.n)
    size = len(states)
    wires = model.weights.indptr, model.weights.indices, model.weights.data
    matrix = np.zeros((size**2, size**2))
    for a in range(size):
        for b in range(size):
            differ = int((states[a] != states[b]).sum())
            for count in [max(1, differ), max(1, n - differ)]:
                for seed in range(count):
                    word = np.uint64(int((seed + 0.5) / count * 2**32))
                    move = rebuilt(exchange, "cluster_moves", fault,
                                   block=lambda *_, w=word: (w,) * 4)  # fmt: skip
                    own = np.array([states[a], states[b]])
                    energies = np.array([oracles.energy(model, m) for m in own])
                    total = energies.sum()
                    tally = np.zeros(1, np.int64)
                    move(wires, model.h, own, energies, np.array([[0, 1]], np.int32),
                         np.array([n_free]), symmetric, 0, 1, 2, 12, 0, tally,
                         tally.copy())  # fmt: skip
                    if fault is None:
                        truth = [oracles.energy(model, m) for m in own]
                        np.testing.assert_allclose(energies, truth, atol=1e-12)
                        assert energies.sum() == pytest.approx(total, abs=1e-12)
                    end = [oracles.number_of(m) for m in own]
                    # Both counts are gone through, so that the one asked for is among
                    # them; a move that turns the other kind is told by its count.
                    kind = (
                        differ if 2 * differ <= n_free or not symmetric else n - differ
                    )
                    if count == max(1, kind):
                        share = (
                            1
                            / count
                            / (2 if max(1, differ) == max(1, n - differ) else 1)
                        )
                        matrix[a * size + b, end[0] * size + end[1]] += share
    return matrix


@pytest.mark.parametrize("symmetric", [False, True])
def test_cluster_moves_balance_in_detail_and_keep_the_sum_of_energies(symmetric):
    model = mixed(4, 3)
    model = IsingModel({(0, 1): 0.7, (1, 2): -1.1, (2, 3): 0.4}, model.h)
    if symmetric:
        model = IsingModel(model.J)
    matrix = cluster_table(model, 4, symmetric)
    np.testing.assert_allclose(matrix.sum(axis=1), 1, atol=1e-12)
    law = pair_law(model, (0.8, 0.8))
    assert imbalance(matrix, law) < 1e-12
    assert np.trace(matrix) < 200  # of 256: it does something


@pytest.mark.parametrize(
    "fault",
    [("if not symmetric:", "if False:"), ("kind = -1, differ", "kind = 1, n - differ")],
)
def test_agreeing_p_bits_with_biases_must_not_turn(fault):
    model = IsingModel({(0, 1): 0.7, (1, 2): -1.1}, [0.4, -0.2, 0.3])
    if fault[0].startswith("kind"):
        fault = ("kind, count = -1, differ", "kind, count = 1, n - differ")
    law = pair_law(model, (0.8, 0.8))
    changed = law @ cluster_table(model, 3, False, fault) - law
    assert np.abs(changed).max() > 1e-4


# The whole.


@pytest.mark.parametrize("icm", [False, True])
@pytest.mark.parametrize("bias", [0.0, 0.3])
def test_every_temperature_has_the_law_of_enumeration_at_12(icm, bias):
    """40,000 draws a temperature: 12 % off is sure to be caught, and is."""
    model, betas = mixed(12, 5, bias=bias), [0.5, 0.8, 1.2]
    n_ladders = 20_000
    found = temper(model, betas, 2, n_ladders, 40, rng=1, icm=icm)
    # Replicas of one ladder may be told apart by their partners: one of them is read.
    for samples, beta in zip(found.samples, betas, strict=True):
        law = exact.probabilities(model, beta)
        assert law_power(n_ladders, law, exact.probabilities(model, 0.8 * beta)) > 0.999
        assert_law(counts(samples.states[::2], 12), law)
        assert_law(counts(samples.states[1::2], 12), law)
        np.testing.assert_allclose(
            samples.energies, model.energy(samples.states), atol=1e-12
        )
    wrong = exact.probabilities(model, 0.8 * betas[1])
    assert law_p_value(counts(found.samples[1].states[::2], 12), wrong) < FALSE_ALARM


@pytest.mark.parametrize("rule", ["metropolis", "swendsen-wang", "wolff"])
def test_other_rules_temper_too(rule):
    model, betas = mixed(5, 2, bias=0.2), [0.3, 0.8]
    found = temper(model, betas, 1, 20_000, 40, rng=1, rule=rule)
    for samples, beta in zip(found.samples, betas, strict=True):
        assert_law(counts(samples.states, 5), oracles.boltzmann(model, beta))


def test_swap_rates_are_those_of_the_laws():
    model, betas = mixed(8, 1), [0.4, 1.0]
    found = temper(model, betas, 1, 4_000, 40, rng=3)
    energies = np.array([oracles.energy(model, m) for m in oracles.all_states(8)])
    first, second = (oracles.boltzmann(model, beta) for beta in betas)
    accept = np.minimum(1, np.exp(0.6 * (energies[None] - energies[:, None])))
    expected = first @ accept @ second
    # 80,000 swaps of 4,000 independent ladders: Hoeffding over ladders, margin 0.043.
    assert found.swap_rates[0] == pytest.approx(expected, abs=0.043)


def test_kept_states_and_energies_belong_together():
    model = mixed(10, 4)
    found = temper(
        model, [0.2, 0.6, 1.5], 2, 3, 40, 10, rng=1, keep_every=4, swap_every=2
    )
    for samples in found.samples:
        assert samples.states.shape == (6, 10, 10)
        np.testing.assert_allclose(
            samples.energies, model.energy(samples.states), atol=1e-9
        )
    assert found.lowest.shape == (25, 3)
    lowest = [
        min(s.energies[2 * k : 2 * k + 2].min() for s in found.samples)
        for k in range(3)
    ]
    assert (found.solutions.energies[:, 0] <= np.array(lowest) + 1e-9).all()
    np.testing.assert_allclose(found.solutions.energies[:, 0], found.lowest.min(axis=0))


@pytest.mark.parametrize("icm", [False, True])
def test_a_ladder_does_not_depend_on_how_many_there_are_nor_on_threads(icm):
    model, betas = mixed(20, 6, bias=0.0), [0.2, 0.6, 1.5]
    many = temper(model, betas, 2, 5, 30, rng=1, icm=icm, n_threads=2)
    few = temper(model, betas, 2, 2, 30, rng=1, icm=icm, n_threads=1)
    for a, b in zip(many.samples, few.samples, strict=True):
        np.testing.assert_array_equal(a.states[:4], b.states)
    np.testing.assert_array_equal(many.lowest[:, :2], few.lowest)


def test_each_ladder_may_have_clamps_of_its_own():
    model = mixed(6, 6)
    values = np.array([1, -1] * 10_000)
    found = temper(model, [0.4, 1.0], 1, 20_000, 40, clamp={2: values}, rng=1)
    for samples, beta in zip(found.samples, (0.4, 1.0), strict=True):
        for value in (-1, 1):
            law = oracles.boltzmann(model, beta, {2: value})
            assert_law(counts(samples.states[values == value], 6), law)
    two = temper(
        model, [0.4, 1.0], 2, 2, 4, clamp=[{0: 1}, {1: -1, 5: 1}], rng=1, icm=True
    )
    for samples in two.samples:
        assert (samples.states[:2, 0, 0] == 1).all()
        assert (samples.states[2:, 0, 1] == -1).all()
        assert (samples.states[2:, 0, 5] == 1).all()


def test_cluster_moves_may_start_at_a_temperature():
    model = mixed(20, 6, bias=0.0)
    found = temper(model, [0.2, 0.6, 1.5], rng=1, icm=0.6, n_sweeps=20)
    assert np.isnan(found.cluster_sizes[0])
    assert (found.cluster_sizes[1:] > 0).all()


def test_polynomials_temper():
    model = PolynomialModel({(0, 1, 2): 1.0, (1, 2): -0.5, (0,): 0.3})
    found = temper(model, [0.3, 0.9], 1, 20_000, 30, rng=2)
    for samples, beta in zip(found.samples, (0.3, 0.9), strict=True):
        assert_law(counts(samples.states, 3), exact.probabilities(model, beta))


def test_a_hard_glass_is_solved_by_the_adaptive_ladder():
    rng = np.random.default_rng(1)
    J = np.triu(rng.choice([-1.0, 1.0], (16, 16)), 1)
    model = IsingModel(J + J.T)
    found = temper(model, n_sweeps=200, rng=0, icm=True)
    assert found.best[0].tolist() in exact.ground_states(model).tolist()
    assert found.info["ladder"] == "adaptive"


# The ladder.


def test_steps_are_the_spread_rule():
    model = mixed(30, 1)
    ladder = adaptive_ladder(model, alpha=0.8, first=0.1, stop=0.2, rng=0)
    np.testing.assert_allclose(np.diff(ladder.betas), 0.8 / ladder.spreads[:-1])
    assert (ladder.spreads[:-1] >= 0.2).all()
    assert ladder.spreads[-1] < 0.2
    again = adaptive_ladder(model, alpha=0.8, first=0.1, stop=0.2, rng=0, n_threads=1)
    np.testing.assert_array_equal(ladder.betas, again.betas)


def test_spreads_are_those_of_the_laws():
    """Within 10 %, of 100 chains read 400 times: their own error is below 2 %."""
    model = mixed(8, 1)
    energies = np.array([oracles.energy(model, m) for m in oracles.all_states(8)])
    ladder = adaptive_ladder(
        model, first=0.2, n_chains=100, n_sweeps=500, n_read=400, rng=0
    )
    for beta, spread in zip(ladder.betas[:3], ladder.spreads, strict=False):
        law = oracles.boltzmann(model, beta)
        truth = np.sqrt(law @ energies**2 - (law @ energies) ** 2)
        assert spread == pytest.approx(truth, rel=0.1)


def test_a_model_without_weights_has_one_temperature():
    assert adaptive_ladder(IsingModel(np.zeros((3, 3)))).betas.tolist() == [1.0]


# Errors at the door.


def test_ladders_must_rise():
    model = mixed(4, 0)
    with pytest.raises(
        ValueError, match=r"betas must rise: betas\[1\] = 0.5, betas\[2\] = 0.5"
    ):
        temper(model, [0.1, 0.5, 0.5])
    with pytest.raises(ValueError, match=r"betas must be >= 0: betas\[0\] = -1.0"):
        temper(model, [-1.0, 0.5])
    with pytest.raises(ValueError, match=r"betas must have shape \(k,\)"):
        temper(model, 1.0)


@pytest.mark.parametrize(
    ("message", "keywords"),
    [
        ("n_replicas must be at least 2, not 1", {"icm": True, "n_replicas": 1}),
        ("n_sweeps must be a multiple of swap_every = 3, not 10", {"swap_every": 3}),
        ("keep_every must be at most n_sweeps = 10, not 20", {"keep_every": 20}),
        ("n_ladders must be at least 1, not 0", {"n_ladders": 0}),
        ("icm must be finite and >= 0, not -1", {"icm": -1.0}),
        ("rule must be one of", {"rule": "glauber"}),
        (
            "clamp of p-bit 0 must be one value or 1, one a ladder",
            {"clamp": {0: [1, 1]}},
        ),
        (
            "clamp must be one dictionary a ladder, 1 of them, not 2",
            {"clamp": [{}, {}]},
        ),
    ],
)
def test_bad_arguments_are_named(message, keywords):
    with pytest.raises(ValueError, match=message):
        temper(mixed(4, 0), [0.1, 0.2], **{"n_sweeps": 10, **keywords})


def test_models_without_energy_or_pairs_are_refused():
    with pytest.raises(
        TypeError, match="model must be an IsingModel or a PolynomialModel"
    ):
        temper(PCircuit([[0, 1.0], [0, 0]]))
    with pytest.raises(TypeError, match="icm needs an IsingModel"):
        temper(PolynomialModel({(0, 1, 2): 1.0}), icm=True)
    with pytest.raises(ValueError, match="the ladder needs more than max_betas = 2"):
        adaptive_ladder(mixed(30, 0), max_betas=2)
    assert "temper" in dir(pbit)

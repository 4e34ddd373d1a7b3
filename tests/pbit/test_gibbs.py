import itertools
import os
import signal
import threading

import numpy as np
import pytest

import pbit
from pbit import CapacityError, IsingModel, PCircuit, exact, sample
from pbit.kernels.numerics import half_logit
from pbit.random import streams
from pbit.samplers import chains
from pbit.samplers.starting import ORDERS, refresh_period, update_order
from tests import oracles
from tests.statistics import (
    FALSE_ALARM,
    assert_chance,
    assert_law,
    law_p_value,
    law_power,
    margin,
)


def integer_model(n, seed, labels=None):
    """Frustrated couplings and biases of whole numbers: fields without rounding."""
    rng = np.random.default_rng(seed)
    J = np.triu(rng.integers(-2, 3, (n, n)), 1)
    return IsingModel(J + J.T, rng.integers(-2, 3, n), offset=0.5, labels=labels)


def glass(n, seed):
    """Couplings and biases from a continuum."""
    rng = np.random.default_rng(seed)
    J = np.triu(rng.normal(size=(n, n)), 1)
    return IsingModel(J + J.T, rng.normal(size=n), offset=-2.0)


def directed(n, seed):
    rng = np.random.default_rng(seed)
    weights = rng.integers(-2, 3, (n, n))
    np.fill_diagonal(weights, 0)
    return PCircuit(weights, rng.integers(-1, 2, n))


def triangle():
    """Three p-bits that all want to differ, and a bias that breaks the tie."""
    return IsingModel({(0, 1): -1.0, (1, 2): -1.0, (0, 2): -1.0}, [0.5, 0.0, -0.25])


def numbers(states):
    """States as whole numbers, little-endian."""
    return ((states > 0) << np.arange(states.shape[-1])).sum(axis=-1)


def key_of(rng):
    source = streams(rng)
    return source.key0, source.key1


# The same bits as a chain of plain Python. These models are of small whole numbers, which
# "auto" has by another law of draws.

REAL_KERNELS = [
    ("random", "chain"),
    *itertools.product(("sequential", "chromatic"), ("chain", "lanes", "dense")),
]


@pytest.mark.parametrize(("order", "kernel"), REAL_KERNELS)
@pytest.mark.parametrize("n", [1, 3, 4, 9, 130])
def test_every_chain_has_the_bits_of_the_slow_twin(n, order, kernel):
    model, sweeps = integer_model(n, n), 4 if n > 100 else 12
    samples = sample(model, 0.3, 3, sweeps, 2, order, rng=5, kernel=kernel)
    pbits = update_order(model, order).tolist()
    for chain in range(3):
        slow = oracles.gibbs(
            model, [0.3] * (2 + sweeps), key_of(5), chain, pbits, half_logit,
            random=order == "random",
        )  # fmt: skip
        np.testing.assert_array_equal(samples.states[chain], slow[2:])


@pytest.mark.parametrize(("order", "kernel"), REAL_KERNELS)
def test_clamped_chains_have_the_bits_of_the_slow_twin(order, kernel):
    model = integer_model(6, 1, labels="abcdef")
    clamp = [{"c": 1}, {"c": -1}, {}, {"a": 1, "f": -1}, dict.fromkeys("abcdef", 1)]
    samples = sample(model, 0.4, 5, 10, 0, order, clamp, rng=8, kernel=kernel)
    for chain, own in enumerate(clamp):
        held = [(model.index(label), value) for label, value in own.items()]
        fixed = {i for i, _ in held}
        pbits = [i for i in update_order(model, order).tolist() if i not in fixed]
        slow = oracles.gibbs(
            model, [0.4] * 10, key_of(8), chain, pbits, half_logit,
            held=held, random=order == "random",
        )  # fmt: skip
        np.testing.assert_array_equal(samples.states[chain], slow)


@pytest.mark.parametrize(
    ("order", "kernel"), [case for case in REAL_KERNELS if case[0] != "chromatic"]
)
def test_directed_circuits_have_the_bits_of_the_slow_twin(order, kernel):
    circuit = directed(5, 3)
    samples = sample(circuit, 0.5, 2, 20, 0, order, rng=2, kernel=kernel)
    for chain in range(2):
        slow = oracles.gibbs(
            circuit, [0.5] * 20, key_of(2), chain, list(range(5)), half_logit,
            random=order == "random",
        )  # fmt: skip
        np.testing.assert_array_equal(samples.states[chain], slow)
    assert samples.energies is None
    with pytest.raises(ValueError, match="these samples have no energies"):
        _ = samples.best


@pytest.mark.parametrize("kernel", ["chain", "lanes", "dense"])
def test_the_twin_agrees_beyond_a_renewal_of_the_fields(kernel):
    model, sweeps = integer_model(3, 2), refresh_period(3) + 20
    samples = sample(model, 0.3, 1, sweeps, 0, rng=1, kernel=kernel)
    slow = oracles.gibbs(model, [0.3] * sweeps, key_of(1), 0, [0, 1, 2], half_logit)
    np.testing.assert_array_equal(samples.states[0], slow)


# The right law, by counts of independent chains: false alarms 1e-6.

# name -> (model, beta, independent chains, sweeps after which their start is forgotten)
CASES = {
    "triangle": (triangle(), 1.0, 200_000, 20),
    "glass of 4": (glass(4, 0), 0.5, 100_000, 25),
    "whole numbers, 5": (integer_model(5, 0), 0.3, 60_000, 40),
    "dense glass of 8": (glass(8, 1), 0.35, 60_000, 40),
}


def final_counts(model, beta, n_chains, n_mixing, order, rng):
    samples = sample(model, beta, n_chains, 1, n_mixing, order, rng=rng)
    return np.bincount(numbers(samples.states[:, -1]), minlength=2**model.n)


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("name", CASES)
def test_every_order_samples_the_law_of_enumeration(name, order):
    """A temperature that is 5 % off is sure to be caught (1 - 1e-3 or better), and is."""
    model, beta, n_chains, n_mixing = CASES[name]
    law, wrong = oracles.boltzmann(model, beta), oracles.boltzmann(model, 1.05 * beta)
    assert law_power(n_chains, law, wrong) > 0.999
    assert_law(final_counts(model, beta, n_chains, n_mixing, order, rng=1), law)
    broken = final_counts(model, 1.05 * beta, n_chains, n_mixing, order, rng=1)
    assert law_p_value(broken, law) < FALSE_ALARM
    np.testing.assert_allclose(exact.probabilities(model, beta), law, atol=1e-12)


@pytest.mark.parametrize("name", CASES)
def test_chains_have_forgotten_their_start_where_the_test_of_laws_looks(name):
    """What is left of a uniform start is far below what so many draws could show."""
    model, beta, n_chains, n_mixing = CASES[name]
    matrices = [
        oracles.sweep_matrix(model, update_order(model, order).tolist(), beta)
        for order in ("sequential", "chromatic")
    ]
    matrices.append(oracles.random_sweep_matrix(model, range(model.n), beta))
    law = oracles.boltzmann(model, beta)
    for matrix in matrices:
        reached = np.full(law.size, 1 / law.size)
        reached = reached @ np.linalg.matrix_power(matrix, n_mixing + 1)
        assert (n_chains * (reached - law) ** 2 / law).sum() < 1e-2


@pytest.mark.parametrize("order", ORDERS)
def test_clamps_of_each_chain_give_the_conditional_laws(order):
    """Three clamps, a third of the chains each; the frequencies of every free state."""
    model, beta, _, n_mixing = CASES["whole numbers, 5"]
    clamps = [{0: 1}, {1: -1, 4: 1}, {}]
    own = [clamps[3 * chain // 30_000] for chain in range(30_000)]
    samples = sample(model, beta, 30_000, 1, n_mixing, order, own, rng=3)
    final = numbers(samples.states[:, -1]).reshape(3, -1)
    for clamp, found in zip(clamps, final, strict=True):
        law = oracles.boltzmann(model, beta, clamp)
        assert_law(np.bincount(found, minlength=32), law)
        wrong = oracles.boltzmann(model, 1.3 * beta, clamp)
        assert law_power(10_000, law, wrong) > 1 - FALSE_ALARM
    # Without the clamps it is another law, and the test says so.
    free = oracles.boltzmann(model, beta)
    assert law_p_value(np.bincount(final[0], minlength=32), free) < FALSE_ALARM


@pytest.mark.parametrize("order", ORDERS)
def test_values_of_each_chain_give_the_conditional_laws(order):
    model, beta, _, n_mixing = CASES["glass of 4"]
    values = np.where(np.arange(100_000) % 2, 1, -1)
    samples = sample(model, beta, 100_000, 1, n_mixing, order, {2: values}, rng=4)
    final = numbers(samples.states[:, -1])
    for value in (-1, 1):
        counts = np.bincount(final[values == value], minlength=16)
        assert_law(counts, oracles.boltzmann(model, beta, {2: value}))


@pytest.mark.parametrize("order", ["sequential", "random"])
def test_directed_circuits_settle_at_the_law_of_their_own_chain(order):
    """Not Boltzmann: the stationary law depends on the order of updates."""
    circuit = PCircuit([[0, 1.0, 0], [-0.8, 0, 0.6], [0.7, 1.2, 0]], [0.2, -0.1, 0.3])
    ordered = oracles.stationary(oracles.sweep_matrix(circuit, range(3), 1.0))
    picked = oracles.stationary(oracles.random_sweep_matrix(circuit, range(3), 1.0))
    law, other = (ordered, picked) if order == "sequential" else (picked, ordered)
    n_chains = 50_000
    counts = final_counts(circuit, 1.0, n_chains, 40, order, rng=6)
    assert_law(counts, law)
    assert law_power(n_chains, law, other) > 1 - FALSE_ALARM
    assert law_p_value(counts, other) < FALSE_ALARM


def test_one_p_bit_has_the_chance_of_a_sigmoid():
    """2 x 10**6 independent draws of a p-bit: an error of 0.2 % of its chance shows."""
    for bias, beta in ((0.3, 1.0), (-1.0, 2.0), (0.0, 1.0)):
        samples = sample(IsingModel(np.zeros((1, 1)), [bias]), beta, 100, 20_000, rng=7)
        chance = 1 / (1 + np.exp(-2 * beta * bias))
        assert_chance((samples.states > 0).sum(), samples.states.size, chance)


def test_at_beta_0_every_state_is_as_likely():
    model = glass(5, 3)
    counts = final_counts(model, 0.0, 50_000, 1, "sequential", rng=9)
    assert_law(counts, np.full(32, 1 / 32))


def test_a_cold_chain_stays_in_the_ground_state():
    model = IsingModel({(0, 1): 1.0, (1, 2): 1.0}, [1.0, 1.0, 1.0])
    samples = sample(model, 100.0, 8, 200, 50, rng=0)
    assert (samples.states == 1).all()
    assert samples.best[1] == -5.0


# What the tests of laws themselves are worth.


def test_the_test_of_laws_objects_as_often_as_it_says():
    """At a false-alarm rate of 1 %, 5000 trials: 0.5 % to 1.7 % are objections."""
    rng = np.random.default_rng(0)
    law = oracles.boltzmann(*CASES["whole numbers, 5"][:2])
    trials = rng.multinomial(20_000, law, 5000)
    objections = sum(law_p_value(counts, law) < 0.01 for counts in trials)
    assert 25 < objections < 85


def test_the_test_of_laws_objects_to_what_cannot_be():
    assert law_p_value([5, 1, 94], [0.05, 0.0, 0.95]) == 0.0
    with pytest.raises(AssertionError, match="against the law"):
        assert_law([700, 300], [0.5, 0.5])
    with pytest.raises(AssertionError, match="700 of 1000"):
        assert_chance(700, 1000, 0.5)
    assert law_p_value([100, 0], [1.0, 0.0]) == 1.0
    with pytest.raises(AssertionError, match="too few draws"):
        law_p_value([10, 10], [0.5, 0.5])


def test_power_is_the_share_of_objections():
    rng = np.random.default_rng(1)
    law, other = np.array([0.2, 0.3, 0.5]), np.array([0.22, 0.3, 0.48])
    power = law_power(3000, law, other, false_alarm=0.05)
    objections = np.mean(
        [law_p_value(c, law) < 0.05 for c in rng.multinomial(3000, other, 4000)]
    )
    assert abs(objections - power) < margin(4000) < 0.05


# The same bits, whatever runs beside.


def runs():
    """Ways to sample, clamped and not, of weights whose sums are rounded."""
    model = glass(23, 4)
    per_chain = [{0: 1} if chain % 5 < 2 else {3: -1, 4: 1} for chain in range(64)]
    values = {1: np.where(np.arange(64) % 3, 1, -1)}
    clamps = {"free": None, "clamped": {2: 1}, "values": values, "own": per_chain}
    for order, (name, clamp) in itertools.product(ORDERS, clamps.items()):
        yield pytest.param(model, order, clamp, id=f"{order}, {name}")


def first(clamp, n_chains):
    """The clamp of the first chains."""
    if isinstance(clamp, dict):
        return {k: v if np.ndim(v) == 0 else v[:n_chains] for k, v in clamp.items()}
    return clamp if clamp is None else clamp[:n_chains]


@pytest.mark.parametrize(("model", "order", "clamp"), list(runs()))
def test_one_seed_makes_the_same_bits_on_any_number_of_threads_and_chains(
    model, order, clamp
):
    def run(n_chains, n_threads):
        given = first(clamp, n_chains)
        return sample(
            model, 0.4, n_chains, 50, 7, order, given, 11, n_threads=n_threads
        )

    alone = run(64, 1)
    assert alone.sha256 == run(64, 2).sha256 == run(64, 5).sha256
    few = run(8, 2)
    assert few.sha256 == run(8, 1).sha256
    np.testing.assert_array_equal(few.states, alone.states[:8])
    np.testing.assert_array_equal(few.energies, alone.energies[:8])


def test_one_generator_makes_other_bits_each_time_and_one_seed_the_same():
    model = triangle()
    rng = np.random.default_rng(1)
    hashes = [sample(model, 1, 4, 20, rng=rng).sha256 for _ in range(2)]
    rng = np.random.default_rng(1)
    assert hashes == [sample(model, 1, 4, 20, rng=rng).sha256 for _ in range(2)]
    hashes += [sample(model, 1, 4, 20).sha256 for _ in range(2)]
    hashes += [sample(model, 1, 4, 20, rng=seed).sha256 for seed in (1, 2)]
    assert len(set(hashes)) == 6


@pytest.mark.parametrize("order", ORDERS)
def test_chains_are_independent_of_one_another(order):
    """100,000 pairs of neighbouring chains: 1 % too many agreements would show."""
    model = IsingModel(np.zeros((10, 10)), np.zeros(10))
    states = sample(model, 1.0, 10_001, 1, 2, order, rng=1).states[:, 0]
    agreements = states[1:] == states[:-1]
    assert_chance(agreements.sum(), agreements.size, 0.5)


@pytest.mark.parametrize("order", ORDERS)
def test_a_longer_run_begins_with_the_shorter_one(order):
    """Also where fields are renewed between the two ends, and with rounded sums."""
    model = glass(7, 6)
    short = sample(model, 0.5, 3, refresh_period(7) - 20, 10, order, rng=2)
    long = sample(model, 0.5, 3, 2 * refresh_period(7) + 5, 10, order, rng=2)
    np.testing.assert_array_equal(long.states[:, : short.n_kept], short.states)
    np.testing.assert_array_equal(long.energies[:, : short.n_kept], short.energies)


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("period", [1, 7, 64, 10_000])
def test_when_fields_are_renewed_changes_nothing_where_sums_are_exact(
    monkeypatch, order, period
):
    model = integer_model(9, 7)
    usual = sample(model, 0.3, 5, 300, 5, order, rng=3)
    monkeypatch.setattr(chains, "refresh_period", lambda n: period)
    assert sample(model, 0.3, 5, 300, 5, order, rng=3).sha256 == usual.sha256


@pytest.mark.parametrize("n", [1, 10, 2**16, 2**20, 10**9])
def test_fields_are_renewed_every_16_to_256_sweeps(n):
    assert 16 <= refresh_period(n) <= 256


@pytest.mark.parametrize("order", ORDERS)
def test_energies_are_those_of_the_states(order):
    model = glass(60, 8)
    samples = sample(model, 0.2, 4, 1000, 3, order, rng=4)
    truth = model.energy(samples.states)
    np.testing.assert_allclose(samples.energies, truth, rtol=0, atol=1e-9)
    state, energy = samples.best
    assert energy == pytest.approx(oracles.energy(model, state), abs=1e-9)
    assert energy == samples.energies.min()


# Options.


def test_keep_every_keeps_every_so_many_th_state_after_the_warmup():
    model = integer_model(5, 9)
    all_of_them = sample(model, 0.3, 3, 31, 4, rng=5)
    for every in (2, 7, 31):
        some = sample(model, 0.3, 3, 31, 4, rng=5, keep_every=every)
        assert some.n_kept == 31 // every
        kept = slice(every - 1, None, every)
        np.testing.assert_array_equal(some.states, all_of_them.states[:, kept])
        np.testing.assert_array_equal(some.energies, all_of_them.energies[:, kept])


@pytest.mark.parametrize("order", ORDERS)
def test_one_sweep_from_a_given_state_has_the_law_of_one_sweep(order):
    model, start = integer_model(4, 4), np.array([1, -1, 1, -1], np.int8)
    samples = sample(model, 0.3, 50_000, 1, 0, order, rng=1, initial=start)
    pbits = update_order(model, order).tolist()
    matrix_of = {"random": oracles.random_sweep_matrix}.get(order, oracles.sweep_matrix)
    matrix = matrix_of(model, pbits, 0.3)
    law = matrix[oracles.number_of(start)]
    assert_law(np.bincount(numbers(samples.states[:, 0]), minlength=16), law)
    if order == "random":  # the other orders forget the first p-bit's start at once
        other = matrix[oracles.number_of(-start)]
        assert law_power(50_000, law, other) > 1 - FALSE_ALARM


def test_given_states_may_lie_in_memory_in_any_way():
    model, start = integer_model(6, 4), np.array([1, -1, 1, -1, -1, 1])
    every = np.array([start] * 3)
    runs = {
        sample(model, 0.2, 3, 20, 0, "random", rng=1, initial=initial).sha256
        for initial in (start, every, every.tolist(), every.astype(float), every[::-1])
    }
    runs.add(
        sample(model, 0.2, 3, 20, 0, "random", rng=1, initial=every.T.copy().T).sha256
    )
    assert len(runs) == 1


def test_clamped_p_bits_stay_and_the_others_begin_as_given():
    model, start = glass(5, 1), np.array([1, -1, 1, -1, -1], np.int8)
    everyone = {i: -int(start[i]) for i in range(5)}
    samples = sample(model, 1.0, 3, 4, 0, clamp=everyone, initial=start, rng=0)
    assert (samples.states == -start).all()
    all_but_one = dict(list(everyone.items())[:4])
    samples = sample(model, 0.0, 3, 40, 0, clamp=all_but_one, initial=start, rng=0)
    assert (samples.states[..., :4] == -start[:4]).all()
    assert len(np.unique(samples.states[..., 4])) == 2
    assert start.tolist() == [1, -1, 1, -1, -1]


def test_initial_states_replace_the_random_ones_and_nothing_else():
    """Given the states that the seed would have chosen, a run is the same."""
    model = integer_model(6, 2)
    key, usual = key_of(3), sample(model, 0.3, 4, 30, 0, rng=3)
    start = np.array([oracles.initial_state(key, 0, chain, 6) for chain in range(4)])
    assert sample(model, 0.3, 4, 30, 0, rng=3, initial=start).sha256 == usual.sha256


def test_progress_is_told_from_the_first_block_of_sweeps_to_the_last():
    calls = []
    n_sweeps = 3 * refresh_period(3) - 10
    sample(triangle(), 1.0, 2, n_sweeps, 20, rng=0, progress=lambda *c: calls.append(c))
    total = n_sweeps + 20
    done = [refresh_period(3), 2 * refresh_period(3), 3 * refresh_period(3), total]
    assert calls == [(k, total) for k in done]


def test_a_progress_bar_goes_to_standard_error(capsys):
    sample(triangle(), 1.0, 2, 1000, rng=0, progress=True)
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "sweep" in captured.err


def test_progress_changes_no_bits():
    runs = [
        sample(triangle(), 1.0, 2, 900, rng=0, progress=progress).sha256
        for progress in (False, lambda done, total: None)
    ]
    assert runs[0] == runs[1]


def test_info_says_how_samples_were_made():
    samples = sample(triangle(), 0.7, 2, 9, 3, "random", rng=42, keep_every=2)
    assert samples.info == {
        "version": pbit.__version__,
        "rng": {"entropy": 42, "spawn_key": []},
        "n": 3,
        "sweeps_done": 12,
        "stopped": None,
        "law": "real",
        "sampler": "gibbs",
        "beta": 0.7,
        "n_sweeps": 9,
        "n_warmup": 3,
        "order": "random",
        "keep_every": 2,
    }
    assert samples.states.dtype == np.int8
    assert not samples.states.flags.writeable


def test_labels_come_back_with_the_samples():
    model = IsingModel({("x", "y"): 1.0}, labels=["x", "y"])
    samples = sample(model, 1.0, 2, 5, clamp={"y": -1}, rng=0)
    assert samples.labels == ("x", "y")
    assert (samples.column("y") == -1).all()


def test_models_without_p_bits_and_without_couplings_can_be_sampled():
    for order in ORDERS:
        none = sample(IsingModel(np.zeros((0, 0))), 1.0, 2, 3, 1, order, rng=0)
        assert none.states.shape == (2, 3, 0)
        assert (none.energies == 0).all()


# Stopping early.


def test_an_interrupt_keeps_what_there_is():
    model, block = glass(6, 2), refresh_period(6)

    def interrupt(done, total):
        if done == 2 * block:
            raise KeyboardInterrupt

    whole = sample(model, 0.5, 4, 4 * block, 10, rng=1)
    part = sample(model, 0.5, 4, 4 * block, 10, rng=1, progress=interrupt)
    assert part.info["stopped"] == "interrupted"
    assert part.info["sweeps_done"] == 2 * block
    assert part.n_kept == 2 * block - 10
    np.testing.assert_array_equal(part.states, whole.states[:, : part.n_kept])
    np.testing.assert_array_equal(part.energies, whole.energies[:, : part.n_kept])
    some = sample(
        model, 0.5, 4, 4 * block, 10, rng=1, progress=interrupt, keep_every=100
    )
    assert some.n_kept == (2 * block - 10) // 100
    np.testing.assert_array_equal(some.states, whole.states[:, 99 : part.n_kept : 100])


def test_an_interrupt_from_outside_keeps_what_there_is():
    """SIGINT while the threads are at work, as from a keyboard."""
    model, timers = glass(200, 2), []

    def start(done, total):
        if not timers:
            timers.append(threading.Timer(0.02, os.kill, (os.getpid(), signal.SIGINT)))
            timers[0].start()

    part = sample(
        model, 0.1, 8, 10**6, 0, rng=1, progress=start, keep_every=256, n_threads=2
    )
    assert part.info["stopped"] == "interrupted"
    assert 1 <= part.n_kept < 3000
    usual = sample(model, 0.1, 8, 256 * min(part.n_kept, 4), 0, rng=1, keep_every=256)
    np.testing.assert_array_equal(part.states[:, : usual.n_kept], usual.states)


def test_an_interrupt_before_there_is_a_state_goes_on_to_the_caller():
    def interrupt(done, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        sample(triangle(), 1.0, 2, 1000, 1000, rng=1, progress=interrupt)


def test_an_error_of_the_progress_function_goes_on_to_the_caller():
    def fail(done, total):
        msg = "the disk is full"
        raise OSError(msg)

    with pytest.raises(OSError, match="the disk is full"):
        sample(triangle(), 1.0, 2, 1000, rng=1, progress=fail)


def test_a_time_limit_keeps_what_there_is():
    model, block = glass(6, 2), refresh_period(6)
    part = sample(model, 0.5, 4, 4 * block, 10, rng=1, time_limit=0)
    assert part.info["stopped"] == "time limit"
    assert part.n_kept == block - 10
    whole = sample(model, 0.5, 4, 4 * block, 10, rng=1, time_limit=1000)
    assert whole.info["stopped"] is None
    np.testing.assert_array_equal(part.states, whole.states[:, : block - 10])


def test_a_run_that_ends_with_its_time_was_not_stopped():
    samples = sample(triangle(), 1.0, 2, 100, 0, rng=1, time_limit=0)
    assert samples.n_kept == 100
    assert samples.info["stopped"] is None


def test_time_that_is_over_before_there_is_a_state_is_an_error():
    with pytest.raises(
        TimeoutError, match="time_limit of 0 s was over before a state could be kept"
    ):
        sample(triangle(), 1.0, 2, 1000, 1000, rng=1, time_limit=0)


# Errors at the door.


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"beta": -1}, ValueError, "beta must be finite and >= 0, not -1"),
        ({"beta": np.nan}, ValueError, "beta must be finite and >= 0, not nan"),
        ({"beta": np.inf}, ValueError, "beta must be finite and >= 0, not inf"),
        ({"beta": "1"}, TypeError, "beta must be a number, not '1'"),
        ({"beta": True}, TypeError, "beta must be a number, not True"),
        ({"n_chains": 0}, ValueError, "n_chains must be at least 1, not 0"),
        ({"n_chains": 2.0}, TypeError, "n_chains must be a whole number, not 2.0"),
        ({"n_sweeps": 0}, ValueError, "n_sweeps must be at least 1, not 0"),
        ({"n_sweeps": "9"}, TypeError, "n_sweeps must be a whole number, not '9'"),
        ({"n_warmup": -1}, ValueError, "n_warmup must be at least 0, not -1"),
        ({"keep_every": 0}, ValueError, "keep_every must be at least 1, not 0"),
        (
            {"keep_every": 9},
            ValueError,
            "keep_every must be at most n_sweeps = 8, not 9",
        ),
        ({"n_threads": 0}, ValueError, "n_threads must be at least 1, not 0"),
        ({"n_threads": 1.5}, TypeError, "n_threads must be a whole number, not 1.5"),
        (
            {"order": "chromatc"},
            ValueError,
            "order must be one of 'sequential', 'random', 'chromatic', "
            "not 'chromatc'; did you mean 'chromatic'?",
        ),
        ({"rng": -3}, ValueError, "rng must be >= 0, not -3"),
        ({"rng": "3"}, TypeError, "rng must be None, an int, a SeedSequence or"),
        ({"time_limit": -1}, ValueError, "time_limit must be finite and >= 0, not -1"),
        ({"time_limit": np.nan}, ValueError, "time_limit must be finite and >= 0"),
        ({"time_limit": "1 s"}, TypeError, "time_limit must be a number, not '1 s'"),
        ({"progress": "yes"}, TypeError, "progress must be True, False or a function"),
        ({"initial": [1, 1]}, ValueError, "initial must have shape (..., 3), not (2,)"),
        (
            {"initial": np.ones((3, 3))},
            ValueError,
            "initial must have shape (3,) or (2, 3), not (3, 3)",
        ),
        (
            {"initial": [1, 0, 1]},
            ValueError,
            "initial must be -1 or +1: initial[1] = 0",
        ),
        ({"initial": "+++"}, TypeError, "initial must be numbers, -1 or +1, not <U3"),
        ({"clamp": {5: 1}}, KeyError, "no p-bit is called 5: they are numbered 0 to 2"),
    ],
)
def test_bad_arguments_are_refused_with_name_rule_and_value(arguments, error, message):
    with pytest.raises(error) as caught:
        sample(triangle(), **({"n_chains": 2, "n_sweeps": 8} | arguments))
    assert message in str(caught.value)


@pytest.mark.parametrize("model", [None, np.zeros((2, 2)), {(0, 1): 1.0}])
def test_what_is_no_circuit_is_refused(model):
    with pytest.raises(
        TypeError, match="model must be an IsingModel, a PCircuit or a Poly"
    ):
        sample(model)


def test_more_states_than_fit_this_computer_are_refused_before_any_is_made():
    with pytest.raises(
        CapacityError, match=r"keeping 1000 states of 10{12} chains of 3"
    ):
        sample(triangle(), n_chains=10**12)

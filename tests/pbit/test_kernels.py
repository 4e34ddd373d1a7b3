"""The real kernels, exactly: their transition tables are read out through scripted draws.

A draw u reaches a kernel as the threshold half_logit(u). The u at which a p-bit's decision
switches, found by bisection, is its probability of +1; forcing the decisions before it with
draws at either end of (0, 1) gives every branch of a sweep, and so its transition matrix.
"""

import itertools
from typing import Any, NamedTuple

import numba
import numpy as np
import pytest

import hardware.engines.commit
import hardware.engines.draws
import hardware.engines.flips
import hardware.engines.updates
from pbit import IsingModel, PCircuit
from pbit.kernels import (
    coloring,
    dense,
    enumeration,
    gibbs,
    jit,
    lanes,
    numerics,
    philox,
)
from pbit.kernels.prefetch import prefetch
from pbit.random import Use
from pbit.samplers.starting import update_order
from tests import oracles
from tests.pbit.mutants import INVARIANCE_FAULTS, TABLE_FAULTS, plain
from tests.statistics import assert_law

TOLERANCE = 1e-12
ALMOST_0, ALMOST_1 = 2.0**-53, 1.0 - 2.0**-53
KEY = (0x89ABCDEF, 0x01234567)


class Kernels(NamedTuple):
    """What the samplers are made of; a mutant takes the place of one of them."""

    compute_fields: Any = gibbs.compute_fields
    energy_of: Any = gibbs.energy_of
    sweep_ordered: Any = gibbs.sweep_ordered
    sweep_random: Any = gibbs.sweep_random
    half_logit: Any = numerics.half_logit


REAL = Kernels()


def random_model(n, seed, density=1.0):
    """Weights and biases of about 1/2, of all signs, with some offset."""
    rng = np.random.default_rng(seed)
    J = np.triu(rng.normal(size=(n, n)) * (rng.random((n, n)) < density), 1) / 2
    return IsingModel(J + J.T, rng.normal(size=n) / 2, offset=3.5)


def random_circuit(n, seed):
    """Directed weights: nobody hears what it tells."""
    rng = np.random.default_rng(seed)
    weights = rng.normal(size=(n, n)) * (rng.random((n, n)) < 0.7) / 2
    np.fill_diagonal(weights, 0)
    return PCircuit(weights, rng.normal(size=n) / 2)


def triple(matrix):
    return matrix.indptr, matrix.indices, matrix.data


def play(kernels, circuit, beta, start, pbits, draws, random):
    """Make the first updates of `pbits`, one a draw, as `gibbs.run_chains` makes them.

    Returns the state, its fields, and the energies before and after that it claims.
    """
    m, fields = start.copy(), np.empty(circuit.n)
    kernels.compute_fields(*triple(circuit.weights), circuit.h, m, fields)
    before = kernels.energy_of(circuit.h, m, fields)
    made = len(draws)
    order = np.array(pbits[:made], np.int32)
    limits = [kernels.half_logit(u) for u in draws]
    arrays = (*triple(circuit.outgoing), m, fields, beta)
    if random:
        picks = np.arange(made, dtype=np.int32)[::-1].copy()
        gain = kernels.sweep_random(
            *arrays, order[::-1].copy(), picks, np.array(limits)
        )
    else:
        thresholds = np.full(circuit.n, np.nan)
        thresholds[order] = limits
        gain = kernels.sweep_ordered(*arrays, order, thresholds)
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


def check_books(circuit, start, m, fields, before, after):
    """Fields and energies are those of the states, computed afresh."""
    J = circuit.weights.toarray()
    np.testing.assert_allclose(fields, J @ m + circuit.h, rtol=0, atol=TOLERANCE)
    if isinstance(circuit, IsingModel):
        truth = [oracles.energy(circuit, state) for state in (start, m)]
        claimed = [before + circuit.offset, after + circuit.offset]
        np.testing.assert_allclose(claimed, truth, rtol=0, atol=TOLERANCE)


def read_table(kernels, circuit, beta, pbits, random=False):
    """The transition matrix of updates of `pbits`, in this order, by a real kernel."""
    table = np.zeros((2**circuit.n, 2**circuit.n))

    def walk(row, start, draws, chance):
        if len(draws) == len(pbits):
            played = play(kernels, circuit, beta, start, pbits, draws, random)
            check_books(circuit, start, *played)
            table[row, oracles.number_of(played[0])] += chance
            return
        i = pbits[len(draws)]

        def decide(u):
            played = play(kernels, circuit, beta, start, pbits, [*draws, u], random)
            return int(played[0][i])

        up, branches = chance_up(decide)
        for decision, draw in branches.items():
            share = up if decision > 0 else 1.0 - up
            walk(row, start, [*draws, draw], chance * share)

    for row, start in enumerate(oracles.all_states(circuit.n)):
        walk(row, start, [], 1.0)
    return table


def orders_of(model):
    """Sequential, chromatic, and free p-bits only, as under a clamp."""
    n = model.n
    yield list(range(n))
    yield update_order(model, "chromatic").tolist()
    yield list(range(n))[: n - 1][::-1]


def picks_of(n):
    """Some of the n**n sequences that a sweep in random order may pick."""
    rng = np.random.default_rng(n)
    return [[0] * n, *rng.integers(n, size=(2, n)).tolist()]


def check_invariance(kernels, model, beta, faulty=None):
    """Detailed balance of every update, and pi P = pi of every kind of sweep."""
    law = oracles.boltzmann(model, beta)
    for random in (False, True):
        if faulty in ("sweep_ordered", "sweep_random") and random != (
            faulty == "sweep_random"
        ):
            continue  # the other kernel is the real one
        for i in range(model.n):
            flow = law[:, None] * read_table(kernels, model, beta, [i], random)
            np.testing.assert_allclose(flow, flow.T, rtol=0, atol=TOLERANCE)
        sweeps = picks_of(model.n) if random else orders_of(model)
        for pbits in sweeps:
            table = read_table(kernels, model, beta, pbits, random)
            np.testing.assert_allclose(table.sum(axis=1), 1.0, rtol=0, atol=TOLERANCE)
            np.testing.assert_allclose(law @ table, law, rtol=0, atol=TOLERANCE)


def check_tables(kernels, circuit, beta):
    """Every entry of the tables is the product of sigma(2 I) of its updates."""
    for random, sweeps in ((False, orders_of), (True, lambda c: picks_of(c.n))):
        for pbits in sweeps(circuit):
            table = read_table(kernels, circuit, beta, pbits, random)
            exact = oracles.sweep_matrix(circuit, pbits, beta)
            np.testing.assert_allclose(table, exact, rtol=0, atol=TOLERANCE)


def fault_of(mutant):
    return f"{mutant.kernel}, {mutant.fault}"


@pytest.mark.parametrize(
    ("n", "beta"),
    [(2, 0.4), (2, 1.7), (3, 0.4), (3, 1.0), (3, 1.7), (4, 0.4), (4, 1.7)],
)
def test_updates_are_balanced_and_sweeps_keep_the_boltzmann_law(n, beta):
    for density in (1.0, 0.5):
        check_invariance(REAL, random_model(n, 10 * n, density), beta)


def test_five_p_bits_keep_the_boltzmann_law():
    model, beta = random_model(5, 50, 0.7), 0.8
    law = oracles.boltzmann(model, beta)
    for random, pbits in ((False, [3, 0, 4, 1, 2]), (True, [2, 2, 0, 4, 1])):
        table = read_table(REAL, model, beta, pbits, random)
        np.testing.assert_allclose(law @ table, law, rtol=0, atol=TOLERANCE)


@pytest.mark.parametrize("n", [2, 3])
def test_a_sweep_in_random_order_keeps_the_law_averaged_over_all_picks(n):
    model, beta = random_model(n, 7 + n), 0.9
    every = list(itertools.product(range(n), repeat=n))
    table = sum(read_table(REAL, model, beta, list(picks), True) for picks in every)
    table /= len(every)
    exact = oracles.random_sweep_matrix(model, range(n), beta)
    np.testing.assert_allclose(table, exact, rtol=0, atol=TOLERANCE)
    law = oracles.boltzmann(model, beta)
    np.testing.assert_allclose(law @ table, law, rtol=0, atol=TOLERANCE)


@pytest.mark.parametrize("n", [2, 3, 4])
def test_tables_are_products_of_sigmoids_for_directed_weights_too(n):
    check_tables(REAL, random_model(n, 3 * n), 0.7)
    check_tables(REAL, random_circuit(n, 5 * n), 1.1)


def test_a_sequential_sweep_is_not_reversible_though_it_keeps_the_law():
    """The table is that of a sweep in order, not of some balanced mixture."""
    model = random_model(3, 30)
    flow = oracles.boltzmann(model)[:, None] * read_table(REAL, model, 1.0, [0, 1, 2])
    assert np.abs(flow - flow.T).max() > 1e-3


@pytest.mark.parametrize("mutant", INVARIANCE_FAULTS, ids=fault_of)
def test_a_kernel_broken_on_purpose_fails_the_test_of_invariance(mutant):
    broken = REAL._replace(**{mutant.kernel: mutant.make()})
    with pytest.raises(AssertionError, match="Not equal to tolerance"):
        check_invariance(broken, random_model(3, 30), 0.8, mutant.kernel)


@pytest.mark.parametrize("mutant", TABLE_FAULTS, ids=fault_of)
def test_a_sweep_that_is_another_one_fails_the_test_of_tables(mutant):
    broken = REAL._replace(**{mutant.kernel: mutant.make()})
    with pytest.raises(AssertionError, match="Not equal to tolerance"):
        check_tables(broken, random_model(3, 30), 0.8)


def test_unbroken_sources_pass_what_mutants_fail():
    """The detour through source and exec is not what makes mutants fail."""
    kernels = Kernels(*(plain(kernel) for kernel in REAL))
    check_invariance(kernels, random_model(3, 30), 0.8)
    check_tables(kernels, random_model(3, 30), 0.8)


# fields, energies, draws


@pytest.mark.parametrize("n", [1, 2, 7, 40])
def test_fields_and_energies_are_those_of_the_formula(n):
    model, circuit = random_model(n, n, 0.6), random_circuit(n, n)
    rng = np.random.default_rng(n)
    fields = np.empty(n)
    for state in rng.choice(np.array([-1, 1], np.int8), (5, n)):
        gibbs.compute_fields(*triple(circuit.weights), circuit.h, state, fields)
        slow = circuit.weights.toarray() @ state + circuit.h
        np.testing.assert_allclose(fields, slow, atol=1e-13)
        gibbs.compute_fields(*triple(model.weights), model.h, state, fields)
        claimed = gibbs.energy_of(model.h, state, fields) + model.offset
        assert claimed == pytest.approx(oracles.energy(model, state), abs=1e-12)


@pytest.mark.parametrize("n", [1, 2, 3, 4, 5, 8, 13, 130])
@pytest.mark.parametrize("sweep", [0, 3, 2**32 + 1])
def test_thresholds_of_a_sweep_are_those_of_its_words(n, sweep):
    thresholds = np.full(4 * ((n + 3) // 4), np.nan)
    gibbs.fill_thresholds(thresholds, *KEY, int(Use.SWEEP), 6, sweep)
    words = oracles.threshold_words(KEY, int(Use.SWEEP), 6, sweep, n)
    expected = [numerics.half_logit((word + 0.5) / 2**32) for word in words]
    assert thresholds[:n].tolist() == expected
    assert np.isfinite(thresholds).all()


@pytest.mark.parametrize("n", [1, 2, 3, 7, 100])
def test_picks_of_a_sweep_are_those_of_its_words(n):
    picks, thresholds = np.full(n, -1, np.int32), np.full(n, np.nan)
    gibbs.fill_picks(picks, thresholds, n, *KEY, int(Use.SWEEP), 2, 9)
    for t in range(n):
        w0, w1, w2, w3 = oracles.pick_words(KEY, int(Use.SWEEP), 2, 9, t)
        assert picks[t] == int(oracles.unit(w0, w1) * n)
        assert thresholds[t] == numerics.half_logit(oracles.unit(w2, w3))


def test_the_largest_draw_picks_the_last_p_bit_of_any_number():
    largest = philox.unit_from_words(philox.MASK, philox.MASK)
    sizes = np.unique(np.geomspace(1, 2**31 - 1, 5000).astype(np.int64))
    sizes = np.concatenate([sizes, 2 ** np.arange(31), 2 ** np.arange(2, 31) - 1])
    assert ((largest * sizes).astype(np.int64) == sizes - 1).all()


def test_picks_are_uniform():
    """70,000 picks of 7: a p-bit picked 4 % too often would be caught."""
    counts, n = np.zeros(7), 7
    picks, thresholds = np.empty(n, np.int32), np.empty(8)
    for sweep in range(10_000):
        gibbs.fill_picks(picks, thresholds, n, *KEY, int(Use.SWEEP), 0, sweep)
        counts += np.bincount(picks, minlength=n)
    assert_law(counts, np.full(n, 1 / n))


def test_a_draw_of_32_bits_is_off_a_chance_by_at_most_half_a_step():
    """P(+1) in a sweep in order is a multiple of 2**-32 nearest to sigma(2 I)."""
    for chance in (0.5, 0.1234567890123, 3e-9, 1.0 - 3e-9):
        target = numerics.half_logit(chance)
        guess = int(chance * 2**32)
        near = [np.uint64(max(0, guess + k)) for k in range(-3, 4)]
        below = [word for word in near if gibbs.threshold(word) < target]
        words = int(below[-1]) + 1 if below else 0  # all words below lead to +1
        assert abs(words / 2**32 - chance) <= 2**-33 * (1 + 1e-6)
    ends = [gibbs.threshold(np.uint64(0)), gibbs.threshold(philox.MASK)]
    np.testing.assert_allclose(ends, [-16.5 * np.log(2.0), 16.5 * np.log(2.0)], 1e-9)


def test_a_sweep_over_no_free_p_bits_does_nothing():
    model = random_model(3, 1)
    start = np.array([1, -1, 1], np.int8)
    for random in (False, True):
        m, _, before, after = play(REAL, model, 1.0, start, [], [], random)
        assert (m.tolist(), after) == (start.tolist(), before)


# how they are compiled


def kernels_of(module):
    found = {k: f for k, f in vars(module).items() if hasattr(f, "targetoptions")}
    return [
        pytest.param(f, id=f"{module.__name__}.{name}") for name, f in found.items()
    ]


MODULES = [
    coloring, dense, enumeration, gibbs, lanes, numerics, philox, hardware.engines.commit,
    hardware.engines.draws, hardware.engines.flips, hardware.engines.updates,
]  # fmt: skip


@pytest.mark.skipif(numba.config.DISABLE_JIT, reason="nothing is compiled")
@pytest.mark.parametrize("kernel", [k for m in MODULES for k in kernels_of(m)])
def test_kernels_keep_the_order_of_sums_release_the_lock_and_are_cached(kernel):
    options = kernel.targetoptions
    assert options["fastmath"] is False
    assert options["nogil"] is True
    assert jit.OPTIONS["cache"] is True
    assert type(kernel._cache).__name__ == "FunctionCache"


@pytest.mark.skipif(numba.config.DISABLE_JIT, reason="nothing is compiled")
@pytest.mark.parametrize("index", [np.int32, np.int64, np.uint32, np.uint64])
@pytest.mark.parametrize("dtype", [np.int8, np.int32, np.float64])
def test_a_prefetch_changes_nothing_wherever_it_points(index, dtype):
    @numba.njit
    def fetch_and_sum(array, place):
        prefetch(array, place)
        return array.sum()

    array = np.arange(100).astype(dtype)
    for place in (0, 99, 100, 10**6):
        assert fetch_and_sum(array, index(place)) == array.sum()
    assert (array == np.arange(100)).all()


@pytest.mark.skipif(numba.config.DISABLE_JIT, reason="nothing is compiled")
def test_a_prefetch_wants_an_array_and_a_whole_number():
    @numba.njit
    def fetch(array, place):
        prefetch(array, place)

    for arguments in ((np.zeros(3), 0.5), (3, 0)):
        with pytest.raises(numba.TypingError, match="prefetch"):
            fetch(*arguments)

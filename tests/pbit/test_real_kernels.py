"""Kernels of the law "real": the same bits from each, and the law they are said to have."""

import sys
import types
from pathlib import Path

import numba
import numpy as np
import pytest
from llvmlite import ir
from numba import types as numba_types
from numba.extending import intrinsic

from pbit import IsingModel, PCircuit, PolynomialModel, anneal, exact, sample
from pbit.kernels import dense, gibbs, jit, lane_vectors, lanes, single
from pbit.random import Use
from pbit.samplers import kernel_choice
from pbit.samplers.kernel_choice import PlanesLaw, PolynomialLaw, RealLaw, choose
from pbit.samplers.starting import update_order
from tests import oracles
from tests.pbit.test_gibbs import CASES, numbers
from tests.statistics import (
    FALSE_ALARM,
    assert_chance,
    assert_law,
    law_p_value,
    law_power,
)

KERNELS = ("chain", "lanes", "dense")
KEY = (0x89ABCDEF, 0x01234567)
FIRST_SWEEP, REFRESH, EVERY = 2**32 - 20, 16, 3


def glass(n, seed, density=1.0):
    rng = np.random.default_rng(seed)
    J = np.triu(rng.normal(size=(n, n)) * (rng.random((n, n)) < density), 1)
    return IsingModel(J + J.T, rng.normal(size=n) / 2, offset=-2.0)


def directed(n, seed):
    rng = np.random.default_rng(seed)
    weights = rng.normal(size=(n, n)) * (rng.random((n, n)) < 0.4)
    np.fill_diagonal(weights, 0)
    return PCircuit(weights, rng.normal(size=n))


def triple(matrix):
    return matrix.indptr, matrix.indices, matrix.data


def play(module, circuit, n_chains, betas, free, first_chain=7):
    """All that `run_chains` of a kernel's module leaves behind, as one list of arrays."""
    rng = np.random.default_rng(circuit.n)
    states = rng.choice(np.array([-1, 1], np.int8), (n_chains, circuit.n))
    n_kept = len(betas) // EVERY
    kept = np.zeros((n_chains, n_kept, circuit.n), np.int8)
    results = [
        states, np.zeros(n_chains), kept, np.zeros((n_chains, n_kept)), states.copy(),
        np.full(n_chains, np.inf),
    ]  # fmt: skip
    outgoing = triple(circuit.outgoing)
    if hasattr(module, "dense_rows"):
        outgoing = module.dense_rows(outgoing, circuit.n)
    module.run_chains(
        triple(circuit.weights), outgoing, circuit.h, states, results[1], free, False,
        betas, FIRST_SWEEP, REFRESH, first_chain, *KEY, int(Use.SWEEP), FIRST_SWEEP,
        EVERY, *results[2:],
    )  # fmt: skip
    return results


def assert_same_bits(module, circuit, n_chains, betas, free):
    names = ("states", "energies", "kept", "kept energies", "best", "best energies")
    one = play(gibbs, circuit, n_chains, betas, free)
    other = play(module, circuit, n_chains, betas, free)
    for name, a, b in zip(names, one, other, strict=True):
        np.testing.assert_array_equal(a, b, err_msg=name)


def cases():
    """Circuits, orders with and without clamps, one beta or one a chain."""
    for n, density in ((1, 1.0), (2, 1.0), (5, 0.8), (63, 1.0), (130, 0.1)):
        for circuit in (glass(n, n, density), directed(n, n)):
            rng = np.random.default_rng(n)
            for order in ("sequential", "chromatic"):
                every = update_order(circuit, order)
                yield circuit, every, np.linspace(0.01, 1.5, 50)[:, None].copy()
                yield circuit, every[rng.random(n) < 0.7], rng.random((50, 35))


@pytest.mark.parametrize(
    "module", [lanes, dense, single], ids=["lanes", "dense", "single"]
)
def test_kernels_leave_behind_the_same_bits_as_one_chain_after_the_other(module):
    for circuit, free, betas in cases():
        assert_same_bits(module, circuit, 35, betas, free)


@pytest.mark.parametrize("n_chains", [1, 2, 15, 16, 17, 31, 32, 33, 64, 70])
@pytest.mark.parametrize(
    "module", [lanes, dense, single], ids=["lanes", "dense", "single"]
)
def test_any_number_of_chains_has_the_same_bits(module, n_chains):
    circuit = glass(40, 4, 0.5)
    betas = np.random.default_rng(n_chains).random((40, n_chains))
    free = np.arange(40, dtype=np.int32)
    assert_same_bits(module, circuit, n_chains, betas, free)


@pytest.mark.parametrize(
    "module", [lanes, dense, single], ids=["lanes", "dense", "single"]
)
def test_enough_updates_for_rough_limits_to_leave_thousands_in_doubt(module):
    """2,400,000 updates, hot: 1e-4 of them and more are decided by the exact limit."""
    circuit, free = glass(300, 5, 0.05), np.arange(300, dtype=np.int32)
    betas = np.full((125, 1), 0.2)
    assert_same_bits(module, circuit, 64, betas, free)


def test_sweeps_without_branches_have_the_same_bits():
    """2,400,000 updates of few neighbours, nearly half of which flip; then frozen."""
    circuit, free = glass(300, 6, 0.015), np.arange(300, dtype=np.int32)
    assert circuit.weights.nnz <= single.FEW * circuit.n
    betas = np.repeat([0.1, 0.2, 8.0], (60, 60, 5))[:, None].copy()
    assert_same_bits(single, circuit, 64, betas, free)


@pytest.mark.parametrize("kernel", ["lanes", "dense"])
def test_threads_and_numbers_of_chains_change_no_bits(kernel):
    model = glass(30, 6)
    one = sample(model, 0.5, 70, 20, rng=3, n_threads=1, kernel="chain")
    for n_threads in (1, 2, 5):
        other = sample(model, 0.5, 70, 20, rng=3, n_threads=n_threads, kernel=kernel)
        assert one.sha256 == other.sha256
    few = sample(model, 0.5, 33, 20, rng=3, kernel=kernel)
    np.testing.assert_array_equal(few.states, one.states[:33])


# Rough limits.


@pytest.mark.skipif(numba.config.DISABLE_JIT, reason="nothing is compiled")
def test_rough_limits_are_as_close_as_the_decisions_take_them_to_be():
    """Words at both ends, about powers of two and a million between; 0.8 of what is allowed."""

    @intrinsic
    def rough(typingctx, words, limits, place):
        def generate(context, builder, signature, args):
            make = numba.np.arrayobj.make_array
            width = lane_vectors.LANES
            views = [
                make(kind)(context, builder, array).data
                for kind, array in zip(signature.args[:2], args[:2], strict=True)
            ]
            ends = [builder.gep(view, [args[2]]) for view in views]
            vectors = [ir.VectorType(end.type.pointee, width) for end in ends]
            source, target = (
                builder.bitcast(end, vector.as_pointer())
                for end, vector in zip(ends, vectors, strict=True)
            )
            loaded = builder.load(source, align=4)
            builder.store(lane_vectors._rough(builder, loaded), target, align=4)
            return context.get_dummy_value()

        return numba_types.void(words, limits, numba_types.intp), generate

    @numba.njit
    def fill(words, limits):
        for place in range(0, words.shape[0], lane_vectors.LANES):
            rough(words, limits, place)

    @numba.njit(error_model="numpy")
    def fill_exact(words, limits):
        for k in range(words.shape[0]):
            limits[k] = gibbs.threshold(np.uint64(words[k]))

    rng = np.random.default_rng(0)
    powers = 2 ** np.arange(3, 32)[:, None] + np.arange(-4, 5)
    spread = (2.0 ** rng.uniform(0, 32, 500_000)).astype(np.int64)
    flat = rng.integers(0, 2**32, 500_000)
    words = np.concatenate([np.arange(5000), powers.ravel(), spread, flat])
    words = np.concatenate([words, 2**32 - 1 - words])
    words = words[: words.size // lane_vectors.LANES * lane_vectors.LANES]
    words = words.astype(np.uint32)
    found, truth = np.empty(words.size, np.float32), np.empty(words.size)
    fill(words, found)
    fill_exact(words, truth)
    assert np.abs(found - truth).max() < 0.8 * lane_vectors.DOUBT


# The law.


def final_states(model, beta, kernel, initial, n_sweeps, order="sequential", rng=1):
    """States as whole numbers after `n_sweeps` from these, one chain each."""
    n_chains = len(initial)
    samples = sample(
        model, beta, n_chains, 1, n_sweeps - 1, order, rng=rng, initial=initial,
        kernel=kernel,
    )  # fmt: skip
    return numbers(samples.states[:, -1])


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("order", ["sequential", "chromatic"])
def test_one_sweep_has_the_transition_table_of_its_updates(kernel, order):
    """From each of 16 states 50,000 chains: inputs 5 % too large would be caught."""
    model, beta, repeats = glass(4, 3), 0.6, 50_000
    updates = update_order(model, order).tolist()
    table = oracles.sweep_matrix(model, updates, beta)
    wrong = oracles.sweep_matrix(model, updates, 1.05 * beta)
    powers = [law_power(repeats, *pair) for pair in zip(table, wrong, strict=True)]
    assert max(powers) > 0.999
    starts = oracles.all_states(4)
    ends = final_states(
        model, beta, kernel, np.repeat(starts, repeats, axis=0), 1, order
    )
    for row, found in zip(table, ends.reshape(16, repeats), strict=True):
        assert_law(np.bincount(found, minlength=16), row, FALSE_ALARM / 16)


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("name", CASES)
def test_every_kernel_samples_the_law_of_enumeration(name, kernel):
    """A temperature that is 5 % off is caught with 1 - 1e-3, and is."""
    model, beta, n_chains, n_mixing = CASES[name]
    law, wrong = oracles.boltzmann(model, beta), oracles.boltzmann(model, 1.05 * beta)
    assert law_power(n_chains, law, wrong) > 0.999

    def counts(beta):
        samples = sample(model, beta, n_chains, 1, n_mixing, rng=5, kernel=kernel)
        return np.bincount(numbers(samples.states[:, -1]), minlength=2**model.n)

    assert_law(counts(beta), law)
    assert law_p_value(counts(1.05 * beta), law) < FALSE_ALARM


@pytest.mark.slow
@pytest.mark.parametrize("kernel", KERNELS)
def test_twelve_p_bits_sample_the_law_of_enumeration(kernel):
    """400,000 chains over 4096 states: a temperature 5 % off is caught, and is."""
    model, beta, n_chains = glass(12, 8), 0.3, 400_000
    law, wrong = (exact.probabilities(model, b) for b in (beta, 1.05 * beta))
    assert law_power(n_chains, law, wrong) > 0.999
    samples = sample(model, beta, n_chains, 1, 40, rng=6, kernel=kernel)
    counts = np.bincount(numbers(samples.states[:, -1]), minlength=2**12)
    assert_law(counts, law)
    assert law_p_value(counts, wrong) < FALSE_ALARM


INPUTS = (-1.5, 0.0, 0.4, 1.2)
LISTENERS = 64  # p-bits of each input


def listeners(inputs):
    """P-bits that hear nothing but one that is held at +1: every draw is independent."""
    n = 1 + LISTENERS * len(inputs)
    weights = np.zeros((n, n))
    weights[1:, 0] = np.repeat(inputs, LISTENERS) / 2
    return PCircuit(weights, np.append(0.0, np.repeat(inputs, LISTENERS) / 2))


def ups(inputs, kernel, n_chains=128, n_sweeps=4000, rounds=2):
    """How often p-bits of each input were +1, and of how many draws."""
    total = np.zeros(len(inputs), np.int64)
    for rng in range(rounds):
        states = sample(
            listeners(inputs), 1.0, n_chains, n_sweeps, 0, clamp={0: 1}, rng=rng,
            kernel=kernel,
        ).states[:, :, 1:]  # fmt: skip
        per_pbit = np.count_nonzero(states > 0, axis=(0, 1))
        total += per_pbit.reshape(len(inputs), LISTENERS).sum(axis=1)
    return total, rounds * n_chains * n_sweeps * LISTENERS


def sigmoid(x):
    return 1.0 / (1.0 + np.exp(-2.0 * np.asarray(x)))


@pytest.mark.slow
@pytest.mark.parametrize("kernel", KERNELS)
def test_a_decisions_chance_is_right_to_a_tenth_of_a_percent(kernel):
    """65,536,000 draws an input; a sigmoid larger or smaller by 0.1 % is caught.

    At chances of 1/2 and more, where so many draws tell: with 1 - 1e-3, and seen to be,
    from inputs at which the true sigmoid is what a wrong one would be here.
    """
    chances = sigmoid(INPUTS)
    found, n_draws = ups(INPUTS, kernel)
    for hits, chance in zip(found, chances, strict=True):
        assert_chance(hits, n_draws, chance, FALSE_ALARM / len(INPUTS))
    for factor in (0.999, 1.001):
        wrong = factor * chances[1:]
        off = np.abs(wrong - chances[1:]) * np.sqrt(n_draws)
        spread = np.sqrt(chances[1:] * (1 - chances[1:]))
        assert (off / spread > 4.9 + 3.1).all()  # false alarms 1e-6, misses 1e-3
        broken = 0.5 * np.log(wrong / (1 - wrong))
        found, n_draws = ups(broken, kernel)
        for hits, chance in zip(found, chances[1:], strict=True):
            with pytest.raises(AssertionError, match="against"):
                assert_chance(hits, n_draws, chance)


# Kernels broken on purpose.


class Broken(types.ModuleType):
    """A kernel's module with one line changed, compiled afresh and not cached."""

    def __init__(self, module, old, new):
        super().__init__("broken")
        source = Path(module.__file__).read_text()
        assert source.count(old) == 1, f"{old!r} is not there once"
        self.__file__ = module.__file__
        uncached = {**jit.OPTIONS, "cache": False}
        decorators = {
            "jit": numba.njit(**uncached),
            "bare": numba.njit(**uncached, _nrt=False),
        }
        line = next(x for x in source.splitlines() if "kernels.jit import" in x)
        source = source.replace(line, "").replace(old, new)
        sys.modules["broken"] = self
        vars(self).update(decorators)
        exec(compile(source, "broken", "exec", dont_inherit=True), vars(self))


MUTANTS = [
    (lanes, "sweeps of all lanes at the first beta", "first + c, betas", "0, betas"),
    (lanes, "neighbours told half", "2.0 * data[e])", "data[e])"),
    (lanes, "doubts taken as they come", "if doubt & live:", "if False:"),
    (lanes, "another chain's draw", "chain + lane, sweep", "chain, sweep"),
    (lanes, "draws of the chains behind", "fill_limits(limits, n, key0, key1, use, chain,",
     "fill_limits(limits, n, key0, key1, use, chain + 1,"),
    (lanes, "fields never renewed", "t == 0 or sweep % refresh == 0", "t == 0"),
    (lanes, "half the gain", "energy[lane] -= 2.0 *", "energy[lane] -="),
    (lanes, "the best is the last", "if energies[c] < lowest[c]:", "if True:"),
    (dense, "doubts taken as they come", "if abs(lead) < DOUBT:", "if False:"),
    (dense, "the block not told", "range(k + 1, pbits.shape[0])", "range(0)"),
    (dense, "nobody else told", "if count > 0:", "if False:"),
    (dense, "the step's factor 2 lost", "step = 2.0 * m[i]", "step = 1.0 * m[i]"),
    (dense, "fields never renewed", "t == 0 or sweep % refresh == 0", "t == 0"),
    (dense, "sums started afresh", "gains[c] = update_block(\n                gains[c]",
     "gains[c] += update_block(\n                0.0"),
]  # fmt: skip


@pytest.mark.slow
@pytest.mark.skipif(numba.config.DISABLE_JIT, reason="nothing is compiled")
@pytest.mark.parametrize(
    ("module", "old", "new"),
    [(m, old, new) for m, _, old, new in MUTANTS],
    ids=[f"{m.__name__.rsplit('.')[-1]}, {fault}" for m, fault, _, _ in MUTANTS],
)
def test_a_kernel_broken_on_purpose_makes_other_bits(module, old, new):
    circuit = glass(300, 5, 0.05)
    free = np.random.default_rng(0).permutation(300).astype(np.int32)
    betas = np.random.default_rng(0).random((60, 40)) / 2
    broken = Broken(module, old, new)
    with pytest.raises(AssertionError, match="Arrays are not equal"):
        assert_same_bits(broken, circuit, 40, betas, free)


# Which kernel.


def test_the_law_depends_on_the_model_and_the_order_alone():
    whole, real = IsingModel({(0, 1): 1.0}), IsingModel({(0, 1): 1.0, (1, 2): 2**0.5})
    assert isinstance(choose(whole, "sequential"), PlanesLaw)
    assert isinstance(choose(whole, "chromatic"), PlanesLaw)
    assert isinstance(choose(whole, "random"), RealLaw)
    assert isinstance(choose(whole, "sequential", one_beta=False), RealLaw)
    assert isinstance(choose(real, "sequential"), RealLaw)
    assert isinstance(
        choose(PolynomialModel({(0, 1, 2): 1.0}), "random"), PolynomialLaw
    )
    for kernel in KERNELS:
        assert choose(whole, "sequential", kernel).law == "real"
    for kernel in ("planes", "bitsliced"):
        assert choose(whole, "sequential", kernel).law == "planes"
    assert sample(whole, 1.0, 2, 3, rng=0).info["law"] == "planes"
    assert sample(real, 1.0, 2, 3, rng=0).info["law"] == "real"


def test_the_number_of_chains_chooses_among_kernels_of_one_law():
    law = choose(glass(20, 1), "sequential")
    assert law.pick(kernel_choice.MANY - 1, False) == "chain"
    assert law.pick(kernel_choice.MANY, False) == "lanes"
    assert law.pick(1000, True) == "chain"
    assert choose(glass(70, 1), "sequential").pick(1, False) == "dense"
    assert choose(glass(70, 1, 0.2), "sequential").pick(100, False) == "lanes"


@pytest.mark.parametrize(
    ("model", "order", "kernel", "message"),
    [
        (glass(3, 0), "sequential", "gpu",
         "kernel must be one of 'auto', 'chain', 'lanes', 'dense', 'planes', "),
        (glass(3, 0), "random", "lanes",
         "kernel 'lanes' takes the orders \"sequential\" and \"chromatic\", not order"),
        (glass(3, 0), "sequential", "bitsliced",
         "kernel 'bitsliced' takes small whole numbers of one unit as weights, not"),
        (PolynomialModel({(0, 1, 2): 1.0}), "sequential", "dense",
         "kernel 'dense' takes circuits of pairs, not a PolynomialModel"),
    ],
)  # fmt: skip
def test_a_kernel_that_cannot_run_a_model_is_refused(model, order, kernel, message):
    with pytest.raises(ValueError, match="kernel") as caught:
        sample(model, 1.0, 2, 3, order=order, kernel=kernel)
    assert message in str(caught.value)


# Whole numbers, one chain after the other, of well connected circuits.


@pytest.mark.parametrize("order", ["sequential", "chromatic"])
@pytest.mark.parametrize("size", [1, 5])
def test_rows_of_bytes_make_the_bits_of_neighbours_told_one_by_one(
    monkeypatch, order, size
):
    """Weights up to 63 and beyond: twice them wraps around in a byte, sums come back."""
    rng = np.random.default_rng(size)
    J = np.triu(rng.integers(-size, size + 1, (90, 90)), 1) * (
        rng.random((90, 90)) < 0.1
    )
    J[0, 1:] = 0
    J[0, 1] = 70
    weights = J + J.T
    assert np.abs(weights).sum(axis=1).max() <= 127
    model = IsingModel(weights)
    runs = []
    for sparse in (20, 0):  # with rows and, as if they never paid, without
        monkeypatch.setattr(kernel_choice, "SPARSE", sparse)
        law = choose(model, "sequential", "planes")
        assert (law.rows.shape[0] > 0) == (sparse == 20)
        runs.append(
            sample(
                model, 0.1, 3, 300, 5, order, {4: 1}, 8, keep_every=2, kernel="planes"
            ).sha256
        )
        runs.append(anneal(model, None, 3, 200, rng=8, kernel="planes").sha256)
    assert runs[:2] == runs[2:]

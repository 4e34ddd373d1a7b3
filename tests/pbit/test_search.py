"""Searches against the states that samplers go through, one state at a time."""

import numpy as np
import pytest
from scipy import stats

import pbit
from pbit.kernels.bitsliced_watch import read_numbers
from pbit.samplers.rowwise import fits_by_row
from pbit.samplers.search import search_places
from pbit.samplers.watching import lay_out

RING = {(k, (k + 1) % 12): (-1.0) ** (k % 3) for k in range(12)}
LOW, HIGH = range(6), range(6, 12)


def number(states):
    return (states > 0) @ (1 << np.arange(states.shape[-1]))


def wanted(low, high):
    return (low == 21) & (high == 42)


def first_among(samples):
    """The first sweep, chain and state of kept states whose numbers are wanted."""
    states = samples.states
    hits = wanted(number(states[..., :6]), number(states[..., 6:])).T
    sweep, chain = divmod(int(hits.argmax()), hits.shape[1])
    assert hits[sweep, chain]
    return sweep, chain, states[chain, sweep]


MODELS = {
    "whole numbers": pbit.IsingModel(RING, h=[0, 1] * 6),
    "real numbers": pbit.IsingModel({e: w * 2**0.5 for e, w in RING.items()}, h=[0.3] * 12),
    "terms": pbit.PolynomialModel({(0, 1, 2): 0.5, (5, 6): -1.0, (11,): 0.2}),
}  # fmt: skip


@pytest.mark.parametrize("order", ["sequential", "random", "chromatic"])
@pytest.mark.parametrize("kind", MODELS)
def test_it_finds_the_first_wanted_state_that_the_sampler_goes_through(kind, order):
    model = MODELS[kind]
    run = {"n_chains": 70, "n_sweeps": 600, "rng": 5, "order": order}
    samples = pbit.sample(model, 0.3, n_warmup=0, **run)
    found = pbit.search(model, wanted, (LOW, HIGH), 0.3, **run)
    sweep, chain, state = first_among(samples)
    assert (found.sweep, found.chain) == (sweep, chain)
    assert np.array_equal(found.state, state)
    assert found.sweep < found.sweeps_done <= 600
    assert found.info["law"] == samples.info["law"]


@pytest.mark.parametrize("kind", ["whole numbers", "real numbers"])
def test_threads_and_the_clamped_p_bits_change_nothing_else(kind):
    model = MODELS[kind]
    clamp = {7: 1, 0: 1, 1: -1}
    run = {"n_chains": 1100, "n_sweeps": 50, "rng": 2, "clamp": clamp}
    samples = pbit.sample(model, 0.2, n_warmup=0, **run)
    sweep, chain, state = first_among(samples)
    for n_threads in (1, 2, 5):
        found = pbit.search(model, wanted, (LOW, HIGH), 0.2, n_threads=n_threads, **run)
        assert (found.sweep, found.chain) == (sweep, chain)
        assert np.array_equal(found.state, state)


def test_a_cycle_of_temperatures_is_repeated():
    model = MODELS["whole numbers"]
    cycle = [0.1, 0.5, 2.0]
    found = pbit.search(model, wanted, (LOW, HIGH), cycle, 64, 500, rng=3)
    assert found.sweep > 3
    betas = [cycle[t % 3] for t in range(found.sweep + 1)]
    samples = pbit.anneal(model, betas, 64, len(betas), rng=3, keep="last")
    assert np.array_equal(samples.states[found.chain, 0], found.state)


def test_nothing_found_says_how_far_it_looked():
    model = MODELS["whole numbers"]
    found = pbit.search(model, lambda x: x > 99, [LOW], 1.0, 8, 333, rng=1)
    assert not found
    assert (found.state, found.sweep, found.chain) == (None, -1, -1)
    assert (found.sweeps_done, found.info["stopped"]) == (333, None)


def test_time_and_interrupts_end_a_search_without_end():
    model = MODELS["whole numbers"]
    never = {"n_sweeps": None, "rng": 1, "time_limit": 0.05}
    found = pbit.search(model, lambda x: x > 99, [LOW], **never)
    assert (found.info["stopped"], bool(found)) == ("time limit", False)

    def interrupt(x):
        raise KeyboardInterrupt

    found = pbit.search(model, interrupt, [LOW], **never)
    assert (found.info["stopped"], bool(found)) == ("interrupted", False)


def test_constants_and_signs_are_watched_as_well():
    model = MODELS["real numbers"], MODELS["whole numbers"]
    places = [(0, 1), (-1, 1), (1, -1), (-1, -1), (2, 1)]
    for of in model:
        found = search_places(of, lambda x: x == 0b10110, [places], 0.1, 64, 100, rng=1)
        assert found.state[:3].tolist() == [-1, -1, 1]


def test_numbers_are_read_as_bits_by_bit():
    rng = np.random.default_rng(1)
    places = [
        [(int(i), 1) for i in rng.permutation(90)[:size]] for size in (40, 30, 64, 1)
    ]
    layout = lay_out(places, 90)
    assert (layout.spans[:, 0] % 64 + layout.spans[:, 1] <= 64).all()
    bits = rng.integers(2, size=(3, 90, 130), dtype=np.uint64)
    record = np.zeros((3, len(layout.entries), 4), np.uint64)
    for e, entry in enumerate(layout.entries):
        if entry < 2 * 90:
            for c in range(130):
                record[:, e, c // 64] |= bits[:, entry // 2, c] << np.uint64(c % 64)
    numbers = np.zeros((4, 3, 130), np.uint64)
    read_numbers(record, layout.spans, numbers)
    for k, bus in enumerate(places):
        for t, c in ((0, 0), (1, 63), (2, 64), (2, 129)):
            assert int(numbers[k, t, c]) == sum(
                int(bits[t, i, c]) << b for b, (i, _) in enumerate(bus)
            )


GRADED = {(k, k + 1): 2.0**-k for k in range(8)}


def graded_chain():
    return pbit.IsingModel(GRADED, h=[0.0, 0.5, *[0.0] * 6, 2.0**-8])


def test_rows_have_whole_numbers_of_their_own_units():
    model = graded_chain()
    rows = fits_by_row(model)
    units = rows.units[rows.which]
    entries = np.repeat(np.arange(9), np.diff(model.weights.indptr))
    assert (rows.circuit.weights * units[entries] == model.weights.data).all()
    assert (rows.circuit.biases * units == model.h).all()
    totals = abs(model.weights).sum(axis=1) + abs(model.h)
    assert rows.circuit.largest == (totals / units).max()
    assert rows.runs(np.arange(9, dtype=np.int32))[-1, 0] == 9
    assert (
        pbit.search(model, lambda x: x == 511, [range(9)], rng=1).info["law"]
        == "planes"
    )
    wide = pbit.IsingModel({(0, 1): 1.0, (0, 2): 2.0**-9})
    assert fits_by_row(wide) is None
    assert len(fits_by_row(pbit.IsingModel({(0, 1): 1.0, (0, 2): 3.0})).units) == 1


def histogram(model, beta, scale=1.0):
    """How often each state is seen by 512 chains, every 20th sweep of 8000."""
    counts = np.zeros(2**model.n, np.int64)
    calls = [0]

    def accept(x):
        if calls[0] > 0:
            np.add.at(counts, x[::20].ravel().astype(np.int64), 1)
        calls[0] += 1
        return np.zeros(x.shape, bool)

    pbit.search(
        model, accept, [range(model.n)], beta * scale, 512, 8000, rng=7, n_threads=1
    )
    return counts


def p_value(counts, probabilities):
    return stats.power_divergence(counts, counts.sum() * probabilities, lambda_=0)[1]


def test_units_of_their_own_leave_the_boltzmann_distribution():
    """G-test on 2**9 states and 200,000 almost independent ones.

    False alarm 1e-6; a temperature 6 % off is caught.
    """
    model = graded_chain()
    exact = pbit.exact.probabilities(model, 0.7)
    assert p_value(histogram(model, 0.7), exact) > 1e-6
    assert p_value(histogram(model, 0.7, scale=1.06), exact) < 1e-6


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"n_sweeps": None}, ValueError, "n_sweeps must be a number, not None"),
        ({"n_sweeps": 0}, ValueError, "n_sweeps must be at least 1"),
        ({"n_chains": 0}, ValueError, "n_chains must be at least 1"),
        ({"watch": [[99]]}, KeyError, "99"),
        (
            {"watch": [[0] * 65]},
            ValueError,
            r"watch\[0\] must be at most 64 bits, not 65",
        ),
        ({"beta": -1}, ValueError, "must"),
        ({"clamp": [{0: 1}]}, TypeError, "clamp must be one dictionary"),
        ({"accept": lambda x: x}, TypeError, "accept must return bools of shape"),
        ({"accept": lambda x: np.array(True)}, TypeError, "not bool of shape"),
        ({"model": 3}, TypeError, "model must be"),
    ],
)
def test_bad_arguments_are_refused(change, error, message):
    arguments = {
        "model": MODELS["whole numbers"],
        "accept": wanted,
        "watch": (LOW,),
        "rng": 1,
    }
    with pytest.raises(error, match=message):
        pbit.search(**(arguments | change))

"""One chain on many threads, a colour class at a time: the bits of one thread."""

import itertools

import numpy as np
import pytest

from pbit import IsingModel, PCircuit, anneal, sample
from pbit.samplers import colored
from pbit.samplers.colored import ColoredLaw, share_chains
from pbit.samplers.kernel_choice import RealLaw, choose
from pbit.samplers.starting import update_order


def glass(n, seed, density=0.1):
    rng = np.random.default_rng(seed)
    J = np.triu(rng.normal(size=(n, n)) * (rng.random((n, n)) < density), 1)
    return IsingModel(J + J.T, rng.normal(size=n))


def directed(n, seed):
    rng = np.random.default_rng(seed)
    weights = rng.normal(size=(n, n)) * (rng.random((n, n)) < 0.1)
    np.fill_diagonal(weights, 0)
    return PCircuit(weights, rng.normal(size=n))


@pytest.fixture
def small(monkeypatch):
    """As if chains of any size were large, and sharing them cost nothing."""
    monkeypatch.setattr(colored, "SMALLEST", 0)
    monkeypatch.setattr(colored, "COST", 1)


@pytest.mark.parametrize("n_threads", [2, 3, 7])
@pytest.mark.parametrize("circuit", [glass(60, 1), directed(50, 2)], ids=["J", "W"])
def test_threads_that_share_a_chain_make_its_bits(small, circuit, n_threads):
    runs = [
        sample(
            circuit, 0.7, 2, 600, 5, "chromatic", {3: 1, 9: -1}, 4, n_threads=threads,
            keep_every=2, kernel="chain",
        )
        for threads in (1, n_threads)
    ]  # fmt: skip
    np.testing.assert_array_equal(runs[0].states, runs[1].states)
    if runs[0].energies is not None:
        np.testing.assert_array_equal(runs[0].energies, runs[1].energies)


def test_threads_that_share_a_chain_keep_its_best_state(small):
    model = glass(80, 3)
    runs = [
        anneal(model, None, 1, 300, rng=1, order="chromatic", n_threads=k)
        for k in (1, 4)
    ]
    assert runs[0].sha256 == runs[1].sha256


def test_only_large_chains_far_fewer_than_threads_are_shared(monkeypatch):
    law = choose(glass(30, 1), "chromatic")
    assert share_chains(law, "chromatic", 4, 1) is law
    monkeypatch.setattr(colored, "SMALLEST", 30)
    assert isinstance(share_chains(law, "chromatic", 4, 1), ColoredLaw)
    assert share_chains(law, "sequential", 4, 1) is law
    assert share_chains(law, "chromatic", 3, 1) is law
    assert isinstance(share_chains(law, "chromatic", 7, 2), ColoredLaw)
    assert share_chains(law, "chromatic", 6, 2) is law
    lanes = choose(glass(30, 1), "chromatic", "lanes")
    assert share_chains(lanes, "chromatic", 4, 1) is lanes


def test_classes_are_cut_where_p_bits_hear_each_other():
    circuit = directed(40, 5)
    law = ColoredLaw(RealLaw(circuit), 2)
    order = update_order(circuit, "chromatic")
    ends = law.classes(order)
    heard = circuit.weights.toarray() != 0
    heard |= heard.T
    for first, stop in itertools.pairwise(ends):
        inside = order[first:stop]
        assert not heard[np.ix_(inside, inside)].any()
        if stop < order.size:  # no class could be longer
            assert heard[order[stop], inside].any()
    assert ends[0] == 0
    assert ends[-1] == order.size


def test_an_order_of_too_many_classes_is_left_to_one_thread(small, monkeypatch):
    monkeypatch.setattr(colored, "MOST_CLASSES", 1)
    model = glass(40, 6)
    one, two = (
        sample(model, 0.5, 1, 50, 0, "chromatic", rng=2, n_threads=k) for k in (1, 3)
    )
    assert one.sha256 == two.sha256

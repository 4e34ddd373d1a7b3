"""Deep machines with labels: graphs, votes, classes, completions."""

import itertools

import networkx as nx
import numpy as np
import pytest

import pbit
from pbit.learning import (
    DeepBoltzmannMachine,
    count_votes,
    decide,
    digits,
    king_graph,
    layered_graph,
    scattered_graph,
)
from tests.compilers.shared_data import shared

# Bars of 2 x 3 pixels, and whether the upper one is on.
IMAGES = np.array([[1, 1, 1, 0, 0, 0], [0, 0, 0, 1, 1, 1]])
KINDS = np.array([0, 1])


@pytest.fixture(scope="module")
def learned():
    deep = DeepBoltzmannMachine(
        layered_graph(6, 2, (6, 3), fan_in=4, n_copies=2, rng=1)
    )
    deep.fit(
        np.repeat(IMAGES, 10, axis=0),
        np.repeat(KINDS, 10),
        n_epochs=60,
        learning_rate=0.03,
        batch_size=10,
        rng=1,
    )
    return deep


def test_layers_have_the_fan_in_asked_for_and_share_the_p_bits_below():
    graph = layered_graph(20, 3, (12, 8), fan_in=5, n_copies=4, rng=2)
    first = [("hidden", 0, k) for k in range(12)]
    down = [[v for v in graph[u] if v[0] == "pixel"] for u in first]
    assert all(len(set(row)) == 5 for row in down)
    # 60 couplings to 20 pixels: dealt from decks, none has more than a few.
    counts = [sum(("pixel", k) in row for row in down) for k in range(20)]
    assert sum(counts) == 60
    assert max(counts) <= 4
    labels = [[v for v in graph[u] if v[0] == "label"] for u in first]
    assert all(len(row) == 3 and len({v[1] for v in row}) == 1 for row in labels)
    assert all(graph.degree(("label", c, d)) == 3 for c in range(4) for d in range(3))
    assert all(
        sum(v[:2] == ("hidden", 0) for v in graph[("hidden", 1, k)]) == 5
        for k in range(8)
    )


def test_graphs_depend_on_the_seed_alone():
    def edges(seed):
        return set(map(frozenset, layered_graph(9, 2, (7,), fan_in=3, rng=seed).edges))

    assert edges(3) == edges(3)
    assert edges(3) != edges(4)


def test_roles_scattered_over_a_king_s_graph_keep_its_edges():
    king = king_graph(4, 5)
    assert sorted(d for _, d in king.degree())[0] == 3
    graph = scattered_graph(king, 6, 2, n_copies=2, rng=0)
    assert nx.is_isomorphic(graph, king)
    deep = DeepBoltzmannMachine(graph)
    assert (len(deep.pixels), deep.n_classes, deep.n_copies) == (6, 2, 2)
    assert deep.machine.n_hidden == 10


def test_votes_are_the_label_p_bits_of_the_sampler_s_own_states():
    deep = DeepBoltzmannMachine(layered_graph(4, 3, (5,), n_copies=2, rng=0))
    deep.machine.randomize(0.7, 3)
    images = np.array([[1, -1, 1, 1], [-1, -1, 1, -1], [1, 1, 1, 1]])
    votes = deep.votes(images, 12, rng=5, read_every=3, n_threads=1)
    model = deep.machine.model
    clamp = {name: images[:, k] for k, name in enumerate(deep.pixels)}
    same = pbit.sample(
        model, 1.0, 3, 12, 0, "chromatic", clamp, 5, keep_every=3, n_threads=1
    )
    slow = np.zeros_like(votes)
    for copy, kind in itertools.product(range(2), range(3)):
        slow[:, :, kind] += same.column(("label", copy, kind)) > 0
    assert votes.shape == (3, 4, 3)
    assert (votes == slow).all()
    assert (decide(votes) == slow.sum(axis=1).argmax(axis=1)).all()
    assert (decide(votes, 2) == slow[:, :2].sum(axis=1).argmax(axis=1)).all()


def test_votes_have_the_exact_marginals_of_the_label_p_bits():
    deep = DeepBoltzmannMachine(layered_graph(2, 2, (3,), rng=0))
    deep.machine.randomize(0.8, 1)
    deep.machine.biases[:] = 0.1
    model = deep.machine.model
    p = pbit.exact.probabilities(model)
    states = np.arange(len(p))[:, None] >> np.arange(model.n) & 1
    at = [model.index(name) for name in deep.pixels]
    held = (states[:, at] == [1, 0]).all(axis=1)
    where = [model.index(("label", 0, k)) for k in range(2)]
    exact = (p[held, None] * states[held][:, where]).sum(axis=0) / p[held].sum()
    votes = deep.votes(np.tile([1, 0], (64, 1)), 1000, rng=2, n_threads=1)
    means = votes[:, 20:].mean(axis=1)  # of independent chains
    error = means.std(axis=0, ddof=1) / 8
    # Two normal numbers of 64 chains: 6 errors, passed by chance less than once in 1e6.
    assert (np.abs(means.mean(axis=0) - exact) < 6 * error).all()
    assert (error < 0.01).all()


def test_it_learns_classifies_completes_and_generates(learned):
    assert learned.classify(IMAGES, 200, rng=0, n_threads=1).tolist() == [0, 1]
    made = learned.generate(np.repeat(KINDS, 20), 100, rng=1, n_threads=1) > 0
    wanted = np.repeat(IMAGES, 20, axis=0) > 0
    assert (made == wanted).mean() > 0.85
    known = np.arange(6) < 3
    shown = np.repeat(IMAGES, 20, axis=0)
    filled = learned.complete(shown, known, 100, rng=2, n_threads=1)
    assert ((filled > 0)[:, known] == wanted[:, known]).all()
    assert ((filled > 0)[:, ~known] == wanted[:, ~known]).mean() > 0.85
    same = learned.complete(shown, known, 9, rng=2, kinds=np.repeat(KINDS, 20))
    assert same.shape == (40, 6)


def test_the_same_seed_learns_the_same_weights_and_files_keep_them(learned, tmp_path):
    again = DeepBoltzmannMachine(
        layered_graph(6, 2, (6, 3), fan_in=4, n_copies=2, rng=1)
    )
    again.machine.weights[:] = 9.0  # what was there before does not matter
    data = np.repeat(IMAGES, 10, axis=0), np.repeat(KINDS, 10)
    again.fit(*data, n_epochs=60, learning_rate=0.03, batch_size=10, rng=1)
    assert (again.machine.weights == learned.machine.weights).all()
    learned.machine.save(tmp_path / "deep.npz")
    back = DeepBoltzmannMachine.load(tmp_path / "deep.npz")
    assert back.classes == learned.classes
    votes = [m.votes(IMAGES, 5, rng=3, n_threads=1) for m in (learned, back)]
    assert (votes[0] == votes[1]).all()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda d: d.classify([[0, 1]]), "images must have 6 columns"),
        (lambda d: d.classify([[0, 1, 2, 0, 1, 0]]), r"images\[0, 2\] = 2"),
        (
            lambda d: d.classify(IMAGES, 5, n_warmup=5),
            "n_warmup must be below n_sweeps",
        ),
        (lambda d: d.fit(IMAGES, [0, 2]), r"labels\[1\] = 2"),
        (lambda d: d.fit(IMAGES, [0, np.nan]), "labels must name a class"),
        (lambda d: d.generate([7]), r"labels\[0\] = 7"),
        (lambda d: d.complete(IMAGES, [1, 0]), "known must be 6 booleans"),
        (lambda d: d.votes(IMAGES, 5, read_every=6), "read_every must be at most"),
    ],
)
def test_bad_data_are_refused_by_name(learned, call, message):
    with pytest.raises(ValueError, match=message):
        call(learned)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: layered_graph(4, 2, ()), "hidden must name at least one layer"),
        (lambda: layered_graph(4, 2, (3,), n_copies=4), "n_copies must be at most 3"),
        (lambda: scattered_graph(king_graph(2, 2), 4, 1), "at least 5 nodes"),
        (lambda: DeepBoltzmannMachine(nx.path_graph(3)), "classes must be given"),
        (
            lambda: DeepBoltzmannMachine(nx.path_graph(3), [0], [[1, 2], [2, 1]]),
            "classes must be rows of labels",
        ),
        (lambda: DeepBoltzmannMachine(nx.path_graph(3), [], [[1]]), "pixels must name"),
        (lambda: decide([[1, 2]]), "votes must have shape"),
        (lambda: decide([[[1, 2]]], 2), "n_reads must be at most 1"),
    ],
)
def test_what_does_not_fit_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()


@pytest.mark.slow
def test_digits_are_classified():
    pytest.importorskip("sklearn")
    images, kinds = digits()
    order = np.random.default_rng(0).permutation(len(images))
    learn, held = order[:1437], order[1437:]
    deep = DeepBoltzmannMachine(layered_graph(64, 10, (200, 20), fan_in=32, rng=0))
    deep.fit(images[learn], kinds[learn], n_epochs=60, rng=0)
    found = deep.classify(images[held], 300, rng=0)
    # 93 % and more after 200 epochs (benchmarks/deep_digits.py); 360 images, error 1.5.
    assert (found == kinds[held]).mean() > 0.88


@pytest.mark.slow
def test_the_published_machine_reads_digits():
    from benchmarks import deep_mnist

    it = deep_mnist.load(shared("published", "deep_boltzmann_mnist"))
    assert (it.model.n, it.model.J.nnz // 2) == (4264, 30404)
    votes, _seconds = deep_mnist.through_sampler(it, 128, 2000, "off", 0)
    # 57 % in an independent run; four standard errors of 128 images are 17 points.
    assert abs(deep_mnist.percent_right(votes, it.digits, 2000) - 57) < 17


def test_numbers_of_numpy_are_names_too():
    pair = pbit.IsingModel({(0, 1): 9.0, (0, 2): -9.0})
    votes = count_votes(pair, np.array([[2, 1]]), 1, 2, clamp={0: 1}, rng=0)
    assert votes.tolist() == [[[0, 1], [0, 1]]]

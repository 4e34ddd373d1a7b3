"""Boltzmann machines: graphs, numbers, files, exact likelihoods and what stands for them."""

import itertools

import networkx as nx
import numpy as np
import pytest
from scipy import stats

from pbit import CapacityError, IsingModel, io
from pbit.learning import (
    BoltzmannMachine,
    annealed_log_likelihood,
    data_entropy,
    kl_to_data,
    pseudo_log_likelihoods,
    reconstruction_error,
    reconstructions,
)
from tests.oracles import all_states
from tests.statistics import FALSE_ALARM


def machine_of(seed=0):
    graph = nx.relabel_nodes(nx.circulant_graph(6, [1, 2]), dict(enumerate("fbdace")))
    machine = BoltzmannMachine(graph, "abcd").randomize(0.6, seed)
    machine.biases[:] = np.random.default_rng(seed).normal(0, 0.3, 6)
    return machine


def rows_of(n=20, seed=1, width=4):
    return np.random.default_rng(seed).choice([-1, 1], (n, width)).astype(np.int8)


def test_a_machine_is_its_graph_and_its_model():
    machine = machine_of()
    assert machine.n_visible == 4
    assert machine.n_hidden == 2
    assert machine.n_edges == 12
    names = [machine.labels[i] for i in machine.visible]
    assert names == list("abcd")
    model = machine.model
    assert model.labels == machine.labels
    J = model.J.toarray()
    for (i, j), w in zip(machine.edges, machine.weights, strict=True):
        assert i < j
        assert J[i, j] == J[j, i] == w
    assert np.count_nonzero(J) == 24
    assert model.h.tolist() == machine.biases.tolist()
    graph = machine.to_networkx()
    again = BoltzmannMachine(graph, "abcd")
    assert again.weights.tolist() == machine.weights.tolist()
    assert again.biases.tolist() == machine.biases.tolist()
    taken = BoltzmannMachine.from_model(model, "abcd")
    assert taken.weights.tolist() == machine.weights.tolist()


def test_whole_numbers_as_labels_are_themselves_in_whatever_order_they_come():
    graph = nx.Graph([(2, 0), (1, 2)])
    graph.nodes[2]["h"] = 0.5
    graph.edges[1, 2]["J"] = 0.25
    machine = BoltzmannMachine(graph, [2, 1])
    assert machine.edges.tolist() == [[0, 2], [1, 2]]
    assert machine.weights.tolist() == [0, 0.25]
    assert machine.biases.tolist() == [0, 0, 0.5]
    assert machine.visible.tolist() == [2, 1]
    assert machine.hidden.tolist() == [0]


def test_weights_may_be_named():
    machine = BoltzmannMachine(nx.path_graph(["x", "y", "z"]), weights={("z", "y"): 2})
    assert machine.weights.tolist() == [0, 2]
    with pytest.raises(ValueError, match=r"the pair \('x', 'z'\), which is no edge"):
        BoltzmannMachine(nx.path_graph(["x", "y", "z"]), weights={("x", "z"): 2})


def test_random_weights_are_normal_and_those_of_the_seed():
    machine = BoltzmannMachine(80).randomize(0.2, 3)
    # 3160 numbers; one as far off as 6 % in deviation is caught. False alarm 1e-6.
    assert stats.kstest(machine.weights / 0.2, "norm").pvalue > FALSE_ALARM
    again = BoltzmannMachine(80).randomize(0.2, 3)
    assert again.weights.tobytes() == machine.weights.tobytes()


def test_biases_alone_give_the_means_of_the_data():
    rows = np.repeat([[1, -1], [1, 1]], [30, 10], axis=0)
    machine = BoltzmannMachine(2).fit_biases(rows, smoothing=0.5)
    assert np.tanh(machine.biases) == pytest.approx([40 / 41, -20 / 41])


def test_a_file_gives_the_machine_back(tmp_path):
    machine, path = machine_of(), tmp_path / "machine.npz"
    machine.save(path)
    again = BoltzmannMachine.load(path)
    assert again.labels == machine.labels
    for name in ("edges", "weights", "biases", "visible", "hidden"):
        assert getattr(again, name).tolist() == getattr(machine, name).tolist()
    assert again.index("c") == machine.index("c")
    rows = rows_of()
    assert again.log_likelihood(rows) == machine.log_likelihood(rows)


def test_a_file_that_was_tampered_with_is_refused(tmp_path):
    machine, path = machine_of(), tmp_path / "machine.npz"
    arrays = {
        "edges": machine.edges, "weights": machine.weights, "biases": machine.biases,
        "visible": machine.visible,
    }  # fmt: skip
    header = {"kind": "boltzmann machine", "labels": list("fbdace")}
    for change, message in (
        ({"edges": machine.edges + 1}, "edges must name p-bits below 6"),
        ({"edges": machine.edges[::-1]}, "ascending"),
        ({"visible": np.array([7])}, "visible must name p-bits below 6"),
        ({"weights": machine.weights[1:]}, r"weights must have shape \(12,\)"),
        ({"biases": machine.biases * np.nan}, "biases must be finite"),
    ):
        io.write_npz(path, {**arrays, **change}, header)
        with pytest.raises(ValueError, match=message):
            BoltzmannMachine.load(path)


def test_samples_follow_clamps():
    machine = machine_of()
    drawn = machine.sample(200, clamp={"a": 1, "e": -1}, rng=1, n_sweeps=30)
    assert drawn.shape == (200, 6)
    assert (drawn[:, machine.index("a")] == 1).all()
    assert (drawn[:, machine.index("e")] == -1).all()


def test_likelihoods_of_all_rows_add_up_to_one():
    machine = machine_of()
    assert np.exp(machine.log_probabilities(all_states(4))).sum() == pytest.approx(1)


def test_divergence_and_entropy_are_those_of_the_rows():
    rows = np.array([[1, 1, 1, 1]] * 3 + [[-1, 1, -1, 1]])
    entropy = -(0.75 * np.log(0.75) + 0.25 * np.log(0.25))
    assert data_entropy(rows) == pytest.approx(entropy)
    machine = machine_of()
    assert kl_to_data(machine, rows) == pytest.approx(
        -entropy - machine.log_likelihood(rows)
    )


def test_pseudo_likelihood_is_made_of_all_conditionals():
    machine, states = machine_of(), all_states(4)
    law = np.exp(machine.log_probabilities(states))
    expected = [
        sum(np.log(law[v] / (law[v] + law[v ^ (1 << i)])) for i in range(4))
        for v in range(16)
    ]
    assert pseudo_log_likelihoods(machine, states) == pytest.approx(expected)


def test_annealed_likelihoods_hold_the_exact_one():
    # Of 60 intervals at 90 %, fewer than 41 that hold it have a chance of 1e-6.
    machine, rows = machine_of(), rows_of()
    truth = machine.log_likelihood(rows)
    found = [
        annealed_log_likelihood(
            machine, rows, n_chains=50, n_steps=20, level=0.9, rng=k, n_threads=1
        )
        for k in range(60)
    ]
    held = sum(f.low < truth < f.high for f in found)
    assert stats.binom.cdf(held, 60, 0.9) > FALSE_ALARM


def test_reconstructions_go_through_the_hidden_p_bits():
    # One hidden p-bit that all follow: a row that is alike comes back but for
    # (1 - tanh 6)/2 a p-bit; a mixed one goes one way or the other.
    machine = BoltzmannMachine(nx.star_graph(6), range(1, 7), weights=[3.0] * 6)
    alike = np.repeat([[1] * 6, [-1] * 6], 50, axis=0)
    assert reconstruction_error(machine, alike, rng=0) < 0.05
    mixed = reconstructions(machine, np.tile([1, -1] * 3, (400, 1)), rng=0)
    sums = mixed.sum(axis=1)
    assert (np.abs(sums) >= 2).mean() > 0.9
    assert 100 < (sums > 0).sum() < 300
    with pytest.raises(ValueError, match="reconstructions need hidden p-bits"):
        reconstructions(BoltzmannMachine(3), [[1, 1, 1]])


def test_exact_sums_say_when_there_are_too_many_states():
    machine = BoltzmannMachine(40)
    with pytest.raises(CapacityError, match="at most 24 p-bits to go through, not 39"):
        machine.log_partition()
    wide = BoltzmannMachine.restricted(200, 10)
    assert wide.log_partition() == pytest.approx(210 * np.log(2))


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: BoltzmannMachine(0), ValueError, "graph must be at least 1"),
        (lambda: BoltzmannMachine("x"), TypeError, "graph must be a networkx graph"),
        (lambda: BoltzmannMachine(nx.Graph()), ValueError, "at least one p-bit"),
        (lambda: BoltzmannMachine(nx.DiGraph([(0, 1)])), ValueError, "undirected"),
        (
            lambda: BoltzmannMachine(nx.Graph([(0, 0)])),
            ValueError,
            "no loops: 0 has one",
        ),
        (lambda: BoltzmannMachine(2, [5]), KeyError, "no p-bit is called 5"),
        (lambda: BoltzmannMachine(2, [1, 1]), ValueError, "each once"),
        (lambda: BoltzmannMachine(2, []), ValueError, "at least one p-bit"),
        (lambda: BoltzmannMachine(2, biases=[1]), ValueError, "biases must have shape"),
        (lambda: BoltzmannMachine(2, weights=[np.inf]), ValueError, "must be finite"),
        (lambda: BoltzmannMachine.from_model(3), TypeError, "must be an IsingModel"),
    ],
)
def test_what_makes_no_machine_is_refused(make, error, message):
    with pytest.raises(error, match=message):
        make()


def test_copies_are_independent():
    machine = machine_of()
    other = machine.copy()
    other.weights += 1
    assert not np.intersect1d(machine.weights, other.weights).size
    assert isinstance(other.model, IsingModel)
    for i, j in itertools.pairwise(machine.edges.tolist()):
        assert i < j


def test_biases_of_a_column_that_never_changes_need_smoothing():
    with pytest.raises(ValueError, match="smoothing must be positive"):
        BoltzmannMachine(2).fit_biases([[1, 0], [1, 1]], smoothing=0)

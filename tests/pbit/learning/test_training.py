"""Training: it climbs, stops, resumes bit for bit, and refuses what is no data."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import networkx as nx
import numpy as np
import pytest
from threadpoolctl import threadpool_limits

import pbit
from pbit.learning import (
    BoltzmannMachine,
    ContrastiveDivergence,
    Exact,
    Persistent,
    Tempered,
    bars_and_stripes,
    data_entropy,
    kl_to_data,
    train,
)
from pbit.learning.training_job import center, shuffled
from tests.oracles import all_states

ROOT = Path(__file__).parents[3]
XOR = [[-1, -1, -1], [-1, 1, 1], [1, -1, 1], [1, 1, -1]]


def machine_of(seed=0):
    graph = nx.circulant_graph(6, [1, 2])
    return BoltzmannMachine(graph, range(4)).randomize(0.2, seed)


def rows_of(n=30, width=4, seed=3):
    return np.random.default_rng(seed).choice([-1, 1], (n, width)).astype(np.int8)


def test_a_step_is_what_its_formula_says():
    machine, rows = machine_of(), rows_of()
    weights, biases = machine.weights.copy(), machine.biases.copy()
    move_w, move_b = np.zeros_like(weights), np.zeros_like(biases)
    twin = machine.copy()
    for rate in (0.2, 0.1, 0.05):
        twin.weights[:], twin.biases[:] = weights, biases
        held = Exact().moments(twin, rows, None)
        free = Exact().moments(twin, None, None)
        move_w = 0.5 * move_w + rate * (
            held.correlations - free.correlations - 0.01 * weights
        )
        move_b = 0.5 * move_b + rate * (held.means - free.means)
        weights, biases = weights + move_w, biases + move_b
    history = train(
        machine, rows, n_epochs=3, learning_rate=lambda epoch: 0.2 / 2**epoch,
        momentum=0.5, weight_decay=0.01, rng=0,
    )  # fmt: skip
    assert machine.weights == pytest.approx(weights, abs=1e-14)
    assert machine.biases == pytest.approx(biases, abs=1e-14)
    assert history.learning_rate.tolist() == [0.2, 0.1, 0.05]


def test_the_centered_gradient_is_that_of_states_counted_from_offsets():
    # Steps of weights W and of biases c in E = -½ (m-o)W(m-o) - c(m-o), as those of the
    # machine's own numbers: J = W, h = c - W o.
    rng = np.random.default_rng(1)
    machine = machine_of()
    i, j = machine.edges.T
    p, q = rng.dirichlet(np.ones(64), 2)
    states, offsets = all_states(6).astype(float), rng.uniform(-0.5, 0.5, 6)
    shifted = states - offsets
    products = shifted[:, i] * shifted[:, j]
    steps_w, steps_c = (p - q) @ products, (p - q) @ shifted
    full = np.zeros((6, 6))
    full[i, j] = full[j, i] = steps_w
    found = center(
        machine.edges,
        (p - q) @ (states[:, i] * states[:, j]),
        (p - q) @ states,
        offsets,
    )
    assert found[0] == pytest.approx(steps_w)
    assert found[1] == pytest.approx(steps_c - full @ offsets)


@pytest.mark.parametrize("centered", [False, True])
def test_batches_and_sampled_phases_learn_a_truth_table(centered):
    machine = BoltzmannMachine(4, range(3)).randomize(0.5, 1)
    train(
        machine, np.repeat(XOR, 25, axis=0), positive=None,
        negative=Persistent(200, 2), n_epochs=150, batch_size=20, centered=centered,
        learning_rate=lambda epoch: 0.1 if epoch < 100 else 0.02, momentum=0.5, rng=2,
    )  # fmt: skip
    # A machine of no weights has ln 8 - ln 4 = 0.69.
    assert kl_to_data(machine, XOR) < 0.1


def test_bars_and_stripes_are_learned_to_within_five_percent_of_their_entropy():
    rows = bars_and_stripes(4, 4)
    machine = BoltzmannMachine.restricted(16, 8).randomize(0.1, 0)
    history = train(
        machine, rows, n_epochs=1500, learning_rate=0.1, momentum=0.9,
        score="log_likelihood", score_every=500, rng=0,
    )  # fmt: skip
    bound = -data_entropy(rows)
    assert bound == pytest.approx(-np.log(30))
    assert 1.05 * bound < history.score[-1] < bound
    drawn = machine.sample(400, rng=1, n_sweeps=400)[:, machine.visible]
    valid = {row.tobytes() for row in rows}
    assert np.mean([row.tobytes() in valid for row in drawn]) >= 0.95


def test_early_stopping_keeps_the_best_weights():
    rows = rows_of(8, seed=5)
    other = rows_of(40, seed=6)  # of another draw: more training fits it less
    machine = machine_of()
    history = train(
        machine, rows, n_epochs=400, learning_rate=0.2, score="log_likelihood",
        validation=other, early_stopping=5, rng=0,
    )  # fmt: skip
    assert history.info["stopped"] == "early stopping"
    assert history.n_epochs == history.best_epoch + 6
    best = history.score[history.best_epoch]
    assert machine.log_likelihood(other) == pytest.approx(best)
    assert best == history.score.max()


def test_weights_are_rounded_while_exact_ones_add_up():
    seen = []

    def project(weights, biases):
        return np.round(weights * 4) / 4, np.round(biases * 4) / 4

    def note(machine, epoch):
        seen.append((epoch, machine.weights.copy()))

    machine, rows = machine_of(), np.repeat([[1, 1, -1, -1], [-1, -1, 1, 1]], 5, axis=0)
    train(
        machine, rows, n_epochs=40, learning_rate=0.02, project=project, callback=note,
        rng=0,
    )  # fmt: skip
    assert [epoch for epoch, _ in seen] == list(range(40))
    for _, weights in seen:
        assert (weights * 4 == np.round(weights * 4)).all()
    # Steps of 0.02 are lost where each is rounded.
    assert np.abs(machine.weights).max() >= 0.5


def test_a_callback_or_a_time_limit_ends_it():
    history = train(
        machine_of(), rows_of(), callback=lambda _, epoch: epoch == 3, rng=0
    )
    assert history.n_epochs == 4
    assert history.info["stopped"] == "callback"
    history = train(machine_of(), rows_of(), time_limit=0, n_epochs=50, rng=0)
    assert history.info["stopped"] == "time limit"
    assert history.n_epochs < 50


def test_an_epoch_goes_through_all_rows_in_an_order_of_its_own():
    source = pbit.random.streams(4)
    orders = [shuffled(101, source, epoch) for epoch in range(3)]
    for order in orders:
        assert sorted(order.tolist()) == list(range(101))
    assert not np.array_equal(orders[0], orders[1])
    assert np.array_equal(orders[2], shuffled(101, source, 2))


PHASES = {
    "exact": (lambda: None, lambda: None),
    "persistent": (lambda: None, lambda: Persistent(20, 1)),
    "tempered": (lambda: None, lambda: Tempered(3, 5, 3)),
    "contrastive divergence": (lambda: None, lambda: ContrastiveDivergence(2)),
}


@pytest.mark.parametrize("name", PHASES)
def test_a_training_cut_and_resumed_ends_with_the_same_bits(name, tmp_path):
    def run(machine, **options):
        positive, negative = (make() for make in PHASES[name])
        return train(
            machine, rows_of(), positive=positive, negative=negative, n_epochs=8,
            batch_size=7, momentum=0.5, score="pseudo_likelihood", rng=9, **options,
        )  # fmt: skip

    whole, cut = machine_of(), machine_of()
    expected = run(whole)

    class CutError(Exception):
        """Raised in the middle of an epoch."""

    def stop(done, total):
        if done == 17:
            raise CutError

    with pytest.raises(CutError):
        run(cut, checkpoint=pbit.Checkpoint(tmp_path, every=0), progress=stop)
    again = machine_of()
    found = run(again, checkpoint=tmp_path)
    assert again.weights.tobytes() == whole.weights.tobytes()
    assert again.biases.tobytes() == whole.biases.tobytes()
    assert found.gradient.tobytes() == expected.gradient.tobytes()
    assert found.score.tobytes() == expected.score.tobytes()


def test_exact_phases_make_the_same_bits_whatever_the_threads_of_blas():
    rows, results = rows_of(50, 9), []
    for threads in (1, 2):
        machine = BoltzmannMachine(14, range(9)).randomize(0.3, 0)
        with threadpool_limits(threads):
            train(machine, rows, positive=Exact(), negative=Exact(), n_epochs=2, rng=0)
        results.append(machine.weights.tobytes())
    assert results[0] == results[1]


def test_a_checkpoint_of_another_training_is_refused(tmp_path):
    train(machine_of(), rows_of(), n_epochs=2, rng=1, checkpoint=tmp_path)
    with pytest.raises(ValueError, match="they differ in weight_decay"):
        train(
            machine_of(), rows_of(), n_epochs=2, rng=1, weight_decay=0.1,
            checkpoint=tmp_path,
        )  # fmt: skip


def train_bars(folder=None, say=False):
    """Train for a second or two; say so when it is under way."""
    machine = BoltzmannMachine.restricted(9, 5).randomize(0.1, 0)
    train(
        machine, bars_and_stripes(3, 3), negative=Persistent(50, 2), n_epochs=80,
        batch_size=5, momentum=0.5, rng=3, progress=say,
        checkpoint=folder and pbit.Checkpoint(folder, every=0.03),
    )  # fmt: skip
    return machine.weights.tobytes() + machine.biases.tobytes()


SCRIPT = """
import sys

from tests.pbit.learning.test_training import train_bars


def say(done, total):
    if done == 60:
        print("training", flush=True)


train_bars(sys.argv[1], say)
print("done")
"""


@pytest.mark.parametrize(
    "wait", [0.02, *(pytest.param(w, marks=pytest.mark.slow) for w in (0.0, 0.05, 0.1))]
)
def test_a_training_that_is_killed_ends_with_the_same_bits(wait, tmp_path):
    """SIGKILL this many seconds after step 60 of 240."""
    folder = tmp_path / "run"
    with subprocess.Popen(
        [sys.executable, "-c", SCRIPT, folder], stdout=subprocess.PIPE, cwd=ROOT
    ) as process:
        assert process.stdout.readline() == b"training\n"
        time.sleep(wait)
        process.send_signal(signal.SIGKILL)
        assert process.stdout.read() == b""
    assert process.returncode == -signal.SIGKILL
    assert (folder / "state.npz").exists()
    assert train_bars(folder) == train_bars()


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ([[1, 0, 1, np.nan]], r"data\[0, 3\] is NaN"),
        ([[1, 0, 1]], "4 columns"),
        ([[1, 0, 1, 0.5]], r"data\[0, 3\]"),
        (np.empty((0, 4)), "at least one sample"),
        ([["a", "b", "c", "d"]], "numbers"),
    ],
)
def test_bad_data_are_refused_by_name(data, message):
    machine = machine_of()
    before = machine.weights.copy()
    with pytest.raises((TypeError, ValueError), match=message):
        train(machine, data)
    assert (machine.weights == before).all()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"learning_rate": 0}, "learning_rate must be positive"),
        ({"momentum": 1.0}, "momentum must be at least 0 and below 1"),
        ({"weight_decay": -1}, "weight_decay must be finite and >= 0"),
        ({"batch_size": 0}, "batch_size must be at least 1"),
        ({"early_stopping": 3}, "early_stopping needs a score"),
        ({"score": "likelihood"}, "did you mean 'log_likelihood'"),
        ({"project": lambda w, b: (w[1:], b)}, "project must return"),
        ({"project": lambda w, b: (w * np.nan, b)}, "weights must be finite"),
    ],
)
def test_arguments_that_break_a_rule_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        train(machine_of(), rows_of(), **options)


@pytest.mark.parametrize("unused", [{"validation": [[1, 1]]}, {"early_stopping": 3}])
def test_what_only_a_score_looks_at_is_refused_without_one(unused):
    with pytest.raises(ValueError, match="needs a score to go by"):
        train(BoltzmannMachine(2), [[1, 1]], n_epochs=1, **unused)

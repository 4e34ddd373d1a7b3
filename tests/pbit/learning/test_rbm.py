"""Restricted machines in 0/1: kernels, gradients, likelihoods, and scikit-learn's rules."""

import importlib
import itertools
import pickle
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from scipy import stats
from sklearn.base import clone
from sklearn.pipeline import make_pipeline
from sklearn.utils.estimator_checks import parametrize_with_checks

import pbit
from pbit.kernels import restricted as kernels
from pbit.learning import RestrictedBoltzmannMachine, bars_and_stripes
from tests.statistics import FALSE_ALARM, assert_law

ROOT = Path(__file__).parents[3]
NV, NH = 5, 4


@parametrize_with_checks([RestrictedBoltzmannMachine(4, n_iter=2)])
def test_it_keeps_the_rules_of_scikit_learn(estimator, check):
    check(estimator)


def bits_of(n):
    return np.array(list(itertools.product((0, 1), repeat=n)), np.uint8)[:, ::-1]


def weights_of(seed=0, scale=1.0):
    rng = np.random.default_rng(seed)
    return (
        rng.normal(0, scale, (NH, NV)).astype(np.float32),
        rng.normal(0, 0.5, NH).astype(np.float32),
        rng.normal(0, 0.5, NV).astype(np.float32),
    )


def rbm_of(seed=0, scale=1.0, **parameters):
    return RestrictedBoltzmannMachine.from_weights(
        *weights_of(seed, scale), **parameters
    )


def law_of(rbm):
    """P(v, h), shape (2**NV, 2**NH), by the energy's formula."""
    W, b, a = (np.float64(x) for x in weights_of_rbm(rbm))
    V, H = bits_of(NV).astype(float), bits_of(NH).astype(float)
    logs = (V @ a)[:, None] + (H @ b)[None] + V @ W.T @ H.T
    p = np.exp(logs - logs.max())
    return p / p.sum()


def weights_of_rbm(rbm):
    return rbm.components_, rbm.intercept_hidden_, rbm.intercept_visible_


def chances_of(rbm, V):
    W, b, _ = (np.float64(x) for x in weights_of_rbm(rbm))
    return 1 / (1 + np.exp(-(b + V @ W.T)))


def rows_of(n, seed=1):
    """Return rows of one law, columns not alike."""
    rng = np.random.default_rng(seed)
    return (rng.random((n, NV)) < np.linspace(0.2, 0.8, NV)).astype(np.uint8)


def test_inputs_are_sums_of_what_is_on():
    rng = np.random.default_rng(0)
    bits = rng.integers(0, 2, (20, 37)).astype(np.uint8)
    weights = rng.normal(size=(37, 11)).astype(np.float32)
    bias = rng.normal(size=11).astype(np.float32)
    found = np.empty((20, 11), np.float32)
    kernels.inputs(bits, weights, bias, np.empty(38, np.int32), found)
    assert found == pytest.approx(bits @ np.float64(weights) + bias, abs=1e-5)


def test_chances_are_sigmoids_far_out_too():
    x = np.concatenate([np.linspace(-20, 20, 4001), [-1e4, -90, 90, 1e30]])
    found = x.astype(np.float32).reshape(5, -1)
    kernels.squash(found, 0.7)
    with np.errstate(over="ignore"):
        expected = 1 / (1 + np.exp(-np.float64(np.float32(0.7)) * x.astype(np.float32)))
    assert found.ravel() == pytest.approx(expected, abs=3e-7)


def test_decisions_are_words_of_the_generator():
    chances = np.random.default_rng(1).random((3, 6)).astype(np.float32)
    found = np.empty((3, 6), np.uint8)
    kernels.decide(chances, found, np.empty(10, np.uint32), 5, 6, 63, 10, 7)
    for k, j in itertools.product(range(3), range(6)):
        word = pbit.random.words(5, 6, 63, 10 + k, 7 * 2 + j % 2)[j // 2]
        level = ((int(word) >> 8) + 0.5) / 2**24
        assert found[k, j] == (level < chances[k, j])


def test_its_law_is_that_of_its_energy():
    # 20 000 chains of 60 sweeps; a state of chance 0.03 that is 0.006 off is caught.
    rbm, n = rbm_of(), 20_000
    drawn = rbm.sample(n, 60, rng=3)
    numbers = (drawn * (1 << np.arange(NV))).sum(axis=1)
    assert_law(np.bincount(numbers, minlength=2**NV), law_of(rbm).sum(axis=1))
    other = rbm_of(scale=0.8)
    with pytest.raises(AssertionError):
        assert_law(np.bincount(numbers, minlength=2**NV), law_of(other).sum(axis=1))


def test_clamped_features_stay_and_the_others_follow():
    rbm, n = rbm_of(), 20_000
    drawn = rbm.sample(n, 60, clamp={1: 1, 3: 0}, rng=4)
    V = bits_of(NV)
    law = law_of(rbm).sum(axis=1) * (V[:, 1] == 1) * (V[:, 3] == 0)
    numbers = (drawn * (1 << np.arange(NV))).sum(axis=1)
    assert_law(np.bincount(numbers, minlength=2**NV), law / law.sum())


SETTINGS = {
    "pcd": {"method": "pcd", "k": 60},
    "cd": {"method": "cd", "k": 60},
    "tempered": {"method": "tempered", "k": 60, "n_betas": 3},
}


@pytest.mark.parametrize("centered", [False, True])
@pytest.mark.parametrize("method", SETTINGS)
def test_a_step_is_the_exact_gradient_within_its_error(method, centered):
    # One step of rate 1 over all rows: its negative phase is n independent chains, whose
    # variance is known. False alarm 1e-6; an average that is 0.05 off is caught.
    n = 10_000
    rbm = rbm_of(2, batch_size=n, learning_rate=1.0, centered=centered, random_state=8,
                 **SETTINGS[method])  # fmt: skip
    rows = rows_of(n)
    W0, b0, a0 = (np.float64(x) for x in weights_of_rbm(rbm))
    law, V = law_of(rbm), bits_of(NV).astype(float)
    p = law.sum(axis=1)
    held, free = chances_of(rbm, rows), chances_of(rbm, V)
    pairs = held.T @ rows / n - np.einsum("v,vj,vi->ji", p, free, V)
    hidden, visible = held.mean(axis=0) - p @ free, rows.mean(axis=0) - p @ V
    products = np.einsum("vj,vi->vji", free, V)
    spread = np.einsum("v,vji->ji", p, products**2)
    spread -= np.einsum("v,vji->ji", p, products) ** 2
    rbm.partial_fit(rows)
    steps = [
        np.float64(x) - y
        for x, y in zip(weights_of_rbm(rbm), (W0, b0, a0), strict=True)
    ]
    z = stats.norm.isf(FALSE_ALARM / (2 * (NV * NH + NV + NH)))
    if not centered:
        assert (np.abs(steps[0] - pairs) < z * np.sqrt(spread / n)).all()
        assert (np.abs(steps[1] - hidden) < z * 0.5 / np.sqrt(n)).all()
        assert (np.abs(steps[2] - visible) < z * 0.5 / np.sqrt(n)).all()
        assert np.abs(pairs).max() > 3 * z * np.sqrt(
            spread.max() / n
        )  # not for nothing
        return
    # Units are counted from averages that have gone 1 % of the way from 1/2.
    lam = 0.5 + 0.01 * (held.mean(axis=0) - 0.5)
    mu = 0.5 + 0.01 * (rows.mean(axis=0) - 0.5)
    centre = pairs - np.outer(lam, visible) - np.outer(hidden, mu)
    reach = 2 * z * 0.5 / np.sqrt(n)  # two averages scatter beside that of the pairs
    assert (np.abs(steps[0] - centre) < reach).all()
    assert (np.abs(steps[1] - (hidden - centre @ mu)) < NV * reach).all()
    assert (np.abs(steps[2] - (visible - lam @ centre)) < NH * reach).all()
    # Given the weights' step those of the biases are exact, to float32.
    own = np.float64(steps[0])
    step_b, step_a = steps[1] + own @ mu, steps[2] + lam @ own
    assert (np.abs(step_b - hidden) < z * 0.5 / np.sqrt(n)).all()
    assert (np.abs(step_a - visible) < z * 0.5 / np.sqrt(n)).all()


def test_the_same_machine_in_plus_and_minus_one_has_the_same_likelihood():
    rbm = rbm_of(3)
    V = bits_of(NV)
    law = law_of(rbm).sum(axis=1)
    assert rbm.to_machine().log_probabilities(V) == pytest.approx(np.log(law), abs=1e-5)


def test_pseudo_likelihood_is_made_of_all_conditionals():
    rbm = rbm_of(4)
    law = law_of(rbm).sum(axis=1)
    expected = [
        sum(np.log(law[v] / (law[v] + law[v ^ (1 << i)])) for i in range(NV))
        for v in range(2**NV)
    ]
    assert rbm.score_samples(bits_of(NV)) == pytest.approx(expected, abs=1e-5)
    assert rbm.to_machine().enumerated is not None
    found = pbit.learning.pseudo_log_likelihoods(rbm.to_machine(), bits_of(NV))
    assert found == pytest.approx(expected, abs=1e-5)


def test_annealed_likelihoods_hold_the_exact_one_as_often_as_they_say():
    # 100 intervals at 90 %: fewer than 73 that hold it have a chance of 1e-6.
    rbm, rows = rbm_of(5, 1.5), rows_of(50)
    truth = rbm.to_machine().log_likelihood(rows)
    found = [
        rbm.log_likelihood(rows, n_chains=60, n_steps=30, level=0.9, rng=k)
        for k in range(100)
    ]
    held = sum(f.low < truth < f.high for f in found)
    assert stats.binom.cdf(held, 100, 0.9) > FALSE_ALARM
    errors = [f.error for f in found]
    assert 0 < np.mean(errors) < 0.2
    assert abs(np.mean([f.value for f in found]) - truth) < np.mean(errors)


def test_a_seed_makes_one_result_and_another_another():
    rows = rows_of(60)
    runs = [
        RestrictedBoltzmannMachine(3, n_iter=5, random_state=seed).fit(rows)
        for seed in (1, 1, 2, np.random.RandomState(1))
    ]
    first, again, other, legacy = (run.components_ for run in runs)
    assert first.tobytes() == again.tobytes()
    assert first.tobytes() != other.tobytes()
    assert legacy.shape == other.shape
    assert runs[0].gibbs(rows).tobytes() == runs[1].gibbs(rows).tobytes()
    copied = pickle.loads(pickle.dumps(runs[0]))
    assert copied.gibbs(rows).tobytes() == runs[0].gibbs(rows).tobytes()


def test_parts_of_a_fit_are_passes_that_go_on():
    rows = rows_of(60)
    whole = RestrictedBoltzmannMachine(3, n_iter=4, random_state=1).fit(rows)
    parts = RestrictedBoltzmannMachine(3, random_state=1)
    for _ in range(4):
        parts.partial_fit(rows)
    assert parts.components_.tobytes() == whole.components_.tobytes()


def test_it_learns_bars_and_stripes():
    rows = np.repeat((bars_and_stripes(3, 3) + 1) // 2, 10, axis=0)
    rbm = RestrictedBoltzmannMachine(
        16, n_iter=300, method="tempered", batch_size=14, n_chains=20, random_state=0,
        learning_rate=lambda epoch: 0.3 * (1 - epoch / 300) + 1e-3,
    )  # fmt: skip
    found = rbm.fit(rows).to_machine().log_likelihood(rows)
    assert found > 1.1 * -np.log(14)  # of data alone, ln 14 is the bound


def test_it_stands_in_a_pipeline_and_in_a_file(tmp_path):
    rows = rows_of(40)
    rbm = RestrictedBoltzmannMachine(3, n_iter=2, random_state=0)
    features = make_pipeline(clone(rbm)).fit_transform(rows)
    assert features.shape == (40, 3)
    rbm.fit(rows).save(tmp_path / "rbm.npz")
    again = RestrictedBoltzmannMachine.load(tmp_path / "rbm.npz")
    assert again.transform(rows) == pytest.approx(features, abs=0)
    with pytest.raises(ValueError, match=r"rbm\.npz: it holds 'restricted"):
        pbit.learning.BoltzmannMachine.load(tmp_path / "rbm.npz")


SCRIPT = """
import sys
from tests.pbit.learning.test_rbm import fit_long

def say(done, total):
    if done == 20:
        print("training", flush=True)

fit_long(sys.argv[1], say)
print("done")
"""


def fit_long(folder=None, say=False):
    rbm = RestrictedBoltzmannMachine(64, n_iter=120, method="tempered", random_state=3)
    rbm.fit(
        rows_of(300), progress=say, checkpoint=folder and pbit.Checkpoint(folder, 0.02)
    )
    return b"".join(x.tobytes() for x in (*weights_of_rbm(rbm), rbm.history_))


def test_a_fit_that_is_killed_ends_with_the_same_bits(tmp_path):
    folder = tmp_path / "run"
    with subprocess.Popen(
        [sys.executable, "-c", SCRIPT, folder], stdout=subprocess.PIPE, cwd=ROOT
    ) as process:
        assert process.stdout.readline() == b"training\n"
        while not (folder / "state.npz").exists():
            assert process.poll() is None
        process.send_signal(signal.SIGKILL)
        assert process.stdout.read() == b""
    assert process.returncode == -signal.SIGKILL
    assert fit_long(folder) == fit_long()


@pytest.mark.parametrize(
    ("options", "data", "message"),
    [
        ({"binarize": None}, [[0, 1], [1, 0.5]], r"X\[1, 1\]"),
        ({}, [[0, 1], [1, np.nan]], "NaN"),
        ({}, np.empty((0, 2)), "minimum of 1 is required"),
        ({"method": "cdk"}, [[0, 1]], "did you mean 'cd'"),
        ({"learning_rate": -1.0}, [[0, 1]], "learning_rate must be"),
        ({"n_components": 0}, [[0, 1]], "n_components must be at least 1"),
        ({"k": 0}, [[0, 1]], "k must be at least 1"),
        ({"learning_rate": 1e39}, [[0, 1], [1, 0]], "weights overflow"),
    ],
)
def test_what_breaks_a_rule_is_refused(options, data, message):
    with pytest.raises(ValueError, match=message):
        RestrictedBoltzmannMachine(**{"n_components": 2, **options}).fit(data)


def test_rows_of_another_width_are_refused():
    rbm = rbm_of()
    with pytest.raises(ValueError, match="expecting 5 features"):
        rbm.transform(np.zeros((2, 4)))
    with pytest.raises(ValueError, match="clamp must name features below 5, not 7"):
        rbm.sample(2, clamp={7: 1})
    with pytest.raises(ValueError, match="clamp of feature 1 must be 0 or 1"):
        rbm.sample(2, clamp={1: -1})


def test_without_scikit_learn_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn.base", None)
    monkeypatch.delitem(sys.modules, "pbit.learning.rbm")
    with pytest.raises(ImportError, match=r"pip install pbitlab\[learning\]"):
        importlib.import_module("pbit.learning.rbm")


def test_samples_of_two_calls_without_a_seed_start_at_rows_of_their_own():
    rbm = rbm_of()
    starts = []
    weights = rbm._weights()
    weights.random_rows = lambda n, source, event: (
        starts.append(event) or np.zeros((n, NV), np.uint8)
    )
    rbm._weights = lambda: weights
    rbm.sample(2, 3)
    rbm.sample(2, 3)
    assert starts == [0, 4]  # a sweep's draws for the start, then three sweeps


def test_a_schedule_goes_on_where_passes_are_made_one_by_one():
    seen = []

    def rate(epoch):
        seen.append(epoch)
        return 0.1

    X = np.array([[0, 1], [1, 0]] * 5)
    rbm = RestrictedBoltzmannMachine(2, learning_rate=rate, n_iter=2, random_state=0)
    rbm.partial_fit(X).partial_fit(X)
    assert seen == [0, 1]
    seen.clear()
    rbm.fit(X).partial_fit(X)
    assert seen == [0, 1, 2]

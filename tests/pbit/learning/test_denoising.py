"""Denoising models: noise forward, exact transitions back, and samples out of nothing."""

import itertools

import numpy as np
import pytest

import pbit
from pbit.learning import BoltzmannMachine, bars_and_stripes, denoising
from pbit.learning.denoising import Conditional, DenoisingModel, noise_schedule
from tests.statistics import assert_law


def small(flips=(0.2, 0.3)):
    machine = BoltzmannMachine.restricted(3, 2).randomize(0.7, rng=3)
    machine.biases[:] = [0.3, -0.2, 0.1, 0.4, -0.5]
    return DenoisingModel(machine, flips)


def states_of(n):
    return np.array(list(itertools.product([-1, 1], repeat=n)), np.int8)


def slow_transitions(model, t):
    """P(x_{t-1} | x_t) from the formula, rows x_t."""
    machine, p = model.steps[t], model.flips[t]
    gamma = 0.5 * np.log((1 - p) / p)
    weights = {
        tuple(edge): w
        for edge, w in zip(machine.edges.tolist(), machine.weights, strict=True)
    }
    table = np.zeros((8, 8))
    for a, after in enumerate(states_of(3)):
        for b, before in enumerate(states_of(3)):
            for z in states_of(2):
                m = [*before.tolist(), *z.tolist()]
                energy = -sum(h * s for h, s in zip(machine.biases[:5], m, strict=True))
                energy -= sum(w * m[i] * m[j] for (i, j), w in weights.items() if j < 5)
                table[a, b] += np.exp(-energy + gamma * float(before @ after))
    return table / table.sum(axis=1, keepdims=True)


def test_every_step_is_the_machine_of_the_formula():
    model = small()
    for t in range(2):
        machine = model.steps[t]
        joint = np.zeros((8, 8))
        for state, p in zip(
            states_of(8)[:, ::-1],
            pbit.exact.probabilities(machine.model),
            strict=True,
        ):
            before, after = state[:3], state[5:]
            row, column = (
                int("".join("1" if s > 0 else "0" for s in x), 2)
                for x in (after, before)
            )
            joint[row, column] += p
        conditional = joint / joint.sum(axis=1, keepdims=True)
        assert np.allclose(conditional, slow_transitions(model, t))


def test_samples_follow_the_exact_chain_of_transitions():
    # 4000 chains of 60 sweeps a step against the exact law; false alarm 1e-6.
    model = small()
    law = np.full(8, 1 / 8)
    for t in (1, 0):
        law = law @ slow_transitions(model, t)
    samples = model.sample(4000, n_sweeps=60, rng=2)
    numbers = ((samples > 0) @ [4, 2, 1]).astype(int)
    assert_law(np.bincount(numbers, minlength=8), law)


def test_noise_flips_as_often_as_its_schedule_says():
    model = small(noise_schedule(3, kept=0.1))
    rows = model.noised(np.ones((5000, 3), np.int8), rng=4)
    assert rows.shape == (4, 5000, 3)
    kept = (rows * rows[0]).mean(axis=(1, 2))
    expected = 0.1 ** (np.arange(4) / 3)
    assert np.abs(kept - expected).max() < 4.9 / np.sqrt(15000)  # false alarm 1e-6


def test_sample_k_depends_on_its_number_alone_and_runs_repeat():
    model = small()
    samples = model.sample(20, rng=5)
    assert (model.sample(20, rng=5) == samples).all()
    assert (model.sample(7, rng=5) == samples[:7]).all()
    assert (model.sample(20, rng=5, n_threads=1) == samples).all()
    path = model.trajectories(20, rng=5)
    assert path.shape == (3, 20, 3)
    assert (path[-1] == samples).all()


def test_the_negative_phase_estimates_the_gradient_with_noisy_bits_held():
    # Exact averages given each row, against 3000 chains a row; false alarm 1e-6 a moment.
    model = small()
    machine, noisy = model.steps[0], states_of(3)
    rows = np.repeat(np.hstack([noisy, noisy]), 3000, axis=0)
    found = Conditional(40).moments(machine, None, 7, batch=rows)
    table = slow_transitions(model, 0)
    means = (table @ states_of(3)).mean(axis=0)
    assert np.abs(found.means[:3] - means).max() < 5.2 / np.sqrt(len(rows))
    held = {tuple(edge): k for k, edge in enumerate(machine.edges.tolist())}
    for i in range(3):  # the tie of visible p-bit i to its noisy bit, number 5 + i
        slow = ((table @ states_of(3)) * noisy).mean(axis=0)[i]
        at = held[i, 5 + i]
        assert abs(found.correlations[at] - slow) < 5.2 / np.sqrt(len(rows))


def test_training_moves_the_machines_and_leaves_the_ties():
    model = small()
    before = [step.weights.copy() for step in model.steps]
    told = []
    model.train(
        states_of(3)[[0, 7]], copies=20, n_sweeps=2, n_epochs=3, weight_decay=0.1,
        rng=1, callback=lambda t, history: told.append((t, history.n_epochs)),
    )  # fmt: skip
    for t, step in enumerate(model.steps):
        ties = step.edges[:, 1] >= 5
        p = model.flips[t]
        assert np.allclose(step.weights[ties], 0.5 * np.log((1 - p) / p))
        assert (step.weights[~ties] != before[t][~ties]).all()
        assert (step.biases[5:] == 0).all()
    assert told == [(1, 3), (2, 3)]


def test_a_trained_model_makes_bars_and_stripes_out_of_noise():
    pictures = bars_and_stripes(2, 3)
    machine = BoltzmannMachine.restricted(6, 8).randomize(0.1, rng=1)
    model = DenoisingModel(machine, noise_schedule(3))
    model.train(pictures, copies=20, n_sweeps=4, n_epochs=30, momentum=0.9, rng=1)
    samples = model.sample(500, n_sweeps=4, rng=2)
    known = {tuple(picture) for picture in pictures.tolist()}
    valid = np.mean([tuple(sample) in known for sample in samples.tolist()])
    assert valid > 0.8  # 10 of 64 states are; noise makes 0.16
    seen = {tuple(sample) for sample in samples.tolist()} & known
    assert len(seen) == len(known)


def test_samples_may_come_from_anything_that_draws():
    model, asked = small(), []

    def draw(given, clamp, n, rng):
        asked.append(sorted(clamp))
        return pbit.sample(given, clamp=clamp, n_chains=n, n_sweeps=1, rng=rng).states[
            :, 0
        ]

    samples = model.sample(12, rng=1, draw=draw)
    assert samples.shape == (12, 3)
    assert asked == [[("noisy", k) for k in range(3)]] * 2
    with pytest.raises(ValueError, match=r"drawn states must have shape \(..., 8\)"):
        model.sample(2, draw=lambda *_: np.ones((2, 3)))


def test_models_are_saved_and_loaded(tmp_path):
    path = tmp_path / "chain.npz"
    model = small()
    model.train(states_of(3)[:4], n_sweeps=1, n_epochs=2, rng=1)
    model.save(path)
    loaded = DenoisingModel.load(path)
    assert repr(loaded) == "DenoisingModel(steps=2, p-bits=5, visible=3)"
    assert (loaded.sample(9, rng=3) == model.sample(9, rng=3)).all()
    loaded.steps[0].weights[0] = np.nan
    loaded.save(path)
    with pytest.raises(ValueError, match=r"chain.npz: weights must be finite"):
        DenoisingModel.load(path)


def test_bad_arguments_are_refused():
    machine = BoltzmannMachine.restricted(2, 1)
    with pytest.raises(TypeError, match="machine must be a BoltzmannMachine, not 3"):
        DenoisingModel(3, [0.1])
    with pytest.raises(ValueError, match=r"at most 1/2: flips\[1\] = 0.6"):
        DenoisingModel(machine, [0.1, 0.6])
    with pytest.raises(ValueError, match="flips must be one probability a step"):
        DenoisingModel(machine, [])
    with pytest.raises(ValueError, match="kept must be from 0 to below 1, not 1"):
        noise_schedule(3, kept=1)
    with pytest.raises(ValueError, match=r"data must be binary.*data\[0, 0\]"):
        DenoisingModel(machine, [0.1]).train([[5, 1]])
    with pytest.raises(ValueError, match="n_sweeps must be at least 1, not 0"):
        DenoisingModel(machine, [0.1]).sample(1, n_sweeps=0)
    with pytest.raises(ValueError, match="holds the noisy half of a batch"):
        Conditional().moments(machine, np.ones((1, 2), np.int8), 0)
    assert denoising.NOISY == "noisy"

"""Hopfield networks hold what they were given, up to their capacity, and no further."""

import math

import numpy as np
import pytest
from scipy.stats import binom

import pbit
from pbit.learning import hopfield, noise
from pbit.learning.hopfield import HopfieldNetwork

PATTERNS = noise.random_patterns(5, 64, 3)


def test_hebbian_couplings_are_the_mean_of_products():
    J = HopfieldNetwork(PATTERNS).model.J.toarray()
    for i in range(0, 64, 9):
        for j in range(64):
            slow = sum(int(p[i]) * int(p[j]) for p in PATTERNS) / 64
            assert J[i, j] == pytest.approx(0.0 if i == j else slow)


def test_pseudo_inverse_couplings_project_on_the_patterns():
    J = HopfieldNetwork(PATTERNS, "pseudo-inverse").model.J.toarray()
    overlaps = PATTERNS.astype(float) @ PATTERNS.T / 64
    slow = PATTERNS.T.astype(float) @ np.linalg.inv(overlaps) @ PATTERNS / 64
    np.fill_diagonal(slow, 0.0)
    assert np.allclose(J, slow, atol=1e-12)


@pytest.mark.parametrize("rule", hopfield.RULES)
def test_patterns_are_recalled_from_damaged_ones(rule):
    network = HopfieldNetwork(PATTERNS, rule)
    damaged = noise.flip_bits(PATTERNS, 0.12, 1)
    assert (damaged != PATTERNS).any(axis=1).all()
    assert (network.recall(damaged) == PATTERNS).all()
    assert np.allclose(np.diag(network.overlaps(PATTERNS)), 1.0)
    assert network.unstable_share() == 0.0


def test_recall_ends_in_a_state_that_every_p_bit_agrees_with_and_lowers_the_energy():
    network = HopfieldNetwork(noise.random_patterns(30, 64, 1))  # far too many
    probes = noise.random_patterns(40, 64, 2)
    found = network.recall(probes)
    assert (found * network.model.fields(found) >= -1e-9).all()
    assert (network.model.energy(found) <= network.model.energy(probes)).all()


def test_recall_completes_a_pattern_whose_known_half_is_held():
    network = HopfieldNetwork(PATTERNS)
    held = {i: int(PATTERNS[2, i]) for i in range(24)}
    probe = noise.random_patterns(1, 64, 9)[0]
    assert (network.recall(probe, clamp=held) == PATTERNS[2]).all()


def test_recall_at_a_temperature_is_gibbs_sampling_from_the_probe():
    network = HopfieldNetwork(PATTERNS)
    found = network.recall(PATTERNS, beta=8.0, n_sweeps=20, rng=1)
    again = network.recall(PATTERNS, beta=8.0, n_sweeps=20, rng=1)
    assert (found == again).all()
    assert (found == PATTERNS).mean() > 0.99
    hot = network.recall(PATTERNS, beta=0.0, n_sweeps=20, rng=1)
    assert abs((hot == PATTERNS).mean() - 0.5) < 0.15  # 5 sigma of 320 fair coins: 0.14


def test_pseudo_inverse_holds_more_than_hebb_can():
    patterns = noise.random_patterns(32, 64, 5)
    assert HopfieldNetwork(patterns).unstable_share() > 0.01
    network = HopfieldNetwork(patterns, "pseudo-inverse")
    assert network.unstable_share() == 0.0
    assert (network.recall(patterns) == patterns).all()


def test_patterns_that_span_all_states_are_refused():
    with pytest.raises(ValueError, match="4 patterns span all states of 4 p-bits"):
        HopfieldNetwork(1 - 2 * np.eye(4, dtype=int), "pseudo-inverse")
    twice = np.concatenate([PATTERNS, PATTERNS])
    once = HopfieldNetwork(PATTERNS, "pseudo-inverse").model.J.toarray()
    again = HopfieldNetwork(twice, "pseudo-inverse").model.J.toarray()
    assert np.allclose(once, again)


def test_bad_patterns_rules_and_probes_are_refused():
    with pytest.raises(ValueError, match=r"patterns must be binary.*patterns\[0, 1\]"):
        HopfieldNetwork([[1, 3]])
    with pytest.raises(ValueError, match=r"rule must be one of .*; did you mean"):
        HopfieldNetwork(PATTERNS, "hebbean")
    network = HopfieldNetwork(PATTERNS)
    with pytest.raises(ValueError, match=r"probes must have shape \(..., 64\)"):
        network.recall(PATTERNS[:, :5])
    with pytest.raises(ValueError, match=r"probes must have shape \(n,\) or"):
        network.recall(PATTERNS[None])
    with pytest.raises(KeyError, match="no p-bit is called 64"):
        network.recall(PATTERNS, clamp={64: 1})


def test_a_network_is_saved_and_loaded(tmp_path):
    path = tmp_path / "memory.npz"
    network = HopfieldNetwork(PATTERNS, "pseudo-inverse")
    network.save(path)
    loaded = HopfieldNetwork.load(path)
    assert (loaded.patterns == PATTERNS).all()
    assert loaded.rule == "pseudo-inverse"
    assert (loaded.model.J != network.model.J).nnz == 0
    pbit.io.write_npz(path, {"patterns": PATTERNS * 3}, {"kind": hopfield.KIND})
    with pytest.raises(ValueError, match=r"memory.npz: patterns must be binary"):
        HopfieldNetwork.load(path)
    assert repr(loaded) == "HopfieldNetwork(n=64, n_patterns=5, rule='pseudo-inverse')"


# laws


def test_the_share_of_unstable_bits_follows_the_law_of_crosstalk():
    # Of a stored bit the other patterns make (N-1)(P-1) fair coins, exactly; it is
    # unstable where they outweigh the N-1 of its own pattern. False alarm 1e-6 (4.9
    # standard errors of 200 networks); misses errors of the share below about 15 %.
    n, n_patterns = 100, 20
    coins, signal = (n - 1) * (n_patterns - 1), n - 1
    exact = binom.cdf(math.ceil((coins - signal) / 2) - 1, coins, 0.5)
    shares = np.array(
        [
            HopfieldNetwork(noise.random_patterns(n_patterns, n, seed)).unstable_share()
            for seed in range(200)
        ]
    )
    error = shares.std(ddof=1) / math.sqrt(len(shares))
    assert abs(shares.mean() - exact) < 4.9 * error
    assert 4.9 * error < 0.15 * exact


def test_the_capacity_is_the_known_one():
    assert hopfield.hopfield_capacity() == pytest.approx(0.137905566, abs=1e-7)


@pytest.mark.parametrize("load", [0.02, 0.08, 0.12, 0.137])
def test_the_overlap_solves_the_mean_field_equations(load):
    # The equations as they are printed, iterated from a perfect overlap.
    m, r = 1.0, 1.0
    for _ in range(4000):
        width = math.sqrt(2.0 * load * r)
        c = math.sqrt(2.0 / (math.pi * load * r)) * math.exp(-((m / width) ** 2))
        m, r = math.erf(m / width), 1.0 / (1.0 - c) ** 2
    assert hopfield.hopfield_overlap(load) == pytest.approx(m, abs=1e-6)


def test_beyond_the_capacity_nothing_is_left():
    assert hopfield.hopfield_overlap(0.1380) == 0.0
    assert hopfield.hopfield_overlap(1e-6) == 1.0
    with pytest.raises(ValueError, match="load must be a positive number, not 0"):
        hopfield.hopfield_overlap(0)


# noise


def test_bits_flip_with_their_probability_and_rows_do_not_depend_on_one_another():
    states = np.ones((200, 51), np.int8)
    flipped = noise.flip_bits(states, 0.3, 7)
    share = (flipped < 0).mean()
    assert abs(share - 0.3) < 4.9 * math.sqrt(0.3 * 0.7 / states.size)  # 1e-6
    assert (noise.flip_bits(states[:3], 0.3, 7) == flipped[:3]).all()
    assert (noise.flip_bits(states, 0.0, 7) == states).all()
    assert (noise.flip_bits(states, 1, 7) == -states).all()
    assert noise.flip_bits(states[0], 0.5, 7).shape == (51,)


def test_probabilities_and_states_to_flip_are_checked():
    with pytest.raises(ValueError, match=r"probability must be at most 1, not 1\.5"):
        noise.flip_bits([1], 1.5)
    with pytest.raises(ValueError, match=r"states must have shape \(n,\) or"):
        noise.flip_bits(np.ones((1, 1, 1)), 0.5)
    with pytest.raises(ValueError, match="n_patterns must be at least 1, not 0"):
        noise.random_patterns(0, 3)

"""Distances of distributions, and the noise floor that samples have, against all outcomes."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbit import IsingModel, analysis, exact


def laws(size):
    return st.lists(st.floats(0, 1), min_size=size, max_size=size).filter(
        lambda p: sum(p) > 0.01
    )


@given(laws(5), laws(5))
def test_distances_are_those_of_loops(p, q):
    p, q = np.array(p) / sum(p), np.array(q) / sum(q)
    nats = -math.fsum(x * math.log(x) for x in p if x)
    assert analysis.entropy(p) == pytest.approx(nats, abs=1e-12)
    assert analysis.entropy(p, bits=True) == pytest.approx(
        nats / math.log(2), abs=1e-12
    )
    tv = math.fsum(abs(x - y) for x, y in zip(p, q, strict=True)) / 2
    assert analysis.total_variation(p, q) == pytest.approx(tv, abs=1e-12)
    kl = math.inf
    if not (p[q == 0] > 0).any():
        pairs = zip(p, q, strict=True)
        kl = math.fsum(x * (math.log(x) - math.log(y)) for x, y in pairs if x)
    assert analysis.kl_divergence(p, q) == pytest.approx(kl, abs=1e-9)
    assert analysis.kl_divergence(p, q) >= 2 * tv**2 - 1e-9  # Pinsker


def test_thermodynamics_of_a_model_agree_with_its_distribution():
    model, beta = IsingModel({(0, 1): 1.0, (1, 2): -0.5}, [0.1, 0, 0.3]), 0.8
    p, energies = exact.probabilities(model, beta), exact.energies(model)
    log_z, energy = exact.log_partition(model, beta), float(p @ energies)
    found = analysis.thermodynamic_entropy(log_z, energy, beta)
    assert found == pytest.approx(analysis.entropy(p), rel=1e-13)
    free = analysis.free_energy(log_z, beta)
    assert free == pytest.approx(energy - found / beta, rel=1e-13)


@pytest.mark.parametrize("n", [1, 2, 3, 5])
@pytest.mark.parametrize("p", [[0.5, 0.5], [0.2, 0.3, 0.5], [0.0, 1.0], [0.25] * 4])
def test_the_noise_floor_is_the_mean_over_all_outcomes(n, p):
    expected = 0.0
    for draws in itertools.product(range(len(p)), repeat=n):
        chance = math.prod(p[k] for k in draws)
        counts = np.bincount(draws, minlength=len(p)) / n
        expected += chance * 0.5 * np.abs(counts - p).sum()
    found = analysis.tv_noise_floor(p, n)
    assert found.expected == pytest.approx(expected, abs=1e-13)


def test_samples_of_the_truth_keep_below_the_limit_and_near_the_floor():
    rng = np.random.default_rng(1)
    p = rng.dirichlet(np.full(256, 0.3))
    floor = analysis.tv_noise_floor(p, 1000, false_alarm=0.01)
    found = [
        analysis.total_variation(rng.multinomial(1000, p) / 1000, p) for _ in range(500)
    ]
    # The mean of 500 is known to 1/sqrt(4 * 1000 * 500); false alarm below 1e-6 at 5 of these.
    assert abs(np.mean(found) - floor.expected) < 5 / math.sqrt(2e6)
    assert np.mean(np.array(found) > floor.limit) < 0.01
    assert analysis.tv_noise_floor(p, 1000.9).expected == floor.expected
    assert analysis.tv_noise_floor(p, 10**9).expected < 1e-3


def test_bad_arguments_are_named():
    with pytest.raises(ValueError, match=r"p must be >= 0: p\[1\] = -0\.5"):
        analysis.entropy([1.5, -0.5])
    with pytest.raises(ValueError, match=r"q must add up to 1, not to 0\.5"):
        analysis.total_variation([1.0], [0.5])
    with pytest.raises(ValueError, match="p and q must be as long, not 1 and 2"):
        analysis.kl_divergence([1.0], [0.5, 0.5])
    with pytest.raises(ValueError, match="n_samples must be at least 1, not 0"):
        analysis.tv_noise_floor([1.0], 0)
    with pytest.raises(ValueError, match="false_alarm must be between 0 and 1, not 1"):
        analysis.tv_noise_floor([1.0], 5, false_alarm=1.0)
    with pytest.raises(ValueError, match="beta must be positive, not 0"):
        analysis.free_energy(1.0, 0.0)
    with pytest.raises(ValueError, match="energy must be finite"):
        analysis.thermodynamic_entropy(1.0, math.nan, 1.0)

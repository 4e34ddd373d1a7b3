"""Autocorrelation against loops and AR(1), ESS and R-hat by arviz; frozen is frozen."""

import math
import subprocess
import sys

import numpy as np
import pytest

import pbit
from pbit import analysis


def autoregressive(n_chains, n_kept, phi, seed=0):
    rng = np.random.default_rng(seed)
    noise = rng.normal(size=(n_chains, n_kept)) * math.sqrt(1 - phi**2)
    x = np.empty((n_chains, n_kept))
    x[:, 0] = rng.normal(size=n_chains)
    for t in range(1, n_kept):
        x[:, t] = phi * x[:, t - 1] + noise[:, t]
    return x


def slow_rho(table):
    mean, (chains, kept) = table.mean(), table.shape
    sums = []
    for lag in range(kept):
        terms = [
            (table[c, s] - mean) * (table[c, s + lag] - mean)
            for c in range(chains)
            for s in range(kept - lag)
        ]
        sums.append(sum(terms) / len(terms))
    return np.array(sums) / sums[0]


def test_the_autocorrelation_is_that_of_loops():
    table = np.random.default_rng(2).normal(size=(3, 17))
    np.testing.assert_allclose(
        analysis.autocorrelation(table).rho, slow_rho(table), atol=1e-12
    )
    single = analysis.autocorrelation(table[0])
    np.testing.assert_allclose(single.rho, slow_rho(table[:1]), atol=1e-12)
    assert (single.n_chains, single.n_kept) == (1, 17)


@pytest.mark.parametrize("phi", [0.0, 0.5, 0.9])
def test_the_time_of_an_autoregressive_chain_is_found_within_its_error(phi):
    found = analysis.autocorrelation(autoregressive(20, 5000, phi))
    truth = (1 + phi) / (1 - phi)
    # Five errors, false alarm 6e-7 were they normal; a factor 1.4 off would be caught.
    assert abs(found.time - truth) < 5 * found.error
    assert 5 * found.error < 0.4 * truth
    assert found.reliable


def test_a_chain_that_is_too_short_is_said_to_be():
    found = analysis.autocorrelation(autoregressive(1, 60, 0.98))
    assert not found.reliable
    frozen = analysis.autocorrelation(np.ones((2, 50)))
    assert frozen.frozen
    assert not frozen.reliable
    assert math.isnan(frozen.time)
    assert np.isnan(frozen.rho).all()


def test_ess_and_rhat_are_near_theory_and_frozen_quantities_are_said_to_be():
    pytest.importorskip("arviz_stats")
    phi = 0.5
    x = autoregressive(8, 4000, phi)
    spread = x + np.arange(8)[:, None]
    stuck = np.where(np.arange(8)[:, None] < 3, 1.0, np.sign(x))
    equal, apart = np.ones((8, 4000)), np.ones((8, 4000)) * np.arange(8)[:, None]
    found = analysis.mixing(np.stack([x, spread, stuck, equal, apart], axis=2))
    # ESS scatters by a few per cent here; one off by a factor 1.3 would be caught.
    assert found.ess[0] == pytest.approx(32_000 * (1 - phi) / (1 + phi), rel=0.3)
    assert found.rhat[0] < 1.01
    assert found.rhat[1] > 2
    assert found.frozen_chains.tolist() == [0, 0, 3, 8, 8]
    assert found.frozen.tolist() == [False, False, True, True, True]
    assert np.isnan(found.ess[2:]).all()
    assert np.isfinite(found.rhat[2])
    assert math.isnan(found.rhat[3])
    assert found.rhat[4] == math.inf
    assert str(found).startswith("32000 samples of 5 quantities: ESS at least ")
    assert str(found).endswith("3 frozen")


def test_a_sample_set_is_diagnosed_p_bit_by_p_bit():
    pytest.importorskip("arviz_stats")
    model = pbit.IsingModel({(0, 1): 0.5}, [0.0, 0.0, 9.0])
    samples = pbit.sample(model, n_chains=4, n_sweeps=500, clamp={2: 1}, rng=0)
    found = analysis.mixing(samples)
    assert found.n_samples == 2000
    assert (found.ess[:2] > 300).all()
    assert found.frozen.tolist() == [False, False, True]
    assert (
        str(analysis.mixing(np.ones((2, 9)))) == "18 samples of 1 quantities: 1 frozen"
    )


def test_without_arviz_the_extra_is_named():
    program = (
        "import sys; sys.modules['arviz_stats'] = None\n"
        "from pbit import analysis\n"
        "analysis.autocorrelation([1, 2, 3])\n"
        "try: analysis.mixing([[1, 2, 3, 4]])\n"
        "except ImportError as error: print(error)\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    )
    assert run.stdout == "mixing needs arviz-stats: pip install 'pbitlab[diag]'\n"


def test_bad_arguments_are_named():
    with pytest.raises(ValueError, match="at least 2 kept states a chain, not 1"):
        analysis.autocorrelation([1.0])
    with pytest.raises(
        ValueError, match=r"values must be finite: values\[0, 1\] = nan"
    ):
        analysis.autocorrelation([1.0, math.nan])
    with pytest.raises(ValueError, match="at least 4 kept states a chain, not 3"):
        analysis.mixing([[1, 2, 3]])
    with pytest.raises(ValueError, match="samples must have 3 axes"):
        analysis.mixing([1, 2, 3, 4])

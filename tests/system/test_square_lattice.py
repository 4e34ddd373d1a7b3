"""The square lattice by sampling and analysis, against its exact solution."""

import numpy as np
import pytest
from scipy import stats

import pbit
from pbit import analysis, ising2d

FALSE_ALARM = 1e-6


@pytest.mark.slow
@pytest.mark.parametrize("temperature", [1.8, 2.0, 2.2, 2.4, 2.8])
def test_energy_and_magnetization_of_64_by_64_are_exact_within_their_errors(
    temperature,
):
    # Twenty chains: reach is seven standard errors, about 0.1 to 0.2 % of the energy.
    beta, n_chains = 1 / temperature, 20
    samples = pbit.swendsen_wang(
        ising2d.model(64, 64), beta, n_chains, 1500, 200, rng=1, keep_every=5
    )
    reach = stats.t.isf(FALSE_ALARM / 2, n_chains - 1) / np.sqrt(n_chains)
    energies = samples.energies.mean(axis=1) / 4096
    off = energies.mean() - ising2d.torus(64, 64, beta).energy
    assert abs(off) < reach * energies.std(ddof=1)
    assert reach * energies.std(ddof=1) < 0.006
    if temperature < 2.2:
        # Yang's value is that of the infinite lattice; ξ < 3 here, so 64 is as good.
        sizes = np.abs(samples.states.mean(axis=2)).mean(axis=1)
        off = sizes.mean() - ising2d.magnetization(beta)
        assert abs(off) < reach * sizes.std(ddof=1)
        assert reach * sizes.std(ddof=1) < 0.003


@pytest.mark.slow
def test_binder_crossings_give_the_critical_temperature_within_three_in_a_thousand():
    temperatures, curves = np.linspace(2.24, 2.30, 7), []
    for size in (16, 32):
        model = ising2d.model(size, size)
        curves.append(
            [
                analysis.binder_cumulant(
                    pbit.swendsen_wang(
                        model, 1 / temperature, 40, 1500, 100, rng=1000 * size + k
                    )
                )
                for k, temperature in enumerate(temperatures)
            ]
        )
    found = analysis.binder_crossing(temperatures, *curves, degree=2, rng=0)
    exact = ising2d.CRITICAL_TEMPERATURE
    assert abs(found.temperature.value / exact - 1) < 0.003
    assert found.temperature.error < 0.001 * exact
    assert found.temperature.low < exact < found.temperature.high
    assert found.binder.value == pytest.approx(0.6107, abs=0.005)

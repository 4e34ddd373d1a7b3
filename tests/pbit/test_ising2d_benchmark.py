"""A small version of the table of the square lattice."""

import numpy as np

from benchmarks import ising2d as table
from pbit import exact, ising2d
from tests.pbit.sampler_cases import counts
from tests.statistics import FALSE_ALARM, assert_law, law_p_value, law_power

LIMIT = (
    7.1  # standard errors of 24 chains: three pass it once in a million times (Student)
)


def test_coupling_from_the_past_draws_from_the_law_of_enumeration():
    """20,000 draws of 3 x 3: a temperature 5 % off is caught 999 times of 1000, and is."""
    model, temperature = ising2d.model(3, 3), 3.0
    law = exact.probabilities(model, 1 / temperature)
    off = exact.probabilities(model, 1 / (1.05 * temperature))
    assert law_power(20_000, off, law) > 0.999
    found = counts(table.exact_draws(3, temperature, 20_000, 1), 9)
    assert_law(found, law)
    assert law_p_value(found, off) < FALSE_ALARM


def test_a_small_lattice_has_energies_and_magnetizations_within_their_errors():
    """Energies to half a percent: a temperature 5 % off would be caught, and is."""
    points = table.compare(16, (2.0, 2.8), 24, 800, 32, 4096)
    for point in points:
        assert abs(point.energy.off(point.exact_energy)) < LIMIT
        assert point.energy.error < 0.004 * abs(point.exact_energy)
        wrong = ising2d.torus(16, 16, 1.05 / point.temperature).energy
        assert abs(point.energy.off(wrong)) > LIMIT
    hot = points[1]
    assert abs(hot.magnetization.off(hot.exact_magnetization)) < LIMIT
    assert hot.magnetization.error < 0.02


def test_small_lattices_cross_near_the_critical_temperature():
    around = np.linspace(2.18, 2.36, 4)
    curves = table.cumulants((6, 12), around, 32, 500)
    found = table.crossings(curves, around, 2)[6, 12].temperature
    assert abs(found.value / ising2d.CRITICAL_TEMPERATURE - 1) < 0.015
    assert found.low < found.value < found.high

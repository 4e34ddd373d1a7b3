"""What the study of delays computes without machines is right where that is known."""

import numpy as np
import pytest

import pbit
from benchmarks import delay_theory

PAIR = pbit.IsingModel({(0, 1): 1.0}, [0.0, 0.0])
PRODUCT = np.array([1, -1, -1, 1])
AND = pbit.IsingModel({(0, 1): -1.0, (0, 2): 2.0, (1, 2): 2.0}, [1.0, 1.0, -2.0])


@pytest.mark.parametrize("beta", [0.5, 1.0, 2.0])
def test_a_pair_loses_what_its_closed_form_says_to_first_order(beta):
    law, shifts = delay_theory.first_order(PAIR, beta)
    a, x = np.tanh(beta), 1e-6
    assert law @ PRODUCT == pytest.approx(a, abs=1e-12)
    assert shifts.sum(axis=0) @ PRODUCT == pytest.approx(-a * (1 - a * a), abs=1e-12)
    slope = (delay_theory.pair_correlation(beta, x) - a) / x
    assert slope == pytest.approx(-a * (1 - a * a), abs=1e-5)


@pytest.mark.parametrize("ratio", [0.1, 1.0, 3.0])
def test_stale_pairs_settle_at_their_closed_form(ratio):
    a = np.tanh(1.0)
    expected = (a * (1 + ratio) + a**3 * ratio**2) / ((1 + ratio) ** 2 - a * a * ratio)
    law = delay_theory.stale_law(PAIR, 1.0, ratio)
    assert law @ PRODUCT == pytest.approx(expected, abs=1e-10)


def test_stale_copies_cost_what_the_first_order_of_a_delay_says():
    law, shifts = delay_theory.first_order(AND, 0.7)
    x = 1e-5
    change = (delay_theory.stale_law(AND, 0.7, x) - law) / x
    np.testing.assert_allclose(change, shifts.sum(axis=0), atol=1e-4)


def test_changes_are_of_laws_and_a_connection_that_is_alone_counts_by_itself():
    law, shifts = delay_theory.first_order(AND, 0.7)
    np.testing.assert_allclose(shifts.sum(axis=1), 0.0, atol=1e-12)
    assert np.abs(shifts).sum(axis=1).min() > 1e-3
    assert law.sum() == pytest.approx(1.0)


def test_the_effective_beta_of_a_boltzmann_law_is_its_own():
    energies = np.asarray(AND.energy(delay_theory.all_states(3)))
    mean = pbit.exact.probabilities(AND, 0.8) @ energies
    assert delay_theory.effective_beta(energies, mean) == pytest.approx(0.8, abs=1e-9)

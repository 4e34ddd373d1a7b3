"""Simulation-based calibration: data drawn from known weights, learned, compared.

Of many rows the posterior of weights is normal about those learned, with the inverse of
the information times the rows as its covariance. Whitened with that, what was learned
minus what is true are independent standard normal numbers: were they wider, learning would
lose what the data say; narrower, it would remember what it should not know.
"""

import networkx as nx
import numpy as np
import pytest
from scipy import stats

from pbit.learning import BoltzmannMachine, Exact, train
from tests.oracles import all_states, boltzmann
from tests.statistics import FALSE_ALARM

ROWS = 20_000
RUNS = 16


def visible_only(rng):
    machine = BoltzmannMachine(4)
    machine.weights[:] = rng.normal(0, 0.4, machine.n_edges)
    machine.biases[:] = rng.normal(0, 0.3, machine.n)
    return machine


def one_cause(rng):
    """Five p-bits that hear one hidden p-bit: its sign is all that stays open."""
    machine = BoltzmannMachine(nx.star_graph(5), range(1, 6))
    machine.weights[:] = rng.uniform(0.7, 1.1, machine.n_edges)
    machine.biases[:] = rng.normal(0, 0.3, machine.n)
    return machine


def law_and_statistics(machine):
    """P(v) of all v, and the mean of (m_i m_j, m_i) given each v."""
    p, states = boltzmann(machine.model), all_states(machine.n).astype(float)
    i, j = machine.edges.T
    values = np.hstack([states[:, i] * states[:, j], states])
    codes = (states[:, machine.visible] > 0) @ (1 << np.arange(machine.n_visible))
    size = 2**machine.n_visible
    law = np.bincount(codes, p, size)
    means = np.array([np.bincount(codes, p * column, size) for column in values.T])
    return law, (means / law).T


def parameters(machine):
    return np.concatenate([machine.weights, machine.biases])


def deviations(make, negative, seed):
    """Whitened differences between learned and true parameters, of RUNS machines."""
    rng, found = np.random.default_rng(seed), []
    for _ in range(RUNS):
        truth = make(rng)
        law, _ = law_and_statistics(truth)
        V = all_states(truth.n_visible)
        data = V[rng.choice(len(V), ROWS, p=law)]
        learned = truth.copy()  # a start on the same side of a hidden p-bit's sign
        run = train(
            learned, data, negative=negative, n_epochs=150, learning_rate=0.3,
            momentum=0.9, rng=0,
        )  # fmt: skip
        assert run.gradient[-1] < 0.05 / np.sqrt(
            ROWS
        )  # at the top, as far as it matters
        law, means = law_and_statistics(learned)
        centred = means - law @ means
        information = (centred * law[:, None]).T @ centred
        root = np.linalg.cholesky(information * ROWS)
        found.append(root.T @ (parameters(learned) - parameters(truth)))
    return np.concatenate(found)


def assert_standard(z):
    """Object if these are not standard normal: their shape, and their squares' sum.

    False alarm 1e-6. Of 160 numbers a deviation 30 % too large or small is caught.
    """
    assert stats.kstest(z, "norm").pvalue > FALSE_ALARM / 2
    tail = stats.chi2.cdf((z**2).sum(), len(z))
    assert min(tail, 1 - tail) > FALSE_ALARM / 4, f"standard deviation {z.std()}"


@pytest.mark.parametrize("make", [visible_only, one_cause])
def test_what_is_learned_scatters_about_the_truth_as_the_data_allow(make):
    assert_standard(deviations(make, Exact(), 11))


class Hot(Exact):
    """A phase that runs the machine 5 % too hot."""

    def moments(self, machine, clamp, rng, *, batch=None):
        warm = machine.copy()
        warm.weights *= 0.95
        warm.biases *= 0.95
        return super().moments(warm, clamp, rng, batch=batch)


def test_learning_on_a_machine_that_is_too_hot_is_caught():
    with pytest.raises(AssertionError):
        assert_standard(deviations(visible_only, Hot(), 11))

"""What is known of delayed machines without running them: exact laws and first orders."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.sparse import coo_array
from scipy.sparse.linalg import spsolve
from scipy.special import expit

import pbit

Floats = NDArray[np.float64]


def all_states(n: int) -> NDArray[np.int8]:
    """Return all states of n p-bits, little-endian, shape (2**n, n)."""
    return (2 * (np.arange(2**n)[:, None] >> np.arange(n) & 1) - 1).astype(np.int8)


def distance(p: Floats, q: Floats) -> float:
    """Return the total variation distance."""
    return 0.5 * float(np.abs(p - q).sum())


def effective_beta(energies: Floats, mean: float) -> float:
    """Return the beta at which the Boltzmann law has that mean energy."""

    def excess(beta: float) -> float:
        weights = np.exp(-beta * (energies - energies.min()))
        return float(weights @ energies / weights.sum()) - mean

    return float(brentq(excess, -1.0, 50.0))


def first_order(model: pbit.IsingModel, beta: float) -> tuple[Floats, Floats]:
    r"""Return (P, dP): the Boltzmann law, and its change a unit of every delay over tau_n.

    dP has a row a connection, in the order of the weights; delays x_e in units of tau_n
    make the law P + sum_e x_e dP[e], to first order.

    A p-bit that updates sees neighbour j as it was a delay ago: as it is, or, if j has
    flipped since, turned over. To first order in x = tau_s / tau_n that is one flip, and
    as the undelayed machine obeys detailed balance, state m was left for the present one
    by j as often as j would leave it: at the rate w_j(m). Hence the chance of +1 of p-bit
    i in state m is

    .. math:: p_i(m) + \sum_{j} x_{ij} w_j(m)\,[p_i(m^{(j)}) - p_i(m)],

    with m^(j) the state m with j turned over. The law of this chain, to first order, is
    P + dP, dP Q = -P Q', where Q is the undelayed machine's generator and Q' what x
    adds. Exact as x goes to 0: of a pair it gives -a (1 - a^2), as it has to.
    """
    n, size = model.n, 2**model.n
    states, every = all_states(n), np.arange(size)
    up = expit(2 * beta * np.asarray(model.fields(states)))
    leave = np.where(states > 0, 1 - up, up)  # w_j(m), a tau
    law = pbit.exact.probabilities(model, beta)
    Q, right = np.zeros((size, size)), np.zeros((model.n_edges, size))
    weights = model.weights
    for i in range(n):
        turned = every ^ (1 << i)
        Q[every, turned] += leave[:, i]
        Q[every, every] -= leave[:, i]
        for e in range(weights.indptr[i], weights.indptr[i + 1]):
            j = int(weights.indices[e])
            more = leave[:, j] * (up[every ^ (1 << j), i] - up[:, i])
            moved = -law * states[:, i] * more  # from m to m with i turned, a unit of x
            right[e] = moved - moved[turned]
    system = Q.T.copy()
    system[0], right[:, 0] = 1.0, 0.0  # one equation is in the others
    return law, np.linalg.solve(system, right.T).T


def stale_law(model: pbit.IsingModel, beta: float, ratio: float) -> Floats:
    """Return the exact law of a machine with a stale copy a connection.

    Copies are renewed by Poisson clocks of mean `ratio` tau_n: the p-bits and the copies
    are a Markov chain of 2**(n + connections) states.
    """
    n, connections = model.n, model.n_edges
    weights = model.weights
    readers = np.repeat(np.arange(n), np.diff(weights.indptr))
    size = 2 ** (n + connections)
    every, full = np.arange(size), all_states(n + connections)
    source, target, rate = [], [], []
    for i in range(n):
        heard = np.flatnonzero(readers == i)
        field = model.h[i] + full[:, n + heard] @ weights.data[heard]
        source.append(every)
        target.append(every ^ (1 << i))
        rate.append(expit(-2 * beta * field * full[:, i]))
    for e in range(connections):
        old = np.flatnonzero(full[:, n + e] != full[:, weights.indices[e]])
        source.append(old)
        target.append(old ^ (1 << (n + e)))
        rate.append(np.full(old.size, 1 / ratio))
    rows, columns = np.concatenate(target), np.concatenate(source)
    rates = np.concatenate(rate)
    Q = coo_array((rates, (rows, columns)), shape=(size, size)).tolil()
    Q.setdiag(-np.bincount(columns, rates, size))
    Q[0, :] = 1.0
    right = np.zeros(size)
    right[0] = 1.0
    law = spsolve(Q.tocsc(), right)
    return np.asarray(law.reshape(-1, 2**n).sum(axis=0))


def pair_correlation(coupling: float, ratio: float) -> float:
    """Return <m1 m2> of two p-bits behind one delay, `ratio` tau_n, exactly."""
    a = math.tanh(coupling)
    k = math.sqrt(1 - a * a)

    def branch(a: float) -> float:
        grown = math.exp(k * ratio)
        return (a * grown + 1 + k) / (a + (1 + k) * grown)

    same, other = branch(a), branch(-a)
    return a / 2 * (same + other) / (1 - a / 2 * (same - other))

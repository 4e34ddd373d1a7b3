"""Exact laws of small machines: the Markov chains that they are, written out and solved.

Nothing of the code under test is used here. A chain's states are ±1 vectors, numbered
little-endian; what a machine remembers besides its p-bits (copies, delayed states) is
appended to the vector. Rates and chances follow the definitions: an ideal p-bit draws +1
with sigma(2 I), a telegraph p-bit leaves m at e^{-I m} / tau.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit, ndtri


@dataclass(frozen=True)
class Chain:
    """A stationary law, and how fast time averages come to it.

    `law` is over the 2**n states of the p-bits, shape (2**n,); `covariance` is T times
    the covariance of the shares of time (or of ticks) spent in them during T.
    """

    law: np.ndarray
    covariance: np.ndarray

    def variance(self, values):
        """T times the variance of the time average, over T, of a function of the state."""
        values = np.asarray(values, float)
        return float(values @ self.covariance @ values)


def all_states(n):
    """All ±1 vectors of n entries, shape (2**n, n), little-endian."""
    return 2 * (np.arange(2**n)[:, None] >> np.arange(n) & 1) - 1


def number(states):
    """The numbers of ±1 vectors, shape (..., n) -> (...)."""
    states = np.asarray(states)
    return ((states > 0) << np.arange(states.shape[-1])).sum(axis=-1)


def in_continuous_time(jumps, n_all, n):
    """The chain whose state s jumps to t at rate r for every (s, t, r) arrays in `jumps`."""
    size = 2**n_all
    Q = np.zeros((size, size))
    for source, target, rate in jumps:
        np.add.at(Q, (source, target), rate)
    Q -= np.diag(Q.sum(axis=1))
    law = _stationary(Q)
    # Covariance: the integral of autocovariances, by the deviation matrix (-Q)^-1.
    deviation = np.linalg.inv(np.outer(np.ones(size), law) - Q) - np.outer(
        np.ones(size), law
    )
    seen = _marginal(size, n)
    half = seen.T @ (law[:, None] * deviation) @ seen
    return Chain(seen.T @ law, half + half.T)


def in_ticks(P, n):
    """The chain of transition matrix P over p-bits (and memory); time counts in ticks.

    It may be periodic: shares of time settle all the same.
    """
    size = len(P)
    law = _stationary(P - np.eye(size))
    ones = np.outer(np.ones(size), law)
    fundamental = np.linalg.inv(np.eye(size) - P + ones) - ones
    seen = _marginal(size, n)
    half = seen.T @ (law[:, None] * fundamental) @ seen
    now = np.diag(seen.T @ law) - np.outer(seen.T @ law, seen.T @ law)
    return Chain(seen.T @ law, half + half.T - now)


def _stationary(Q):
    """The one law with law @ Q = 0."""
    system, right = Q.T.copy(), np.zeros(len(Q))
    system[0], right[0] = 1.0, 1.0  # one equation is in the others
    law = np.linalg.solve(system, right)
    assert np.abs(law @ Q).max() < 1e-10 * np.abs(Q).max()
    return law


def _marginal(size, n):
    """Matrix that adds up what differs in memory only, shape (size, 2**n)."""
    return np.eye(2**n)[np.arange(size) % 2**n]


def autonomous(W, h, tau, kind="ideal", copies=None, tau_s=None):
    """P-bits that time themselves, with instant synapses or stale copies.

    Copies are appended to the state: one a p-bit ("source") or one a connection in the
    order of the rows ("edge").
    """
    W, h = np.asarray(W, float), np.asarray(h, float)
    n, tau = len(h), np.broadcast_to(tau, len(h))
    edges = np.argwhere(W) if copies == "edge" else []
    sources = {"edge": [j for _, j in edges], "source": range(n), None: []}[copies]
    n_all = n + len(sources)
    full = all_states(n_all)
    read = _seen_by(full, n, copies, edges)
    jumps, every = [], np.arange(2**n_all)
    for i in range(n):
        field = h[i] + sum(W[i, j] * read(i, j) for j in range(n) if W[i, j])
        target = every ^ (1 << i)
        away = -full[:, i]
        rate = expit(2 * field * away) if kind == "ideal" else np.exp(field * away)
        jumps.append((every, target, rate / tau[i]))
    for k, j in enumerate(sources):
        stale = np.flatnonzero(full[:, n + k] != full[:, j])
        jumps.append((stale, stale ^ (1 << (n + k)), 1.0 / tau_s))
    return in_continuous_time(jumps, n_all, n)


def _seen_by(full, n, copies, edges):
    """Return read(i, j): what reader i sees of p-bit j, in every state of the chain."""
    place = {(int(i), int(j)): n + k for k, (i, j) in enumerate(edges)}

    def read(i, j):
        column = {None: j, "source": n + j}.get(copies)
        return full[:, place[i, j] if column is None else column]

    return read


def clocked(W, h, groups, probability=1.0):
    """One group of p-bits a tick in turn, all of a group from the state before the tick.

    Each takes part with a probability of its own. The phase is part of the chain's state.
    """
    W, h = np.asarray(W, float), np.asarray(h, float)
    states = all_states(len(h))
    up = expit(2 * (states @ W.T + h))  # chance of +1 of each p-bit, from each state
    size = len(states)
    P = np.zeros((size * len(groups),) * 2)
    for phase, group in enumerate(groups):
        step = np.ones((size, size))
        for i in range(len(h)):
            kept = states[:, None, i] == states[None, :, i]
            drawn = np.where(states[None, :, i] > 0, up[:, None, i], 1 - up[:, None, i])
            share = probability if i in group else 0.0
            step *= share * drawn + (1 - share) * kept
        later = (phase + 1) % len(groups)
        P[phase * size :, later * size :][:size, :size] = step
    return in_ticks(P, len(h))


def subsets(size):
    """Every set of states but none and all, one of each complementary pair, as rows."""
    return np.arange(1, 2 ** (size - 1))[:, None] >> np.arange(size) & 1


def worst_deviation(chain):
    """sqrt(T) times the largest standard deviation of the share of time in any subset.

    The total variation distance is the largest error of any subset's share.
    """
    chosen = subsets(len(chain.law)).astype(float)
    return float(np.sqrt(((chosen @ chain.covariance) * chosen).sum(axis=1).max()))


def deviations_for(false_alarm, looks):
    """How many standard deviations a normal variable passes this rarely in many looks."""
    return float(-ndtri(false_alarm / looks / 2))


def time_for(chain, distance, false_alarm):
    """How long to run so that noise alone exceeds a total variation this rarely."""
    looks = 2 ** (len(chain.law) - 1)
    return (deviations_for(false_alarm, looks) * worst_deviation(chain) / distance) ** 2


def total_variation(p, q):
    return 0.5 * float(np.abs(np.asarray(p) - np.asarray(q)).sum())


def delayed_pair(J, x):
    """<m1 m2> of two ideal p-bits that read states of age x (in units of tau), h = 0.

    While p-bit 1 has not updated for a time, what p-bit 2 was told of it is known, and
    so on: the delay equation has the closed form below.
    """
    a = np.tanh(J)
    k = np.sqrt(1 - a * a)

    def branch(a):
        growing = np.exp(k * x)
        return (a * growing + 1 + k) / (a + (1 + k) * growing)

    X, Y = branch(a), branch(-a)
    return (a / 2) * (X + Y) / (1 - (a / 2) * (X - Y))


def stale_pair(J, s):
    """<m1 m2> of two ideal p-bits with stale copies, s = tau_s / tau_n, h = 0."""
    a = np.tanh(J)
    return (a * (1 + s) + a**3 * s * s) / ((1 + s) ** 2 - a * a * s)

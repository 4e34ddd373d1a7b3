"""Slow, obviously right twins of fast code; nothing here is shared with what it judges."""

from __future__ import annotations

import itertools
import math

import numpy as np
from scipy.sparse import csc_array
from scipy.sparse.linalg import splu

MASK = 0xFFFFFFFF


def philox4x32(counter, key):
    """Philox4x32-10 as in Salmon et al. (2011), in whole numbers of any size."""
    c0, c1, c2, c3 = counter
    k0, k1 = key
    for _ in range(10):
        high0, low0 = divmod(0xD2511F53 * c0, 1 << 32)
        high1, low1 = divmod(0xCD9E8D57 * c2, 1 << 32)
        c0, c1, c2, c3 = high1 ^ c1 ^ k0, low1, high0 ^ c3 ^ k1, low0
        k0, k1 = (k0 + 0x9E3779B9) & MASK, (k1 + 0xBB67AE85) & MASK
    return c0, c1, c2, c3


def all_states(n):
    """All states of n p-bits as ±1, shape (2**n, n), little-endian."""
    rows = [[1 if number >> i & 1 else -1 for i in range(n)] for number in range(2**n)]
    return np.array(rows, np.int8).reshape(2**n, n)


def number_of(state):
    """The state as a whole number: bit i is 1 where p-bit i is +1."""
    return sum(1 << i for i, value in enumerate(state) if value > 0)


def energy(model, state):
    """E by the formula, pair by pair."""
    J, m = model.J.toarray(), [int(value) for value in state]
    pairs = itertools.combinations(range(model.n), 2)
    paired = math.fsum(J[i, j] * m[i] * m[j] for i, j in pairs)
    return model.offset - paired - math.fsum(model.h[i] * m[i] for i in range(model.n))


def boltzmann(model, beta=1.0, clamp=None):
    """P of each of the 2**n states, conditional on a clamp {label: ±1}."""
    held = {model.index(label): value for label, value in (clamp or {}).items()}
    energies, allowed = [], []
    for state in all_states(model.n):
        energies.append(energy(model, state))
        allowed.append(all(state[i] == value for i, value in held.items()))
    weights = np.exp(-beta * (np.array(energies) - min(energies))) * allowed
    return weights / weights.sum()


def probability_up(circuit, state, i, beta):
    """P(m_i = +1) = sigma(2 I_i)."""
    heard = circuit.weights.toarray()[i]
    inputs = beta * (sum(heard * np.asarray(state, float)) + circuit.h[i])
    return 1.0 / (1.0 + math.exp(-2.0 * inputs))


def update_matrix(circuit, i, beta):
    """The transition matrix of one update of p-bit i, shape (2**n, 2**n)."""
    matrix = np.zeros((2**circuit.n, 2**circuit.n))
    for number, state in enumerate(all_states(circuit.n)):
        up = probability_up(circuit, state, i, beta)
        matrix[number, number | 1 << i] += up
        matrix[number, number & ~(1 << i)] += 1.0 - up
    return matrix


def sweep_matrix(circuit, pbits, beta):
    """The transition matrix of updates of these p-bits, one after the other."""
    matrix = np.eye(2**circuit.n)
    for i in pbits:
        matrix = matrix @ update_matrix(circuit, i, beta)
    return matrix


def random_sweep_matrix(circuit, pbits, beta):
    """As many updates as there are p-bits here, each of one picked with replacement."""
    mean = sum(update_matrix(circuit, i, beta) for i in pbits) / len(pbits)
    return np.linalg.matrix_power(mean, len(pbits))


def stationary(matrix):
    """The law that a transition matrix keeps, where there is only one."""
    size = len(matrix)
    system = np.vstack([matrix.T - np.eye(size), np.ones(size)])
    return np.linalg.lstsq(system, np.append(np.zeros(size), 1.0), rcond=None)[0]


def variance_of_means(matrix, law, inside):
    """Asymptotic variance, times steps, of the fraction of a chain's steps inside.

    The sum of all autocovariances, from the fundamental matrix (Kemeny & Snell 1960):
    <f, 2 (1 - P)^-1 f> - <f, f> with f = inside - P(inside). A chain in continuous time
    with steps at exponential intervals has <f, f> more of it: a state's own duration.
    """
    f = np.asarray(inside, float) - law[np.asarray(inside)].sum()
    size = len(law)
    system = np.eye(size) - matrix + np.outer(np.ones(size), law)
    # Not numpy's solver: its threads fight over cores that are busy with something else.
    return float((law * f) @ (2.0 * splu(csc_array(system)).solve(f) - f))


def threshold_words(key, use, chain, sweep, n):
    """The 32-bit words behind the decisions of one ordered sweep, one a p-bit."""
    quarter = (n + 3) // 4
    blocks = [
        philox4x32((b, sweep & MASK, chain, use << 24 | sweep >> 32), key)
        for b in range(quarter)
    ]
    return [blocks[i % quarter][i // quarter] for i in range(n)]


def pick_words(key, use, chain, sweep, t):
    """The four words behind the t-th update of a sweep in random order."""
    return philox4x32((t, sweep & MASK, chain, use << 24 | sweep >> 32), key)


def unit(high, low):
    """A uniform number in (0, 1) of the upper 52 of 64 bits."""
    return ((high << 32 | low) // 2**12 + 0.5) / 2**52


def initial_state(key, use, chain, n):
    """The state that a chain starts from: bit after bit of the words."""
    state = []
    for i in range(n):
        words = philox4x32((i // 128, 0, chain, use << 24), key)
        state.append(1 if words[i % 128 // 32] >> i % 32 & 1 else -1)
    return state


def gibbs(circuit, betas, key, chain, pbits, half_logit, *, held=(), random=False):
    """One chain, sweep after sweep, from the words of its seed: states, shape (t, n).

    Uses 0 (where chains start) and 1 (what sweeps decide), as `pbit.random.Use` says.
    """
    m = initial_state(key, 0, chain, circuit.n)
    for i, value in held:
        m[i] = value
    weights, h, trajectory = circuit.weights.toarray(), circuit.h, []
    for sweep, beta in enumerate(betas):
        words = threshold_words(key, 1, chain, sweep, circuit.n)
        for t, ordered in enumerate(pbits):
            i, u = ordered, (words[ordered] + 0.5) / 2**32
            if random:
                w0, w1, w2, w3 = pick_words(key, 1, chain, sweep, t)
                i, u = pbits[int(unit(w0, w1) * len(pbits))], unit(w2, w3)
            heard = sum(weights[i, j] * m[j] for j in range(circuit.n))
            m[i] = 1 if beta * (heard + h[i]) > half_logit(u) else -1
        trajectory.append(list(m))
    return np.array(trajectory, np.int8).reshape(len(trajectory), circuit.n)

"""Slow, obvious twins: every state of a small circuit, and what becomes of it."""

from __future__ import annotations

import numpy as np


def all_states(n: int) -> np.ndarray:
    """All states of n p-bits as ±1, shape (2**n, n), little-endian."""
    numbers = np.arange(2**n)[:, None] >> np.arange(n)
    return (2 * (numbers & 1) - 1).astype(np.int8)


def all_energies(model) -> np.ndarray:
    """E of every state by the formula, in blocks: low and high half of the bits."""
    n, J = model.n, model.J.toarray()
    low = n // 2
    a, b = all_states(low).astype(float), all_states(n - low).astype(float)
    inner_a = -0.5 * np.einsum("si,ij,sj->s", a, J[:low, :low], a) - a @ model.h[:low]
    inner_b = -0.5 * np.einsum("si,ij,sj->s", b, J[low:, low:], b) - b @ model.h[low:]
    cross = -(b @ J[low:, :low]) @ a.T
    return (inner_b[:, None] + inner_a[None, :] + cross + model.offset).ravel()


def boltzmann(model, beta: float = 1.0) -> np.ndarray:
    energies = all_energies(model)
    weights = np.exp(-beta * (energies - energies.min()))
    return weights / weights.sum()


def ground_states(model) -> np.ndarray:
    """Numbers of the states of lowest energy."""
    energies = all_energies(model)
    return np.flatnonzero(np.isclose(energies, energies.min(), atol=1e-9))


def held(model, clamp) -> np.ndarray:
    """Mask over all states: those that agree with a clamp."""
    states = all_states(model.n)
    columns = [model.index(label) for label in clamp]
    return (states[:, columns] == np.array(list(clamp.values()))).all(axis=1)


def stationary(circuit, free: list[int], state: np.ndarray, beta: float) -> np.ndarray:
    """Law over the free p-bits when one of them, picked at random, updates at a time.

    The exact left eigenvector of the chain's transition matrix, by solving for it; the
    other p-bits stay as in `state`.
    """
    k = len(free)
    states = np.repeat(state[None, :], 2**k, axis=0)
    states[:, free] = all_states(k)
    fields = states.astype(float) @ circuit.weights.toarray().T + circuit.h
    up = 1 / (1 + np.exp(-2 * beta * fields[:, free]))
    step = np.zeros((2**k, 2**k))
    for s in range(2**k):
        for bit in range(k):
            step[s, s | 1 << bit] += up[s, bit] / k
            step[s, s & ~(1 << bit)] += (1 - up[s, bit]) / k
    system = np.vstack([step.T - np.eye(2**k), np.ones(2**k)])
    target = np.append(np.zeros(2**k), 1.0)
    return np.linalg.lstsq(system, target, rcond=None)[0]

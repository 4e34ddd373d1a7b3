"""Models and counts that tests of samplers share."""

from __future__ import annotations

import numpy as np

from pbit import IsingModel


def mixed(n, seed, scale=1.0, bias=0.4):
    """Couplings of both signs and any size, biases, an offset."""
    rng = np.random.default_rng(seed)
    J = scale * np.triu(rng.normal(size=(n, n)), 1) / np.sqrt(n)
    return IsingModel(J + J.T, bias * rng.normal(size=n) * scale, offset=0.7)


def numbers(states):
    """The number of each state of shape (..., n)."""
    return ((states > 0) << np.arange(states.shape[-1])).sum(axis=-1)


def counts(states, n):
    """How often each of the 2**n states is there."""
    return np.bincount(numbers(states).ravel(), minlength=2**n)

"""Random patterns and states with flipped bits."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from pbit.checks import Floats, States, check_count, check_nonnegative, check_states
from pbit.kernels.boltzmann import fill_uniforms
from pbit.random import RandomState, Streams, Use, random_states, streams

__all__ = ["flip_bits", "random_patterns", "uniforms"]


def random_patterns(n_patterns: int, n: int, rng: RandomState = None) -> States:
    """Return patterns whose bits are fair coins.

    Parameters
    ----------
    n_patterns, n
        How many, and of how many bits.
    rng
        Seed.

    Returns
    -------
    numpy.ndarray
        int8 of ±1, shape (n_patterns, n).

    Raises
    ------
    TypeError, ValueError
        If a size is not a whole number of at least 1.
    """
    check_count("n_patterns", n_patterns)
    check_count("n", n)
    return random_states(streams(rng), n_patterns, n, Use.PATTERN)


def flip_bits(states: ArrayLike, probability: float, rng: RandomState = None) -> States:
    """Return the states with each bit flipped with a probability, independently.

    Parameters
    ----------
    states
        ±1, shape (n,) or (n_samples, n); not written to.
    probability
        0 to 1; one half leaves pure noise.
    rng
        Seed.

    Returns
    -------
    numpy.ndarray
        int8 of ±1, of the same shape.

    Raises
    ------
    TypeError, ValueError
        If a state is not ±1 or the probability is none.
    """
    share = check_nonnegative("probability", probability)
    if share > 1:
        msg = f"probability must be at most 1, not {probability}"
        raise ValueError(msg)
    given = np.asarray(states)
    m = check_states(given, given.shape[-1] if given.ndim else 0)
    if m.ndim > 2:
        msg = f"states must have shape (n,) or (n_samples, n), not {m.shape}"
        raise ValueError(msg)
    rows = m.reshape(-1, m.shape[-1])
    drawn = uniforms(streams(rng), *rows.shape, Use.BIT_FLIP)
    flipped: States = np.where(drawn < share, -rows, rows).astype(np.int8)
    return flipped.reshape(m.shape)


def uniforms(
    source: Streams, n_rows: int, n: int, use: Use, first_row: int = 0
) -> Floats:
    """Return uniforms in (0, 1), shape (n_rows, n); a row depends on its number alone."""
    out = np.empty((n_rows, n))
    for r in range(n_rows):
        fill_uniforms(out[r], source.key0, source.key1, int(use), first_row + r)
    return out

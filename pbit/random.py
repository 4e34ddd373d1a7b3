"""Randomness: one seed makes one 64-bit key, and a draw is addressed by what it is for.

Every draw is a word of Philox4x32-10 at the counter (event, unit, use): which occasion, which
chain or p-bit, and for what. Nothing is consumed in order, so results do not depend on threads,
batches or on which engine asks first; two uses never share a draw.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, TypeAlias

import numpy as np

from pbit.checks import States
from pbit.kernels import philox

RandomState: TypeAlias = (
    int | np.random.SeedSequence | np.random.BitGenerator | np.random.Generator | None
)

words = philox.block
"""Four words (uint64 below 2**32) for (key0, key1, use, unit, event); callable in numba."""

uniform_pair = philox.uniform_pair
"""Two uniforms in (0, 1) for (key0, key1, use, unit, event); callable in numba."""


class Use(IntEnum):
    """What a draw is for. Numbers are part of the results' reproducibility: never reused."""

    INITIAL = 0  # states that chains start from: unit = chain
    SWEEP = 1  # decisions of the samplers: unit = chain
    MACHINE_INITIAL = 2  # states that machines start from
    CLOCK = 3  # Poisson clock of ideal p-bits: event = its tick
    DECISION = (
        4  # a p-bit's decision at a clocked update: unit = p-bit pair, event = tick
    )
    MASK = 5  # whether a masked p-bit takes part: unit = p-bit pair, event = tick
    DWELL = 6  # hazard budget of a telegraph p-bit: unit = p-bit, event = its flips
    REFRESH = 7  # Poisson clock of stale copies: event = its tick
    PLANES = 8  # upper bits of the samplers' decisions in whole numbers, by 32 chains
    PLANES_TAIL = 9  # their lower bits, where the upper ones do not decide
    METROPOLIS = 10  # barriers of Metropolis updates: unit = chain
    EXCHANGE = (
        11  # whether temperatures swap: unit = place in the ladders, event = round
    )
    PAIRING = 12  # which replicas make a cluster move, and from where
    RESAMPLE = 13  # who survives in a population: event = step
    TROTTER = 14  # decisions in Trotter replicas: unit = replica
    BOND = 15  # bonds of Swendsen-Wang clusters: unit = chain
    CLUSTER_SIGN = 16  # signs of Swendsen-Wang clusters: unit = chain
    WOLFF = 17  # seeds and bonds of Wolff clusters: unit = chain
    PILOT = 18  # keys of pilot runs: event = which of them
    EXACT_DRAW = 20  # draws along an elimination tree: unit = draw, event = p-bit pair
    NOISE_SEED = 30  # first state of a noise register: unit = register, event = attempt
    NOISE_WORD = 31  # ideal word of a digital p-bit: unit = p-bit, event = tick
    DELAY = 35  # factor of a connection's delay: event = connection
    MAGNET = 40  # redraws of a junction: unit = p-bit, event = its redraws
    RING = 42  # an oscillator p-bit: unit = p-bit, event = edge
    RING_JITTER = 43  # its periods, likewise
    THERMAL = 41  # thermal field of a magnet: unit = magnet, event = time step
    SPREAD = 45  # differences between p-bits: unit = which quantity, event = p-bit
    FAULTS = 46  # stuck parts: unit = which entry, event = p-bit or coupling
    PROGRAM = 48  # error of a memory cell: unit = which side, event = cell
    READ_NOISE = 47  # noise of one reading of a field: unit = p-bit, event = clock's
    PATTERN = 70  # bits of random patterns: unit = pattern
    BIT_FLIP = 71  # whether noise flips a bit: unit = sample, event = pair of bits
    WAVE = 72  # parameters that wave functions start from
    LEARN_INITIAL = 60  # weights that learning starts from
    LEARN_STEP = 61  # seeds of the parts of a step: unit = part, event = step
    LEARN_ORDER = 62  # order of the samples in an epoch: unit = epoch
    LEARN_VISIBLE = 63  # visible units of a restricted machine: unit = chain
    LEARN_HIDDEN = 64  # its hidden ones, likewise
    LEARN_SWAP = 65  # swaps of temperatures while it learns: unit = chain
    LEARN_GRAPH = 66  # who is coupled to whom in graphs that are made: unit = deck


@dataclass(frozen=True)
class Streams:
    """The streams of one seed.

    Attributes
    ----------
    key0, key1
        The 64-bit key of the generator, as two 32-bit words.
    entropy
        What the key was made from, as a result records it.
    """

    key0: int
    key1: int
    entropy: dict[str, Any]


def streams(rng: RandomState = None) -> Streams:
    """Return the streams of a seed.

    Parameters
    ----------
    rng
        None (fresh entropy), an int >= 0, a SeedSequence, or a Generator or BitGenerator,
        from which 128 bits are drawn (it moves on, so the next call differs).

    Raises
    ------
    TypeError, ValueError
        If `rng` is none of these, or a negative int.
    """
    if isinstance(rng, np.random.BitGenerator):
        rng = np.random.Generator(rng)
    if isinstance(rng, np.random.Generator):
        drawn = rng.integers(2**32, size=4, dtype=np.uint32)
        sequence = np.random.SeedSequence([int(word) for word in drawn])
    elif isinstance(rng, np.random.SeedSequence):
        sequence = rng
    elif rng is None:
        sequence = np.random.SeedSequence()
    else:
        sequence = np.random.SeedSequence(_check_seed(rng))
    key0, key1 = sequence.generate_state(2, np.uint32).tolist()
    entropy = {"entropy": sequence.entropy, "spawn_key": list(sequence.spawn_key)}
    return Streams(key0, key1, entropy)


def seed_of(source: Streams, *spawn: int) -> np.random.SeedSequence:
    """Return the seed that streams were made from, or one spawned of it."""
    return sequence_of(source.entropy, *spawn)


def sequence_of(entropy: Mapping[str, Any], *spawn: int) -> np.random.SeedSequence:
    """Return the seed that a recorded entropy came from, or one spawned of it."""
    key = (*entropy["spawn_key"], *spawn)
    return np.random.SeedSequence(entropy["entropy"], spawn_key=key)


def _check_seed(seed: object) -> int:
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer):
        msg = f"rng must be None, an int, a SeedSequence or a Generator, not {seed!r}"
        raise TypeError(msg)
    if seed < 0:
        msg = f"rng must be >= 0, not {seed}"
        raise ValueError(msg)
    return int(seed)


def random_states(
    source: Streams, n_chains: int, n: int, use: Use, first_chain: int = 0
) -> States:
    """Return uniformly random states, shape (n_chains, n); chain k depends on k alone.

    The first row is that of chain `first_chain`.
    """
    states = np.empty((n_chains, n), np.int8)
    philox.fill_states(states, source.key0, source.key1, int(use), first_chain)
    return states

"""Moves between chains: swaps of temperatures, and isoenergetic cluster moves."""

from __future__ import annotations

import numpy as np

from pbit.kernels.jit import inline, jit
from pbit.kernels.numerics import log
from pbit.kernels.philox import block, unit_from_words
from pbit.kernels.types import Connections, Floats, Int, Int32s, Int64s, States


@inline
def is_swapped(cold_minus_hot: float, energy_gain: float, u: float) -> bool:
    """Say whether two chains swap: u < exp((beta_b - beta_a)(E_b - E_a))."""
    return log(u) < cold_minus_hot * energy_gain


@jit
def swap_temperatures(
    betas: Floats,
    energies: Floats,
    at: Int32s,
    parity: Int,
    first_place: Int,
    key0: Int,
    key1: Int,
    use: Int,
    event: Int,
    tries: Int64s,
    swaps: Int64s,
    heading: States,
    trips: Int64s,
) -> None:
    """Offer every other pair of neighbouring temperatures of every ladder a swap.

    Parameters
    ----------
    betas
        Inverse temperatures, rising, shape (k,).
    energies
        By chain.
    at
        Chain at each temperature of each ladder, shape (ladders, k); swapped in place.
    parity
        0 for the pairs (0, 1), (2, 3) ..., 1 for (1, 2), (3, 4) ...
    first_place
        Number of the first place of the first ladder: draws are addressed by place.
    event
        Number of the round.
    tries, swaps
        Counts by pair, shape (ladders, k - 1); added to.
    heading, trips
        By chain: 1 after the hot end, -1 after the cold end, 0 before either; and how
        often it came back to the hot end from the cold one.
    """
    for r in range(at.shape[0]):
        for k in range(parity, at.shape[1] - 1, 2):
            a, b = at[r, k], at[r, k + 1]
            place = first_place + r * at.shape[1] + k
            drawn = block(key0, key1, use, place, event)
            u = unit_from_words(drawn[0], drawn[1])
            tries[r, k] += 1
            if is_swapped(betas[k + 1] - betas[k], energies[b] - energies[a], u):
                at[r, k], at[r, k + 1] = b, a
                swaps[r, k] += 1
        hot, cold = at[r, 0], at[r, at.shape[1] - 1]
        if hot == cold:
            continue  # one temperature: there is nowhere to go
        if heading[hot] == -1:
            trips[hot] += 1
        heading[hot] = 1
        if heading[cold] == 1:
            heading[cold] = -1


@jit
def grow_and_turn(
    indptr: Int32s,
    indices: Int32s,
    data: Floats,
    h: Floats,
    first: States,
    second: States,
    kinds: States,
    seed: Int,
    members: Int32s,
    outside: Floats,
) -> tuple[int, float]:
    """Turn, in both replicas, the connected cluster of one kind around a seed.

    `kinds` holds the products m m', and loses the cluster's; `members`, of n + 1 entries,
    and `outside`, of n, are scratch. Returns the cluster's size and how much the first
    replica's energy rises, which is what the second's falls.
    """
    kind = kinds[seed]
    kinds[seed] = 0
    members[0] = seed
    size, done = 1, 0
    while done < size:
        i = members[done]
        done += 1
        for e in range(indptr[i], indptr[i + 1]):
            # Without a branch, which nothing could predict: the entry past the end is
            # written in any case, and counts if it belongs.
            j = np.uint32(indices[e])
            found = kinds[j]
            belongs = found == kind
            members[size] = j
            size += 1 if belongs else 0
            kinds[j] = np.int8(0) if belongs else found
    for i in range(first.shape[0]):
        outside[i] = first[i]
    for k in range(size):
        outside[members[k]] = 0.0
    rise = 0.0
    for k in range(size):
        i = members[k]
        heard = h[i]
        for e in range(indptr[i], indptr[i + 1]):
            heard += data[e] * outside[np.uint32(indices[e])]
        rise += 2.0 * first[i] * heard
        first[i] = -first[i]
        second[i] = -second[i]
    return size, rise


@jit
def cluster_moves(
    wiring: Connections,
    h: Floats,
    states: States,
    energies: Floats,
    chains: Int32s,
    n_free: Int64s,
    symmetric: bool,
    first_group: Int,
    key0: Int,
    key1: Int,
    use: Int,
    event: Int,
    tries: Int64s,
    turned: Int64s,
    mirror: bool = False,
) -> None:
    """Pair the replicas of each group at random and turn one cluster a pair.

    Parameters
    ----------
    wiring, h
        The model.
    states, energies
        By chain; changed in place.
    chains
        The replicas of each group, which share a temperature, shape (groups, replicas).
    n_free
        Number of p-bits that are not clamped, by group; -1 leaves a group alone.
    symmetric
        Whether there are neither biases nor clamps.
    first_group, event
        What the draws are addressed by; `event` is the number of the round.
    tries, turned
        Moves tried, and p-bits turned in them, by group; added to.
    mirror
        Look at p-bits that differ alone, and where their cluster is more than half of
        all, make one replica its own mirror image instead; for symmetric models.
    """
    n = states.shape[1]
    replicas = chains.shape[1]
    members = np.empty(n + 1, np.int32)
    kinds = np.empty(n, np.int8)
    outside = np.empty(n, np.float64)
    line = np.empty(replicas, np.int32)
    for g in range(chains.shape[0]):
        if n_free[g] < 0:
            continue
        unit = first_group + g
        line[:] = chains[g]
        for p in range(replicas // 2):
            drawn = block(key0, key1, use, unit, event * (2 * replicas) + 2 * p)
            u, v = (
                unit_from_words(drawn[0], drawn[1]),
                unit_from_words(drawn[2], drawn[3]),
            )
            # The next two of a random order of the replicas.
            k = 2 * p + int(u * (replicas - 2 * p))
            line[2 * p], line[k] = line[k], line[2 * p]
            k = 2 * p + 1 + int(v * (replicas - 2 * p - 1))
            line[2 * p + 1], line[k] = line[k], line[2 * p + 1]
            a, b = line[2 * p], line[2 * p + 1]
            first, second = states[a], states[b]
            total = 0
            for i in range(n):
                kinds[i] = first[i] * second[i]
                total += kinds[i]
            differ = (n - total) // 2
            kind, count = -1, differ
            # A move keeps every product m m', so a rule that looks at them alone is exact.
            if 2 * differ > n_free[g] and not mirror:
                if not symmetric:
                    continue  # most of them differ: the cluster would percolate
                kind, count = 1, n - differ
            tries[g] += 1
            if count == 0:
                continue
            drawn = block(key0, key1, use, unit, event * (2 * replicas) + 2 * p + 1)
            left = int(unit_from_words(drawn[0], drawn[1]) * count)
            seed, passed = 0, 0
            for i in range(n):  # without a branch: to the first that is one too many
                passed += 1 if kinds[i] == kind else 0
                seed += 1 if passed <= left else 0
            size, rise = grow_and_turn(
                wiring[0],
                wiring[1],
                wiring[2],
                h,
                first,
                second,
                kinds,
                seed,
                members,
                outside,
            )
            if mirror and 2 * size > n:
                for k in range(size):
                    second[members[k]] *= -1
                    first[members[k]] *= -1
                for i in range(n):
                    first[i] = -first[i]
                continue
            turned[g] += size
            energies[a] += rise
            energies[b] -= rise

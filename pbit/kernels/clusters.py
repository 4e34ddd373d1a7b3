"""Cluster sweeps: bonds on satisfied couplings, and whole clusters that turn.

A satisfied coupling, J_ij m_i m_j > 0, is a bond with probability 1 - exp(-2 beta |J_ij|);
a bias is a coupling to one more p-bit, the ghost, which never turns, and clamped p-bits
belong to the ghost. Both kernels take the arguments of :func:`pbit.kernels.gibbs.run_chains`.
"""

from __future__ import annotations

import numpy as np

from pbit.kernels.jit import inline, jit
from pbit.kernels.metropolis import barrier, fill_barriers
from pbit.kernels.philox import (
    HALF_WORD,
    MASK,
    TO_UNIT_32,
    USE_SHIFT,
    philox,
    unit_from_words,
)
from pbit.kernels.types import Connections, Floats, Int, Int32s, States

SIGN_STEP = 1  # Use.CLUSTER_SIGN is the number after Use.BOND


@inline
def is_bond(beta: float, aligned: float, limit: float) -> bool:
    """Say whether a coupling of strength `aligned` = J m m is a bond.

    `limit` is -log(u) / 2: below x with probability 1 - exp(-2 x).
    """
    return beta * aligned > limit


@jit
def energy_of(
    indptr: Int32s, indices: Int32s, data: Floats, h: Floats, m: States
) -> float:
    """Return -m.(J m)/2 - h.m, each coupling counted once."""
    total = 0.0
    for i in range(m.shape[0]):
        heard = h[i]
        for e in range(indptr[i], indptr[i + 1]):
            if indices[e] > i:
                heard += data[e] * m[indices[e]]
        total += m[i] * heard
    return -total


@jit
def root_of(parents: Int32s, i: int) -> int:
    """Return the root of i's tree, and halve the way there."""
    while parents[i] != i:
        parents[i] = parents[parents[i]]
        i = parents[i]
    return i


@jit
def join(parents: Int32s, i: int, j: int) -> None:
    """Make one tree of two; the root is the larger number, so the ghost's is the ghost."""
    a, b = root_of(parents, i), root_of(parents, j)
    if a < b:
        parents[a] = b
    else:
        parents[b] = a


@jit
def fill_signs(
    signs: States, n: Int, key0: Int, key1: Int, use: Int, chain: Int, sweep: Int
) -> None:
    """Draw a fair 0 or 1 for each of `n` roots, 128 a block."""
    k0, k1 = np.uint64(key0), np.uint64(key1)
    c3 = (np.uint64(use) << USE_SHIFT) | (np.uint64(sweep) >> HALF_WORD)
    for start in range(0, n, 128):
        words = philox(
            np.uint64(start // 128),
            np.uint64(sweep) & MASK,
            np.uint64(chain),
            c3,
            k0,
            k1,
        )
        for q in range(4):
            word = words[q]
            for k in range(32):
                i = start + 32 * q + k
                if i < n:
                    signs[i] = np.int8((word >> np.uint64(k)) & np.uint64(1))


@jit
def turn_clusters(
    indptr: Int32s,
    indices: Int32s,
    data: Floats,
    h: Floats,
    m: States,
    beta: float,
    free: States,
    barriers: Floats,
    signs: States,
    parents: Int32s,
) -> None:
    """Draw all bonds, by couplings in order and then biases, and turn clusters by `signs`."""
    n = m.shape[0]
    for i in range(n + 1):
        parents[i] = i
    k = 0
    for i in range(n):
        for e in range(indptr[i], indptr[i + 1]):
            j = indices[e]
            if j > i:
                if is_bond(beta, data[e] * m[i] * m[j], barriers[k]):
                    join(parents, i, j)
                k += 1
    for i in range(n):
        if not free[i] or is_bond(beta, h[i] * m[i], barriers[k + i]):
            join(parents, i, n)
    for i in range(n):
        root = root_of(parents, i)
        if root != n and signs[root]:
            m[i] = -m[i]


@jit
def swendsen_wang(
    incoming: Connections,
    outgoing: Connections,
    h: Floats,
    states: States,
    energies: Floats,
    order: Int32s,
    random_order: bool,
    betas: Floats,
    first_sweep: Int,
    refresh: Int,
    first_chain: Int,
    key0: Int,
    key1: Int,
    use: Int,
    keep_from: Int,
    keep_every: Int,
    kept: States,
    kept_energies: Floats,
    best: States,
    best_energies: Floats,
) -> None:
    """Turn every cluster of every chain with probability 1/2, once a row of `betas`."""
    indptr, indices, data = incoming
    n = states.shape[1]
    n_draws = data.shape[0] // 2 + n
    barriers = np.empty(4 * ((n_draws + 3) // 4), np.float64)
    signs = np.zeros(n + 1, np.int8)
    parents = np.empty(n + 1, np.int32)
    free = np.zeros(n, np.int8)
    for k in range(order.shape[0]):
        free[order[k]] = 1
    for c in range(states.shape[0]):
        m = states[c]
        chain = first_chain + c
        own = min(c, betas.shape[1] - 1)
        for t in range(betas.shape[0]):
            sweep = first_sweep + t
            fill_barriers(barriers, key0, key1, use, chain, sweep)
            fill_signs(signs, n, key0, key1, use + SIGN_STEP, chain, sweep)
            turn_clusters(
                indptr,
                indices,
                data,
                h,
                m,
                betas[t, own],
                free,
                barriers,
                signs,
                parents,
            )
            counted = sweep + 1 - keep_from
            keeps = keep_every > 0 and counted > 0 and counted % keep_every == 0
            if keeps or best.shape[0] > 0 or t == betas.shape[0] - 1:
                energies[c] = energy_of(indptr, indices, data, h, m)
            if keeps:
                kept[c, counted // keep_every - 1] = m
                kept_energies[c, counted // keep_every - 1] = energies[c]
            if best.shape[0] > 0 and energies[c] < best_energies[c]:
                best_energies[c] = energies[c]
                best[c] = m


@jit
def turn_one_cluster(
    indptr: Int32s,
    indices: Int32s,
    data: Floats,
    h: Floats,
    m: States,
    beta: float,
    order: Int32s,
    free: States,
    key0: Int,
    key1: Int,
    use: Int,
    chain: Int,
    sweep: Int,
    members: Int32s,
    inside: States,
) -> int:
    """Grow a cluster from a random free p-bit and turn it; return its size.

    A cluster that reaches the ghost stays as it is, and 0 is returned. `inside` is zero
    before and after.
    """
    k0, k1 = np.uint64(key0), np.uint64(key1)
    c1, c2 = np.uint64(sweep) & MASK, np.uint64(chain)
    c3 = (np.uint64(use) << USE_SHIFT) | (np.uint64(sweep) >> HALF_WORD)
    words = philox(np.uint64(0), c1, c2, c3, k0, k1)
    seed = order[int(unit_from_words(words[0], words[1]) * order.shape[0])]
    members[0] = seed
    inside[seed] = 1
    size, done, drawn, at_ghost = 1, 0, 0, False
    while done < size and not at_ghost:
        i = members[done]
        done += 1
        for e in range(indptr[i] - 1, indptr[i + 1]):
            ghost = e < indptr[i]
            j = i if ghost else indices[e]
            aligned = h[i] * m[i] if ghost else data[e] * m[i] * m[j]
            if aligned <= 0.0 or (inside[j] and not ghost):
                continue
            if drawn % 4 == 0:
                words = philox(np.uint64(1 + drawn // 4), c1, c2, c3, k0, k1)
            word = words[drawn % 4]
            drawn += 1
            limit = barrier((np.float64(word) + 0.5) * TO_UNIT_32)
            if is_bond(beta, aligned, limit):
                if ghost or not free[j]:
                    at_ghost = True
                    break
                inside[j] = 1
                members[size] = j
                size += 1
    for k in range(size):
        inside[members[k]] = 0
        if not at_ghost:
            m[members[k]] = -m[members[k]]
    return 0 if at_ghost else size


@jit
def wolff(
    incoming: Connections,
    outgoing: Connections,
    h: Floats,
    states: States,
    energies: Floats,
    order: Int32s,
    random_order: bool,
    betas: Floats,
    first_sweep: Int,
    refresh: Int,
    first_chain: Int,
    key0: Int,
    key1: Int,
    use: Int,
    keep_from: Int,
    keep_every: Int,
    kept: States,
    kept_energies: Floats,
    best: States,
    best_energies: Floats,
) -> None:
    """Turn one cluster of every chain for every row of `betas`."""
    indptr, indices, data = incoming
    n = states.shape[1]
    members = np.empty(n, np.int32)
    inside = np.zeros(n, np.int8)
    free = np.zeros(n, np.int8)
    for k in range(order.shape[0]):
        free[order[k]] = 1
    for c in range(states.shape[0]):
        m = states[c]
        chain = first_chain + c
        own = min(c, betas.shape[1] - 1)
        for t in range(betas.shape[0]):
            sweep = first_sweep + t
            if order.shape[0] > 0:
                turn_one_cluster(
                    indptr,
                    indices,
                    data,
                    h,
                    m,
                    betas[t, own],
                    order,
                    free,
                    key0,
                    key1,
                    use,
                    chain,
                    sweep,
                    members,
                    inside,
                )
            counted = sweep + 1 - keep_from
            keeps = keep_every > 0 and counted > 0 and counted % keep_every == 0
            if keeps or best.shape[0] > 0 or t == betas.shape[0] - 1:
                energies[c] = energy_of(indptr, indices, data, h, m)
            if keeps:
                kept[c, counted // keep_every - 1] = m
                kept_energies[c, counted // keep_every - 1] = energies[c]
            if best.shape[0] > 0 and energies[c] < best_energies[c]:
                best_energies[c] = energies[c]
                best[c] = m

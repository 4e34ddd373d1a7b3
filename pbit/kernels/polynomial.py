"""Heat-bath sweeps and enumeration for terms of any order.

A sweep keeps the value of every term, w times the product of its p-bits, and every p-bit's
field; a flip turns the sign of the terms it is in and tells their other p-bits. Draws are
those of :mod:`pbit.kernels.gibbs`, so that a model of pairs moves as an Ising model does.
"""

from __future__ import annotations

import numpy as np

from pbit.kernels.gibbs import fill_picks, fill_thresholds
from pbit.kernels.jit import bare, jit
from pbit.kernels.types import Floats, Int, Int32s, States

Index = tuple[Int32s, Int32s]


@jit
def compute_fields(
    term_ends: Int32s,
    members: Int32s,
    weights: Floats,
    h: Floats,
    m: States,
    values: Floats,
    fields: Floats,
) -> None:
    """Set values[t] = w_t prod m, and fields[i] = h[i] + sum over t of values[t] m[i]."""
    for i in range(m.shape[0]):
        fields[i] = h[i]
    for t in range(weights.shape[0]):
        value = weights[t]
        for k in range(term_ends[t], term_ends[t + 1]):
            value *= m[members[k]]
        values[t] = value
        for k in range(term_ends[t], term_ends[t + 1]):
            fields[members[k]] += value * m[members[k]]


@jit
def energy_of(h: Floats, m: States, values: Floats) -> float:
    """Return minus the sum of the terms' values and of the biases'."""
    total = 0.0
    for i in range(m.shape[0]):
        total += h[i] * m[i]
    for t in range(values.shape[0]):
        total += values[t]
    return -total


@bare
def flip(
    i: int,
    term_ends: Int32s,
    members: Int32s,
    pbit_ends: Int32s,
    terms: Int32s,
    m: States,
    values: Floats,
    fields: Floats,
) -> float:
    """Turn p-bit i; return minus the energy change."""
    own = fields[i]
    m[i] = -m[i]
    for e in range(pbit_ends[i], pbit_ends[i + 1]):
        t = np.uint32(terms[e])
        value = -values[t]
        values[t] = value
        step = 2.0 * value
        for k in range(term_ends[t], term_ends[t + 1]):
            j = np.uint32(members[k])
            fields[j] += step * m[j]
    fields[i] = own  # it does not hear itself; to leave it out above would be a branch
    gain: float = 2.0 * m[i] * own
    return gain


@bare
def sweep_ordered(
    term_ends: Int32s,
    members: Int32s,
    pbit_ends: Int32s,
    terms: Int32s,
    m: States,
    values: Floats,
    fields: Floats,
    beta: float,
    order: Int32s,
    thresholds: Floats,
) -> float:
    """Update the p-bits `order` once each, thresholds by p-bit; return -dE."""
    gain = 0.0
    for k in range(order.shape[0]):
        i = order[k]
        up = beta * fields[i] > thresholds[i]
        if up != (m[i] > 0):
            gain += flip(i, term_ends, members, pbit_ends, terms, m, values, fields)
    return gain


@bare
def sweep_random(
    term_ends: Int32s,
    members: Int32s,
    pbit_ends: Int32s,
    terms: Int32s,
    m: States,
    values: Floats,
    fields: Floats,
    beta: float,
    order: Int32s,
    picks: Int32s,
    thresholds: Floats,
) -> float:
    """Make one update a free p-bit, of p-bits picked with replacement; return -dE."""
    gain = 0.0
    for t in range(order.shape[0]):
        i = order[picks[t]]
        up = beta * fields[i] > thresholds[t]
        if up != (m[i] > 0):
            gain += flip(i, term_ends, members, pbit_ends, terms, m, values, fields)
    return gain


@jit
def run_chains(
    by_term: Index,
    by_pbit: Index,
    weights: Floats,
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
    """Advance each chain by one sweep for every row of `betas`.

    Parameters
    ----------
    by_term, by_pbit
        (ends, members) of every term, and (ends, terms) of every p-bit.
    weights, h
        Of the terms of two p-bits and more, and of the biases.
    states, energies, order, random_order, betas, first_sweep, refresh
        As in `pbit.kernels.gibbs.run_chains`, and so are the rest.
    """
    n = states.shape[1]
    fields = np.empty(n, np.float64)
    values = np.empty(weights.shape[0], np.float64)
    thresholds = np.empty(4 * ((n + 3) // 4), np.float64)
    picks = np.empty(order.shape[0], np.int32)
    ends, members = by_term
    pbit_ends, terms = by_pbit
    for c in range(states.shape[0]):
        m = states[c]
        energy = energies[c]
        chain = first_chain + c
        own = min(c, betas.shape[1] - 1)
        for t in range(betas.shape[0]):
            sweep = first_sweep + t
            if t == 0 or sweep % refresh == 0:
                compute_fields(ends, members, weights, h, m, values, fields)
                energy = energy_of(h, m, values)
            if random_order:
                fill_picks(
                    picks, thresholds, order.shape[0], key0, key1, use, chain, sweep
                )
                energy -= sweep_random(
                    ends,
                    members,
                    pbit_ends,
                    terms,
                    m,
                    values,
                    fields,
                    betas[t, own],
                    order,
                    picks,
                    thresholds,
                )
            else:
                fill_thresholds(thresholds, key0, key1, use, chain, sweep)
                energy -= sweep_ordered(
                    ends,
                    members,
                    pbit_ends,
                    terms,
                    m,
                    values,
                    fields,
                    betas[t, own],
                    order,
                    thresholds,
                )
            counted = sweep + 1 - keep_from
            if keep_every > 0 and counted > 0 and counted % keep_every == 0:
                kept[c, counted // keep_every - 1] = m
                kept_energies[c, counted // keep_every - 1] = energy
            if best.shape[0] > 0 and energy < best_energies[c]:
                best_energies[c] = energy
                best[c] = m
        energies[c] = energy


@jit
def transform(values: Floats) -> None:
    """Walsh-Hadamard transform in place: sum over b of values[b] (-1)^popcount(a & b)."""
    half = 1
    while half < values.shape[0]:
        for start in range(0, values.shape[0], 2 * half):
            for k in range(start, start + half):
                a, b = values[k], values[k + half]
                values[k], values[k + half] = a + b, a - b
        half *= 2


@jit
def block_energies(
    term_ends: Int32s,
    members: Int32s,
    weights: Floats,
    h: Floats,
    low: int,
    first: int,
    stop: int,
    out: Floats,
) -> None:
    """Write the energies, without offset, of the blocks first ... stop-1 into out.

    A block is all states of the lowest `low` p-bits, the others being the bits of its
    number. With the others' signs taken into the weights, a term is one entry of the
    spectrum of the block's energies, which the transform turns into the energies.
    """
    for block in range(first, stop):
        here = out[block << low : (block + 1) << low]
        here[:] = 0.0
        for i in range(h.shape[0]):
            if i < low:
                here[1 << i] += h[i]  # a bit at 1 is +1, the transform's sign is -1
            else:
                here[0] -= h[i] if (block >> (i - low)) & 1 else -h[i]
        for t in range(weights.shape[0]):
            place = 0
            weight = -weights[t]
            for k in range(term_ends[t], term_ends[t + 1]):
                i = members[k]
                if i < low:
                    place |= 1 << i
                    weight = -weight
                elif not (block >> (i - low)) & 1:
                    weight = -weight
            here[place] += weight
        transform(here)

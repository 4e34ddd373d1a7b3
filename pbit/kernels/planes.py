"""Heat-bath sweeps in whole numbers, one chain after the other.

Makes the same bits as :mod:`pbit.kernels.bitsliced`, by the law of draws of
:mod:`pbit.kernels.against`: for a few chains, where a word of 64 would be mostly empty.
Fields are cached: only a flip walks the neighbours.
"""

from __future__ import annotations

import numpy as np

from pbit.kernels.against import BLOCKS, GROUP, PLANES, TAIL_BITS, fill_table
from pbit.kernels.integers import Integers
from pbit.kernels.jit import jit
from pbit.kernels.philox import HALF_WORD, MASK, USE_SHIFT, philox
from pbit.kernels.types import Floats, Int, Int16s, Int32s, Int64s, States, Uint32s

BATCH = 512  # p-bits whose draws are made together: they stay in the first-level cache
ONE = np.uint64(1)
FOUR = np.uint64(4)


@jit
def fill_planes(
    planes: Uint32s,
    pbits: Int32s,
    group: Int,
    key0: Int,
    key1: Int,
    use: Int,
    sweep: Int,
) -> None:
    """Draw planes[k, b], k < 12, of the p-bits[b] for the 32 chains of a group."""
    k0, k1 = np.uint64(key0), np.uint64(key1)
    c2 = np.uint64(sweep) & MASK
    c3 = (np.uint64(use) << USE_SHIFT) | (np.uint64(sweep) >> HALF_WORD)
    for q in range(BLOCKS):
        c1 = FOUR * np.uint64(group) + np.uint64(q)
        for b in range(pbits.shape[0]):
            w0, w1, w2, w3 = philox(np.uint64(pbits[b]), c1, c2, c3, k0, k1)
            planes[4 * q, b] = w0
            planes[4 * q + 1, b] = w1
            planes[4 * q + 2, b] = w2
            planes[4 * q + 3, b] = w3


@jit
def fill_uppers(uppers: Int32s, planes: Uint32s, bit: Int, n: Int) -> None:
    """Put together the upper 12 bits of the draws of one chain, that of this bit."""
    shift = np.uint32(bit)
    for b in range(n):
        upper = np.uint32(0)
        for k in range(PLANES):
            digit = np.uint32((planes[k, b] >> shift) & np.uint32(1))
            upper = np.uint32(np.uint32(upper + upper) + digit)
        uppers[b] = np.int32(upper)


@jit
def lower_bits(
    i: Int, chain: Int, key0: Int, key1: Int, tail_use: Int, sweep: Int
) -> np.uint64:
    """Return the lower 32 bits of the draw of one p-bit of one chain."""
    c3 = (np.uint64(tail_use) << USE_SHIFT) | (np.uint64(sweep) >> HALF_WORD)
    return philox(
        np.uint64(i),
        np.uint64(chain),
        np.uint64(sweep) & MASK,
        c3,
        np.uint64(key0),
        np.uint64(key1),
    )[0]


@jit
def compute_fields(circuit: Integers, m: States, fields: Int16s) -> None:
    """Set fields[i] = h[i] + sum_j W[i, j] m[j], in units."""
    for i in range(m.shape[0]):
        total = circuit.biases[i]
        for e in range(circuit.indptr[i], circuit.indptr[i + 1]):
            total += circuit.weights[e] * m[circuit.indices[e]]
        fields[i] = total


@jit
def satisfaction(biases: Int32s, m: States, fields: Int16s) -> int:
    """Return m.(W m) + 2 h.m in units: minus twice the energy."""
    total = 0
    for i in range(m.shape[0]):
        total += m[i] * (fields[i] + biases[i])
    return total


@jit
def update(
    out_indptr: Int32s,
    out_indices: Int32s,
    out_weights: Int32s,
    m: States,
    fields: Int16s,
    pbits: Int32s,
    uppers: Int32s,
    table: Int64s,
    chain: Int,
    key0: Int,
    key1: Int,
    tail_use: Int,
    sweep: Int,
) -> None:
    """Update the p-bits, one after the other, with the upper bits of their draws."""
    for b in range(pbits.shape[0]):
        i = pbits[b]
        field = fields[i]
        chance = table[abs(field)]
        gap = uppers[b] - np.int32(chance >> TAIL_BITS)
        against = gap < 0
        if gap == 0:
            lower = np.int64(lower_bits(i, chain, key0, key1, tail_use, sweep))
            against = lower < (chance & np.int64(MASK))
        new = np.int8(1) if (field >= 0) != against else np.int8(-1)
        if new != m[i]:
            m[i] = new
            step = 2 * new
            for e in range(out_indptr[i], out_indptr[i + 1]):
                fields[np.uint32(out_indices[e])] += step * out_weights[e]


@jit
def run_chains(
    circuit: Integers,
    states: States,
    energies: Floats,
    order: Int32s,
    betas: Floats,
    first_sweep: Int,
    first_chain: Int,
    key0: Int,
    key1: Int,
    use: Int,
    tail_use: Int,
    keep_from: Int,
    keep_every: Int,
    kept: States,
    kept_energies: Floats,
    best: States,
    best_energies: Floats,
) -> None:
    """Advance each chain in `states` by one sweep for every row of `betas`.

    Parameters
    ----------
    circuit
        The model in whole numbers.
    states, energies
        Chains, shape (c, n), and their energies without offset, shape (c,); in place.
        Energies are those of the states on return, whatever they were.
    order
        The free p-bits, in the order of their updates.
    betas
        Shape (n_sweeps, 1): one temperature for all chains.
    first_sweep, first_chain
        Numbers of the first sweep and chain: they address the draws.
    use, tail_use
        What the upper and the lower bits of draws are for.
    keep_from, keep_every, kept, kept_energies
        After every `keep_every`-th sweep, counted from sweep `keep_from`, the state is
        written to its row of kept, shape (c, k, n); `keep_every` = 0 keeps nothing.
    best, best_energies
        Lowest energy seen at the end of a sweep, shape (c, n); ignored if it has no rows.
    """
    n_chains, n = states.shape
    n_free = order.shape[0]
    fields = np.empty((GROUP, n), np.int16)
    table = np.empty(circuit.largest + 1, np.int64)
    planes = np.empty((PLANES, BATCH), np.uint32)
    uppers = np.empty(BATCH, np.int32)
    first = 0
    while first < n_chains:
        group = (first_chain + first) // GROUP
        stop = min(n_chains, (group + 1) * GROUP - first_chain)
        for c in range(first, stop):
            compute_fields(circuit, states[c], fields[c - first])
        for t in range(betas.shape[0]):
            sweep = first_sweep + t
            fill_table(table, betas[t, 0] * circuit.unit)
            for start in range(0, n_free, BATCH):
                pbits = order[start : start + BATCH]
                fill_planes(planes, pbits, group, key0, key1, use, sweep)
                for c in range(first, stop):
                    chain = first_chain + c
                    fill_uppers(uppers, planes, chain % GROUP, pbits.shape[0])
                    update(
                        circuit.out_indptr,
                        circuit.out_indices,
                        circuit.out_weights,
                        states[c],
                        fields[c - first],
                        pbits,
                        uppers,
                        table,
                        chain,
                        key0,
                        key1,
                        tail_use,
                        sweep,
                    )
            counted = sweep + 1 - keep_from
            keep = keep_every > 0 and counted > 0 and counted % keep_every == 0
            if keep or best.shape[0] > 0:
                for c in range(first, stop):
                    twice = satisfaction(circuit.biases, states[c], fields[c - first])
                    energy = -0.5 * circuit.unit * twice
                    if keep:
                        kept[c, counted // keep_every - 1] = states[c]
                        kept_energies[c, counted // keep_every - 1] = energy
                    if best.shape[0] > 0 and energy < best_energies[c]:
                        best_energies[c] = energy
                        best[c] = states[c]
        for c in range(first, stop):
            twice = satisfaction(circuit.biases, states[c], fields[c - first])
            energies[c] = -0.5 * circuit.unit * twice
        first = stop

"""Heat-bath sweeps in whole numbers, one chain after the other.

Makes the same bits as :mod:`pbit.kernels.bitsliced`, by the law of draws of
:mod:`pbit.kernels.against`: for one chain, where a word of 64 would be almost empty. Fields
are cached: only a flip walks the neighbours.
"""

from __future__ import annotations

import numpy as np

from pbit.kernels.against import BLOCKS, GROUP, TAIL_BITS, fill_table
from pbit.kernels.bitsliced_draws import WIDE, WIDE_LANES, rounds
from pbit.kernels.integers import Integers
from pbit.kernels.jit import jit
from pbit.kernels.philox import HALF_WORD, MASK, USE_SHIFT, philox
from pbit.kernels.types import Floats, Int, Int16s, Int32s, Int64s, States, Uint64s
from pbit.kernels.vectors import append, load, spread, store

BATCH = 512  # p-bits whose draws are made together: they stay in the first-level cache
FOUR = np.uint64(4)
DRAWN = BLOCKS - 1  # blocks for all: their eight bits decide all but one update in 256
REST_BITS = TAIL_BITS + 4
REST = np.int64(2**REST_BITS - 1)
FEW = 8  # neighbours, on average, up to which telling them of nothing may pay
OFTEN = 5  # one flip in so many updates, or more, makes a sweep hot


@jit
def fill_uppers(
    uppers: Uint64s,
    pbits: Uint64s,
    chain: Int,
    key0: Int,
    key1: Int,
    use: Int,
    sweep: Int,
) -> None:
    """Draw the upper 8 bits of the decisions of p-bits, a multiple of eight of them."""
    k0, k1 = np.uint64(key0), np.uint64(key1)
    bit = np.uint64(chain % GROUP)
    counter = FOUR * np.uint64(chain // GROUP)
    c2 = spread(np.uint64(sweep) & MASK, WIDE_LANES)
    high = (np.uint64(use) << USE_SHIFT) | (np.uint64(sweep) >> HALF_WORD)
    c3 = spread(high, WIDE_LANES)
    for b in range(0, pbits.shape[0], WIDE):
        c0 = load(pbits, b, WIDE_LANES)
        number = spread(np.uint64(0), WIDE_LANES)
        for q in range(DRAWN):
            c1 = spread(counter + np.uint64(q), WIDE_LANES)
            w0, w1, w2, w3 = rounds(c0, c1, c2, c3, k0, k1, 0)
            number = append(number, w0, bit)
            number = append(number, w1, bit)
            number = append(number, w2, bit)
            number = append(number, w3, bit)
        store(uppers, b, number)


@jit
def lower_bits(
    i: Int, chain: Int, key0: Int, key1: Int, use: Int, tail_use: Int, sweep: Int
) -> np.int64:
    """Return the lower 36 bits of the draw of one p-bit of one chain."""
    c2, late = np.uint64(sweep) & MASK, np.uint64(sweep) >> HALF_WORD
    k0, k1 = np.uint64(key0), np.uint64(key1)
    counter = FOUR * np.uint64(chain // GROUP) + np.uint64(DRAWN)
    c3 = (np.uint64(use) << USE_SHIFT) | late
    w0, w1, w2, w3 = philox(np.uint64(i), counter, c2, c3, k0, k1)
    number, bit, one = np.uint64(0), np.uint64(chain % GROUP), np.uint64(1)
    for word in (w0, w1, w2, w3):
        number = (number << one) | ((word >> bit) & one)
    c3 = (np.uint64(tail_use) << USE_SHIFT) | late
    tail = philox(np.uint64(i), np.uint64(chain), c2, c3, k0, k1)[0]
    return np.int64((number << np.uint64(TAIL_BITS)) | tail)


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
    uppers: Uint64s,
    table: Int64s,
    chain: Int,
    key0: Int,
    key1: Int,
    use: Int,
    tail_use: Int,
    sweep: Int,
    metropolis: bool = False,
) -> int:
    """Update the p-bits, one after the other, with the upper bits of their draws.

    Returns how many flip.
    """
    flips = 0
    for b in range(pbits.shape[0]):
        i = np.uint32(pbits[b])
        field = np.int64(fields[i])
        chance = table[np.uint64(abs(field))]
        gap = np.int64(uppers[b]) - (chance >> REST_BITS)
        against = gap < 0
        if gap == 0:
            lower = lower_bits(i, chain, key0, key1, use, tail_use, sweep)
            against = lower < (chance & REST)
        up = field >= 0
        against &= not metropolis or up == (m[i] > 0)
        new = np.int8(1) if up != against else np.int8(-1)
        if new != m[i]:
            m[i] = new
            flips += 1
            step = np.int32(2 * new)
            # Unsigned, so that no index is looked at for being negative.
            first = np.uint32(out_indptr[i])
            told = np.uint32(out_indptr[i + np.uint32(1)]) - first
            for k in range(told):
                e = np.uint32(first + k)
                change = np.int32(step * out_weights[e])
                fields[np.uint32(out_indices[e])] += np.int16(change)
    return flips


@jit
def update_hot(
    out_indptr: Int32s,
    out_indices: Int32s,
    out_weights: Int32s,
    m: States,
    fields: Int16s,
    pbits: Int32s,
    uppers: Uint64s,
    table: Int64s,
    chain: Int,
    key0: Int,
    key1: Int,
    use: Int,
    tail_use: Int,
    sweep: Int,
    metropolis: bool = False,
) -> int:
    """Do what `update` does without a branch, telling also of what did not happen.

    Where many flip, misjudged branches cost more than telling a few neighbours of nothing.
    """
    flips = 0
    for b in range(pbits.shape[0]):
        i = np.uint32(pbits[b])
        field = np.int64(fields[i])
        chance = table[np.uint64(abs(field))]
        gap = np.int64(uppers[b]) - (chance >> REST_BITS)
        against = gap < 0
        if gap == 0:
            lower = lower_bits(i, chain, key0, key1, use, tail_use, sweep)
            against = lower < (chance & REST)
        up = field >= 0
        against &= not metropolis or up == (m[i] > 0)
        new = np.int8(2) * np.int8(up != against) - np.int8(1)
        step = np.int32(new) - np.int32(m[i])
        m[i] = np.int8(new)
        flips += step != 0
        first = np.uint32(out_indptr[i])
        told = np.uint32(out_indptr[i + np.uint32(1)]) - first
        for k in range(told):
            e = np.uint32(first + k)
            change = np.int32(step * out_weights[e])
            fields[np.uint32(out_indices[e])] += np.int16(change)
    return flips


@jit
def may_be_hot(out_indptr: Int32s, out_indices: Int32s, order: Int32s) -> bool:
    """Say whether updates without branches may pay: neighbours are few, and told in time.

    An update that waits for what the one before it tells is as slow as a misjudged branch.
    """
    n_free, told, waits = order.shape[0], 0, 0
    for k in range(n_free):
        i = order[k]
        following = order[k + 1] if k + 1 < n_free else -1
        told += out_indptr[i + 1] - out_indptr[i]
        for e in range(out_indptr[i], out_indptr[i + 1]):
            waits += out_indices[e] == following
    return bool(told <= FEW * n_free and 2 * waits <= n_free)


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
    metropolis: bool = False,
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
    metropolis
        Whether by the rule of Metropolis instead of the heat bath.
    """
    n_chains, n = states.shape
    fields = np.empty(n, np.int16)
    table = np.empty(circuit.largest + 1, np.int64)
    uppers = np.empty(BATCH, np.uint64)
    pbits = np.zeros(BATCH, np.uint64)
    few = may_be_hot(circuit.out_indptr, circuit.out_indices, order)
    for c in range(n_chains):
        chain = first_chain + c
        m = states[c]
        compute_fields(circuit, m, fields)
        flips = 0
        for t in range(betas.shape[0]):
            sweep = first_sweep + t
            if t == 0 or betas[t, 0] != betas[t - 1, 0]:
                fill_table(table, betas[t, 0] * circuit.unit, metropolis)
            hot = few and flips * OFTEN > order.shape[0]
            flips = 0
            for start in range(0, order.shape[0], BATCH):
                part = order[start : start + BATCH]
                pbits[: part.shape[0]] = part
                drawn = (part.shape[0] + WIDE - 1) // WIDE * WIDE
                fill_uppers(uppers, pbits[:drawn], chain, key0, key1, use, sweep)
                if hot:
                    flipped = update_hot(
                        circuit.out_indptr,
                        circuit.out_indices,
                        circuit.out_weights,
                        m,
                        fields,
                        part,
                        uppers,
                        table,
                        chain,
                        key0,
                        key1,
                        use,
                        tail_use,
                        sweep,
                        metropolis,
                    )
                else:
                    flipped = update(
                        circuit.out_indptr,
                        circuit.out_indices,
                        circuit.out_weights,
                        m,
                        fields,
                        part,
                        uppers,
                        table,
                        chain,
                        key0,
                        key1,
                        use,
                        tail_use,
                        sweep,
                        metropolis,
                    )
                flips += flipped
            counted = sweep + 1 - keep_from
            keep = keep_every > 0 and counted > 0 and counted % keep_every == 0
            if keep or best.shape[0] > 0:
                energy = -0.5 * circuit.unit * satisfaction(circuit.biases, m, fields)
                if keep:
                    kept[c, counted // keep_every - 1] = m
                    kept_energies[c, counted // keep_every - 1] = energy
                if best.shape[0] > 0 and energy < best_energies[c]:
                    best_energies[c] = energy
                    best[c] = m
        energies[c] = -0.5 * circuit.unit * satisfaction(circuit.biases, m, fields)

"""Heat-bath sweeps in whole numbers, one chain after the other, of well connected circuits.

Makes the bits of :mod:`pbit.kernels.planes`, and tells a flip to everybody: 64 inputs an
instruction, zeros and all, cost less than one neighbour after the other where a p-bit is
heard by more than one in fifty. For fields of at most 127 units.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pbit.kernels.against import fill_table
from pbit.kernels.bitsliced_draws import WIDE
from pbit.kernels.integers import Integers
from pbit.kernels.jit import bare, jit
from pbit.kernels.planes import (
    BATCH,
    REST,
    REST_BITS,
    compute_fields,
    fill_uppers,
    lower_bits,
    satisfaction,
)
from pbit.kernels.types import Floats, Int, Int32s, Int64s, States, Uint64s

Int8s = NDArray[np.int8]
LARGEST_FIELD = 127
"""What inputs hold in eight bits; sums wrap around on the way and come back."""


@bare
def update(
    rows: Int8s,
    m: States,
    fields: Int8s,
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
) -> None:
    """Do what `planes.update` does, telling all p-bits of every flip."""
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
            row = rows[i]
            if new > 0:
                for j in range(fields.shape[0]):
                    fields[j] += row[j]
            else:
                for j in range(fields.shape[0]):
                    fields[j] -= row[j]


@jit
def run_chains(
    circuit: Integers,
    rows: Int8s,
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
    """Do what `pbit.kernels.planes.run_chains` does; `rows` as `dense_rows` makes them."""
    n_chains, n = states.shape
    fields: Any = np.empty(n, np.int8)
    table = np.empty(circuit.largest + 1, np.int64)
    uppers = np.empty(BATCH, np.uint64)
    pbits = np.zeros(BATCH, np.uint64)
    for c in range(n_chains):
        chain = first_chain + c
        m = states[c]
        compute_fields(circuit, m, fields)
        for t in range(betas.shape[0]):
            sweep = first_sweep + t
            if t == 0 or betas[t, 0] != betas[t - 1, 0]:
                fill_table(table, betas[t, 0] * circuit.unit, metropolis)
            for start in range(0, order.shape[0], BATCH):
                part = order[start : start + BATCH]
                pbits[: part.shape[0]] = part
                drawn = (part.shape[0] + WIDE - 1) // WIDE * WIDE
                fill_uppers(uppers, pbits[:drawn], chain, key0, key1, use, sweep)
                update(
                    rows,
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


@jit
def dense_rows(circuit: Integers) -> Int8s:
    """Return twice what p-bit j hears of p-bit i in row i, column j."""
    n = circuit.biases.shape[0]
    rows = np.zeros((n, n), np.int8)
    for i in range(n):
        for e in range(circuit.out_indptr[i], circuit.out_indptr[i + 1]):
            rows[i, circuit.out_indices[e]] = 2 * circuit.out_weights[e]
    return rows

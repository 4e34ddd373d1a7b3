"""Heat-bath sweeps of any weights, one chain after the other, cold and hot.

The same draws, sums and bits as :mod:`pbit.kernels.gibbs`. Limits are drawn roughly, as in
:mod:`pbit.kernels.lanes`. Where many updates flip, the processor misjudges a branch at every
other one, which costs more than telling a few neighbours of nothing: such sweeps have no
branch. Adding zero changes no sum, so that it is free to choose sweep by sweep.
"""

from __future__ import annotations

import numpy as np

from pbit.kernels.dense import fill_limits
from pbit.kernels.gibbs import compute_fields, energy_of
from pbit.kernels.jit import bare, jit
from pbit.kernels.lane_vectors import DOUBT, LANES
from pbit.kernels.lanes import Limits, goes_up
from pbit.kernels.types import Connections, Floats, Int, Int32s, States

FEW = 8  # neighbours, on average, up to which telling them of nothing may pay
OFTEN = 5  # one flip in so many updates, or more, makes a sweep hot


@bare
def sweep_cold(
    indptr: Int32s,
    indices: Int32s,
    data: Floats,
    m: States,
    fields: Floats,
    beta: float,
    order: Int32s,
    limits: Limits,
    key0: Int,
    key1: Int,
    use: Int,
    chain: Int,
    sweep: Int,
) -> tuple[float, int]:
    """Update the p-bits `order` once each; return minus the energy change, and the flips."""
    n = m.shape[0]
    gain, flips = 0.0, 0
    for k in range(order.shape[0]):
        i = np.uint32(order[k])
        x = beta * fields[i]
        lead = x - limits[i]
        up = lead > 0.0
        if abs(lead) < DOUBT:
            up = goes_up(order[k], n, x, key0, key1, use, chain, sweep)
        if up != (m[i] > 0):
            m[i] = -m[i]
            step = 2.0 * m[i]
            gain += step * fields[i]
            flips += 1
            first = np.uint32(indptr[i])
            told = np.uint32(indptr[i + np.uint32(1)]) - first
            for e in range(told):
                place = np.uint32(first + e)
                fields[np.uint32(indices[place])] += step * data[place]
    return gain, flips


@bare
def sweep_hot(
    indptr: Int32s,
    indices: Int32s,
    data: Floats,
    m: States,
    fields: Floats,
    beta: float,
    order: Int32s,
    limits: Limits,
    key0: Int,
    key1: Int,
    use: Int,
    chain: Int,
    sweep: Int,
) -> tuple[float, int]:
    """Do what `sweep_cold` does, telling neighbours also of what did not happen."""
    n = m.shape[0]
    gain, flips = 0.0, 0
    for k in range(order.shape[0]):
        i = np.uint32(order[k])
        field, old, limit = fields[i], np.float64(m[i]), np.float64(limits[i])
        # The next p-bit may wait for this: one product and one comparison after the field,
        # with no load to wait for, or it becomes a branch. What doubt covers is exact.
        step = -2.0 * old if field * (beta * old) < limit * old else 0.0
        x = beta * field
        if abs(x - limit) < DOUBT:
            up = goes_up(order[k], n, x, key0, key1, use, chain, sweep)
            step = (1.0 if up else -1.0) - old
        m[i] = np.int8(old + step)
        gain += step * field
        flips += step != 0.0
        first = np.uint32(indptr[i])
        told = np.uint32(indptr[i + np.uint32(1)]) - first
        for e in range(told):
            place = np.uint32(first + e)
            fields[np.uint32(indices[place])] += step * data[place]
    return gain, flips


@jit
def run_chains(
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
    """Do what `pbit.kernels.gibbs.run_chains` does, bit for bit; never in random order.

    `random_order` is there for the sake of one list of arguments, and is False.
    """
    n = states.shape[1]
    fields = np.empty(n, np.float64)
    limits = np.empty(4 * ((n + 3) // 4) + LANES, np.float32)
    indptr, indices, data = outgoing
    often = order.shape[0] // OFTEN
    few = indices.shape[0] <= FEW * n
    for c in range(states.shape[0]):
        m = states[c]
        energy = energies[c]
        chain = first_chain + c
        own = min(c, betas.shape[1] - 1)
        flips = 0
        for t in range(betas.shape[0]):
            sweep, beta = first_sweep + t, betas[t, own]
            if t == 0 or sweep % refresh == 0:
                compute_fields(incoming[0], incoming[1], incoming[2], h, m, fields)
                energy = energy_of(h, m, fields)
            fill_limits(limits, n, key0, key1, use, chain, sweep)
            if few and flips > often:
                gain, flips = sweep_hot(
                    indptr, indices, data, m, fields, beta, order, limits,
                    key0, key1, use, chain, sweep,
                )  # fmt: skip
            else:
                gain, flips = sweep_cold(
                    indptr, indices, data, m, fields, beta, order, limits,
                    key0, key1, use, chain, sweep,
                )  # fmt: skip
            energy -= gain
            counted = sweep + 1 - keep_from
            if keep_every > 0 and counted > 0 and counted % keep_every == 0:
                kept[c, counted // keep_every - 1] = m
                kept_energies[c, counted // keep_every - 1] = energy
            if best.shape[0] > 0 and energy < best_energies[c]:
                best_energies[c] = energy
                best[c] = m
        energies[c] = energy

"""Sweeps of a ring of replicas whose neighbours pull on each other: path-integral annealing."""

from __future__ import annotations

import numpy as np

from pbit.kernels.gibbs import compute_fields, threshold
from pbit.kernels.jit import jit
from pbit.kernels.philox import HALF_WORD, MASK, USE_SHIFT, philox
from pbit.kernels.types import Connections, Floats, Int, Int32s, States


@jit
def fill_thresholds(
    thresholds: Floats,
    n_blocks: Int,
    first_block: Int,
    key0: Int,
    key1: Int,
    use: Int,
    unit: Int,
    sweep: Int,
) -> None:
    """Draw 4 * n_blocks thresholds; entry q of block b goes to q * n_blocks + b."""
    k0, k1 = np.uint64(key0), np.uint64(key1)
    c1 = np.uint64(sweep) & MASK
    c2 = np.uint64(unit)
    c3 = (np.uint64(use) << USE_SHIFT) | (np.uint64(sweep) >> HALF_WORD)
    for b in range(n_blocks):
        w0, w1, w2, w3 = philox(np.uint64(first_block + b), c1, c2, c3, k0, k1)
        thresholds[b] = threshold(w0)
        thresholds[n_blocks + b] = threshold(w1)
        thresholds[2 * n_blocks + b] = threshold(w2)
        thresholds[3 * n_blocks + b] = threshold(w3)


@jit
def sweep_replica(
    indptr: Int32s,
    indices: Int32s,
    data: Floats,
    m: States,
    fields: Floats,
    below: States,
    above: States,
    beta: float,
    pull: float,
    pbits: Int32s,
    thresholds: Floats,
) -> None:
    """Update the p-bits `pbits` of one replica, thresholds in their order."""
    for k in range(pbits.shape[0]):
        i = pbits[k]
        heard = beta * fields[i] + pull * (below[i] + above[i])
        new = np.int8(1) if heard > thresholds[k] else np.int8(-1)
        if new != m[i]:
            m[i] = new
            step = 2.0 * new
            for e in range(indptr[i], indptr[i + 1]):
                fields[np.uint32(indices[e])] += step * data[e]


@jit
def run_rings(
    wiring: Connections,
    h: Floats,
    states: States,
    order: Int32s,
    ends: Int32s,
    beta: float,
    pulls: Floats,
    first_sweep: Int,
    refresh: Int,
    first_unit: Int,
    key0: Int,
    key1: Int,
    use: Int,
) -> None:
    """Make one sweep of every replica of every ring for each entry of `pulls`.

    Parameters
    ----------
    wiring, h
        The model.
    states
        Shape (rings, replicas, n); in place.
    order, ends
        The free p-bits class by class: class q is order[ends[q]:ends[q + 1]]. In phase q
        of a sweep the even replicas update class q, then the odd ones class q + 1, mod
        classes.
    beta
        Inverse temperature of one replica.
    pulls
        What a p-bit hears of its copies in the two neighbouring replicas, by sweep.
    first_sweep, refresh
        Number of the first sweep; fields are computed afresh at multiples of `refresh`.
    first_unit
        Number of the first replica: with that of the sweep it addresses the draws. In a
        ring the even replicas have the first numbers.
    """
    n_rings, n_replicas, n = states.shape
    n_classes, n_even = ends.shape[0] - 1, (n_replicas + 1) // 2
    fields = np.empty((n_replicas, n), np.float64)
    blocks = np.zeros(n_classes + 1, np.int64)
    for q in range(n_classes):
        blocks[q + 1] = blocks[q] + (ends[q + 1] - ends[q] + 3) // 4
    thresholds = np.empty(4 * ((order.shape[0] + 3) // 4), np.float64)
    for c in range(n_rings):
        for t in range(pulls.shape[0]):
            sweep = first_sweep + t
            if t == 0 or sweep % refresh == 0:
                for k in range(n_replicas):
                    compute_fields(
                        wiring[0], wiring[1], wiring[2], h, states[c, k], fields[k]
                    )
            for phase in range(n_classes):
                for place in range(n_replicas):
                    odd = place >= n_even
                    k = 2 * (place - n_even) + 1 if odd else 2 * place
                    q = (phase + 1) % n_classes if odd else phase
                    fill_thresholds(
                        thresholds,
                        blocks[q + 1] - blocks[q],
                        blocks[q],
                        key0,
                        key1,
                        use,
                        first_unit + c * n_replicas + place,
                        sweep,
                    )
                    sweep_replica(
                        wiring[0],
                        wiring[1],
                        wiring[2],
                        states[c, k],
                        fields[k],
                        states[c, k - 1],
                        states[c, (k + 1) % n_replicas],
                        beta,
                        pulls[t],
                        order[ends[q] : ends[q + 1]],
                        thresholds,
                    )

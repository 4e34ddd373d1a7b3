"""Epochs of training a restricted Boltzmann machine, batch after batch."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pbit.kernels.jit import bare
from pbit.kernels.numerics import log
from pbit.kernels.philox import uniform_pair
from pbit.kernels.restricted import (
    ZERO,
    Bits,
    Singles,
    add_rows,
    decide,
    inputs,
    listed,
    squash,
)
from pbit.kernels.types import Floats, Int, Int32s, Int64s

PACE = np.float32(0.01)  # how fast what units are counted from follows their means

Words = tuple[int, int, int, int, int]
"""Key and uses of the draws: key0, key1, of visible and of hidden units, of swaps."""


@bare
def turn(bits: Bits, across: Bits) -> None:
    """Write the transpose of `bits` to `across`."""
    for k in range(bits.shape[0]):
        for i in range(bits.shape[1]):
            across[i, k] = bits[k, i]


@bare
def swap(
    visible: Bits,
    hidden: Bits,
    heard: Singles,
    bias: Singles,
    betas: Floats,
    words: Words,
    sweep: Int,
) -> None:
    """Offer neighbouring temperatures a swap of states (v, h); `heard` is b + vW.

    Rows are ordered by temperature, then by ladder. What h was is not needed afterwards,
    so only v and what hidden units hear change places.
    """
    levels = betas.shape[0]
    ladders = visible.shape[0] // levels
    for low in range(sweep % 2, levels - 1, 2):
        for ladder in range(ladders):
            one, other = low * ladders + ladder, (low + 1) * ladders + ladder
            # Sums in the order of the entries: the same bits everywhere.
            gain = 0.0
            for i in range(visible.shape[1]):
                gain += bias[i] * (
                    np.float64(visible[one, i]) - np.float64(visible[other, i])
                )
            for j in range(hidden.shape[1]):
                gain += np.float64(hidden[one, j]) * heard[one, j]
                gain -= np.float64(hidden[other, j]) * heard[other, j]
            # gain = E_other - E_one; a swap has the chance e^{(beta' - beta)(E' - E)}.
            first, _ = uniform_pair(words[0], words[1], words[4], one, sweep)
            if log(first) < (betas[low + 1] - betas[low]) * gain:
                for i in range(visible.shape[1]):
                    kept = visible[one, i]
                    visible[one, i] = visible[other, i]
                    visible[other, i] = kept
                for j in range(hidden.shape[1]):
                    sound = heard[one, j]
                    heard[one, j] = heard[other, j]
                    heard[other, j] = sound


@bare
def gibbs(
    visible: Bits,
    hidden: Bits,
    weights: Singles,
    across: Singles,
    a: Singles,
    b: Singles,
    betas: Floats,
    seen: Singles,
    heard: Singles,
    chosen: Int32s,
    drawn: NDArray[np.uint32],
    words: Words,
    first_unit: Int,
    sweep: Int,
) -> None:
    """Draw v given h, offer swaps where there are temperatures, then draw h given v.

    `heard` is left holding the chances of h.
    """
    levels = betas.shape[0]
    rows = visible.shape[0] // levels
    inputs(hidden, across, a, chosen, seen)
    for t in range(levels):
        squash(seen[t * rows : (t + 1) * rows], betas[t])
    decide(seen, visible, drawn, words[0], words[1], words[2], first_unit, sweep)
    inputs(visible, weights, b, chosen, heard)
    if levels > 1:
        swap(visible, hidden, heard, a, betas, words, sweep)
    for t in range(levels):
        squash(heard[t * rows : (t + 1) * rows], betas[t])
    decide(heard, hidden, drawn, words[0], words[1], words[3], first_unit, sweep)


@bare
def add_phase(
    bits: Bits,
    chances: Singles,
    sign: float,
    across: Bits,
    chosen: Int32s,
    line: Singles,
    pairs: Singles,
    singles: Singles,
    others: Singles,
) -> None:
    """Add a phase's averages, ±: of v h to `pairs`, of v to `singles`, of h to `others`."""
    rows = bits.shape[0]
    share = np.float32(1.0 / rows)
    way = np.float32(sign)
    turn(bits, across)
    for i in range(across.shape[0]):
        count = listed(across[i, :rows], chosen)
        singles[i] += way * (np.float32(count) * share)
        for j in range(line.shape[0]):
            line[j] = ZERO
        add_rows(line, chances, chosen, count)
        row = pairs[i]
        for j in range(line.shape[0]):
            row[j] += way * (share * line[j])
    for j in range(line.shape[0]):
        line[j] = ZERO
    for k in range(rows):
        row = chances[k]
        for j in range(line.shape[0]):
            line[j] += row[j]
    for j in range(line.shape[0]):
        others[j] += way * (share * line[j])


@bare
def follow(middle: Singles, means: Singles) -> None:
    """Move slow averages towards the means of a batch."""
    for j in range(middle.shape[0]):
        middle[j] += PACE * (means[j] - middle[j])


@bare
def dot(one: Singles, other: Singles) -> np.float32:
    """Return the product of two vectors: eight sums side by side, in a fixed order."""
    width = one.shape[0]
    t0 = t1 = t2 = t3 = t4 = t5 = t6 = t7 = ZERO
    whole = width - width % 8
    for k in range(0, whole, 8):
        t0 += one[k] * other[k]
        t1 += one[k + 1] * other[k + 1]
        t2 += one[k + 2] * other[k + 2]
        t3 += one[k + 3] * other[k + 3]
        t4 += one[k + 4] * other[k + 4]
        t5 += one[k + 5] * other[k + 5]
        t6 += one[k + 6] * other[k + 6]
        t7 += one[k + 7] * other[k + 7]
    for k in range(whole, width):
        t0 += one[k] * other[k]
    return np.float32(((t0 + t4) + (t2 + t6)) + ((t1 + t5) + (t3 + t7)))


@bare
def turn_weights(weights: Singles, across: Singles) -> None:
    """Write the transpose of the weights, line of the cache by line."""
    for first in range(0, weights.shape[0], 16):
        last = min(first + 16, weights.shape[0])
        for j in range(weights.shape[1]):
            for i in range(first, last):
                across[j, i] = weights[i, j]


@bare
def climb(
    weights: Singles,
    a: Singles,
    b: Singles,
    moving: Singles,
    moving_a: Singles,
    moving_b: Singles,
    pairs: Singles,
    singles: Singles,
    others: Singles,
    middle_v: Singles,
    middle_h: Singles,
    squares: Singles,
    rate: float,
    momentum: float,
    decay: float,
) -> float:
    """Take a step along the gradient; return the square of its norm.

    Of units counted from the middles; where these are 0, the plain gradient.
    """
    eta, keep, lose = np.float32(rate), np.float32(momentum), np.float32(decay)
    width = b.shape[0]
    for j in range(width):
        squares[j] = ZERO
    for i in range(a.shape[0]):
        row, own, move = pairs[i], weights[i], moving[i]
        mine, mean = middle_v[i], singles[i]
        # Loops of few arrays each: of more it is not proven that they do not overlap.
        for j in range(width):
            row[j] = row[j] - mine * others[j] - middle_h[j] * mean
        for j in range(width):
            squares[j] += row[j] * row[j]
        for j in range(width):
            move[j] = keep * move[j] + eta * (row[j] - lose * own[j])
        for j in range(width):
            own[j] += move[j]
        singles[i] = mean - dot(middle_h, row)
    norm = 0.0
    for i in range(a.shape[0]):
        mine, row = middle_v[i], pairs[i]
        for j in range(width):
            others[j] -= mine * row[j]
        norm += np.float64(singles[i]) * np.float64(singles[i])
        moving_a[i] = keep * moving_a[i] + eta * singles[i]
        a[i] += moving_a[i]
    for j in range(width):
        norm += np.float64(squares[j]) + np.float64(others[j]) * np.float64(others[j])
        moving_b[j] = keep * moving_b[j] + eta * others[j]
        b[j] += moving_b[j]
    return norm


@bare
def run_epoch(
    data: Bits,
    order: Int64s,
    size: Int,
    weights: Singles,
    across: Singles,
    a: Singles,
    b: Singles,
    moving: Singles,
    moving_a: Singles,
    moving_b: Singles,
    middle_v: Singles,
    middle_h: Singles,
    visible: Bits,
    hidden: Bits,
    betas: Floats,
    k: Int,
    from_data: bool,
    centered: bool,
    rate: float,
    momentum: float,
    decay: float,
    words: Words,
    sweep: Int,
    batch: Bits,
    known: Singles,
    seen: Singles,
    heard: Singles,
    pairs: Singles,
    sums_v: Singles,
    sums_h: Singles,
    flipped: Bits,
    chosen: Int32s,
    drawn: NDArray[np.uint32],
) -> float:
    """Train on all rows of `data` in the order given; return the mean norm's square.

    `centered` counts units from slow averages of their means, `middle_v` and `middle_h`,
    which are 0 otherwise. Chains are at `visible`, `hidden`, by temperature and ladder;
    `from_data` starts them at the batch instead (as many chains as rows of a batch, at one
    temperature). The other arrays are room to work in.
    """
    singles, others, line = sums_v[0], sums_h[0], sums_h[1]
    n_batches = (order.shape[0] + size - 1) // size
    total = 0.0
    for number in range(n_batches):
        first = number * size
        rows = min(size, order.shape[0] - first)
        for r in range(rows):
            given, place = data[order[first + r]], batch[r]
            for i in range(place.shape[0]):
                place[i] = given[i]
        part, chances = batch[:rows], known[:rows]
        inputs(part, weights, b, chosen, chances)
        squash(chances, 1.0)
        pairs[:] = ZERO
        sums_v[:] = ZERO
        sums_h[:] = ZERO
        add_phase(part, chances, 1.0, flipped, chosen, line, pairs, singles, others)
        if centered:
            follow(middle_v, singles)
            follow(middle_h, others)
        count = visible.shape[0]
        if from_data:
            count = rows
            decide(chances, hidden[:rows], drawn, words[0], words[1], words[3],
                   visible.shape[0], sweep)  # fmt: skip
        for _ in range(k):
            gibbs(visible[:count], hidden[:count], weights, across, a, b, betas,
                  seen[:count], heard[:count], chosen, drawn, words, 0, sweep)  # fmt: skip
            sweep += 1
        own = (
            count // betas.shape[0]
        )  # chains at the machine's own temperature, the last
        add_phase(
            visible[count - own : count], heard[count - own : count], -1.0, flipped,
            chosen, line, pairs, singles, others,
        )  # fmt: skip
        total += climb(
            weights, a, b, moving, moving_a, moving_b, pairs, singles, others, middle_v,
            middle_h, line, rate, momentum, decay,
        )  # fmt: skip
        turn_weights(weights, across)
    return float(total / n_batches)

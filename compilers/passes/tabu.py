"""Tabu search for a colouring with a given number of colours (Hertz & de Werra 1987)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pbit.kernels.jit import jit
from pbit.kernels.philox import philox
from pbit.kernels.types import Int32s

_USE = np.uint64(64 << 24)  # apart from the draws of samplers and machines


@jit
def tabu_coloring(
    indptr: Int32s,
    indices: Int32s,
    colors: Int32s,
    k: int,
    first_move: int,
    max_moves: int,
    key0: int,
    key1: int,
) -> tuple[bool, int]:
    """Mend a colouring in place; return whether it is one now, and the moves made.

    A move gives a p-bit in conflict the colour that leaves the fewest conflicts; its old
    colour is then forbidden to it for 0.6 times the p-bits in conflict plus up to 9
    moves, unless that would beat the best so far. Draws are addressed by the number of
    the move, counted from `first_move`.
    """
    n = colors.shape[0]
    near = np.zeros((n, k), np.int32)  # neighbours of each colour
    for i in range(n):
        for e in range(indptr[i], indptr[i + 1]):
            near[i, colors[indices[e]]] += 1
    tabu = np.zeros((n, k), np.int64)
    listed = np.empty(n, np.int32)  # p-bits in conflict, and each one's place there
    place = np.full(n, -1, np.int32)
    count, total = 0, 0
    for i in range(n):
        if near[i, colors[i]] > 0:
            total += near[i, colors[i]]
            listed[count] = i
            place[i] = count
            count += 1
    total //= 2  # each conflict was seen from both ends
    best = total
    for move in range(max_moves):
        if total == 0:
            return True, move
        w0, w1, _, _ = philox(
            np.uint64(first_move + move),
            np.uint64(0),
            np.uint64(0),
            _USE,
            np.uint64(key0),
            np.uint64(key1),
        )
        gain, ties, pbit, color = 2**30, 0, -1, -1
        for q in range(count):
            i = listed[q]
            for c in range(k):
                if c == colors[i]:
                    continue
                change = int(near[i, c]) - int(near[i, colors[i]])
                if change > gain:
                    continue
                if tabu[i, c] > move and total + change >= best:
                    continue
                if change < gain:
                    gain, ties = change, 0
                ties += 1
                # The t-th of equals takes over with chance 1/t: each is as likely.
                w0 = (w0 * np.uint64(1664525) + np.uint64(1013904223)) & np.uint64(
                    0xFFFFFFFF
                )
                if (w0 >> np.uint64(8)) % np.uint64(ties) == 0:
                    pbit, color = i, c
        if pbit < 0:
            continue  # all is forbidden: wait
        old = colors[pbit]
        colors[pbit] = color
        total += gain
        best = min(best, total)
        tabu[pbit, old] = (
            move + np.int64(0.6 * count) + np.int64(w1 % np.uint64(10)) + 1
        )
        count = _update(
            indptr, indices, colors, near, listed, place, count, pbit, old, color
        )
    return total == 0, max_moves


@jit
def _update(
    indptr: Int32s,
    indices: Int32s,
    colors: Int32s,
    near: NDArray[np.int32],
    listed: Int32s,
    place: Int32s,
    count: int,
    pbit: int,
    old: int,
    color: int,
) -> int:
    """Tell the neighbours, and list who is in conflict now; return how many are."""
    for e in range(indptr[pbit], indptr[pbit + 1]):
        j = indices[e]
        near[j, old] -= 1
        near[j, color] += 1
        count = _list(near[j, colors[j]] > 0, j, listed, place, count)
    return _list(near[pbit, color] > 0, pbit, listed, place, count)


@jit
def _list(wanted: bool, i: int, listed: Int32s, place: Int32s, count: int) -> int:
    if wanted and place[i] < 0:
        listed[count] = i
        place[i] = count
        return count + 1
    if not wanted and place[i] >= 0:
        last = listed[count - 1]
        listed[place[i]] = last
        place[last] = place[i]
        place[i] = -1
        return count - 1
    return count

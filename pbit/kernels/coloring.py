"""Greedy graph colouring on CSR adjacency; rows are symmetric and free of loops."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pbit.kernels.jit import jit

Ints = NDArray[np.int32]


@jit
def two_color(indptr: Ints, indices: Ints) -> tuple[bool, Ints]:
    """Colour 0/1 breadth first; return whether that works, and the colours."""
    n = indptr.shape[0] - 1
    colors = np.full(n, -1, np.int32)
    queue = np.empty(n, np.int32)
    for root in range(n):
        if colors[root] >= 0:
            continue
        colors[root] = 0
        queue[0] = root
        head, tail = 0, 1
        while head < tail:
            i = queue[head]
            head += 1
            for k in range(indptr[i], indptr[i + 1]):
                j = indices[k]
                if colors[j] < 0:
                    colors[j] = 1 - colors[i]
                    queue[tail] = j
                    tail += 1
                elif colors[j] == colors[i]:
                    return False, colors
    return True, colors


@jit
def first_fit(order: Ints, indptr: Ints, indices: Ints) -> Ints:
    """Give each vertex, in this order, the lowest colour that no neighbour has."""
    n = order.shape[0]
    colors = np.full(n, -1, np.int32)
    taken_by = np.full(n + 1, -1, np.int32)  # colour -> last vertex it was denied to
    for i in order:
        for k in range(indptr[i], indptr[i + 1]):
            color = colors[indices[k]]
            if color >= 0:
                taken_by[color] = i
        color = 0
        while taken_by[color] == i:
            color += 1
        colors[i] = color
    return colors


@jit
def smallest_last(indptr: Ints, indices: Ints) -> Ints:
    """Return the order that ends with a vertex of least degree, and so on in the rest.

    Degrees are kept sorted in buckets, as in Matula & Beck, J. ACM 30, 417 (1983), so
    that the whole takes time proportional to vertices and edges.
    """
    n = indptr.shape[0] - 1
    degree = np.empty(n, np.int32)
    largest = 0
    for i in range(n):
        degree[i] = indptr[i + 1] - indptr[i]
        largest = max(largest, degree[i])
    start = np.zeros(largest + 2, np.int32)  # degree -> first of its bucket in `line`
    for i in range(n):
        start[degree[i] + 1] += 1
    for d in range(1, largest + 2):
        start[d] += start[d - 1]
    fill = start.copy()
    line = np.empty(n, np.int32)  # vertices by degree left
    place = np.empty(n, np.int32)
    for i in range(n):
        place[i] = fill[degree[i]]
        line[place[i]] = i
        fill[degree[i]] += 1
    for p in range(n):
        i = line[p]
        for k in range(indptr[i], indptr[i + 1]):
            j = indices[k]
            if place[j] > p:  # still in line: it moves to the end of the bucket below
                first = max(start[degree[j]], p + 1)
                other = line[first]
                line[first], line[place[j]] = j, other
                place[other], place[j] = place[j], first
                start[degree[j]] = first + 1
                degree[j] -= 1
    return line[::-1].copy()

"""What learning counts and draws: uniform numbers, sums over states of pairs of p-bits."""

from __future__ import annotations

from pbit.kernels.jit import jit
from pbit.kernels.philox import uniform_pair
from pbit.kernels.types import Floats, Int, Int32s, Int64s, States


@jit
def fill_uniforms(out: Floats, key0: Int, key1: Int, use: Int, unit: Int) -> None:
    """Fill `out`, shape (k,), with uniform numbers in (0, 1), two an event."""
    for k in range(0, out.shape[0], 2):
        first, second = uniform_pair(key0, key1, use, unit, k // 2)
        out[k] = first
        if k + 1 < out.shape[0]:
            out[k + 1] = second


@jit
def pair_sums(columns: States, edges: Int32s, sums: Int64s) -> None:
    """Add Σ m_i m_j over the states to the sum of each edge.

    `columns` has one row a p-bit, shape (n, n_states).
    """
    n_states = columns.shape[1]
    for e in range(edges.shape[0]):
        one, other = columns[edges[e, 0]], columns[edges[e, 1]]
        total = 0
        for k in range(n_states):
            total += one[k] * other[k]
        sums[e] += total


@jit
def add_product(one: Floats, other: Floats, out: Floats) -> None:
    """Add the matrix product one · other to `out`, in a fixed order of summation."""
    for k in range(one.shape[0]):
        row = out[k]
        for i in range(one.shape[1]):
            factor, line = one[k, i], other[i]
            for j in range(row.shape[0]):
                row[j] += factor * line[j]


@jit
def add_cross(one: Floats, other: Floats, out: Floats) -> None:
    """Add oneᵀ · other to `out`, in a fixed order of summation."""
    for k in range(one.shape[0]):
        line = other[k]
        for i in range(one.shape[1]):
            factor, row = one[k, i], out[i]
            for j in range(line.shape[0]):
                row[j] += factor * line[j]


@jit
def pair_products(columns: Floats, edges: Int32s, out: Floats) -> None:
    """Write Σ over states of the product of each edge's two rows of `columns`."""
    for e in range(edges.shape[0]):
        one, other = columns[edges[e, 0]], columns[edges[e, 1]]
        total = 0.0
        for k in range(columns.shape[1]):
            total += one[k] * other[k]
        out[e] = total

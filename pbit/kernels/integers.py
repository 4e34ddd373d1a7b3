"""A circuit in whole numbers, as kernels take it."""

from __future__ import annotations

from typing import NamedTuple

from pbit.kernels.types import Int32s


class Integers(NamedTuple):
    """Weights and biases as whole numbers of one unit.

    Attributes
    ----------
    unit
        What 1 stands for: W = unit * weights, h = unit * biases.
    indptr, indices, weights
        CSR rows of W: row i lists whom p-bit i hears.
    out_indptr, out_indices, out_weights
        CSR rows of its transpose: row i lists who hears p-bit i.
    biases
        Shape (n,).
    largest
        The largest possible field, max_i (sum_j |W_ij| + |h_i|), in units.
    """

    unit: float
    indptr: Int32s
    indices: Int32s
    weights: Int32s
    out_indptr: Int32s
    out_indices: Int32s
    out_weights: Int32s
    biases: Int32s
    largest: int

"""Replicas of one circuit side by side, as machines that run many of them hold them."""

from __future__ import annotations

from collections.abc import Hashable

import numpy as np
import scipy.sparse as sp
from numpy.typing import ArrayLike

from pbit.checks import States, check_count
from pbit.model import IsingModel, PCircuit


def replicate(circuit: PCircuit, replicas: int, *, coupling: float = 0.0) -> PCircuit:
    """Return so many replicas of a circuit as one circuit, one after the other.

    P-bit i of replica r is number r n + i and is called ``(r, label)``. The energy is the
    sum of the replicas' and, with a `coupling` J, of -J m m' for every p-bit and its
    twin in the next replica, around the ring: the slices of a simulated quantum annealer
    (M. Suzuki, 1976).

    Parameters
    ----------
    circuit
        A PCircuit or an IsingModel; what it is, the result is too.
    replicas
        How many, >= 1.
    coupling
        Between twins of neighbouring replicas; 0 leaves them independent.

    Raises
    ------
    ValueError
        If `replicas` is not positive, or fewer than 3 are to be coupled in a ring.
    TypeError
        If `replicas` is no whole number.

    Examples
    --------
    >>> import pbit
    >>> pair = pbit.IsingModel({(0, 1): 1.0})
    >>> many = replicate(pair, 3)
    >>> many.n, many.labels[3]
    (6, (1, 1))
    """
    check_count("replicas", replicas, 1)
    n = circuit.n
    weights = sp.block_diag([circuit.weights] * replicas, format="csr")
    if coupling != 0.0:
        if replicas < 3:
            msg = f"replicas must be 3 at least to be coupled in a ring, not {replicas}"
            raise ValueError(msg)
        next_one = np.roll(np.arange(replicas * n), -n)
        ring = sp.coo_array(
            (np.full(next_one.size, coupling), (np.arange(next_one.size), next_one)),
            shape=weights.shape,
        )
        weights = sp.csr_array(weights + ring + ring.T)
    labels: list[Hashable] = [
        (r, label) for r in range(replicas) for label in circuit.labels
    ]
    h = np.tile(circuit.h, replicas)
    if isinstance(circuit, IsingModel):
        offset = replicas * circuit.offset
        return IsingModel(sp.csr_array(weights), h, offset, labels)
    return PCircuit(sp.csr_array(weights), h, labels)


def split(states: ArrayLike, replicas: int) -> States:
    """Return states of shape (..., replicas n) as (..., replicas, n)."""
    given = np.asarray(states, np.int8)
    check_count("replicas", replicas, 1)
    if given.shape[-1] % replicas:
        msg = f"replicas must divide the {given.shape[-1]} p-bits, not {replicas}"
        raise ValueError(msg)
    return given.reshape(*given.shape[:-1], replicas, -1)

"""The instances that tables are made on."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import scipy.sparse as sp

import compilers
import pbit

G1 = Path(__file__).parents[1] / "examples" / "data" / "G1.txt"


def torus(shape: tuple[int, int, int], seed: int = 0) -> pbit.IsingModel:
    """Return a ±J glass on a periodic cubic lattice: degree 6."""
    sites = np.arange(np.prod(shape)).reshape(shape)
    rows = np.concatenate([sites.ravel()] * 3)
    columns = np.concatenate([np.roll(sites, -1, axis).ravel() for axis in range(3)])
    signs = np.random.default_rng(seed).choice([-1.0, 1.0], rows.size)
    half = sp.coo_array((signs, (rows, columns)), shape=(sites.size, sites.size))
    return pbit.IsingModel(half + half.T)


def g1() -> pbit.IsingModel:
    """Return max-cut on G1: 800 p-bits, degree 48, couplings -1/2."""
    model = compilers.load(G1).model
    assert isinstance(model, pbit.IsingModel)  # noqa: S101 - max-cut has an energy
    return model

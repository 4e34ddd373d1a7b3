"""Models as weighted products of p-bits, whatever their kind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from pbit.checks import Floats, States
from pbit.model import IsingModel
from pbit.polynomial import PolynomialModel

Model: TypeAlias = IsingModel | PolynomialModel
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Terms:
    """A model as weighted products of p-bits: the (term, p-bit) incidences and weights."""

    numbers: Ints  # of the term, ascending
    members: Ints  # the p-bit
    weights: Floats  # held p-bits included
    whole: Floats  # as the model has them
    signs: Floats  # what held p-bits multiply the product by

    @classmethod
    def of(cls, model: Model) -> Terms:
        """Biases first, then couplings i < j or terms in the model's order."""
        own = np.arange(model.n)
        if isinstance(model, IsingModel):
            upper = sp.triu(model.J, k=1).tocoo()
            members = np.stack([upper.row, upper.col], axis=1).ravel().astype(np.int64)
            numbers = np.repeat(np.arange(upper.nnz), 2)
            weights = upper.data
        else:
            members = model.members.indices.astype(np.int64)
            sizes = np.diff(model.members.indptr)
            numbers = np.repeat(np.arange(len(sizes)), sizes)
            weights = model.values
        both = np.concatenate([model.h, weights])
        return cls(
            np.concatenate([own, model.n + numbers]),
            np.concatenate([own, members]),
            both,
            both,
            np.ones(len(both)),
        )

    def without(self, state: States) -> Terms:
        """Multiply held p-bits (where `state` is not 0) into the weights."""
        held = state[self.members] != 0
        down = state[self.members] < 0
        odd = np.bincount(self.numbers[down], minlength=len(self.weights)) % 2
        signs: Floats = 1.0 - 2.0 * odd.astype(np.float64)
        return Terms(
            self.numbers[~held],
            self.members[~held],
            self.whole * signs,
            self.whole,
            signs,
        )

    def neighbours(self, free: Ints, n: int) -> list[set[int]]:
        """Return with whom each free p-bit shares a term of non-zero weight."""
        place = np.zeros(n, np.int64)
        place[free] = np.arange(len(free))
        alive = self.whole[self.numbers] != 0
        rows, columns = self.numbers[alive], place[self.members[alive]]
        shape = (len(self.whole), len(free))
        incidence = sp.csr_array((np.ones(len(rows)), (rows, columns)), shape=shape)
        near = sp.csr_array(incidence.T @ incidence)
        lists = np.split(near.indices, near.indptr[1:-1]) if len(free) else []
        return [set(heard.tolist()) - {i} for i, heard in enumerate(lists)]

    def means(self, found: Floats, which: Ints) -> Floats:
        """Return the average product of every term of the whole model."""
        result = self.signs.copy()
        result[which] *= found
        return result


def products(model: Model, means: Floats) -> Any:
    """Return the terms' means as couplings in a CSR matrix, or as they are."""
    own = means[model.n :]
    if not isinstance(model, IsingModel):
        return own
    upper = sp.triu(model.J, k=1).tocoo()
    rows = np.concatenate([upper.row, upper.col])
    columns = np.concatenate([upper.col, upper.row])
    return sp.csr_array((np.concatenate([own, own]), (rows, columns)), model.J.shape)

"""P-bits whose best state is known, or follows from one neighbour, taken out exactly."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from compilers.passes.passed import GONE, Bools, Ints, Way
from pbit.checks import Floats, States
from pbit.kernels.jit import jit
from pbit.kernels.types import Int32s
from pbit.model import IsingModel

TIE = 1e-12  # of the weights involved: rounding, not modelling


class Peeled(Way):
    """The way back to p-bits that were taken out: each at its best, last one first.

    Parameters
    ----------
    place
        Number after the pass, -1 for those taken out.
    taken, parent
        The p-bits taken out, in order, and the neighbour each follows (-1: none).
    J, h
        Coupling to that neighbour and bias at the time: m = sgn(J m_parent + h), and +1
        where that is 0.
    """

    def __init__(
        self, place: Ints, taken: Ints, parent: Ints, J: Floats, h: Floats
    ) -> None:
        super().__init__(place)
        self.taken, self.parent, self.J, self.h = taken, parent, J, h

    def back(self, states: States) -> States:
        """Return the states with the p-bits taken out at their best."""
        result = np.empty((len(states), self.place.size), np.int8)
        left = self.place != GONE
        result[:, left] = states[:, self.place[left]]
        _put_back(result, self.taken, self.parent, self.J, self.h)
        return result

    def lift(self, states: States) -> States:
        """Return the states of the p-bits that are left."""
        return np.ascontiguousarray(states[:, self.place != GONE])


def peel(
    model: IsingModel, keep: Bools, ties: bool
) -> tuple[IsingModel, Peeled, dict[str, int]]:
    """Take out forced and dangling p-bits; see `reduce`. Counts of either are returned.

    Time O(n + m) but for p-bits that are looked at anew when a neighbour goes.
    """
    h = model.h.copy()
    taken, parent, J, biases, counts, constant = _peel(
        model.J.indptr, model.J.indices, model.J.data, h, keep, ties
    )
    left = np.setdiff1d(np.arange(model.n), taken)
    place = np.full(model.n, GONE, np.int64)
    place[left] = np.arange(left.size)
    labels = [model.labels[i] for i in left.tolist()]
    smaller = IsingModel(
        sp.csr_array(model.J[left][:, left]), h[left], model.offset + constant, labels
    )
    way = Peeled(place, taken, parent, J, biases)
    names = ("forced", "dangling", "tied")
    return smaller, way, dict(zip(names, counts.tolist(), strict=True))


@jit
def _peel(
    indptr: Int32s,
    indices: Int32s,
    data: Floats,
    h: Floats,
    keep: NDArray[np.bool_],
    ties: bool,
) -> tuple[Ints, Ints, Floats, Floats, Ints, float]:
    """Take p-bits out one by one; h becomes the biases of those that are left."""
    n = h.shape[0]
    alive = np.ones(n, np.bool_)
    waiting = np.ones(n, np.bool_)
    line = np.arange(n)  # a ring: every p-bit stands in it at most once
    head, length, left = 0, n, n
    taken = np.empty(n, np.int64)
    parent = np.empty(n, np.int64)
    J = np.zeros(n)
    biases = np.empty(n)
    counts = np.zeros(3, np.int64)
    constant = 0.0
    while length > 0 and left > 1:
        i = line[head]
        head = (head + 1) % n
        length -= 1
        waiting[i] = False
        if keep[i]:
            continue
        total, degree, only = 0.0, 0, -1
        for e in range(indptr[i], indptr[i + 1]):
            if alive[indices[e]]:
                total += abs(data[e])
                degree += 1
                only = e
        sure = abs(h[i]) - total
        tie = abs(sure) <= TIE * (abs(h[i]) + total)
        if (degree > 1 and (sure <= 0 or tie)) or (degree < 2 and tie and not ties):
            continue
        follows = -1
        if sure > 0 and not tie:
            counts[0] += 1
            constant -= abs(h[i])
        elif degree == 1:
            follows = indices[only]
            up, down = abs(data[only] + h[i]), abs(data[only] - h[i])
            h[follows] += 0.5 * (up - down)
            constant -= 0.5 * (up + down)
            J[n - left] = data[only]
            counts[1] += 1
            counts[2] += tie
        else:
            counts[2] += 1
        for e in range(indptr[i], indptr[i + 1]):
            j = indices[e]
            if alive[j]:
                if follows < 0:
                    h[j] += data[e] if h[i] > 0 else -data[e]
                if not waiting[j]:
                    waiting[j] = True
                    line[(head + length) % n] = j
                    length += 1
        taken[n - left], parent[n - left], biases[n - left] = i, follows, h[i]
        alive[i] = False
        left -= 1
    gone = n - left
    return taken[:gone], parent[:gone], J[:gone], biases[:gone], counts, constant


@jit
def _put_back(states: States, taken: Ints, parent: Ints, J: Floats, h: Floats) -> None:
    for k in range(taken.shape[0] - 1, -1, -1):
        i, j = taken[k], parent[k]
        for c in range(states.shape[0]):
            heard = h[k]
            if j >= 0:
                heard += J[k] * states[c, j]
            states[c, i] = 1 if heard >= 0 else -1

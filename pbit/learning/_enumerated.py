"""Exact sums over a Boltzmann machine's states: some p-bits counted through, others not.

P-bits without edges among themselves are independent given the rest, so they are summed
out by formula: Σ e^{m f} = 2 cosh f, ⟨m⟩ = tanh f. Only the rest is gone through. Of a
restricted machine that is the smaller layer.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from pbit.checks import Floats, States
from pbit.errors import CapacityError
from pbit.kernels.boltzmann import add_cross, add_product

if TYPE_CHECKING:
    from pbit.learning.machine import BoltzmannMachine

MOST = 24  # p-bits that are gone through
_BLOCK = 2**12  # states at a time
_ROOM = 2**21  # numbers in a table at a time

Ints = NDArray[np.int64]


class Enumerated:
    """Which p-bits are gone through and which are summed out, for one graph.

    Parameters
    ----------
    edges
        Pairs of p-bits, shape (n_edges, 2).
    n
        Number of p-bits.
    visible
        Numbers of the visible ones.
    """

    def __init__(self, edges: NDArray[np.int32], n: int, visible: Ints) -> None:
        self.visible = visible
        self.hidden = np.setdiff1d(np.arange(n), visible)
        neighbours: list[set[int]] = [set() for _ in range(n)]
        for i, j in edges.tolist():
            neighbours[i].add(j)
            neighbours[j].add(i)
        self.free = _split(neighbours, np.arange(n))
        self.clamped = _split(neighbours, self.hidden)

    def log_partition(self, machine: BoltzmannMachine) -> float:
        """Return ln Z."""
        J, h = _dense(machine)
        rest, summed = self.free
        _check_capacity(len(rest))
        top, total = -np.inf, 0.0
        for X in _states(len(rest)):
            logs, _ = _logs(X, J, h, rest, summed)
            new = max(top, float(logs.max()))
            total = total * np.exp(top - new) + float(np.exp(logs - new).sum())
            top = new
        return top + float(np.log(total))

    def moments(self, machine: BoltzmannMachine) -> tuple[Floats, Floats]:
        """Return ⟨m_i m_j⟩ of every edge and ⟨m_i⟩ of the machine left alone."""
        J, h = _dense(machine)
        rest, summed = self.free
        _check_capacity(len(rest))
        top, total = -np.inf, 0.0
        mean, pair = np.zeros(machine.n), np.zeros((machine.n, machine.n))
        for X in _states(len(rest)):
            logs, inputs = _logs(X, J, h, rest, summed)
            new = max(top, float(logs.max()))
            shrink, weights = np.exp(top - new), np.exp(logs - new)
            for sums in (mean, pair):
                sums *= shrink
            total = total * shrink + weights.sum()
            top = new
            T = np.tanh(inputs)
            heavy = X * weights[:, None]
            mean[rest] += heavy.sum(axis=0)
            mean[summed] += _cross(weights[:, None], T)[0]
            pair[np.ix_(rest, rest)] += _cross(heavy, X)
            pair[np.ix_(rest, summed)] += _cross(heavy, T)
        pair[np.ix_(summed, rest)] = pair[np.ix_(rest, summed)].T
        i, j = machine.edges.T
        return pair[i, j] / total, mean / total

    def log_clamped(self, machine: BoltzmannMachine, visible: States) -> Floats:
        """Return ln Σ e^{-E} over the hidden p-bits' states, one number a row."""
        J, h = _dense(machine)
        v = visible.astype(np.float64)
        own = _energies(v, J, h, self.visible)
        found = np.empty(len(v))
        for rows in self._row_blocks(len(v)):
            tops, totals = np.full(len(v[rows]), -np.inf), np.zeros(len(v[rows]))
            for _, logs, _ in self._clamped_blocks(J, h, v[rows]):
                new = np.maximum(tops, logs.max(axis=1))
                totals *= np.exp(tops - new)
                totals += np.exp(logs - new[:, None]).sum(axis=1)
                tops = new
            found[rows] = tops + np.log(totals)
        return own + found

    def clamped_moments(
        self, machine: BoltzmannMachine, visible: States, weights: Floats
    ) -> tuple[Floats, Floats]:
        """Return moments with the visible p-bits held at each row, averaged by weights.

        `weights` add up to 1, one a row.
        """
        J, h = _dense(machine)
        v = visible.astype(np.float64)
        mean, pair = np.zeros(machine.n), np.zeros((machine.n, machine.n))
        mean[self.visible] = _cross(weights[:, None], v)[0]
        pair[np.ix_(self.visible, self.visible)] = _cross(v * weights[:, None], v)
        rest, summed = self.clamped
        logs_of = self.log_clamped(machine, visible)
        own = _energies(v, J, h, self.visible)
        for rows in self._row_blocks(len(v)):
            heavy = v[rows] * weights[rows, None]
            for X, logs, inputs in self._clamped_blocks(J, h, v[rows]):
                p = np.exp(logs - (logs_of - own)[rows, None])  # (rows, states)
                T = np.tanh(inputs)  # (rows, states, summed)
                q = _cross(weights[rows, None], p)[0]
                pT = np.einsum("kb,kbs->ks", p, T)
                mean[rest] += _cross(q[:, None], X)[0]
                mean[summed] += _cross(weights[rows, None], pT)[0]
                pair[np.ix_(rest, rest)] += _cross(X * q[:, None], X)
                wT = np.einsum("kb,kbs->bs", p * weights[rows, None], T)
                pair[np.ix_(rest, summed)] += _cross(X, wT)
                pair[np.ix_(self.visible, rest)] += _cross(heavy, _times(p, X))
                pair[np.ix_(self.visible, summed)] += _cross(heavy, pT)
        pair[np.ix_(summed, rest)] = pair[np.ix_(rest, summed)].T
        pair[np.ix_(self.hidden, self.visible)] = pair[
            np.ix_(self.visible, self.hidden)
        ].T
        i, j = machine.edges.T
        return pair[i, j], mean

    def _row_blocks(self, n_rows: int) -> list[slice]:
        rest, summed = self.clamped
        _check_capacity(len(rest))
        states = min(2 ** len(rest), _BLOCK)
        step = max(1, _ROOM // (states * max(1, len(summed))))
        return [slice(k, min(k + step, n_rows)) for k in range(0, n_rows, step)]

    def _clamped_blocks(
        self, J: Floats, h: Floats, v: Floats
    ) -> Iterator[tuple[Floats, Floats, Floats]]:
        rest, summed = self.clamped
        b = _times(v, J[self.visible]) + h
        for X in _states(len(rest)):
            inputs = b[:, None, summed] + _times(X, J[np.ix_(rest, summed)])[None]
            logs = _energies(X, J, np.zeros_like(h), rest)[None]
            logs = logs + _times(b[:, rest], X.T) + log_2cosh(inputs).sum(axis=2)
            yield X, logs, inputs


def _split(neighbours: list[set[int]], pbits: Ints) -> tuple[Ints, Ints]:
    """Return p-bits to go through and p-bits without edges among themselves."""
    inside = set(pbits.tolist())
    summed: set[int] = set()
    for i in sorted(inside, key=lambda i: (len(neighbours[i] & inside), i)):
        if not neighbours[i] & summed:
            summed.add(i)
    rest = np.array(sorted(inside - summed), np.int64)
    return rest, np.array(sorted(summed), np.int64)


def _check_capacity(count: int) -> None:
    if count > MOST:
        msg = (
            f"exact results need at most {MOST} p-bits to go through, not {count}: "
            "those beyond the ones that have no edges among themselves"
        )
        raise CapacityError(msg)


def _dense(machine: BoltzmannMachine) -> tuple[Floats, Floats]:
    J = np.zeros((machine.n, machine.n))
    i, j = machine.edges.T
    J[i, j] = J[j, i] = machine.weights
    return J, machine.biases


def _states(count: int) -> Iterator[Floats]:
    """Yield all states of so many p-bits as ±1.0, some at a time."""
    for first in range(0, 2**count, _BLOCK):
        codes = np.arange(first, min(first + _BLOCK, 2**count))
        bits = (codes[:, None] >> np.arange(count)) & 1
        yield 2.0 * bits.astype(np.float64) - 1.0


def _logs(
    X: Floats, J: Floats, h: Floats, rest: Ints, summed: Ints
) -> tuple[Floats, Floats]:
    """Return ln of the weights of states of the rest, and the others' inputs."""
    inputs = _times(X, J[np.ix_(rest, summed)]) + h[summed]
    return _energies(X, J, h, rest) + log_2cosh(inputs).sum(axis=1), inputs


def _energies(X: Floats, J: Floats, h: Floats, pbits: Ints) -> Floats:
    """Return minus the energies of states of these p-bits among themselves."""
    heard = 0.5 * _times(X, J[np.ix_(pbits, pbits)]) + h[pbits]
    return np.asarray((heard * X).sum(axis=1))


def _times(one: Floats, other: Floats) -> Floats:
    """Return a product of matrices, with the same bits whatever the threads of BLAS."""
    out = np.zeros((one.shape[0], other.shape[1]))
    add_product(np.ascontiguousarray(one), np.ascontiguousarray(other), out)
    return out


def _cross(one: Floats, other: Floats) -> Floats:
    """Return oneᵀ · other, likewise."""
    out = np.zeros((one.shape[1], other.shape[1]))
    add_cross(np.ascontiguousarray(one), np.ascontiguousarray(other), out)
    return out


def log_2cosh(x: Floats) -> Floats:
    """Return ln(2 cosh x), which does not overflow."""
    size = np.abs(x)
    return np.asarray(size + np.log1p(np.exp(-2.0 * size)))

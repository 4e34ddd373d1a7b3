"""Polynomial models: p-bits that meet in terms of any order, not in pairs only."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import ArrayLike, NDArray

from pbit._polynomial_terms import (
    Terms,
    bits_from_spins,
    check_terms,
    count_numbers,
    incidence,
    is_number,
    spins_from_bits,
)
from pbit.checks import Floats, check_states
from pbit.model import IsingModel, PCircuit

_BLOCK = 2**20  # states times incidences that energies are computed for at a time


class PolynomialModel:
    r"""P-bits with terms of any number of p-bits; pairs and biases are two kinds.

    .. math::

        E(m) = - \sum_t w_t \prod_{i \in t} m_i + offset, \qquad
        P(m) \propto e^{-\beta E(m)}

    so that w > 0 favours an even number of p-bits at -1 in the term. P-bit i sees
    :math:`I_i = \beta \sum_{t \ni i} w_t \prod_{j \in t, j \ne i} m_j`, as in the
    machines with 3- and 4-body terms of [Borders2019]_ and [Nikhar2024]_.

    Parameters
    ----------
    terms
        ``{(label, ...): w}``: every set of p-bits once, each p-bit once in it (m² = 1).
        One p-bit is a bias, two a coupling. Terms of weight 0 are dropped.
    offset
        Constant added to every energy.
    labels
        Names of the p-bits, unique and hashable; if omitted the terms speak of numbers
        0 ... n-1, n being one more than the largest.

    Attributes
    ----------
    h : ndarray
        Weights of the one-body terms, shape (n,).
    weights : csr_array
        What p-bit i (row) hears of term t (column), of two bodies and more: w_t where i
        is in t, shape (n, n_terms).

    Raises
    ------
    TypeError
        If `terms` is no mapping of tuples to real numbers.
    ValueError
        If a term is empty, repeats a p-bit, is given twice (in any order), names an
        unknown p-bit or has a weight that is not finite.

    References
    ----------
    .. [Borders2019] W. A. Borders et al., Nature 573, 390 (2019).
    .. [Nikhar2024] S. Nikhar et al., Nat. Commun. 15, 8977 (2024).

    Examples
    --------
    >>> model = PolynomialModel({(0, 1, 2): 1.0, (0,): 0.5})
    >>> model.energy([[1, 1, 1], [1, -1, 1]]).tolist()
    [-1.5, 0.5]
    >>> model.order
    3
    """

    __slots__ = ("_names", "h", "labels", "members", "n", "offset", "values", "weights")

    h: Floats
    labels: Sequence[Hashable]
    members: sp.csr_array
    n: int
    offset: float
    values: Floats
    weights: sp.csr_array

    def __init__(
        self,
        terms: Terms,
        offset: float = 0.0,
        labels: Sequence[Hashable] | None = None,
    ) -> None:
        check_terms(terms)
        n = count_numbers(terms) if labels is None else len(labels)
        # Labels and the look-up of them are those of a circuit without connections.
        self._names = PCircuit(sp.csr_array((n, n)), None, labels)
        self.labels, self.n = self._names.labels, n
        self.offset = float(offset)
        if not math.isfinite(self.offset):
            msg = f"offset must be finite, not {offset}"
            raise ValueError(msg)
        numbered, self.h = self._numbered(terms)
        self.values, self.members, self.weights = incidence(numbered, n)
        for array in (self.h, self.values, self.members.data, self.weights.data):
            array.flags.writeable = False

    def _numbered(self, terms: Terms) -> tuple[dict[tuple[int, ...], float], Floats]:
        """Return the terms over sorted numbers, biases apart; raise on repetition."""
        numbered: dict[tuple[int, ...], float] = {}
        h = np.zeros(self.n)
        seen: set[tuple[int, ...]] = set()
        for term, weight in terms.items():
            numbers = tuple(sorted(self._number(label, term) for label in term))
            if len(set(numbers)) < len(numbers):
                msg = f"a term must hold each p-bit once (m² = 1), not {term!r}"
                raise ValueError(msg)
            if numbers in seen:
                msg = f"each set of p-bits must be given once: {term!r} comes twice"
                raise ValueError(msg)
            seen.add(numbers)
            if len(numbers) == 1:
                h[numbers[0]] = weight
            elif weight:
                numbered[numbers] = float(weight)
        return numbered, h

    def _number(self, label: Hashable, term: tuple[Any, ...]) -> int:
        try:
            return self.index(label)
        except KeyError as error:
            msg = f"term {term!r}: {error.args[0]}"
            raise ValueError(msg) from None

    @classmethod
    def from_ising(cls, model: IsingModel) -> PolynomialModel:
        """Return the same energies, as biases and two-body terms."""
        labels = model.labels
        upper = sp.triu(model.J, k=1).tocoo()
        terms: dict[tuple[Any, ...], float] = {
            (labels[i], labels[j]): float(w)
            for i, j, w in zip(
                upper.row.tolist(), upper.col.tolist(), upper.data, strict=True
            )
        }
        biased = np.flatnonzero(model.h).tolist()
        terms |= {(labels[i],): float(model.h[i]) for i in biased}
        return cls(terms, model.offset, labels)

    @classmethod
    def from_binary(
        cls,
        terms: Terms,
        offset: float = 0.0,
        labels: Sequence[Hashable] | None = None,
    ) -> PolynomialModel:
        r"""Return the model whose energy is a polynomial of 0/1 variables.

        .. math::

            E = \sum_t c_t \prod_{i \in t} s_i + offset, \qquad s = (1 + m) / 2

        with the sign of a cost, as in QUBO: c > 0 is to be avoided. A term of k
        variables becomes 2**k terms.

        Parameters
        ----------
        terms
            ``{(label, ...): c}``; a label may repeat in a term (s² = s), a set of labels
            may come in several orders (they add up), and () is a constant.
        offset, labels
            As in the constructor; without labels, numbers or else the labels in order of
            appearance.

        Examples
        --------
        >>> both = PolynomialModel.from_binary({("a", "b"): 4.0})
        >>> both.energy([[1, 1], [1, -1]]).tolist()
        [4.0, 0.0]
        """
        check_terms(terms, empty=True)
        order = dict.fromkeys(label for term in terms for label in term)
        place = {label: k for k, label in enumerate(order)}
        spins = spins_from_bits((frozenset(t), cost) for t, cost in terms.items())
        constant = -spins.pop(frozenset(), 0.0)
        if labels is None and not all(map(is_number, order)):
            labels = tuple(order)
        elif labels is None:
            labels = range(count_numbers(terms))
        named = {
            tuple(sorted(part, key=place.__getitem__)): weight
            for part, weight in spins.items()
            if weight
        }
        return cls(named, offset + constant, labels)

    def to_binary(self) -> tuple[dict[tuple[Hashable, ...], float], float]:
        """Return ``({(label, ...): c}, offset)`` over s = (m + 1) / 2, `from_binary`'s.

        Terms that cancel are left out.
        """
        bits = bits_from_spins((frozenset(t), w) for t, w in self._numbers())
        offset = self.offset + bits.pop(frozenset(), 0.0)
        return {
            tuple(self.labels[i] for i in sorted(part)): cost
            for part, cost in bits.items()
            if cost
        }, offset

    def to_ising(self) -> IsingModel:
        """Return the same energies as an :class:`IsingModel`, if no term is longer than 2.

        Raises
        ------
        ValueError
            If a term has three p-bits or more: `compilers.passes.reduce` turns these
            into pairs.
        """
        if self.order > 2:
            msg = f"a model of order {self.order} is not pairwise: reduce it first"
            raise ValueError(msg)
        pairs = self.members.indices.reshape(-1, 2)
        matrix = sp.coo_array((self.values, pairs.T), shape=(self.n, self.n))
        return IsingModel(matrix + matrix.T, self.h, self.offset, self.labels)

    def _numbers(self) -> Iterable[tuple[tuple[int, ...], float]]:
        """Yield every term as numbers, with its weight; biases first."""
        for i in np.flatnonzero(self.h).tolist():
            yield (i,), float(self.h[i])
        ends = self.members.indptr.tolist()
        members = self.members.indices.tolist()
        for t, weight in enumerate(self.values.tolist()):
            yield tuple(members[ends[t] : ends[t + 1]]), weight

    @property
    def terms(self) -> dict[tuple[Hashable, ...], float]:
        """All terms that are not 0, ``{(label, ...): w}``; biases first."""
        labels = self.labels
        return {
            tuple(labels[i] for i in term): weight for term, weight in self._numbers()
        }

    @property
    def n_terms(self) -> int:
        """Number of terms of two p-bits and more."""
        return int(self.values.size)

    @property
    def order(self) -> int:
        """Number of p-bits in the longest term."""
        longest = int(np.diff(self.members.indptr).max(initial=0))
        return max(longest, int(bool(self.h.any())))

    def index(self, label: Hashable) -> int:
        """Return the number of the p-bit called `label`, or raise a KeyError."""
        return self._names.index(label)

    def hearing(self) -> PCircuit:
        """Return who hears whom: weight 1 between p-bits that share a term.

        It is what colourings and partitions of the model have to look at.
        """
        touch = sp.csr_array(self.weights != 0).astype(np.float64)
        meet = sp.csr_array(touch @ touch.T)
        meet.setdiag(0.0)
        meet.eliminate_zeros()
        meet.data[:] = 1.0
        return PCircuit(meet, None, self.labels)

    def fix(self, states: Mapping[Hashable, int]) -> PolynomialModel:
        """Return the model of the other p-bits with these held at -1 or +1.

        Energies are those of the whole state. Labels are kept.

        Raises
        ------
        KeyError, ValueError
            If a label is unknown or a state is not ±1.
        """
        held: dict[int, int] = {}
        for label, value in states.items():
            if np.ndim(value) or value not in (-1, 1):
                msg = f"the state of p-bit {label!r} must be -1 or +1, not {value!r}"
                raise ValueError(msg)
            held[self.index(label)] = int(value)
        left: dict[tuple[Any, ...], float] = {}
        offset = self.offset
        for numbers, weight in self._numbers():
            sign = math.prod(held.get(i, 1) for i in numbers)
            rest = tuple(self.labels[i] for i in numbers if i not in held)
            if rest:
                left[rest] = left.get(rest, 0.0) + sign * weight
            else:
                offset -= sign * weight
        free = [label for i, label in enumerate(self.labels) if i not in held]
        return PolynomialModel(left, offset, free)

    def energy(self, states: ArrayLike) -> Floats:
        """Return E of states of shape (..., n), shape (...).

        The energy of a state has the same bits whatever other states are asked for.
        """
        m = check_states(states, self.n)
        flat = m.reshape(math.prod(m.shape[:-1]), self.n)
        energies = np.empty(len(flat))
        rows = max(1, _BLOCK // max(1, self.members.nnz, self.n))
        for k in range(0, len(flat), rows):
            block = flat[k : k + rows]
            terms = np.ascontiguousarray(self._products(block) * self.values)
            linear = np.ascontiguousarray(self.h * block)
            energies[k : k + rows] = (
                self.offset - terms.sum(axis=1) - linear.sum(axis=1)
            )
        return energies.reshape(m.shape[:-1])

    def fields(self, states: ArrayLike) -> Floats:
        r"""Return :math:`\sum_{t \ni i} w_t \prod_{j \in t, j \ne i} m_j`, shape (..., n)."""
        m = check_states(states, self.n)
        flat = m.reshape(math.prod(m.shape[:-1]), self.n)
        products = self._products(flat).astype(np.float64)
        # m_i times the whole product leaves the product of the others: m_i² = 1.
        heard = np.asarray((self.weights @ products.T).T) * flat + self.h
        return np.asarray(heard).reshape(m.shape)

    def _products(self, flat: NDArray[np.int8]) -> NDArray[np.int8]:
        """Return the product of every term's p-bits, shape (k, n_terms)."""
        if self.values.size == 0:
            return np.empty((len(flat), 0), np.int8)
        gathered = flat[:, self.members.indices]
        starts = self.members.indptr[:-1].astype(np.intp)
        return np.multiply.reduceat(gathered, starts, axis=1, dtype=np.int8)

    def __repr__(self) -> str:
        """Say the number of p-bits and terms, and the order."""
        return f"PolynomialModel(n={self.n}, terms={self.n_terms}, order={self.order})"

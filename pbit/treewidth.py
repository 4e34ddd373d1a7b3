"""Exact results for models of small treewidth, far beyond enumeration: trees, strips, grids.

P-bits are summed out one after the other (bucket elimination). Time and memory grow as
2**width, not as 2**n: a 20 x 20 grid of couplings has width 20, a tree 1, a ring 2.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pbit._elimination import elimination_tree
from pbit._terms import Model, Terms, products
from pbit.checks import Floats, States, check_count, check_nonnegative
from pbit.errors import CapacityError
from pbit.kernels import elimination as kernels
from pbit.model import IsingModel
from pbit.polynomial import PolynomialModel
from pbit.random import RandomState, Use, streams
from pbit.samples import SampleSet

Ints = NDArray[np.int64]
MAX_BYTES = 2**32


@dataclass(frozen=True)
class Moments:
    """Exact averages at one temperature.

    Attributes
    ----------
    mean
        ⟨m⟩, shape (n,).
    products
        Of an IsingModel ⟨m_i m_j⟩ for every coupling, in a CSR matrix with the pattern
        of J; of a PolynomialModel ⟨Π m_i⟩ of every term, shape (n_terms,).
    energy
        ⟨E⟩, offset included.
    """

    mean: Floats
    products: Any
    energy: float


class TreeDecomposition:
    r"""Exact inference on a model by summing its p-bits out along an elimination tree.

    .. math::

        \mu_v(s) = \ln \sum_{m_v = \pm 1} \exp\Bigl(-\beta E_v(m_v, s)
        + \sum_{c \to v} \mu_c(m_v, s)\Bigr)

    with s the state of what p-bit v is still tied to when its turn comes [Dechter1999]_.
    Everything is exact up to rounding, at any temperature: tables hold logarithms.

    Parameters
    ----------
    model
        An IsingModel or a PolynomialModel.
    clamp
        P-bits held, {label: ±1}: results are conditional. Held p-bits cost no width.
    order
        Labels of all free p-bits in the order of their elimination; by default the best
        of least degree, least fill and a band order.
    max_bytes
        Memory that tables may take, 4 GiB by default.

    Attributes
    ----------
    width : int
        P-bits in the largest separator: an upper bound on the treewidth.
    entries : int
        Entries of all tables: moments and draws hold 8 bytes of each, the ground state 1.

    Raises
    ------
    CapacityError
        If the tables would take more than `max_bytes`; it says the width and the memory.
    TypeError, ValueError, KeyError
        If `model` has no energy, or `clamp` or `order` breaks a rule.

    References
    ----------
    .. [Dechter1999] R. Dechter, "Bucket elimination: A unifying framework for
       reasoning", Artificial Intelligence 113, 41 (1999).

    Examples
    --------
    >>> ring = IsingModel({(i, (i + 1) % 1000): 1.0 for i in range(1000)})
    >>> tree = TreeDecomposition(ring)
    >>> tree.width
    2
    >>> round(tree.log_partition(0.5) / 1000, 6)  # ln(2 cosh(1/2))
    0.813262
    >>> tree.ground_state()[1]
    -1000.0
    """

    def __init__(
        self,
        model: Model,
        clamp: Mapping[Hashable, int] | None = None,
        *,
        order: Sequence[Hashable] | None = None,
        max_bytes: int = MAX_BYTES,
    ) -> None:
        given: Any = model
        if not isinstance(given, IsingModel | PolynomialModel):
            msg = f"model must be an IsingModel or a PolynomialModel, not {model!r}"
            raise TypeError(msg)
        self.model = model
        self.max_bytes = check_count("max_bytes", max_bytes, 1024)
        self._state = _clamped(model, clamp)
        self._free = np.flatnonzero(self._state == 0)
        self._terms = Terms.of(model).without(self._state)
        self._scale = float(np.abs(self._terms.weights).sum())
        if not np.isfinite(self._scale + model.offset):
            msg = "the energies overflow: weights must be small enough to be added up"
            raise ValueError(msg)
        largest = (self.max_bytes // 16).bit_length() - 1
        self._tree = elimination_tree(
            self._terms.neighbours(self._free, model.n),
            None if order is None else self._numbers(order),
            largest,
        )
        self._arrange()

    @property
    def width(self) -> int:
        """P-bits in the largest separator."""
        return self._tree.width

    @property
    def entries(self) -> int:
        """Entries of all tables over separators together."""
        return self._tree.entries

    def log_partition(self, beta: float = 1.0) -> float:
        r"""Return :math:`\ln Z`, of the states that agree with the clamp.

        Takes O(width · entries) time; memory only for messages that are awaited.

        Raises
        ------
        CapacityError
            If that takes more than `max_bytes`.
        ValueError
            If `beta` is negative, not finite, or so large that energies overflow.
        """
        beta = self._check_beta(beta)
        self._check_memory("ln Z", 0)
        total, _ = self._upward(beta, np.empty(0), np.empty(0, np.int8))
        return total - beta * self._constant

    def moments(self, beta: float = 1.0) -> Moments:
        """Return ⟨m⟩, ⟨m_i m_j⟩ of the couplings (or terms) and ⟨E⟩.

        Raises
        ------
        CapacityError, ValueError
            As in `log_partition`; tables take 8 bytes an entry.
        """
        fields, stack = self._fields(self._check_beta(beta))
        tree, n = self._tree, len(self._free)
        own, found = np.empty(n), np.empty(len(self._masks))
        kernels.downward(
            *self._shape,
            tree.message_at,
            self._term_ptr,
            self._masks,
            self._table_at,
            stack,
            fields,
            *self._scratch(),
            own,
            found,
        )
        mean = self._state.astype(np.float64)
        mean[self._free[tree.order]] = own
        means = self._terms.means(found, self._sorted)
        energy = self.model.offset - float(self._terms.whole @ means)
        return Moments(mean, products(self.model, means), energy)

    def sample(
        self, n_samples: int, beta: float = 1.0, rng: RandomState = None
    ) -> SampleSet:
        """Return independent exact draws from the Boltzmann distribution.

        Parameters
        ----------
        n_samples
            Number of draws, at least 1; draw k depends on the seed and k alone.
        beta
            Inverse temperature, >= 0.
        rng
            Seed.

        Returns
        -------
        SampleSet
            States of shape (n_samples, 1, n).

        Raises
        ------
        CapacityError, ValueError
            As in `moments`.
        """
        count = check_count("n_samples", n_samples)
        source = streams(rng)
        fields, _ = self._fields(self._check_beta(beta))
        states = np.repeat(self._state[None], count, axis=0)
        kernels.draw(
            self._tree.separator_ptr,
            self._tree.separators,
            self._free[self._tree.order],
            self._table_at,
            fields,
            states,
            source.key0,
            source.key1,
            int(Use.EXACT_DRAW),
        )
        info = {"sampler": "tree", "beta": float(beta), "rng": source.entropy}
        kept = states[:, None]
        return SampleSet(kept, self.model.energy(kept), self.model.labels, info)

    def ground_state(self) -> tuple[States, float]:
        """Return a state of lowest energy, shape (n,), and that energy.

        Raises
        ------
        CapacityError
            If the tables, 1 byte an entry, take more than `max_bytes`.
        """
        self._check_memory("a ground state", self.entries)
        choices = np.empty(self.entries, np.int8)
        self._upward(1.0, np.empty(0), choices)
        state = self._state.copy()
        tree = self._tree
        kernels.follow(
            tree.separator_ptr,
            tree.separators,
            self._free[tree.order],
            self._table_at,
            choices,
            state,
        )
        return state, float(self.model.energy(state))

    def _numbers(self, order: Sequence[Hashable]) -> list[int]:
        numbers = [self.model.index(label) for label in order]
        if sorted(numbers) != self._free.tolist():
            msg = (
                f"order must name each of the {len(self._free)} free p-bits once, "
                f"not {len(numbers)} of which {len(set(numbers))} differ"
            )
            raise ValueError(msg)
        return [int(k) for k in np.searchsorted(self._free, numbers)]

    def _arrange(self) -> None:
        """Give every term to the p-bit of it that goes first."""
        tree, terms = self._tree, self._terms
        n = len(self._free)
        self._shape = (
            tree.separator_ptr,
            tree.separators,
            tree.child_ptr,
            tree.children,
        )
        place = np.zeros(self.model.n, np.int64)
        place[self._free[tree.order]] = np.arange(n)
        at = place[terms.members]
        owner = np.full(len(terms.weights), n, np.int64)
        np.minimum.at(owner, terms.numbers, at)
        others = at != owner[terms.numbers]
        keys = np.repeat(np.arange(n), tree.sizes) * n + tree.separators
        mine = owner[terms.numbers[others]]
        bits = np.searchsorted(keys, mine * n + at[others]) - tree.separator_ptr[mine]
        masks = np.zeros(len(terms.weights), np.int64)
        np.add.at(masks, terms.numbers[others], np.int64(1) << bits)
        alive = np.flatnonzero(owner < n)  # the others are constants under the clamp
        self._sorted = alive[np.argsort(owner[alive], kind="stable")]
        self._masks = masks[self._sorted]
        self._weights = terms.weights[self._sorted]
        self._term_ptr = np.searchsorted(owner[self._sorted], np.arange(n + 1))
        self._constant = self.model.offset - float(terms.weights[owner == n].sum())
        self._table_at = np.cumsum(np.int64(1) << tree.sizes) - (
            np.int64(1) << tree.sizes
        )

    def _scratch(self) -> tuple[Floats, Ints, Ints]:
        low = 1 << min(self.width, kernels.LOW)
        high = 1 << max(0, self.width - kernels.LOW)
        return (
            np.empty(2 << self.width),
            np.empty(low, np.int64),
            np.empty(high, np.int64),
        )

    def _upward(
        self, beta: float, fields: Floats, choices: States
    ) -> tuple[float, Floats]:
        stack = np.empty(self._tree.stack_size)
        total = kernels.upward(
            *self._shape,
            self._tree.message_at,
            self._term_ptr,
            self._masks,
            self._weights,
            beta,
            self._table_at,
            stack,
            fields,
            choices,
            *self._scratch(),
        )
        return float(total), stack

    def _fields(self, beta: float) -> tuple[Floats, Floats]:
        self._check_memory("moments and draws", 8 * self.entries)
        fields = np.empty(self.entries)
        _, stack = self._upward(beta, fields, np.empty(0, np.int8))
        return fields, stack

    def _check_beta(self, beta: float) -> float:
        value = check_nonnegative("beta", beta)
        if not np.isfinite(value * (self._scale + abs(self.model.offset))):
            msg = f"beta times the energies must not overflow, beta = {beta}"
            raise ValueError(msg)
        return value

    def _check_memory(self, what: str, table_bytes: int) -> None:
        needed = table_bytes + 8 * (self._tree.stack_size + (2 << self.width))
        if needed > self.max_bytes:
            msg = (
                f"{what} along an elimination tree of width {self.width} would take "
                f"{needed / 2**20:.3g} MiB, above max_bytes = {self.max_bytes} "
                f"({self.max_bytes / 2**20:.3g} MiB)"
            )
            raise CapacityError(msg)

    def __repr__(self) -> str:
        """Say the sizes."""
        return f"TreeDecomposition(n={self.model.n}, width={self.width})"


def _clamped(model: Model, clamp: Mapping[Hashable, int] | None) -> States:
    """Return the held states, 0 where a p-bit is free."""
    state = np.zeros(model.n, np.int8)
    for label, value in (clamp or {}).items():
        if np.ndim(value) or value not in (-1, 1):
            msg = f"clamp of p-bit {label!r} must be -1 or +1, not {value!r}"
            raise ValueError(msg)
        state[model.index(label)] = value
    return state

"""p-circuits and Ising models: p-bits, what they are called and how they are wired."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

import networkx as nx
import numpy as np
import scipy.sparse as sp
from numpy.typing import ArrayLike, NDArray

from pbit.checks import Floats, check_finite, check_states

_BLOCK = 2**20  # states times p-bits that energies are computed for at a time
_HINT_LABELS = 20_000  # searched for similar names: 0.2 s
SYMMETRY_TOLERANCE = 1e-12  # relative to the largest coupling; rounding, not modelling


class PCircuit:
    r"""A network of p-bits with any weights, directed too; it need not have an energy.

    P-bit i sees the input :math:`I_i = \beta (\sum_j W_{ij} m_j + h_i)` and takes the
    state +1 with probability :math:`\sigma(2 I_i)`.

    Parameters
    ----------
    weights
        W, what p-bit i (row) hears of p-bit j (column), shape (n, n), zero diagonal:
        dense, scipy.sparse, or a dictionary ``{(i, j): w}`` over labels (or numbers
        where no labels are given).
    h
        Biases, shape (n,); zeros if omitted.
    labels
        Names of the p-bits, unique and hashable; 0 ... n-1 if omitted.

    Raises
    ------
    ValueError
        If W is not square, not finite, or has a diagonal; if h or labels do not fit.
    """

    __slots__ = ("_index", "_out", "h", "labels", "n", "weights")
    _symbol = "weights"

    weights: sp.csr_array
    h: Floats
    labels: Sequence[Hashable]
    n: int

    def __init__(
        self,
        weights: ArrayLike | sp.sparray | sp.spmatrix | Mapping[tuple[Any, Any], float],
        h: ArrayLike | None = None,
        labels: Sequence[Hashable] | None = None,
    ) -> None:
        names = _as_names(labels)
        index = _unique_index(names) if isinstance(names, tuple) else None
        if isinstance(weights, Mapping):
            matrix = self._from_mapping(weights, h, names, index)
        else:
            matrix = _as_csr(weights, self._symbol)
        self.n = n = int(matrix.shape[0])
        _check_matrix(matrix, self._symbol)
        self.weights = _canonical(matrix)
        self.h = _as_biases(h, n)
        if names is not None and len(names) != n:
            msg = f"labels must be {n} names, one a p-bit, not {len(names)}"
            raise ValueError(msg)
        self.labels = range(n) if names is None else names
        self._index = index
        self._out: sp.csr_array | None = None

    def _from_mapping(
        self,
        weights: Mapping[tuple[Any, Any], float],
        h: ArrayLike | None,
        labels: Sequence[Hashable] | None,
        index: dict[Hashable, int] | None,
    ) -> sp.coo_array:
        rows, columns, values = _triples(weights, index, self._symbol)
        if labels is not None:
            n = len(labels)
        elif h is not None and np.ndim(h) == 1:
            n = int(np.shape(h)[0])
        else:
            n = int(max(rows.max(initial=-1), columns.max(initial=-1))) + 1
        if rows.size and max(rows.max(), columns.max()) >= n:
            worst = int(max(rows.max(), columns.max()))
            msg = f"{self._symbol} names p-bit {worst}, but there are only {n}"
            raise ValueError(msg)
        return self._assemble(rows, columns, values, n)

    def _assemble(
        self,
        rows: NDArray[np.int64],
        columns: NDArray[np.int64],
        values: Floats,
        n: int,
    ) -> sp.coo_array:
        return sp.coo_array((values, (rows, columns)), shape=(n, n))

    @property
    def n_edges(self) -> int:
        """Number of directed connections; an undirected coupling counts twice."""
        return int(self.weights.nnz)

    @property
    def outgoing(self) -> sp.csr_array:
        """The transpose of W in CSR form: row j lists the p-bits that hear p-bit j."""
        if self._out is None:
            self._out = _canonical(self.weights.T)
        return self._out

    def index(self, label: Hashable) -> int:
        """Return the number of the p-bit called `label`, or raise a KeyError."""
        if self._index is None:
            if (
                isinstance(label, int | np.integer)
                and not isinstance(label, bool)
                and 0 <= label < self.n
            ):
                return int(label)
            msg = f"no p-bit is called {label!r}: they are numbered 0 to {self.n - 1}"
            raise KeyError(msg)
        try:
            return self._index[label]
        except (KeyError, TypeError):
            names = map(str, self.labels[:_HINT_LABELS])
            near = get_close_matches(str(label), names, n=3)
            hint = f"; near it: {', '.join(near)}" if near else ""
            msg = f"no p-bit is called {label!r}{hint}"
            raise KeyError(msg) from None

    def fields(self, states: ArrayLike) -> Floats:
        r"""Return :math:`\sum_j W_{ij} m_j + h_i` for states of shape (..., n)."""
        m = check_states(states, self.n)
        flat = m.reshape(math.prod(m.shape[:-1]), self.n).astype(np.float64)
        return np.asarray((self.weights @ flat.T).T + self.h).reshape(m.shape)

    def __repr__(self) -> str:
        """Say the class, the number of p-bits and of directed connections."""
        return f"{type(self).__name__}(n={self.n}, connections={self.n_edges})"


class IsingModel(PCircuit):
    r"""P-bits with symmetric couplings, which therefore have an energy.

    .. math::

        E(m) = -\tfrac12 m^T J m - h^T m + offset, \qquad P(m) \propto e^{-\beta E(m)}

    Parameters
    ----------
    J
        Couplings, shape (n, n), symmetric, zero diagonal; dense, scipy.sparse, or a
        dictionary ``{(i, j): w}`` with each pair once. J > 0 favours equal states.
    h
        Biases, shape (n,); zeros if omitted.
    offset
        Constant added to every energy.
    labels
        Names of the p-bits, unique and hashable; 0 ... n-1 if omitted.

    Raises
    ------
    ValueError
        If J is not square, finite, symmetric and of zero diagonal (the entry is named),
        or if h, offset or labels do not fit.

    Examples
    --------
    >>> model = IsingModel({(0, 1): 1.0})
    >>> model.energy([[1, 1], [1, -1]]).tolist()
    [-1.0, 1.0]
    """

    __slots__ = ("offset",)
    _symbol = "J"

    offset: float

    def __init__(
        self,
        J: ArrayLike | sp.sparray | sp.spmatrix | Mapping[tuple[Any, Any], float],
        h: ArrayLike | None = None,
        offset: float = 0.0,
        labels: Sequence[Hashable] | None = None,
    ) -> None:
        super().__init__(J, h, labels)
        self.weights = _symmetric(self.weights)
        self.offset = float(offset)
        if not np.isfinite(self.offset):
            msg = f"offset must be finite, not {offset}"
            raise ValueError(msg)

    def _assemble(
        self,
        rows: NDArray[np.int64],
        columns: NDArray[np.int64],
        values: Floats,
        n: int,
    ) -> sp.coo_array:
        low, high = np.minimum(rows, columns), np.maximum(rows, columns)
        keys, counts = np.unique(low * n + high, return_counts=True)
        if (counts > 1).any():
            i, j = divmod(int(keys[counts > 1][0]), n)
            msg = (
                f"J must name each pair once: both ({i}, {j}) and ({j}, {i}) are given"
            )
            raise ValueError(msg)
        both = (np.concatenate([rows, columns]), np.concatenate([columns, rows]))
        return sp.coo_array((np.concatenate([values, values]), both), shape=(n, n))

    @classmethod
    def from_networkx(
        cls, graph: nx.Graph, coupling: str = "J", bias: str = "h"
    ) -> IsingModel:
        """Read a model off an undirected graph; its nodes become the labels.

        Parameters
        ----------
        graph
            Undirected, without parallel edges; the graph attribute ``offset`` is used.
        coupling, bias
            Edge attribute that holds J (every edge needs it) and node attribute that
            holds h (0 where a node has none).

        Raises
        ------
        TypeError
            If the graph is directed or a multigraph.
        ValueError
            If an edge has no attribute `coupling`, or a node is joined to itself.
        """
        if graph.is_directed() or graph.is_multigraph():
            kind = type(graph).__name__
            msg = f"graph must be an undirected networkx.Graph, not {kind}"
            raise TypeError(msg)
        labels = list(graph.nodes)
        J: dict[tuple[Any, Any], float] = {}
        for u, v, weight in graph.edges(data=coupling):
            if weight is None:
                msg = f"edge ({u!r}, {v!r}) has no attribute {coupling!r}"
                raise ValueError(msg)
            J[u, v] = weight
        h = [value for _, value in graph.nodes(data=bias, default=0.0)]
        return cls(J, h, graph.graph.get("offset", 0.0), labels)

    def to_networkx(self, coupling: str = "J", bias: str = "h") -> nx.Graph:
        """Return the model as a graph: labels, edge and node attributes, offset."""
        graph = nx.Graph(offset=self.offset)
        labels = self.labels
        graph.add_nodes_from(
            (label, {bias: float(value)})
            for label, value in zip(labels, self.h, strict=True)
        )
        upper = sp.triu(self.weights, k=1).tocoo()
        graph.add_edges_from(
            (labels[i], labels[j], {coupling: float(w)})
            for i, j, w in zip(upper.row, upper.col, upper.data, strict=True)
        )
        return graph

    @property
    def J(self) -> sp.csr_array:  # noqa: N802 - the field's symbol
        """Couplings, the full symmetric matrix in CSR form."""
        return self.weights

    @property
    def outgoing(self) -> sp.csr_array:
        """Couplings again: a symmetric matrix is its own transpose."""
        return self.weights

    def energy(self, states: ArrayLike) -> Floats:
        """Return E of states of shape (..., n), shape (...).

        The energy of a state has the same bits whatever other states are asked for.
        """
        m = check_states(states, self.n)
        flat = m.reshape(math.prod(m.shape[:-1]), self.n)
        energies = np.empty(len(flat))
        rows = max(1, _BLOCK // max(1, self.n))
        for k in range(0, len(flat), rows):
            block = flat[k : k + rows]
            # No BLAS and no einsum: their order of summation depends on the shapes.
            terms = np.ascontiguousarray((self.weights @ block.T.astype(np.float64)).T)
            terms *= 0.5
            terms += self.h
            terms *= block
            energies[k : k + rows] = self.offset - terms.sum(axis=1)
        return energies.reshape(m.shape[:-1])


def _as_names(labels: Sequence[Hashable] | None) -> Sequence[Hashable] | None:
    """Return labels as a tuple; plain numbers stay a range, which needs no room."""
    if labels is None or (isinstance(labels, range) and labels == range(len(labels))):
        return labels
    return tuple(labels)


def _unique_index(labels: tuple[Hashable, ...]) -> dict[Hashable, int]:
    index: dict[Hashable, int] = {}
    for i, label in enumerate(labels):
        if label in index:
            msg = (
                f"labels must be unique: {label!r} names p-bits {index[label]} and {i}"
            )
            raise ValueError(msg)
        index[label] = i
    return index


def _triples(
    weights: Mapping[tuple[Any, Any], float],
    index: dict[Hashable, int] | None,
    symbol: str,
) -> tuple[NDArray[np.int64], NDArray[np.int64], Floats]:
    def number(label: Any) -> int:
        if index is not None:
            if label in index:
                return index[label]
            msg = f"{symbol} names p-bit {label!r}, which is not among the labels"
            raise ValueError(msg)
        whole = isinstance(label, int | np.integer) and not isinstance(label, bool)
        if whole and label >= 0:
            return int(label)
        msg = f"{symbol} names p-bit {label!r}: without labels they are numbers from 0"
        raise ValueError(msg)

    rows = np.fromiter((number(i) for i, _ in weights), np.int64, len(weights))
    columns = np.fromiter((number(j) for _, j in weights), np.int64, len(weights))
    values = np.fromiter(weights.values(), np.float64, len(weights))
    same = rows == columns
    if same.any():
        i = int(rows[same][0])
        msg = f"{symbol} must have a zero diagonal: {symbol}[{i}, {i}] is given"
        raise ValueError(msg)
    return rows, columns, values


def _as_csr(weights: Any, symbol: str) -> sp.csr_array:
    if not sp.issparse(weights):
        weights = np.asarray(weights)
    if weights.dtype.kind not in "biuf":
        msg = f"{symbol} must hold real numbers, not {weights.dtype}"
        raise TypeError(msg)
    if sp.issparse(weights):
        matrix = sp.csr_array(weights)
    else:
        dense = weights
        if dense.ndim != 2:
            msg = f"{symbol} must be a square matrix, not of shape {dense.shape}"
            raise ValueError(msg)
        matrix = sp.csr_array(dense)
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1]:
        msg = f"{symbol} must be a square matrix, not of shape {matrix.shape}"
        raise ValueError(msg)
    return matrix


def _check_matrix(matrix: Any, symbol: str) -> None:
    coo = matrix.tocoo()
    bad = ~np.isfinite(coo.data)
    if bad.any():
        k = int(np.flatnonzero(bad)[0])
        where = f"{symbol}[{coo.row[k]}, {coo.col[k]}]"
        msg = f"{symbol} must be finite: {where} = {coo.data[k]}"
        raise ValueError(msg)
    diagonal = (coo.row == coo.col) & (coo.data != 0)
    if diagonal.any():
        k = int(np.flatnonzero(diagonal)[0])
        i = coo.row[k]
        msg = f"{symbol} must have a zero diagonal: {symbol}[{i}, {i}] = {coo.data[k]}"
        raise ValueError(msg)


def _canonical(matrix: Any) -> sp.csr_array:
    # A copy: the caller's matrix is neither tidied nor frozen.
    csr = sp.csr_array(matrix, dtype=np.float64, copy=True)
    csr.sum_duplicates()
    csr.eliminate_zeros()
    csr.sort_indices()
    if csr.nnz >= 2**31:
        msg = f"at most 2**31 - 1 connections fit, not {csr.nnz}"
        raise ValueError(msg)
    result = sp.csr_array(
        (csr.data, csr.indices.astype(np.int32), csr.indptr.astype(np.int32)),
        shape=csr.shape,
    )
    for array in (result.data, result.indices, result.indptr):
        array.flags.writeable = False
    return result


def _symmetric(matrix: sp.csr_array) -> sp.csr_array:
    """Return the matrix with rounding-level asymmetry averaged out; raise on more."""
    difference = (matrix - matrix.T).tocoo()
    if difference.nnz == 0 or not difference.data.any():
        return matrix
    allowed = SYMMETRY_TOLERANCE * float(np.abs(matrix.data).max())
    bad = np.abs(difference.data) > allowed
    if bad.any():
        k = int(np.flatnonzero(bad)[0])
        i, j = int(difference.row[k]), int(difference.col[k])
        msg = (
            f"J must be symmetric: J[{i}, {j}] = {matrix[i, j]} "
            f"but J[{j}, {i}] = {matrix[j, i]}"
        )
        raise ValueError(msg)
    return _canonical((matrix + matrix.T) / 2)


def _as_biases(h: ArrayLike | None, n: int) -> Floats:
    given = np.zeros(n) if h is None else np.asarray(h)
    if given.size and given.dtype.kind not in "biuf":
        msg = f"h must hold real numbers, not {given.dtype}"
        raise TypeError(msg)
    biases = np.array(given, dtype=np.float64)
    if biases.shape != (n,):
        msg = f"h must have shape ({n},), not {biases.shape}"
        raise ValueError(msg)
    check_finite("h", biases)
    biases.flags.writeable = False
    return biases

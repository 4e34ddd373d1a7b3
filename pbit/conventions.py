"""The only place that knows 0/1, QUBO, integers for states and other people's signs.

Here E(m) = -½ mᵀJm - hᵀm + offset with m = ±1. A QUBO minimises sᵀQs + offset with
s = (m + 1) / 2 = 0/1. dimod writes E = + Σ h m + Σ J m m + offset, both signs turned.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import ArrayLike, NDArray

from pbit.checks import States, check_count, check_finite, check_states
from pbit.model import IsingModel

Bits = NDArray[np.uint8]
Pairs = Mapping[tuple[Any, Any], float]


def spin_to_binary(states: ArrayLike) -> Bits:
    """Return s = (m + 1) / 2 as uint8, same shape.

    Raises
    ------
    ValueError
        If an entry is not -1 or +1.

    Examples
    --------
    >>> spin_to_binary([-1, 1]).tolist()
    [0, 1]
    """
    m = np.asarray(states)
    checked = check_states(np.atleast_1d(m), m.shape[-1] if m.ndim else 1)
    return (checked > 0).astype(np.uint8).reshape(m.shape)


def binary_to_spin(bits: ArrayLike) -> States:
    """Return m = 2 s - 1 as int8, same shape; booleans count as 0 and 1.

    Raises
    ------
    ValueError
        If an entry is not 0 or 1.

    Examples
    --------
    >>> binary_to_spin([0, 1]).tolist()
    [-1, 1]
    """
    s = np.asarray(bits)
    if s.dtype.kind not in "biuf":
        msg = f"bits must be numbers, 0 or 1, not {s.dtype}"
        raise TypeError(msg)
    wrong = (s != 0) & (s != 1)
    if wrong.any():
        where = tuple(int(k) for k in np.argwhere(wrong)[0])
        place = f"bits[{', '.join(map(str, where))}]" if where else "bits"
        msg = f"bits must be 0 or 1: {place} = {s[where]}"
        raise ValueError(msg)
    return (2 * s.astype(np.int8) - 1).astype(np.int8)


def state_to_int(states: ArrayLike) -> Any:
    """Return states as little-endian integers: bit i is 1 where p-bit i is +1.

    Parameters
    ----------
    states
        Shape (n,): the result is an int, of any size. Shape (..., n): an int64 array of
        shape (...), for n <= 63.

    Raises
    ------
    ValueError
        If an entry is not -1 or +1, or there are more than 63 p-bits in an array.

    Examples
    --------
    >>> state_to_int([1, -1, -1])
    1
    >>> state_to_int([[-1, 1], [1, 1]]).tolist()
    [2, 3]
    """
    up = spin_to_binary(states)
    if up.ndim == 0:
        msg = "states must have shape (..., n), not ()"
        raise ValueError(msg)
    if up.ndim == 1:
        return int.from_bytes(np.packbits(up, bitorder="little").tobytes(), "little")
    n = up.shape[-1]
    if n > 63:
        msg = f"states of at most 63 p-bits fit an array of int64, not {n}"
        raise ValueError(msg)
    return up @ (np.int64(1) << np.arange(n, dtype=np.int64))


def int_to_state(value: Any, n: int) -> States:
    """Return the states that `state_to_int` numbers, int8, shape (n,) or (..., n).

    Parameters
    ----------
    value
        An int of any size, or an array of integers, of shape (...).
    n
        Number of p-bits.

    Raises
    ------
    ValueError
        If a value is negative or needs more than `n` bits.

    Examples
    --------
    >>> int_to_state(6, 4).tolist()
    [-1, 1, 1, -1]
    """
    n = check_count("n", n, 0)
    if isinstance(value, int | np.integer) and not isinstance(value, bool):
        number = int(value)
        _check_fits(number, number, n)
        raw = np.frombuffer(number.to_bytes(n // 8 + 1, "little"), np.uint8)
        return binary_to_spin(np.unpackbits(raw, bitorder="little")[:n])
    values = np.asarray(value)
    if values.dtype.kind not in "iu":
        msg = f"value must be integers, not {value!r}"
        raise TypeError(msg)
    if values.size:
        _check_fits(int(values.min()), int(values.max()), n)
    raw = np.ascontiguousarray(values[..., None], dtype="<u8").view(np.uint8)
    bits = np.unpackbits(raw, axis=-1, count=n, bitorder="little")  # pads with zeros
    return binary_to_spin(bits)


def _check_fits(smallest: int, largest: int, n: int) -> None:
    if smallest < 0 or largest >> n:
        wrong = smallest if smallest < 0 else largest
        msg = f"states of {n} p-bits are numbered from 0 to 2**{n} - 1, not {wrong}"
        raise ValueError(msg)


def to_qubo(model: IsingModel) -> tuple[sp.csr_array, float]:
    r"""Return upper-triangular Q and an offset: minimise sᵀQs + offset.

    .. math::

        Q_{ij} = -4 J_{ij} \; (i < j), \quad Q_{ii} = 2 \sum_j J_{ij} - 2 h_i, \quad
        offset' = offset + \sum_i h_i - \tfrac12 \sum_{ij} J_{ij}

    so that E(m) = sᵀQs + offset' for s = (m + 1) / 2. Each product is written once.

    Examples
    --------
    >>> Q, offset = to_qubo(IsingModel({(0, 1): 1.0}))
    >>> Q.toarray().tolist(), offset
    ([[2.0, -4.0], [0.0, 2.0]], -1.0)
    """
    rows = np.asarray(model.J.sum(axis=1)).reshape(model.n)
    diagonal = sp.diags_array(2 * rows - 2 * model.h)
    Q = sp.csr_array(-4 * sp.triu(model.J, k=1) + diagonal)
    Q.sort_indices()
    return Q, float(model.offset + model.h.sum() - rows.sum() / 2)


def from_qubo(
    Q: ArrayLike | sp.sparray | sp.spmatrix | Pairs,
    offset: float = 0.0,
    labels: Sequence[Hashable] | None = None,
) -> IsingModel:
    """Return the Ising model with E(m) = sᵀQs + offset for s = (m + 1) / 2.

    Parameters
    ----------
    Q
        A square matrix, dense or sparse, or a dictionary ``{(i, j): q}``. Every entry
        is one term of the sum, ``Q[i, j] * s[i] * s[j]``, counted as written: where
        both (i, j) and (j, i) are given their values add up, so a symmetric matrix
        counts every product twice, and an upper-triangular one once. Entries (i, i)
        are the linear terms, since s² = s.
    offset
        Constant added to every energy.
    labels
        Names of the p-bits. Where a dictionary comes without, they are its keys' parts:
        the numbers 0 ... n-1 up to the largest if all are whole numbers >= 0, else in
        order of appearance.

    Raises
    ------
    ValueError
        If Q is not square, an entry is not finite, or labels do not fit.

    Examples
    --------
    >>> model = from_qubo({("a", "b"): 4.0, ("a", "a"): -1.0})
    >>> model.energy([[1, 1], [1, -1]]).tolist()
    [3.0, -1.0]
    """
    if isinstance(Q, Mapping):
        labels = _labels_of(Q) if labels is None else labels
        matrix = _matrix(Q, labels)
    else:
        matrix = _square(Q)
    check_finite("entries of Q", matrix.data)
    n = matrix.shape[0]
    linear = matrix.diagonal()
    once = sp.coo_array(sp.triu(matrix, k=1) + sp.tril(matrix, k=-1).T)
    both = once + once.T
    pulls = np.asarray(both.sum(axis=1)).reshape(n)
    h = -linear / 2 - pulls / 4
    constant = offset + linear.sum() / 2 + pulls.sum() / 8
    return IsingModel(both * -0.25, h, float(constant), labels)


def to_dimod(
    model: IsingModel,
) -> tuple[dict[Hashable, float], dict[tuple[Hashable, Hashable], float], float]:
    """Return (h, J, offset) as dimod takes them: ``BinaryQuadraticModel.from_ising``.

    dimod's E = + Σ h_i m_i + Σ_{i<j} J_ij m_i m_j + offset has both signs turned.

    Examples
    --------
    >>> to_dimod(IsingModel({(0, 1): 1.0}, [0.5, 0.0]))
    ({0: -0.5, 1: 0.0}, {(0, 1): -1.0}, 0.0)
    """
    labels = model.labels
    h = dict(zip(labels, (0.0 - model.h).tolist(), strict=True))  # not -0.0
    upper = sp.triu(model.J, k=1).tocoo()
    pairs = zip(upper.row.tolist(), upper.col.tolist(), strict=True)
    names = [(labels[i], labels[j]) for i, j in pairs]
    return h, dict(zip(names, (-upper.data).tolist(), strict=True)), model.offset


def from_dimod(
    h: Mapping[Hashable, float] | Sequence[float], J: Pairs, offset: float = 0.0
) -> IsingModel:
    """Return the model that dimod writes as (h, J, offset), signs turned.

    Parameters
    ----------
    h
        Linear terms by variable, or a list of them for variables 0 ... n-1.
    J
        Quadratic terms; (i, j) and (j, i) add up, as in dimod.
    offset
        Constant added to every energy.

    Returns
    -------
    IsingModel
        Its labels are the variables of `h` in their order, then those only in `J`.

    Raises
    ------
    ValueError
        If `J` joins a variable to itself, or a value is not finite.

    Examples
    --------
    >>> from_dimod({"a": 1.0}, {("a", "b"): -2.0}).energy([-1, -1]).tolist()
    -3.0
    """
    linear = dict(h) if isinstance(h, Mapping) else dict(enumerate(h))
    labels = list(dict.fromkeys([*linear, *(label for pair in J for label in pair)]))
    for i, j in J:
        if i == j:
            msg = f"J must not join a variable to itself: ({i!r}, {j!r})"
            raise ValueError(msg)
    matrix = _matrix(J, labels)
    biases = [-linear.get(label, 0.0) for label in labels]
    numbered = labels == list(range(len(labels)))
    return IsingModel(
        -(matrix + matrix.T), biases, offset, range(len(labels)) if numbered else labels
    )


def _labels_of(pairs: Pairs) -> Sequence[Hashable]:
    found = dict.fromkeys(label for pair in pairs for label in pair)
    if all(_is_number(label) for label in found):
        return range(max(found, default=-1) + 1)
    return list(found)


def _is_number(label: object) -> bool:
    whole = isinstance(label, int | np.integer) and not isinstance(label, bool)
    return whole and int(label) >= 0  # type: ignore[call-overload]


def _matrix(pairs: Pairs, labels: Iterable[Hashable]) -> sp.csr_array:
    """Return the matrix of a dictionary over labels; entries stay where they are."""
    number = {label: i for i, label in enumerate(labels)}
    n = len(number)
    for pair in pairs:
        for label in pair:
            if label not in number:
                msg = f"{pair!r} names {label!r}, which is not among the labels"
                raise ValueError(msg)
    rows = np.fromiter((number[i] for i, _ in pairs), np.int64, len(pairs))
    columns = np.fromiter((number[j] for _, j in pairs), np.int64, len(pairs))
    values = np.fromiter(pairs.values(), np.float64, len(pairs))
    return sp.csr_array((values, (rows, columns)), shape=(n, n))


def _square(Q: Any) -> sp.csr_array:
    given = Q if sp.issparse(Q) else np.asarray(Q)
    if given.dtype.kind not in "biuf":
        msg = f"Q must hold real numbers, not {given.dtype}"
        raise TypeError(msg)
    if given.ndim != 2 or given.shape[0] != given.shape[1]:
        msg = f"Q must be a square matrix, not of shape {given.shape}"
        raise ValueError(msg)
    return sp.csr_array(given, dtype=np.float64)

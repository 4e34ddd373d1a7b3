"""Quadratic functions of two-valued variables: what QUBO and Ising readers return."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, cast

import numpy as np
import scipy.sparse as sp
from numpy.typing import ArrayLike, NDArray

from compilers.formats.plain import Plain
from compilers.formats.source import MAX_EXACT

Numbers = NDArray[np.int64]
Values = NDArray[np.int64] | NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Quadratic(Plain):
    r"""f(x) = offset + Σ q_ij x_i x_j over i <= j, each term once, to be optimised.

    For x = 0/1 a term i = i is linear as x² = x; for x = ±1 it *means* q_ii x_i, the
    field. Made by `from_terms`, which sorts terms, sums repeated ones and drops zeros.

    Attributes
    ----------
    labels
        Names of the variables, shape (n,).
    rows, columns
        Variables of the terms, counted from 0, rows <= columns, shape (m,).
    values
        int64 if all are whole, else float64, shape (m,).
    offset
        Constant term.
    vartype
        "BINARY" for x = 0/1, "SPIN" for x = ±1.
    sense
        Whether f is to be minimised ("min") or maximised ("max").

    Examples
    --------
    >>> f = Quadratic.from_terms("ab", [0, 1], [0, 0], [1, -3])
    >>> f.value({"a": 1, "b": 1})
    -2
    """

    labels: Sequence[Hashable]
    rows: Numbers
    columns: Numbers
    values: Values
    offset: float = 0
    vartype: Literal["BINARY", "SPIN"] = "BINARY"
    sense: Literal["min", "max"] = "min"

    @classmethod
    def from_terms(
        cls,
        labels: Sequence[Hashable],
        rows: ArrayLike,
        columns: ArrayLike,
        values: ArrayLike,
        offset: float = 0,
        vartype: Literal["BINARY", "SPIN"] = "BINARY",
        sense: Literal["min", "max"] = "min",
    ) -> Quadratic:
        """Bring terms, in any order and with repetitions, into the one order.

        Raises
        ------
        ValueError
            If a sum is not finite.
        """
        first = np.asarray(rows, dtype=np.int64)
        second = np.asarray(columns, dtype=np.int64)
        n = max(len(labels), 1)
        keys = np.minimum(first, second) * n + np.maximum(first, second)
        keys, which = np.unique(keys, return_inverse=True)
        summed = np.bincount(
            which, weights=np.asarray(values, dtype=np.float64), minlength=len(keys)
        )
        if not np.isfinite(summed).all():
            msg = "the sum of repeated terms must be finite"
            raise ValueError(msg)
        keys, summed = keys[summed != 0], summed[summed != 0]
        kept = labels if isinstance(labels, range) else tuple(labels)
        return cls(
            kept, keys // n, keys % n, _tidy(summed), _number(offset), vartype, sense
        )

    @property
    def n(self) -> int:
        """Number of variables."""
        return len(self.labels)

    @property
    def linear(self) -> NDArray[np.float64]:
        """Coefficients of single variables, shape (n,)."""
        own = self.rows == self.columns
        return np.bincount(
            self.rows[own], weights=self.values[own], minlength=self.n
        ).astype(np.float64)

    @property
    def upper(self) -> sp.csr_array:
        """Coefficients as an upper triangular matrix, the linear ones on its diagonal."""
        data = self.values.astype(np.float64)
        shape = (self.n, self.n)
        return sp.coo_array((data, (self.rows, self.columns)), shape=shape).tocsr()

    def value(self, solution: Mapping[Hashable, int]) -> float:
        """Return f of ``{label: value}``; whole where everything is."""
        x = np.array([solution[label] for label in self.labels], dtype=np.int64)
        factors = np.where(
            self.rows == self.columns, x[self.rows], x[self.rows] * x[self.columns]
        )
        total = self.offset + (self.values * factors).sum().item()
        return cast("float", total)

    def terms(self, first: int = 0) -> Iterator[tuple[int, int, float]]:
        """Yield (i, j, q) as Python numbers, variables counted from `first`."""
        rows, columns = (self.rows + first).tolist(), (self.columns + first).tolist()
        yield from zip(rows, columns, self.values.tolist(), strict=True)

    def relabelled(self, labels: Sequence[Hashable]) -> Quadratic:
        """Return the same function of variables with other names."""
        if len(labels) != self.n:
            msg = f"labels must be {self.n} names, not {len(labels)}"
            raise ValueError(msg)
        return replace(self, labels=labels)

    def turned(self) -> Quadratic:
        """Return -f with the other sense: the same optima."""
        sense: Literal["min", "max"] = "max" if self.sense == "min" else "min"
        return replace(
            self, values=-self.values, offset=_number(-self.offset), sense=sense
        )

    def converted(self, vartype: Literal["BINARY", "SPIN"]) -> Quadratic:
        """Return the same function of 0/1 or of ±1 variables, s = 2x - 1.

        Exact while all numbers are whole multiples of 1/4 that fit 2**51.
        """
        if vartype == self.vartype:
            return self
        own = self.rows == self.columns
        i, j, q = self.rows[~own], self.columns[~own], self.values[~own].astype(float)
        k, a = self.rows[own], self.values[own].astype(float)
        if vartype == "BINARY":  # s_i s_j = 4 x_i x_j - 2 x_i - 2 x_j + 1
            parts = (4 * q, -2 * q, -2 * q, 2 * a)
            offset = self.offset + float(q.sum()) - float(a.sum())
        else:  # x_i x_j = (s_i s_j + s_i + s_j + 1) / 4
            parts = (q / 4, q / 4, q / 4, a / 2)
            offset = self.offset + float(q.sum()) / 4 + float(a.sum()) / 2
        return Quadratic.from_terms(
            self.labels,
            np.concatenate([i, i, j, k]),
            np.concatenate([j, i, j, k]),
            np.concatenate(parts),
            offset,
            vartype,
            self.sense,
        )


def _tidy(values: NDArray[np.float64]) -> Values:
    whole = np.all(values == np.floor(values)) and np.all(np.abs(values) <= MAX_EXACT)
    return values.astype(np.int64) if whole else values


def _number(value: float) -> float:
    number = float(value)
    whole = number.is_integer() and abs(number) <= MAX_EXACT
    return int(number) if whole else number


def check_plain(
    function: object,
    name: str,
    *,
    first: int = 1,
    vartype: str | None = "BINARY",
    sense: str | None = "min",
    offset: bool = False,
) -> None:
    """Refuse to write what a format cannot say; the message tells the way out.

    Raises
    ------
    TypeError
        If it is no `Quadratic`.
    ValueError
        If vartype, sense, offset or labels are not those that the format has.
    """
    if not isinstance(function, Quadratic):
        msg = f"function must be a Quadratic, not {type(function).__name__}"
        raise TypeError(msg)
    if function.n == 0:
        msg = f"{name} has no way to say a function of no variables"
        raise ValueError(msg)
    if vartype is not None and function.vartype != vartype:
        msg = (
            f"{name} holds {vartype} variables, not {function.vartype}: "
            f"use converted({vartype!r})"
        )
        raise ValueError(msg)
    if sense is not None and function.sense != sense:
        msg = f"{name} means sense {sense!r}, not {function.sense!r}: use turned()"
        raise ValueError(msg)
    if not offset and function.offset:
        msg = f"{name} has no place for an offset, which is {function.offset}"
        raise ValueError(msg)
    wanted = range(first, first + function.n)
    if first >= 0 and tuple(function.labels) != tuple(wanted):
        msg = (
            f"{name} names its variables {wanted.start} to {wanted.stop - 1}: "
            f"use relabelled(range({wanted.start}, {wanted.stop}))"
        )
        raise ValueError(msg)


def halved(function: Quadratic, name: str) -> Iterator[tuple[int, int, float]]:
    """Yield terms from 1 as formats list them in which an off-diagonal counts twice.

    Raises
    ------
    ValueError
        If half of a coefficient is no float64.
    """
    for i, j, value in function.terms(first=1):
        half = value if i == j else value / 2
        if i != j and half * 2 != value:
            msg = f"{name} lists half of {value!r}, which is not a float64"
            raise ValueError(msg)
        yield i, j, half

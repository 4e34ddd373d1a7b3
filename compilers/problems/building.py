"""Objectives and penalties over 0/1 variables, summed up and turned into couplings."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import ArrayLike, NDArray

from pbit.checks import Floats, States, check_finite
from pbit.model import IsingModel

Numbers = NDArray[np.int64]


class QuboBuilder:
    r"""A quadratic function of 0/1 variables, to be minimised, under construction.

    .. math:: f(x) = c + \sum_i a_i x_i + \sum_{i<j} q_{ij} x_i x_j

    Variables are meant by number, their place in `labels`; every method takes one
    number or an array of them, so that a million terms are one call. Terms add up, and
    a variable times itself is the variable. With x = (m + 1)/2 the model's energy is f
    exactly, as long as all coefficients are whole and their sums stay within 2**51.

    Parameters
    ----------
    labels
        Names of the variables, unique; the free ones become the labels of the p-bits.

    Examples
    --------
    Exactly one of three, "a" the cheapest, "c" ruled out:

    >>> builder = QuboBuilder("abc")
    >>> builder.add_linear([0, 1, 2], [1, 2, 0])
    >>> builder.add_square([0, 1, 2], 1, constant=-1, weight=5)
    >>> builder.fix(2, 0)
    >>> model, fixed = builder.build()
    >>> fixed, model.labels
    ({'c': 0}, ('a', 'b'))
    >>> model.energy([[1, -1], [-1, 1], [1, 1], [-1, -1]]).tolist()
    [1.0, 2.0, 8.0, 5.0]
    """

    def __init__(self, labels: Sequence[Hashable]) -> None:
        self.labels = labels if isinstance(labels, range) else tuple(labels)
        self.constant = 0.0
        # -1 where a variable is free, the value where it is fixed.
        self._fixed = np.full(len(self.labels), -1, dtype=np.int8)
        self._linear = np.zeros(len(self.labels))
        self._pairs: list[tuple[Numbers, Numbers, Floats]] = []

    @property
    def n(self) -> int:
        """Number of variables, fixed ones included."""
        return len(self.labels)

    def add_constant(self, value: float) -> None:
        """Add a constant to f."""
        self.constant += float(value)

    def add_linear(self, variables: ArrayLike, weights: ArrayLike) -> None:
        """Add weights · x, summed over arrays that broadcast with each other."""
        numbers, values = np.broadcast_arrays(
            self._numbers(variables), np.asarray(weights, np.float64)
        )
        np.add.at(self._linear, numbers.ravel(), values.ravel())

    def add_quadratic(
        self, first: ArrayLike, second: ArrayLike, weights: ArrayLike
    ) -> None:
        """Add weights · x_first · x_second, summed over arrays that broadcast."""
        rows, columns, values = (
            array.ravel()
            for array in np.broadcast_arrays(
                self._numbers(first),
                self._numbers(second),
                np.asarray(weights, np.float64),
            )
        )
        same = rows == columns
        if same.any():
            self.add_linear(rows[same], values[same])
            rows, columns, values = rows[~same], columns[~same], values[~same]
        self._pairs.append((rows, columns, values))

    def add_square(
        self,
        variables: ArrayLike,
        coefficients: ArrayLike,
        constant: ArrayLike = 0.0,
        weight: ArrayLike = 1.0,
    ) -> None:
        """Add weight · (Σ_k coefficients_k x_k + constant)².

        Parameters
        ----------
        variables
            Shape (k,), or (..., k) for many squares of k variables at once.
        coefficients
            A number, shape (k,) or (..., k).
        constant, weight
            One number, or one a square: shape (...).
        """
        numbers = self._numbers(variables)
        factors = np.broadcast_to(np.asarray(coefficients, np.float64), numbers.shape)
        squares = numbers.shape[:-1]
        shift = np.broadcast_to(np.asarray(constant, np.float64), squares)
        scale = np.broadcast_to(np.asarray(weight, np.float64), squares)
        self.constant += float((scale * shift**2).sum())
        alone = factors * (factors + 2 * shift[..., None]) * scale[..., None]
        self.add_linear(numbers, alone)
        i, j = np.triu_indices(numbers.shape[-1], 1)
        pairs = 2 * factors[..., i] * factors[..., j] * scale[..., None]
        self.add_quadratic(numbers[..., i], numbers[..., j], pairs)

    def fix(self, variables: ArrayLike, values: ArrayLike) -> None:
        """Hold variables at 0 or 1: they get no p-bit, and `build` reports them.

        Raises
        ------
        ValueError
            If a value is not 0 or 1, or a variable is fixed at the other one already.
        """
        numbers, wanted = np.broadcast_arrays(
            self._numbers(variables), np.asarray(values)
        )
        for number, value in zip(
            numbers.ravel().tolist(), wanted.ravel().tolist(), strict=True
        ):
            if value not in (0, 1):
                msg = f"{self.labels[number]!r} must be fixed at 0 or 1, not {value!r}"
                raise ValueError(msg)
            if self._fixed[number] not in (-1, value):
                msg = f"{self.labels[number]!r} is fixed at 0 and at 1 at once"
                raise ValueError(msg)
            self._fixed[number] = value

    def build(self) -> tuple[IsingModel, dict[Hashable, int]]:
        """Return the model of the free variables, and ``{label: 0 or 1}`` of the fixed.

        Raises
        ------
        ValueError
            If a coefficient is not finite.
        """
        rows, columns, weights = self._gathered()
        check_finite("the linear terms", self._linear)
        check_finite("the quadratic terms", weights)
        linear, constant = self._linear.copy(), self.constant
        held = np.flatnonzero(self._fixed >= 0)
        value = np.maximum(self._fixed, 0).astype(np.float64)
        is_free = self._fixed < 0
        for mine, other in ((rows, columns), (columns, rows)):
            one_free = is_free[mine] & ~is_free[other]
            np.add.at(linear, mine[one_free], (weights * value[other])[one_free])
        neither = ~is_free[rows] & ~is_free[columns]
        constant += float((weights * value[rows] * value[columns])[neither].sum())
        constant += float((linear * value)[held].sum())
        both = is_free[rows] & is_free[columns]
        place = np.cumsum(is_free) - 1
        model = _ising(
            place[rows[both]],
            place[columns[both]],
            weights[both],
            linear[is_free],
            constant,
            self._free_labels(is_free),
        )
        fixed = {self.labels[i]: int(self._fixed[i]) for i in held.tolist()}
        return model, fixed

    def reader(self) -> Reader:
        """Return what turns states of the built model into values of all variables."""
        return Reader(self._fixed.copy())

    def _free_labels(self, is_free: NDArray[np.bool_]) -> Sequence[Hashable]:
        if is_free.all():
            return self.labels
        return tuple(self.labels[i] for i in np.flatnonzero(is_free).tolist())

    def _gathered(self) -> tuple[Numbers, Numbers, Floats]:
        pairs = self._pairs or [(_NO_NUMBERS, _NO_NUMBERS, np.empty(0))]
        rows = np.concatenate([pair[0] for pair in pairs])
        columns = np.concatenate([pair[1] for pair in pairs])
        return rows, columns, np.concatenate([pair[2] for pair in pairs])

    def _numbers(self, variables: ArrayLike) -> Numbers:
        given = np.asarray(variables)
        if given.size == 0:
            return given.astype(np.int64)
        if given.dtype.kind not in "iu":
            msg = f"variables must be given by number, not as {given.dtype}"
            raise TypeError(msg)
        if given.min() < 0 or given.max() >= self.n:
            worst = given.min() if given.min() < 0 else given.max()
            msg = f"variables must be numbers 0 to {self.n - 1}, not {worst}"
            raise ValueError(msg)
        return given.astype(np.int64)


class Reader:
    """Values of all 0/1 variables from a state of the free ones.

    Parameters
    ----------
    fixed
        -1 where a variable is free, its value where it is fixed, shape (n,).
    """

    def __init__(self, fixed: NDArray[np.int8]) -> None:
        self._template = fixed
        self._free = np.flatnonzero(fixed < 0)

    def bits(self, state: States) -> NDArray[np.int8]:
        """Return 0 or 1 of every variable, shape (n,), for a state of the free ones."""
        values = self._template.copy()
        values[self._free] = state > 0
        return values


_NO_NUMBERS = np.empty(0, dtype=np.int64)


def _ising(
    rows: Numbers,
    columns: Numbers,
    weights: Floats,
    linear: Floats,
    constant: float,
    labels: Sequence[Any],
) -> IsingModel:
    """Substitute x = (m + 1)/2."""
    n = len(labels)
    quarter = weights / 4
    h = -linear / 2
    np.subtract.at(h, rows, quarter)
    np.subtract.at(h, columns, quarter)
    ends = (np.concatenate([rows, columns]), np.concatenate([columns, rows]))
    J = sp.coo_array((-np.concatenate([quarter, quarter]), ends), shape=(n, n))
    offset = constant + float(linear.sum()) / 2 + float(quarter.sum())
    return IsingModel(J, h, offset, labels)

"""Data sets for Boltzmann machines, and the door that every data set passes.

Data are states: int8 arrays of −1 and +1, shape (n_samples, n_visible). What people have
(0/1, booleans, ±1) is turned into that here and nowhere else; what is none of these is
refused with the row and column where it stands. Files are read in `pbit.learning.files`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pbit.checks import States, check_count, check_finite, check_positive

Labels = NDArray[np.int64]
MAX_PINS = 20  # of a truth table; it is enumerated
DIGITS_THRESHOLD = 8.0  # ink of an 8 x 8 digit goes from 0 to 16


@runtime_checkable
class LogicProgram(Protocol):
    """What `truth_table` needs of a compiled circuit; a `compilers.Program` has it."""

    @property
    def buses(self) -> Mapping[str, tuple[Hashable, ...]]:
        """Name -> labels of its p-bits, little-endian."""

    @property
    def signed(self) -> frozenset[str]:
        """Buses in two's complement."""

    def check(self, solution: Mapping[Hashable, int]) -> bool:
        """Say whether numbers on the buses are true together."""


def check_data(
    data: ArrayLike,
    n_visible: int | None = None,
    *,
    columns: Sequence[object] | None = None,
    name: str = "data",
) -> States:
    """Return samples as states of ±1, or say which one is none.

    Parameters
    ----------
    data
        Samples, shape (n_samples, n_visible): booleans, 0/1 or −1/+1 (one of them
        throughout; an array of ones alone is +1 in either).
    n_visible
        How wide the data have to be; any width if None.
    columns
        Names of the columns for messages; numbers from 0 if None.
    name
        What messages call the data.

    Returns
    -------
    numpy.ndarray
        int8 of −1 and +1, shape (n_samples, n_visible).

    Raises
    ------
    TypeError
        If the data are no numbers.
    ValueError
        If there are no samples, rows differ in width or have another width than
        `n_visible`, or a value is missing (NaN), infinite or not binary.

    Examples
    --------
    >>> check_data([[0, 1], [1, 1]]).tolist()
    [[-1, 1], [1, 1]]
    """
    array = _as_matrix(data, name)
    if array.dtype == bool:
        array = array.astype(np.int8)
    if array.dtype.kind not in "iuf":
        msg = f"{name} must hold numbers or booleans, not {array.dtype}"
        raise TypeError(msg)
    if 0 in array.shape:
        msg = f"{name} must hold at least one sample of one value, not {array.shape}"
        raise ValueError(msg)
    if n_visible is not None and array.shape[1] != n_visible:
        msg = (
            f"{name} must have {n_visible} columns, one a visible p-bit, "
            f"not {array.shape[1]}"
        )
        raise ValueError(msg)
    _check_binary(array, columns, name)
    return np.where(array > 0, 1, -1).astype(np.int8)


def check_labels(
    labels: ArrayLike, n_samples: int, n_classes: int | None = None
) -> Labels:
    """Return classes as int64, one a sample, or say which sample has none.

    Parameters
    ----------
    labels
        Whole numbers from 0, shape (n_samples,). NaN, None and negative numbers mean
        that a sample is unlabeled, and are refused.
    n_samples
        How many samples there are.
    n_classes
        Classes are below it; any number if None.

    Raises
    ------
    TypeError
        If the labels are no numbers.
    ValueError
        If there are not `n_samples` of them, or a sample has no label or one that is
        not a whole number from 0 to `n_classes` − 1.

    Examples
    --------
    >>> check_labels([2, 0], 2).tolist()
    [2, 0]
    """
    given = np.asarray(labels)
    if given.dtype == object:
        given = np.array([np.nan if x is None else x for x in given.ravel()])
    if given.dtype.kind not in "iuf":
        msg = f"labels must be whole numbers, not {given.dtype}"
        raise TypeError(msg)
    if given.shape != (n_samples,):
        msg = f"labels must have shape ({n_samples},), one a sample, not {given.shape}"
        raise ValueError(msg)
    unlabeled = ~np.isfinite(given) | (given < 0)
    if unlabeled.any():
        k = int(np.argmax(unlabeled))
        msg = f"labels must name a class for every sample: labels[{k}] = {given[k]}"
        raise ValueError(msg)
    wrong = given != np.floor(given)
    if n_classes is not None:
        wrong |= given >= n_classes
    if wrong.any():
        k = int(np.argmax(wrong))
        top = "" if n_classes is None else f" to {n_classes - 1}"
        msg = f"labels must be whole numbers from 0{top}: labels[{k}] = {given[k]}"
        raise ValueError(msg)
    return given.astype(np.int64)


def bars_and_stripes(rows: int, cols: int) -> States:
    """Return all pictures of full rows (bars) or of full columns (stripes).

    Each of the 2**rows + 2**cols − 2 pictures once; all off and all on are both.

    Parameters
    ----------
    rows, cols
        Size of a picture, 1 to 20 each.

    Returns
    -------
    numpy.ndarray
        int8 of ±1, shape (n_pictures, rows * cols), pixels row by row; bars first.

    Raises
    ------
    TypeError, ValueError
        If a size is not a whole number from 1 to 20.

    Examples
    --------
    >>> len(bars_and_stripes(4, 4))
    30
    """
    for name, size in (("rows", rows), ("cols", cols)):
        if check_count(name, size) > MAX_PINS:
            msg = f"{name} must be at most {MAX_PINS}, not {size}"
            raise ValueError(msg)
    bars = np.repeat(_all_states(rows), cols, axis=1)
    stripes = np.tile(_all_states(cols), (1, rows))
    both = np.concatenate([bars, stripes])
    _, first = np.unique(both, axis=0, return_index=True)
    return both[np.sort(first)]


def truth_table(
    function: Callable[..., Any] | LogicProgram, n_inputs: int | None = None
) -> States:
    """Return the rows of a truth table as states, one true row a sample.

    Parameters
    ----------
    function
        A function of bits 0 and 1 that returns a bit or a tuple of bits; or a compiled
        circuit, of which the rows are the numbers on its buses that pass its check.
    n_inputs
        How many bits the function takes; read off its signature if None.

    Returns
    -------
    numpy.ndarray
        int8 of ±1, shape (n_rows, n_pins): of a function inputs, then outputs; of a
        circuit its buses in their order, each from its least bit.

    Raises
    ------
    TypeError
        If the number of inputs cannot be told.
    ValueError
        If there are more than 20 inputs or pins, or an output is not 0 or 1.

    Examples
    --------
    >>> truth_table(lambda a, b: a & b).tolist()
    [[-1, -1, -1], [1, -1, -1], [-1, 1, -1], [1, 1, 1]]
    """
    given: Any = function
    if isinstance(given, LogicProgram):
        return _program_rows(given)
    if not callable(given):
        msg = f"function must be a function of bits or a program, not {given!r}"
        raise TypeError(msg)
    n = _count_inputs(given) if n_inputs is None else check_count("inputs", n_inputs)
    inputs = (_all_states(_enumerable(n)) + 1) // 2
    rows = []
    for bits in inputs.tolist():
        out = given(*bits)
        outputs = list(out) if isinstance(out, tuple | list | np.ndarray) else [out]
        if not outputs or any(bit not in (0, 1) for bit in outputs):
            msg = f"function must return bits, 0 or 1: of {tuple(bits)} it is {out!r}"
            raise ValueError(msg)
        rows.append([*bits, *map(int, outputs)])
    return check_data(rows, name="truth table")


def digits(threshold: float = DIGITS_THRESHOLD) -> tuple[States, Labels]:
    """Return the 1797 digits of 8 × 8 pixels that scikit-learn ships, in two colours.

    Parameters
    ----------
    threshold
        Pixels of at least so much ink (0 to 16) are +1.

    Returns
    -------
    images, labels
        int8 of ±1, shape (1797, 64), pixels row by row; int64 from 0 to 9.

    Raises
    ------
    ImportError
        If scikit-learn (extra `learning`) is not installed.
    TypeError, ValueError
        If the threshold is not a positive number.

    References
    ----------
    E. Alpaydin and C. Kaynak, Optical Recognition of Handwritten Digits, UCI Machine
    Learning Repository (1998).
    """
    bound = check_positive("threshold", threshold)
    try:
        from sklearn.datasets import load_digits
    except ImportError as error:
        msg = "digits needs scikit-learn: pip install 'pbitlab[learning]'"
        raise ImportError(msg) from error
    found = load_digits()
    images = np.where(found.data >= bound, 1, -1).astype(np.int8)
    return images, found.target.astype(np.int64)


def binarize(values: ArrayLike, threshold: float) -> States:
    """Return pictures in two colours: +1 where a value is at least `threshold`.

    Parameters
    ----------
    values
        Grey values, shape (n_samples, ...); axes after the first are flattened.
    threshold
        In the units of `values`.

    Returns
    -------
    numpy.ndarray
        int8 of ±1, shape (n_samples, n_values).

    Raises
    ------
    ValueError
        If there are no values, or one is not finite.
    """
    array = np.asarray(values, dtype=np.float64)
    if array.ndim < 2 or 0 in array.shape:
        msg = f"values must have shape (n_samples, ...), not {array.shape}"
        raise ValueError(msg)
    check_finite("values", array)
    return np.where(array >= threshold, 1, -1).astype(np.int8).reshape(len(array), -1)


def _as_matrix(data: ArrayLike, name: str) -> NDArray[Any]:
    try:
        array = np.asarray(data)
    except ValueError:  # numpy's way of saying that rows differ in length
        rows: Any = data
        widths = [np.size(row) for row in rows]
        k = next(k for k, width in enumerate(widths) if width != widths[0])
        msg = (
            f"{name} must be rows of one width: row 0 has {widths[0]} values, "
            f"row {k} has {widths[k]}"
        )
        raise ValueError(msg) from None
    if array.size == 0:
        msg = f"{name} must hold at least one sample of one value, not {array.shape}"
        raise ValueError(msg)
    if array.ndim != 2:
        msg = f"{name} must have shape (n_samples, n_visible), not {array.shape}"
        raise ValueError(msg)
    if array.dtype == object:
        for k, value in enumerate(array.ravel()):
            if not isinstance(value, int | float | np.number | np.bool_):
                row, column = divmod(k, array.shape[1])
                msg = f"{name} must hold numbers: {name}[{row}, {column}] = {value!r}"
                raise TypeError(msg)
        array = array.astype(np.float64)
    return array


def _check_binary(
    array: NDArray[Any], columns: Sequence[object] | None, name: str
) -> None:
    """Raise a ValueError that names the first value that is neither 0/1 nor ±1."""

    def where(bad: NDArray[np.bool_]) -> tuple[str, Any]:
        row, column = (int(k) for k in np.argwhere(bad)[0])
        key = repr(columns[column]) if columns is not None else str(column)
        return f"{name}[{row}, {key}]", array[row, column]

    if array.dtype.kind == "f" and np.isnan(array).any():
        place, _ = where(np.isnan(array))
        msg = f"{name} must not have gaps: {place} is NaN"
        raise ValueError(msg)
    ones = np.abs(array.astype(np.float64)) == 1
    wrong = ~(ones | (array == 0))
    if wrong.any():
        place, value = where(wrong)
        msg = f"{name} must be binary, 0/1 or -1/+1: {place} = {value}"
        raise ValueError(msg)
    zero, minus = array == 0, array < 0
    if zero.any() and minus.any():
        (one, _), (other, _) = where(zero), where(minus)
        msg = f"{name} must be 0/1 or -1/+1, not both: {one} = 0 but {other} = -1"
        raise ValueError(msg)


def _all_states(n: int) -> States:
    """Return the 2**n states of n p-bits, little-endian, shape (2**n, n)."""
    numbers = np.arange(2**n)[:, None]
    return ((numbers >> np.arange(n) & 1) * 2 - 1).astype(np.int8)


def _enumerable(n: int) -> int:
    if n > MAX_PINS:
        msg = f"a truth table must have at most {MAX_PINS} inputs or pins, not {n}"
        raise ValueError(msg)
    return n


def _count_inputs(function: Callable[..., Any]) -> int:
    try:
        parameters = inspect.signature(function).parameters.values()
    except ValueError:
        parameters = None  # built-in functions may have none
    if parameters is None or any(p.kind is p.VAR_POSITIONAL for p in parameters):
        msg = "n_inputs must be given: the signature of function does not tell it"
        raise TypeError(msg)
    return check_count("inputs", len(parameters))


def _program_rows(program: LogicProgram) -> States:
    widths = {name: len(labels) for name, labels in program.buses.items()}
    if not widths:
        msg = "program must have buses: without them it has no truth table"
        raise ValueError(msg)
    states = _all_states(_enumerable(sum(widths.values())))
    weights, start = {}, 0
    for name, width in widths.items():
        column = np.zeros(len(states), np.int64)
        for k in range(width):
            sign = -1 if name in program.signed and k == width - 1 else 1
            column += sign * (states[:, start + k] > 0).astype(np.int64) * 2**k
        weights[name], start = column.tolist(), start + width
    true = [
        program.check(dict(zip(weights, row, strict=True)))
        for row in zip(*weights.values(), strict=True)
    ]
    kept: States = states[np.array(true)]
    return kept

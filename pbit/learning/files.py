"""Readers of data files: IDX (the format of MNIST) and comma-separated values."""

from __future__ import annotations

import csv
import gzip
import math
import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from pbit.checks import Floats, States
from pbit.errors import ParseError
from pbit.learning.data import check_data

MAX_BYTES = 2**32
#: Third byte of an IDX file -> what its values are.
_IDX_TYPES = {
    0x08: ">u1",
    0x09: ">i1",
    0x0B: ">i2",
    0x0C: ">i4",
    0x0D: ">f4",
    0x0E: ">f8",
}
_GZIP = b"\x1f\x8b"


@dataclass(frozen=True, eq=False)
class Table:
    """What a CSV file holds.

    Attributes
    ----------
    data
        States of ±1, shape (n_samples, n_visible).
    labels
        The column of labels as text, n_samples of them; None if none was asked for.
    columns
        Names of the data's columns.
    """

    data: States
    labels: tuple[str, ...] | None
    columns: tuple[str, ...]


def read_idx(
    path: str | os.PathLike[str], *, max_bytes: int = MAX_BYTES
) -> NDArray[Any]:
    """Read an IDX file, gzipped or not, such as those of MNIST.

    Parameters
    ----------
    path
        The file: two zero bytes, the type, the number of axes, their lengths as
        big-endian 32-bit numbers, the values.
    max_bytes
        Largest array that may be allocated.

    Returns
    -------
    numpy.ndarray
        The values in native byte order, of the file's shape.

    Raises
    ------
    ParseError
        If the file is no IDX file, is too short, too long or too large.
    OSError
        If it cannot be read at all.
    """
    with open(path, "rb") as file:  # noqa: PTH123 - any path-like
        start = file.read(2)
        file.seek(0)
        if start != _GZIP:
            return _read_idx(path, file, max_bytes)
        try:
            with gzip.GzipFile(fileobj=file) as unpacked:
                return _read_idx(path, unpacked, max_bytes)
        except (gzip.BadGzipFile, EOFError) as error:
            raise ParseError(path, None, f"damaged gzip file: {error}") from error


def _read_idx(path: Any, file: IO[bytes] | gzip.GzipFile, limit: int) -> NDArray[Any]:
    head = file.read(4)
    if len(head) < 4 or head[:2] != b"\0\0" or head[2] not in _IDX_TYPES or not head[3]:
        raise ParseError(path, None, f"no IDX file: it starts with {head!r}")
    lengths = file.read(4 * head[3])
    if len(lengths) < 4 * head[3]:
        raise ParseError(path, None, f"ends before the lengths of its {head[3]} axes")
    shape = tuple(np.frombuffer(lengths, ">u4").tolist())
    kind = np.dtype(_IDX_TYPES[head[2]])
    size = math.prod(shape) * kind.itemsize
    if size > limit:
        raise ParseError(path, None, f"{size} bytes of values, more than {limit}")
    # One byte more than declared: a longer file is another file than it says.
    values = file.read(size + 1)
    if len(values) != size:
        less = f"only {len(values)}" if len(values) < size else "more"
        text = f"declares {size} bytes of values for shape {shape} but has {less}"
        raise ParseError(path, None, text)
    return np.frombuffer(values, kind).reshape(shape).astype(kind.newbyteorder("="))


def read_csv(
    path: str | os.PathLike[str],
    *,
    label: str | int | None = None,
    threshold: float | None = None,
) -> Table:
    """Read samples from a file of comma-separated values, one sample a line.

    The first line names the columns if it holds no number (beside a label), or if the
    labels are asked for by name.

    Parameters
    ----------
    path
        The file, UTF-8. Empty lines are skipped.
    label
        Column of the labels, by name or by number from 0; None if all are data.
    threshold
        Values of at least this are +1; None where they are binary already.

    Returns
    -------
    Table
        Data, labels and names of columns.

    Raises
    ------
    ParseError
        If there are no samples, a line has another number of values than the first,
        a value is missing, no number or not binary, a label is missing, or two columns
        have one name; the
        message has line and column.
    ValueError
        If there is no column `label`.
    OSError
        If the file cannot be read.
    """
    lines, cells = _read_lines(path)
    width = len(cells[0])
    names = [str(k) for k in range(width)]
    at = label if isinstance(label, int) else None
    first = [cell for k, cell in enumerate(cells[0]) if k != at]
    if isinstance(label, str) or not any(map(_is_number, first)):
        names = [name.strip() for name in cells[0]]
        _check_names(path, lines[0], names)
        lines, cells = lines[1:], cells[1:]
    if not cells:
        raise ParseError(path, None, "there are column names, but no samples")
    column = _label_column(path, names, label)
    kept = [k for k in range(width) if k != column]
    if not kept:
        raise ParseError(path, lines[0], "there is no column beside the labels")
    labels = None if column is None else _labels(path, lines, cells, names, column)
    values = np.array(
        [
            [_value(path, n, names[k], row[k]) for k in kept]
            for n, row in zip(lines, cells, strict=True)
        ]
    )
    columns = tuple(names[k] for k in kept)
    return Table(_states(path, lines, values, columns, threshold), labels, columns)


def _read_lines(path: Any) -> tuple[list[int], list[list[str]]]:
    lines: list[int] = []
    cells: list[list[str]] = []
    try:
        with open(path, encoding="utf-8-sig", newline="") as file:  # noqa: PTH123
            reader = csv.reader(file, strict=True)
            for row in reader:
                if not any(cell.strip() for cell in row):
                    continue
                if cells and len(row) != len(cells[0]):
                    text = (
                        f"{len(row)} values, where the first line has {len(cells[0])}"
                    )
                    raise ParseError(path, reader.line_num, text)
                lines.append(reader.line_num)
                cells.append(row)
    except (csv.Error, UnicodeDecodeError) as error:
        raise ParseError(path, None, f"no CSV text: {error}") from error
    if not cells:
        raise ParseError(path, None, "empty: there are no samples")
    return lines, cells


def _check_names(path: Any, line: int, names: Sequence[str]) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise ParseError(path, line, f"two columns are called {name!r}")
        seen.add(name)


def _label_column(
    path: Any, names: Sequence[str], label: str | int | None
) -> int | None:
    if label is None:
        return None
    if isinstance(label, int) and 0 <= label < len(names):
        return label
    if label in names:
        return list(names).index(str(label))
    shown = ", ".join(names[:10]) + (" ..." if len(names) > 10 else "")
    msg = f"{path}: label must be one of the columns {shown}, not {label!r}"
    raise ValueError(msg)


def _labels(
    path: Any,
    lines: Sequence[int],
    cells: Sequence[Sequence[str]],
    names: Sequence[str],
    column: int,
) -> tuple[str, ...]:
    found = tuple(row[column].strip() for row in cells)
    for line, text in zip(lines, found, strict=True):
        if not text or text.lower() == "nan":
            what = f"the sample has no label: column {names[column]!r} is {text!r}"
            raise ParseError(path, line, what)
    return found


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _value(path: Any, line: int, column: str, text: str) -> float:
    if not text.strip():
        raise ParseError(path, line, f"column {column!r} has no value")
    if not _is_number(text):
        raise ParseError(path, line, f"column {column!r} is no number: {text!r}")
    value = float(text)
    if not math.isfinite(value):
        raise ParseError(path, line, f"column {column!r} must be finite, not {text}")
    return value


def _states(
    path: Any,
    lines: Sequence[int],
    values: Floats,
    columns: Sequence[str],
    threshold: float | None,
) -> States:
    if threshold is not None:
        return np.where(values >= threshold, 1, -1).astype(np.int8)
    wrong = (values != 0) & (np.abs(values) != 1)
    if wrong.any():
        k, column = (int(i) for i in np.argwhere(wrong)[0])
        what = f"column {columns[column]!r} must be 0/1 or -1/+1, not"
        raise ParseError(path, lines[k], f"{what} {values[k, column]:g}")
    try:
        return check_data(values, columns=columns)
    except ValueError as error:
        raise ParseError(path, None, str(error)) from error

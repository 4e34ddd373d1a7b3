"""Columns of numbers from CSV files, read strictly: errors name the line."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from pbit.checks import Floats
from pbit.errors import ParseError


def read_columns(path: str | os.PathLike[str], names: Sequence[str]) -> Floats:
    """Return the columns of a CSV file whose header is exactly `names`.

    Blank lines and lines that begin with ``#`` are left out; the first line that is left
    is the header. Fields are separated by commas and are finite numbers.

    Parameters
    ----------
    path
        A UTF-8 file.
    names
        Names of the columns, in their order.

    Returns
    -------
    array
        Shape (len(names), rows), rows >= 1.

    Raises
    ------
    ParseError
        If the file is not such a table; `line` is where.
    OSError
        If it cannot be read.
    """
    where = Path(path)
    try:
        text = where.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = where.read_bytes()[: error.start].count(b"\n") + 1
        raise ParseError(where, line, "is not UTF-8 text") from None
    header, rows = False, []
    for number, raw in enumerate(text.splitlines(), start=1):
        line_text = raw.strip()
        if not line_text or line_text.startswith("#"):
            continue
        fields = [entry.strip() for entry in line_text.split(",")]
        if not header:
            if fields != list(names):
                msg = f"header must be {','.join(names)!r}, not {line_text!r}"
                raise ParseError(where, number, msg)
            header = True
            continue
        rows.append(_row(where, number, fields, names))
    if not rows:
        what = "no rows" if header else f"no header {','.join(names)!r}"
        raise ParseError(where, None, f"has {what}")
    return np.ascontiguousarray(np.array(rows, np.float64).T)


def _row(
    where: Path, number: int, fields: Sequence[str], names: Sequence[str]
) -> list[float]:
    if len(fields) != len(names):
        msg = f"must have {len(names)} fields, {', '.join(names)}, not {len(fields)}"
        raise ParseError(where, number, msg)
    values = []
    for name, entry in zip(names, fields, strict=True):
        try:
            value = float(entry)
        except ValueError:
            msg = f"{name} must be a number, not {entry!r}"
            raise ParseError(where, number, msg) from None
        if not math.isfinite(value):
            raise ParseError(where, number, f"{name} must be finite, not {entry!r}")
        values.append(value)
    return values

"""biqbin JSON: `{"qubo": {shape, nnz, row, col, data}, offset, is_minimization}`.

xᵀQx with Q in coordinates from 0: every entry counts once, those on both sides of the
diagonal add up.
"""

from __future__ import annotations

import json
from os import PathLike

import numpy as np

from compilers.formats.json_text import Entries, read_json
from compilers.formats.mqlib import MAX_VARIABLES
from compilers.formats.quadratic import Quadratic, check_plain
from compilers.formats.text import write_lines
from pbit.errors import ParseError


def read_biqbin(path: str | PathLike[str], strict: bool = True) -> Quadratic:
    """Read a QUBO in biqbin's JSON format.

    Parameters
    ----------
    path
        A JSON file, plain or gzipped.
    strict
        If False, entries given twice add up.

    Returns
    -------
    Quadratic
        Variables 0 ... n - 1; sense from ``is_minimization``, "min" if it is missing.

    Raises
    ------
    ParseError
        If the file breaks the grammar.
    """
    top = Entries(path, read_json(path))
    qubo = top.inside("qubo")
    n, columns = (qubo.as_number(k, "qubo.shape") for k in qubo.sized("shape", 2))
    if n != columns or type(n) is not int or not 1 <= n <= MAX_VARIABLES:
        msg = f"qubo.shape must be [n, n] with n 1 to {MAX_VARIABLES}, not [{n}, {columns}]"
        raise ParseError(path, None, msg)
    data = qubo.take("data", list)
    count = qubo.take("nnz", int) if "nnz" in qubo.entries else len(data)
    rows, cols = qubo.indices("row", count, n), qubo.indices("col", count, n)
    values = qubo.numbers("data", count)
    if strict and len(set(zip(rows, cols, strict=True))) < count:
        msg = "qubo has an entry twice"
        raise ParseError(path, None, msg)
    offset = top.number("offset") if "offset" in top.entries else 0
    least = (
        top.take("is_minimization", bool) if "is_minimization" in top.entries else True
    )
    if n - 2 * count > MAX_VARIABLES // 10:
        msg = f"more than {MAX_VARIABLES // 10} variables without a term"
        raise ParseError(path, None, msg)
    try:
        return Quadratic.from_terms(
            range(n),
            np.array(rows, dtype=np.int64),
            np.array(cols, dtype=np.int64),
            np.array(values, dtype=np.float64),
            offset,
            "BINARY",
            "min" if least else "max",
        )
    except ValueError as error:
        raise ParseError(path, None, str(error)) from None


def write_biqbin(function: Quadratic, path: str | PathLike[str]) -> None:
    """Write a function that `read_biqbin` reads back equal; Q is upper triangular.

    Raises
    ------
    ValueError
        If it is not over 0/1 variables 0 ... n - 1.
    """
    check_plain(function, "biqbin", first=0, sense=None, offset=True)
    record = {
        "qubo": {
            "shape": [function.n, function.n],
            "nnz": len(function.values),
            "row": function.rows.tolist(),
            "col": function.columns.tolist(),
            "data": function.values.tolist(),
        },
        "offset": function.offset,
        "is_minimization": function.sense == "min",
    }
    write_lines(path, [json.dumps(record, allow_nan=False)])

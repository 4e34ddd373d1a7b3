"""dimod JSON: what ``BinaryQuadraticModel.to_serializable()`` gives, as text.

E = Σ a_i x_i + Σ b_ij x_i x_j + offset over 0/1 or ±1 variables, to be minimised.
Labels may be any JSON value; lists become tuples. dimod itself is not needed.
"""

from __future__ import annotations

import json
from collections.abc import Hashable
from os import PathLike
from typing import Any, Literal

import numpy as np

from compilers.formats.json_text import Entries, read_json
from compilers.formats.mqlib import MAX_VARIABLES
from compilers.formats.quadratic import Quadratic, check_plain
from compilers.formats.text import write_lines
from pbit.errors import ParseError

TYPE = "BinaryQuadraticModel"


def read_dimod_json(path: str | PathLike[str], strict: bool = True) -> Quadratic:
    """Read a binary quadratic model from dimod's JSON.

    Parameters
    ----------
    path
        A JSON file, plain or gzipped.
    strict
        If False, couplings given twice add up.

    Raises
    ------
    ParseError
        If the file breaks the grammar, its schema is not 3, or it holds bytes.
    """
    top = Entries(path, read_json(path))
    _check_kind(top)
    n = top.take("num_variables", int)
    m = top.take("num_interactions", int)
    if not 0 <= n <= MAX_VARIABLES or m < 0:
        msg = f"num_variables must be 0 to {MAX_VARIABLES}, num_interactions at least 0"
        raise top.error(msg)
    labels = as_labels(path, top.sized("variable_labels", n))
    linear = top.numbers("linear_biases", n)
    heads = top.indices("quadratic_head", m, n)
    tails = top.indices("quadratic_tail", m, n)
    values = top.numbers("quadratic_biases", m)
    pairs = {(min(i, j), max(i, j)) for i, j in zip(heads, tails, strict=True)}
    if any(i == j for i, j in pairs) or (strict and len(pairs) < m):
        msg = "a coupling joins a variable to itself or is given twice"
        raise top.error(msg)
    own = list(range(n))
    try:
        return Quadratic.from_terms(
            labels,
            np.array(heads + own, dtype=np.int64),
            np.array(tails + own, dtype=np.int64),
            np.array(values + linear, dtype=np.float64),
            top.number("offset"),
            as_vartype(path, top.take("variable_type", str)),
        )
    except ValueError as error:
        raise ParseError(path, None, str(error)) from None


def _check_kind(top: Entries) -> None:
    kind = top.take("type", str)
    if kind != TYPE:
        msg = f"the type must be {TYPE!r}, not {kind[:40]!r}"
        raise top.error(msg)
    schema = top.inside("version").take("bqm_schema", str)
    if not schema.startswith("3."):
        msg = f"the schema must be 3.x, not {schema[:40]!r}"
        raise top.error(msg)
    if top.entries.get("use_bytes", False) is not False:
        msg = "a file with use_bytes holds raw memory, which is not read"
        raise top.error(msg)


def as_vartype(path: str | PathLike[str], name: Any) -> Literal["BINARY", "SPIN"]:
    """Return a vartype by its name."""
    if name == "BINARY":
        return "BINARY"
    if name == "SPIN":
        return "SPIN"
    msg = f"the variable type must be BINARY or SPIN, not {str(name)[:40]!r}"
    raise ParseError(path, None, msg)


def as_labels(path: str | PathLike[str], values: Any) -> tuple[Hashable, ...]:
    """Return JSON values as labels: lists as tuples, all of them different."""
    try:
        labels = tuple(_as_label(value) for value in values)
        if len(set(labels)) == len(labels):
            return labels
    except (TypeError, RecursionError):
        pass
    msg = "variable labels must be numbers, texts or lists of them, all different"
    raise ParseError(path, None, msg)


def _as_label(value: Any) -> Hashable:
    if isinstance(value, list):
        return tuple(_as_label(part) for part in value)
    if isinstance(value, bool | dict) or value is None or value in (np.inf, -np.inf):
        raise TypeError
    return value  # type: ignore[no-any-return]


def check_labels(function: Quadratic) -> None:
    """Check that labels survive JSON.

    Raises
    ------
    ValueError
        If a label is neither a number nor a text nor a tuple of such.
    """

    def survives(label: Any) -> bool:
        if isinstance(label, tuple):
            return all(survives(part) for part in label)
        return type(label) in (int, str) or (
            type(label) is float and np.isfinite(label).item()
        )

    for label in function.labels:
        if not survives(label):
            msg = f"labels must be numbers, texts or tuples of them, not {label!r}"
            raise ValueError(msg)


def write_dimod_json(function: Quadratic, path: str | PathLike[str]) -> None:
    """Write a function that `read_dimod_json` and dimod itself read back equal.

    Raises
    ------
    ValueError
        If it is to be maximised, or a label is none that JSON keeps.
    """
    if function.n:
        check_plain(function, "dimod", first=-1, vartype=None, offset=True)
    check_labels(function)
    pairs = [(i, j, q) for i, j, q in function.terms() if i != j]
    record = {
        "type": TYPE,
        "version": {"bqm_schema": "3.0.0"},
        "use_bytes": False,
        "index_type": "int32",
        "bias_type": "float64",
        "num_variables": function.n,
        "num_interactions": len(pairs),
        "variable_labels": list(function.labels),
        "variable_type": function.vartype,
        "offset": float(function.offset),
        "info": {},
        "linear_biases": function.linear.tolist(),
        "quadratic_biases": [float(q) for _, _, q in pairs],
        "quadratic_head": [i for i, _, _ in pairs],
        "quadratic_tail": [j for _, j, _ in pairs],
    }
    write_lines(path, [json.dumps(record, allow_nan=False)])

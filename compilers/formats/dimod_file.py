"""dimod's binary file of a binary quadratic model: magic DIMODBQM, versions 1 and 2.

8 bytes magic, 2 bytes version, u32 length of a JSON header, then offset, linear biases
with the starts of neighbourhoods, neighbourhoods in both directions, and labels. Every
length is checked against the file before anything is made of it; dimod is not needed.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Hashable, Sequence
from os import PathLike
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from compilers.formats.dimod_json import TYPE, as_labels, as_vartype, check_labels
from compilers.formats.json_text import Entries, parse_json
from compilers.formats.quadratic import Quadratic, check_plain
from compilers.formats.text import read_bytes, write_chunks
from pbit.errors import ParseError

MAX_BYTES = 2**30
MAGIC = b"DIMODBQM"
_LINEAR = np.dtype([("start", "<i4"), ("bias", "<f8")])
_NEIGHBOUR = np.dtype([("other", "<i4"), ("bias", "<f8")])
_INTEGERS = ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64")


def read_dimod_file(path: str | PathLike[str], strict: bool = True) -> Quadratic:
    """Read a file that ``BinaryQuadraticModel.to_file`` wrote.

    Parameters
    ----------
    path
        A binary file, plain or gzipped.
    strict
        Accepted for symmetry; nothing in a binary file can be repaired.

    Returns
    -------
    Quadratic
        Sense "min"; labels 0 ... n - 1 if the file has none.

    Raises
    ------
    ParseError
        If the file breaks the grammar, is shorter than its header says, or of a
        version that is not 1.0 or 2.0.
    """
    return _Reader(path).read()


class _Reader:
    """The bytes of a file, taken from its start."""

    def __init__(self, path: str | PathLike[str]) -> None:
        self.path = path
        self.data = memoryview(read_bytes(path, MAX_BYTES))
        self.at = 0

    def take(self, count: int, what: str) -> memoryview:
        if count < 0 or self.at + count > len(self.data):
            left = len(self.data) - self.at
            msg = f"{what} must have {count} bytes, but the file has {left} left"
            raise ParseError(self.path, None, msg)
        part = self.data[self.at : self.at + count]
        self.at += count
        return part

    def read(self) -> Quadratic:
        header, major = self._header()
        n, m = (header.as_number(k, "shape") for k in header.sized("shape", 2))
        if type(n) is not int or type(m) is not int or n < 0 or m < 0:
            msg = f"shape must be two whole numbers from 0, not [{n}, {m}]"
            raise header.error(msg)
        bias = self._dtype(header, "dtype", ("float32", "float64"))
        start = self._dtype(header, "ntype", _INTEGERS)
        other = self._dtype(header, "itype", _INTEGERS)
        (offset,) = np.frombuffer(self.take(bias.itemsize, "the offset"), bias)
        linear = self._table([("start", start), ("bias", bias)], n, "linear biases")
        pairs = self._table([("other", other), ("bias", bias)], 2 * m, "couplings")
        vartype = as_vartype(self.path, header.take("vartype", str))
        rows, columns, values = self._couplings(linear["start"], pairs, n, m)
        own = np.arange(n)
        values = np.concatenate([values, linear["bias"].astype(np.float64)])
        if not np.isfinite(values).all() or not np.isfinite(offset):
            msg = "biases must be finite"
            raise header.error(msg)
        labels = self._labels(header, major, n)
        return Quadratic.from_terms(
            labels,
            np.concatenate([rows, own]),
            np.concatenate([columns, own]),
            values,
            float(offset),
            vartype,
        )

    def _header(self) -> tuple[Entries, int]:
        if bytes(self.take(8, "the magic word")) != MAGIC:
            msg = "a dimod file starts with DIMODBQM"
            raise ParseError(self.path, None, msg)
        major, minor = self.take(2, "the version")
        if (major, minor) not in ((1, 0), (2, 0)):
            msg = f"the version must be 1.0 or 2.0, not {major}.{minor}"
            raise ParseError(self.path, None, msg)
        (length,) = struct.unpack("<I", self.take(4, "the length of the header"))
        text = bytes(self.take(length, "the header"))
        header = Entries(self.path, parse_json(self.path, text, dict))
        kind = header.take("type", str)
        if kind != TYPE:
            msg = f"the type must be {TYPE!r}, not {kind[:40]!r}"
            raise header.error(msg)
        return header, major

    def _dtype(self, header: Entries, key: str, known: Sequence[str]) -> np.dtype[Any]:
        name = header.take(key, str)
        if name not in known:
            msg = f"{key} must be one of {', '.join(known)}, not {name[:40]!r}"
            raise header.error(msg)
        found: np.dtype[Any] = np.dtype(name).newbyteorder("<")
        return found

    def _table(
        self, parts: list[tuple[str, np.dtype[Any]]], count: int, what: str
    ) -> NDArray[Any]:
        layout = np.dtype(cast("Any", parts))
        return np.frombuffer(self.take(count * layout.itemsize, what), layout)

    def _couplings(
        self, starts: NDArray[Any], pairs: NDArray[Any], n: int, m: int
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
        """Return each coupling once; both directions have to say the same."""
        ends = np.append(starts.astype(np.int64), 2 * m)
        degrees = np.diff(ends)
        others = pairs["other"].astype(np.int64)
        if (n and starts[0] != 0) or (n == 0 and m) or (degrees < 0).any():
            msg = "neighbourhoods must start at 0 and ascend"
            raise ParseError(self.path, None, msg)
        if ((others < 0) | (others >= n)).any():
            msg = f"a neighbour must be 0 to {n - 1}"
            raise ParseError(self.path, None, msg)
        owners = np.repeat(np.arange(n), degrees) if n else others
        values = pairs["bias"].astype(np.float64)
        below, above = owners > others, owners < others
        there = np.lexsort((others[above], owners[above]))
        back = np.lexsort((owners[below], others[below]))
        rows, columns = owners[above][there], others[above][there]
        same = (
            len(there) == len(back) == m
            and np.array_equal(rows, others[below][back])
            and np.array_equal(columns, owners[below][back])
            and np.array_equal(values[above][there], values[below][back])
            and not ((np.diff(rows) == 0) & (np.diff(columns) == 0)).any()
        )
        if not same:
            msg = "both directions of every coupling must be there once and be equal"
            raise ParseError(self.path, None, msg)
        return rows, columns, values[above][there]

    def _labels(self, header: Entries, major: int, n: int) -> Sequence[Hashable]:
        if major == 1:
            return as_labels(self.path, header.sized("variables", n))
        if not header.take("variables", bool):
            return range(n)
        if bytes(self.take(4, "the word VARS")) != b"VARS":
            msg = "labels must start with the word VARS"
            raise ParseError(self.path, None, msg)
        (length,) = struct.unpack("<I", self.take(4, "the length of the labels"))
        text = bytes(self.take(length, "the labels"))
        values = parse_json(self.path, text, list)
        if len(values) != n:
            msg = f"there must be {n} labels, not {len(values)}"
            raise ParseError(self.path, None, msg)
        return as_labels(self.path, values)


def write_dimod_file(function: Quadratic, path: str | PathLike[str]) -> None:
    """Write a function that `read_dimod_file` and dimod itself read back equal.

    Raises
    ------
    ValueError
        If it is to be maximised, or a label is none that JSON keeps.
    """
    if function.n:
        check_plain(function, "dimod", first=-1, vartype=None, offset=True)
    check_labels(function)
    pairs = function.rows != function.columns
    i, j = function.rows[pairs], function.columns[pairs]
    q = function.values[pairs].astype(np.float64)
    owners, others = np.concatenate([i, j]), np.concatenate([j, i])
    order = np.lexsort((others, owners))
    table = np.empty(len(order), _NEIGHBOUR)
    table["other"], table["bias"] = others[order], np.concatenate([q, q])[order]
    linear = np.empty(function.n, _LINEAR)
    linear["start"] = np.searchsorted(owners[order], np.arange(function.n))
    linear["bias"] = function.linear
    named = tuple(function.labels) != tuple(range(function.n))
    header = {
        "shape": [function.n, len(q)],
        "dtype": "float64",
        "itype": "int32",
        "ntype": "int32",
        "vartype": function.vartype,
        "type": TYPE,
        "variables": named,
    }
    chunks = [
        _padded(MAGIC + b"\x02\x00", json.dumps(header) + "\n"),
        struct.pack("<d", function.offset),
        linear.tobytes(),
        table.tobytes(),
    ]
    if named:
        chunks.append(_padded(b"VARS", json.dumps(list(function.labels))))
    write_chunks(path, chunks)


def _padded(start: bytes, text: str) -> bytes:
    """Return a section whose length, written after `start`, is padded to 64 bytes."""
    data = text.encode("ascii")
    data += b" " * (-(len(start) + 4 + len(data)) % 64)
    return start + struct.pack("<I", len(data)) + data

"""Terms of quadratic functions as readers meet them, `i j q` a line."""

from __future__ import annotations

from array import array
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from compilers.formats.quadratic import Quadratic
from compilers.formats.source import MAX_EXACT, Source
from compilers.formats.text import quote
from pbit.errors import ParseError


@dataclass
class Terms:
    """Terms as a reader meets them; repeated ones are a flaw, `build` ends it."""

    source: Source
    rows: array[int] = field(default_factory=lambda: array("q"))
    columns: array[int] = field(default_factory=lambda: array("q"))
    values: array[float] = field(default_factory=lambda: array("d"))
    lines: array[int] = field(default_factory=lambda: array("q"))

    def __len__(self) -> int:
        """Return the number of terms."""
        return len(self.rows)

    def add(self, i: int, j: int, value: float) -> None:
        """Add a term between variables counted from 0, at the line read last."""
        if abs(value) > MAX_EXACT and isinstance(value, int):
            msg = f"a whole coefficient must be within ±2**53, not {value}"
            raise self.source.error(msg)
        if value in (np.inf, -np.inf):
            msg = "a coefficient is too large"
            raise self.source.error(msg)
        self.rows.append(min(i, j))
        self.columns.append(max(i, j))
        self.values.append(value)
        self.lines.append(self.source.line)

    def read(self, line: bytes, n: int, first: int = 1, pair: int = 1) -> None:
        """Read a line `i j q`, i and j counted from `first`; pairs count `pair` times."""
        words = line.split()
        if len(words) != 3:
            msg = f"a term is 'i j q', not {quote(line)}"
            raise self.source.error(msg)
        i, j = self.indices(words[0], words[1], n, first)
        value = self.source.number(words[2], "a coefficient")
        self.add(i, j, value if i == j else pair * value)

    def indices(self, one: bytes, two: bytes, n: int, first: int) -> tuple[int, int]:
        """Return two variables counted from 0."""
        hint = " (a 0-based file? this format counts from 1)" if first else ""
        i, j = (
            self.source.whole(
                word,
                "a variable",
                first,
                n - 1 + first,
                hint if word == b"0" else "",
            )
            - first
            for word in (one, two)
        )
        return i, j

    def build(
        self,
        labels: Sequence[Hashable],
        *,
        offset: float = 0,
        vartype: Literal["BINARY", "SPIN"] = "BINARY",
        sense: Literal["min", "max"] = "min",
        header: int | None = None,
    ) -> Quadratic:
        """Return the function; repeated terms are summed if the source is lenient."""
        n, source = len(labels), self.source
        if header is not None:
            source.check_loose(n - 2 * len(self), "variables without a term", header)
        rows = np.frombuffer(self.rows, np.int64)
        columns = np.frombuffer(self.columns, np.int64)
        values = np.frombuffer(self.values, np.float64)
        keys = rows * max(n, 1) + columns
        _, first = np.unique(keys, return_index=True)
        if len(first) < len(keys):
            again = np.ones(len(keys), dtype=bool)
            again[first] = False
            for k in np.flatnonzero(again):
                i, j = labels[int(rows[k])], labels[int(columns[k])]
                source.flaw(
                    f"the term of {i!r} and {j!r} is given a second time",
                    "repeated term, coefficients summed",
                    self.lines[k],
                )
        try:
            built = Quadratic.from_terms(
                labels, rows, columns, values, offset, vartype, sense
            )
        except ValueError as error:
            raise ParseError(source.path, None, str(error)) from None
        return built

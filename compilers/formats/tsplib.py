"""TSPLIB: `KEYWORD : value` lines, then sections of coordinates or of distances.

Types TSP and ATSP; distances EXPLICIT in all layouts, EUC_2D, EUC_3D, CEIL_2D, MAN_2D,
MAN_3D, MAX_2D, MAX_3D, GEO and ATT, rounded as TSPLIB rounds them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from os import PathLike

import numpy as np
from numpy.typing import NDArray

from compilers.formats.plain import Plain
from compilers.formats.source import MAX_EXACT, Source, spell
from compilers.formats.text import quote, write_lines
from compilers.formats.tsplib_distances import METRICS, distances, explicit_count, place

MAX_CITIES = 5000  # a matrix of distances of 200 MB
_ENTRY = re.compile(rb"([A-Z_]+)\s*:\s*(.*)", re.DOTALL)
_LAYOUTS = [
    "FULL_MATRIX",
    *(
        f"{half}_{diag}{way}"
        for half in ("UPPER", "LOWER")
        for diag in ("", "DIAG_")
        for way in ("ROW", "COL")
    ),
]
_KNOWN = [
    "NAME",
    "TYPE",
    "COMMENT",
    "DIMENSION",
    "EDGE_WEIGHT_TYPE",
    "EDGE_WEIGHT_FORMAT",
    "NODE_COORD_TYPE",
    "DISPLAY_DATA_TYPE",
    "EDGE_DATA_FORMAT",
]


@dataclass(frozen=True, eq=False)
class Tsp(Plain):
    """Cities and distances.

    Attributes
    ----------
    name
        As the file has it, maybe empty.
    distances
        From row to column, shape (n, n), int64 if all are whole; the diagonal, which no
        tour uses, is 0.
    symmetric
        Whether the file's type is TSP, not ATSP.
    """

    name: str
    distances: NDArray[np.int64] | NDArray[np.float64]
    symmetric: bool = True

    @property
    def n(self) -> int:
        """Number of cities."""
        return len(self.distances)


def read_tsplib(path: str | PathLike[str], strict: bool = True) -> Tsp:
    """Read a TSPLIB file of type TSP or ATSP.

    Parameters
    ----------
    path
        A text file, plain or gzipped.
    strict
        If False, unknown keywords are read over and told.

    Raises
    ------
    ParseError
        If the file breaks the grammar, or its type, metric or section is not read.

    References
    ----------
    G. Reinelt, "TSPLIB 95" (1995).
    """
    source = Source(path, strict=strict)
    reader = _Reader(source)
    lines = source.lines(2**20)
    for line in lines:
        if line == b"EOF":
            break
        match = _ENTRY.fullmatch(line)
        keyword = line.split(b":")[0].strip()
        if keyword.endswith(b"_SECTION"):
            reader.section(keyword, lines)
        elif match:
            reader.entry(match[1].decode(), match[2].strip())
        else:
            msg = f"expected 'KEYWORD : value' or a section, not {quote(line)}"
            raise source.error(msg)
    tsp = reader.finish()
    source.warn()
    return tsp


class _Reader:
    """Entries of the header and sections, in the order of the file."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.entries: dict[str, bytes] = {}
        self.n = 0
        self.matrix: NDArray[np.float64] | None = None

    def entry(self, keyword: str, value: bytes) -> None:
        if keyword not in _KNOWN:
            what = f"the keyword {keyword} is not known"
            self.source.flaw(what, f"{keyword} read over")
            return
        if keyword in self.entries and keyword != "COMMENT":
            msg = f"the keyword {keyword} is given twice"
            raise self.source.error(msg)
        self.entries[keyword] = value
        if keyword == "TYPE" and value.split() not in ([b"TSP"], [b"ATSP"]):
            msg = f"the type must be TSP or ATSP, not {quote(value)}"
            raise self.source.error(msg)
        if keyword == "DIMENSION":
            self.n = self.source.whole(value, "the dimension", 1, MAX_CITIES)
        if keyword == "EDGE_WEIGHT_TYPE":
            self._choice(keyword, ["EXPLICIT", *METRICS])

    def _choice(self, keyword: str, known: list[str]) -> str:
        value = self.entries.get(keyword, b"").decode("ascii", errors="replace")
        if value not in known:
            msg = f"{keyword} must be one of {', '.join(known)}, not {value[:40]!r}"
            raise self.source.error(msg)
        return value

    def section(self, keyword: bytes, lines: Iterator[bytes]) -> None:
        if keyword not in (
            b"NODE_COORD_SECTION",
            b"EDGE_WEIGHT_SECTION",
            b"DISPLAY_DATA_SECTION",
        ):
            msg = f"the section {quote(keyword)} is not read"
            raise self.source.error(msg)
        if not self.n:
            msg = "DIMENSION must come before the sections"
            raise self.source.error(msg)
        kind = self._choice("EDGE_WEIGHT_TYPE", ["EXPLICIT", *METRICS])
        if keyword == b"EDGE_WEIGHT_SECTION":
            if kind != "EXPLICIT" or self.matrix is not None:
                msg = f"distances are given although they are {kind}, or given twice"
                raise self.source.error(msg)
            self.matrix = self._explicit(lines)
        elif keyword == b"NODE_COORD_SECTION" and kind != "EXPLICIT":
            if self.matrix is not None:
                msg = "coordinates are given twice"
                raise self.source.error(msg)
            self.matrix = self._measured(kind, self._points(lines, METRICS[kind]))
        else:
            self._points(lines, None)

    def _explicit(self, lines: Iterator[bytes]) -> NDArray[np.float64]:
        layout = self._choice("EDGE_WEIGHT_FORMAT", _LAYOUTS)
        count = explicit_count(layout, self.n)
        values: list[float] = []
        while len(values) < count:
            line = next(lines, None)
            if line is None or line[:1].isalpha():
                msg = f"{layout} needs {count} distances, but there are {len(values)}"
                raise self.source.error(msg)
            values += [self.source.number(w, "a distance") for w in line.split()]
        if len(values) > count:
            msg = f"{layout} needs {count} distances, but there are {len(values)}"
            raise self.source.error(msg)
        rows, columns = place(layout, self.n)
        matrix = np.zeros((self.n, self.n))
        matrix[rows, columns] = values
        if layout != "FULL_MATRIX":
            matrix[columns, rows] = values
        return matrix

    def _points(
        self, lines: Iterator[bytes], dimensions: int | None
    ) -> NDArray[np.float64]:
        """Read a line `city x y ...` for every city."""
        points = np.zeros((self.n, dimensions or 3))
        seen: set[int] = set()
        for _ in range(self.n):
            words = next(lines, b"").split()
            if len(words) < 2 or (dimensions and len(words) != dimensions + 1):
                shown = quote(b" ".join(words))
                msg = f"expected a city and its {dimensions or ''} coordinates, not {shown}"
                raise self.source.error(msg)
            city = self.source.whole(words[0], "a city", 1, self.n)
            if city in seen:
                msg = f"city {city} is given twice"
                raise self.source.error(msg)
            seen.add(city)
            if dimensions:
                points[city - 1] = [
                    self.source.number(word, "a coordinate") for word in words[1:]
                ]
        return points

    def _measured(self, kind: str, points: NDArray[np.float64]) -> NDArray[np.float64]:
        matrix = distances(kind, points)
        if not (np.abs(matrix) <= MAX_EXACT).all():
            msg = "a distance is more than 2**53"
            raise self.source.error(msg)
        return matrix

    def finish(self) -> Tsp:
        source = self.source
        if self.matrix is None:
            if not source.line:
                msg = "a TSPLIB file starts with 'NAME : ...'"
                raise source.empty(msg)
            msg = "the file has neither coordinates nor distances"
            raise source.error(msg, None)
        np.fill_diagonal(self.matrix, 0)
        symmetric = self.entries.get("TYPE", b"TSP") != b"ATSP"
        if symmetric and not np.array_equal(self.matrix, self.matrix.T):
            msg = "the distances of a TSP must be symmetric: is its type ATSP?"
            raise source.error(msg, None)
        small = np.abs(self.matrix) <= MAX_EXACT
        whole = np.all(small & (self.matrix == np.floor(self.matrix)))
        name = self.entries.get("NAME", b"").decode(errors="replace")
        matrix = self.matrix.astype(np.int64) if whole else self.matrix
        return Tsp(name, matrix, symmetric)


def write_tsplib(tsp: Tsp, path: str | PathLike[str]) -> None:
    """Write a problem, its distances in full, that `read_tsplib` reads back equal.

    Raises
    ------
    ValueError
        If distances are not finite, not square or not as symmetric as they are said to
        be, the diagonal is not 0, or the name would break the line.
    """
    matrix = np.asarray(tsp.distances)
    if matrix.ndim != 2 or len(set(matrix.shape)) != 1 or not len(matrix):
        msg = f"distances must have shape (n, n), n >= 1, not {matrix.shape}"
        raise ValueError(msg)
    if not np.isfinite(matrix).all() or matrix.diagonal().any():
        msg = "distances must be finite, from a city to itself 0"
        raise ValueError(msg)
    if tsp.symmetric and not np.array_equal(matrix, matrix.T):
        msg = "distances must be symmetric, or symmetric=False"
        raise ValueError(msg)
    if not tsp.name.isprintable() or tsp.name.strip() != tsp.name:
        msg = f"the name must be one line without blanks around it, not {tsp.name!r}"
        raise ValueError(msg)

    def lines() -> Iterator[str]:
        if tsp.name:
            yield f"NAME : {tsp.name}"
        yield f"TYPE : {'TSP' if tsp.symmetric else 'ATSP'}"
        yield f"DIMENSION : {tsp.n}"
        yield "EDGE_WEIGHT_TYPE : EXPLICIT"
        yield "EDGE_WEIGHT_FORMAT : FULL_MATRIX"
        yield "EDGE_WEIGHT_SECTION"
        yield from (" ".join(map(spell, row)) for row in matrix.tolist())
        yield "EOF"

    write_lines(path, lines())

"""Distances as TSPLIB defines them, its roundings included."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Index = NDArray[np.int64]

#: Metric -> number of coordinates.
METRICS = {
    "EUC_2D": 2,
    "EUC_3D": 3,
    "CEIL_2D": 2,
    "MAN_2D": 2,
    "MAN_3D": 3,
    "MAX_2D": 2,
    "MAX_3D": 3,
    "GEO": 2,
    "ATT": 2,
}


def distances(kind: str, points: Floats) -> Floats:
    """Return the matrix of whole distances between points, shape (n, n).

    References
    ----------
    G. Reinelt, "TSPLIB 95" (1995), section 2.
    """
    with np.errstate(all="ignore"):  # the caller refuses what is not finite
        if kind == "GEO":
            return _geographical(points)
        size = (len(points), len(points))
        squares, sums, largest = np.zeros(size), np.zeros(size), np.zeros(size)
        for x in points.T:
            gap = np.abs(x[:, None] - x[None, :])
            squares += gap * gap
            sums += gap
            largest = np.maximum(largest, gap)
        if kind.startswith("MAN"):
            return np.floor(sums + 0.5)
        if kind.startswith("MAX"):
            return np.floor(largest + 0.5)
        if kind == "CEIL_2D":
            return np.ceil(np.sqrt(squares))
        if kind == "ATT":
            real = np.sqrt(squares / 10)
            near = np.floor(real + 0.5)
            return near + (near < real)
        return np.floor(np.sqrt(squares) + 0.5)


def _geographical(points: Floats) -> Floats:
    """Distances in km on a sphere; coordinates are degrees.minutes."""
    degrees = np.trunc(points)
    radians = 3.141592 * (degrees + 5 * (points - degrees) / 3) / 180
    latitude, longitude = radians.T
    q1 = np.cos(longitude[:, None] - longitude[None, :])
    q2 = np.cos(latitude[:, None] - latitude[None, :])
    q3 = np.cos(latitude[:, None] + latitude[None, :])
    angle = np.arccos(0.5 * ((1 + q1) * q2 - (1 - q1) * q3))
    matrix: Floats = np.floor(6378.388 * angle + 1)
    np.fill_diagonal(matrix, 0)  # arccos of a little more than 1 is NaN
    return matrix


def explicit_count(layout: str, n: int) -> int:
    """Return how many explicit distances a layout has."""
    if layout == "FULL_MATRIX":
        return n * n
    return n * (n + 1) // 2 if "DIAG" in layout else n * (n - 1) // 2


def place(layout: str, n: int) -> tuple[Index, Index]:
    """Return row and column of each explicit distance, in the order of the file."""
    if layout == "FULL_MATRIX":
        rows, columns = np.divmod(np.arange(n * n), n)
        return rows, columns
    first = 0 if "DIAG" in layout else 1
    # By columns, an upper half goes through the pairs as a lower one does by rows.
    upper = layout.startswith("UPPER") == layout.endswith("ROW")
    rows, columns = np.triu_indices(n, first) if upper else np.tril_indices(n, -first)
    return rows.astype(np.int64), columns.astype(np.int64)

"""What the tables that reproduce papers share: their data, and values beside values."""

from __future__ import annotations

import argparse
import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

import pbit
from benchmarks.timing import print_table
from pbit.analysis.estimates import Estimate

DATA = Path(__file__).resolve().parents[1] / ".." / "shared" / "data" / "published"
GLASS = DATA / "spin_glass_3d"
OUT = Path("out")
WIDTH = 1.96  # standard errors on each side of a 95 % interval

Floats = NDArray[np.float64]


class Value(NamedTuple):
    """A number and its standard error."""

    value: float
    error: float = 0.0

    def __truediv__(self, other: Value) -> Value:
        """Return the ratio of independent values; errors to first order."""
        ratio = self.value / other.value
        shares = self.error / self.value, other.error / other.value
        return Value(ratio, abs(ratio) * float(np.hypot(*shares)))

    def __sub__(self, other: Value) -> Value:
        """Return the difference of independent values."""
        error = float(np.hypot(self.error, other.error))
        return Value(self.value - other.value, error)

    def estimate(self) -> Estimate:
        """Return it with its 95 % interval."""
        half = WIDTH * self.error
        low, high = self.value - half, self.value + half
        return Estimate(self.value, low, high, 0.95, self.error)


class Comparison(NamedTuple):
    """A value of ours beside a published one.

    Attributes
    ----------
    what
        Which value.
    ours, published
        The values.
    allowed
        How far they may be apart: by a share, or where `absolute`, by a number;
        infinite where they are not judged.
    absolute
        Whether differences are looked at, not ratios.
    of
        What stands behind them: instances and runs.
    """

    what: str
    ours: Value
    published: Value
    allowed: float
    of: str
    absolute: bool = False

    @property
    def off(self) -> Value:
        """How far apart they are: a share, or a difference."""
        if self.absolute:
            return self.ours - self.published
        ratio = self.ours / self.published
        return Value(ratio.value - 1, ratio.error)

    @property
    def agrees(self) -> bool:
        """Whether that is allowed."""
        return abs(self.off.value) <= self.allowed

    def row(self) -> list[str]:
        """Return the row of a table."""
        ratio = self.ours / self.published
        half = WIDTH * ratio.error
        sign = "" if self.absolute else " %"
        scale = 1.0 if self.absolute else 100.0
        judged = np.isfinite(self.allowed)
        return [
            self.what,
            f"{self.ours.value:.5g} ± {self.ours.error:.2g}",
            f"{self.published.value:.5g} ± {self.published.error:.2g}",
            f"{ratio.value:.3f}",
            f"{ratio.value - half:.3f} ... {ratio.value + half:.3f}",
            f"{scale * self.off.value:+.3g}{sign}",
            f"± {scale * self.allowed:g}{sign}" if judged else "",
            ("yes" if self.agrees else "NO") if judged else "",
            self.of,
        ]


HEADER = [
    "", "ours", "published", "ratio", "95 % interval", "off", "allowed", "within",
    "instances x runs, ours and theirs",
]  # fmt: skip


def print_comparisons(title: str, comparisons: Sequence[Comparison]) -> None:
    """Print values beside published ones; errors are standard errors."""
    print_table(title, HEADER, [comparison.row() for comparison in comparisons])


def read(path: Path) -> list[dict[str, str]]:
    """Return the rows of a table."""
    with path.open(encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


def select(path: Path, **wanted: float) -> list[dict[str, float]]:
    """Return the rows of a table of numbers that hold what is wanted."""
    rows = [{k: float(v) for k, v in row.items()} for row in read(path)]
    return [row for row in rows if all(row[k] == v for k, v in wanted.items())]


def load(path: Path, n: int | None = None) -> pbit.IsingModel:
    """Return the model of an edge list and of the biases beside it, if there are any."""
    edges = np.loadtxt(path, skiprows=1)
    i, j = (edges[:, :2].astype(int) - 1).T
    if n is None:
        with path.open(encoding="utf-8") as lines:
            n = int(lines.readline().split()[0])
    J = np.zeros((n, n))
    J[i, j] = J[j, i] = edges[:, 2]
    h, beside = np.zeros(n), path.with_suffix(".h.txt")
    if beside.exists():
        biases = np.loadtxt(beside)
        h[biases[:, 0].astype(int) - 1] = biases[:, 1]
    return pbit.IsingModel(J, h)


def glass(size: int, number: int) -> tuple[pbit.IsingModel, float]:
    """Return a three-dimensional ±J glass and its putative ground energy."""
    (row,) = (
        row
        for row in read(GLASS / "ground_energies.csv")
        if (int(row["L"]), int(row["instance"])) == (size, number)
    )
    return load(GLASS / "instances" / row["file"]), float(row["E0_putative"])


def mean_of_means(means: Floats, errors: Floats) -> Value:
    """Return the mean over the same instances, so that only runs make errors."""
    return Value(float(means.mean()), float(np.sqrt((errors**2).sum()) / means.size))


def save(ax: Any, name: str) -> Path:
    """Write the figure of some axes to ``out/``."""
    OUT.mkdir(exist_ok=True)
    path = OUT / f"{name}.png"
    ax.figure.savefig(path, dpi=150)
    return path


def parser(name: str, runs: int) -> argparse.ArgumentParser:
    """Return the options that all of these tables have."""
    options = argparse.ArgumentParser(prog=f"python -m benchmarks {name}")
    options.add_argument("--runs", type=int, default=runs, help="of every instance")
    options.add_argument(
        "--full", action="store_true", help="as many as were published"
    )
    return options

"""The square lattice: energy, magnetization and critical temperature against exact values.

``python -m benchmarks ising2d`` prints the tables and draws ``out/ising2d.png``.

Energies of the 64 x 64 torus are Kaufman's. Below the critical temperature, magnetizations
are Yang's: correlations there reach 5 sites, and what a side of 64 changes, of the order of
exp(-64 / 5), is far below the errors. Above it no closed form of <|m|> on a torus is known,
so clusters are compared with draws that are exact by construction: coupling from the past
(Propp & Wilson 1996) of the heat bath of `pbit.sample`, and with the chains that go on from
there and are therefore in equilibrium. The two routes share no rule and no draw.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

import pbit
from benchmarks.timing import print_table
from pbit import analysis, ising2d

CRITICAL = ising2d.CRITICAL_TEMPERATURE
TEMPERATURES = (1.8, 2.0, 2.15, 2.4, 2.8)
SIZES = (16, 24, 32, 48, 64)
AROUND = np.linspace(2.24, 2.30, 7)
PLOT = Path("out") / "ising2d.png"


class Value(NamedTuple):
    """A mean and its standard error."""

    mean: float
    error: float

    @classmethod
    def of(cls, values: NDArray[np.float64]) -> Value:
        """Return that of independent values."""
        return cls(float(values.mean()), float(values.std(ddof=1) / values.size**0.5))

    def off(self, exact: Value | float) -> float:
        """Return the distance from what is exact, in standard errors."""
        true = exact if isinstance(exact, Value) else Value(exact, 0.0)
        return (self.mean - true.mean) / float(np.hypot(self.error, true.error))


class Point(NamedTuple):
    """What was found at one temperature, and what it should be."""

    temperature: float
    energy: Value
    exact_energy: float
    magnetization: Value
    exact_magnetization: Value
    source: str


def exact_draws(
    size: int, temperature: float, n_chains: int, seed: int, most_doublings: int = 16
) -> NDArray[np.int8]:
    """Return independent exact draws, shape (n_chains, size**2): coupling from the past.

    One draw decides for +1 wherever the field is above a threshold, which keeps states of a
    ferromagnet in order: where chains from all up and all down meet, all others have too.
    Until all do, as many sweeps as there are, of another seed, are put before them.

    Raises
    ------
    RuntimeError
        If some chains have not met after 2**`most_doublings` sweeps.
    """
    model, n = ising2d.model(size, size), size**2
    for doublings in range(6, most_doublings + 1):
        ends = []
        for start in (-1, 1):
            states = np.full((n_chains, n), start, np.int8)
            for stretch in range(doublings, -1, -1):  # the oldest one first
                length = 2 ** max(0, stretch - 1)
                states = pbit.sample(
                    model, 1 / temperature, n_chains, length, 0, keep_every=length,
                    initial=states, rng=1000 * seed + stretch, kernel="lanes",
                ).states[:, -1]  # fmt: skip
            ends.append(states)
        if np.array_equal(*ends):
            return ends[0]
    msg = f"chains have not met after {2**most_doublings} sweeps at T = {temperature}"
    raise RuntimeError(msg)


def heat_bath(
    size: int, temperature: float, n_chains: int, n_sweeps: int, seed: int
) -> Value:
    """Return <|m|> of chains that start from exact draws."""
    found = pbit.sample(
        ising2d.model(size, size), 1 / temperature, n_chains, n_sweeps, 0, rng=seed,
        keep_every=256, initial=exact_draws(size, temperature, n_chains, seed),
    )  # fmt: skip
    return Value.of(np.abs(found.states.mean(axis=2)).mean(axis=1))


def compare(
    size: int,
    temperatures: Sequence[float],
    n_chains: int = 32,
    n_sweeps: int = 2000,
    n_exact: int = 128,
    n_after: int = 2**15,
) -> list[Point]:
    """Sample at each temperature with clusters, one seed each."""
    points = []
    for k, temperature in enumerate(temperatures):
        beta = 1 / temperature
        found = pbit.swendsen_wang(
            ising2d.model(size, size), beta, n_chains, n_sweeps, n_sweeps // 8, rng=k,
            keep_every=4,
        )  # fmt: skip
        sizes = np.abs(found.states.mean(axis=2)).mean(axis=1)
        if temperature < CRITICAL:
            exact, source = Value(ising2d.magnetization(beta), 0.0), "Yang"
        else:
            exact = heat_bath(size, temperature, n_exact, n_after, 100 + k)
            source = f"heat bath from {n_exact} exact draws"
        points.append(
            Point(
                temperature,
                Value.of(found.energies.mean(axis=1) / size**2),
                ising2d.torus(size, size, beta).energy,
                Value.of(sizes),
                exact,
                source,
            )
        )
    return points


Curves = dict[int, list[analysis.Estimate]]


def cumulants(
    sizes: Sequence[int],
    temperatures: NDArray[np.float64],
    n_chains: int = 40,
    n_sweeps: int = 2000,
) -> Curves:
    """Return the Binder cumulants of each size at each temperature, each of its own seed."""
    return {
        size: [
            analysis.binder_cumulant(
                pbit.swendsen_wang(
                    ising2d.model(size, size), 1 / temperature, n_chains, n_sweeps,
                    n_sweeps // 10, rng=1000 * size + k,
                )
            )
            for k, temperature in enumerate(temperatures)
        ]
        for size in sizes
    }  # fmt: skip


def crossings(
    curves: Curves, temperatures: NDArray[np.float64], degree: int = 3
) -> dict[tuple[int, int], analysis.BinderCrossing]:
    """Return where curves of sizes L and at least 2 L cross."""
    return {
        (small, large): analysis.binder_crossing(
            temperatures, curves[small], curves[large], degree=degree, rng=small
        )
        for small in curves
        for large in curves
        if large == 2 * small
    }


def draw(
    points: list[Point], curves: Curves, found: analysis.BinderCrossing, path: Path
) -> None:
    """Draw energies, magnetizations and cumulants beside what is exact."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(13, 4), layout="constrained")
    left, middle, right = figure.subplots(1, 3)
    grid = np.linspace(1.7, 2.9, 241)
    left.plot(
        grid, [ising2d.torus(64, 64, 1 / t).energy for t in grid], "k-", lw=1,
        label="Kaufman 1949",
    )  # fmt: skip
    middle.plot(
        grid, [ising2d.magnetization(1 / t) for t in grid], "k-", lw=1,
        label="Yang 1952, infinite lattice",
    )  # fmt: skip
    at = [point.temperature for point in points]
    for axes, name in ((left, "energy"), (middle, "magnetization")):
        values = [getattr(point, name) for point in points]
        axes.errorbar(
            at, [v.mean for v in values], [v.error for v in values], fmt="o", ms=5,
            label="Swendsen-Wang",
        )  # fmt: skip
        axes.set_xlabel("temperature")
    hot = [point for point in points if point.source != "Yang"]
    middle.plot(
        [point.temperature for point in hot],
        [point.exact_magnetization.mean for point in hot],
        "k+", ms=12, label="coupling from the past",
    )  # fmt: skip
    left.set_ylabel("energy per p-bit")
    middle.set_ylabel("mean |magnetization| per p-bit")
    for axes, where in ((left, "lower right"), (middle, "lower left")):
        axes.legend(frameon=False, loc=where)
    left.set_title("64 × 64 torus")
    named = {f"L = {size}": curve for size, curve in curves.items()}
    analysis.plots.binder(AROUND, named, crossing=found, reference=CRITICAL, ax=right)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=150)


def main() -> None:
    """Print the tables and draw the plot."""
    points = compare(64, TEMPERATURES)
    rows = [
        [
            f"{p.temperature:.4f}",
            f"{p.energy.mean:.5f} ± {p.energy.error:.5f}",
            f"{p.exact_energy:.5f}",
            f"{p.energy.off(p.exact_energy):+.1f}",
            f"{p.magnetization.mean:.5f} ± {p.magnetization.error:.5f}",
            f"{p.exact_magnetization.mean:.5f} ± {p.exact_magnetization.error:.5f}",
            f"{p.magnetization.off(p.exact_magnetization):+.1f}",
            p.source,
        ]
        for p in points
    ]
    header = ["T", "energy", "exact", "off", "|m|", "exact", "off", "by"]
    print_table("64 × 64 torus; off in standard errors", header, rows)
    curves = cumulants(SIZES, AROUND)
    found = crossings(curves, AROUND)
    rows = [
        [
            f"{small}, {large}",
            f"{c.temperature.value:.5f}",
            f"{c.temperature.low:.5f} ... {c.temperature.high:.5f}",
            f"{100 * (c.temperature.value / CRITICAL - 1):+.3f} %",
            f"{c.binder.value:.4f}",
            f"{c.chi_square:.2f}",
        ]
        for (small, large), c in found.items()
    ]
    header = ["sizes", "T_c", "95 % interval", "off", "cumulant", "chi²"]
    print_table(f"Binder crossings; exact {CRITICAL:.6f}", header, rows)
    draw(points, curves, found[32, 64], PLOT)
    print(f"drawn: {PLOT}")

"""How many patterns a Hopfield network holds: ``python -m benchmarks hopfield``.

Random patterns in Hebbian networks of N = 1000 p-bits, each pattern shown and left to settle
without temperature: the share of wrong bits, and the share of patterns still recognised,
against the load P/N. Beside it smaller and larger networks, and the mean-field solution of
Amit, Gutfreund and Sompolinsky (1985). A picture goes to ``out/hopfield.png``.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import NamedTuple

import numpy as np

import pbit
from benchmarks.timing import print_table
from pbit.checks import Floats
from pbit.learning import (
    HopfieldNetwork,
    hopfield_capacity,
    hopfield_overlap,
    random_patterns,
)

PICTURE = Path(__file__).parents[1] / "out" / "hopfield.png"
N = 1000
LOADS = (0.02, 0.06, 0.1, 0.12, 0.13, 0.135, 0.14, 0.145, 0.15, 0.16, 0.18, 0.2)
SIZES = {250: 32, 500: 16, N: 8, 2000: 4}  # p-bits: networks a load
RECOGNISED = 0.9  # overlap; patterns end near 0.97 or near 0.35, seldom between


class Retrieval(NamedTuple):
    """What networks of one load do to their patterns."""

    wrong: float  # share of bits
    wrong_error: float  # standard error over networks
    recognised: float  # share of patterns
    recognised_error: float


def retrieval(n: int, load: float, n_networks: int) -> Retrieval:
    """Return what `n_networks` of n p-bits make of round(load * n) patterns each."""
    shares = []
    for seed in range(n_networks):
        patterns = random_patterns(round(load * n), n, 1000 * n + seed)
        network = HopfieldNetwork(patterns)
        settled = network.recall(patterns)
        overlap = (settled * patterns).mean(axis=1)
        shares.append([(1 - overlap.mean()) / 2, (overlap > RECOGNISED).mean()])
    table = np.array(shares)
    mean = table.mean(axis=0)
    error = table.std(axis=0, ddof=1) / math.sqrt(n_networks)
    return Retrieval(*np.array([mean, error]).T.ravel().tolist())


def transition(results: dict[float, Retrieval]) -> tuple[float, float]:
    """Return the load at which half of the patterns are kept, and its standard error."""
    loads = np.array(list(results))
    shares = np.array([found.recognised for found in results.values()])
    k = int(np.argmax(shares < 0.5))
    slope = (shares[k] - shares[k - 1]) / (loads[k] - loads[k - 1])
    errors = [found.recognised_error for found in results.values()][k - 1 : k + 1]
    load = loads[k - 1] + (0.5 - shares[k - 1]) / slope
    return float(load), float(max(errors) / abs(slope))


def extrapolate(halves: dict[int, tuple[float, float]]) -> tuple[float, float]:
    """Return the half load for N to infinity and its error, from a line in 1/sqrt(N)."""
    place = np.array([1 / math.sqrt(n) for n in halves])
    load, error = np.array(list(halves.values())).T
    _, covariance = fit = np.polyfit(place, load, 1, w=1 / error, cov="unscaled")
    return float(fit[0][1]), math.sqrt(covariance[1, 1])


def main() -> None:
    """Print the tables and draw the picture."""
    found = {
        n: {load: retrieval(n, load, count) for load in LOADS}
        for n, count in SIZES.items()
    }
    rows = []
    for load, r in found[N].items():
        theory = (1 - hopfield_overlap(load)) / 2
        expected = f"{theory:.2%}" if theory < 0.5 else "none held"
        wrong = f"{r.wrong:.2%} +- {r.wrong_error:.2%}"
        share = f"{r.recognised:.1%} +- {r.recognised_error:.1%}"
        rows.append([f"{load:g}", wrong, expected, share])
    print_table(
        f"Hebbian networks of {N} p-bits, {SIZES[N]} a load, patterns left to settle",
        ["P/N", "wrong bits", "mean field", f"patterns kept (m > {RECOGNISED:g})"],
        rows,
    )
    halves = {n: transition(results) for n, results in found.items()}
    limit, error = extrapolate(halves)
    print_table(
        "Load at which half of the patterns are kept",
        ["p-bits", "P/N"],
        [[f"{n}", f"{load:.4f} +- {e:.4f}"] for n, (load, e) in halves.items()]
        + [["infinitely many, by a line in 1/sqrt(N)", f"{limit:.4f} +- {error:.4f}"]]
        + [["infinitely many, mean field", f"{hopfield_capacity():.4f}"]],
    )
    draw(found)
    print(f"  {PICTURE.name} is in {PICTURE.parent.name}/")


def draw(found: dict[int, dict[float, Retrieval]]) -> None:
    """Draw wrong bits and patterns kept against the load."""
    from matplotlib.figure import Figure

    PICTURE.parent.mkdir(exist_ok=True)
    figure = Figure(figsize=(9, 3.4), layout="constrained")
    left, right = figure.subplots(1, 2)
    colours = ("#56B4E9", "#009E73", "#0072B2", "#CC79A7")
    for (n, results), colour in zip(found.items(), colours, strict=True):
        loads = list(results)
        wide = 2.0 if n == N else 1.0
        for ax, value, error in (
            (left, "wrong", "wrong_error"),
            (right, "recognised", "recognised_error"),
        ):
            ax.errorbar(
                loads,
                [100 * getattr(r, value) for r in results.values()],
                yerr=[196 * getattr(r, error) for r in results.values()],
                color=colour,
                lw=wide,
                marker="o",
                ms=3,
                label=f"N = {n}",
            )
    held = np.linspace(0.02, hopfield_capacity() - 1e-6, 60)
    left.plot(
        held, mean_field(held), color="#202124", lw=1.2, ls="--", label="mean field"
    )
    left.set_ylabel("wrong bits after recall, %")
    right.set_ylabel("patterns kept, %")
    for ax in (left, right):
        ax.axvline(hopfield_capacity(), color="#9AA0A6", lw=1, zorder=0)
        ax.set_xlabel("load P/N")
        ax.spines[["top", "right"]].set_visible(False)
    left.legend(frameon=False, fontsize=8)
    pbit.plots.save(figure, PICTURE, dpi=80)


def mean_field(loads: Floats) -> Floats:
    """Return the percentage of wrong bits that mean-field theory gives."""
    return np.array([50 * (1 - hopfield_overlap(load)) for load in loads])


if __name__ == "__main__":
    main()

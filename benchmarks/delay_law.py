"""What synapse delays cost in fidelity: against delay, degree and beta, by exact references.

Circuits are small enough to enumerate. For each, the machine's occupancy is compared with
the Boltzmann law in total variation, and with the Boltzmann law of another beta, that of
the same mean energy (the effective inverse temperature). Beside it stands what first-order
perturbation says: see `first_order`.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import NamedTuple

import networkx as nx
import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import expit

import compilers
import pbit
from benchmarks.timing import print_table
from hardware import Machine

Floats = NDArray[np.float64]

TAU_N = 1e-9
RATIOS = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0)
BETAS = (0.25, 0.5, 1.0)
DEGREES = (2, 3, 4, 6, 9)
SIZE, INSTANCES = 10, 2
UPDATES = 10_000_000
FIGURE = Path(__file__).parents[1] / "docs" / "figures" / "delay_law.png"


class Point(NamedTuple):
    """One machine: what it is, how far it is from Boltzmann."""

    circuit: str
    degree: float
    beta: float
    ratio: float
    distance: float  # total variation
    floor: float  # the same without delay: sampling noise
    slope: float  # of the distance against the ratio, to first order
    beta_ratio: float  # effective beta over beta
    beta_slope: float  # and what it loses a ratio, to first order


def glass(degree: int, seed: int) -> pbit.IsingModel:
    """Return a ±1 glass on a random regular graph of SIZE p-bits."""
    graph = nx.random_regular_graph(degree, SIZE, seed=seed)
    signs = np.random.default_rng(seed).choice([-1.0, 1.0], graph.number_of_edges())
    pairs = sorted(tuple(sorted(edge)) for edge in graph.edges)
    return pbit.IsingModel(
        dict(zip(pairs, signs.tolist(), strict=True)), np.zeros(SIZE)
    )


def circuits() -> list[tuple[str, float, pbit.IsingModel]]:
    """Return (name, mean degree, model) of all circuits."""
    made = [
        (f"glass, degree {degree}", float(degree), glass(degree, seed))
        for degree in DEGREES
        for seed in range(INSTANCES)
    ]
    gates = (
        ("AND gate", compilers.gate("AND").model),
        ("full adder", compilers.gate("FULL_ADDER_5").model),
    )
    return made + [(name, m.n_edges / m.n, m) for name, m in gates]


def first_order(model: pbit.IsingModel, beta: float) -> tuple[Floats, Floats]:
    r"""Return (P, dP): the Boltzmann law and its change a unit of delay over tau_n.

    A p-bit that updates sees neighbour j as it was a delay ago: as it is, or, if j has
    flipped since, turned over. To first order in x = tau_s / tau_n that is one flip, and
    as the undelayed machine obeys detailed balance, state m was left for the present one
    by j as often as j would leave it: at the rate w_j(m). Hence the chance of +1 of p-bit
    i in state m is

    .. math:: p_i(m) + x \sum_{j} w_j(m)\,[p_i(m^{(j)}) - p_i(m)],

    with m^(j) the state m with j turned over. The law of this chain, to first order, is
    P + x dP, dP Q = -P Q', where Q is the undelayed machine's generator and Q' what x
    multiplies. Exact as x goes to 0: of a pair it gives -a (1 - a^2), as it has to.
    """
    n, size = model.n, 2**model.n
    states = 2 * (np.arange(size)[:, None] >> np.arange(n) & 1) - 1
    every = np.arange(size)
    up = expit(2 * beta * np.asarray(model.fields(states.astype(np.int8))))
    leave = np.where(states > 0, 1 - up, up)  # w_j(m), a tau
    Q, change = np.zeros((size, size)), np.zeros((size, size))
    for i in range(n):
        turned = every ^ (1 << i)
        more = np.zeros(size)  # change of the chance of +1
        for j in model.weights.indices[
            model.weights.indptr[i] : model.weights.indptr[i + 1]
        ]:
            more += leave[:, j] * (up[every ^ (1 << int(j)), i] - up[:, i])
        Q[every, turned] += leave[:, i]
        Q[every, every] -= leave[:, i]
        flow = -states[:, i] * more  # rate of leaving m, a unit of x
        change[every, turned] += flow
        change[every, every] -= flow
    law = pbit.exact.probabilities(model, beta)
    system = Q.T.copy()
    right = -(law @ change)
    system[0], right[0] = 1.0, 0.0
    return law, np.linalg.solve(system, right)


def effective_beta(energies: Floats, mean: float) -> float:
    """Return the beta at which the Boltzmann law has that mean energy."""

    def excess(beta: float) -> float:
        weights = np.exp(-beta * (energies - energies.min()))
        return float(weights @ energies / weights.sum()) - mean

    return float(brentq(excess, -1.0, 50.0))


def study(name: str, degree: float, model: pbit.IsingModel, beta: float) -> list[Point]:
    """Return the points of one circuit at one beta, for all delays."""
    size = 2**model.n
    states = 2 * (np.arange(size)[:, None] >> np.arange(model.n) & 1) - 1
    energies = np.asarray(model.energy(states.astype(np.int8)))
    law, shift = first_order(model, beta)
    mean = float(law @ energies)
    variance = float(law @ (energies - mean) ** 2)
    beta_slope = -float(shift @ energies) / variance / beta
    points: list[Point] = []
    floor = distance(run(model, beta, 0.0), law)
    for ratio in RATIOS:
        occupancy = run(model, beta, ratio)
        found = effective_beta(energies, float(occupancy @ energies))
        points.append(
            Point(
                name,
                degree,
                beta,
                ratio,
                distance(occupancy, law),
                floor,
                0.5 * float(np.abs(shift).sum()),
                found / beta,
                beta_slope,
            )
        )
    return points


def run(model: pbit.IsingModel, beta: float, ratio: float) -> Floats:
    """Return the occupancy of a machine of that delay over tau_n."""
    synapse = (
        {"kind": "delay", "tau_s": ratio * TAU_N} if ratio else {"kind": "instant"}
    )
    design = {
        "name": "law",
        "device": {"kind": "ideal", "tau_n": TAU_N},
        "synapse": synapse,
    }
    machine = Machine(model, design, rng=1, beta=beta)
    machine.run(until=100 * TAU_N)
    occupancy = machine.run(until=(100 + UPDATES / model.n) * TAU_N).occupancy
    return np.asarray(occupancy)


def distance(p: Floats, q: Floats) -> float:
    """Return the total variation distance."""
    return 0.5 * float(np.abs(p - q).sum())


def plot(points: list[Point], path: Path) -> None:
    """Draw distances, and effective betas, against the delay in units of its scale."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    figure, (left, middle, right) = plt.subplots(1, 3, figsize=(13, 4.2))
    glasses = [p for p in points if p.circuit.startswith("glass")]
    shades = dict(
        zip(DEGREES, plt.get_cmap("viridis")(np.linspace(0, 0.9, 5)), strict=True)
    )
    marks = dict(zip(BETAS, "os^", strict=True))
    for p in glasses:
        style = {"color": shades[int(p.degree)], "marker": marks[p.beta], "ls": ""}
        left.plot(p.ratio, p.distance, **style, ms=5)
        middle.plot(p.slope * p.ratio, p.distance, **style, ms=5)
        right.plot(p.ratio, p.beta_ratio, **style, ms=5)
    line = np.logspace(-4, 0.5, 50)
    middle.plot(line, line, "k-", lw=1, label="first order")
    middle.axhline(
        np.median([p.floor for p in glasses]), color="grey", ls=":", label="noise"
    )
    left.axhline(np.median([p.floor for p in glasses]), color="grey", ls=":")
    for axis in (left, middle):
        axis.set(xscale="log", yscale="log", ylabel="total variation to Boltzmann")
        axis.set_ylim(1e-3, 1.2)
    left.set_xlabel("delay τ_S / τ_N")
    middle.set_xlabel("first-order slope × τ_S / τ_N")
    middle.set_xlim(1e-4, 3)
    right.set(
        xscale="log", xlabel="delay τ_S / τ_N", ylabel="effective β / β", ylim=(0, 1.05)
    )
    for degree, shade in shades.items():
        left.plot([], [], "o", color=shade, label=f"degree {degree}")
    for beta, mark in marks.items():
        left.plot([], [], mark, color="k", mfc="none", label=f"β = {beta:g}")
    left.legend(fontsize=7, loc="upper left")
    middle.legend(fontsize=7, loc="upper left")
    figure.suptitle("Autonomous ideal p-bits behind a delay: ±1 glasses of 10 p-bits")
    figure.tight_layout()
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=110)


def tables(points: list[Point]) -> None:
    """Print what was measured, and the rule that follows."""
    kinds: dict[tuple[str, float], list[Point]] = {}
    for p in points:
        kinds.setdefault((p.circuit, p.beta), []).append(p)
    rows, slopes = [], []
    for (name, beta), some in kinds.items():
        mean = {
            x: (
                np.mean([p.distance for p in some if p.ratio == x]),
                np.mean([p.beta_ratio for p in some if p.ratio == x]),
            )
            for x in RATIOS
        }
        slope = float(np.mean([p.slope for p in some]))
        floor = float(np.mean([p.floor for p in some]))
        rows.append(
            [name, f"{beta:g}", *(f"{mean[x][0]:.3f}" for x in RATIOS), f"{floor:.3f}"]
        )
        betas = [f"{mean[x][1]:.3f}" for x in RATIOS]
        beta_slope = float(np.mean([p.beta_slope for p in some]))
        slopes.append(
            [
                name,
                f"{beta:g}",
                f"{slope:.3f}",
                f"{0.01 / slope:.3f}",
                *betas,
                f"{beta_slope:.2f}",
            ]
        )
    ratios = [f"x={x:g}" for x in RATIOS]
    print_table(
        "Total variation to Boltzmann, x = tau_s / tau_n",
        ["circuit", "beta", *ratios, "x=0 (noise)"],
        rows,
    )
    print_table(
        "First order: TV = slope x; the delay that costs 1 %; effective beta over beta",
        ["circuit", "beta", "slope", "x for 1 %", *ratios, "slope"],
        slopes,
    )


def main(arguments: list[str] | None = None) -> None:
    """Print the tables and draw the figure."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.delay_law")
    parser.add_argument("--json", type=Path, help="write the points there too")
    parser.add_argument("--figure", type=Path, default=FIGURE)
    given = parser.parse_args(arguments or [])
    points = [
        point
        for name, degree, model in circuits()
        for beta in BETAS
        for point in study(name, degree, model, beta)
    ]
    tables(points)
    plot(points, given.figure)
    print(f"  figure: {given.figure}")
    if given.json is not None:
        given.json.write_text(json.dumps([p._asdict() for p in points], indent=1))


if __name__ == "__main__":
    import sys

    main(sys.argv[1:])

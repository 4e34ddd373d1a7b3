"""What synapse delays cost in fidelity: against delay, degree and beta, by exact references.

Circuits are small enough to enumerate. For each, the machine's occupancy is compared with
the Boltzmann law in total variation, and with the Boltzmann law of another beta, that of
the same mean energy (the effective inverse temperature). Beside it stands what first-order
perturbation says (`delay_theory.first_order`), and the law that reaches further: every
connection loses the share 1 - e^-x of its effect, x being its own delay over tau_n. Delays
that differ from connection to connection, and machines whose laws are known exactly, have
tables of their own.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import networkx as nx
import numpy as np

import compilers
import pbit
from benchmarks.delay_theory import (
    Floats,
    all_states,
    distance,
    effective_beta,
    first_order,
    pair_correlation,
    stale_law,
)
from benchmarks.timing import print_table
from hardware import Machine

TAU_N = 1e-9
RATIOS = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0)
BETAS = (0.25, 0.5, 1.0)
DEGREES = (2, 3, 4, 6, 9)
SIZE, INSTANCES = 10, 1
UPDATES = 4_000_000
CLEAR = 0.02  # noise of points that are drawn
SPREAD = 1.0  # relative deviation of delays of single connections
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
    law: float  # of the distance: connections lose 1 - e^-x of their effect
    spread: float = 0.0  # of delays of single connections


def glass(degree: int, seed: int) -> pbit.IsingModel:
    """Return a ±1 glass on a random regular graph of SIZE p-bits."""
    graph = nx.random_regular_graph(degree, SIZE, seed=seed)
    signs = np.random.default_rng(seed).choice([-1.0, 1.0], graph.number_of_edges())
    pairs = sorted(tuple(sorted(edge)) for edge in graph.edges)
    return pbit.IsingModel(
        dict(zip(pairs, signs.tolist(), strict=True)), np.zeros(SIZE)
    )


def gates() -> list[tuple[str, float, pbit.IsingModel]]:
    """Return (name, mean degree, model) of two gates."""
    models = (
        ("AND gate", compilers.gate("AND").model),
        ("full adder", compilers.gate("FULL_ADDER_5").model),
    )
    return [(name, m.n_edges / m.n, m) for name, m in models]


def circuits() -> list[tuple[str, float, pbit.IsingModel]]:
    """Return (name, mean degree, model) of all circuits."""
    made = [
        (f"glass, degree {degree}", float(degree), glass(degree, seed))
        for degree in DEGREES
        for seed in range(INSTANCES)
    ]
    return made + gates()


def study(
    name: str, degree: float, model: pbit.IsingModel, beta: float, spread: float = 0.0
) -> list[Point]:
    """Return the points of one circuit at one beta, for all delays."""
    energies = np.asarray(model.energy(all_states(model.n)))
    law, shifts = first_order(model, beta)
    factors = np.ones(model.n_edges)
    if spread > 0:
        deviation = np.sqrt(np.log1p(spread**2))
        factors = np.exp(deviation * np.random.default_rng(5).normal(size=factors.size))
        factors /= factors.mean()
    shift = factors @ shifts
    mean = float(law @ energies)
    variance = float(law @ (energies - mean) ** 2)
    beta_slope = -float(shift @ energies) / variance / beta
    points: list[Point] = []
    floor = distance(occupancy(model, beta, {"kind": "instant"}), law)
    for ratio in RATIOS:
        seconds: Any = (ratio * TAU_N * factors).tolist() if spread else ratio * TAU_N
        found = occupancy(model, beta, {"kind": "delay", "tau_s": seconds})
        effective = effective_beta(energies, float(found @ energies))
        points.append(
            Point(
                name,
                degree,
                beta,
                ratio,
                distance(found, law),
                floor,
                0.5 * float(np.abs(shift).sum()),
                effective / beta,
                beta_slope,
                0.5 * float(np.abs(-np.expm1(-ratio * factors) @ shifts).sum()),
                spread,
            )
        )
    return points


def occupancy(model: pbit.IsingModel, beta: float, synapse: dict[str, Any]) -> Floats:
    """Return the occupancy of a machine behind that synapse."""
    design = {
        "name": "law",
        "device": {"kind": "ideal", "tau_n": TAU_N},
        "synapse": synapse,
    }
    machine = Machine(model, design, rng=1, beta=beta)
    machine.run(until=100 * TAU_N)
    return np.asarray(machine.run((100 + UPDATES / model.n) * TAU_N).occupancy)


def plot(points: list[Point], path: Path) -> None:
    """Draw distances, and effective betas, against the delay in units of its scale."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    figure, (left, middle, right) = plt.subplots(1, 3, figsize=(12, 4.6))
    clear = [p for p in points if p.floor < CLEAR]
    shades = dict(
        zip(DEGREES, plt.get_cmap("viridis")(np.linspace(0, 0.9, 5)), strict=True)
    )
    marks = dict(zip(BETAS, "os^", strict=True))
    for p in clear:
        if p.spread or not p.circuit.startswith("glass"):
            style = {"color": "C3" if p.spread else "C1", "marker": marks[p.beta]}
            middle.plot(p.law, p.distance, **style, ls="", ms=5, mfc="none")
            continue
        style = {"color": shades[int(p.degree)], "marker": marks[p.beta], "ls": ""}
        middle.plot(p.law, p.distance, **style, ms=4)
        left.plot(p.ratio, p.distance, **style, ms=5)
        right.plot(p.ratio, p.beta_ratio, **style, ms=5)
    line = np.logspace(-3, 0.5, 50)
    middle.plot(line, line, "k-", lw=1, label="the law")
    middle.plot([], [], "C1s", mfc="none", label="gates")
    middle.plot([], [], "C3s", mfc="none", label="a delay a connection")
    right.plot(line, np.exp(-line), "k-", lw=1, label="$e^{-\\tau_S / \\tau_N}$")
    for axis in (left, middle):
        axis.set(xscale="log", yscale="log", ylabel="total variation to Boltzmann")
        axis.set_ylim(1e-3, 1.2)
    delay = "delay $\\tau_S / \\tau_N$"
    left.set_xlabel(delay)
    middle.set(xlabel="distance by the law", xlim=(1e-3, 1.5))
    right.set(xscale="log", xlabel=delay, ylabel="effective β / β", ylim=(-0.2, 1.05))
    for degree, shade in shades.items():
        left.plot([], [], "o", color=shade, label=f"degree {degree}")
    for beta, mark in marks.items():
        left.plot([], [], mark, color="k", mfc="none", label=f"β = {beta:g}")
    for axis, columns in ((left, 3), (middle, 2), (right, 1)):
        box = (0.5, -0.14)
        axis.legend(fontsize=8, loc="upper center", bbox_to_anchor=box, ncol=columns)
    figure.suptitle(
        "Autonomous ideal p-bits behind delays: ±1 glasses of 10, and gates"
    )
    figure.tight_layout()
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=75)


def average(points: Iterable[Point], field: str) -> float:
    """Return the mean of a field."""
    return float(np.mean([getattr(p, field) for p in points]))


def tables(points: list[Point]) -> None:
    """Print what was measured, and the rule that follows."""
    kinds: dict[tuple[str, float, float], list[Point]] = {}
    for p in points:
        kinds.setdefault((p.circuit, p.spread, p.beta), []).append(p)
    rows, said, slopes = [], [], []
    for (circuit, spread, beta), some in kinds.items():
        name = f"{circuit}, uneven delays" if spread else circuit
        at = {x: [p for p in some if p.ratio == x] for x in RATIOS}
        slope = average(some, "slope")
        distances = [f"{average(at[x], 'distance'):.3f}" for x in RATIOS]
        laws = [f"{average(at[x], 'law'):.3f}" for x in RATIOS]
        rows.append([name, f"{beta:g}", *distances, f"{average(some, 'floor'):.3f}"])
        said.append([name, f"{beta:g}", *laws])
        slopes.append(
            [
                name,
                f"{beta:g}",
                f"{slope:.3f}",
                f"{0.01 / slope:.3f}",
                *(f"{average(at[x], 'beta_ratio'):.3f}" for x in RATIOS),
                f"{average(some, 'beta_slope'):.2f}",
            ]
        )
    ratios = [f"x={x:g}" for x in RATIOS]
    print_table(
        "Total variation to Boltzmann, x = tau_s / tau_n (mean, where delays are uneven)",
        ["circuit", "beta", *ratios, "x=0 (noise)"],
        rows,
    )
    print_table("The same by the law", ["circuit", "beta", *ratios], said)
    print_table(
        "First order: TV = slope x; the delay that costs 1 %; effective beta over beta",
        ["circuit", "beta", "slope", "x for 1 %", *ratios, "slope"],
        slopes,
    )


def known_laws() -> None:
    """Print machines whose laws are known exactly beside those laws."""
    rows = []
    for coupling in (0.5, 1.0, 2.0):
        pair = pbit.IsingModel({(0, 1): coupling}, [0.0, 0.0])
        for ratio in RATIOS:
            found = occupancy(pair, 1.0, {"kind": "delay", "tau_s": ratio * TAU_N})
            ours = float(found @ [1, -1, -1, 1])
            known = pair_correlation(coupling, ratio)
            rows.append([f"{coupling:g}", f"{ratio:g}", f"{known:.5f}", f"{ours:.5f}"])
    print_table(
        "A pair behind one delay: <m1 m2>", ["J", "x", "closed form", "machine"], rows
    )
    rows = []
    name, _, model = gates()[0]
    for beta in (0.5, 1.0):
        law, shifts = first_order(model, beta)
        slope = 0.5 * float(np.abs(shifts.sum(axis=0)).sum())
        for ratio in RATIOS:
            exact = stale_law(model, beta, ratio)
            found = occupancy(model, beta, {"kind": "stale", "tau_s": ratio * TAU_N})
            values = distance(exact, law), distance(found, law), distance(found, exact)
            cells = [f"{value:.4f}" for value in (*values, slope * ratio)]
            rows.append([f"{beta:g}", f"{ratio:g}", *cells])
    print_table(
        f"{name}, a stale copy a connection: total variation",
        [
            "beta",
            "x",
            "exact law to Boltzmann",
            "machine to Boltzmann",
            "machine to exact law",
            "first order",
        ],
        rows,
    )


def main(arguments: list[str] | None = None) -> None:
    """Print the tables and draw the figure."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks delay_law")
    parser.add_argument("--json", type=Path, help="write the points there too")
    parser.add_argument("--figure", type=Path, default=FIGURE)
    given = parser.parse_args(arguments or [])
    points = [
        point
        for name, degree, model in circuits()
        for beta in BETAS
        for point in study(name, degree, model, beta)
    ]
    uneven = [("glass, degree 4", 4.0, glass(4, 0)), *gates()]
    points += [
        point
        for name, degree, model in uneven
        for beta in BETAS
        for point in study(name, degree, model, beta, SPREAD)
    ]
    tables(points)
    known_laws()
    plot(points, given.figure)
    print(f"  figure: {given.figure.name}")
    if given.json is not None:
        given.json.write_text(json.dumps([p._asdict() for p in points], indent=1))


if __name__ == "__main__":
    import sys

    main(sys.argv[1:])

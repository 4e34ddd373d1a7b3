"""Published projections as models: beside what is published, and run on simulated machines.

Rates of autonomous and of clocked machines, the condition on synapses, joules of digital and
of magnetic p-bits, and how fast links between chips have to be.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.timing import print_table
from hardware import Machine, account, load_design
from hardware.costs import Figure
from hardware.design import Design
from hardware.devices import Ideal
from hardware.evaluation import load_workload, measure_fidelity
from hardware.evaluation.cost import price
from hardware.evaluation.figures import seeds
from hardware.evaluation.instances import lattice
from hardware.evaluation.link import Threshold, link_threshold
from hardware.evaluation.published import (
    RATES,
    SINGH_RATIO,
    AutonomousProjection,
    compare_energy,
    delayed_distance,
    largest_ratio,
)
from hardware.evaluation.speed import Counts, measure_mixing, rates
from hardware.synapses import Delay
from hardware.units import format_quantity

OUT = Path("out")
FIGURE = Path(__file__).parents[1] / "docs" / "figures" / "projections.png"
COUPLINGS = (0.5, 1.0, 2.0)
RATIOS = (0.01, 0.03, 0.1, 0.3, 1.0)
ENERGIES = ("smtj-finfet", "extropic-z1", "pegasus-asic-28nm", "fpga-chromatic")


def said(figure: Figure, digits: int = 3) -> str:
    """Return a figure with its interval as a cell of a table."""
    text = format_quantity(figure.value, figure.unit, digits).strip()
    if figure.low < figure.high:
        ends = (
            format_quantity(x, figure.unit, digits).strip()
            for x in (figure.low, figure.high)
        )
        text += f" ({' to '.join(ends)})"
    return text


def autonomous() -> None:
    """Print the projected rate beside simulated machines of the same parts."""
    rows = []
    for tau in (1e-9, 1e-10):
        made = AutonomousProjection(tau_n=tau)
        rows.append(
            (
                f"{made.pbits:,}",
                format_quantity(tau),
                said(made.flips_per_second),
                said(made.power),
                said(made.joules_per_flip),
                "projected",
            )
        )
    projected = AutonomousProjection(pbits=10_648)
    circuit = lattice((22, 22, 22), 1)
    for kind in ("ideal", "telegraph"):
        for beta in (0.0, 0.5):
            machine = Machine(circuit, projected.design(kind), 1, beta=beta)
            machine.run(until=2e-8)
            run = machine.run(until=6e-8)
            factor = 1_000_000 / circuit.n
            power = factor * circuit.n * projected.power_per_pbit
            rows.append(
                (
                    f"{circuit.n:,}, {kind}, beta {beta:g}, scaled up",
                    "1 ns",
                    f"{format_quantity(factor * run.updates_per_second, 'Hz', 3)} updates, "
                    f"{format_quantity(factor * run.flips_per_second, 'Hz', 3)} flips",
                    format_quantity(power, "W", 3),
                    format_quantity(power / factor / run.flips_per_second, "J", 3),
                    "simulated",
                )
            )
    header = ("p-bits", "tau_N", "a second", "power", "a flip", "known as")
    print_table("A million magnets (Sutton et al. 2020)", header, rows)


def condition() -> list[tuple[float, Any]]:
    """Print how small tau_S / tau_N has to be, and simulated pairs beside the law."""
    rows = [
        (f"{J:g}", *(f"{largest_ratio(J, t):.3g}" for t in (0.001, 0.01, 0.05)))
        for J in COUPLINGS
    ]
    header = ("beta J", "TV 0.001", "TV 0.01", "TV 0.05")
    print_table("Largest tau_S / tau_N of a coupled pair, from its law", header, rows)
    points, rows = [], []
    pair = load_workload("pair")
    for ratio in RATIOS:
        found = measure_fidelity(pair, delayed(ratio), rng=1).total_variation
        gates = [
            measure_fidelity(load_workload(name), delayed(ratio), rng=1).total_variation
            for name in ("and", "glass-8")
        ]
        points.append((ratio, found))
        law = f"{delayed_distance(1.0, ratio):.4f}"
        rows.append((f"{ratio:g}", law, *(interval(f) for f in (found, *gates))))
    header = ("tau_S / tau_N", "pair, law", "pair, run", "AND gate", "glass of 8")
    print_table("Total variation from Boltzmann, beta J = 1", header, rows)
    return points


def interval(figure: Figure) -> str:
    """Return a pure number with its interval."""
    return f"{figure.value:.4f} ({figure.low:.4f} to {figure.high:.4f})"


def delayed(ratio: float) -> Design:
    """Return ideal p-bits of 1 ns behind synapses of that delay."""
    return Design(
        name="delayed", device=Ideal(tau_n=1e-9), synapse=Delay(tau_s=ratio * 1e-9)
    )


def clocked() -> None:
    """Print N f beside published rates, and a machine of 50,653 p-bits that runs."""
    rows = []
    for row in RATES:
        low, high = row.published
        known = f"{low:.3g}" + (f" to {high:.3g}" if high > low else "")
        model = row.model
        rows.append(
            (
                row.name,
                f"{model.pbits:,}",
                format_quantity(model.clock_hz, "Hz"),
                f"{model.updates_per_second:.4g}",
                known,
                f"{row.ratio:.3f}",
                row.status,
            )
        )
    header = ("machine", "p-bits", "clock", "model, 1/s", "published", "ratio", "as")
    print_table("Updates a second of clocked machines: N f", header, rows)
    circuit = lattice((37, 37, 37), 1, periodic=(True, True, True))
    need = account(circuit, "fpga-chromatic")
    machine = Machine(circuit, "fpga-chromatic", 1, beta=0.5)
    run = machine.run(until=(20 + 1e-6) / 15e6)
    print(
        f"  37 x 37 x 37, run for 20 periods: {need.ticks_per_sweep} colours, "
        f"{run.updates_per_second:.4g} updates/s, "
        f"{run.flips_per_second:.3g} flips/s at beta 0.5"
    )


def energies() -> None:
    """Print joules an update by the design files, and an independent sample as simulated."""
    rows = []
    workload = load_workload("glass-8")
    for row in compare_energy(ENERGIES):
        design = load_design(row.design)
        machine = Machine(workload.circuit, design, 1, beta=workload.beta)
        sweep = account(workload.circuit, design).seconds_per_sweep
        run = machine.run(until=500 * sweep)
        counts = Counts(run.updates, run.flips, run.elapsed)
        speed = measure_mixing(
            workload, design, seeds(1), rates(workload, design, counts)
        )
        cost = price(workload, design, counts, speed)
        sample = "" if cost.joules_per_sample is None else said(cost.joules_per_sample)
        rows.append(
            (
                row.design,
                said(row.per_update),
                row.per_update.status,
                f"{row.ratio.value:.3g}",
                sample,
            )
        )
    header = (
        "design",
        "an update",
        "known as",
        "over magnets",
        "an independent sample",
    )
    print_table(
        f"Energy (Singh et al. 2024: CMOS over magnets about {SINGH_RATIO:g})",
        header,
        rows,
    )


def links(instances: int, runs: int) -> dict[int, Threshold]:
    """Print residual energy against eta for two ways to cut a lattice."""
    found = {}
    for chips in (12, 4):
        made = link_threshold(chips=chips, instances=instances, runs=runs, rng=1)
        rows = [
            (f"{eta:g}", said(ratio), said(kappa))
            for eta, ratio, kappa in zip(
                made.etas, made.ratios, made.exponents, strict=True
            )
        ]
        rows.append(("one chip", "1", said(made.single_exponent)))
        title = (
            f"4 x 4 x 24 glass on {chips} chips, {instances} instances, {runs} runs: knee "
            f"at eta = {said(made.knee)}, ratio ~ eta^-({said(made.slope)}) below, "
            f"no difference from eta = {made.sufficient} on"
        )
        print_table(
            title, ("eta", f"rho / rho_1, {made.lengths[-1]} sweeps", "kappa"), rows
        )
        found[chips] = made
    return found


def draw(points: Sequence[tuple[float, Any]], found: dict[int, Threshold]) -> None:
    """Draw the condition on synapses and that on links."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.6), layout="constrained")
    grid = np.geomspace(0.005, 3, 100)
    for J in COUPLINGS:
        law = [delayed_distance(J, x) for x in grid]
        left.loglog(grid, law, label=f"law, βJ = {J:g}")
    x = [ratio for ratio, _ in points]
    y = np.array([f.value for _, f in points])
    ends = np.array([[f.value - f.low, f.high - f.value] for _, f in points]).T
    left.errorbar(x, y, np.abs(ends), fmt="ko", ms=4, label="machine, βJ = 1")
    left.set_xlabel("τ_S / τ_N")
    left.set_ylabel("total variation of a pair")
    left.legend(fontsize=8)
    for (chips, made), marker in zip(found.items(), "os", strict=False):
        y = np.array([f.value for f in made.ratios])
        ends = np.array([[f.value - f.low, f.high - f.value] for f in made.ratios]).T
        dots = right.errorbar(
            made.etas, y, np.abs(ends), fmt=marker, ms=4, label=f"{chips} chips"
        )
        color = dots[0].get_color()
        eta = np.geomspace(made.etas[0], made.etas[-1], 200)
        fitted = np.maximum(made.knee.value / eta, 1.0) ** made.slope.value
        right.loglog(eta, fitted, color=color, lw=1)
        right.axvline(made.knee.value, color=color, lw=0.8, ls=":")
    right.set_xlabel("η = f_comm / f_pbit")
    right.set_ylabel("residual energy / one chip's")
    right.legend(fontsize=8)
    for path in (OUT / "projections.png", FIGURE):
        path.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(path, dpi=90)
    plt.close(figure)


def main(arguments: Sequence[str] = ()) -> None:
    """Print all tables and draw the figure."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks projections")
    parser.add_argument("--instances", type=int, default=8)
    parser.add_argument("--runs", type=int, default=4)
    options = parser.parse_args(list(arguments))
    autonomous()
    points = condition()
    clocked()
    energies()
    draw(points, links(options.instances, options.runs))


if __name__ == "__main__":
    main()

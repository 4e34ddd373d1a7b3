"""All p-bits at once: how max-cut collapses, and what brings it back.

Mean cuts of annealed machines over G-set graphs, in % of the best known, each p-bit having
as many updates in all of them. Published (arXiv 2601.15561, abstract): 0.8 % for all
p-bits at once, 98.4 +- 0.7 % where some of them stall at every tick, both over 16 graphs of
800 to 5000 nodes. Onizawa and Hanyu (arXiv 2604.01564) find autonomous machines to fail as
the delay comes up to the time between updates. A picture goes to ``docs/figures``.
"""

from __future__ import annotations

import argparse
import csv
from pathlib import Path
from typing import Any

import numpy as np

import compilers
import pbit
from benchmarks.timing import print_table
from hardware import Machine
from hardware.controllers import anneal

DATA = Path(__file__).parents[1] / "../shared/data/gset_maxcut"
FIGURE = Path(__file__).parents[1] / "docs" / "figures" / "parallel.png"
TAU = 1e-9
GRAPHS = (
    *("G1", "G6", "G11", "G12", "G14", "G18", "G22", "G27"),
    *("G32", "G35", "G43", "G49", "G50", "G55"),
)
SWEEPS, STEPS, SEEDS = 500, 100, 3
SHOWN = "G1"
AT = 60  # sweeps of the traces, at one temperature


def machines() -> dict[str, dict[str, Any]]:
    """Return designs; in all of them a p-bit updates once a TAU in the mean."""
    free = {"kind": "ideal", "tau_n": TAU}
    found: dict[str, dict[str, Any]] = {
        "sequential": {},  # `build` says how fast it ticks
        "all at once": {"fabric": {"kind": "synchronous", "clock_hz": 1 / TAU}},
    }
    for share in (0.75, 0.5, 0.25):
        fabric = {"kind": "masked", "probability": share, "clock_hz": 1 / share / TAU}
        found[f"masked, {share:g} a tick"] = {"fabric": fabric}
    found["autonomous"] = {}
    for ratio in (0.1, 0.5, 1.0, 2.0, 5.0):
        delay = {"kind": "delay", "tau_s": ratio * TAU}
        found[f"autonomous, delay {ratio:g} tau"] = {"synapse": delay}
    clocked = {"kind": "ideal"}
    return {
        name: {"name": name, "device": free if "auto" in name else clocked} | parts
        for name, parts in found.items()
    }


def build(model: pbit.IsingModel, design: dict[str, Any], seed: int) -> Machine:
    """Return a machine; a sequential one ticks n times a TAU."""
    if design["name"] == "sequential":
        fabric = {"kind": "sequential", "clock_hz": model.n / TAU}
        design = design | {"fabric": fabric}
    return Machine(model, design, rng=seed)


def spread(model: pbit.IsingModel) -> float:
    """Return the deviation of a field of random states: the scale of beta."""
    pairs = model.n * (model.n - 1)
    mean, square = model.J.data.sum() / pairs, (model.J.data**2).sum() / pairs
    return float(np.sqrt((model.n - 1) * (square - mean**2)))


def best_known() -> dict[str, float]:
    """Return the best known cut of every graph."""
    with (DATA / "best_known.csv").open() as file:
        return {
            row["file"][:-4]: float(row["best"])
            for row in csv.DictReader(file)
            if row["best"]
        }


def load(name: str) -> pbit.IsingModel:
    """Return the model of a graph: its energy is minus the cut."""
    model = compilers.load(DATA / f"{name}.txt").model
    assert isinstance(model, pbit.IsingModel)  # noqa: S101 - max-cut has an energy
    return model


def annealed(model: pbit.IsingModel, design: dict[str, Any], seed: int) -> float:
    """Return the last cut of one annealing run, of the published range of betas."""
    machine = build(model, design, seed)
    anneal(machine, np.geomspace(0.1, 10, STEPS) / spread(model), SWEEPS * TAU)
    state = machine.run(until=SWEEPS * TAU).state
    return -float(model.energy(state))


def study() -> dict[str, list[float]]:
    """Return, by machine, the mean cut of every graph in % of the best known."""
    known, designs = best_known(), machines()
    found: dict[str, list[float]] = {name: [] for name in designs}
    for graph in GRAPHS:
        model = load(graph)
        for name, design in designs.items():
            cuts = [annealed(model, design, seed) for seed in range(SEEDS)]
            found[name].append(100 * float(np.mean(cuts)) / known[graph])
    return found


def trace(
    model: pbit.IsingModel, design: dict[str, Any]
) -> tuple[list[float], list[float]]:
    """Return (sweeps, cuts) at one temperature, four samples a sweep."""
    machine = build(model, design, 1)
    machine.beta = 3 / spread(model)
    run = machine.run(until=AT * TAU, trace_every=TAU / 4)
    assert run.trace is not None  # noqa: S101 - asked for
    return (run.trace.times / TAU).tolist(), (-run.trace.energies).tolist()


def draw(found: dict[str, list[float]], path: Path) -> None:
    """Draw cuts over time, and mean cuts by machine."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    figure, (left, right) = plt.subplots(1, 2, figsize=(11, 4.4), layout="constrained")
    model, designs = load(SHOWN), machines()
    shown = (
        ("all at once", "C3"),
        ("masked, 0.5 a tick", "C0"),
        ("autonomous, delay 0.1 tau", "C2"),
        ("autonomous, delay 2 tau", "C1"),
    )
    for name, colour in shown:
        left.plot(*trace(model, designs[name]), color=colour, lw=1, label=name)
    left.axhline(best_known()[SHOWN], color="k", ls=":", lw=1, label="best known")
    left.set(xlabel="updates a p-bit", ylabel="cut", title=f"{SHOWN}, one temperature")
    left.legend(fontsize=8, loc="upper center", bbox_to_anchor=(0.5, -0.15), ncol=3)
    names = list(found)
    means = [np.mean(found[name]) for name in names]
    errors = [np.std(found[name]) for name in names]
    right.barh(names, means, xerr=errors, color="0.7")
    right.axvline(98.4, color="C0", ls="--", lw=1, label="published, partly stalled")
    right.axvline(0.8, color="C3", ls="--", lw=1, label="published, all at once")
    right.invert_yaxis()
    right.set(xlabel="mean cut, % of best known; lines: over graphs", xlim=(0, 105))
    right.set_title(f"annealed, {SWEEPS} updates a p-bit, {len(GRAPHS)} graphs")
    right.legend(fontsize=8, loc="upper center", bbox_to_anchor=(0.4, -0.15), ncol=2)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=70)
    plt.close(figure)


def main(arguments: list[str] | None = None) -> None:
    """Print the table and draw the figure."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks parallel")
    parser.add_argument("--figure", type=Path, default=FIGURE)
    given = parser.parse_args(arguments or [])
    if not DATA.exists():
        print("parallel: ../shared/data is not there, no graphs to cut")
        return
    found = study()
    rows = []
    for name, cuts in found.items():
        some = [f"{cut:.1f}" for cut in cuts]
        rows.append([name, f"{np.mean(cuts):.1f}", f"{np.std(cuts):.1f}", *some])
    print_table(
        f"Mean last cut of {SEEDS} runs in % of the best known, {len(GRAPHS)} graphs, "
        f"{SWEEPS} updates a p-bit",
        ["machine", "all graphs", "deviation", *GRAPHS],
        rows,
    )
    draw(found, given.figure)
    print(f"  figure: {given.figure.name}")


if __name__ == "__main__":
    import sys

    main(sys.argv[1:])

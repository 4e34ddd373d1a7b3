"""What shift registers do to samples: ``python -m benchmarks lfsr``.

The AND gate (three p-bits, sequential, the table and the comparator of the published digital
p-bit) with noise sources from bad to ideal: total variation between the share of time in
each state and the Boltzmann distribution. Then the energy of the published 37^3 glass. A
picture goes to ``out/lfsr.png``.
"""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import numpy as np
from scipy import sparse

import hardware
import pbit
from benchmarks.timing import print_table
from pbit.checks import Floats

DATA = Path(__file__).parents[1] / "../shared/data/published/ea3d_size37"
PICTURE = Path(__file__).parents[1] / "out" / "lfsr.png"
GATE = pbit.IsingModel(
    np.array([[0.0, -1, 2], [-1, 0, 2], [2, 2, 0]]),
    [1.0, 1, -2],
    labels=["A", "B", "C"],
)
SWEEPS, SEEDS = 1_000_000, 5
CLOCK = 1e6
SHARED_8 = "8-bit LFSR, one for all"
PRIVATE_32 = "32-bit LFSR each"
DECIMATED_32 = "32-bit LFSR each, decimated"
IDEAL_32 = "ideal, 32 bits"
#: Name -> (noise table, bits compared).
SOURCES: dict[str, tuple[dict[str, Any], int]] = {
    SHARED_8: ({"kind": "lfsr", "width": 8, "sharing": "all"}, 8),
    "8-bit LFSR each": ({"kind": "lfsr", "width": 8}, 8),
    "ideal, 8 bits": ({"kind": "ideal"}, 8),
    "32-bit LFSR, one for all": ({"kind": "lfsr", "width": 32, "sharing": "all"}, 32),
    PRIVATE_32: ({"kind": "lfsr", "width": 32}, 32),
    DECIMATED_32: ({"kind": "lfsr", "width": 32, "shift": 32}, 32),
    "32-bit xorshift each": ({"kind": "xorshift"}, 32),
    IDEAL_32: ({"kind": "ideal"}, 32),
}
SHOWN = {  # bars of the picture
    SHARED_8: "#D55E00",
    PRIVATE_32: "#0072B2",
    DECIMATED_32: "#56B4E9",
    IDEAL_32: "#9AA0A6",
}
GLASS_BETA, GLASS_SWEEPS = 0.5, 400


def design(noise: dict[str, Any], bits: int) -> dict[str, Any]:
    """Return the published p-bit, one update a tick, with another noise source."""
    device = {"kind": "digital", "input": "s[4][1]", "bits": bits}
    return {
        "name": "LFSR study",
        "device": device,
        "synapse": {"kind": "mac", "weights": "s[4][1]"},
        "fabric": {"kind": "sequential", "clock_hz": CLOCK},
        "noise": noise,
    }


def occupancies(source: str, sweeps: int = SWEEPS, seeds: int = SEEDS) -> Floats:
    """Return the gate's share of time in each state, a row a seed."""
    made = design(*SOURCES[source])
    span = sweeps * GATE.n / CLOCK
    runs = [hardware.Machine(GATE, made, seed).run(span) for seed in range(seeds)]
    return np.array([run.occupancy for run in runs])


def variations(shares: Floats) -> Floats:
    """Return the total variation of rows of shares from the Boltzmann distribution."""
    exact = pbit.exact.probabilities(GATE)
    return np.asarray(0.5 * np.abs(shares - exact).sum(axis=-1))


def main() -> None:
    """Print the tables and draw the gate."""
    shares = {source: occupancies(source) for source in SOURCES}
    rows = []
    for source, table in shares.items():
        each = variations(table)
        spread = f"{each.min():.4f} to {each.max():.4f}"
        rows.append([source, f"{each.mean():.4f}", spread])
    print_table(
        f"AND gate, {SWEEPS:,} sweeps, {SEEDS} seeds: total variation from Boltzmann",
        ["noise source", "mean", "seeds"],
        rows,
    )
    draw(shares)
    print(f"  {PICTURE.name} is in {PICTURE.parent.name}/")
    if DATA.exists():
        report_glass()


def report_glass() -> None:
    """Print the mean energy a spin of the glass with three sources."""
    rows = []
    for source in (PRIVATE_32, DECIMATED_32, IDEAL_32):
        energies = glass_energies(SOURCES[source][0])
        error = energies.std(ddof=1) / np.sqrt(energies.size)
        rows.append([source, f"{energies.mean():.5f}", f"{error:.5f}"])
    print_table(
        f"Glass of 50,653 p-bits on ucsb-fpga, beta {GLASS_BETA:g}: energy a p-bit",
        ["noise source", "mean of 4 runs", "+-"],
        rows,
    )


def glass() -> pbit.IsingModel:
    """Return the published glass."""
    with gzip.open(DATA / "L37_0000.txt.gz", "rt", encoding="ascii") as file:
        n = int(file.readline().split()[0])
        rows = np.loadtxt(file)
    i, j = rows[:, 0].astype(np.int64) - 1, rows[:, 1].astype(np.int64) - 1
    half = sparse.coo_matrix((rows[:, 2], (i, j)), (n, n)).tocsr()
    return pbit.IsingModel(half + half.T)


def glass_energies(noise: dict[str, Any]) -> Floats:
    """Return the energy a p-bit at the end of four runs from random states."""
    model = glass()
    made = hardware.load_design("ucsb-fpga").to_dict() | {"noise": noise}
    energies = []
    for seed in range(4):
        machine = hardware.Machine(model, made, seed, beta=GLASS_BETA)
        machine.run(GLASS_SWEEPS / 15e6)
        energies.append(machine.energy / model.n)
    return np.array(energies)


def draw(shares: dict[str, Floats]) -> None:
    """Draw the share of time in every state of the gate, of the first seed."""
    from matplotlib.figure import Figure

    PICTURE.parent.mkdir(exist_ok=True)
    figure = Figure(figsize=(8, 3.6), layout="constrained")
    ax = figure.subplots()
    exact, width = pbit.exact.probabilities(GATE), 0.2
    for k, (source, colour) in enumerate(SHOWN.items()):
        place = np.arange(exact.size) + (k - 1.5) * width
        one = shares[source][0]  # the mean of seeds would hide what they differ by
        variation = float(variations(one))
        label = f"{source}: {variation:.3f}"
        ax.bar(place, one, width, color=colour, label=label)
    for state, share in enumerate(exact.tolist()):
        ax.plot([state - 0.45, state + 0.45], [share, share], color="#202124", lw=1.2)
    ax.plot([], [], color="#202124", lw=1.2, label="Boltzmann")
    names = [f"{state & 1}{state >> 1 & 1}{state >> 2}" for state in range(exact.size)]
    ax.set_xticks(range(exact.size), names)
    ax.set_xlabel("A B C")
    ax.set_ylabel("share of time")
    ax.set_ylim(top=0.68)
    ax.set_title(
        "AND gate, one seed; total variation from Boltzmann", loc="left", fontsize=11
    )
    ax.spines[["top", "right"]].set_visible(False)
    ax.legend(frameon=False, fontsize=8, ncols=2, loc="upper center")
    pbit.plots.save(figure, PICTURE, dpi=80)


if __name__ == "__main__":
    main()

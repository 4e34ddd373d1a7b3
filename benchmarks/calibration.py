"""Fidelity that spread costs and calibration brings back, on the full adder: table and figure.

``python -m benchmarks.calibration`` prints total variation to Boltzmann (exact, from the
machine's Markov chain) and writes ``docs/figures/calibration.png``.
"""

from __future__ import annotations

from pathlib import Path

import hardware
from hardware import plots
from hardware.machine import Machine
from pbit.plots import save
from tests.hardware.machines import design_of
from tests.hardware.test_calibration import FULL_ADDER, SPREAD, lost

SEEDS = 8
UPDATES = (2_000, 20_000, 200_000)


def main() -> None:
    """Print the table and draw the figure."""
    print("seed  before    " + "".join(f"{updates:>12}" for updates in UPDATES))
    found = None
    for seed in range(SEEDS):
        design = design_of("ideal") | {"spread": SPREAD | {"seed": seed}}
        machine = Machine(FULL_ADDER, design, rng=1)
        before, row = lost(machine), []
        for updates in UPDATES:
            found = hardware.calibrate(machine, updates=updates, rng=seed)
            better = Machine(FULL_ADDER, design, rng=1, programmed=found.programmed)
            row.append(1 - lost(better) / before)
        print(
            f"{seed:4}  {before:.4f}    " + "".join(f"{share:12.1%}" for share in row)
        )
    assert found is not None  # noqa: S101
    ax = plots.responses(
        found, title="Full adder, 10 % spread: responses before and after calibration"
    )
    path = Path(__file__).parents[1] / "docs/figures/calibration.png"
    path.parent.mkdir(exist_ok=True)
    save(ax.figure, path)


if __name__ == "__main__":
    main()

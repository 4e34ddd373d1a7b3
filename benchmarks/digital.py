"""Digital machines: updates a second of one core, bit-true, on the published 37^3 glass.

``python -m benchmarks digital``.
"""

from __future__ import annotations

import csv
import gzip
import statistics
import time
from typing import Any

import hardware
from benchmarks.lfsr import DATA, glass
from benchmarks.timing import REPEATS, print_table

PERIOD = 1 / 15e6
BETAS = (0.5, 2.0, 5.0)
BOUNDARY = 1369  # bits each way between the middle boards


def designs() -> dict[str, dict[str, Any]]:
    """Return the six boards, with boundary states instant or a period and more old."""
    six = hardware.load_design("ucsb-six-fpga").to_dict()
    path = DATA / "partition6_and_colours.csv.gz"
    with gzip.open(path, "rt", encoding="ascii", newline="") as file:
        parts = [int(row["part"]) - 1 for row in csv.DictReader(file)]
    # How fast the links are is unknown: that a period is enough for them is assumed.
    chips = {"parts": parts, "bandwidth_hz": BOUNDARY / PERIOD}
    return {
        "ucsb-six-fpga": six,
        "and links, a round a period": six | {"chips": chips},
        "fpga-chromatic": hardware.load_design("fpga-chromatic").to_dict(),
    }


def measure(design: dict[str, Any], beta: float) -> tuple[float, float]:
    """Return the median CPU seconds an update, and the share of updates that flip."""
    machine = hardware.Machine(glass(), design, rng=1, beta=beta)
    machine.run(20 * PERIOD)  # compiles, and leaves the random start behind
    times, share = [], 0.0
    for _ in range(REPEATS):
        start = time.process_time()
        run = machine.run(machine.env.now + 40 * PERIOD)
        times.append((time.process_time() - start) / run.updates)
        share = run.flips / run.updates
    return statistics.median(times), share


def main() -> None:
    """Print the table."""
    if not DATA.exists():
        print("digital: ../shared/data is not there, no glass to run")
        return
    rows = []
    for name, design in designs().items():
        for beta in BETAS:
            cost, share = measure(design, beta)
            speed = [f"{1e9 * cost:.1f}", f"{1e-6 / cost:.1f}"]
            rows.append([name, f"{beta:g}", f"{share:.3f}", *speed])
    print_table(
        "Glass of 50,653 p-bits, a colour a tick, one core",
        ["design", "beta", "flips an update", "ns/update", "M updates/s"],
        rows,
    )
    print(
        "  Of a digital update's 17 ns, sums over six scattered states take 7, the word and\n"
        "  its register 1.5, table and comparison 1, and 7 go to what takes effect and is\n"
        "  measured: mean, energy and best state. Sums are the floor: 12 32-bit words and 6\n"
        "  states that no vector load brings together.\n"
        "  fpga-chromatic is the same fabric with ideal p-bits in floating point."
    )


if __name__ == "__main__":
    main()

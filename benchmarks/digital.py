"""Digital machines: updates a second of one core, bit-true, on the published 37^3 glass.

``python -m benchmarks digital``.
"""

from __future__ import annotations

import statistics
import time

import hardware
from benchmarks.lfsr import DATA, glass
from benchmarks.timing import REPEATS, print_table

PERIOD = 1 / 15e6
BETAS = (0.5, 2.0, 5.0)
DESIGNS = ("ucsb-six-fpga", "fpga-chromatic")


def measure(design: str, beta: float) -> tuple[float, float]:
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
    for design in DESIGNS:
        for beta in BETAS:
            cost, share = measure(design, beta)
            speed = [f"{1e9 * cost:.1f}", f"{1e-6 / cost:.1f}"]
            rows.append([design, f"{beta:g}", f"{share:.3f}", *speed])
    print_table(
        "Glass of 50,653 p-bits, three colours, one core",
        ["design", "beta", "flips an update", "ns/update", "M updates/s"],
        rows,
    )
    print(
        "  A digital update reads 12 32-bit words (6 neighbours, 6 weights), 6 states, and\n"
        "  steps a register; sums, words and decisions of a colour are loops of their own.\n"
        "  fpga-chromatic is the same fabric with ideal p-bits in floating point."
    )


if __name__ == "__main__":
    main()

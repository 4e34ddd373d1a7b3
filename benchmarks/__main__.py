"""Run the tables of speed, or those named: ``python -m benchmarks samplers logic``."""

from __future__ import annotations

import importlib
import sys

SPEED = ("samplers", "scaling", "machines", "event_script", "factoring", "compile")
# What compiled problems reach on published instances; many minutes each.
QUALITY = ("solved", "logic", "gset", "ising2d")
# Published results, and ours on the same instances; minutes each.
PAPERS = ("spin_glass", "quantum", "xorsat")
# Machines beside what is published of them; minutes each.
MACHINES = (
    "digital",
    "pccop",
    "lfsr",
    "designs_1_2",
    "delay_law",
    "parallel",
    "projections",
)
# Learning, beside what is published of it; minutes each.
LEARNING = (
    "deep_mnist",
    "hopfield",
    "denoising",
    "wavefunction",
    "rbm",
    "deep_digits",
    "in_situ",
)
# A sweep that is killed and resumed, here and on a cluster; minutes.
SWEEPS = ("explore",)
ALL = SPEED + QUALITY + PAPERS + MACHINES + LEARNING + SWEEPS


def main(arguments: list[str]) -> int:
    """Print the tables named, those of speed if there are none.

    What follows from the first option on goes to the one table named before it.
    """
    at = next((k for k, word in enumerate(arguments) if word.startswith("-")), None)
    names, options = (arguments, []) if at is None else (arguments[:at], arguments[at:])
    unknown = [name for name in names if name not in ALL]
    if unknown:
        print(f"no table is called {unknown[0]!r}: {', '.join(ALL)}")
        return 2
    if options:
        (name,) = names
        importlib.import_module(f"benchmarks.{name}").main(options)
        return 0
    for name in names or SPEED:
        importlib.import_module(f"benchmarks.{name}").main()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

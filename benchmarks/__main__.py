"""Run the tables of speed, or those named: ``python -m benchmarks samplers logic``."""

from __future__ import annotations

import importlib
import sys

SPEED = ("samplers", "machines", "factoring", "compile")
# What compiled problems reach on published instances; many minutes each.
QUALITY = ("solved", "logic")


def main(names: list[str]) -> int:
    """Print the tables called `names`, those of speed if there are none."""
    unknown = [name for name in names if name not in SPEED + QUALITY]
    if unknown:
        print(f"no table is called {unknown[0]!r}: {', '.join(SPEED + QUALITY)}")
        return 2
    for name in names or SPEED:
        importlib.import_module(f"benchmarks.{name}").main()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Run all tables, or those named: ``python -m benchmarks samplers machines``."""

from __future__ import annotations

import sys

from benchmarks import factoring, machines, samplers

TABLES = {"samplers": samplers, "machines": machines, "factoring": factoring}


def main(names: list[str]) -> int:
    """Print the tables called `names`, all if there are none."""
    unknown = [name for name in names if name not in TABLES]
    if unknown:
        print(f"no table is called {unknown[0]!r}; there are {', '.join(TABLES)}")
        return 2
    for name in names or TABLES:
        TABLES[name].main()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

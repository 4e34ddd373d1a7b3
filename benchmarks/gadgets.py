"""Make the table of gadgets that the package ships: ``python -m benchmarks.gadgets``.

All functions of one to three inputs, the adders, and functions of four inputs: the
cells that synthesis emits and a random sample. Each is searched with 0, 1, 2 ...
auxiliary p-bits until one fits; what was excluded is in the table too. Takes about an
hour; entries that are there are kept.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

import compilers.logic
from compilers.logic.search import Coefficients, largest_gap
from compilers.logic.symmetry import representative

TABLE = Path(compilers.logic.__file__).parent / "data" / "gadgets.json"
SECONDS = 600.0
SAMPLE = 8
Rows = tuple[int, ...]


def functions(k: int, outputs: list[int]) -> Iterator[tuple[Rows, int]]:
    """Yield the relations y = f(x) of functions given as numbers, bit x for input x."""
    for f in outputs:
        rows = tuple(x | (f >> x & 1) << k for x in range(1 << k))
        image, _ = representative(rows, k + 1)
        yield tuple(sorted(image)), k + 1


def adders() -> Iterator[tuple[Rows, int]]:
    """Yield the half and the full adder: sum and carry of two and three bits."""
    for k in (2, 3):
        rows = [x | x.bit_count() << k for x in range(1 << k)]
        image, _ = representative(rows, k + 2)
        yield tuple(sorted(image)), k + 2


def number(f: str, k: int) -> int:
    """Return the number of a function written over a, b, c, d with & | ^ and 1 - x."""
    tables = {
        "AND": lambda x: all(x),
        "XOR": lambda x: sum(x) % 2,
        "AOI": lambda x: not ((x[0] and x[1]) or (x[2] and x[3])),
        "AOI21": lambda x: not ((x[0] and x[1]) or (x[2] or x[3])),
        "MAJ": lambda x: sum(x) > 2,
    }
    bits = ([x >> i & 1 for i in range(k)] for x in range(1 << k))
    return sum(bool(tables[f](x)) << place for place, x in enumerate(bits))


def wanted() -> Iterator[tuple[Rows, int, int, int]]:
    """Yield rows, pins, bits and the auxiliary p-bits allowed, no class twice."""
    seen = set()
    cells = [number(f, 4) for f in ("AOI", "AND", "AOI21", "MAJ", "XOR")]
    sample = np.random.default_rng(1).integers(0, 1 << 16, SAMPLE).tolist()
    for tables, bits, aux in (
        ([*functions(1, list(range(4))), *functions(2, list(range(16)))], (2, 3, 4), 2),
        ([*adders(), *functions(3, list(range(256)))], (3, 4, 5), 2),
        ([*functions(4, cells)], (3, 4), 3),
        ([*functions(4, sample)], (4,), 2),
    ):
        for width in bits:
            for rows, n in tables:
                if (rows, n, width) not in seen:
                    seen.add((rows, n, width))
                    yield rows, n, width, aux


def search(rows: Rows, n: int, bits: int, aux: int) -> list[dict[str, object]]:
    """Return the entries of one class."""
    entries: list[dict[str, object]] = []
    for n_aux in range(aux + 1):
        start = time.perf_counter()
        found = largest_gap(rows, n, n_aux, (1 << bits - 1) - 1, SECONDS)
        took = time.perf_counter() - start
        mask = sum(1 << row for row in rows)
        entry = {"pins": n, "rows": f"{mask:x}", "bits": bits, "aux": n_aux}
        what = f"{n} pins {mask:x}: {bits} bits, {n_aux} auxiliary, {took:.1f} s"
        if isinstance(found, Coefficients):
            entry |= {"gap": found.gap, "proven": found.proven}
            entry |= {"h": list(found.h), "J": [list(row) for row in found.J]}
            print(f"{what}: gap {found.gap}, proven {found.proven}", flush=True)
            return [*entries, entry]
        print(f"{what}: {'none' if found else 'undecided'}", flush=True)
        if not found:
            return entries
        entries.append(entry)
    return entries


def save(entries: list[dict[str, object]]) -> None:
    """Write the table, an entry a line."""
    lines = ",\n".join(json.dumps(entry) for entry in entries)
    TABLE.write_text(f'{{"gadgets": [\n{lines}\n]}}\n')


def main() -> None:
    """Add what is missing, and write the table after every class."""
    entries = json.loads(TABLE.read_text())["gadgets"]
    have = {(entry["pins"], entry["rows"], entry["bits"]) for entry in entries}
    for rows, n, bits, aux in wanted():
        if (n, f"{sum(1 << row for row in rows):x}", bits) not in have:
            entries += search(rows, n, bits, aux)
            save(entries)


if __name__ == "__main__":
    main()

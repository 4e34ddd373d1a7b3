"""Logic: p-bits and couplings a design takes, beside published constructions; gadgets."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import compilers
from benchmarks.timing import cpu_seconds, print_table
from compilers.formats.bench import read_bench
from compilers.formats.blif import read_blif
from compilers.formats.verilog import read_verilog
from compilers.logic import gadget, prove
from compilers.logic.gates import GATES
from compilers.logic.netlist import Netlist

ROOT = Path(__file__).resolve().parents[1]
VERILOG = ROOT / "examples" / "verilog"
NETLISTS = ROOT / ".." / "shared" / "data" / "netlists"
ARRAY = "3n² + n, AND and full-adder array"
FOURTEEN = "14 n, PRX 2017 (directed carries)"
SIX = "5 n + 1, igronin47/P-bits"
Design = tuple[str, Callable[[], compilers.Program], int | None, str]


def _simplified(read: Callable[[], Netlist]) -> Callable[[], compilers.Program]:
    return lambda: compilers.circuit(read(), simplify=True)


def designs() -> Iterator[Design]:
    """Yield name, compiler, published p-bits and where these are from."""
    for n in (4, 8, 16, 32, 64):
        yield (
            f"multiplier({n}, {n})",
            lambda n=n: compilers.multiplier(n, n),
            3 * n * n + n,
            ARRAY,
        )
    yield "adder(4)", lambda: compilers.adder(4), 21, SIX
    yield "adder(32)", lambda: compilers.adder(32), 448, FOURTEEN
    for name, cycles, published, source in (
        ("multiplier8.v", None, 200, ARRAY),
        ("alu16.v", None, None, ""),
        ("counter4.v", 8, None, ""),
    ):
        label = name if cycles is None else f"{name}, {cycles} cycles"
        read = _verilog(VERILOG / name, cycles)
        yield label, _simplified(read), published, source
    for name in ("c17", "c432", "c499", "c880", "c1908", "c6288"):
        path = NETLISTS / f"{name}.bench"
        if path.exists():
            published = 3 * 256 + 16 if name == "c6288" else None
            read = _bench(path)
            source = ARRAY if published else ""
            yield f"{name}.bench", _simplified(read), published, source
    path = NETLISTS / "adder.blif"
    if path.exists():
        yield (
            "EPFL adder.blif, 128 bits",
            _simplified(lambda: read_blif(path)),
            14 * 128,
            FOURTEEN,
        )


def _verilog(path: Path, cycles: int | None) -> Callable[[], Netlist]:
    return lambda: read_verilog(path, cycles=cycles)


def _bench(path: Path) -> Callable[[], Netlist]:
    return lambda: read_bench(path)


def _row(design: Design) -> list[str]:
    name, make, published, source = design
    start = time.perf_counter()
    program = make()
    seconds = time.perf_counter() - start
    start = time.perf_counter()
    proof = prove(program)
    proved = f"{time.perf_counter() - start:.2f}" if proof else "FAILED"
    couplings = program.model.J.nnz // 2
    beside = "" if published is None else f"{published}"
    return [
        name, str(program.n), str(couplings), beside, f"{seconds:.2f}", proved, source,
    ]  # fmt: skip


def _gate_rows() -> Iterator[list[str]]:
    for gate in GATES.values():
        visible = [gate.pins.index(pin) for pin in (*gate.inputs, *gate.outputs)]
        rows = ["".join(row[k] for k in visible) for row in gate.rows]
        largest = max(map(abs, (*gate.h, *(w for row in gate.J for w in row))))
        bits = largest.bit_length() + 1
        found = gadget(rows, max_aux=1, bits=bits)
        yield [
            gate.name,
            f"{len(gate.pins) - len(visible)}",
            f"{gate.gap:g}",
            f"{found.n_aux}",
            f"{found.gap}",
            f"{bits}",
        ]


def _function_rows() -> Iterator[list[str]]:
    counts: dict[tuple[int, int], int] = {}
    for f in range(256):
        found = gadget([f >> x & 1 for x in range(8)])
        kind = found.n_aux, found.gap
        counts[kind] = counts.get(kind, 0) + 1
    for (aux, gap), count in sorted(counts.items()):
        yield [str(aux), str(gap), str(count)]


def main() -> None:
    """Print the tables."""
    print_table(
        "Designs: every one proved (its p-bits against its gates, these against the file)",
        [
            "design",
            "p-bits",
            "couplings",
            "published p-bits",
            "compile s",
            "prove s",
            "published",
        ],
        [_row(design) for design in designs()],
    )
    seconds = min(cpu_seconds(lambda: compilers.multiplier(64, 64)) for _ in range(3))
    print(f"  multiplier(64, 64) compiles in {seconds:.2f} s of processor time")
    print_table(
        "Gadgets beside the published gates, coefficients as wide as these have",
        ["gate", "auxiliary", "gap", "auxiliary, ours", "gap, ours", "bits"],
        list(_gate_rows()),
    )
    print_table(
        "All functions of three inputs, 4 bits: fewest auxiliary p-bits, largest gap",
        ["auxiliary", "gap", "functions"],
        list(_function_rows()),
    )


if __name__ == "__main__":
    main()

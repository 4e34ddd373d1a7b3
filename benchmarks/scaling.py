"""From a thousand to a million p-bits: ns per update, and memory beside what is promised.

Each row is a process of its own: a cubic lattice of degree 6, made by `pbit.IsingModel` from
a sparse matrix, and `pbit.sample` on one thread. Memory (Linux) is what is resident beyond the
process with all imported and compiled and the input matrix made: at most while the model is
built, of the model, and with the model at most while it is sampled, less the states: two
bytes and a bit a p-bit and chain (they are at work, kept, and packed). The bound is
100 n + 40 e bytes.
"""

from __future__ import annotations

import ctypes
import gc
import json
import subprocess
import sys
from pathlib import Path

import scipy.sparse as sp

import pbit
from benchmarks.instances import gaussian, torus
from benchmarks.timing import cpu_seconds, print_table

SHAPES = {
    10**3: (10, 10, 10),
    10**4: (25, 20, 20),
    10**5: (50, 50, 40),
    10**6: (100,) * 3,
}
KINDS = (("±J", 512), ("±J", 64), ("±J", 1), ("normal", 64), ("normal", 1))
BETA = 0.3  # hot
STATES = 2 + 1 / 8  # bytes a p-bit and chain
UPDATES = {1: 3e7, 64: 2e8, 512: 5e8}


def resident(field: str) -> int:
    """Return a field of this process's status in bytes: VmRSS, or VmHWM, its peak."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return 1024 * int(next(x for x in lines if x.startswith(field)).split()[1])


def forget_peak() -> None:
    """Give back what is free, and let the peak be what is resident now."""
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)
    Path("/proc/self/clear_refs").write_text("5")


def report(n: int, weights: str, n_chains: int) -> None:
    """Print, as JSON, what one row says."""

    def sweep(model: pbit.IsingModel, sweeps: int) -> None:
        pbit.sample(
            model, BETA, n_chains, sweeps, 0, rng=1, keep_every=sweeps, n_threads=1
        )

    def build(shape: tuple[int, int, int]) -> sp.csr_array:
        made = torus(shape)
        return (made if weights == "±J" else gaussian(made)).J

    sweep(pbit.IsingModel(build(SHAPES[10**3])), 2)
    J = build(SHAPES[n])
    forget_peak()
    before = resident("VmRSS")
    model = pbit.IsingModel(J)
    built = resident("VmHWM") - before
    forget_peak()
    kept = resident("VmRSS") - before
    sweeps = max(12, int(UPDATES[n_chains] / (n * n_chains)))
    sweep(model, 1)  # memory that was never touched costs more
    start = cpu_seconds(lambda: sweep(model, 1))
    more = cpu_seconds(lambda: sweep(model, 1 + sweeps)) - start
    used = resident("VmHWM") - before - int(STATES * n * n_chains)
    cost = more / (n * n_chains * sweeps)
    print(
        json.dumps(
            {
                "seconds": cost,
                "start": start,
                "built": built,
                "kept": kept,
                "used": used,
            }
        )
    )


def main() -> None:
    """Print the table."""
    rows = []
    for weights, n_chains in KINDS:
        for n in SHAPES:
            command = "from benchmarks.scaling import report; "
            command += f"report({n}, {weights!r}, {n_chains})"
            answer = subprocess.run(  # noqa: S603 - our own interpreter and code
                [sys.executable, "-c", command],
                capture_output=True,
                text=True,
                check=True,
            )
            found = json.loads(answer.stdout)
            bound = 100 * n + 40 * 3 * n
            cells = [
                weights,
                str(n_chains),
                f"{n:.0e}",
                f"{1e9 * found['seconds']:.2f}",
                f"{1e9 * found['start'] / (n * n_chains):.1f}",
            ]
            cells += [f"{found[k] / 1e6:.1f}" for k in ("built", "kept", "used")]
            rows.append([*cells, f"{bound / 1e6:.1f}"])
    print_table(
        "cubic lattice, hot, one thread",
        [
            "weights",
            "chains",
            "p-bits",
            "ns/update",
            "ns started",
            "MB built",
            "MB kept",
            "MB sampled",
            "bound",
        ],
        rows,
    )

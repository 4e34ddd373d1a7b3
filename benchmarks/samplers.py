"""Sampling: ns per update on one core, beside four peers on the same models in the same run.

Ours are whole calls of `pbit.sample`. Of the peers, conversion and compiling are left out, each
has the faster of its rules, and the best of them is who is compared with.

Where the time goes, per update on a processor with AVX-512 at 4 GHz, and what bounds it:

* Whole numbers, 512 chains: see :mod:`pbit.kernels.bitsliced`. Three blocks of Philox for 12
  bits of 512 chains are most of it; rows come from the second-level cache up to 10^4 p-bits.
* Any weights, 32 chains in lanes. Draws 0.2 to 0.3 ns: Philox is 10 rounds of two products
  for 4 draws, some 3 vector instructions of 8 lanes a draw, and the rough limit 19 of 16
  lanes. Decisions 0.3 to 0.5 ns, in which 8 bytes of input and 4 of limit are read; they come
  from the second-level cache up to 1000 p-bits and from the third up to 10^5. Telling a
  neighbour reads and writes 8 bytes a lane whether it flips or not: 0.05 ns a neighbour,
  what the second-level cache delivers (G1: 48 neighbours, 2.4 ns hot).
* Dense, 64 chains. A flip adds a row of 8 n bytes to the inputs. Sums may not be reordered,
  so it is one product and one sum an input, half an instruction of 8 lanes a cycle: 512
  inputs take 64 cycles, 16 ns, if half of the updates flip 8 ns. Measured 20 to 24.
* One chain. Draws 0.3 ns by the rough limit, of whole numbers 2 ns, as eight chances in 512
  come of a draw for all; a misjudged branch where half flip, 4 ns, unless neighbours are few
  and told of what did not happen too; then some 3 cycles a neighbour.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

import pbit
from benchmarks.instances import dense, g1, gaussian, regular, square_torus, torus
from benchmarks.peers import Dwave, Ferrotherm, Openjij, Thrml
from benchmarks.timing import cpu_seconds, median_seconds, print_table

OURS, THEIRS = 0.3, 0.15  # seconds of a measurement
PEERS = {"dwave": Dwave, "openjij": Openjij, "ferrotherm": Ferrotherm, "thrml": Thrml}

MANY = {"±J": 512, "normal": 64}


class Case(NamedTuple):
    """One row of a table."""

    instance: str
    weights: str
    model: pbit.IsingModel
    beta: float
    target: float


def cases(single: bool) -> list[Case]:
    """Return the rows: each model hot (about half of the updates flip) and nearly frozen."""
    graphs = (
        ("torus 12^3", torus((12, 12, 12)), (0.3, 3.0), 25.0),
        ("torus 100^2", square_torus(), (0.4, 3.0), 25.0),
        ("3-regular 10^4", regular(), (0.4, 3.0), 25.0),
        ("G1", g1(), (0.15, 3.0), 5.0),
    )
    found = []
    for name, model, betas, target in graphs:
        for weights, made, goal in (
            ("±J", model, target),
            ("normal", gaussian(model), 4.0),
        ):
            found += [
                Case(name, weights, made, b, 1.3 if single else goal) for b in betas
            ]
    goal = 1.3 if single else 3.0
    return [*found, *(Case("SK 512", "normal", dense(), b, goal) for b in (0.5, 6.0))]


def enough(work: Callable[[int], object], seconds: float) -> int:
    """Return how many sweeps take about so many seconds."""
    work(1)
    sweeps, spent = 10, 0.0
    while spent < seconds / 10:
        sweeps *= 4
        spent = cpu_seconds(lambda count=sweeps: work(count))
    return max(10, int(sweeps * seconds / spent))


def ours(model: pbit.IsingModel, beta: float, n_chains: int) -> float:
    """Return seconds per update of `pbit.sample`, everything included."""

    def work(sweeps: int) -> None:
        pbit.sample(
            model, beta, n_chains, sweeps, 0, rng=1, keep_every=sweeps, n_threads=1
        )

    sweeps = enough(work, OURS)
    return median_seconds(lambda: work(sweeps)) / (n_chains * sweeps * model.n)


def theirs(peer: Any, n: int, beta: float, reads: int) -> float:
    """Return seconds per update of a peer at its best rule."""
    # Those that take one chain after the other need but one.
    reads = reads if peer.side_by_side else 1
    costs = []
    for rule in range(len(peer.rules)):

        def work(sweeps: int, rule: int = rule) -> None:
            peer.hold(beta, reads, sweeps, rule)

        # Where every number of sweeps is compiled anew, two have to do.
        sweeps = 100 if peer.side_by_side else enough(work, THEIRS)
        long, short = (
            median_seconds(lambda s=s: work(s), 3) for s in (sweeps + 10, 10)
        )
        costs.append((long - short) / (reads * sweeps * n))
    return min(costs)


def table(single: bool) -> list[str]:
    """Print one table; return the rows that miss their target."""
    rows, missed, made = [], [], {}
    for case in cases(single):
        model = case.model
        chains = 1 if single else MANY[case.weights]
        mine = ours(model, case.beta, chains)
        costs = {}
        for name, kind in PEERS.items():
            if name == "thrml" and (model.n < 600 and model.J.nnz > model.n * 100):
                continue
            if (name, id(model)) not in made:
                made[name, id(model)] = kind(model), model
            peer = made[name, id(model)][0]
            costs[name] = theirs(peer, model.n, case.beta, min(chains, 64))
        ratio = min(costs.values()) / mine
        cells = [case.instance, case.weights, f"{case.beta:g}", str(chains)]
        cells += [f"{1e9 * mine:.2f}"]
        cells += [f"{1e9 * costs[p]:.1f}" if p in costs else "" for p in PEERS]
        rows.append([*cells, f"{ratio:.1f}", f"{case.target:g}"])
        print(" ".join(rows[-1]), flush=True)
        if ratio < case.target:
            missed.append(f"{case.instance} {case.weights} {case.beta:g}: {ratio:.2f}")
    header = ["instance", "weights", "beta", "chains", "pbit", *PEERS]
    title = "one chain" if single else "many chains"
    print_table(title, [*header, "times faster", "target"], rows)
    return missed


def two_threads() -> None:
    """Print how much faster two threads are: wall time, the best of many."""
    rows = []
    for name, model, beta, chains in (
        ("torus 12^3, ±J", torus((12, 12, 12)), 0.3, 1024),
        ("torus 12^3, normal", gaussian(torus((12, 12, 12))), 0.3, 128),
    ):
        sweeps = 1000

        def work(
            threads: int,
            model: pbit.IsingModel = model,
            beta: float = beta,
            chains: int = chains,
            sweeps: int = sweeps,
        ) -> float:
            start = time.perf_counter()
            pbit.sample(
                model, beta, chains, sweeps, 0, rng=1, keep_every=sweeps,
                n_threads=threads,
            )  # fmt: skip
            return time.perf_counter() - start

        work(2)
        pairs = np.array([[work(1), work(2)] for _ in range(10)]).min(axis=0)
        rows.append([name, *(f"{p:.3f}" for p in pairs), f"{pairs[0] / pairs[1]:.2f}"])
    print_table(
        "two threads, seconds of wall time, best of ten",
        ["chains of", "one thread", "two threads", "times faster"],
        rows,
    )


def main() -> None:
    """Print the tables."""
    print("ns per update, one thread, CPU time (medians), all in one run")
    missed = table(single=False) + table(single=True)
    print(f"  targets missed: {'; '.join(missed) if missed else 'none'}")
    two_threads()

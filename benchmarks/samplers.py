"""Gibbs sampling: ns per update beside dwave-samplers, 64 chains, one thread."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp

import pbit
from benchmarks.instances import g1, torus
from benchmarks.timing import median_seconds, print_table

CHAINS, SWEEPS = 64, 200
# Inverse temperatures: about half of the updates flip, an ordinary one, nearly frozen.
CASES = (
    ("torus 12^3", torus((12, 12, 12)), (0.3, 1.0, 2.0)),
    ("G1", g1(), (0.15, 0.5, 2.0)),
)


def ours(model: pbit.IsingModel, beta: float) -> float:
    """Return seconds per update of `pbit.sample`, everything included."""

    def work() -> None:
        pbit.sample(
            model,
            beta,
            CHAINS,
            SWEEPS,
            n_warmup=0,
            rng=1,
            keep_every=SWEEPS,
            n_threads=1,
        )

    return median_seconds(work) / (CHAINS * SWEEPS * model.n)


def dwave(model: pbit.IsingModel, beta: float) -> float:
    """Return seconds per update of dwave-samplers' Gibbs, conversion left out."""
    import dimod
    from dwave.samplers import SimulatedAnnealingSampler

    upper = sp.triu(model.J, k=1).tocoo()
    bqm = dimod.BinaryQuadraticModel.from_ising(
        dict.fromkeys(range(model.n), 0.0),
        {
            (int(i), int(j)): -float(w)
            for i, j, w in zip(upper.row, upper.col, upper.data, strict=True)
        },
    )
    sampler = SimulatedAnnealingSampler()

    def work(sweeps: int) -> None:
        sampler.sample(
            bqm,
            num_reads=CHAINS,
            num_sweeps_per_beta=sweeps,
            beta_schedule_type="custom",
            beta_schedule=[beta],
            proposal_acceptance_criteria="Gibbs",
            seed=1,
        )

    # What does not depend on the number of sweeps is conversion, not sampling.
    long, short = (median_seconds(lambda s=s: work(s)) for s in (SWEEPS + 1, 1))
    return (long - short) / (CHAINS * SWEEPS * model.n)


def main() -> None:
    """Print the table."""
    rows = []
    for name, model, betas in CASES:
        for beta in betas:
            mine, theirs = ours(model, beta), dwave(model, beta)
            numbers = [f"{1e9 * value:.2f}" for value in (mine, theirs)]
            rows.append([name, f"{beta:g}", *numbers, f"{theirs / mine:.2f}"])
    print_table(
        f"Gibbs, {CHAINS} chains, one thread: ns per update (median of 5, CPU time)",
        ["instance", "beta", "pbit", "dwave-samplers", "times faster"],
        rows,
    )
    ratios = np.array([float(row[-1]) for row in rows])
    print(f"  at least as fast everywhere: {'yes' if (ratios >= 1).all() else 'NO'}")

"""Wave functions of p-bits against exact energies: ``python -m benchmarks wavefunction``.

Rings of ten sites in a transverse field, below, at and above the critical one: how far above
the exact ground energy variational Monte Carlo ends, by stochastic reconfiguration from
samples of p-bits or from exact sums. Energies are of all 1024 amplitudes.
"""

from __future__ import annotations

from benchmarks.timing import cpu_seconds, print_table
from pbit.learning import (
    RBMWaveFunction,
    TransverseIsing,
    find_ground,
    variational_energy,
)

SITES, STEPS = 10, 200
GAMMAS = (0.5, 1.0, 2.0)
CASES = ((10, None), (10, 1000), (20, 1000))  # hidden units, samples a step
SEEDS = (0, 1)


def excess(gamma: float, n_hidden: int, n_samples: int | None, seed: int) -> float:
    """Return (energy - exact) / |exact| after the steps."""
    ring = TransverseIsing.chain(SITES, gamma)
    psi = RBMWaveFunction(SITES, n_hidden, rng=seed)
    find_ground(ring, psi, STEPS, n_samples=n_samples, rng=seed)
    exact = ring.ground_energy()
    return (variational_energy(ring, psi).value - exact) / abs(exact)


def main() -> None:
    """Print the table."""
    rows = []
    for gamma in GAMMAS:
        for n_hidden, n_samples in CASES:
            found: list[float] = []

            def work(
                case: tuple[float, int, int | None] = (gamma, n_hidden, n_samples),
                found: list[float] = found,
            ) -> None:
                found += [excess(*case, seed) for seed in SEEDS]

            seconds = cpu_seconds(work) / len(SEEDS)
            how = "all states" if n_samples is None else f"{n_samples} samples"
            errors = ", ".join(f"{error:.1e}" for error in found)
            rows.append([f"{gamma:g}", f"{n_hidden}", how, errors, f"{seconds:.1f}"])
    print_table(
        f"Ring of {SITES} sites, J = 1, {STEPS} steps: energy above the exact one, relative",
        ["gamma", "hidden units", "averages over", "two seeds", "CPU s"],
        rows,
    )


if __name__ == "__main__":
    main()

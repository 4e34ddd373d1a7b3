"""10. P-bits as a quantum state: the ground state of a magnetic ring at its critical point.

Ten spins want to be equal and a transverse field mixes them, at the strength where neither
wins. The squared wave function is a restricted Boltzmann machine, whose p-bits draw the
samples from which it learns (G. Carleo and M. Troyer, Science 355, 602 (2017)).
"""

# ruff: noqa: S101 - an example ends with what it claims

from pbit.learning import (
    RBMWaveFunction,
    TransverseIsing,
    critical_chain_energy,
    find_ground,
    variational_energy,
)

ring = TransverseIsing.chain(10)  # J = gamma = 1
exact = ring.ground_energy()
print(
    f"exact diagonalisation {exact:.6f}, free fermions {critical_chain_energy(10):.6f}"
)

psi = RBMWaveFunction(10, 10, rng=1)  # 120 parameters; the state has 1024 amplitudes
print("steps   energy of all amplitudes   off by")
for steps in (0, 10, 30, 60, 100):
    if steps:
        find_ground(ring, psi, steps, n_samples=500, rng=steps)
    energy = variational_energy(ring, psi).value
    print(f"{steps:>5}   {energy:>10.6f}                 {energy / exact - 1:+.1e}")
assert exact <= energy < 0.999 * exact

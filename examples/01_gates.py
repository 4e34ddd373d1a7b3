"""1. A gate is three p-bits whose most probable states are its truth table."""

# ruff: noqa: S101 - an example ends with what it claims

import compilers
import pbit

gate = compilers.gate("AND")  # p-bits A, B and C = A and B
exact = pbit.exact.probabilities(gate.model, beta=1.0)
samples = pbit.sample(gate.model, beta=1.0, n_chains=512, n_sweeps=4000, rng=1)
sampled = samples.occupancy()

print("A B C   exact   sampled")
for number in range(8):  # bit i of the number is p-bit i
    state = [2 * (number >> i & 1) - 1 for i in range(3)]
    answer = gate.decode(state)
    true = "true" if gate.check(answer) else ""
    bits = " ".join(str(answer[bus]) for bus in "ABC")
    print(f"{bits}   {exact[number]:.3f}   {sampled[number]:.3f}   {true}")

distance = 0.5 * abs(exact - sampled).sum()
print(f"total variation distance {distance:.4f}")
assert distance < 0.01

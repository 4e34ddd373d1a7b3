"""2. A graph becomes couplings; the lowest energy is the largest cut."""

# ruff: noqa: S101 - an example ends with what it claims

import networkx as nx

import compilers
import pbit

graph = nx.petersen_graph()
program = compilers.maxcut(graph)  # J = -w/2, so that E(m) = -cut(m)

best = pbit.exact.ground_states(program.model)  # all 2**10 states, enumerated
samples = pbit.anneal(program.model, n_chains=8, n_sweeps=100, rng=1)
sides = program.decode(samples.best[0])

print(f"best cuts   {len(best) // 2}, each with either side called 1")
print(f"sides       {sides}")
print(f"cut         {program.objective(sides)} of {graph.number_of_edges()} edges")
assert samples.best[0].tolist() in best.tolist()
assert program.objective(sides) == 12  # the Petersen graph's maximum cut

"""9. Where is the transition of the square lattice? Ask the samples.

Principal components of sampled configurations find the magnetization by themselves. The
confusion scheme finds the critical temperature: a classifier is taught to tell samples
below from above a made-up temperature, and is least confused where the guess is right
(E. P. L. van Nieuwenburg, Y.-H. Liu and S. D. Huber, Nature Physics 13, 435 (2017)).
"""

# ruff: noqa: S101 - an example ends with what it claims

import math

import networkx as nx
import numpy as np

import pbit

SIDE, CHAINS = 16, 160
CRITICAL = 2 / math.log(1 + math.sqrt(2))  # Onsager: 2.269
torus = nx.grid_2d_graph(SIDE, SIDE, periodic=True)
nx.set_edge_attributes(torus, 1.0, "J")
model = pbit.IsingModel.from_networkx(torus)

STEP = 0.15
temperatures = CRITICAL + STEP * np.arange(-8, 9)
states = np.array(
    [
        pbit.wolff(model, 1 / T, CHAINS, 1, 60, rng=k).states[:, 0]
        for k, T in enumerate(temperatures)
    ]
)  # (temperature, chain, p-bit)

flat = states.reshape(-1, model.n).astype(float)
values, vectors = np.linalg.eigh(np.cov(flat.T))
first = flat @ vectors[:, -1]
magnetization = flat.mean(axis=1)
likeness = abs(np.corrcoef(first, magnetization)[0, 1])
share = values[-1] / values.sum()
print(f"first principal component: {share:.0%} of the variance,")
print(f"  correlation with the magnetization {likeness:.4f}")
assert likeness > 0.999

order = np.abs(first).reshape(states.shape[:2])
taught, tested = order[:, ::2], order[:, 1::2]
steps = np.quantile(taught, np.linspace(0, 1, 201))


def confusion(k):
    """Return how well a threshold, learned on half the samples, does on the others."""
    below = temperatures <= temperatures[k]  # what the classifier is told

    def right(samples, step):
        return ((samples > step) == below[:, None]).mean()

    best = max(steps, key=lambda step: right(taught, step))
    return right(tested, best)


accuracy = [confusion(k) for k in range(len(temperatures) - 1)]
for T, share in zip(temperatures, accuracy, strict=False):
    print(
        f"  guess {T + STEP / 2:.3f}  accuracy {share:.3f}  {'*' * round(60 * share - 30)}"
    )
inner = range(3, len(accuracy) - 3)  # at the ends all samples are of one kind
guess = temperatures[max(inner, key=lambda k: accuracy[k])] + STEP / 2
print(f"least confused at {guess:.2f}; exact for infinite lattices: {CRITICAL:.3f}")
assert abs(guess - CRITICAL) < 0.2

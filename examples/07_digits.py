"""7. One machine classifies, completes and draws digits: all of it is holding p-bits.

A Boltzmann machine with 64 pixels, ten p-bits for the classes and hidden ones learns images
and classes together. Hold the pixels and read the class; hold a class and read pixels; hold
half of the pixels and read the others. (Small and short: `python -m benchmarks deep_digits`
takes the time that it needs.)
"""

# ruff: noqa: S101 - an example ends with what it claims

from pathlib import Path

import numpy as np

import pbit
from pbit.learning import DeepBoltzmannMachine, digits, layered_graph, plots

images, kinds = digits()  # 1797 of scikit-learn, 8 x 8, black and white
train, test = slice(0, 1200), slice(1500, 1797)

deep = DeepBoltzmannMachine(layered_graph(64, 10, (64,), rng=1))
deep.fit(
    images[train],
    kinds[train],
    n_epochs=30,
    learning_rate=lambda epoch: 0.03 * (1 - epoch / 31),  # falls in a straight line
    n_sweeps=2,
    rng=1,
)

found = deep.classify(images[test], n_sweeps=100, n_warmup=20, rng=2)
right = (found == kinds[test]).mean()
print(f"{deep.machine.n} p-bits; held-out digits classified: {right:.1%}")
assert right > 0.8

drawn = deep.generate(np.arange(10), n_sweeps=200, rng=3, beta=1.5)
again = deep.classify(drawn, n_sweeps=100, rng=4)
print(f"drawn on request, 0 to 9; it takes its own drawings for {again}")

known = np.arange(64) < 32  # the upper half
shown = images[test][:10]
completed = deep.complete(shown, known, n_sweeps=200, rng=5)
guessed = (completed == shown)[:, ~known].mean()
print(f"of the lower halves that it did not see, {guessed:.0%} of the pixels are right")
assert guessed > 0.7

folder = Path("out")
folder.mkdir(exist_ok=True)
pbit.plots.save(plots.images(drawn, (8, 8), columns=5).figure, folder / "drawn.png")
ax = plots.completions(shown, known, completed, (8, 8), title="completed by p-bits")
pbit.plots.save(ax.figure, folder / "completed.png")
print("out/drawn.png, out/completed.png")

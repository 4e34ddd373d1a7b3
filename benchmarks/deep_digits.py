"""Digits of 8 x 8 pixels by a deep Boltzmann machine: ``python -m benchmarks deep_digits``.

A sparse machine (64 pixels, 10 label p-bits, hidden layers of 200 and 20) learns 1437 of the
1797 binarised digits of scikit-learn; the other 360 are classified: their pixels clamped,
the label p-bits vote after every sweep. Several divisions of the digits, each with a machine
of its own. Digits generated and completed go to ``out/deep_digits.png``.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import pbit
from benchmarks.timing import print_table
from pbit.checks import States
from pbit.learning import DeepBoltzmannMachine, digits, layered_graph

PICTURE = Path(__file__).parents[1] / "out" / "deep_digits.png"
N_TRAIN = 1437
WANTED = 93.0
SWEEPS = (50, 100, 300, 1000)
N_WARMUP = 25


def trained(
    images: States, kinds: NDArray[np.int64], seed: int, n_epochs: int
) -> DeepBoltzmannMachine:
    """Return a machine that has learned these."""
    graph = layered_graph(64, 10, (200, 20), fan_in=32, rng=seed)
    deep = DeepBoltzmannMachine(graph)
    deep.fit(images, kinds, n_epochs=n_epochs, rng=seed)
    return deep


def divided(n: int, seed: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the numbers of those to learn and of those held out."""
    order = np.random.default_rng(seed).permutation(n)
    return order[:N_TRAIN], order[N_TRAIN:]


def main(options: Sequence[str] = ()) -> None:
    """Print the table and draw digits."""
    parser = argparse.ArgumentParser(prog="deep_digits")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=200)
    asked = parser.parse_args(list(options))
    images, kinds = digits()
    rows, deep = [], None
    for seed in range(asked.seeds):
        learn, held = divided(len(images), seed)
        begin = time.process_time()
        deep = trained(images[learn], kinds[learn], seed, asked.epochs)
        seconds = time.process_time() - begin
        cells = []
        for n_sweeps in SWEEPS:
            found = deep.classify(
                images[held], n_sweeps, seed, n_warmup=N_WARMUP, n_threads=1
            )
            cells.append(f"{100 * (found == kinds[held]).mean():.1f}")
        passed = "yes" if float(cells[-1]) >= WANTED else "no"
        rows.append([str(seed), *cells, f">= {WANTED:g}", passed, f"{seconds:.0f}"])
        print(
            f"  {deep}" if seed == 0 else "", end="\n" if seed == 0 else "", flush=True
        )
    print_table(
        "Deep Boltzmann machine on digits, % of 360 held-out ones right "
        "(standard error 1.3), by sweeps an image",
        ["seed", *map(str, SWEEPS), "wanted", "met", "CPU s to train"],
        rows,
    )
    if deep is not None:
        _learn, held = divided(len(images), asked.seeds - 1)
        draw(deep, images[held])
        print("  deep_digits.png is in out/")


def draw(deep: DeepBoltzmannMachine, held: States) -> None:
    """Draw digits generated from labels, and held-out ones of which the top was shown."""
    from matplotlib.figure import Figure

    made = [deep.generate(np.arange(10), 1000, rng=k, n_threads=1) for k in range(3)]
    shown = held[:10]
    known = np.arange(64) < 32
    filled = deep.complete(shown, known, 1000, rng=0, n_threads=1)
    lower = np.where(known, shown, 0)
    rows = [
        *((f"made, {k + 1}", row) for k, row in enumerate(made)),
        ("upper half", lower),
        ("completed", filled),
        ("held out", shown),
    ]
    figure = Figure(figsize=(6.6, 4.2), layout="constrained")
    axes = figure.subplots(len(rows), 10)
    for line, (name, pictures) in zip(axes, rows, strict=True):
        for ax, picture in zip(line, pictures, strict=True):
            ax.imshow(picture.reshape(8, 8), cmap="Greys", vmin=-1, vmax=1)
            ax.set_xticks([])
            ax.set_yticks([])
        line[0].set_ylabel(name, rotation=0, ha="right", va="center", fontsize=9)
    PICTURE.parent.mkdir(exist_ok=True)
    pbit.plots.save(figure, PICTURE, dpi=80)


if __name__ == "__main__":
    import sys

    main(sys.argv[1:])

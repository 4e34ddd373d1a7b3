"""The published sparse deep Boltzmann machine on MNIST: ``python -m benchmarks deep_mnist``.

4,264 p-bits with their published weights; the 784 pixels of an image are clamped, the other
3,480 p-bits are swept colour by colour, the 5 copies of 10 label p-bits are read every 200
sweeps and vote. One run gives the accuracy at every number of sweeps: that of the readings
so far. First through the sampler (every image a chain), from random states and from states
of all -1; then on the machine's own design file: weights of s[4][6], its table and its clock.

    python -m benchmarks deep_mnist --runs 2 --design 128 6000 --design 16 100000

Votes are kept in ``out/deep_mnist/``, a file a run or an image, so that a run which was
stopped goes on from there; another picture goes to ``out/deep_mnist.png``. The weights are
of OPUSLab/SparseDeepBoltzmannMachines (GPL-3.0) and are read where they lie.
"""

from __future__ import annotations

import argparse
import gzip
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

import hardware
import pbit
from benchmarks.timing import print_table
from pbit.checks import States
from pbit.learning.voting import Votes, count_votes, decide

DATA = Path(__file__).parents[1] / "../shared/data/published/deep_boltzmann_mnist"
OUT = Path(__file__).parents[1] / "out"
DESIGN = "niazi-dbm"
READ_EVERY = 200
#: Sweeps an image -> percent right, in an independent run.
KNOWN = {2_000: 57.0, 6_000: 75.8, 20_000: 84.4, 50_000: 89.1, 100_000: 90.6}
N_KNOWN = 128  # the first so many
TOLERANCE = 4.0  # points
STARTS = ("random", "off")


class Published(NamedTuple):
    """The machine and the images."""

    model: pbit.IsingModel
    pixels: NDArray[np.int64]  # p-bit of every pixel, down the columns
    classes: NDArray[np.int64]  # p-bits, shape (copies, digits)
    images: States  # shape (n_images, n_pixels)
    digits: NDArray[np.int64]


def load(folder: Path = DATA) -> Published:
    """Read the published machine, its p-bits numbered from 0."""
    with gzip.open(folder / "J_epoch100.txt.gz", "rt", encoding="ascii") as file:
        n, _edges = map(int, file.readline().split())
        pairs = np.loadtxt(file)
    i, j = pairs[:, :2].astype(np.int64).T - 1
    graph = dict(
        zip(zip(i.tolist(), j.tolist(), strict=True), pairs[:, 2], strict=True)
    )
    biases = np.loadtxt(folder / "h_epoch100.txt")[:, 1]
    pixels = np.loadtxt(
        folder / "index_visible.csv", np.int64, delimiter=",", skiprows=1
    )
    labels = np.loadtxt(
        folder / "index_labels.csv", np.int64, delimiter=",", skiprows=1
    )
    n_copies, n_classes = labels[:, 0].max(), labels[:, 1].max() + 1
    classes = np.zeros((n_copies, n_classes), np.int64)
    classes[labels[:, 0] - 1, labels[:, 1]] = labels[:, 2] - 1
    shown = np.load(folder / "mnist_test_300.npz")
    columns = shown["images"].transpose(0, 2, 1).reshape(len(shown["images"]), -1)
    model = pbit.IsingModel(graph, biases)
    if model.n != n:
        msg = f"J_epoch100.txt.gz must couple {n} p-bits, not {model.n}"
        raise ValueError(msg)
    return Published(
        model,
        pixels[:, 3] - 1,
        classes,
        np.where(columns > 0, 1, -1).astype(np.int8),
        shown["labels"].astype(np.int64),
    )


def through_sampler(
    it: Published, n_images: int, n_sweeps: int, start: str, seed: int
) -> tuple[Votes, float]:
    """Return the votes of one run, every image a chain, and its CPU seconds."""
    begin = time.process_time()
    held = {p: it.images[:n_images, k].copy() for k, p in enumerate(it.pixels.tolist())}
    votes = count_votes(
        it.model,
        it.classes,
        n_images,
        n_sweeps,
        clamp=held,
        read_every=READ_EVERY,
        initial=None if start == "random" else np.full(it.model.n, -1, np.int8),
        rng=seed,
        n_threads=1,
    )
    return votes, time.process_time() - begin


def on_design(it: Published, image: int, n_sweeps: int) -> tuple[Votes, float]:
    """Return the votes of one image on the machine of the design file, and CPU seconds.

    A sweep is a period of the machine's clock; it starts from random states.
    """
    begin = time.process_time()
    design = hardware.load_design(DESIGN)
    period = design.clock_period or 0.0
    machine = hardware.Machine(it.model, design, rng=image)
    held = zip(it.pixels.tolist(), it.images[image].tolist(), strict=True)
    machine.clamp(dict(held))
    n_reads = n_sweeps // READ_EVERY
    votes = np.zeros((1, n_reads, it.classes.shape[1]), np.int32)
    for k in range(n_reads):
        # Between the last phase of one sweep and the first of the next.
        machine.run(((k + 1) * READ_EVERY + 0.1) * period)
        votes[0, k] = (machine.state[it.classes] > 0).sum(axis=0)
    return votes, time.process_time() - begin


def kept(name: str, make: Any) -> tuple[Votes, float]:
    """Return what a file holds, or make it: votes and CPU seconds."""
    path = OUT / "deep_mnist" / f"{name}.npz"
    if path.exists():
        with np.load(path) as file:
            return file["votes"], float(file["seconds"])
    votes, seconds = make()
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_suffix(".part.npz")
    np.savez_compressed(half, votes=votes, seconds=seconds)
    half.replace(path)
    return votes, seconds


def percent_right(votes: Votes, digits: NDArray[np.int64], n_sweeps: int) -> float:
    """Return how many percent of the images have their digit after so many sweeps."""
    found = decide(votes, n_sweeps // READ_EVERY)
    return float(100 * (found == digits[: len(found)]).mean())


class Curve(NamedTuple):
    """Accuracy of one way to run the machine."""

    name: str
    runs: list[dict[int, float]]  # of every run: sweeps an image -> percent
    n_images: int
    n_sweeps: int
    seconds: float  # CPU, of all runs

    def mean(self, n_sweeps: int) -> float:
        """Return the mean accuracy over the runs."""
        return float(np.mean([run[n_sweeps] for run in self.runs]))

    def error(self, n_sweeps: int) -> float:
        """Return the standard error of one run, as if its images had been drawn."""
        share = self.mean(n_sweeps) / 100
        return float(100 * np.sqrt(share * (1 - share) / self.n_images))


def sampled(it: Published, asked: argparse.Namespace) -> list[Curve]:
    """Return a curve for every kind of start, and of the design's images alone."""
    budgets = [sweeps for sweeps in KNOWN if sweeps <= asked.sweeps]
    curves = []
    for start in STARTS:
        runs, total, some = [], 0.0, []
        for seed in range(asked.runs):
            name = f"{start}-{asked.images}-{asked.sweeps}-{seed}"
            votes, seconds = kept(
                name,
                lambda start=start, seed=seed: through_sampler(
                    it, asked.images, asked.sweeps, start, seed
                ),
            )
            runs.append({b: percent_right(votes, it.digits, b) for b in budgets})
            total += seconds
            some.append(votes)
        name = f"sampler, {start}"
        curves.append(Curve(name, runs, asked.images, asked.sweeps, total))
        # The same few images as the design has, to compare it with.
        for few in {n for n, _ in asked.design if n < asked.images}:
            parts = [
                {b: percent_right(votes[:few], it.digits, b) for b in budgets}
                for votes in some
            ]
            curves.append(Curve(name, parts, few, asked.sweeps, 0.0))
    return curves


def designed(it: Published, n_images: int, n_sweeps: int) -> Curve:
    """Return the curve of the machine of the design file."""
    parts, total = [], 0.0
    for image in range(n_images):
        votes, seconds = kept(
            f"design-{n_sweeps}-{image}",
            lambda image=image: on_design(it, image, n_sweeps),
        )
        parts.append(votes)
        total += seconds
    votes = np.concatenate(parts)
    budgets = [sweeps for sweeps in KNOWN if sweeps <= n_sweeps]
    run = {b: percent_right(votes, it.digits, b) for b in budgets}
    return Curve(f"design {DESIGN}", [run], n_images, n_sweeps, total)


def main(options: Sequence[str] = ()) -> None:
    """Print the table and draw it."""
    parser = argparse.ArgumentParser(prog="deep_mnist")
    parser.add_argument("--images", type=int, default=128)
    parser.add_argument("--sweeps", type=int, default=max(KNOWN))
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument(
        "--design",
        type=int,
        nargs=2,
        action="append",
        default=[],
        metavar=("IMAGES", "SWEEPS"),
        help="images on the design file's machine, and sweeps each; may be repeated",
    )
    asked = parser.parse_args(list(options))
    if not DATA.exists():
        print("deep_mnist: ../shared/data is not there, nothing to run")
        return
    it = load()
    curves = sampled(it, asked)
    curves += [designed(it, images, sweeps) for images, sweeps in asked.design]
    rows = []
    for curve in curves:
        for sweeps in curve.runs[0]:
            off = curve.mean(sweeps) - KNOWN[sweeps]
            alike = curve.n_images == N_KNOWN  # the same images as the known run
            rows.append(
                [
                    curve.name,
                    str(sweeps),
                    f"{KNOWN[sweeps]:.1f}",
                    f"{curve.mean(sweeps):.1f}",
                    f"{curve.error(sweeps):.1f}",
                    f"{off:+.1f}" if alike else "",
                    "within" if alike and abs(off) <= TOLERANCE else "",
                    str(curve.n_images),
                    str(len(curve.runs)),
                ]
            )
    print_table(
        "Published deep Boltzmann machine, % of images right (+-: standard error of a run)",
        ["run", "sweeps", "known", "here", "+-", "off", "", "images", "runs"],
        rows,
    )
    free = it.model.n - len(it.pixels)
    for curve in curves:
        if curve.seconds == 0:
            continue
        sweeps = curve.n_images * curve.n_sweeps * len(curve.runs)
        print(
            f"  {curve.name}: {sweeps / curve.seconds:.0f} sweeps a CPU second, "
            f"{1e9 * curve.seconds / sweeps / free:.2f} ns an update"
        )
    draw(curves)
    print("  deep_mnist.png is in out/")


def draw(curves: Sequence[Curve]) -> None:
    """Draw accuracy against sweeps an image."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7.5, 4.2), layout="constrained")
    ax = figure.subplots()
    ax.errorbar(
        list(KNOWN),
        list(KNOWN.values()),
        TOLERANCE,
        fmt="_",
        ms=18,
        capsize=7,
        color="#202124",
        label="independent run of the same weights, ± 4 points",
    )
    whole = [curve for curve in curves if curve.seconds > 0]
    colours = ("#0072B2", "#E69F00", "#009E73", "#CC79A7")
    for curve, marker, colour in zip(whole, "os^D", colours, strict=False):
        budgets = list(curve.runs[0])
        ax.plot(
            budgets,
            [curve.mean(b) for b in budgets],
            marker=marker,
            color=colour,
            ms=5,
            label=f"{curve.name}: {curve.n_images} images"
            + (f", {len(curve.runs)} runs" if len(curve.runs) > 1 else ""),
        )
    ax.axhline(90, color="#9AA0A6", lw=0.8, ls="--")
    ax.set_xscale("log")
    ax.set_xlabel("sweeps an image")
    ax.set_ylabel("images right, %")
    ax.set_title("Sparse deep Boltzmann machine, 4,264 p-bits, MNIST", loc="left")
    ax.spines[["top", "right"]].set_visible(False)
    ax.grid(visible=True, axis="y", color="#E3E5E8")
    ax.legend(frameon=False, loc="lower right", fontsize=9)
    OUT.mkdir(exist_ok=True)
    pbit.plots.save(figure, OUT / "deep_mnist.png", dpi=100)


if __name__ == "__main__":
    import sys

    main(sys.argv[1:])

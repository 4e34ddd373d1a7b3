"""Restricted machines on digits and on bars and stripes: ``python -m benchmarks rbm``.

First scikit-learn's 8 x 8 digits, binarised, 64 visible and 128 hidden units: this project's
machine beside scikit-learn's ``BernoulliRBM`` at several learning rates, both with batches of
10 rows and 50 epochs, judged on held-out digits by the same two measures. Seconds are of the
processor, one thread, all in one run. Then bars and stripes of 4 x 4, where everything is
exact: how near the likelihood comes to the entropy of the data, by the phase that trained.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

import pbit
from benchmarks.timing import print_table
from pbit.learning import (
    BoltzmannMachine,
    Exact,
    Persistent,
    RestrictedBoltzmannMachine,
    Tempered,
    bars_and_stripes,
    data_entropy,
    train,
)

HIDDEN, BATCH, EPOCHS = 128, 10, 50
SPLITS = 3
HELD_OUT = 397  # of 1797 digits
RATES = (0.01, 0.02, 0.05, 0.1)  # of scikit-learn's machine
BAR_EPOCHS = 6000
TIMED = 5  # epochs a timing, best of so many timings
PLAIN: dict[str, Any] = {"learning_rate": 0.05, "centered": False}
#: Name -> parameters of our machine.
OURS: dict[str, dict[str, Any]] = {
    "ours, 0.05, plain": PLAIN,
    "ours, 0.05": {"learning_rate": 0.05},
    "ours, 0.1 falling, plain": {
        "learning_rate": lambda epoch: 0.1 * (1 - epoch / EPOCHS),
        "centered": False,
    },
    "ours, 0.1 falling": {"learning_rate": lambda epoch: 0.1 * (1 - epoch / EPOCHS)},
    "ours, 0.1 falling, k = 3": {
        "learning_rate": lambda epoch: 0.1 * (1 - epoch / EPOCHS),
        "k": 3,
    },
    "ours, 0.1 falling, tempered": {
        "learning_rate": lambda epoch: 0.1 * (1 - epoch / EPOCHS),
        "method": "tempered",
        "n_betas": 5,
    },
}

Bits = NDArray[np.uint8]


def digits(seed: int) -> tuple[Bits, Bits]:
    """Return digits to train on and digits held out, 0/1."""
    rows, _ = pbit.learning.digits()
    order = np.random.default_rng(seed).permutation(len(rows))
    bits = (rows[order] > 0).astype(np.uint8)
    return bits[HELD_OUT:], bits[:HELD_OUT]


def judged(model: RestrictedBoltzmannMachine, test: Bits) -> tuple[float, float, float]:
    """Return pseudo-likelihood, likelihood and half of its 95 % interval, nats a digit."""
    found = model.log_likelihood(test, n_chains=200, n_steps=2000, rng=1)
    half = (found.high - found.low) / 2
    return float(model.score_samples(test).mean()), found.value, half


def seconds(make: Callable[[int], Any], rows: Any) -> float:
    """Return seconds of the processor an epoch: the best of several fits."""
    best = np.inf
    for _ in range(TIMED):
        start = time.process_time()
        make(TIMED).fit(rows)
        best = min(best, (time.process_time() - start) / TIMED)
    return best


def table_of_digits() -> None:
    """Print both machines' measures and times."""
    from sklearn.neural_network import BernoulliRBM

    def theirs(rate: float, epochs: int, seed: int = 0) -> Any:
        return BernoulliRBM(
            HIDDEN,
            learning_rate=rate,
            batch_size=BATCH,
            n_iter=epochs,
            random_state=seed,
        )

    def ours(
        parameters: dict[str, Any], epochs: int, seed: int = 0
    ) -> RestrictedBoltzmannMachine:
        return RestrictedBoltzmannMachine(
            HIDDEN, batch_size=BATCH, n_iter=epochs, random_state=seed, **parameters
        )

    ours(PLAIN, 1).fit(digits(0)[0])  # compiles
    rows: dict[str, list[tuple[float, float, float]]] = {}
    for split in range(SPLITS):
        training, test = digits(split)
        for rate in RATES:
            fitted = theirs(rate, EPOCHS, split).fit(training.astype(float))
            taken = RestrictedBoltzmannMachine.from_weights(
                fitted.components_, fitted.intercept_hidden_, fitted.intercept_visible_
            )
            rows.setdefault(f"scikit-learn, {rate:g}", []).append(judged(taken, test))
        for name, parameters in OURS.items():
            model = ours(parameters, EPOCHS, split).fit(training)
            rows.setdefault(name, []).append(judged(model, test))
    training = digits(0)[0]
    slow = seconds(lambda epochs: theirs(0.05, epochs), training.astype(float))
    times = dict.fromkeys(rows, slow)
    for name, parameters in OURS.items():
        times[name] = seconds(lambda epochs, p=parameters: ours(p, epochs), training)  # type: ignore[misc]
    table = []
    for name, values in rows.items():
        pseudo, likelihood, half = np.array(values).T
        table.append([
            name, f"{pseudo.mean():.2f}", f"{likelihood.mean():.2f}", f"{half.max():.2f}",
            f"{likelihood.max() - likelihood.min():.2f}", f"{1e3 * times[name]:.1f}",
            f"{slow / times[name]:.1f}",
        ])  # fmt: skip
    print_table(
        f"digits, 64 x {HIDDEN}, {EPOCHS} epochs, {SPLITS} splits, one thread",
        ["machine, rate", "pseudo-likelihood (nats)", "likelihood (nats)", "± AIS",
         "range of splits", "ms an epoch", "times faster"],
        table,
    )  # fmt: skip


def table_of_bars() -> None:
    """Print how near the likelihood comes to its bound."""
    rows = bars_and_stripes(4, 4)
    bound = -data_entropy(rows)
    valid = {row.tobytes() for row in rows}
    table = []

    def falling(epoch: int) -> float:
        return 0.02 * (1 - epoch / BAR_EPOCHS) + 1e-4

    for name, phase in (
        ("exact", Exact()),
        ("tempered, 10 x 100", Tempered(10, 100)),
        ("persistent, 500", Persistent(500, 1)),
    ):
        machine = BoltzmannMachine.restricted(16, 12).randomize(0.1, 0)
        start = time.process_time()
        train(
            machine, rows, negative=phase, n_epochs=BAR_EPOCHS, learning_rate=falling,
            momentum=0.5, centered=True, rng=0,
        )  # fmt: skip
        spent = time.process_time() - start
        drawn = machine.sample(2000, rng=1, n_sweeps=1000)[:, machine.visible]
        share = np.mean([row.tobytes() in valid for row in drawn])
        value = machine.log_likelihood(rows)
        mass = np.exp(machine.log_probabilities(rows)).sum()
        table.append([
            name, f"{value:.4f}", f"{100 * (value / bound - 1):.2f}", f"{100 * mass:.1f}",
            f"{100 * share:.1f}",
            f"{spent:.0f}",
        ])  # fmt: skip
    print_table(
        f"bars and stripes 4 x 4, 16 x 12 p-bits; the bound is -ln 30 = {bound:.4f}",
        ["negative phase", "likelihood (nats)", "% below the bound", "% of chance on them",
         "% valid samples",
         "seconds"],
        table,
    )  # fmt: skip


def main() -> None:
    """Print both tables."""
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):
        table_of_digits()
        table_of_bars()


if __name__ == "__main__":
    main()

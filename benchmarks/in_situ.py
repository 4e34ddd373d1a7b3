"""A full adder learned from samples, on machines that differ: ``python -m benchmarks in_situ``.

Five p-bits, all visible, learn the eight true rows of a full adder from 2000 of them drawn at
random. Trained with exact sums, or on a machine of ideal p-bits, and then run on machines
whose p-bits differ by 10 % in slope and 0.1 in offset; trained on each of these machines and
run on it. Figures are the KL divergence of the true rows, equally likely, from the time that
a machine spends in its states, in nats. A picture goes to ``out/in_situ.png``.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

import hardware
import pbit
from benchmarks.timing import print_table
from hardware.learning import OnMachine, rounding
from pbit.analysis.distances import kl_divergence
from pbit.checks import Floats
from pbit.learning import BoltzmannMachine, Exact, Phase, train, truth_table
from pbit.learning.deep import falling

PICTURE = Path(__file__).parents[1] / "out" / "in_situ.png"
IDEAL: dict[str, Any] = {
    "name": "ideal autonomous p-bits",
    "device": {"kind": "ideal", "tau_n": "1 ns"},
}
SPREAD = IDEAL | {"spread": {"slope": 0.1, "offset": 0.1}}
FORMAT = "s[3][3]"
N_ROWS, N_STEPS = 2000, 3000
SECONDS = 4e-5  # of a machine's run between two steps: 2e5 updates
LOOK = 1e-2  # of a run that is judged: 5e7 updates
WAIT = 1e-6  # before it
BAR_IDEAL, BAR_SPREAD = 0.01, 0.03


def full_adder(a: int, b: int, carry: int) -> tuple[int, int]:
    """Return the sum bit and the carry out."""
    return (a + b + carry) & 1, (a + b + carry) >> 1


def target() -> Floats:
    """Return the eight true rows, equally likely, over the 32 states."""
    rows = truth_table(full_adder)
    p = np.zeros(32)
    p[(rows > 0) @ (1 << np.arange(5))] = 1 / len(rows)
    return p


def learned(
    negative: Phase, n_steps: int = N_STEPS, **settings: Any
) -> BoltzmannMachine:
    """Return a machine that learned rows drawn at random, the data's averages exact."""
    rows = truth_table(full_adder)
    drawn = rows[np.random.default_rng(0).integers(len(rows), size=N_ROWS)]
    machine = BoltzmannMachine(5)
    train(
        machine,
        drawn,
        negative=negative,
        n_epochs=n_steps,
        learning_rate=falling(0.1, n_steps),
        momentum=0.9,
        rng=1,
        **settings,
    )
    return machine


class Judged(NamedTuple):
    """What a machine of p-bits does with weights."""

    law: Floats  # share of the time in each state
    kl: float
    error: float  # standard error of `kl`, from quarters of the run


def judged(machine: BoltzmannMachine, design: dict[str, Any], body: int) -> Judged:
    """Run the weights on a design and compare with the true rows."""
    made = hardware.Machine(machine.model, design, rng=99, body=body)
    made.run(WAIT)
    parts = [made.run(WAIT + LOOK * (k + 1) / 4).occupancy for k in range(4)]
    law = np.mean(parts, axis=0)
    apart = [kl_divergence(target(), part) for part in parts]
    error = float(np.std(apart, ddof=1) / 2)
    return Judged(law, kl_divergence(target(), law), error)


class Pair(NamedTuple):
    """One machine: run with weights trained ideally, and with weights trained on it."""

    body: int
    ideal: Judged
    own: Judged


def main(options: Sequence[str] = ()) -> None:
    """Print the table and draw it."""
    parser = argparse.ArgumentParser(prog="in_situ")
    parser.add_argument("--machines", type=int, default=6)
    asked = parser.parse_args(list(options))
    begin = time.process_time()
    exact = learned(Exact())
    sampled = learned(OnMachine(IDEAL, SECONDS, body=0))
    rows = []
    for name, machine in (("exact sums", exact), ("an ideal machine", sampled)):
        law = pbit.exact.probabilities(machine.model)
        kl = kl_divergence(target(), law)
        passed = "yes" if kl < BAR_IDEAL else "no"
        rows.append([name, "exact law", f"{kl:.4f}", "", f"< {BAR_IDEAL}", passed])
    pairs = []
    for body in range(1, 1 + asked.machines):
        own = learned(OnMachine(SPREAD, SECONDS, body=body))
        pair = Pair(body, judged(exact, SPREAD, body), judged(own, SPREAD, body))
        pairs.append(pair)
        where = f"machine {body}"
        rows.append(
            [
                "exact sums",
                where,
                f"{pair.ideal.kl:.4f}",
                f"{pair.ideal.error:.4f}",
                "",
                "",
            ]
        )
        passed = "yes" if pair.own.kl < BAR_SPREAD else "no"
        rows.append(
            [
                where,
                where,
                f"{pair.own.kl:.4f}",
                f"{pair.own.error:.4f}",
                f"< {BAR_SPREAD}",
                passed,
            ]
        )
    coarse = learned(OnMachine(SPREAD, SECONDS, body=1), project=rounding(FORMAT))
    found = judged(coarse, SPREAD, 1)
    rows.append(
        [
            f"machine 1, {FORMAT}",
            "machine 1",
            f"{found.kl:.4f}",
            f"{found.error:.4f}",
            "",
            "",
        ]
    )
    print_table(
        "Full adder of five p-bits, KL of the true rows from what is sampled, nats",
        ["trained on", "run on", "KL", "+-", "wanted", "met"],
        rows,
    )
    ratio = np.mean([p.ideal.kl for p in pairs]) / np.mean([p.own.kl for p in pairs])
    print(
        f"  trained ideally and run on the machines: {ratio:.1f} times the KL, on average"
    )
    print(f"  {time.process_time() - begin:.0f} CPU seconds; {PICTURE.name} is in out/")
    draw(pairs)


def draw(pairs: Sequence[Pair]) -> None:
    """Draw the divergences, and the law of the machine that spread harms most."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10, 4), layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=(1, 1.5))
    names = ("trained ideally", "trained on the machine")
    colours = ("#D55E00", "#0072B2")
    x = np.arange(len(pairs))
    for k, (name, colour) in enumerate(zip(names, colours, strict=True)):
        some = [(p.ideal, p.own)[k] for p in pairs]
        left.bar(
            x + 0.4 * k - 0.2, [s.kl for s in some], 0.36, color=colour, label=name
        )
    left.set_ylim(0, 1.3 * max(p.ideal.kl for p in pairs))
    left.axhline(BAR_SPREAD, color="#9AA0A6", ls="--", lw=0.9)
    left.set_xticks(x, [str(p.body) for p in pairs])
    left.set_xlabel("machine, 10 % spread of slopes, 0.1 of offsets")
    left.set_ylabel("KL of the true rows, nats")
    left.set_title("Full adder run on the machine", loc="left")
    left.legend(frameon=False, fontsize=9)
    worst = max(pairs, key=lambda p: p.ideal.kl)
    true = np.flatnonzero(target())
    places = np.arange(len(true))
    for k, (name, colour) in enumerate(zip(names, colours, strict=True)):
        law = (worst.ideal, worst.own)[k].law
        shares = [*law[true], 1 - law[true].sum()]
        right.bar(
            [*(places + 0.4 * k - 0.2), len(true) + 0.4 * k - 0.2],
            shares,
            0.36,
            color=colour,
            label=name,
        )
    right.axhline(1 / 8, color="#9AA0A6", ls="--", lw=0.9)
    rows = [f"{a}+{b}+{c}" for a, b, c in (((s >> np.arange(3)) & 1) for s in true)]
    right.set_xticks(range(len(true) + 1), [*rows, "all wrong"], fontsize=8)
    right.set_ylabel("share of the time")
    right.set_title(f"Machine {worst.body}: rows of the adder", loc="left")
    for ax in (left, right):
        ax.spines[["top", "right"]].set_visible(False)
    PICTURE.parent.mkdir(exist_ok=True)
    pbit.plots.save(figure, PICTURE, dpi=90)


if __name__ == "__main__":
    import sys

    main(sys.argv[1:])

"""6. A machine learns logic from examples, and runs it backwards.

Five p-bits see rows of a full adder's truth table, nothing else. Their weights climb the
likelihood: averages with the data held, minus averages of the machine left alone.
"""

# ruff: noqa: S101 - an example ends with what it claims

from collections import Counter

import numpy as np

from pbit.learning import BoltzmannMachine, kl_to_data, train, truth_table

rows = truth_table(lambda a, b, c: ((a + b + c) % 2, (a + b + c) // 2))
seen = rows[
    np.random.default_rng(1).integers(len(rows), size=400)
]  # a, b, c, sum, carry

machine = BoltzmannMachine(5)
for epochs in (100, 900, 4000):
    train(machine, seen, n_epochs=epochs, learning_rate=0.2, momentum=0.8, rng=1)
    print(
        f"{epochs:>5} epochs more: KL to the data {kl_to_data(machine, seen):.4f} nats"
    )
assert kl_to_data(machine, seen) < 0.01

for name, held in (
    ("1 + 1 + 0", {0: 1, 1: 1, 2: -1}),  # forward: inputs held, outputs read
    ("? + ? + ? = 3", {3: 1, 4: 1}),  # backward: sum and carry held
    ("? + ? + ? = 1", {3: 1, 4: -1}),
):
    states = machine.sample(1000, clamp=held, rng=2, n_sweeps=500)
    answers = Counter("".join(map(str, row)) for row in (states + 1) // 2)
    likely = {bits: count for bits, count in answers.items() if count > 50}
    print(f"{name:<14} abc, sum, carry: {dict(sorted(likely.items()))}")
    assert set(likely) <= {"".join(map(str, row)) for row in (rows + 1) // 2}
assert len(likely) == 3  # one input of three is on

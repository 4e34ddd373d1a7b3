"""The 32-bit adder of 448 p-bits: right with directed carries, lost with mutual ones.

As published: I0 goes from 0.25 to 5 at once after 50 steps; the answer of a trial is the
sum that is seen most often in the last 100 steps. A step is one update of every p-bit.
"""

from collections import Counter

import numpy as np
import pytest

import compilers
from hardware import Machine

TICK = 1.0  # seconds
DESIGN = {
    "name": "one p-bit a tick",
    "device": {"kind": "ideal", "tau_n": TICK},
    "fabric": {"kind": "sequential"},
}
HOT_STEPS, COLD_STEPS, READ_STEPS = 50, 150, 100


def trial(program, rng):
    """Add two random numbers; say whether the most frequent sum is right."""
    a, b = (int(x) for x in rng.integers(0, 2**32, 2))
    step = program.n * TICK
    machine = Machine(program.model, DESIGN, rng=rng, beta=0.25)
    machine.clamp(program.clamp(A=a, B=b, Cin=0))
    machine.run(HOT_STEPS * step + TICK / 2)
    machine.beta = 5.0
    end = machine.env.now + COLD_STEPS * step
    sums = Counter()
    for k in range(READ_STEPS):
        machine.run(end - (READ_STEPS - 1 - k) * step)
        sums[program.decode(machine.state)["S"]] += 1
    return sums.most_common(1)[0][0] == a + b


def correct(carry, trials):
    program = compilers.staged_adder(32, carry)
    rng = np.random.default_rng(448)
    return sum(trial(program, rng) for _ in range(trials))


def test_directed_carries_add_right_every_time():
    # Were one sum in five wrong, this would be passed by chance in 4 of 1000 tries.
    assert correct("directed", 25) == 25


def test_mutual_carries_hardly_ever_add_right():
    # Tells them from directed ones; the thousand below are what is published.
    assert correct("undirected", 25) <= 2


@pytest.mark.slow
def test_directed_carries_add_right_a_thousand_times():
    assert correct("directed", 1000) == 1000


@pytest.mark.slow
def test_mutual_carries_add_right_less_than_twenty_times_in_a_thousand():
    assert correct("undirected", 1000) < 20

"""5. A process of your own steers a machine: it clamps, waits, changes beta, reads.

This one is the host computer of a factoring machine. It heats, cools, reads, and starts
again until what it reads is true.
"""

# ruff: noqa: S101 - an example ends with what it claims

import compilers
import hardware
from hardware.units import format_quantity

program = compilers.multiplier(4, 4)
machine = hardware.Machine(program.model, "autonomous-smtj", rng=3)
found = []


def host(env):
    """Factor 143, attempt after attempt."""
    machine.clamp(program.clamp(P=143))
    while True:
        for step in range(13):
            machine.beta = 0.3 + 0.075 * step
            yield env.timeout(20e-9)  # simulated seconds
        answer = program.decode(machine.state)
        print(f"{format_quantity(env.now):>8}   A = {answer['A']}, B = {answer['B']}")
        if program.check(answer):
            found.append(answer)
            return


machine.env.process(host(machine.env))
run = machine.run(until=5e-6)
print(f"{run.updates} updates, {format_quantity(run.energy_joules, 'J')}")
assert found[0]["A"] * found[0]["B"] == 143

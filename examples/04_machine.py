"""4. In a machine time is real: news that arrives late makes a pair of p-bits forget.

Two p-bits of coupling J read copies of each other that are refreshed every tau_s on
average, and update every tau_n on average. With a = tanh J and s = tau_s / tau_n they
settle exactly at <m1 m2> = (a (1 + s) + a**3 s**2) / ((1 + s)**2 - a**2 s).
"""

# ruff: noqa: S101 - an example ends with what it claims

import math

import hardware
import pbit

pair = pbit.IsingModel({(0, 1): 1.0})
a = math.tanh(1.0)
print("tau_s/tau_n   machine   law")
for s in (0.1, 0.3, 1.0, 3.0, 10.0):
    design = {
        "name": "two p-bits on a slow link",
        "device": {"kind": "ideal", "tau_n": "1 ns"},
        "synapse": {"kind": "stale", "tau_s": s * 1e-9},
    }
    run = hardware.Machine(pair, design, rng=1).run(until=1e-3)  # 2 million updates
    equal = run.occupancy[0] + run.occupancy[3]
    law = (a * (1 + s) + a**3 * s**2) / ((1 + s) ** 2 - a**2 * s)
    print(f"{s:>11}   {2 * equal - 1:.4f}    {law:.4f}")
    assert abs(2 * equal - 1 - law) < 0.01

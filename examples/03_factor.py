"""3. A multiplier runs in every direction: hold what is known, read the rest."""

# ruff: noqa: S101 - an example ends with what it claims

from collections import Counter

import compilers
import pbit

program = compilers.multiplier(4, 4)  # buses A, B and P = A x B


def answers(**held):
    """Return how many of 256 chains end in which true answer."""
    clamp = program.clamp(**held)
    schedule = pbit.schedules.linear(0.3, 1.2, 400)
    samples = pbit.anneal(program.model, schedule, 256, 400, clamp=clamp, rng=1)
    decoded = [program.decode(state) for state in samples.states[:, 0]]
    true = [answer for answer in decoded if program.check(answer)]
    return Counter((answer["A"], answer["B"], answer["P"]) for answer in true)


multiplied = answers(A=11, B=13)
factored = answers(P=143)
divided = answers(P=143, A=11)
print(f"A = 11, B = 13   {dict(multiplied)}")
print(f"P = 143          {dict(factored)}")
print(f"P = 143, A = 11  {dict(divided)}")
assert set(multiplied) == set(divided) == {(11, 13, 143)}
assert set(factored) == {(11, 13, 143), (13, 11, 143)}

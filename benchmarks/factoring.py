"""Factoring backwards through an 8 x 8 multiplier: success per chain, seconds, all checked."""

from __future__ import annotations

import time

import numpy as np

import compilers
import pbit
from benchmarks.timing import print_table

N_PRODUCTS, CHAINS, SWEEPS, ROUNDS = 20, 1024, 100, 200
SCHEDULE = (0.4, 0.8)  # inverse temperature, from and to, geometric


def eight_bit_primes() -> list[int]:
    """Return the primes of exactly eight bits."""
    return [p for p in range(128, 256) if all(p % d for d in range(2, 16))]


def products(seed: int = 1) -> list[int]:
    """Return 20 random products of two eight-bit primes."""
    pairs = np.random.default_rng(seed).choice(eight_bit_primes(), (N_PRODUCTS, 2))
    return [int(p * q) for p, q in pairs]


def factor(program: compilers.Program, product: int, seed: int) -> tuple[str, int, int]:
    """Anneal rounds of chains until one is right: (answer, chains right, chains run)."""
    betas = pbit.schedules.geometric(*SCHEDULE, SWEEPS)
    clamp = program.clamp(P=product)
    for k, child in enumerate(np.random.SeedSequence(seed).spawn(ROUNDS), start=1):
        samples = pbit.anneal(program.model, betas, CHAINS, SWEEPS, clamp, child)
        found = [program.decode(state) for state in samples.states[:, 0]]
        right = [answer for answer in found if program.check(answer)]
        if right:
            return f"{right[0]['A']} x {right[0]['B']}", len(right), k * CHAINS
    return "none", 0, ROUNDS * CHAINS


def main() -> None:
    """Print the table."""
    program = compilers.multiplier(8, 8)
    factor(program, 143, seed=0)  # compiles
    rows, solved = [], 0
    for product in products():
        start = time.perf_counter()
        answer, right, chains = factor(program, product, seed=product)
        seconds = time.perf_counter() - start
        solved += right > 0
        rate = f"{100 * right / chains:.3f}"
        rows.append([str(product), answer, str(chains), rate, f"{seconds:.2f}"])
    print_table(
        f"multiplier(8, 8) backwards, {program.n} p-bits, {SWEEPS} sweeps a chain",
        ["P", "A x B", "chains run", "% right", "seconds"],
        rows,
    )
    total = sum(float(row[-1]) for row in rows)
    print(f"  {solved} of {len(rows)} factored and checked in {total:.1f} s")

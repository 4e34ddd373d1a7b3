"""Multipliers run backward: P is clamped, A and B are read and checked by multiplication."""

import sys
import time

import numpy as np
import pytest

import compilers
import hardware
from pbit import anneal, schedules

# From where p-bits begin to hear each other to where couplings of 1 hold. Measured on
# multiplier(8, 8) with 20 products and 10**6 sweeps each: with these ends a factorization
# takes about 10**5 sweeps, in chains of 100, 200 or 1000 alike; with the default ends of
# 0.06 and 1.5 twice as many (200) and nearly three times as many (1000).
HOT, COLD, SWEEPS = 0.4, 0.8, 200


def factor(program, product, n_chains, rng, n_sweeps=SWEEPS):
    """The solutions that chains end in, true or not, with P clamped."""
    betas = schedules.geometric(HOT, COLD, n_sweeps)
    clamp = program.clamp(P=product)
    samples = anneal(program.model, betas, n_chains, n_sweeps, clamp, rng)
    return [program.decode(state) for state in samples.states[:, 0]]


def factors_of(product, bits):
    numbers = range(2**bits)
    return {(a, b) for a in numbers for b in numbers if a * b == product}


@pytest.mark.parametrize("product", [143, 6, 35, 77, 91, 121, 169, 225, 64, 1, 0])
def test_a_four_bit_multiplier_finds_every_factorization(product):
    """A pair that 10 % of the chains end in is missed by all 200 with a chance of 7e-10."""
    program = compilers.multiplier(4, 4)
    answers = factor(program, product, 200, rng=1)
    assert all(answer["P"] == product for answer in answers)
    right = {(s["A"], s["B"]) for s in answers if program.check(s)}
    truth = factors_of(product, 4)
    assert right <= truth
    assert right == truth or len(truth) > 6
    assert right


def test_143_is_11_times_13_in_either_order():
    program = compilers.multiplier(4, 4)
    answers = factor(program, 143, 100, rng=2)
    found = {(s["A"], s["B"]) for s in answers if program.check(s)}
    assert found == {(11, 13), (13, 11)}
    wrong = [s for s in answers if s["A"] * s["B"] != 143]
    assert not any(program.check(s) for s in wrong)


@pytest.mark.parametrize("product", [17, 31, 127, 211])
def test_a_number_without_factors_is_never_factored(product):
    program = compilers.multiplier(4, 4)
    answers = factor(program, product, 100, rng=3)
    assert not any(program.check(answer) for answer in answers)
    ground = program.provenance["ground_energy"]
    run = anneal(program.model, None, 100, 100, program.clamp(P=product), 3)
    assert run.best[1] > ground


def test_a_multiplier_divides_and_multiplies():
    program = compilers.multiplier(4, 4)
    for clamp, truth in (
        ({"P": 143, "A": 13}, {"A": 13, "B": 11, "P": 143}),
        ({"P": 143, "B": 13}, {"A": 11, "B": 13, "P": 143}),
        ({"A": 11, "B": 13}, {"A": 11, "B": 13, "P": 143}),
        ({"A": 15, "B": 15}, {"A": 15, "B": 15, "P": 225}),
    ):
        run = anneal(program.model, None, 32, 200, program.clamp(**clamp), rng=1)
        assert program.decode(run.best[0]) == truth
        assert run.best[1] == program.provenance["ground_energy"]


@pytest.mark.parametrize("engine", ["compiled", "reference"])
def test_a_machine_factors_143_in_simulated_time(engine):
    """An autonomous machine that is heated and cooled again and again."""
    program = compilers.multiplier(4, 4)
    machine = hardware.Machine(program.model, "autonomous-smtj", rng=1, engine=engine)
    machine.clamp(program.clamp(P=143))
    for _ in range(20):
        end = machine.env.now + 2e-7
        hardware.anneal(machine, schedules.geometric(HOT, 1.0, 20), 2e-7)
        solution = program.decode(machine.run(until=end).best[0])
        if program.check(solution):
            break
    assert program.check(solution)
    assert sorted([solution["A"], solution["B"]]) == [11, 13]


def primes_of_8_bits():
    return [p for p in range(128, 256) if all(p % d for d in range(2, 16))]


def test_an_eight_bit_multiplier_factors_a_product_of_two_primes():
    """239 x 227: rounds of 1000 chains, of which about 1 in 500 is right."""
    program = compilers.multiplier(8, 8)
    factored, _ = rounds(program, 239 * 227, limit=40)
    assert factored in ({"A": 239, "B": 227}, {"A": 227, "B": 239})


def rounds(program, product, limit):
    """Rounds of 1000 chains until one is right: its factors, and how many chains there were.

    The answer that counts is decoded and checked by multiplication, not by energy.
    """
    chains = 0
    for seed in range(limit):
        answers = factor(program, product, 1000, rng=seed)
        chains += len(answers)
        right = [answer for answer in answers if program.check(answer)]
        if right:
            return {name: right[0][name] for name in "AB"}, (len(right), chains)
    return None, (0, chains)


@pytest.mark.slow
def test_an_eight_bit_multiplier_factors_twenty_random_products(capsys):
    """Both primes of eight bits, so that P has no other factors of eight bits.

    Of the hardest product 1 chain in 5000 is right: 100,000 chains all fail with a
    probability of 2e-9.
    """
    program = compilers.multiplier(8, 8)
    drawn = np.random.default_rng(20).choice(primes_of_8_bits(), (20, 2)).tolist()
    factor(program, 143, 1, rng=0)  # compiles
    lines, total_right, total_chains, began = [], 0, 0, time.perf_counter()
    for p, q in drawn:
        start = time.perf_counter()
        factored, (right, chains) = rounds(program, p * q, limit=100)
        seconds = time.perf_counter() - start
        assert factored is not None, f"{p * q} was not factored in {chains} chains"
        assert factored["A"] * factored["B"] == p * q
        assert sorted(factored.values()) == sorted([p, q])
        total_right, total_chains = total_right + right, total_chains + chains
        lines.append(f"{p * q:6d} = {factored['A']} x {factored['B']}: {right} of "
                     f"{chains} chains, {seconds:.1f} s")  # fmt: skip
    seconds = time.perf_counter() - began
    lines.append(
        f"20 of 20 factored; {total_right / total_chains:.2e} of the chains of {SWEEPS} "
        f"sweeps were right; {seconds / 20:.2f} s a product, "
        f"{seconds / total_right:.2f} s a true factorization"
    )
    with capsys.disabled():
        sys.stdout.write("\n" + "\n".join(lines) + "\n")

"""Noise sources against published words, plain-Python twins and their periods."""

import json
from pathlib import Path

import numpy as np
import pytest

import pbit
from hardware.engines.noise import clocked, make_noise
from hardware.engines.plan import make_timing
from hardware.noise import IdealNoise, Lfsr, Xorshift
from hardware.noise.kernels import first_states, ideal_word, register_of
from hardware.noise.lfsr import TAPS
from pbit.errors import DesignError
from pbit.random import streams

PUBLISHED = Path(__file__).parents[2] / "../shared/data/published/bit_true_pbit"


def published():
    path = PUBLISHED / "bit_true_pbit.json"
    if not path.is_file():
        pytest.skip(f"{path} is not there")
    return json.loads(path.read_text())


def source_of(part, n=1, bits=None):
    """The arrays of a noise source for n sequential digital p-bits."""
    import hardware

    width = getattr(part, "width", 32)
    design = hardware.Design(
        name="test",
        device=hardware.devices.Digital(input="s[4][1]", bits=bits or min(width, 32)),
        synapse=hardware.synapses.Mac(weights="s[4][1]"),
        fabric=hardware.fabrics.Sequential(clock_hz=1e6),
        noise=part,
    )
    circuit = pbit.IsingModel({}, np.zeros(n))
    return make_noise(design, n, make_timing(circuit, design), streams(5))


def words_of(part, count):
    """The first words of a private register of that kind, seeded with 1."""
    noise = source_of(part)
    states = [noise.states[0]]
    for _ in range(count - 1):
        states.append(np.uint64(clocked(noise, states[-1])))
    return [int(state) for state in states]


def plain_lfsr(seed, width, taps, gate):
    """The register as wires and gates: r[1] ... r[width]."""
    r = {place: seed >> (place - 1) & 1 for place in range(1, width + 1)}
    while True:
        yield sum(r[place] << (place - 1) for place in r)
        feedback = sum(r[tap] for tap in taps) % 2
        if gate == "xnor":
            feedback = 1 - feedback
        r = {place: r[place - 1] for place in range(2, width + 1)} | {1: feedback}


def test_the_published_words_come_out():
    for sequence in published()["sequences"]:
        part = Lfsr(width=32, seeds=[sequence["seed_hex"]])
        expected = [int(word, 16) for word in sequence["first_64_words_hex"]]
        assert words_of(part, 64) == expected


@pytest.mark.parametrize("gate", ["xnor", "xor"])
@pytest.mark.parametrize("width", sorted(TAPS))
def test_registers_do_what_their_wires_do(width, gate):
    seed = 0x9D2C5680_1F123BB5 & ((1 << width) - 1)
    twin = plain_lfsr(seed, width, TAPS[width], gate)
    expected = [next(twin) for _ in range(200)]
    assert words_of(Lfsr(width=width, gate=gate, seeds=[seed]), 200) == expected


@pytest.mark.parametrize("width", [8, 12, 16])
@pytest.mark.parametrize("gate", ["xnor", "xor"])
def test_small_registers_go_through_all_states_but_one(width, gate):
    part = Lfsr(width=width, gate=gate, seeds=[1])
    words = words_of(part, 2**width)
    assert words[-1] == words[0]
    assert set(words) == set(range(2**width)) - {part.dead}


def polynomial_power(exponent, polynomial, width):
    """x to a power modulo a polynomial over GF(2), both as bits of integers."""

    def times(a, b):
        product = 0
        while b:
            if b & 1:
                product ^= a
            a <<= 1
            if a >> width & 1:
                a ^= polynomial
            b >>= 1
        return product

    result, base = 1, 2
    while exponent:
        if exponent & 1:
            result = times(result, base)
        base = times(base, base)
        exponent >>= 1
    return result


PRIMES = {  # of 2**width - 1
    8: (3, 5, 17),
    12: (3, 5, 7, 13),
    16: (3, 5, 17, 257),
    21: (7, 127, 337),
    24: (3, 5, 7, 13, 17, 241),
    32: (3, 5, 17, 257, 65537),
    48: (3, 5, 7, 13, 17, 97, 241, 257, 673),
    64: (3, 5, 17, 257, 641, 65537, 6700417),
}


@pytest.mark.parametrize("width", sorted(TAPS))
def test_the_taps_of_the_table_are_of_primitive_polynomials(width):
    """The register's period is the order of x modulo its polynomial: 2**width - 1."""
    polynomial = 1 + sum(1 << tap for tap in TAPS[width])
    period = 2**width - 1
    assert polynomial_power(period, polynomial, width) == 1
    for prime in PRIMES[width]:
        assert period % prime == 0
        assert polynomial_power(period // prime, polynomial, width) != 1


def test_decimated_words_are_every_so_many_of_the_overlapping_ones():
    whole = words_of(Lfsr(width=16, seeds=["1D2C"]), 161)
    assert words_of(Lfsr(width=16, seeds=["1D2C"], shift=16), 11) == whole[::16]


@pytest.mark.parametrize(
    ("width", "shifts"), [(32, (13, 17, 5)), (64, (13, 7, 17))], ids=["32", "64"]
)
def test_xorshift_is_marsaglias(width, shifts):
    mask, x, expected = (1 << width) - 1, 2463534242, []
    for _ in range(100):
        expected.append(x)
        x ^= x << shifts[0] & mask
        x ^= x >> shifts[1]
        x ^= x << shifts[2] & mask
    assert words_of(Xorshift(width=width, seeds=[2463534242]), 100) == expected
    if width == 32:
        assert expected[1] == 723471715  # the first number that the paper prints


def test_ideal_words_are_uniform_and_addressed_by_pbit_and_tick():
    words = np.array(
        [ideal_word(1, 2, i, tick) for i in range(40) for tick in range(50)]
    )
    assert len(set(words.tolist())) == words.size
    assert words.max() < 2**32
    # Standard deviation of the mean of 2000 uniform words: 0.0065; six of them.
    assert abs(words.mean() / 2**32 - 0.5) < 0.039


def test_registers_are_shared_in_the_order_of_the_circuit():
    assert register_of(1, 4).tolist() == [0, 1, 2, 3]
    assert register_of(3, 7).tolist() == [0, 0, 0, 1, 1, 1, 2]
    assert register_of("all", 3).tolist() == [0, 0, 0]


def test_seeds_of_the_machine_differ_and_never_lock_a_register_up():
    source = streams(3)
    assert len(set(first_states(None, 32, 0, 1000, source).tolist())) == 1000
    for dead in range(8):
        states = first_states(None, 3, dead, 200, source).tolist()
        assert set(states) == set(range(8)) - {dead}


@pytest.mark.parametrize(
    ("make", "key", "message"),
    [
        (lambda: Lfsr(width=2), "noise.width", "must be 3 to 64, not 2"),
        (lambda: Lfsr(width=8.0), "noise.width", "whole number 3 to 64, not 8.0"),
        (lambda: Lfsr(width=9), "noise.taps", "is required where width is 9"),
        (lambda: Lfsr(width=8, taps=[8]), "noise.taps", "two or more"),
        (lambda: Lfsr(width=8, taps=[8, 9]), r"noise.taps\[1\]", "1 to 8, not 9"),
        (lambda: Lfsr(width=8, taps=[8, 8]), "noise.taps", "must differ"),
        (lambda: Lfsr(width=8, taps=[7, 3]), "noise.taps", "must hold the width, 8"),
        (lambda: Lfsr(width=8, gate="and"), "noise.gate", "'xnor'"),
        (lambda: Lfsr(width=8, shift=0), "noise.shift", "must be >= 1, not 0"),
        (lambda: Lfsr(width=8, sharing="some"), "noise.sharing", "must be 'all' or"),
        (lambda: Lfsr(width=8, sharing=0), "noise.sharing", "must be >= 1, not 0"),
        (lambda: Lfsr(width=8, seeds=[]), "noise.seeds", "must be a list of words"),
        (lambda: Lfsr(width=8, seeds=["FF"]), r"noise.seeds\[0\]", "never left"),
        (lambda: Lfsr(width=8, seeds=[256]), r"noise.seeds\[0\]", "8 bits at most"),
        (lambda: Lfsr(width=8, seeds=["xy"]), r"noise.seeds\[0\]", "hexadecimal"),
        (lambda: Lfsr(width=8, seeds=[1.5]), r"noise.seeds\[0\]", "whole number"),
        (lambda: Xorshift(width=16), "noise.width", "one of 32, 64, not 16"),
        (lambda: Xorshift(seeds=[0]), r"noise.seeds\[0\]", "never left"),
        (lambda: IdealNoise(status="sure"), "noise.status", "'measured'"),
    ],
)
def test_a_source_that_cannot_be_is_refused(make, key, message):
    with pytest.raises(DesignError, match=f"{key}.*{message}"):
        make()


def test_seeds_must_be_as_many_as_registers():
    with pytest.raises(
        DesignError, match=r"noise.seeds.*one word or 4, one a register"
    ):
        source_of(Lfsr(width=8, seeds=[1, 2, 3]), n=4)

import numba
import numpy as np
import pytest

from pbit import random
from pbit.kernels import philox
from pbit.random import Streams, Use, streams
from tests import oracles
from tests.statistics import assert_chance

ONES = 0xFFFFFFFF
# kat_vectors of Random123 (Salmon et al., SC11): philox 4x32, 10 rounds.
KNOWN_ANSWERS = [
    ("00000000 00000000 00000000 00000000", "00000000 00000000",
     "6627e8d5 e169c58d bc57ac4c 9b00dbd8"),
    ("ffffffff ffffffff ffffffff ffffffff", "ffffffff ffffffff",
     "408f276d 41c83b0e a20bc7c6 6d5451fd"),
    ("243f6a88 85a308d3 13198a2e 03707344", "a4093822 299f31d0",
     "d16cfe09 94fdcceb 5001e420 24126ea1"),
]  # fmt: skip


def numbers(text):
    return tuple(int(word, 16) for word in text.split())


def compiled(counter, key):
    words = philox.philox(*(np.uint64(word) for word in (*counter, *key)))
    return tuple(int(word) for word in words)


@pytest.mark.parametrize(("counter", "key", "answer"), KNOWN_ANSWERS)
def test_philox_gives_the_published_answers(counter, key, answer):
    assert oracles.philox4x32(numbers(counter), numbers(key)) == numbers(answer)
    assert compiled(numbers(counter), numbers(key)) == numbers(answer)


def test_philox_agrees_with_whole_numbers_of_any_size():
    draws = np.random.default_rng(1).integers(2**32, size=(2000, 6)).tolist()
    draws += [[(ONES if k >> i & 1 else 0) for i in range(6)] for k in range(64)]
    for draw in draws:
        assert compiled(draw[:4], draw[4:]) == oracles.philox4x32(draw[:4], draw[4:])


@pytest.mark.parametrize("event", [0, 7, 2**32 - 1, 2**32, 2**40 + 5])
@pytest.mark.parametrize("use", list(Use))
def test_a_draw_is_addressed_by_use_unit_and_event(use, event):
    key, unit = (0x1234, 0xFEDCBA98), 2**31 + 3
    counter = (event & ONES, event >> 32, unit, use << 24)
    expected = oracles.philox4x32(counter, key)
    words = random.words(*key, int(use), unit, event)
    assert tuple(map(int, words)) == expected
    w0, w1, w2, w3 = expected
    first, second = random.uniform_pair(*key, int(use), unit, event)
    assert (first, second) == (oracles.unit(w0, w1), oracles.unit(w2, w3))


def test_draws_can_be_made_inside_compiled_functions():
    @numba.njit
    def totals(key0, key1, n):
        word_sum, unit_sum = np.uint64(0), 0.0
        for event in range(n):
            word_sum += random.words(key0, key1, 3, 5, event)[2]
            unit_sum += random.uniform_pair(key0, key1, 3, 5, event)[1]
        return word_sum, unit_sum

    blocks = [random.words(11, 12, 3, 5, event) for event in range(50)]
    pairs = [random.uniform_pair(11, 12, 3, 5, event) for event in range(50)]
    word_sum, unit_sum = totals(11, 12, 50)
    assert word_sum == sum(int(block[2]) for block in blocks)
    assert unit_sum == pytest.approx(sum(pair[1] for pair in pairs), rel=1e-14)


def test_no_two_uses_share_a_number_and_none_leaves_its_byte():
    values = [int(use) for use in Use]
    assert len(set(values)) == len(Use.__members__)
    assert 0 <= min(values) <= max(values) < 256


def test_uniforms_lie_inside_the_unit_interval_symmetrically():
    def unit(high, low):
        return philox.unit_from_words(np.uint64(high), np.uint64(low))

    assert unit(0, 0) == 2.0**-53
    assert unit(ONES, ONES) == 1.0 - 2.0**-53
    for high, low in np.random.default_rng(2).integers(2**32, size=(500, 2)).tolist():
        assert unit(high, low) == oracles.unit(high, low)
        assert unit(high, low) + unit(ONES - high, ONES - low) == 1.0


# streams


def test_every_kind_of_rng_makes_a_key():
    for rng in (
        None,
        3,
        np.int64(3),
        2**200,
        np.random.SeedSequence(3),
        np.random.default_rng(3),
        np.random.Philox(3),
    ):
        made = streams(rng)
        assert 0 <= made.key0 < 2**32
        assert 0 <= made.key1 < 2**32
        assert set(made.entropy) == {"entropy", "spawn_key"}


def test_one_seed_makes_one_key_however_it_is_given():
    assert streams(3) == streams(np.uint8(3)) == streams(np.random.SeedSequence(3))
    assert streams(np.random.default_rng(3)) == streams(np.random.PCG64(3))
    assert streams(3) == Streams(
        *np.random.SeedSequence(3).generate_state(2).tolist(),
        {"entropy": 3, "spawn_key": []},
    )


def test_other_seeds_make_other_keys():
    spawned = np.random.SeedSequence(3).spawn(3)
    sources = [None, None, 0, 1, 2**64, *spawned, np.random.default_rng(3)]
    keys = {(made.key0, made.key1) for made in map(streams, sources)}
    assert len(keys) == len(sources)
    assert streams(spawned[2]).entropy == {"entropy": 3, "spawn_key": [2]}


@pytest.mark.parametrize("make", [np.random.default_rng, np.random.Philox])
def test_a_generator_moves_on_and_its_next_key_differs(make):
    rng, again = make(5), make(5)
    first, second = streams(rng), streams(rng)
    assert (first.key0, first.key1) != (second.key0, second.key1)
    assert [first, second] == [streams(again), streams(again)]


def test_a_seed_sequence_does_not_move_on():
    sequence = np.random.SeedSequence(9)
    assert streams(sequence) == streams(sequence)
    assert sequence.n_children_spawned == 0


def test_the_recorded_entropy_of_a_generator_makes_the_key_again():
    made = streams(np.random.default_rng(8))
    assert streams(np.random.SeedSequence(**made.entropy)) == made


@pytest.mark.parametrize(
    "rng", ["3", 3.0, True, [1, 2], object()], ids=lambda rng: type(rng).__name__
)
def test_what_is_no_rng_is_refused(rng):
    with pytest.raises(
        TypeError, match="rng must be None, an int, a SeedSequence or a Generator, not "
    ):
        streams(rng)


@pytest.mark.parametrize("rng", [-1, np.int64(-7)])
def test_negative_seeds_are_refused(rng):
    with pytest.raises(ValueError, match=f"rng must be >= 0, not {int(rng)}"):
        streams(rng)


# states to start from


@pytest.mark.parametrize("n", [0, 1, 31, 32, 33, 128, 129, 300])
def test_initial_states_are_the_bits_of_the_words(n):
    source = streams(4)
    states = random.random_states(source, 3, n, Use.MACHINE_INITIAL)
    assert states.dtype == np.int8
    for chain in range(3):
        expected = oracles.initial_state(
            (source.key0, source.key1), int(Use.MACHINE_INITIAL), chain, n
        )
        assert states[chain].tolist() == expected


def test_a_chains_start_depends_on_the_chain_alone():
    source = streams(4)
    few = random.random_states(source, 5, 200, Use.INITIAL)
    many = random.random_states(source, 64, 200, Use.INITIAL)
    np.testing.assert_array_equal(few, many[:5])
    assert len(np.unique(many, axis=0)) == 64
    other = random.random_states(source, 5, 200, Use.MACHINE_INITIAL)
    assert (other != few).any(axis=1).all()


def test_initial_states_are_fair_and_independent():
    """10**6 signs: a bias or a correlation of 0.5 % would be caught."""
    states = random.random_states(streams(6), 1000, 1000, Use.INITIAL)
    assert_chance((states > 0).sum(), states.size, 0.5)
    for shifted in (states[:, 1:] == states[:, :-1], states[1:] == states[:-1]):
        assert_chance(shifted.sum(), shifted.size, 0.5)

"""Vectors of words do what numpy's arrays of whole numbers do, at every width."""

import numba
import numpy as np
import pytest

from pbit.kernels import vectors
from pbit.kernels.jit import jit
from pbit.kernels.vectors import (
    any_bit,
    append,
    join,
    load,
    lowest,
    multiply,
    read_signs,
    spread,
    store,
    upper,
    write_signs,
)

HALF, MASK = np.uint64(32), np.uint64(2**32 - 1)


@jit
def all_operations(one, other, number, lanes, out):
    """Every operation, one row of the output each."""
    a, b = load(one, 0, lanes), load(other, 0, lanes)
    size = len(lanes)
    store(out, 0, a & b)
    store(out, size, a | b)
    store(out, 2 * size, a ^ b)
    store(out, 3 * size, ~a)
    store(out, 4 * size, multiply(a, b))
    store(out, 5 * size, upper(a))
    store(out, 6 * size, join(a, b))
    store(out, 7 * size, spread(number, lanes))
    store(out, 8 * size, append(a, b, 37))
    store(out, 9 * size, load(one, 1, lanes))


@pytest.mark.parametrize("width", vectors.WIDTHS)
def test_operations_are_those_of_whole_numbers(width):
    rng = np.random.default_rng(width)
    one, other = rng.integers(2**64, size=(2, width + 1), dtype=np.uint64)
    out = np.zeros((10, width), np.uint64)
    number = np.uint64(2**63 + 5)
    all_operations(one, other, number, (0,) * width, out.reshape(-1))
    a, b = one[:width], other[:width]
    expected = [
        a & b, a | b, a ^ b, ~a, (a & MASK) * (b & MASK), a >> HALF,
        (a & MASK) | (b << HALF), np.full(width, number),
        (a << np.uint64(1)) | (b >> np.uint64(37) & np.uint64(1)), one[1:],
    ]  # fmt: skip
    np.testing.assert_array_equal(out, expected)


@jit
def is_any(words, lanes):
    return any_bit(load(words, 0, lanes))


@pytest.mark.parametrize("width", vectors.WIDTHS)
def test_any_bit_of_any_lane_is_seen(width):
    lanes = (0,) * width
    words = np.zeros(width, np.uint64)
    assert not is_any(words, lanes)
    for lane in range(width):
        for bit in (0, 31, 32, 63):
            words[lane] = np.uint64(1) << np.uint64(bit)
            assert is_any(words, lanes)
        words[lane] = 0


@jit
def lowest_of(word):
    return lowest(word)


@pytest.mark.parametrize("bit", [0, 1, 31, 32, 63])
def test_the_lowest_bit_is_found(bit):
    assert lowest_of(np.uint64(2**bit)) == bit
    assert lowest_of(np.uint64(2**63 | 2**bit)) == bit


@jit
def read_and_write(states, start, out, place):
    word = read_signs(states, start)
    write_signs(out, place, word)
    return word


@pytest.mark.parametrize("start", [0, 1, 17, 64])
def test_signs_become_bits_and_signs_again(start):
    states = np.random.default_rng(start).choice(np.array([-1, 1], np.int8), 128)
    out = np.zeros(130, np.int8)
    word = int(read_and_write(states, start, out, 3))
    part = states[start : start + 64]
    assert word == sum(1 << k for k in range(64) if part[k] > 0)
    np.testing.assert_array_equal(out[3:67], part)
    assert not out[:3].any()
    assert not out[67:].any()


@pytest.mark.skipif(numba.config.DISABLE_JIT, reason="nothing is compiled")
def test_products_of_halves_are_one_instruction_where_there_is_one():
    @numba.njit
    def product(words, lanes):
        store(words, 0, multiply(load(words, 0, lanes), load(words, 8, lanes)))

    product(np.zeros(16, np.uint64), (0,) * 8)
    (assembly,) = product.inspect_asm().values()
    if "xmm" not in assembly and "ymm" not in assembly and "zmm" not in assembly:
        pytest.skip("not a processor of this kind")
    assert "pmuludq" in assembly

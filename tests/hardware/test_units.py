"""Quantities: read with units, refused with reasons, written with prefixes."""

import math
import re
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.units import PREFIXES, UNITS, format_quantity, parse_quantity


@pytest.mark.parametrize(
    ("text", "unit", "value"),
    [
        ("1ns", "s", 1e-9),
        ("1 ns", "s", 1e-9),
        ("  1.5e1 ns ", "s", 15e-9),
        ("50 us", "s", 50e-6),
        ("50 µs", "s", 50e-6),
        ("50 μs", "s", 50e-6),
        (".5 ms", "s", 0.5e-3),
        ("2. s", "s", 2.0),
        ("1e-6", "s", 1e-6),
        ("-3 V", "V", -3.0),
        ("15 MHz", "Hz", 15e6),
        ("20 fJ", "J", 20e-15),
        ("1.5 mW", "W", 1.5e-3),
        ("300", "K", 300.0),
        (7, "s", 7.0),
        (2.5, "s", 2.5),
        (np.float32(0.5), "s", 0.5),
        (np.int64(3), "s", 3.0),
    ],
)
def test_a_quantity_is_read_to_the_nearest_float(text, unit, value):
    assert parse_quantity(text, unit) == value
    assert type(parse_quantity(text, unit)) is float


@given(
    st.integers(0, 10**6),
    st.sampled_from(sorted(PREFIXES)),
    st.sampled_from(list(UNITS)),
)
def test_prefixes_are_powers_of_ten_rounded_once(number, prefix, unit):
    exact = Fraction(number) * Fraction(10) ** PREFIXES[prefix]
    assert parse_quantity(f"{number} {prefix}{unit}", unit) == float(exact)


@pytest.mark.parametrize(
    ("text", "unit", "message"),
    [
        ("3 MHz", "s", "'3 MHz' is a frequency, not a time"),
        ("3 ns", "Hz", "'3 ns' is a time, not a frequency"),
        ("1 mW", "J", "'1 mW' is a power, not an energy"),
        ("1 fJ", "W", "'1 fJ' is an energy, not a power"),
        ("15 mhz", "Hz", "unknown unit 'mhz'; did you mean 'MHz' or 'mHz'"),
        ("1 KHz", "Hz", "unknown unit 'KHz'; did you mean 'kHz'"),
        ("1 nsec", "s", "unknown unit 'nsec'; did you mean 'ns'"),
        ("1 parsec", "s", "unknown unit 'parsec'; known: s, Hz"),
        ("nan", "s", "'nan' is not a number with a unit, as in '1.5 ns'"),
        ("inf s", "s", "is not a number with a unit"),
        ("", "J", "'' is not a number with a unit, as in '1.5 nJ'"),
        ("1_000 s", "s", "is not a number with a unit"),
        ("1 ns 2", "s", "is not a number with a unit"),
        ("one ns", "s", "is not a number with a unit"),
        ("1e400 s", "s", "must be finite, not '1e400 s'"),
        (math.nan, "s", "must be finite, not nan"),
        (-math.inf, "s", "must be finite, not -inf"),
        (10**400, "s", "must be finite"),
    ],
)
def test_what_is_no_such_quantity_is_refused_with_the_reason(text, unit, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        parse_quantity(text, unit)


@pytest.mark.parametrize("value", [True, np.True_, None, [1.0], 1j])
def test_what_is_no_number_is_a_type_error(value):
    with pytest.raises(TypeError, match="must be a number or text with a unit, not"):
        parse_quantity(value)


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (1.5e-9, "s", "1.5 ns"),
        (1e-6, "s", "1 us"),
        (999.99e-9, "s", "1 us"),
        (999.9e-9, "s", "999.9 ns"),
        (0.0, "s", "0 s"),
        (-2e-3, "V", "-2 mV"),
        (15e6, "Hz", "15 MHz"),
        (2.87e-21, "J", "2.87 zJ"),
        (1e-24, "J", "1e-24 J"),
        (3.2e19, "Hz", "3.2e+19 Hz"),
        (math.inf, "s", "inf s"),
    ],
)
def test_a_quantity_is_written_with_the_prefix_that_suits_it(value, unit, text):
    assert format_quantity(value, unit) == text


@given(st.floats(1e-30, 1e30))
def test_what_is_written_is_read_back_to_the_digits_written(value):
    assert parse_quantity(format_quantity(value), "s") == pytest.approx(
        value, rel=5.1e-4
    )
    again = parse_quantity(format_quantity(value, digits=17), "s")
    assert again == pytest.approx(value, rel=1e-15)

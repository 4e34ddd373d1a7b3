"""Transfer matrices give what summing over all states gives, and what is known of strips."""

import math

import numpy as np
import pytest

from pbit import CapacityError, IsingModel, exact, ising2d
from pbit.transfer import chain_log_partition, infinite_strip, strip_log_partition


def strip_model(width, length, J, along, h, periodic, open_ends):
    pairs = {}

    def join(a, b, w):
        key = (min(a, b), max(a, b))
        pairs[key] = pairs.get(key, 0.0) + w

    for c in range(length):
        for r in range(width):
            if r + 1 < width:
                join(c * width + r, c * width + r + 1, J)
            if c + 1 < length or not open_ends:
                join(c * width + r, (c + 1) % length * width + r, along)
        if periodic and width > 1:
            join(c * width + width - 1, c * width, J)
    n = width * length
    return IsingModel(pairs, np.full(n, h), labels=range(n))


@pytest.mark.parametrize("ring", [False, True])
@pytest.mark.parametrize("n", [3, 4, 9])
def test_chains_and_rings_agree_with_enumeration(n, ring):
    rng = np.random.default_rng(n)
    J, h = rng.normal(size=n if ring else n - 1), rng.normal(size=n)
    model = IsingModel({(i, (i + 1) % n): w for i, w in enumerate(J)}, h)
    for beta in (0.0, 0.6, 30.0):
        found = chain_log_partition(J, h, beta, ring=ring)
        assert found == pytest.approx(exact.log_partition(model, beta), rel=1e-13)


def test_a_single_p_bit_is_a_chain():
    assert chain_log_partition([], [0.3]) == pytest.approx(math.log(2 * math.cosh(0.3)))


@pytest.mark.parametrize(
    ("width", "length"), [(1, 3), (1, 6), (2, 3), (3, 4), (4, 3), (5, 3)]
)
@pytest.mark.parametrize("periodic", [False, True])
@pytest.mark.parametrize("open_ends", [False, True])
def test_strips_agree_with_enumeration(width, length, periodic, open_ends):
    for J, along, h, beta in ((1.0, 1.0, 0.0, 0.4), (-0.7, 1.3, 0.2, 0.9)):
        model = strip_model(width, length, J, along, h, periodic, open_ends)
        found = strip_log_partition(
            width,
            length,
            beta,
            J,
            h,
            J_along=along,
            periodic=periodic,
            open_ends=open_ends,
        )
        assert found == pytest.approx(exact.log_partition(model, beta), rel=1e-13)


@pytest.mark.parametrize("beta", [0.2, ising2d.CRITICAL_BETA, 0.8])
def test_tubes_agree_with_kaufman(beta):
    found = strip_log_partition(7, 40, beta)
    expected = ising2d.torus(7, 40, beta).log_partition
    assert found == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("width", [1, 3, 7, 9])
def test_an_infinite_strip_is_the_limit_of_long_ones(width):
    found = infinite_strip(width, 0.35, h=0.1)
    longer = strip_log_partition(width, 400, 0.35, h=0.1)
    shorter = strip_log_partition(width, 300, 0.35, h=0.1)
    slope = (longer - shorter) / (100 * width)
    assert found.log_partition == pytest.approx(slope, rel=1e-12)
    step = 1e-5
    up = infinite_strip(width, 0.35, h=0.1 + step).log_partition
    down = infinite_strip(width, 0.35, h=0.1 - step).log_partition
    slope = (up - down) / (2 * step * 0.35)
    assert found.magnetization == pytest.approx(slope, abs=1e-7)


def test_the_correlation_length_at_the_critical_point_is_that_of_conformal_theory():
    # xi = width * 4 / pi for the spin's exponent 1/8 (J. L. Cardy 1984), and corrections
    # of the order 1 / width**2.
    lengths = [
        infinite_strip(w, ising2d.CRITICAL_BETA).correlation_length / w for w in (6, 12)
    ]
    assert abs(lengths[1] - 4 / math.pi) < 5e-3
    assert abs(lengths[1] - 4 / math.pi) < abs(lengths[0] - 4 / math.pi) / 3


def test_cold_strips_do_not_overflow():
    found = infinite_strip(9, 1e4, h=0.5)
    assert found.log_partition == pytest.approx(2.5e4, rel=1e-12)
    assert found.magnetization == pytest.approx(1.0)
    assert strip_log_partition(4, 9, 1e4) == pytest.approx(
        72e4 + math.log(2), rel=1e-14
    )


def test_free_energies_of_tubes_close_in_on_onsager():
    infinite = ising2d.log_partition(0.3)
    gaps = [abs(infinite_strip(w, 0.3).log_partition - infinite) for w in (4, 8, 14)]
    assert gaps[0] > 10 * gaps[1] > 100 * gaps[2]
    assert infinite_strip(8, 0.3).magnetization == 0.0


def test_bad_arguments_are_named():
    with pytest.raises(CapacityError, match=r"width must be at most 11 .*, not 12"):
        strip_log_partition(12, 5)
    with pytest.raises(CapacityError, match=r"width must be at most 20 .*, not 21"):
        infinite_strip(21)
    with pytest.raises(ValueError, match="length must be at least 3, not 2"):
        strip_log_partition(3, 2)
    with pytest.raises(ValueError, match="a ring must have at least 3 p-bits, not 2"):
        chain_log_partition([1.0, 1.0], ring=True)
    with pytest.raises(ValueError, match="h must have one entry a p-bit, 3, not 2"):
        chain_log_partition([1.0, 1.0], [0.0, 0.0])
    with pytest.raises(ValueError, match=r"J must be finite: J\[1\] = nan"):
        chain_log_partition([1.0, np.nan])

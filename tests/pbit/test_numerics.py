import math
from decimal import Decimal, localcontext

import numpy as np
import pytest

from pbit.kernels import numerics

ALLOWED = 4e-16  # absolute or relative, whichever is larger
SMALLEST = 2.0**-53  # of the uniforms: half a step of 52 bits

log = np.vectorize(numerics.log, otypes=[float])
half_logit = np.vectorize(numerics.half_logit, otypes=[float])


def uniforms():
    """The whole range: both ends, the powers of two between, and the neighbourhood of 1/2."""
    rng = np.random.default_rng(0)
    spread = 2.0 ** rng.uniform(-53, 0, 20_000)
    middle = 0.5 + 2.0 ** rng.uniform(-52, -2, 2000) * rng.choice([-1, 1], 2000)
    powers = 2.0 ** -np.arange(1, 54)
    steps = np.arange(1, 200) * 2.0**-53
    u = np.concatenate([spread, rng.random(20_000), middle, powers, steps])
    u = np.concatenate([u, 1.0 - u])
    return u[(u >= SMALLEST) & (u <= 1.0 - SMALLEST)]


def exact(function, values):
    """A function of Decimals to 40 digits, rounded once."""
    with localcontext() as context:
        context.prec = 40
        return np.array([float(function(Decimal(float(x)))) for x in values])


def error(found, truth):
    """Largest error, absolute or relative: whichever allows more."""
    return float((np.abs(found - truth) / np.maximum(1.0, np.abs(truth))).max())


def test_log_of_every_uniform_is_as_accurate_as_promised():
    u = uniforms()
    truth = np.array([math.log(x) for x in u])
    assert error(log(u), truth) <= ALLOWED
    assert error(log(u[:4000]), exact(Decimal.ln, u[:4000])) <= ALLOWED


def test_log_holds_over_all_normal_numbers():
    rng = np.random.default_rng(1)
    x = 2.0 ** rng.uniform(-1022, 1023.99, 20_000)
    x = np.concatenate([x, [2.0**-1022, np.finfo(float).max, 1.0, 2.0, 0.5]])
    truth = np.array([math.log(value) for value in x])
    assert error(log(x), truth) <= ALLOWED
    assert numerics.log(1.0) == 0.0


def test_log_is_accurate_across_the_seams_of_its_mantissa():
    """sqrt(1/2) times powers of two, where the exponent steps, and 1 +- a few bits."""
    seams = math.sqrt(0.5) * 2.0 ** np.arange(-53, 54)
    steps = np.arange(-20, 21)
    x = np.concatenate([seams * (1.0 + k * 2.0**-52) for k in steps])
    x = np.concatenate([x, 1.0 + steps * 2.0**-52])
    assert error(log(x), exact(Decimal.ln, x)) <= ALLOWED


def test_half_logit_is_the_inverse_of_the_heat_bath():
    """Half of log(u / (1 - u)), which is log u - log1p(-u), to 4e-16."""
    u = uniforms()
    plain = np.array([0.5 * (math.log(x) - math.log1p(-x)) for x in u])
    assert error(half_logit(u), plain) <= 2 * ALLOWED  # two logarithms' rounding each
    some = u[::7]
    truth = exact(lambda x: (x / (1 - x)).ln() / 2, some)
    assert error(half_logit(some), truth) <= ALLOWED


def test_half_logit_of_an_inputs_chance_is_the_input():
    for I in np.linspace(-17.5, 17.5, 501):  # noqa: E741 - the field's symbol
        # Taken on the side where it is small, for 1 - u to lose nothing.
        chance = 1.0 / (1.0 + math.exp(2.0 * abs(I)))
        assert numerics.half_logit(chance) == pytest.approx(-abs(I), abs=1e-14)


def test_half_logit_rises_with_every_step_of_its_argument():
    coarse = (np.arange(2000) + 0.5) / 2000
    ends = (np.arange(2000) + 0.5) * 2.0**-32
    for u in (coarse, ends, 1.0 - ends[::-1]):
        assert (np.diff(half_logit(u)) > 0).all()
    assert numerics.half_logit(0.5) == 0.0


def test_half_logit_is_odd_about_one_half():
    u = (np.arange(4000) + 0.5) * 2.0**-12  # both u and 1 - u are exact
    u = u[u < 1]
    assert error(half_logit(u), -half_logit(1.0 - u)) <= ALLOWED


def test_its_inputs_reach_as_far_as_the_draws_of_52_and_of_32_bits():
    assert numerics.half_logit(SMALLEST) == pytest.approx(-26.5 * math.log(2.0), 1e-15)
    assert numerics.half_logit(2.0**-33) == pytest.approx(-16.5 * math.log(2.0), 1e-10)

"""Macrospins against what is known exactly of them."""

import math

import numpy as np
import pytest
from scipy import stats
from scipy.integrate import quad

import hardware
from hardware import fits, magnet
from hardware.fits import dwell_times
from hardware.magnet import BOLTZMANN, MU_0, Magnet

VOLUME = math.pi * (11e-9) ** 2 * 2e-9  # a disc of 22 nm, 2 nm thick


def of_barrier(barrier, alpha=0.3, **more):
    """A uniaxial magnet of `barrier` kT at 300 K."""
    hk = 2 * barrier * BOLTZMANN * 300 / (MU_0 * 1.1e6 * VOLUME)
    return Magnet(1.1e6, VOLUME, alpha, hk=hk, **more)


def diffusion(some):
    """Rotational diffusion of a free magnet, rad^2/s."""
    share = some.alpha * some.gyromagnetic / (1 + some.alpha**2)
    return share * BOLTZMANN * some.temperature / some.moment


# Without noise.


def cold(alpha=0.1, **more):
    return Magnet(1e6, VOLUME, alpha, temperature=0.0, **more)


@pytest.mark.parametrize("alpha", [1e-6, 0.05, 1.0])
def test_a_magnet_precesses_and_relaxes_as_the_solution_says(alpha):
    some, h = cold(alpha), 5e4  # A/m
    larmor = some.gyromagnetic * MU_0 * h / (1 + alpha**2)
    duration = 20 * 2 * math.pi / larmor
    dt = duration / 40_000
    theta = 2.0
    start = [math.sin(theta), 0.0, math.cos(theta)]
    path = some.run(duration, dt, every=100, field=(0, 0, h), start=start)[:, 0]
    t = dt * 100 * np.arange(len(path))
    polar = 2 * np.arctan(np.tan(theta / 2) * np.exp(-alpha * larmor * t))
    np.testing.assert_allclose(path[:, 2], np.cos(polar), atol=1e-4)
    np.testing.assert_allclose(
        path[:, 0], np.sin(polar) * np.cos(larmor * t), atol=1e-3
    )
    np.testing.assert_allclose(
        path[:, 1], np.sin(polar) * np.sin(larmor * t), atol=1e-3
    )


def test_a_current_of_spins_turns_the_moment_to_its_side():
    some = cold(0.2, polarization=0.5)
    current = 1e-4
    rate = 0.5 * current / magnet.ELEMENTARY_CHARGE * magnet.BOHR_MAGNETON
    rate /= some.moment * (1 + 0.2**2)
    duration = 3 / rate
    path = some.run(duration, duration / 2000, current=current, start=(1, 0, -0.5))
    t = duration / 2000 * np.arange(len(path))
    first = -0.5 / math.sqrt(1.25)
    expected = np.tanh(rate * t + math.atanh(first))
    np.testing.assert_allclose(path[:, 0, 2], expected, atol=1e-5)


def test_lengths_stay_1():
    path = of_barrier(1.0, hd=3e5).run(2e-9, 2e-13, n=5, rng=1)
    np.testing.assert_allclose(np.linalg.norm(path, axis=2), 1, atol=1e-14)


def test_halving_the_step_quarters_the_error():
    some, errors = cold(0.1, hk=1e5, hd=4e5), []
    duration = 4e-11
    ends = [
        some.run(duration, duration / steps, every=steps, start=(0.6, 0.1, 0.8))[-1, 0]
        for steps in (400, 800, 1600, 25_600)
    ]
    errors = [np.linalg.norm(end - ends[-1]) for end in ends[:-1]]
    assert errors[0] / errors[1] == pytest.approx(4, rel=0.1)
    assert errors[1] / errors[2] == pytest.approx(4, rel=0.1)
    assert errors[2] < 1e-3


# At 300 K. Magnets that start alike are independent, so one look at each at the end
# makes independent samples: Kolmogorov's test, which fails once in a million.


def cdf(density):
    """Return the distribution function on (-1, 1) of an unnormalised density."""
    z = np.linspace(-1, 1, 20_001)
    p = density(z)
    total = np.concatenate([[0], np.cumsum((p[1:] + p[:-1]) / 2)])
    return lambda x: np.interp(x, z, total / total[-1])


def looks(some, axis, n=6000, times=4.0, **more):
    duration = times / diffusion(some)
    dt = some.largest_step / 2
    steps = math.ceil(duration / dt)
    path = some.run((steps + 0.5) * dt, dt, n=n, every=steps, rng=2, **more)
    return path[-1, :, axis]


@pytest.mark.parametrize("barrier", [0.0, 1.0, 2.5])
def test_uniaxial_magnets_settle_at_boltzmanns_law(barrier):
    some = of_barrier(barrier)
    assert some.barrier == pytest.approx(barrier)
    start = np.zeros((6000, 3))
    start[:, 2] = np.where(np.arange(6000) % 2, 1, -1)
    found = looks(some, 2, start=start)
    law = cdf(lambda z: np.exp(barrier * z * z))
    assert stats.kstest(found, law).pvalue > 1e-6
    # 6000 of them tell the law from one of a barrier 0.4 off.
    other = cdf(lambda z: np.exp((barrier + 0.5) * z * z))
    assert stats.kstest(found, other).pvalue < 1e-6


def test_easy_plane_magnets_settle_at_boltzmanns_law():
    hd = 2 * 3.0 * BOLTZMANN * 300 / (MU_0 * 1.1e6 * VOLUME)
    found = looks(Magnet(1.1e6, VOLUME, 0.3, hd=hd), 0)
    assert stats.kstest(found, cdf(lambda x: np.exp(-3 * x * x))).pvalue > 1e-6
    assert stats.kstest(found, cdf(lambda x: np.exp(-1.7 * x * x))).pvalue < 1e-6


def test_fields_add_their_energy():
    some = of_barrier(1.0)
    c = 0.8
    h = c * BOLTZMANN * 300 / (MU_0 * some.moment)
    found = looks(some, 2, field=(0, 0, h))
    law = cdf(lambda z: np.exp(z * z + c * z))
    assert stats.kstest(found, law).pvalue > 1e-6


def spin_factor(some, current):
    """The current as an energy over kT a unit of m_z: what it brings over the damping."""
    turned = some.polarization * current / magnet.ELEMENTARY_CHARGE
    turned *= magnet.BOHR_MAGNETON / some.moment
    field = turned / (some.alpha * some.gyromagnetic)
    return field * some.moment / (BOLTZMANN * some.temperature)


def test_the_sigmoid_is_that_of_the_exact_stationary_law():
    # An axial current acts on m_z as a field of a / (alpha gamma) would.
    some = of_barrier(1.0)
    unit = 1.0 / spin_factor(some, 1.0)
    wanted = np.array([-3.0, -1.0, 0.0, 1.0, 3.0])
    duration, dt = 60 / diffusion(some), some.largest_step / 2
    found = some.sigmoid(wanted * unit, duration, dt, n=60, rng=3)
    for c, mean in zip(wanted, found, strict=True):

        def density(z, c=c):
            return math.exp(z * z + c * z)

        up, down = quad(density, 0, 1)[0], quad(density, -1, 0)[0]
        # 3600 correlation times or so: a deviation of 0.02 at most.
        assert mean == pytest.approx((up - down) / (up + down), abs=0.09)


def passage(some, threshold):
    """Mean time of m_z from +threshold to -threshold: exact for an axial magnet."""
    barrier = some.barrier

    def inner(y):
        return quad(lambda x: math.exp(barrier * x * x), y, 1)[0]

    def outer(y):
        return math.exp(-barrier * y * y) / (1 - y * y) * inner(y)

    return quad(outer, -threshold, threshold)[0] / diffusion(some)


def test_dwell_times_are_the_mean_passage_over_the_barrier():
    # About 900 dwells a side: a deviation of 3.3 %. Steps look a little late: 1 %.
    some = of_barrier(4.0)
    expected = passage(some, 0.5)
    # Brown's asymptote, good to tens of per cent at 4 kT.
    rate = some.alpha * some.gyromagnetic * MU_0 * some.hk / (1 + some.alpha**2)
    rate *= math.sqrt(4.0 / math.pi) * math.exp(-4.0)
    assert expected == pytest.approx(1 / rate, rel=0.35)
    dt = some.largest_step / 4
    path = some.run(250 * expected, dt, n=8, rng=5, every=4)
    down, up = zip(*(dwell_times(path[:, k, 2], 4 * dt) for k in range(8)), strict=True)
    down, up = np.concatenate(down), np.concatenate(up)
    assert down.size > 700
    assert down.mean() == pytest.approx(expected, rel=0.1)
    assert up.mean() == pytest.approx(expected, rel=0.1)
    device = fits.fit_telegraph(path[:, 0, 2], 4 * dt, source="here")
    assert device.tau_n == pytest.approx(expected, rel=0.3)
    assert (device.kind_name(), device.status) == ("telegraph", "simulated")
    hardware.Design(name="fitted", device=device)


def test_a_free_magnet_is_remembered_for_its_diffusion_time():
    # <m(0) m(t)> = e^{-2 D t} / 3 an axis.
    some = of_barrier(0.0)
    expected = 0.5 / diffusion(some)
    dt = some.largest_step
    path = some.run(3000 * expected, dt, rng=6)
    device = fits.fit_transistor_mtj(path[:, 0, 2], dt, "3 ps")
    assert device.tau_n == pytest.approx(expected, rel=0.2)
    assert device.tau_t == 3e-12


def test_seeds_make_trajectories_whatever_their_number():
    some = of_barrier(1.0)
    one = some.run(1e-11, 1e-13, n=1, rng=7)
    three = some.run(1e-11, 1e-13, n=3, every=2, rng=7)
    np.testing.assert_array_equal(one[::2, 0], three[:, 0])
    assert not np.array_equal(three[-1, 1], three[-1, 0])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"ms": 0.0}, "ms must be a number > 0, not 0.0"),
        ({"alpha": math.nan}, "alpha must be a number > 0, not nan"),
        ({"hk": -1.0}, "hk must be a number >= 0, not -1.0"),
        ({"temperature": "warm"}, "temperature must be a number >= 0, not 'warm'"),
    ],
)
def test_bad_magnets_say_what_is_wrong(change, message):
    good = {"ms": 1e6, "volume": 1e-24, "alpha": 0.1}
    with pytest.raises(ValueError, match=message):
        Magnet(**(good | change))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"dt": 0.0}, "dt must be a time > 0, not 0.0"),
        ({"start": (0, 0, 0)}, "start must not be the zero vector"),
        ({"start": (0, 1)}, r"start must have shape \(3,\) or \(1, 3\)"),
        ({"field": (1, 2)}, "field must be three numbers"),
        ({"current": math.inf}, "current must be a finite number, not inf"),
    ],
)
def test_bad_runs_say_what_is_wrong(change, message):
    good = {"duration": 1e-12, "dt": 1e-13}
    with pytest.raises(ValueError, match=message):
        of_barrier(1.0).run(**(good | change))


def test_bad_trajectories_say_what_is_wrong():
    with pytest.raises(ValueError, match=r"mz must have shape \(rows,\), not \(2, 2\)"):
        dwell_times(np.zeros((2, 2)), 1.0)
    with pytest.raises(ValueError, match=r"threshold must be in \(0, 1\), not 2"):
        dwell_times(np.zeros(5), 1.0, 2)
    with pytest.raises(ValueError, match="must switch more often: 0 dwells down"):
        fits.fit_telegraph(np.ones(50), 1.0)
    with pytest.raises(ValueError, match="mz must be longer"):
        fits.fit_transistor_mtj(np.linspace(-1, 1, 100), 1.0, "3 ps")

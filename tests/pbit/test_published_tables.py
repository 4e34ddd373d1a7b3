"""Small versions of the tables that stand beside published results.

Where values are compared, means of independent runs are: LIMIT standard errors, ours and
theirs together, are passed once in a million times. Each test says what it would catch.
"""

import numpy as np
import pytest

from benchmarks import papers, quantum, spin_glass, xorsat
from benchmarks.papers import Comparison, Value
from pbit import IsingModel, exact, temper

LIMIT = 5.3  # of a normal law, for nine values at most (1e-7 each)


@pytest.fixture
def data():
    if not papers.DATA.is_dir():
        pytest.skip(f"{papers.DATA} is not there")


def far(mine, theirs):
    off = mine - theirs
    return abs(off.value) / off.error


def test_glasses_fall_as_published_in_the_first_sweeps(data):
    """40 sweeps of one glass: one 20 % off would be caught, and one a step behind."""
    sweeps = [2, 4, 10, 20, 40]
    mine = spin_glass.ours([0], sweeps, 60)
    theirs = spin_glass.published([0], 100)
    for t in sweeps:
        assert far(mine.at(t), theirs.at(t)) < LIMIT
        assert LIMIT * (mine.at(t) - theirs.at(t)).error < 0.2 * theirs.at(t).value
        later = theirs.at(theirs.sweeps[list(theirs.sweeps).index(t) + 1])
        assert mine.at(t).value > later.value


def test_rings_fall_as_published_at_the_ends_of_short_anneals(data):
    """Two of the eleven times, R = 50: one 15 % off would be caught."""
    times = [50.0, 100.0]
    mine = quantum.ours(50, times, 20, [0])
    theirs = quantum.published(50, [0])
    for k, (ours, known) in enumerate(
        zip(mine.values(), (theirs.values()[0], theirs.values()[2]), strict=True)
    ):
        assert theirs.times[2 * k] == times[k]
        assert far(ours, known) < LIMIT
        assert LIMIT * (ours - known).error < 0.15 * known.value


def test_xorsat_takes_as_many_attempts_as_published(data):
    """Mean of eight instances beside that of 100, whose spread is known; 15 % is caught."""
    rows = papers.read(xorsat.FOLDER / "cpu_swaps_quantiles_n016.csv")
    means = np.array([float(row["mean"]) for row in rows])
    instances = [model for model, _ in zip(xorsat.models(16), range(8), strict=False)]
    hits = xorsat.all_hits(iter(instances), 16, 500, 40)
    assert np.isfinite(hits).all()
    spread = means.std(ddof=1)
    error = np.hypot(hits.std() / hits.size**0.5, spread / 8**0.5)
    assert abs(hits.mean() - means.mean()) < LIMIT * error
    assert LIMIT * error < 0.15 * means.mean()


def test_published_files_are_read_with_their_ground_states(data):
    model, ground = papers.glass(8, 0)
    assert (model.n, model.J.nnz // 2, ground) == (512, 1408, -858.0)
    assert not model.h.any()
    for own in xorsat.models(16):
        assert exact.ground_energy(own) == -2 * 16


def test_fresh_instances_have_the_gap_and_ground_energy_of_published_ones():
    for model in xorsat.fresh(16, 3):
        assert model.n == 16
        assert exact.ground_energy(model) == 0
        assert len(exact.ground_states(model)) == 1


def test_a_curve_crosses_a_level_between_its_points():
    sweeps = np.array([10.0, 100.0, 1000.0])
    falling = 5 / sweeps
    assert spin_glass.crossing(sweeps, falling, 5 / 300) == pytest.approx(300)
    assert spin_glass.level_at(sweeps, falling, 300) == pytest.approx(5 / 300)
    with pytest.raises(
        ValueError, match=r"residuals must cross 0.001, not run from 0.5"
    ):
        spin_glass.crossing(sweeps, falling, 0.001)
    curve = spin_glass.Curve(sweeps, falling[None], 0.01 * falling[None])
    time = spin_glass.time_to(curve, 5 / 120)
    assert time.value == pytest.approx(120)
    assert time.error == pytest.approx(1.2, rel=0.2)


def test_an_exponent_is_the_slope_and_its_error_that_of_the_points():
    times = np.geomspace(50, 2000, 11)
    generator = np.random.default_rng(1)
    found = []
    for _ in range(200):
        noise = 1 + 0.02 * generator.standard_normal((11, 4))
        means = times[:, None] ** -0.6 * noise
        curve = quantum.Curve(times, means, 0.02 * times[:, None] ** -0.6 * np.ones(4))
        found.append(curve.exponent())
    values = np.array([kappa.value for kappa in found])
    assert values.mean() == pytest.approx(0.6, abs=5 * found[0].error / 200**0.5)
    assert values.std() == pytest.approx(found[0].error, rel=0.3)


def test_the_best_time_counts_fewer_attempts_than_t():
    """All runs take 3: seen at t = 4, and four attempts it is."""
    best = xorsat.best_time(np.full((5, 200), 3.0), 10)
    assert best.run_time.value == 4
    assert best.tts.value == 4
    halves = np.where(np.arange(200) % 2, 3.0, np.inf) * np.ones((5, 1))
    assert xorsat.best_time(halves, 10).tts.value == pytest.approx(
        4 * np.log(0.01) / np.log(0.5)
    )


def test_a_comparison_says_how_far_apart_values_are():
    ratio = Comparison("x", Value(1.1, 0.03), Value(1.0, 0.04), 0.05, "1")
    assert not ratio.agrees
    assert ratio.off.value == pytest.approx(0.1)
    assert ratio.off.error == pytest.approx(1.1 * np.hypot(0.03 / 1.1, 0.04))
    gap = Comparison("x", Value(0.61, 0.03), Value(0.60), 0.02, "1", absolute=True)
    assert gap.agrees
    assert gap.row()[5] == "+0.01"


# The rule of cluster moves that published runs follow.

GLASS = IsingModel(
    {(i, (i + d) % 12): (-1.0) ** (i * d) for i in range(12) for d in (1, 3)}
)


def test_the_rule_mirror_keeps_energies_and_turns_clusters():
    run = temper(GLASS, [0.3, 0.8], 4, 5, 30, rng=1, icm=True, icm_rule="mirror")
    other = temper(GLASS, [0.3, 0.8], 4, 5, 30, rng=1, icm=True)
    assert run.info["icm_rule"] == "mirror"
    assert run.samples[0].sha256 != other.samples[0].sha256
    for samples in run.samples:
        np.testing.assert_allclose(samples.energies, GLASS.energy(samples.states))
    assert (run.cluster_sizes <= 0.5).all()  # larger ones are not turned
    few = temper(GLASS, [0.3, 0.8], 4, 2, 30, rng=1, icm=True, icm_rule="mirror")
    np.testing.assert_array_equal(run.lowest[:, :2], few.lowest)


@pytest.mark.parametrize(
    ("model", "options", "message"),
    [
        (GLASS, {"icm_rule": "larger"}, "icm_rule must be"),
        (
            GLASS,
            {"icm_rule": "mirror", "clamp": {0: 1}},
            "needs a model without biases",
        ),
        (IsingModel(GLASS.J, np.ones(12)), {"icm_rule": "mirror"}, "without biases"),
    ],
)
def test_rules_of_cluster_moves_are_checked(model, options, message):
    with pytest.raises(ValueError, match=message):
        temper(model, [0.3, 0.8], 2, icm=True, rng=1, **options)

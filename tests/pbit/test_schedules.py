import numpy as np
import pytest

import pbit
from pbit import IsingModel, PCircuit, schedules


def slow_ends(model):
    weights = model.weights.toarray()
    squares = [
        sum(w**2 for w in [*weights[i], model.h[i]] if w != 0) for i in range(model.n)
    ]
    squares = [s for s in squares if s > 0]
    sigma = (sum(squares) / len(squares)) ** 0.5
    cold = pbit.anneal(model, 1e9 / sigma, 16, 30, rng=0, keep="last")
    inputs = []
    for m in cold.states[:, 0]:
        inputs += [abs(weights[i] @ m + model.h[i]) for i in range(model.n)]
    inputs = sorted(size for size in inputs if size > 1e-9 * sigma)
    start = 1 / sigma
    return start, max(start, 5 / inputs[int(0.1 * (len(inputs) - 1))])


def test_a_constant_schedule_is_constant():
    np.testing.assert_array_equal(schedules.constant(2, 3), [2.0, 2.0, 2.0])


@pytest.mark.parametrize("make", [schedules.linear, schedules.geometric])
def test_both_ends_are_reached_and_one_sweep_is_the_last(make):
    betas = make(0.1, 7.0, 50)
    assert betas.shape == (50,)
    assert (betas[0], betas[-1]) == pytest.approx((0.1, 7.0), rel=1e-14)
    assert (np.diff(betas) > 0).all()
    assert make(0.1, 7.0, 1).tolist() == [7.0]
    assert (np.diff(make(7.0, 0.1, 50)) < 0).all()


def test_linear_steps_are_equal_and_geometric_ratios_are():
    np.testing.assert_allclose(np.diff(schedules.linear(0, 3, 7)), 0.5)
    betas = schedules.geometric(0.01, 3, 9)
    np.testing.assert_allclose(betas[1:] / betas[:-1], (3 / 0.01) ** (1 / 8))


@pytest.mark.parametrize("seed", range(5))
def test_the_models_schedule_is_that_of_a_loop(seed):
    rng = np.random.default_rng(seed)
    weights = rng.normal(size=(30, 30)) * (rng.random((30, 30)) < 0.2)
    np.fill_diagonal(weights, 0)
    weights[3] = 0
    h = rng.normal(size=30) * (rng.random(30) < 0.5)
    h[3] = 0  # p-bit 3 hears nothing
    for model in (PCircuit(weights, h), IsingModel(weights + weights.T, h)):
        betas = schedules.from_model(model, 10)
        assert (betas[0], betas[-1]) == pytest.approx(slow_ends(model), rel=1e-12)


def test_max_cut_ends_at_five_over_the_smallest_gap():
    # In a ring of even length nothing is frustrated, but a descent leaves walls: inputs
    # are 0 there (ignored) and 1 elsewhere.
    ring = IsingModel({(i, (i + 1) % 8): -0.5 for i in range(8)})
    betas = schedules.from_model(ring, 100)
    assert betas[0] == pytest.approx(1 / np.sqrt(0.5))
    assert betas[-1] == pytest.approx(5.0)


def test_weights_that_decide_nothing_do_not_stretch_the_schedule():
    # Couplings that fall off as the cube of the distance span six decades.
    rng = np.random.default_rng(1)
    places = np.arange(100)
    apart = np.minimum(
        np.abs(places - places[:, None]), 100 - abs(places - places[:, None])
    )
    J = np.triu(rng.normal(size=(100, 100)) / np.maximum(apart, 1) ** 3, 1)
    model = IsingModel(J + J.T)
    betas = schedules.from_model(model, 2)
    assert 10 < betas[1] / betas[0] < 500
    cold = pbit.anneal(model, betas[1], 8, 100, rng=1, keep="last").states[:, 0]
    frozen = np.abs(model.fields(cold)) * betas[1] > 2
    assert frozen.mean() > 0.9


def test_where_no_flip_costs_anything_the_scale_is_the_typical_input(monkeypatch):
    monkeypatch.setattr(schedules, "NOTHING", 10.0)  # now every input counts as none
    pair = IsingModel({(0, 1): 2.0})
    np.testing.assert_array_equal(schedules.from_model(pair, 2), [0.5, 2.5])


def test_directed_weights_that_never_settle_have_a_schedule_too():
    chasing = PCircuit([[0.0, 1.0], [-1.0, 0.0]], [0.0, 0.0])
    np.testing.assert_array_equal(schedules.from_model(chasing, 2), [1.0, 5.0])


def test_scaling_the_model_scales_the_schedule():
    rng = np.random.default_rng(0)
    J = rng.normal(size=(9, 9))
    J = np.triu(J, 1) + np.triu(J, 1).T
    base = schedules.from_model(IsingModel(J), 5)
    for factor in (1e-150, 1e-3, 1e3, 1e200):
        scaled = schedules.from_model(IsingModel(J * factor), 5)
        np.testing.assert_allclose(scaled * factor, base, rtol=1e-12)


def test_isolated_pbits_change_nothing():
    alone = schedules.from_model(IsingModel({(0, 1): 2.0}), 3)
    among = schedules.from_model(IsingModel({(0, 1): 2.0}, np.zeros(100)), 3)
    np.testing.assert_array_equal(alone, among)


def test_a_rare_tiny_weight_does_not_stretch_the_schedule():
    J = {(i, i + 1): 1.0 for i in range(99)}
    J[10, 60] = 1e-9
    assert schedules.from_model(IsingModel(J), 3)[-1] == pytest.approx(2.5)


def test_fields_alone_have_a_schedule_and_nothing_at_all_has_beta_one():
    fields = IsingModel(np.zeros((2, 2)), [2.0, -2.0])
    np.testing.assert_allclose(schedules.from_model(fields, 2), [0.5, 2.5])
    nothing = IsingModel(np.zeros((2, 2)))
    np.testing.assert_array_equal(schedules.from_model(nothing, 2), [1.0, 1.0])


def test_the_end_is_never_hotter_than_the_start(monkeypatch):
    monkeypatch.setattr(schedules, "COLD", 0.1)
    betas = schedules.from_model(IsingModel({(0, 1): 1.0}), 4)
    np.testing.assert_array_equal(betas, np.full(4, 1.0))


def test_a_number_or_an_array_is_a_schedule():
    np.testing.assert_array_equal(schedules.check_schedule(2, 3), [2.0, 2.0, 2.0])
    given = np.array([1, 2, 3])
    checked = schedules.check_schedule(given, 3)
    assert checked.dtype == np.float64
    np.testing.assert_array_equal(checked, given)
    assert not checked.flags.writeable
    assert given.flags.writeable


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: schedules.constant(-1, 3), ValueError, "beta must be finite and >= 0"),
        (lambda: schedules.constant(1, 0), ValueError, "n_sweeps must be at least 1"),
        (lambda: schedules.linear(0, np.inf, 3), ValueError, "stop must be finite"),
        (lambda: schedules.linear("0", 1, 3), TypeError, "start must be a number"),
        (lambda: schedules.geometric(0, 1, 3), ValueError, "start must be positive"),
        (lambda: schedules.geometric(1, 0, 3), ValueError, "stop must be positive"),
        (lambda: schedules.geometric(1, 2, 1.5), TypeError, "n_sweeps must be a whole"),
        (
            lambda: schedules.check_schedule([1, 2], 3),
            ValueError,
            r"number or of shape \(3,\), not \(2,\)",
        ),
        (
            lambda: schedules.check_schedule([1, np.nan], 2),
            ValueError,
            r"schedule\[1\] = nan",
        ),
        (
            lambda: schedules.check_schedule([1, -2], 2),
            ValueError,
            r"schedule\[1\] = -2",
        ),
        (lambda: schedules.check_schedule("hot", 2), TypeError, "not 'hot'"),
        (lambda: schedules.check_schedule(None, 2), TypeError, "not None"),
        (lambda: schedules.check_schedule(1.0, -1), ValueError, "n_sweeps"),
    ],
)
def test_bad_schedules_are_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()

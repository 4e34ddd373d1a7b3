"""The distance of two sets of states is that of their kernels, and its error is honest."""

import math

import numpy as np
import pytest

from pbit.learning import noise
from pbit.learning.quality import kernel_distance


def test_the_distance_is_the_mean_over_different_pairs():
    x, y, w = noise.random_patterns(5, 7, 1), noise.random_patterns(4, 7, 2), 1.5

    def k(a, b):
        return math.exp(-sum(p != q for p, q in zip(a, b, strict=True)) / w)

    within_x = np.mean([k(a, b) for i, a in enumerate(x) for b in np.delete(x, i, 0)])
    within_y = np.mean([k(a, b) for i, a in enumerate(y) for b in np.delete(y, i, 0)])
    across = np.mean([k(a, b) for a in x for b in y])
    found = kernel_distance(x, y, width=w)
    assert found.value == pytest.approx(within_x + within_y - 2 * across)
    assert found.low < found.value < found.high


def test_the_error_is_what_leaving_rows_out_shows():
    x, y = noise.random_patterns(6, 7, 1), noise.random_patterns(4, 7, 2)
    variance = 0.0
    for rows, other in ((x, y), (y, x)):
        without = [
            kernel_distance(np.delete(rows, i, 0), other).value
            for i in range(len(rows))
        ]
        share = (len(rows) - 1) / len(rows)
        variance += share * np.sum((np.array(without) - np.mean(without)) ** 2)
    assert kernel_distance(x, y).error == pytest.approx(math.sqrt(variance))


def test_sets_of_one_distribution_are_at_zero_within_the_error_and_others_are_not():
    # 60 pairs of sets: the mean is 0 within its own error (false alarm 1e-6) ...
    values, errors = [], []
    for seed in range(60):
        x, y = np.split(noise.random_patterns(100, 20, seed), 2)
        found = kernel_distance(x, y)
        values.append(found.value)
        errors.append(found.error)
    assert abs(np.mean(values)) < 4.9 * np.std(values) / math.sqrt(60)
    # ... and the error that is printed is about the scatter, if anything more.
    assert 0.7 < np.mean(errors) / np.std(values) < 2.5
    far = noise.flip_bits(np.ones((50, 20), np.int8), 0.3, 1)
    found = kernel_distance(far, noise.random_patterns(50, 20, 1))
    assert found.low > 0


def test_bad_sets_are_refused():
    with pytest.raises(ValueError, match="reference must have 2 columns"):
        kernel_distance([[1, 0], [0, 1]], [[1], [1]])
    with pytest.raises(ValueError, match="two states at least make a set, not 1 and 2"):
        kernel_distance([[1, 0]], [[0, 1], [1, 1]])
    with pytest.raises(ValueError, match="width must be positive, not 0"):
        kernel_distance([[1, 0], [0, 1]], [[0, 1], [1, 1]], width=0)

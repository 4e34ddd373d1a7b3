"""Published accuracies of pc-COP, on the two graphs that take least time."""

import pytest

from benchmarks import pccop


@pytest.fixture(autouse=True)
def _data():
    if not pccop.DATA.exists():
        pytest.skip("../shared/data is not there")


@pytest.mark.parametrize(
    ("graph", "samples", "activation", "trials"),
    [
        ("G1", 100, "clip", 10),
        ("G11", 1000, "table", 60),
        ("G11", 100, pccop.STOPPED, 60),
    ],
)
def test_published_means_are_met(graph, samples, activation, trials):
    """Seeds are fixed. Errors of the means: 0.06, 0.14 and 0.24; tolerances 0.5, 0.3, 0.5."""
    assert pccop.score(graph, samples, activation, trials).within


def test_the_clip_does_better_on_a_torus_than_was_published():
    """By 1.9 points at 1000 samples; why we say that the figures are of a table."""
    assert pccop.score("G11", 1000, "clip", 5).off > 1.0

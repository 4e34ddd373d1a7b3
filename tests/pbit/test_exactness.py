"""Every kernel and every algorithm that samples, against exact laws: small, middling, large.

Up to 5 p-bits transition tables are read, by tests that this file names; 12 are counted, all
4096 states of them; of 144 the averages are compared with those of a tree decomposition.
"""

import importlib

import numpy as np
import pytest

import pbit
from pbit import exact
from pbit.samplers.ensemble import RULES
from pbit.samplers.kernel_choice import KERNELS, choose
from tests.pbit.exactness import (
    LIMIT,
    RINGS,
    WAYS,
    Draws,
    Exact,
    g_test,
    lattice,
    twelve,
    worst,
)
from tests.pbit.sampler_cases import counts, mixed
from tests.statistics import FALSE_ALARM, law_power

CASES = [(name, weights) for name, way in WAYS.items() for weights in way.weights]
EVERY = 5  # sweeps between states kept, times a way's slowness
BETA = {"whole": 0.45, "gauss": 0.5, "terms": 0.6, "cliques": 0.2}


# the list


def test_every_kernel_and_every_rule_is_on_the_list():
    def named(word):
        return {getattr(way.draw, "keywords", {}).get(word) for way in WAYS.values()}

    assert set(KERNELS) - {"auto"} <= named("kernel")
    assert {name.split(",")[0] for name in WAYS} > set(RULES) - {"gibbs"}
    samplers = {
        name for name in pbit.__all__ if callable(getattr(pbit, name, None))
    } & set(vars(importlib.import_module("pbit"))["_CONTENTS"])
    samplers = {name for name in samplers if name.islower()}
    searchers = {"greedy", "search", "tune_schedule"}  # of no law that anybody promises
    words = {"sample": "chain", "temper": "temper", "anneal": "anneal",
             "metropolis": "metropolis", "swendsen_wang": "swendsen-wang",
             "wolff": "wolff", "population_anneal": "population"}  # fmt: skip
    assert samplers - searchers == {*words, "quantum_anneal"}
    assert set(words.values()) <= set(WAYS)


@pytest.mark.parametrize("place", sorted({way.table for way in WAYS.values()}))
def test_small_tables_are_read_elsewhere(place):
    module, name = place.split(".")
    assert callable(getattr(importlib.import_module(f"tests.pbit.{module}"), name))


@pytest.mark.parametrize("order", ["sequential", "chromatic"])
def test_rows_of_bytes_make_the_bits_of_words(order):
    model = lattice(12, "cliques")
    law = choose(model, order, "planes")
    assert law.rows.shape[0] > 0
    runs = [
        pbit.sample(
            model, 0.2, 70, 40, 3, order, {5: -1}, 1, kernel=kernel, first_chain=9
        )
        for kernel in ("planes", "bitsliced")
    ]
    np.testing.assert_array_equal(runs[0].states, runs[1].states)
    np.testing.assert_array_equal(runs[0].energies, runs[1].energies)


# twelve p-bits, all states


@pytest.mark.parametrize(
    ("n_draws", "factor"),
    [(30_000, 1.15), pytest.param(400_000, 1.04, marks=pytest.mark.slow)],
)
@pytest.mark.parametrize(("name", "weights"), CASES)
def test_twelve_p_bits_have_the_law_of_enumeration(name, weights, n_draws, factor):
    """A beta 15 % off is caught 999 times of 1000, and is; 4 % by the slow test."""
    way, model, beta = WAYS[name], twelve(weights), 0.7
    law, off = (exact.probabilities(model, b) for b in (beta, factor * beta))
    assert law_power(n_draws, off, law) > 0.999
    every = 2 * min(way.slowness, 4)
    found = counts(way.draw(model, beta, n_draws, 1, every, 1).states, 12)
    assert g_test(found, law) > FALSE_ALARM > g_test(found, off)


@pytest.mark.parametrize("name", RINGS)
def test_rings_of_twelve_have_the_law_of_enumeration(name):
    """30,000 independent draws: a field 15 % off is caught 999 times of 1000, and is."""
    n_draws = 30_000
    rings = RINGS[name]._replace(model=mixed(3, 1, scale=2.0), n_replicas=4)
    law = exact.probabilities(rings.law(0.6))
    off = exact.probabilities(rings.law(0.6, gamma=1.725))
    assert law_power(n_draws, off, law) > 0.999
    found = counts(rings.draw(0.6, n_draws, 50, 1), 12)
    assert g_test(found, law) > FALSE_ALARM > g_test(found, off)


# 144 p-bits, averages


@pytest.fixture(scope="module")
def exactly():
    """Exact averages by kind of weights and by how much colder, each made once."""
    made = {}

    def averages(weights, factor=1.0):
        if (weights, factor) not in made:
            beta = factor * BETA[weights]
            made[weights, factor] = Exact(lattice(12, weights), beta)
        return made[weights, factor]

    return averages


@pytest.mark.parametrize(
    ("runs", "kept", "factor"),
    [(64, 200, 1.04), pytest.param(256, 800, 1.01, marks=pytest.mark.slow)],
)
@pytest.mark.parametrize(("name", "weights"), CASES)
def test_144_p_bits_have_the_averages_of_their_tree(
    name, weights, runs, kept, factor, exactly
):
    """A beta 4 % off is caught, and is; 1 % by the slow test."""
    way, truth, beta = WAYS[name], exactly(weights), BETA[weights]
    found = way.draw(truth.model, beta, runs, kept, EVERY * way.slowness, 1)
    assert worst(found, truth) < LIMIT < worst(found, exactly(weights, factor))


@pytest.mark.parametrize("name", RINGS)
def test_rings_of_144_have_the_averages_of_their_tree(name):
    """4,000 independent rings: a field 5 % off is caught, and is."""
    rings = RINGS[name]
    law, off = rings.law(0.6), rings.law(0.6, gamma=1.575)
    assert law.n == 144
    states = rings.draw(0.6, 4_000, 50, 1)
    found = Draws(states, law.energy(states))
    assert worst(found, Exact(law, 1.0)) < LIMIT
    assert worst(Draws(states, off.energy(states)), Exact(off, 1.0)) > LIMIT

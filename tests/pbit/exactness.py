"""Every way of sampling, the models it is tried on, and tests of what came out of it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import numpy as np
from scipy import stats

import pbit
from pbit import IsingModel, PolynomialModel, analysis
from pbit.treewidth import TreeDecomposition
from tests.statistics import pool

LIMIT = 7.3
"""Deviations of a mean: 2.9e-13 at both sides. 20,000 means, all of a run of this suite with
its slow tests, stray so far once in 170 million times; errors known to 10 % make that at
most once in a million."""


class Draws(NamedTuple):
    """States, shape (independent runs, one after the other, n), and their energies."""

    states: np.ndarray
    energies: np.ndarray


class Way(NamedTuple):
    """A kernel or an algorithm.

    `draw` takes model, beta, runs, states kept of each, sweeps between them, and a seed.
    """

    draw: Callable[..., Draws]
    weights: tuple[str, ...]
    table: (
        str  # the test that reads its transition table, or compares it with a slow twin
    )
    slowness: int = (
        1  # sweeps until states are forgotten, against those of the heat bath
    )


# models


def lattice(side, weights, seed=3):
    """A square lattice with free edges and biases: width `side`, as frustrated as it gets."""
    if weights == "cliques":
        return cliques(side, seed)
    rng = np.random.default_rng(seed)
    sites = np.arange(side**2).reshape(side, side)
    pairs = np.concatenate([
        np.stack([sites[:, 1:].ravel(), sites[:, :-1].ravel()], axis=1),
        np.stack([sites[1:].ravel(), sites[:-1].ravel()], axis=1),
    ])  # fmt: skip
    if weights == "whole":
        values = rng.choice([-1.0, 1.0], len(pairs))
        h = rng.choice([-1.0, 0.0, 0.0, 1.0], side**2)
    else:
        values, h = rng.normal(size=len(pairs)), 0.5 * rng.normal(size=side**2)
    J = {(int(i), int(j)): float(w) for (i, j), w in zip(pairs, values, strict=True)}
    if weights != "terms":
        return IsingModel(J, h, offset=0.3)
    corners = np.stack([sites[1:, 1:], sites[1:, :-1], sites[:-1, 1:], sites[:-1, :-1]])
    terms = {(i,): float(b) for i, b in enumerate(h)} | {
        pair: 0.5 * w for pair, w in J.items()
    }
    for four in corners.reshape(4, -1).T.tolist():
        terms[tuple(four)] = float(rng.normal())
    return PolynomialModel(terms, offset=0.3)


def cliques(size, seed):
    """As many groups as each has p-bits, all of whom hear each other; in a row."""
    rng, n = np.random.default_rng(seed), size**2
    groups = np.arange(n) // size
    present = np.triu(groups[:, None] == groups, 1)
    present[np.arange(n - size), np.arange(size, n)] = rng.random(n - size) < 0.3
    J = present * rng.choice([-1.0, 1.0], (n, n))
    return IsingModel(J + J.T, rng.choice([-1.0, 0.0, 1.0], n), offset=0.3)


def twelve(weights, seed=5):
    """Twelve p-bits, each of which hears about half of the others."""
    rng = np.random.default_rng(seed)
    present = np.triu(rng.random((12, 12)) < 0.5, 1)
    if weights in ("whole", "cliques"):
        J = present * rng.choice([-2.0, -1.0, 1.0, 2.0], (12, 12))
        return IsingModel(0.4 * (J + J.T), 0.4 * rng.choice([-1.0, 0.0, 1.0], 12))
    J = present * rng.normal(size=(12, 12))
    if weights == "gauss":
        return IsingModel(0.7 * (J + J.T), 0.3 * rng.normal(size=12))
    terms = {(int(i), int(j)): 0.5 * J[i, j] for i, j in zip(*J.nonzero(), strict=True)}
    for _ in range(12):
        three = rng.choice(12, 3, replace=False)
        terms[tuple(sorted(three.tolist()))] = 0.5 * float(rng.normal())
    return PolynomialModel(terms, labels=range(12))


def ring_model(model, n_replicas, beta, pull):
    """A ring of replicas as one model at beta = 1: the law that Trotter slices sample."""
    n = model.n
    J = np.zeros((n_replicas, n, n_replicas, n))
    for k in range(n_replicas):
        J[k, :, k] = beta * model.J.toarray()
        for i in range(n):
            J[k, i, (k + 1) % n_replicas, i] += pull
            J[(k + 1) % n_replicas, i, k, i] += pull
    J = J.reshape(n_replicas * n, -1)
    return IsingModel(J, np.tile(beta * model.h, n_replicas))


# ways


def gibbs(model, beta, runs, kept, every, seed, **options):
    found = pbit.sample(
        model,
        beta,
        runs,
        kept * every,
        20 * every,
        keep_every=every,
        rng=seed,
        **options,
    )
    return Draws(found.states, found.energies)


def other(sampler, model, beta, runs, kept, every, seed, **options):
    found = sampler(
        model,
        beta,
        runs,
        kept * every,
        20 * every,
        keep_every=every,
        rng=seed,
        **options,
    )
    return Draws(found.states, found.energies)


def annealed(model, beta, runs, kept, every, seed, **options):
    """States at the end of a schedule that ends in a stretch at one temperature."""
    betas = np.append(np.linspace(0, beta, 20), np.full(max(60, 8 * every), beta))
    found = pbit.anneal(
        model, betas, runs * kept, betas.size, rng=seed, keep="last", **options
    )
    return Draws(found.states, found.energies)


def tempered(model, beta, runs, kept, every, seed, **options):
    """The middle of three temperatures, and the first replica of a ladder."""
    replicas = 2 if options.get("icm") else 1
    found = pbit.temper(
        model, np.array([0.6, 1.0, 1.5]) * beta, replicas, runs, kept * every, 20 * every,
        keep_every=every, rng=seed, **options,
    ).samples[1]  # fmt: skip
    return Draws(found.states[::replicas], found.energies[::replicas])


def population(model, beta, runs, kept, every, seed):
    """Populations of `kept` members, brothers side by side; or one, if of one each.

    The one takes many sweeps a step, so that its members forget whose children they are.
    The others take one, so that the law depends on how they are resampled.
    """
    if kept == 1:
        members = pbit.population_anneal(
            model,
            n_chains=runs,
            n_sweeps=10 * every,
            betas=[0.5 * beta, beta],
            rng=seed,
        ).samples
        return Draws(members.states, members.energies)
    parts = [
        pbit.population_anneal(
            model, n_chains=5 * kept, n_sweeps=1, betas=np.linspace(0, beta, 25),
            rng=1000 * seed + k,
        ).samples
        for k in range(max(1, runs // 4))
    ]  # fmt: skip
    states = np.stack([part.states[:, 0] for part in parts])
    return Draws(states, np.stack([part.energies[:, 0] for part in parts]))


HEAT_BATH = "test_real_kernels.test_one_sweep_has_the_transition_table_of_its_updates"
TERMS = "test_polynomial.test_a_sweep_is_the_product_of_the_exact_updates"
BALANCE = (
    "test_kernels.test_a_sweep_in_random_order_keeps_the_law_averaged_over_all_picks"
)
RULE = (
    "test_metropolis.test_the_kernel_has_the_table_of_the_rule_and_balances_in_detail"
)
CLUSTERS = "test_clusters.test_a_step_balances_in_detail_whatever_the_signs_and_biases"
PLANES = "test_planes.test_every_update_of_every_state_has_the_chance_that_the_law_says"
DENSE_PLANES = "test_exactness.test_rows_of_bytes_make_the_bits_of_words"
SLICES = (
    "test_bitsliced.test_every_update_of_every_state_has_the_chance_that_the_law_says"
)
SWAPS = "test_tempering.test_swaps_balance_in_detail"
MOVES = (
    "test_tempering.test_cluster_moves_balance_in_detail_and_keep_the_sum_of_energies"
)
DECISIONS = (
    "test_metropolis_rule.test_one_decision_after_the_other_makes_the_kernels_bits"
)
RESAMPLED = (
    "test_population.test_resampling_alone_makes_the_law_of_the_next_temperature"
)
RINGS = "test_quantum.test_rings_move_as_the_slow_twin_does"
ANY, WHOLE, POLYNOMIAL = ("whole", "gauss"), ("whole",), ("terms",)
ANY_WHOLE = ("whole", "cliques")

WAYS = {
    "chain": Way(partial(gibbs, kernel="chain"), ANY, HEAT_BATH),
    "lanes": Way(partial(gibbs, kernel="lanes"), ANY, HEAT_BATH),
    "dense": Way(partial(gibbs, kernel="dense"), ANY, HEAT_BATH),
    "planes": Way(partial(gibbs, kernel="planes"), WHOLE, PLANES),
    # Rows of bytes, which these choose where many hear each other.
    "planes, dense": Way(partial(gibbs, kernel="planes"), ("cliques",), DENSE_PLANES),
    "bitsliced": Way(partial(gibbs, kernel="bitsliced"), WHOLE, SLICES),
    "bitsliced, chromatic": Way(
        partial(gibbs, kernel="bitsliced", order="chromatic"), WHOLE, SLICES
    ),
    "chain, random": Way(partial(gibbs, order="random"), ("gauss",), BALANCE, 2),
    "lanes, chromatic": Way(
        partial(gibbs, kernel="lanes", order="chromatic"), ("gauss",), HEAT_BATH
    ),
    "terms": Way(gibbs, POLYNOMIAL, TERMS),
    "terms, random": Way(partial(gibbs, order="random"), POLYNOMIAL, TERMS, 2),
    "anneal": Way(annealed, ("gauss",), HEAT_BATH),
    "anneal, metropolis": Way(partial(annealed, rule="metropolis"), ("gauss",), RULE),
    "anneal, metropolis, bitsliced": Way(
        partial(annealed, rule="metropolis", kernel="bitsliced"), WHOLE, DECISIONS
    ),
    "anneal, metropolis, planes": Way(
        partial(annealed, rule="metropolis", kernel="planes"), ANY_WHOLE, DECISIONS
    ),
    "metropolis": Way(partial(other, pbit.metropolis), ANY, RULE),
    "metropolis, random": Way(
        partial(other, pbit.metropolis, order="random"), ("gauss",), RULE, 2
    ),
    "swendsen-wang": Way(partial(other, pbit.swendsen_wang), ANY, CLUSTERS, 3),
    "wolff": Way(partial(other, pbit.wolff), ANY, CLUSTERS, 30),
    "temper": Way(tempered, ANY, SWAPS),
    "temper, lanes": Way(partial(tempered, kernel="lanes"), ("gauss",), SWAPS),
    "temper, icm": Way(partial(tempered, icm=True), ANY, MOVES),
    "temper, metropolis": Way(partial(tempered, rule="metropolis"), ("gauss",), SWAPS),
    "temper, terms": Way(tempered, POLYNOMIAL, SWAPS),
    "population": Way(population, ANY, RESAMPLED),
    "population, terms": Way(population, POLYNOMIAL, RESAMPLED),
}


class Rings(NamedTuple):
    """Rings of replicas, whose law is that of a larger model."""

    model: IsingModel
    n_replicas: int
    order: str

    def draw(self, beta, runs, sweeps, seed, gamma=1.5, strength=1.0):
        found = pbit.quantum_anneal(
            self.model, self.n_replicas, runs, sweeps, rng=seed, beta=beta, gammas=gamma,
            strength=strength, order=self.order, keep="replicas",
        )  # fmt: skip
        return found.states.reshape(runs, 1, -1)

    def law(self, beta, gamma=1.5, strength=1.0):
        pull = -strength * np.log(np.tanh(beta * gamma))
        return ring_model(self.model, self.n_replicas, beta, pull)


def chain_of(n, seed=7):
    """A line of p-bits with biases, whose rings are strips."""
    rng = np.random.default_rng(seed)
    J = {(i, i + 1): float(w) for i, w in enumerate(rng.normal(size=n - 1))}
    return IsingModel(J, 0.5 * rng.normal(size=n))


RINGS = {
    "chromatic": Rings(chain_of(18), 8, "chromatic"),
    "sequential": Rings(chain_of(18), 8, "sequential"),
    "lanes": Rings(chain_of(9), 16, "chromatic"),
}


# tests of what came out


def g_test(counts, law):
    """p-value of counts of independent draws, G = 2 sum O ln(O / E); rare states pooled."""
    expected = counts.sum() * law
    cells = pool(expected)
    seen, awaited = np.bincount(cells, counts), np.bincount(cells, expected)
    return float(stats.power_divergence(seen, awaited, lambda_="log-likelihood").pvalue)


class Exact:
    """Averages by tree decomposition, beside what they would be a little colder."""

    def __init__(self, model, beta):
        self.model, tree = model, TreeDecomposition(model)
        found, step = tree.moments(beta), 1e-3 * max(beta, 1e-3)
        near, far = (
            [tree.moments(beta + k * s).energy for s in (-step, step)] for k in (1, 2)
        )
        # Five points: what it is off by is of order step**4.
        slope = (8 * (near[1] - near[0]) - (far[1] - far[0])) / (12 * step)
        self.energy, self.variance = found.energy, -slope
        self.means = np.concatenate([found.mean, self.values(found.products)])

    def values(self, products):
        """The averages of couplings, or terms, as one row."""
        if isinstance(self.model, PolynomialModel):
            return np.asarray(products)
        rows, columns = self._pairs()
        return np.asarray(products[rows, columns]).ravel()

    def observables(self, states):
        """P-bits, and products over couplings or terms, of states of any shape (..., n)."""
        if isinstance(self.model, PolynomialModel):
            members = np.split(
                self.model.members.indices, self.model.members.indptr[1:-1]
            )
            found = [states[..., own].prod(axis=-1) for own in members]
            return np.concatenate([states, np.stack(found, axis=-1)], axis=-1)
        rows, columns = self._pairs()
        return np.concatenate(
            [states, states[..., rows] * states[..., columns]], axis=-1
        )

    def _pairs(self):
        return np.triu(self.model.J.toarray()).nonzero()


def worst(draws, exact):
    """The largest deviation of a mean from what is exact, in standard errors.

    Of every p-bit, of every coupling's product, of the energy and of its square. A mean
    of N states is worth N / tau independent ones, tau from its autocorrelation.
    """
    states, energies = draws
    found = np.moveaxis(exact.observables(states), -1, 0)
    scores = [
        score(values, mean, 1 - mean**2)
        for values, mean in zip(found, exact.means, strict=True)
    ]
    squares = (energies - exact.energy) ** 2
    scores.append(score(energies, exact.energy, exact.variance))
    scores.append(score(squares, exact.variance, squares.var()))
    return float(np.abs(scores).max())


def score(values, mean, variance):
    """How many standard errors a mean of values, shape (runs, kept), is off."""
    time = 1.0
    if values.shape[1] > 1:
        time = max(1.0, analysis.autocorrelation(values).time)
    return (values.mean() - mean) / np.sqrt(variance * time / values.size)

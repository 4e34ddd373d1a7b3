"""Averages of every phase against enumeration; a wrong phase is caught."""

import networkx as nx
import numpy as np
import pytest
from scipy import stats

import pbit
from pbit.learning import (
    BoltzmannMachine,
    ContrastiveDivergence,
    Drawn,
    Exact,
    Gibbs,
    MeanField,
    Persistent,
    Tempered,
)
from pbit.learning.phases import moments_of
from tests.oracles import all_states, boltzmann
from tests.statistics import FALSE_ALARM

N = 20_000  # independent chains: a correlation that is 0.05 off is caught


def layered(*sizes):
    return nx.complete_multipartite_graph(*sizes)


def deep():
    """Three layers of which only neighbours are joined."""
    graph = layered(4, 3, 2)
    graph.remove_edges_from([(v, h) for v in range(4) for h in (7, 8)])
    return graph


GRAPHS = {
    "all visible": (6, None),
    "all joined, three hidden": (7, [0, 2, 4, 6]),
    "restricted": (nx.complete_bipartite_graph(5, 4), range(5)),
    "deep": (deep(), range(4)),
    "sparse, hidden p-bits joined": (nx.circulant_graph(10, [1, 2]), [0, 3, 4, 7]),
    "named": (nx.relabel_nodes(nx.cycle_graph(5), dict(enumerate("eacbd"))), "abc"),
}
SAMPLED = {
    "gibbs": lambda: Gibbs(1, 60, N, n_threads=2),
    "contrastive divergence": lambda: ContrastiveDivergence(60, n_threads=2),
    "persistent": lambda: Persistent(N, 60, n_threads=2),
    "drawn": lambda: Drawn(draw, N),
}


def draw(model, clamp, n, rng, beta=1.0):
    found = pbit.sample(
        model, beta, n, n_sweeps=1, n_warmup=60, clamp=clamp, rng=rng, n_threads=2
    )
    return found.states[:, 0]


def machine_of(name, seed=1):
    graph, visible = GRAPHS[name]
    machine = BoltzmannMachine(graph, visible).randomize(0.4, seed)
    machine.biases[:] = np.random.default_rng(seed).normal(0, 0.3, machine.n)
    return machine


def rows_of(machine, n=12, seed=2):
    rng = np.random.default_rng(seed)
    return rng.choice([-1, 1], (n, machine.n_visible)).astype(np.int8)


def by_hand(machine, rows=None):
    """Averages state by state, over the rows held or over all states."""
    model = machine.model
    clamps = [None]
    if rows is not None:
        names = [machine.labels[i] for i in machine.visible]
        clamps = [dict(zip(names, row.tolist(), strict=True)) for row in rows]
    p = sum(boltzmann(model, clamp=clamp) for clamp in clamps) / len(clamps)
    states = all_states(machine.n).astype(float)
    i, j = machine.edges.T
    return p @ (states[:, i] * states[:, j]), p @ states


def assert_moments(found, machine, n, rows=None, phases=1):
    """Object if sums of n independent states are not these averages.

    Each is a number of heads; its p-value is an exact binomial's. False alarm 1e-6 over
    all averages and `phases` calls together.
    """
    pairs, singles = by_hand(machine, rows)
    truth = np.concatenate([pairs, singles])
    seen = np.concatenate(found)
    count = phases * len(truth)
    for mean, expected in zip(seen, truth, strict=True):
        heads = round(n * (1 + mean) / 2)
        assert heads == pytest.approx(n * (1 + mean) / 2)
        chance = min(1.0, max(0.0, (1 + expected) / 2))
        if not 0 < chance < 1:
            assert heads == n * chance
            continue
        p = stats.binomtest(heads, n, chance).pvalue
        assert p > FALSE_ALARM / count, f"{mean} of {n} against {expected}: p = {p}"


@pytest.mark.parametrize("name", GRAPHS)
def test_exact_averages_and_likelihoods_are_those_of_all_states(name):
    machine = machine_of(name)
    rows = rows_of(machine)
    for held in (None, rows):
        found = Exact().moments(machine, held, None)
        pairs, singles = by_hand(machine, held)
        assert found.correlations == pytest.approx(pairs, abs=1e-12)
        assert found.means == pytest.approx(singles, abs=1e-12)
    model = machine.model
    names = [machine.labels[i] for i in machine.visible]
    z = pbit.exact.log_partition(model)
    assert machine.log_partition() == pytest.approx(z)
    for row, value in zip(rows, machine.log_probabilities(rows), strict=True):
        clamp = dict(zip(names, row.tolist(), strict=True))
        assert value == pytest.approx(pbit.exact.log_partition(model, clamp=clamp) - z)


@pytest.mark.parametrize("name", GRAPHS)
def test_the_gradient_is_the_slope_of_the_likelihood(name):
    machine = machine_of(name)
    rows = rows_of(machine)
    held = Exact().moments(machine, rows, None)
    free = Exact().moments(machine, None, None)
    step = 1e-5
    for numbers, ups, downs in (
        (machine.weights, held.correlations, free.correlations),
        (machine.biases, held.means, free.means),
    ):
        for k in range(len(numbers)):
            ends = []
            for way in (step, -2 * step):
                numbers[k] += way
                ends.append(machine.log_likelihood(rows))
            numbers[k] += step
            slope = (ends[0] - ends[1]) / (2 * step)
            assert slope == pytest.approx(ups[k] - downs[k], abs=1e-8)


@pytest.mark.parametrize("phase", SAMPLED)
@pytest.mark.parametrize("name", GRAPHS)
def test_negative_phases_sample_the_machine(name, phase):
    machine = machine_of(name)
    rows = np.repeat(rows_of(machine, 10), N // 10, axis=0)
    found = SAMPLED[phase]().moments(machine, None, 5, batch=rows)
    assert_moments(found, machine, N)


@pytest.mark.parametrize("name", GRAPHS)
def test_tempered_chains_sample_the_machine(name):
    machine = machine_of(name)
    ladders = 2000  # an average that is 0.16 off is caught
    phase = Tempered(4, ladders, n_threads=2)
    for step in range(40):
        found = phase.moments(machine, None, step)
    assert_moments(found, machine, ladders)


@pytest.mark.parametrize("phase", ["gibbs", "drawn"])
@pytest.mark.parametrize("name", GRAPHS)
def test_positive_phases_sample_what_the_data_leave_free(name, phase):
    machine = machine_of(name)
    rows = rows_of(machine, 10)
    if phase == "gibbs":
        found = SAMPLED[phase]().moments(machine, np.repeat(rows, N // 10, axis=0), 6)
    else:
        found = Drawn(draw, per_row=N // 10).moments(machine, rows, 6)
    # Heads of rows that differ scatter less than a binomial: the test errs to silence.
    assert_moments(found, machine, N, rows)


def test_a_phase_that_is_wrong_is_caught():
    def hot(model, clamp, n, rng):
        return draw(model, clamp, n, rng, beta=0.85)

    def stuck(model, clamp, n, rng):
        states = draw(model, clamp, n, rng).copy()
        states[: n // 20, 0] = 1
        return states

    machine = machine_of("all joined, three hidden")
    for broken in (hot, stuck):
        found = Drawn(broken, N).moments(machine, None, 7)
        with pytest.raises(AssertionError):
            assert_moments(found, machine, N)


def test_contrastive_divergence_is_its_chain_of_one_sweep():
    # CD-1 of a restricted machine, by its matrices: h given data, v given h, h given v.
    machine = machine_of("restricted")
    rows = rows_of(machine, 10)
    nv, nh = 5, 4
    V, H = all_states(nv).astype(float), all_states(nh).astype(float)
    J = machine.model.J.toarray()[:nv, nv:]
    a, b = machine.biases[:nv], machine.biases[nv:]
    up = np.exp(H @ (J.T @ V.T + b[:, None]))  # (h, v)
    up /= up.sum(axis=0)
    down = np.exp(V @ (J @ H.T + a[:, None]))  # (v, h)
    down /= down.sum(axis=0)
    start = np.zeros(2**nv)
    for row in rows:
        start[int(((row > 0) * 2 ** np.arange(nv)).sum())] += 1 / len(rows)
    joint = (down @ (up @ start))[:, None] * up.T  # (v, h)
    pairs = np.einsum("vh,vi,hj->ij", joint, V, H)
    expected = [pairs[i, j - nv] for i, j in machine.edges]
    found = ContrastiveDivergence(1).moments(
        machine, None, 3, batch=np.repeat(rows, N // 10, axis=0)
    )
    # An average that is 0.05 off is caught; false alarm 1e-6.
    reach = stats.norm.isf(FALSE_ALARM / len(pairs.ravel()) / 2) / np.sqrt(N)
    assert found.correlations == pytest.approx(expected, abs=reach)


@pytest.mark.parametrize("name", ["all visible", "restricted"])
def test_mean_field_is_exact_where_hidden_p_bits_are_not_joined(name):
    machine = machine_of(name)
    rows = rows_of(machine)
    found = MeanField().moments(machine, rows, None)
    exact = Exact().moments(machine, rows, None)
    assert found.means == pytest.approx(exact.means)
    assert found.correlations == pytest.approx(exact.correlations)


def test_mean_field_is_a_fixed_point_where_they_are():
    machine = machine_of("deep")
    rows = rows_of(machine)
    means = MeanField(1e-12, 10_000).means(machine, rows)
    heard = np.tanh(means @ machine.model.J.toarray() + machine.biases)
    hidden = machine.hidden
    assert means[:, hidden] == pytest.approx(heard[:, hidden], abs=1e-10)


def test_sums_over_states_are_those_of_the_formula():
    machine = machine_of("sparse, hidden p-bits joined")
    states = np.random.default_rng(0).choice([-1, 1], (137, 10)).astype(np.int8)
    found = moments_of(machine, states)
    i, j = machine.edges.T
    assert found.correlations == pytest.approx(
        (states[:, i] * states[:, j]).mean(axis=0)
    )
    assert found.means == pytest.approx(states.mean(axis=0))


@pytest.mark.parametrize(
    "make",
    [
        lambda threads: Persistent(16, 2, n_threads=threads),
        lambda threads: Tempered(3, 8, n_threads=threads),
        lambda threads: Gibbs(2, 2, 8, n_threads=threads),
    ],
)
def test_one_seed_makes_one_result_whatever_the_threads(make):
    machine = machine_of("deep")
    results = []
    for threads in (1, 2):
        phase = make(threads)
        results.append([phase.moments(machine, None, k) for k in range(3)])
    for one, other in zip(*results, strict=True):
        assert np.array_equal(one.correlations, other.correlations)
        assert np.array_equal(one.means, other.means)


def test_phases_say_what_they_are_not_for():
    machine = machine_of("restricted")
    rows = rows_of(machine)
    with pytest.raises(ValueError, match="mean field is a positive phase"):
        MeanField().moments(machine, None, 0)
    with pytest.raises(ValueError, match="Persistent is a negative phase"):
        Persistent(4).moments(machine, rows, 0)
    with pytest.raises(ValueError, match="contrastive divergence is a negative phase"):
        ContrastiveDivergence().moments(machine, None, 0)
    with pytest.raises(ValueError, match="betas must end at 1"):
        Tempered([0.0, 0.5])
    with pytest.raises(ValueError, match=r"drawn states must have shape \(..., 9\)"):
        Drawn(lambda *_: np.ones((3, 2)), 3).moments(machine, None, 0)
    chains = Persistent(4)
    chains.moments(machine, None, 0)
    with pytest.raises(ValueError, match="chains have 9 p-bits, the machine 6"):
        chains.moments(machine_of("all visible"), None, 0)

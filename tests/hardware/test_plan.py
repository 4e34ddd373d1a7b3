"""Plans: what a design makes of a circuit."""

import itertools

import networkx as nx
import numpy as np
import pytest

import pbit
from hardware.design import load_design
from hardware.engines import plan
from hardware.engines.draws import pick_index
from pbit.errors import DesignError

RING = pbit.IsingModel({(i, (i + 1) % 5): 1.0 for i in range(5)})


def timing(circuit, **parts):
    table = {"name": "x", "device": {"kind": "ideal", "tau_n": 1e-9}} | parts
    return plan.make_timing(circuit, load_design(table))


def groups_of(made):
    bounds = made.group_ptr.tolist()
    return [made.members[a:b].tolist() for a, b in itertools.pairwise(bounds)]


def chances(keep, alias):
    """With what probability the table gives each of them."""
    n = keep.size
    made = keep / n
    np.add.at(made, alias, (1 - keep) / n)
    return made


WEIGHTS = {
    "one": [3.0],
    "equal": [1.0] * 7,
    "two": [1.0, 3.0],
    "one large": [1e6] + [1.0] * 9,
    "one small": [1e-9] + [1.0] * 9,
    "far apart": np.logspace(-12, 12, 25),
    "random": np.random.default_rng(1).exponential(size=1000),
    "many": np.random.default_rng(2).uniform(0.5, 2, size=100_000),
}


@pytest.mark.parametrize("name", WEIGHTS)
def test_alias_tables_give_exactly_the_chances_asked_for(name):
    weights = np.array(WEIGHTS[name], float)
    given = weights.copy()
    keep, alias = plan.alias_table(weights)
    np.testing.assert_array_equal(weights, given)
    assert keep.min() >= 0
    assert keep.max() <= 1
    assert alias.dtype == np.int32
    np.testing.assert_allclose(
        chances(keep, alias), weights / weights.sum(), rtol=0, atol=1e-12
    )


def test_autonomous_pbits_share_one_clock_of_their_total_rate():
    made = timing(RING)
    assert made.updates == plan.POISSON
    assert made.mean_wait == pytest.approx(1e-9 / 5)
    assert made.keep.size == 0
    tau = [1e-9, 2e-9, 4e-9, 1e-9, 8e-9]
    made = timing(RING, device={"kind": "ideal", "tau_n": tau})
    rates = 1 / np.array(tau)
    assert made.mean_wait == pytest.approx(1 / rates.sum())
    np.testing.assert_allclose(chances(made.keep, made.alias), rates / rates.sum())


def test_sequential_groups_are_single_pbits_in_order():
    made = timing(RING, fabric={"kind": "sequential"})
    assert groups_of(made) == [[0], [1], [2], [3], [4]]
    assert (made.updates, made.period) == (plan.TICKS, 1e-9)


@pytest.mark.parametrize("kind", ["synchronous", "masked"])
def test_simultaneous_groups_are_everyone(kind):
    fabric = {"kind": kind} | ({"probability": 1} if kind == "masked" else {})
    made = timing(RING, fabric=fabric)
    assert groups_of(made) == [[0, 1, 2, 3, 4]]
    assert isinstance(made.probability, float)


@pytest.mark.parametrize("seed", range(20))
def test_chromatic_groups_are_a_proper_colouring(seed):
    graph = nx.gnp_random_graph(3 * seed + 1, 0.3, seed=seed)
    nx.set_edge_attributes(graph, -1.0, "J")
    model = pbit.IsingModel.from_networkx(graph)
    made = timing(model, fabric={"kind": "chromatic"})
    groups = groups_of(made)
    assert sorted(i for group in groups for i in group) == list(range(model.n))
    assert all(group == sorted(group) and group for group in groups)
    for group in groups:
        assert graph.subgraph(group).number_of_edges() == 0
    assert made.period == pytest.approx(1e-9 / len(groups))


def test_chromatic_groups_of_directed_circuits_never_read_one_another():
    weights = np.triu(np.ones((6, 6)), 1)  # each hears all later ones
    made = timing(pbit.PCircuit(weights), fabric={"kind": "chromatic"})
    assert len(groups_of(made)) == 6


def test_wiring_knows_who_hears_whom():
    circuit = pbit.PCircuit([[0, 2.0, 0], [0, 0, 0], [3.0, 4.0, 0]], [1, 2, 3])
    wiring = plan.make_wiring(circuit)
    assert wiring.indptr.tolist() == [0, 1, 1, 3]
    assert wiring.indices.tolist() == [1, 0, 1]
    assert wiring.data.tolist() == [2, 3, 4]
    assert wiring.h.tolist() == [1, 2, 3]
    hearers = np.split(wiring.out_indices, wiring.out_indptr[1:-1])
    assert [list(h) for h in hearers] == [[2], [0, 2], []]


@pytest.mark.parametrize(
    ("synapse", "kind", "n_copies"),
    [
        ({"kind": "instant"}, plan.INSTANT, 0),
        ({"kind": "delay", "tau_s": 2e-9}, plan.DELAY, 0),
        ({"kind": "stale", "tau_s": 2e-9}, plan.STALE_EDGE, 10),
        ({"kind": "stale", "tau_s": 2e-9, "copies": "source"}, plan.STALE_SOURCE, 5),
    ],
)
def test_synapses_are_counted_by_the_copies_they_keep(synapse, kind, n_copies):
    made = timing(RING, synapse=synapse)
    assert (made.synapse, made.n_copies) == (kind, n_copies)
    assert made.tau_s == synapse.get("tau_s", 0.0)


def test_the_fastest_clock_of_a_machine_is_found():
    def shortest(**parts):
        return plan.shortest_wait(timing(RING, **parts))

    slow = {"kind": "delay", "tau_s": 1e-15}
    assert shortest(synapse=slow) == pytest.approx(1e-9 / 5)
    assert shortest(fabric={"kind": "synchronous"}) == 1e-9
    tau = [3e-9, 2e-9, 4e-9, 5e-9, 8e-9]
    assert shortest(device={"kind": "telegraph", "tau_n": tau}) == 2e-9
    stale = {"kind": "stale", "tau_s": 1e-10}
    assert shortest(synapse=stale) == pytest.approx(1e-11)
    lone = pbit.IsingModel(np.zeros((1, 1)))
    assert plan.shortest_wait(timing(lone, synapse=stale)) == 1e-9  # nothing to refresh


@pytest.mark.parametrize("kind", ["ideal", "telegraph"])
def test_as_many_times_as_pbits_or_one(kind):
    with pytest.raises(
        DesignError, match=r"device\.tau_n: must be one time or 5.* not 2"
    ):
        timing(RING, device={"kind": kind, "tau_n": [1e-9, 2e-9]})
    made = timing(RING, device={"kind": kind, "tau_n": [1e-9]})
    assert made.tau.tolist() == [1e-9]


def test_picks_land_in_proportion_over_a_fine_grid():
    weights = np.array([1.0, 2.0, 5.0])
    keep, alias = plan.alias_table(weights)
    grid = (np.arange(80_000) + 0.5) / 80_000
    picks = np.array([pick_index(p, 3, keep, alias) for p in grid])
    shares = np.bincount(picks, minlength=3) / grid.size
    assert shares == pytest.approx(weights / 8, abs=1e-4)  # 1 / grid points a boundary

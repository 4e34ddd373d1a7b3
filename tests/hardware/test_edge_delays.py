"""Delays of single connections: what designs say of them, their law, their memory."""

import networkx as nx
import numpy as np
import pytest

import hardware
import pbit
from hardware.design import load_design
from hardware.engines.delays import edge_delays, outgoing_edges
from pbit.errors import DesignError
from pbit.random import streams
from tests.hardware import markov
from tests.hardware.machines import ENGINES, GLASS, TAU, columns

FALSE_ALARM = 1e-6
CHAIN = pbit.IsingModel({("a", "b"): 1.0, ("b", "c"): -1.0}, labels=["a", "b", "c"])


def design_of(tau_s, device="ideal", fabric="autonomous", **rest):
    return {
        "name": "late",
        "device": {"kind": device, "tau_n": TAU},
        "synapse": {"kind": "delay", "tau_s": tau_s, **rest},
        "fabric": {"kind": fabric},
    }


def delays(circuit, tau_s, rng=None, **rest):
    source = None if rng is None else streams(rng)
    return edge_delays(circuit, load_design(design_of(tau_s, **rest)), source)


# What designs say.


def test_one_delay_for_all_is_no_array():
    assert delays(CHAIN, 1e-9).size == 0


def test_arrays_follow_the_weights():
    given = [1e-9, 2e-9, 3e-9, "4 ns"]
    assert delays(CHAIN, given).tolist() == [1e-9, 2e-9, 3e-9, 4e-9]
    # Rows of the weights: a hears b; b hears a, c; c hears b.
    assert CHAIN.weights.indices.tolist() == [1, 0, 2, 1]


def test_tables_name_pbits_by_their_labels_from_and_to():
    table = {("a", "b"): 1e-9, ("b", "a"): 2e-9, ("c", "b"): "3 ns"}
    # a hears b after 2, b hears a after 1 and c after 3, c hears b after 3 too.
    assert delays(CHAIN, table).tolist() == [2e-9, 1e-9, 3e-9, 3e-9]


def test_tables_come_from_edges_of_graphs():
    graph = nx.Graph()
    graph.add_edge("x", "y", J=1.0, delay=5e-9)
    graph.add_edge("y", (1, 2), J=1.0, delay=7e-9)
    model = pbit.IsingModel.from_networkx(graph)
    table = nx.get_edge_attributes(graph, "delay")
    assert sorted(delays(model, table)) == [5e-9, 5e-9, 7e-9, 7e-9]
    read = load_design(load_design(design_of(table)).to_dict())
    assert sorted(edge_delays(model, read)) == [5e-9, 5e-9, 7e-9, 7e-9]


@pytest.mark.parametrize(
    "tau_s", [1e-9, [1e-9, 2e-9], {("a", "b"): 1e-9, ("b", "c"): 2e-9}]
)
def test_designs_with_delays_come_back_from_their_file(tau_s, tmp_path):
    design = load_design(design_of(tau_s, spread=0.1, seed=3))
    path = tmp_path / "late.toml"
    path.write_text(design.to_toml())
    assert load_design(path) == design


@pytest.mark.parametrize("distribution", ["lognormal", "normal", "uniform"])
def test_spreads_have_the_mean_and_deviation_they_say(distribution):
    # 80 000 draws: 2 % are more than 5 deviations of the sample deviation.
    many = pbit.IsingModel({(i, i + 1): 1.0 for i in range(40_000)})
    drawn = delays(many, 2e-9, rng=1, spread=0.2, distribution=distribution) / 2e-9
    assert drawn.mean() == pytest.approx(1.0, abs=0.005)
    assert drawn.std() == pytest.approx(0.2, rel=0.02)
    assert drawn.min() > 0
    assert np.unique(drawn).size > 79_990


def test_spreads_of_one_seed_are_shared_by_machines():
    seeded = {"spread": 0.3, "seed": 5}
    one, two = (delays(GLASS, 1e-9, rng, **seeded) for rng in (1, 2))
    np.testing.assert_array_equal(one, two)
    assert (delays(GLASS, 1e-9, 1, spread=0.3) != one).all()
    assert (
        delays(GLASS, 1e-9, 1, spread=0.3) != delays(GLASS, 1e-9, 2, spread=0.3)
    ).all()


@pytest.mark.parametrize(
    ("tau_s", "rest", "message"),
    [
        ([], {}, r"synapse\.tau_s: must hold one time a connection, not none"),
        ([1e-9, 0], {}, r"synapse\.tau_s\[1\]: must be > 0, not 0"),
        ([["a", "b"]], {}, r"synapse\.tau_s\[0\]: must be \[from, to, seconds\]"),
        ([["a", "b", 1], 3], {}, r"synapse\.tau_s\[1\]: must be \[from"),
        ([["a", "b", -1]], {}, r"synapse\.tau_s\[0\]: must be > 0, not -1"),
        ([["a", "b", 1]] * 2, {}, r"tau_s\[1\]: names the connection \('a', 'b'\)"),
        ({"ab": 1e-9}, {}, r"tau_s: must be keyed by pairs \(from, to\), not 'ab'"),
        (1e-9, {"spread": -1}, r"synapse\.spread: must be >= 0, not -1"),
        (1e-9, {"spread": 0.6, "distribution": "uniform"}, r"spread: must be below"),
        (1e-9, {"distribution": "gamma"}, r"synapse\.distribution: must be one of"),
        (1e-9, {"seed": -2}, r"synapse\.seed: must be >= 0, not -2"),
    ],
)
def test_wrong_delays_are_refused(tau_s, rest, message):
    with pytest.raises(DesignError, match=message):
        load_design(design_of(tau_s, **rest))


@pytest.mark.parametrize(
    ("tau_s", "message"),
    [
        ([1e-9], r"one time a connection, 4 in this circuit, not 1"),
        ({("a", "b"): 1.0}, r"says nothing of the connection \('c', 'b'\)"),
        (
            {("a", "b"): 1.0, ("b", "c"): 1.0, ("a", "c"): 1.0},
            r"names the connection \('a', 'c'\), which is not coupled",
        ),
        ({("a", "z"): 1.0}, r"no p-bit is called 'z'"),
    ],
)
def test_delays_have_to_fit_the_circuit(tau_s, message):
    with pytest.raises(DesignError, match=message):
        hardware.Machine(CHAIN, design_of(tau_s))


def test_normal_spreads_must_stay_positive():
    with pytest.raises(DesignError, match=r"spread: makes a delay -.* use 'lognormal'"):
        hardware.Machine(
            GLASS, design_of(1e-9, spread=2.0, distribution="normal"), rng=1
        )


def test_outgoing_edges_are_the_readers_of_each():
    circuit = pbit.PCircuit([[0, 2.0, 0], [0, 0, 5.0], [3.0, 4.0, 0]])
    edges = outgoing_edges(circuit)
    readers = np.repeat(np.arange(3), np.diff(circuit.weights.indptr))
    assert readers[edges].tolist() == circuit.outgoing.indices.tolist()
    assert circuit.weights.data[edges].tolist() == circuit.outgoing.data.tolist()


# What machines do with them.


@pytest.mark.parametrize("device", ["ideal", "telegraph"])
@pytest.mark.parametrize("engine", ENGINES)
def test_equal_delays_are_one_delay(device, engine):
    """A list of equal delays makes the trace of one delay, by another way."""
    logs = []
    for tau_s in (0.7 * TAU, [0.7 * TAU] * GLASS.n_edges):
        machine = hardware.Machine(GLASS, design_of(tau_s, device), 1, engine)
        logs.append(columns(machine.run(50 * TAU, record=True)))
    assert logs[0] == logs[1]
    assert len(logs[0]) > 20


@pytest.mark.parametrize("fabric", ["synchronous", "sequential"])
def test_equal_delays_are_one_delay_on_a_clock(fabric):
    logs = []
    for tau_s in (2.5 * TAU, [2.5 * TAU] * GLASS.n_edges):
        machine = hardware.Machine(GLASS, design_of(tau_s, fabric=fabric), 1)
        logs.append(columns(machine.run(200 * TAU, record=True)))
    assert logs[0] == logs[1]


@pytest.mark.parametrize("device", ["ideal", "telegraph"])
def test_many_flips_may_be_under_way(device):
    spread = np.linspace(1, 700, GLASS.n_edges) * TAU
    logs = []
    for engine in ENGINES:
        machine = hardware.Machine(
            GLASS, design_of(spread, device), 1, engine, beta=0.2
        )
        runs = [machine.run(end, record=True) for end in (6e-7, 6.1e-7, 1.6e-6)]
        logs.append(columns(*runs))
        if engine == "compiled":
            live = machine._engine.live
            assert live.recent.shape[-1] > 100 or live.ring_time.size > 1024
    assert logs[0] == logs[1]


def test_memory_stays_with_what_is_under_way():
    machine = hardware.Machine(GLASS, design_of([TAU] * GLASS.n_edges), 1, beta=0.2)
    machine.run(1e5 * TAU)
    assert machine._engine.live.recent.shape[1] <= 32


def late_pair(J, to_second, to_first):
    """<m1 m2> of two ideal p-bits of those delays (in units of tau), h = 0.

    With E(u) = <m1(t + u) m2(t)> and A(u) = <m(t + u) m(t)> of the equal-delay pair of
    the same sum: E' = -E + a A(d - u), A' = -A + a E(d - u) on [0, d], A(0) = 1,
    E'(0) = 0. Unequal delays are the equal ones seen from clocks that differ by s.
    """
    a, d, s = np.tanh(J), (to_second + to_first) / 2, (to_second - to_first) / 2
    k = np.sqrt(1 - a * a)
    fading = a * np.exp(-k * d)
    return 2 * (1 + k) * fading * np.cosh(k * s) / ((1 + k) ** 2 + fading**2)


@pytest.mark.parametrize("J", [0.5, 1.0, 2.0])
def test_the_law_of_unequal_delays_is_the_known_one_where_they_are_equal(J):
    for x in (0, 0.01, 0.1, 0.3, 1, 3):
        assert late_pair(J, x, x) == pytest.approx(markov.delayed_pair(J, x), abs=1e-12)
    # A fine chain of its own: E and A on a grid, for delays 1.0 and 0.2.
    assert late_pair(J, 1.0, 0.2) == pytest.approx(on_a_grid(J, 0.6, 0.4), abs=8e-4)


def on_a_grid(J, d, s, steps=200):
    """The two equations above solved by the trapezoidal rule, as one linear system."""
    a, du = np.tanh(J), d / steps
    size = steps + 1
    # E and A belong to sums S = A + E and D = A - E, each a one-parameter family.
    families = []
    for sign in (a, -a):
        derivative = (np.eye(size, k=1) - np.eye(size))[:-1] / du
        middle = (np.eye(size, k=1) + np.eye(size))[:-1] / 2
        matrix = derivative + middle - sign * middle[:, ::-1]
        _, _, vectors = np.linalg.svd(matrix)
        families.append(vectors[-1] / vectors[-1][0])
    S, D = families
    slope_S, slope_D = (family[1] - family[0] for family in (S, D))
    # alpha + beta = 2 A(0) = 2, and E'(0) = 0: alpha S'(0) = beta D'(0).
    alpha = 2 * slope_D / (slope_S + slope_D)
    E = (alpha * S - (2 - alpha) * D) / 2
    return float(np.interp(abs(s), np.linspace(0, d, size), E))


PAIRS = [
    (J, to_second, to_first)
    for J in (0.5, 1.0, 2.0)
    for to_second, to_first in ((0.02, 0.5), (1.0, 0.1), (0.3, 3.0))
]


@pytest.mark.parametrize(
    "distance", [0.015, pytest.param(0.005, marks=pytest.mark.slow)]
)
@pytest.mark.parametrize(("J", "to_second", "to_first"), PAIRS)
def test_pairs_with_a_delay_each_way_settle_at_the_law(
    J, to_second, to_first, distance
):
    # Variance of the correlation's time average, times time: below 16, as for delays
    # of 3 both ways; the batches hold it to that.
    variance = 16.0 if to_first > 1 else 4.0
    time = variance * (markov.deviations_for(FALSE_ALARM, 1) / distance) ** 2
    table = {(0, 1): to_second * TAU, (1, 0): to_first * TAU}
    machine = hardware.Machine(pbit.IsingModel({(0, 1): J}), design_of(table), rng=3)
    machine.run(until=40 * TAU)
    ends = machine.env.now + time * TAU * np.arange(1, 33) / 32
    product = np.array([1, -1, -1, 1])
    batches = np.array([machine.run(until=end).occupancy @ product for end in ends])
    assert batches.var(ddof=1) * time / 32 < 2 * variance
    assert abs(batches.mean() - late_pair(J, to_second, to_first)) <= distance


def test_the_direction_of_a_delay_does_not_matter_to_a_pair_but_its_share_does():
    assert late_pair(1.0, 2.0, 0.0) == late_pair(1.0, 0.0, 2.0)
    assert late_pair(1.0, 2.0, 0.0) > late_pair(1.0, 1.0, 1.0) + 0.09

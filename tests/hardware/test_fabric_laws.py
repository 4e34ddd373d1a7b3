"""Every fabric settles at the law of its own Markov chain, written out and solved here.

Runs are as long as the chain's own variance asks for: noise alone passes the stated
distance in total variation once in a million. The quick suite states 0.02, so that it
notices any law that is 0.04 away; the slow twins state 0.005 and notice 0.01.
"""

from itertools import product

import numpy as np
import pytest
from scipy.linalg import expm
from scipy.special import expit

import hardware
import pbit
from hardware.engines.groups import make_groups
from hardware.replicas import split
from tests.hardware import markov

FALSE_ALARM = 1e-6
QUICK, CLOSE = 0.02, 0.005
TAU = 1e-9
RNG = np.random.default_rng(5)


def random_model(n, scale=0.7):
    J = np.triu(RNG.normal(size=(n, n)), 1)
    return scale * (J + J.T), scale * RNG.normal(size=n) / 2


THREE, FOUR, FIVE = (random_model(n) for n in (3, 4, 5))


@pytest.fixture(
    params=[
        pytest.param(QUICK, id="quick"),
        pytest.param(CLOSE, id="close", marks=pytest.mark.slow),
    ]
)
def distance(request):
    """Total variation that a machine may be away from its law."""
    return request.param


def build(model, fabric, synapse=None, chips=None, device="ideal", seed=1):
    J, h = model
    design = {
        "name": "law",
        "device": {"kind": device, "tau_n": TAU},
        "synapse": synapse or {"kind": "instant"},
        "fabric": fabric,
    }
    if chips:
        design["chips"] = chips
    return hardware.Machine(pbit.IsingModel(J, h), design, rng=seed)


def groups_of(machine):
    made = make_groups(machine.circuit, machine.design)
    return [g.tolist() for g in np.split(made.members, made.group_ptr[1:-1])]


def time_for(chain, distance):
    """How long to run so that noise alone passes a distance once in a million."""
    if len(chain.law) <= 16:
        return markov.time_for(chain, distance, FALSE_ALARM)
    # Half the sum of all states' deviations is no less than any subset's.
    z = markov.deviations_for(FALSE_ALARM, len(chain.law))
    return (z * np.sqrt(np.diag(chain.covariance)).sum() / 2 / distance) ** 2


def assert_law(machine, chain, distance, ticks_a_tau=1):
    time = np.ceil(time_for(chain, distance)) / ticks_a_tau + 0.5 / ticks_a_tau
    assert time * ticks_a_tau < 1e8
    occupancy = machine.run(until=time * TAU).occupancy
    assert markov.total_variation(occupancy, chain.law) <= distance


# Stale copies (exponential ages) on every clocked fabric.


def stale_clocked(model, groups, copies, s, probability=1.0):
    """The chain over p-bits and copies, refreshed at rate 1 / s between ticks of 1."""
    W, h = model
    n = len(h)
    edges = [(i, j) for i in range(n) for j in range(n) if W[i, j]]
    sources = [j for _, j in edges] if copies == "edge" else list(range(n))
    full = markov.all_states(n + len(sources))
    every, size = np.arange(len(full)), len(full)
    fresh = 1 - np.exp(-1 / s)
    refresh = np.eye(size)
    for k, j in enumerate(sources):
        bit = 1 << (n + k)
        target = np.where(full[:, j] > 0, every | bit, every & ~bit)
        one = (1 - fresh) * np.eye(size)
        one[every, target] += fresh
        refresh = refresh @ one
    seen = {}
    for i in range(n):
        for j in range(n):
            at = n + (edges.index((i, j)) if (i, j) in edges else 0)
            seen[i, j] = full[:, at if copies == "edge" else n + j]
    P = np.zeros((size * len(groups),) * 2)
    for phase, group in enumerate(groups):
        step = np.eye(size)
        moved = np.zeros((size, size))
        for choice in product((0, 1, None), repeat=len(group)):
            target, chance = every.copy(), np.ones(size)
            for i, up in zip(group, choice, strict=True):
                field = h[i] + sum(W[i, j] * seen[i, j] for j in range(n))
                if up is None:
                    chance = chance * (1 - probability)
                    continue
                chance = chance * probability * expit((2 * up - 1) * 2 * field)
                target = target | (1 << i) if up else target & ~(1 << i)
            if probability < 1 or None not in choice:
                np.add.at(moved, (every, target), chance)
        step = refresh @ moved
        later = (phase + 1) % len(groups)
        P[phase * size :, later * size :][:size, :size] = step
    return markov.in_ticks(P, n)


@pytest.mark.parametrize("copies", ["edge", "source"])
@pytest.mark.parametrize("s", [0.3, 2.0])
@pytest.mark.parametrize("kind", ["synchronous", "masked"])
def test_simultaneous_fabrics_of_stale_copies(kind, s, copies, distance):
    probability = 0.5 if kind == "masked" else 1.0
    fabric = {"kind": kind} | ({"probability": 0.5} if kind == "masked" else {})
    chain = stale_clocked(THREE, [(0, 1, 2)], copies, s, probability)
    synapse = {"kind": "stale", "tau_s": s * TAU, "copies": copies}
    assert_law(build(THREE, fabric, synapse), chain, distance)


@pytest.mark.parametrize("copies", ["edge", "source"])
def test_sequential_fabrics_of_stale_copies(copies, distance):
    chain = stale_clocked(THREE, [(0,), (1,), (2,)], copies, 1.5)
    synapse = {"kind": "stale", "tau_s": 1.5 * TAU, "copies": copies}
    assert_law(build(THREE, {"kind": "sequential"}, synapse), chain, distance)


def test_chromatic_fabrics_of_stale_copies(distance):
    J, h = FOUR
    ring = J * np.array([[0, 1, 0, 1], [1, 0, 1, 0], [0, 1, 0, 1], [1, 0, 1, 0]])
    machine = build(
        (ring, h),
        {"kind": "chromatic"},
        {"kind": "stale", "tau_s": TAU, "copies": "source"},
    )
    groups = groups_of(machine)
    assert sorted(map(len, groups)) == [2, 2]
    chain = stale_clocked((ring, h), groups, "source", 2.0)  # two phases a period
    assert_law(machine, chain, distance, ticks_a_tau=2)


def test_time_multiplexed_fabrics_of_stale_copies(distance):
    fabric = {"kind": "time-multiplexed", "physical": 2}
    chain = stale_clocked(THREE, [(0, 1), (2,)], "source", 1.0)
    synapse = {"kind": "stale", "tau_s": TAU, "copies": "source"}
    assert_law(build(THREE, fabric, synapse), chain, distance)


@pytest.mark.parametrize("model", [FOUR, FIVE], ids=["four", "five"])
@pytest.mark.parametrize("fabric", ["autonomous", "synchronous"])
def test_larger_circuits_of_stale_copies(model, fabric, distance):
    if fabric == "autonomous":
        chain = markov.autonomous(*model, 1.0, copies="source", tau_s=0.5)
    else:
        chain = stale_clocked(model, [range(len(model[1]))], "source", 0.5)
    synapse = {"kind": "stale", "tau_s": 0.5 * TAU, "copies": "source"}
    assert_law(build(model, {"kind": fabric}, synapse), chain, distance)


@pytest.mark.parametrize("model", [THREE, FOUR, FIVE], ids=["three", "four", "five"])
def test_autonomous_machines_without_delay_are_boltzmann(model, distance):
    chain = markov.autonomous(*model, 1.0)
    law = pbit.exact.probabilities(pbit.IsingModel(*model))
    np.testing.assert_allclose(chain.law, law, atol=1e-12)
    assert_law(build(model, {"kind": "autonomous"}), chain, distance)


@pytest.mark.parametrize("copies", ["edge", "source"])
@pytest.mark.parametrize("device", ["ideal", "telegraph"])
def test_pbits_that_time_themselves_with_stale_copies(device, copies, distance):
    chain = markov.autonomous(*THREE, 1.0, device, copies, 0.5)
    synapse = {"kind": "stale", "tau_s": 0.5 * TAU, "copies": copies}
    machine = build(THREE, {"kind": "autonomous"}, synapse, device=device)
    assert_law(machine, chain, distance)


def test_replicas_side_by_side_with_stale_copies(distance):
    J, h = FOUR
    machine = build(
        (J, h),
        {"kind": "spin-serial", "replicas": 2},
        {"kind": "stale", "tau_s": TAU, "copies": "source"},
    )
    assert groups_of(machine) == [[0, 2], [1, 3]]
    chain = stale_clocked((J, h), [(0, 2), (1, 3)], "source", 1.0)
    assert_law(machine, chain, distance)


# Instant synapses: what a clock's ticks make of them.


CLOCKED = [
    ("synchronous", [(0, 1, 2, 3)], 1.0),
    ("masked", [(0, 1, 2, 3)], 0.4),
    ("sequential", [(0,), (1,), (2,), (3,)], 1.0),
    ("chromatic", None, 1.0),
]


@pytest.mark.parametrize(
    ("kind", "groups", "probability"), CLOCKED, ids=[kind for kind, *_ in CLOCKED]
)
def test_clocked_machines_without_delay(kind, groups, probability, distance):
    fabric = {"kind": kind} | ({"probability": 0.4} if kind == "masked" else {})
    J, h = FOUR
    ring = J * np.array([[0, 1, 0, 1], [1, 0, 1, 0], [0, 1, 0, 1], [1, 0, 1, 0]])
    machine = build((ring, h), fabric)
    groups = groups_of(machine) if groups is None else groups
    chain = markov.clocked(ring, h, groups, probability)
    if kind in ("sequential", "chromatic"):
        law = pbit.exact.probabilities(pbit.IsingModel(ring, h))
        np.testing.assert_allclose(chain.law, law, atol=1e-12)
    ticks = 2 if kind == "chromatic" else 1
    assert_law(machine, chain, distance, ticks)


# Few physical p-bits.


@pytest.mark.parametrize("physical", [1, 2, 3, 4])
def test_time_multiplexed_machines(physical, distance):
    batches = [range(k, min(k + physical, 4)) for k in range(0, 4, physical)]
    fabric = {"kind": "time-multiplexed", "physical": physical}
    machine = build(FOUR, fabric)
    assert groups_of(machine) == [list(batch) for batch in batches]
    chain = markov.clocked(*FOUR, batches)
    if physical == 1:
        law = pbit.exact.probabilities(pbit.IsingModel(*FOUR))
        np.testing.assert_allclose(chain.law, law, atol=1e-12)
    assert_law(machine, chain, distance)


def test_replicas_side_by_side_are_boltzmann_each(distance):
    model = pbit.IsingModel(*random_model(2))
    both = hardware.replicate(model, 2)
    machine = build((both.J.toarray(), both.h), {"kind": "spin-serial", "replicas": 2})
    assert groups_of(machine) == [[0, 2], [1, 3]]
    chain = markov.clocked(both.J.toarray(), both.h, [(0, 2), (1, 3)])
    one = pbit.exact.probabilities(model)
    np.testing.assert_allclose(chain.law, np.outer(one, one).ravel(), atol=1e-12)
    assert_law(machine, chain, distance)


def test_coupled_replicas_read_the_tick_before(distance):
    model = pbit.IsingModel({(0, 1): 0.6}, [0.2, -0.3])
    ring = hardware.replicate(model, 3, coupling=0.4)
    assert ring.J[0, 2] == ring.J[0, 4] == 0.4
    J, h = ring.J.toarray()[:6, :6], ring.h
    machine = build((J, h), {"kind": "spin-serial", "replicas": 3})
    assert groups_of(machine) == [[0, 2, 4], [1, 3, 5]]
    chain = markov.clocked(J, h, [(0, 2, 4), (1, 3, 5)])
    assert_law(machine, chain, distance)
    assert split(machine.state, 3).shape == (3, 2)


# Pipelines.


def pipelined(model, groups, depth):
    """The chain over p-bits, decisions on their way (the latest first), and the phase."""
    W, h = model
    n, phases = len(h), len(groups)
    width = [len(group) for group in groups]
    states = markov.all_states(n)
    up = expit(2 * (states @ np.asarray(W).T + h))
    room = max(width)
    size = 2 ** (n + depth * room)
    P = np.zeros((phases * size,) * 2)
    for phase, group in enumerate(groups):
        landing = groups[(phase - depth) % phases]
        later = (phase + 1) % phases
        for s in range(size):
            m, way = s % 2**n, s >> n
            oldest = way >> (room * (depth - 1))
            after = m
            for k, i in enumerate(landing):
                bit = oldest >> k & 1
                after = after | (1 << i) if bit else after & ~(1 << i)
            younger = (way << room) % 2 ** (room * depth)
            for choice in range(2 ** len(group)):
                chance = 1.0
                for k, i in enumerate(group):
                    chance *= up[m, i] if choice >> k & 1 else 1 - up[m, i]
                target = after + ((younger | choice) << n)
                P[phase * size + s, later * size + target] += chance
    return restricted(P, n)


def restricted(P, n):
    """The chain on the states that it comes back to, over the p-bits."""
    weight = np.full(len(P), 1 / len(P))
    for _ in range(60):
        weight = 0.5 * (weight + weight @ P)
    kept = weight > 1e-15
    for _ in range(len(P)):
        grown = kept & (P.T @ kept > 0)
        if (grown == kept).all():
            break
        kept = grown
    chosen = np.flatnonzero(kept)
    inner = P[np.ix_(chosen, chosen)]
    # Seen are the low bits: put states in an order that `in_ticks` can read.
    return in_ticks_of(inner, chosen % 2**n, n)


def in_ticks_of(P, shown, n):
    """`markov.in_ticks`, where state k of the chain shows the p-bits `shown[k]`."""
    law = markov._stationary(P - np.eye(len(P)))
    seen = np.eye(2**n)[shown]
    ones = np.outer(np.ones(len(P)), law)
    fundamental = np.linalg.inv(np.eye(len(P)) - P + ones) - ones
    half = seen.T @ (law[:, None] * fundamental) @ seen
    now = np.diag(seen.T @ law) - np.outer(seen.T @ law, seen.T @ law)
    return markov.Chain(seen.T @ law, half + half.T - now)


PIPELINES = [
    ("sequential", THREE, 1),
    ("sequential", THREE, 2),
    ("sequential", THREE, 4),
    ("synchronous", THREE, 1),
    ("synchronous", THREE, 2),
    ("sequential", FOUR, 1),
]


@pytest.mark.parametrize(
    ("kind", "model", "depth"), PIPELINES, ids=[f"{k}-{d}" for k, _, d in PIPELINES]
)
def test_pipelines_settle_at_the_law_of_their_chain(kind, model, depth, distance):
    machine = build(model, {"kind": kind, "depth": depth})
    chain = pipelined(model, groups_of(machine), depth)
    assert_law(machine, chain, distance)


def test_a_pipeline_as_deep_as_the_colours_of_a_pair_decouples_nothing_else(distance):
    """Chromatic pair: at depth 1 each reads what the other was a period ago."""
    pair = (np.array([[0, 1.0], [1.0, 0]]), np.zeros(2))
    machine = build(pair, {"kind": "chromatic", "depth": 1})
    chain = pipelined(pair, groups_of(machine), 1)
    assert_law(machine, chain, distance, ticks_a_tau=2)
    assert abs(chain.law @ [1, -1, -1, 1] - np.tanh(1.0)) > 0.05


# Chips.


def linked(model, parts, period, latency):
    """Autonomous p-bits on chips whose links all latch at r period, in units of tau.

    State at the start of a round: p-bits, copies in use, copies under way. `latency` is
    below the period: what was latched a round ago arrives so much after its end.
    """
    W, h = model
    n = len(h)
    copies = sorted(
        {
            (parts[i], j)
            for i in range(n)
            for j in range(n)
            if W[i, j] and parts[i] != parts[j]
        }
    )
    c = len(copies)
    states = markov.all_states(n)
    generators = []
    for shown in markov.all_states(c):
        Q = np.zeros((2**n,) * 2)
        every = np.arange(2**n)
        for i in range(n):
            field = np.full(2**n, h[i])
            for j in range(n):
                if W[i, j] == 0:
                    continue
                there = parts[i] != parts[j]
                field += W[i, j] * (
                    shown[copies.index((parts[i], j))] if there else states[:, j]
                )
            Q[every, every ^ (1 << i)] += expit(-2 * field * states[:, i])
        generators.append(Q - np.diag(Q.sum(axis=1)))
    latched = sum(((np.arange(2**n) >> j & 1) << k) for k, (_, j) in enumerate(copies))
    # Round: [0, latency) with the old copies in use, then with those that arrive.
    first = [expm(Q * latency) for Q in generators]
    second = [expm(Q * (period - latency)) for Q in generators]
    spent = [[_spent(Q, t) for t in (latency, period - latency)] for Q in generators]
    size = 2 ** (n + 2 * c)
    P, share = np.zeros((size, size)), np.zeros((size, 2**n))
    for use in range(2**c):
        for way in range(2**c):
            start = np.arange(2**n) + (use << n) + (way << (n + c))
            step = first[use] @ second[way]
            target = np.arange(2**n)
            # What was latched at this round's start is under way in the next.
            for m in range(2**n):
                to = target + (way << n) + (latched[m] << (n + c))
                P[start[m], to] += step[m]
            share[start] = spent[use][0] + first[use] @ spent[way][1]
    law = stationary_of(P)
    return law @ share / period


def stationary_of(P):
    """A law with law @ P = law, by iteration: not all states come back."""
    law = np.full(len(P), 1 / len(P))
    for _ in range(400):
        law = law @ P
    np.testing.assert_allclose(law @ P, law, atol=1e-12)
    return law


def _spent(Q, t):
    """The integral of expm(Q u) over u from 0 to t, by a block exponential."""
    n = len(Q)
    block = np.zeros((2 * n, 2 * n))
    block[:n, :n], block[:n, n:] = Q, np.eye(n)
    return expm(block * t)[:n, n:]


@pytest.mark.parametrize("latency", [0.0, 0.4])
@pytest.mark.parametrize("period", [0.5, 2.0])
def test_chips_settle_at_the_law_of_their_rounds(period, latency, distance):
    parts = (0, 1, 1)
    law = linked(THREE, parts, period, latency * period)
    # Links of one bit and of two: bandwidths that make their rounds as long.
    bits = {(0, 1): 1, (1, 0): 2}
    links = [
        [a, b, latency * period * TAU, bits[a, b] / (period * TAU)] for a, b in bits
    ]
    chips = {"parts": list(parts), "bandwidth_hz": 1.0, "links": links}
    machine = build(THREE, {"kind": "autonomous"}, chips=chips)
    # Variance of shares, times time: as without links, and a few rounds more.
    chain = markov.autonomous(*THREE, 1.0)
    time = 4 * (1 + period) * markov.time_for(chain, distance, FALSE_ALARM)
    machine.run(until=50 * TAU)
    occupancy = machine.run(until=(50 + time) * TAU).occupancy
    assert markov.total_variation(occupancy, law) <= distance
    assert markov.total_variation(law, chain.law) > 2 * CLOSE


@pytest.mark.slow
def test_fast_links_are_no_links():
    """Rounds of tau / 500: the error that they leave is below 0.005, of 0.02 allowed."""
    chips = {"parts": [0, 1, 1], "bandwidth_hz": 1e3 / TAU}
    machine = build(THREE, {"kind": "autonomous"}, chips=chips)
    chain = markov.autonomous(*THREE, 1.0)
    time = markov.time_for(chain, 0.015, FALSE_ALARM)
    occupancy = machine.run(until=time * TAU).occupancy
    assert markov.total_variation(occupancy, chain.law) <= 0.02

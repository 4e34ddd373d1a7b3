"""Every published gate, on every sampler and both engines, against its published P(valid).

How long to run is computed, not guessed: the exact variance of the time that each chain
spends in the valid states gives the number of updates after which a mean is off by 0.003
with a probability of 1e-6 (4.9 sigma); a chance that is off by 0.006 passes as rarely.
Chains and machines start from the exact law, so there is no start to forget.

The quick tests run all gates at all temperatures on all samplers and on the compiled engine,
and on the reference engine those of QUICK, which need fewest updates; for all of them the
reference engine is shown to make the compiled engine's trace, update for update. The slow
tests (minutes) run the reference engine on the others but SLOWEST, the eight-p-bit AND of
handle 1 when it is cold: it mixes so slowly that it would take 48 and 79 million updates of
simpy. On the compiled engine's clocked fabrics these two are slow tests as well.
"""

import json
from functools import cache

import numpy as np
import pytest
from scipy.sparse import csr_array
from scipy.stats import norm

import compilers
import hardware
from compilers.logic.gates import GATES
from pbit import exact, sample
from pbit.coloring import color
from pbit.samplers.starting import ORDERS
from tests import oracles
from tests.compilers.shared_data import shared
from tests.statistics import assert_law

CLOSE = 0.003  # what every P(valid) has to come within
FALSE_ALARM = 1e-6
SIGMA = CLOSE / norm.isf(FALSE_ALARM / 2)  # so exact a mean has to be
LEAST = (
    30_000  # updates: where valid is nearly always, a few excursions are no normal law
)
MACHINES, CHAINS = 8, 64
TAU = 1e-9  # seconds between updates of a p-bit, or ticks of a clock
FABRICS = ("autonomous", "sequential", "chromatic")
CASES = [(name, beta) for name in GATES for beta in (0.5, 1.0, 2.0)]
QUICK = [(name, 1.0) for name in ("AND", "OR", "NAND", "NOR")]
QUICK += [(name, 2.0) for name in ("COPY", "NOT", "AND", "OR", "NAND", "NOR")]
QUICK += [(name, 2.0) for name in ("XOR", "XNOR", "FULL_ADDER_6")]
SLOWEST = [("AND_PRX8_handle1", 1.0), ("AND_PRX8_handle1", 2.0)]
every_case = pytest.mark.parametrize(("name", "beta"), CASES)


@cache
def published():
    path = shared("published", "gates", "gates.json")
    return {gate["name"]: gate for gate in json.loads(path.read_text())["gates"]}


def published_chance(name, beta):
    return published()[name]["P_valid"][f"{beta:g}"]


@cache
def valid_states(name):
    """Which of the 2**n states are rows of the published truth table."""
    inside = np.zeros(2 ** len(GATES[name].pins), bool)
    for row in published()[name]["valid_states"]:
        inside[oracles.number_of([2 * int(bit) - 1 for bit in row])] = True
    return inside


@cache
def matrices(name, beta):
    model = compilers.gate(name).model
    return [oracles.update_matrix(model, i, beta) for i in range(model.n)]


def blocks_of(model, order):
    """The p-bits that are updated between two moments at which time passes."""
    if order == "chromatic":
        return [group.tolist() for group in color(model).classes]
    return [[i] for i in range(model.n)]


@cache
def variance(name, beta, order, *, in_time=False):
    """Exact asymptotic variance of the mean over sweeps, or over the time within them.

    Of a fabric with a clock it is a bound: the mean over the moments of a sweep varies no
    more than the mean over the worst of them.
    """
    model, ups = compilers.gate(name).model, matrices(name, beta)
    law, inside = oracles.boltzmann(model, beta), valid_states(name)
    mean = sum(ups) / model.n
    if order == "random":
        sweep = np.linalg.matrix_power(mean, model.n)
        return oracles.variance_of_means(sweep, law, inside)
    if order == "autonomous":
        spread = inside @ law * (1 - inside @ law)
        return (oracles.variance_of_means(mean, law, inside) + spread) / model.n
    blocks = blocks_of(model, order)
    worst = []
    for first in range(len(blocks) if in_time else 1):
        pbits = [i for block in blocks[first:] + blocks[:first] for i in block]
        sweep = np.eye(len(law))
        for i in pbits:
            sweep = sweep @ csr_array(ups[i])  # two entries a row
        worst.append(oracles.variance_of_means(sweep, law, inside))
    return max(worst)


def sweeps_needed(name, beta, order, *, in_time=False):
    least = LEAST / len(GATES[name].pins)
    needed = variance(name, beta, order, in_time=in_time) / SIGMA**2
    return int(np.ceil(max(least, needed)))


def draw(law, n, count, seed):
    """States drawn from a law over all 2**n, shape (count, n)."""
    drawn = np.random.default_rng(seed).choice(law.size, count, p=law)
    return oracles.all_states(n)[drawn]


def design(fabric):
    return {
        "name": f"ideal p-bits, instant synapses, {fabric}",
        "device": {"kind": "ideal", "tau_n": TAU},
        "synapse": {"kind": "instant"},
        "fabric": {"kind": fabric},
    }


def measured_by_machines(name, beta, fabric, engine):
    """The share of time in valid states of several machines together, and their updates."""
    model, inside = compilers.gate(name).model, valid_states(name)
    law = oracles.boltzmann(model, beta)
    starts = draw(law, model.n, MACHINES, seed=2)
    sweeps = -(-sweeps_needed(name, beta, fabric, in_time=True) // MACHINES)
    ticks = model.n if fabric == "sequential" else 1  # a sweep
    shares, updates = [], 0
    for seed, start in enumerate(starts):
        machine = hardware.Machine(
            model, design(fabric), rng=seed, engine=engine, initial=start, beta=beta
        )
        run = machine.run(until=sweeps * ticks * TAU)
        shares.append(run.occupancy[inside].sum())
        updates += run.updates
    assert updates > 0.9 * MACHINES * (sweeps * model.n - 1)
    return float(np.mean(shares))


@every_case
def test_enumeration_gives_the_published_chance_of_valid_states(name, beta):
    law = exact.probabilities(compilers.gate(name).model, beta)
    chance = law[valid_states(name)].sum()
    assert chance == pytest.approx(published_chance(name, beta), abs=6e-7)  # 6 digits
    np.testing.assert_allclose(
        law, oracles.boltzmann(compilers.gate(name).model, beta), rtol=0, atol=1e-12
    )


@pytest.mark.parametrize("order", ORDERS)
@every_case
def test_every_sampler_order_comes_within_0_003(name, beta, order):
    model = compilers.gate(name).model
    start = draw(exact.probabilities(model, beta), model.n, CHAINS, seed=1)
    sweeps = -(-sweeps_needed(name, beta, order) // CHAINS)
    samples = sample(model, beta, CHAINS, sweeps, 0, order, rng=3, initial=start)
    found = samples.occupancy()[valid_states(name)].sum()
    assert abs(found - published_chance(name, beta)) < CLOSE


@pytest.mark.parametrize(
    ("name", "beta", "fabric"),
    [
        pytest.param(name, beta, fabric, marks=[pytest.mark.slow] if late else [])
        for name, beta in CASES
        for fabric in FABRICS
        for late in [(name, beta) in SLOWEST and fabric != "autonomous"]
    ],
)
def test_the_compiled_engine_comes_within_0_003(name, beta, fabric):
    found = measured_by_machines(name, beta, fabric, "compiled")
    assert abs(found - published_chance(name, beta)) < CLOSE


@pytest.mark.parametrize(
    ("name", "beta"),
    [
        pytest.param(*case, marks=[] if case in QUICK else [pytest.mark.slow])
        for case in CASES
        if case not in SLOWEST
    ],
)
def test_the_reference_engine_comes_within_0_003(name, beta):
    found = measured_by_machines(name, beta, "autonomous", "reference")
    assert abs(found - published_chance(name, beta)) < CLOSE


@pytest.mark.parametrize("fabric", FABRICS)
@every_case
def test_the_reference_engine_makes_the_trace_of_the_compiled_one(name, beta, fabric):
    """So what the compiled engine measures over long times the reference would too."""
    model = compilers.gate(name).model
    runs = {}
    for engine in ("compiled", "reference"):
        machine = hardware.Machine(model, design(fabric), 5, engine, beta=beta)
        machine.run(until=10 * TAU)
        runs[engine] = machine.run(until=400 * TAU, record=True)
    fast, slow = runs["compiled"], runs["reference"]
    assert (fast.updates, fast.flips) == (slow.updates, slow.flips)
    assert fast.updates >= 389
    for column in ("times", "pbits", "states"):
        np.testing.assert_array_equal(
            getattr(fast.log, column), getattr(slow.log, column)
        )
    np.testing.assert_allclose(fast.occupancy, slow.occupancy, rtol=0, atol=1e-12)


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("name", GATES)
def test_clamped_gates_have_the_published_conditional_laws(name, order):
    """20,000 independent chains from the conditional law, eight sweeps on: chi-square."""
    program = compilers.gate(name)
    for case in published()[name]["clamped"]:
        clamp = program.clamp(**case["clamp"])
        law = oracles.boltzmann(program.model, case["I0"], clamp)
        samples = sample(
            program.model, case["I0"], 20_000, 1, 7, order, clamp, rng=4,
            initial=draw(law, program.n, 20_000, seed=5),
        )  # fmt: skip
        bits = np.stack(
            [samples.column(pin)[:, 0] > 0 for pin in case["free_order"]], 1
        )
        keys, expected = zip(*case["P"].items(), strict=True)
        rows = [(bits == [bit == "1" for bit in key]).all(axis=1).sum() for key in keys]
        assert sum(rows) == 20_000
        assert_law(rows, np.array(expected) / sum(expected))

"""Spread and faults: folded into a circuit the same machine, one trace with both engines."""

import numpy as np
import pytest

import pbit
from hardware.design import load_design
from hardware.engines.imperfect import factors, make_drive
from hardware.machine import Machine
from hardware.spread import Spread
from pbit.errors import DesignError
from pbit.random import streams
from tests.hardware.machines import GLASS, KINDS, columns, design_of, engines, kinds

SPREAD = {"slope": 0.3, "offset": 0.4, "seed": 5}
IDEAL_KINDS = [kind for kind in KINDS if not kind.startswith("telegraph")]
LONG = 2e-7


def run(kind, tables, engine="compiled", circuit=GLASS, rng=1, beta=0.7, until=LONG):
    machine = Machine(circuit, design_of(kind) | tables, rng, engine, beta=beta)
    return machine.run(until, record=True)


@kinds
def test_both_engines_make_the_same_trace(kind):
    tables = {
        "spread": dict(SPREAD),
        "faults": {"stuck_up": 0.2, "couplings_open": 0.2},
    }
    if KINDS[kind][2]["kind"] == "autonomous":
        tables["spread"]["tau"] = 0.3
    if kind in IDEAL_KINDS:
        tables["spread"]["drift"] = 1e7
    for rng in range(3):
        runs = [
            run(kind, tables, engine, rng=rng) for engine in ("compiled", "reference")
        ]
        assert columns(runs[0]) == columns(runs[1])
        assert runs[0].best[1] == pytest.approx(runs[1].best[1])
        assert runs[0].log.n > 100


@kinds
def test_slope_and_offset_fold_into_weights_and_biases(kind):
    beta = 0.7
    drive = make_drive(
        GLASS.n, load_design(design_of(kind) | {"spread": SPREAD}), None, 0.0
    )
    slope, offset = drive.slope, drive.offset
    folded = pbit.PCircuit(
        GLASS.weights.toarray() * slope[:, None], GLASS.h * slope + offset / beta
    )
    spread, plain = run(kind, {"spread": SPREAD}), run(kind, {}, circuit=folded)
    times = spread.log.times, plain.log.times
    assert np.allclose(*times, rtol=1e-9, atol=0)  # telegraph: rates round differently
    np.testing.assert_array_equal(spread.log.states, plain.log.states)
    np.testing.assert_array_equal(spread.log.pbits, plain.log.pbits)


def test_every_quantity_has_random_numbers_of_its_own():
    source = streams(3)

    def drive(**spread):
        design = load_design(design_of("ideal") | {"spread": spread})
        return make_drive(50, design, source, 0.0)

    both, slope, offset = (
        drive(slope=0.1, offset=0.1),
        drive(slope=0.1),
        drive(offset=0.1),
    )
    np.testing.assert_array_equal(both.slope, slope.slope)
    np.testing.assert_array_equal(both.offset, offset.offset)
    assert (slope.offset.size, offset.slope.size) == (0, 0)
    assert abs(np.corrcoef(both.slope, both.offset)[0, 1]) < 0.7
    seeded = drive(slope=0.1, seed=3)
    np.testing.assert_array_equal(seeded.slope, slope.slope)
    assert (drive(slope=0.1, seed=4).slope != slope.slope).all()


@pytest.mark.parametrize("distribution", ["normal", "lognormal"])
def test_factors_have_mean_one_and_the_deviation_asked_for(distribution):
    spread = Spread(slope=0.1, distribution=distribution, seed=1)
    drawn = factors(spread, "slope", 0, 200_000, None)
    # Means of 2e5 draws err by 0.1 / sqrt(2e5) = 2.2e-4: 5 of these, a chance of 6e-7.
    assert drawn.mean() == pytest.approx(1, abs=1.2e-3)
    assert drawn.std() == pytest.approx(0.1, rel=0.01)
    assert drawn.min() > 0


def test_a_normal_slope_that_is_not_positive_is_refused():
    spread = {"slope": 1.0, "distribution": "normal", "seed": 1}
    with pytest.raises(
        DesignError, match=r"spread\.slope: makes the slope of p-bit \d+ -"
    ):
        Machine(
            pbit.IsingModel(np.zeros((99, 99))), design_of("ideal") | {"spread": spread}
        )


def test_drift_moves_offsets_in_proportion_to_time():
    lone = pbit.IsingModel(np.zeros((1, 1)))
    tables = {"spread": {"drift": 1e5, "seed": 2}}
    design = load_design(design_of("ideal") | tables)
    drift = make_drive(1, design, None, 0.0).drift[0]
    made = run("ideal", tables, circuit=lone, until=2e-4)
    early = made.log.times < 0.1 / abs(drift)
    late = made.log.times > 10 / abs(drift)
    assert early.sum() > 100
    assert abs(made.log.states[early].mean()) < 0.5
    assert (made.log.states[late] == np.sign(drift)).all()


@engines
def test_stuck_pbits_ignore_clamps_releases_and_chance(engine):
    faults = {"stuck_up": [0], "stuck_down": [1, 2]}
    machine = Machine(GLASS, design_of("ideal") | {"faults": faults}, 1, engine)
    for change in (lambda: machine.clamp({0: -1, 1: 1, 3: 1}), machine.release):
        change()
        made = machine.run(float(machine.env.now) + 5e-8, record=True)
        assert made.state[:3].tolist() == [1, -1, -1]
        assert not np.isin(made.log.pbits, [0, 1, 2]).any()
    assert np.isin(3, made.log.pbits)


@pytest.mark.parametrize(
    ("fault", "weight"), [("couplings_open", 0.0), ("couplings_full", 1.0)]
)
def test_a_stuck_coupling_is_another_circuit_and_the_energy_stays(fault, weight):
    J = GLASS.J.toarray()
    J[1, 4] = J[4, 1] = weight * np.abs(J).max()
    changed = pbit.IsingModel(J, GLASS.h, GLASS.offset)
    stuck = run("ideal", {"faults": {fault: [[4, 1]]}})
    assert columns(stuck) == columns(run("ideal", {}, circuit=changed))
    assert stuck.best[1] == GLASS.energy(stuck.best[0])


def test_fractions_choose_about_so_many_and_both_directions_of_a_pair():
    big = pbit.IsingModel({(i, i + 1): 1.0 for i in range(999)})
    faults = {"stuck_up": 0.1, "couplings_open": 0.2, "seed": 9}
    machine = Machine(big, design_of("ideal") | {"faults": faults})
    assert 60 < machine._stuck.pbits.size < 140  # 100 +- 9.5, four of these
    wiring = machine._engine.wiring
    weights = big.weights.copy()
    weights.data[:] = wiring.data
    matrix = weights.toarray()
    np.testing.assert_array_equal(matrix, matrix.T)
    assert 140 < (wiring.data == 0).sum() / 2 < 260


@pytest.mark.parametrize(
    ("faults", "message"),
    [
        (
            {"stuck_up": [0, 6]},
            r"faults\.stuck_up\[1\]: must be a p-bit .* 0 to 5, not 6",
        ),
        ({"couplings_open": [[0, 7]]}, r"couplings_open\[0\]: .*not \[0, 7\]"),
    ],
)
def test_faults_of_parts_that_are_not_there_are_refused(faults, message):
    with pytest.raises(DesignError, match=message):
        Machine(GLASS, design_of("ideal") | {"faults": faults})

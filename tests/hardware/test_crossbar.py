"""Crossbars: cells, wires and noise against slow, obvious twins."""

import numpy as np
import pytest

import pbit
from hardware.engines.crossbar import load_crossbar, through_wires
from hardware.engines.drive import READ_NOISE, normal
from hardware.machine import Machine
from hardware.synapses import Crossbar
from pbit.errors import DesignError
from pbit.random import streams
from tests.hardware.machines import GLASS, TAU, columns

SOURCE = streams(3)
PART = {"kind": "crossbar", "g_max": 5e-5}


def machine(
    part, engine="compiled", circuit=GLASS, device="ideal", fabric="autonomous", **rest
):
    design = {
        "name": "x",
        "device": {"kind": device, "tau_n": TAU},
        "synapse": PART | part,
        "fabric": {"kind": fabric},
    }
    return Machine(circuit, design, 1, engine, **rest)


def loaded(part, circuit=GLASS):
    data = np.asarray(circuit.weights.data)
    return load_crossbar(circuit, Crossbar(g_max=5e-5, **part), data, circuit.h, SOURCE)


def transfer(cells, ohm):
    """Currents out of lines held at zero, per volt on each input: node by node."""
    n, inputs = cells.shape
    names = [(s, i, j) for s in "uv" for i in range(n) for j in range(inputs)]
    place = {name: k for k, name in enumerate(names)}
    K = np.zeros((len(names), len(names)))

    def join(a, b, g):
        K[a, a] += g
        K[b, b] += g
        K[a, b] -= g
        K[b, a] -= g

    for i in range(n):
        for j in range(inputs):
            u, v = place["u", i, j], place["v", i, j]
            join(u, v, cells[i, j])
            if i + 1 < n:
                join(u, place["u", i + 1, j], 1 / ohm)
            if j + 1 < inputs:
                join(v, place["v", i, j + 1], 1 / ohm)
    out = np.empty((n, inputs))
    for j in range(inputs):
        K[place["u", 0, j], place["u", 0, j]] += 1 / ohm
    for i in range(n):
        K[place["v", i, n], place["v", i, n]] += 1 / ohm
    for j in range(inputs):
        source = np.zeros(len(names))
        source[place["u", 0, j]] = 1 / ohm
        volts = np.linalg.solve(K, source)
        out[:, j] = [volts[place["v", i, n]] / ohm for i in range(n)]
    return out


@pytest.mark.parametrize("n", [1, 2, 5])
def test_wires_are_solved_as_kirchhoff_would(n):
    rng = np.random.default_rng(n)
    cells = rng.uniform(0, 5e-5, (n, n + 1)) * (rng.random((n, n + 1)) < 0.7)
    rows, cols = np.nonzero(np.ones_like(cells))
    seen = through_wires(cells.ravel(), rows, cols, n, 200.0)
    np.testing.assert_allclose(
        seen.reshape(cells.shape), transfer(cells, 200.0), rtol=1e-9
    )
    thin = through_wires(cells.ravel(), rows, cols, n, 1e-6)
    np.testing.assert_allclose(thin, cells.ravel(), rtol=1e-6, atol=1e-14)


def test_one_cell_behind_two_pieces_of_wire():
    g, r = 5e-5, 1000.0
    seen = through_wires(np.array([g, 0.0]), np.array([0, 0]), np.array([0, 1]), 1, r)
    assert seen[0] == pytest.approx(1 / (1 / g + 3 * r))  # one in, two out


def test_a_perfect_crossbar_is_the_circuit():
    perfect = loaded({"on_off": 20.0})
    np.testing.assert_allclose(perfect.weights, GLASS.weights.data, atol=1e-12)
    np.testing.assert_allclose(perfect.biases, GLASS.h, atol=1e-12)
    assert perfect.noise.size == 0


def test_levels_round_weights_to_a_grid():
    held = loaded({"levels": 5})
    top = max(np.abs(GLASS.weights.data).max(), np.abs(GLASS.h).max())
    for seen, true in ((held.weights, GLASS.weights.data), (held.biases, GLASS.h)):
        np.testing.assert_allclose(seen, np.rint(true / top * 4) / 4 * top, atol=1e-12)


def test_programming_errors_have_the_deviation_asked_for_and_stay():
    n = 200
    rng = np.random.default_rng(0)
    big = pbit.PCircuit(rng.uniform(-1, 1, (n, n)) * (1 - np.eye(n)))
    held = loaded({"programming_noise": 0.02}, big)
    data = np.asarray(big.weights.data)
    inside = np.abs(data) > 0.1
    # G+ errs by 0.02, G- is 0 and can only grow: mean 0.02 / sqrt(2 pi).
    error = (held.weights - data) * np.sign(data)
    expected = np.sqrt(0.02**2 + 0.02**2 * (0.5 - 0.5 / np.pi))
    assert error[inside].std() == pytest.approx(expected, rel=0.03)
    np.testing.assert_array_equal(
        loaded({"programming_noise": 0.02}, big).weights, held.weights
    )


def test_stuck_cells_hold_their_conductance():
    top = max(np.abs(GLASS.weights.data).max(), np.abs(GLASS.h).max())
    off, on = loaded({"stuck_off": 1.0}), loaded({"stuck_on": 1.0})
    np.testing.assert_array_equal(off.weights, 0 * off.weights)
    np.testing.assert_array_equal(on.weights, 0 * on.weights)  # both sides alike
    some = loaded({"stuck_on": 0.3}).weights / top
    data = GLASS.weights.data / top
    whole, none = np.isclose(some, data), np.isclose(some, 0)
    assert 0 < whole.sum() < data.size
    assert (
        whole
        | none
        | np.isclose(np.abs(some), 1)
        | np.isclose(some, data - 1)
        | np.isclose(some, data + 1)
    ).all()


def test_fractions_of_stuck_cells_do_not_take_from_one_another():
    n = 100
    big = pbit.PCircuit(0.5 * (1 - np.eye(n)), np.ones(n))
    held = loaded({"stuck_on": 0.5, "stuck_off": 0.5}, big).weights
    # Every cell is stuck: differences of two are 1, 0, 0 or -1. 9900 of them err by 0.005.
    assert set(np.unique(held)) == {-1.0, 0.0, 1.0}
    for value, share in ((1, 0.25), (0, 0.5), (-1, 0.25)):
        assert (held == value).mean() == pytest.approx(share, abs=0.025)


@pytest.mark.parametrize("device", ["ideal", "telegraph"])
@pytest.mark.parametrize("fabric", ["autonomous", "synchronous", "chromatic"])
def test_both_engines_make_the_same_trace(device, fabric):
    part = {
        "levels": 16,
        "programming_noise": 0.02,
        "wire_ohm": 50.0,
        "stuck_off": 0.05,
    }
    if device == "ideal":
        part["read_noise"] = 0.5
    elif fabric != "autonomous":
        pytest.skip("telegraph p-bits have no clock")
    runs = [
        machine(part, engine, device=device, fabric=fabric, beta=0.6).run(
            2e-7, record=True
        )
        for engine in ("compiled", "reference")
    ]
    assert columns(runs[0]) == columns(runs[1])
    assert runs[0].log.n > 100
    assert runs[0].best[1] == GLASS.energy(
        runs[0].best[0]
    )  # of the circuit, not the array


def test_reading_noise_is_normal_and_widens_the_response():
    noise = np.array([normal(1, 2, READ_NOISE, 0, k) for k in range(20_000)])
    assert abs(noise.mean()) < 5 / np.sqrt(20_000)
    assert noise.std() == pytest.approx(1, abs=5 / np.sqrt(40_000))
    lone = pbit.IsingModel(np.zeros((1, 1)), [1.0])
    quiet, noisy = (
        machine({"read_noise": s}, circuit=lone).run(1e-4).magnetization[0]
        for s in (0, 1.0)
    )
    # E tanh(1 + z), z normal: by quadrature. 1e5 updates err by 0.003: five of these.
    z = np.linspace(-8, 8, 20001)
    expected = np.trapezoid(np.tanh(1 + z) * np.exp(-z * z / 2), z) / np.sqrt(2 * np.pi)
    assert quiet == pytest.approx(np.tanh(1), abs=0.015)
    assert noisy == pytest.approx(expected, abs=0.015)
    assert abs(np.tanh(1) - expected) > 0.1


def test_what_a_crossbar_cannot_serve_is_refused():
    ring = pbit.IsingModel({(i, (i + 1) % 300): 1.0 for i in range(300)})
    with pytest.raises(
        DesignError, match=r"synapse\.wire_ohm: must be 0 for more than 256"
    ):
        machine({"wire_ohm": 1.0}, circuit=ring)
    with pytest.raises(
        DesignError, match=r"synapse\.read_noise: must be 0 for telegraph"
    ):
        machine({"read_noise": 0.1}, device="telegraph")

"""Devices from files, and oscillators: strict readers, and the laws that follow."""

import math

import numpy as np
import pytest
from scipy import stats

import hardware
import pbit
from hardware.devices import Measured, telegraph_from_dwells
from hardware.tables import read_columns
from pbit.errors import DesignError, ParseError

TAU = 1e-9


def write(tmp_path, text):
    path = tmp_path / "measured.csv"
    path.write_text(text)
    return path


def test_columns_come_out_in_order(tmp_path):
    text = "# a lab's notes\n\ninput, mean\n-1, -0.5\n\n1e0,0.25\n"
    columns = read_columns(write(tmp_path, text), ("input", "mean"))
    assert columns.tolist() == [[-1.0, 1.0], [-0.5, 0.25]]


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("mean,input\n1,2\n", 1, "header must be 'input,mean', not 'mean,input'"),
        ("input,mean\n1,2\n1,2,3\n", 3, "must have 2 fields, input, mean, not 3"),
        ("input,mean\n\n1,two\n", 3, "mean must be a number, not 'two'"),
        ("input,mean\nnan,0\n", 2, "input must be finite, not 'nan'"),
        ("input,mean\n# nothing\n", None, "has no rows"),
        ("", None, "has no header 'input,mean'"),
    ],
)
def test_bad_tables_name_the_line(tmp_path, text, line, message):
    path = write(tmp_path, text)
    with pytest.raises(ParseError, match=message) as caught:
        read_columns(path, ("input", "mean"))
    assert caught.value.line == line


def test_text_that_is_not_utf8_names_the_line(tmp_path):
    path = tmp_path / "measured.csv"
    path.write_bytes(b"input,mean\n1,0\n\xff\n")
    with pytest.raises(ParseError, match="is not UTF-8 text") as caught:
        read_columns(path, ("input", "mean"))
    assert caught.value.line == 3


def test_a_response_file_becomes_points_of_the_design(tmp_path):
    path = write(tmp_path, "input,mean\n-2,-0.9\n0,0.1\n2,0.8\n")
    device = Measured(tau_n=TAU, response=path)
    assert device.response == ((-2.0, -0.9), (0.0, 0.1), (2.0, 0.8))
    design = hardware.Design(name="lab", device=device)
    assert hardware.load_design(design.to_dict()) == design
    again = tmp_path / "lab.toml"
    again.write_text(design.to_toml())
    assert hardware.load_design(again) == design


@pytest.mark.parametrize("device", [{}, {"fabric": {"kind": "sequential"}}])
def test_pbits_answer_as_measured(device):
    # Independent draws: 2e5 of each leave a deviation of 0.0022.
    points = [[-1.0, -0.7], [0.0, 0.2], [1.5, 0.9]]
    inputs = [-3.0, -1.0, -0.4, 0.0, 1.0, 2.0]
    circuit = pbit.IsingModel(np.zeros((6, 6)), inputs)
    design = {
        "name": "lab",
        "device": {"kind": "measured", "tau_n": TAU, "response": points},
    }
    machine = hardware.Machine(circuit, design | device, rng=1)
    ticks = 2e5 * (6 if device else 2)
    means = machine.run(ticks * TAU).magnetization
    at = np.arctanh([y for _, y in points])
    expected = np.tanh(np.interp(inputs, [x for x, _ in points], at))
    assert means == pytest.approx(expected, abs=0.015)


@pytest.mark.parametrize(
    ("response", "key", "message"),
    [
        ([[0, 0.1]], "device.response", "at least two pairs"),
        ("missing.csv", "device.response", "missing.csv"),
        (
            [[0, 0.1], [0, 0.2]],
            r"device.response\[1\]",
            "inputs must increase: 0 follows 0",
        ),
        (
            [[0, 0.1], [1, 1.0]],
            r"device.response\[1\]",
            r"mean must be in \(-1, 1\), not 1",
        ),
        ([["a", "b"]], "device.response", "at least two pairs"),
    ],
)
def test_bad_responses_say_what_is_wrong(response, key, message):
    with pytest.raises(DesignError, match=rf"{key}.*{message}"):
        Measured(tau_n=TAU, response=response)


def test_dwell_times_make_a_telegraph_device(tmp_path):
    rng = np.random.default_rng(1)
    rows = ["state,seconds"]
    for _ in range(4000):
        rows.append(f"1,{rng.exponential(3e-9 * math.e)}")
        rows.append(f"-1,{rng.exponential(3e-9 / math.e)}")
    path = write(tmp_path, "\n".join(rows))
    device = telegraph_from_dwells(path, source="our lab")
    assert device.tau_n == pytest.approx(3e-9, rel=0.06)  # 5 deviations
    assert (device.source, device.status) == ("our lab", "measured")


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("1,1e-9\n", "must hold dwells of both states"),
        ("1,1e-9\n0,1e-9\n", "state must be -1 or 1, not 0"),
        ("1,1e-9\n-1,0\n", "seconds must be > 0, not 0"),
    ],
)
def test_bad_dwell_times_say_what_is_wrong(tmp_path, rows, message):
    with pytest.raises(ParseError, match=message):
        telegraph_from_dwells(write(tmp_path, "state,seconds\n" + rows))


# Ring oscillators.


def oscillators(n, jitter, circuit=None, **more):
    design = {
        "name": "rings",
        "device": {"kind": "ring-oscillator", "tau_n": TAU, "jitter": jitter},
        **more,
    }
    circuit = pbit.IsingModel(np.zeros((n, n))) if circuit is None else circuit
    return hardware.Machine(circuit, design, rng=2)


def test_oscillators_are_regular_from_a_random_phase_on():
    log = oscillators(300, 0.0).run(20 * TAU, record=True).log
    first = []
    for i in range(300):
        edges = log.times[log.pbits == i]
        np.testing.assert_allclose(np.diff(edges), TAU, rtol=1e-9)
        first.append(edges[0] / TAU)
    assert stats.kstest(first, "uniform").pvalue > 1e-6


@pytest.mark.parametrize("jitter", [0.1, 0.6])
def test_jitter_spreads_periods_as_it_says(jitter):
    log = oscillators(50, jitter).run(1000 * TAU, record=True).log
    ratios = np.concatenate([np.diff(log.times[log.pbits == i]) for i in range(50)])
    ratios /= TAU
    # 50 000 periods err by 0.0045 jitter in the mean and by 0.3 to 0.8 % in the deviation.
    assert ratios.mean() == pytest.approx(1, abs=0.03 * jitter)
    assert ratios.std() == pytest.approx(jitter, rel=0.02 if jitter < 0.5 else 0.05)


@pytest.mark.parametrize("jitter", [0.0, 0.2])
def test_oscillators_sample_the_boltzmann_distribution(jitter):
    # 2e5 sweeps, correlated for about five: a distance of 0.004 by noise.
    model = pbit.IsingModel({(0, 1): 0.8, (1, 2): -0.6, (0, 2): 0.5}, [0.2, 0, -0.3])
    run = oscillators(3, jitter, model).run(2e5 * TAU)
    law = pbit.exact.probabilities(model)
    assert 0.5 * np.abs(run.occupancy - law).sum() < 0.015
    assert run.updates == pytest.approx(6e5, rel=0.01)


def test_clamped_oscillators_do_not_update():
    machine = oscillators(2, 0.0)
    machine.clamp({0: 1})
    log = machine.run(10 * TAU, record=True).log
    assert set(log.pbits.tolist()) == {1}
    machine.release([0])
    run = machine.run(20 * TAU, record=True)
    assert set(run.log.pbits.tolist()) == {0, 1}


def test_oscillators_need_no_clock():
    with pytest.raises(DesignError, match="ring-oscillator p-bits time themselves"):
        oscillators(2, 0.0, fabric={"kind": "synchronous"})

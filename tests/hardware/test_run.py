"""What a run says of itself, and that it survives the disk."""

import numpy as np
import pytest

import pbit
from hardware import Machine, Run

DESIGN = {
    "name": "pair",
    "device": {"kind": "ideal", "tau_n": 1e-9},
    "energy": {"per_update": 2e-15, "per_flip": 3e-15, "static_power": 1e-6},
}


def a_run(**options):
    pair = pbit.IsingModel({("a", "b"): 1.0}, labels=["a", "b"])
    return Machine(pair, DESIGN, rng=1).run(until=1e-6, **options)


def test_joules_are_updates_flips_and_static_power_over_time():
    run = a_run()
    expected = 2e-15 * run.updates + 3e-15 * run.flips + 1e-6 * 1e-6
    assert run.energy_joules == pytest.approx(expected, rel=1e-12)


def test_a_design_without_an_energy_table_reports_no_joules():
    design = {key: DESIGN[key] for key in ("name", "device")}
    run = Machine(pbit.IsingModel({(0, 1): 1.0}), design, rng=1).run(until=1e-7)
    assert run.energy_joules is None


def test_rates_are_counts_over_simulated_time():
    run = a_run()
    assert run.elapsed == pytest.approx(1e-6)
    assert run.updates_per_second == pytest.approx(run.updates / 1e-6)
    assert run.flips_per_second == pytest.approx(run.flips / 1e-6)
    assert 0 < run.flips < run.updates


def test_occupancy_sums_to_one_and_agrees_with_the_mean():
    run = a_run()
    assert run.occupancy.sum() == pytest.approx(1.0, abs=1e-12)
    states = np.array([[-1, -1], [1, -1], [-1, 1], [1, 1]])
    assert run.magnetization == pytest.approx(run.occupancy @ states, abs=1e-9)


def test_occupancy_is_refused_beyond_twenty_pbits():
    run = Machine(pbit.IsingModel(np.zeros((21, 21))), DESIGN, rng=1).run(until=1e-8)
    with pytest.raises(ValueError, match=r"occupancy needs n <= 20 p-bits, not 21"):
        _ = run.occupancy


def test_arrays_of_a_run_are_read_only():
    run = a_run()
    with pytest.raises(ValueError, match="read-only"):
        run.magnetization[0] = 0.0


def test_a_saved_run_comes_back_whole(tmp_path):
    run = a_run(trace_every=1e-7, record=True)
    run.save(tmp_path / "run.npz")
    back = Run.load(tmp_path / "run.npz")
    for name in ("start", "end", "updates", "flips", "energy_joules", "info"):
        assert getattr(back, name) == getattr(run, name)
    assert tuple(back.labels) == ("a", "b")
    assert np.array_equal(back.occupancy, run.occupancy)
    assert np.array_equal(back.best[0], run.best[0])
    assert back.best[1] == run.best[1]
    for part, names in (
        ("trace", ("times", "magnetization", "energies")),
        ("log", ("times", "pbits", "states")),
    ):
        for name in names:
            old, new = (
                getattr(getattr(run, part), name),
                getattr(getattr(back, part), name),
            )
            assert np.array_equal(old, new)


def test_a_run_of_a_directed_circuit_comes_back_without_a_best_state(tmp_path):
    follower = pbit.PCircuit([[0, 0], [2, 0]])
    run = Machine(follower, DESIGN, rng=1).run(until=1e-7)
    assert run.best is None
    run.save(tmp_path / "run.npz")
    assert Run.load(tmp_path / "run.npz").best is None


def test_a_truncated_file_is_a_clear_error(tmp_path):
    path = tmp_path / "run.npz"
    a_run().save(path)
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(ValueError, match=r"run\.npz: "):
        Run.load(path)


def test_samples_are_not_a_run(tmp_path):
    path = tmp_path / "samples.npz"
    pbit.sample(pbit.IsingModel({(0, 1): 1.0}), n_sweeps=2, rng=1).save(path)
    with pytest.raises(ValueError, match="it holds 'samples', not 'machine-run'"):
        Run.load(path)

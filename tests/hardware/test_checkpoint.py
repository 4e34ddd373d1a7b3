"""Checkpoints: a machine that goes on from a file makes the bits of one that never stopped."""

import hashlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import simpy

import hardware
import pbit
from hardware.machine import Machine
from tests.hardware.machines import GLASS, KINDS, PAIR, design_of, make

ROOT = Path(__file__).parents[2]
END = 3e-7


def sha256(run):
    digest = hashlib.sha256()
    for table in (run.log, run.clamps, run.trace):
        for array in vars(table).values() if table is not None else ():
            digest.update(array.tobytes())
    for array in (run.state, run.magnetization, run.seconds_per_state, run.best[0]):
        digest.update(array.tobytes())
    digest.update(repr((run.start, run.end, run.updates, run.flips)).encode())
    return digest.hexdigest()


MORE = {
    "digital-lfsr-mac": {
        "device": {"kind": "digital", "input": "s[3][3]"},
        "synapse": {"kind": "mac", "weights": "s[3][3]", "latency": 2},
        "fabric": {"kind": "masked", "clock_hz": 1e9, "probability": 0.5},
        "noise": {"kind": "lfsr", "width": 32},
    },
    "transistor-rc": {
        "device": {"kind": "transistor-mtj", "tau_n": 1e-9, "tau_t": 2e-10},
        "synapse": {"kind": "rc", "tau_rc": 3e-10},
    },
    "ring-oscillator": {
        "device": {"kind": "ring-oscillator", "tau_n": 1e-9, "jitter": 0.1},
        "synapse": {"kind": "delay", "tau_s": 3e-10},
    },
    "delay-per-edge": {
        "device": {"kind": "ideal", "tau_n": 1e-9},
        "synapse": {"kind": "delay", "tau_s": (1e-10 * np.arange(1, 31)).tolist()},
    },
    "telegraph-per-edge": {
        "device": {"kind": "telegraph", "tau_n": 1e-9},
        "synapse": {"kind": "delay", "tau_s": (1e-10 * np.arange(1, 31)).tolist()},
    },
}


def machine_of(kind, **rest):
    if kind in MORE:
        return Machine(GLASS, {"name": kind} | MORE[kind], 1, **rest)
    return make(kind, **rest)


@pytest.mark.parametrize("kind", [*KINDS, *MORE])
def test_a_machine_saved_between_runs_goes_on_with_the_same_bits(kind, tmp_path):
    path, machine = tmp_path / "machine.npz", machine_of(kind, beta=0.8)
    machine.run(END / 3)
    machine.clamp({2: 1, 4: -1})
    machine.beta = 0.3
    machine.save(path)
    again = Machine.load(path, GLASS)
    assert (again.env.now, again.beta) == (machine.env.now, 0.3)
    for one in (machine, again):
        one.release([2])
    runs = [one.run(END, record=True, trace_every=END / 30) for one in (machine, again)]
    assert sha256(runs[0]) == sha256(runs[1])
    assert runs[0].log.n > 50
    assert not (runs[1].log.pbits == 4).any()


@pytest.mark.parametrize("kind", ["ideal-delay", "telegraph-stale", "chromatic"])
def test_a_run_goes_on_from_its_checkpoint_as_if_nothing_had_stopped_it(kind, tmp_path):
    def run(machine, **more):
        return machine.run(END, record=True, trace_every=END / 7, **more)

    spread = {"spread": {"slope": 0.2, "offset": 0.2}, "faults": {"stuck_up": [1]}}

    def machine():
        made = Machine(GLASS, design_of(kind) | spread, rng=4)
        made.clamp({0: 1})
        return made

    whole = run(machine())
    path = tmp_path / "run.npz"
    again = run(machine(), checkpoint=path, every=END / 4)
    assert sha256(again) == sha256(whole)
    resumed = Machine.load(path, GLASS)
    assert END / 2 < resumed.env.now < END
    with pytest.raises(
        ValueError, match=r"record must be True as in the run that goes on"
    ):
        resumed.run(END)
    assert sha256(run(resumed)) == sha256(whole)
    assert sha256(run(Machine.load(path, GLASS), checkpoint=path)) == sha256(whole)


CHILD = """
import sys
from tests.hardware.test_checkpoint import long_machine, LONG
print("ready", flush=True)
long_machine().run(LONG, checkpoint=sys.argv[1], every=LONG / 400)
"""
LONG = 4e-4  # 2.4e6 updates


def long_machine():
    return make("ideal-delay", circuit=pbit.IsingModel(GLASS.J, GLASS.h), rng=11)


def test_killing_a_run_and_going_on_gives_the_same_sha256(tmp_path):
    path = tmp_path / "run.npz"
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(path)],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
    )
    deadline = time.monotonic() + 300
    while not path.exists() and time.monotonic() < deadline and child.poll() is None:
        time.sleep(0.01)
    child.send_signal(signal.SIGKILL)
    child.wait()
    child.stdout.close()
    assert child.returncode == -signal.SIGKILL
    machine = Machine.load(path, pbit.IsingModel(GLASS.J, GLASS.h))
    assert 0 < machine.env.now < LONG
    assert sha256(machine.run(LONG)) == sha256(long_machine().run(LONG))


def test_an_interrupted_run_with_progress_keeps_what_it_has():
    machine, told = make(), []

    def report(done, total):
        told.append((done, total))
        if done == 40:
            raise KeyboardInterrupt

    run = machine.run(1e-6, progress=report, record=True)
    assert run.info["stopped"] == "interrupted"
    assert told == [(k, 100) for k in range(1, 41)]
    assert run.end == machine.env.now == pytest.approx(4e-7)
    rest = machine.run(1e-6, record=True)
    whole = make().run(1e-6, record=True)
    assert run.log.n + rest.log.n == whole.log.n
    assert "stopped" not in rest.info


def test_others_on_the_environment_are_not_left_out_silently(tmp_path):
    machine = make()
    hardware.anneal(machine, [0.1, 1.0], END)
    with pytest.raises(RuntimeError, match=r"1 others wait .* alone=False"):
        machine.save(tmp_path / "a.npz")
    assert not (tmp_path / "a.npz").exists()
    machine.save(tmp_path / "a.npz", alone=False)
    env = simpy.Environment()
    both = [make(env=env) for _ in range(2)]
    with pytest.raises(RuntimeError, match="others wait"):
        both[0].save(tmp_path / "b.npz")


def test_what_cannot_be_saved_or_loaded_says_so(tmp_path):
    path = tmp_path / "a.npz"
    with pytest.raises(RuntimeError, match="reference engine are simpy processes"):
        make(engine="reference").save(path)
    make().save(path)
    with pytest.raises(ValueError, match=r"a\.npz: the circuit is not the one"):
        Machine.load(path, PAIR)
    other = make().run(1e-8)
    other.save(path)
    with pytest.raises(
        ValueError, match=r"a\.npz: it holds 'machine-run', not 'machine'"
    ):
        Machine.load(path, GLASS)
    machine = make()
    for every in (0, -1.0, np.nan, np.inf):
        with pytest.raises(ValueError, match="every must be a time > 0"):
            machine.run(float(machine.env.now) + 1e-8, checkpoint=path, every=every)
    with pytest.raises(TypeError, match="progress must be True, False or a function"):
        machine.run(float(machine.env.now) + 1e-8, progress=3)

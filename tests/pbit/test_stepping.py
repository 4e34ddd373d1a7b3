"""What every algorithm in steps shares: progress, limits of time, Ctrl-C, checkpoints."""

import os
import signal
import threading
import time

import numpy as np
import pytest

import pbit
from pbit.samplers.stepping import Job, drive, held_back
from tests.pbit.sampler_cases import mixed

MODEL = mixed(30, 1, scale=2.0)
RUNS = {
    "metropolis": lambda **o: pbit.metropolis(MODEL, 0.5, 4, 3000, 0, rng=1, **o),
    "swendsen_wang": lambda **o: pbit.swendsen_wang(MODEL, 0.5, 4, 3000, 0, rng=1, **o),
    "wolff": lambda **o: pbit.wolff(MODEL, 0.5, 4, 3000, 0, rng=1, **o),
    "temper": lambda **o: pbit.temper(
        MODEL, [0.2, 0.5, 1.0], 2, n_sweeps=100, rng=1, icm=True, **o
    ),
    "population": lambda **o: pbit.population_anneal(MODEL, 1.0, 200, 3, rng=1, **o),
    "quantum": lambda **o: pbit.quantum_anneal(
        MODEL, 6, 3, 3000, rng=1, keep="replicas", **o
    ),
}


def info(run):
    return run.info


def bits(run):
    """What has to be equal for two runs to be the same."""
    if isinstance(run, pbit.SampleSet):
        return run.sha256
    samples = run.samples if isinstance(run.samples, tuple) else (run.samples,)
    best = run.best[0].tolist()
    rest = run.lowest.tolist() if hasattr(run, "lowest") else run.log_partition.tolist()
    return [one.sha256 for one in samples], best, rest


def stop_after(calls, stop):
    """A progress function that stops the run at its n-th call."""
    seen = []

    def progress(done, total):
        seen.append((done, total))
        if len(seen) == calls:
            stop()

    progress.seen = seen
    return progress


def interrupt():
    raise KeyboardInterrupt


@pytest.mark.parametrize("name", RUNS)
def test_threads_change_nothing(name):
    assert bits(RUNS[name](n_threads=1)) == bits(RUNS[name](n_threads=3))


@pytest.mark.parametrize("name", RUNS)
def test_progress_is_told_to_the_end(name):
    progress = stop_after(0, interrupt)
    RUNS[name](progress=progress)
    done = [pair[0] for pair in progress.seen]
    assert done == sorted(set(done))
    assert progress.seen[-1][0] == progress.seen[-1][1]


@pytest.mark.parametrize("name", RUNS)
def test_an_interrupted_run_keeps_what_it_has(name):
    run = RUNS[name](progress=stop_after(2, interrupt))
    assert info(run)["stopped"] == "interrupted"
    samples = run.samples if hasattr(run, "samples") else run
    for one in samples if isinstance(samples, tuple) else (samples,):
        np.testing.assert_allclose(one.energies, MODEL.energy(one.states), atol=1e-9)


@pytest.mark.parametrize("name", RUNS)
def test_ctrl_c_waits_for_the_end_of_a_step(name):
    if threading.current_thread() is not threading.main_thread():
        pytest.skip("signals reach the main thread alone")
    press = stop_after(2, lambda: os.kill(os.getpid(), signal.SIGINT))
    run = RUNS[name](progress=press)
    assert info(run)["stopped"] == "interrupted"
    assert len(press.seen) == 2
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


@pytest.mark.parametrize("name", RUNS)
def test_a_run_out_of_time_keeps_what_it_has(name):
    run = RUNS[name](time_limit=0.0)
    assert info(run)["stopped"] == "time limit"


@pytest.mark.parametrize("name", RUNS)
def test_a_resumed_run_has_the_bits_of_an_uninterrupted_one(name, tmp_path):
    whole = RUNS[name]()
    for calls in (1, 2, 1, 3):
        RUNS[name](checkpoint=tmp_path / "run", progress=stop_after(calls, interrupt))
    assert bits(RUNS[name](checkpoint=tmp_path / "run")) == bits(whole)
    # Done: it is read back.
    assert bits(RUNS[name](checkpoint=tmp_path / "run")) == bits(whole)


def test_checkpoints_of_other_runs_are_refused(tmp_path):
    RUNS["temper"](checkpoint=tmp_path / "run")
    with pytest.raises(ValueError, match=r"the checkpoint in .* is of another run"):
        pbit.temper(MODEL, [0.2, 0.5], n_sweeps=100, rng=1, checkpoint=tmp_path / "run")


@pytest.mark.parametrize("name", ["metropolis", "swendsen_wang", "wolff"])
def test_without_a_state_to_keep_the_stop_is_an_error(name):
    sampler = getattr(pbit, name)
    with pytest.raises(TimeoutError, match=r"time_limit of 0\.0 s was over before"):
        sampler(MODEL, 0.5, 2, 10, 10_000, time_limit=0.0)
    with pytest.raises(KeyboardInterrupt):
        sampler(MODEL, 0.5, 2, 10, 10_000, progress=stop_after(1, interrupt))


class Sleeping(Job):
    total = 3

    def step(self):
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(0.01)
        self.done += 1

    def arrays(self):
        return {}


def test_a_second_ctrl_c_breaks_through():
    with held_back() as heard:
        os.kill(os.getpid(), signal.SIGINT)
        assert heard.pressed
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)
    job = Sleeping()
    assert drive(job) == "interrupted"
    assert job.done == 1


def test_other_listeners_are_left_alone():
    heard = []
    signal.signal(signal.SIGINT, lambda *_: heard.append(1))
    try:
        assert drive(Sleeping()) is None
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    assert len(heard) == 3


def test_limits_of_time_are_checked():
    with pytest.raises(ValueError, match="time_limit must be finite and >= 0, not -1"):
        RUNS["temper"](time_limit=-1)
    with pytest.raises(TypeError, match="progress must be True, False or a function"):
        RUNS["temper"](progress="yes")

"""Runs that are killed, interrupted or out of disk go on and end with the same bits."""

import dataclasses
import hashlib
import os
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

import pbit
from pbit import Checkpoint

ROOT = Path(__file__).parents[2]


def glass(n=200, seed=3):
    """Return a random glass of degree about six with Gaussian weights and biases."""
    rng = np.random.default_rng(seed)
    pairs = {tuple(sorted(map(int, pair))) for pair in rng.integers(n, size=(3 * n, 2))}
    J = {pair: float(rng.normal()) for pair in sorted(pairs) if pair[0] != pair[1]}
    return pbit.IsingModel(J, rng.normal(size=n))


def of_three():
    return pbit.PolynomialModel({(0, 1, 2): 1.0, (1, 2, 3): -0.5, (0, 3): 0.25})


def plus_minus(n=60):
    """Return a glass of ±1: small whole numbers have kernels of their own."""
    J = glass(n).J.toarray()
    return pbit.IsingModel(np.sign(J))


def kept(times, **options):
    """Return arguments of a sampler that keeps forty states of a chain, or so."""
    return {"n_sweeps": 2000 * times, "keep_every": 50 * times, **options}


RUNS = {
    "sample": lambda times, **options: pbit.sample(
        glass(), 0.6, 16, rng=5, **kept(times), **options
    ),
    "sample in random order": lambda times, **options: pbit.sample(
        glass(), 0.6, 4, order="random", rng=5, **kept(times), **options
    ),
    "sample with clamps": lambda times, **options: pbit.sample(
        glass(), 0.6, 8, clamp={0: 1, 7: [1, -1] * 4}, rng=5, **kept(times), **options
    ),
    "polynomial": lambda times, **options: pbit.sample(
        of_three(), 0.6, 8, rng=7, **kept(5 * times), **options
    ),
    "whole numbers": lambda times, **options: pbit.sample(
        plus_minus(), 0.6, 70, rng=12, **kept(5 * times), **options
    ),
    "whole numbers, annealed": lambda times, **options: pbit.anneal(
        plus_minus(), None, 12, 3000 * times, rng=13, **options
    ),
    "anneal": lambda times, **options: pbit.anneal(
        glass(), None, 16, 3000 * times, rng=6, **options
    ),
    "anneal to the last": lambda times, **options: pbit.anneal(
        glass(), None, 16, 3000 * times, rng=6, keep="last", **options
    ),
    "temper": lambda times, **options: pbit.temper(
        glass(60), np.geomspace(0.1, 2, 8), 2, n_ladders=2, n_warmup=100,
        rng=8, icm=True, **kept(times), **options,
    ),
    "temper with a ladder of its own": lambda times, **options: pbit.temper(
        glass(30), n_ladders=3, n_sweeps=1000 * times, swap_every=2, rng=8, **options
    ),
    "metropolis": lambda times, **options: pbit.metropolis(
        glass(60), 0.6, 8, rng=9, **kept(5 * times), **options
    ),
    "swendsen-wang": lambda times, **options: pbit.swendsen_wang(
        glass(60), 0.6, 8, rng=9, **kept(times), **options
    ),
    "wolff": lambda times, **options: pbit.wolff(
        glass(60), 0.6, 8, rng=9, **kept(5 * times), **options
    ),
    "population": lambda times, **options: pbit.population_anneal(
        glass(60), 2.0, 200, 20 * times, rng=10, **options
    ),
    "quantum": lambda times, **options: pbit.quantum_anneal(
        glass(60), n_chains=2, n_sweeps=2000 * times, rng=11, **options
    ),
}  # fmt: skip


def sha256(result):
    """Return the hash of all arrays of a result, SampleSets by their own."""
    if isinstance(result, pbit.SampleSet):
        return result.sha256
    parts = []
    for field in dataclasses.fields(result):
        value = getattr(result, field.name)
        if isinstance(value, pbit.SampleSet):
            parts.append(value.sha256)
        elif isinstance(value, tuple):
            parts += [one.sha256 for one in value]
        elif isinstance(value, np.ndarray | np.generic | float):
            parts.append(hashlib.sha256(np.asarray(value).tobytes()).hexdigest())
    assert parts
    return hashlib.sha256("".join(parts).encode()).hexdigest()


def summary(result):
    return [sha256(result), str(result.info["sweeps_done"])]


def say(line):
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def child():
    """Run what the arguments name, with its checkpoints; a process of its own does this."""
    name, times, folder = sys.argv[1:]
    said = []

    def progress(done, total):
        if not said:
            said.append(done)
            say("running")

    result = RUNS[name](
        int(times), checkpoint=Checkpoint(folder, every=0.005), progress=progress
    )
    say(" ".join(summary(result)))


def start(name, times, folder):
    module = "import tests.pbit.test_resuming as t; t.child()"
    return subprocess.Popen(
        [sys.executable, "-c", module, name, str(times), str(folder)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


def killed_runs(name, times, folder, waits):
    """Kill the run after each of `waits` seconds; return how many kills met it running."""
    kills = 0
    for wait in waits:
        with start(name, times, folder) as process:
            line = process.stdout.readline()
            if line != "running\n":  # it had only the end left to do
                assert process.wait() == 0, process.stderr.read()
                break
            try:
                process.wait(wait)
                break
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGKILL)
                kills += 1
    return kills


def ended(name, times, folder):
    with start(name, times, folder) as process:
        out, err = process.communicate(timeout=300)
    assert process.returncode == 0, err
    return out.splitlines()[-1].split()


def long_run(name, seconds):
    """Return how many times longer a run has to be to take `seconds` here, and its end."""
    times = 1
    while True:
        began = time.perf_counter()
        result = RUNS[name](times)
        if (
            time.perf_counter() - began >= seconds and times > 1
        ):  # the first one compiles
            return times, summary(result)
        times *= 2


@pytest.mark.parametrize("name", ["sample", "anneal", "temper"])
def test_a_run_killed_twice_ends_with_the_same_bits(name, tmp_path):
    waits = np.random.default_rng(1).uniform(0.02, 0.1, 2)
    times, end = long_run(name, seconds=0.8)
    assert killed_runs(name, times, tmp_path, waits) == 2
    assert ended(name, times, tmp_path) == end


@pytest.mark.slow
@pytest.mark.parametrize("name", RUNS)
def test_a_run_killed_at_ten_random_moments_ends_with_the_same_bits(name, tmp_path):
    waits = np.random.default_rng(2).uniform(0, 0.15, 10)
    times, end = long_run(name, seconds=4)
    assert killed_runs(name, times, tmp_path, waits) == 10
    assert ended(name, times, tmp_path) == end


@pytest.mark.parametrize("name", RUNS)
def test_an_interrupted_run_goes_on_with_other_threads(name, tmp_path):
    def stop(done, total):
        if done > total // 3:
            raise KeyboardInterrupt

    part = RUNS[name](1, checkpoint=tmp_path, progress=stop, n_threads=2)
    assert part.info["stopped"] == "interrupted"
    seen = []
    whole = RUNS[name](
        1,
        checkpoint=tmp_path,
        n_threads=1,
        progress=lambda done, total: seen.append(done),
    )
    assert whole.info["stopped"] is None
    assert seen[0] > part.info["sweeps_done"]  # it did not start anew
    assert summary(whole) == summary(RUNS[name](1))


@pytest.mark.parametrize("name", ["sample", "anneal", "temper"])
def test_an_interrupt_from_outside_saves_all_that_was_done(name, tmp_path):
    """Ctrl-C at seeded moments, as often as it takes; each run ends at a later sweep."""
    times, end = long_run(name, seconds=0.8)
    done, kinds = [0], set()
    for wait in np.random.default_rng(6).uniform(0.03, 0.15, 8):
        timer = threading.Timer(wait, os.kill, (os.getpid(), signal.SIGINT))
        timer.start()
        try:
            try:
                part = RUNS[name](times, checkpoint=tmp_path)
            finally:
                timer.cancel()
                timer.join()
        except KeyboardInterrupt:  # before the first state was kept, or just too late
            continue
        kinds.add(part.info["stopped"])
        assert part.info["sweeps_done"] > done[-1]
        done.append(part.info["sweeps_done"])
        if part.info["stopped"] is None:
            break
    assert "interrupted" in kinds
    assert summary(RUNS[name](times, checkpoint=tmp_path)) == end


def test_a_run_out_of_time_goes_on(tmp_path):
    whole = RUNS["sample"](1)
    for _ in range(400):
        try:
            samples = RUNS["sample"](1, checkpoint=tmp_path, time_limit=0.02)
        except TimeoutError:  # still warming up
            continue
        if samples.info["stopped"] is None:
            break
    assert samples.sha256 == whole.sha256
    assert samples.info == whole.info


def test_a_run_that_is_over_returns_at_once_what_it_returned(tmp_path):
    first = RUNS["anneal"](1, checkpoint=tmp_path)
    seen = []
    again = RUNS["anneal"](
        1, checkpoint=tmp_path, progress=lambda done, total: seen.append(done)
    )
    assert not seen
    assert again.sha256 == first.sha256


def test_without_a_seed_a_run_goes_on_with_the_one_it_drew(tmp_path):
    model = glass(20)

    def stop(done, total):
        raise KeyboardInterrupt

    part = pbit.anneal(model, None, 4, 3000, checkpoint=tmp_path, progress=stop)
    whole = pbit.anneal(model, None, 4, 3000, checkpoint=tmp_path)
    assert whole.info["rng"] == part.info["rng"]
    same = np.random.SeedSequence(whole.info["rng"]["entropy"])
    assert pbit.anneal(model, None, 4, 3000, rng=same).sha256 == whole.sha256


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"n_sweeps": 300}, "schedule"),
        ({"beta": 0.7}, "schedule"),
        ({"n_chains": 5}, "n_chains"),
        ({"n_warmup": 20, "n_sweeps": 190}, "keep_from"),
        ({"order": "chromatic"}, "order"),
        ({"rng": 2}, "rng"),
        ({"keep_every": 2}, "keep_every"),
        ({"clamp": {3: 1}}, "clamped p-bits"),
        ({"initial": np.ones(20, int)}, "initial states"),
        ({"first_chain": 4}, "first_chain"),
        ({"model": glass(20, seed=4)}, "model"),
    ],
)
def test_other_arguments_are_another_run(changes, named, tmp_path):
    arguments = {
        "model": glass(20),
        "beta": 0.5,
        "n_chains": 4,
        "n_sweeps": 200,
        "n_warmup": 10,
        "rng": 1,
    }
    pbit.sample(**arguments, checkpoint=tmp_path)
    with pytest.raises(
        ValueError, match=rf"of another run: they differ in .*{named} \("
    ):
        pbit.sample(**{**arguments, **changes}, checkpoint=tmp_path)


def keeps_much(**options):
    return pbit.sample(glass(), 0.6, 16, 4000, 1000, rng=5, keep_every=5, **options)


FULL = """
import resource, signal, sys
import tests.pbit.test_resuming as t
t.keeps_much()  # kernels are compiled and stored before room runs out
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), resource.RLIM_INFINITY))
try:
    t.keeps_much(checkpoint=t.Checkpoint(sys.argv[1], every=0))
except OSError as error:
    print(error)
"""


def test_no_room_for_a_file_is_told_and_the_last_checkpoint_goes_on(tmp_path):
    """Room for the state, and for no kept states: the first shard fails."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", FULL, str(tmp_path / "run"), "4500"],
        capture_output=True,
        text=True,
        env=environment,
    )
    assert re.search(
        r"a checkpoint cannot be written to .*run \(File too large\); "
        "the last one there is whole",
        done.stdout,
    ), done.stdout + done.stderr
    assert not list((tmp_path / "run").glob(".*"))
    seen = []
    whole = keeps_much(
        checkpoint=tmp_path / "run", progress=lambda done, total: seen.append(done)
    )
    assert seen[0] > 512  # it did not start anew
    assert whole.sha256 == keeps_much().sha256


def test_no_permission_to_write_is_told_before_the_run(tmp_path, monkeypatch):
    """The system call is made to refuse: a superuser may write anywhere."""
    real = os.open

    def refuse(path, flags, *rest, **options):
        if Path(os.fspath(path)).name == "lock":
            raise PermissionError(13, os.strerror(13))
        return real(path, flags, *rest, **options)

    monkeypatch.setattr(os, "open", refuse)

    def progress(done, total):
        raise AssertionError

    with pytest.raises(
        PermissionError, match=r"cannot be written to .*Permission denied"
    ):
        RUNS["anneal"](1, checkpoint=tmp_path, progress=progress)

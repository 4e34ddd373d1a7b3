"""Chains and instances on a cluster: the same bits as here, also when workers die."""

import itertools
import os
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

import pbit
from pbit import cluster

distributed = pytest.importorskip("distributed")

# Dask's own: sockets and loops that it leaves to the garbage collector.
pytestmark = pytest.mark.filterwarnings(
    "default::ResourceWarning", "default::DeprecationWarning"
)


@pytest.fixture(scope="module")
def client():
    """A cluster of two processes of one thread, on this computer alone."""
    with (
        distributed.LocalCluster(
            n_workers=2,
            threads_per_worker=1,
            processes=True,
            host="127.0.0.1",
            dashboard_address="127.0.0.1:0",
            silence_logs=50,
        ) as workers,
        distributed.Client(workers) as client,
    ):
        yield client


def ring(n=24):
    rng = np.random.default_rng(1)
    J = {(f"v{i}", f"v{(i + 1) % n}"): float(rng.normal()) for i in range(n)}
    return pbit.IsingModel(J, rng.normal(size=n), 0.5, [f"v{i}" for i in range(n)])


def signs():
    """Return a ring of ±1: small whole numbers have kernels of their own."""
    return pbit.IsingModel({(i, (i + 1) % 24): (-1.0) ** (i // 3) for i in range(24)})


def cubic():
    return pbit.PolynomialModel({(0, 1, 2): 1.0, (1, 2, 3): -0.5, (0, 3): 0.25})


CALLS = {
    "sample": lambda **options: pbit.sample(
        ring(), 0.7, 13, 200, 10, rng=1, keep_every=10, **options
    ),
    "one chain": lambda **options: pbit.sample(ring(), 0.7, 1, 50, rng=1, **options),
    "many chains": lambda **options: pbit.sample(
        ring(), 0.7, 150, 20, rng=1, order="chromatic", **options
    ),
    "whole numbers": lambda **options: pbit.sample(
        signs(), 0.7, 150, 20, rng=1, **options
    ),
    "whole numbers, not the first": lambda **options: pbit.anneal(
        signs(), None, 77, 50, rng=1, first_chain=45, **options
    ),
    "anneal": lambda **options: pbit.anneal(ring(), None, 10, 100, rng=2, **options),
    "not the first chains": lambda **options: pbit.anneal(
        ring(), None, 10, 100, rng=2, first_chain=5, **options
    ),
    "states and clamps of each": lambda **options: pbit.anneal(
        ring(),
        None,
        6,
        50,
        rng=3,
        initial=np.where(np.arange(6 * 24).reshape(6, 24) % 5, 1, -1),
        clamp={"v0": [1, -1, 1, -1, 1, -1], "v1": 1},
        **options,
    ),
    "a clamp a chain": lambda **options: pbit.sample(
        ring(), 0.3, 3, 50, clamp=[{"v0": 1}, {}, {"v3": -1}], rng=4, **options
    ),
    "one state for all": lambda **options: pbit.sample(
        ring(), 0.3, 4, 50, initial=np.ones(24, int), rng=4, **options
    ),
    "metropolis": lambda **options: pbit.metropolis(
        ring(), 0.7, 10, 50, order="random", rng=6, **options
    ),
    "swendsen-wang": lambda **options: pbit.swendsen_wang(
        ring(), 0.7, 10, 50, rng=7, first_chain=3, **options
    ),
    "wolff": lambda **options: pbit.wolff(ring(), 0.7, 10, 50, rng=8, **options),
    "polynomial": lambda **options: pbit.sample(cubic(), 1.0, 5, 50, rng=5, **options),
    "no energy": lambda **options: pbit.sample(
        pbit.PCircuit({(0, 1): 1.0, (1, 2): -2.0}), 1.0, 5, 50, rng=5, **options
    ),
}


LADDERS = {
    "given": {
        "betas": [0.2, 0.6, 1.5],
        "n_ladders": 5,
        "keep_every": 10,
        "n_replicas": 2,
    },
    "adaptive, in pairs": {"n_ladders": 3, "icm": True, "n_warmup": 20},
    "not the first": {"betas": [0.2, 1.0], "n_ladders": 3, "first_ladder": 2},
    "clamps and states": {
        "betas": [0.2, 1.0],
        "n_ladders": 2,
        "clamp": {"v1": [1, -1]},
        "initial": np.where(np.arange(4 * 24).reshape(4, 24) % 3, 1, -1),
    },
}


@pytest.mark.parametrize("name", LADDERS)
def test_a_cluster_tempers_as_one_computer_does(name, client):
    options = {**LADDERS[name], "n_sweeps": 60, "rng": 3}
    here = pbit.temper(ring(), **options)
    there = pbit.temper(ring(), client=client, **options)
    assert there.solutions.sha256 == here.solutions.sha256
    assert [a.sha256 for a in there.samples] == [b.sha256 for b in here.samples]
    assert [a.info for a in there.samples] == [b.info for b in here.samples]
    assert there.info == here.info
    for array in ("betas", "swap_rates", "round_trips", "lowest", "cluster_sizes"):
        np.testing.assert_array_equal(getattr(there, array), getattr(here, array))


def test_ladders_are_those_of_their_numbers():
    options = {"betas": [0.1, 0.5, 1.5], "n_sweeps": 80, "rng": 4, "icm": True}
    whole = pbit.temper(ring(), n_ladders=4, **options)
    rest = pbit.temper(ring(), n_ladders=3, first_ladder=1, **options)
    np.testing.assert_array_equal(whole.lowest[:, 1:], rest.lowest)
    np.testing.assert_array_equal(whole.round_trips[1:], rest.round_trips)


@pytest.mark.parametrize("name", CALLS)
def test_a_cluster_gives_the_bits_of_one_computer(name, client):
    here, there = CALLS[name](), CALLS[name](client=client)
    assert there.sha256 == here.sha256
    assert there.info == here.info
    assert there.labels == here.labels


def test_parts_cover_all_chains_once_and_begin_at_words():
    for n_chains in [*range(1, 300), 1000, 4096, 100_001]:
        for slots in (1, 2, 3, 7, 64):
            parts = cluster._parts(n_chains, slots)
            assert parts[0][0] == 0
            assert parts[-1][1] == n_chains
            assert all(a[1] == b[0] for a, b in itertools.pairwise(parts))
            size = parts[0][1]
            assert len(parts) == 1 or size % 64 == 0 or 64 % size == 0
            assert len(parts) <= cluster.PARTS * slots
            assert len(parts) >= min(slots, n_chains) // 2


def test_progress_counts_chains(client):
    seen = []
    CALLS["sample"](client=client, progress=lambda *args: seen.append(args))
    assert seen[-1] == (13, 13)
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
    assert len(seen) == 2


def test_a_generator_moves_on_once(client):
    def twice(**options):
        generator = np.random.default_rng(8)
        return [
            pbit.anneal(ring(), None, 4, 20, rng=generator, **options).sha256
            for _ in range(2)
        ]

    assert twice(client=client) == twice()


def test_models_are_mapped_in_their_order(client):
    models = [ring(n) for n in (5, 6, 7)]
    options = {"n_chains": 3, "n_sweeps": 30, "rng": 9}
    here = cluster.map_models(pbit.anneal, models, **options)
    there = cluster.map_models(pbit.anneal, models, client=client, **options)
    assert [a.sha256 for a in here] == [b.sha256 for b in there]
    assert [a.n for a in here] == [5, 6, 7]
    seeds = [a.info["rng"]["spawn_key"] for a in here]
    assert seeds == [[0], [1], [2]]
    fewer = cluster.map_models(pbit.anneal, models[:2], **options)
    assert [a.sha256 for a in fewer] == [a.sha256 for a in here[:2]]
    assert cluster.map_models(pbit.anneal, [], rng=1, client=client) == []


def test_what_breaks_a_rule_is_refused(client):
    for name, value in (("time_limit", 1.0), ("checkpoint", "folder")):
        with pytest.raises(
            ValueError, match=f"{name} and client must not both be given"
        ):
            CALLS["sample"](client=client, **{name: value})
    with pytest.raises(
        TypeError, match=r"must be a dask\.distributed\.Client, not 'x'"
    ):
        CALLS["sample"](client="x")
    with pytest.raises(TypeError, match="progress must be True, False or a function"):
        CALLS["sample"](client=client, progress="yes")
    with pytest.raises(ValueError, match="n_chains must be at least 1"):
        pbit.sample(ring(), n_chains=0, client=client)


def test_an_error_on_a_worker_is_that_of_one_computer(client):
    with pytest.raises(KeyError, match="no p-bit is called 'w0'"):
        pbit.sample(ring(), n_chains=4, clamp={"w0": 1}, client=client)
    with pytest.raises(ValueError, match="initial must have shape"):
        pbit.sample(ring(), n_chains=4, initial=np.ones((3, 24)), client=client)


def slow_pid(model, rng, folder):
    """Say which process this is, and take a while over it."""
    name = f"{rng.spawn_key[0]}-{os.getpid()}"
    with open(os.path.join(folder, name), "x", encoding="ascii"):  # noqa: PTH118, PTH123
        pass
    time.sleep(0.3)
    return pbit.anneal(model, None, 2, 50, rng=rng, n_threads=1)


def test_a_worker_killed_in_the_middle_costs_time_not_results(client, tmp_path):
    models = [ring(n) for n in range(4, 12)]

    def kill_first():
        while not (started := sorted(tmp_path.iterdir())):
            time.sleep(0.01)
        os.kill(int(started[0].name.split("-")[1]), signal.SIGKILL)

    killer = threading.Thread(target=kill_first)
    killer.start()
    there = cluster.map_models(
        slow_pid, models, rng=3, client=client, folder=str(tmp_path)
    )
    killer.join()
    here = cluster.map_models(
        pbit.anneal, models, rng=3, schedule=None, n_chains=2, n_sweeps=50
    )
    assert [a.sha256 for a in there] == [b.sha256 for b in here]
    again = [path.name.split("-")[0] for path in tmp_path.iterdir()]
    assert len(again) > len(models)  # a task was begun twice


@pytest.mark.slow
def test_chains_survive_a_worker_that_is_killed(client):
    """The run takes seconds; the worker dies in the first."""
    options = {"n_chains": 32, "n_sweeps": 500_000, "rng": 5}
    model = ring(200)
    whole = pbit.anneal(model, None, **options)
    client.wait_for_workers(2)
    pids = list(client.run(os.getpid).values())
    timer = threading.Timer(0.7, lambda: os.kill(pids[0], signal.SIGKILL))
    timer.start()
    began = time.monotonic()
    spread = pbit.anneal(model, None, client=client, **options)
    assert time.monotonic() - began > 0.7  # it was not over before
    assert spread.sha256 == whole.sha256


def test_an_interrupt_cancels_what_is_left(client, tmp_path):
    def interrupt(done, total):
        raise KeyboardInterrupt

    models = [ring(4)] * 12
    with pytest.raises(KeyboardInterrupt):
        cluster.map_models(
            slow_pid, models, client=client, progress=interrupt, folder=str(tmp_path)
        )
    time.sleep(1.0)  # two workers would have begun six more by then
    begun = len(list(tmp_path.iterdir()))
    assert 1 <= begun <= 6
    time.sleep(0.5)
    assert len(list(tmp_path.iterdir())) == begun


def test_pbit_does_not_import_dask():
    code = (
        "import sys, pbit; pbit.sample\n"
        "assert not {'dask', 'distributed'} & set(sys.modules)\n"
        "sys.modules['distributed'] = None\n"
        "try:\n    pbit.sample(pbit.IsingModel({(0, 1): 1.0}), client=1)\n"
        "except ImportError as error:\n    print(error)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert "pip install pbitlab[cluster]" in done.stdout

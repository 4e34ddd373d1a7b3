"""A sweep on a Dask cluster that loses a worker: the same table to the bit."""

import os
import signal

import pytest

from hardware.explore import Store
from tests.hardware.explore.measures import slow, sweep

distributed = pytest.importorskip("distributed")

# Dask's own: sockets and loops that it leaves to the garbage collector.
pytestmark = pytest.mark.filterwarnings(
    "default::ResourceWarning", "default::DeprecationWarning"
)


def test_a_cluster_that_loses_a_worker_makes_the_same_table(tmp_path):
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
        victims = [worker.pid for worker in workers.workers.values()][:1]

        def kill(done, total):
            if done >= 4 and victims:
                os.kill(victims.pop(), signal.SIGKILL)

        found = sweep(tmp_path / "far.sqlite", slow, client=client, progress=kill)
        assert victims == []
    assert (found.computed, found.stopped) == (20, "")
    here = sweep(tmp_path / "here.sqlite", slow)
    assert found.rows == here.rows
    with Store(tmp_path / "far.sqlite") as far, Store(tmp_path / "here.sqlite") as near:
        assert far.table() == near.table()
        assert {row[1] for row in far.timings()} - {row[1] for row in near.timings()}

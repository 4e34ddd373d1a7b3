"""Who measures points: this process, others on this computer, or a Dask cluster.

All of them give the same values: a point depends on its content alone. What they are
asked for they hand back in any order; they never write to the store.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import socket
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.connection import wait
from typing import Any, Protocol
from uuid import uuid4

from hardware.explore.measure import Measure
from hardware.explore.points import Outcome, Point, measure_point

MOST_DEATHS = 3  # of workers in a row, with nothing measured in between
Done = Iterator[tuple[str, Outcome]]


class Crew(Protocol):
    """Measures points."""

    def run(self, measure: Measure, points: Sequence[Point]) -> Done:
        """Yield (key, outcome) as points are done; drop the rest when closed."""

    def close(self) -> None:
        """Let the workers go."""


class Here:
    """The calling process, one point after the other."""

    def run(self, measure: Measure, points: Sequence[Point]) -> Done:
        """Measure points in their order."""
        for point in points:
            yield point.key, _measure(measure, point)

    def close(self) -> None:
        """Nothing to let go."""


class Processes:
    """Processes of this computer, started afresh (spawn), one point each at a time.

    A process that dies costs its point: the others are started anew and measure what is
    left. They end when this process does, however it ends.

    Parameters
    ----------
    workers
        How many, at least 1.
    """

    def __init__(self, workers: int) -> None:
        self.workers = workers
        self.pool: ProcessPoolExecutor | None = None

    def run(self, measure: Measure, points: Sequence[Point]) -> Done:
        """Measure points side by side.

        Raises
        ------
        RuntimeError
            If workers die again and again without measuring anything.
        """
        if len(points) == 1 and self.pool is None:  # not worth a process
            yield from Here().run(measure, points)
            return
        left = {point.key: point for point in points}
        deaths = 0
        while left:
            try:
                for key, outcome in self._once(measure, list(left.values())):
                    del left[key]
                    deaths = 0
                    yield key, outcome
            except BrokenProcessPool as error:
                self.close()
                deaths += 1
                if deaths == MOST_DEATHS:
                    msg = (
                        f"workers died {deaths} times without measuring a point; run "
                        f"with one worker to see why, and guard a script by "
                        f"if __name__ == '__main__'"
                    )
                    raise RuntimeError(msg) from error

    def _once(self, measure: Measure, points: Sequence[Point]) -> Done:
        if self.pool is None:
            self.pool = ProcessPoolExecutor(
                self.workers,
                mp_context=multiprocessing.get_context("spawn"),
                initializer=_prepare,
            )
        futures: dict[Future[Outcome], str] = {}
        try:
            for point in points:
                futures[self.pool.submit(_measure, measure, point)] = point.key
            for future in as_completed(futures):
                yield futures[future], future.result()
        finally:
            for future in futures:
                future.cancel()

    def close(self) -> None:
        """End the processes after the points that they are at."""
        if self.pool is not None:
            self.pool.shutdown(wait=False, cancel_futures=True)
            self.pool = None


class Cluster:
    """Workers of a Dask cluster; a task a point, given to another where a worker dies.

    Parameters
    ----------
    client
        A ``dask.distributed.Client``.

    Raises
    ------
    TypeError
        If `client` is none.
    ImportError
        If Dask is not installed.
    """

    def __init__(self, client: Any) -> None:
        from pbit.cluster import check_client

        self.client = check_client(client)

    def run(self, measure: Measure, points: Sequence[Point]) -> Done:
        """Measure points wherever the cluster puts them."""
        from dask.distributed import as_completed as as_finished

        run = uuid4().hex
        futures: dict[str, Any] = {}
        keys = {}
        try:
            for point in points:
                name = f"pbit-point-{point.key[:16]}-{run}"
                futures[name] = self.client.submit(
                    _measure, measure, point, key=name, pure=False
                )
                keys[name] = point.key
            for future in as_finished(list(futures.values())):
                outcome = future.result()
                del futures[future.key]  # the cluster may forget it
                yield keys[future.key], outcome
        finally:
            if futures:
                self.client.cancel(list(futures.values()))

    def close(self) -> None:
        """Leave the cluster to whoever made it."""


def hire(workers: int, client: Any) -> Crew:
    """Return who measures: a cluster if there is one, processes if several are wanted."""
    if client is not None:
        return Cluster(client)
    return Processes(workers) if workers > 1 else Here()


def _measure(measure: Measure, point: Point) -> Outcome:
    worker = f"{socket.gethostname()}:{os.getpid()}"
    return measure_point(measure, point.table, point.seed, worker)


def _prepare() -> None:
    """Make a worker end with its parent, also where that is killed, and at Ctrl-C."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    parent = multiprocessing.parent_process()
    if parent is None:
        return
    sentinel = parent.sentinel

    def watch() -> None:
        wait([sentinel])
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()

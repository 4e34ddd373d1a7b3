"""Work in steps: progress, time limit, Ctrl-C and checkpoints, alike for every algorithm.

A job is a state in arrays and a step that changes it. Between two steps it may be cut,
written down and resumed; nothing else of a process decides what comes next.
"""

from __future__ import annotations

import signal
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pbit.checks import check_nonnegative
from pbit.progress import Progress, reporter
from pbit.samplers.checkpoint import Saver


class Job(ABC):
    """Something long that advances in steps.

    Attributes
    ----------
    done, total
        Sweeps done, and sweeps in all.
    """

    done: int = 0
    total: int = 0

    @abstractmethod
    def step(self) -> None:
        """Advance, and add to `done`."""

    @abstractmethod
    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return the arrays that the next step depends on; writing to them restores."""

    def kept(self) -> dict[str, NDArray[Any]]:
        """Return the arrays that fill up along axis 1, whole."""
        return {}

    @property
    def n_kept(self) -> int:
        """How far these are filled."""
        return 0

    def record(self) -> dict[str, Any]:
        """Return what else the next step depends on, as JSON holds it."""
        return {}

    def restore(self, record: dict[str, Any]) -> None:
        """Take back what `record` returned; arrays and `done` are back already."""
        del record


class Interrupt:
    """Whether Ctrl-C was pressed."""

    pressed = False


@contextmanager
def held_back() -> Iterator[Interrupt]:
    """Hold Ctrl-C back, so that no step is left half done; a second one breaks through.

    Only in the main thread, and only where nobody else listens to the signal.
    """
    heard = Interrupt()
    mine = threading.current_thread() is threading.main_thread()
    if not mine or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield heard
        return

    def note(_number: int, _frame: FrameType | None) -> None:
        if heard.pressed:
            raise KeyboardInterrupt
        heard.pressed = True

    signal.signal(signal.SIGINT, note)
    try:
        yield heard
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def drive(
    job: Job,
    *,
    progress: Progress = False,
    time_limit: float | None = None,
    saver: Saver | None = None,
) -> str | None:
    """Step until the job is done or has to stop; return why it stopped, or None.

    Parameters
    ----------
    job
        What to advance; resumed first if `saver` has a checkpoint of it.
    progress
        True for a bar, or a function called with (sweeps done, sweeps in all).
    time_limit
        Seconds after which to stop.
    saver
        An open checkpoint, written to when it is due and at the end.

    Returns
    -------
    str or None
        "interrupted" or "time limit".
    """
    if time_limit is not None:
        check_nonnegative("time_limit", time_limit)
    if saver is not None:
        _resume(job, saver)
    deadline = np.inf if time_limit is None else time.monotonic() + time_limit
    report, close = reporter(progress, job.total)
    stopped = None
    whole = True  # no step is half done, so that the job may be written down
    try:
        with held_back() as interrupt:
            while job.done < job.total:
                whole = False
                job.step()
                whole = True
                report(job.done, job.total)
                if job.done < job.total and interrupt.pressed:
                    stopped = "interrupted"
                elif job.done < job.total and time.monotonic() > deadline:
                    stopped = "time limit"
                if stopped is not None:
                    break
                if saver is not None and saver.due():
                    _save(job, saver)
    except KeyboardInterrupt:
        stopped = "interrupted"
    finally:
        close()
    if saver is not None and whole:
        _save(job, saver)
    return stopped


def _resume(job: Job, saver: Saver) -> None:
    record = saver.resume(job.arrays(), job.kept())
    if record is not None:
        job.done = int(record["done"])
        job.restore(record)


def _save(job: Job, saver: Saver) -> None:
    kept = {name: array[:, : job.n_kept] for name, array in job.kept().items()}
    saver.save(job.arrays(), {"done": job.done, **job.record()}, kept)

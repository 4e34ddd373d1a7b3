"""Anneals one after the other, each from a stream of its own."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pbit.model import PCircuit
    from pbit.progress import Report
    from pbit.samples import SampleSet

FIRST = 50  # sweeps of the first of several rounds: soon there is an answer


def doubling(sweeps: int) -> Iterator[int]:
    """Yield lengths of rounds: short at first, then twice as long, up to `sweeps`."""
    length = min(FIRST, sweeps)
    while True:
        yield length
        length = min(2 * length, sweeps)


def rounds(
    model: PCircuit,
    seed: int,
    lengths: Iterable[int],
    time_limit: float | None,
    report: Report | None,
    **options: Any,
) -> Iterator[SampleSet]:
    """Yield the samples of one anneal a length, until the time is over.

    The first anneal takes the seed itself, as ``pbit.anneal(rng=seed)`` does; the others
    take what ``numpy.random.SeedSequence(seed).spawn`` gives, in order. So a round
    depends on the seed and on its number only.

    Parameters
    ----------
    lengths
        Sweeps of each round.
    time_limit
        Seconds for all of them; None to run through `lengths`.
    report
        Called with (sweeps done, sweeps in all) of each round.
    **options
        For :func:`pbit.anneal`; a `schedule` is a function of the number of sweeps.
    """
    import numpy as np

    import pbit

    root = source = np.random.SeedSequence(seed)
    schedule = options.pop("schedule", None)
    end = None if time_limit is None else time.monotonic() + time_limit
    for sweeps in lengths:
        left = None if end is None else max(0.0, end - time.monotonic())
        samples = pbit.anneal(
            model,
            None if schedule is None else schedule(sweeps),
            n_sweeps=sweeps,
            rng=source,
            keep="best" if hasattr(model, "energy") else "last",
            progress=report or False,
            time_limit=left,
            **options,
        )
        yield samples
        if samples.info["stopped"] or (end is not None and time.monotonic() >= end):
            return
        (source,) = root.spawn(1)

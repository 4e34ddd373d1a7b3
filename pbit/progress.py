"""Reports of progress: a bar, or a function of the caller's."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeAlias

Report: TypeAlias = Callable[[int, int], object]
Progress: TypeAlias = bool | Report
"""True for a bar, or a function called with (done, in all)."""


def reporter(
    progress: Progress, total: int | None, unit: str = "sweep"
) -> tuple[Report, Callable[[], object]]:
    """Return a function to call with (done, total), and one to call at the end.

    Raises
    ------
    TypeError
        If `progress` is neither a bool nor a function.
    """
    if callable(progress):
        return progress, lambda: None
    given: Any = progress
    if not isinstance(given, bool):
        msg = f"progress must be True, False or a function, not {progress!r}"
        raise TypeError(msg)
    if not progress:
        return (lambda _done, _total: None), (lambda: None)
    from tqdm.auto import tqdm

    bar = tqdm(total=total, unit=unit, leave=False)

    def report(done: int, total: int) -> None:
        bar.total = total
        bar.update(done - bar.n)

    return report, bar.close


@contextmanager
def reporting(
    progress: Progress, total: int | None = None, unit: str = "sweep"
) -> Iterator[Report]:
    """Give what `reporter` returns, and call its end; `total` may be known later."""
    report, close = reporter(progress, total, unit)
    try:
        yield report
    finally:
        close()

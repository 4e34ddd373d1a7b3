"""Reports of progress: a bar, or a function of the caller's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

Progress: TypeAlias = bool | Callable[[int, int], object]
"""True for a bar, or a function called with (done, in all)."""


def reporter(
    progress: Progress, total: int, unit: str = "sweep"
) -> tuple[Callable[[int, int], object], Callable[[], object]]:
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
    return (lambda done, _total: bar.update(done - bar.n)), bar.close

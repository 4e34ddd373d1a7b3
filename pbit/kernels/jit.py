"""The one place that decorates compiled functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

F = TypeVar("F", bound=Callable[..., Any])


def jit(function: F) -> F:
    """Compile `function` on first use, cache it on disk and release the GIL while it runs.

    No fastmath: the same seed has to give the same bits on every processor, so sums
    keep their order and nothing is contracted.
    """
    return cast("F", numba.njit(cache=True, nogil=True, fastmath=False)(function))


def inline(function: F) -> F:
    """Like `jit`, for scalar functions that must dissolve into their callers' loops."""
    return cast(
        "F", numba.njit(cache=True, nogil=True, fastmath=False, inline="always")(function)
    )

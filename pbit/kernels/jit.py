"""The one place that decorates compiled functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

F = TypeVar("F", bound=Callable[..., Any])


# No fastmath: the same seed has to give the same bits on every processor, so sums keep
# their order and nothing is contracted. numpy's error model: a division that checks for
# zero would keep loops from vectorising.
OPTIONS: dict[str, Any] = {
    "cache": True,
    "nogil": True,
    "fastmath": False,
    "error_model": "numpy",
}


def jit(function: F) -> F:
    """Compile `function` on first use, cache it on disk, release the GIL while it runs."""
    return cast("F", numba.njit(**OPTIONS)(function))


def inline(function: F) -> F:
    """Like `jit`, for scalar functions that must dissolve into their callers' loops."""
    return cast("F", numba.njit(inline="always", **OPTIONS)(function))


def bare(function: F) -> F:
    """Like `jit`, for kernels that allocate nothing: arrays are not reference-counted.

    A count is an atomic instruction, and numba emits some at every call that passes an
    array: for event kernels made of small functions they cost more than the events.
    """
    options: dict[str, Any] = {**OPTIONS, "_nrt": False}
    return cast("F", numba.njit(**options)(function))


def dissolve(function: F) -> F:
    """Like `bare`, for the parts of event kernels: LLVM dissolves them into their callers.

    Parts that take whole tuples of arrays are calls of a hundred arguments otherwise: one
    array more in a tuple once made an event five times as dear.
    """
    options: dict[str, Any] = {**OPTIONS, "_nrt": False, "forceinline": True}
    return cast("F", numba.njit(**options)(function))


# Without the functions by which Python and C could call it: for tuples of many arrays those
# take a third of the time to compile.
_NO_DOORS = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}


def inner(function: F) -> F:
    """Like `bare`, for functions that kernels alone call: Python must not, it crashes."""
    options: dict[str, Any] = {**OPTIONS, **_NO_DOORS, "_nrt": False}
    return cast("F", numba.njit(**options)(function))


def part(function: F) -> F:
    """Like `dissolve`, for functions that kernels alone call: Python must not, it crashes."""
    options: dict[str, Any] = {**OPTIONS, **_NO_DOORS, "_nrt": False}
    return cast("F", numba.njit(forceinline=True, **options)(function))

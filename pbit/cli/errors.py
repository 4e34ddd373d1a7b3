"""Exit statuses, and errors as one line."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import click

SOLVED = 0
FAILED = 1  # there is an answer, and it fails its check or misses its target
BAD_INPUT = 2
INTERRUPTED = 130  # as shells say it: 128 + SIGINT


class BadInput(click.ClickException):
    """What the user gave breaks a rule."""

    exit_code = BAD_INPUT


@contextmanager
def door() -> Iterator[None]:
    """Hold the checks of input: what they raise is the user's to mend.

    Outside, the same kinds of errors are ours and keep their traceback.
    """
    try:
        yield
    except (ValueError, TypeError, KeyError, OSError) as error:
        raise BadInput(describe(error)) from error


def describe(error: BaseException) -> str:
    """Return an error's message as its author wrote it."""
    if isinstance(error, OSError) and error.strerror:
        where = f"{error.filename}: " if error.filename is not None else ""
        return f"{where}{error.strerror}"
    if isinstance(error, MemoryError):
        return f"not enough memory: {error}" if str(error) else "not enough memory"
    return str(error.args[0]) if isinstance(error, KeyError) else str(error)


def one_line(message: str) -> str:
    """Return a message without line breaks and other control characters."""
    flat = " ".join(message.split())
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in flat)


def exit_status(*, solved: bool, stopped: str | None) -> int:
    """Return the exit status of an answer."""
    if stopped == "interrupted":
        return INTERRUPTED
    return SOLVED if solved else FAILED

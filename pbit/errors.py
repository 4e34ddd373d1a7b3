"""The few errors of our own; each is also a builtin error and carries its data."""

from __future__ import annotations


class CapacityError(ValueError):
    """A problem is larger than what it was handed to can hold."""


class DesignError(ValueError):
    """A machine's design file breaks a rule; `key` names the entry, as in ``device.tau_n``."""

    def __init__(self, key: str, message: str) -> None:
        super().__init__(f"{key}: {message}")
        self.key = key


class EmbeddingError(ValueError):
    """No embedding into a topology was found.

    Attributes
    ----------
    reason : str
        "too large" (a count shows that none exists), "not found" (the search gave up) or
        "invalid" (the one that was given is none).
    """

    def __init__(self, message: str, *, reason: str) -> None:
        super().__init__(message)
        self.reason = reason


class ParseError(ValueError):
    """A problem file breaks its format's grammar.

    Attributes
    ----------
    path : str
        The file, as the caller named it.
    line : int or None
        Line number, from 1; ``None`` where the file as a whole is at fault.
    """

    def __init__(self, path: object, line: int | None, message: str) -> None:
        where = f"{path}:{line}" if line is not None else f"{path}"
        super().__init__(f"{where}: {message}")
        self.path = str(path)
        self.line = line

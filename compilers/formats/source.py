"""A file being read: its lines or words, its numbers, what was wrong and what repaired."""

from __future__ import annotations

import math
import re
import warnings
from collections.abc import Iterator, Sequence
from os import PathLike

from compilers.formats.text import MAX_LINE, quote, read_lines
from pbit.errors import ParseError

MAX_EXACT = 2**53  # beyond it a float64 skips whole numbers
MAX_DIGITS = 400  # of one number; int() of a million digits takes minutes
MAX_LOOSE = 50_000  # parts that a header declares and no line mentions
LONG_LINE = 2**24  # bytes, for formats that hold a whole objective in one line

_INTEGER = re.compile(rb"[+-]?\d+")
_DECIMAL = re.compile(rb"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_NOT_FINITE = re.compile(rb"[+-]?(nan|inf|infinity)", re.IGNORECASE)


class Source:
    """A text file under the rules that all readers share.

    Parameters
    ----------
    path
        A text file, or a gzipped one.
    strict
        If False, `flaw` records a repair instead of raising.
    """

    def __init__(self, path: str | PathLike[str], *, strict: bool = True) -> None:
        self.path = path
        self.strict = strict
        self.line = 0  # the one read last
        self._repairs: dict[str, list[int]] = {}

    def lines(self, max_line: int = MAX_LINE) -> Iterator[bytes]:
        """Yield the lines that are not blank, stripped; `line` is the number."""
        for number, text in read_lines(self.path, max_line):
            self.line = number
            yield text

    def words(self, max_line: int = 2**20) -> Iterator[bytes]:
        """Yield the words of the file; `line` is the number of their line."""
        for text in self.lines(max_line):
            yield from text.split()

    def error(self, message: str, line: int | None = -1) -> ParseError:
        """Return an error at a line: by default the one read last."""
        return ParseError(self.path, self.line if line == -1 else line, message)

    def flaw(self, message: str, repair: str, line: int = -1) -> None:
        """Raise if strict, else record what is done about it."""
        if self.strict:
            raise self.error(message, line)
        self.repaired(repair, line)

    def repaired(self, repair: str, line: int = -1) -> None:
        """Record something that `warn` tells."""
        where = self.line if line == -1 else line
        self._repairs.setdefault(repair, []).append(where)

    def warn(self, stacklevel: int = 3) -> None:
        """Warn of everything recorded, one warning a kind, with its lines."""
        for what, lines in self._repairs.items():
            shown = ", ".join(map(str, lines[:10]))
            more = f" and {len(lines) - 10} more" if len(lines) > 10 else ""
            where = f"line{'s' if len(lines) > 1 else ''} {shown}{more}"
            text = f"{self.path}: {what} ({where})"
            warnings.warn(text, UserWarning, stacklevel=stacklevel)

    def whole(
        self,
        word: bytes,
        what: str,
        low: int | None = None,
        high: int | None = None,
        hint: str = "",
    ) -> int:
        """Return a word as a whole number within low ... high.

        `what` names the number in the error's message, `hint` ends that of its range.
        """
        if len(word) > MAX_DIGITS or not _INTEGER.fullmatch(word):
            msg = f"{what} must be a whole number, not {quote(word)}"
            raise self.error(msg)
        value = int(word)
        if (low is not None and value < low) or (high is not None and value > high):
            bounds = f"{low} to {high}" if high is not None else f"at least {low}"
            msg = f"{what} must be {bounds}, not {quote(word)}{hint}"
            raise self.error(msg)
        return value

    def number(self, word: bytes, what: str = "a value") -> int | float:
        """Return a word as an int within ±2**53 or a finite float."""
        if _INTEGER.fullmatch(word):
            if len(word) > 17 or abs(int(word)) > MAX_EXACT:
                msg = f"{what} that is whole must be within ±2**53, not {quote(word)}"
                raise self.error(msg)
            return int(word)
        if len(word) <= MAX_DIGITS and _DECIMAL.fullmatch(word):
            value = float(word)
        elif _NOT_FINITE.fullmatch(word):
            value = math.inf
        else:
            msg = f"{what} must be a number, not {quote(word)}"
            raise self.error(msg)
        if not math.isfinite(value):
            msg = f"{what} must be finite, not {quote(word)}"
            raise self.error(msg)
        return value

    def check_count(self, found: int, declared: int, what: str, header: int) -> None:
        """Check that there are as many parts as the header declares."""
        if found != declared:
            self.flaw(
                f"the header declares {declared} {what}, but there are {found}",
                f"{found} {what} taken where the header declares {declared}",
                header,
            )

    def check_loose(self, loose: int, what: str, header: int) -> None:
        """Check that a few bytes of header do not cost much memory."""
        if loose > MAX_LOOSE:
            msg = f"more than {MAX_LOOSE} {what}"
            raise self.error(msg, header)

    def header(self, line: bytes, words: int, pattern: str) -> Sequence[bytes]:
        """Return the words of a header line of a fixed number of words."""
        found = line.split()
        if len(found) != words:
            msg = f"a header is {pattern!r}, not {quote(line)}"
            raise self.error(msg)
        return found

    def empty(self, expected: str) -> ParseError:
        """Return the error of a file without its header."""
        return self.error(f"the file is empty: {expected}", None)


def spell(value: float) -> str:
    """Return a number as every reader here reads it back: all digits, no numpy types."""
    value = value.item() if hasattr(value, "item") else value
    if isinstance(value, float) and value.is_integer() and abs(value) <= MAX_EXACT:
        return repr(int(value))
    return repr(value)

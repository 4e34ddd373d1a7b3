"""JSON under the rules that all readers share: bounded, finite, no key twice."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from os import PathLike
from typing import Any

from compilers.formats.source import MAX_EXACT
from compilers.formats.text import quote, read_bytes
from pbit.errors import ParseError

MAX_JSON = 2**26  # bytes; Python needs ten times that to hold it


def read_json(path: str | PathLike[str]) -> dict[str, Any]:
    """Return the object that a JSON file holds.

    Raises
    ------
    ParseError
        If it is no JSON object, too large or too deep, or holds NaN, an infinity, a
        number of very many digits, or a key twice.
    """
    found: dict[str, Any] = parse_json(path, read_bytes(path, MAX_JSON), dict)
    return found


def parse_json(path: str | PathLike[str], data: bytes, kind: type[Any]) -> Any:
    """Return what JSON text holds, which is to be a dict or a list.

    Raises
    ------
    ParseError
        As `read_json`.
    """

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            keys = [key for key, _ in pairs]
            twice = next(key for key in keys if keys.count(key) > 1)
            msg = f"the key {twice!r} is given twice"
            raise ParseError(path, None, msg)
        return found

    def refuse(word: str) -> float:
        msg = f"numbers must be finite, not {word}"
        raise ParseError(path, None, msg)

    try:
        value = json.loads(
            data.decode("utf-8-sig"), object_pairs_hook=unique, parse_constant=refuse
        )
    except ParseError:
        raise
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        msg = f"the text is not UTF-8: {quote(data[error.start : error.start + 4])}"
        raise ParseError(path, line, msg) from None
    except json.JSONDecodeError as error:
        msg = f"broken JSON: {error.msg} at column {error.colno}"
        raise ParseError(path, error.lineno, msg) from None
    except (RecursionError, ValueError):
        msg = "the JSON text is nested too deeply or holds a number of too many digits"
        raise ParseError(path, None, msg) from None
    if not isinstance(value, kind):
        what = "an object {...}" if kind is dict else "a list [...]"
        msg = f"the JSON text must hold {what}, not {type(value).__name__}"
        raise ParseError(path, 1, msg)
    return value


class Entries:
    """Entries of a JSON object, checked as they are taken."""

    def __init__(self, path: str | PathLike[str], entries: Any, name: str = "") -> None:
        self.path, self.name = path, name
        if not isinstance(entries, dict):
            msg = f"{name} must be an object, not {_show(entries)}"
            raise self.error(msg)
        self.entries = entries

    def error(self, message: str) -> ParseError:
        """Return an error of the file; JSON keeps no lines."""
        return ParseError(self.path, None, message)

    def take(self, key: str, kind: type[Any]) -> Any:
        """Return an entry of a kind."""
        if key not in self.entries:
            msg = f"the entry {self.name}{key} is missing"
            raise self.error(msg)
        value = self.entries[key]
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            msg = (
                f"{self.name}{key} must be of type {kind.__name__}, not {_show(value)}"
            )
            raise self.error(msg)
        return value

    def inside(self, key: str) -> Entries:
        """Return an entry that is an object."""
        return Entries(self.path, self.take(key, dict), f"{self.name}{key}.")

    def number(self, key: str) -> float:
        """Return an entry that is a finite number."""
        return self.as_number(self.take(key, object), f"{self.name}{key}")

    def numbers(self, key: str, length: int) -> list[float]:
        """Return an entry that is a list of finite numbers."""
        return [
            self.as_number(value, f"{self.name}{key}[{k}]")
            for k, value in enumerate(self.sized(key, length))
        ]

    def indices(self, key: str, length: int, n: int) -> list[int]:
        """Return an entry that is a list of whole numbers 0 ... n - 1."""
        values = self.sized(key, length)
        for k, value in enumerate(values):
            if type(value) is not int or not 0 <= value < n:
                msg = f"{self.name}{key}[{k}] must be 0 to {n - 1}, not {_show(value)}"
                raise self.error(msg)
        return list(values)

    def sized(self, key: str, length: int) -> Sequence[Any]:
        """Return an entry that is a list of a length."""
        values: list[Any] = self.take(key, list)
        if len(values) != length:
            msg = f"{self.name}{key} must have {length} entries, not {len(values)}"
            raise self.error(msg)
        return values

    def as_number(self, value: Any, name: str) -> float:
        """Return a value as an int within ±2**53 or a finite float."""
        if type(value) is int and abs(value) <= MAX_EXACT:
            return value
        if type(value) is float and math.isfinite(value):
            return value
        msg = f"{name} must be a finite number, within ±2**53 if whole, not {_show(value)}"
        raise self.error(msg)


def _show(value: Any) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        return "a number of many digits" if abs(value) > 10**40 else str(value)
    if isinstance(value, dict | list):
        return f"a {type(value).__name__}"
    return repr(value)[:40]

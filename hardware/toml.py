"""TOML in, with line numbers in errors, and as much TOML out as designs need."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pbit.errors import ParseError


def read_toml(path: Path) -> dict[str, Any]:
    """Return the tables of a TOML file.

    Raises
    ------
    ParseError
        If the file is not UTF-8 or not TOML; `line` is where.
    """
    content = path.read_bytes()
    try:
        return tomllib.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise ParseError(path, line, "is not UTF-8 text") from None
    except tomllib.TOMLDecodeError as error:
        found = re.fullmatch(
            r"(.*) \(at line (\d+), column \d+\)", str(error), re.DOTALL
        )
        # The only other place that tomllib reports is the end of the document.
        line = int(found[2]) if found else content.count(b"\n") + 1
        reason = found[1] if found else str(error)
        msg = f"is not TOML: {reason[:1].lower()}{reason[1:]}"
        raise ParseError(path, line, msg) from None
    except RecursionError:
        raise ParseError(path, None, "is nested too deeply") from None


def toml_text(table: Mapping[str, Any]) -> str:
    """Return text, numbers, truth values, lists and tables of these as TOML."""
    lines = [
        f"{key} = {_value(value)}"
        for key, value in table.items()
        if not isinstance(value, Mapping)
    ]
    for name, entries in table.items():
        if isinstance(entries, Mapping):
            lines += ["", f"[{name}]"]
            lines += [f"{key} = {_value(value)}" for key, value in entries.items()]
    return "\n".join(lines) + "\n"


def _value(value: Any) -> str:
    if isinstance(value, str):
        # TOML's basic strings are JSON's, but for the delete character.
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return f"[{', '.join(map(_value, value))}]"
    return repr(value if isinstance(value, int) else float(value))

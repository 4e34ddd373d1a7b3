"""The folder of an evaluation: written whole or not at all, read back and checked."""

from __future__ import annotations

import errno
import json
import os
import secrets
import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any

from hardware.evaluation.evaluation import FORMAT, VERSION, Evaluation
from hardware.evaluation.report.drawings import draw
from hardware.evaluation.report.page import render
from hardware.evaluation.report.svg import png
from hardware.evaluation.report.tables import csv_files
from hardware.evaluation.report.window import Window, record
from hardware.evaluation.schema import report_schema
from pbit.errors import ParseError

AnyPath = str | os.PathLike[str]
REPORT = "report.json"
#: What a folder may hold for it to be replaced, as patterns of paths in it.
PATTERNS = (
    REPORT,
    "report.html",
    "design.toml",
    "window.vcd",
    "data/*.csv",
    "figures/*.png",
    "against/*.toml",
    "workloads/*.toml",
)


def check_folder(path: AnyPath) -> None:
    """Fail if an evaluation could not be written to this folder.

    It may be missing, and folders above it too; empty; or an older evaluation with
    nothing beside it, which is replaced.

    Raises
    ------
    OSError
        If it is no such folder; what is in the way is named.
    """
    folder = Path(path)
    if not folder.exists() and not folder.is_symlink():
        above = next(each for each in folder.absolute().parents if each.exists())
        if not above.is_dir():
            raise NotADirectoryError(errno.ENOTDIR, "must be a folder", str(above))
        return
    if folder.is_symlink() or not folder.is_dir():
        raise NotADirectoryError(
            errno.ENOTDIR, "must be a folder, or not exist", os.fspath(path)
        )
    alien = next((name for name in _files(folder) if not _ours(name)), None)
    held = any(folder.iterdir())
    if alien is None and held and not _is_report(folder / REPORT):
        alien = "no report.json of an evaluation"
    if alien is not None:
        msg = f"is not an evaluation that may be replaced: it holds {alien}"
        raise FileExistsError(errno.EEXIST, msg, os.fspath(path))


def write_report(
    evaluation: Evaluation,
    path: AnyPath,
    *,
    extra: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Write an evaluation as a folder, completely or not at all.

    It holds ``report.html``, ``report.json``, ``design.toml``, the data as CSV files,
    the figures as PNG files, the designs that it was held against, and ``window.vcd``,
    waveforms of a short window.

    Parameters
    ----------
    evaluation
        What was found.
    path
        The folder; see :func:`check_folder` for what may be there already.
    extra
        More files, path in the folder -> text; their paths follow `PATTERNS`.

    Returns
    -------
    dict
        The plain data, as in ``report.json``.

    Raises
    ------
    ValueError
        If an extra file has a path that no pattern has.
    OSError
        If the folder is something else, or cannot be written; it stays as it was.
    """
    check_folder(path)
    for name in extra or {}:
        if not _ours(name):
            msg = f"extra must have paths like {', '.join(PATTERNS)}, not {name!r}"
            raise ValueError(msg)
    target = Path(path).absolute()
    draft = target.with_name(f".{target.name}.{secrets.token_hex(8)}.tmp")
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        draft.mkdir()
        table = _fill(draft, evaluation, extra or {})
        _swap(draft, target)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return table


def read_report(path: AnyPath) -> dict[str, Any]:
    """Read the plain data of an evaluation from its folder, or from a ``report.json``.

    Raises
    ------
    ParseError
        If it is no evaluation, or of another version.
    OSError
        If it cannot be read.
    """
    file = Path(path) / REPORT if Path(path).is_dir() else Path(path)
    try:
        table = json.loads(file.read_text("utf-8"))
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise ParseError(file, None, f"is not JSON: {error}") from None
    if not isinstance(table, dict) or table.get("format") != FORMAT:
        raise ParseError(file, None, "is not the report of an evaluation")
    if table.get("version") != VERSION:
        found = table.get("version")
        msg = f"is a report of version {found}; this program reads version {VERSION}"
        raise ParseError(file, None, msg)
    lacking = [key for key in report_schema()["required"] if key not in table]
    if lacking:
        raise ParseError(file, None, f"lacks {', '.join(lacking)}")
    return table


def _fill(
    draft: Path, evaluation: Evaluation, extra: Mapping[str, str]
) -> dict[str, Any]:
    window = record(evaluation)
    table = evaluation.to_dict()
    drawings, note = draw(table), ""
    if isinstance(window, Window):
        window.write(draft / "window.vcd")
        drawings.append(window.drawing())
    else:
        note = window
    text = json.dumps(table, indent=1, allow_nan=False) + "\n"
    _put(draft / REPORT, text.encode())
    _put(draft / "report.html", render(table, drawings, note).encode())
    _put(draft / "design.toml", evaluation.design.to_toml().encode())
    files = {f"data/{name}": made for name, made in csv_files(table).items()}
    for other, name in zip(evaluation.against, against_files(evaluation), strict=True):
        files[name] = other.design.to_toml()
    for name, content in (files | dict(extra)).items():
        _put(draft / name, content.encode())
    for drawing in drawings:
        _put(draft / "figures" / f"{drawing.name}.png", png(drawing.figure))
    return table


def against_files(evaluation: Evaluation) -> list[str]:
    """Return the paths of the designs that it was held against, one each."""
    names: list[str] = []
    for other in evaluation.against:
        stem = "".join(
            c if c.isalnum() or c in "-_" else "-" for c in other.design.name
        )
        name, k = f"against/{stem}.toml", 1
        while name in names:
            k += 1
            name = f"against/{stem}-{k}.toml"
        names.append(name)
    return names


def with_command(evaluation: Evaluation, command: str) -> Evaluation:
    """Return an evaluation that says which command repeats it."""
    return replace(evaluation, info={**evaluation.info, "command": command})


def _put(path: Path, content: bytes) -> None:
    path.parent.mkdir(exist_ok=True)
    with path.open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _swap(draft: Path, target: Path) -> None:
    """Put the draft in the target's place; the older one comes back if that fails."""
    if not target.exists():
        draft.rename(target)
        return
    check_folder(target)  # once more: the work took a while
    older = target.with_name(f"{draft.name}.older")
    target.rename(older)
    try:
        draft.rename(target)
    except OSError:
        older.rename(target)
        raise
    shutil.rmtree(older)


def _files(folder: Path) -> list[str]:
    found = []
    for path in sorted(folder.rglob("*")):
        if path.is_symlink() or not path.is_dir():
            found.append(path.relative_to(folder).as_posix())
    return found


def _ours(name: str) -> bool:
    path = PurePosixPath(name)
    return any(
        path.match(pattern) and len(path.parts) == len(PurePosixPath(pattern).parts)
        for pattern in PATTERNS
    )


def _is_report(path: Path) -> bool:
    try:
        read_report(path)
    except (ParseError, OSError):
        return False
    return True

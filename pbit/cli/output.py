"""How results and progress are written."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from pbit.cli.errors import BadInput
from pbit.progress import Report


def print_json(record: Mapping[str, Any]) -> None:
    """Print one JSON object on one line; keys keep their order."""
    import pbit

    entries = {**record, "version": pbit.__version__}
    click.echo(json.dumps(entries, ensure_ascii=False, allow_nan=False))


def print_table(rows: Iterable[tuple[str, str]]) -> None:
    """Print names and values in two columns."""
    entries = list(rows)
    width = max(len(name) for name, _ in entries)
    for name, value in entries:
        click.echo(f"{name:<{width}}  {value}".rstrip())


def number(value: float) -> str:
    """Return a number as people write it: whole ones without a point."""
    return f"{value:.12g}"


def check_writable(path: str | None, suffixes: Iterable[str] = ()) -> None:
    """Fail now, not after the work, if a file could not be written."""
    if path is None:
        return
    known = list(suffixes)
    if known and Path(path).suffix.lower() not in known:
        msg = f"{path}: must end in one of {', '.join(known)}"
        raise BadInput(msg)
    if Path(path).is_dir():
        msg = f"{path}: is a folder"
        raise BadInput(msg)
    if not Path(path).parent.is_dir():
        msg = f"{path}: the folder {Path(path).parent} does not exist"
        raise BadInput(msg)


@contextmanager
def progress(unit: str) -> Iterator[Report | None]:
    """Give a function (done, total) that draws a bar; None if nobody would see it."""
    if not sys.stderr.isatty():
        yield None
        return
    from tqdm import tqdm

    with tqdm(unit=unit, leave=False, file=sys.stderr) as bar:

        def report(done: int, total: int) -> None:
            if done < bar.n or total != bar.total:
                bar.reset(total)
            bar.update(done - bar.n)

        yield report

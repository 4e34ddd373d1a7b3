"""The store: every point that was ever measured, in one SQLite file.

The table `points` has a row a point and plain columns: what it was, an entry a column for
what was varied, four columns a metric (value, `.low`, `.high`, `.status`). It depends on
nothing but the points' content, so two stores of the same points are equal, whoever
measured them and in whatever order. When and how long is told in `timings`; what was asked
for in `explorations`, and which points that were in `members`; units are in `metrics`.

A row is written in one transaction to a write-ahead log: a process that is killed loses
what it had not yet written, and the file stays whole.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any

from hardware.explore.axes import Axis
from hardware.explore.entries import sql_type
from hardware.explore.measure import ENDS, Values
from hardware.explore.points import Outcome, Point

APPLICATION = 0x70626974  # "pbit"
VERSION = 1
PATIENCE = 60.0  # seconds to wait for another process to finish writing
_TABLES = """
CREATE TABLE points (
    key TEXT PRIMARY KEY, machine TEXT, design TEXT, measure TEXT, rng TEXT,
    version TEXT, body INTEGER, seed INTEGER, problem TEXT);
CREATE TABLE timings (
    key TEXT PRIMARY KEY, worker TEXT, started REAL, seconds REAL, cpu_seconds REAL);
CREATE TABLE metrics (name TEXT PRIMARY KEY, unit TEXT, less_is_better INTEGER);
CREATE TABLE explorations (id TEXT PRIMARY KEY, request TEXT);
CREATE TABLE members (
    exploration TEXT, number INTEGER, key TEXT, PRIMARY KEY (exploration, number));
"""


class Store:
    """One SQLite file of points.

    Parameters
    ----------
    path
        The file; it is made if there is none. None: a store in memory, gone at the end.

    Raises
    ------
    ValueError
        If the file is no store, or one of a newer version.
    OSError
        If it cannot be opened.
    """

    def __init__(self, path: str | os.PathLike[str] | None) -> None:
        name = ":memory:" if path is None else os.fspath(path)
        if path is not None and not Path(path).absolute().parent.is_dir():
            msg = f"the folder of the store {name!r} does not exist"
            raise FileNotFoundError(msg)
        try:
            self.connection = sqlite3.connect(name, timeout=PATIENCE)
        except sqlite3.OperationalError as error:
            msg = f"store {name!r} cannot be opened: {error}"
            raise OSError(msg) from None
        try:
            self._open(name)
        except BaseException:
            self.connection.close()
            raise

    def _open(self, name: str) -> None:
        try:
            application = self._pragma("application_id")
            tables = self.connection.execute(
                "SELECT count(*) FROM sqlite_schema"
            ).fetchone()[0]
        except sqlite3.DatabaseError as error:
            msg = f"store {name!r} is no SQLite file: {error}"
            raise ValueError(msg) from None
        if tables and application != APPLICATION:
            msg = f"store {name!r} is the database of another program"
            raise ValueError(msg)
        found = self._pragma("user_version")
        if found > VERSION:
            msg = f"store {name!r} has version {found}; this package reads {VERSION}"
            raise ValueError(msg)
        self.connection.execute("PRAGMA journal_mode = WAL")
        self.connection.execute("PRAGMA synchronous = NORMAL")
        with self._writing():
            self.connection.execute("BEGIN IMMEDIATE")
            if self._pragma("user_version") == 0:
                for statement in _TABLES.split(";"):
                    self.connection.execute(statement)
                self.connection.execute(f"PRAGMA application_id = {APPLICATION}")
                self.connection.execute(f"PRAGMA user_version = {VERSION}")

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Write all of it or nothing; a full disk or a lock is an OSError."""
        try:
            with self.connection:
                yield
        except sqlite3.OperationalError as error:
            msg = f"the store cannot be written: {error}"
            raise OSError(msg) from error

    def _pragma(self, name: str) -> int:
        return int(self.connection.execute(f"PRAGMA {name}").fetchone()[0])

    def __enter__(self) -> Store:
        """Return the open store."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close it."""
        self.close()

    def close(self) -> None:
        """Close the file; what was written stays."""
        self.connection.close()

    def widen(
        self, axes: Sequence[Axis], goals: Mapping[str, tuple[str, bool]]
    ) -> None:
        """Add the columns that are not there yet, and note the units of metrics."""
        wanted = {axis.entry: sql_type(axis.entry) for axis in axes}
        for name in goals:
            wanted |= dict.fromkeys((f"{name}{end}" for end in ENDS[:3]), "REAL")
            wanted[f"{name}{ENDS[3]}"] = "TEXT"
        with self._writing():
            self.connection.execute("BEGIN IMMEDIATE")
            rows = self.connection.execute("PRAGMA table_info(points)").fetchall()
            there = {row[1].lower() for row in rows}
            for name, kind in wanted.items():
                if name.lower() not in there:
                    self.connection.execute(
                        f"ALTER TABLE points ADD COLUMN {_quoted(name)} {kind}"
                    )
            self.connection.executemany(
                "INSERT OR REPLACE INTO metrics VALUES (?, ?, ?)",
                [(name, unit, less) for name, (unit, less) in goals.items()],
            )

    def note(self, request: Mapping[str, Any], name: str) -> None:
        """Note what was asked for."""
        with self._writing():
            self.connection.execute(
                "INSERT OR IGNORE INTO explorations VALUES (?, ?)",
                (name, json.dumps(request, sort_keys=True)),
            )

    def enroll(self, name: str, first: int, keys: Sequence[str]) -> None:
        """Note which points an exploration is made of, from its number `first` on."""
        rows = [(name, first + k, key) for k, key in enumerate(keys)]
        with self._writing():
            self.connection.executemany(
                "INSERT OR REPLACE INTO members VALUES (?, ?, ?)", rows
            )

    def find(
        self, points: Sequence[Point], axes: Sequence[Axis], metrics: Sequence[str]
    ) -> dict[str, Outcome]:
        """Return the outcomes of those points that were measured before, by key.

        Columns of axes that other explorations did not have are filled in.
        """
        keys = json.dumps([point.key for point in points])
        columns = ["key", "problem"]
        for name in metrics:
            columns += [f"{name}{end}" for end in ENDS]
        listed = ", ".join(map(_quoted, columns))
        rows = self.connection.execute(
            f"SELECT {listed} FROM points "  # noqa: S608 - quoted names
            f"WHERE key IN (SELECT value FROM json_each(?))",
            (keys,),
        ).fetchall()
        found = {row[0]: _outcome(row[1], row[2:], metrics) for row in rows}
        self._fill([point for point in points if point.key in found], axes)
        return found

    def _fill(self, points: Sequence[Point], axes: Sequence[Axis]) -> None:
        for k, axis in enumerate(axes):
            name = _quoted(axis.entry)
            rows = [
                (_cell(point.values[k]), point.key)
                for point in points
                if point.values[k] is not None
            ]
            with self._writing():
                self.connection.executemany(
                    f"UPDATE points SET {name} = ? "  # noqa: S608 - quoted name
                    f"WHERE key = ? AND {name} IS NULL",
                    rows,
                )

    def put(
        self,
        point: Point,
        outcome: Outcome,
        axes: Sequence[Axis],
        shared: Mapping[str, Any],
    ) -> None:
        """Write a point and how long it took, all or nothing."""
        row: dict[str, Any] = {
            "key": point.key,
            "machine": point.table["name"],
            "design": point.text,
            "measure": json.dumps(shared["measure"], sort_keys=True),
            "rng": json.dumps(shared["rng"], sort_keys=True),
            "version": shared["version"],
            "body": point.body,
            "seed": point.seed,
            "problem": outcome.problem or None,
        }
        for axis, value in zip(axes, point.values, strict=True):
            row[axis.entry] = _cell(value)
        for name, figure in outcome.values.items():
            if figure is not None:
                columns = (f"{name}{end}" for end in ENDS)
                row |= zip(columns, figure, strict=True)
        names = ", ".join(map(_quoted, row))
        marks = ", ".join("?" * len(row))
        timing = (outcome.worker, outcome.started, outcome.seconds, outcome.cpu_seconds)
        with self._writing():
            self.connection.execute(
                f"INSERT OR IGNORE INTO points ({names}) VALUES ({marks})",  # noqa: S608
                tuple(row.values()),
            )
            self.connection.execute(
                "INSERT OR IGNORE INTO timings VALUES (?, ?, ?, ?, ?)",
                (point.key, *timing),
            )

    def table(self) -> tuple[list[str], list[tuple[Any, ...]]]:
        """Return the names of the columns of `points`, sorted, and its rows by key."""
        rows = self.connection.execute("PRAGMA table_info(points)").fetchall()
        names = sorted(row[1] for row in rows)
        listed = ", ".join(map(_quoted, names))
        query = f"SELECT {listed} FROM points ORDER BY key"  # noqa: S608
        return names, self.connection.execute(query).fetchall()

    def timings(self) -> list[tuple[str, str, float, float, float]]:
        """Return (key, worker, started, seconds, cpu_seconds) of every point."""
        query = "SELECT * FROM timings ORDER BY started"
        return self.connection.execute(query).fetchall()


def _outcome(
    problem: str | None, cells: Sequence[Any], metrics: Sequence[str]
) -> Outcome:
    values: Values = {}
    for k, name in enumerate(metrics):
        value, low, high, status = cells[len(ENDS) * k : len(ENDS) * (k + 1)]
        values[name] = None if value is None else (value, low, high, status)
    return Outcome(values, problem or "")


def _cell(value: Any) -> Any:
    return json.dumps(value) if isinstance(value, list) else value


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'

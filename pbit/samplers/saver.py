"""The folder of a checkpoint: what is written to it, when, and what is read back."""

from __future__ import annotations

import hashlib
import json
import os
import re
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pbit.io import Arrays, as_json, read_npz, write_npz

KIND = "checkpoint"
SHARD_KIND = "checkpoint shard"
STATE = "state.npz"
_DRAFT = re.compile(r"\.(state|kept-\d+)\.npz\.[0-9a-f]+\.tmp")
_SHOWN = 60  # characters of a value in a message


class Saver:
    """The open checkpoint of one run; without a folder, one that is never due.

    Made by `open_checkpoint`; a context manager, which holds a lock on the folder.
    """

    def __init__(
        self,
        folder: str | os.PathLike[str] | None,
        every: float,
        identity: Mapping[str, Any],
    ) -> None:
        self.folder = None if folder is None else Path(folder)
        self.identity = dict(identity)
        self._every = every
        self._shards = 0
        self._rows = 0
        self._lock: int | None = None
        self._last = time.monotonic()
        if self.folder is not None:
            self._lock = _prepare(self.folder)

    def __enter__(self) -> Saver:
        """Return itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Release the folder."""
        self.close()

    def close(self) -> None:
        """Release the folder for other runs."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def due(self) -> bool:
        """Say whether the period since the last checkpoint is over."""
        return self.folder is not None and time.monotonic() - self._last >= self._every

    def load(self) -> tuple[Arrays, dict[str, Any], list[Arrays]] | None:
        """Return the last checkpoint's arrays, its record and its shards of kept states.

        Returns
        -------
        arrays, record, shards
            What `save` was given; the shards in order. None where there is no checkpoint.

        Raises
        ------
        ValueError
            If the checkpoint is of another run (the message names what differs), of a
            newer format, or damaged.
        OSError
            If it cannot be read.
        """
        if self.folder is None or not (self.folder / STATE).exists():
            return None
        path = self.folder / STATE
        arrays, header = read_npz(path, KIND, max_bytes=_memory())
        self._check_identity(header.get("identity"))
        count: Any = header.get("shards")
        rows: Any = header.get("rows")
        record = header.get("record")
        if not (_is_count(count) and _is_count(rows) and isinstance(record, dict)):
            msg = f"{path}: its record of the run is damaged"
            raise ValueError(msg)
        shards = [self._read_shard(number) for number in range(count)]
        if sum(_rows(shard) for shard in shards) != rows:
            msg = f"{self.folder}: the shards do not hold the {rows} states they should"
            raise ValueError(msg)
        self._shards, self._rows = count, rows
        return arrays, record, shards

    def resume(
        self,
        arrays: Mapping[str, NDArray[Any]],
        kept: Mapping[str, NDArray[Any]] | None = None,
    ) -> dict[str, Any] | None:
        """Fill arrays from the last checkpoint and return its record, or None.

        Parameters
        ----------
        arrays
            Arrays by the names under which they were saved; written to.
        kept
            Likewise those that grow along axis 1; their first columns are written to.

        Raises
        ------
        ValueError, OSError
            As `load` does, and if names, shapes or types are not those saved; nothing
            is written to then.
        """
        loaded = self.load()
        if loaded is None:
            return None
        saved, record, shards = loaded
        targets = dict(kept or {})
        self._check_fits(saved, arrays, slice(None))
        for shard in shards:
            self._check_fits(shard, targets, slice(2, None))
        if any(array.shape[1] < self._rows for array in targets.values()):
            msg = f"{self.folder}: it holds more than the run keeps"
            raise ValueError(msg)
        for name, array in arrays.items():
            array[...] = saved[name]
        for name, array in targets.items():
            if shards:
                parts = np.concatenate([shard[name] for shard in shards], axis=1)
                array[:, : self._rows] = parts
        return record

    def save(
        self,
        arrays: Mapping[str, NDArray[Any]],
        record: Mapping[str, Any],
        kept: Mapping[str, NDArray[Any]] | None = None,
    ) -> None:
        """Write a checkpoint that takes the place of the last one.

        Parameters
        ----------
        arrays
            What the run needs to go on.
        record
            What else it needs, as JSON holds it: how far it is, at least.
        kept
            Everything kept so far, axis 1 counting; only what is new is written.

        Raises
        ------
        OSError
            If it cannot be written (disk full, no permission): the last checkpoint is
            still there and whole.
        """
        if self.folder is None:
            return
        try:
            rows, shards = self._save_kept(self.folder, kept or {})
            header = {
                "kind": KIND,
                "identity": self.identity,
                "record": record,
                "shards": shards,
                "rows": rows,
            }
            write_npz(self.folder / STATE, arrays, header)
            _sync(self.folder)
        except OSError as error:
            had = (
                "the last one there is whole" if self._has_state() else "there is none"
            )
            reason = error.strerror or str(error)
            msg = f"a checkpoint cannot be written to {self.folder} ({reason}); {had}"
            raise OSError(error.errno, msg) from error
        self._rows, self._shards = rows, shards
        self._last = time.monotonic()

    def _save_kept(
        self, folder: Path, kept: Mapping[str, NDArray[Any]]
    ) -> tuple[int, int]:
        rows = _rows(kept) if kept else self._rows
        if rows == self._rows:
            return self._rows, self._shards
        new = {name: array[:, self._rows : rows] for name, array in kept.items()}
        header = {
            "kind": SHARD_KIND,
            "run": digest(self.identity),
            "number": self._shards,
            "first": self._rows,
        }
        write_npz(folder / _shard_name(self._shards), new, header)
        _sync(folder)  # before a state refers to it
        return rows, self._shards + 1

    def _read_shard(self, number: int) -> Arrays:
        assert self.folder is not None  # noqa: S101 - load() has looked
        path = self.folder / _shard_name(number)
        try:
            arrays, header = read_npz(path, SHARD_KIND, max_bytes=_memory())
        except FileNotFoundError:
            msg = f"{path}: this part of the checkpoint is missing"
            raise ValueError(msg) from None
        if header.get("run") != digest(self.identity) or header.get("number") != number:
            msg = f"{path}: it belongs to another run or place"
            raise ValueError(msg)
        return arrays

    def _check_identity(self, saved: Any) -> None:
        mine = as_json("identity", self.identity)
        theirs = saved if isinstance(saved, dict) else {}
        missing = "nothing"
        differ = [
            f"{key} ({_short(theirs.get(key, missing))} there, "
            f"{_short(mine.get(key, missing))} here)"
            for key in dict.fromkeys([*mine, *theirs])
            if mine.get(key, missing) != theirs.get(key, missing)
        ]
        if differ:
            msg = (
                f"the checkpoint in {self.folder} is of another run: they differ in "
                f"{', '.join(differ)}; use another folder, or remove this one"
            )
            raise ValueError(msg)

    def _check_fits(
        self, saved: Arrays, wanted: Mapping[str, NDArray[Any]], axes: slice
    ) -> None:
        for name in dict.fromkeys([*saved, *wanted]):
            a, b = saved.get(name), wanted.get(name)
            if (
                a is None
                or b is None
                or a.dtype != b.dtype
                or a.ndim != b.ndim
                or a.shape[:1] != b.shape[:1]
                or a.shape[axes] != b.shape[axes]
            ):
                msg = f"{self.folder}: array {name!r} does not fit this run"
                raise ValueError(msg)

    def _has_state(self) -> bool:
        return self.folder is not None and (self.folder / STATE).exists()


def read_identity(path: Path) -> dict[str, Any]:
    """Return what identifies the run whose state lies at `path`."""
    _, header = read_npz(path, KIND, max_bytes=_memory())
    identity = header.get("identity")
    return identity if isinstance(identity, dict) else {}


def digest(*parts: Any) -> str:
    """Return the sha256 of arrays (type, shape, values) and of what JSON can hold."""
    total = hashlib.sha256()
    for part in parts:
        if isinstance(part, np.ndarray):
            array = np.ascontiguousarray(part)
            array = array.astype(array.dtype.newbyteorder("<"), copy=False)
            total.update(f"{array.dtype.str}{array.shape}".encode())
            total.update(array.tobytes())
        else:
            total.update(json.dumps(as_json("part", part), sort_keys=True).encode())
    return total.hexdigest()


def _prepare(folder: Path) -> int | None:
    """Make the folder, lock it and clear away what a killed process was writing."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        reason = error.strerror or str(error)
        msg = f"checkpoints cannot be written to {folder} ({reason})"
        raise OSError(error.errno, msg) from error
    try:
        import fcntl
    except ImportError:  # not a POSIX system: nothing guards against two runs
        os.close(lock)
        return None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)  # a killed process frees it
    except BlockingIOError:
        os.close(lock)
        msg = f"another run is writing its checkpoints to {folder}"
        raise OSError(msg) from None
    for draft in folder.iterdir():
        if _DRAFT.fullmatch(draft.name):
            draft.unlink(missing_ok=True)
    return lock


def _sync(folder: Path) -> None:
    """Have the names in a folder on the disk, where the system can do that."""
    if hasattr(os, "O_DIRECTORY"):
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _memory() -> int:
    """Return the bytes of memory this computer has: no run saved more than it held."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return 2**40


def _shard_name(number: int) -> str:
    return f"kept-{number:06d}.npz"


def _rows(kept: Mapping[str, NDArray[Any]]) -> int:
    return int(next(iter(kept.values())).shape[1])


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 3]}..."

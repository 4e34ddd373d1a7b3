"""The one file format of all results: an npz archive with a JSON header, never pickled.

A file is a zip archive of plain ``.npy`` members, so ``numpy.load`` opens it too. The
member ``header`` holds JSON as bytes: ``format`` ("pbitlab"), ``version``, ``kind``
(what the file holds) and whatever the kind keeps beside its arrays. Reading checks
everything that the archive declares before it allocates anything.
"""

from __future__ import annotations

import errno
import json
import math
import os
import re
import secrets
import struct
import zipfile
import zlib
from collections.abc import Collection, Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

FORMAT = "pbitlab"
VERSION = 1
MAX_BYTES = 2**32  # decompressed; `max_bytes` raises it
MAX_MEMBERS = 64
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_HEADER = "header"
_BLOCK = 2**22  # bytes read at a time
_EPOCH = (1980, 1, 1, 0, 0, 0)  # no clock in the file: same content, same bytes

Arrays = dict[str, NDArray[Any]]


def write_npz(
    path: str | os.PathLike[str],
    arrays: Mapping[str, NDArray[Any]],
    header: Mapping[str, Any],
) -> None:
    """Write arrays and a JSON header to one file, completely or not at all.

    Parameters
    ----------
    path
        The file; an existing one is replaced only once the new one is on the disk.
    arrays
        Arrays of booleans, integers or floats; their names are letters, digits, ``_``.
    header
        What else belongs to the result, as `as_json` takes it; ``kind`` is a string.

    Raises
    ------
    TypeError, ValueError
        If an array or a header entry cannot be stored; nothing is written then.
    OSError
        If the file cannot be written; a file of that name stays as it was.
    """
    if not isinstance(header.get("kind"), str):
        msg = f"header must name its kind, a string, not {header.get('kind')!r}"
        raise ValueError(msg)
    members = {name: _storable(name, array) for name, array in arrays.items()}
    entries = {**header, "format": FORMAT, "version": VERSION}
    text = json.dumps(as_json("header", entries), allow_nan=False)
    members[_HEADER] = np.frombuffer(text.encode(), np.uint8)
    with (
        replacing(path) as file,
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
    ):
        for name, array in members.items():
            info = zipfile.ZipInfo(f"{name}.npy", _EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            with archive.open(info, "w", force_zip64=True) as member:
                np.lib.format.write_array(member, array, allow_pickle=False)


def read_npz(
    path: str | os.PathLike[str],
    kind: str,
    *,
    required: Collection[str] = (),
    max_bytes: int = MAX_BYTES,
) -> tuple[Arrays, dict[str, Any]]:
    """Read what `write_npz` wrote, checking every declaration before believing it.

    Parameters
    ----------
    path
        The file.
    kind
        What the file has to hold, the header's ``kind``.
    required
        Arrays that have to be there.
    max_bytes
        Largest total size of the arrays, decompressed, that may be allocated.

    Returns
    -------
    arrays, header
        The arrays by name and the header's entries.

    Raises
    ------
    ValueError
        If the file is truncated, damaged, of another kind or a newer version, too
        large, or lacks an array; the message names the path and the reason.
    OSError
        If the file cannot be read at all.
    """
    return _read(path, kind, required, max_bytes)


def read_kind(path: str | os.PathLike[str], *, max_bytes: int = MAX_BYTES) -> str:
    """Return what kind of result a file of `write_npz` holds; errors as in `read_npz`."""
    kind: str = _read(path, None, (), max_bytes)[1]["kind"]
    return kind


def _read(
    path: str | os.PathLike[str],
    kind: str | None,
    required: Collection[str],
    max_bytes: int,
) -> tuple[Arrays, dict[str, Any]]:
    """Read a file; every way in which it can be damaged is a ValueError with its path."""
    with open(path, "rb") as file:  # noqa: PTH123 - any path-like
        try:
            with zipfile.ZipFile(file) as archive:
                return _read_archive(archive, kind, required, max_bytes)
        except (
            ValueError,
            EOFError,
            OverflowError,
            NotImplementedError,
            RuntimeError,
            struct.error,
            zipfile.BadZipFile,
            zlib.error,
        ) as error:
            msg = f"{os.fspath(path)}: {str(error) or 'the file is truncated'}"
            raise ValueError(msg) from error
        except OSError as error:
            if error.errno == errno.EINVAL:  # zipfile sought where a damaged offset led
                msg = f"{os.fspath(path)}: the archive's table of contents is damaged"
                raise ValueError(msg) from error
            raise


def as_json(name: str, value: Any) -> Any:
    """Return `value` as JSON holds it: tuples and arrays as lists, plain numbers.

    Raises
    ------
    TypeError
        If a part of it is none of these; the message says which: ``info['clamp']``.
    ValueError
        If a number in it is not finite.
    """
    if isinstance(value, np.ndarray | np.generic):
        value = value.tolist()
    if isinstance(value, float) and not math.isfinite(value):
        msg = f"{name} must be finite, not {value}"
        raise ValueError(msg)
    if value is None or isinstance(value, str | bool | int | float):
        return value
    if isinstance(value, Mapping):
        for key in value:
            if not isinstance(key, str):
                msg = f"{name} must have strings for keys, not {key!r}"
                raise TypeError(msg)
        return {key: as_json(f"{name}[{key!r}]", entry) for key, entry in value.items()}
    if isinstance(value, list | tuple | range):
        return [as_json(f"{name}[{i}]", entry) for i, entry in enumerate(value)]
    msg = f"{name} must be JSON (numbers, strings, lists, ...), not {value!r}"
    raise TypeError(msg)


def labels_to_json(labels: Sequence[Hashable]) -> list[Any] | None:
    """Return labels as JSON; None stands for 0 ... n-1.

    Strings, whole numbers, finite floats, booleans, None and tuples of these come back
    from `labels_from_json` as they were; a TypeError names any other label.
    """
    if isinstance(labels, range):
        return None
    return [_label_to_json(label) for label in labels]


def labels_from_json(value: Any, n: int) -> Sequence[Hashable]:
    """Return the `n` labels that `labels_to_json` stored, or raise a ValueError."""
    if value is None:
        return range(n)
    if not isinstance(value, list) or len(value) != n:
        msg = f"labels must be a list of {n} names"
        raise ValueError(msg)
    labels = tuple(_label_from_json(entry) for entry in value)
    if len(set(labels)) != n:
        msg = "labels must be unique"
        raise ValueError(msg)
    return labels


def _label_to_json(label: Any) -> Any:
    if isinstance(label, tuple):
        return [_label_to_json(part) for part in label]
    if isinstance(label, np.integer):
        return int(label)
    storable = label is None or isinstance(label, str | bool | int)
    if storable or (isinstance(label, float) and math.isfinite(label)):
        return label
    msg = (
        f"label {label!r} cannot be saved: only strings, finite numbers, booleans, "
        "None and tuples of them can"
    )
    raise TypeError(msg)


def _label_from_json(entry: Any) -> Hashable:
    if isinstance(entry, list):
        return tuple(_label_from_json(part) for part in entry)
    if isinstance(entry, dict):
        msg = f"labels must not be objects: {entry!r}"
        raise ValueError(msg)
    return entry  # type: ignore[no-any-return]


def _storable(name: str, array: Any) -> NDArray[Any]:
    if not _NAME.fullmatch(name) or name == _HEADER:
        msg = f"arrays must be named by letters, digits and _, not {name!r}"
        raise ValueError(msg)
    result = np.asarray(array, order="C")
    if result.dtype.kind not in "biuf":
        msg = f"array {name!r} must hold real numbers, not {result.dtype}"
        raise TypeError(msg)
    return result.astype(result.dtype.newbyteorder("<"), copy=False)


@contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[IO[bytes]]:
    """Open a file beside `path` that takes its place once it is safely on the disk."""
    target = Path(path).resolve()
    if target.exists() and not target.is_file():
        msg = f"{os.fspath(path)}: must be a plain file"
        raise OSError(msg)
    draft = target.with_name(f".{target.name}.{secrets.token_hex(8)}.tmp")
    try:
        with draft.open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)


def _read_archive(
    archive: zipfile.ZipFile,
    kind: str | None,
    required: Collection[str],
    max_bytes: int,
) -> tuple[Arrays, dict[str, Any]]:
    members = _members(archive, max_bytes)
    if _HEADER not in members:
        msg = "this is no pbitlab result: it has no header"
        raise ValueError(msg)
    header = _read_header(_read_member(archive, members.pop(_HEADER)), kind)
    for name in required:
        if name not in members:
            msg = f"array {name!r} is missing"
            raise ValueError(msg)
    return {name: _read_member(archive, info) for name, info in members.items()}, header


def _members(archive: zipfile.ZipFile, max_bytes: int) -> dict[str, zipfile.ZipInfo]:
    infos = archive.infolist()
    if len(infos) > MAX_MEMBERS:
        msg = f"at most {MAX_MEMBERS} members are allowed, not {len(infos)}"
        raise ValueError(msg)
    members: dict[str, zipfile.ZipInfo] = {}
    for info in infos:
        stem, suffix = info.filename[:-4], info.filename[-4:]
        if suffix != ".npy" or not _NAME.fullmatch(stem) or stem in members:
            msg = f"member {info.filename!r} does not belong into a result"
            raise ValueError(msg)
        members[stem] = info
    total = sum(info.file_size for info in infos)
    if total > max_bytes:
        msg = f"it declares {total} bytes, more than max_bytes = {max_bytes}"
        raise ValueError(msg)
    return members


def _read_member(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> NDArray[Any]:
    """Read one .npy member straight into its array; the size is known to be allowed."""
    with archive.open(info) as member:
        version = np.lib.format.read_magic(member)
        if version != (1, 0):
            msg = f"member {info.filename!r} has .npy version {version}, not (1, 0)"
            raise ValueError(msg)
        shape, by_columns, dtype = np.lib.format.read_array_header_1_0(member)
        if dtype.kind not in "biuf" or (by_columns and len(shape) > 1):
            msg = f"member {info.filename!r} must hold numbers by rows, not {dtype}"
            raise ValueError(msg)
        size = math.prod(shape) * dtype.itemsize
        if min(shape, default=0) < 0 or size != info.file_size - member.tell():
            msg = f"member {info.filename!r} is not as long as its shape {shape} says"
            raise ValueError(msg)
        array: NDArray[Any] = np.empty(shape, dtype)
        raw = array.reshape(-1).view(np.uint8)
        done = 0
        while done < size:
            block = member.read(min(_BLOCK, size - done))
            if not block:
                msg = f"member {info.filename!r} ends too early"
                raise ValueError(msg)
            raw[done : done + len(block)] = np.frombuffer(block, np.uint8)
            done += len(block)
        if member.read(1):  # reaching the end is what makes zipfile check the CRC
            msg = f"member {info.filename!r} goes on after its end"
            raise ValueError(msg)
    return array.astype(dtype.newbyteorder("="), copy=False)


def _read_header(array: NDArray[Any], kind: str | None) -> dict[str, Any]:
    try:
        header = json.loads(array.tobytes())
    except (ValueError, RecursionError) as error:
        msg = f"the header is not JSON ({error})"
        raise ValueError(msg) from error
    if not isinstance(header, dict) or header.get("format") != FORMAT:
        msg = "this is no pbitlab result: the header does not say so"
        raise ValueError(msg)
    version = header.get("version")
    if not isinstance(version, int) or version < 1:
        msg = f"version must be a whole number from 1, not {version!r}"
        raise ValueError(msg)
    if version > VERSION:
        msg = f"it has format version {version}; this release reads up to {VERSION}"
        raise ValueError(msg)
    if not isinstance(header.get("kind"), str):
        msg = f"the header names no kind: {header.get('kind')!r}"
        raise ValueError(msg)
    if kind is not None and header["kind"] != kind:
        msg = f"it holds {header.get('kind')!r}, not {kind!r}"
        raise ValueError(msg)
    return header

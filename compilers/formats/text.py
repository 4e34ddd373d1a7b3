"""Lines of a text file, plain or gzipped, under limits; files written whole."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterable, Iterator
from os import PathLike
from pathlib import Path
from typing import BinaryIO, cast

from pbit.errors import ParseError
from pbit.io import replacing

MAX_LINE = 4096  # bytes; also keeps every number short enough for int()
MAX_UNPACKED = 2**30  # bytes that a gzipped file may unpack to
_BOM = b"\xef\xbb\xbf"
_GZIP = b"\x1f\x8b"


def read_lines(
    path: str | PathLike[str], max_line: int = MAX_LINE
) -> Iterator[tuple[int, bytes]]:
    """Yield the lines that are not blank, stripped, each with its number from 1.

    A byte order mark, CRLF, tabs, trailing blanks and a missing final newline pass. A
    file that starts as gzip does is unpacked on the way, at most `MAX_UNPACKED` bytes.

    Raises
    ------
    ParseError
        If a line is longer than `max_line` bytes, or gzipped data broken or too long.
    """
    with Path(path).open("rb") as raw:
        packed = raw.read(2) == _GZIP
        raw.seek(0)
        if not packed:
            yield from _lines(path, raw, max_line, None)
            return
        try:
            with gzip.GzipFile(fileobj=raw) as unpacked:
                stream = cast("BinaryIO", unpacked)
                yield from _lines(path, stream, max_line, MAX_UNPACKED)
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            msg = f"broken gzip data: {error}"
            raise ParseError(path, None, msg) from None


def _lines(
    path: str | PathLike[str], stream: BinaryIO, max_line: int, limit: int | None
) -> Iterator[tuple[int, bytes]]:
    number = size = 0
    while line := stream.readline(max_line + 1):
        number += 1
        size += len(line)
        if len(line) > max_line:
            msg = f"a line must be at most {max_line} bytes long"
            raise ParseError(path, number, msg)
        if limit is not None and size > limit:
            msg = f"a gzipped file must unpack to at most {limit} bytes"
            raise ParseError(path, number, msg)
        if number == 1:
            line = line.removeprefix(_BOM)
        if line := line.strip():
            yield number, line


def read_bytes(path: str | PathLike[str], limit: int) -> bytes:
    """Return the whole of a file, gzipped or not, of at most `limit` bytes.

    Raises
    ------
    ParseError
        If it is longer, or gzipped data broken.
    """
    with Path(path).open("rb") as raw:
        packed = raw.read(2) == _GZIP
        raw.seek(0)
        try:
            with gzip.GzipFile(fileobj=raw) if packed else raw as stream:
                # In parts: to ask for all at once would set aside `limit` bytes.
                data = bytearray()
                while len(data) <= limit and (part := stream.read(2**20)):
                    data += part
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            msg = f"broken gzip data: {error}"
            raise ParseError(path, None, msg) from None
    if len(data) > limit:
        msg = f"the file must be at most {limit} bytes"
        raise ParseError(path, None, msg)
    return bytes(data)


def read_head(path: str | PathLike[str], count: int) -> bytes:
    """Return the first `count` bytes of a file, unpacked if gzipped.

    Raises
    ------
    ParseError
        If gzipped data is broken.
    """
    with Path(path).open("rb") as raw:
        packed = raw.read(2) == _GZIP
        raw.seek(0)
        if not packed:
            return raw.read(count)
        try:
            with gzip.GzipFile(fileobj=raw) as unpacked:
                return unpacked.read(count)
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            msg = f"broken gzip data: {error}"
            raise ParseError(path, None, msg) from None


def write_lines(path: str | PathLike[str], lines: Iterable[str]) -> None:
    """Write a text file whole or not at all: beside it first, then moved into place."""
    write_chunks(path, (f"{line}\n".encode() for line in lines))


def write_chunks(path: str | PathLike[str], chunks: Iterable[bytes]) -> None:
    """Write a file whole or not at all: beside it first, then moved into place."""
    with replacing(path) as stream:
        stream.writelines(chunks)


def quote(line: bytes) -> str:
    """Return a line as error messages show it: quoted, at most 40 characters."""
    text = line.decode("utf-8", errors="replace")
    return repr(text if len(text) <= 40 else f"{text[:37]}...")

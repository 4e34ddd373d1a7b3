"""From a problem file to a Program, whatever the file's format."""

from __future__ import annotations

import hashlib
from os import PathLike, fspath
from pathlib import Path

from compilers.formats.rudy import parse_rudy
from compilers.formats.sniff import FORMATS, sniff_format
from compilers.problems.maxcut import compile_edges
from compilers.program import Program
from pbit.checks import check_choice


def load(
    path: str | PathLike[str], format: str | None = None, strict: bool = True
) -> Program:
    """Compile a problem file.

    Parameters
    ----------
    path
        The file, plain or gzipped.
    format
        Name of its format, one of ``compilers.formats.FORMATS``; told from the file if
        omitted. A QUBO in the layout of a rudy graph, told by its self loops, is then
        refused rather than taken for a graph.
    strict
        If False, flaws that the format's reader can repair are warnings, not errors.

    Returns
    -------
    Program
        Its provenance holds the path, the sha256 of the file, the sizes, the range of
        the weights, the sense and the offset.

    Raises
    ------
    ParseError
        If the file breaks its format's grammar, or its format is not read.
    """
    known = (
        sniff_format(path)
        if format is None
        else check_choice("format", format, FORMATS)
    )
    edges = parse_rudy(path, strict=strict, max_loops=1 if format is None else None)
    with Path(path).open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    return compile_edges(
        edges, how=f"load(format={known!r})", source=fspath(path), sha256=digest
    )

"""From a problem file to a Program, whatever the file's format."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from os import PathLike, fspath
from pathlib import Path
from typing import Any

from compilers import routes
from compilers.formats.catalogue import CATALOGUE, FORMATS, NETLISTS
from compilers.formats.sniff import sniff_format
from compilers.program import Program
from pbit.checks import check_choice
from pbit.errors import ParseError


def load(
    path: str | PathLike[str],
    format: str | None = None,
    strict: bool = True,
    **options: Any,
) -> Program:
    """Compile a problem file.

    Parameters
    ----------
    path
        The file, plain or gzipped.
    format
        Name of its format, one of ``compilers.formats.FORMATS``; told from the file if
        omitted. A file `n m`, `i j w` is a graph, unless two self loops show that it is
        a QUBO: Biq Mac's, which is minimised, or MQLib's, maximised, if it begins with a ``#``.
    strict
        If False, flaws that the format's reader can repair are warnings, not errors.
    **options
        What the file leaves open: ``k`` for a colouring; ``problem`` for a graph
        ("maxcut", "coloring", "independent_set", "vertex_cover", "clique",
        "partitioning") or a matrix (these and "qubo"); ``index`` for the instances of an
        OR-Library file, from 0; ``sign`` for a spin glass, ``vartype`` for COO; ``n``
        for a table of sequences; and what the problem's compiler takes, as ``penalty``.

    Returns
    -------
    Program
        Its provenance holds the path, the sha256 of the file, the sizes, the range of
        the weights, the sense and the offset.

    Raises
    ------
    ParseError
        If the file breaks its format's grammar, its format is not read, or what it
        holds cannot be compiled with these options.
    TypeError
        If an option is missing, or unknown to the problem.
    """
    known = (
        sniff_format(path)
        if format is None
        else check_choice("format", format, FORMATS)
    )
    route: Callable[..., Program] = (
        routes.netlist(known) if known in NETLISTS else routes.ROUTES[known]
    )
    if route is routes.rudy:
        return _load_graph(
            path, known, strict=strict, told=format is not None, **options
        )
    program = _run(route, path, strict, options)
    return _recorded(program, path, known, options)


def _run(
    route: Callable[..., Program],
    path: str | PathLike[str],
    strict: bool,
    options: Mapping[str, Any],
) -> Program:
    """Compile; what the compiler refuses is an error of the file."""
    try:
        return route(path, strict, **options)
    except (ParseError, OSError):
        raise
    except (ValueError, OverflowError) as error:
        raise ParseError(path, None, str(error)) from error


def _load_graph(
    path: str | PathLike[str],
    known: str,
    *,
    strict: bool,
    told: bool,
    **options: Any,
) -> Program:
    """Load a rudy file, as arrays where it is a max-cut graph: a million edges a second."""
    if options.get("problem", "maxcut") == "maxcut" and not options.keys() - {
        "problem"
    }:
        return routes.rudy(
            path,
            strict,
            how=f"load(format={known!r})",
            source=fspath(path),
            sha256=digest(path),
            max_loops=None if told else 1,
        )
    program = _run(routes.other_graph, path, strict, options)
    return _recorded(program, path, known, options)


def digest(path: str | PathLike[str]) -> str:
    """Return the sha256 of a file as it lies on the disk."""
    with Path(path).open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _recorded(
    program: Program, path: str | PathLike[str], known: str, options: Mapping[str, Any]
) -> Program:
    """Add to a program's provenance which file it is from."""
    told = "".join(f", {key}={value!r}" for key, value in options.items())
    record: dict[str, Any] = {
        **program.provenance,
        "how": f"load(format={known!r}{told}); {program.provenance['how']}",
        "source": fspath(path),
        "sha256": digest(path),
    }
    record.setdefault("offset", float(getattr(program.model, "offset", 0.0)))
    return replace(program, provenance=record)


def read(
    path: str | PathLike[str], format: str | None = None, strict: bool = True
) -> Any:
    """Return what a problem file holds as plain data, without compiling it.

    Parameters
    ----------
    path, format, strict
        As in `load`.

    Returns
    -------
    networkx.Graph or a dataclass of ``compilers.formats``
        What the format's reader returns.

    Raises
    ------
    ParseError
        If the file breaks its format's grammar, or is a netlist or a compiled program,
        which `load` takes.
    """
    known = (
        sniff_format(path)
        if format is None
        else check_choice("format", format, FORMATS)
    )
    if known not in CATALOGUE:
        msg = f"this is a {FORMATS[known]}: compilers.load takes it"
        raise ParseError(path, None, msg)
    return routes.reader(known)(path, strict=strict)

"""Compiled programs as files: couplings for a machine, and all it takes to decode.

The file is an archive as `pbit.io` describes, of kind "program". It holds the couplings
and biases, the ways back of the passes, and the problem itself: the file that was
compiled, byte for byte, or the name of a circuit. So answers decode in the problem's own
terms wherever the file is taken.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from os import PathLike, fspath
from pathlib import Path, PurePath
from typing import Any

import numpy as np
import scipy.sparse as sp

from compilers.passes.passed import Passed, Way, energy_factor, passed
from compilers.passes.stored import Arrays, Chain, from_arrays, to_arrays, whole
from compilers.program import Program
from pbit import io
from pbit.errors import ParseError
from pbit.model import IsingModel, PCircuit

KIND = "program"
MAGIC = b"PK\x03\x04"  # of a zip archive
_REQUIRED = ("rows", "columns", "values", "h", "problem")


@dataclass(frozen=True)
class Origin:
    """What a program is compiled from, so that it can be compiled again.

    Attributes
    ----------
    name
        Path of a file, or the name of a circuit.
    content
        The file's bytes; None for a circuit.
    format, strict, options
        As in :func:`compilers.load`.
    """

    name: str
    content: bytes | None = None
    format: str | None = None
    strict: bool = True
    options: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of_file(
        cls,
        path: str | PathLike[str],
        format: str | None = None,
        strict: bool = True,
        **options: Any,
    ) -> Origin:
        """Read a problem file.

        Raises
        ------
        OSError
            If it cannot be read.
        """
        return cls(fspath(path), Path(path).read_bytes(), format, strict, options)

    def program(self) -> Program:
        """Compile.

        Raises
        ------
        ParseError, TypeError, ValueError
            As :func:`compilers.load` and :func:`compilers.circuit`; also if the file is
            not any more what was read of it.
        """
        from compilers.loading import load

        if self.content is None:
            from compilers.logic.naming import circuit

            return circuit(self.name)
        program = load(self.name, self.format, self.strict, **self.options)
        if program.provenance["sha256"] != hashlib.sha256(self.content).hexdigest():
            raise ParseError(self.name, None, "the file changed while it was read")
        return program

    def recalled(self) -> Program:
        """Compile the bytes that are held, wherever the file itself is by now."""
        if self.content is None:
            return self.program()
        plain = PurePath(self.name).name
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / (plain if 0 < len(plain) < 200 else "problem")
            path.write_bytes(self.content)
            program = replace(self, name=fspath(path)).program()
        return replace(program, provenance={**program.provenance, "source": self.name})


def is_compiled(path: str | PathLike[str]) -> bool:
    """Say whether a file begins as those of `write_compiled` do."""
    with Path(path).open("rb") as stream:
        return stream.read(len(MAGIC)) == MAGIC


def write_compiled(program: Program, origin: Origin, path: str | PathLike[str]) -> None:
    """Write a program with all it takes to read its answers, whole or not at all.

    Parameters
    ----------
    program
        What `origin` compiles to, perhaps after passes.
    origin
        What was compiled.
    path
        The file.

    Raises
    ------
    TypeError
        If the model has terms of more than two p-bits, a pass has no plain way back, or
        a label is none of strings, numbers and tuples of these.
    OSError
        If the file cannot be written; a file of that name stays as it was.
    """
    model: Any = program.model
    if not isinstance(model, PCircuit):
        msg = f"only pairwise models can be saved, not {model!r}: `reduce` it first"
        raise TypeError(msg)
    ways: list[Way] = []
    source = program
    while isinstance(source, Passed):
        ways.insert(0, source.way)
        source = source.original
    stored, kinds = to_arrays(ways)
    entries = model.weights.tocoo()
    once = entries.row < entries.col if isinstance(model, IsingModel) else slice(None)
    arrays: Arrays = {
        "rows": entries.row[once],
        "columns": entries.col[once],
        "values": entries.data[once],
        "h": model.h,
        "problem": np.frombuffer(origin.content or b"", np.uint8),
        **stored,
    }
    header = {
        "kind": KIND,
        "directed": not isinstance(model, IsingModel),
        "offset": float(getattr(model, "offset", 0.0)),
        "labels": io.labels_to_json(model.labels),
        "ways": kinds,
        "passes": list(program.provenance.get("passes", [])),
        "source_sha256": fingerprint(source.model),
        "origin": {
            "name": origin.name,
            "file": origin.content is not None,
            "format": origin.format,
            "strict": origin.strict,
            "options": dict(origin.options),
        },
    }
    io.write_npz(path, arrays, header)


def fingerprint(model: PCircuit) -> str:
    """Return a hash of what a model's p-bits are, in order: couplings, biases, labels."""
    digest = hashlib.sha256(f"{type(model).__name__} {model.n}".encode())
    W = model.weights
    for array in (W.indptr, W.indices):
        digest.update(np.asarray(array, "<i8").tobytes())
    for array in (W.data, model.h):
        digest.update(np.asarray(array, "<f8").tobytes())
    digest.update(repr(model.labels).encode())
    return digest.hexdigest()


def read_compiled(path: str | PathLike[str]) -> Program:
    """Read what `write_compiled` wrote; the problem in it is compiled again to judge.

    Returns
    -------
    Program
        The couplings of the file; `decode`, `check` and `objective` speak the terms of
        the problem that was compiled, its provenance says so.

    Raises
    ------
    ParseError
        If the file is damaged, is no such file, or its problem compiles to other p-bits
        than when it was written.
    """
    try:
        arrays, header = io.read_npz(path, KIND, required=_REQUIRED)
        origin = _origin(header.get("origin"), arrays["problem"])
        source = origin.recalled()
        if fingerprint(source.model) != header.get("source_sha256"):
            msg = f"{origin.name} compiles to other p-bits by now: compile it anew"
            raise ValueError(msg)
        ways, n = from_arrays(arrays, header.get("ways"), source.n)
        model = _model(arrays, header)
        if model.n != n:
            msg = f"the model has {model.n} p-bits, but the ways back have {n}"
            raise ValueError(msg)
        return _program(source, model, ways, header.get("passes"))
    except (ValueError, TypeError, KeyError) as error:
        reason = str(error).removeprefix(f"{fspath(path)}: ")
        raise ParseError(path, None, reason) from error


def _origin(entry: Any, content: Any) -> Origin:
    kinds = {"name": str, "file": bool, "strict": bool, "options": dict}
    for key, kind in kinds.items():
        if not isinstance(entry, dict) or not isinstance(entry.get(key), kind):
            msg = f"origin[{key!r}] must be a {kind.__name__}"
            raise ValueError(msg)
    form = entry.get("format")
    if form is not None and not isinstance(form, str):
        msg = f"origin['format'] must be a name, not {form!r}"
        raise ValueError(msg)
    if content.dtype != np.uint8:
        msg = f"problem must be bytes, not {content.dtype}"
        raise ValueError(msg)
    held = content.tobytes() if entry["file"] else None
    if held is not None and held.startswith(MAGIC):
        msg = "problem must be a problem file, not a compiled program"
        raise ValueError(msg)
    return Origin(entry["name"], held, form, entry["strict"], entry["options"])


def _model(arrays: Arrays, header: Mapping[str, Any]) -> PCircuit:
    h = arrays["h"]
    if h.ndim != 1:
        msg = f"h must have one axis, not {h.ndim}"
        raise ValueError(msg)
    n = h.size
    labels = io.labels_from_json(header.get("labels"), n)
    ends = whole("rows", arrays["rows"]), whole("columns", arrays["columns"])
    half = sp.coo_array((arrays["values"], ends), shape=(n, n))
    if header.get("directed"):
        return PCircuit(half, h, labels)
    offset: Any = header.get("offset")
    return IsingModel(half + half.T, h, offset, labels)


def _program(source: Program, model: PCircuit, ways: list[Way], passes: Any) -> Program:
    entries = _reports(passes)
    if not entries:
        return source
    # The steps between are not kept: to decode, one way that goes through all is enough.
    result = passed(
        source,
        "compiled",
        model,
        Chain(ways or [Way(np.arange(source.n))]),
        {},
        exact=all(entry["exact"] for entry in entries),
        keeps="",
        factor=energy_factor(replace(source, provenance={"passes": entries})),
    )
    return replace(result, provenance={**result.provenance, "passes": entries})


def _reports(passes: Any) -> list[dict[str, Any]]:
    """Return the reports of passes, with what decoding needs of them checked."""
    known: dict[str, Any] = {"pass": str, "exact": bool, "energy_factor": int | float}
    if not isinstance(passes, list):
        msg = f"passes must be a list of reports, not {passes!r}"
        raise ValueError(msg)
    for entry in passes:
        for key, kind in known.items():
            if not isinstance(entry, dict) or not isinstance(entry.get(key), kind):
                msg = f"every report of a pass must have {key!r}: {entry!r}"
                raise ValueError(msg)
    return passes

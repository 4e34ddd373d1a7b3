"""BLIF netlists: ``.model .inputs .outputs .names .latch .subckt .end``, as SIS has it.

A ``.names`` is a cover: rows of 0, 1 and - over the inputs with the same output value;
without rows it is the constant 0. Models that the first one calls are flattened.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from os import PathLike

from compilers.formats.blif_models import Model, flatten
from compilers.formats.text import quote, read_lines, write_lines
from compilers.logic.building import from_netlist, to_netlist
from compilers.logic.covers import as_cover
from compilers.logic.netlist import Netlist
from compilers.logic.signals import COVER, Cell, Latch, Signals, define, group
from pbit.errors import ParseError

_EDGES = ("re", "fe")
_LEVELS = ("ah", "al", "as")
# What says nothing about the logic: delays, loads, and Yosys's remarks.
_IGNORED = {
    ".area", ".attr", ".clock", ".cname", ".default_input_arrival",
    ".default_input_drive", ".default_max_input_load", ".default_output_load",
    ".default_output_required", ".delay", ".input_arrival", ".input_drive",
    ".max_input_load", ".output_load", ".output_required", ".param", ".wire_load_slope",
}  # fmt: skip
Words = list[str]
Lines = Iterator[tuple[int, Words]]


def read_blif(
    path: str | PathLike[str],
    *,
    cycles: int | None = None,
    unknown: int | str = "free",
    signed: Collection[str] = (),
) -> Netlist:
    """Read a BLIF file as a netlist; the first model is the circuit.

    Inputs ``a[0]``, ``a[1]`` ... make a bus ``a``; other names are buses of one bit.

    Parameters
    ----------
    path
        A text file, or a gzipped one.
    cycles
        How many clock cycles to unroll a sequential circuit for; all latches must be on
        one edge of one clock.
    unknown
        Value of registers in the first cycle where the file has none: 0, 1, or "free"
        for an input bus each.
    signed
        Buses in two's complement.

    Raises
    ------
    ParseError
        If the file breaks the grammar, with the line; if it uses level-sensitive
        latches, external don't cares or library gates, which are not read.
    """
    return to_netlist(parse_blif(path, signed=signed), path, cycles, unknown)


def parse_blif(path: str | PathLike[str], *, signed: Collection[str] = ()) -> Signals:
    """Read a BLIF file as signals: flattened, checked, covers as they are."""
    models = _read_models(path)
    top = next(iter(models.values()))
    signals = Signals(top.name)
    clocks = flatten(path, models, top, signals)
    used = {other for cell in signals.cells.values() for other in cell.inputs}
    used |= {latch.data for latch in signals.latches.values()} | set(top.outputs)
    clock = clocks - used
    inputs = [name for name in top.inputs if name not in clock]
    signals.inputs = group(inputs, signed=signed)
    signals.outputs = group(top.outputs, signed=signed)
    signals.check(path)
    return signals


def _logical_lines(path: str | PathLike[str]) -> Lines:
    """Yield words; a backslash at the end of a line joins it to the next."""
    pending: Words = []
    start = 0
    for number, line in read_lines(path):
        text = line.decode("utf-8", errors="replace").split("#")[0].rstrip()
        more = text.endswith("\\")
        words = text.removesuffix("\\").split()
        start = start if pending else number
        pending += words
        if not more and pending:
            yield start, pending
            pending = []
    if pending:
        yield start, pending


def _read_models(path: str | PathLike[str]) -> dict[str, Model]:
    models: dict[str, Model] = {}
    model: Model | None = None
    names: tuple[int, Words, list[str]] | None = None

    def close() -> None:
        nonlocal names
        if names is not None and model is not None:
            line, words, rows = names
            define(model.body, path, line, words[-1], _cover(path, line, words, rows))
            names = None

    for number, words in _logical_lines(path):
        key = words[0]
        if not key.startswith("."):
            if names is None:
                msg = f"a row of a cover must follow .names, not {quote_words(words)}"
                raise ParseError(path, number, msg)
            names[2].append(_row(path, number, words, len(names[1]) - 1))
            continue
        close()
        if key == ".model" or model is None:
            name = words[1] if key == ".model" and len(words) > 1 else "netlist"
            if name in models:
                msg = f"model {name!r} is there twice"
                raise ParseError(path, number, msg)
            model = models[name] = Model(name, number)
            if key == ".model":
                continue
        if key == ".names":
            if len(words) < 2:
                msg = ".names must name at least its output"
                raise ParseError(path, number, msg)
            names = (number, words[1:], [])
        elif key == ".exdc":
            msg = "external don't cares (.exdc) are not read: remove that part"
            raise ParseError(path, number, msg)
        else:
            _command(path, number, words, model)
    close()
    if not models:
        msg = "the file is empty: a BLIF file starts with '.model'"
        raise ParseError(path, None, msg)
    return models


def _command(
    path: str | PathLike[str], number: int, words: Words, model: Model
) -> None:
    key, rest = words[0], words[1:]
    if key in (".inputs", ".outputs"):
        ports = model.inputs if key == ".inputs" else model.outputs
        for name in rest:
            if name in ports:
                msg = f"{name!r} is listed twice among the {key[1:]}"
                raise ParseError(path, number, msg)
            model.body.lines.setdefault(name, number)
            ports.append(name)
    elif key == ".latch":
        _latch(path, number, rest, model)
    elif key == ".conn" and len(rest) == 2:
        define(model.body, path, number, rest[1], Cell("BUF", (rest[0],)))
    elif key == ".subckt":
        pairs = [word.partition("=") for word in rest[1:]]
        if not pairs or not all(formal and actual for formal, _, actual in pairs):
            msg = f".subckt is '.subckt model pin=signal ...', not {quote_words(words)}"
            raise ParseError(path, number, msg)
        model.calls.append((number, rest[0], {f: actual for f, _, actual in pairs}))
    elif key != ".end" and key not in _IGNORED:
        msg = (
            f"{key!r} is not read; known: .model .inputs .outputs .names .latch .subckt"
        )
        raise ParseError(path, number, msg)


def _latch(path: str | PathLike[str], number: int, words: Words, model: Model) -> None:
    """Read ``.latch input output [type control] [init]``."""
    if not 2 <= len(words) <= 5:
        msg = ".latch is '.latch input output [type control] [init]'"
        raise ParseError(path, number, msg)
    data, name, *rest = words
    init = rest.pop() if len(rest) % 2 else "3"
    if init not in ("0", "1", "2", "3"):
        msg = f"the initial value of a latch must be 0, 1, 2 or 3, not {init!r}"
        raise ParseError(path, number, msg)
    if rest:
        kind, control = rest
        if kind in _LEVELS:
            msg = f"latches that follow a level ({kind}) are not read, only edges"
            raise ParseError(path, number, msg)
        if kind not in _EDGES:
            msg = f"the type of a latch must be re or fe, not {kind!r}"
            raise ParseError(path, number, msg)
        if control != "NIL":
            model.clocks.setdefault((kind, control), number)
    define(model.body, path, number, name, Latch(data, {"0": 0, "1": 1}.get(init)))


def _row(path: str | PathLike[str], number: int, words: Words, k: int) -> str:
    """Return a row of a cover, its output value last."""
    cube, value = (words if len(words) == 2 else ["", *words])[:2]
    expected = 1 if k == 0 else 2
    if len(words) != expected or len(cube) != k or set(cube) - set("01-"):
        msg = f"a row has {k} of 0, 1 or -, then 0 or 1, not {quote_words(words)}"
        raise ParseError(path, number, msg)
    if value not in ("0", "1"):
        msg = f"the output of a row must be 0 or 1, not {value!r}"
        raise ParseError(path, number, msg)
    return cube + value


def _cover(path: str | PathLike[str], line: int, words: Words, rows: list[str]) -> Cell:
    values = {row[-1] for row in rows}
    if len(values) > 1:
        msg = f"the cover of {words[-1]!r} has rows of output 0 and of output 1"
        raise ParseError(path, line, msg)
    cubes = tuple(row[:-1] for row in rows)
    return Cell(COVER, tuple(words[:-1]), cubes, int(values.pop()) if values else 1)


def quote_words(words: Iterable[str]) -> str:
    """Return words as error messages show them."""
    return quote(" ".join(words).encode())


def write_blif(netlist: Netlist | Signals, path: str | PathLike[str]) -> None:
    """Write a netlist as a BLIF file; every cell becomes a cover.

    Raises
    ------
    ValueError
        If a name holds blanks, ``#``, ``=`` or ends in a backslash.
    """
    signals = netlist if isinstance(netlist, Signals) else from_netlist(netlist)
    write_lines(path, list(_lines(signals)))


def _lines(signals: Signals) -> Iterator[str]:
    yield f".model {_checked(signals.name.replace(' ', '_'))}"
    for key, ports in ((".inputs", signals.inputs), (".outputs", signals.outputs)):
        names = [_checked(name) for port in ports for name in port.signals]
        for start in range(0, len(names), 10):
            yield f"{key} {' '.join(names[start : start + 10])}"
    for name, latch in signals.latches.items():
        init = 3 if latch.init is None else latch.init
        yield f".latch {_checked(latch.data)} {_checked(name)} {init}"
    for name, cell in signals.cells.items():
        cover = as_cover(cell)
        if cover is None:
            yield from _parity(name, cell)
            continue
        yield f".names {' '.join(map(_checked, (*cover.inputs, name)))}"
        for cube in cover.cover:
            yield f"{cube} {cover.value}".lstrip()
    yield ".end"


def _parity(name: str, cell: Cell) -> Iterator[str]:
    """Write a parity of many inputs as a chain of pairs."""
    so_far = cell.inputs[0]
    for k, other in enumerate(cell.inputs[1:], start=1):
        last = k == len(cell.inputs) - 1
        target = name if last else f"{name}.parity{k}"
        odd = cell.kind == "XOR" or not last
        yield f".names {_checked(so_far)} {_checked(other)} {_checked(target)}"
        yield from ("10 1", "01 1") if odd else ("00 1", "11 1")
        so_far = target


def _checked(name: str) -> str:
    if not name or set(name) & set(" \t\r\n#=") or name.endswith("\\"):
        msg = f"{name!r} cannot be written: a BLIF name has no blanks, # or ="
        raise ValueError(msg)
    return name

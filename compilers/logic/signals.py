"""Named signals, each driven once: what every netlist file says, before it is gates."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from pbit.errors import ParseError

# Cells of any number of inputs, and those of one or none.
SYMMETRIC = ("AND", "OR", "NAND", "NOR", "XOR", "XNOR")
COVER = "COVER"
_BIT = re.compile(r"(.+)\[(\d{1,6})\]", re.DOTALL)


class Port(NamedTuple):
    """An input or output bus: its name, its signals from bit 0, whether it is signed."""

    name: str
    signals: tuple[str, ...]
    signed: bool = False


class Cell(NamedTuple):
    """What drives a signal.

    `kind` is one of ``SYMMETRIC`` (any number of inputs from 1), "BUF", "NOT", "0", "1",
    "COVER" or a gate of one output that `find_gate` knows. A cover holds cubes, strings
    of 0, 1 and - over the inputs; the signal is `value` where a cube fits, else not.
    """

    kind: str
    inputs: tuple[str, ...] = ()
    cover: tuple[str, ...] = ()
    value: int = 1


class Latch(NamedTuple):
    """A signal that takes the value of `data` at the end of a cycle.

    `init` is its value in the first cycle, None where the file does not say.
    """

    data: str
    init: int | None = None


@dataclass
class Signals:
    """A circuit, perhaps sequential, as its file has it.

    Attributes
    ----------
    name
        What the file calls it.
    inputs, outputs
        Buses, in the order of the file.
    cells, latches
        Signal -> what drives it.
    lines
        Signal -> line where the file defines or first reads it, for errors.
    """

    name: str = "netlist"
    inputs: tuple[Port, ...] = ()
    outputs: tuple[Port, ...] = ()
    cells: dict[str, Cell] = field(default_factory=dict)
    latches: dict[str, Latch] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict, compare=False)

    def check(self, path: object) -> None:
        """Raise a ParseError unless every signal that is read is driven, without loops."""
        driven = {name for port in self.inputs for name in port.signals}
        for what, ports in (("input", self.inputs), ("output", self.outputs)):
            if not ports:
                msg = f"the circuit has no {what}s"
                raise ParseError(path, None, msg)
        for name in [*self.cells, *self.latches]:
            if name in driven:
                msg = f"{name!r} is an input and driven as well"
                raise ParseError(path, self.lines.get(name), msg)
        driven |= self.cells.keys() | self.latches.keys()
        for name, reader in self._reads():
            if name not in driven:
                msg = f"{name!r} is read by {reader} but nothing drives it"
                raise ParseError(path, self.lines.get(name), msg)
        self.order(path, every=True)

    def _reads(self) -> Iterator[tuple[str, str]]:
        for name, cell in self.cells.items():
            for other in cell.inputs:
                yield other, repr(name)
        for name, latch in self.latches.items():
            yield latch.data, repr(name)
        for port in self.outputs:
            for other in port.signals:
                yield other, f"output {port.name!r}"

    def order(self, path: object, *, every: bool = False) -> list[str]:
        """Return cells, drivers before readers: those that outputs and latches need.

        With `every`, all of them, as near to their own order as that allows.
        """
        done: set[str] = set()
        order: list[str] = []
        roots = list(self.cells) if every else []
        roots += [name for port in self.outputs for name in port.signals]
        roots += [latch.data for latch in self.latches.values()]
        for root in roots:
            self._visit(root, done, order, path)
        return order

    def _visit(self, root: str, done: set[str], order: list[str], path: object) -> None:
        """Walk down from a signal, without recursion: circuits are deep."""
        open_now: dict[str, Iterator[str]] = {}
        if root in done or root not in self.cells:
            return
        open_now[root] = iter(self.cells[root].inputs)
        while open_now:
            name = next(reversed(open_now))
            below = next(open_now[name], None)
            if below is None:
                del open_now[name]
                done.add(name)
                order.append(name)
            elif below in open_now:
                names = list(open_now)
                loop = [*names[names.index(below) :], below]
                shown = " <- ".join(loop if len(loop) < 9 else [*loop[:8], "..."])
                msg = f"signals depend on themselves: {shown}"
                raise ParseError(path, self.lines.get(below), msg)
            elif below in self.cells and below not in done:
                open_now[below] = iter(self.cells[below].inputs)


def group(
    names: Iterable[str], taken: Collection[str] = (), signed: Collection[str] = ()
) -> tuple[Port, ...]:
    """Gather signals a[0], a[1] ... to a bus a; others are buses of one bit.

    Only if the numbers are 0 to width − 1 without a gap and `a` is not in `taken`.
    """
    names = list(names)
    found: dict[str, dict[int, str]] = {}
    for name in names:
        if match := _BIT.fullmatch(name):
            found.setdefault(match[1], {})[int(match[2])] = name
    whole = {
        base: tuple(bits[k] for k in range(len(bits)))
        for base, bits in found.items()
        if set(bits) == set(range(len(bits)))
        and base not in taken
        and base not in names
        and all(name == f"{base}[{k}]" for k, name in bits.items())
    }
    ports: dict[str, Port] = {}
    for name in names:
        match = _BIT.fullmatch(name)
        base = match[1] if match and match[1] in whole else name
        ports.setdefault(base, Port(base, whole.get(base, (name,)), base in signed))
    return tuple(ports.values())


def define(
    signals: Signals, path: object, line: int, name: str, cell: Cell | Latch
) -> None:
    """Add a cell or latch; a ParseError if the signal is driven already."""
    if name in signals.cells or name in signals.latches:
        first = signals.lines.get(name)
        msg = f"{name!r} is defined twice, first in line {first}"
        raise ParseError(path, line, msg)
    signals.lines[name] = line
    if isinstance(cell, Latch):
        signals.latches[name] = cell
    else:
        signals.cells[name] = cell

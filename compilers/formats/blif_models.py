"""Models of a BLIF file, and the flat circuit that the first one and its calls make."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from os import PathLike

from compilers.logic.signals import Latch, Signals, define
from pbit.errors import ParseError

MAX_SIGNALS = 300_000  # after flattening, which a short file can blow up
MAX_CALLS = 100_000


@dataclass
class Model:
    """One ``.model``: ports, drivers and calls, by local names."""

    name: str
    line: int
    inputs: list[str] = field(default_factory=list)
    outputs: list[str] = field(default_factory=list)
    body: Signals = field(default_factory=Signals)
    calls: list[tuple[int, str, dict[str, str]]] = field(default_factory=list)
    clocks: dict[tuple[str, str], int] = field(default_factory=dict)


def flatten(
    path: str | PathLike[str], models: dict[str, Model], top: Model, out: Signals
) -> set[str]:
    """Copy a model and all it calls into `out`; return the clock, if there is one."""
    clocks: set[tuple[str, str]] = set()
    numbers = itertools.count()
    stack: list[tuple[Model, dict[str, str], str, tuple[str, ...]]]
    stack = [(top, {}, "", (top.name,))]
    while stack:
        model, names, prefix, above = stack.pop()

        def local(
            name: str, names: dict[str, str] = names, prefix: str = prefix
        ) -> str:
            return names.get(name, prefix + name)

        for name, cell in model.body.cells.items():
            inputs = tuple(map(local, cell.inputs))
            line = model.body.lines[name]
            define(out, path, line, local(name), cell._replace(inputs=inputs))
        for name, latch in model.body.latches.items():
            line = model.body.lines[name]
            define(out, path, line, local(name), Latch(local(latch.data), latch.init))
        for name, line in model.body.lines.items():
            out.lines.setdefault(name if prefix == "" else local(name), line)
        for (kind, control), line in model.clocks.items():
            clocks.add((kind, local(control)))
            if len(clocks) > 1:
                both = " and ".join(" ".join(clock) for clock in sorted(clocks))
                msg = f"one edge of one clock is read, not {both}"
                raise ParseError(path, line, msg)
        if len(out.lines) > MAX_SIGNALS and above[1:]:
            msg = f"the circuit must have at most {MAX_SIGNALS} signals when flattened"
            raise ParseError(path, None, msg)
        for line, called, pins in model.calls:
            child = _called(path, line, models, called, pins, above)
            count = next(numbers)
            if count == MAX_CALLS:
                msg = f"models must be called at most {MAX_CALLS} times"
                raise ParseError(path, line, msg)
            place = f"{prefix}{called}${count}."
            actual = {formal: local(other) for formal, other in pins.items()}
            stack.append((child, actual, place, (*above, called)))
    return {control for _, control in clocks}


def _called(
    path: str | PathLike[str],
    line: int,
    models: dict[str, Model],
    name: str,
    pins: dict[str, str],
    above: tuple[str, ...],
) -> Model:
    if name not in models:
        msg = f"no model is called {name!r}; models: {', '.join(models)}"
        raise ParseError(path, line, msg)
    if name in above:
        msg = f"model {name!r} calls itself: {' -> '.join([*above, name])}"
        raise ParseError(path, line, msg)
    child = models[name]
    known = {*child.inputs, *child.outputs}
    for pin in [*pins, *child.inputs]:
        if pin not in known or pin not in pins:
            what = "has no pin" if pin not in known else "needs its input"
            msg = f"model {name!r} {what} {pin!r}"
            raise ParseError(path, line, msg)
    return child

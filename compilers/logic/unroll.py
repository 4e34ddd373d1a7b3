"""Sequential circuits as combinational ones: a copy of the logic for every cycle."""

from __future__ import annotations

from compilers.logic.signals import Cell, Port, Signals, group
from pbit.checks import check_choice, check_count


def at(name: str, cycle: int) -> str:
    """Return the name of a signal or bus in a cycle: ``count@3``."""
    return f"{name}@{cycle}"


def unroll(signals: Signals, cycles: int, unknown: int | str = "free") -> Signals:
    """Return `cycles` copies of the logic, latches joining each to the next.

    Buses become one a cycle, ``a@0`` to ``a@{cycles − 1}``. In cycle 0 a latch has its
    initial value; those without are input buses ``q@init`` ("free"), or 0 or 1, as
    `unknown` says.

    Raises
    ------
    TypeError, ValueError
        If `cycles` is not a whole number of at least 1, or `unknown` no such choice.
    """
    check_count("cycles", cycles)
    check_choice("unknown", str(unknown), ("free", "0", "1"))
    flat = Signals(signals.name)
    undecided = [
        name
        for name, latch in sorted(signals.latches.items())
        if latch.init is None and unknown == "free"
    ]
    free = [
        Port(f"{bus}@init", tuple(f"{name}@init" for name in names))
        for bus, names, _ in group(undecided)
    ]
    flat.inputs = (*free, *_copies(signals.inputs, cycles))
    flat.outputs = _copies(signals.outputs, cycles)
    for cycle in range(cycles):
        for name, latch in signals.latches.items():
            if cycle:
                cell = Cell("BUF", (at(latch.data, cycle - 1),))
            elif latch.init is None and unknown == "free":
                cell = Cell("BUF", (f"{name}@init",))
            else:
                init = int(unknown) if latch.init is None else latch.init
                cell = Cell(str(init))
            flat.cells[at(name, cycle)] = cell
        for name, cell in signals.cells.items():
            inputs = tuple(at(other, cycle) for other in cell.inputs)
            flat.cells[at(name, cycle)] = cell._replace(inputs=inputs)
    flat.lines = {
        at(name, cycle): line
        for name, line in signals.lines.items()
        for cycle in range(cycles)
    }
    return flat


def _copies(ports: tuple[Port, ...], cycles: int) -> tuple[Port, ...]:
    return tuple(
        Port(at(name, t), tuple(at(bit, t) for bit in bits), signed)
        for t in range(cycles)
        for name, bits, signed in ports
    )

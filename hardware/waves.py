"""Waveforms of recorded runs as VCD files, for GTKWave, Surfer and the like.

A value change dump (IEEE 1364-2005, section 18) holds integers: times are rounded to its
timescale, a femtosecond unless said otherwise.
"""

from __future__ import annotations

import io as textio
import math
import os
import re
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hardware.design import load_design
from hardware.fabrics import Chromatic
from hardware.run import Run
from hardware.units import format_quantity, parse_quantity
from pbit.checks import check_choice, check_count
from pbit.coloring import color
from pbit.errors import DesignError
from pbit.io import replacing
from pbit.model import PCircuit

if TYPE_CHECKING:
    from vcd import VCDWriter

#: What may be shown: states, held p-bits, draws (changed or not), fields, the clock.
SCOPES = ("pbits", "clamps", "updates", "fields", "clock")
MAX_EVENTS = 1_000_000

# Order of what happens at one instant.
CLAMPED, UPDATED, TICKED = range(3)


class Happening(NamedTuple):
    """One thing at one time of the file."""

    time: int
    order: int
    what: int  # CLAMPED, UPDATED or TICKED
    pbit: int
    value: int


def write(
    run: Run,
    path: str | os.PathLike[str],
    scopes: Iterable[str] = ("pbits", "clamps"),
    *,
    pbits: Iterable[Hashable] | None = None,
    circuit: PCircuit | None = None,
    timescale: str = "1 fs",
    max_events: int = MAX_EVENTS,
) -> None:
    """Write a recorded run as a value change dump.

    Every scope is a module below ``machine``. In ``pbits`` a p-bit is a wire, 1 where it
    is +1; in ``clamps`` a wire that is 1 while it is held; in ``updates`` an event that
    strikes at every draw, changed or not; in ``fields`` a real number, the field
    sum_j W_ij m_j + h_i of the present states, as instant synapses would show it and
    before beta; ``clock`` has one wire, up at a tick and down half a period later.

    Parameters
    ----------
    run
        Made with ``record=True``.
    path
        The file, written at once or not at all.
    scopes
        What to show, of :data:`SCOPES`.
    pbits
        Labels of the p-bits to show; all of them if omitted.
    circuit
        What the machine ran; for ``fields``, and the clock of a chromatic fabric.
    timescale
        Unit of the file's times: 1, 10 or 100 of s, ms, us, ns, ps or fs.
    max_events
        Largest number of events that may be written, of all scopes.

    Raises
    ------
    ValueError
        If the run was not recorded, holds more events than `max_events`, does not fit
        what is to be shown, or a name or the timescale is unknown.
    KeyError
        If a label is unknown.
    OSError
        If the file cannot be written.

    References
    ----------
    IEEE Standard 1364-2005, section 18.

    Examples
    --------
    >>> import hardware, pbit
    >>> machine = hardware.Machine(pbit.IsingModel({(0, 1): 1.0}), "ideal-sequential")
    >>> write(machine.run(1e-7, record=True), getfixture("tmp_path") / "pair.vcd")
    """
    shown = _check_scopes(scopes, run, circuit)
    unit = _check_timescale(timescale)
    check_count("max_events", max_events)
    chosen = _choose(run, pbits)
    happenings = _happenings(run, shown, unit, circuit)
    _check_budget(run, shown, chosen, happenings, circuit, max_events)
    buffer = textio.StringIO()
    _dump(buffer, run, shown, chosen, happenings, circuit, timescale, unit)
    with replacing(path) as file:
        file.write(buffer.getvalue().encode("ascii"))


def _check_scopes(
    scopes: Iterable[str], run: Run, circuit: PCircuit | None
) -> tuple[str, ...]:
    shown = tuple(check_choice("scopes", scope, SCOPES) for scope in scopes)
    if not shown:
        msg = f"scopes must name one at least of {', '.join(SCOPES)}"
        raise ValueError(msg)
    if run.log is None or run.initial is None or run.clamps is None:
        msg = "run must be recorded: make it with record=True"
        raise ValueError(msg)
    if "fields" in shown and circuit is None:
        msg = "fields need the circuit: give circuit="
        raise ValueError(msg)
    if circuit is not None and circuit.n != run.state.size:
        msg = f"circuit must have the run's {run.state.size} p-bits, not {circuit.n}"
        raise ValueError(msg)
    return shown


def _check_timescale(timescale: str) -> float:
    """Return the seconds of a timescale."""
    if re.fullmatch(r"(1|10|100) ?(s|ms|us|ns|ps|fs)", timescale) is None:
        msg = f"timescale must be 1, 10 or 100 of s, ms, us, ns, ps or fs, not {timescale!r}"
        raise ValueError(msg)
    return parse_quantity(timescale, "s")


def _choose(run: Run, pbits: Iterable[Hashable] | None) -> dict[int, str]:
    """Return the p-bits to show and their names, unique words."""
    labels = list(run.labels) or list(range(run.state.size))
    index = {label: i for i, label in enumerate(labels)}
    numbers = range(len(labels))
    if pbits is not None:
        given = list(pbits)
        for label in given:
            if label not in index:
                msg = f"no p-bit is called {label!r}"
                raise KeyError(msg)
        numbers = [index[label] for label in given]  # type: ignore[assignment]
    names: dict[int, str] = {}
    taken: set[str] = set()
    for i in numbers:
        name = _word(labels[i])
        names[i] = name if name not in taken else f"{name}_{i}"
        taken.add(names[i])
    return names


def _word(label: Hashable) -> str:
    """Return a label as one word of printable ASCII without a dot, which divides scopes."""
    text = f"m{label}" if isinstance(label, int | np.integer) else str(label)
    return re.sub(r"[^A-Za-z0-9_\[\]]+", "_", text).strip("_") or "m"


def _happenings(
    run: Run, shown: Sequence[str], unit: float, circuit: PCircuit | None
) -> list[Happening]:
    """Return what happens, in order: at one instant clamps, then updates, then the clock."""
    assert run.log is not None  # noqa: S101 - _check_scopes saw to it
    assert run.clamps is not None  # noqa: S101
    found: list[tuple[float, Happening]] = []
    for what, log in ((CLAMPED, run.clamps), (UPDATED, run.log)):
        columns = (log.times.tolist(), log.pbits.tolist(), log.states.tolist())
        for k, (t, i, value) in enumerate(zip(*columns, strict=True)):
            found.append((t, Happening(_ticks(t, run, unit), k, what, i, value)))
    if "clock" in shown:
        for k, (t, value) in enumerate(_clock(run, circuit)):
            found.append((t, Happening(_ticks(t, run, unit), k, TICKED, 0, value)))
    found.sort(key=lambda pair: (pair[0], pair[1].what, pair[1].order))
    return [happening for _, happening in found]


def _ticks(time: float, run: Run, unit: float) -> int:
    """Return a time of the file: since simulated zero, or the start if that is before."""
    return round((time - min(run.start, 0.0)) / unit)


def _clock(run: Run, circuit: PCircuit | None) -> Iterator[tuple[float, int]]:
    """Give when the clock rises and falls, and to what."""
    design = load_design(dict(run.info["design"]))
    period = design.clock_period
    if period is None:
        msg = f"is no fabric with a clock to show: {design.fabric.kind_name()!r}"
        raise DesignError(key="fabric.kind", message=msg)
    if isinstance(design.fabric, Chromatic):
        if circuit is None:
            msg = "the clock of a chromatic fabric needs the circuit: give circuit="
            raise ValueError(msg)
        period /= len(color(circuit).classes)
    made = float(run.info["made"])
    first = max(1, math.floor((run.start - made) / period))
    for tick in range(first, math.ceil((run.end - made) / period) + 1):
        for time, value in (
            (made + tick * period, 1),
            (made + (tick + 0.5) * period, 0),
        ):
            if run.start <= time < run.end:
                yield time, value


def _check_budget(
    run: Run,
    shown: Sequence[str],
    chosen: dict[int, str],
    happenings: Sequence[Happening],
    circuit: PCircuit | None,
    most: int,
) -> None:
    """Count what would be written, at most, before anything is."""
    readers = np.diff(circuit.outgoing.indptr) if circuit is not None else None
    total = 0
    for happening in happenings:
        if happening.what == TICKED:
            total += 1
            continue
        if happening.pbit in chosen:
            total += sum(scope in shown for scope in ("pbits", "updates", "clamps"))
        if "fields" in shown and readers is not None:
            total += int(readers[happening.pbit])
        if total > most:
            break
    if total > most:
        span = format_quantity(run.elapsed)
        msg = (
            f"max_events = {most} is too few for this run of {span} with "
            f"{len(happenings)} updates, clamps and ticks: show fewer p-bits or scopes, "
            f"run for a shorter time, or raise it"
        )
        raise ValueError(msg)


def _dump(
    buffer: textio.StringIO,
    run: Run,
    shown: Sequence[str],
    chosen: dict[int, str],
    happenings: Sequence[Happening],
    circuit: PCircuit | None,
    timescale: str,
    unit: float,
) -> None:
    from vcd import VCDWriter

    design = dict(run.info.get("design", {})).get("name", "machine")
    start = _ticks(run.start, run, unit)
    comment = f"{_word(design)}: pbitlab {run.info.get('version', '')}"
    writer = VCDWriter(
        buffer, timescale=timescale, date="", comment=comment, init_timestamp=start
    )
    with writer:
        screen = _Screen(writer, run, shown, chosen, circuit)
        for happening in happenings:
            screen.show(happening)
        writer.close(max(_ticks(run.end, run, unit), start))


class _Screen:
    """The variables of a file, and the state of the machine they show."""

    def __init__(
        self,
        writer: VCDWriter,
        run: Run,
        shown: Sequence[str],
        chosen: dict[int, str],
        circuit: PCircuit | None,
    ) -> None:
        assert run.initial is not None  # noqa: S101 - _check_scopes saw to it
        self.m = run.initial.astype(np.int64)
        self.circuit, self.change = circuit, writer.change
        self.fields: NDArray[Any] | None = None
        if "fields" in shown and circuit is not None:
            self.fields = circuit.fields(run.initial)

        def variables(
            scope: str, kind: str, init: Callable[[int], Any]
        ) -> dict[int, Any]:
            if scope not in shown:
                return {}
            return {
                i: writer.register_var(
                    f"machine.{scope}",
                    name,
                    kind,
                    size=64 if kind == "real" else 1,
                    init=init(i),
                )
                for i, name in chosen.items()
            }

        self.pbits = variables("pbits", "wire", lambda i: int(self.m[i] > 0))
        self.clamps = variables("clamps", "wire", lambda _i: 0)
        self.updates = variables("updates", "event", lambda _i: None)
        self.inputs = variables("fields", "real", lambda i: float(self._field(i)))
        self.clock = None
        if "clock" in shown:
            self.clock = writer.register_var("machine", "clock", "wire", size=1, init=0)

    def show(self, happening: Happening) -> None:
        """Write what one happening changes."""
        time, i, value = happening.time, happening.pbit, happening.value
        if happening.what == TICKED:
            self.change(self.clock, time, value)  # type: ignore[arg-type]
            return
        if happening.what == CLAMPED and i in self.clamps:
            self.change(self.clamps[i], time, int(value != 0))
        if happening.what == UPDATED and i in self.updates:
            self.change(self.updates[i], time, True)
        if value not in (0, self.m[i]):
            self.m[i] = value
            if i in self.pbits:
                self.change(self.pbits[i], time, int(value > 0))
            if self.fields is not None:
                self._spread(i, time)

    def _field(self, i: int) -> float:
        return 0.0 if self.fields is None else float(self.fields[i])

    def _spread(self, j: int, time: int) -> None:
        """Show the fields of the p-bits that hear p-bit j."""
        assert self.circuit is not None  # noqa: S101 - there are fields
        out = self.circuit.outgoing
        for k in range(out.indptr[j], out.indptr[j + 1]):
            i = int(out.indices[k])
            if i in self.inputs:
                row = self.circuit.weights.indptr[i : i + 2]
                heard = self.circuit.weights.indices[row[0] : row[1]]
                weights = self.circuit.weights.data[row[0] : row[1]]
                field = float(self.circuit.h[i] + weights @ self.m[heard])
                self.change(self.inputs[i], time, field)

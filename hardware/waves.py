"""Waveforms of recorded runs as VCD files, for GTKWave, Surfer and the like.

A value change dump (IEEE 1364-2005, section 18) holds integers: times are rounded to its
timescale, a femtosecond unless said otherwise.
"""

from __future__ import annotations

import io as textio
import os
import re
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hardware.happenings import (
    ARRIVED,
    CLAMPED,
    TICKED,
    UPDATED,
    Happening,
    happenings,
    known_copies,
    links_of,
    receivers,
    ticks,
)
from hardware.run import Run
from hardware.units import format_quantity, parse_quantity
from pbit.checks import check_choice, check_count
from pbit.io import replacing
from pbit.model import PCircuit

if TYPE_CHECKING:
    from vcd import VCDWriter

#: What may be shown: states, held p-bits, draws (changed or not), fields, the clock, copies.
SCOPES = ("pbits", "clamps", "updates", "fields", "clock", "links")
MAX_EVENTS = 1_000_000


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
    before beta; ``clock`` has one wire, up at a tick and down half a period later; in
    ``links`` every chip is a module, with a wire for what it holds of each p-bit of other
    chips that it reads (unknown, x, until a round arrives that was latched in this run).

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
        What the machine ran; for ``fields``, ``links`` and the clock of a chromatic
        fabric.
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
    told = happenings(run, shown, unit, circuit)
    _check_budget(run, shown, chosen, told, circuit, max_events)
    buffer = textio.StringIO()
    _dump(buffer, run, shown, chosen, told, circuit, timescale, unit)
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
    need = [scope for scope in ("fields", "links") if scope in shown]
    if need and circuit is None:
        msg = f"{need[0]} need the circuit: give circuit="
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


def _check_budget(
    run: Run,
    shown: Sequence[str],
    chosen: dict[int, str],
    told: Sequence[Happening],
    circuit: PCircuit | None,
    most: int,
) -> None:
    """Count what would be written, at most, before anything is."""
    readers = np.diff(circuit.outgoing.indptr) if circuit is not None else None
    total = 0
    for happening in told:
        if happening.what in (TICKED, ARRIVED):
            total += 1
            continue
        if happening.place in chosen:
            total += sum(scope in shown for scope in ("pbits", "updates", "clamps"))
        if "fields" in shown and readers is not None:
            total += int(readers[happening.place])
        if total > most:
            break
    if total > most:
        span = format_quantity(run.elapsed)
        msg = (
            f"max_events = {most} is too few for this run of {span} with "
            f"{len(told)} updates, clamps, arrivals and ticks: show fewer p-bits or scopes, "
            f"run for a shorter time, or raise it"
        )
        raise ValueError(msg)


def _dump(
    buffer: textio.StringIO,
    run: Run,
    shown: Sequence[str],
    chosen: dict[int, str],
    told: Sequence[Happening],
    circuit: PCircuit | None,
    timescale: str,
    unit: float,
) -> None:
    from vcd import VCDWriter

    design = dict(run.info.get("design", {})).get("name", "machine")
    start = ticks(run.start, run, unit)
    comment = f"{_word(design)}: pbitlab {run.info.get('version', '')}"
    writer = VCDWriter(
        buffer, timescale=timescale, date="", comment=comment, init_timestamp=start
    )
    with writer:
        screen = _Screen(writer, run, shown, chosen, circuit)
        for happening in told:
            screen.show(happening)
        writer.close(max(ticks(run.end, run, unit), start))


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
        self.copies: dict[int, Any] = {}
        if "links" in shown and circuit is not None:
            self._show_links(writer, run, chosen, circuit)

    def _show_links(
        self, writer: VCDWriter, run: Run, chosen: dict[int, str], circuit: PCircuit
    ) -> None:
        """Make a wire for every copy of a p-bit that is shown."""
        links = links_of(run, circuit)
        known = known_copies(run)
        for copy, (chip, i) in enumerate(receivers(run, circuit, links)):
            if i in chosen:
                init = int(self.m[i] > 0) if i in known else "x"
                self.copies[copy] = writer.register_var(
                    f"machine.links.chip{chip}", chosen[i], "wire", size=1, init=init
                )

    def show(self, happening: Happening) -> None:
        """Write what one happening changes."""
        time, i, value = happening.time, happening.place, happening.value
        if happening.what == TICKED:
            self.change(self.clock, time, value)  # type: ignore[arg-type]
            return
        if happening.what == ARRIVED:
            if i in self.copies:
                self.change(self.copies[i], time, int(value > 0))
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

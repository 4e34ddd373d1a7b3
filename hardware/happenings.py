"""What happened in a recorded run, in the order in which a waveform shows it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from hardware.design import Design, load_design
from hardware.engines.links import Links, make_links
from hardware.fabrics import Chromatic
from hardware.run import Run
from pbit.coloring import color
from pbit.errors import DesignError
from pbit.model import PCircuit

# Order of what happens at one instant.
CLAMPED, ARRIVED, UPDATED, TICKED = range(4)


class Happening(NamedTuple):
    """One thing at one time of the file."""

    time: int
    order: int
    what: int  # CLAMPED, ARRIVED, UPDATED or TICKED
    place: int  # p-bit, or copy of one
    value: int


def happenings(
    run: Run, shown: Sequence[str], unit: float, circuit: PCircuit | None
) -> list[Happening]:
    """Return what happened, in order; clocks and links where they are shown.

    Parameters
    ----------
    run
        A recorded run.
    shown
        Scopes of :data:`hardware.waves.SCOPES`.
    unit
        Seconds of a step of the file's time.
    circuit
        What the machine ran; for links, and the clock of a chromatic fabric.
    """
    assert run.log is not None  # noqa: S101 - waves saw to it
    assert run.clamps is not None  # noqa: S101
    found: list[tuple[float, Happening]] = []
    for what, log in ((CLAMPED, run.clamps), (UPDATED, run.log)):
        columns = (log.times.tolist(), log.pbits.tolist(), log.states.tolist())
        for k, (t, i, value) in enumerate(zip(*columns, strict=True)):
            found.append((t, Happening(ticks(t, run, unit), k, what, i, value)))
    if "clock" in shown:
        for k, (t, value) in enumerate(_clock(run, circuit)):
            found.append((t, Happening(ticks(t, run, unit), k, TICKED, 0, value)))
    if "links" in shown and circuit is not None:
        for k, (t, copy, value) in enumerate(_arrivals(run, links_of(run, circuit))):
            found.append((t, Happening(ticks(t, run, unit), k, ARRIVED, copy, value)))
    found.sort(key=lambda pair: (pair[0], pair[1].what, pair[1].order))
    return [happening for _, happening in found]


def ticks(time: float, run: Run, unit: float) -> int:
    """Return a time of the file: since simulated zero, or the start if that is before."""
    return round((time - min(run.start, 0.0)) / unit)


def links_of(run: Run, circuit: PCircuit) -> Links:
    """Return the links of the machine that made a run.

    Raises
    ------
    DesignError
        If it has none.
    """
    links = make_links(circuit, _design(run).chips, float(run.info["made"]))
    if not links.period.size:
        raise DesignError(key="chips", message="has no links to show in this run")
    return links


def receivers(run: Run, circuit: PCircuit, links: Links) -> list[tuple[int, int]]:
    """Return (receiving chip, p-bit) of every copy."""
    chips = _design(run).chips
    assert chips is not None  # noqa: S101 - there are links
    readers = links.readers[links.reader_ptr[:-1]].tolist()
    sources = links.sources.tolist()
    return [(chips.parts[r], i) for r, i in zip(readers, sources, strict=True)]


def known_copies(run: Run) -> set[int]:
    """Return the p-bits whose copies are right from the start of a run.

    They are in a run that began when the machine was made, but for p-bits that were
    clamped by then.
    """
    if (
        run.start != float(run.info["made"])
        or run.initial is None
        or run.clamps is None
    ):
        return set()
    at_once = run.clamps.pbits[run.clamps.times == run.start]
    return set(range(run.initial.size)) - set(at_once.tolist())


def _arrivals(run: Run, links: Links) -> Iterator[tuple[float, int, int]]:
    """Give (time, copy, state) for every copy that an arrival changes.

    A round carries what is true just before the updates of the moment at which it is
    latched. So every change of a p-bit (its state at the start of the run is the first)
    is looked up in the round that is latched next, and the last of a round is what
    arrives.
    """
    assert run.log is not None  # noqa: S101 - waves saw to it
    assert run.clamps is not None  # noqa: S101
    assert run.initial is not None  # noqa: S101
    held = run.clamps.states != 0
    n = run.initial.size
    begin = np.full(n, run.start)
    times = np.concatenate([begin, run.clamps.times[held], run.log.times])
    pbits = np.concatenate([np.arange(n), run.clamps.pbits[held], run.log.pbits])
    states = np.concatenate([run.initial, run.clamps.states[held], run.log.states])
    kind = np.repeat([CLAMPED, UPDATED], [n + held.sum(), run.log.n])
    order = np.lexsort((kind, times))
    times, pbits, states, kind = times[order], pbits[order], states[order], kind[order]
    for link in range(links.period.size):
        period, flight = float(links.period[link]), float(links.flight[link])
        for copy in range(links.first_copy[link], links.first_copy[link + 1]):
            own = np.flatnonzero(pbits == links.sources[copy])
            rounds = (times[own] - links.start) / period
            # Rounding may put a latch on either side of its multiple of the period.
            near = np.rint(rounds)
            latches = links.start + near * period
            late = (latches < times[own]) | (
                (latches == times[own]) & (kind[own] == UPDATED)
            )
            nxt = np.where(np.abs(rounds - near) < 0.25, near + late, np.ceil(rounds))
            last = np.append(nxt[1:] != nxt[:-1], True) if own.size else nxt > 0
            for r, value in zip(
                nxt[last].tolist(), states[own][last].tolist(), strict=True
            ):
                time = links.start + r * period + flight
                if time < run.end:
                    yield time, copy, int(value)


def _design(run: Run) -> Design:
    return load_design(dict(run.info["design"]))


def _clock(run: Run, circuit: PCircuit | None) -> Iterator[tuple[float, int]]:
    """Give when the clock rises and falls, and to what."""
    design = _design(run)
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

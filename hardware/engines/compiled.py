"""The compiled engine: all p-bits and synapses advance to the next simpy event in one call."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import simpy
from numpy.typing import NDArray

from hardware.engines import digital_ticks, flips, retiming, updates
from hardware.engines.arithmetic import Arithmetic
from hardware.engines.base import Measured, UpdateLog
from hardware.engines.commit import (
    ARRIVED,
    LOG_FULL,
    PAUSED,
    RING_FULL,
    note_best,
    room_for,
    set_state,
)
from hardware.engines.conductor import conductor_of
from hardware.engines.draws import clock_draw, refresh_draw, wait_for_tick
from hardware.engines.events import run_to
from hardware.engines.links import Links
from hardware.engines.plan import (
    POISSON,
    SELF_TIMED,
    STALE_EDGE,
    STALE_SOURCE,
    Timing,
    Wiring,
    most_at_once,
)
from hardware.engines.state import (
    BEST_ENERGY,
    BEST_LOGGED,
    ENERGY,
    FLIPS,
    LAST_CHANGE,
    LOGGED,
    NEXT_REFRESH,
    NEXT_UPDATE,
    NOW,
    REFRESH_PICK,
    STATE,
    TICK,
    UPDATES,
    WINDOW_START,
    grow_recent,
    grow_ring,
    make_dwell,
    make_live,
    make_window,
)
from pbit.checks import States
from pbit.model import IsingModel, PCircuit
from pbit.random import Streams

EVENTS_A_CALL = 2_000_000  # after which Python may notice an interruption
LOG_SIZE = 1 << 16


class CompiledEngine:
    """A machine as arrays, advanced by numba kernels between two simpy events."""

    def __init__(
        self,
        env: simpy.Environment,
        circuit: PCircuit,
        wiring: Wiring,
        timing: Timing,
        source: Streams,
        states: States,
        beta: float,
        arithmetic: Arithmetic | None = None,
        links: Links | None = None,
    ) -> None:
        self.env = env
        self.circuit = circuit
        self.wiring = _read_only(wiring)
        self.timing = timing
        self.key = (source.key0, source.key1)
        self._beta = beta
        self.arithmetic = arithmetic
        if arithmetic is not None:
            arithmetic.load(wiring, beta)
            self.scratch = digital_ticks.make_scratch(timing)
        self.start = float(env.now)
        self.live = make_live(timing, wiring, states.copy(), self.start, links)
        self.dwell = make_dwell(timing, circuit.n)
        self.logs: list[UpdateLog] = []
        self.measure(record=False)
        self._schedule()
        self.conductor = conductor_of(env)
        self.conductor.join(self)

    def _schedule(self) -> None:
        """Draw when the first update and the first refresh are due."""
        clocks, timing = self.live.clocks, self.timing
        if timing.updates in SELF_TIMED:
            flips.start_dwelling(
                self.wiring,
                timing,
                self.live,
                self.dwell,
                *self.key,
                self._beta,
                self.start,
            )
        elif timing.updates == POISSON:
            wait, _pick, _limit = clock_draw(*self.key, 0)
            clocks[NEXT_UPDATE] = self.start + wait * timing.mean_wait
        else:
            self.live.counts[TICK] = 1
            for c, period in enumerate(timing.periods.tolist()):
                wait = wait_for_tick(self.start, period, 1, self.start)
                self.live.next_tick[c] = self.start + wait
            clocks[NEXT_UPDATE] = self.live.next_tick.min()
        if timing.synapse in (STALE_SOURCE, STALE_EDGE) and timing.n_copies > 0:
            wait, pick = refresh_draw(*self.key, 0)
            mean = timing.tau_s / timing.n_copies
            clocks[NEXT_REFRESH], clocks[REFRESH_PICK] = self.start + wait * mean, pick

    def advance(self, horizon: float) -> None:
        """Advance to `horizon` (s), leaving what happens right then."""
        while (began := self.now) < horizon:
            before = int(self.live.counts[FLIPS])
            status = self._call_kernel(horizon)
            if status == ARRIVED:
                return
            if status == PAUSED and self.timing.updates in SELF_TIMED:
                self._check_progress(began, before)
            if status == RING_FULL:
                self._grow()
            elif status == LOG_FULL:
                self._drain_log()

    def _check_progress(self, began: float, before: int) -> None:
        """Raise where p-bits flip so fast that a tau would take a billion flips and more."""
        elapsed, flipped = self.now - began, int(self.live.counts[FLIPS]) - before
        if flipped > 0 and elapsed < 1e-9 * flipped * float(self.timing.tau.min()):
            msg = (
                f"{flipped} flips within {elapsed:.2g} s, at {began} s: p-bits of strong "
                f"directed weights chase one another faster than time passes"
            )
            raise RuntimeError(msg)

    def _call_kernel(self, horizon: float) -> int:
        wiring, timing, live, window = self.wiring, self.timing, self.live, self.window
        head: tuple[Any, ...] = (wiring, timing, live, window)
        tail: tuple[Any, ...] = (horizon, EVENTS_A_CALL)
        if timing.updates in SELF_TIMED:
            kernel: Callable[..., Any] = flips.advance_telegraph
            head = (*head, self.dwell)
        elif timing.updates == POISSON:
            kernel = updates.advance_poisson
        else:
            kernel = updates.advance_ticks
            tail = (self.start, *tail, most_at_once(self.timing))
            if self.arithmetic is not None:
                kernel, tail = digital_ticks.advance_digital, tail[:-1]
                digital, noise = self.arithmetic.digital, self.arithmetic.noise
                head = (*head, digital, noise, self.scratch)
        return int(kernel(*head, *self.key, self._beta, *tail))

    @property
    def now(self) -> float:
        """The moment, in seconds, up to which everything has happened."""
        return float(self.live.clocks[NOW])

    @property
    def states(self) -> States:
        """Present states, shape (n,); a copy."""
        self._check_moment()
        return self.live.m.copy()

    @property
    def beta(self) -> float:
        """Inverse temperature, from now on."""
        return self._beta

    @beta.setter
    def beta(self, value: float) -> None:
        t = self._check_moment()
        self._beta = value
        if self.arithmetic is not None:
            self.arithmetic.load_beta(self.wiring, value)
        if self.timing.updates in SELF_TIMED:
            retiming.retime_all(
                self.wiring, self.timing, self.live, self.dwell, value, t
            )

    def clamp(self, indices: NDArray[np.int64], values: States) -> None:
        """Hold p-bits at values from now on."""
        t = self._check_moment()
        synapse, tau_s = self.timing.synapse, self.timing.tau_s
        for i, value in zip(indices.tolist(), values.tolist(), strict=True):
            while self._lacks_room(i):
                self._grow()
            self.live.clamped[i] = True
            if self.timing.updates in SELF_TIMED:
                self._change(i, value, t)
            else:
                note_best(self.live, self.window, t)
                set_state(
                    self.wiring,
                    self.live,
                    self.window,
                    synapse,
                    tau_s,
                    i,
                    np.int8(value),
                    t,
                )

    def release(self, indices: NDArray[np.int64]) -> None:
        """Let p-bits go from now on."""
        t = self._check_moment()
        for i in indices.tolist():
            self.live.clamped[i] = False
            if self.timing.updates in SELF_TIMED:
                self._change(i, int(self.live.m[i]), t)

    def _lacks_room(self, i: int) -> bool:
        """Say whether a flip of p-bit i would not fit what remembers or delivers it."""
        if room_for(self.live, self.window, self.timing.synapse, 1) == RING_FULL:
            return True
        told = self.timing.out_edges.size > 0
        return told and flips.room_to_send(self.wiring, self.live, i) == RING_FULL

    def _grow(self) -> None:
        remembers = self.live.recent.size > 0
        self.live = grow_recent(self.live) if remembers else grow_ring(self.live)

    def _change(self, i: int, value: int, t: float) -> None:
        flips.change_state(
            self.wiring,
            self.timing,
            self.live,
            self.window,
            self.dwell,
            self._beta,
            i,
            np.int8(value),
            t,
        )

    def measure(self, record: bool) -> None:
        """Start to measure afresh; with a log of updates if `record`."""
        self._check_moment()
        live, circuit = self.live, self.circuit
        energetic = isinstance(circuit, IsingModel)
        # A clock tick's updates are made in one go, so they have to fit the log.
        log_size = max(LOG_SIZE, most_at_once(self.timing))
        self.window = make_window(live.m, energetic, log_size if record else 0)
        self.record = record
        self.logs = []
        clocks, counts = live.clocks, live.counts
        clocks[WINDOW_START] = clocks[LAST_CHANGE] = clocks[NOW]
        counts[UPDATES] = counts[FLIPS] = counts[LOGGED] = counts[BEST_LOGGED] = 0
        counts[STATE] = 0
        if self.window.occupancy.size:
            counts[STATE] = int(((live.m > 0) << np.arange(circuit.n)).sum())
        if isinstance(circuit, IsingModel):
            energy = float(circuit.energy(live.m)) - circuit.offset
            clocks[ENERGY] = clocks[BEST_ENERGY] = energy

    def measured(self) -> Measured:
        """Return what was measured up to now; the log of updates ends."""
        t = self._check_moment()
        live, window = self.live, self.window
        clocks, counts = live.clocks, live.counts
        note_best(live, window, t)
        occupancy = None
        if window.occupancy.size:
            occupancy = window.occupancy.copy()
            occupancy[counts[STATE]] += t - clocks[LAST_CHANGE]
        log = self._end_log()
        return Measured(
            updates=int(counts[UPDATES]),
            flips=int(counts[FLIPS]),
            occupancy=occupancy,
            integral=window.moment + live.m * (t - clocks[WINDOW_START]),
            best=window.best.copy() if window.best.size else None,
            log=log,
        )

    def resume(self) -> None:
        """Be ready to go on after an interruption, which may have struck on the way.

        The machine is then ahead of the environment, but short of its next event.
        """
        self.conductor.resume()
        run_to(self.env, self.now)

    def _end_log(self) -> UpdateLog | None:
        if not self.record:
            return None
        self._drain_log()
        log, self.logs, self.record = _join(self.logs), [], False
        self.window = self.window._replace(
            log_time=np.empty(0),
            log_who=np.empty(0, np.int32),
            log_state=np.empty(0, np.int8),
        )
        return log

    def _drain_log(self) -> None:
        window, n = self.window, int(self.live.counts[LOGGED])
        if n:
            self.logs.append(
                UpdateLog(
                    window.log_time[:n].copy(),
                    window.log_who[:n].copy(),
                    window.log_state[:n].copy(),
                )
            )
            self.live.counts[LOGGED] = 0

    def _check_moment(self) -> float:
        """Return the present; a machine that was carried further cannot be asked now."""
        now, reached = float(self.env.now), self.now
        if reached > now:
            msg = (
                f"the machine has already been carried to {reached} s, past the "
                f"environment's {now} s: schedule events before running on; after an "
                f"interruption, run() goes on from there"
            )
            raise RuntimeError(msg)
        self.advance(now)  # if it lags, no event of anyone's lies between
        return now


def _read_only(wiring: Wiring) -> Wiring:
    """Return wiring whose arrays are read-only as a circuit's are.

    Kernels are compiled for each kind of array by itself, which takes half a minute.
    """
    shown = {}
    for name in ("data", "h", "slots"):
        shown[name] = getattr(wiring, name).view()
        shown[name].flags.writeable = False
    return wiring._replace(**shown)


def _join(logs: list[UpdateLog]) -> UpdateLog:
    if not logs:
        return UpdateLog(np.empty(0), np.empty(0, np.int32), np.empty(0, np.int8))
    return UpdateLog(
        np.concatenate([log.times for log in logs]),
        np.concatenate([log.pbits for log in logs]),
        np.concatenate([log.states for log in logs]),
    )

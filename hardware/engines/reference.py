"""The reference engine: every p-bit and every synapse is a simpy process.

Short, obvious and slow. It is the specification: whatever it does, the compiled engine
must do, update for update.
"""

from __future__ import annotations

import math
from collections.abc import Generator, Iterable
from functools import partial
from typing import Any, cast

import numpy as np
import simpy
from numpy.typing import NDArray
from simpy.events import EventPriority

from hardware.engines.arithmetic import Arithmetic
from hardware.engines.base import Measured, UpdateLog
from hardware.engines.draws import (
    clock_draw,
    decision_limit,
    dwell_budget,
    flip_rate,
    pick_index,
    refresh_draw,
    spend,
    takes_part,
    wait_for,
    wait_for_tick,
)
from hardware.engines.drive import input_of, noisy_field
from hardware.engines.events import COMMIT, DELIVERY, LAST, REFRESH, UPDATE, Later
from hardware.engines.gates import Gates
from hardware.engines.links import Links, no_links
from hardware.engines.plan import (
    DELAY,
    DELAY_EDGE,
    INSTANT,
    LATENT,
    OSCILLATOR,
    POISSON,
    RC,
    SELF_TIMED,
    STALE_EDGE,
    TRANSISTOR,
    Timing,
    Wiring,
)
from hardware.engines.relaxing import (
    Voltage,
    oscillator,
    telegraph_behind_rc,
    transistor,
)
from hardware.engines.state import MAX_OCCUPANCY
from pbit.checks import States
from pbit.model import IsingModel, PCircuit
from pbit.random import Streams

Steps = Generator[simpy.Event, Any, None]


class ReferenceEngine:
    """A machine as simpy processes."""

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
        self.wiring = wiring
        self.timing = timing
        self.key = (source.key0, source.key1)
        self._beta = beta
        self.arithmetic = arithmetic
        if arithmetic is not None:
            arithmetic.load(wiring, beta)
            self.gates = Gates(arithmetic, self.key)
        self.start = float(env.now)
        self.m: list[int] = states.tolist()
        self.clamped = [False] * circuit.n
        if timing.synapse in (INSTANT, RC):
            self.seen = self.m
        elif timing.synapse in (STALE_EDGE, DELAY_EDGE):
            self.seen = [self.m[j] for j in wiring.indices]
        else:
            self.seen = list(self.m)
        self.links = no_links() if links is None else links
        self.copies = [self.m[j] for j in self.links.sources]  # of other chips' p-bits
        self.tick = 1  # number of the clock's next tick
        self.effects: dict[tuple[int, int], simpy.Event] = {}  # by (clock, tick)
        self.summing: list[tuple[int, int, int]] = []  # (tick, p-bit, state)
        self.voltage: list[Voltage] = []
        if timing.synapse == RC:
            self.voltage = [
                Voltage(self.goal(i), timing.tau_s, self.start)
                for i in range(circuit.n)
            ]
        self.measure(record=False)
        self._start_processes()

    def _start_processes(self) -> None:
        env, timing = self.env, self.timing
        everyone = range(self.circuit.n)
        self.wake = [env.event() for _ in everyone]
        if timing.updates in SELF_TIMED:
            pbit = self._telegraph_pbit
            if timing.synapse == RC:
                pbit = partial(telegraph_behind_rc, self)
            if timing.updates == TRANSISTOR:
                pbit = partial(transistor, self)
            if timing.updates == OSCILLATOR:
                pbit = partial(oscillator, self)
            for i in everyone:
                env.process(pbit(i))
        else:
            for i in everyone:
                env.process(self._ideal_pbit(i))
            if timing.updates == POISSON:
                env.process(self._poisson_clock())
            else:
                for c in range(timing.periods.size):
                    env.process(self._ticks(c))
        if timing.n_copies > 0:
            env.process(self._refresh_copies())
        for link in range(self.links.period.size):
            env.process(self._link(link))

    # Fabrics: who updates when.

    def _poisson_clock(self) -> Steps:
        """Wake p-bits at the ticks of one Poisson clock: the sum of all their clocks."""
        timing, event = self.timing, 0
        while True:
            wait, pick, limit = clock_draw(*self.key, event)
            yield Later(self.env, wait * timing.mean_wait, UPDATE)
            i = int(pick_index(pick, self.circuit.n, timing.keep, timing.alias))
            self._wake(i, (limit, event, 0))
            yield Later(self.env, 0.0, LAST)  # the next reads what this one decided
            event += 1

    def _ticks(self, clock: int) -> Steps:
        """Wake one group of p-bits after the other at the ticks of a clock."""
        timing, tick = self.timing, 1
        period, n_clocks = float(timing.periods[clock]), timing.periods.size
        first_group, end = timing.clock_ptr[clock], timing.clock_ptr[clock + 1]
        while True:
            wait = wait_for_tick(self.start, period, tick, self.env.now)
            yield Later(self.env, wait, UPDATE + 0.5 * clock / n_clocks)
            self._end_sums(tick)
            group = first_group + (tick - 1) % (end - first_group)
            effect = self.effects.pop((clock, tick - timing.depth), None)
            if effect is not None:
                effect._ok, effect._value = True, None
                self.env.schedule(effect, cast("EventPriority", COMMIT))
            first, stop = timing.group_ptr[group], timing.group_ptr[group + 1]
            for i in timing.members[first:stop].tolist():
                if timing.probability == 1.0 or takes_part(
                    *self.key, i, tick, timing.probability
                ):
                    self._wake(i, (self._draw(i, tick), tick, clock))
            if self.arithmetic is not None:
                self.gates.run_registers(timing.members[first:stop].tolist())
            tick += 1
            self.tick = tick
            yield Later(self.env, 0.0, LAST)  # the next reads what this one decided

    def _draw(self, i: int, tick: int) -> float:
        """Return p-bit i's random draw for a tick: a limit of its input, or a word."""
        if self.arithmetic is not None and self.gates.decides:
            return self.gates.word(i, tick)
        return float(decision_limit(*self.key, i, tick))

    def _wake(self, i: int, value: tuple[float, int, int] | None = None) -> None:
        woken, self.wake[i] = self.wake[i], self.env.event()
        woken.succeed(value)

    # P-bits.

    def _ideal_pbit(self, i: int) -> Steps:
        """When woken, draw a state from the heat bath: +1 if the input is over a limit."""
        while True:
            drawn, event, clock = yield self.wake[i]
            if self.clamped[i]:
                continue
            new = self._decide(i, drawn, event)
            if self.timing.depth > 0:
                self.env.process(self._take_effect_later(i, new, clock, event))
                continue
            yield Later(self.env, 0.0, COMMIT)
            self.note_update(i, new)
            self.set_state(i, new)

    def _take_effect_later(self, i: int, new: int, clock: int, tick: int) -> Steps:
        """Give p-bit i what it decided at a tick, so many ticks later, if it is free then."""
        yield self.effects.setdefault((clock, tick), self.env.event())
        if not self.clamped[i]:
            self.note_update(i, new)
            self.set_state(i, new)

    def _decide(self, i: int, drawn: float, event: int) -> int:
        """Return the state that p-bit i's input and its draw make."""
        if self.sums_integers:
            first, stop = self.wiring.indptr[i], self.wiring.indptr[i + 1]
            shown = [self._shown(e) for e in range(first, stop)]
            total = self.gates.total(self.wiring, shown, i)
            if self.gates.decides:
                return self.gates.decide_on_sum(total, int(drawn))
            return 1 if self.make_input(i, float(total)) > drawn else -1
        drive = self.wiring.drive
        field = noisy_field(drive, self.read(i), *self.key, i, event)
        value = self.make_input(i, field)
        if self.arithmetic is not None:
            return self.gates.decide_on_field(value, int(drawn))
        return 1 if value > drawn else -1

    def _telegraph_pbit(self, i: int) -> Steps:
        """Spend a hazard budget at the flip rate; flip when it is gone."""
        tau = float(self.timing.tau[i if self.timing.tau.size > 1 else 0])
        flips = 0
        budget = dwell_budget(*self.key, i, flips)
        while True:
            since, rate = self.env.now, 0.0
            if not self.clamped[i]:
                rate = flip_rate(self.make_input(i, self.read(i)), self.m[i], tau)
            wait = wait_for(budget, rate)
            due: simpy.Event = self.env.event()
            if math.isfinite(wait):
                due = Later(self.env, wait, UPDATE + i / self.circuit.n)
            yield due | self.wake[i]
            if due.processed:
                self.note_update(i, -self.m[i])
                self.set_state(i, -self.m[i])
                flips += 1
                budget = dwell_budget(*self.key, i, flips)
            else:  # the input, beta or the clamp has changed
                budget = spend(budget, self.env.now - since, rate)

    def read(self, i: int) -> float:
        """Return what p-bit i's synapse shows it: a field, or its low-pass."""
        if self.timing.synapse == RC:
            return self.voltage[i].at(float(self.env.now))
        return self.goal(i)

    def goal(self, i: int) -> float:
        """Return what p-bit i sees: h[i] + sum_j W[i, j] seen_j."""
        wiring = self.wiring
        total = float(wiring.h[i])
        for e in range(wiring.indptr[i], wiring.indptr[i + 1]):
            total += float(wiring.data[e]) * self._shown(e)
        return total

    def _shown(self, e: int) -> int:
        """Return the state that a connection shows its reader."""
        if self.timing.synapse in (STALE_EDGE, DELAY_EDGE):
            return int(self.seen[e])
        slot, n = int(self.wiring.slots[e]), self.circuit.n
        return int(self.seen[slot] if slot < n else self.copies[slot - n])

    def make_input(self, i: int, field: float) -> float:
        """Return what p-bit i makes of a field: its input I, now."""
        now = float(self.env.now)
        scale = self._beta
        if self.arithmetic is not None and self.arithmetic.digital.integer:
            scale = self.arithmetic.digital.step  # beta is in the sums already
        return float(input_of(self.wiring.drive, scale, field, i, now))

    # Synapses: when others get to know.

    def set_state(self, i: int, new: int) -> None:
        """Change p-bit i's state now and start to tell its readers."""
        if self.m[i] == new:
            return
        self._note_change()
        self.m[i] = new
        if self.timing.synapse == RC:
            for reader in self._readers(i):
                self.voltage[reader].aim(self.goal(reader), float(self.env.now))
        if self.timing.synapse in (INSTANT, RC):
            self._tell_readers(i)
        elif self.timing.synapse == DELAY:
            self.env.process(self._deliver(i, new))
        elif self.timing.synapse == DELAY_EDGE:
            for e in np.flatnonzero(self.wiring.indices == i).tolist():
                self.env.process(self._deliver_to_one(e, new))
        elif self.timing.synapse == LATENT:
            due = self.tick + int(self.timing.tau_s)
            self.summing.append((due, i, new))

    def _end_sums(self, tick: int) -> None:
        """Let the updates of a tick see the states whose way through the adders is over."""
        while self.summing and self.summing[0][0] <= tick:
            _due, j, state = self.summing.pop(0)
            self.seen[j] = state

    def _deliver(self, j: int, state: int) -> Steps:
        """Carry one change of p-bit j to its readers."""
        yield Later(self.env, self.timing.tau_s, DELIVERY)
        self.seen[j] = state
        self._tell_readers(j)

    def _deliver_to_one(self, e: int, state: int) -> Steps:
        """Carry one change along one connection, in the connection's own time."""
        yield Later(self.env, float(self.timing.delays[e]), DELIVERY)
        self.seen[e] = state
        self._tell([self._reader(e)])

    def _reader(self, e: int) -> int:
        return int(np.searchsorted(self.wiring.indptr, e, "right")) - 1

    def _link(self, link: int) -> Steps:
        """Latch what a chip sends to another, round after round."""
        links, done = self.links, 0
        sources = links.sources[links.first_copy[link] : links.first_copy[link + 1]]
        period = float(links.period[link])
        while True:
            wait = wait_for_tick(self.start, period, done, self.env.now)
            yield Later(self.env, wait, DELIVERY)
            states = [self.m[j] for j in sources]
            self.env.process(self._arrive(link, states))
            done += 1

    def _arrive(self, link: int, states: list[int]) -> Steps:
        """Carry one round of a link to the copies on the other chip."""
        links = self.links
        yield Later(self.env, float(links.flight[link]), DELIVERY)
        for c, state in enumerate(states, int(links.first_copy[link])):
            if self.copies[c] != state:
                self.copies[c] = state
                first, stop = links.reader_ptr[c], links.reader_ptr[c + 1]
                self._tell(links.readers[first:stop].tolist())

    def _refresh_copies(self) -> Steps:
        """Refresh copies at the ticks of one Poisson clock: the sum of all their clocks."""
        timing, event = self.timing, 0
        mean = timing.tau_s / timing.n_copies
        while True:
            wait, pick = refresh_draw(*self.key, event)
            yield Later(self.env, wait * mean, REFRESH)
            k = int(pick * timing.n_copies)
            if timing.synapse == STALE_EDGE:
                state = self.m[self.wiring.indices[k]]
                readers = [self._reader(k)]
            else:
                state, readers = self.m[k], self._readers(k)
            if self.seen[k] != state:
                self.seen[k] = state
                self._tell(readers)
            event += 1

    def _readers(self, j: int) -> list[int]:
        wiring = self.wiring
        first, stop = wiring.out_indptr[j], wiring.out_indptr[j + 1]
        return [int(i) for i in wiring.out_indices[first:stop]]

    def _tell_readers(self, j: int) -> None:
        self._tell(self._readers(j))

    def _tell(self, pbits: Iterable[int]) -> None:
        """Make p-bits that time themselves look at their input again."""
        if self.timing.updates in SELF_TIMED:
            for i in pbits:
                self._wake(i)

    # What the machine asks for.

    @property
    def sums_integers(self) -> bool:
        """Whether synapses add up integers."""
        return self.arithmetic is not None and self.arithmetic.digital.integer

    @property
    def states(self) -> States:
        """Present states, shape (n,)."""
        return np.array(self.m, np.int8)

    @property
    def beta(self) -> float:
        """Inverse temperature, from now on."""
        return self._beta

    @beta.setter
    def beta(self, value: float) -> None:
        self._beta = value
        if self.arithmetic is not None:
            self.arithmetic.load_beta(self.wiring, value)
        self._tell(range(self.circuit.n))

    def clamp(self, indices: NDArray[np.int64], values: States) -> None:
        """Hold p-bits at values from now on."""
        for i, value in zip(indices.tolist(), values.tolist(), strict=True):
            self.clamped[i] = True
            self.set_state(i, value)
        self._tell(indices.tolist())

    def release(self, indices: NDArray[np.int64]) -> None:
        """Let p-bits go from now on."""
        for i in indices.tolist():
            self.clamped[i] = False
        self._tell(indices.tolist())

    def resume(self) -> None:
        """Do nothing: processes wait where they are."""

    # Measurement.

    def measure(self, record: bool) -> None:
        """Start to measure afresh; with a log of updates if `record`."""
        n = self.circuit.n
        self.record = record
        self.window_start = self.last_change = float(self.env.now)
        self.updates = self.flips = 0
        self.log: list[tuple[float, int, int]] = []
        self.seconds = np.zeros(2**n) if n <= MAX_OCCUPANCY else None
        self.integral = np.zeros(n)
        self.best, self.best_energy = self.states, self._energy()

    def _energy(self) -> float:
        if isinstance(self.circuit, IsingModel):
            return float(self.circuit.energy(self.m))
        return math.nan

    def note_update(self, i: int, new: int) -> None:
        """Count an update of p-bit i to the state `new`."""
        self.updates += 1
        self.flips += new != self.m[i]
        if self.record:
            self.log.append((float(self.env.now), i, new))

    def _note_change(self) -> None:
        """Account for the time since the last change, before the next one."""
        elapsed = float(self.env.now) - self.last_change
        if elapsed == 0.0:
            return
        self.last_change = float(self.env.now)
        if self.seconds is not None:
            state = sum(1 << i for i, value in enumerate(self.m) if value > 0)
            self.seconds[state] += elapsed
        self.integral += elapsed * np.array(self.m)
        if self._energy() < self.best_energy:
            self.best, self.best_energy = self.states, self._energy()

    def measured(self) -> Measured:
        """Return what was measured up to now; the log of updates ends."""
        self._note_change()
        log = None
        if self.record:
            columns = [np.array(column) for column in zip(*self.log, strict=True)]
            times, pbits, states = columns or [np.empty(0)] * 3
            log = UpdateLog(times, pbits.astype(np.int32), states.astype(np.int8))
            self.record = False
        return Measured(
            updates=self.updates,
            flips=self.flips,
            occupancy=None if self.seconds is None else self.seconds.copy(),
            integral=self.integral.copy(),
            best=self.best if isinstance(self.circuit, IsingModel) else None,
            log=log,
        )

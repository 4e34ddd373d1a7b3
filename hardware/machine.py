"""A machine: a design and a circuit on a simpy clock."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import Any

import numpy as np
import simpy
from numpy.typing import ArrayLike, NDArray

from hardware.design import Design, load_design
from hardware.engines.arithmetic import make_arithmetic
from hardware.engines.base import Engine
from hardware.engines.compiled import CompiledEngine
from hardware.engines.events import run_to
from hardware.engines.imperfect import find_stuck
from hardware.engines.links import make_links
from hardware.engines.plan import make_timing, shortest_wait
from hardware.engines.reference import ReferenceEngine
from hardware.pieces import Window, slices
from hardware.run import Run
from hardware.watching import report, watch
from hardware.wires import check_programmed, wire
from pbit import io
from pbit.checks import States, check_choice, check_nonnegative, check_states
from pbit.model import IsingModel, PCircuit
from pbit.progress import Progress, reporting
from pbit.random import RandomState, Use, random_states, streams

# An exponential wait that is rounded to a hundredth of its mean keeps its mean to 4e-6.
RESOLUTION = 0.01

ENGINES: dict[str, Callable[..., Engine]] = {
    "compiled": CompiledEngine,
    "reference": ReferenceEngine,
}


class Machine:
    """P-bits, synapses and a fabric that run in simulated seconds.

    The machine lives on a simpy environment. Processes of your own on `env` may clamp,
    release, read, change `beta` and wait while it runs; what happens at one instant
    happens in this order: your events, deliveries of synapses, refreshes of copies,
    updates of p-bits. Updates of one clock tick all read the state before it.

    Parameters
    ----------
    circuit
        A PCircuit or IsingModel.
    design
        A Design, the name of a shipped one, a TOML file, or such a file's content as a
        dictionary.
    rng
        Seed. One seed makes one trace, with either engine.
    engine
        "compiled" (numba; advances to the next simpy event in one call) or "reference"
        (every p-bit and every synapse a simpy process; the specification, and slow).
    env
        A simpy environment to live on; a new one if omitted.
    initial
        States to start from, shape (n,); random if omitted.
    beta
        Inverse temperature that scales every input, >= 0; can be changed while running.
    body
        Seed of what the machine is made of (the design's spread and faults), where it
        is not `rng`: one machine can so be run with several seeds.
    programmed
        (weights, biases) that are loaded into the machine, where they are not the
        circuit's: in the order of ``circuit.weights.data``, and one a p-bit. Energies
        stay those of the circuit. :func:`hardware.calibrate` makes them.

    Raises
    ------
    DesignError
        If the design breaks a rule, or does not fit the circuit.
    TypeError, ValueError
        If another argument breaks a rule above.

    Examples
    --------
    >>> import pbit
    >>> pair = pbit.IsingModel({(0, 1): 1.0})
    >>> machine = Machine(pair, "ideal-sequential", rng=1)
    >>> run = machine.run(until=1e-4)
    >>> run.updates, run.occupancy.shape
    (99999, (4,))
    """

    def __init__(
        self,
        circuit: PCircuit,
        design: str | os.PathLike[str] | Mapping[str, Any] | Design,
        rng: RandomState = None,
        engine: str = "compiled",
        env: simpy.Environment | None = None,
        *,
        initial: ArrayLike | None = None,
        beta: float = 1.0,
        body: RandomState = None,
        programmed: tuple[ArrayLike, ArrayLike] | None = None,
    ) -> None:
        given: object = circuit
        if not isinstance(given, PCircuit):
            msg = f"circuit must be a PCircuit or an IsingModel, not {circuit!r}"
            raise TypeError(msg)
        if circuit.n == 0:
            msg = "circuit must have at least one p-bit"
            raise ValueError(msg)
        check_choice("engine", engine, ENGINES)
        self.circuit = circuit
        self.design = load_design(design)
        self.engine = engine
        self.env = simpy.Environment() if env is None else env
        source = streams(rng)
        self._entropy = source.entropy
        self._body = source if body is None else streams(body)
        self._programmed = check_programmed(circuit, programmed)
        if initial is None:
            states = random_states(source, 1, circuit.n, Use.MACHINE_INITIAL)[0]
        else:
            states = check_states(initial, circuit.n, "initial").copy()
            if states.ndim != 1:
                msg = f"initial must have shape ({circuit.n},), not {states.shape}"
                raise ValueError(msg)
        self._stuck = find_stuck(circuit.n, self.design, self._body)
        states[self._stuck.pbits] = self._stuck.states
        timing = make_timing(circuit, self.design, self._body)
        self._shortest_wait = shortest_wait(timing)
        self._check_clock(float(self.env.now))
        wiring = wire(
            circuit, self.design, self._body, self._programmed, float(self.env.now)
        )
        self._engine: Engine = ENGINES[engine](
            self.env,
            circuit,
            wiring,
            timing,
            source,
            states,
            check_nonnegative("beta", beta),
            make_arithmetic(self.design, wiring, timing, source),
            make_links(circuit, self.design.chips, float(self.env.now)),
        )
        self._engine.clamp(*self._stuck)
        self._made = float(self.env.now)
        self._held = np.zeros(circuit.n, np.int8)  # by clamps: ±1, or 0
        self._held[self._stuck.pbits] = self._stuck.states
        self._window: Window | None = None

    def clamp(self, values: Mapping[Hashable, int]) -> None:
        """Hold p-bits at values {label: ±1} from now on; readers hear as of a flip.

        P-bits that the design's faults make stuck stay as they are.

        Raises
        ------
        KeyError
            If a label is unknown.
        ValueError
            If a value is not -1 or +1. Nothing is clamped then.
        """
        indices = [self.circuit.index(label) for label in values]
        for label, value in values.items():
            if value not in (-1, 1):
                msg = f"clamp of p-bit {label!r} must be -1 or +1, not {value!r}"
                raise ValueError(msg)
        states = np.array(list(values.values()), np.int8)
        pbits = np.array(indices, np.int64)
        obey = np.isin(pbits, self._stuck.pbits, invert=True)
        self._hold(pbits[obey], states[obey])

    def release(self, labels: Iterable[Hashable] | None = None) -> None:
        """Let p-bits go from now on: those labels (a clamp will do), or all of them."""
        names = self.circuit.labels if labels is None else labels
        indices = [self.circuit.index(label) for label in names]
        pbits = np.array(indices, np.int64)
        obey = np.isin(pbits, self._stuck.pbits, invert=True)
        self._hold(pbits[obey], np.zeros(obey.sum(), np.int8))

    def _hold(self, pbits: NDArray[np.int64], states: States) -> None:
        """Hold p-bits at ±1, or let go of them all (0), and note it where it is recorded."""
        if pbits.size == 0:
            return
        if states[0] != 0:
            self._engine.clamp(pbits, states)
        else:
            self._engine.release(pbits)
        self._held[pbits] = states
        if self._window is not None and self._window.record:
            self._window.note_clamps(float(self.env.now), pbits, states)

    @property
    def beta(self) -> float:
        """Inverse temperature; setting it takes effect at once."""
        return self._engine.beta

    @beta.setter
    def beta(self, value: float) -> None:
        self._engine.beta = check_nonnegative("beta", value)

    @property
    def state(self) -> States:
        """Present state, shape (n,)."""
        return self._engine.states

    @property
    def energy(self) -> float:
        """Energy of the present state.

        Raises
        ------
        TypeError
            If the circuit has directed weights, and so no energy.
        """
        if not isinstance(self.circuit, IsingModel):
            msg = "a circuit of directed weights has no energy"
            raise TypeError(msg)
        return float(self.circuit.energy(self.state))

    def run(
        self,
        until: float,
        *,
        trace_every: float | None = None,
        record: bool = False,
        progress: Progress = False,
        checkpoint: str | os.PathLike[str] | None = None,
        every: float | None = None,
    ) -> Run:
        """Run to an absolute simulated time; call again to go on from there.

        Parameters
        ----------
        until
            Simulated seconds on `env`, after `env.now`. As in simpy, what is due exactly
            then is left for the next call.
        trace_every
            Interval of a trace of magnetization and energy, in seconds.
        record
            Record every update (time, p-bit, state) and every clamp: about 13 bytes each.
        progress
            True for a progress bar on standard error, or a function called with the
            slices done and their number.
        checkpoint
            A file that holds the machine and this run so far, written every `every`
            seconds of simulated time (see :meth:`save`). :meth:`load` and a run to the
            same moment end with the same bits as the run that nothing stopped.
        every
            Simulated seconds between checkpoints; a tenth of the run if omitted.

        Returns
        -------
        Run
            What happened from `env.now` to `until`. A machine that was loaded from the
            checkpoint of a run goes on with that run: from its start.
            An interruption (Ctrl-C) of a run with `progress` or `checkpoint` ends it
            early: ``info["stopped"]`` is then "interrupted". Other runs raise the
            KeyboardInterrupt; either way the machine can go on.

        Raises
        ------
        ValueError
            If `until` is not after `env.now` or so late that a float cannot tell events
            apart, if `trace_every` or `every` is not positive, or if a loaded run was
            recorded or traced otherwise.
        RuntimeError
            If there is something that a checkpoint cannot hold.
        """
        self._engine.resume()
        start = float(self.env.now)
        if not math.isfinite(until) or until <= start:
            msg = f"until must be after the present, {start} s, not {until}"
            raise ValueError(msg)
        self._check_clock(until)
        if trace_every is not None and not (
            math.isfinite(trace_every) and until + trace_every > until
        ):
            msg = (
                f"trace_every must be a time > 0 that a clock near {until} s "
                f"resolves, not {trace_every}"
            )
            raise ValueError(msg)
        window = self._open(record, trace_every)
        if trace_every is not None:
            window.sampler = self.env.process(watch(self, window, until))
        stopped = False
        try:
            if progress is False and checkpoint is None:
                run_to(self.env, until)
            else:
                stopped = self._run_sliced(until, progress, checkpoint, every)
        finally:
            self._window = None
        return report(self, window, stopped)

    def _open(self, record: bool, trace_every: float | None) -> Window:
        """Begin to measure, or go on with what a checkpoint had measured."""
        if self._window is not None and self._window.loaded:
            self._window.check_same(record, trace_every)
            self._window.loaded = False
            return self._window
        self._engine.measure(record)
        self._window = Window(float(self.env.now), record, trace_every)
        if record:
            self._window.initial = self.state
            held = np.flatnonzero(self._held)
            self._window.note_clamps(self._window.start, held, self._held[held])
        return self._window

    def _run_sliced(
        self,
        until: float,
        progress: Progress,
        checkpoint: str | os.PathLike[str] | None,
        every: float | None,
    ) -> bool:
        """Run slice by slice; True if it was interrupted after some of it."""
        start = float(self.env.now)
        moments = slices(start, until, every if checkpoint is not None else None)
        with reporting(progress, len(moments), "slice") as tell:
            try:
                for k, moment in enumerate(moments, 1):
                    run_to(self.env, moment.time)
                    tell(k, len(moments))
                    if checkpoint is not None and moment.saves:
                        self.save(checkpoint)
            except KeyboardInterrupt:
                if self.engine != "compiled":
                    raise  # it struck inside a process, which has ended
                self._engine.resume()
                if self.env.now == start:
                    raise
                return True
        return False

    def save(self, path: str | os.PathLike[str], *, alone: bool = True) -> None:
        """Write the machine to an npz file: at once or not at all, without pickle.

        The file holds what :meth:`load` needs to go on with the same bits: states,
        clocks, signals under way, clamps, beta, the seed, the design, and a run that is
        being made. It does not hold the circuit, nor processes of yours on `env`: simpy
        processes are Python code half-way through, which no file can hold.

        Parameters
        ----------
        path
            The file.
        alone
            Refuse to save where processes of others wait on `env` (a schedule, a
            controller, another machine), which a loaded machine would lack. False
            saves the machine without them.

        Raises
        ------
        RuntimeError
            If there are such processes, or the engine is the reference engine, whose
            own parts are simpy processes.
        """
        from hardware import checkpoint

        checkpoint.save(self, path, alone=alone)

    @classmethod
    def load(
        cls,
        path: str | os.PathLike[str],
        circuit: PCircuit,
        max_bytes: int = io.MAX_BYTES,
    ) -> Machine:
        """Return the machine that :meth:`save` wrote, on an environment of its own.

        Raises
        ------
        ValueError
            If the file is damaged, too large or of another kind, or if the circuit is
            not the one that the machine ran.
        OSError
            If it cannot be read at all.
        """
        from hardware import checkpoint

        return checkpoint.load(cls, path, circuit, max_bytes)

    def _check_clock(self, time: float) -> None:
        """Check that a float near `time` resolves what happens in the machine."""
        step = float(np.spacing(time))
        if step > RESOLUTION * self._shortest_wait:
            msg = (
                f"times near {time} s are {step:.2g} s apart, too coarse for a machine "
                f"with an event every {self._shortest_wait:.2g} s: start the clock nearer 0"
            )
            raise ValueError(msg)

    def __repr__(self) -> str:
        """Say the design, the size and the moment."""
        return (
            f"Machine({self.design.name!r}, n={self.circuit.n}, "
            f"engine={self.engine!r}, now={self.env.now} s)"
        )

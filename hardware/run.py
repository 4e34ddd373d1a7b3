"""What one call of ``Machine.run`` saw."""

from __future__ import annotations

import os
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from hardware.engines.base import UpdateLog
from hardware.engines.state import MAX_OCCUPANCY
from pbit import io
from pbit.checks import Floats, States

if TYPE_CHECKING:
    from hardware.costs import Cost
    from pbit.model import PCircuit

KIND = "machine-run"


@dataclass(frozen=True)
class Trace:
    """Samples of a machine taken at regular intervals.

    Attributes
    ----------
    times
        Simulated seconds, shape (k,).
    magnetization
        Mean of m over all p-bits, shape (k,).
    energies
        Energy of the state, shape (k,); empty for circuits that have none.
    """

    times: Floats
    magnetization: Floats
    energies: Floats


@dataclass(frozen=True, eq=False)
class Run:
    """What a machine did between two moments; arrays are read-only.

    Attributes
    ----------
    start, end
        Simulated seconds on the environment's clock.
    updates, flips
        Draws of a state by p-bits that were not clamped, and those that changed it.
        Papers often say "flips" for updates.
    energy_joules
        What the design's energy table makes of them; None where it has none.
    magnetization
        Time average of every m_i, shape (n,).
    best
        (state, energy) of the lowest energy that the machine went through; None for a
        circuit of directed weights, which has no energy.
    state
        State at the end, shape (n,).
    trace
        Regular samples, if `trace_every` asked for them.
    log
        Every update (times, pbits, states), if `record` asked for it.
    initial
        State at the start, before any clamp of that very instant, shape (n,), with a log.
    clamps
        Every clamp (times, pbits, states) and release (state 0), with a log; p-bits that
        were held before are listed at the start.
    labels
        Names of the p-bits.
    info
        How the run was made: version, seed, design, engine, beta.
    """

    start: float
    end: float
    updates: int
    flips: int
    energy_joules: float | None
    magnetization: Floats
    best: tuple[States, float] | None
    state: States
    seconds_per_state: Floats | None = field(repr=False)
    trace: Trace | None = field(repr=False, default=None)
    log: UpdateLog | None = field(repr=False, default=None)
    initial: States | None = field(repr=False, default=None)
    clamps: UpdateLog | None = field(repr=False, default=None)
    labels: Sequence[Hashable] = field(repr=False, default=())
    info: Mapping[str, Any] = field(repr=False, default_factory=dict)

    def __post_init__(self) -> None:
        """Freeze the arrays."""
        arrays: list[Any] = [self.magnetization, self.state, self.seconds_per_state]
        arrays.append(self.initial)
        arrays += [self.best[0] if self.best else None]
        for table in (self.trace, self.log, self.clamps):
            arrays += vars(table).values() if table is not None else []
        for array in arrays:
            if array is not None:
                array.flags.writeable = False

    @property
    def elapsed(self) -> float:
        """Simulated seconds from start to end."""
        return self.end - self.start

    @property
    def occupancy(self) -> Floats:
        """Time-weighted probability of each of the 2**n states, little-endian.

        Raises
        ------
        ValueError
            If there are more than 20 p-bits.
        """
        if self.seconds_per_state is None:
            msg = f"occupancy needs n <= 20 p-bits, not {self.state.size}"
            raise ValueError(msg)
        return np.asarray(self.seconds_per_state / self.seconds_per_state.sum())

    @property
    def updates_per_second(self) -> float:
        """Updates per simulated second, of the whole machine."""
        return self.updates / self.elapsed

    @property
    def flips_per_second(self) -> float:
        """Flips per simulated second, of the whole machine."""
        return self.flips / self.elapsed

    def cost(self, circuit: PCircuit) -> Cost:
        """Return what the run cost: rates, utilisation, joules, area.

        Parameters
        ----------
        circuit
            What the machine ran; the run itself does not hold it.

        Returns
        -------
        Cost
            Every figure with its interval, status and source; see :func:`hardware.cost`.
        """
        from hardware.costs import cost

        if circuit.n != self.state.size:
            msg = (
                f"circuit must have the run's {self.state.size} p-bits, not {circuit.n}"
            )
            raise ValueError(msg)
        return cost(
            circuit,
            self.info["design"],
            updates=self.updates,
            flips=self.flips,
            elapsed=self.elapsed,
        )

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the run to an npz file, at once or not at all."""
        arrays: dict[str, Any] = {
            "magnetization": self.magnetization,
            "state": self.state,
        }
        if self.seconds_per_state is not None:
            arrays["seconds_per_state"] = self.seconds_per_state
        if self.best is not None:
            arrays["best_state"] = self.best[0]
        if self.trace is not None:
            arrays["trace_times"] = self.trace.times
            arrays["trace_magnetization"] = self.trace.magnetization
            arrays["trace_energies"] = self.trace.energies
        if self.log is not None:
            arrays["log_times"] = self.log.times
            arrays["log_pbits"] = self.log.pbits
            arrays["log_states"] = self.log.states
        if self.initial is not None:
            arrays["initial"] = self.initial
        if self.clamps is not None:
            arrays["clamp_times"] = self.clamps.times
            arrays["clamp_pbits"] = self.clamps.pbits
            arrays["clamp_states"] = self.clamps.states
        header = {
            "kind": KIND,
            "start": self.start,
            "end": self.end,
            "updates": self.updates,
            "flips": self.flips,
            "energy_joules": self.energy_joules,
            "best_energy": None if self.best is None else self.best[1],
            "labels": io.labels_to_json(self.labels),
            "info": dict(self.info),
        }
        io.write_npz(path, arrays, header)

    @classmethod
    def load(cls, path: str | os.PathLike[str], max_bytes: int = io.MAX_BYTES) -> Run:
        """Read what :meth:`save` wrote.

        Parameters
        ----------
        path
            The file.
        max_bytes
            Largest total size of the arrays that may be allocated.

        Raises
        ------
        ValueError
            If the file is damaged, too large or of another kind; it names the path.
        OSError
            If it cannot be read at all.
        """
        arrays, header = io.read_npz(
            path, KIND, required=("magnetization", "state"), max_bytes=max_bytes
        )
        try:
            return cls(**_fields(arrays, header))
        except KeyError as error:
            msg = f"{os.fspath(path)}: {error.args[0]!r} is missing"
            raise ValueError(msg) from error
        except (TypeError, ValueError) as error:
            msg = f"{os.fspath(path)}: {error}"
            raise ValueError(msg) from error


def _fields(arrays: io.Arrays, header: Mapping[str, Any]) -> dict[str, Any]:
    """Return a Run's fields from what a file holds, or raise a KeyError or ValueError."""
    n = arrays["state"].size
    trace = log = best = clamps = None
    if "trace_times" in arrays:
        trace = Trace(*(arrays[f"trace_{key}"] for key in _TRACE))
    if "log_times" in arrays:
        log = UpdateLog(*(arrays[f"log_{key}"] for key in _LOG))
        _check_shapes(arrays, [f"log_{key}" for key in _LOG], log.n)
    if "clamp_times" in arrays:
        clamps = UpdateLog(*(arrays[f"clamp_{key}"] for key in _LOG))
        _check_shapes(arrays, [f"clamp_{key}" for key in _LOG], clamps.n)
    if "best_state" in arrays:
        best = (arrays["best_state"], float(header["best_energy"]))
    _check_shapes(arrays, ["state", "magnetization", "best_state", "initial"], n)
    if n <= MAX_OCCUPANCY:
        _check_shapes(arrays, ["seconds_per_state"], 2**n)
    names = ("start", "end", "updates", "flips", "energy_joules", "info")
    return {name: header[name] for name in names} | {
        "magnetization": arrays["magnetization"],
        "best": best,
        "state": arrays["state"],
        "seconds_per_state": arrays.get("seconds_per_state"),
        "trace": trace,
        "log": log,
        "initial": arrays.get("initial"),
        "clamps": clamps,
        "labels": io.labels_from_json(header["labels"], n),
    }


def _check_shapes(arrays: io.Arrays, names: Iterable[str], size: int) -> None:
    for name in names:
        if name in arrays and arrays[name].shape != (size,):
            shape = arrays[name].shape
            msg = f"array {name!r} must have shape ({size},), not {shape}"
            raise ValueError(msg)


_TRACE = ("times", "magnetization", "energies")
_LOG = ("times", "pbits", "states")


def as_trace(samples: list[tuple[float, float, float]]) -> Trace:
    """Return samples (time, magnetization, energy or NaN) as a trace."""
    table = np.array(samples, dtype=np.float64).reshape(-1, 3)
    energies = table[:, 2]
    return Trace(table[:, 0], table[:, 1], energies[~np.isnan(energies)])

"""A machine as a file: everything that changes while it runs, packed into a few arrays."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import simpy
from numpy.typing import NDArray
from simpy.core import StopSimulation

from hardware.engines.base import UpdateLog
from hardware.engines.compiled import CompiledEngine
from hardware.pieces import Window
from pbit import io
from pbit.model import PCircuit
from pbit.random import sequence_of

if TYPE_CHECKING:
    from hardware.machine import Machine

KIND = "machine"
STATIC = ("wiring", "timing")  # made again from the design, the circuit and the seed


def save(machine: Machine, path: str | os.PathLike[str], *, alone: bool) -> None:
    """Write a machine to a file; see :meth:`hardware.Machine.save`."""
    engine = _compiled(machine)
    _ = engine.states  # brings the engine to the present, or raises
    if alone:
        _check_alone(machine, engine)
    window = machine._window
    engine._drain_log()
    arrays, index = _pack(dict(_arrays_of(engine)))
    if window is not None:
        _add_window(arrays, window, engine)
    header = {
        "kind": KIND,
        "index": index,
        "design": machine.design.to_dict(),
        "rng": machine._entropy,
        "body": machine._body.entropy,
        "made": machine._made,
        "now": float(machine.env.now),
        "beta": machine.beta,
        "circuit": fingerprint(machine.circuit),
        "window": None
        if window is None
        else {
            "start": window.start,
            "record": window.record,
            "trace_every": window.trace_every,
        },
    }
    arrays["held"] = machine._held
    arrays["weights"], arrays["biases"] = machine._programmed
    io.write_npz(path, arrays, header)


def load(
    cls: type[Machine], path: str | os.PathLike[str], circuit: PCircuit, max_bytes: int
) -> Machine:
    """Return the machine of a file; see :meth:`hardware.Machine.load`."""
    arrays, header = io.read_npz(path, KIND, required=("held",), max_bytes=max_bytes)
    try:
        if header["circuit"] != fingerprint(circuit):
            msg = "the circuit is not the one that the machine ran"
            raise ValueError(msg)
        machine = cls(
            circuit,
            header["design"],
            sequence_of(header["rng"]),
            env=simpy.Environment(header["made"]),
            beta=header["beta"],
            body=sequence_of(header["body"]),
            programmed=(arrays["weights"], arrays["biases"]),
        )
        engine = _compiled(machine)
        _restore(engine, _unpack(arrays, header["index"]))
        machine._held[...] = arrays["held"]
        window = header["window"]
        if window is not None:
            machine._window = _read_window(arrays, window, engine)
        engine.resume()
        if float(machine.env.now) != header["now"]:
            msg = f"its clocks do not agree: {machine.env.now} s, {header['now']} s"
            raise ValueError(msg)
    except KeyError as error:
        msg = f"{os.fspath(path)}: {error.args[0]!r} is missing"
        raise ValueError(msg) from error
    except (TypeError, ValueError, IndexError) as error:
        msg = f"{os.fspath(path)}: {error}"
        raise ValueError(msg) from error
    return machine


def fingerprint(circuit: PCircuit) -> str:
    """Return a hash of a circuit's weights and biases."""
    digest = hashlib.sha256()
    weights = circuit.weights
    for array in (weights.indptr, weights.indices, weights.data, circuit.h):
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def _compiled(machine: Machine) -> CompiledEngine:
    engine = machine._engine
    if not isinstance(engine, CompiledEngine):
        msg = (
            "only machines of the compiled engine can be saved: the parts of the "
            "reference engine are simpy processes"
        )
        raise RuntimeError(msg)
    return engine


def _check_alone(machine: Machine, engine: CompiledEngine) -> None:
    """Check that nothing waits on the environment but the machine itself."""
    window = machine._window
    own = {engine.conductor.process, window.sampler if window is not None else None}
    others = len(engine.conductor.passengers) - 1
    # simpy has no public way to ask what is scheduled.
    for _time, _priority, _number, event in machine.env._queue:
        for callback in event.callbacks or ():
            waiting = getattr(callback, "__self__", None)  # StopSimulation ends env.run
            others += waiting is not StopSimulation and waiting not in own
    if others:
        msg = (
            f"{others} others wait on the machine's environment (processes, machines), "
            f"and a file cannot hold them: save without them with alone=False"
        )
        raise RuntimeError(msg)


def _arrays_of(engine: CompiledEngine) -> Iterator[tuple[str, NDArray[Any]]]:
    """Give every array of the engine that may change, with the path to it."""
    for name, value in sorted(vars(engine).items()):
        if name not in STATIC:
            yield from _walk(name, value)


def _walk(path: str, value: Any) -> Iterator[tuple[str, NDArray[Any]]]:
    if isinstance(value, np.ndarray):
        yield path, value
    elif hasattr(value, "_fields"):
        for name in value._fields:
            yield from _walk(f"{path}.{name}", getattr(value, name))


def _pack(
    parts: Mapping[str, NDArray[Any]],
) -> tuple[dict[str, NDArray[Any]], list[list[Any]]]:
    """Return one array a type of number, and where in them each part is."""
    heaps: dict[str, list[NDArray[Any]]] = {}
    index: list[list[Any]] = []
    for path, array in parts.items():
        kind = array.dtype.name
        index.append([path, kind, list(array.shape)])
        heaps.setdefault(kind, []).append(array.reshape(-1))
    return {f"all_{kind}": np.concatenate(heap) for kind, heap in heaps.items()}, index


def _unpack(arrays: io.Arrays, index: list[list[Any]]) -> dict[str, NDArray[Any]]:
    parts: dict[str, NDArray[Any]] = {}
    used: dict[str, int] = {}
    for path, kind, shape in index:
        first = used.get(kind, 0)
        used[kind] = first + int(np.prod(shape, dtype=np.int64))
        parts[path] = arrays[f"all_{kind}"][first : used[kind]].reshape(shape)
    return parts


def _restore(engine: CompiledEngine, parts: Mapping[str, NDArray[Any]]) -> None:
    """Put arrays in their places: into those that are there where they fit."""
    for name, value in sorted(vars(engine).items()):
        if name not in STATIC and hasattr(value, "_fields"):
            setattr(engine, name, _filled(name, value, parts))
        elif name not in STATIC and isinstance(value, np.ndarray):
            value[...] = parts[name]


def _filled(path: str, value: Any, parts: Mapping[str, NDArray[Any]]) -> Any:
    changed: dict[str, Any] = {}
    for name in value._fields:
        where, present = f"{path}.{name}", getattr(value, name)
        if hasattr(present, "_fields"):
            changed[name] = _filled(where, present, parts)
        elif isinstance(present, np.ndarray):
            saved = parts[where]
            if saved.dtype != present.dtype:
                msg = f"{where} must be of {present.dtype}, not {saved.dtype}"
                raise ValueError(msg)
            # In place where sizes agree: arrays may be one another's (what readers see
            # through instant synapses is the state itself).
            if saved.shape == present.shape:
                present[...] = saved
            else:
                changed[name] = saved.copy()
    return value._replace(**changed)


def _add_window(
    arrays: dict[str, NDArray[Any]], window: Window, engine: CompiledEngine
) -> None:
    """Add what a run has gathered so far."""
    arrays["samples"] = np.array(window.samples, np.float64).reshape(-1, 3)
    clamps = window.clamps()
    if clamps is not None and window.initial is not None:
        log = engine.logs
        arrays["initial"] = window.initial
        arrays["clamp_times"], arrays["clamp_pbits"] = clamps.times, clamps.pbits
        arrays["clamp_states"] = clamps.states
        arrays["log_times"] = np.concatenate(
            [np.empty(0), *(part.times for part in log)]
        )
        none: NDArray[Any] = np.empty(0, np.int32)
        arrays["log_pbits"] = np.concatenate([none, *(part.pbits for part in log)])
        none = np.empty(0, np.int8)
        arrays["log_states"] = np.concatenate([none, *(part.states for part in log)])


def _read_window(
    arrays: io.Arrays, said: Mapping[str, Any], engine: CompiledEngine
) -> Window:
    """Return the run that goes on, and give the engine its log."""
    window = Window(said["start"], said["record"], said["trace_every"], loaded=True)
    window.samples = [(a, b, c) for a, b, c in arrays["samples"].tolist()]
    if window.record:
        window.initial = arrays["initial"]
        columns = [
            arrays[f"clamp_{name}"].tolist() for name in ("times", "pbits", "states")
        ]
        window.marks = list(zip(*columns, strict=True))
        names = ("log_times", "log_pbits", "log_states")
        engine.logs = [UpdateLog(*(arrays[name] for name in names))]
        engine.record = True
    return window

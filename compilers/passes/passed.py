"""What every pass returns: a program that still speaks its original's language."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any, Concatenate, ParamSpec, Protocol, cast, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from compilers.program import Program
from pbit.checks import States, check_states
from pbit.model import IsingModel, PCircuit
from pbit.polynomial import PolynomialModel

P = ParamSpec("P")
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
GONE = -1  # place of a p-bit that a pass removed


class Way:
    """The way between the states before a pass and after it; here they are the same.

    Parameters
    ----------
    place
        Number, after the pass, of the p-bit that stands for each p-bit before it, or -1
        if it was removed; shape (n_before,).
    """

    def __init__(self, place: Ints) -> None:
        self.place = place

    def back(self, states: States) -> States:
        """Return states before the pass, shape (k, n_before), from (k, n_after)."""
        return np.ascontiguousarray(states[:, self.place])

    def lift(self, states: States) -> States:
        """Return states after the pass that `back` takes to these."""
        return states

    def broken(self, states: States) -> Bools:
        """Say of which p-bits, shape (k, n_before), the copies disagree."""
        return np.zeros((len(states), self.place.size), bool)

    def forward(self, clamp: Mapping[int, int], labels: Any) -> dict[int, int]:
        """Return what to hold after the pass to hold these p-bits, by number.

        Raises
        ------
        ValueError
            If one of them was removed.
        """
        for i in clamp:
            if self.place[i] == GONE:
                msg = (
                    f"p-bit {labels[i]!r} cannot be clamped: a pass removed it; "
                    "name it in `keep`, or clamp it before the pass"
                )
                raise ValueError(msg)
        return {int(self.place[i]): state for i, state in clamp.items()}


@dataclass(frozen=True, eq=False, repr=False)
class Passed(Program):
    """A program after a pass: other p-bits, the same problem, buses and answers.

    ``buses`` name p-bits of this program, of copies the first; a bus of which a pass
    removed a p-bit is not among them, though its number is still decoded. `clamp` takes
    the original's labels and buses; `decode`, `check` and `objective` speak the
    original's terms. What each pass did and cost is in ``provenance["passes"]``, a list
    of dictionaries.

    Attributes
    ----------
    original
        The program before this pass, which may be one that was passed, too.
    way
        The way back from this program's states to the original's.
    results
        What a pass found out and is not plain data: a colouring, a partition.
    """

    original: Program = field(kw_only=True)
    way: Way = field(kw_only=True)
    results: Mapping[str, Any] = field(kw_only=True, default_factory=dict)

    @property
    def source(self) -> Program:
        """The program before all passes."""
        return (
            self.original.source if isinstance(self.original, Passed) else self.original
        )

    @property
    def passes(self) -> list[dict[str, Any]]:
        """What the passes did, first to last: ``provenance["passes"]``."""
        return list(self.provenance["passes"])

    @property
    def exact(self) -> bool:
        """Whether ground states decode exactly to the source's, after all passes."""
        return all(entry["exact"] for entry in self.passes)

    def restore(self, states: ArrayLike) -> States:
        """Return the states of the source's p-bits, shape (..., source.n)."""
        m = check_states(states, self.n)
        shape = m.shape[:-1]
        rows = self.way.back(m.reshape(-1, self.n))
        inner = self.original
        if isinstance(inner, Passed):
            rows = inner.restore(rows)
        return rows.reshape(*shape, rows.shape[1])

    def lift(self, states: ArrayLike) -> States:
        """Return the states that stand for these of the source, copies all equal."""
        inner = self.original
        m = inner.lift(states) if isinstance(inner, Passed) else states
        checked = check_states(m, inner.n)
        rows = self.way.lift(checked.reshape(-1, inner.n))
        return rows.reshape(*checked.shape[:-1], self.n)

    def broken(self, state: ArrayLike) -> list[Hashable]:
        """Return the p-bits whose copies disagree in a state of shape (n,).

        They are named as before the pass that made the copies. A decoded answer takes
        the majority; where there are broken copies it may have to be distrusted.
        """
        m = check_states(state, self.n, "state")[None]
        mine = np.flatnonzero(self.way.broken(m)[0])
        labels = [self.original.model.labels[i] for i in mine.tolist()]
        if isinstance(self.original, Passed):
            labels += self.original.broken(self.way.back(m)[0])
        return labels

    def decode(self, state: ArrayLike) -> dict[Hashable, int]:
        """Return the solution that one state of shape (n,) spells, in the source's terms."""
        return self.source.decode(self.restore(self._one(state)))

    def violations(self, state: ArrayLike) -> list[str]:
        """Return the names of the gates that are broken once one state is taken back.

        Raises
        ------
        TypeError
            If what was compiled is no logic.
        """
        return self.source.violations(self.restore(self._one(state)))

    def _one(self, state: ArrayLike) -> States:
        m = check_states(state, self.n, "state")
        if m.ndim != 1:
            msg = f"state must have shape ({self.n},), not {m.shape}"
            raise ValueError(msg)
        return m

    def clamp(
        self, states: Mapping[Hashable, int] | None = None, /, **buses: int
    ) -> dict[Hashable, int]:
        """Return a clamp for samplers and machines; every copy is held.

        Parameters are the source's labels and buses, as in `Program.clamp`.

        Raises
        ------
        KeyError, TypeError, ValueError
            As in `Program.clamp`; also if a pass removed the p-bit.
        """
        inner = self.original
        held = inner.clamp(states, **buses)
        numbers = {inner.model.index(label): value for label, value in held.items()}
        there = self.way.forward(numbers, inner.model.labels)
        return {self.model.labels[i]: value for i, value in there.items()}


def passed(
    program: Program,
    name: str,
    model: PCircuit,
    way: Way,
    report: Mapping[str, Any],
    *,
    exact: bool,
    keeps: str,
    factor: float = 1.0,
    results: Mapping[str, Any] | None = None,
) -> Passed:
    """Return the program after a pass, with the pass recorded.

    Parameters
    ----------
    exact
        Whether the ground states decode exactly to the original's ground states.
    keeps
        What the pass keeps, in words.
    factor
        What energies were multiplied by.
    """
    entry = {
        "pass": name,
        "exact": exact,
        "keeps": keeps,
        "n": [program.n, model.n],
        "couplings": [count_couplings(program.model), count_couplings(model)],
        "energy_factor": factor,
        **report,
    }
    provenance = {**program.provenance, "n": model.n}
    provenance["passes"] = [*program.provenance.get("passes", []), entry]
    if "offset" in provenance and isinstance(model, IsingModel):
        provenance["offset"] = model.offset
    if provenance.get("ground_energy") is not None:
        energy = provenance["ground_energy"] * factor
        provenance["ground_energy"] = energy if exact else None
    return Passed(
        model,
        program.problem,
        provenance,
        _buses(program, model, way),
        original=program,
        way=way,
        results=results or {},
    )


def _buses(
    program: Program, model: PCircuit, way: Way
) -> dict[str, tuple[Hashable, ...]]:
    """Return the buses over the new p-bits; one that lost a bit is none any more."""
    places = way.place.tolist()
    numbers = {
        bus: [places[program.model.index(bit)] for bit in bits]
        for bus, bits in program.buses.items()
    }
    return {
        bus: tuple(model.labels[place] for place in found)
        for bus, found in numbers.items()
        if GONE not in found
    }


def count_couplings(model: Any) -> int:
    """Return how many pairs are coupled, or how many terms a polynomial has."""
    if isinstance(model, PolynomialModel):
        return model.n_terms
    return model.n_edges // 2 if isinstance(model, IsingModel) else int(model.n_edges)


def energy_factor(program: Program) -> float:
    """Return what all passes together multiplied the source's energies by."""
    factor = 1.0
    for entry in program.provenance.get("passes", []):
        factor *= entry["energy_factor"]
    return factor


def ising(program: Program, name: str) -> IsingModel:
    """Return the program's model if it is pairwise and has an energy.

    Raises
    ------
    TypeError
        If it has directed wires or terms of three p-bits or more.
    """
    model: Any = program.model
    if isinstance(model, PolynomialModel):
        msg = f"{name} needs pairwise couplings, not {model!r}: `reduce` it first"
        raise TypeError(msg)
    if not isinstance(model, IsingModel):
        msg = f"{name} needs an IsingModel, which has an energy, not {model!r}"
        raise TypeError(msg)
    return model


class Step:
    """A pass with its settings, waiting for a program."""

    def __init__(
        self,
        function: Callable[..., Passed],
        args: tuple[Any, ...],
        settings: dict[str, Any],
    ) -> None:
        self._function, self._args, self._settings = function, args, settings

    def __call__(self, program: Program) -> Passed:
        """Return the program after the pass."""
        return self._function(program, *self._args, **self._settings)

    def __repr__(self) -> str:
        """Show the pass as it was written."""
        parts = [*map(repr, self._args)]
        parts += [f"{name}={value!r}" for name, value in self._settings.items()]
        return f"{self._function.__name__}({', '.join(parts)})"


class PassFunction(Protocol[P]):
    """A pass: called with a program it runs, without one it is a `Step`."""

    @overload
    def __call__(
        self, program: Program, /, *args: P.args, **kwargs: P.kwargs
    ) -> Passed: ...
    @overload
    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> Step: ...


def as_pass(function: Callable[Concatenate[Program, P], Passed]) -> PassFunction[P]:
    """Let a pass be called without its program, to be a step of a pipeline."""
    signature = inspect.signature(function)

    @functools.wraps(function)
    def call(*args: Any, **settings: Any) -> Any:
        if (args and isinstance(args[0], Program)) or "program" in settings:
            return function(*args, **settings)
        signature.bind(None, *args, **settings)  # a wrong setting is said here and now
        return Step(function, args, settings)

    return cast("PassFunction[P]", call)

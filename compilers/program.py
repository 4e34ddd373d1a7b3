"""Program: couplings together with the way back to the problem they came from."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import ArrayLike

from pbit.checks import States, check_states
from pbit.model import PCircuit

Sense = Literal["max", "min"]


class Problem(Protocol):
    """What a compiler has to know about its problem, in the problem's own terms.

    Nothing here may look at energies: answers are judged by the problem alone.
    """

    @property
    def sense(self) -> Sense:
        """Whether a larger ("max") or a smaller ("min") objective is better."""

    def decode(self, state: States) -> dict[Hashable, int]:
        """Return the solution that a state of shape (n,) spells."""

    def objective(self, solution: Mapping[Hashable, int]) -> float:
        """Return the value of a solution; a ValueError says why it is none."""

    def check(self, solution: Mapping[Hashable, int]) -> bool:
        """Say whether a solution is feasible (optimization) or true (logic)."""


@dataclass(frozen=True, eq=False, repr=False)
class Program:
    """What every compiler returns: p-bits to run, and how to read them.

    Attributes
    ----------
    model
        The p-circuit; a :class:`pbit.IsingModel` unless its wires are directed.
    problem
        The problem that was compiled, the judge of its solutions.
    provenance
        How the program came about: ``what``, ``how``, ``source``, ``sha256``,
        ``version`` and sizes. Plain data, ready for JSON.
    buses
        Name -> labels of its p-bits, little-endian; empty for problems without buses.

    Examples
    --------
    >>> import compilers
    >>> program = compilers.multiplier(2, 2)
    >>> program.clamp(P=6)
    {'P[0]': -1, 'P[1]': 1, 'P[2]': 1, 'P[3]': -1}
    >>> program.check({"A": 2, "B": 3, "P": 6})
    True
    """

    model: PCircuit
    problem: Problem
    provenance: Mapping[str, Any]
    buses: Mapping[str, tuple[Hashable, ...]] = field(default_factory=dict)

    @property
    def n(self) -> int:
        """Number of p-bits."""
        return self.model.n

    @property
    def sense(self) -> Sense:
        """Whether a larger ("max") or a smaller ("min") objective is better."""
        return self.problem.sense

    @property
    def signed(self) -> frozenset[str]:
        """Buses whose numbers are in two's complement; the others are unsigned."""
        return frozenset(getattr(self.problem, "signed", ()))

    def clamp(
        self, states: Mapping[Hashable, int] | None = None, /, **buses: int
    ) -> dict[Hashable, int]:
        """Return a clamp for samplers and machines, ``{label: ±1}``.

        Parameters
        ----------
        states
            States of single p-bits, -1 or +1, by label; a bus may stand here by name
            as well, with its number.
        **buses
            Numbers that buses are held at, ``0 <= number < 2**width``, or from
            ``-2**(width − 1)`` to below ``2**(width − 1)`` for a signed bus.

        Raises
        ------
        KeyError
            If there is no such bus or p-bit; the message gives the nearest names.
        TypeError
            If a value is not a whole number.
        ValueError
            If a number does not fit its bus, a state is not ±1, or two demands on one
            p-bit contradict each other.
        """
        held: dict[Hashable, int] = {}
        for name, value in [*(states or {}).items(), *buses.items()]:
            wanted = self._held(name, value, keyword=name in buses)
            for label, state in wanted:
                if held.setdefault(label, state) != state:
                    msg = f"p-bit {label!r} is clamped to -1 and to +1 at once"
                    raise ValueError(msg)
        return held

    def _held(
        self, name: Hashable, value: Any, *, keyword: bool
    ) -> list[tuple[Hashable, int]]:
        labels = self.buses.get(name) if isinstance(name, str) else None
        if labels is not None:
            signed = name in self.signed
            number = check_number(str(name), value, len(labels), signed=signed)
            states = (2 * (number >> k & 1) - 1 for k in range(len(labels)))
            return list(zip(labels, states, strict=True))
        if keyword:
            raise KeyError(_no_bus(str(name), list(self.buses)))
        try:
            self.model.index(name)
        except KeyError:
            if isinstance(name, str) and self.buses:
                raise KeyError(_no_bus(name, list(self.buses))) from None
            raise
        if isinstance(value, bool) or not isinstance(value, int | np.integer):
            msg = f"the state of p-bit {name!r} must be a whole number, not {value!r}"
            raise TypeError(msg)
        if value not in (-1, 1):
            msg = f"the state of p-bit {name!r} must be -1 or +1, not {value}"
            raise ValueError(msg)
        return [(name, int(value))]

    def decode(self, state: ArrayLike) -> dict[Hashable, int]:
        """Return the solution that one state spells, in the problem's own terms.

        Parameters
        ----------
        state
            One state of ±1, shape (n,).

        Returns
        -------
        dict
            Bus -> number for logic, node -> 0 or 1 for graphs.
        """
        m = check_states(state, self.n, "state")
        if m.ndim != 1:
            msg = f"state must have shape ({self.n},), not {m.shape}"
            raise ValueError(msg)
        return self.problem.decode(m)

    def check(self, solution: Mapping[Hashable, int]) -> bool:
        """Say whether a solution is feasible or true, by the problem, not by energy.

        False also for what is no solution at all: names missing or unknown, values out
        of range. TypeError if `solution` is not a mapping.
        """
        return self.problem.check(_as_mapping(solution))

    def objective(self, solution: Mapping[Hashable, int]) -> float:
        """Return the value of a solution: cut weight, wrong output bits ...

        Raises
        ------
        TypeError, ValueError
            If it is no solution: a name is missing or unknown, a value out of range.
        """
        return self.problem.objective(_as_mapping(solution))

    def violations(self, state: ArrayLike) -> list[str]:
        """Return the names of the gates that are broken in one state.

        A gate is broken where its pins, auxiliary ones included, are no row of its
        truth table; so the list is empty exactly in ground states. A directed wire
        whose ends differ is listed as ``driver -> reader``, a constant bit of an output
        bus that is wrong by its own name.

        Parameters
        ----------
        state
            One state of ±1, shape (n,).

        Raises
        ------
        TypeError
            If what was compiled is no logic.
        """
        broken = getattr(self.problem, "violations", None)
        if broken is None:
            msg = f"{self.provenance['what']} has no gates that could be broken"
            raise TypeError(msg)
        m = check_states(state, self.n, "state")
        if m.ndim != 1:
            msg = f"state must have shape ({self.n},), not {m.shape}"
            raise ValueError(msg)
        return list(broken(m))

    def __repr__(self) -> str:
        """Say what was compiled, the number of p-bits, and the buses or the sense."""
        buses = " ".join(f"{name}[{len(bits)}]" for name, bits in self.buses.items())
        tail = f"buses {buses}" if buses else self.sense
        return f"Program({self.provenance['what']}: n={self.n}, {tail})"


def check_number(name: str, value: Any, width: int, *, signed: bool = False) -> int:
    """Return `value` as an int if it is a whole number of at most `width` bits."""
    if isinstance(value, bool) or not isinstance(value, int | np.integer):
        msg = f"{name} must be a whole number, not {value!r}"
        raise TypeError(msg)
    lowest = -(1 << width - 1) if signed else 0
    highest = lowest + (1 << width) - 1
    if not lowest <= value <= highest:
        bits = f"{width}{' signed' * signed} bit{'s' if width > 1 else ''}"
        msg = f"{name} must be {lowest} to {highest} ({bits}), not {value}"
        raise ValueError(msg)
    return int(value)


def as_number(bits: int, width: int, *, signed: bool) -> int:
    """Return the number that `width` bits spell: two's complement if signed."""
    return bits - (1 << width) if signed and bits >> (width - 1) & 1 else bits


def _as_mapping(solution: Any) -> Mapping[Hashable, int]:
    if not isinstance(solution, Mapping):
        msg = f"solution must be a mapping as `decode` returns, not {solution!r}"
        raise TypeError(msg)
    return solution


def _no_bus(name: str, known: list[str]) -> str:
    if not known:
        return f"this program has no buses, so none is called {name!r}"
    near = get_close_matches(name, known, n=1, cutoff=0.3)
    hint = f"did you mean {near[0]!r}? " if near else ""
    return f"no bus is called {name!r}; {hint}buses: {', '.join(known)}"

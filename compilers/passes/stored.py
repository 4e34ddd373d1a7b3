"""The ways back of passes as plain arrays, and several of them as one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from compilers.passes.copies import Copies
from compilers.passes.passed import GONE, Bools, Ints, Way
from compilers.passes.peel import Peeled
from compilers.passes.quadratize import Auxiliary, WithAuxiliaries
from pbit.checks import States, check_finite

Arrays = dict[str, NDArray[Any]]
_PARTS = {
    "copies": ("starts", "order"),
    "peeled": ("place", "taken", "parent", "J", "h"),
    "auxiliaries": ("of", "signs"),
}


class Chain(Way):
    """The way back over several passes.

    Parameters
    ----------
    ways
        The way of each pass, first to last, one at least.
    """

    def __init__(self, ways: Sequence[Way]) -> None:
        self.ways = ways
        self._places = [np.arange(ways[0].place.size)]  # of the source, before each way
        for way in ways:
            here = self._places[-1]
            there = np.where(here == GONE, GONE, way.place[here])
            self._places.append(there)
        super().__init__(self._places[-1])

    def back(self, states: States) -> States:
        """Return states before all passes."""
        for way in reversed(self.ways):
            states = way.back(states)
        return states

    def lift(self, states: States) -> States:
        """Return states after all passes."""
        for way in self.ways:
            states = way.lift(states)
        return states

    def broken(self, states: States) -> Bools:
        """Say of which p-bits copies disagree, those of copies included."""
        found = np.zeros((len(states), self.place.size), bool)
        for way, here in zip(reversed(self.ways), self._places[-2::-1], strict=True):
            left = here != GONE
            found[:, left] |= way.broken(states)[:, here[left]]
            states = way.back(states)
        return found

    def forward(self, clamp: Mapping[int, int], labels: Any) -> dict[int, int]:
        """Return what to hold after all passes."""
        held, named = dict(clamp), {i: labels[i] for i in clamp}
        for way in self.ways:
            after: dict[int, int] = {}
            names: dict[int, Any] = {}
            for i, state in held.items():
                for j in way.forward({i: state}, named):
                    after[j], names[j] = state, named[i]
            held, named = after, names
        return held


def to_arrays(ways: Sequence[Way]) -> tuple[Arrays, list[str]]:
    """Return the ways that change anything as arrays, and the kind of each.

    Raises
    ------
    TypeError
        If one is of a kind that has no such form.
    """
    arrays: Arrays = {}
    kinds: list[str] = []
    for way in ways:
        parts = _parts(way)
        if parts is None:
            continue
        kind, values = parts
        for name, value in zip(_PARTS[kind], values, strict=True):
            arrays[f"way{len(kinds)}_{name}"] = value
        kinds.append(kind)
    return arrays, kinds


def _parts(way: Way) -> tuple[str, tuple[NDArray[Any], ...]] | None:
    """Return the kind and the arrays of a way, None for one that changes nothing."""
    if isinstance(way, Copies):
        return "copies", (way.starts, way.order)
    if isinstance(way, Peeled):
        return "peeled", (way.place, way.taken, way.parent, way.J, way.h)
    if isinstance(way, WithAuxiliaries):
        of = np.full((len(way.added), 3), GONE, np.int64)
        for k, auxiliary in enumerate(way.added):
            of[k, : len(auxiliary.of)] = auxiliary.of
        signs = np.array([auxiliary.sign for auxiliary in way.added], np.int64)
        return "auxiliaries", (of, signs)
    if type(way) is Way and np.array_equal(way.place, np.arange(way.place.size)):
        return None
    msg = f"the way back of a pass cannot be saved: {type(way).__name__}"
    raise TypeError(msg)


def from_arrays(arrays: Arrays, kinds: Any, n: int) -> tuple[list[Way], int]:
    """Return the ways of a file, everything checked, and the p-bits after the last.

    Parameters
    ----------
    arrays, kinds
        As `to_arrays` returned them.
    n
        P-bits before the first.

    Raises
    ------
    ValueError
        If they are not ways between p-bits that exist.
    """
    if not isinstance(kinds, list):
        msg = f"ways must be a list of kinds, not {kinds!r}"
        raise ValueError(msg)
    ways: list[Way] = []
    for k, kind in enumerate(kinds):
        if kind not in _PARTS:
            msg = f"ways[{k}] must be one of {', '.join(_PARTS)}, not {kind!r}"
            raise ValueError(msg)
        values = []
        for part in _PARTS[kind]:
            name = f"way{k}_{part}"
            if name not in arrays:
                msg = f"array {name!r} is missing"
                raise ValueError(msg)
            values.append(arrays[name])
        try:
            way, n = _READERS[kind](n, *values)
        except (ValueError, TypeError, IndexError) as error:
            msg = f"ways[{k}], {kind}: {error}"
            raise ValueError(msg) from error
        ways.append(way)
    return ways, n


def _copies(n: int, starts: NDArray[Any], order: NDArray[Any]) -> tuple[Way, int]:
    starts, order = whole("starts", starts), whole("order", order)
    rising = starts.shape == (n + 1,) and starts[0] == 0 and (np.diff(starts) > 0).all()
    if not rising or starts[-1] != order.size:
        msg = f"starts must rise from 0 to {order.size} in {n} steps"
        raise ValueError(msg)
    _check_permutation("order", order)
    return Copies(starts, order), order.size


def _peeled(n: int, place: Any, taken: Any, parent: Any, J: Any, h: Any) -> Any:
    place, taken = whole("place", place), whole("taken", taken)
    parent = whole("parent", parent)
    J, h = np.asarray(J, np.float64), np.asarray(h, np.float64)
    if place.shape != (n,) or not taken.shape == parent.shape == J.shape == h.shape:
        msg = f"place must have shape ({n},), and the others one shape"
        raise ValueError(msg)
    left = place[place != GONE]
    _check_permutation("place", left)
    gone = np.flatnonzero(place == GONE)
    if not np.array_equal(np.sort(taken), gone):
        msg = "taken must be the p-bits that have no place"
        raise ValueError(msg)
    if parent.size and not -1 <= parent.min() <= parent.max() < n:
        msg = f"parent must be -1 to {n - 1}"
        raise ValueError(msg)
    check_finite("J", J)
    check_finite("h", h)
    return Peeled(place, taken, parent, J, h), left.size


def _auxiliaries(n: int, of: Any, signs: Any) -> tuple[Way, int]:
    of, signs = whole("of", of), whole("signs", signs)
    if of.shape != (signs.size, 3) or not (np.abs(signs) == 1).all():
        msg = f"of must have shape ({signs.size}, 3), and signs must be ±1"
        raise ValueError(msg)
    added = []
    for k, (row, sign) in enumerate(zip(of.tolist(), signs.tolist(), strict=True)):
        used = tuple(row if row[2] != GONE else row[:2])
        if min(used) < 0 or max(used) >= n + k or len(set(used)) < len(used):
            msg = f"of[{k}] must be different p-bits of 0 to {n + k - 1}, not {row}"
            raise ValueError(msg)
        added.append(Auxiliary(used, sign))
    return WithAuxiliaries(n, added), n + len(added)


_READERS: dict[str, Any] = {
    "copies": _copies,
    "peeled": _peeled,
    "auxiliaries": _auxiliaries,
}


def whole(name: str, array: NDArray[Any]) -> Ints:
    """Return an array of a file as int64 if it holds whole numbers."""
    if array.dtype.kind not in "iu":
        msg = f"{name} must be whole numbers, not {array.dtype}"
        raise ValueError(msg)
    return array.astype(np.int64)


def _check_permutation(name: str, array: Ints) -> None:
    if not np.array_equal(np.sort(array, axis=None), np.arange(array.size)):
        msg = f"{name} must hold each of 0 to {array.size - 1} once"
        raise ValueError(msg)

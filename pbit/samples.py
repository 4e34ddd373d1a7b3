"""What a sampler hands back: states, their energies, and how they were made."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pbit import io
from pbit.checks import Floats, States, check_finite, check_states

KIND = "samples"
MAX_OCCUPANCY = 20  # p-bits; the table has 2**n entries
_SHOWN = 12  # p-bits in the HTML table


@dataclass(frozen=True, eq=False, repr=False)
class SampleSet:
    """States that chains of p-bits went through; arrays are read-only.

    Parameters
    ----------
    states
        States kept, int8 of -1 and +1, shape (n_chains, n_kept, n).
    energies
        Their energies, shape (n_chains, n_kept); None for circuits that have none.
    labels
        Names of the p-bits, unique, n of them; the numbers 0 ... n-1 if empty.
    info
        How they were made (version, seed, schedule, ...), as JSON holds it: numpy
        numbers and arrays are turned into plain ones, tuples into lists.

    Raises
    ------
    TypeError, ValueError
        If shapes disagree, a state is not ±1, an energy is not finite, labels are not
        unique, or `info` has a part that JSON cannot hold.

    Examples
    --------
    >>> samples = SampleSet([[[1, -1], [1, 1]]], [[1.0, -1.0]])
    >>> samples.best
    (array([1, 1], dtype=int8), -1.0)
    >>> samples.occupancy().tolist()
    [0.0, 0.5, 0.0, 0.5]
    """

    states: States
    energies: Floats | None = None
    labels: Sequence[Hashable] = ()
    info: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Check at the door and freeze."""
        states = _as_states(self.states)
        n = states.shape[2]
        if self.energies is not None:
            energies = np.array(self.energies, dtype=np.float64)
            if energies.shape != states.shape[:2]:
                msg = (
                    f"energies must have shape {states.shape[:2]}, one a state, "
                    f"not {energies.shape}"
                )
                raise ValueError(msg)
            check_finite("energies", energies)
            energies.flags.writeable = False
            object.__setattr__(self, "energies", energies)
        object.__setattr__(self, "states", states)
        object.__setattr__(self, "labels", _as_labels(self.labels, n))
        object.__setattr__(self, "info", io.as_json("info", dict(self.info)))

    @property
    def n_chains(self) -> int:
        """Number of independent chains."""
        return int(self.states.shape[0])

    @property
    def n_kept(self) -> int:
        """Number of states kept of each chain."""
        return int(self.states.shape[1])

    @property
    def n(self) -> int:
        """Number of p-bits."""
        return int(self.states.shape[2])

    @property
    def best(self) -> tuple[States, float]:
        """The state of lowest energy, shape (n,), and its energy; the first of equals.

        Raises
        ------
        ValueError
            If the circuit has no energy.
        """
        if self.energies is None:
            msg = "these samples have no energies, so none of them is best"
            raise ValueError(msg)
        chain, kept = divmod(int(np.argmin(self.energies)), self.n_kept)
        return self.states[chain, kept], float(self.energies[chain, kept])

    @property
    def sha256(self) -> str:
        """Hash of shape, states and energies: equal where two runs gave equal bits."""
        digest = hashlib.sha256(repr(self.states.shape).encode())
        digest.update(self.states.data)
        if self.energies is not None:
            digest.update(self.energies.astype("<f8").tobytes())
        return digest.hexdigest()

    def mean(self) -> Floats:
        """Return ⟨m⟩ over all chains and kept states, shape (n,)."""
        return np.asarray(self.states.mean(axis=(0, 1), dtype=np.float64))

    def occupancy(self) -> Floats:
        """Return the fraction of samples in each of the 2**n states, little-endian.

        Raises
        ------
        ValueError
            If there are more than 20 p-bits.
        """
        if self.n > MAX_OCCUPANCY:
            msg = f"occupancy needs n <= {MAX_OCCUPANCY} p-bits, not {self.n}"
            raise ValueError(msg)
        numbers = np.zeros(self.states.shape[:2], np.int64)
        for i in range(self.n):
            numbers |= (self.states[..., i] > 0).astype(np.int64) << i
        counts = np.bincount(numbers.ravel(), minlength=2**self.n)
        return np.asarray(counts / numbers.size)

    def column(self, label: Hashable) -> States:
        """Return the states of the p-bit called `label`, shape (n_chains, n_kept)."""
        try:
            return self.states[..., self.labels.index(label)]
        except ValueError:
            msg = f"no p-bit is called {label!r}"
            raise KeyError(msg) from None

    def to_dicts(self) -> list[dict[Hashable, int]]:
        """Return every sample as a dictionary {label: ±1}, chain after chain."""
        rows = self.states.reshape(-1, self.n).tolist()
        return [dict(zip(self.labels, row, strict=True)) for row in rows]

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write everything to one file (see `pbit.io`), completely or not at all.

        Raises
        ------
        TypeError
            If a label is none of string, number, boolean, None or tuple of these.
        OSError
            If the file cannot be written.
        """
        arrays: dict[str, NDArray[Any]] = {"states": self.states}
        if self.energies is not None:
            arrays["energies"] = self.energies
        header = {
            "kind": KIND,
            "labels": io.labels_to_json(self.labels),
            "info": self.info,
        }
        io.write_npz(path, arrays, header)

    @classmethod
    def load(
        cls, path: str | os.PathLike[str], max_bytes: int = io.MAX_BYTES
    ) -> SampleSet:
        """Read what `save` wrote.

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
            path, KIND, required=("states",), max_bytes=max_bytes
        )
        states = arrays["states"]
        try:
            labels = io.labels_from_json(header.get("labels"), states.shape[-1])
            return cls(states, arrays.get("energies"), labels, header.get("info", {}))
        except (TypeError, ValueError, IndexError) as error:
            msg = f"{os.fspath(path)}: {error}"
            raise ValueError(msg) from error

    def __repr__(self) -> str:
        """Say the sizes and the lowest energy."""
        sizes = f"n_chains={self.n_chains}, n_kept={self.n_kept}, n={self.n}"
        lowest = "" if self.energies is None else f", best energy {self.best[1]:g}"
        return f"SampleSet({sizes}{lowest})"

    def _repr_html_(self) -> str:
        """Return a small table for notebooks: sizes, and ⟨m⟩ of the first p-bits."""
        means = self.mean()[:_SHOWN]
        rows = "".join(
            f"<tr><td>{escape(str(label))}</td><td>{mean:+.4f}</td></tr>"
            for label, mean in zip(self.labels, means, strict=False)
        )
        more = f"<p>and {self.n - _SHOWN} more</p>" if self.n > _SHOWN else ""
        return (
            f"<div><p>{escape(repr(self))}</p><table><tr><th>p-bit</th><th>⟨m⟩</th></tr>"
            f"{rows}</table>{more}</div>"
        )


def _as_states(states: Any) -> States:
    array = np.asarray(states)
    if array.ndim != 3 or 0 in array.shape[:2]:
        msg = f"states must have shape (n_chains, n_kept, n), not {array.shape}"
        raise ValueError(msg)
    # Fast, without a temporary array; whatever fails it is named by check_states.
    if (
        array.dtype != np.int8
        or array.size == 0
        or array.min() < -1
        or array.max() > 1
        or np.count_nonzero(array) < array.size
    ):
        array = check_states(array, array.shape[2])
    frozen = np.ascontiguousarray(array).view()
    frozen.flags.writeable = False
    return frozen


def _as_labels(labels: Sequence[Hashable], n: int) -> Sequence[Hashable]:
    if len(labels) == 0 or (isinstance(labels, range) and labels == range(n)):
        return range(n)
    names = tuple(labels)
    if len(names) != n:
        msg = f"labels must be {n} names, one a p-bit, not {len(names)}"
        raise ValueError(msg)
    seen: set[Hashable] = set()
    for name in names:
        if name in seen:
            msg = f"labels must be unique: {name!r} appears twice"
            raise ValueError(msg)
        seen.add(name)
    return names

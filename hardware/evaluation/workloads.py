"""Workloads: what a design is tried on, from a suite, a file or a circuit of yours."""

from __future__ import annotations

import hashlib
import math
import os
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from hardware.evaluation import instances
from hardware.toml import read_toml
from hardware.units import parse_quantity
from pbit.checks import check_choice, check_count, check_positive
from pbit.errors import CapacityError, ParseError
from pbit.model import IsingModel
from pbit.samplers import anneal

#: What is asked of a machine: its law, the lowest energy, or to learn a law.
KINDS = ("exact", "optimum", "learning")
MOST_ENUMERATED = 12  # p-bits of an exact workload
_SHIPPED = Path(__file__).parent / "files"


@dataclass(frozen=True, eq=False)
class Workload:
    """One thing to run on a machine, and what is known about it.

    Attributes
    ----------
    name
        What reports call it.
    kind
        "exact": the machine's law is held against Boltzmann's, so at most 12 p-bits.
        "optimum": how long until the lowest energy is found. "learning": the machine
        trains a Boltzmann machine by its own samples; at most 12 p-bits, too.
    circuit
        The couplings and biases.
    beta
        Inverse temperature: of the law; of an optimum, the last one of the ramp.
    sweeps
        Updates a p-bit: of an exact workload, altogether in all machines; of an optimum,
        of the longest run. None leaves it to the evaluation.
    until
        Simulated time in place of `sweeps`, the same for all designs: seconds, or text
        with a unit.
    optimum
        Lowest energy that is known; required of an optimum. `lowest_known` finds one.
    proven
        Whether that is proven to be the ground energy.
    clamp
        P-bits that are held, {label: ±1}.
    target
        Of a learning workload: the law to learn, shape (2**n,), little-endian.
    source
        Where it comes from.

    Raises
    ------
    TypeError, ValueError
        If an attribute breaks its rule.

    Examples
    --------
    >>> pair = Workload("pair", "exact", IsingModel({(0, 1): 1.0}), beta=0.5)
    >>> pair.n, pair.max_degree
    (2, 1)
    """

    name: str
    kind: str
    circuit: IsingModel
    beta: float = 1.0
    sweeps: int | None = None
    optimum: float | None = None
    proven: bool = False
    clamp: Mapping[Hashable, int] = field(default_factory=dict)
    target: Any = None
    source: str = ""
    until: float | str | None = None

    def __post_init__(self) -> None:
        """Check at the door."""
        check_choice("kind", self.kind, KINDS)
        given: Any = self.circuit
        if not isinstance(given, IsingModel):
            msg = f"circuit must be an IsingModel, not {given!r}"
            raise TypeError(msg)
        check_positive("beta", self.beta)
        if self.sweeps is not None:
            check_count("sweeps", self.sweeps, 1)
        if self.until is not None:
            object.__setattr__(self, "until", _time("until", self.until))
            if self.sweeps is not None:
                msg = f"until must be left out where sweeps is given, not {self.until}"
                raise ValueError(msg)
        if self.kind != "optimum" and self.n > MOST_ENUMERATED:
            msg = (
                f"circuit must have at most {MOST_ENUMERATED} p-bits in a workload of "
                f"kind {self.kind!r}, not {self.n}"
            )
            raise ValueError(msg)
        if self.kind == "optimum" and (
            self.optimum is None or not math.isfinite(self.optimum)
        ):
            msg = f"optimum must be an energy, not {self.optimum!r}"
            raise ValueError(msg)
        if self.kind == "learning":
            shape = np.shape(self.target)
            if shape != (2**self.n,):
                msg = f"target must have shape ({2**self.n},), not {shape}"
                raise ValueError(msg)

    @property
    def seconds(self) -> float | None:
        """Simulated time that `until` asks for; None where it is left out."""
        return None if self.until is None else float(self.until)

    @property
    def n(self) -> int:
        """Number of p-bits."""
        return self.circuit.n

    @property
    def max_degree(self) -> int:
        """Couplings of the p-bit that has most."""
        return int(np.diff(self.circuit.weights.indptr).max(initial=0))

    @property
    def sha256(self) -> str:
        """Hash of what is run: couplings, biases, offset, clamp and beta."""
        weights = self.circuit.weights
        digest = hashlib.sha256()
        for array in (weights.indptr, weights.indices):
            digest.update(np.asarray(array, "<i8").tobytes())
        for array in (weights.data, self.circuit.h):
            digest.update(np.asarray(array, "<f8").tobytes())
        held = sorted((self.circuit.index(k), v) for k, v in self.clamp.items())
        digest.update(repr((self.circuit.offset, self.beta, held)).encode())
        return digest.hexdigest()

    def to_dict(self) -> dict[str, Any]:
        """Return what a report says of it; the couplings themselves are left out."""
        return {
            "name": self.name,
            "kind": self.kind,
            "n": self.n,
            "couplings": self.circuit.n_edges // 2,
            "max_degree": self.max_degree,
            "beta": self.beta,
            "sweeps": self.sweeps,
            "until": self.seconds,
            "optimum": self.optimum,
            "proven": self.proven,
            "clamped": len(self.clamp),
            "sha256": self.sha256,
            "source": self.source,
        }


def suite(name: str = "quick") -> list[Workload]:
    """Return the workloads of a suite.

    Parameters
    ----------
    name
        "quick": two gates and a glass to compare laws on, a three-dimensional glass to
        solve; well below a minute a design. "full": more and larger ones, max-cut,
        factorization and learning, too.

    Raises
    ------
    ValueError
        If there is no such suite; the message names those that are.

    Examples
    --------
    >>> [workload.name for workload in suite("quick")]
    ['and', 'full-adder', 'glass-8', 'glass-3d-64']
    """
    return [_MADE[key]() for key in SUITES[check_choice("suite", name, SUITES)]]


def load_workload(
    workload: str | os.PathLike[str] | Mapping[str, Any] | Workload,
) -> Workload:
    """Return a workload from its name, a TOML file or plain data.

    A file holds the attributes of :class:`Workload` and a table ``[circuit]`` with
    either ``generator`` and its arguments (`GENERATORS`), or ``couplings``, rows
    [i, j, J] with every pair once, and ``biases``; ``clamp`` is a table of p-bits by
    number.

    Raises
    ------
    ParseError
        If a file is not TOML.
    ValueError
        If there is no such workload, or an entry breaks a rule; it is named.
    OSError
        If a file cannot be read.

    Examples
    --------
    >>> load_workload("and").n
    3
    """
    if isinstance(workload, Workload):
        return workload
    if isinstance(workload, Mapping):
        return _from_table(workload, "")
    if isinstance(workload, str) and workload in _MADE:
        return _MADE[workload]()
    path = Path(workload)
    if not path.is_file():
        names = ", ".join(_MADE)
        msg = f"workload {os.fspath(workload)!r} is neither a file nor one of {names}"
        raise ValueError(msg)
    table = read_toml(path)
    try:
        return _from_table(table, path.stem)
    except (TypeError, ValueError) as error:
        raise ParseError(path, None, str(error)) from None


def gather(
    workloads: str
    | os.PathLike[str]
    | Workload
    | Iterable[str | os.PathLike[str] | Mapping[str, Any] | Workload],
) -> list[Workload]:
    """Return workloads from the name of a suite, one workload, or several.

    Raises
    ------
    ValueError
        If there is none, or two have one name.
    """
    if isinstance(workloads, str) and workloads in SUITES:
        return suite(workloads)
    several = (
        [workloads]
        if isinstance(workloads, str | os.PathLike | Workload)
        else list(workloads)
    )
    found: list[Workload] = []
    for entry in several:
        if isinstance(entry, str) and entry in SUITES:
            found += suite(entry)
        else:
            found.append(load_workload(entry))
    names = [workload.name for workload in found]
    if not names:
        msg = "workloads must be one at least, not none"
        raise ValueError(msg)
    for name in names:
        if names.count(name) > 1:
            msg = f"workloads must have names of their own: {name!r} is there twice"
            raise ValueError(msg)
    return found


def lowest_known(
    circuit: IsingModel, clamp: Mapping[Hashable, int] | None = None
) -> tuple[float, bool]:
    """Return the lowest energy, and whether it is proven.

    It is where p-bits can be summed out within 256 MiB. Else it is the lowest of 256
    annealing runs of 2,000 sweeps, on this computer, and may be beaten.

    Examples
    --------
    >>> lowest_known(IsingModel({(0, 1): 1.0}), {0: -1})
    (-1.0, True)
    """
    try:
        return instances.ground_energy(circuit, clamp), True
    except CapacityError:
        found = anneal(
            circuit, n_chains=256, n_sweeps=2000, clamp=dict(clamp or {}) or None, rng=0
        )
        return float(found.energies.min()), False


def exact(name: str, circuit: IsingModel, beta: float = 1.0) -> Workload:
    """Return an exact workload of this project."""
    return Workload(name, "exact", circuit, beta, source="this project")


def optimum(
    name: str, circuit: IsingModel, lowest: float, beta: float, sweeps: int
) -> Workload:
    """Return an optimum workload of this project; tests compute its energy anew."""
    return Workload(
        name, "optimum", circuit, beta, sweeps, lowest, True, source="this project"
    )


def _shipped(name: str) -> Workload:
    return _from_table(read_toml(_SHIPPED / f"{name}.toml"), name)


def _learning(name: str) -> Workload:
    target = np.zeros(8)
    target[[0b000, 0b001, 0b010, 0b111]] = 0.25  # bits C, B, A of C = A AND B
    blank = IsingModel({(i, j): 1.0 for i in range(3) for j in range(i)})
    return Workload(name, "learning", blank, target=target, source="this project")


GENERATORS: dict[str, Callable[..., IsingModel]] = {
    "and": instances.and_gate,
    "half-adder": instances.half_adder,
    "full-adder": instances.full_adder,
    "pair": instances.pair,
    "glass": instances.glass,
    "lattice": instances.lattice,
    "maxcut": instances.maxcut,
}
_MADE: dict[str, Callable[[], Workload]] = {
    "pair": lambda: exact("pair", instances.pair()),
    "and": lambda: exact("and", instances.and_gate()),
    "half-adder": lambda: exact("half-adder", instances.half_adder()),
    "full-adder": lambda: exact("full-adder", instances.full_adder()),
    "glass-8": lambda: exact("glass-8", instances.glass(8, 3, 1), 0.7),
    "glass-12": lambda: exact("glass-12", instances.glass(12, 3, 1), 0.7),
    "glass-3d-64": lambda: optimum(
        "glass-3d-64", instances.lattice((4, 4, 4), 1), -108.0, 3.0, 200
    ),
    "maxcut-100": lambda: optimum(
        "maxcut-100", instances.maxcut((10, 10), 1), -74.0, 3.0, 500
    ),
    "factor-15": lambda: _shipped("factor-15"),
    "learn-and": lambda: _learning("learn-and"),
}
SUITES: dict[str, tuple[str, ...]] = {
    "quick": ("and", "full-adder", "glass-8", "glass-3d-64"),
    "full": (
        "and",
        "half-adder",
        "full-adder",
        "glass-8",
        "glass-12",
        "glass-3d-64",
        "maxcut-100",
        "factor-15",
        "learn-and",
    ),
}
_KEYS = (
    "name",
    "kind",
    "beta",
    "sweeps",
    "until",
    "optimum",
    "proven",
    "clamp",
    "source",
)


def _from_table(table: Mapping[str, Any], stem: str) -> Workload:
    for key in table:
        if key not in (*_KEYS, "circuit"):
            msg = f"{key} is unknown; entries are {', '.join((*_KEYS, 'circuit'))}"
            raise ValueError(msg)
    given = {key: table[key] for key in _KEYS if key in table}
    given.setdefault("name", stem)
    if not given["name"] or "kind" not in given:
        missing = "kind" if given["name"] else "name"
        msg = f"{missing} is required"
        raise ValueError(msg)
    circuit = _circuit(table.get("circuit"))
    held = given.pop("clamp", {})
    try:
        clamp = {circuit.labels[int(key)]: value for key, value in held.items()}
    except (AttributeError, IndexError, ValueError):
        msg = f"clamp must be a table of p-bits by number, not {held!r}"
        raise ValueError(msg) from None
    for label, value in clamp.items():
        if value not in (-1, 1):
            msg = f"clamp of p-bit {label!r} must be -1 or +1, not {value!r}"
            raise ValueError(msg)
    if given["kind"] == "optimum" and "optimum" not in given:
        lowest, proven = lowest_known(circuit, clamp)
        given |= {"optimum": lowest, "proven": proven}
    return Workload(circuit=circuit, clamp=clamp, **given)


def _time(name: str, given: Any) -> float:
    try:
        return check_positive(name, parse_quantity(given, "s"))
    except (TypeError, ValueError) as error:
        message = str(error)
        msg = message if message.startswith(name) else f"{name} {message}"
        raise ValueError(msg) from None


def _circuit(table: Any) -> IsingModel:
    if not isinstance(table, Mapping):
        msg = f"circuit must be a table, not {table!r}"
        raise ValueError(msg)
    entries = dict(table)
    if "generator" in entries:
        name = check_choice("circuit.generator", entries.pop("generator"), GENERATORS)
        try:
            return GENERATORS[name](**entries)
        except TypeError as error:
            msg = f"circuit.{name} does not take {entries}: {error}"
            raise ValueError(msg) from None
    rows, biases = entries.pop("couplings", None), entries.pop("biases", None)
    offset = entries.pop("offset", 0.0)
    if entries:
        msg = f"circuit.{next(iter(entries))} is unknown"
        raise ValueError(msg)
    try:
        couplings = {(int(i), int(j)): float(w) for i, j, w in rows}
    except (TypeError, ValueError):
        msg = f"circuit.couplings must be rows [i, j, J], not {rows!r}"
        raise ValueError(msg) from None
    if len(couplings) < len(rows):
        msg = "circuit.couplings must hold every pair once"
        raise ValueError(msg)
    return IsingModel(couplings, biases, float(offset))

"""One workload: what is run on a machine, and what is known about it."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from hardware.evaluation import instances
from hardware.units import parse_quantity
from pbit.checks import check_choice, check_count, check_positive
from pbit.errors import CapacityError
from pbit.model import IsingModel
from pbit.samplers import anneal

#: What is asked of a machine: its law, the lowest energy, or to learn a law.
KINDS = ("exact", "optimum", "learning")
MOST_ENUMERATED = 12  # p-bits of an exact workload


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


def _time(name: str, given: Any) -> float:
    try:
        return check_positive(name, parse_quantity(given, "s"))
    except (TypeError, ValueError) as error:
        message = str(error)
        msg = message if message.startswith(name) else f"{name} {message}"
        raise ValueError(msg) from None

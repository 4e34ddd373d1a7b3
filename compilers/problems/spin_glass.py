"""Spin glasses: given couplings, lattices of random ones, and the complete graph."""

from __future__ import annotations

import itertools
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import ArrayLike, NDArray

from compilers.problems.data import describe, reason_against
from compilers.program import Program, Sense
from pbit.checks import Floats, States, check_choice, check_count
from pbit.model import IsingModel

Numbers = NDArray[np.int64]
LAWS = ("pm1", "gaussian")


def spin_glass(
    J: ArrayLike | sp.sparray | sp.spmatrix | Mapping[tuple[Any, Any], float],
    h: ArrayLike | None = None,
    labels: Sequence[Hashable] | None = None,
) -> Program:
    r"""Compile the ground state of given couplings and fields.

    .. math:: E(m) = -\sum_{i<j} J_{ij} m_i m_j - \sum_i h_i m_i

    is both the objective and the model's energy. Files and papers that write
    :math:`E = +\sum J m m` need their signs turned first.

    Parameters
    ----------
    J, h, labels
        As :class:`pbit.IsingModel` takes them.

    Returns
    -------
    Program
        Solutions are ``{label: -1 or +1}``; sense "min".

    Raises
    ------
    TypeError, ValueError
        As :class:`pbit.IsingModel` raises them.

    Examples
    --------
    >>> spin_glass({("a", "b"): -2.0}, labels=["a", "b"]).objective({"a": 1, "b": -1})
    -2.0
    """
    model = IsingModel(J, h, 0.0, labels)
    return program_of(model, "spin glass", "spin_glass()")


def edwards_anderson(
    shape: Sequence[int],
    couplings: str = "pm1",
    periodic: bool = True,
    rng: Any = None,
) -> Program:
    r"""Compile an Edwards-Anderson glass on a chain, square, cubic ... lattice.

    :math:`E = -\sum_{\langle ij \rangle} J_{ij} m_i m_j` over nearest neighbours.

    Parameters
    ----------
    shape
        Length of every side.
    couplings
        "pm1": -1 or +1 with equal chances; "gaussian": mean 0, variance 1.
    periodic
        Whether opposite sides are neighbours; sides must then be 3 long at least.
    rng
        Seed or generator, as in :func:`numpy.random.default_rng`.

    Returns
    -------
    Program
        Labels are coordinates, the last the fastest; solutions ``{site: -1 or +1}``.

    Raises
    ------
    TypeError, ValueError
        If `shape` or `couplings` breaks a rule above.

    References
    ----------
    S. F. Edwards and P. W. Anderson, J. Phys. F 5, 965 (1975).

    Examples
    --------
    >>> program = edwards_anderson((4, 4, 4), rng=1)
    >>> program.n, program.provenance["couplings"]
    (64, 192)
    """
    sides = check_shape(shape, periodic)
    check_choice("couplings", couplings, LAWS)
    rows, columns = lattice(sides, periodic)
    values = _draw(couplings, len(rows), np.random.default_rng(rng))
    model = assemble(sites(sides), rows, columns, values)
    how = f"edwards_anderson({sides}, {couplings!r}, periodic={periodic}, rng={rng!r})"
    return program_of(model, "Edwards-Anderson glass", how)


def sherrington_kirkpatrick(
    n: int, couplings: str = "gaussian", rng: Any = None
) -> Program:
    r"""Compile a Sherrington-Kirkpatrick glass: all pairs coupled.

    :math:`E = -\sum_{i<j} J_{ij} m_i m_j` with couplings of variance 1/n, so that the
    ground energy tends to -0.7632 n.

    Parameters
    ----------
    n
        Number of spins, at least 2.
    couplings
        "gaussian", or "pm1" for :math:`\pm 1/\sqrt n`.
    rng
        Seed or generator, as in :func:`numpy.random.default_rng`.

    Returns
    -------
    Program
        Solutions are ``{spin: -1 or +1}``; sense "min".

    Raises
    ------
    TypeError, ValueError
        If an argument breaks a rule above.

    References
    ----------
    D. Sherrington and S. Kirkpatrick, PRL 35, 1792 (1975).

    Examples
    --------
    >>> sherrington_kirkpatrick(10, rng=1).provenance["couplings"]
    45
    """
    check_count("n", n, 2)
    check_choice("couplings", couplings, LAWS)
    rows, columns = np.triu_indices(n, 1)
    values = _draw(couplings, len(rows), np.random.default_rng(rng)) / np.sqrt(n)
    model = assemble(range(n), rows, columns, values)
    how = f"sherrington_kirkpatrick({n}, {couplings!r}, rng={rng!r})"
    return program_of(model, "Sherrington-Kirkpatrick glass", how)


def _draw(law: str, size: int, generator: np.random.Generator) -> Floats:
    if law == "pm1":
        return (2 * generator.integers(0, 2, size) - 1).astype(np.float64)
    return generator.normal(size=size)


def check_shape(shape: Any, periodic: Any) -> tuple[int, ...]:
    """Return the sides of a lattice if they are long enough."""
    if isinstance(shape, str) or not isinstance(shape, Sequence) or not len(shape):
        msg = f"shape must be the lengths of the sides, not {shape!r}"
        raise TypeError(msg)
    if not isinstance(periodic, bool):
        msg = f"periodic must be True or False, not {periodic!r}"
        raise TypeError(msg)
    least = 3 if periodic else 1  # two sites would be neighbours twice
    return tuple(check_count(f"shape[{k}]", x, least) for k, x in enumerate(shape))


def sites(shape: tuple[int, ...]) -> list[Hashable]:
    """Return the coordinates of a lattice, the last the fastest."""
    return list(itertools.product(*map(range, shape)))


def lattice(shape: tuple[int, ...], periodic: bool) -> tuple[Numbers, Numbers]:
    """Return the pairs of nearest neighbours, by number, each once."""
    numbers = np.arange(np.prod(shape), dtype=np.int64).reshape(shape)
    rows, columns = [], []
    for axis, side in enumerate(shape):
        here, there = numbers, np.roll(numbers, -1, axis)
        if not periodic:
            keep = np.arange(side - 1)
            here, there = here.take(keep, axis), there.take(keep, axis)
        rows.append(here.ravel())
        columns.append(there.ravel())
    return np.concatenate(rows), np.concatenate(columns)


def assemble(
    labels: Sequence[Hashable], rows: Numbers, columns: Numbers, values: Floats
) -> IsingModel:
    """Return the model with each pair given once."""
    n = len(labels)
    half = sp.coo_array((values, (rows, columns)), shape=(n, n))
    return IsingModel(half + half.T, labels=labels)


def program_of(model: IsingModel, what: str, how: str, **more: Any) -> Program:
    """Return the program of a glass: energy and objective are the same."""
    upper = sp.triu(model.J, k=1).tocoo()
    rows, columns = upper.row.astype(np.int64), upper.col.astype(np.int64)
    problem = SpinGlass(model.labels, rows, columns, upper.data.copy(), model.h)
    data = [array.tolist() for array in (rows, columns, upper.data, model.h)]
    record = describe(what, model, data, how=f"{how}; energy = objective", sense="min")
    return Program(model, problem, record | more)


@dataclass(frozen=True, eq=False)
class SpinGlass:
    """The judge of spins: the bonds and fields."""

    labels: Sequence[Hashable]
    rows: Numbers
    columns: Numbers
    J: Floats
    h: Floats
    sense: Sense = "min"

    def decode(self, state: States) -> dict[Hashable, int]:
        """Return ``{label: -1 or +1}``."""
        return dict(zip(self.labels, state.tolist(), strict=True))

    def check(self, solution: Mapping[Hashable, int]) -> bool:
        """Say whether every spin, and nothing else, is -1 or +1."""
        return self._reason(solution) is None

    def objective(self, solution: Mapping[Hashable, int]) -> float:
        """Return the energy, in the units of the couplings."""
        reason = self._reason(solution)
        if reason is not None:
            raise ValueError(reason)
        m = np.fromiter(
            (solution[v] for v in self.labels), np.float64, len(self.labels)
        )
        bonds = self.J * m[self.rows] * m[self.columns]
        return -float(bonds.sum()) - float((self.h * m).sum())

    def _reason(self, solution: Mapping[Hashable, int]) -> str | None:
        return reason_against(solution, dict.fromkeys(self.labels, (-1, 1)), "spin")

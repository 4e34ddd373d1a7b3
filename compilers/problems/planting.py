"""Spin glasses made around a ground state: frustrated loops and the Wishart ensemble."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from compilers.problems.spin_glass import (
    assemble,
    check_shape,
    lattice,
    program_of,
    sites,
)
from compilers.program import Program
from pbit.checks import Floats, States, check_count, check_nonnegative


def frustrated_loops(
    shape: Sequence[int],
    density: float = 0.7,
    shortest: int = 6,
    periodic: bool = True,
    rng: Any = None,
) -> Program:
    r"""Compile a lattice glass with a planted ground state, made of frustrated loops.

    Random walks that meet themselves cut out loops; every bond of a loop is satisfied by
    the planted state but one, drawn at random. A loop of length k has energy -(k - 2) at
    least in any state, and all of them have it in the planted one: the ground energy is
    exactly the sum. Bonds add up where loops overlap.

    Parameters
    ----------
    shape, periodic
        The lattice, as in `edwards_anderson`; at least two sides longer than 1.
    density
        Loops per site, rounded to a whole number of loops, at least one.
    shortest
        Bonds that a loop has at least, 4 or more; shorter ones are thrown away.
    rng
        Seed or generator, as in :func:`numpy.random.default_rng`.

    Returns
    -------
    Program
        ``provenance["ground_energy"]`` and ``["planted"]``, the spins in the order of the
        labels, say what was planted; there may be other ground states.

    Raises
    ------
    TypeError, ValueError
        If an argument breaks a rule above.
    RuntimeError
        If the lattice is too small for loops of that length.

    References
    ----------
    I. Hen et al., Phys. Rev. A 92, 042325 (2015).

    Examples
    --------
    >>> program = frustrated_loops((6, 6), rng=1)
    >>> planted = dict(zip(program.model.labels, program.provenance["planted"]))
    >>> program.objective(planted) == program.provenance["ground_energy"]
    True
    """
    sides = check_shape(shape, periodic)
    if sum(side > 1 for side in sides) < 2:
        msg = f"shape must have two sides longer than 1 at least, not {list(sides)}"
        raise ValueError(msg)
    check_nonnegative("density", density)
    check_count("shortest", shortest, 4)
    generator = np.random.default_rng(rng)
    n = int(np.prod(sides))
    near: list[list[int]] = [[] for _ in range(n)]
    for i, j in zip(*(ends.tolist() for ends in lattice(sides, periodic)), strict=True):
        near[i].append(j)
        near[j].append(i)
    planted = 2 * generator.integers(0, 2, n) - 1
    bonds: dict[tuple[int, int], int] = {}
    energy = 0
    for _ in range(max(1, round(density * n))):
        loop = _loop(near, shortest, generator)
        wrong = int(generator.integers(len(loop)))
        energy -= len(loop) - 2
        for k, (i, j) in enumerate(zip(loop, loop[1:] + loop[:1], strict=True)):
            pair = (min(i, j), max(i, j))
            sign = -1 if k == wrong else 1
            bonds[pair] = bonds.get(pair, 0) + sign * int(planted[i] * planted[j])
    rows, columns = np.array(list(bonds), dtype=np.int64).T
    model = assemble(sites(sides), rows, columns, np.array(list(bonds.values()), float))
    how = f"frustrated_loops({sides}, {density}, {shortest}, periodic={periodic}, rng={rng!r})"
    return program_of(
        model,
        "planted glass",
        how,
        ground_energy=float(energy),
        planted=planted.tolist(),
    )


def _loop(
    near: list[list[int]], shortest: int, generator: np.random.Generator
) -> list[int]:
    """Return the sites of a closed walk that meets itself only at its end."""
    for _ in range(10_000):
        path = [int(generator.integers(len(near)))]
        seen = {path[0]: 0}
        while True:
            back = path[-2] if len(path) > 1 else -1
            steps = [site for site in near[path[-1]] if site != back]
            if not steps:
                break
            site = steps[int(generator.integers(len(steps)))]
            if site in seen:
                loop = path[seen[site] :]
                if len(loop) >= shortest:
                    return loop
                break
            seen[site] = len(path)
            path.append(site)
    msg = f"no loop of {shortest} bonds was found: is the lattice too small?"
    raise RuntimeError(msg)


def wishart(n: int, alpha: float = 0.75, rng: Any = None) -> Program:
    r"""Compile a Wishart planted glass: all pairs coupled, ground state known.

    With M = round(alpha n) Gaussian vectors :math:`w_\mu` orthogonal to the planted state
    t (:math:`\langle w_i w_j \rangle = \frac{n}{n-1} (\delta_{ij} - t_i t_j / n)`),

    .. math:: J_{ij} = -\frac{1}{n} \sum_\mu w_{\mu i} w_{\mu j}, \qquad
              E(m) = \frac{1}{2n} \sum_\mu (w_\mu \cdot m)^2 - \frac{1}{2n} \sum |w|^2,

    so that no state lies below the planted one. The smaller alpha, the harder; below 1 or
    so the planted states are surrounded by almost as good ones.

    Parameters
    ----------
    n
        Number of spins, at least 2.
    alpha
        Vectors per spin; there is at least one.
    rng
        Seed or generator, as in :func:`numpy.random.default_rng`.

    Returns
    -------
    Program
        ``provenance["ground_energy"]`` and ``["planted"]`` say what was planted; the
        opposite state is as good.

    Raises
    ------
    TypeError, ValueError
        If `n` is less than 2 or `alpha` not a finite number >= 0.

    References
    ----------
    F. Hamze et al., Phys. Rev. E 101, 052102 (2020).

    Examples
    --------
    >>> program = wishart(12, rng=1)
    >>> planted = dict(enumerate(program.provenance["planted"]))
    >>> abs(program.objective(planted) - program.provenance["ground_energy"]) < 1e-12
    True
    """
    check_count("n", n, 2)
    check_nonnegative("alpha", alpha)
    generator = np.random.default_rng(rng)
    t: States = (2 * generator.integers(0, 2, n) - 1).astype(np.int8)
    z: Floats = generator.normal(size=(max(1, round(alpha * n)), n))
    w = np.sqrt(n / (n - 1)) * (z - np.outer(z @ t, t) / n)
    J = -(w.T @ w) / n
    energy = float(np.trace(J)) / 2
    rows, columns = np.triu_indices(n, 1)
    model = assemble(range(n), rows, columns, J[rows, columns])
    return program_of(
        model,
        "planted glass",
        f"wishart({n}, {alpha}, rng={rng!r})",
        ground_energy=energy,
        planted=t.tolist(),
    )

"""Fewer couplings a p-bit: p-bits of high degree become rows of copies."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import numpy as np
import scipy.sparse as sp

from compilers.passes.compare import compared
from compilers.passes.copies import Copies, check_strength, slack, tree_bounds
from compilers.passes.passed import Ints, Passed, as_pass, ising, passed
from compilers.program import Program
from pbit.checks import Floats, check_count, check_nonnegative
from pbit.errors import CapacityError
from pbit.model import IsingModel


@as_pass
def sparsify(
    program: Program,
    max_degree: int,
    *,
    strength: float | None = None,
    beta: float = 1.0,
) -> Passed:
    r"""Replace p-bits of more than `max_degree` couplings by rows of copies.

    A p-bit of degree d becomes :math:`c = \lceil (d-2) / (D-2) \rceil` copies in a row,
    tied by couplings > 0; its couplings are dealt out among them in order, its bias
    stays with the first copy, which keeps its label (the others are called
    ``(label, "copy", k)``). The offset is such that a state with all copies equal has
    the energy it stands for. States decode by majority.

    *Exact for ground states* with the automatic strength. Cut a row between two copies
    and let S be the sum of \|J\| to other p-bits and of \|h\| on the one side, S' that on
    the other. If the two copies differ, turning the whole side of the smaller sum mends
    this tie, touches no other, and costs at most 2 min(S, S') elsewhere: with a
    strength above min(S, S') it pays, so no ground state has a broken tie. Every tie
    gets min(S, S') plus half the smallest weight of the model. (The sum of all
    \|J\|, often used, is up to twice that for a row, and is wasted bits.)

    *Not exact for sampling*: at finite beta copies disagree at times, and even where
    they agree two-sided majorities shift probabilities. For up to 20 p-bits the pass
    reports the distance of the decoded distribution from the original's at `beta`.

    Parameters
    ----------
    program
        With an :class:`pbit.IsingModel`.
    max_degree
        Couplings that a p-bit may have, at least 3 (2 where none has more).
    strength
        One strength for all ties instead; the report then says whether it is enough for
        the argument above.
    beta
        Inverse temperature at which distributions are compared.

    Returns
    -------
    Passed
        ``provenance["passes"][-1]`` has the number of p-bits that were copied, the
        strengths' range, ``exact`` and ``distribution`` (`compare`'s, or None for more
        than 20 p-bits).

    Raises
    ------
    CapacityError
        If `max_degree` is too small for any rows: by how much is said.
    TypeError, ValueError
        If the program has no pairwise energy, or an argument breaks a rule.

    References
    ----------
    N. A. Aadit et al., Nat. Electron. 5, 460 (2022); C. Delacour et al.,
    arXiv:2506.14781 (2025).

    Examples
    --------
    >>> import compilers
    >>> adder = compilers.adder(1, cin=True)
    >>> sparse = sparsify(adder, 3)
    >>> adder.n, sparse.n, sparse.provenance["passes"][-1]["exact"]
    (5, 10, True)
    """
    model = ising(program, "sparsify")
    limit = check_count("max_degree", max_degree)
    given = check_strength(strength)
    check_nonnegative("beta", beta)
    degrees = np.diff(model.J.indptr).astype(np.int64)
    most = int(degrees.max(initial=0))
    if most > limit < 3:
        msg = (
            f"p-bit {model.labels[int(degrees.argmax())]!r} has {most} couplings, "
            f"{most - limit} more than max_degree = {limit}: rows of copies need at "
            "least 3"
        )
        raise CapacityError(msg)
    counts = np.ones(model.n, np.int64)
    many = degrees > limit
    counts[many] = -(-(degrees[many] - 2) // (limit - 2))
    sparse, way, ties, needed = _split(model, counts, limit, given)
    enough = bool((ties > needed).all())
    if ties.size == 0:
        keeps = "everything"
    elif enough:
        keeps = "ground states; energies of states with all copies equal"
    else:
        keeps = "energies of states with all copies equal"
    result = passed(
        program,
        "sparsify",
        sparse,
        way,
        {
            "max_degree": limit,
            "copied": int(many.sum()),
            "copies": int(counts[many].sum()),
            "strength": _span(ties),
            "strength_needed": _span(needed),
            "strength_enough": enough,
            "distribution": None,
        },
        exact=enough,
        keeps=keeps,
    )
    return compared(result, beta)


def _span(values: Floats) -> list[float] | None:
    return [float(values.min()), float(values.max())] if values.size else None


def _split(
    model: IsingModel, counts: Ints, limit: int, given: float | None
) -> tuple[IsingModel, Copies, Floats, Floats]:
    """Return the model of copies, the way back, strengths of the ties, their bounds."""
    starts = np.concatenate([[0], np.cumsum(counts)])
    n = int(starts[-1])
    ends = _dealt_ends(model, counts, starts, limit)
    outside = np.asarray(np.bincount(ends[0], np.abs(model.J.data), n), np.float64)
    h = np.zeros(n)
    h[starts[:-1]] = model.h
    parent = np.arange(-1, n - 1)
    parent[starts[:-1]] = -1
    bounds = tree_bounds(parent, np.arange(n), outside + np.abs(h))
    tied = np.flatnonzero(parent >= 0)
    needed = bounds[tied]
    ties = needed + slack(model) if given is None else np.full(tied.size, given)
    rows = np.concatenate([ends[0], tied, parent[tied]])
    columns = np.concatenate([ends[1], parent[tied], tied])
    J = sp.coo_array(
        (np.concatenate([model.J.data, ties, ties]), (rows, columns)), shape=(n, n)
    )
    offset = model.offset + float(ties.sum())
    sparse = IsingModel(J, h, offset, _labels(model, counts))
    return sparse, Copies(starts, np.arange(n)), ties, needed


def _dealt_ends(
    model: IsingModel, counts: Ints, starts: Ints, limit: int
) -> tuple[Ints, Ints]:
    """Return, for every entry of J, the copies at its row's and its column's end."""
    J = model.J
    rows = np.repeat(np.arange(model.n), np.diff(J.indptr))
    turn = np.arange(J.nnz) - J.indptr[rows]  # which of the row's couplings it is
    last = counts[rows] - 1
    room = max(limit - 2, 1)  # of a copy in the middle; those at the ends have one more
    place = np.minimum(np.maximum(turn - 1, 0) // room, last)
    here = starts[rows] + place
    # The same coupling seen from its other end: the t-th entry by (column, row) is the
    # mirror image of the t-th by (row, column).
    mirror = np.empty(J.nnz, np.int64)
    mirror[np.lexsort((rows, J.indices))] = np.arange(J.nnz)
    return here, here[mirror]


def _labels(model: IsingModel, counts: Ints) -> list[Hashable] | Any:
    if counts.max(initial=1) == 1:
        return model.labels
    labels: list[Hashable] = []
    for label, count in zip(model.labels, counts.tolist(), strict=True):
        labels.append(label)
        labels += [(label, "copy", k) for k in range(1, count)]
    return labels

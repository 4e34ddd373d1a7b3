"""Smaller and simpler: pairs in place of longer terms, and no p-bit that is known anyway."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import Any

import numpy as np

from compilers.passes.passed import Bools, Passed, as_pass, ising, passed
from compilers.passes.peel import peel
from compilers.passes.quadratize import quadratize
from compilers.program import Program
from pbit.polynomial import PolynomialModel

KEEPS = "ground states and their energies, not the distribution"


@as_pass
def reduce(
    program: Program,
    *,
    keep: Iterable[Hashable] | None = None,
    ties: bool = False,
    peeling: bool = True,
) -> Passed:
    r"""Turn longer terms into pairs; take out p-bits whose best state is known.

    *Exact for ground states*: they decode to exactly the original's ground states, at
    the same energies. *Not for sampling*: p-bits that are taken out come back at their
    best state instead of a random one, and each auxiliary p-bit multiplies probabilities
    by its own partition function; what is kept is the ground states.

    A :class:`pbit.PolynomialModel` first becomes pairwise, see
    :func:`compilers.passes.quadratize.quadratize`. Then, over and over until nothing
    changes:

    * a p-bit with :math:`|h_i| > \sum_j |J_{ij}|` is at sgn(h) in every ground state; its
      couplings become biases of the neighbours;
    * a p-bit with one neighbour j follows it, m = sgn(J m_j + h), and all that j sees of
      it is a bias of :math:`(|J + h| - |J - h|) / 2`: trees fall leaf by leaf.

    Parameters
    ----------
    program
        With an :class:`pbit.IsingModel` or a :class:`pbit.PolynomialModel`.
    keep
        P-bits that have to stay, so that they can be clamped; by default those of all
        buses.
    ties
        Whether p-bits that may be either at no cost (isolated ones without a bias, say)
        go, too, and come back as +1 (or as the bias says). Ground states still come back
        as ground states, but not as all of them: the pass is then not called exact.
    peeling
        Whether to take out p-bits at all.

    Returns
    -------
    Passed
        The last reports have, of ``step`` "order", the number of auxiliary p-bits; of
        "peel", how many p-bits were ``forced``, ``dangling`` and ``tied``.

    Raises
    ------
    KeyError
        If `keep` names no p-bit.
    TypeError
        If the program has directed wires.

    References
    ----------
    P. L. Hammer, P. Hansen, B. Simeone, Math. Program. 28, 121 (1984), for p-bits that
    are forced.

    Examples
    --------
    >>> import networkx as nx
    >>> import compilers
    >>> program = compilers.maxcut(nx.path_graph(50))
    >>> small = reduce(program)
    >>> small.n, small.objective(small.decode([1]))
    (1, 49)
    """
    given: Any = program.model
    current = program
    if isinstance(given, PolynomialModel):
        current = _to_pairs(program, given)
        if not peeling:
            return current
    model = ising(current, "reduce")
    kept = np.zeros(model.n, bool)
    if keep is None:
        keep = [label for bits in current.buses.values() for label in bits]
    for label in keep:
        kept[model.index(label)] = True
    return _take_out(current, kept if peeling else np.ones(model.n, bool), ties)


def _to_pairs(program: Program, polynomial: PolynomialModel) -> Passed:
    model, way = quadratize(polynomial)
    sizes = np.abs(np.concatenate([model.J.data, model.h]))
    report = {
        "step": "order",
        "order": [polynomial.order, 2],
        "auxiliary": len(way.added),
        "largest": [
            float(
                np.abs(np.concatenate([polynomial.values, polynomial.h])).max(initial=0)
            ),
            float(sizes.max(initial=0)),
        ],
    }
    return passed(program, "reduce", model, way, report, exact=True, keeps=KEEPS)


def _take_out(program: Program, kept: Bools, ties: bool) -> Passed:
    model, way, counts = peel(ising(program, "reduce"), kept, ties)
    exact = counts["tied"] == 0
    if way.taken.size == 0:
        keeps = "everything"
    else:
        keeps = KEEPS if exact else "ground energy, and one of each set of tied states"
    report = {"step": "peel", **counts}
    return passed(program, "reduce", model, way, report, exact=exact, keeps=keeps)

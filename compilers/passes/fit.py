"""Whatever it takes to bring a program within a machine's limits, or a clear no."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import Any

import numpy as np

from compilers.passes.embed import embed
from compilers.passes.passed import Passed, Way, as_pass, passed
from compilers.passes.quantize import quantize
from compilers.passes.reduce import reduce
from compilers.passes.sparsify import sparsify
from compilers.passes.topologies import topology_graph
from compilers.program import Program
from pbit.errors import CapacityError, EmbeddingError
from pbit.limits import Limits
from pbit.polynomial import PolynomialModel
from pbit.random import RandomState


@as_pass
def fit(
    program: Program,
    limits: Limits,
    *,
    keep: Iterable[Hashable] | None = None,
    lossy: bool = True,
    rng: RandomState = 0,
) -> Passed:
    """Run the passes that a machine's limits make necessary, and only those.

    In this order: terms of more than two p-bits become pairs (`reduce`); with a topology
    the model is embedded, without one p-bits of more than `fan_in` couplings are copied
    (`sparsify`); if it is then too large, p-bits that are known or dangling are taken
    out before (`reduce`) and it is tried again; weights are rounded (`quantize`).

    Parameters
    ----------
    program
        What a compiler or a pass returned.
    limits
        What the machine can hold.
    keep
        P-bits that `reduce` must not take out, by default those of the buses.
    lossy
        Whether rounding may lose anything. If not, weights that the format cannot hold
        are an error; otherwise ``exact`` and the reports say what was lost.
    rng
        Seed of the search for an embedding.

    Returns
    -------
    Passed
        Within the limits. Its last report, of the pass "fit", says what of each limit
        is used.

    Raises
    ------
    CapacityError
        If it does not fit; everything that does not is named, with by how much.
    TypeError
        If `limits` are none, or the program has directed wires.

    Examples
    --------
    >>> import compilers
    >>> from pbit.limits import Limits
    >>> machine = Limits(pbits=32, fan_in=3, bits="s[4][1]")
    >>> small = fit(compilers.multiplier(2, 2), machine)
    >>> small.n, [entry["pass"] for entry in small.provenance["passes"]]
    (25, ['sparsify', 'quantize', 'fit'])
    """
    given: Any = limits
    if not isinstance(given, Limits):
        msg = f"limits must be Limits, not {limits!r}"
        raise TypeError(msg)
    start: Program = program
    model: Any = program.model
    if isinstance(model, PolynomialModel):
        start = reduce(program, peeling=False)
    try:
        placed = _place(start, limits, rng)
        problems = limits.excess(placed.n, _largest_degree(placed))
    except CapacityError as error:
        placed, problems = start, [str(error)]
    if problems:
        smaller = reduce(start, keep=keep)
        if smaller.n < start.n:
            try:
                placed = _place(smaller, limits, rng)
                problems = limits.excess(placed.n, _largest_degree(placed))
            except CapacityError as error:
                placed, problems = smaller, [str(error)]
    placed, coarse = _round(placed, limits, lossy)
    problems += coarse
    if problems:
        what = program.provenance["what"]
        msg = f"{what} does not fit: {'; '.join(problems)}"
        raise CapacityError(msg)
    return _record(placed, limits)


def _place(program: Program, limits: Limits, rng: RandomState) -> Program:
    """Return the program with couplings that the machine has."""
    if limits.topology is not None:
        graph = topology_graph(limits.topology)
        try:
            if _is_placed(program, graph):
                return program
            return embed(program, limits.topology, rng=rng)
        except EmbeddingError as error:
            raise CapacityError(str(error)) from error
    if limits.fan_in is not None and _largest_degree(program) > limits.fan_in:
        return sparsify(program, limits.fan_in)
    return program


def _is_placed(program: Program, graph: Any) -> bool:
    """Say whether every p-bit is a node already and every coupling an edge."""
    labels = program.model.labels
    if not all(label in graph for label in labels):
        return False
    upper = program.model.weights.tocoo()
    ends = zip(upper.row.tolist(), upper.col.tolist(), strict=True)
    return all(graph.has_edge(labels[i], labels[j]) for i, j in ends)


def _largest_degree(program: Program) -> int:
    return int(np.diff(program.model.weights.indptr).max(initial=0))


def _round(program: Program, limits: Limits, lossy: bool) -> tuple[Program, list[str]]:
    """Return the program in the machine's format, and what that cannot hold."""
    fixed = limits.fixed_point
    if fixed is None:
        return program, []
    rounded = quantize(program, fixed)
    report = rounded.passes[-1]
    if lossy or report["error_max"] == 0:
        return rounded, []
    words = (
        f"weights up to {report['largest']:g} in {fixed} are off by up to "
        f"{report['error_max']:g}, {report['vanished']} of them vanish"
    )
    return program, [words]


def _record(program: Program, limits: Limits) -> Passed:
    """Return the program with the use of every limit in its provenance."""
    used: dict[str, Any] = {}
    if limits.pbits is not None:
        used["pbits"] = [program.n, limits.pbits]
    if limits.fan_in is not None:
        used["fan_in"] = [_largest_degree(program), limits.fan_in]
    if limits.bits is not None:
        used["bits"] = str(limits.bits)
    if limits.topology is not None:
        used["topology"] = str(limits.topology)
    passes = program.provenance.get("passes", [])
    exact = all(entry["exact"] for entry in passes)
    return passed(
        program,
        "fit",
        program.model,
        Way(np.arange(program.n)),
        {"limits": used},
        exact=exact,
        keeps="what all passes above keep",
    )

"""What independent sets, vertex covers and cliques share: nodes, and pairs in conflict."""

from __future__ import annotations

from dataclasses import dataclass

import networkx as nx

from compilers.problems.conflicts import (
    add_conflicts,
    conflict_penalties,
    penalty_range,
)
from compilers.problems.data import describe
from compilers.problems.inputs import GraphArrays, node_weights
from compilers.problems.judging import Choice
from compilers.program import Program


@dataclass(frozen=True, eq=False, kw_only=True)
class NodeChoice(Choice):
    """The judge of a choice of nodes, given the graph."""

    graph: GraphArrays


def compile_nodes(
    graph: nx.Graph,
    weight: str,
    penalty: float | None,
    judge: type[NodeChoice],
    *,
    what: str,
    left_out: bool = False,
    apart: bool = False,
) -> Program:
    """Compile the heaviest nodes of which no two conflict, or what they leave out.

    Parameters
    ----------
    graph, weight, penalty
        As the problem's own function takes them.
    judge
        Of the solutions.
    what
        What the problem is called; its function is, too, but for the blanks.
    left_out
        Whether the solution is the lightest set of nodes left out instead.
    apart
        Whether nodes conflict that are not joined, not those that are.
    """
    arrays = GraphArrays.from_networkx(graph)
    weights = node_weights(graph, weight)
    rivals = arrays.complement() if apart else arrays
    ends = (rivals.rows, rivals.columns)
    penalties = conflict_penalties(weights, *ends, penalty)
    builder = add_conflicts(
        arrays.labels, weights, *ends, penalties, taken=0 if left_out else 1
    )
    model, fixed = builder.build()
    call = f"{what.replace(' ', '_')}(weight={weight!r}, penalty={penalty!r})"
    facts = describe(
        what,
        model,
        (weights, arrays.rows, arrays.columns),
        how=f"{call}; energy = {'' if left_out else '-'}weight",
        sense="min" if left_out else "max",
        source=arrays.source,
        fixed=fixed,
        penalties={"pair" if apart else "edge": penalty_range(penalties)},
    )
    problem = judge(
        arrays.labels,
        weights,
        builder.reader(),
        "min" if left_out else "max",
        graph=arrays,
    )
    return Program(model, problem, facts)

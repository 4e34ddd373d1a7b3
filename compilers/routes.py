"""Which compiler takes what a file holds: one short function a format.

A route gets the path, strictness and the caller's options; it reads, picks what it
knows of the options and hands the others to the compiler. Compilers are imported only
when a file needs them.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from os import PathLike, fspath
from typing import Any

import networkx as nx
import numpy as np

from compilers.formats.catalogue import CATALOGUE, NETLISTS
from compilers.formats.matrix_market import Matrix
from compilers.formats.rudy import parse_rudy
from compilers.formats.source import MAX_LOOSE
from compilers.optima import call, compiler, known_options, on_quadratic
from compilers.problems.maxcut import compile_edges
from compilers.program import Program
from pbit.checks import check_choice
from pbit.errors import ParseError

Path = str | PathLike[str]
Route = Callable[..., Program]

#: Problems on graphs: name -> module of ``compilers.problems`` with that function.
GRAPH_PROBLEMS = {
    "maxcut": "maxcut",
    "coloring": "coloring",
    "independent_set": "independent_set",
    "vertex_cover": "vertex_cover",
    "clique": "clique",
    "partitioning": "partitioning",
}


def reader(name: str) -> Callable[..., Any]:
    """Return the reader of a format."""
    form = CATALOGUE[name]
    module = importlib.import_module(f"compilers.formats.{form.module}")
    found: Callable[..., Any] = getattr(module, form.read)
    return found


#: Netlist formats -> the module and function that read one.
NETLIST_READERS = {
    "bench": ("compilers.formats.bench", "read_bench"),
    "blif": ("compilers.formats.blif", "read_blif"),
    "aiger": ("compilers.formats.aiger", "read_aiger"),
    "yosys-json": ("compilers.formats.yosys_json", "read_yosys_json"),
    "verilog": ("compilers.formats.verilog", "read_verilog"),
}


def netlist(name: str) -> Route:
    """Return the route of a netlist, whose reader takes options of its own."""

    def route(
        path: Path, strict: bool, simplify: bool = True, **options: Any
    ) -> Program:
        module, function = NETLIST_READERS[name]
        try:
            read = getattr(importlib.import_module(module), function)
        except ModuleNotFoundError as error:
            if error.name != module:
                raise
            msg = f"this is a {NETLISTS[name]}, which is not read"
            raise ParseError(path, None, msg) from None
        from compilers.logic.naming import compile_circuit

        found = read(path, **known_options(read, options, skip=1))
        return compile_circuit(found, fspath(path), simplify=simplify)

    return route


def rudy(
    path: Path,
    strict: bool,
    *,
    how: str,
    source: str,
    sha256: str,
    max_loops: int | None = None,
) -> Program:
    """Compile max-cut without a networkx graph between."""
    edges = parse_rudy(path, strict=strict, max_loops=max_loops)
    return compile_edges(edges, how=how, source=source, sha256=sha256)


def other_graph(path: Path, strict: bool, **options: Any) -> Program:
    """Compile another problem than max-cut on a rudy graph."""
    return on_graph(reader("rudy")(path, strict=strict), options, "maxcut")


def on_graph(graph: nx.Graph, options: dict[str, Any], default: str) -> Program:
    """Compile the graph problem that the option `problem` names."""
    more = dict(options)
    name = check_choice("problem", more.pop("problem", default), GRAPH_PROBLEMS)
    return call(compiler(GRAPH_PROBLEMS[name], name), graph, **more)


def _graph(name: str, default: str) -> Route:
    def route(path: Path, strict: bool, **options: Any) -> Program:
        return on_graph(reader(name)(path, strict=strict), options, default)

    return route


def _quadratic(name: str, *reading: str) -> Route:
    def route(path: Path, strict: bool, **options: Any) -> Program:
        known = {key: options.pop(key) for key in reading if key in options}
        return on_quadratic(reader(name)(path, strict=strict, **known), **options)

    return route


def _orlib(
    path: Path, strict: bool, index: int | None = None, **options: Any
) -> Program:
    functions = reader("orlib")(path, strict=strict)
    return on_quadratic(_one(functions, "index", index), **options)


def _one(items: tuple[Any, ...], name: str, index: int | None) -> Any:
    if index is None:
        if len(items) == 1:
            return items[0]
        msg = f"the file has {len(items)} instances: load(path, {name}=...) takes one"
        raise TypeError(msg)
    if type(index) is not int or not 0 <= index < len(items):
        msg = f"{name} must be 0 to {len(items) - 1}, not {index!r}"
        raise ValueError(msg)
    return items[index]


def _opb(path: Path, strict: bool, **options: Any) -> Program:
    problem = reader("opb")(path, strict=strict)
    if not problem.constraints:
        return on_quadratic(problem.objective, **options)
    rows = []
    for row in problem.constraints:
        if any(len(variables) > 1 for _, variables in row.terms):
            msg = "constraints with products of variables are not compiled"
            raise ParseError(path, None, msg)
        factors: dict[int, int] = {}
        for value, (variable,) in row.terms:
            factors[variable] = factors.get(variable, 0) + value
        rows.append((factors, "==" if row.relation == "=" else ">=", row.bound))
    objective = problem.objective
    return call(
        compiler("pseudo_boolean"),
        objective.labels,
        rows,
        {(i, j): q for i, j, q in objective.terms(first=1)},
        offset=objective.offset,
        sense=objective.sense,
        **options,
    )


def _cnf(path: Path, strict: bool, **options: Any) -> Program:
    formula = reader("cnf")(path, strict=strict)
    return call(
        compiler("satisfiability"), formula.clauses, n_variables=formula.n, **options
    )


def _wcnf(path: Path, strict: bool, **options: Any) -> Program:
    formula = reader("wcnf")(path, strict=strict)
    return call(
        compiler("satisfiability", "max_sat"),
        [clause for _, clause in formula.soft],
        weights=[weight for weight, _ in formula.soft],
        hard=formula.hard,
        n_variables=formula.n,
        **options,
    )


def _matrix(path: Path, strict: bool, **options: Any) -> Program:
    matrix: Matrix = reader("matrix-market")(path, strict=strict)
    known = {"qubo": "qubo", **GRAPH_PROBLEMS}
    if "problem" not in options:
        msg = (
            "a matrix does not say of which problem it is: load(path, problem=...) "
            f"takes {', '.join(known)}"
        )
        raise TypeError(msg)
    check_choice("problem", options["problem"], known)
    n = matrix.shape[0]
    if matrix.shape[1] != n or n - 2 * len(matrix.values) > MAX_LOOSE:
        msg = f"the matrix must be square and not all but empty, not {matrix.shape}"
        raise ParseError(path, None, msg)
    if options["problem"] == "qubo":
        more = {key: value for key, value in options.items() if key != "problem"}
        labels = range(1, n + 1)
        return call(compiler("qubo"), matrix.full, labels=labels, **more)
    return on_graph(as_graph(matrix), options, "maxcut")


def as_graph(matrix: Matrix) -> nx.Graph:
    """Return the graph that a symmetric matrix is the weights of, nodes from 1.

    Raises
    ------
    ValueError
        If the matrix is not symmetric.
    """
    full = matrix.full
    if (full - full.T).count_nonzero():
        msg = "the matrix of a graph must be symmetric"
        raise ValueError(msg)
    graph = nx.Graph()
    graph.add_nodes_from(range(1, matrix.shape[0] + 1))
    half = full.tocoo()
    upper = half.row < half.col
    graph.add_weighted_edges_from(
        zip(
            (half.row[upper] + 1).tolist(),
            (half.col[upper] + 1).tolist(),
            half.data[upper].tolist(),
            strict=True,
        )
    )
    return graph


def _tsp(path: Path, strict: bool, **options: Any) -> Program:
    problem = reader("tsplib")(path, strict=strict)
    kind = nx.Graph() if problem.symmetric else nx.DiGraph()
    kind.add_nodes_from(range(1, problem.n + 1))
    rows = problem.distances.tolist()
    kind.add_weighted_edges_from(
        (i + 1, j + 1, rows[i][j])
        for i in range(problem.n)
        for j in range(problem.n)
        if i != j
    )
    return call(compiler("tsp"), kind, **options)


def _qap(path: Path, strict: bool, **options: Any) -> Program:
    problem = reader("qaplib")(path, strict=strict)
    return call(compiler("quadratic_assignment"), problem.A, problem.B, **options)


def _knapsack(path: Path, strict: bool, **options: Any) -> Program:
    problem = reader("knapsack")(path, strict=strict)
    data = (problem.profits, problem.weights, problem.capacity)
    return call(compiler("knapsack"), *data, **options)


def _quadratic_knapsack(path: Path, strict: bool, **options: Any) -> Program:
    problem = reader("quadratic-knapsack")(path, strict=strict)
    rows, columns = np.nonzero(problem.pairs)
    values = problem.pairs[rows, columns].tolist()
    ends = zip(rows.tolist(), columns.tolist(), strict=True)
    return call(
        compiler("knapsack"),
        problem.profits.tolist(),
        problem.weights.tolist(),
        problem.capacity,
        pairs=dict(zip(ends, values, strict=True)),
        **options,
    )


def _market_split(path: Path, strict: bool, **options: Any) -> Program:
    problem = reader("market-split")(path, strict=strict)
    rows = [
        (dict(enumerate(row, start=1)), "==", bound)
        for row, bound in zip(problem.A.tolist(), problem.b.tolist(), strict=True)
    ]
    bounds = dict.fromkeys(range(1, problem.A.shape[1] + 1), (0, 1))
    return call(compiler("integer_program"), bounds, rows, **options)


def _labs(path: Path, strict: bool, n: int | None = None, **options: Any) -> Program:
    records = reader("labs")(path, strict=strict)
    if n is None:
        n = _one(records, "n", None).n
    elif n not in {record.n for record in records}:
        msg = f"n must be a length that the table has, not {n!r}"
        raise ValueError(msg)
    return call(compiler("labs"), n, **options)


def _compiled(path: Path, strict: bool, **options: Any) -> Program:
    from compilers.compiled import read_compiled

    return call(read_compiled, path, **options)


ROUTES: dict[str, Route] = {
    "compiled": _compiled,
    "rudy": rudy,
    "mqlib": _graph("mqlib", "maxcut"),
    "mqlib-qubo": _quadratic("mqlib-qubo"),
    "biqmac-qubo": _quadratic("biqmac-qubo"),
    "orlib": _orlib,
    "qbsolv": _quadratic("qbsolv"),
    "qplib": _quadratic("qplib"),
    "opb": _opb,
    "dimod-file": _quadratic("dimod-file"),
    "dimod-json": _quadratic("dimod-json"),
    "dimod-coo": _quadratic("dimod-coo", "vartype"),
    "biqbin": _quadratic("biqbin"),
    "spin-glass": _quadratic("spin-glass", "sign"),
    "cnf": _cnf,
    "wcnf": _wcnf,
    "col": _graph("col", "coloring"),
    "gph": _graph("gph", "independent_set"),
    "matrix-market": _matrix,
    "tsplib": _tsp,
    "qaplib": _qap,
    "knapsack": _knapsack,
    "quadratic-knapsack": _quadratic_knapsack,
    "market-split": _market_split,
    "labs": _labs,
}

"""What the tests of all formats share: strategies of what files hold, and examples."""

from collections.abc import Callable
from typing import Any, NamedTuple

import networkx as nx
import numpy as np
from hypothesis import strategies as st

from compilers import formats

LARGEST = 2**53
whole = st.integers(-LARGEST, LARGEST)
small = st.integers(-1000, 1000)
real = st.floats(allow_nan=False, allow_infinity=False, width=64)
tame = st.floats(-1e100, 1e100)
number = st.one_of(small, whole, real)
halvable = st.one_of(
    small, st.integers(-(2**52), 2**52), st.floats(-1e6, 1e6, width=32)
)


class Case(NamedTuple):
    """A format: what it can hold, and bytes for mutations to start from."""

    name: str
    read: Callable[..., Any]
    write: Callable[..., None]
    values: st.SearchStrategy
    seeds: tuple[bytes, ...]


@st.composite
def quadratics(
    draw,
    labels=1,
    vartypes=("BINARY",),
    senses=("min",),
    offset=False,
    coefficient=number,
    most=6,
):
    n = draw(st.integers(1, most))
    if labels == "numbers":
        names = tuple(sorted(draw(st.sets(st.integers(0, 50), min_size=n, max_size=n))))
    elif labels == "any":
        one = st.one_of(
            st.integers(),
            st.text(max_size=3),
            st.tuples(st.integers(0, 3), st.text(max_size=2)),
        )
        names = tuple(draw(st.lists(one, min_size=n, max_size=n, unique=True)))
    else:
        names = range(labels, labels + n)
    pairs = [(i, j) for i in range(n) for j in range(i + 1)]
    chosen = draw(st.lists(st.sampled_from(pairs), unique=True))
    values = [draw(coefficient) for _ in chosen]
    return formats.Quadratic.from_terms(
        names,
        [i for i, _ in chosen],
        [j for _, j in chosen],
        values,
        (draw(whole) if offset == "whole" else draw(number)) if offset else 0,
        draw(st.sampled_from(vartypes)),
        draw(st.sampled_from(senses)),
    )


@st.composite
def graphs(draw, weighted=True, node_weights=False):
    n = draw(st.integers(1, 7))
    graph = nx.Graph()
    graph.add_nodes_from(range(1, n + 1))
    pairs = [(i, j) for i in range(1, n + 1) for j in range(1, i)]
    for i, j in draw(
        st.lists(st.sampled_from(pairs), unique=True) if pairs else st.just([])
    ):
        graph.add_edge(i, j, **({"weight": draw(number)} if weighted else {}))
    if node_weights:
        for v in draw(st.sets(st.integers(1, n))):
            graph.nodes[v]["weight"] = draw(number)
    return graph


@st.composite
def clauses(draw, n):
    literal = st.integers(1, n).flatmap(lambda v: st.sampled_from([v, -v]))
    return tuple(draw(st.lists(literal.map(int), max_size=4))) if n else ()


@st.composite
def cnfs(draw):
    n = draw(st.integers(0, 6))
    return formats.Cnf(n, tuple(draw(st.lists(clauses(n), max_size=5))))


@st.composite
def wcnfs(draw):
    n = draw(st.integers(0, 6))
    weight = st.one_of(st.integers(1, 2**40), st.floats(1e-300, 1e9))
    soft = draw(st.lists(st.tuples(weight, clauses(n)), max_size=4))
    return formats.Wcnf(n, tuple(draw(st.lists(clauses(n), max_size=4))), tuple(soft))


@st.composite
def pseudo_booleans(draw):
    objective = draw(
        quadratics(senses=("min", "max"), coefficient=whole, offset="whole")
    )
    variable = st.integers(1, objective.n)
    product = st.one_of(
        st.tuples(variable),
        st.sets(variable, min_size=2, max_size=2).map(lambda s: tuple(sorted(s)))
        if objective.n > 1
        else st.tuples(variable),
    )
    term = st.tuples(whole.filter(bool), product)
    rows = st.builds(
        formats.Constraint,
        st.lists(term, min_size=1, max_size=4).map(tuple),
        st.sampled_from([">=", "="]),
        whole,
    )
    return formats.PseudoBoolean(objective, tuple(draw(st.lists(rows, max_size=3))))


@st.composite
def matrices(draw):
    n, m = draw(st.integers(1, 5)), draw(st.integers(1, 5))
    symmetric = draw(st.booleans())
    m = n if symmetric else m
    places = [(i, j) for i in range(n) for j in range(m) if j <= i or not symmetric]
    chosen = sorted(draw(st.sets(st.sampled_from(places))))
    integer = draw(st.booleans())
    values = [draw((whole if integer else real).filter(bool)) for _ in chosen]
    return formats.Matrix(
        (n, m),
        np.array([i for i, _ in chosen], dtype=np.int64),
        np.array([j for _, j in chosen], dtype=np.int64),
        np.array(values, dtype=np.int64 if integer else np.float64),
        symmetric,
    )


def _tables(draw, n, m):
    value = draw(st.sampled_from([whole, real]))
    values = [[draw(value) for _ in range(m)] for _ in range(n)]
    table = np.array(values, dtype=np.float64).reshape(n, m)
    whole_ones = (table == np.floor(table)).all() and (abs(table) <= LARGEST).all()
    return table.astype(np.int64) if whole_ones else table


@st.composite
def tsps(draw):
    n = draw(st.integers(1, 5))
    table = _tables(draw, n, n)
    symmetric = draw(st.booleans())
    if symmetric:
        table = np.tril(table) + np.tril(table, -1).T
    np.fill_diagonal(table, 0)
    if (table == np.floor(table)).all() and (abs(table) <= LARGEST).all():
        table = table.astype(np.int64)
    return formats.Tsp(draw(st.sampled_from(["", "gr17", "a b: c"])), table, symmetric)


@st.composite
def qaps(draw):
    n = draw(st.integers(1, 4))
    return formats.Qap(_tables(draw, n, n), _tables(draw, n, n))


@st.composite
def solutions(draw):
    n = draw(st.integers(1, 6))
    return formats.QapSolution(
        draw(number), tuple(draw(st.permutations(range(1, n + 1))))
    )


@st.composite
def knapsacks(draw):
    n = draw(st.integers(1, 5))
    positive = st.one_of(st.integers(0, LARGEST), st.floats(0, 1e300))
    solution = draw(st.one_of(st.none(), st.tuples(*[st.integers(0, 1)] * n)))
    return formats.KnapsackData(
        tuple(draw(number) for _ in range(n)),
        tuple(draw(positive) for _ in range(n)),
        draw(positive),
        solution,
    )


@st.composite
def quadratic_knapsacks(draw):
    n = draw(st.integers(1, 5))
    table = np.array([draw(whole) for _ in range(n * n)], dtype=np.int64).reshape(n, n)
    return formats.QuadraticKnapsack(
        draw(st.sampled_from(["r_100_25_1", "two words"])),
        np.array([draw(whole) for _ in range(n)], dtype=np.int64),
        np.triu(table, 1),
        np.array([draw(st.integers(0, 100)) for _ in range(n)], dtype=np.int64),
        draw(st.integers(0, LARGEST)),
    )


@st.composite
def market_splits(draw):
    m, n = draw(st.integers(1, 4)), draw(st.integers(1, 5))
    values = [draw(whole) for _ in range(m * (n + 1))]
    table = np.array(values, dtype=np.int64).reshape(m, n + 1)
    return formats.MarketSplit(table[:, :-1], table[:, -1])


@st.composite
def ground_states(draw):
    one = st.builds(
        formats.GroundState,
        st.sampled_from(["a.txt", "b c.txt"]),
        number,
        st.lists(st.sampled_from([-1, 1]), min_size=1, max_size=5).map(tuple),
    )
    return tuple(draw(st.lists(one, min_size=1, max_size=3)))


@st.composite
def sequences(draw):
    from compilers.formats.labs import autocorrelation_energy

    signs = st.lists(st.sampled_from([-1, 1]), min_size=1, max_size=12).map(tuple)
    found = draw(st.lists(signs, max_size=4))
    return tuple(formats.LabsRecord(s, autocorrelation_energy(s)) for s in found)


BOTH = ("BINARY", "SPIN")
EITHER = ("min", "max")
TRIPLES = b"4 5\n1 1 -3\n1 2 5\n2 2 7\n3 4 2.5\n2 4 -1\n"


DIMOD_JSON = (
    b'{"type": "BinaryQuadraticModel", "version": {"bqm_schema": "3.0.0"},\n'
    b' "use_bytes": false, "index_type": "int32", "bias_type": "float64",\n'
    b' "num_variables": 3, "num_interactions": 2, "variable_labels": ["a", 1, [2, 3]],\n'
    b' "variable_type": "SPIN", "offset": 1.5, "info": {},\n'
    b' "linear_biases": [0.0, -1.0, 2.5], "quadratic_biases": [1.0, -4.0],\n'
    b' "quadratic_head": [0, 1], "quadratic_tail": [1, 2]}\n',
)


def _binary_model():
    """A file of version 2 as dimod writes it, labels a, b, c."""
    header = (
        b'{"shape": [3, 2], "dtype": "float64", "itype": "int32", "ntype": "int32", '
        b'"vartype": "BINARY", "type": "BinaryQuadraticModel", "variables": true}\n'
    )
    header += b" " * (-(14 + len(header)) % 64)
    linear = np.array([(0, 1.0), (1, 0.0), (3, -2.0)], dtype="<i4,<f8")
    pairs = np.array([(1, 3.0), (0, 3.0), (2, -1.5), (1, -1.5)], dtype="<i4,<f8")
    labels = b'["a", "b", "c"]'
    return (
        b"DIMODBQM\x02\x00"
        + len(header).to_bytes(4, "little")
        + header
        + np.float64(0.5).tobytes()
        + linear.tobytes()
        + pairs.tobytes()
        + b"VARS"
        + len(labels).to_bytes(4, "little")
        + labels
    )


DIMOD_FILE = (_binary_model(),)


def case(name, values, *seeds, key=None):
    key = key or name.replace("-", "_")
    return Case(
        name,
        getattr(formats, f"read_{key}"),
        getattr(formats, f"write_{key}"),
        values,
        seeds,
    )


CASES = [
    case("rudy", graphs(), b"6 5\n1 2 5\n2 3 -1\n4 5\n5 6 2.5\n1 6 7\n"),
    case("mqlib", graphs(), b"# made\n6 4\n1 2 5\n2 3 -1\n\n4 5 1\n5 6 2.5\n"),
    case(
        "mqlib-qubo",
        quadratics(senses=("max",), coefficient=halvable),
        b"# q\n" + TRIPLES,
    ),
    case("biqmac-qubo", quadratics(coefficient=halvable), TRIPLES),
    case(
        "orlib",
        st.lists(
            quadratics(senses=("max",), coefficient=halvable), min_size=1, max_size=3
        ).map(tuple),
        b"2\n" + TRIPLES + b"2 1\n1 2 9\n",
    ),
    case(
        "qbsolv",
        quadratics("numbers"),
        b"c x\np qubo 0 8 3 2\n0 0 1.5\n3 3 -2\n7 7 0\nc y\n0 3 4\n3 7 -1\n",
    ),
    case(
        "qplib",
        quadratics(senses=EITHER, offset=True),
        b"NAME # n\nQBN\nmaximize\n3 # vars\n2\n2 1 4\n3 3 -2\n0.0\n2\n1 5\n3 -1\n7 # const\n"
        b"1e30\n0\n0\n0\n0\n",
        b"A\nLBN\nminimize\n3\n1.5\n1\n2 5\n0\n1e30\n0\n0\n0\n0\n",
    ),
    case(
        "opb",
        pseudo_booleans(),
        b"* #variable= 4 #constraint= 2\nmin: -2 x1 +3 x2 x4 -1 ~x3 ;\n"
        b"+1 x1 +1 x2 x3 >= 1;\n-1 x1 +2 ~x2 <= 3;\n",
    ),
    case("dimod-json", quadratics("any", BOTH, offset=True), *DIMOD_JSON),
    case("dimod-file", quadratics("any", BOTH, offset=True), *DIMOD_FILE),
    case(
        "dimod-coo",
        quadratics("numbers", BOTH),
        b"# vartype=SPIN\n0 0 -1.5\n0 3 2\n3 7 0.25\n",
    ),
    case(
        "biqbin",
        quadratics(0, senses=EITHER, offset=True),
        b'{"qubo": {"shape": [3, 3], "nnz": 3, "row": [0, 0, 2],\n "col": [0, 1, 1],'
        b' "data": [1, -2.5, 3]}, "offset": 1.5,\n "is_minimization": false}',
    ),
    case(
        "spin-glass",
        quadratics(vartypes=("SPIN",), senses=EITHER),
        b"# E = - sum J s s\n1 1 0.2\n1 2 -1\n2 5 3\n4 5 1e-3\n",
    ),
    case("cnf", cnfs(), b"c x\np cnf 5 4\n1 -2 0\n3 4\n-5 0 2 0\n0\n%\n0\n"),
    case(
        "wcnf",
        wcnfs(),
        b"c x\np wcnf 4 4 10\n10 1 -2 0\n3 2 0\n2.5 -3 4 0\n1 -4 0\n",
        b"h 1 2 0\n3 -1 0\nc mid\n1 -2 3 0\n",
    ),
    case(
        "col",
        graphs(weighted=False, node_weights=True),
        b"c x\np edge 5 4\nn 1 3\ne 1 2\ne 2 1\ne 3 4\ne 5 1\n",
    ),
    case(
        "matrix-market",
        matrices(),
        b"%%MatrixMarket matrix coordinate real symmetric\n% c\n3 3 3\n1 1 2\n"
        b"2 1 -1.5\n3 2 4\n",
        b"%%MatrixMarket matrix array integer general\n2 2\n1\n2\n3\n4\n",
    ),
    case(
        "tsplib",
        tsps(),
        b"NAME: a\nTYPE: TSP\nDIMENSION: 3\nEDGE_WEIGHT_TYPE: GEO\nNODE_COORD_SECTION\n"
        b"1 16.47 96.10\n2 16.47 94.44\n3 20.09 92.54\nEOF\n",
        b"NAME : b\nTYPE : ATSP\nDIMENSION : 3\n"
        b"EDGE_WEIGHT_TYPE : EXPLICIT\nEDGE_WEIGHT_FORMAT : FULL_MATRIX\n"
        b"EDGE_WEIGHT_SECTION\n0 1 2\n3 0 4 5 6 0\nEOF\n",
        b"TYPE: TSP\nDIMENSION: 3\nEDGE_WEIGHT_TYPE: ATT\n"
        b"NODE_COORD_SECTION\n1 1 2\n2 3 4\n3 9 9\n",
    ),
    case(
        "qaplib",
        qaps(),
        b"2\n\n0 1\n1 0\n\n0 5\n5 0\n",
        b"3\n0 1 2 1 0 1\n2 1 0\n0 3 1.5\n3 0 2\n1 2 0\n",
    ),
    case("qaplib-solution", solutions(), b"4 12\n2, 1, 4, 3\n"),
    case("knapsack", knapsacks(), b"3\n10\n5 4\n2.5 3\n7 6\n", b"2 9\n1 2\n3 4\n0 1\n"),
    case(
        "quadratic-knapsack",
        quadratic_knapsacks(),
        b"r_3\n3\n1 2 3\n4 5\n6\n\n0\n10\n2 3 4\n\nComments\nDensity : 25 %\n",
    ),
    case("market-split", market_splits(), b"2 4\n 1 2 3 4 5\n 5 4 3 2 9\n"),
    case("ground-states", ground_states(), b"a.txt : -2.5 1 0 1\nb.txt : 3 0 0\n"),
    case("labs", sequences(), b"n,energy,sequence\n3,1,+--\n4,2,-+--\n5,2,-+---\n"),
]
BY_NAME = {case.name: case for case in CASES}


def equal(a, b):
    """Equality of what readers return; graphs have none of their own."""
    if isinstance(a, nx.Graph):
        return type(a) is type(b) and nx.utils.graphs_equal(a, b)
    return a == b

"""The formats that are read and written: what each holds, and where its reader is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Format:
    """A file format.

    Attributes
    ----------
    what
        What such a file holds, for people.
    module
        Module of ``compilers.formats``.
    read, write
        Names of its functions.
    family
        What the reader returns: formats of one family hold the same data.
    suffixes
        Endings of file names that stand for it where a file is to be written.
    """

    what: str
    module: str
    read: str
    write: str
    family: str
    suffixes: tuple[str, ...] = ()


CATALOGUE = {
    "rudy": Format(
        "max-cut graph, as in Gset and Biq Mac: 'n m', then 'i j [w]'",
        "rudy",
        "read_rudy",
        "write_rudy",
        "weighted graph",
        (".txt", ".mc", ".rud", ".rudy"),
    ),
    "mqlib": Format(
        "max-cut graph of MQLib: comments, 'n m', then 'i j w'",
        "mqlib",
        "read_mqlib",
        "write_mqlib",
        "weighted graph",
    ),
    "mqlib-qubo": Format(
        "QUBO of MQLib, maximised, pairs counted twice",
        "mqlib",
        "read_mqlib_qubo",
        "write_mqlib_qubo",
        "quadratic",
    ),
    "biqmac-qubo": Format(
        "QUBO of Biq Mac, minimised, pairs counted twice",
        "biqmac",
        "read_biqmac_qubo",
        "write_biqmac_qubo",
        "quadratic",
        (".sparse",),
    ),
    "orlib": Format(
        "QUBOs of OR-Library (bqp), maximised, pairs counted twice",
        "orlib",
        "read_orlib",
        "write_orlib",
        "quadratics",
    ),
    "qbsolv": Format(
        "QUBO of qbsolv: 'p qubo', minimised",
        "qbsolv",
        "read_qbsolv",
        "write_qbsolv",
        "quadratic",
        (".qubo",),
    ),
    "qplib": Format(
        "QPLIB without constraints: types QBN, CBN, DBN, LBN",
        "qplib",
        "read_qplib",
        "write_qplib",
        "quadratic",
        (".qplib",),
    ),
    "opb": Format(
        "pseudo-Boolean problem of degree 2: 'min: ...;'",
        "opb",
        "read_opb",
        "write_opb",
        "pseudo-boolean",
        (".opb",),
    ),
    "dimod-file": Format(
        "binary quadratic model as dimod saves it",
        "dimod_file",
        "read_dimod_file",
        "write_dimod_file",
        "quadratic",
        (".bqm",),
    ),
    "dimod-json": Format(
        "binary quadratic model in dimod's JSON",
        "dimod_json",
        "read_dimod_json",
        "write_dimod_json",
        "quadratic",
        (".json",),
    ),
    "dimod-coo": Format(
        "binary quadratic model in dimod's COO: '# vartype=SPIN', then 'i j b'",
        "dimod_coo",
        "read_dimod_coo",
        "write_dimod_coo",
        "quadratic",
        (".coo",),
    ),
    "biqbin": Format(
        "QUBO in biqbin's JSON",
        "biqbin",
        "read_biqbin",
        "write_biqbin",
        "quadratic",
    ),
    "spin-glass": Format(
        "spin glass: lines 'i j J', '#' comments",
        "spin_glass",
        "read_spin_glass",
        "write_spin_glass",
        "quadratic",
        (".spins",),
    ),
    "cnf": Format(
        "formula in DIMACS CNF", "cnf", "read_cnf", "write_cnf", "cnf", (".cnf",)
    ),
    "wcnf": Format(
        "weighted formula, old or new grammar",
        "wcnf",
        "read_wcnf",
        "write_wcnf",
        "wcnf",
        (".wcnf",),
    ),
    "col": Format(
        "DIMACS graph, to be coloured",
        "col",
        "read_col",
        "write_col",
        "graph",
        (".col", ".clq"),
    ),
    "gph": Format(
        "DIMACS graph whose largest independent set is wanted",
        "col",
        "read_col",
        "write_col",
        "graph",
        (".gph", ".mis"),
    ),
    "matrix-market": Format(
        "matrix in MatrixMarket",
        "matrix_market",
        "read_matrix_market",
        "write_matrix_market",
        "matrix",
        (".mtx",),
    ),
    "tsplib": Format(
        "travelling salesman of TSPLIB",
        "tsplib",
        "read_tsplib",
        "write_tsplib",
        "tsp",
        (".tsp", ".atsp"),
    ),
    "qaplib": Format(
        "quadratic assignment of QAPLIB",
        "qaplib",
        "read_qaplib",
        "write_qaplib",
        "qap",
        (".qap",),
    ),
    "knapsack": Format(
        "0/1 knapsack: n, capacity, then 'profit weight'",
        "knapsack",
        "read_knapsack",
        "write_knapsack",
        "knapsack",
        (".kp",),
    ),
    "quadratic-knapsack": Format(
        "quadratic knapsack of Billionnet and Soutif",
        "quadratic_knapsack",
        "read_quadratic_knapsack",
        "write_quadratic_knapsack",
        "quadratic-knapsack",
        (".qkp",),
    ),
    "market-split": Format(
        "equations over 0/1 variables: 'm n', then rows of A and b",
        "market_split",
        "read_market_split",
        "write_market_split",
        "market-split",
    ),
    "labs": Format(
        "table of low-autocorrelation sequences: 'n,energy,sequence'",
        "labs",
        "read_labs",
        "write_labs",
        "labs",
    ),
}

#: Netlists, which ``compilers.logic`` reads.
NETLISTS = {
    "verilog": "Verilog, through Yosys",
    "yosys-json": "netlist in Yosys JSON",
    "blif": "netlist in BLIF",
    "aiger": "and-inverter graph, .aag or .aig",
    "bench": "netlist in ISCAS .bench",
}

#: Programs that were compiled before, which ``compilers.compiled`` reads and writes.
COMPILED = {"compiled": "program for a machine, as `pbit compile` writes it"}

#: Name of a format -> what such a file holds.
FORMATS = {
    **{name: form.what for name, form in CATALOGUE.items()},
    **NETLISTS,
    **COMPILED,
}

"""Files that are wrong, the line that the error names (None: the file) and its words."""

import warnings

import pytest

from pbit.errors import ParseError
from tests.compilers.formats.samples import BY_NAME, DIMOD_JSON

TABLE = {
    "mqlib": [
        (b"", None, "the file is empty"),
        (b"# a\n3\n", 2, "two whole numbers 'n m'"),
        (b"3 1\n1 2\n", 2, "an edge is 'i j w'"),
        (b"3 2\n1 2 1\n", 1, "declares 2 edges, but there are 1"),
        (b"3 1\n1 2 1\n2 3 1\n", 3, "but there are more"),
        (b"3 2\n1 2 1\n2 1 1\n", 3, "the edge 2 1 is given a second time"),
        (b"3 1\n0 2 1\n", 2, "0-based file?"),
        (b"3 1\n1 2 1 9\n", 2, "text after the weight"),
    ],
    "mqlib-qubo": [
        (b"2 2\n1 1 1\n1 1 2\n", 3, "the term of 1 and 1 is given a second time"),
        (b"2 1\n1 2\n", 2, "a term is 'i j q'"),
    ],
    "biqmac-qubo": [
        (b"", None, "the file is empty"),
        (b"2\n", 1, "a header is 'n m'"),
        (b"0 0\n", 1, "the number of nodes must be 1 to"),
        (b"9999999 1\n1 1 1\n", 1, "the number of variables must be 1 to"),
        (b"999999 1\n1 1 1\n", 1, "variables without a term"),
        (b"# c\n2 1\n1 2 3\n", 1, "have no comments"),
        (b"2 2\n1 2 3\n2 1 3\n", 3, "given a second time"),
        (b"2 1\n1 3 3\n", 2, "a variable must be 1 to 2, not '3'"),
        (b"2 1\n0 1 3\n", 2, "0-based file?"),
        (b"2 1\n1 2 nan\n", 2, "must be finite"),
        (b"2 1\n1 2 9007199254740992\n", 2, "within ±2**53"),
        (b"2 1\n1 2 1e308\n", 2, "too large"),
        (b"2 3\n1 2 3\n", 1, "declares 3 terms, but there are 1"),
    ],
    "orlib": [
        (b"", None, "ends where its headers promise more"),
        (b"1\n2 2\n1 2 3\n", 3, "ends where its headers promise more"),
        (b"0\n", 1, "the number of instances must be 1 to 1000"),
        (b"1 2\n", 1, "a header is 'number of instances'"),
        (b"1\n2 1\n1 2 3\n1 1 1\n", 4, "text after the last instance"),
    ],
    "qbsolv": [
        (b"c only\n", None, "the file is empty"),
        (b"p qubo 0 4 1\n", 1, "a header is 'p qubo topology"),
        (b"p cnf 0 4 1 0\n", 1, "starts with 'p qubo'"),
        (b"p qubo 7 4 1 0\n0 0 1\n", 1, "topology must be 0 or unconstrained"),
        (b"p qubo 0 4 9 0\n", 1, "nNodes must be 0 to 4"),
        (b"p qubo 0 4 1 1\n0 0 1\nc x\n3 1 2\n", 4, "a coupler has i < j, not 3 1"),
        (b"p qubo 0 4 1 1\n0 0 1\n0 4 2\n", 3, "a variable must be 0 to 3"),
        (b"p qubo 0 4 1 1\n0 0 1\n0 1 0\n", 3, "must not be zero"),
        (b"p qubo 0 4 2 1\n0 0 1\n0 1 2\n", 1, "declares 2 nodes, but there are 1"),
        (b"p qubo 0 4 1 2\n0 0 1\n0 1 2\n", 1, "declares 2 couplers, but there are 1"),
        (b"p qubo 0 4 1 1\n0 1 2\n0 0 1\n", 3, "not among the nNodes lines"),
        (b"p qubo 0 4 1 0\n0 0 1\nrubbish\n", 3, "a term is 'i j w'"),
    ],
    "qplib": [
        (b"", None, "ends before the name"),
        (b"A\nQBL\nminimize\n2\n1\n", 2, "type QBL is not read"),
        (b"A\nQCN\nminimize\n2\n", 2, "type QCN is not read"),
        (b"A\nquadratic\n", 2, "three letters"),
        (b"A\nQBN\nup\n", 3, "minimize or maximize"),
        (b"A\nQBN\nminimize\n0\n", 4, "the number of variables must be 1 to"),
        (b"A\nQBN\nminimize\n2\n1\n1 2 3\n", 6, "a term has i >= j, not 1 2"),
        (b"A\nQBN\nminimize\n2\n1\n2 1\n", 6, "'i j q'"),
        (b"A\nQBN\nminimize\n2\n2\n2 1 3\n2 1 3\n0\n0\n0\n", 7, "a second time"),
        (b"A\nLBN\nminimize\n2\n0\n2\n1 5\n1 6\n0\n", 8, "second linear coefficient"),
        (b"A\nLBN\nminimize\n2\n0\n1\n1 5\n", 7, "ends before the constant"),
    ],
    "opb": [
        (b"* only\n", None, "the file is empty"),
        (b"min: +1 x1\n", 1, "no ';' at its end"),
        (b"min: x1;\n", 1, "a variable must follow its coefficient"),
        (b"min: +1.5 x1;\n", 1, "must be a whole number"),
        (b"min: +1 x1 x2 x3;\n", 1, "at most 2 variables"),
        (b"min: +1;\n", 1, "has no variable"),
        (b"min: +1 x1;\n+1 x1 >= 1\n>= 2;\n", 3, "a relation must follow"),
        (b"min: +1 x1;\n+1 x1;\n", 2, "a statement must be"),
        (b"+1 x1 >= 1;\nmin: +1 x1;\n", 2, "must be the first statement"),
        (b"* #variable= 1 #constraint= 0\nmin: +1 x2;\n", 1, "declares 1 variables"),
        (b"* #variable= 2 #constraint= 3\nmin: +1 x2;\n", 1, "declares 3 constraints"),
        (b"min: +9007199254740993 x1;\n", 1, "within ±2**53"),
    ],
    "dimod-json": [
        (b"", 1, "broken JSON"),
        (b"[1]", 1, "must hold an object"),
        (b'{\n"a": }', 2, "broken JSON: Expecting value at column 6"),
        (b'{"a": 1, "a": 2}', None, "the key 'a' is given twice"),
        (b'{"a": NaN}', None, "must be finite, not NaN"),
        (b"[" * 100_000, None, "nested too deeply"),
        (b'{"a": ' + b"9" * 5000 + b"}", None, "too many digits"),
        (b"{}", None, "the entry type is missing"),
        (DIMOD_JSON[0].replace(b'"3.0.0"', b'"4.0.0"'), None, "the schema must be 3.x"),
        (DIMOD_JSON[0].replace(b"false", b"true"), None, "raw memory"),
        (
            DIMOD_JSON[0].replace(b"-4.0", b"1e999"),
            None,
            "quadratic_biases[1] must be a finite",
        ),
        (DIMOD_JSON[0].replace(b'"a", 1', b'"a", "a"'), None, "all different"),
        (DIMOD_JSON[0].replace(b'"a", 1', b'"a", {}'), None, "variable labels must be"),
        (
            DIMOD_JSON[0].replace(b"[0, 1]", b"[0, 7]"),
            None,
            "quadratic_head[1] must be 0 to 2",
        ),
        (DIMOD_JSON[0].replace(b'"SPIN"', b'"INTEGER"'), None, "BINARY or SPIN"),
        (b"{\n\xff}", 2, "not UTF-8"),
    ],
    "dimod-file": [
        (b"", None, "the magic word must have 8 bytes, but the file has 0"),
        (b"DIMODCQM\x02\x00", None, "starts with DIMODBQM"),
        (b"DIMODBQM\x03\x00\x00\x00\x00\x00", None, "must be 1.0 or 2.0, not 3.0"),
        (b"DIMODBQM\x02\x00\xff\xff\xff\xff{}", None, "must have 4294967295 bytes"),
    ],
    "dimod-coo": [
        (b"", None, "the file is empty"),
        (b"0 1 2\n", None, "nothing says the vartype"),
        (b"# vartype=INTEGER\n0 1 2\n", 1, "BINARY or SPIN, not 'INTEGER'"),
        (b"# vartype=SPIN\n# vartype=BINARY\n0 1 2\n", 2, "is SPIN, but this line"),
        (b"# vartype=SPIN\n0 1 2\n1 0 2\n", 3, "given a second time"),
        (b"# vartype=SPIN\n0 -1 2\n", 2, "a variable must be 0 to"),
        (b"# vartype=SPIN\n0 1 2 3\n", 2, "a term is 'i j q'"),
    ],
    "biqbin": [
        (b"{}", None, "the entry qubo is missing"),
        (b'{"qubo": 3}', None, "qubo must be of type dict"),
        (b'{"qubo": {"shape": [2, 3]}}', None, "qubo.shape must be [n, n]"),
        (
            b'{"qubo": {"shape": [2, 2], "row": [0], "col": [2], "data": [1]}}',
            None,
            "qubo.col[0] must be 0 to 1, not 2",
        ),
        (
            b'{"qubo": {"shape": [2, 2], "row": [0], "col": [1, 1], "data": [1]}}',
            None,
            "qubo.col must have 1 entries, not 2",
        ),
        (
            b'{"qubo": {"shape": [2, 2], "row": [0, 0], "col": [1, 1], "data": [1, 1]}}',
            None,
            "an entry twice",
        ),
    ],
    "spin-glass": [
        (b"#\n", None, "the file is empty"),
        (b"#\n1 2\n", 2, "a term is 'i j q'"),
        (b"#\n1 2 1\n2 1 1\n", 3, "given a second time"),
        (b"# E = sum J\n# E = - sum J\n1 2 1\n", 2, "contradicts"),
        (b"#\n0 2 1\n", 2, "0-based"),
        (b"#\n1 900000 1\n", 2, "variables without a term"),
    ],
    "cnf": [
        (b"c x\n", None, "the file is empty"),
        (b"1 2 0\n", 1, "the header is 'p cnf n m'"),
        (b"p cnf 3\n", 1, "the header is 'p cnf n m'"),
        (b"p cnf 2 1\n1 3 0\n", 2, "literal 3 is out of range"),
        (b"p cnf 2 1\n1 x 0\n", 2, "must be a whole number, not 'x'"),
        (b"p cnf 2 2\n1 2 0\n", 1, "declares 2 clauses, but there are 1"),
        (b"p cnf 2 1\n1 2\n", 2, "no 0 at its end"),
        (b"p cnf 9000000 1\n1 2 0\n", 1, "variables in no clause"),
        (b"p cnf 99999999999 1\n1 2 0\n", 1, "the number of variables must be 0 to"),
    ],
    "wcnf": [
        (b"", None, "the file is empty"),
        (b"p cnf 2 1\n1 2 0\n", 1, "'p wcnf n m'"),
        (b"p wcnf 2 1 5\n-3 1 0\n", 2, "must not be negative"),
        (b"p wcnf 2 1 5\n0 1 0\n", 2, "must be > 0"),
        (b"p wcnf 2 1 5\nh 1 0\n", 2, "a weight must be a number, not 'h'"),
        (b"p wcnf 2 1 5\n3 1 4 0\n", 2, "out of range"),
        (b"p wcnf 2 1 5\n3 1 2\n", 2, "no 0 at its end"),
        (b"p wcnf 2 3 5\n3 1 0\n", 1, "declares 3 clauses"),
        (b"h 1 0\n9007199254740992 1 0\n5 2 0\n", None, "more than 2**53"),
    ],
    "col": [
        (b"c x\n", None, "the file is empty"),
        (b"p cnf 2 1\n", 1, "the header is 'p edge n m'"),
        (b"p edge 2 1\ne 1 3\n", 2, "node 3 is out of range 1 to 2"),
        (b"p edge 2 1\ne 1 1\n", 2, "node 1 is joined to itself"),
        (b"p edge 2 1\na 1 2\n", 2, "an edge is 'e i j'"),
        (b"p edge 3 3\ne 1 2\n", 1, "declares 3 edges, but there are 1"),
        (b"p edge 2 1\nn 1\ne 1 2\n", 2, "a node is 'n i value'"),
        (b"p edge 9000000 1\ne 1 2\n", 1, "isolated nodes"),
    ],
    "matrix-market": [
        (b"", None, "the file is empty"),
        (b"3 3 1\n", 1, "the first line is '%%MatrixMarket"),
        (b"%%MatrixMarket matrix coordinate pattern general\n", 1, "has no numbers"),
        (b"%%MatrixMarket matrix coordinate real skew-symmetric\n", 1, "cancels"),
        (b"%%MatrixMarket matrix coordinate complex general\n", 1, "complex"),
        (b"%%MatrixMarket matrix coordinate real general\n%\n2 2\n", 3, "a header is"),
        (
            b"%%MatrixMarket matrix coordinate real general\n2 2 1\n1 3 1\n",
            3,
            "a column",
        ),
        (
            b"%%MatrixMarket matrix coordinate real general\n2 2 2\n1 2 1\n",
            2,
            "declares 2",
        ),
        (
            b"%%MatrixMarket matrix coordinate real general\n2 2 2\n1 2 1\n1 2 1\n",
            4,
            "second",
        ),
        (
            b"%%MatrixMarket matrix coordinate real symmetric\n2 2 1\n1 2 1\n",
            3,
            "lower half",
        ),
        (
            b"%%MatrixMarket matrix coordinate integer general\n2 2 1\n1 2 .5\n",
            3,
            "whole",
        ),
        (b"%%MatrixMarket matrix array real general\n9999999 9999999\n1\n", 2, "dense"),
    ],
    "tsplib": [
        (b"", None, "the file is empty"),
        (b"NAME : a\n", None, "neither coordinates nor distances"),
        (b"TYPE : CVRP\n", 1, "must be TSP or ATSP"),
        (b"NAME : a\nnonsense\n", 2, "expected 'KEYWORD : value'"),
        (b"NAME : a\nCAPACITY : 3\n", 2, "the keyword CAPACITY is not known"),
        (b"DIMENSION : 3\nEDGE_WEIGHT_TYPE : FAR\n", 2, "must be one of EXPLICIT"),
        (b"DIMENSION : 99999\n", 1, "the dimension must be 1 to 5000"),
        (b"EDGE_WEIGHT_TYPE : GEO\nNODE_COORD_SECTION\n", 2, "DIMENSION must come"),
        (
            b"DIMENSION : 2\nEDGE_WEIGHT_TYPE : GEO\nNODE_COORD_SECTION\n1 0 0\n",
            4,
            "a city",
        ),
        (
            b"DIMENSION : 2\nEDGE_WEIGHT_TYPE : GEO\nNODE_COORD_SECTION\n1 0 0\n1 1 1\n",
            5,
            "city 1 is given twice",
        ),
        (
            b"DIMENSION : 2\nEDGE_WEIGHT_TYPE : EXPLICIT\nEDGE_WEIGHT_FORMAT : FULL_MATRIX\n"
            b"EDGE_WEIGHT_SECTION\n0 1\n2 0\n",
            None,
            "must be symmetric",
        ),
        (
            b"DIMENSION : 2\nEDGE_WEIGHT_TYPE : EXPLICIT\nEDGE_WEIGHT_FORMAT : FULL_MATRIX\n"
            b"EDGE_WEIGHT_SECTION\n0 1 2\nEOF\n",
            6,
            "needs 4 distances, but there are 3",
        ),
        (
            b"DIMENSION : 2\nEDGE_WEIGHT_TYPE : GEO\nFIXED_EDGES_SECTION\n",
            3,
            "is not read",
        ),
    ],
    "qaplib": [
        (b"", None, "the file is empty"),
        (b"2.5\n", 1, "n must be a whole number"),
        (
            b"2\n0 1\n1 0\n0 5\n5\n",
            5,
            "the second matrix needs 4 numbers, but there are 3",
        ),
        (b"2\n0 1\n1 x\n", 3, "an entry must be a number, not 'x'"),
        (b"1\n0\n0\n7\n", 4, "numbers follow the second matrix"),
    ],
    "qaplib-solution": [
        (b"2\n", None, "the file is empty"),
        (b"2 9\n1 1\n", 2, "expected a permutation of 1 to 2"),
        (b"2 9\n1 3\n", 2, "a facility must be 1 to 2"),
        (b"2 9\n1 2 3\n", 2, "numbers follow the permutation"),
    ],
    "knapsack": [
        (b"", None, "the file is empty"),
        (b"2 9\n1 2\n3\n", 1, "declares 2 items, but there are 1"),
        (b"2 -9\n1 2\n3 4\n", 1, "the capacity must be at least 0"),
        (b"2 9\n1 -2\n3 4\n", 2, "a weight must be at least 0"),
        (b"2 9\n1 2\n3 4\n0 1 1\n", 4, "a solution has 2"),
        (b"2 9\n1 2\n3 4\n0 7\n", 4, "an item of the solution must be 0 to 1"),
        (b"x 9\n", 1, "the number of items must be a whole number"),
    ],
    "quadratic-knapsack": [
        (b"", None, "the file is empty"),
        (b"a\n2.5\n", 2, "the number of items must be 1 to"),
        (b"a\n2\n1 2\n3\n1\n9\n1 1\n", 6, "must be 0 (at most), not 1"),
        (b"a\n2\n1 2\n3\n0\n9\n1\n", 7, "ends after 1 of 2 weights"),
        (b"a\n2\n1 2\n3\n0\n9\n1 -1\n", 7, "must be at least 0"),
    ],
    "market-split": [
        (b"", None, "the file is empty"),
        (b"2\n", 1, "a header is 'm n'"),
        (b"1 2\n1 2\n", 2, "a row has 3 numbers"),
        (b"1 2\n1 2 3\n1 2 3\n", 3, "but there are more"),
        (b"2 2\n1 2 3\n", 1, "declares 2 rows, but there are 1"),
        (b"1 2\n1 2.5 3\n", 2, "an entry must be a whole number"),
        (b"# c\n1 2\n1 2 3\n", 1, "have no comments"),
    ],
    "ground-states": [
        (b"", None, "the file is empty"),
        (b"a.txt -2.5 1 0\n", 1, "expected 'file : energy bits'"),
        (b"a.txt : -2.5 1 2\n", 1, "a bit must be 0 to 1"),
    ],
    "labs": [
        (b"", None, "the file is empty"),
        (b"n,sequence\n", 1, "the header is 'n,energy,sequence'"),
        (b"n,energy,sequence\n3,1\n", 2, "a row is 'n,energy,signs'"),
        (b"n,energy,sequence\n3,1,+-\n", 2, "but has 2 signs"),
        (b"n,energy,sequence\n3,2,+--\n", 2, "has energy 1, not 2"),
    ],
}
ROWS = [(name, *row) for name, rows in TABLE.items() for row in rows]
ALL_TEXT = [name for name in BY_NAME if name != "dimod-file"]


@pytest.mark.parametrize(("name", "content", "line", "words"), ROWS)
def test_a_malformed_file_is_an_error_with_its_line(
    name, content, line, words, tmp_path
):
    path = tmp_path / "file"
    path.write_bytes(content)
    with pytest.raises(ParseError) as caught:
        BY_NAME[name].read(path)
    assert words in str(caught.value)
    assert caught.value.line == line
    where = path if line is None else f"{path}:{line}"
    assert str(caught.value).startswith(f"{where}: ")


def test_every_format_has_malformed_files():
    assert set(BY_NAME) - {"rudy"} == set(TABLE)  # rudy's are in malformed.py


@pytest.mark.parametrize("name", BY_NAME)
def test_broken_gzip_data_is_a_parse_error(name, tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"\x1f\x8b\x00\x00")
    with pytest.raises(ParseError, match="gzip"):
        BY_NAME[name].read(path)


REPAIRS = {
    "mqlib": (b"3 2\n1 2 1 x\n2 1 4\n", "repeated edge, weights summed"),
    "biqmac-qubo": (b"2 3\n1 2 1\n2 1 1\n", "repeated term, coefficients summed"),
    "qbsolv": (b"p qubo 0 4 1 1\n0 0 1\n3 1 2\n", "coupler turned to i < j"),
    "qplib": (
        b"A\nQBN\nminimize\n2\n1\n1 2 3\n0\n0\n0\n",
        "turned to the lower triangle",
    ),
    "opb": (b"* #variable= 1 #constraint= 2\nmin: +1 x2;\n", "0 constraints taken"),
    "cnf": (b"p cnf 2 2\n1 2\n", "0 added to the last clause"),
    "wcnf": (b"p wcnf 2 1 5\n0 1 0\n", "soft clause of weight 0 dropped"),
    "col": (b"p edge 3 3\ne 1 2\n", "1 edges taken where the header declares 3"),
    "tsplib": (
        b"CAPACITY : 3\nDIMENSION : 1\nEDGE_WEIGHT_TYPE : GEO\nNODE_COORD_SECTION\n1 0 0\n",
        "CAPACITY read over",
    ),
    "knapsack": (b"1 9\n1 2\n0 1 1\n", "numbers after the end ignored"),
    "market-split": (b"# c\n1 2\n1 2 3\n", "comment skipped"),
}


@pytest.mark.parametrize("name", REPAIRS)
def test_repairs_are_made_and_told_when_not_strict(name, tmp_path):
    content, words = REPAIRS[name]
    path = tmp_path / "file"
    path.write_bytes(content)
    with pytest.raises(ParseError):
        BY_NAME[name].read(path)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        BY_NAME[name].read(path, strict=False)
    assert any(words in str(warning.message) for warning in caught)

"""Rudy files that are wrong, and where and how the error has to say so."""

import gzip
from typing import NamedTuple


class Malformed(NamedTuple):
    """A file's bytes; the line that its error names (None: the file) and some words."""

    name: str
    content: bytes
    line: int | None
    fragment: str


MALFORMED = [
    Malformed("empty", b"", None, "the file is empty"),
    Malformed("only_blanks", b"\n \t\r\n\n", None, "the file is empty"),
    Malformed("one_number_header", b"4\n1 2 1\n", 1, "two whole numbers 'n m'"),
    Malformed("three_number_header", b"3 1 7\n1 2 1\n", 1, "two whole numbers 'n m'"),
    Malformed("word_header", b"\n\nnodes edges\n1 2\n", 3, "two whole numbers 'n m'"),
    Malformed("negative_header", b"-3 1\n1 2 1\n", 1, "two whole numbers 'n m'"),
    Malformed("no_nodes", b"0 0\n", 1, "the number of nodes must be 1 to"),
    Malformed(
        "huge_n", b"99999999999999999 1\n1 2\n", 1, "the number of nodes must be"
    ),
    Malformed(
        "huge_m", b"3 99999999999999999\n1 2\n", 1, "the number of edges must be"
    ),
    Malformed("mostly_isolated", b"9000000 1\n1 2 1\n", 1, "isolated nodes"),
    Malformed(
        "too_few_edges", b"3 3\n1 2 1\n2 3 1\n", 1, "declares 3 edges, but there"
    ),
    Malformed(
        "too_many_edges", b"3 1\n1 2 1\n\n2 3 1\n", 4, "declares 1 edges, but there"
    ),
    Malformed("index_zero", b"3 2\n0 1 1\n1 2 1\n", 2, "0-based file?"),
    Malformed(
        "index_too_large", b"3 2\n1 2 1\n2 4 1\n", 3, "node 4 is out of range 1 to 3"
    ),
    Malformed("negative_index", b"3 1\n-1 2 1\n", 2, "whole numbers"),
    Malformed("fractional_index", b"3 1\n1.0 2 1\n", 2, "whole numbers"),
    Malformed("one_index", b"3 1\n1\n", 2, "an edge is 'i j' or 'i j w'"),
    Malformed(
        "word_weight", b"3 2\n1 2 1\n2 3 heavy\n", 3, "must be a number, not 'heavy'"
    ),
    Malformed("nan_weight", b"3 1\n1 2 nan\n", 2, "must be finite, not 'nan'"),
    Malformed("inf_weight", b"3 1\n1 2 -Infinity\n", 2, "must be finite"),
    Malformed(
        "overflowing_weight", b"3 1\n1 2 1e999\n", 2, "must be finite, not '1e999'"
    ),
    Malformed("hexadecimal_weight", b"3 1\n1 2 0x10\n", 2, "must be a number"),
    Malformed("underscored_weight", b"3 1\n1 2 1_000\n", 2, "must be a number"),
    Malformed("comma_weight", b"3 1\n1 2 0,5\n", 2, "must be a number"),
    Malformed("inexact_weight", b"3 1\n1 2 9007199254740993\n", 2, "within ±2**53"),
    Malformed("text_after_weight", b"3 1\n1 2 1 4\n", 2, "text after the weight: '4'"),
    Malformed("comment", b"3 1\n# an edge\n1 2 1\n", 2, "an edge is"),
    Malformed("binary", b"3 1\n\x00\xff\xfe 2 1\n", 2, "an edge is"),
    Malformed("long_line", b"3 1\n1 2 " + b"1" * 5000 + b"\n", 2, "at most 4096 bytes"),
    Malformed("utf16", "3 1\n1 2 1\n".encode("utf-16"), 1, "two whole numbers 'n m'"),
    Malformed(
        "truncated_gzip", gzip.compress(b"3 1\n1 2 1\n", mtime=0)[:-9], None, "gzip"
    ),
    Malformed("broken_gzip", b"\x1f\x8b\x00\x00", None, "gzip"),
]

"""Biq Mac: QUBOs as `n m`, then m lines `i j q` from 1; *minimise* xᵀQx.

Q is symmetric and the file lists one triangle, so that an off-diagonal entry counts
twice (gka1b, n = 20, has its published minimum -133 only this way). Biq Mac's max-cut
graphs are rudy files.
"""

from __future__ import annotations

from os import PathLike

from compilers.formats.mqlib import read_paired, write_paired
from compilers.formats.quadratic import Quadratic, check_plain


def read_biqmac_qubo(path: str | PathLike[str], strict: bool = True) -> Quadratic:
    """Read a QUBO of the Biq Mac library (bqp, gka, be).

    Parameters
    ----------
    path
        A text file, plain or gzipped.
    strict
        If False, comments (``#``), a wrong number of terms and repeated ones (summed)
        are repaired; every repair is a warning.

    Returns
    -------
    Quadratic
        Variables 1 ... n, sense "min".

    Raises
    ------
    ParseError
        If the file breaks the grammar.

    References
    ----------
    A. Wiegele, Biq Mac Library (2007).
    """
    return read_paired(path, strict=strict, sense="min", name="Biq Mac")


def write_biqmac_qubo(function: Quadratic, path: str | PathLike[str]) -> None:
    """Write a function that `read_biqmac_qubo` reads back equal.

    Raises
    ------
    ValueError
        If it is not a minimum over 0/1 variables 1 ... n without an offset.
    """
    check_plain(function, "Biq Mac")
    write_paired(function, path, "Biq Mac")

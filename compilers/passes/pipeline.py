"""Passes one after the other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from compilers.program import Program


def pipeline(program: Program, *steps: Callable[[Program], Program]) -> Program:
    """Return the program after these passes, first to last.

    Every pass keeps the way back, so that the result decodes to the first program's
    terms, and adds to ``provenance["passes"]`` what it did: whether it is exact, what
    it keeps, and what it cost.

    Parameters
    ----------
    program
        What a compiler returned.
    *steps
        Passes: those of :mod:`compilers.passes` with their settings but without a
        program, such as ``passes.sparsify(5)``, or any function of a program.

    Raises
    ------
    TypeError
        If `program` is none, or a step is not a pass or returns no program.

    Examples
    --------
    >>> import compilers
    >>> from compilers import passes
    >>> adder = compilers.adder(1, cin=True)
    >>> small = pipeline(adder, passes.sparsify(3), passes.quantize("s[4][1]"))
    >>> small.n, [entry["pass"] for entry in small.provenance["passes"]]
    (10, ['sparsify', 'quantize'])
    >>> small.decode(small.lift([1, 1, -1, -1, 1]))
    {'A': 1, 'B': 1, 'Cin': 0, 'S': 2}
    """
    result = _check_program("program", program)
    given: tuple[Any, ...] = steps
    for step in given:
        if not callable(step):
            msg = f"a step must be a pass, such as passes.sparsify(5), not {step!r}"
            raise TypeError(msg)
        result = _check_program(f"the result of {step!r}", step(result))
    return result


def _check_program(what: str, given: Any) -> Program:
    if not isinstance(given, Program):
        msg = f"{what} must be a Program, not {given!r}"
        raise TypeError(msg)
    return given

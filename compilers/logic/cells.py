"""Cells that synthesis emits, and any function of up to three inputs, as gates.

What the published table lacks is made by `gadget`: the fewest auxiliary p-bits, then
the narrowest coefficients that reach them.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from functools import cache

from compilers.logic.gadgets import Gadget, gadget
from compilers.logic.gates import GATES, Gate
from pbit.errors import CapacityError

# Pins as Yosys names them (the output is Y, a multiplexer gives B where S is 1).
_FUNCTIONS: dict[str, tuple[str, Callable[..., int]]] = {
    "ANDNOT": ("AB", lambda a, b: a & ~b),
    "ORNOT": ("AB", lambda a, b: a | ~b),
    "MUX": ("ABS", lambda a, b, s: b if s else a),
    "NMUX": ("ABS", lambda a, b, s: ~(b if s else a)),
    "AOI3": ("ABC", lambda a, b, c: ~(a & b | c)),
    "OAI3": ("ABC", lambda a, b, c: ~((a | b) & c)),
    "AOI4": ("ABCD", lambda a, b, c, d: ~(a & b | c & d)),
    "OAI4": ("ABCD", lambda a, b, c, d: ~((a | b) & (c | d))),
    "XOR3": ("ABC", lambda a, b, c: a ^ b ^ c),
    "MAJ3": ("ABC", lambda a, b, c: a & b | a & c | b & c),
}
CELLS = tuple(_FUNCTIONS)
_ALIASES = {"BUF": "COPY", "INV": "NOT"}
_NUMBERED = re.compile(r"F([123])_([0-9A-F]{1,2})")
_BITS = (3, 4)


def function_name(outputs: int, k: int) -> str:
    """Return the name of the gate of a function of k inputs: ``F3_E8`` is a majority.

    Bit x of `outputs` is the output for inputs x; the pins are A, B, C (bits 0, 1, 2 of
    x) and Y.
    """
    return f"F{k}_{outputs:0{max(1, (1 << k) // 4)}X}"


@cache
def find_cell(name: str) -> Gate | None:
    """Return the cell called `name` (upper case), None if there is none.

    ``AND~A~C`` is AND with its pins A and C negated, at no cost in p-bits.
    """
    base, *pins = name.split("~")
    if pins:
        gate = _plain(base)
        if gate is None or len(set(pins)) < len(pins):
            return None
        known = {pin.upper(): pin for pin in (*gate.inputs, *gate.outputs)}
        if not all(pin in known for pin in pins):
            return None
        return negate(gate, tuple(known[pin] for pin in pins), name)
    return _plain(base)


@cache
def _plain(name: str) -> Gate | None:
    name = _ALIASES.get(name, name)
    for gate in GATES.values():
        if gate.name.upper() == name:
            return gate
    if name in _FUNCTIONS:
        pins, function = _FUNCTIONS[name]
        k = len(pins)
        bits = [function(*(x >> i & 1 for i in range(k))) & 1 for x in range(1 << k)]
        return narrowest(bits).gate(name, tuple(pins))
    if match := _NUMBERED.fullmatch(name):
        k, number = int(match[1]), int(match[2], 16)
        if number < 1 << (1 << k) and name == function_name(number, k):
            bits = [number >> x & 1 for x in range(1 << k)]
            return narrowest(bits).gate(name, tuple("ABC"[:k]))
    return None


def narrowest(outputs: list[int], max_aux: int = 2) -> Gadget:
    """Return the gadget of fewest auxiliary p-bits, of 3 bits where these suffice."""
    *narrow, widest = _BITS
    best = gadget(outputs, max_aux, widest)
    for bits in narrow:
        try:
            return gadget(outputs, best.n_aux, bits)
        except CapacityError:
            continue
    return best


def negate(gate: Gate, pins: tuple[str, ...], name: str) -> Gate:
    """Return a gate with some pins negated: a change of signs, nothing else."""
    signs = [-1 if pin in pins else 1 for pin in gate.pins]
    flips = [pin in pins for pin in gate.pins]
    return replace(
        gate,
        name=name,
        J=tuple(
            tuple(s * t * w for t, w in zip(signs, row, strict=True))
            for s, row in zip(signs, gate.J, strict=True)
        ),
        h=tuple(s * b for s, b in zip(signs, gate.h, strict=True)),
        rows=tuple(
            "".join(str(int(bit) ^ flip) for bit, flip in zip(row, flips, strict=True))
            for row in gate.rows
        ),
        source=f"{gate.name} with the signs of {', '.join(pins)} flipped",
        provenance="derived",
    )

"""Half and full adders as they hide in gates: a parity and a majority of the same nets."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from compilers.logic.cuts import Cut

_PARITY = {2: 0b0110, 3: 0x96}
_GATES = {
    2: ("HALF_ADDER", "AB", "S", "C"),
    3: ("FULL_ADDER_5", ("A", "B", "Cin"), "S", "Cout"),
}


class Adder(NamedTuple):
    """Two nets that are sum and carry of the leaves, up to signs.

    `gate` names the gate with its negated pins; `leaves` are in the order of its
    inputs.
    """

    sum: int
    carry: int
    leaves: tuple[int, ...]
    gate: str


def _carries(k: int) -> dict[int, tuple[tuple[int, ...], int]]:
    """Return table -> signs of the inputs and of the output of a carry."""
    found: dict[int, tuple[tuple[int, ...], int]] = {}
    for signs in itertools.product((0, 1), repeat=k):
        for out in (0, 1):
            table = 0
            for x in range(1 << k):
                ones = sum((x >> i & 1) ^ s for i, s in enumerate(signs))
                table |= (int(ones >= 2) ^ out) << x  # AND of two, majority of three
            found.setdefault(table, (signs, out))
    return found


_TABLES = {k: _carries(k) for k in (2, 3)}


def find_adders(
    cuts: Mapping[int, Sequence[Cut]], taken: set[int], k: int
) -> list[Adder]:
    """Return adders of k inputs among nets that are in none yet; `taken` grows.

    Nets are looked at in their order, so that carries nearer to the inputs come first.
    """
    mask = (1 << (1 << k)) - 1
    sums: dict[tuple[int, ...], list[tuple[int, int]]] = {}
    carries: dict[tuple[int, ...], list[tuple[int, int]]] = {}
    for net, own in cuts.items():
        for leaves, table in own:
            if len(leaves) != k or net in leaves:
                continue
            if table in (_PARITY[k], mask ^ _PARITY[k]):
                sums.setdefault(leaves, []).append((net, table))
            elif table in _TABLES[k]:
                carries.setdefault(leaves, []).append((net, table))
    found = []
    for leaves, adding in sums.items():
        for total, parity in adding:
            for carry, table in carries.get(leaves, ()):
                if total in taken or carry in taken:
                    continue
                taken.update((total, carry))
                found.append(_adder(total, parity, carry, table, leaves))
    return found


def _adder(
    total: int, parity: int, carry: int, table: int, leaves: tuple[int, ...]
) -> Adder:
    k = len(leaves)
    name, inputs, s, c = _GATES[k]
    signs, out = _TABLES[k][table]
    # Negated inputs negate the parity; what is left over is the sign of the sum.
    sum_out = (parity != _PARITY[k]) ^ (sum(signs) & 1)
    pins = [pin for pin, sign in zip(inputs, signs, strict=True) if sign]
    pins += [s] * sum_out + [c] * out
    return Adder(total, carry, leaves, "~".join([name, *pins]))

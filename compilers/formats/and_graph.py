"""A circuit as AND gates of two with negations, which AIGER files are written from."""

from __future__ import annotations

from compilers.logic.covers import as_cover
from compilers.logic.signals import Cell, Signals

_ANDS = {"AND~A": (1, 0), "AND~B": (0, 1), "AND~A~B": (1, 1), "ANDNOT": (0, 1)}


class AndGraph:
    """AND gates of a circuit, numbered so that inputs come before latches and gates."""

    def __init__(self, signals: Signals) -> None:
        self.signals = signals
        self.inputs = [name for port in signals.inputs for name in port.signals]
        self.outputs = [name for port in signals.outputs for name in port.signals]
        named = [*self.inputs, *signals.latches]
        self.literals = {name: 2 * (k + 1) for k, name in enumerate(named)}
        self.ands: list[tuple[int, int]] = []
        self.known: dict[tuple[int, int], int] = {}
        self.first = len(named) + 1
        for name in signals.order("netlist", every=True):
            self.literals[name] = self._cell(signals.cells[name])

    def _and(self, a: int, b: int) -> int:
        if a < b:
            a, b = b, a
        if b == 0 or a ^ b == 1:
            return 0
        if b == 1 or a == b:
            return a
        if (a, b) not in self.known:
            self.known[a, b] = 2 * (self.first + len(self.ands))
            self.ands.append((a, b))
        return self.known[a, b]

    def _all(self, literals: list[int]) -> int:
        while len(literals) > 1:
            literals = [*literals[2:], self._and(literals[0], literals[1])]
        return literals[0] if literals else 1

    def _cell(self, cell: Cell) -> int:
        inputs = [self.literals[name] for name in cell.inputs]
        if cell.kind in _ANDS or (
            cell.kind == "AND" and len(inputs) == 2
        ):  # as they are: what was read is written alike
            signs = _ANDS.get(cell.kind, (0, 0))
            a, b = sorted(x ^ s for x, s in zip(inputs, signs, strict=True))
            self.ands.append((b, a))
            return 2 * (self.first + len(self.ands) - 1)
        if cell.kind in ("XOR", "XNOR"):
            odd = inputs[0]
            for other in inputs[1:]:
                both = self._and(odd, other)
                odd = self._and(both ^ 1, self._and(odd ^ 1, other ^ 1) ^ 1)
            return odd ^ (cell.kind == "XNOR")
        cover = as_cover(cell)
        assert cover is not None  # noqa: S101 - only parities have none
        terms = [
            self._all(
                [
                    literal ^ (letter == "0")
                    for literal, letter in zip(inputs, cube, strict=True)
                    if letter != "-"
                ]
            )
            for cube in cover.cover
        ]
        none = self._all([term ^ 1 for term in terms])
        return none ^ 1 if cover.value else none

    def encode(self, *, binary: bool) -> bytes:
        """Return the file, binary or as text."""
        latches, n_in, n_and = self.signals.latches, len(self.inputs), len(self.ands)
        most = n_in + len(latches) + n_and
        head = "aig" if binary else "aag"
        lines = [f"{head} {most} {n_in} {len(latches)} {len(self.outputs)} {n_and}"]
        if not binary:
            lines += [str(self.literals[name]) for name in self.inputs]
        for name, latch in latches.items():
            own = self.literals[name]
            init = own if latch.init is None else latch.init
            line = f"{self.literals[latch.data]} {init}"
            lines.append(line if binary else f"{own} {line}")
        lines += [str(self.literals[name]) for name in self.outputs]
        body = b""
        for k, (a, b) in enumerate(self.ands):
            own = 2 * (self.first + k)
            if binary:
                body += _leb128(own - a) + _leb128(a - b)
            else:
                lines.append(f"{own} {a} {b}")
        names = [
            *(f"i{k} {_checked(name)}" for k, name in enumerate(self.inputs)),
            *(f"l{k} {_checked(name)}" for k, name in enumerate(latches)),
            *(f"o{k} {_checked(name)}" for k, name in enumerate(self.outputs)),
        ]
        text = "".join(f"{line}\n" for line in lines).encode()
        return text + body + "".join(f"{name}\n" for name in names).encode()


def _leb128(value: int) -> bytes:
    found = bytearray()
    while value > 127:
        found.append(value & 127 | 128)
        value >>= 7
    return bytes([*found, value])


def _checked(name: str) -> str:
    if not name.strip() or "\n" in name or name != name.strip():
        msg = f"{name!r} cannot be written as an AIGER symbol"
        raise ValueError(msg)
    return name

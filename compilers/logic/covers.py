"""Functions of few inputs: covers of cubes, truth tables, and the gates they are."""

from __future__ import annotations

from compilers.logic.cells import function_name
from compilers.logic.signals import COVER, SYMMETRIC, Cell

MAX_TABLE = 3  # inputs of a function that becomes one gate
_NAMES = {
    (2, 0b1000): "AND",
    (2, 0b1110): "OR",
    (2, 0b0111): "NAND",
    (2, 0b0001): "NOR",
    (2, 0b0110): "XOR",
    (2, 0b1001): "XNOR",
    (2, 0b0010): "ANDNOT",
    (2, 0b0100): "AND~A",
    (2, 0b1011): "ORNOT",
    (2, 0b1101): "OR~A",
    (3, 0x96): "XOR3",
    (3, 0xE8): "MAJ3",
    (3, 0xCA): "MUX",
    (1, 0b01): "NOT",
    (1, 0b10): "BUF",
    (0, 0b0): "0",
    (0, 0b1): "1",
}


def as_gate(cell: Cell) -> Cell | None:
    """Return a cover of few inputs as a named cell; None if it has too many.

    Inputs that are named twice or do not matter are dropped on the way.
    """
    names = tuple(dict.fromkeys(cell.inputs))
    if cell.kind != COVER or len(names) > MAX_TABLE:
        return None
    outputs = 0
    for x in range(1 << len(names)):
        bits = {name: x >> i & 1 for i, name in enumerate(names)}
        fits = any(
            all(
                c == "-" or int(c) == bits[n]
                for c, n in zip(cube, cell.inputs, strict=True)
            )
            for cube in cell.cover
        )
        outputs |= (fits == bool(cell.value)) << x
    return named(outputs, names)


def tidy(cell: Cell) -> Cell:
    """Return a cell that reads nothing in vain: a gate, or a cover whose inputs matter.

    Cubes that never fit are dropped; a cover with a cube that always fits is constant.
    """
    if cell.kind != COVER:
        return cell
    small = as_gate(cell)
    if small is not None:
        return small
    cubes = []
    for cube in dict.fromkeys(cell.cover):
        wanted: dict[str, str] = {}
        fits = all(
            letter == "-" or wanted.setdefault(name, letter) == letter
            for name, letter in zip(cell.inputs, cube, strict=True)
        )
        if fits and not wanted:
            return Cell(str(cell.value))
        if fits:
            cubes.append(wanted)
    if not cubes:
        return Cell(str(1 - cell.value))
    names = tuple(dict.fromkeys(n for n in cell.inputs if any(n in c for c in cubes)))
    cover = tuple("".join(c.get(n, "-") for n in names) for c in cubes)
    less = Cell(COVER, names, cover, cell.value)
    return as_gate(less) or less


def named(outputs: int, names: tuple[str, ...]) -> Cell:
    """Return the cell of a function, on the inputs that matter."""
    k = len(names)
    for i in range(k):
        low = [x for x in range(1 << k) if not x >> i & 1]
        if all(outputs >> x & 1 == outputs >> (x | 1 << i) & 1 for x in low):
            less = sum((outputs >> x & 1) << place for place, x in enumerate(low))
            return named(less, names[:i] + names[i + 1 :])
    kind = _NAMES.get((k, outputs)) or function_name(outputs, k)
    return Cell(kind, names)


def as_cover(cell: Cell) -> Cell | None:
    """Return a cell as a cover; None for XOR and XNOR of many inputs.

    AND, OR and their complements take one cube of any width.
    """
    k = len(cell.inputs)
    if cell.kind == COVER:
        return cell
    if cell.kind in ("0", "1"):
        return Cell(COVER, (), ("",) if cell.kind == "1" else ())
    if cell.kind in ("BUF", "NOT"):
        return Cell(COVER, cell.inputs, ("1" if cell.kind == "BUF" else "0",))
    single = {"AND": ("1", 1), "NAND": ("1", 0), "OR": ("0", 0), "NOR": ("0", 1)}
    if cell.kind in single:
        letter, value = single[cell.kind]
        return Cell(COVER, cell.inputs, (letter * k,), value)
    if cell.kind in SYMMETRIC and k > 4:
        return None
    return Cell(COVER, cell.inputs, tuple(_minterms(cell)))


def _minterms(cell: Cell) -> list[str]:
    from compilers.logic.gates import find_gate

    k = len(cell.inputs)
    texts = ["".join(str(x >> i & 1) for i in range(k)) for x in range(1 << k)]
    if cell.kind in ("XOR", "XNOR"):
        odd = cell.kind == "XOR"
        return [text for text in texts if (text.count("1") % 2 == 1) == odd]
    gate = find_gate(cell.kind)
    ones = set(gate.formulas[gate.outputs[0]])
    return [text for text in texts if tuple(map(int, text)) in ones]

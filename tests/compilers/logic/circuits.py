"""Random circuits as signals, and twins that evaluate them the slow and obvious way."""

from hypothesis import strategies as st

from compilers.logic.covers import as_cover
from compilers.logic.signals import COVER, SYMMETRIC, Cell, Latch, Port, Signals

NAMES = [f"n{k}" for k in range(12)]


def value_of(signals, cell, values):
    """A cell's output by its definition."""
    bits = [values[name] for name in cell.inputs]
    if cell.kind == COVER or cell.kind not in SYMMETRIC:
        cover = as_cover(cell)
        fits = any(
            all(c == "-" or int(c) == bit for c, bit in zip(cube, bits, strict=True))
            for cube in cover.cover
        )
        return int(fits == bool(cover.value))
    return int(
        {
            "AND": all(bits),
            "NAND": not all(bits),
            "OR": any(bits),
            "NOR": not any(bits),
            "XOR": sum(bits) % 2 == 1,
            "XNOR": sum(bits) % 2 == 0,
        }[cell.kind]
    )


def run(signals, inputs, state):
    """One cycle: bits of inputs and latches -> bits of all signals."""
    values = {**inputs, **state}
    for name in signals.order("circuit", every=True):
        values[name] = value_of(signals, signals.cells[name], values)
    return values


def numbers(ports, values, suffix=""):
    return {
        port.name + suffix: sum(values[bit] << k for k, bit in enumerate(port.signals))
        for port in ports
    }


@st.composite
def circuits(draw, cell, latches=True):
    """Signals with a bus X of two bits, an input y, some cells and registers."""
    inputs = (Port("X", ("X[0]", "X[1]")), Port("y", ("y",)))
    known = ["X[0]", "X[1]", "y"]
    held = draw(st.integers(0, 2)) if latches else 0
    registers = [f"q{k}" for k in range(held)]
    known += registers
    cells = {}
    for name in NAMES[: draw(st.integers(1, 6))]:
        cells[name] = draw(cell(list(known)))
        known.append(name)
    found = {
        name: Latch(draw(st.sampled_from(known)), draw(st.sampled_from([None, 0, 1])))
        for name in registers
    }
    outputs = draw(st.lists(st.sampled_from(list(cells)), min_size=1, unique=True))
    ports = tuple(Port(name, (name,)) for name in outputs)
    return Signals("random", inputs, ports, cells, found)


@st.composite
def gates(draw, known):
    kind = draw(st.sampled_from([*SYMMETRIC, "NOT", "BUF"]))
    few = 1 if kind in ("NOT", "BUF") else draw(st.integers(1, 5))
    inputs = draw(st.lists(st.sampled_from(known), min_size=few, max_size=few))
    return Cell(kind, tuple(inputs))


@st.composite
def covers(draw, known):
    k = draw(st.integers(0, 5))
    inputs = draw(st.lists(st.sampled_from(known), min_size=k, max_size=k))
    cube = st.text("01-", min_size=k, max_size=k)
    cubes = tuple(draw(st.lists(cube, max_size=4)))
    value = draw(st.integers(0, 1)) if cubes else 1
    return Cell(COVER, tuple(inputs), cubes, value)


@st.composite
def ands(draw, known):
    kind = draw(st.sampled_from(["AND", "AND~A", "AND~B", "AND~A~B"]))
    inputs = draw(st.lists(st.sampled_from(known), min_size=2, max_size=2))
    return Cell(kind, tuple(inputs))

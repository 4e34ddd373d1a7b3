"""Bit-sliced kernels broken on purpose: copies of their files with a single line changed."""

from __future__ import annotations

import contextlib
import importlib
import sys
from pathlib import Path
from typing import NamedTuple

from pbit import kernels

COPIED = (
    "bitsliced_counts", "bitsliced_levels", "bitsliced_compare", "bitsliced_sweep",
)  # fmt: skip
PACKAGE = "broken_kernels"


class Fault(NamedTuple):
    """What is broken, in which file, and how."""

    name: str
    file: str
    old: str
    new: str


FAULTS = [
    Fault("a carry lost", "bitsliced_counts", "(a & b) | (c & (a ^ b))", "a & b"),
    Fault("signs ignored", "bitsliced_counts", "return row ^ load(", "return row | load("),
    Fault("an input read twice", "bitsliced_counts", "entries[place + 6]",
          "entries[place + 5]"),
    Fault("comparison inverted", "bitsliced_levels", "(~draw & chance)",
          "(draw & ~chance)"),
    Fault("lower planes win", "bitsliced_levels", "(same & below)", "below"),
    Fault("levels exchanged", "bitsliced_levels", "chances[np.uint64(place + 2)]",
          "chances[np.uint64(place + 1)]"),
    Fault("a plane off by one", "bitsliced_levels", "(43 - k)", "(42 - k)"),
    Fault("a level left out", "bitsliced_levels", "range(last + 1)", "range(last)"),
    Fault("magnitudes of negative fields", "bitsliced_sweep",
          "low ^ (down & seen), seen | low", "low ^ down, seen | low"),
    Fault("the parity forgotten", "bitsliced_sweep",
          "seen = mask(scratch, parity, lanes)", "seen = mask(scratch, 0, lanes)"),
    Fault("the sign lost", "bitsliced_sweep", "up ^ (below & ~held)",
          "below & ~held"),
    Fault("the tail ignored", "bitsliced_sweep", "if any_bit(equal):",
          "if any_bit(equal & ~equal):"),
    Fault("the tail of another chain", "bitsliced_sweep",
          "lane_chain + 64 * w", "lane_chain + 32 * w"),
    Fault("the tail of another level", "bitsliced_sweep",
          "table[2 * level + parity]", "table[level + parity]"),
    Fault("a plane left out", "bitsliced_sweep", "c3, carry = c3 ^ carry, c3 & carry",
          "c3, carry = c3 | carry, c3 & carry"),
    Fault("groups exchanged", "bitsliced_compare", "(unlike >> 1) & 1", "unlike & 1"),
    Fault("digits not doubled", "bitsliced_sweep", "range(program.shifts[block])",
          "range(0)"),
]  # fmt: skip


@contextlib.contextmanager
def broken_modules(fault, folder):
    """Import the copies under another name, from a folder of their own."""
    source = Path(kernels.__file__).parent
    package = folder / PACKAGE
    package.mkdir()
    (package / "__init__.py").write_text("")
    for name in COPIED:
        text = (source / f"{name}.py").read_text()
        if name == fault.file:
            assert fault.old in text, f"{fault.old!r} is not in {name}"
            text = text.replace(fault.old, fault.new)
        for other in COPIED:
            text = text.replace(f"pbit.kernels.{other} ", f"{PACKAGE}.{other} ")
        (package / f"{name}.py").write_text(text)
    sys.path.insert(0, str(folder))
    try:
        importlib.invalidate_caches()
        yield {name: importlib.import_module(f"{PACKAGE}.{name}") for name in COPIED}
    finally:
        sys.path.remove(str(folder))
        for name in [name for name in sys.modules if name.startswith(PACKAGE)]:
            del sys.modules[name]

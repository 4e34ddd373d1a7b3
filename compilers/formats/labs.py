"""Tables of optimal low-autocorrelation sequences: `n,energy,sequence`, signs + and -."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from os import PathLike

import numpy as np

from compilers.formats.source import Source
from compilers.formats.text import quote, write_lines

MAX_LENGTH = 2000
_HEADER = b"n,energy,sequence"


@dataclass(frozen=True)
class LabsRecord:
    """A sequence of ±1 and its energy Σ_k C_k²."""

    sequence: tuple[int, ...]
    energy: int

    @property
    def n(self) -> int:
        """Length of the sequence."""
        return len(self.sequence)


def read_labs(path: str | PathLike[str], strict: bool = True) -> tuple[LabsRecord, ...]:
    """Read a table of sequences; each row has to have the energy that it states.

    Parameters
    ----------
    path
        A text file, plain or gzipped.
    strict
        Accepted for symmetry; nothing here can be repaired.

    Raises
    ------
    ParseError
        If the file breaks the grammar, or a row contradicts itself.
    """
    source = Source(path, strict=strict)
    lines = source.lines()
    header = next(lines, None)
    if header is None:
        msg = "a table of sequences starts with 'n,energy,sequence'"
        raise source.empty(msg)
    if header != _HEADER:
        msg = f"the header is 'n,energy,sequence', not {quote(header)}"
        raise source.error(msg)
    found: list[LabsRecord] = []
    for line in lines:
        words = line.split(b",")
        if len(words) != 3 or not words[2] or words[2].strip(b"+-"):
            msg = f"a row is 'n,energy,signs', not {quote(line)}"
            raise source.error(msg)
        n = source.whole(words[0], "n", 1, MAX_LENGTH)
        energy = source.whole(words[1], "the energy", 0)
        sequence = tuple(1 if sign == 43 else -1 for sign in words[2])  # 43 is "+"
        if len(sequence) != n:
            msg = f"the row says n = {n}, but has {len(sequence)} signs"
            raise source.error(msg)
        if autocorrelation_energy(sequence) != energy:
            msg = f"the sequence has energy {autocorrelation_energy(sequence)}, not {energy}"
            raise source.error(msg)
        found.append(LabsRecord(sequence, energy))
    source.warn()
    return tuple(found)


def autocorrelation_energy(sequence: Sequence[int]) -> int:
    """Return Σ_{k>0} (Σ_i s_i s_{i+k})².

    Examples
    --------
    >>> autocorrelation_energy((1, -1, -1))
    1
    """
    signs = np.asarray(sequence, dtype=np.int64)
    overlaps = np.correlate(signs, signs, "full")[len(signs) :]
    return int((overlaps * overlaps).sum())


def write_labs(records: Sequence[LabsRecord], path: str | PathLike[str]) -> None:
    """Write a table that `read_labs` reads back equal.

    Raises
    ------
    ValueError
        If a record's energy is not that of its sequence.
    """
    lines = [_HEADER.decode()]
    for record in records:
        if autocorrelation_energy(record.sequence) != record.energy:
            msg = f"energy {record.energy} is not that of {record.sequence}"
            raise ValueError(msg)
        signs = "".join("+" if s > 0 else "-" for s in record.sequence)
        lines.append(f"{record.n},{record.energy},{signs}")
    write_lines(path, lines)

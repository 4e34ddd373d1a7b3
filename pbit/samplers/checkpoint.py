"""Checkpoints: a run that is killed goes on where it was, and ends with the same bits.

A checkpoint is a folder. Its file ``state.npz`` holds what the run needs to go on; it is
replaced as a whole, and only once everything that it refers to is on the disk. States that
were kept lie beside it in numbered shards, which are written once. All are files of
`pbit.io` (no pickle, every member has a checksum), so a process killed at any moment, or a
disk that fills up, leaves the last checkpoint as it was. Draws are addressed by what they
are for, so a state needs no state of a generator.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from pbit.checks import check_nonnegative
from pbit.io import as_json
from pbit.model import PCircuit
from pbit.polynomial import PolynomialModel
from pbit.random import RandomState, Streams, sequence_of, streams
from pbit.samplers.saver import STATE, Saver, digest, read_identity

__all__ = [
    "Checkpoint",
    "CheckpointLike",
    "Saver",
    "digest",
    "model_digest",
    "open_checkpoint",
    "seeded",
]

FORMAT_VERSION = 1  # of the folder; the files inside have that of pbit.io
PERIOD = 60.0  # seconds between two checkpoints


@dataclass(frozen=True)
class Checkpoint:
    """Where a run writes its checkpoints, and how often.

    Samplers take it, or just the folder, as ``checkpoint=``. Called again with the same
    arguments and the same folder a run goes on from the last checkpoint there.

    Parameters
    ----------
    folder
        Folder of this one run; made if it is not there.
    every
        Seconds between two checkpoints; 0 writes one whenever the sampler can.

    Raises
    ------
    TypeError, ValueError
        If `folder` is no path or `every` is not a finite number >= 0.

    Examples
    --------
    >>> Checkpoint("glass", every=600).every
    600.0
    """

    folder: str | os.PathLike[str]
    every: float = PERIOD

    def __post_init__(self) -> None:
        """Check at the door."""
        given: Any = self.folder
        if not isinstance(given, str | os.PathLike):
            msg = f"checkpoint must be a folder or a Checkpoint, not {given!r}"
            raise TypeError(msg)
        object.__setattr__(self, "every", check_nonnegative("every", self.every))


CheckpointLike: TypeAlias = str | os.PathLike[str] | Checkpoint | None


def seeded(checkpoint: CheckpointLike, rng: RandomState) -> Streams:
    """Return the streams of `rng`; where it is None, those of the run to be resumed.

    Raises
    ------
    TypeError, ValueError
        If `rng` is no seed or the checkpoint is damaged.
    """
    if rng is not None or checkpoint is None:
        return streams(rng)
    path = Path(_settings(checkpoint).folder) / STATE
    if not path.exists():
        return streams(None)
    seed = read_identity(path).get("rng")
    if not isinstance(seed, dict) or set(seed) != {"entropy", "spawn_key"}:
        msg = f"{path}: it names no seed"
        raise ValueError(msg)
    return streams(sequence_of(seed))


def model_digest(model: PCircuit | PolynomialModel) -> str:
    """Return the sha256 of kind, weights, biases and offset; labels do not count."""
    if isinstance(model, PolynomialModel):
        parts = [model.members.indptr, model.members.indices, model.values]
    else:
        parts = [model.weights.indptr, model.weights.indices, model.weights.data]
    offset = getattr(model, "offset", 0.0)
    return digest(type(model).__name__, model.n, offset, model.h, *parts)


def open_checkpoint(
    checkpoint: CheckpointLike,
    sampler: str,
    model: PCircuit | PolynomialModel,
    source: Streams,
    **arguments: Any,
) -> Saver:
    """Open the checkpoint of a run, which its arguments identify.

    Parameters
    ----------
    checkpoint
        A folder, a Checkpoint, or None for a saver that is never due.
    sampler
        Name of the algorithm.
    model, source
        What is sampled and the streams it draws from (`seeded`).
    **arguments
        Everything else that the bits depend on, and nothing more: JSON, or arrays, of
        which the digest is kept.

    Raises
    ------
    OSError
        If the folder cannot be made or written to, or another run holds it.
    """
    if checkpoint is None:
        return Saver(None, 0.0, {})
    from pbit import __version__

    identity = {
        "checkpoint format": FORMAT_VERSION,
        "pbitlab": __version__,
        "sampler": sampler,
        "model": model_digest(model),
        "rng": source.entropy,
    }
    for name, value in arguments.items():
        whole = not isinstance(value, np.ndarray)
        identity[name] = value if whole else f"sha256:{digest(value)}"
    settings = _settings(checkpoint)
    return Saver(settings.folder, settings.every, as_json("identity", identity))


def _settings(checkpoint: str | os.PathLike[str] | Checkpoint) -> Checkpoint:
    return checkpoint if isinstance(checkpoint, Checkpoint) else Checkpoint(checkpoint)

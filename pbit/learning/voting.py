"""Label p-bits that vote: sampled with the rest of a machine held, read now and then."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pbit.checks import Floats, check_count
from pbit.model import IsingModel
from pbit.progress import Progress, reporter
from pbit.random import RandomState, streams
from pbit.samplers.clamps import Clamp
from pbit.samplers.ensemble import Ensemble, Keep

Votes = NDArray[np.int32]
"""Label p-bits at +1, shape (n_chains, n_reads, n_classes)."""

MOST_BYTES = 2**26  # of states that one advance leaves behind


def count_votes(
    model: IsingModel,
    classes: ArrayLike,
    n_chains: int,
    n_sweeps: int,
    *,
    clamp: Clamp = None,
    read_every: int = 1,
    initial: ArrayLike | None = None,
    rng: RandomState = None,
    first_chain: int = 0,
    n_threads: int | None = None,
    progress: Progress = False,
) -> Votes:
    """Run chains at beta = 1, colour by colour, and count label p-bits at every reading.

    Parameters
    ----------
    model
        The machine's model.
    classes
        Labels of the p-bits that vote, shape (n_copies, n_classes): each class has one
        p-bit in every copy.
    n_chains, clamp, initial, rng, first_chain, n_threads, progress
        As in :func:`pbit.sample`; one chain an image, whose pixels are its clamp.
    n_sweeps
        Sweeps a chain, from its first state on; none are thrown away.
    read_every
        Sweeps between readings.

    Returns
    -------
    numpy.ndarray
        How many of the copies of each class are +1, int32, shape (n_chains,
        n_sweeps // read_every, n_classes). Sums over the readings so far, and their
        largest, are :func:`decide`'s.

    Raises
    ------
    TypeError, ValueError, KeyError
        If an argument breaks a rule.

    Examples
    --------
    >>> import pbit
    >>> names = ["pixel", "no", "yes"]
    >>> three = pbit.IsingModel([[0, -9, 9], [-9, 0, 0], [9, 0, 0]], labels=names)
    >>> count_votes(three, [["no", "yes"]], 1, 3, clamp={"pixel": 1}, rng=0).tolist()
    [[[0, 1], [0, 1], [0, 1]]]
    """
    check_count("n_chains", n_chains)
    if check_count("read_every", read_every) > check_count("n_sweeps", n_sweeps):
        msg = f"read_every must be at most n_sweeps = {n_sweeps}, not {read_every}"
        raise ValueError(msg)
    places = class_numbers(model, classes)
    n_reads = n_sweeps // read_every
    votes = np.zeros((n_chains, n_reads, places.shape[1]), np.int32)
    block = max(1, min(n_reads, MOST_BYTES // (n_chains * model.n)))
    report, close = reporter(progress, n_sweeps)
    try:
        with Ensemble(
            model,
            n_chains,
            streams(rng),
            order="chromatic",
            clamp=clamp,
            initial=initial,
            first_chain=first_chain,
            one_beta=True,
            n_threads=n_threads,
        ) as chains:
            for first in range(0, n_reads, block):
                size = min(block, n_reads - first)
                kept = np.empty((n_chains, size, model.n), np.int8)
                energies: Floats = np.empty((n_chains, size))
                keep = Keep(chains.sweeps_done, read_every, kept, energies)
                chains.advance(1.0, size * read_every, keep)
                seen = kept[:, :, places] > 0
                seen.sum(axis=2, out=votes[:, first : first + size])
                report(chains.sweeps_done, n_sweeps)
    finally:
        close()
    return votes


def decide(votes: ArrayLike, n_reads: int | None = None) -> NDArray[np.int64]:
    """Return the class of most votes in the first `n_reads` readings, shape (n_chains,).

    All readings if omitted. Of classes with equally many votes the first wins.

    Examples
    --------
    >>> decide([[[0, 1], [1, 1], [1, 0]]]).tolist(), decide([[[0, 1], [1, 0]]], 1).tolist()
    ([0], [1])
    """
    given = np.asarray(votes)
    if given.ndim != 3:
        msg = f"votes must have shape (n_chains, n_reads, n_classes), not {given.shape}"
        raise ValueError(msg)
    if n_reads is not None and check_count("n_reads", n_reads) > given.shape[1]:
        msg = f"n_reads must be at most {given.shape[1]}, not {n_reads}"
        raise ValueError(msg)
    return np.asarray(given[:, :n_reads].sum(axis=1).argmax(axis=1), np.int64)


def class_numbers(model: IsingModel, classes: ArrayLike) -> NDArray[np.int64]:
    """Return the numbers of the p-bits that vote, shape (n_copies, n_classes)."""
    table = label_table(classes)
    numbers = [[model.index(label) for label in row] for row in table]
    return np.array(numbers, np.int64)


def label_table(classes: ArrayLike) -> list[list[object]]:
    """Return rows of labels of one length, each label once, or raise a ValueError."""
    given: object = classes
    rows = [list(row) for row in given] if hasattr(given, "__iter__") else []
    # Numbers of numpy are no names of p-bits in files.
    plain = [
        [x.item() if isinstance(x, np.generic) else x for x in row] for row in rows
    ]
    flat = [label for row in plain for label in row]
    if not flat or len({len(row) for row in plain}) != 1 or len(set(flat)) != len(flat):
        msg = (
            "classes must be rows of labels, one row a copy and one label a class, each "
            f"once, not {classes!r}"
        )
        raise ValueError(msg)
    return plain

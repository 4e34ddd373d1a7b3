"""What a crossbar makes of weights: the static part as other weights, the noise of reading."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from hardware.engines.drive import fill_normals, fill_uniforms
from hardware.synapses.crossbar import Crossbar
from pbit.checks import Floats
from pbit.errors import DesignError
from pbit.model import PCircuit
from pbit.random import Streams, Use

MOST_PBITS = 256  # with wires that resist: the network has 2 n (n + 1) nodes
# Units of the draws, beside those of the design's faults.
STUCK_CELLS = 16


class Loaded(NamedTuple):
    """A circuit as a crossbar holds it."""

    weights: Floats  # effective, in the order of the circuit's
    biases: Floats
    noise: Floats  # standard deviation of each p-bit's field at a reading; (n,) or none


def load_crossbar(
    circuit: PCircuit, part: Crossbar, weights: Floats, biases: Floats, source: Streams
) -> Loaded:
    """Program weights and biases into cells and return what comes out of them.

    Raises
    ------
    DesignError
        If there are too many p-bits to solve the network of wires.
    """
    n = circuit.n
    rows = np.repeat(np.arange(n), np.diff(circuit.weights.indptr))
    rows = np.concatenate([rows, np.arange(n)])
    # The biases are read through one more line, which is always +1.
    columns = np.concatenate([circuit.weights.indices, np.full(n, n)])
    wanted = np.concatenate([weights, biases])
    largest = float(np.abs(wanted).max(initial=0.0)) or 1.0
    scale = largest / (part.g_max - part.g_min)
    total, squares = np.zeros(wanted.size), np.zeros(n)
    for side, sign in enumerate((1.0, -1.0)):
        cells = _cells(part, np.maximum(sign * wanted, 0) / largest, side, source)
        squares += np.bincount(rows, cells**2, n)
        if part.wire_ohm > 0:
            cells = through_wires(cells, rows, columns, n, part.wire_ohm)
        total += sign * scale * cells
    noise = np.empty(0)
    if part.read_noise > 0:
        noise = part.read_noise * scale * np.sqrt(squares)
    return Loaded(total[: weights.size], total[weights.size :], noise)


def _cells(part: Crossbar, share: Floats, side: int, source: Streams) -> Floats:
    """Return the conductances of one side's cells, which should be `share` of the range."""
    if part.levels is not None:
        share = np.rint(share * (part.levels - 1)) / (part.levels - 1)
    cells = part.g_min + share * (part.g_max - part.g_min)
    key = (source.key0, source.key1)
    if part.programming_noise > 0:
        drawn = np.empty(cells.size)
        fill_normals(drawn, *key, int(Use.PROGRAM), side)
        cells = np.maximum(cells + part.programming_noise * part.g_max * drawn, 0.0)
    if part.stuck_on > 0 or part.stuck_off > 0:
        drawn = np.empty(cells.size)
        fill_uniforms(drawn, *key, int(Use.FAULTS), STUCK_CELLS + side)
        # One number decides both, so that each fraction is what it says.
        cells = np.where(drawn < part.stuck_on, part.g_max, cells)
        cells = np.where(drawn >= 1.0 - part.stuck_off, part.g_min, cells)
    return cells


def through_wires(
    cells: Floats,
    rows: NDArray[np.int64],
    columns: NDArray[np.int64],
    n: int,
    ohm: float,
) -> Floats:
    r"""Return what conductances amount to behind wires that resist.

    Input line j runs past the outputs 0 ... n - 1 and is driven before the first of them;
    output line i runs past the inputs 0 ... n and is held at zero volt after the last.
    Every crossing and every end is one piece of wire away from the next. The current out
    of line i per volt on line j is :math:`T_{ij}`; without wires it is the cell itself.

    Raises
    ------
    DesignError
        If there are too many p-bits.
    """
    if n > MOST_PBITS:
        msg = f"must be 0 for more than {MOST_PBITS} p-bits, not {ohm:g} for {n}"
        raise DesignError(key="synapse.wire_ohm", message=msg)
    matrix = _network(cells, rows, columns, n, 1.0 / ohm)
    size, inputs = matrix.shape[0], n + 1
    driven = sp.csc_array(
        (np.full(inputs, 1.0 / ohm), (np.arange(inputs), np.arange(inputs))),
        shape=(size, inputs),
    )
    from scipy.sparse.linalg import splu

    volts = splu(matrix).solve(driven.toarray())
    last = n * inputs + np.arange(n) * inputs + n  # where output lines end
    transfer = volts[last] / ohm
    return np.asarray(transfer[rows, columns])


def _network(
    cells: Floats,
    rows: NDArray[np.int64],
    columns: NDArray[np.int64],
    n: int,
    siemens: float,
) -> sp.csc_array:
    """Return Kirchhoff's matrix of an array: input nodes by rows, then output nodes."""
    inputs = n + 1
    upper = np.arange(n * inputs).reshape(n, inputs)  # on input lines
    lower = upper + n * inputs  # on output lines
    pairs = [
        (upper[:-1].ravel(), upper[1:].ravel()),
        (lower[:, :-1].ravel(), lower[:, 1:].ravel()),
        (upper[rows, columns], lower[rows, columns]),
    ]
    values = [
        np.full(pairs[0][0].size, siemens),
        np.full(pairs[1][0].size, siemens),
        cells,
    ]
    a = np.concatenate([pair[0] for pair in pairs])
    b = np.concatenate([pair[1] for pair in pairs])
    g = np.concatenate(values)
    ends = np.concatenate([upper[0], lower[:, -1]])
    i = np.concatenate([a, b, a, b, ends])
    j = np.concatenate([b, a, a, b, ends])
    v = np.concatenate([-g, -g, g, g, np.full(ends.size, siemens)])
    return sp.csc_array((v, (i, j)), shape=(2 * n * inputs, 2 * n * inputs))

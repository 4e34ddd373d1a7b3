"""The weights and inputs that a machine's p-bits have: loaded, faulty, in a crossbar."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from hardware.design import Design
from hardware.engines.crossbar import load_crossbar
from hardware.engines.imperfect import faulty_weights, make_drive
from hardware.engines.plan import Wiring, make_wiring
from hardware.synapses import Crossbar
from pbit.checks import Floats
from pbit.model import PCircuit
from pbit.random import Streams


def wire(
    circuit: PCircuit,
    design: Design,
    body: Streams,
    programmed: tuple[Floats, Floats],
    start: float,
) -> Wiring:
    """Return what p-bits hear of one another, with the design's faults and spread.

    Parameters
    ----------
    circuit, design
        What is wired, and how.
    body
        Random numbers of what the machine is made of.
    programmed
        (weights, biases) that are loaded.
    start
        Seconds on the clock when the machine is made.
    """
    weights, biases = programmed
    wiring = make_wiring(
        circuit,
        faulty_weights(circuit, design, body, weights),
        make_drive(circuit.n, design, body, start),
        design.chips,
    )._replace(h=biases)
    if not isinstance(design.synapse, Crossbar):
        return wiring
    held = load_crossbar(circuit, design.synapse, wiring.data, wiring.h, body)
    drive = wiring.drive._replace(noise=held.noise)
    return wiring._replace(data=held.weights, h=held.biases, drive=drive)


def check_programmed(
    circuit: PCircuit, programmed: tuple[ArrayLike, ArrayLike] | None
) -> tuple[Floats, Floats]:
    """Return the weights and biases that are loaded: the circuit's, or others.

    Raises
    ------
    ValueError
        If they are not one a coupling and one a p-bit, all finite.
    """
    if programmed is None:
        return np.asarray(circuit.weights.data), circuit.h
    given = [np.array(values, np.float64) for values in programmed]
    sizes = (circuit.n_edges, circuit.n)
    for name, values, size in zip(("weights", "biases"), given, sizes, strict=True):
        if values.shape != (size,) or not np.isfinite(values).all():
            msg = f"programmed {name} must be {size} finite numbers, not {values}"
            raise ValueError(msg)
    return given[0], given[1]

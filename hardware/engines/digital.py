"""Digital machines as arrays and integer arithmetic, the same in both engines."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hardware.design import Design
from hardware.devices import Digital as DigitalPart
from hardware.synapses import Mac
from pbit.checks import Floats
from pbit.errors import DesignError
from pbit.kernels.jit import inline
from pbit.kernels.types import Int, Int32s, Int64s
from pbit.limits import FixedPoint

ANALOG, TABLE, CLIP = range(3)
WIDE = 1 << 62  # an accumulator that nothing saturates
LARGEST_SUM = 53  # bits; sums are exact in a float too
LARGEST_SHIFTED = 62


class Digital(NamedTuple):
    """Number formats, weights as integers and the activation of a digital machine."""

    integer: bool  # whether sums are integers, of a multiply-and-accumulate synapse
    weights: Int32s  # in steps of their format, in the order of the couplings
    biases: Int32s
    register: Int64s  # (1,): beta as an integer; 1 where it is folded into the weights
    ceiling: int  # at which sums saturate
    step: float  # of a sum times the register
    device: int  # ANALOG, TABLE or CLIP
    left: int  # shift from sums to steps of the p-bits' inputs, to the left
    right: int  # and to the right
    scale: float  # steps of an input in 1
    largest: int  # input in steps
    coarse: int  # shift from |input| to table index
    table: NDArray[np.int64]
    half: int  # 2**(bits - 1)
    left_clip: int  # shift from input steps to those of words taken as fractions
    right_clip: int


def is_digital(design: Design) -> bool:
    """Return whether a design does some of its arithmetic in integers."""
    return isinstance(design.device, DigitalPart) or isinstance(design.synapse, Mac)


def make_digital(design: Design, n: int, n_connections: int, fan_in: int) -> Digital:
    """Return the digital machine's arrays; :func:`load_weights` fills in the weights.

    Raises
    ------
    DesignError
        If sums may need more than 53 bits.
    """
    device, mac = design.device, design.synapse
    integer = isinstance(mac, Mac)
    fraction, register = 0, None
    ceiling, needed = WIDE, 0
    if isinstance(mac, Mac):
        weights = FixedPoint.parse(mac.weights)
        fraction, register = weights.fraction, mac.register
        needed = weights.bits + math.ceil(math.log2(fan_in + 1))
        if mac.accumulator is not None:
            total = FixedPoint.parse(mac.accumulator)
            ceiling = (1 << (total.whole + total.fraction)) - 1
            needed = min(needed, total.bits)
        if register is not None:
            needed, fraction = needed + sum(register), fraction + register[1]
        if needed > LARGEST_SUM:
            msg = (
                f"makes sums of {needed} bits where p-bits have {fan_in} couplings; "
                f"{LARGEST_SUM} are the most: shorten weights or beta"
            )
            raise DesignError(key="synapse.weights", message=msg)
    kind, fmt, bits = ANALOG, FixedPoint(1, 0), 2
    table, coarse = np.zeros(0, np.int64), 0
    if isinstance(device, DigitalPart):
        fmt, bits = FixedPoint.parse(device.input), device.bits
        kind = TABLE if device.activation == "table" else CLIP
        table = device.table().astype(np.int64)
        if kind == TABLE:
            coarse = fmt.whole + fmt.fraction - (table.size.bit_length() - 1)
    shift, clip = fmt.fraction - fraction, bits - 1 - fmt.fraction
    if integer and needed + max(shift, 0) > LARGEST_SHIFTED:
        msg = f"has too many fractional bits for sums of {needed} bits"
        raise DesignError(key="device.input", message=msg)
    return Digital(
        integer,
        np.zeros(n_connections if integer else 0, np.int32),
        np.zeros(n if integer else 0, np.int32),
        np.ones(1, np.int64),
        ceiling,
        2.0**-fraction,
        kind,
        max(shift, 0),
        max(-shift, 0),
        2.0**fmt.fraction,
        (1 << (fmt.whole + fmt.fraction)) - 1,
        coarse,
        table,
        1 << (bits - 1),
        max(clip, 0),
        max(-clip, 0),
    )


def load_weights(
    digital: Digital, design: Design, data: Floats, h: Floats, beta: float
) -> None:
    """Write weights, biases and beta in the machine's formats, as a host loads them."""
    mac = design.synapse
    if not isinstance(mac, Mac):
        return
    fmt, factor = FixedPoint.parse(mac.weights), beta
    if mac.register is not None:
        load_register(digital, mac.register, beta)
        factor = 1.0
    for values, numbers in ((data, digital.weights), (h, digital.biases)):
        numbers[:] = np.rint(fmt.round(factor * values) / fmt.step)


def load_register(digital: Digital, formats: tuple[int, int], beta: float) -> None:
    """Write beta in the format of its register, which multiplies sums."""
    whole, fraction = formats
    most = (1 << (whole + fraction)) - 1
    digital.register[0] = int(min(np.rint(beta * 2.0**fraction), most))


@inline
def saturate(value: Int, largest: Int) -> Int:
    """Return `value`, at most `largest` and at least -`largest`."""
    return max(min(value, largest), -largest)


@inline
def input_of_sum(digital: Digital, total: Int) -> Int:
    """Return a sum as a digital p-bit's input: its steps cut, its ends saturated."""
    steps = (total << digital.left) >> digital.right
    return saturate(steps, digital.largest)


@inline
def input_of_field(digital: Digital, value: float) -> Int:
    """Return an analog input as a digital p-bit's: its steps cut, its ends saturated."""
    largest = np.float64(digital.largest)
    return np.int64(math.floor(max(min(value * digital.scale, largest), -largest)))


@inline
def table_says(given: Int, threshold: Int, word: Int) -> Int:
    """Return the state: +1 where the word is below the threshold, above it for I < 0."""
    above = word < threshold if given >= 0 else word > threshold
    return 1 if above else -1


@inline
def clip_says(digital: Digital, given: Int, word: Int) -> Int:
    """Return the sign of the clipped input plus the word taken as a fraction."""
    half = np.int64(digital.half)
    bound = saturate((given << digital.left_clip) >> digital.right_clip, half)
    fraction = word - 2 * half if word >= half else word
    return 1 if fraction + bound >= 0 else -1


@inline
def decide(digital: Digital, given: Int, word: Int) -> Int:
    """Return the state that an input in steps and a word make: table or clip."""
    if digital.device == TABLE:
        threshold = digital.table[np.int64(np.abs(given)) >> digital.coarse]
        return table_says(given, threshold, word)
    return clip_says(digital, given, word)

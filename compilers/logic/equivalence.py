"""Whether two netlists, or a netlist and a function, agree on all inputs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from compilers.logic.miter import Bits, different_inputs
from compilers.logic.netlist import Netlist
from compilers.logic.simulation import Simulator, counting_words
from compilers.program import as_number

MAX_ENUMERATED = 20  # inputs; beyond them SAT
_BLOCK = 12  # inputs that vary within one word of the simulator
Function = Callable[[Mapping[str, int]], Mapping[str, int]]


@dataclass(frozen=True)
class Proof:
    """What was proved, or the inputs that refute it.

    Attributes
    ----------
    holds
        Whether it is true; also the truth value of the proof itself.
    method
        "enumeration" of all inputs, "sat", or "gadgets" (the compiled model alone).
    steps
        What was shown, in words, in order; the last one is what failed.
    counterexample
        Numbers on the input buses for which outputs differ; None if it holds, or if it
        is not a matter of inputs.
    """

    holds: bool
    method: str
    steps: tuple[str, ...]
    counterexample: Mapping[str, int] | None = None

    def __bool__(self) -> bool:
        """Say whether it holds."""
        return self.holds


def compare(
    first: Netlist, other: Any, by: str, method: str | None, steps: list[str]
) -> Proof:
    """Compare a netlist with another one or a function; the result is a step more."""
    first.validate()
    bits = [(bus, k) for bus, width in first.inputs.items() for k in range(width)]
    if not isinstance(other, Netlist):
        if not callable(other):
            msg = f"other must be a netlist, a program or a function, not {other!r}"
            raise TypeError(msg)
        if len(bits) > MAX_ENUMERATED or method == "sat":
            msg = (
                f"a function can be compared on at most {MAX_ENUMERATED} input bits and "
                f"by enumeration, not on {len(bits)}: give a netlist"
            )
            raise ValueError(msg)
        return _against_function(first, other, bits, steps)
    ours = [(bus, k) for bus, width in first.outputs.items() for k in range(width)]
    theirs = _matching(first.inputs, other.inputs, by, "input")
    their_outputs = _matching(first.outputs, other.outputs, by, "output")
    method = method or ("enumeration" if len(bits) <= MAX_ENUMERATED else "sat")
    if method == "enumeration" and len(bits) > MAX_ENUMERATED:
        msg = f"at most {MAX_ENUMERATED} input bits are enumerated, not {len(bits)}"
        raise ValueError(msg)
    search = _enumerate if method == "enumeration" else different_inputs
    found = search(first, other, (bits, theirs), (ours, their_outputs))
    names = f"{first.name} and {other.name}"
    if found is None:
        steps.append(f"{names} agree on all {len(bits)} inputs ({method})")
        return Proof(True, method, tuple(steps))
    steps.append(f"{names} differ ({method})")
    return Proof(False, method, tuple(steps), _numbers(first, bits, found))


def _matching(
    ours: Mapping[str, int], theirs: Mapping[str, int], by: str, what: str
) -> Bits:
    """Return the other netlist's bits in the order of ours."""
    if by == "name":
        for bus in {**ours, **theirs}:
            if ours.get(bus) != theirs.get(bus):
                msg = (
                    f"{what} bus {bus!r} has {ours.get(bus, 'no')} bits in one circuit "
                    f"and {theirs.get(bus, 'no')} in the other: compare by='order'?"
                )
                raise ValueError(msg)
        return [(bus, k) for bus, width in ours.items() for k in range(width)]
    if sum(ours.values()) != sum(theirs.values()):
        msg = (
            f"one circuit has {sum(ours.values())} {what} bits, "
            f"the other {sum(theirs.values())}"
        )
        raise ValueError(msg)
    return [(bus, k) for bus, width in theirs.items() for k in range(width)]


def _enumerate(
    first: Netlist, second: Netlist, bits: tuple[Bits, Bits], outs: tuple[Bits, Bits]
) -> list[int] | None:
    sides = [Simulator(first), Simulator(second)]
    total = len(bits[0])
    count = 1 << min(total, _BLOCK)
    for start in range(0, 1 << total, count):
        words = counting_words(total, start, count)
        results = []
        for simulator, places, reads in zip(sides, bits, outs, strict=True):
            given = {bus: [0] * width for bus, width in simulator.inputs.items()}
            for (bus, k), word in zip(places, words, strict=True):
                given[bus][k] = word
            nets = simulator.words(given, (1 << count) - 1)
            results.append([nets[simulator.reads[bus][k]] for bus, k in reads])
        for ours, theirs in zip(*results, strict=True):
            if wrong := ours ^ theirs:
                x = start + (wrong & -wrong).bit_length() - 1
                return [x >> k & 1 for k in range(total)]
    return None


def _against_function(
    netlist: Netlist, function: Function, bits: Bits, steps: list[str]
) -> Proof:
    simulator = Simulator(netlist)
    name = getattr(function, "__name__", repr(function))
    block = 1 << min(len(bits), _BLOCK)
    for start in range(0, 1 << len(bits), block):
        given = [_spread(netlist, x) for x in range(start, start + block)]
        for inputs, outputs in zip(given, simulator.run(given), strict=True):
            expected = function(inputs)
            if any(outputs[bus] != expected.get(bus) for bus in outputs):
                steps.append(f"{netlist.name} differs from {name} (enumeration)")
                return Proof(False, "enumeration", tuple(steps), inputs)
    steps.append(
        f"{netlist.name} equals {name} on all {len(bits)} inputs (enumeration)"
    )
    return Proof(True, "enumeration", tuple(steps))


def _spread(netlist: Netlist, x: int) -> dict[str, int]:
    """Return numbers on the input buses, whose bits in their order are those of x."""
    numbers = {}
    for bus, width in netlist.inputs.items():
        bits, x = x & (1 << width) - 1, x >> width
        numbers[bus] = as_number(bits, width, signed=bus in netlist.signed)
    return numbers


def _numbers(netlist: Netlist, bits: Bits, values: list[int]) -> dict[str, int]:
    sums = dict.fromkeys(netlist.inputs, 0)
    for (bus, k), bit in zip(bits, values, strict=True):
        sums[bus] |= bit << k
    return {
        bus: as_number(number, netlist.inputs[bus], signed=bus in netlist.signed)
        for bus, number in sums.items()
    }

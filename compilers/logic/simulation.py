"""Many inputs at once: every net is one whole number, a bit a set of inputs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from compilers.logic.netlist import Netlist
from compilers.logic.wiring import Pin
from compilers.program import as_number, check_number


class Evaluator:
    """The function of a netlist, made ready when it is first called."""

    def __init__(self, netlist: Netlist) -> None:
        self.netlist = netlist
        self._simulator: Simulator | None = None

    def __call__(self, inputs: Mapping[str, int]) -> dict[str, int]:
        """Return the numbers on the output buses for numbers on the input buses."""
        if self._simulator is None:
            self._simulator = Simulator(self.netlist)
        return self._simulator.run([inputs])[0]


class Simulator:
    """A netlist made ready to be evaluated on many inputs together.

    Examples
    --------
    >>> from compilers.logic.adder import adder_netlist
    >>> Simulator(adder_netlist(4)).run([{"A": 3, "B": 4}, {"A": 15, "B": 1}])
    [{'S': 7}, {'S': 16}]
    """

    def __init__(self, netlist: Netlist) -> None:
        netlist.validate()
        self.inputs, self.outputs = netlist.inputs, netlist.outputs
        self.signed = netlist.signed
        self.places: dict[Pin, int] = {}
        self.constants: list[tuple[int, int]] = []
        self.steps: list[tuple[tuple[int, ...], list[tuple[int, _Terms]]]] = []
        for bus, width in self.inputs.items():
            for k in range(width):
                self._place(Pin(bus, k))
        for node in netlist.in_order():
            data = netlist.graph.nodes[node]
            if data["kind"] == "constant":
                self.constants.append((self._place(Pin(node, 0)), data["value"]))
            elif data["kind"] == "gate":
                self._add_gate(netlist, node)
        self.reads = {
            bus: [
                self.places[source]
                for _, (source, _) in sorted(netlist.sources(bus).items())
            ]
            for bus in self.outputs
        }

    def _place(self, pin: Pin) -> int:
        return self.places.setdefault(pin, len(self.places))

    def _add_gate(self, netlist: Netlist, node: str) -> None:
        gate = netlist.gate(node)
        sources = netlist.sources(node)
        inputs = tuple(self.places[sources[pin][0]] for pin in gate.inputs)
        formulas = [
            (self._place(Pin(node, pin)), _terms(gate.formulas[pin], len(inputs)))
            for pin in gate.driven
        ]
        self.steps.append((inputs, formulas))

    def input_place(self, bus: str, k: int) -> int:
        """Return the net of bit k of an input bus."""
        return self.places[Pin(bus, k)]

    def words(self, inputs: Mapping[str, Sequence[int]], mask: int) -> list[int]:
        """Return a word a net for words of the input buses' bits, of `mask`'s width."""
        nets = [0] * len(self.places)
        for bus, bits in inputs.items():
            for k, word in enumerate(bits):
                nets[self.places[Pin(bus, k)]] = word
        for place, value in self.constants:
            nets[place] = mask if value else 0
        for places, formulas in self.steps:
            read = [nets[place] for place in places]
            for place, (cubes, negated) in formulas:
                word = 0
                for cube in cubes:
                    term = mask
                    for bit, value in zip(cube, read, strict=True):
                        term &= value if bit else ~value
                    word |= term
                nets[place] = mask & ~word if negated else word
        return nets

    def run(self, inputs: Iterable[Mapping[str, int]]) -> list[dict[str, int]]:
        """Return the numbers on the output buses, for each set of input numbers.

        Raises
        ------
        KeyError, TypeError, ValueError
            If a bus has no number or one that does not fit it.
        """
        given = list(inputs)
        words: dict[str, list[int]] = {}
        for bus, width in self.inputs.items():
            signed = bus in self.signed
            numbers = [check_number(bus, g[bus], width, signed=signed) for g in given]
            words[bus] = [
                _pack(number >> k & 1 for number in numbers) for k in range(width)
            ]
        nets = self.words(words, (1 << len(given)) - 1)
        columns = [
            self._numbers([nets[place] for place in places], len(given), bus)
            for bus, places in self.reads.items()
        ]
        return [
            dict(zip(self.reads, row, strict=True))
            for row in zip(*columns, strict=True)
        ]

    def _numbers(self, words: list[int], count: int, bus: str) -> list[int]:
        """Transpose words, one a bit, into numbers, one a set of inputs."""
        texts = [f"{word:0{count}b}" for word in reversed(words)]
        spelled = (int("".join(bits), 2) for bits in zip(*texts, strict=True))
        signed = bus in self.signed
        return [as_number(bits, len(words), signed=signed) for bits in spelled][::-1]


_Terms = tuple[tuple[tuple[int, ...], ...], bool]


def _terms(ones: tuple[tuple[int, ...], ...], k: int) -> _Terms:
    """Return the rows to test, and whether they are those where the pin is 0."""
    if 2 * len(ones) <= 1 << k:
        return ones, False
    rows = (tuple(x >> i & 1 for i in range(k)) for x in range(1 << k))
    return tuple(row for row in rows if row not in set(ones)), True


def _pack(bits: Iterable[int]) -> int:
    text = "".join("1" if bit else "0" for bit in bits)
    return int(text[::-1] or "0", 2)


def counting_words(width: int, start: int, count: int) -> list[int]:
    """Return word k = bit k of the numbers start, start + 1 ... ; `count` of them.

    `count` is a power of 2 and `start` a multiple of it.
    """
    mask = (1 << count) - 1
    words = []
    for k in range(width):
        block = 1 << k
        if block >= count:
            words.append(mask if start >> k & 1 else 0)
            continue
        ones = ((1 << block) - 1) << block
        span = 2 * block
        while span < count:
            ones |= ones << span
            span *= 2
        words.append(ones & mask)
    return words

"""What .bench, BLIF and AIGER have in common: round trips, meaning, bad input."""

import gzip
import itertools
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import compilers
from compilers.formats.aiger import parse_aiger, read_aiger, write_aiger
from compilers.formats.bench import parse_bench, read_bench, write_bench
from compilers.formats.blif import parse_blif, read_blif, write_blif
from compilers.logic import prove
from compilers.logic.building import to_netlist
from pbit.errors import ParseError
from tests.compilers.formats.netlists import AIGER, BENCH, BLIF
from tests.compilers.logic import circuits
from tests.compilers.logic.circuits import numbers, run
from tests.compilers.shared_data import shared


def test_bench_means_what_it_says(tmp_path):
    path = tmp_path / "small.bench"
    path.write_bytes(b"\xef\xbb\xbf" + BENCH.replace("\n", "\r\n").encode())
    netlist = read_bench(path)
    assert netlist.name == "small"
    assert netlist.inputs == {"a": 2, "en": 1}
    assert netlist.outputs == {"y": 1, "en_out": 1, "n": 1}
    for a, en in itertools.product(range(4), range(2)):
        x = (a >> 1) ^ en  # XOR(a1, en, a0, a0)
        assert netlist.evaluate({"a": a, "en": en}) == {
            "y": 1 - (a & x & en),
            "en_out": en,
            "n": 1 - x,
        }


def test_blif_means_what_it_says(tmp_path):
    path = tmp_path / "small.blif.gz"
    path.write_bytes(gzip.compress(BLIF.encode(), mtime=0))
    netlist = read_blif(path)
    assert netlist.inputs == {"a": 2, "en": 1}
    assert netlist.outputs == {"y": 1, "n": 1}
    for a, en in itertools.product(range(4), range(2)):
        x = (a >> 1) ^ en
        y = 1 - int((a & 1 and x) or not en)
        assert netlist.evaluate({"a": a, "en": en}) == {"y": y, "n": 1}


def test_aiger_means_what_it_says_and_unrolls(tmp_path):
    path = tmp_path / "small.aag"
    path.write_bytes(AIGER)
    netlist = read_aiger(path, cycles=3)
    assert netlist.inputs == {"a@0": 2, "a@1": 2, "a@2": 2}
    for values in itertools.product(range(4), repeat=3):
        given = {f"a@{t}": a for t, a in enumerate(values)}
        q, expected = 0, {}
        for t, a in enumerate(values):
            y = (1 - (a & a >> 1)) & q
            expected |= {f"o0@{t}": 1 - q, f"y@{t}": y}
            q = y
        assert netlist.evaluate(given) == expected


CASES = {
    "bench": (write_bench, parse_bench, read_bench, circuits.gates),
    "blif": (write_blif, parse_blif, read_blif, circuits.covers),
    "aag": (write_aiger, parse_aiger, read_aiger, circuits.ands),
    "aig": (write_aiger, parse_aiger, read_aiger, circuits.ands),
}


def plain(signals, ending):
    """What the format can say: .bench has no initial values; its name is the file's."""
    signals.name = "random"
    if ending == "bench":
        signals.latches = {
            q: latch._replace(init=None) for q, latch in signals.latches.items()
        }
    return signals


@pytest.mark.parametrize("ending", CASES)
@settings(deadline=None, max_examples=60)
@given(data=st.data())
def test_what_is_written_is_read_back_exactly(ending, data, tmp_path_factory):
    write, parse, read, cell = CASES[ending]
    signals = plain(data.draw(circuits.circuits(cell)), ending)
    path = tmp_path_factory.getbasetemp() / f"random.{ending}"
    write(signals, path)
    again = parse(path)
    if ending in ("aag", "aig"):  # gates are numbered: exact from the second time on
        write(again, path)
        assert parse(path) == again
    else:
        assert again == signals
    netlist = read(path, cycles=2)
    unknown = [q for q, latch in signals.latches.items() if latch.init is None]
    source = random.Random(0)
    for _ in range(8):
        state = {q: latch.init for q, latch in signals.latches.items()}
        state |= {q: source.getrandbits(1) for q in unknown}
        given_numbers, expected = {}, {}
        for bus, names in groups(unknown).items():
            given_numbers[f"{bus}@init"] = sum(
                state[q] << k for k, q in enumerate(names)
            )
        for t in range(2):
            inputs = {"X[0]": 0, "X[1]": 0, "y": 0}
            inputs = {name: source.getrandbits(1) for name in inputs}
            values = run(signals, inputs, state)
            given_numbers |= numbers(signals.inputs, values, f"@{t}")
            expected |= numbers(signals.outputs, values, f"@{t}")
            state = {q: values[latch.data] for q, latch in signals.latches.items()}
        assert netlist.evaluate(given_numbers) == expected


def groups(unknown):
    return {name: [name] for name in unknown}


@pytest.mark.parametrize("ending", CASES)
@settings(deadline=None, max_examples=40)
@given(data=st.data())
def test_a_netlist_is_written_as_an_equal_one(ending, data, tmp_path_factory):
    write, _, read, _ = CASES[ending]
    kind = data.draw(st.sampled_from([circuits.gates, circuits.covers, circuits.ands]))
    netlist = to_netlist(data.draw(circuits.circuits(kind, latches=False)))
    path = tmp_path_factory.getbasetemp() / f"netlist.{ending}"
    write(netlist, path)
    assert prove(netlist, read(path))


@pytest.mark.parametrize("ending", CASES)
def test_adders_and_constants_are_written_too(ending, tmp_path):
    write, _, read, _ = CASES[ending]
    netlist = compilers.Netlist("mixed")
    a, b, c = netlist.add_input("A", 3)
    one = netlist.add_constant(1)
    s, carry = netlist.add_gate("FULL_ADDER_5", a, b, c, name="fa")
    (m,) = netlist.add_gate("MUX", s, one, carry, name="m")
    netlist.add_output("S", [s, carry])
    netlist.add_output("T", [m, one, s, a])
    path = tmp_path / f"mixed.{ending}"
    write(netlist, path)
    assert prove(netlist, read(path))


NETLISTS = [
    "c17.bench", "c432.bench", "c499.bench", "c1908.bench", "c6288.bench",
    "C17.blif", "9symml.blif", "adder.blif", "ctrl.blif", "router.blif", "z4ml.blif",
]  # fmt: skip


@pytest.mark.parametrize("name", NETLISTS)
def test_published_netlists_are_the_same_through_every_format(name, tmp_path):
    path = shared("netlists", name)
    netlist = read_bench(path) if name.endswith("bench") else read_blif(path)
    for ending, (write, _, read, _) in CASES.items():
        if ending == "bench" and name == "C17.blif":
            with pytest.raises(ValueError, match=r"'1GAT\(0\)' cannot be written"):
                write(netlist, tmp_path / "x.bench")
            continue
        write(netlist, tmp_path / f"x.{ending}")
        assert prove(netlist, read(tmp_path / f"x.{ending}"))


def test_published_netlists_compute_what_they_are_known_for():
    multiplier = read_bench(shared("netlists", "c6288.bench"))
    ins, outs = list(multiplier.inputs), list(multiplier.outputs)
    outs[30:] = outs[:29:-1]  # the file has the carry, bit 31, before bit 30
    source = random.Random(1)
    tests = [(source.getrandbits(16), source.getrandbits(16)) for _ in range(200)]
    given_bits = [
        dict(
            zip(
                ins,
                [
                    *((a >> k & 1) for k in range(16)),
                    *((b >> k & 1) for k in range(16)),
                ],
                strict=True,
            )
        )
        for a, b in tests
    ]
    for (a, b), out in zip(
        tests, compilers.logic.Simulator(multiplier).run(given_bits), strict=True
    ):
        assert sum(out[name] << k for k, name in enumerate(outs)) == a * b
    nine = read_blif(shared("netlists", "9symml.blif"))
    for x in range(512):
        bits = {str(k + 1): x >> k & 1 for k in range(9)}
        assert nine.evaluate(bits) == {"52": int(3 <= x.bit_count() <= 6)}


BAD_BENCH = [
    ("", None, "no inputs"),
    ("INPUT(a)\n", None, "no outputs"),
    ("INPUT(a)\nOUTPUT(y)\n", 2, "'y' is read by output 'y' but nothing drives it"),
    ("INPUT(a)\nINPUT(a)\nOUTPUT(a)\n", 2, r"INPUT\(a\) is there twice"),
    (
        "INPUT(a)\nOUTPUT(y)\ny = NOT(a)\ny = NOT(a)\n",
        4,
        "defined twice, first in line",
    ),
    ("INPUT(a)\nOUTPUT(a)\na = NOT(a)\n", 3, "'a' is an input and driven as well"),
    (
        "INPUT(a)\nOUTPUT(y)\ny = AND(a, z)\nz = NOT(y)\n",
        3,
        "depend on themselves: y <- z",
    ),
    ("INPUT(a)\nOUTPUT(y)\ny = FOO(a)\n", 3, "no gate is called 'FOO'"),
    ("INPUT(a)\nOUTPUT(y)\ny = NOT(a, a)\n", 3, "NOT has 1 input, not 2"),
    ("INPUT(a)\nOUTPUT(y)\ny = AND(a, )\n", 3, "'' is no name of a signal"),
    ("INPUT(a)\nOUTPUT(y)\ny AND a\n", 3, r"a line is INPUT\(a\)"),
    ("INPUT(a)\nOUTPUT(y)\ny = DFF(a)\n", 3, "is sequential .* say cycles="),
]
BAD_BLIF = [
    ("", None, "the file is empty"),
    (
        ".inputs a\n.outputs y\n.names a y\n2 1\n",
        4,
        "0, 1 or -, then 0 or 1, not '2 1'",
    ),
    (".inputs a\n.outputs y\n.names a y\n1 2\n", 4, "must be 0 or 1, not '2'"),
    (".inputs a\n.outputs y\n.names a y\n1 1\n0 0\n", 3, "output 0 and of output 1"),
    (".inputs a\n.outputs y\n1 1\n", 3, "must follow .names"),
    (".inputs a a\n.outputs y\n", 1, "listed twice among the inputs"),
    (".inputs a\n.outputs y\n.latch a y 7\n", 3, "must be 0, 1, 2 or 3, not '7'"),
    (".inputs a c\n.outputs y\n.latch a y ah c 0\n", 3, "follow a level"),
    (".inputs a c\n.outputs y\n.latch a y rx c 0\n", 3, "must be re or fe"),
    (".inputs a\n.outputs y\n.latch a\n", 3, ".latch is"),
    (
        ".inputs a c d\n.outputs y z\n.latch a y re c 0\n.latch a z re d 0\n",
        4,
        "one clock",
    ),
    (".inputs a\n.outputs y\n.exdc\n", 3, "external don't cares"),
    (".inputs a\n.outputs y\n.gate and2 a=a y=y\n", 3, "'.gate' is not read"),
    (".inputs a\n.outputs y\n.subckt b p=a\n", 3, "no model is called 'b'"),
    (".model m\n.inputs a\n.outputs y\n.subckt m a=a y=y\n", 4, "calls itself: m -> m"),
    (
        ".model m\n.inputs a\n.outputs y\n.subckt n y=y\n.model n\n.inputs q\n",
        4,
        "no pin 'y'",
    ),
    (".model m\n.model m\n", 2, "model 'm' is there twice"),
    (".inputs a\n.outputs y\n.names\n", 3, "at least its output"),
]
BAD_AIGER = [
    (b"", None, "the file is empty"),
    (b"aag 1 1 0\n", 1, "the header is"),
    (b"aag 1 1 0 1 0 1\n2\n2\n", 1, "properties"),
    (b"aag 99999999 1 0 1 0\n2\n2\n", 1, "at most 5000000 variables"),
    (b"aig 200000 200000 0 0 0\n", 1, "at most 100000 inputs, not 200000"),
    (b"aag 0 1 0 1 0\n2\n2\n", 1, "M = 0 variables, but I"),
    (b"aag 1 1 0 1 0\n2\n", 2, "the file ends too early"),
    (b"aag 1 1 0 1 0\n2\n9\n", 3, "literal 9 is out of range 0 to 3"),
    (b"aag 1 1 0 1 0\n3\n2\n", 2, "must be even and above 1"),
    (b"aag 2 2 0 1 0\n2\n2\n2\n", 3, "is defined twice"),
    (b"aag 2 1 0 1 0\n2\n4\n", None, "variable 2 is used but never defined"),
    (b"aag 2 1 0 1 1\n2\n4\n4 4 2\n", None, "depend on themselves"),
    (b"aag 1 1 0 1 0\n2\n2\nq0 x\n", 4, "a symbol is"),
    (b"aag 1 1 0 1 0\n2\n2\ni0 x\ni0 y\n", 5, "the symbol i0 is there twice"),
    (b"aag 2 1 1 1 0\n2\n4 2 7\n4\n", 3, "literal 7 is out of range|a latch starts at"),
    (b"aig 2 1 0 1 1\n4\n\x01", None, "a delta of an AND gate is broken"),
    (b"aig 2 1 0 1 1\n4\n\x09\x01", None, "a delta of an AND gate is 9, above 4"),
]
BAD = [
    *(
        (read_bench, "bench", text.encode(), line, words)
        for text, line, words in BAD_BENCH
    ),
    *(
        (read_blif, "blif", text.encode(), line, words)
        for text, line, words in BAD_BLIF
    ),
    *((read_aiger, "aag", content, line, words) for content, line, words in BAD_AIGER),
]


@pytest.mark.parametrize(("read", "ending", "content", "line", "words"), BAD)
def test_a_malformed_netlist_is_refused_with_the_place(
    read, ending, content, line, words, tmp_path
):
    path = tmp_path / f"bad.{ending}"
    path.write_bytes(content)
    with pytest.raises(ParseError, match=words) as caught:
        read(path)
    assert (caught.value.path, caught.value.line) == (str(path), line)


def test_calls_of_models_do_not_blow_up(tmp_path):
    path = tmp_path / "deep.blif"
    lines = [".model m0\n.inputs a\n.outputs y\n.subckt m1 a=a y=y\n.end\n"]
    for k in range(1, 40):
        body = (
            f".subckt m{k + 1} a=a y=p\n.subckt m{k + 1} a=a y=q\n.names p q y\n11 1\n"
        )
        lines.append(f".model m{k}\n.inputs a\n.outputs y\n{body}.end\n")
    lines.append(".model m40\n.inputs a\n.outputs y\n.names a y\n1 1\n.end\n")
    path.write_text("".join(lines))
    with pytest.raises(
        ParseError, match=r"must be called at most|at most 300000 signals"
    ):
        read_blif(path)

import importlib.util
import json
import random
from pathlib import Path

import numpy as np
import pytest

import compilers
import pbit
from compilers.formats.bench import read_bench
from compilers.formats.verilog import read_verilog
from compilers.formats.yosys_json import read_yosys_json
from compilers.logic import Simulator, prove
from compilers.logic.lowering import assignment
from pbit.errors import ParseError
from tests.compilers.shared_data import shared

SOURCES = Path(__file__).resolve().parents[3] / "examples" / "verilog"
needs_yosys = pytest.mark.skipif(
    importlib.util.find_spec("pyosys") is None, reason="pyosys is not installed"
)


def words(x, width):
    """Two's complement as a signed number."""
    x &= (1 << width) - 1
    return x - (1 << width) if x >> (width - 1) else x


def alu(inputs):
    a, b, op = inputs["a"], inputs["b"], inputs["op"]
    y = [a + b, a - b, a & b, a | b, a ^ b, int(a < b), a << (b & 15), ~a][op]
    return {"y": words(y, 16), "zero": int(words(y, 16) == 0)}


def count(inputs):
    q, found = inputs["q@init"], {}
    for t in range(8):
        found[f"q@{t}"] = q
        if inputs[f"rst@{t}"]:
            q = 0
        elif inputs[f"en@{t}"]:
            q = (q + 1) % 16
    return found


DESIGNS = {
    "multiplier8": (None, lambda x: {"p": x["a"] * x["b"]}, 192),
    "alu16": (None, alu, 500),
    "counter4": (8, count, 120),
}


def compiled(name):
    cycles, function, largest = DESIGNS[name]
    netlist = read_verilog(SOURCES / f"{name}.v", cycles=cycles)
    program = compilers.circuit(netlist, simplify=True)
    assert program.n <= largest
    return netlist, program, function


def draw(netlist, source):
    return {
        bus: words(source.getrandbits(width), width)
        if bus in netlist.signed
        else source.getrandbits(width)
        for bus, width in netlist.inputs.items()
    }


@needs_yosys
@pytest.mark.parametrize("name", DESIGNS)
def test_verilog_is_compiled_to_what_it_says_on_1000_random_inputs(name):
    netlist, program, function = compiled(name)
    assert prove(program)
    source = random.Random(name)
    given = [draw(netlist, source) for _ in range(1000)]
    small = Simulator(program.problem.netlist)
    relation = program.problem
    for inputs, outputs in zip(given, small.run(given), strict=True):
        assert outputs == function(inputs)
        assert program.check({**inputs, **outputs})
    assert relation.signed == netlist.signed


@needs_yosys
@pytest.mark.parametrize("name", DESIGNS)
def test_ground_states_of_compiled_verilog_are_its_computations(name):
    _, program, function = compiled(name)
    netlist = program.problem.netlist
    source = random.Random(name)
    for _ in range(5):
        inputs = draw(netlist, source)
        held = assignment(netlist, inputs)
        state = np.array([held[label] for label in program.model.labels])
        assert program.model.energy(state) == pytest.approx(
            program.provenance["ground_energy"]
        )
        assert program.violations(state) == []
        assert program.decode(state) == {**inputs, **function(inputs)}


def backwards(program, clamp, sweeps=1000, chains=128, rounds=60):
    """Anneal rounds of chains with outputs held until inputs are found that check."""
    betas = pbit.schedules.linear(0.2, 0.9, sweeps)
    for seed in np.random.SeedSequence(3).spawn(rounds):
        samples = pbit.anneal(
            program.model,
            betas,
            chains,
            sweeps,
            program.clamp(clamp),
            seed,
            keep="last",
        )
        answers = map(program.decode, samples.states[:, 0])
        right = next((answer for answer in answers if program.check(answer)), None)
        if right is not None:
            return right
    return None


BACKWARDS = [
    ("multiplier8", {"p": 143 * 11}),
    ("multiplier8", {"p": 251 * 241}),
    ("alu16", {"op": 0, "y": 25882}),
    ("alu16", {"op": 1, "y": 17977}),
    ("alu16", {"op": 2, "y": 25633}),
    ("alu16", {"y": -12345}),
    ("counter4", {"q@0": 3, "q@7": 9}),
    ("counter4", {"q@0": 14, "q@4": 2, "q@7": 1}),
]


@needs_yosys
@pytest.mark.parametrize(("name", "held"), BACKWARDS, ids=lambda v: str(v))
def test_verilog_runs_backwards(name, held):
    _, program, function = compiled(name)
    found = backwards(program, held)
    assert found is not None
    inputs = {bus: found[bus] for bus in program.problem.inputs}
    outputs = function(inputs)
    assert held.items() <= {**inputs, **outputs}.items()


@needs_yosys
@pytest.mark.parametrize("name", ["c17", "c432", "c499"])
def test_published_verilog_is_the_published_bench_by_sat(name):
    verilog = read_verilog(shared("netlists", f"{name}.v"))
    bench = read_bench(shared("netlists", f"{name}.bench"))
    assert prove(verilog, bench, by="order", method="sat")
    restructured = read_verilog(shared("netlists", f"{name}.v"), abc=True)
    assert prove(restructured, bench, by="order", method="sat")


@needs_yosys
def test_parameters_several_files_and_includes(tmp_path):
    (tmp_path / "top.v").write_text(
        '`include "defs.vh"\nmodule top #(parameter W = 2) (input [W-1:0] x, output [W:0] y);\n'
        "  inner #(W) i (x, y);\nendmodule\n"
    )
    (tmp_path / "inner.v").write_text(
        "module inner #(parameter W = 1) (input [W-1:0] x, output [W:0] y);\n"
        "  assign y = x + `STEP;\nendmodule\n"
    )
    (tmp_path / "defs.vh").write_text("`define STEP 1\n")
    files = [tmp_path / name for name in ("top.v", "inner.v", "defs.vh")]
    netlist = read_verilog(*files, top="top", parameters={"W": 3})
    assert netlist.inputs == {"x": 3}
    assert netlist.outputs == {"y": 4}
    assert prove(netlist, lambda inputs: {"y": inputs["x"] + 1})


@needs_yosys
def test_resets_and_initial_values_are_kept(tmp_path):
    path = tmp_path / "d.v"
    path.write_text(
        "module d (input clk, input rstn, input x, output reg [1:0] q);\n"
        "  initial q = 2;\n"
        "  always @(negedge clk or negedge rstn) if (!rstn) q <= 1; else q <= {q[0], x};\n"
        "endmodule\n"
    )
    netlist = read_verilog(path, cycles=3)
    assert "q@init" not in netlist.inputs
    assert "clk@0" not in netlist.inputs
    inputs = {f"rstn@{t}": 1 for t in range(3)} | {f"x@{t}": 1 for t in range(3)}
    assert netlist.evaluate(inputs) == {"q@0": 2, "q@1": 1, "q@2": 3}


MEMORY = """module m;
  reg [1:0] r [3:0];
  initial $readmemh("r.hex", r);
endmodule
"""
LATCH = "module m(input e, a, output reg q); always @* if (e) q = a; endmodule\n"
CLOCKS = """module m(input c, d, a, output reg p, q);
  always @(posedge c) p <= a;
  always @(posedge d) q <= a;
endmodule
"""
BAD = [
    (
        "module m(input a, output y);\n assign y = = a;\nendmodule\n",
        2,
        "Yosys: syntax error",
    ),
    (
        "module m(input a, output y);\n foo f(a, y);\nendmodule\n",
        None,
        "Yosys: Module .*foo",
    ),
    ("", None, "modules: none"),
    (
        '`include "/etc/passwd"\nmodule m; endmodule\n',
        1,
        "the source reads '/etc/passwd'",
    ),
    ("\n`include `X\nmodule m; endmodule\n", 2, "a name that is not written out"),
    (MEMORY, 3, r"'r\.hex'"),
    (LATCH, None, "is a latch that follows a level"),
    (CLOCKS, None, "one edge of one clock"),
]


@needs_yosys
@pytest.mark.parametrize(("text", "line", "words_"), BAD)
def test_bad_verilog_is_refused_with_the_message_of_yosys(text, line, words_, tmp_path):
    path = tmp_path / "bad.v"
    path.write_text(text)
    with pytest.raises(ParseError, match=words_) as caught:
        read_verilog(path, cycles=2)
    assert (caught.value.path, caught.value.line) == (str(path), line)


@needs_yosys
def test_yosys_has_limits(tmp_path):
    path = tmp_path / "large.v"
    path.write_text(
        "module m(input [255:0] a, b, output [511:0] p); assign p = a * b; endmodule\n"
    )
    with pytest.raises(ParseError, match="took longer than 1 s"):
        read_verilog(path, seconds=1)
    with pytest.raises(ParseError, match="Yosys"):
        read_verilog(path, memory=2**27)


def test_without_pyosys_the_extra_is_named(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ImportError, match=r"pip install 'pbitlab\[rtl\]'"):
        read_verilog(SOURCES / "counter4.v")


def module(**changes):
    ports = {
        "a": {"direction": "input", "bits": [2, 3]},
        "y": {"direction": "output", "signed": 1, "bits": [4, "1"]},
    }
    cell = {"type": "$_AND_", "connections": {"A": [2], "B": [3], "Y": [4]}}
    return {"ports": ports, "cells": {"g": cell}, "netnames": {}, **changes}


def written(tmp_path, **modules):
    path = tmp_path / "netlist.json"
    path.write_text(json.dumps({"creator": "Yosys", "modules": modules}))
    return path


def test_yosys_json_keeps_names_widths_and_signs(tmp_path):
    netlist = read_yosys_json(written(tmp_path, m=module()))
    assert (netlist.name, netlist.signed) == ("m", {"y"})
    assert netlist.evaluate({"a": 3}) == {"y": -1}
    assert netlist.evaluate({"a": 1}) == {"y": -2}
    program = compilers.circuit(netlist)
    assert program.clamp(y=-1) == {"y[0]": 1, "y[1]": 1}
    with pytest.raises(ValueError, match=r"y must be -2 to 1 \(2 signed bits\), not 2"):
        program.clamp(y=2)
    assert program.check({"a": 3, "y": -1})
    assert program.objective({"a": 3, "y": -2}) == 1


def cell(kind, **pins):
    return {
        "g": {"type": kind, "connections": {pin: [bit] for pin, bit in pins.items()}}
    }


JSON_BAD = [
    (
        {"cells": cell("$add", A=2, B=3, Y=4)},
        "type .add is not simple: run 'synth -flatten'",
    ),
    ({"cells": cell("sub", A=2)}, "is a module 'sub': run the Yosys pass 'flatten'"),
    ({"cells": cell("$_SDFF_PP0_", D=2, Q=4, C=3)}, "dfflegalize -cell"),
    ({"cells": cell("$_DLATCH_P_", D=2, Q=4, E=3)}, "follows a level"),
    ({"cells": cell("$_TBUF_", A=2, Y=4)}, "run 'abc -g"),
    (
        {"cells": cell("$_AND_", A=2, B=3, Y=2)},
        r"'a\[0\]' is driven by input 'a' and by cell 'g'",
    ),
    (
        {"cells": cell("$_AND_", A=2, B=9, Y=4)},
        "'n9' is read by 'y.0.' but nothing drives",
    ),
    ({"cells": cell("$_AND_", A=2, B="z", Y=4)}, "nothing drives .z."),
    ({"cells": cell("$_AND_", A=2, B=True, Y=4)}, "must be a number or one of 0 1 x z"),
    ({"cells": cell("$_AND_", A=2, Y=4)}, "bits of pin B of cell 'g' must be a list"),
    ({"cells": cell("$_AND_", A=2, B=3, Y="0")}, "drives the constant"),
    ({"cells": []}, "cells of 'm' must be a JSON object, not list"),
    (
        {"ports": {"a": {"direction": "inout", "bits": [2]}}},
        "must be an input or an output",
    ),
    ({"ports": {"a": {"direction": "input", "bits": []}}}, "must be a list"),
]


@pytest.mark.parametrize(("changes", "words_"), JSON_BAD)
def test_bad_yosys_json_is_refused(changes, words_, tmp_path):
    with pytest.raises(ParseError, match=words_):
        read_yosys_json(written(tmp_path, m=module(**changes)))


def test_the_top_module_is_found_or_asked_for(tmp_path):
    path = written(tmp_path, m=module(), n=module(attributes={"top": "0001"}))
    assert read_yosys_json(path).name == "n"
    assert read_yosys_json(path, top="m").name == "m"
    with pytest.raises(ParseError, match="no module is called 'q'; modules: m, n"):
        read_yosys_json(path, top="q")
    with pytest.raises(ParseError, match="say which module is meant"):
        read_yosys_json(written(tmp_path, m=module(), n=module()))


def test_undefined_bits_are_zero_with_a_warning(tmp_path):
    path = written(tmp_path, m=module(cells=cell("$_OR_", A=2, B="x", Y=4)))
    with pytest.warns(UserWarning, match=r"undefined bits \(x\) are taken for 0: g"):
        netlist = read_yosys_json(path)
    assert netlist.evaluate({"a": 2}) == {"y": -2}

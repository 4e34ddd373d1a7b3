"""Machines' limits: what is run, what it says, and what does not fit by how much."""

import itertools
import json

import networkx as nx
import numpy as np
import pytest

import compilers
import pbit
from compilers import passes
from pbit.limits import Limits
from pbit.polynomial import PolynomialModel
from tests.compilers.passes.small import program_of, solutions


def names(program):
    return [entry["pass"] for entry in program.passes]


def test_nothing_is_run_that_is_not_needed():
    program = compilers.multiplier(2, 2)
    for limits in (Limits(), Limits(pbits=12, fan_in=6, topology="complete(12)")):
        relabelled = passes.fit(program, limits)
        assert "sparsify" not in names(relabelled)
        assert relabelled.n == 12
    assert names(passes.fit(program, Limits())) == ["fit"]


@pytest.mark.parametrize(
    ("limits", "run"),
    [
        (Limits(fan_in=4), ["sparsify", "fit"]),
        (Limits(bits="s[4][1]"), ["quantize", "fit"]),
        (Limits(25, 3, "s[4][1]"), ["sparsify", "quantize", "fit"]),
        (Limits(128, 15, "s[4][1]", "pegasus(3)"), ["embed", "quantize", "fit"]),
    ],
)
def test_what_is_needed_is_run_and_answers_stay_true(limits, run):
    if limits.topology:
        pytest.importorskip("minorminer")
    program = compilers.multiplier(2, 2)
    small = passes.fit(program, limits)
    assert names(small) == run
    assert small.exact
    assert solutions(small) == solutions(program)
    if limits.fan_in:
        assert np.diff(small.model.J.indptr).max() <= limits.fan_in
    if limits.pbits:
        assert small.passes[-1]["limits"]["pbits"] == [small.n, limits.pbits]
    json.dumps(small.provenance)


def test_polynomials_become_pairs_first():
    model = PolynomialModel({(0, 1, 2): 1.0, (0, 3): 2.0})
    small = passes.fit(program_of(model), Limits(bits="s[4][1]"))
    assert names(small) == ["reduce", "quantize", "fit"]
    assert solutions(small) == solutions(program_of(model))


def test_what_is_dangling_goes_only_where_room_is_short():
    graph = nx.cycle_graph(5)
    graph.add_edges_from((0, k) for k in range(5, 15))
    program = compilers.maxcut(graph)
    assert names(passes.fit(program, Limits(pbits=15))) == ["fit"]
    small = passes.fit(program, Limits(pbits=6, fan_in=3))
    assert names(small) == ["reduce", "fit"]
    assert solutions(small) == solutions(program)


@pytest.mark.parametrize(
    ("limits", "message"),
    [
        (Limits(pbits=10), r"does not fit: 12 p-bits, 2 more than 10"),
        (Limits(fan_in=2), r"has 6 couplings, 4 more than max_degree = 2"),
        (Limits(pbits=20, fan_in=3), r"25 p-bits, 5 more than 20"),
        (Limits(topology="king(3, 3)"), r"12 p-bits, 3 more than the topology's 9"),
        (
            Limits(64, 2, topology="complete(64)"),
            r"a p-bit of 6 couplings, 4 more than fan_in = 2",
        ),
    ],
)
def test_what_does_not_fit_is_named_with_by_how_much(limits, message):
    if limits.topology:
        pytest.importorskip("minorminer")
    with pytest.raises(pbit.CapacityError, match=message):
        passes.fit(compilers.multiplier(2, 2), limits)


def test_all_that_does_not_fit_is_in_one_error():
    model = pbit.IsingModel({(0, 1): 1.0, (1, 2): 1.0, (0, 2): np.pi})
    with pytest.raises(pbit.CapacityError) as caught:
        passes.fit(program_of(model), Limits(pbits=2, bits="s[1][0]"), lossy=False)
    assert "3 p-bits, 1 more than 2" in str(caught.value)
    assert "weights up to 3.14159 in s[1][0] are off by up to" in str(caught.value)
    rounded = passes.fit(program_of(model), Limits(bits="s[1][0]"))
    assert rounded.passes[0]["vanished"] == 2
    with pytest.raises(TypeError, match="limits must be Limits, not 5"):
        passes.fit(program_of(model), 5)


def test_steps_wait_for_their_program_and_say_what_they_are():
    step = passes.sparsify(3)
    assert repr(step) == "sparsify(3)"
    assert step(compilers.adder(1, cin=True)).n == 10
    assert passes.sparsify(max_degree=3)(compilers.adder(1, cin=True)).n == 10
    with pytest.raises(TypeError, match="unexpected keyword argument 'degree'"):
        passes.sparsify(3, degree=3)


def test_pipelines_record_every_pass_and_find_the_way_back():
    program = compilers.multiplier(2, 2)
    result = passes.pipeline(
        program, passes.scale(0.5), passes.sparsify(3), passes.quantize("s[5][2]")
    )
    assert names(result) == ["scale", "sparsify", "quantize"]
    assert [entry["n"] for entry in result.passes] == [[12, 12], [12, 25], [25, 25]]
    assert result.source is program
    assert result.provenance["what"] == program.provenance["what"]
    assert result.buses["P"] == program.buses["P"]
    for a, b in itertools.product(range(4), repeat=2):
        held = program.clamp(A=a, B=b, P=a * b)
        found = pbit.exact.ground_states(program.model, held)[0]
        state = result.lift(found)
        assert result.decode(state) == {"A": a, "B": b, "P": a * b}
        assert result.violations(state) == []
        assert (result.restore(state) == found).all()
    assert set(result.clamp(A=2)) > set(program.clamp(A=2))


def test_what_is_no_pipeline_is_refused():
    program = compilers.gate("AND")
    with pytest.raises(TypeError, match=r"a step must be a pass, .* not 5"):
        compilers.passes.pipeline(program, 5)
    with pytest.raises(TypeError, match="must be a Program, not None"):
        compilers.passes.pipeline(program, lambda _: None)
    with pytest.raises(TypeError, match="program must be a Program"):
        compilers.passes.pipeline(program.model)
    with pytest.raises(pbit.CapacityError, match="passed program of at most 20"):
        passes.compare(passes.sparsify(compilers.multiplier(2, 2), 3))
    with pytest.raises(ValueError, match=r"state must have shape \(3,\)"):
        passes.scale(program, 2.0).decode([[1, 1, 1]])

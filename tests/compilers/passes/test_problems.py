"""Twelve problems through three passes: exact where it is said, else off by what is said."""

import functools

import pytest

from compilers import passes
from pbit import exact
from tests.compilers.passes.small import PROBLEMS, solutions


@functools.cache
def program(name):
    return PROBLEMS[name]()


@functools.cache
def truth(name):
    return solutions(program(name))


def check_claim(name, result):
    """The last pass's claim about ground states is the truth about solutions."""
    report = result.passes[-1]
    if result.exact:
        assert solutions(result) == truth(name)
        return
    source = program(name)
    assert report["ground_states"] == "changed"
    states = result.restore(exact.ground_states(result.model))
    excess = source.model.energy(states).max() - exact.ground_energy(source.model)
    assert excess == pytest.approx(report["ground"]["excess"], abs=1e-9)
    assert excess <= report["excess_bound"] + 1e-9
    kept = {tuple(s) for s in states.tolist()} & {
        tuple(s) for s in exact.ground_states(source.model).tolist()
    }
    assert len(kept) == report["ground"]["before"] - report["ground"]["lost"]


@pytest.mark.parametrize("name", PROBLEMS)
def test_five_couplings_a_pbit_are_enough(name):
    sparse = passes.sparsify(program(name), 5)
    assert (sparse.model.J.indptr[1:] - sparse.model.J.indptr[:-1] <= 5).all()
    assert sparse.exact
    check_claim(name, sparse)


@pytest.mark.parametrize("name", PROBLEMS)
def test_six_bits_do_what_the_report_says(name):
    coarse = passes.quantize(program(name), "s[4][1]")
    weights = [*coarse.model.J.data, *coarse.model.h]
    assert all(2 * w == round(2 * w) and abs(w) <= 15.5 for w in weights)
    check_claim(name, coarse)


def test_weights_wider_than_the_format_gain_ground_states_that_are_named():
    report = passes.quantize(program("wide knapsack"), "s[4][1]").passes[-1]
    assert report["ground_states"] == "changed"
    assert report["vanished"] > 0
    assert report["ground"]["gained"] > 0
    assert 0 < report["ground"]["excess"] <= report["excess_bound"]
    assert 0 < report["distribution"]["tv"] <= 1


@pytest.mark.parametrize("name", PROBLEMS)
def test_pegasus_holds_them(name):
    pytest.importorskip("minorminer")
    placed = passes.embed(program(name), "pegasus(3)")
    graph = passes.topology_graph("pegasus(3)")
    ends = placed.model.J.tocoo()
    labels = placed.model.labels
    for i, j in zip(ends.row.tolist(), ends.col.tolist(), strict=True):
        assert graph.has_edge(labels[i], labels[j])
    assert placed.exact
    check_claim(name, placed)


@pytest.mark.parametrize("name", ["max-cut", "multiplier", "adder", "xorsat"])
def test_all_of_it_together_still_decodes(name):
    result = passes.pipeline(
        program(name), passes.reduce, passes.sparsify(4), passes.quantize("s[6][1]")
    )
    assert [entry["pass"] for entry in result.passes] == [
        "reduce",
        "sparsify",
        "quantize",
    ]
    assert result.exact
    assert solutions(result) == truth(name)

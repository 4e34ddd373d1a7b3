"""Evaluations as data: schema, seeds, what is left out, and who is held against whom."""

import json
from functools import cache

import jsonschema
import pytest

import hardware
from hardware.evaluation import (
    Requirement,
    Workload,
    causes,
    evaluate,
    only,
    report_schema,
    without,
)
from hardware.evaluation.evaluation import design_hash
from hardware.evaluation.workloads import exact
from pbit import IsingModel
from pbit.errors import DesignError

SHORT = Workload("short", "exact", IsingModel({(0, 1): 1.0}), sweeps=6000)
GLASS = Workload(
    "chain",
    "optimum",
    IsingModel({(i, i + 1): 1.0 for i in range(7)}),
    beta=2.0,
    sweeps=40,
    optimum=-7.0,
)
FULL = {
    "name": "everything",
    "device": {"kind": "digital", "input": "s[4][2]", "bits": 16},
    "synapse": {"kind": "mac", "weights": "s[3][2]", "latency": 1},
    "noise": {"kind": "lfsr", "width": 16},
    "fabric": {"kind": "masked", "probability": 0.5, "clock_hz": 1e9, "source": "us"},
    "faults": {"couplings_open": 0.0},
    "energy": {"per_update": "1 pJ", "static_power": "1 mW", "uncertainty": 0.2},
    "size": {"area_per_pbit": 1e-12},
}


def quick(design, workloads=(SHORT, GLASS), **options):
    return evaluate(design, workloads, baselines=False, rng=1, **options)


@cache
def everything():
    return quick(FULL, against=["pass-chip"])


def plain(found):
    """An evaluation's data without what clocks of this computer say."""
    table = found.to_dict()
    del table["reproduce"]["seconds"]
    for result in table["results"]:
        del result["seconds"]
    return table


def test_the_schema_is_a_schema():
    jsonschema.Draft202012Validator.check_schema(report_schema())


def test_an_evaluation_follows_the_schema():
    text = everything().to_json()
    jsonschema.validate(json.loads(text), report_schema())
    assert [row["design"]["name"] for row in json.loads(text)["against"]] == [
        "pass-chip"
    ]


def test_baselines_follow_the_schema_and_say_that_they_were_measured():
    found = evaluate("ideal-sequential", [SHORT, GLASS], rng=1, split=False)
    jsonschema.validate(json.loads(found.to_json()), report_schema())
    figures = [row.figures["updates_per_second"] for row in found.baselines]
    assert {figure.status for figure in figures} == {"measured"}


def test_one_seed_makes_one_evaluation():
    first, again = (quick(FULL, split=False) for _ in range(2))
    assert plain(first) == plain(again)


def test_a_result_does_not_depend_on_the_other_workloads():
    alone = quick("pass-chip", [GLASS]).results[0].to_dict()
    among = quick("pass-chip", [SHORT, GLASS]).results[1].to_dict()
    del alone["seconds"], among["seconds"]
    assert alone == among


def test_every_figure_has_a_unit_or_is_a_pure_number_and_says_its_source():
    def figures(table):
        if isinstance(table, dict):
            if {"value", "unit", "source"} <= table.keys() and "low" in table:
                yield table
            for value in table.values():
                yield from figures(value)
        elif isinstance(table, list):
            for value in table:
                yield from figures(value)

    found = list(figures(everything().to_dict()))
    assert len(found) > 60
    for figure in found:
        assert figure["status"] in (
            "measured",
            "design",
            "simulated",
            "projected",
            "assumed",
            "unknown",
        )
        ends = [figure[key] for key in ("low", "value", "high")]
        if None not in ends:
            assert ends == sorted(ends)


def test_a_design_that_does_not_fit_a_workload_fails_with_the_reason():
    delays = {"kind": "delay", "tau_s": [1e-10, 1e-10, 1e-10]}
    found = quick(
        {"name": "x", "device": {"kind": "ideal", "tau_n": 1e-9}, "synapse": delays}
    )
    assert found.verdict.status == "fails"
    assert "one time a connection" in found.results[0].problem
    jsonschema.validate(json.loads(found.to_json()), report_schema())
    assert found.to_dict()["limits"]["problems"]


def test_a_fabric_of_replicas_is_no_machine_for_one_circuit():
    fabric = {"kind": "spin-serial", "replicas": 2, "clock_hz": 1e9}
    found = quick({"name": "x", "device": {"kind": "ideal"}, "fabric": fabric})
    assert "holds 2 replicas" in found.results[0].problem
    assert found.verdict.status == "fails"


def test_workloads_beyond_the_declared_limits_run_and_fail():
    limits = {"pbits": 4}
    found = quick(
        {
            "name": "x",
            "device": {"kind": "ideal", "tau_n": 1e-9},
            "limits": limits,
        }
    )
    assert found.results[1].excess == ("8 p-bits, 4 more than 4",)
    assert found.results[1].speed is not None
    assert found.verdict.status == "fails"


def test_requirements_are_judged_and_those_that_nothing_answers_are_undecided():
    asked = [
        Requirement("updates_per_second", "1 MHz"),
        Requirement("joules_per_update", "1 pJ", "short"),
    ]
    found = quick("ideal-sequential", requirements=asked)
    statuses = [(f.workload, f.status) for f in found.verdict.findings if f.limit > 0]
    assert statuses == [("short", "meets"), ("short", "undecided"), ("chain", "meets")]
    assert found.verdict.status == "undecided"
    assert found.info["command"] == (
        "pbit evaluate ideal-sequential --workload short --workload chain --rng 1"
    )
    found = quick("ideal-sequential", requirements={"updates_per_second": "1 THz"})
    assert found.verdict.status == "fails"


def test_what_is_not_modelled_is_listed():
    limits = quick("pegasus-asic-28nm").to_dict()["limits"]
    assert any("differences between p-bits" in line for line in limits["not_modelled"])
    limits = quick("fpga-chromatic", [SHORT]).to_dict()["limits"]
    assert any("s[4][1]" in line for line in limits["not_modelled"])
    limits = quick("pass-chip", [SHORT]).to_dict()["limits"]
    assert any("king(16, 16)" in line for line in limits["not_modelled"])
    assert any("energy" in line for line in limits["missing"])
    assert any("device: assumed" in line for line in limits["assumed"])


@pytest.mark.parametrize("name", [*hardware.shipped_designs(), "everything"])
def test_causes_can_be_taken_away_one_by_one_and_all_together(name):
    design = hardware.load_design(FULL if name == "everything" else name)
    names = causes(design)
    bare = without(design, *names)
    assert causes(bare) == []
    assert without(bare, *names) == bare
    for cause in names:
        assert cause not in causes(without(design, cause))
        assert causes(only(design, cause)) == [cause]
    if name == "everything":
        assert names == [
            "weights",
            "delay",
            "noise",
            "activation",
            "collisions",
            "faults",
        ]


def test_an_unknown_cause_is_an_error_that_names_the_known_ones():
    design = hardware.load_design("ideal-sequential")
    with pytest.raises(ValueError, match="'gravity' is not one of weights, array"):
        without(design, "gravity")
    with pytest.raises(ValueError, match="'gravity' is not one of"):
        only(design, "gravity")


def test_equal_designs_have_equal_hashes():
    first = hardware.load_design("ideal-sequential")
    again = hardware.load_design(first.to_dict())
    other = hardware.load_design(first.to_dict() | {"name": "other"})
    assert design_hash(first) == design_hash(again) != design_hash(other)


def test_progress_is_reported_step_by_step():
    heard = []
    evaluate(
        "ideal-sequential",
        [SHORT, GLASS],
        ["pass-chip"],
        baselines=False,
        rng=1,
        progress=lambda done, total: heard.append((done, total)),
    )
    assert heard == [(1, 4), (2, 4), (3, 4), (4, 4)]


def test_wrong_arguments_are_named():
    with pytest.raises(DesignError, match="neither a file nor a shipped design"):
        evaluate("nothing")
    with pytest.raises(ValueError, match="workload 'nothing' is neither a file nor"):
        evaluate("pass-chip", "nothing")
    with pytest.raises(ValueError, match="must be one at least"):
        evaluate("pass-chip", [])
    with pytest.raises(ValueError, match="'short' is there twice"):
        evaluate("pass-chip", [SHORT, exact("short", SHORT.circuit)])
    with pytest.raises(TypeError, match="must be Requirements"):
        evaluate("pass-chip", SHORT, requirements=["fast"])
    with pytest.raises(ValueError, match="metric must be one of"):
        Requirement("speed", 1)
    with pytest.raises(ValueError, match=r"limit of time_to_solution .* is an energy"):
        Requirement("time_to_solution", "1 J")
    with pytest.raises(KeyError, match="no workload 'x'"):
        quick("pass-chip", [SHORT]).result("x")


@pytest.mark.slow
@pytest.mark.parametrize("name", hardware.shipped_designs())
def test_every_shipped_design_is_evaluated_within_its_time(name):
    import time

    began = time.process_time()
    found = evaluate(name, "quick", rng=1)
    assert time.process_time() - began < 60
    jsonschema.validate(json.loads(found.to_json()), report_schema())

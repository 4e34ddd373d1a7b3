"""The table of published instances: its small ones are solved, its judgements are right."""

import pytest

from benchmarks import solved
from benchmarks.published import FAMILIES, Instance, known
from compilers.problems.knapsack import knapsack
from tests.compilers.shared_data import shared

QUICK = ["qubo", "sat", "colouring", "tsp"]
SLOW = ["maxcut", "knapsack", "qap"]


@pytest.mark.parametrize(
    "family", [*QUICK, *(pytest.param(f, marks=pytest.mark.slow) for f in SLOW)]
)
def test_every_small_instance_is_solved_to_its_best_known_value(family):
    shared()
    small = [instance for instance in FAMILIES[family][1]() if instance.small]
    outcomes = [solved.solve(instance, 120.0) for instance in small]
    assert [o.row() for o in outcomes if not o.reached] == []


def test_the_small_instances_are_those_that_have_to_be_solved():
    shared()
    limits = {"biqmac_maxcut": ("maxcut", 100), "qap": ("qap", 12)}
    limits |= {"colouring": ("colouring", 50), "knapsack": ("knapsack", 10**9)}
    for folder, (family, most) in limits.items():
        expected = {row["file"] for row in known(folder) if int(row["n"]) <= most}
        assert {it.name for it in FAMILIES[family][1]() if it.small} == expected
    names = {it.name for it in FAMILIES["sat"][1]() if it.small}
    folder = shared("sat")
    assert names == {p.name for k in (20, 50) for p in folder.glob(f"uf{k}-*.cnf")}


def instance(known):
    return Instance("three items", 3, known, True, lambda _: program())


def program():
    return knapsack([3, 4, 5], [2, 3, 4], 6)


def test_a_value_counts_only_if_it_is_as_good_as_the_best_known():
    outcome = solved.solve(instance(8.0), 5.0)
    assert (outcome.found, outcome.reached) == (8.0, True)
    assert solved.solve(instance(7.0), 5.0).reached  # better still
    never = solved.solve(instance(9.0), 0.05)
    assert (never.found, never.reached) == (8.0, False)
    assert never.row()[5] == ""


def test_families_without_small_instances_have_others():
    shared()
    for family in FAMILIES.keys() - {*QUICK, *SLOW}:
        assert not any(it.small for it in FAMILIES[family][1]())
        assert next(FAMILIES[family][1]()).make(1.0).n > 0


def test_the_table_has_a_row_an_instance_and_totals(capsys):
    shared()
    solved.main(["--rest", "0", "qubo"])
    lines = capsys.readouterr().out.splitlines()
    firsts = [line.split()[0] for line in lines if line.split()]
    assert sum(first.startswith("bqp100-") for first in firsts) == 4
    assert "20 of 20 small instances at the best known value" in lines[-2]


def test_an_unknown_family_is_named(capsys):
    with pytest.raises(SystemExit):
        solved.main(["cuts"])
    assert "no family is called 'cuts': maxcut, qubo" in capsys.readouterr().err

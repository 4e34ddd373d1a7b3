"""Bars that follow what is done, and functions that are told instead."""

import time

import pytest

from pbit.progress import reporting


def test_a_bar_has_the_unit_and_the_total_that_is_known_last(capsys):
    with reporting(True, unit="point") as report:
        report(1, 4)
        time.sleep(0.2)  # bars are drawn ten times a second at the most
        report(4, 4)
    assert "4/4" in capsys.readouterr().err


def test_a_function_is_told_and_nobody_is_told_nothing(capsys):
    told = []
    with reporting(lambda *numbers: told.append(numbers)) as report:
        report(1, 2)
    with reporting(False) as report:
        report(1, 2)
    assert told == [(1, 2)]
    assert capsys.readouterr().err == ""


def test_what_is_neither_is_refused():
    with (
        pytest.raises(TypeError, match="progress must be True, False or a function"),
        reporting("yes"),
    ):
        pass

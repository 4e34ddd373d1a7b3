"""Interrupts print what was found; a reader that hangs up is no error."""

import json
import signal

import pytest

import hardware
import pbit
from tests.system.commands import call, call_json, start

INTERRUPTIBLE = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # parents may ignore it
import pbit.cli.solve as solve
judge = solve._judge
def say_and_judge(*args):
    print("round", file=sys.stderr, flush=True)
    return judge(*args)
solve._judge = say_and_judge
from pbit.cli import main
main()
"""


def test_an_interrupt_prints_what_was_found_and_exits_with_130(petersen):
    arguments = ("solve", petersen, "--rng", 5, "--time-limit", 60, "--json")
    process = start(*arguments, code=("-c", INTERRUPTIBLE))
    for _ in range(3):
        assert process.stderr.readline() == "round\n"
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert set(err.split()) <= {"round"}
    record = json.loads(out)
    assert record["stopped"] == "interrupted"
    assert record["objective"] == 12
    assert record["seconds"] < 59


def test_an_interrupt_of_a_machine_prints_the_slices_before_it(petersen, monkeypatch):
    calls = []
    real = hardware.Machine.run

    def run(*args, **options):
        calls.append(args)
        if len(calls) == 41:
            raise KeyboardInterrupt
        return real(*args, **options)

    monkeypatch.setattr(hardware.Machine, "run", run)
    arguments = ("run", petersen, "--design", "fpga-chromatic", "--until", "100us")
    record = call_json(*arguments, status=130)
    assert record["stopped"] == "interrupted"
    assert record["simulated_seconds"] == pytest.approx(20e-6)


def test_an_interrupt_of_logic_prints_what_was_found(monkeypatch):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(pbit, "anneal", interrupted)
    record = call_json("logic", "AND", status=130)
    assert (record["stopped"], record["rounds"]) == ("interrupted", 0)


def test_an_interrupt_before_there_is_an_answer_is_one_line(petersen, monkeypatch):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(pbit, "anneal", interrupted)
    result = call("solve", petersen)
    assert (result.exit_code, result.stdout) == (130, "")
    assert result.stderr == "error: interrupted before there was an answer\n"


def test_a_reader_that_hangs_up_is_no_traceback():
    process = start("designs", "--json")
    process.stdout.close()
    process.stdout = None
    _, err = process.communicate(timeout=60)
    assert err == ""
    assert process.returncode != 0

"""Bad input is one line on standard error and the exit status 2."""

import os

import pytest

from hardware.toml import toml_text
from tests.compilers.malformed import MALFORMED
from tests.hardware.wrong_designs import WRONG, wrong_design
from tests.system.commands import ROOT, call, refused, start


@pytest.mark.parametrize("case", MALFORMED, ids=lambda case: case.name)
def test_a_malformed_file_is_one_line_with_its_line_number(case, tmp_path):
    path = tmp_path / "bad.txt"
    path.write_bytes(case.content)
    line = refused(call("solve", path))
    where = path if case.line is None else f"{path}:{case.line}"
    assert line.startswith(f"error: {where}: ")
    assert case.fragment in line


def test_twelve_malformed_files_at_least_are_tried():
    assert len(MALFORMED) >= 12


def test_a_malformed_file_has_no_traceback_in_a_process_of_its_own(tmp_path):
    path = tmp_path / "bad.txt"
    path.write_text("3 2\n1 2 1\n2 3 heavy\n")
    process = start("solve", path)
    out, err = process.communicate(timeout=120)
    message = f"error: {path}:3: a weight must be a number, not 'heavy'\n"
    assert (process.returncode, out, err) == (2, "", message)


BAD_ARGUMENTS = {
    "sovle": "No such command 'sovle'",
    "solve": "Missing argument 'FILE'",
    "solve nowhere.txt": "nowhere.txt: No such file or directory",
    "solve .": ".: Is a directory",
    "solve G1 --swoops 3": "No such option",
    "solve G1 --chains 0": "'--chains'",
    "solve G1 --chains many": "'--chains'",
    "solve G1 --rng -1": "'--rng'",
    "solve G1 --target nan": "must be finite, not nan",
    "solve G1 --time-limit 0": "must be > 0",
    "solve G1 --format dimacs": "format must be one of 'rudy', 'mqlib'",
    "solve G1 --out nowhere/samples": "the folder nowhere does not exist",
    "logic": "Missing argument 'NAME'",
    "logic multiplyer4": "no circuit is called 'multiplyer4'",
    "logic multiplier4 --set P=256": "P must be 0 to 255 (8 bits), not 256",
    "logic multiplier4 --set Q=2": "no bus is called 'Q'",
    "logic multiplier4 --set P": "--set takes PIN=VALUE, as in P=143, not 'P'",
    "logic multiplier4 --set P=": "--set takes PIN=VALUE",
    "logic multiplier4 --set P=1.5": "must be a whole number, not '1.5'",
    "logic multiplier4 --set A[4]=1": "bus A has the bits 0 to 3, not 4",
    "logic multiplier4 --set A[0]=-1": "a bit must be 0 or 1, not A[0]=-1",
    "logic multiplier4 --set A=1 --set A=2": "contradicts another --set",
    "run G1 --until 1us": "Missing option '--design'",
    "run G1 --design ideal-sequential": "Missing option '--until'",
    "run G1 --until 1us --design sequential": "did you mean 'ideal-sequential'",
    "run G1 --until 1parsec --design ideal-sequential": "unknown unit 'parsec'",
    "run G1 --until 1MHz --design ideal-sequential": "is a frequency, not a time",
    "run G1 --until -1us --design ideal-sequential": "must be > 0, not -1us",
    "run G1 --until 1us --design ideal-sequential --beta -1": "must be >= 0",
    "run G1 --until 1us --design ideal-sequential --engine fast": "'--engine'",
    "run G1 --until 1us --design ideal-sequential --plot a.bmp": "must end in one of",
    "run G1 --until 1us --design ideal-sequential --set A=1": "this program has no buses",
    "run nothing --until 1us --design ideal-sequential": "there is no such file",
    "run G1 --until 1us --design pyproject.toml": "build-system: is not a known entry",
    "run G1 --until 1us --design ideal-sequential --option k=3": "has no option 'k'",
    "run adder4 --until 1us --design ideal-sequential --option k=3": "adder4: No such",
    "solve G1 --option k": "--option takes NAME=VALUE, as in k=3, not 'k'",
    "solve G1 --option k=3 --option k=4": "--option k is given twice",
    "compile": "Missing argument 'FILE'",
    "compile nothing": "nothing: there is no such file, and no circuit",
    "compile nothing --format rudy": "nothing: No such file or directory",
    "compile G1 --design nothing": "'nothing' is neither a file nor a shipped design",
    "compile G1 --design pyproject.toml": "build-system: is not a known entry",
    "compile G1 -o nowhere/x.npz": "the folder nowhere does not exist",
    "compile G1 -o .": ".: is a folder",
    "compile G1 -o x.doc": "x.doc: the ending tells no format",
    "compile G1 -o x.cnf": "cnf cannot hold an energy",
    "compile G1 --option k=3": "has no option 'k'",
    "compile G1 --option problem=tsp": "problem must be one of 'maxcut'",
    "compile G1 --rng -1": "'--rng'",
    "compile adder(4,directed) -o x.bqm": "directed wires has no energy to write",
    "compile adder(4,directed) --design fpga-chromatic": "needs an IsingModel",
    "designs nothing": "'nothing' is neither a file nor a shipped design",
    "info nothing": "nothing: there is no such file",
}


@pytest.mark.parametrize("line", BAD_ARGUMENTS)
def test_bad_arguments_are_refused_in_one_line(line, monkeypatch):
    monkeypatch.chdir(ROOT)
    graph = os.path.join("examples", "data", "G1.txt")  # noqa: PTH118 - as typed
    result = call(*(graph if word == "G1" else word for word in line.split()))
    assert BAD_ARGUMENTS[line] in refused(result)


def test_a_rule_that_a_design_file_breaks_is_one_line(tmp_path, petersen):
    path = tmp_path / "mine.toml"
    path.write_text('name = "mine"\n[device]\nkind = "telegraph"\ntau_n = "-1 ns"\n')
    line = refused(call("run", petersen, "--until", "1us", "--design", path))
    assert line.startswith("error: device.tau_n: ")
    path.write_text('name = "mine"\nname = 2\n')
    line = refused(call("designs", path))
    assert line.startswith(f"error: {path}:2: ")


def test_every_rule_of_designs_is_one_line_that_names_key_value_and_rule(tmp_path):
    path = tmp_path / "mine.toml"
    for change, key, rule in WRONG:
        path.write_text(toml_text(wrong_design(change)), "utf-8")
        line = refused(call("designs", path))
        assert line.startswith(f"error: {key}: ")
        assert rule in line
    process = start("run", "AND", "--until", "1us", "--design", path)
    out, err = process.communicate(timeout=120)
    assert (process.returncode, out) == (2, "")
    assert err == f"{line}\n"


def test_too_many_chains_for_this_computer_are_one_line(petersen):
    line = refused(call("solve", petersen, "--chains", 10**13))
    assert "GiB, and this computer has" in line


def test_errors_of_our_own_keep_their_traceback(petersen, monkeypatch):
    def broken(*_):
        msg = "a bug"
        raise ValueError(msg)

    monkeypatch.setattr("pbit.cli.solve._judge", broken)
    assert isinstance(call("solve", petersen).exception, ValueError)

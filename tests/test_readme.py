"""What README.md shows is what happens."""

import contextlib
import io
import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from pbit.cli import main

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text("utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
PYTHON = [k for k, (kind, _) in enumerate(BLOCKS) if kind == "python"]
COMMANDS = [
    line.removeprefix("$ pbit ").partition("  #")[0]
    for kind, text in BLOCKS
    if kind == "console"
    for line in text.splitlines()
    if line.startswith("$ pbit ")
]


def test_readme_has_an_example_three_journeys_and_commands():
    assert len(PYTHON) == 4
    assert len(COMMANDS) >= 4
    assert len(BLOCKS[PYTHON[0]][1].splitlines()) <= 16


@pytest.mark.parametrize("k", PYTHON)
def test_python_in_the_readme_prints_what_the_readme_says(k):
    (_, code), (kind, expected) = BLOCKS[k], BLOCKS[k + 1]
    assert kind == "text"
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed), contextlib.chdir(ROOT):
        exec(compile(code, "README.md", "exec"), {})
    assert printed.getvalue() == expected


@pytest.mark.parametrize("line", COMMANDS)
def test_commands_in_the_readme_succeed(line, monkeypatch):
    monkeypatch.chdir(ROOT)
    result = CliRunner().invoke(main, shlex.split(line))
    assert result.exit_code == 0, result.stderr
    assert result.stdout


def test_links_in_the_readme_lead_somewhere():
    for target in re.findall(r"\]\(([^)#:]+)\)", README):
        assert (ROOT / target).exists(), target

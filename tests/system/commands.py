"""How the tests call the command line."""

import json
import subprocess
import sys
from pathlib import Path

from click.testing import CliRunner

from pbit.cli import main

ROOT = Path(__file__).resolve().parents[2]


def call(*args):
    """Run a command line in this process."""
    return CliRunner().invoke(main, [str(arg) for arg in args])


def call_json(*args, status=0):
    result = call(*args, "--json")
    assert (result.exit_code, result.stderr) == (status, "")
    return json.loads(result.stdout)


def start(*args, code=("-m", "pbit.cli")):
    """Start a command line in a process of its own."""
    return subprocess.Popen(
        [sys.executable, *code, *map(str, args)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def refused(result):
    """Return the one line with which a command line was refused."""
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.endswith("\n")
    (line,) = result.stderr.splitlines()
    assert line.startswith("error: ")
    return line

"""20 000 mutated files a format, each under 1 s and 256 MB: a value or a ParseError."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.compilers.formats.fuzz import FUZZED

ROOT = Path(__file__).resolve().parents[3]
NAMES = list(FUZZED)


def fuzz(count, seed, *names):
    """Return what went wrong, a line each."""
    command = [
        sys.executable,
        "-m",
        "tests.compilers.formats.fuzz",
        str(count),
        str(seed),
    ]
    done = subprocess.run(
        [*command, *names], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    ends = [line for line in lines if line.startswith("done ")]
    assert len(ends) == len(names)
    # Mutations would show little if none of the files were taken, or all of them.
    assert all(0 < int(line.split()[4]) < count for line in ends)
    return [line for line in lines if line not in ends]


@pytest.mark.parametrize("start", range(0, len(NAMES), 5))
def test_mutated_files_give_values_or_parse_errors(start):
    assert fuzz(200, 0, *NAMES[start : start + 5]) == []


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_twenty_thousand_mutated_files_give_values_or_parse_errors(name):
    assert fuzz(20_000, 1, name) == []

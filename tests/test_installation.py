"""The packages that are imported are the ones of this checkout, and quickly so."""

import importlib
import json
import statistics
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import pbit

ROOT = Path(__file__).resolve().parents[1]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
TIMED = """
import json, sys, time
start = time.perf_counter()
import pbit
seconds = time.perf_counter() - start
print(json.dumps({"seconds": seconds, "modules": sorted(sys.modules)}))
"""


def fresh_import():
    result = subprocess.run(
        [sys.executable, "-c", TIMED],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(result.stdout)


@pytest.mark.parametrize("name", ["pbit", "hardware", "compilers"])
def test_a_package_is_the_one_of_this_checkout(name):
    # PyPI has strangers called pbit, hardware and compilers.
    package = importlib.import_module(name)
    assert Path(package.__file__) == ROOT / name / "__init__.py"


def test_the_version_is_that_of_the_distribution():
    assert pbit.__version__ == PYPROJECT["project"]["version"]


def test_the_entry_point_is_the_command():
    module, name = PYPROJECT["project"]["scripts"]["pbit"].split(":")
    assert callable(getattr(importlib.import_module(module), name))


def test_importing_pbit_is_fast_and_leaves_heavy_packages_alone():
    runs = [fresh_import() for _ in range(5)]
    assert statistics.median(run["seconds"] for run in runs) < 0.3
    heavy = {"numba", "matplotlib", "scipy", "networkx", "simpy"}
    assert not heavy & set(runs[0]["modules"])
